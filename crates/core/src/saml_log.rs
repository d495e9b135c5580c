//! What went between us and an IdP, and how far it came: the SAML log of a connection.
//!
//! A message is judged in stages, in the order of [`Stage::ALL`]; where it is refused, all before that stage has passed and
//! nothing after it was looked at. The message itself is kept sealed, since it is about people.
//!
//! A connection's log is three rings ([`Proof`]), so that what anybody may post takes the place of nothing that the IdP signed.

use keyward_saml::Timestamp;

use crate::decision::Write;
use crate::facts::status;
use crate::id::{ConnectionId, MessageId, TenantId};
use crate::logout::LogoutRefusal;
use crate::random::{Random, Reference, TokenHash};
use crate::refusal::Refusal;

/// The longest message that is kept, in bytes: room for one with 150 groups, and not for rubbish.
pub const MESSAGE_BYTES: usize = 64 * 1024;

status!(
    /// Which way a message went.
    Direction {
        /// From the IdP.
        In = "in",
        /// To it.
        Out = "out",
    }
);
status!(
    /// What a message is.
    MessageKind {
        /// The answer to an AuthnRequest, or what nobody asked for.
        Response = "Response",
        /// Sessions are to end.
        LogoutRequest = "LogoutRequest",
        /// They have.
        LogoutResponse = "LogoutResponse",
    }
);
status!(
    /// A group of checks.
    Stage {
        /// Organisation and connection are in use.
        Connection = "connection",
        /// It came as its binding says, and is of a sensible size.
        Message = "message",
        /// It is XML that everybody reads the same way, and the message that belongs here.
        Xml = "xml",
        /// The IdP says that it succeeded.
        Status = "status",
        /// A pinned key signed it.
        Signature = "signature",
        /// It is from this IdP, for us.
        Envelope = "envelope",
        /// What is encrypted opens.
        Decryption = "decryption",
        /// The assertion counts now, here and for this.
        Assertion = "assertion",
        /// It answers what this browser asked, once.
        Request = "request",
        /// It says who somebody is.
        Identity = "identity",
        /// There is an account for that.
        Account = "account",
        /// The sessions are that person's.
        Session = "session",
    }
);

impl Stage {
    /// In their order.
    pub const ALL: [Stage; 12] = [
        Stage::Connection,
        Stage::Message,
        Stage::Xml,
        Stage::Status,
        Stage::Signature,
        Stage::Envelope,
        Stage::Decryption,
        Stage::Assertion,
        Stage::Request,
        Stage::Identity,
        Stage::Account,
        Stage::Session,
    ];

    /// Which check a refusal is of.
    pub fn of(refusal: &Refusal) -> Stage {
        match refusal {
            Refusal::Saml(refusal) | Refusal::Logout(LogoutRefusal::Saml(refusal)) => of_saml(refusal),
            Refusal::Logout(LogoutRefusal::Unconfirmed(why)) => {
                Stage::of(&Refusal::Logout(why.as_ref().clone()))
            }
            Refusal::Logout(LogoutRefusal::Form) | Refusal::Form | Refusal::CrossSite => Stage::Message,
            Refusal::Logout(LogoutRefusal::Off)
            | Refusal::DomainUnknown { .. }
            | Refusal::SsoNameUnknown { .. }
            | Refusal::ConnectionUnknown { .. }
            | Refusal::TenantNotActive { .. }
            | Refusal::ConnectionNotActive { .. } => Stage::Connection,
            Refusal::Logout(
                LogoutRefusal::Replay { .. }
                | LogoutRefusal::AnswerUnknown
                | LogoutRefusal::AnswerOfAnotherBrowser
                | LogoutRefusal::AnswerExpired { .. }
                | LogoutRefusal::AnswerUsed,
            )
            | Refusal::RequestUnknown { .. }
            | Refusal::RequestOfAnotherConnection { .. }
            | Refusal::RequestOfAnotherBrowser
            | Refusal::RequestExpired { .. }
            | Refusal::RequestUsed
            | Refusal::Replay { .. }
            | Refusal::ConfirmationUnknown
            | Refusal::ConfirmationExpired { .. }
            | Refusal::ConfirmationUsed
            | Refusal::ConfirmationOutdated
            | Refusal::ClaimOver { .. }
            | Refusal::ClaimUnknown
            | Refusal::SetUpSecretWrong
            | Refusal::SetUpClosed
            | Refusal::SetUpLinkUnknown
            | Refusal::SetUpLinkOver { .. } => Stage::Request,
            Refusal::NameIdMissing
            | Refusal::NameIdTransient
            | Refusal::AttributeMissing { .. }
            | Refusal::AttributeValues { .. }
            | Refusal::ValueTooLong { .. }
            | Refusal::EmailMalformed { .. } => Stage::Identity,
            Refusal::EmailDomainNotReserved { .. }
            | Refusal::EmailDomainRoutedElsewhere { .. }
            | Refusal::IdentityChanged { .. }
            | Refusal::UserLocked { .. }
            | Refusal::UserDeleted { .. }
            | Refusal::InvitationUnclaimed { .. }
            | Refusal::AccountElsewhere { .. }
            | Refusal::EmailInUse { .. }
            | Refusal::JitOff
            | Refusal::NoSeat
            | Refusal::ClaimOfAnother { .. }
            | Refusal::PasswordWrong { .. }
            | Refusal::PasswordTooMany { .. }
            | Refusal::RecoveryCodeWrong { .. }
            | Refusal::AddressNotAllowed { .. } => Stage::Account,
            Refusal::Logout(LogoutRefusal::SessionOfAnother) => Stage::Session,
        }
    }
}

fn of_saml(refusal: &keyward_saml::Refusal) -> Stage {
    use keyward_saml::Refusal as R;
    match refusal {
        R::Base64 | R::TooLarge { .. } => Stage::Message,
        R::Status { .. } => Stage::Status,
        R::SignatureMissing
        | R::SignaturePosition
        | R::SignatureMalformed { .. }
        | R::SignatureAlgorithm { .. }
        | R::DigestAlgorithm { .. }
        | R::Canonicalization { .. }
        | R::Transform { .. }
        | R::ReferenceCount { .. }
        | R::ReferenceNotParent { .. }
        | R::DigestMismatch
        | R::SignatureInvalid { .. }
        | R::Certificate(_) => Stage::Signature,
        R::EncryptionAlgorithm { .. } | R::Decrypt | R::EncryptedUnsigned => Stage::Decryption,
        R::Issuer { .. } | R::Destination { .. } | R::InResponseTo { .. } | R::Unsolicited => Stage::Envelope,
        R::Time { .. }
        | R::SubjectConfirmation { .. }
        | R::Recipient { .. }
        | R::Expired { .. }
        | R::NotYetValid { .. }
        | R::Audience { .. }
        | R::Condition { .. }
        | R::AuthnStatement
        | R::AuthnStale { .. }
        | R::AuthnContext { .. }
        | R::Lifetime { .. }
        | R::NameId { .. } => Stage::Assertion,
        // What XML it is, and of which message.
        _ => Stage::Xml,
    }
}

/// What vouches for a message: whose place it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A pinned key's signature held, or it is ours.
    Signed,
    /// This browser waits for it.
    Awaited,
    /// Nothing that is known: this browser may wait for it.
    Unknown,
}

impl Proof {
    /// Of a message that was refused. What is only looked at once a signature held says that it did; everything else may be anybody's.
    pub fn of(refusal: &Refusal) -> Proof {
        match refusal {
            // Of a sign-in, what the assertion says is read from what was signed; IssueInstant is not. Of single logout it is not.
            Refusal::Saml(keyward_saml::Refusal::Time { .. }) | Refusal::Logout(LogoutRefusal::Saml(_)) => {
                Proof::Unknown
            }
            Refusal::Logout(LogoutRefusal::Unconfirmed(why)) => match Proof::of(&why.as_ref().clone().into())
            {
                Proof::Signed => Proof::Signed,
                _ => Proof::Awaited,
            },
            // Told where the request is looked up, once the rest of it is verified.
            Refusal::Saml(keyward_saml::Refusal::Unsolicited) => Proof::Signed,
            _ => match Stage::of(refusal) {
                Stage::Assertion | Stage::Request | Stage::Identity | Stage::Account | Stage::Session => {
                    Proof::Signed
                }
                _ => Proof::Unknown,
            },
        }
    }
}

/// The request that a message says it answers, before anything of it is verified.
pub fn says_it_answers(xml: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(xml).ok()?;
    [('"', "InResponseTo=\""), ('\'', "InResponseTo='")].iter().find_map(|(quote, name)| {
        let (_, rest) = text.split_once(name)?;
        rest.split_once(*quote).map(|(id, _)| id)
    })
}

/// A browser, and the request that a message says it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// The request's ID.
    pub request: String,
    /// Who brought the message.
    pub browser: TokenHash,
}

/// A message to be written down, once it is known what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedMessage {
    /// Whose.
    pub tenant: TenantId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// Its id here, which what is sealed is bound to.
    pub id: MessageId,
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub kind: MessageKind,
    /// The XML, or the query of the Redirect binding, sealed by the host; `None` where there is none, or it is longer than
    /// [`MESSAGE_BYTES`].
    pub sealed: Option<String>,
    /// Who brought it, and as the answer to what; `None` where nobody did.
    pub brought: Option<Brought>,
    /// When.
    pub at: Timestamp,
}

impl LoggedMessage {
    /// A message of a connection that came or goes now.
    pub fn new(
        tenant: &TenantId,
        connection: &ConnectionId,
        direction: Direction,
        kind: MessageKind,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> LoggedMessage {
        let (tenant, connection) = (tenant.clone(), connection.clone());
        LoggedMessage {
            tenant,
            connection,
            id: MessageId::generate(rng),
            direction,
            kind,
            sealed: None,
            brought: None,
            at: now,
        }
    }

    /// What its XML is sealed for: nowhere else does it open.
    pub fn bound_to(&self) -> String {
        bound_to(&self.tenant, &self.connection, &self.id)
    }

    /// It was accepted, or sent.
    pub fn accepted(self) -> Write {
        Write::LogMessage { message: self, failed: None, proof: Proof::Signed }
    }

    /// It was refused, and the person was shown this.
    pub fn refused(self, refusal: &Refusal, reference: &Reference) -> Write {
        let failed =
            Some(Failed { stage: Stage::of(refusal), code: refusal.code(), reference: reference.clone() });
        Write::LogMessage { message: self, failed, proof: Proof::of(refusal) }
    }
}

/// What a message's XML is sealed for.
pub fn bound_to(tenant: &TenantId, connection: &ConnectionId, id: &MessageId) -> String {
    format!("{}|{}|{}|saml", tenant.as_str(), connection.as_str(), id.as_str())
}

/// The check that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Of which stage.
    pub stage: Stage,
    /// The refusal's code.
    pub code: &'static str,
    /// What the person was shown.
    pub reference: Reference,
}

/// What became of each stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All of it held.
    Passed,
    /// Something did not; the code says what.
    Failed,
    /// It was not looked at any more.
    NotReached,
}

/// The stages of a message with what became of them, given the one that failed.
pub fn verdicts(failed: Option<Stage>) -> [(Stage, Verdict); 12] {
    let at = failed.and_then(|failed| Stage::ALL.iter().position(|stage| *stage == failed));
    let mut index = 0;
    Stage::ALL.map(|stage| {
        let verdict = match at {
            None => Verdict::Passed,
            Some(at) if index < at => Verdict::Passed,
            Some(at) if index == at => Verdict::Failed,
            Some(_) => Verdict::NotReached,
        };
        index += 1;
        (stage, verdict)
    })
}

#[cfg(test)]
mod tests {
    use super::{Direction, LoggedMessage, MessageKind, Proof, Stage, Verdict, says_it_answers, verdicts};
    use crate::decision::Write;
    use crate::logout::LogoutRefusal;
    use crate::provisioning::tests::{NOW, connection};
    use crate::random::Reference;
    use crate::random::tests::Counter;
    use crate::refusal::Refusal;

    #[test]
    fn what_failed_tells_what_passed() {
        assert!(verdicts(None).iter().all(|(_, verdict)| *verdict == Verdict::Passed));
        let found = verdicts(Some(Stage::Signature)).map(|(_, verdict)| verdict);
        let (before, rest) = found.split_at(4);
        assert!(before.iter().all(|verdict| *verdict == Verdict::Passed));
        assert_eq!(rest.first(), Some(&Verdict::Failed));
        assert!(rest.iter().skip(1).all(|verdict| *verdict == Verdict::NotReached));
        assert_eq!(verdicts(Some(Stage::Connection)).first(), Some(&(Stage::Connection, Verdict::Failed)));
    }

    #[test]
    fn every_stage_reads_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.as_str()), Some(stage));
        }
    }

    #[test]
    fn a_refusal_is_of_the_stage_that_made_it() {
        let saml = |refusal| Stage::of(&Refusal::Saml(refusal));
        assert_eq!(saml(keyward_saml::Refusal::Base64), Stage::Message);
        assert_eq!(saml(keyward_saml::Refusal::DigestMismatch), Stage::Signature);
        assert_eq!(saml(keyward_saml::Refusal::Decrypt), Stage::Decryption);
        assert_eq!(saml(keyward_saml::Refusal::Unsolicited), Stage::Envelope);
        assert_eq!(Stage::of(&Refusal::RequestUsed), Stage::Request);
        assert_eq!(Stage::of(&Refusal::NameIdMissing), Stage::Identity);
        assert_eq!(Stage::of(&Refusal::JitOff), Stage::Account);
        assert_eq!(Stage::of(&LogoutRefusal::SessionOfAnother.into()), Stage::Session);
        assert_eq!(Stage::of(&LogoutRefusal::Off.into()), Stage::Connection);
    }

    #[test]
    fn what_anybody_may_post_is_not_taken_for_signed() {
        use keyward_saml::Refusal as R;
        let logout = |why| Refusal::Logout(why);
        let now = NOW;
        for (refusal, proof) in [
            (Refusal::Form, Proof::Unknown),
            (R::Base64.into(), Proof::Unknown),
            (R::DigestMismatch.into(), Proof::Unknown),
            (R::SignatureInvalid { tried: 1 }.into(), Proof::Unknown),
            // Read of a Response that nobody signed, too.
            (R::Time { attribute: "IssueInstant", found: String::new() }.into(), Proof::Unknown),
            (R::Destination { expected: String::new(), found: String::new() }.into(), Proof::Unknown),
            (R::Decrypt.into(), Proof::Unknown),
            (R::EncryptedUnsigned.into(), Proof::Unknown),
            (R::Expired { what: "It was valid until", now, not_on_or_after: now }.into(), Proof::Signed),
            (R::Unsolicited.into(), Proof::Signed),
            (Refusal::RequestUsed, Proof::Signed),
            (Refusal::NameIdMissing, Proof::Signed),
            (Refusal::JitOff, Proof::Signed),
            // A LogoutRequest's time is read before its signature.
            (
                logout(LogoutRefusal::Saml(R::Expired {
                    what: "It was valid until",
                    now,
                    not_on_or_after: now,
                })),
                Proof::Unknown,
            ),
            (logout(LogoutRefusal::Off), Proof::Unknown),
            (logout(LogoutRefusal::AnswerUnknown), Proof::Signed),
            (
                logout(LogoutRefusal::Unconfirmed(Box::new(LogoutRefusal::Saml(R::DigestMismatch)))),
                Proof::Awaited,
            ),
            (logout(LogoutRefusal::Unconfirmed(Box::new(LogoutRefusal::AnswerUsed))), Proof::Signed),
        ] {
            assert_eq!(Proof::of(&refusal), proof, "{}", refusal.code());
        }
    }

    #[test]
    fn what_a_message_says_it_answers_is_read_of_anything() {
        for (xml, id) in [
            (r#"<Response InResponseTo="_a1"><Assertion InResponseTo="_a2"/>"#, Some("_a1")),
            ("<Response InResponseTo='_a1'>", Some("_a1")),
            ("InResponseTo=\"_a1", None),
            ("<Response>", None),
            ("", None),
        ] {
            assert_eq!(says_it_answers(xml.as_bytes()), id, "{xml}");
        }
        assert_eq!(says_it_answers(&[0xff, b'a']), None);
    }

    #[test]
    fn a_message_is_bound_to_where_it_is_kept() {
        let new = |seed| {
            let of = connection();
            LoggedMessage::new(
                &of.tenant,
                &of.id,
                Direction::In,
                MessageKind::Response,
                NOW,
                &mut Counter(seed),
            )
        };
        assert!(new(0).bound_to().starts_with("t_acme|c_acme|m_") && new(0).bound_to().ends_with("|saml"));
        assert_ne!(new(0).bound_to(), new(1).bound_to());
        let reference = Reference::generate(&mut Counter(0));
        let Write::LogMessage { failed: Some(failed), .. } = new(0).refused(&Refusal::JitOff, &reference)
        else {
            panic!("logged")
        };
        assert_eq!((failed.stage, failed.code, failed.reference), (Stage::Account, "jit-off", reference));
    }
}
