//! Files of other password managers: each is read as its `.expected` says, and what is hostile costs time and memory in
//! proportion to its length, at most.

#![expect(clippy::expect_used, reason = "a test stops where it cannot go on")]

use keyward_vault::export;
use keyward_vault::import::{
    FIELDS_MOST, FILE_MOST, Import, ImportError, Mapping, RECORD_MOST, RECORDS_BYTES_MOST, RECORDS_MOST,
    Reason, Source, Target, UNPACKED_MOST, UNREAD_MOST, read,
};
use serde_json::Value;

macro_rules! files {
    ($($name:literal: $source:ident),+ $(,)?) => {
        [$((
            $name,
            Source::$source,
            include_bytes!(concat!("../../../tests/vectors/vault/import/", $name)).as_slice(),
            include_str!(concat!("../../../tests/vectors/vault/import/", $name, ".expected")),
        )),+]
    };
}

fn shown(import: &Import) -> String {
    let mut text = String::new();
    for record in &import.records {
        text += &format!("{} [{}] {}\n", record.row, record.folder, Value::Object(record.item.clone()));
    }
    for unread in &import.unread {
        text += &format!("{} unread: {:?}\n", unread.row, unread.reason);
    }
    if import.trashed + import.attachments > 0 {
        text += &format!("{} in the trash, {} attachments\n", import.trashed, import.attachments);
    }
    text
}

#[test]
fn each_is_recognised_and_read_as_it_should_be() {
    let files = files!(
        "chrome.csv": Chrome,
        "firefox.csv": Firefox,
        "safari.csv": Safari,
        "keeper.csv": Keeper,
        "keeper.json": Keeper,
        "bitwarden.csv": Bitwarden,
        "bitwarden.json": Bitwarden,
        "1password.csv": OnePassword,
        "1password.1pux": OnePassword,
        "1password-data.json": OnePassword,
        "lastpass.csv": LastPass,
        "dashlane-credentials.csv": Dashlane,
        "dashlane-payments.csv": Dashlane,
        "dashlane-notes.csv": Dashlane,
        "dashlane-ids.csv": Dashlane,
        "dashlane-personal.csv": Dashlane,
        "keepass.xml": KeePass,
        "keyward.json": Keyward,
        "keyward.csv": Keyward,
        "other.csv": Csv,
        "other-utf16.csv": Csv,
    );
    for (name, source, bytes, expected) in files {
        let import = read(bytes, None, None).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(import.source, source, "{name}");
        assert_eq!(shown(&import), expected, "{name}");
        let chosen = read(bytes, Some(source), None);
        assert_eq!(chosen.as_ref(), Ok(&import), "{name}, with its source chosen");
        serde_json::from_str::<Value>(&import.to_json()).expect("JSON");
        // The same in UTF-16, with a byte order mark and without: what Windows programs save it as.
        let Ok(text) = core::str::from_utf8(bytes) else { continue };
        let text = text.trim_start_matches('\u{FEFF}');
        for bom in ["\u{FEFF}", ""] {
            let little: Vec<u8> =
                bom.encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> =
                bom.encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
            assert_eq!(read(&little, None, None).as_ref(), Ok(&import), "{name}, UTF-16LE");
            assert_eq!(read(&big, None, None).as_ref(), Ok(&import), "{name}, UTF-16BE");
        }
    }
}

/// Writes the `.expected` files anew, to be read before they are kept: `cargo test … -- --ignored`.
#[test]
#[ignore = "writes files"]
fn write_what_is_read() {
    for entry in std::fs::read_dir("../../tests/vectors/vault/import").expect("folder") {
        let path = entry.expect("file").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("name").to_owned();
        if let Ok(import) = read(&std::fs::read(&path).expect("read"), None, None)
            && !name.ends_with(".expected")
            && !name.ends_with(".md")
        {
            std::fs::write(path.with_file_name(format!("{name}.expected")), shown(&import)).expect("written");
        }
    }
}

#[test]
fn a_file_that_is_none_says_why() {
    let encrypted = include_bytes!("../../../tests/vectors/vault/import/bitwarden-encrypted.json");
    let deep = "[".repeat(200_000);
    let nested = format!("<KeePassFile>{}", "<Group>".repeat(100));
    for (bytes, source, expected) in [
        (&b""[..], None, ImportError::Nothing),
        (b"\xEF\xBB\xBF", None, ImportError::Nothing),
        (b" \r\n\t", None, ImportError::Nothing),
        (b"name,url,username,password", None, ImportError::Nothing),
        (b"just words", None, ImportError::Unknown),
        (b"\x89PNG\r\n\x1a\n", None, ImportError::NotText),
        (b"a,b\n\xFF,x", None, ImportError::NotText),
        (b"a,b\n\0,x", None, ImportError::NotText),
        (b"\xFF\xFEa", None, ImportError::NotText),
        (b"\xFF\xFE\x00\xD8", None, ImportError::NotText),
        (encrypted, None, ImportError::Encrypted),
        (b"KEYWARD EXPORT\n\x01", None, ImportError::Sealed),
        (b"name,url,username,password\n,,,x", Some(Source::LastPass), ImportError::OtherSource),
        (b"name,url,username,password\n,,,x", Some(Source::KeePass), ImportError::OtherSource),
        (b"{\"items\":[]}", Some(Source::Keeper), ImportError::OtherSource),
        (b"{\"items\":[]}", None, ImportError::Nothing),
        (b"{\"other\":[]}", None, ImportError::Unknown),
        (b"{\n\"items\":[}", None, ImportError::Json { line: 2, column: 10 }),
        (deep.as_bytes(), None, ImportError::Json { line: 1, column: 128 }),
        (nested.as_bytes(), None, ImportError::Xml { line: 1 }),
        (b"<KeePassFile/>", None, ImportError::Xml { line: 1 }),
        (b"<html></html>", None, ImportError::Xml { line: 1 }),
        (b"<!DOCTYPE KeePassFile>\n<KeePassFile></KeePassFile>", None, ImportError::Xml { line: 1 }),
        (
            b"<!DOCTYPE k [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><KeePassFile>&b;</KeePassFile>",
            None,
            ImportError::Xml { line: 1 },
        ),
        (b"<KeePassFile>\n&other;</KeePassFile>", None, ImportError::Xml { line: 2 }),
        (b"<KeePassFile><?run it?></KeePassFile>", None, ImportError::Xml { line: 1 }),
        (b"<KeePassFile>\n<a></b></KeePassFile>", None, ImportError::Xml { line: 2 }),
        (b"<KeePassFile>", None, ImportError::Xml { line: 1 }),
        (b"PK\x03\x04 and so on", None, ImportError::Archive),
        (b"PK\x03\x04 and so on", Some(Source::Chrome), ImportError::OtherSource),
    ] {
        assert_eq!(
            read(bytes, source, None).map(|_| ()),
            Err(expected),
            "{}",
            String::from_utf8_lossy(bytes)
        );
    }
    let large = vec![b'a'; FILE_MOST + 1];
    let expected = ImportError::TooLarge { bytes: FILE_MOST + 1, most: FILE_MOST };
    assert_eq!(read(&large, None, None).map(|_| ()), Err(expected));
}

#[test]
fn a_record_has_its_limits_and_costs_itself_alone() {
    let note = "é".repeat(524_288);
    let long = format!("name,url,username,password,note\nlong,,,x,{note}\nfits,,,x,{}\n", "n".repeat(90_000));
    let import = read(long.as_bytes(), None, None).expect("read");
    assert_eq!((import.records.len(), import.records[0].row), (1, 3));
    let Reason::TooLarge { found, most: RECORD_MOST } = import.unread[0].reason else { panic!("{import:?}") };
    assert!(found > 1 << 20, "a note of a megabyte is listed, with how long it is");

    let fields: Vec<String> = (0..=FIELDS_MOST).map(|n| format!("n{n}: v")).collect();
    let csv = format!(
        "type,name,login_uri,login_username,login_password,fields\nlogin,A,,,x,\"{}\"\n",
        fields.join("\n")
    );
    let import = read(csv.as_bytes(), None, None).expect("read");
    assert_eq!(import.unread[0].reason, Reason::Fields { found: FIELDS_MOST + 1, most: FIELDS_MOST });

    let many = |count: usize| format!("name,url,username,password\n{}", "a,,,x\n".repeat(count));
    assert_eq!(read(many(RECORDS_MOST).as_bytes(), None, None).map(|it| it.records.len()), Ok(RECORDS_MOST));
    assert_eq!(read(many(RECORDS_MOST + 1).as_bytes(), None, None), Err(ImportError::TooMany));
    // A name of a column comes again in every record: little text would become gigabytes.
    let name = "é".repeat(200);
    // (One that is known, so that the first line is taken for names.)
    let header = format!("password{}", format!(",{name}").repeat(199));
    let wide = format!("{header}\n{}", format!("x{}\n", ",x".repeat(199)).repeat(2000));
    let expected =
        |error: &ImportError| matches!(error, ImportError::TooLarge { most: RECORDS_BYTES_MOST, .. });
    assert!(read(wide.as_bytes(), Some(Source::Csv), None).as_ref().is_err_and(expected));
    let broken = format!("name,url,username,password\n{}", "a,b\n".repeat(5000));
    let import = read(broken.as_bytes(), None, None).expect("read");
    assert_eq!((import.unread.len(), import.unread_count), (UNREAD_MOST, 5000));
}

#[test]
fn columns_that_nobody_knows_are_what_the_person_says() {
    let text = b"x1,x2,x3\nann,secret,shop\nbob,other,bank\n";
    let guessed = read(text, None, None).expect("read");
    assert!(!guessed.has_header && guessed.columns.iter().all(|(_, target)| *target == Target::Field));
    let targets =
        ["username", "password", "title"].map(|name| Target::parse(name).expect("a target")).to_vec();
    let mapping = Mapping { has_header: true, targets };
    let import = read(text, Some(Source::Csv), Some(&mapping)).expect("read");
    let expected = "2 [] {\"password\":\"secret\",\"title\":\"shop\",\"type\":\"login\",\"username\":\"ann\"}\n\
                    3 [] {\"password\":\"other\",\"title\":\"bank\",\"type\":\"login\",\"username\":\"bob\"}\n";
    assert_eq!(shown(&import), expected);
    // Fewer targets than columns: the rest is left.
    let mapping = Mapping { has_header: false, targets: vec![Target::Text("title")] };
    let import = read(text, Some(Source::Csv), Some(&mapping)).expect("read");
    assert_eq!((import.records.len(), import.records[0].item.len()), (3, 2));
    for target in ["ignore", "folder", "favourite", "field", "hidden", "fields", "type", "note", "totp"] {
        assert_eq!(Target::parse(target).map(Target::as_str), Some(target));
    }
    assert_eq!(Target::parse("trashed"), None);
}

/// One file in an archive, with what the archive says of it.
fn archive(name: &str, packed: &[u8], method: u16, crc: u32, size: u32) -> Vec<u8> {
    let length = u32::try_from(packed.len()).expect("short").to_le_bytes();
    let name_length = u16::try_from(name.len()).expect("short").to_le_bytes();
    let common = [
        &[20, 0, 0, 0][..],
        &method.to_le_bytes(),
        &[0; 4],
        &crc.to_le_bytes(),
        &length,
        &size.to_le_bytes(),
        &name_length,
        &[0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", common.as_slice(), name.as_bytes(), packed].concat();
    let central = [b"PK\x01\x02\x14\x00", common.as_slice(), &[0; 14], name.as_bytes()].concat();
    let end = [
        &b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..],
        &u32::try_from(central.len()).expect("short").to_le_bytes(),
        &u32::try_from(local.len()).expect("short").to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    [local, central, end].concat()
}

#[test]
fn an_archive_is_unpacked_to_a_bound_and_compared() {
    let json =
        br#"{"accounts":[{"vaults":[{"items":[{"overview":{"title":"A"},"details":{"password":"x"}}]}]}]}"#;
    let size = u32::try_from(json.len()).expect("short");
    let crc = crc32(json);
    let packed = miniz_oxide::deflate::compress_to_vec(json, 6);
    let of = |bytes: &[u8]| read(bytes, None, None).map(|import| import.records.len());
    assert_eq!(of(&archive("export.data", &packed, 8, crc, size)), Ok(1));
    assert_eq!(of(&archive("export.data", json, 0, crc, size)), Ok(1));
    for bad in [
        archive("export.data", &packed, 8, crc ^ 1, size),
        archive("export.data", &packed, 8, crc, size + 1),
        archive("export.data", &packed, 9, crc, size),
        archive("export.data", &packed[..packed.len() / 2], 8, crc, size),
        archive("other.data", &packed, 8, crc, size),
    ] {
        assert_eq!(of(&bad), Err(ImportError::Archive));
    }
    // A bomb: a thousandth of what it unpacks to, whatever it says of its size.
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b' '; UNPACKED_MOST + 1], 1);
    assert!(bomb.len() < UNPACKED_MOST / 100);
    for size in [10, u32::try_from(UNPACKED_MOST + 1).expect("fits")] {
        assert_eq!(of(&archive("export.data", &bomb, 8, 0, size)), Err(ImportError::Archive));
    }
}

/// CRC-32 (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

/// What would take hours where a step looked at everything again.
#[test]
fn hostile_files_take_no_more_than_a_pass() {
    const LENGTH: usize = 1 << 18;
    for piece in ["\"\n", "\"a\",\"\n", "a,\"b\n", ",", "\"\"", "\n", "\"\",\"x\"y\n", "a: b\n"] {
        let text = format!("name,url,username,password\n{}", piece.repeat(LENGTH / piece.len()));
        let _ = read(text.as_bytes(), None, None);
        let _ = read(text.as_bytes(), Some(Source::Csv), None);
        let _ = read(text.as_bytes(), Some(Source::Keeper), None);
    }
    let one = "NoteType:x\n".to_owned() + &"a:b\n".repeat(LENGTH / 4);
    let text = format!("url,username,password,extra,name,grouping,fav\nhttp://sn,,,\"{one}\",n,,0\n");
    assert_eq!(read(text.as_bytes(), None, None).expect("read").unread_count, 1);
    for piece in ["<Entry></Entry>", "<Group>&#65;</Group>", "<!-- -->", "<String><Key>k</Key></String>"] {
        let text = format!("<KeePassFile>{}</KeePassFile>", piece.repeat(LENGTH / piece.len()));
        let _ = read(text.as_bytes(), None, None);
    }
    for piece in ["{},", "[],", "1,", "{\"type\":1},"] {
        let text = format!("{{\"items\":[{}0]}}", piece.repeat(LENGTH / piece.len()));
        assert!(read(text.as_bytes(), None, None).is_ok());
    }
}

#[test]
fn what_is_exported_comes_back() {
    let json = include_bytes!("../../../tests/vectors/vault/import/keyward.json");
    let export: Value = serde_json::from_slice(json).expect("JSON");
    let table = export::csv(&export);
    assert!(
        table.lines().nth(1).is_some_and(|line| line.contains("\"'=1+1\"")),
        "a formula is none any more"
    );
    let import = read(table.as_bytes(), None, None).expect("read");
    assert_eq!(import.source, Source::Keyward);
    let item = &import.records[0].item;
    assert_eq!((item["password"].as_str(), item["favourite"].as_bool()), (Some("=1+1"), Some(true)));
    assert_eq!(import.records[0].folder, "Work");

    // Whatever a spreadsheet might run is guarded, wherever its cells may begin, and comes back as it was.
    for (value, written) in [
        ("=x", "'=x"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=x", "'\t=x"),
        ("\r=x", "\r'=x"),
        ("\r\n=x", "\r\n'=x"),
        ("＝x", "'＝x"),
        ("a;=x;b", "a;'=x;b"),
        ("a\n+x", "a\n'+x"),
        ("'", "''"),
        ("'=x", "''=x"),
        ("''=x", "'''=x"),
        ("a;'=x", "a;''=x"),
        ("plain", "plain"),
        ("a=b", "a=b"),
        ("a; b", "a; b"),
    ] {
        let item = serde_json::json!({ "title": "t", "password": value });
        let table = export::csv(&serde_json::json!({ "items": [item] }));
        assert!(table.contains(&format!("\"{written}\"")), "{value}: {table}");
        let import = read(table.as_bytes(), None, None).expect("read");
        assert_eq!(import.records[0].item["password"].as_str(), Some(value));
    }
}

#[test]
fn a_sealed_export_opens_with_its_password_alone() {
    let mut state = 1_u8;
    let mut random = |bytes: &mut [u8]| {
        bytes.iter_mut().for_each(|byte| {
            *byte = {
                state = state.wrapping_mul(77).wrapping_add(13);
                state
            }
        })
    };
    let sealed = export::seal(b"{\"a\":1}", "correct horse", &mut random).expect("sealed");
    assert_eq!(export::open(&sealed, "correct horse").map(|it| it.to_vec()), Ok(b"{\"a\":1}".to_vec()));
    assert_eq!(export::open(&sealed, "wrong horse").err().map(|error| error.code()), Some("lock-not-opened"));
    assert_eq!(read(&sealed, None, None), Err(ImportError::Sealed));
    let changed = |at: usize| {
        let mut other = sealed.clone();
        other[at] ^= 1;
        export::open(&other, "correct horse").err().map(|error| error.code())
    };
    let head = export::MAGIC.len();
    assert_eq!(changed(0), Some("lock-malformed"));
    assert_eq!(changed(head), Some("lock-version"));
    // Its parameters are bound to it, and go below no minimum.
    assert_eq!(changed(head + 8), Some("stretching-too-costly"));
    assert_eq!(changed(head + 20), Some("lock-not-opened"));
    assert_eq!(changed(sealed.len() - 1), Some("lock-not-opened"));
    for length in [0, head, head + 1, head + 30, sealed.len() - 17] {
        assert!(export::open(&sealed[..length], "correct horse").is_err(), "{length}");
    }
}
