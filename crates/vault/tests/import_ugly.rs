//! What is ugly in files, in every format that can have it: quotation marks, line ends, a byte order mark, UTF-16, emoji, a note of a
//! megabyte, broken records; and what is hostile: a bomb, deep JSON, entities of XML.

#![expect(clippy::expect_used, reason = "a test stops where it cannot go on")]

use keyward_vault::import::{Import, ImportError, RECORD_MOST, Reason, Source, UNPACKED_MOST, read};
use serde_json::{Value, json};

/// A password that has all that CSV, JSON and XML escape; and what other programs stumble over.
const PASSWORD: &str = "a\"b,c;d'e\\f<g>&h=i 🔑 日本 e\u{301} \u{202E}evil";
const NOTE: &str = "one \"quoted\"\n\n  two, three; 🗝\u{FE0F}\n'four' <b>&amp;</b> \\n";

/// A record: title, password, note.
type Written<'a> = (&'a str, &'a str, &'a str);

/// A format, and how it writes a login's title, password and note.
struct Format {
    name: &'static str,
    source: Source,
    write: fn(&[Written<'_>]) -> Vec<u8>,
    has_note: bool,
    /// A broken record, written beside a good one, and why it is not read.
    broken: &'static [(&'static str, Reason)],
}

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn table(header: &str, rows: Vec<String>) -> Vec<u8> {
    let head = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    format!("{head}{}", rows.iter().map(|row| format!("{row}\r\n")).collect::<String>()).into_bytes()
}

macro_rules! csv {
    ($header:literal, $row:literal) => {
        |records| {
            let row = |(title, password, note): &(&str, &str, &str)| {
                $row.replace("TITLE", &cell(title))
                    .replace("PASSWORD", &cell(password))
                    .replace("NOTE", &cell(note))
            };
            table($header, records.iter().map(row).collect())
        }
    };
}

const ROWS: &[(&str, Reason)] = &[
    ("\"never closed", Reason::QuoteOpen),
    ("\"a\"b,c", Reason::QuoteInside),
    ("one,two", Reason::Columns { found: 2, expected: 0 }),
];

fn items(
    records: &[(&str, &str, &str)],
    item: impl Fn(&str, &str, &str) -> Value,
    whole: impl Fn(Vec<Value>) -> Value,
) -> Vec<u8> {
    whole(records.iter().map(|(title, password, note)| item(title, password, note)).collect())
        .to_string()
        .into_bytes()
}

fn bitwarden(records: &[(&str, &str, &str)]) -> Vec<u8> {
    let item = |title: &str, password: &str, note: &str| json!({ "type": 1, "name": title, "notes": note, "login": { "password": password } });
    items(records, item, |items| json!({ "encrypted": false, "folders": [], "items": items }))
}

fn keeper(records: &[(&str, &str, &str)]) -> Vec<u8> {
    let item = |title: &str, password: &str, note: &str| json!({ "title": title, "$type": "login", "password": password, "notes": note });
    items(records, item, |records| json!({ "shared_folders": [], "records": records }))
}

fn one_password(records: &[(&str, &str, &str)]) -> Vec<u8> {
    let item = |title: &str, password: &str, note: &str| json!({ "categoryUuid": "001", "overview": { "title": title }, "details": { "password": password, "notesPlain": note } });
    items(records, item, |items| json!({ "accounts": [{ "vaults": [{ "items": items }] }] }))
}

fn keyward(records: &[(&str, &str, &str)]) -> Vec<u8> {
    let item = |title: &str, password: &str, note: &str| json!({ "title": title, "password": password, "note": note });
    items(
        records,
        item,
        |items| json!({ "format": "keyward-export", "version": 1, "folders": [], "items": items }),
    )
}

fn keepass(records: &[(&str, &str, &str)]) -> Vec<u8> {
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let string =
        |key: &str, value: &str| format!("<String><Key>{key}</Key><Value>{}</Value></String>", text(value));
    let entry = |(title, password, note): &(&str, &str, &str)| {
        format!(
            "<Entry>{}{}{}</Entry>",
            string("Title", title),
            string("Password", password),
            string("Notes", note)
        )
    };
    let entries: String = records.iter().map(entry).collect();
    let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<KeePassFile><Root><Group><Name>All</Name>";
    format!("{head}{entries}</Group></Root></KeePassFile>").into_bytes()
}

fn formats() -> Vec<Format> {
    let csv = |name, source, write, has_note| Format { name, source, write, has_note, broken: ROWS };
    let json =
        |name, source, write| Format { name, source, write, has_note: true, broken: &[("7", Reason::Shape)] };
    vec![
        csv(
            "Chrome",
            Source::Chrome,
            csv!("name,url,username,password,note", "TITLE,,ann,PASSWORD,NOTE"),
            true,
        ),
        csv(
            "Firefox",
            Source::Firefox,
            csv!(
                "\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\",\"timeCreated\",\"timeLastUsed\",\"timePasswordChanged\"",
                "\"https://a.example\",TITLE,PASSWORD,\"\",\"\",\"{g}\",\"1\",\"1\",\"1\""
            ),
            false,
        ),
        csv(
            "Safari",
            Source::Safari,
            csv!("Title,URL,Username,Password,Notes,OTPAuth", "TITLE,,ann,PASSWORD,NOTE,"),
            true,
        ),
        csv("Keeper CSV", Source::Keeper, csv!("", "\"\",TITLE,ann,PASSWORD,\"\",NOTE,\"\""), true),
        csv(
            "Bitwarden CSV",
            Source::Bitwarden,
            csv!(
                "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp",
                ",,login,TITLE,NOTE,,0,,ann,PASSWORD,"
            ),
            true,
        ),
        csv(
            "1Password CSV",
            Source::OnePassword,
            csv!(
                "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes",
                "TITLE,,ann,PASSWORD,,false,false,,NOTE"
            ),
            true,
        ),
        csv(
            "LastPass",
            Source::LastPass,
            csv!("url,username,password,totp,extra,name,grouping,fav", ",ann,PASSWORD,,NOTE,TITLE,,0"),
            true,
        ),
        csv(
            "Dashlane",
            Source::Dashlane,
            csv!(
                "username,username2,username3,title,password,note,url,category,otpUrl",
                "ann,,,TITLE,PASSWORD,NOTE,,,"
            ),
            true,
        ),
        csv(
            "Keyward CSV",
            Source::Keyward,
            csv!(
                "type,title,url,username,password,totp,note,folder,favourite,fields",
                "login,TITLE,,ann,PASSWORD,,NOTE,,,"
            ),
            true,
        ),
        csv(
            "any CSV",
            Source::Csv,
            csv!("account,login,pwd,comment,more", "TITLE,ann,PASSWORD,NOTE,x"),
            true,
        ),
        json("Bitwarden JSON", Source::Bitwarden, bitwarden),
        json("Keeper JSON", Source::Keeper, keeper),
        json("1Password JSON", Source::OnePassword, one_password),
        json("Keyward JSON", Source::Keyward, keyward),
        Format { name: "KeePass XML", source: Source::KeePass, write: keepass, has_note: true, broken: &[] },
    ]
}

fn text<'a>(import: &'a Import, at: usize, member: &str) -> Option<&'a str> {
    import.records.get(at)?.item.get(member)?.as_str()
}

#[test]
fn quotes_line_ends_and_emoji_come_as_they_are_in_every_encoding() {
    for Format { name, source, write, has_note, .. } in formats() {
        // A line end within a title or a user's name is in no record of a form; in a note it is everyday.
        let plain = write(&[("🗝 \"Shop\", the; one", PASSWORD, NOTE)]);
        let written = String::from_utf8(plain).expect("UTF-8");
        let wide = |bom: &str, octets: fn(u16) -> [u8; 2]| -> Vec<u8> {
            bom.encode_utf16().chain(written.encode_utf16()).flat_map(octets).collect()
        };
        let bom = format!("\u{FEFF}{written}").into_bytes();
        for (encoding, bytes) in [
            ("UTF-8", written.clone().into_bytes()),
            ("UTF-8 with a mark", bom),
            ("UTF-16LE", wide("\u{FEFF}", u16::to_le_bytes)),
            ("UTF-16BE", wide("\u{FEFF}", u16::to_be_bytes)),
            ("UTF-16LE without a mark", wide("", u16::to_le_bytes)),
        ] {
            // Keeper names no columns, so that a table without empty cells could be anybody's.
            let import = read(&bytes, Some(source), None)
                .unwrap_or_else(|error| panic!("{name}, {encoding}: {error:?}"));
            assert_eq!(text(&import, 0, "password"), Some(PASSWORD), "{name}, {encoding}");
            let named = if source == Source::Firefox { "username" } else { "title" };
            assert_eq!(text(&import, 0, named), Some("🗝 \"Shop\", the; one"), "{name}, {encoding}");
            assert_eq!(text(&import, 0, "note"), has_note.then_some(NOTE), "{name}, {encoding}");
            assert_eq!((import.records.len(), import.unread_count), (1, 0), "{name}, {encoding}");
        }
        // Cut in the middle of a character it is no text.
        let cut = written.find('🔑').expect("there") + 2;
        let bytes = written.as_bytes().get(..cut).expect("longer");
        assert_eq!(read(bytes, Some(source), None), Err(ImportError::NotText), "{name}");
    }
}

#[test]
fn a_note_of_a_megabyte_is_listed_and_costs_nothing_else() {
    let long = "é🗝\n".repeat(150_000);
    for Format { name, source, write, has_note, .. } in formats() {
        let password = if has_note { "x" } else { long.as_str() };
        let bytes = write(&[("before", "x", ""), ("long", password, &long), ("after", "x", "")]);
        assert!(bytes.len() > 1 << 20);
        let import = read(&bytes, Some(source), None).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!((import.records.len(), import.unread_count), (2, 1), "{name}");
        let Some(Reason::TooLarge { found, most: RECORD_MOST }) = import.unread.first().map(|it| it.reason)
        else {
            panic!("{name}: {:?}", import.unread)
        };
        assert!(found > 1 << 20, "{name}: {found}");
    }
}

#[test]
fn a_broken_record_is_listed_with_its_place_and_the_others_are_read() {
    for Format { name, source, write, broken, .. } in formats() {
        for (row, expected) in broken {
            let good = String::from_utf8(write(&[("before", "x", "n"), ("after", "y", "n")])).expect("UTF-8");
            let bytes = if matches!(expected, Reason::Shape) {
                // As the first of the list that has the records.
                let at = good.find("{\"").and_then(|_| good.rfind("[{")).expect("a list") + 1;
                format!("{}{row},{}", good.get(..at).expect("before"), good.get(at..).expect("after"))
            } else {
                format!("{good}{row}\r\n")
            };
            let import = read(bytes.as_bytes(), Some(source), None)
                .unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!((import.records.len(), import.unread_count), (2, 1), "{name}, {row}");
            let unread = import.unread.first().expect("one");
            assert_eq!(
                core::mem::discriminant(&unread.reason),
                core::mem::discriminant(expected),
                "{name}, {row}: {unread:?}"
            );
            let lines = good.lines().count();
            assert_eq!(
                unread.row,
                if matches!(expected, Reason::Shape) { 1 } else { lines + 1 },
                "{name}, {row}"
            );
        }
    }
    // An entry whose value is encrypted, beside one that can be read.
    let good = String::from_utf8(keepass(&[("a", "x", ""), ("b", "y", "")])).expect("UTF-8");
    let bytes = good.replacen("<Value>x", "<Value Protected=\"True\">x", 1);
    let import = read(bytes.as_bytes(), None, None).expect("read");
    assert_eq!(import.records.len(), 1);
    assert_eq!(import.unread.first().map(|it| (it.row, it.reason)), Some((1, Reason::Protected)));
}

#[test]
fn deep_json_is_refused_by_every_reader_of_json_and_a_bomb_by_the_archive() {
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for (name, before, after, source) in [
        ("Bitwarden", "{\"items\":[{\"type\":1,\"name\":\"a\",\"x\":", "}]}", Source::Bitwarden),
        ("Keeper", "{\"records\":[{\"title\":\"a\",\"custom_fields\":{\"$x\":", "}}]}", Source::Keeper),
        ("1Password", "{\"accounts\":[{\"vaults\":[{\"items\":[", "]}]}]}", Source::OnePassword),
        (
            "Keyward",
            "{\"format\":\"keyward-export\",\"items\":[{\"title\":\"a\",\"x\":",
            "}]}",
            Source::Keyward,
        ),
    ] {
        for depth in [200, 100_000] {
            let file = format!("{before}{}{after}", deep(depth));
            for chosen in [None, Some(source)] {
                let refused = read(file.as_bytes(), chosen, None);
                assert!(
                    matches!(refused, Err(ImportError::Json { line: 1, .. })),
                    "{name}, {depth}: {refused:?}"
                );
            }
        }
    }
    // The same, and a bomb, within an archive.
    let deep = format!("{{\"accounts\":{}}}", deep(100_000));
    let refused = read(&archive(deep.as_bytes()), None, None);
    assert!(matches!(refused, Err(ImportError::Json { .. })), "{refused:?}");
    let bomb = vec![b' '; UNPACKED_MOST + 1];
    assert_eq!(read(&archive(&bomb), None, None), Err(ImportError::Archive));
    let ugly = one_password(&[("🗝", PASSWORD, NOTE)]);
    let import = read(&archive(&ugly), None, None).expect("read");
    assert_eq!((text(&import, 0, "password"), text(&import, 0, "note")), (Some(PASSWORD), Some(NOTE)));
    let long = one_password(&[("long", "x", &"é🗝\n".repeat(150_000)), ("after", "x", "")]);
    let import = read(&archive(&long), None, None).expect("read");
    assert_eq!((import.records.len(), import.unread_count), (1, 1));
}

/// An archive as 1Password makes one, with `export.data` alone.
fn archive(content: &[u8]) -> Vec<u8> {
    let packed = miniz_oxide::deflate::compress_to_vec(content, 1);
    let number = |length: usize| u32::try_from(length).expect("short").to_le_bytes();
    let name = b"export.data";
    let crc = rawzip::crc32(content).to_le_bytes();
    let common = [
        &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0][..],
        &crc,
        &number(packed.len()),
        &number(content.len()),
        &[11, 0, 0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", common.as_slice(), name, &packed].concat();
    let central = [b"PK\x01\x02\x14\x00", common.as_slice(), &[0; 14], name].concat();
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &number(central.len()), &number(local.len()), &[0, 0]]
        .concat();
    [local, central, end].concat()
}

#[test]
fn entities_document_types_and_instructions_of_xml_are_not_read_wherever_they_stand() {
    let good = String::from_utf8(keepass(&[("a", "x", "n")])).expect("UTF-8");
    let body = good.split_once("?>\n").expect("a declaration").1;
    for (what, file) in [
        ("a document type", format!("<!DOCTYPE KeePassFile>{body}")),
        (
            "an entity of the file",
            format!(
                "<!DOCTYPE k [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>{}",
                body.replace(">x<", ">&e;<")
            ),
        ),
        (
            "a billion laughs",
            format!(
                "<!DOCTYPE k [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>{}",
                body.replace(">x<", ">&b;<")
            ),
        ),
        ("an entity that nobody declared", body.replace(">x<", ">&other;<")),
        ("an entity in a key", body.replace("<Key>Title", "<Key>&t;Title")),
        ("an instruction", body.replace("<Entry>", "<?run it?><Entry>")),
        ("a character that is none", body.replace(">x<", ">&#0;<")),
    ] {
        let refused = read(file.as_bytes(), None, None);
        assert!(
            matches!(refused, Err(ImportError::Xml { .. } | ImportError::NotText)),
            "{what}: {refused:?}"
        );
    }
    let import =
        read(body.replace(">x<", "><![CDATA[a&b;]]>&#x1F511;&lt;<").as_bytes(), None, None).expect("read");
    assert_eq!(text(&import, 0, "password"), Some("a&b;🔑<"));
}
