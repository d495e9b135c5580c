//! Notices by mail: who is told what, in which words, by whom it is sent, and how often that is tried.
//!
//! A notice is written in the batch of what it tells of, and only where the organisation said by whom its mail goes out. The host
//! sends what is due: it takes a notice, which says already when it would be tried again, sends it, and writes down what came of it.
//! So a notice that is cut off is sent again, and never more than [`ATTEMPTS`] times. What it says is made when it is sent; a link
//! that is a secret is kept sealed until then.

use core::time::Duration;

use keyward_saml::Timestamp;

use crate::address::Email;
use crate::admin::Privilege;
use crate::decision::{Decision, Guard, Write};
use crate::facts::{TenantStatus, UserStatus};
use crate::id::{ConnectionId, MailId, TenantId, UserId};
use crate::random::Random;
use crate::session::SessionFacts;

/// How long after each attempt the next one is made; after the last, none.
const PAUSES: [Duration; ATTEMPTS - 1] = [
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(4 * 60 * 60),
];
/// How often one notice is tried.
pub const ATTEMPTS: usize = 5;
/// How many invitations go out to one person within a day; each has its link in the answer to who made it, too.
pub const INVITATIONS_A_DAY: i64 = 3;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest that is said of what happened, in characters.
const ABOUT: usize = 300;

/// What somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is an account for them.
    Invitation,
    /// A new browser of their own waits.
    DeviceAsks,
    /// A person of theirs waits for an admin.
    ApprovalAsked,
    /// A browser may open their vault.
    NewDevice,
    /// An IdP's certificate ends.
    CertificateExpiring,
    /// That mail arrives.
    Test,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::Invitation,
        Kind::DeviceAsks,
        Kind::ApprovalAsked,
        Kind::NewDevice,
        Kind::CertificateExpiring,
        Kind::Test,
    ];

    /// By name.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Invitation => "invitation",
            Kind::DeviceAsks => "device_asks",
            Kind::ApprovalAsked => "approval_asked",
            Kind::NewDevice => "new_device",
            Kind::CertificateExpiring => "certificate_expiring",
            Kind::Test => "test",
        }
    }

    /// Where its link leads; that of an invitation ends with a secret, and nobody but its reader is told it again.
    pub fn path(self) -> Option<&'static str> {
        match self {
            Kind::Invitation => None,
            Kind::DeviceAsks | Kind::NewDevice => Some("/vault/devices"),
            Kind::ApprovalAsked => Some("/vault/organisation"),
            Kind::CertificateExpiring => Some("/admin"),
            Kind::Test => Some("/"),
        }
    }

    /// What stands above it.
    pub fn subject(self, organisation: &str) -> String {
        let organisation = line(organisation);
        match self {
            Kind::Invitation => format!("Your account at {organisation}"),
            Kind::DeviceAsks => format!("{organisation}: a new browser asks to open your vault"),
            Kind::ApprovalAsked => format!("{organisation}: somebody waits for an admin"),
            Kind::NewDevice => format!("{organisation}: a new browser opens your vault"),
            Kind::CertificateExpiring => {
                format!("{organisation}: a certificate of your identity provider ends")
            }
            Kind::Test => format!("{organisation}: mail arrives"),
        }
    }

    /// What it says.
    fn text(self, organisation: &str, about: &str, link: &str) -> String {
        let (organisation, about) = (line(organisation), line(about));
        match self {
            Kind::Invitation => format!(
                "There is an account for you at {organisation}. This link makes it yours. It is good once, and for a week:\n\n\
                 {link}\n\n\
                 You did not expect this? Then do nothing: nothing happens without you.\n"
            ),
            Kind::DeviceAsks => format!(
                "A new browser, \"{about}\", signed in to your account at {organisation} and asks to open your vault. If it is \
                 yours, let it in from a browser that you used before:\n\n\
                 {link}\n\n\
                 It is not? Refuse it there, and tell your admin: somebody can sign in as you.\n"
            ),
            Kind::ApprovalAsked => format!(
                "{about} waits for an admin of {organisation}. Call them, compare the words that their browser shows, and answer \
                 here:\n\n\
                 {link}\n"
            ),
            Kind::NewDevice => format!(
                "A new browser may open your vault at {organisation}. {about} Your browsers are listed here:\n\n\
                 {link}\n\n\
                 It is not yours? Block it there, and tell your admin.\n"
            ),
            Kind::CertificateExpiring => format!("{about}\n\nConnections of {organisation}:\n\n{link}\n"),
            Kind::Test => format!("Mail of {organisation} arrives. You asked for this one here:\n\n{link}\n"),
        }
    }
}

/// One line: what would end it, in a header of a mail, is a space.
fn line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(ABOUT).collect()
}

/// By whom an organisation's mail goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// As the deployment does it.
    Deployment,
    /// By a service that takes it over HTTP.
    Http {
        /// Whom it is from.
        from: Email,
        /// Where the service is.
        url: String,
        /// What it knows us by, sealed.
        secret: String,
    },
}

impl Provider {
    /// Its name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Provider::Deployment => "deployment",
            Provider::Http { .. } => "http",
        }
    }
}

/// What the secret of an organisation's service is sealed for.
pub fn secret_bound_to(tenant: &TenantId) -> String {
    format!("{}|mail", tenant.as_str())
}

/// What the secret end of a link is sealed for.
pub fn link_bound_to(tenant: &TenantId, id: &MailId) -> String {
    format!("{}|{}|mail", tenant.as_str(), id.as_str())
}

/// What a decision about mail rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailGuard {
    /// Nobody else has taken the notice.
    Due {
        /// Whose.
        tenant: TenantId,
        /// Which.
        id: MailId,
        /// To whom.
        user: UserId,
        /// Since when it is due.
        due_at: Timestamp,
    },
    /// Fewer mails wait that somebody tries it with.
    Tests {
        /// Whose.
        tenant: TenantId,
        /// Than these.
        most: i64,
    },
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailWrite {
    /// A notice to one person.
    ToUser {
        /// Whose.
        tenant: TenantId,
        /// Which.
        id: MailId,
        /// To whom.
        user: UserId,
        /// What.
        kind: Kind,
        /// Of what it tells.
        about: String,
        /// When.
        at: Timestamp,
    },
    /// The invitation of somebody: only to an address of a domain that the organisation has reserved and that leads to the connection, as
    /// nobody else's is its to write to, and not more often than [`INVITATIONS_A_DAY`].
    Invite {
        /// Whose.
        tenant: TenantId,
        /// Which.
        id: MailId,
        /// To whom.
        user: UserId,
        /// By which they sign in from then on.
        connection: ConnectionId,
        /// The secret end of its link, sealed.
        sealed: String,
        /// When.
        at: Timestamp,
        /// Those written after this count.
        since: Timestamp,
    },
    /// A notice to those who hold a privilege where a connection or a person is; not to that person.
    ToAdmins {
        /// Whose.
        tenant: TenantId,
        /// Which.
        id: MailId,
        /// What they hold.
        privilege: Privilege,
        /// Where that is: at a connection's node …
        connection: Option<ConnectionId>,
        /// … or a person's.
        user: Option<UserId>,
        /// What.
        kind: Kind,
        /// Of what it tells.
        about: String,
        /// When.
        at: Timestamp,
    },
    /// By whom it goes out; `None`: not at all.
    SetProvider {
        /// Whose.
        tenant: TenantId,
        /// By whom.
        provider: Option<Provider>,
    },
    /// A notice is being sent.
    Take {
        /// Whose.
        tenant: TenantId,
        /// Which.
        id: MailId,
        /// To whom.
        user: UserId,
        /// When it would be tried again; `None`: not again.
        next_at: Option<Timestamp>,
    },
    /// It was sent.
    Sent {
        /// Whose.
        tenant: TenantId,
        /// Which.
        id: MailId,
        /// To whom.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// It was not.
    Failed {
        /// Whose.
        tenant: TenantId,
        /// Which.
        id: MailId,
        /// To whom.
        user: UserId,
        /// Why; nothing that a service said.
        failure: String,
    },
}

/// A notice of what just happened to one person.
pub(crate) fn to_user(
    tenant: &TenantId,
    user: &UserId,
    kind: Kind,
    about: &str,
    at: Timestamp,
    rng: &mut dyn Random,
) -> Write {
    let (tenant, user, about) = (tenant.clone(), user.clone(), line(about));
    let id = MailId::generate(rng);
    Write::Mail(MailWrite::ToUser { tenant, id, user, kind, about, at })
}

/// A notice that a browser may open the vault of a session's person.
pub(crate) fn new_device(session: &SessionFacts, how: &str, at: Timestamp, rng: &mut dyn Random) -> Write {
    to_user(&session.tenant, &session.user.id, Kind::NewDevice, how, at, rng)
}

/// The invitation of somebody to a connection, whose link ends with what the host sealed for [`link_bound_to`].
pub fn invitation(
    tenant: &TenantId,
    id: MailId,
    user: &UserId,
    connection: &ConnectionId,
    sealed: String,
    at: Timestamp,
) -> Write {
    let (tenant, user, connection) = (tenant.clone(), user.clone(), connection.clone());
    Write::Mail(MailWrite::Invite { tenant, id, user, connection, sealed, at, since: at.minus(DAY) })
}

/// A notice that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMail {
    /// Whose.
    pub tenant: TenantId,
    /// What that is called.
    pub organisation: String,
    /// What it is.
    pub tenant_status: TenantStatus,
    /// Which.
    pub id: MailId,
    /// To whom.
    pub user: UserId,
    /// What they are.
    pub user_status: UserStatus,
    /// Where they get mail.
    pub email: Email,
    /// What.
    pub kind: Kind,
    /// Of what it tells.
    pub about: String,
    /// The secret end of its link, sealed.
    pub sealed: Option<String>,
    /// How often it was tried.
    pub attempts: usize,
    /// Since when it is due.
    pub due_at: Timestamp,
    /// By whom it goes out; `None`: not at all, any more.
    pub provider: Option<Provider>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// What stands above it.
    pub subject: String,
    /// What it says: plain text.
    pub text: String,
}

impl DueMail {
    /// Takes it, so that nobody else sends it. The outcome: whether it is sent; else it is over.
    pub fn take(&self, now: Timestamp) -> Decision<bool> {
        // To whom an invitation goes is nobody yet who has signed in.
        let is_there = matches!(self.user_status, UserStatus::Active | UserStatus::Invited);
        let is_sent = is_there
            && self.tenant_status == TenantStatus::Active
            && self.provider.is_some()
            && self.attempts < ATTEMPTS;
        let pause = PAUSES.get(self.attempts).filter(|_| is_sent);
        let (tenant, id, user) = self.place();
        let guard = MailGuard::Due { tenant, id, user, due_at: self.due_at };
        let (tenant, id, user) = self.place();
        let take = MailWrite::Take { tenant, id, user, next_at: pause.map(|pause| now.plus(*pause)) };
        Decision {
            outcome: is_sent,
            guards: vec![Guard::Mail(guard)],
            writes: vec![Write::Mail(take)],
            audit: Vec::new(),
        }
    }

    /// Its words; `secret` is the opened end of its link.
    pub fn compose(&self, origin: &str, secret: Option<&str>) -> Composed {
        let path = self.kind.path().unwrap_or("/claim/");
        let link = format!("{origin}{path}{}", secret.unwrap_or_default());
        Composed {
            subject: self.kind.subject(&self.organisation),
            text: self.kind.text(&self.organisation, &self.about, &link),
        }
    }

    /// What came of it; `failure` says why it was not sent.
    pub fn settle(&self, failure: Option<&str>, now: Timestamp) -> Decision<()> {
        let (tenant, id, user) = self.place();
        let write = match failure {
            None => MailWrite::Sent { tenant, id, user, at: now },
            Some(failure) => MailWrite::Failed { tenant, id, user, failure: failure.to_owned() },
        };
        Decision { writes: vec![Write::Mail(write)], ..Decision::unchanged(()) }
    }

    fn place(&self) -> (TenantId, MailId, UserId) {
        (self.tenant.clone(), self.id.clone(), self.user.clone())
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::{ATTEMPTS, DueMail, Kind, MailWrite, PAUSES, Provider};
    use crate::address::Email;
    use crate::decision::Write;
    use crate::facts::{TenantStatus, UserStatus};
    use crate::id::{MailId, TenantId, UserId};
    use crate::provisioning::tests::NOW;

    fn due(kind: Kind) -> DueMail {
        DueMail {
            tenant: TenantId::parse("t_acme").expect("id"),
            organisation: "Acme".into(),
            tenant_status: TenantStatus::Active,
            id: MailId::parse("x_1").expect("id"),
            user: UserId::parse("u_alice").expect("id"),
            user_status: UserStatus::Active,
            email: Email::parse("alice@acme.test").expect("address"),
            kind,
            about: "Chrome on Linux".into(),
            sealed: None,
            attempts: 0,
            due_at: NOW,
            provider: Some(Provider::Deployment),
        }
    }

    fn next(due: &DueMail) -> (bool, Option<Duration>) {
        let decision = due.take(NOW);
        let [Write::Mail(MailWrite::Take { next_at, .. })] = decision.writes.as_slice() else { panic!() };
        let millis = |at: keyward_saml::Timestamp| at.as_millis() - NOW.as_millis();
        let pause = next_at.map(|at| Duration::from_millis(u64::try_from(millis(at)).expect("later")));
        (decision.outcome, pause)
    }

    #[test]
    fn it_is_tried_so_often_and_with_growing_pauses() {
        assert!(PAUSES.is_sorted());
        for (attempts, pause) in PAUSES.iter().enumerate() {
            assert_eq!(next(&DueMail { attempts, ..due(Kind::Test) }), (true, Some(*pause)));
        }
        assert_eq!(next(&DueMail { attempts: ATTEMPTS - 1, ..due(Kind::Test) }), (true, None));
        assert_eq!(next(&DueMail { attempts: ATTEMPTS, ..due(Kind::Test) }), (false, None));
    }

    #[test]
    fn nobody_who_is_not_there_is_told_anything() {
        for (status, is_sent) in [
            (UserStatus::Active, true),
            (UserStatus::Invited, true),
            (UserStatus::Locked, false),
            (UserStatus::Deleted, false),
        ] {
            assert_eq!(next(&DueMail { user_status: status, ..due(Kind::Test) }).0, is_sent, "{status:?}");
        }
        let suspended = DueMail { tenant_status: TenantStatus::Suspended, ..due(Kind::Test) };
        assert_eq!(next(&suspended), (false, None));
        assert_eq!(next(&DueMail { provider: None, ..due(Kind::Test) }), (false, None));
    }

    #[test]
    fn each_says_whose_it_is_and_has_a_link() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            let mail = due(kind)
                .compose("https://keyward.test", Some("secret").filter(|_| kind == Kind::Invitation));
            assert!(mail.subject.contains("Acme") && mail.text.contains("Acme"), "{kind:?}");
            let link = kind.path().map_or("https://keyward.test/claim/secret\n".to_owned(), |path| {
                format!("https://keyward.test{path}\n")
            });
            assert!(mail.text.contains(&link), "{}", mail.text);
        }
    }

    #[test]
    fn nothing_that_somebody_is_called_begins_another_header() {
        let named = DueMail {
            organisation: "Acme\r\nBcc: eve@evil.test".into(),
            about: "x\r\n.\r\n".into(),
            ..due(Kind::DeviceAsks)
        };
        let mail = named.compose("https://keyward.test", None);
        assert!(!mail.subject.contains(['\r', '\n']), "{}", mail.subject);
        assert!(!mail.text.contains('\r') && !mail.text.contains("\n."), "{}", mail.text);
    }
}
