//! Answers of DNS-over-HTTPS resolvers, in the JSON that Cloudflare and Google give (`application/dns-json`).

use serde_json::Value as Json;

/// What a resolver says of a name's TXT records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// These are its texts; none where there is no such name, or none of its records is a TXT.
    Texts(Vec<String>),
    /// It could not say: the name's servers are out of reach, DNSSEC does not hold, or the resolver is.
    Failed,
}

/// The type of a TXT record (RFC 1035 §3.2.2).
const TXT: u64 = 16;
/// The codes of an answer that says something (RFC 1035 §4.1.1, RFC 2136 §2.2).
const NO_ERROR: u64 = 0;
const NO_SUCH_NAME: u64 = 3;

impl Lookup {
    /// Reads the body of an answer.
    pub fn read(body: &[u8]) -> Lookup {
        let Ok(answer) = serde_json::from_slice::<Json>(body) else { return Lookup::Failed };
        match answer.get("Status").and_then(Json::as_u64) {
            Some(NO_SUCH_NAME) => return Lookup::Texts(Vec::new()),
            Some(NO_ERROR) => {}
            _ => return Lookup::Failed,
        }
        let records = answer.get("Answer").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let texts = records
            .iter()
            .filter(|record| record.get("type").and_then(Json::as_u64) == Some(TXT))
            .filter_map(|record| record.get("data").and_then(Json::as_str))
            .map(text);
        Lookup::Texts(texts.collect())
    }
}

/// The text of a record: its character strings, quoted as in a zone file (RFC 1035 §5.1), joined. Some resolvers do not quote
/// a single one.
fn text(data: &str) -> String {
    if !data.starts_with('"') {
        return data.to_owned();
    }
    let (mut text, mut is_inside, mut characters) = (String::new(), false, data.chars());
    while let Some(character) = characters.next() {
        match character {
            '"' => is_inside = !is_inside,
            '\\' if is_inside => text.extend(characters.next()),
            _ if is_inside => text.push(character),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Lookup;

    fn texts(body: &str) -> Option<Vec<String>> {
        match Lookup::read(body.as_bytes()) {
            Lookup::Texts(texts) => Some(texts),
            Lookup::Failed => None,
        }
    }

    #[test]
    fn texts_are_read_however_they_are_quoted() {
        let cloudflare = r#"{"Status":0,"TC":false,"AD":false,"Question":[{"name":"acme.test","type":16}],"Answer":[
            {"name":"acme.test","type":5,"TTL":60,"data":"elsewhere.test."},
            {"name":"elsewhere.test","type":16,"TTL":60,"data":"\"keyward=abc\""},
            {"name":"elsewhere.test","type":16,"TTL":60,"data":"\"two \" \"strings\""},
            {"name":"elsewhere.test","type":16,"TTL":60,"data":"\"a \\\"quote\\\"\""}]}"#;
        let expected = ["keyward=abc", "two strings", "a \"quote\""];
        assert_eq!(texts(cloudflare).as_deref(), Some(&expected.map(str::to_owned)[..]));
        let google =
            r#"{"Status":0,"Answer":[{"name":"acme.test.","type":16,"TTL":60,"data":"keyward=abc"}]}"#;
        assert_eq!(texts(google), Some(vec!["keyward=abc".to_owned()]));
    }

    #[test]
    fn no_name_and_no_record_are_an_answer() {
        assert_eq!(texts(r#"{"Status":3}"#), Some(vec![]));
        assert_eq!(texts(r#"{"Status":0}"#), Some(vec![]));
        assert_eq!(
            texts(r#"{"Status":0,"Answer":[{"name":"a","type":1,"data":"192.0.2.1"}]}"#),
            Some(vec![])
        );
    }

    #[test]
    fn a_failure_is_not_the_answer_that_there_is_none() {
        for body in ["", "<html>", "{}", "[]", r#"{"Status":2}"#, r#"{"Status":"0"}"#, r#"{"Status":5}"#] {
            assert_eq!(texts(body), None, "{body}");
        }
    }
}
