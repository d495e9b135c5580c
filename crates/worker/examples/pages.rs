//! Writes every page in every state into a folder, for the tests and the screenshots of tests/pages:
//! `cargo run -p keyward-worker --example pages -- FOLDER`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use askama::Template;
use keyward_core::Face;
use keyward_core::brand::Accent;
use keyward_worker::pages::{
    Action, Activity, ActivityEvent, BackupCodes, Claim, Confirm, Continue, Ended, EnrolApp, FactorView,
    Leaving, LeavingBy, Look, NotFound, Onboarding, Refused, Remembered, ServerError, SessionView, Sessions,
    SignIn, SignedOut, StepBody, StepView, StoreLink, Tested, TooMany, TwoFactor, TwoFactorApp,
    TwoFactorSettings, Unlock, Vault, qr,
};

const LONG: &str = "Société coopérative d’assurance mutuelle et de prévoyance des Alpes-de-Haute-Provence et Wirtschaftsförderungsgesellschaft";
const LONG_EMAIL: &str = "maximiliana-alexandrina.featherstonehaugh-cholmondeley@engineering.subsidiary.international-holdings.test";
const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror='a()'> & {{ 7*7 }} `\u{202e}evil";
/// What a request looks like in an address; the length is that of a signed one.
const REDIRECT: &str = "https://acme.okta.test/app/exk1/sso/saml?SAMLRequest=fZFNT4NAEIb%2FCtk7sIBt7aaQoMaERCNp0YM3s0xlk%2F3AnVlr%2F70L1Fgv3t6Z&SigAlg=x";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from).ok_or("which folder?")?;
    fs::create_dir_all(&folder)?;
    sign_in(&folder)?;
    on_the_way(&folder)?;
    refusals(&folder)?;
    signed_in(&folder)?;
    let scripted = folder.join("scripted");
    fs::create_dir_all(&scripted)?;
    second_step(&scripted)?;
    onboarding(&scripted)
}

fn write(folder: &Path, name: &str, page: &impl Template) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(folder.join(name).with_extension("html"), page.render()?)?)
}

fn sign_in(folder: &Path) -> Result<(), Box<dyn Error>> {
    let remembered = |organisation: &str| {
        Some(Remembered {
            organisation: organisation.to_owned(),
            sso_name: "acme".to_owned(),
            look: Look::default(),
        })
    };
    let problem = Some(
        "Enter your work e-mail address, such as alex@example.org, or your organisation's SSO name."
            .to_owned(),
    );
    let to = Some("/vault/activity".to_owned());
    write(folder, "sign-in", &SignIn::default())?;
    let leaving = |idp_name: &str, way| Leaving {
        idp_name: idp_name.to_owned(),
        idp_host: "idp.acme.test".to_owned(),
        way,
    };
    let url = || "https://idp.acme.test/slo?SAMLRequest=fZ&Signature=aB".to_owned();
    write(folder, "leaving", &leaving("Acme Okta", LeavingBy::Redirect { url: url() }))?;
    let post =
        |field| LeavingBy::Post { url: url(), field, message: "PHNhbWw+".to_owned(), relay_state: None };
    write(folder, "leaving-post", &leaving(LONG, post("SAMLRequest")))?;
    write(folder, "leaving-answer", &leaving("", post("SAMLResponse")))?;
    write(folder, "tested-passed", &Tested { passed: true })?;
    write(folder, "tested-failed", &Tested { passed: false })?;
    write(folder, "sign-in-signed-out", &SignIn { signed_out: Some(SignedOut::Here), ..SignIn::default() })?;
    write(
        folder,
        "sign-in-problem",
        &SignIn { who: "alice at acme".to_owned(), problem, to, ..SignIn::default() },
    )?;
    write(folder, "sign-in-remembered", &SignIn { remembered: remembered("Acme"), ..SignIn::default() })?;
    write(
        folder,
        "sign-in-remembered-long",
        &SignIn { remembered: remembered(LONG), signed_out: Some(SignedOut::Here), ..SignIn::default() },
    )?;
    write(
        folder,
        "sign-in-hostile",
        &SignIn {
            to: Some(HOSTILE.to_owned()),
            who: HOSTILE.to_owned(),
            problem: Some(HOSTILE.to_owned()),
            remembered: remembered(HOSTILE),
            signed_out: Some(SignedOut::Everywhere),
        },
    )
}

fn on_the_way(folder: &Path) -> Result<(), Box<dyn Error>> {
    let redirect = || Action::Redirect { url: REDIRECT.to_owned() };
    let acme = Continue {
        organisation: "Acme".to_owned(),
        look: Look::default(),
        verified_domain: Some("acme.test".to_owned()),
        idp_host: "acme.okta.test".to_owned(),
        idp_name: "Okta".to_owned(),
        email: Some("alice@acme.test".to_owned()),
        to: None,
        action: redirect(),
    };
    write(folder, "continue", &acme)?;
    let accent = Accent::parse("7c2d12").ok_or("no colour")?;
    let logo = keyward_core::brand::logo(include_bytes!("acme.png")).map_err(|refusal| refusal.code())?;
    for (folder_of, name, body) in [
        ("brand", format!("{}.css", accent.hex()), accent.stylesheet().ok_or("illegible")?.into_bytes()),
        ("logo", format!("{}.png", logo.hash), logo.png),
    ] {
        fs::create_dir_all(folder.join(folder_of))?;
        fs::write(folder.join(folder_of).join(name), body)?;
    }
    let branded = Look { accent: Some(accent.hex()), logo: Some(logo.hash) };
    write(folder, "continue-branded", &Continue { look: branded, ..acme.clone() })?;
    write(
        folder,
        "continue-sso-name",
        &Continue {
            email: None,
            action: Action::Post {
                url: "https://acme.okta.test/app/exk1/sso/saml".to_owned(),
                saml_request: "PHNhbWxwOkF1dGhuUmVxdWVzdC8+".to_owned(),
                relay_state: Some("r".to_owned()),
            },
            ..acme
        },
    )?;
    write(
        folder,
        "continue-long",
        &Continue {
            organisation: LONG.to_owned(),
            look: Look::default(),
            verified_domain: Some(
                "engineering.subsidiary.international-holdings-of-the-north.test".to_owned(),
            ),
            idp_host: "login.identity.eu-central-1.international-holdings-of-the-north.okta.test".to_owned(),
            idp_name: "Microsoft Entra ID (Konzern-Identitätsverwaltung, Standort Nord)".to_owned(),
            email: Some(LONG_EMAIL.to_owned()),
            to: None,
            action: redirect(),
        },
    )?;
    write(
        folder,
        "continue-hostile",
        &Continue {
            organisation: HOSTILE.to_owned(),
            look: Look::default(),
            verified_domain: Some(HOSTILE.to_owned()),
            idp_host: HOSTILE.to_owned(),
            idp_name: HOSTILE.to_owned(),
            email: Some(HOSTILE.to_owned()),
            to: Some(HOSTILE.to_owned()),
            action: redirect(),
        },
    )?;
    for (name, text) in [("claim", None), ("claim-long", Some(LONG)), ("claim-hostile", Some(HOSTILE))] {
        let or = |plain: &str| text.unwrap_or(plain).to_owned();
        let page = Claim {
            email: or("alice@acme.test"),
            organisation: or("Acme"),
            idp_name: or("Okta"),
            token: or("x"),
        };
        write(folder, name, &page)?;
    }
    let alice = Confirm {
        email: "alice@acme.test".to_owned(),
        name: "Alice Marsh".to_owned(),
        organisation: "Acme".to_owned(),
        other_account: None,
        token: "3q2-7wABAgMEBQYHCAkKCw".to_owned(),
    };
    write(folder, "confirm", &alice)?;
    write(
        folder,
        "confirm-other-account",
        &Confirm { other_account: Some("bob@acme.test".to_owned()), name: String::new(), ..alice.clone() },
    )?;
    write(
        folder,
        "confirm-long",
        &Confirm {
            email: LONG_EMAIL.to_owned(),
            name: LONG.to_owned(),
            organisation: LONG.to_owned(),
            other_account: Some(LONG_EMAIL.to_owned()),
            ..alice.clone()
        },
    )?;
    write(
        folder,
        "confirm-hostile",
        &Confirm {
            email: HOSTILE.to_owned(),
            name: HOSTILE.to_owned(),
            organisation: HOSTILE.to_owned(),
            other_account: Some(HOSTILE.to_owned()),
            token: HOSTILE.to_owned(),
        },
    )
}

fn refusals(folder: &Path) -> Result<(), Box<dyn Error>> {
    for face in Face::ALL {
        let name = format!("{face:?}").to_lowercase();
        write(
            folder,
            &format!("refused-{name}"),
            &Refused {
                title: face.title().to_owned(),
                text: face.text().to_owned(),
                steps: face.steps().iter().map(|step| (*step).to_owned()).collect(),
                reference: "KW-7F3Q-9M2D".to_owned(),
                time: "23 Nov 2026, 13:04 UTC".to_owned(),
                try_again: face.may_retry().then(|| "/".to_owned()),
            },
        )?;
    }
    write(
        folder,
        "refused-hostile",
        &Refused {
            title: HOSTILE.to_owned(),
            text: HOSTILE.to_owned(),
            steps: vec![HOSTILE.to_owned(), LONG.to_owned()],
            reference: HOSTILE.to_owned(),
            time: HOSTILE.to_owned(),
            try_again: Some("/sso/acme".to_owned()),
        },
    )?;
    write(folder, "not-found", &NotFound)?;
    write(folder, "too-many", &TooMany)?;
    write(folder, "server-error", &ServerError { reference: "KW-7F3Q-9M2D".to_owned() })
}

fn signed_in(folder: &Path) -> Result<(), Box<dyn Error>> {
    let alice = Vault {
        name: "Alice Marsh".to_owned(),
        email: "alice@acme.test".to_owned(),
        organisation: "Acme".to_owned(),
        node: "Engineering".to_owned(),
        roles: vec!["Member".to_owned(), "On call".to_owned()],
        created: false,
        signed_in_at: "23 Nov 2026, 13:04 UTC".to_owned(),
        last_sign_in: Some("22 Nov 2026, 08:15 UTC".to_owned()),
        has_second_step: true,
        unfinished: None,
    };
    write(folder, "vault", &alice)?;
    write(
        folder,
        "vault-created",
        &Vault { roles: vec!["Member".to_owned()], created: true, last_sign_in: None, ..alice.clone() },
    )?;
    write(
        folder,
        "vault-no-roles",
        &Vault {
            name: "alice@acme.test".to_owned(),
            roles: Vec::new(),
            created: true,
            last_sign_in: None,
            has_second_step: true,
            unfinished: None,
            ..alice.clone()
        },
    )?;
    write(
        folder,
        "vault-long",
        &Vault {
            name: LONG.to_owned(),
            email: LONG_EMAIL.to_owned(),
            organisation: LONG.to_owned(),
            node: LONG.to_owned(),
            roles: vec![LONG.to_owned(), "Member".to_owned(), LONG_EMAIL.to_owned()],
            ..alice.clone()
        },
    )?;
    write(
        folder,
        "vault-hostile",
        &Vault {
            name: HOSTILE.to_owned(),
            email: HOSTILE.to_owned(),
            organisation: HOSTILE.to_owned(),
            node: HOSTILE.to_owned(),
            roles: vec![HOSTILE.to_owned()],
            ..alice
        },
    )?;

    let event = |what: &str, time: &str, browser: &str, address: &str| ActivityEvent {
        what: what.to_owned(),
        time: time.to_owned(),
        browser: browser.to_owned(),
        address: address.to_owned(),
        refused: what.ends_with("refused"),
    };
    let page = |events: Vec<ActivityEvent>| Activity {
        email: "alice@acme.test".to_owned(),
        organisation: "Acme".to_owned(),
        events,
    };
    write(folder, "activity-empty", &page(Vec::new()))?;
    write(
        folder,
        "activity",
        &page(vec![
            event("Signed in", "23 Nov 2026, 13:04 UTC", "Chrome on Linux", "203.0.113.7"),
            event("Sign-in refused", "23 Nov 2026, 13:02 UTC", "Chrome on Linux", "203.0.113.7"),
            event(
                "Signed out",
                "22 Nov 2026, 18:40 UTC",
                "Safari on iPhone",
                "2001:db8:85a3:8d3:1319:8a2e:370:7348",
            ),
            event(
                "Signed in",
                "22 Nov 2026, 08:15 UTC",
                "Safari on iPhone",
                "2001:db8:85a3:8d3:1319:8a2e:370:7348",
            ),
            event("Role given", "20 Nov 2026, 09:00 UTC", "Firefox on Windows", "198.51.100.23"),
            event("Account created", "20 Nov 2026, 09:00 UTC", "Unknown browser", ""),
        ]),
    )?;
    let hostile = vec![event(HOSTILE, HOSTILE, HOSTILE, HOSTILE), event(LONG, LONG, LONG, LONG_EMAIL)];
    write(folder, "activity-hostile", &page(hostile))?;
    sessions(folder)
}

fn sessions(folder: &Path) -> Result<(), Box<dyn Error>> {
    let session = |id: &str, browser: &str, address: &str, is_this| SessionView {
        id: id.to_owned(),
        browser: browser.to_owned(),
        address: address.to_owned(),
        began: "23 Nov 2026, 13:04 UTC".to_owned(),
        used: "23 Nov 2026, 13:31 UTC".to_owned(),
        is_this,
    };
    let page = |sessions, ended| Sessions {
        email: "alice@acme.test".to_owned(),
        organisation: "Acme".to_owned(),
        sessions,
        ended,
    };
    let this = || session("s_1", "Chrome on Linux", "203.0.113.7", true);
    let phone = session("s_2", "Safari on iPhone", "2001:db8:85a3:8d3:1319:8a2e:370:7348", false);
    let unknown = session("s_3", "Unknown browser", "", false);
    write(folder, "sessions", &page(vec![this(), phone, unknown], Some(Ended::One)))?;
    write(folder, "sessions-one", &page(vec![this()], Some(Ended::Others)))?;
    let hostile = vec![session(HOSTILE, HOSTILE, HOSTILE, true), session(LONG, LONG, LONG, false)];
    write(folder, "sessions-hostile", &page(hostile, None))
}

fn app() -> EnrolApp {
    let uri =
        "otpauth://totp/Acme:alice@acme.test?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme".to_owned();
    let (path, size) = qr::path(&uri);
    let key = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".to_owned();
    EnrolApp { sealed: "v1.66687aad.AAAA".to_owned(), path, size, key, uri }
}

const WRONG: &str =
    "That is not the code. Type the one that is shown now, and check that your phone’s clock is right.";

fn second_step(folder: &Path) -> Result<(), Box<dyn Error>> {
    let page = TwoFactor {
        email: "alice@acme.test".to_owned(),
        organisation: "Acme".to_owned(),
        to: "/vault/items".to_owned(),
        has_app: true,
        has_passkey: true,
        has_codes: true,
        remember_days: Some(30),
        problem: None,
        is_spent: false,
    };
    write(folder, "two-factor", &page)?;
    let locked = Unlock {
        email: "alice@acme.test".to_owned(),
        organisation: "Acme".to_owned(),
        tenant: "t_acme".to_owned(),
        user: "u_alice".to_owned(),
        session: "0".repeat(64),
        fresh: "/saml/c_acme/start?fresh=yes&to=".to_owned(),
        to: "/vault/items".to_owned(),
    };
    write(folder, "unlock", &locked)?;
    let wrong = TwoFactor { has_passkey: false, problem: Some(WRONG.to_owned()), ..page.clone() };
    write(folder, "two-factor-wrong", &wrong)?;
    let spent = Some("Too many codes were wrong. Sign out, and sign in again.".to_owned());
    write(folder, "two-factor-spent", &TwoFactor { problem: spent, is_spent: true, ..page.clone() })?;
    let long = TwoFactor { email: LONG_EMAIL.to_owned(), organisation: LONG.to_owned(), ..page };
    write(folder, "two-factor-long", &long)?;
    let factor = |name: &str, kind: &str, is_allowed| FactorView {
        id: "f_1".to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        added: "23 Nov 2026, 13:04 UTC".to_owned(),
        used: "24 Nov 2026, 08:15 UTC".to_owned(),
        is_allowed,
    };
    let settings = TwoFactorSettings {
        email: "alice@acme.test".to_owned(),
        organisation: "Acme".to_owned(),
        factors: vec![
            factor("My phone", "Authenticator app", true),
            factor("Chrome on Linux", "Passkey or security key", false),
            factor(LONG, "Passkey or security key", true),
        ],
        codes: 7,
        may_have_codes: true,
        may_add_app: true,
        may_add_passkey: true,
        is_required: true,
        is_fresh: true,
        name: "Chrome on Linux".to_owned(),
        problem: None,
    };
    write(folder, "two-factor-settings", &settings)?;
    write(folder, "two-factor-settings-stale", &TwoFactorSettings { is_fresh: false, ..settings.clone() })?;
    write(folder, "two-factor-settings-none", &TwoFactorSettings { factors: Vec::new(), ..settings })?;
    let (email, organisation) = ("alice@acme.test".to_owned(), "Acme".to_owned());
    let page = TwoFactorApp {
        email: email.clone(),
        organisation: organisation.clone(),
        app: app(),
        problem: Some(WRONG.to_owned()),
    };
    write(folder, "two-factor-app", &page)?;
    let codes = (0..10).map(|at| format!("{at}KFW-8M2Q-77DX-RT0{at}")).collect();
    write(folder, "backup-codes", &BackupCodes { email, organisation, codes, next: "/onboarding".to_owned() })
}

fn onboarding(folder: &Path) -> Result<(), Box<dyn Error>> {
    let names = [
        ("escrow_consent", "Help from your organisation"),
        ("two_factor", "Second step"),
        ("recovery_phrase", "Recovery phrase"),
        ("import", "Import"),
        ("browser_extension", "Browser extension"),
        ("first_record", "First record"),
        ("tour", "Short tour"),
    ];
    let step = |number: usize, holds: bool, problem: Option<&str>, current: StepBody| {
        let named = names.get(number - 1);
        let note = |at: usize| match at + 1 {
            it if it < number => "Done",
            2 => "Required",
            _ => "Optional",
        };
        let view = |(at, (step, title)): (usize, &(&str, &str))| StepView {
            step: (*step).to_owned(),
            title: (*title).to_owned(),
            note: note(at).to_owned(),
            is_done: at + 1 < number,
            is_current: at + 1 == number,
        };
        Onboarding {
            email: "alice@acme.test".to_owned(),
            organisation: "Acme".to_owned(),
            number,
            of: names.len(),
            steps: names.iter().enumerate().map(view).collect(),
            step: named.map(|(step, _)| (*step).to_owned()).unwrap_or_default(),
            name: named.map(|(_, title)| (*title).to_owned()).unwrap_or_default(),
            holds,
            is_held: holds,
            may_skip: !holds,
            current,
            problem: problem.map(str::to_owned),
        }
    };
    let two_factor = |app| StepBody::TwoFactor {
        app,
        has_app: true,
        has_passkey: true,
        name: "Chrome on Linux".to_owned(),
    };
    let link = |browser: &str| StoreLink {
        browser: browser.to_owned(),
        url: "https://store.example/keyward".to_owned(),
    };
    let due = Some("30 Nov 2026, 13:04 UTC".to_owned());
    write(folder, "onboarding-escrow", &step(1, false, None, StepBody::Escrow { due }))?;
    write(folder, "onboarding-app", &step(2, true, None, two_factor(Some(app()))))?;
    write(folder, "onboarding-app-wrong", &step(2, true, Some(WRONG), two_factor(Some(app()))))?;
    write(folder, "onboarding-passkey", &step(2, false, None, two_factor(None)))?;
    write(folder, "onboarding-import", &step(4, false, None, StepBody::Import))?;
    let links = vec![link("Chrome"), link("Firefox")];
    write(folder, "onboarding-extension", &step(5, false, None, StepBody::Extension { links }))?;
    write(folder, "onboarding-record", &step(6, false, None, StepBody::FirstRecord))?;
    write(folder, "onboarding-tour", &step(7, false, None, StepBody::Tour))?;
    write(folder, "onboarding-done", &step(3, false, None, StepBody::Done))
}
