//! What the API shows beside a connection and a person: our keys, the SAML log, names at providers, links, what applies.

use keyward_core::admin::IdentityFacts;
use keyward_core::asserted::Subject;
use keyward_core::facts::SubjectSource;
use keyward_core::id::{ConnectionId, RoleId, SpKeyId, UserId};
use keyward_core::policy::Policies;
use keyward_core::saml_log::{Direction, Stage, Verdict, verdicts};
use keyward_core::sp_key::{KeyPurpose, KeyStatus, SpKey};
use keyward_saml::Timestamp;
use serde_json::Value as Json;

use super::super::describe::{Flag, FromText, Time, row, view};
use super::{Asked, asked, told};
use crate::store::StoreError;

view!(
    /// One of our own keys of a connection, without its private half.
    KeyView {
        id: String = "Its id",
        purpose: String = "sign (our requests) or decrypt (what is encrypted to us)",
        status: String = "next (to be used), active or retired",
        since: Time = "Since when it is that",
        certificate: String = "Its certificate: base64 of the DER",
        created_at: Time = "When it was made",
    }
);

impl KeyView {
    pub(crate) fn facts(&self) -> Result<SpKey, StoreError> {
        let facts = || {
            Some(SpKey {
                id: SpKeyId::parse(&self.id)?,
                purpose: KeyPurpose::parse(&self.purpose)?,
                status: KeyStatus::parse(&self.status)?,
                since: Timestamp::from_millis(self.since.0),
            })
        };
        told("sp_key", facts())
    }
}

row!(
    /// A message of the SAML log as it is kept, without what it said.
    MessageRow {
        id: String,
        number: i64,
        time: Time,
        direction: String,
        kind: String,
        stage: Option<String>,
        code: Option<String>,
        reference: Option<String>,
        is_kept: Flag,
    }
);

view!(
    /// A group of checks, and what became of it.
    CheckView {
        check: String = "Which",
        verdict: String = "passed, failed or not_reached",
    }
);

view!(
    /// A message that came from the identity provider of a connection, or went to it.
    MessageView {
        id: String = "Its id",
        number: i64 = "In the order of their coming",
        time: Time = "When",
        direction: String = "in or out",
        kind: String = "Response, LogoutRequest or LogoutResponse",
        code: Option<String> = "Why it was refused; null: it was not",
        reference: Option<String> = "What the person was shown; null: nothing",
        checks: Vec<CheckView> = "How far it came",
        is_kept: Flag = "Whether what it said is kept",
    }
);

impl MessageRow {
    pub(crate) fn view(self) -> Result<MessageView, StoreError> {
        let is_in = self.direction == Direction::In.as_str();
        let failed = match &self.stage {
            Some(stage) => Some(told("saml_message", Stage::parse(stage))?),
            None => None,
        };
        let check = |(stage, verdict): (Stage, Verdict)| CheckView {
            check: stage.as_str().to_owned(),
            verdict: match verdict {
                Verdict::Passed => "passed",
                Verdict::Failed => "failed",
                Verdict::NotReached => "not_reached",
            }
            .to_owned(),
        };
        Ok(MessageView {
            id: self.id,
            number: self.number,
            time: self.time,
            direction: self.direction,
            kind: self.kind,
            code: self.code,
            reference: self.reference,
            // What goes out is not checked here.
            checks: if is_in { verdicts(failed).map(check).into() } else { Vec::new() },
            is_kept: self.is_kept,
        })
    }
}

row!(
    /// What a message said, sealed.
    SealedMessageRow { id: String, sealed: Option<String> }
);

view!(
    /// What a message said, without what it says of people.
    MessageXmlView { xml: Option<String> = "The message, redacted; null: it was not kept, or is no XML" }
);

view!(
    /// Who somebody is at an identity provider.
    IdentityView {
        connection: String = "Of which connection",
        subject: FromText<Vec<String>> = "name-id with format, its qualifiers and value; or attribute with name and value",
        pinned: Option<String> = "The second attribute's value, as it was pinned; null: none was yet",
        created_at: Time = "Since when",
    }
    hidden { subject_attribute: Option<String>, idp_entity_id: Option<String> }
);

impl IdentityView {
    /// `sp_entity_id` is ours of the connection; `holder`: whose the new name is.
    pub(crate) fn facts(
        &self,
        sp_entity_id: String,
        holder: Option<UserId>,
    ) -> Result<IdentityFacts, StoreError> {
        let facts = || {
            Some(IdentityFacts {
                connection: ConnectionId::parse(&self.connection)?,
                subject: Subject::from_stored(serde_json::to_string(&self.subject.0).ok()?),
                source: match &self.subject_attribute {
                    None => SubjectSource::NameId,
                    Some(name) => SubjectSource::Attribute(name.clone()),
                },
                idp_entity_id: self.idp_entity_id.clone()?,
                sp_entity_id,
                new_name_is_of: holder,
            })
        };
        told("identity", facts())
    }
}

row!(
    /// Whose a name is.
    SubjectHolderRow { user: String }
);

view!(
    /// A link to claim an account.
    ClaimView {
        link: String = "What to give to the person; it is shown once",
        connection: String = "By which connection they sign in from then on",
        expires_at: Time = "Until when it is good",
    }
);

view!(
    /// A link by which somebody sets a password.
    OutsideLinkView {
        link: String = "What to give to the person; it is shown once",
        expires_at: Time = "Until when it is good",
    }
);

view!(
    /// A browser that may open a person's vault.
    DeviceView {
        id: String = "Its id",
        created_at: Time = "Since when",
        last_used_at: Time = "When it opened the vault",
        blocked_at: Option<Time> = "Since when it may not; null: it may",
    }
);

view!(
    /// A policy's value for one person, and why.
    EffectiveView {
        policy: String = "Its name",
        value: Json = "What applies",
        because: Vec<String> = "The roles that made it so; none: it is the default",
    }
);

row!(
    /// What a person's roles ask.
    UserPoliciesRow { policies: Asked }
);

impl UserPoliciesRow {
    pub(crate) fn facts(&self) -> Result<Vec<(RoleId, Policies)>, StoreError> {
        told("role", asked(&self.policies))
    }
}
