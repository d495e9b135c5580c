//! What an admin does about a refusal, by its code: where to look, and what to change there. The reason itself, with what
//! was expected and what came, is the refusal's `Display`.

/// What to do, by the codes that it is for. Each code stands once.
pub const ADVICE: &[(&[&str], &str)] = &[
    (
        &["signature-invalid"],
        "The identity provider signs with a certificate that this connection does not have. Load its metadata again, or add \
             the new certificate to the draft, test, and activate.",
    ),
    (
        &["certificate"],
        "Take the certificate out of the draft, and load the identity provider's metadata again.",
    ),
    (
        &["certificate-expired"],
        "Make a new signing certificate at the identity provider and load its metadata again, before it stops using this one.",
    ),
    (
        &["signature-missing", "encrypted-unsigned"],
        "Turn on signing of the response or of the assertion at the identity provider. An encrypted assertion needs a signature too.",
    ),
    (
        &["signature-algorithm", "digest-algorithm"],
        "Choose RSA with SHA-256 as the signing algorithm at the identity provider.",
    ),
    (
        &["canonicalization-algorithm", "transform"],
        "Choose exclusive canonicalization without comments at the identity provider, and no further transforms.",
    ),
    (
        &["digest-mismatch"],
        "Something between the identity provider and here changed the message: look for a proxy or filter that rewrites pages. \
             If there is none, somebody tampered with it.",
    ),
    (
        &[
            "signature-position",
            "signature-malformed",
            "reference-count",
            "reference-not-parent",
            "duplicate-id",
            "assertion-count",
        ],
        "The message is not built as identity providers build them. If it came from yours, update it; if not, somebody tried \
             to forge a sign-in, and it was stopped.",
    ),
    (
        &["issuer"],
        "The entity ID in the draft is not the one that the provider uses. Load the metadata of this very application: many \
             providers have one entity ID an application, and capitals count.",
    ),
    (
        &["audience"],
        "At the identity provider set the audience (also called entity ID or identifier) to our entity ID, as the guide shows \
             it: exactly, capitals too.",
    ),
    (
        &["recipient", "destination"],
        "At the identity provider set the ACS (also called reply or single sign-on URL) to the one that the guide shows, \
             without a slash more or less, and for the same connection.",
    ),
    (
        &["subject-confirmation"],
        "Have the identity provider send a bearer SubjectConfirmation with Recipient and NotOnOrAfter: every web sign-in has one.",
    ),
    (
        &["expired", "not-yet-valid"],
        "Set the identity provider's clock by NTP. If the clock is right, have its assertions count for five minutes.",
    ),
    (&["lifetime"], "Have the identity provider's assertions count for minutes, not for days."),
    (&["time"], "The provider writes times that are none. Update it."),
    (
        &["authn-stale"],
        "A fresh sign-in was asked for and the provider answered with an old one. Let it honour ForceAuthn, or turn that off here.",
    ),
    (
        &["authn-context"],
        "Have the identity provider sign people in by the method that this connection asks for.",
    ),
    (&["authn-statement"], "Have the identity provider send an AuthnStatement: every web sign-in has one."),
    (
        &["condition"],
        "Take the condition out of the provider's assertions: one that is not understood has to be refused.",
    ),
    (
        &["status"],
        "The identity provider said no itself. Look in its own log at this time: mostly the person is not assigned to the \
             application, or it did not accept our request.",
    ),
    (
        &["unsolicited"],
        "Point the tile at the identity provider to our start address. Or let this connection take sign-ins that begin there.",
    ),
    (
        &["in-response-to", "request-unknown"],
        "The answer belongs to no sign-in that began here. Point the tile at our start address; if it is rare, the person came \
             back with a page that was a day old.",
    ),
    (
        &["request-connection"],
        "Two connections share one identity provider's application. Give each its own, with its own ACS.",
    ),
    (
        &["request-browser"],
        "The person came back in another browser than they left in, or their browser keeps no cookies. Ask which, and let them try again.",
    ),
    (
        &["request-expired"],
        "The person took more than half an hour at the identity provider. Let them try again.",
    ),
    (
        &["request-used", "replay", "confirmation-used"],
        "It was used already: mostly a reload. Let the person begin again.",
    ),
    (
        &["password-wrong", "password-too-many"],
        "If it was you or another admin outside single sign-on: the recovery code of the recovery kit sets a new password. If it was \
             nobody you know, somebody guesses; the second factor keeps them out.",
    ),
    (
        &["recovery-code-wrong"],
        "The newest recovery kit counts, and each code once. Another admin can give the person a new link (People, Outside single \
             sign-on), or the operator can.",
    ),
    (
        &["set-up-secret-wrong", "set-up-closed"],
        "The set-up page is for the first run only. Give a further organisation a link by `npm run operator -- tenants create`.",
    ),
    (
        &["set-up-link-unknown", "set-up-link-over"],
        "A link is good once and for a week: give the person another one.",
    ),
    (
        &["confirmation-unknown", "confirmation-expired", "confirmation-outdated"],
        "Let the person begin again at the sign-in page.",
    ),
    (
        &["decrypt"],
        "The provider encrypts to a certificate that is not ours any longer. Give it our metadata again, or turn encryption off there.",
    ),
    (&["encryption-algorithm"], "Choose AES-256-GCM with RSA-OAEP at the identity provider."),
    (
        &["name-id-missing"],
        "Have the identity provider send a Name ID: at AD FS that takes a rule of its own.",
    ),
    (
        &["name-id-transient"],
        "Choose a persistent Name ID at the identity provider. Or name in the draft an attribute that never changes for a person.",
    ),
    (
        &["name-id"],
        "The Name ID is for somebody else, or empty. Choose another source for it at the identity provider.",
    ),
    (
        &["attribute-missing"],
        "Have the identity provider send the attribute under this very name, or name in the draft the attribute that it sends. \
             Names are compared exactly.",
    ),
    (
        &["attribute-values"],
        "Have the identity provider send one value, or name another attribute in the draft.",
    ),
    (&["value-too-long"], "Choose another source for this value at the identity provider."),
    (
        &["email-malformed"],
        "Name in the draft the attribute that holds the e-mail address; this one holds something else.",
    ),
    (
        &["email-domain-not-reserved"],
        "Reserve the domain under Domains. If it is not yours, the person cannot sign in with this address: change it at the \
             identity provider.",
    ),
    (
        &["email-domain-routed-elsewhere"],
        "Under Domains let the domain lead to this connection. If another one is right, the person has to sign in there.",
    ),
    (
        &["identity-changed"],
        "Find out whether it is the same person. If it is, re-point their identity; if the address was given to somebody else, \
             delete the old account first.",
    ),
    (&["user-locked"], "Unlock the account under People, if its owner shall come in again."),
    (
        &["user-deleted"],
        "The account was deleted, and stays so. A different address at the identity provider makes a new one.",
    ),
    (&["invitation-unclaimed"], "The person has to open their invitation. Send it to them once more."),
    (
        &["account-elsewhere", "email-in-use"],
        "An account with this address is there and is somebody else's to us. Re-point its identity to this sign-in, if it is the same person.",
    ),
    (&["jit-off"], "Invite the person, or let this connection make accounts at first sign-in."),
    (&["no-seat"], "Delete accounts that nobody uses, or ask whoever runs this for more seats."),
    (&["tenant-not-active"], "The organisation is suspended. Ask whoever runs this."),
    (&["connection-not-active"], "Activate the connection, if people shall sign in by it."),
    (
        &["connection-unknown"],
        "Somebody used the address of a connection that is gone. Give the provider our values again.",
    ),
    (
        &["domain-unknown"],
        "Reserve the domain under Domains and let it lead to a connection, if it is yours.",
    ),
    (&["sso-name-unknown"], "Tell people the right SSO name: it is at the connection."),
    (
        &[
            "form",
            "base64",
            "message-type",
            "message-malformed",
            "version",
            "xml-malformed",
            "xml-encoding",
            "xml-character",
            "xml-entity",
            "xml-namespace",
            "xml-duplicate-attribute",
            "xml-processing-instruction",
            "xml-doctype",
        ],
        "What came is no SAML 2.0 response. Check that the application at the provider is one for SAML 2.0 with the POST binding.",
    ),
    (
        &["too-large", "xml-limit"],
        "Have the identity provider send fewer groups: only those assigned to the application.",
    ),
    (
        &["cross-site"],
        "Another site tried to begin something in a person's browser, and was stopped. Nothing has to be done.",
    ),
    (
        &["metadata-unreachable"],
        "Open the address in a browser. If it has moved, give the connection the new one.",
    ),
    (
        &["metadata-replaced"],
        "Compare the certificates in the document with the provider's own console, then load it into the draft and activate.",
    ),
    (
        &["metadata-certificates"],
        "Take certificates out of the draft that the provider no longer uses, and activate.",
    ),
    (&["metadata-expired"], "The document is past its end. Have the provider publish a new one."),
    (
        &["metadata-without-idp"],
        "It is no identity provider's metadata. Give the address of the provider's, not of a service's.",
    ),
    (
        &["metadata-endpoint"],
        "The document names an address without https. Have the provider publish https addresses.",
    ),
    (
        &["domain-taken"],
        "Another organisation has proved this domain. If it is yours, take their TXT record out of your DNS.",
    ),
    (
        &["domain-notice"],
        "Put the TXT record back into the DNS: without it the domain is lost a week after it went missing.",
    ),
    (&["domain-public-mail"], "Nobody can reserve a domain at which anybody gets an address."),
    (&["domain-public-suffix"], "Nobody can reserve a name below which anybody gets one: reserve your own."),
    (
        &["logout-off"],
        "Turn single logout on at the connection, or take our logout address out of the provider's settings.",
    ),
    (
        &[
            "logout-form",
            "logout-replay",
            "logout-answer-unknown",
            "logout-answer-browser",
            "logout-answer-expired",
            "logout-answer-used",
            "logout-session",
            "logout-partial",
        ],
        "The sign-out here counts in any case. Look in the provider's log for why its part did not finish.",
    ),
    (&["claim-over", "claim-unknown"], "Give the person another link: each is good once, and for a week."),
    (
        &["claim-of-another"],
        "The link is for somebody else, or the identity provider sends another address for them. Compare the two addresses.",
    ),
    (
        &["address-not-allowed"],
        "The person was at an address that their roles do not allow. Add it to the policy, if they may sign in from there.",
    ),
];

/// The fix for a code of a sign-in, a logout or what runs by itself; `None` for a code that is none of these.
pub fn fix(code: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, fix)| *fix)
}

#[cfg(test)]
mod tests {
    use super::fix;

    /// The codes in a source file: what an arm of a match gives.
    fn codes(source: &str) -> Vec<&str> {
        let arms = source.split("=> \"").skip(1);
        let codes = arms.filter_map(|rest| rest.split_once('"').map(|(code, _)| code));
        let is_code = |text: &&str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        codes.filter(is_code).collect()
    }

    #[test]
    fn every_reason_has_a_fix() {
        let sources = [
            include_str!("refusal.rs"),
            include_str!("logout.rs"),
            include_str!("metadata.rs"),
            include_str!("../../saml/src/refusal.rs"),
        ];
        let mut count = 0;
        for code in sources.iter().flat_map(|source| codes(source)) {
            let told = fix(code).unwrap_or_else(|| panic!("{code} has none"));
            assert!(told.ends_with('.') && told.len() > 30, "{code}: {told}");
            count += 1;
        }
        assert!(count > 90, "{count}");
        assert_eq!(fix("nonsense"), None);
    }
}
