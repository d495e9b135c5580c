//! An IdP's metadata, polled: new certificates are pinned beside those there are, so that no roll-over is an outage.
//!
//! | the document                       | then |
//! |------------------------------------|------|
//! | unchanged (304, or the same)       | nothing |
//! | has more certificates              | they are pinned as well |
//! | leaves one out                     | it is kept for a week, and then no longer |
//! | shares none with what is pinned    | nothing: an admin has to look at it |
//! | is of another entity ID            | nothing: an admin has to look at it |
//! | cannot be had, read, or is expired | nothing: it is tried again, ever later |
//!
//! Nothing else of the document is taken over: where people are sent, and by which binding, is an admin's to change.

use core::time::Duration;

use keyward_saml::crypto::certificate::fingerprint_text;
use keyward_saml::metadata::{IdpMetadata, is_allowed_url, parse_idp_metadata};
use keyward_saml::{Certificate, Timestamp, base64};

use crate::audit::{AuditEvent, Event, Scope};
use crate::decision::{Decision, Guard, Write};
use crate::id::{ConnectionId, TenantId};
use crate::random::Random;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How often a document is asked for, where it does not say; and how often at the most and at the least, where it does.
const INTERVAL: Duration = Duration::from_secs(6 * 60 * 60);
const LONGEST_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a certificate is kept that is no longer in the document.
pub const OVERLAP: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// All of a connection's certificates are tried on every signature.
const CERTIFICATES: usize = 10;
/// The largest document that is read: one entity's is some ten kilobytes; a federation's aggregate is not polled.
pub const DOCUMENT_BYTES: usize = 1024 * 1024;

/// Whether a document may be asked for there: https, at a name and not at an address, and no name of an inner network. What a
/// name stands for is the platform's to judge: a Worker reaches the public Internet only. `local`: also on this machine.
pub fn may_be_polled(url: &str, local: bool) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        let is_here = url.starts_with("http://127.0.0.1:") || url.starts_with("http://localhost:");
        return local && is_here && is_allowed_url(url);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = authority.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_address = name.starts_with('[') || last.starts_with(|first: char| first.is_ascii_digit());
    let is_inner =
        ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"].contains(&last);
    is_allowed_url(url) && name.contains('.') && !last.is_empty() && !is_address && !is_inner
}

/// A certificate that is pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The lower-case hex of its SHA-256.
    pub fingerprint: String,
    /// Since when the document leaves it out.
    pub missing_since: Option<Timestamp>,
}

/// What a poll rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataFacts {
    /// Whose.
    pub tenant: TenantId,
    /// Of which connection.
    pub connection: ConnectionId,
    /// The connection's version.
    pub version: i64,
    /// The IdP's entity ID, as it is pinned.
    pub entity_id: String,
    /// Where the document is.
    pub url: String,
    /// What the server called the document that was read last.
    pub etag: Option<String>,
    /// Polls in a row that failed.
    pub failures: i64,
    /// When this poll was due.
    pub due_at: Timestamp,
    /// What is pinned.
    pub pinned: Vec<Pinned>,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetched<'a> {
    /// It is the one that was read last.
    NotModified,
    /// This.
    Document {
        /// The octets.
        xml: &'a [u8],
        /// What the server calls it.
        etag: Option<&'a str>,
    },
    /// Nothing, and why.
    Failed {
        /// For admins.
        reason: &'a str,
    },
}

/// Why a document is not taken over.
enum Unusable {
    Read(keyward_saml::Refusal),
    Unreachable(String),
    Replaced,
    TooMany { count: usize },
}

impl Unusable {
    fn code(&self) -> &'static str {
        match self {
            Unusable::Read(refusal) => refusal.code(),
            Unusable::Unreachable(_) => "metadata-unreachable",
            Unusable::Replaced => "metadata-replaced",
            Unusable::TooMany { .. } => "metadata-certificates",
        }
    }

    fn detail(&self) -> String {
        match self {
            Unusable::Read(keyward_saml::Refusal::MetadataWithoutIdp) => {
                "The document has no identity provider of the entity ID that this connection knows. Where the provider has \
                 another one now, an admin has to migrate the connection."
                    .to_owned()
            }
            Unusable::Read(refusal) => refusal.to_string(),
            Unusable::Unreachable(reason) => format!("The document could not be had: {reason}."),
            Unusable::Replaced => "The document has none of the certificates that this connection knows. Compare them with the \
                                   provider's, and pin the new ones."
                .to_owned(),
            Unusable::TooMany { count } => {
                format!("With the document's, the connection would have {count} certificates, and {CERTIFICATES} are the most.")
            }
        }
    }
}

impl MetadataFacts {
    /// Decides by the table above. The outcome: whether certificates have changed.
    pub fn refresh(&self, fetched: Fetched<'_>, now: Timestamp, rng: &mut dyn Random) -> Decision<bool> {
        match fetched {
            Fetched::NotModified => self.take_over(None, self.etag.clone(), now, rng),
            Fetched::Failed { reason } => self.fail(&Unusable::Unreachable(reason.to_owned()), now, rng),
            Fetched::Document { xml, etag } => match self.read(xml, now) {
                Ok(idp) => self.take_over(Some(&idp), etag.map(str::to_owned), now, rng),
                Err(unusable) => self.fail(&unusable, now, rng),
            },
        }
    }

    fn read(&self, xml: &[u8], now: Timestamp) -> Result<IdpMetadata, Unusable> {
        let found = parse_idp_metadata(xml, Some(&self.entity_id), Some(now)).map_err(Unusable::Read)?;
        let idp =
            found.into_iter().next().ok_or(Unusable::Read(keyward_saml::Refusal::MetadataWithoutIdp))?;
        let fresh = self.fresh(&idp);
        if fresh.len() == idp.signing_certificates.len() {
            return Err(Unusable::Replaced);
        }
        let count = self.pinned.len() + fresh.len();
        if count > CERTIFICATES {
            return Err(Unusable::TooMany { count });
        }
        Ok(idp)
    }

    /// The document's certificates that are not pinned.
    fn fresh<'a>(&self, idp: &'a IdpMetadata) -> Vec<&'a Certificate> {
        let is_pinned =
            |it: &Certificate| self.pinned.iter().any(|pinned| pinned.fingerprint == fingerprint(it));
        idp.signing_certificates.iter().filter(|certificate| !is_pinned(certificate)).collect()
    }

    fn take_over(
        &self,
        idp: Option<&IdpMetadata>,
        etag: Option<String>,
        now: Timestamp,
        rng: &mut dyn Random,
    ) -> Decision<bool> {
        let (tenant, connection) = (&self.tenant, &self.connection);
        let mut writes = Vec::new();
        let mut detail = Vec::new();
        for certificate in idp.map(|idp| self.fresh(idp)).unwrap_or_default() {
            let fingerprint = fingerprint(certificate);
            detail.push(format!("Pinned {fingerprint}."));
            writes.push(Write::PinCertificate {
                tenant: tenant.clone(),
                connection: connection.clone(),
                fingerprint,
                certificate: base64::encode(certificate.der()),
                at: now,
            });
        }
        let offered: Option<Vec<String>> =
            idp.map(|idp| idp.signing_certificates.iter().map(fingerprint).collect());
        for pinned in &self.pinned {
            let (tenant, connection, fingerprint) =
                (tenant.clone(), connection.clone(), pinned.fingerprint.clone());
            let is_offered = match &offered {
                Some(offered) => offered.contains(&fingerprint),
                None => pinned.missing_since.is_none(),
            };
            match pinned.missing_since {
                Some(_) if is_offered => {
                    let missing_since = None;
                    writes.push(Write::MarkCertificate { tenant, connection, fingerprint, missing_since });
                }
                Some(since) if now >= since.plus(OVERLAP) => {
                    detail.push(format!("No longer pinned {fingerprint}."));
                    writes.push(Write::UnpinCertificate { tenant, connection, fingerprint });
                }
                None if !is_offered => {
                    let missing_since = Some(now);
                    writes.push(Write::MarkCertificate { tenant, connection, fingerprint, missing_since });
                }
                Some(_) | None => {}
            }
        }
        let has_changed = !detail.is_empty();
        let mut audit = Vec::new();
        if has_changed {
            writes.push(Write::RenewConnection { tenant: tenant.clone(), connection: connection.clone() });
            audit.push(AuditEvent::of_system(
                Event::MetadataRefreshed,
                &self.scope(),
                detail.join(" "),
                now,
                rng,
            ));
        }
        let interval = idp
            .and_then(|idp| idp.cache_duration)
            .map_or(INTERVAL, |cache| cache.clamp(HOUR, LONGEST_INTERVAL));
        writes.push(self.polled(etag, 0, now, interval, rng));
        Decision { outcome: has_changed, guards: self.guards(), writes, audit }
    }

    fn fail(&self, unusable: &Unusable, now: Timestamp, rng: &mut dyn Random) -> Decision<bool> {
        // Written down when it begins, and not every time after.
        let mut audit = Vec::new();
        if self.failures == 0 {
            let mut event = AuditEvent::of_system(
                Event::MetadataRefreshFailed,
                &self.scope(),
                unusable.detail(),
                now,
                rng,
            );
            event.code = Some(unusable.code());
            audit.push(event);
        }
        let doublings = u32::try_from(self.failures).unwrap_or(u32::MAX).min(5);
        let wait = HOUR.saturating_mul(1 << doublings).min(LONGEST_INTERVAL);
        // Without the name of a document that was not taken over, it is read again next time.
        let polled = self.polled(None, self.failures.saturating_add(1), now, wait, rng);
        Decision { outcome: false, guards: self.guards(), writes: vec![polled], audit }
    }

    /// The next poll, up to a tenth later than it would be, so that not all are due at once.
    fn polled(
        &self,
        etag: Option<String>,
        failures: i64,
        now: Timestamp,
        interval: Duration,
        rng: &mut dyn Random,
    ) -> Write {
        let mut jitter = [0];
        rng.fill(&mut jitter);
        let [jitter] = jitter;
        Write::UpdateMetadata {
            tenant: self.tenant.clone(),
            connection: self.connection.clone(),
            etag,
            failures,
            checked_at: now,
            next_check_at: now.plus(interval).plus(interval / 2560 * u32::from(jitter)),
        }
    }

    fn guards(&self) -> Vec<Guard> {
        let (tenant, connection) = (self.tenant.clone(), self.connection.clone());
        vec![
            Guard::MetadataDue {
                tenant: tenant.clone(),
                connection: connection.clone(),
                due_at: self.due_at,
            },
            Guard::ConnectionUnchanged { tenant, connection, version: self.version },
        ]
    }

    fn scope(&self) -> Scope {
        Scope { tenant: Some(self.tenant.clone()), connection: Some(self.connection.clone()), node: None }
    }
}

fn fingerprint(certificate: &Certificate) -> String {
    fingerprint_text(&certificate.sha256_fingerprint()).replace(':', "").to_ascii_lowercase()
}
