//! The headers that every response carries, and the check of those that a state change has to carry.

use super::Head;

/// Where the forms of a page may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormAction {
    /// Nowhere: there is none.
    None,
    /// To us.
    Own,
    /// To an IdP, which may redirect on: naming its host would block that.
    Idp {
        /// Also to http on this machine.
        local: bool,
    },
}

/// What a page runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// Nothing.
    None,
    /// Scripts of ours.
    Own,
    /// And our WebAssembly.
    OwnWithWasm,
    /// And a worker: what keeps the page for reading without a connection, or stretches a password.
    OwnWithWorker,
}

/// The headers of every response.
pub(crate) fn of_every_response(form_action: FormAction, scripts: Scripts) -> Vec<(&'static str, String)> {
    let form_action = match form_action {
        FormAction::None => "'none'",
        FormAction::Own => "'self'",
        FormAction::Idp { local: false } => "'self' https:",
        FormAction::Idp { local: true } => {
            "'self' https: http://127.0.0.1:* http://localhost:* http://*.localhost:*"
        }
    };
    // No text becomes a script, and no script is anybody else's.
    let scripts = match scripts {
        Scripts::None => "",
        Scripts::Own => {
            "script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; "
        }
        Scripts::OwnWithWasm => {
            "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; "
        }
        // The address of a worker is a script's: one policy says which there is.
        Scripts::OwnWithWorker => {
            "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types keyward; "
        }
    };
    // default-src covers neither form-action nor base-uri nor frame-ancestors.
    let csp = format!(
        "default-src 'none'; {scripts}style-src 'self'; img-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    );
    vec![
        ("content-security-policy", csp),
        ("strict-transport-security", "max-age=31536000".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        // no-referrer would make our own forms send `Origin: null`.
        ("referrer-policy", "same-origin".to_owned()),
        ("cross-origin-opener-policy", "same-origin".to_owned()),
        ("cross-origin-resource-policy", "same-origin".to_owned()),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()".to_owned(),
        ),
        ("cache-control", "no-store".to_owned()),
    ]
}

/// Whether a state change comes from one of our own pages. A browser says both; whatever says neither is no browser that a
/// person was lured in.
pub(crate) fn is_same_origin(head: &Head, origin: &str) -> bool {
    let fetch_site_agrees = matches!(head.sec_fetch_site.as_deref(), None | Some("same-origin"));
    fetch_site_agrees && head.origin.as_deref() == Some(origin)
}

#[cfg(test)]
mod tests {
    use super::{FormAction, Scripts, is_same_origin, of_every_response};
    use crate::http::Head;

    #[test]
    fn only_our_own_pages_change_state() {
        let from = |origin: Option<&str>, site: Option<&str>| Head {
            origin: origin.map(str::to_owned),
            sec_fetch_site: site.map(str::to_owned),
            ..Head::default()
        };
        let ours = "https://keyward.test";
        assert!(is_same_origin(&from(Some(ours), Some("same-origin")), ours));
        assert!(is_same_origin(&from(Some(ours), None), ours));
        for head in [
            from(None, None),
            from(None, Some("same-origin")),
            from(Some("null"), Some("same-origin")),
            from(Some("null"), Some("cross-site")),
            from(Some("https://evil.test"), None),
            from(Some("https://keyward.test.evil.test"), None),
            from(Some("http://keyward.test"), Some("same-site")),
            from(Some(ours), Some("same-site")),
            from(Some(ours), Some("cross-site")),
            from(Some(ours), Some("none")),
        ] {
            assert!(!is_same_origin(&head, ours), "{head:?}");
        }
    }

    #[test]
    fn scripts_are_ours_and_none_is_made_of_text() {
        let (_, csp) = of_every_response(FormAction::Own, Scripts::OwnWithWasm).remove(0);
        let directives: Vec<&str> = csp.split("; ").collect();
        for directive in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "connect-src 'self'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(directives.contains(&directive), "{directive} in {csp}");
        }
        assert!(!csp.contains("'unsafe-") && !csp.contains("http"), "{csp}");
        let (_, csp) = of_every_response(FormAction::Own, Scripts::Own).remove(0);
        assert!(csp.contains("script-src 'self';") && !csp.contains("unsafe"), "{csp}");
        let (_, csp) = of_every_response(FormAction::Own, Scripts::OwnWithWorker).remove(0);
        assert!(csp.contains("require-trusted-types-for 'script'; trusted-types keyward; "), "{csp}");
        assert!(!csp.contains("'unsafe-") && !csp.contains("http"), "{csp}");
    }

    #[test]
    fn every_response_names_what_default_src_does_not_cover() {
        for form_action in [FormAction::None, FormAction::Own, FormAction::Idp { local: false }] {
            let headers = of_every_response(form_action, Scripts::None);
            let csp =
                &headers.iter().find(|(name, _)| *name == "content-security-policy").expect("present").1;
            for directive in
                ["default-src 'none'", "form-action ", "base-uri 'none'", "frame-ancestors 'none'"]
            {
                assert!(csp.contains(directive), "{csp}");
            }
            assert!(
                !csp.contains("unsafe") && !csp.contains("script-src") && !csp.contains("http:"),
                "{csp}"
            );
        }
    }
}
