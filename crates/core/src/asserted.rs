//! Who an assertion says somebody is, read by the connection's mapping.

use std::collections::BTreeSet;

use keyward_saml::{Assertion, Attribute, NameId};

use crate::address::Email;
use crate::facts::{Connection, SubjectSource};
use crate::refusal::Refusal;

pub(crate) const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// Bytes of a NameID, or of an attribute that stands in for one. Core §8.3.7 caps persistent ones at 256 characters.
pub(crate) const SUBJECT_BYTES: usize = 1024;
/// Bytes of a pinned attribute's value.
const PINNED_BYTES: usize = 1024;
/// Characters of a person's name; longer ones are cut, since a name opens nothing.
/// No longer name of a group is in the map.
const GROUP_BYTES: usize = 256;
const NAME_CHARS: usize = 100;

/// Who a user is at an IdP: the key of an identity, within its connection.
///
/// As text it is a JSON array: `["name-id", format, name qualifier, SP name qualifier, value]` or
/// `["attribute", name, value]`. Only this module composes it, so that equal text is equal people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject(String);

impl Subject {
    /// What is left out means something (Core §2.2.2, §8.3.7): it is filled in, so that an IdP that begins to spell it out
    /// does not make a stranger of everybody.
    pub(crate) fn of_name_id(name_id: &NameId, issuer: &str, sp_entity_id: &str) -> Subject {
        let format = name_id.format.as_deref().unwrap_or(UNSPECIFIED);
        let qualifier = name_id.name_qualifier.as_deref().unwrap_or(issuer);
        let sp_qualifier = name_id.sp_name_qualifier.as_deref().unwrap_or(sp_entity_id);
        Subject(serde_json::json!(["name-id", format, qualifier, sp_qualifier, name_id.value]).to_string())
    }

    pub(crate) fn of_attribute(name: &str, value: &str) -> Subject {
        Subject(serde_json::json!(["attribute", name, value]).to_string())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From the database.
    pub fn from_stored(text: String) -> Subject {
        Subject(text)
    }

    #[cfg(test)]
    pub(crate) fn of_name_id_for_tests(name_id: &NameId) -> Subject {
        Subject::of_name_id(name_id, "issuer", "sp")
    }
}

/// What a verified assertion says about a person, in our words. Only [`AssertedIdentity::read`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertedIdentity {
    pub(crate) subject: Subject,
    pub(crate) email: Email,
    pub(crate) name: String,
    pub(crate) pinned: Option<String>,
    pub(crate) groups: Vec<String>,
}

impl AssertedIdentity {
    /// Reads an assertion by the connection's mapping.
    ///
    /// # Errors
    /// The refusal that names what is missing, doubled or of the wrong form.
    pub fn read(
        connection: &Connection,
        sp_entity_id: &str,
        assertion: &Assertion,
    ) -> Result<AssertedIdentity, Refusal> {
        read(connection, sp_entity_id, assertion.name_id(), assertion.attributes())
    }

    /// Who it is at the IdP.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Their groups at the IdP.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The e-mail.
    pub fn email(&self) -> &Email {
        &self.email
    }
}

pub(crate) fn read(
    connection: &Connection,
    sp_entity_id: &str,
    name_id: Option<&NameId>,
    attributes: &[Attribute],
) -> Result<AssertedIdentity, Refusal> {
    let subject = match &connection.subject_source {
        SubjectSource::NameId => match name_id {
            None => return Err(Refusal::NameIdMissing),
            Some(name_id) if name_id.format.as_deref() == Some(TRANSIENT) => {
                return Err(Refusal::NameIdTransient);
            }
            Some(name_id) => {
                bounded("NameID", &name_id.value, SUBJECT_BYTES)?;
                Subject::of_name_id(name_id, &connection.idp_entity_id, sp_entity_id)
            }
        },
        SubjectSource::Attribute(name) => {
            let value = required(attributes, name)?;
            bounded("attribute that says who somebody is", value, SUBJECT_BYTES)?;
            Subject::of_attribute(name, value)
        }
    };
    let mapping = &connection.mapping;
    let email = Email::parse(required(attributes, &mapping.email)?)
        .ok_or_else(|| Refusal::EmailMalformed { name: mapping.email.clone() })?;
    let first = mapping.first.as_deref().map_or(Ok(None), |name| optional(attributes, name))?;
    let last = mapping.last.as_deref().map_or(Ok(None), |name| optional(attributes, name))?;
    let pinned = match &connection.pinned_attribute {
        None => None,
        Some(name) => {
            let value = required(attributes, name)?;
            bounded("pinned attribute", value, PINNED_BYTES)?;
            Some(value.to_owned())
        }
    };
    let groups =
        connection.groups_attribute.as_deref().map_or_else(Vec::new, |name| groups(attributes, name));
    Ok(AssertedIdentity { subject, email, name: full_name(first, last), pinned, groups })
}

fn bounded(what: &'static str, value: &str, limit: usize) -> Result<(), Refusal> {
    if value.len() > limit { Err(Refusal::ValueTooLong { what, limit }) } else { Ok(()) }
}

/// The one value of an attribute, by its exact Name; `None` where it is missing or empty. Two attributes of one Name with
/// different NameFormats are several values: nobody said which of them counts.
fn optional<'a>(attributes: &'a [Attribute], name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values =
        attributes.iter().filter(|attribute| attribute.name == name).flat_map(|attribute| &attribute.values);
    match (values.next(), values.count()) {
        (None, _) => Ok(None),
        (Some(value), 0) if value.trim().is_empty() => Ok(None),
        (Some(value), 0) => Ok(Some(value)),
        (Some(_), more) => Err(Refusal::AttributeValues { name: name.to_owned(), count: more + 1 }),
    }
}

/// All values, each once. IdPs leave the attribute out for whom is in no group; a value that is longer than the map can hold
/// is in no map.
fn groups(attributes: &[Attribute], name: &str) -> Vec<String> {
    let values =
        attributes.iter().filter(|attribute| attribute.name == name).flat_map(|attribute| &attribute.values);
    let named = values.map(|value| value.trim()).filter(|value| matches!(value.len(), 1..=GROUP_BYTES));
    let mut groups = BTreeSet::new();
    groups.extend(named.map(str::to_owned));
    groups.into_iter().collect()
}

fn required<'a>(attributes: &'a [Attribute], name: &str) -> Result<&'a str, Refusal> {
    optional(attributes, name)?.ok_or_else(|| Refusal::AttributeMissing { name: name.to_owned() })
}

/// For people to read: without what a page could be made to mislead with.
fn full_name(first: Option<&str>, last: Option<&str>) -> String {
    let is_misleading = |c: &char| {
        c.is_control()
            || matches!(*c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let joined = format!("{} {}", first.unwrap_or_default(), last.unwrap_or_default());
    let words: Vec<String> = joined
        .split_whitespace()
        .map(|word| word.chars().filter(|c| !is_misleading(c)).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    words.join(" ").chars().take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use keyward_saml::{Attribute, NameId};

    use super::{TRANSIENT, UNSPECIFIED, read};
    use crate::facts::{Connection, SubjectSource};
    use crate::provisioning::tests::connection;
    use crate::refusal::Refusal;

    const SP: &str = "https://sp.test/metadata";

    fn name_id(value: &str) -> NameId {
        NameId { value: value.into(), format: None, name_qualifier: None, sp_name_qualifier: None }
    }

    fn attribute(name: &str, values: &[&str]) -> Attribute {
        Attribute {
            name: name.into(),
            name_format: None,
            friendly_name: None,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    fn email() -> Attribute {
        attribute("Email", &["Alice@Acme.test"])
    }

    #[test]
    fn a_person_is_read_by_the_mapping() {
        let attributes =
            [email(), attribute("First", &[" Alice "]), attribute("Last", &["van  der\u{202e}Berg"])];
        let asserted = read(&connection(), SP, Some(&name_id("a-1")), &attributes).expect("complete");
        assert_eq!(asserted.email().as_str(), "alice@acme.test");
        assert_eq!(asserted.name, "Alice van derBerg");
        assert_eq!(asserted.pinned, None);
        assert_eq!(
            asserted.subject().as_str(),
            format!(r#"["name-id","{UNSPECIFIED}","https://idp.test/metadata","{SP}","a-1"]"#)
        );
    }

    #[test]
    fn names_may_be_missing_and_the_email_may_not() {
        let only_email = read(&connection(), SP, Some(&name_id("a")), &[email()]).expect("complete");
        assert_eq!(only_email.name, "");
        let missing = Err(Refusal::AttributeMissing { name: "Email".into() });
        for attributes in [
            vec![],
            vec![attribute("Email", &[])],
            vec![attribute("Email", &[" "])],
            vec![attribute("email", &["a@acme.test"])],
        ] {
            assert_eq!(read(&connection(), SP, Some(&name_id("a")), &attributes), missing);
        }
    }

    #[test]
    fn several_values_are_refused_where_one_is_needed() {
        let several = Err(Refusal::AttributeValues { name: "Email".into(), count: 2 });
        let both = attribute("Email", &["alice@acme.test", "bob@acme.test"]);
        assert_eq!(read(&connection(), SP, Some(&name_id("a")), &[both]), several);
        let formats = [
            email(),
            Attribute { name_format: Some("urn:x".into()), ..attribute("Email", &["bob@acme.test"]) },
        ];
        assert_eq!(read(&connection(), SP, Some(&name_id("a")), &formats), several);
        let names = [email(), attribute("First", &["A", "B"])];
        assert!(matches!(
            read(&connection(), SP, Some(&name_id("a")), &names),
            Err(Refusal::AttributeValues { .. })
        ));
    }

    #[test]
    fn what_is_mapped_to_the_email_has_to_be_one() {
        let bad = [attribute("Email", &["alice"])];
        assert_eq!(
            read(&connection(), SP, Some(&name_id("a")), &bad),
            Err(Refusal::EmailMalformed { name: "Email".into() })
        );
    }

    #[test]
    fn a_transient_name_is_never_a_key() {
        let transient = NameId { format: Some(TRANSIENT.into()), ..name_id("t") };
        assert_eq!(read(&connection(), SP, Some(&transient), &[email()]), Err(Refusal::NameIdTransient));
        let by_attribute =
            Connection { subject_source: SubjectSource::Attribute("oid".into()), ..connection() };
        let attributes = [email(), attribute("oid", &["7"])];
        let asserted =
            read(&by_attribute, SP, Some(&transient), &attributes).expect("the attribute stands in");
        assert_eq!(asserted.subject().as_str(), r#"["attribute","oid","7"]"#);
        assert_eq!(
            read(&by_attribute, SP, Some(&transient), &[email()]),
            Err(Refusal::AttributeMissing { name: "oid".into() })
        );
    }

    #[test]
    fn a_missing_or_endless_name_is_refused() {
        assert_eq!(read(&connection(), SP, None, &[email()]), Err(Refusal::NameIdMissing));
        let endless = name_id(&"x".repeat(1025));
        assert!(matches!(
            read(&connection(), SP, Some(&endless), &[email()]),
            Err(Refusal::ValueTooLong { .. })
        ));
    }

    #[test]
    fn format_and_qualifiers_are_part_of_who_somebody_is() {
        let subject =
            |name_id: NameId| read(&connection(), SP, Some(&name_id), &[email()]).expect("complete").subject;
        let plain = subject(name_id("a"));
        assert_ne!(plain, subject(name_id("A")));
        assert_ne!(plain, subject(NameId { format: Some("urn:f".into()), ..name_id("a") }));
        assert_ne!(plain, subject(NameId { name_qualifier: Some("q".into()), ..name_id("a") }));
        assert_ne!(plain, subject(NameId { sp_name_qualifier: Some("q".into()), ..name_id("a") }));
        // Spelled out or left out, the defaults are one name.
        let spelled = NameId {
            format: Some(UNSPECIFIED.into()),
            name_qualifier: Some("https://idp.test/metadata".into()),
            sp_name_qualifier: Some(SP.into()),
            ..name_id("a")
        };
        assert_eq!(plain, subject(spelled));
        // Nothing in a value can pass for another part of the key.
        assert_ne!(
            subject(name_id(r#"a","b"#)),
            subject(NameId { sp_name_qualifier: Some(r#"a"#.into()), ..name_id("b") })
        );
    }

    #[test]
    fn groups_are_all_values_each_once_and_only_where_they_are_asked_for() {
        let long = "x".repeat(257);
        let attributes =
            [email(), attribute("groups", &["Ops", " Ops ", "", &long, "ops"]), attribute("groups", &["A"])];
        let of = |connection: &Connection, attributes: &[Attribute]| {
            read(connection, SP, Some(&name_id("a")), attributes).expect("complete").groups
        };
        let mapping = Connection { groups_attribute: Some("groups".into()), ..connection() };
        assert_eq!(of(&mapping, &attributes), ["A", "Ops", "ops"]);
        assert!(of(&mapping, &[email()]).is_empty(), "in no group");
        assert!(of(&connection(), &attributes).is_empty());
    }

    #[test]
    fn the_pinned_attribute_has_to_come() {
        let pinning = Connection { pinned_attribute: Some("oid".into()), ..connection() };
        assert_eq!(
            read(&pinning, SP, Some(&name_id("a")), &[email()]),
            Err(Refusal::AttributeMissing { name: "oid".into() })
        );
        let asserted =
            read(&pinning, SP, Some(&name_id("a")), &[email(), attribute("oid", &["7"])]).expect("complete");
        assert_eq!(asserted.pinned.as_deref(), Some("7"));
    }
}
