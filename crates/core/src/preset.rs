//! Identity providers as their admins meet them: what each signs and sends, what of it says who somebody is, what its own
//! screens call our values, and what goes wrong there.
//!
//! A preset is data. It fills a draft in ([`Preset::configure`]); nothing but an admin's draft is ever changed by one, and
//! every response is judged by the same rules whoever sends it. Attribute names and NameIDs are compared exactly.

mod providers;

use crate::admin::Configuration;
use crate::facts::AttributeMapping;

pub use providers::PRESETS;

/// What of a response is signed where nobody changes it. One valid signature is enough, and one is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// The Response.
    Response,
    /// The Assertion.
    Assertion,
    /// Each.
    Both,
}

impl Signs {
    /// For the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Signs::Response => "response",
            Signs::Assertion => "assertion",
            Signs::Both => "both",
        }
    }
}

/// One of our values, which an identity provider has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OurValue {
    /// Who we are in this trust.
    EntityId,
    /// Where responses are posted to.
    AcsUrl,
    /// Where messages for single logout go.
    SloUrl,
    /// What a tile opens.
    StartUrl,
    /// Where all of it stands as metadata.
    MetadataUrl,
    /// What our requests are signed with.
    Certificate,
}

impl OurValue {
    /// For the API.
    pub fn as_str(self) -> &'static str {
        match self {
            OurValue::EntityId => "entity_id",
            OurValue::AcsUrl => "acs_url",
            OurValue::SloUrl => "slo_url",
            OurValue::StartUrl => "start_url",
            OurValue::MetadataUrl => "metadata_url",
            OurValue::Certificate => "certificate",
        }
    }
}

/// What says who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectBy {
    /// The NameID.
    NameId,
    /// An attribute, since the NameID is another at each sign-in.
    Attribute(&'static str),
}

/// An identity provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Stable.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What it signs by default.
    pub signs: Signs,
    /// Whether it encrypts as soon as our metadata offers a certificate for that.
    pub encrypts: bool,
    /// The NameID format to ask for; `None`: whatever it sends.
    pub name_id_format: Option<&'static str>,
    /// What says who somebody is.
    pub subject: SubjectBy,
    /// A second, stable attribute to pin at first sign-in.
    pub pinned: Option<&'static str>,
    /// The attribute whose values are the groups.
    pub groups: Option<&'static str>,
    /// E-mail, given name, family name.
    pub attributes: [&'static str; 3],
    /// Whether the e-mail is handed on: not to who is known to pass it over.
    pub login_hint: bool,
    /// Whether it offers single logout.
    pub single_logout: bool,
    /// What to do there, in order.
    pub steps: &'static [&'static str],
    /// What its screens call our values.
    pub values: &'static [(OurValue, &'static str)],
    /// What each attribute is made of there; empty where it sends them by itself.
    pub claims: &'static [(&'static str, &'static str)],
    /// Where its metadata is found.
    pub metadata: &'static str,
    /// What goes wrong there.
    pub pitfalls: &'static [&'static str],
    /// The document that this was compared with.
    pub source: &'static str,
}

impl Preset {
    /// By its id.
    pub fn find(id: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.id == id)
    }

    /// What an IdP's metadata said, with all that this preset knows of it.
    #[must_use]
    pub fn configure(&self, read: Configuration) -> Configuration {
        let text = |text: &str| text.to_owned();
        let [email, first, last] = self.attributes;
        let offers_logout = self.single_logout;
        Configuration {
            idp_name: text(self.name),
            login_hint: self.login_hint,
            name_id_format: self.name_id_format.map(text),
            subject_attribute: match self.subject {
                SubjectBy::NameId => None,
                SubjectBy::Attribute(name) => Some(text(name)),
            },
            pinned_attribute: self.pinned.map(text),
            groups_attribute: self.groups.map(text),
            mapping: AttributeMapping {
                email: text(email),
                first: Some(text(first)),
                last: Some(text(last)),
            },
            slo_url: read.slo_url.filter(|_| offers_logout),
            slo_response_url: read.slo_response_url.filter(|_| offers_logout),
            ..read
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{OurValue, PRESETS, Preset, SubjectBy};

    #[test]
    fn every_preset_is_found_and_whole() {
        let ids: BTreeSet<&str> = PRESETS.iter().map(|preset| preset.id).collect();
        assert_eq!(ids.len(), PRESETS.len());
        for preset in PRESETS {
            assert_eq!(Preset::find(preset.id), Some(preset));
            let is_slug =
                |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            assert!(is_slug(preset.id), "{}", preset.id);
            // Whoever is asked for metadata needs a place for it, and whoever sets it up two of ours at least.
            for (needed, what) in [(OurValue::EntityId, "entity ID"), (OurValue::AcsUrl, "ACS")] {
                let is_whole = preset
                    .values
                    .iter()
                    .any(|(value, _)| *value == needed || *value == OurValue::MetadataUrl);
                assert!(is_whole, "{}: {what}", preset.id);
            }
            assert!(preset.steps.len() >= 2 && !preset.metadata.is_empty(), "{}", preset.id);
            assert!(!preset.pitfalls.is_empty(), "{}", preset.id);
            // Its metadata alone makes no logout: a field for our address belongs to it.
            if preset.single_logout {
                let has = preset
                    .values
                    .iter()
                    .any(|(value, _)| matches!(value, OurValue::SloUrl | OurValue::MetadataUrl));
                assert!(has, "{}: where our logout address goes", preset.id);
            }
        }
    }

    #[test]
    fn sentences_end_and_say_nothing_in_markup() {
        for preset in PRESETS {
            let told = preset.steps.iter().chain(preset.pitfalls).chain([&preset.metadata]);
            for sentence in told {
                assert!(sentence.ends_with('.'), "{}: {sentence}", preset.id);
                assert!(!sentence.contains(['<', '\n']) && sentence.len() < 400, "{}: {sentence}", preset.id);
            }
            assert!(preset.source.contains(": "), "{}: who wrote it, and what it is called", preset.id);
        }
    }

    #[test]
    fn an_attribute_that_a_guide_makes_is_one_that_is_read() {
        for preset in PRESETS {
            let mut read: Vec<&str> = preset.attributes.to_vec();
            read.extend(preset.pinned);
            read.extend(preset.groups);
            if let SubjectBy::Attribute(name) = preset.subject {
                read.push(name);
            }
            for (name, _) in preset.claims {
                assert!(read.contains(name), "{}: {name}", preset.id);
            }
            if !preset.claims.is_empty() {
                let [email, ..] = preset.attributes;
                assert!(preset.claims.iter().any(|(name, _)| *name == email), "{}", preset.id);
            }
        }
    }
}
