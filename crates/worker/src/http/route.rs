//! Which handler a method and a path lead to.

use keyward_core::id::ConnectionId;

/// The places of the Worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    SignInPage,
    SignIn,
    SsoName(String),
    Tile(Option<ConnectionId>),
    Metadata(Option<ConnectionId>),
    Acs(Option<ConnectionId>),
    SingleLogout(Option<ConnectionId>),
    Confirm,
    ClaimPage(String),
    Claim,
    /// A page of the console, by its path: which one is the script's to show.
    Console(String),
    /// The first run.
    SetUp,
    SetUpBegin,
    SetUpLink(String),
    SetUpAccept,
    SetUpNext,
    OutsideSignInPage,
    OutsideSalt,
    OutsideSignIn,
    OutsideRecoverPage,
    OutsideRecover,
    OutsidePasswordPage,
    OutsidePassword,
    OutsideKitPage,
    OutsideKit,
    /// On to the IdP with a draft.
    Trial {
        connection: Option<ConnectionId>,
        trial: String,
    },
    Vault,
    Activity,
    Sessions,
    SessionsEnd,
    RecoveryPage,
    VaultItems,
    VaultKeys,
    VaultBegin,
    VaultProve,
    VaultChanges,
    VaultChange,
    VaultLock,
    VaultForget,
    VaultRotate,
    VaultMove,
    VaultDevicesPage,
    VaultImportPage,
    VaultExportPage,
    VaultExported,
    VaultDevices,
    OrganisationPage,
    Organisation(Organisation),
    Escrow(Escrow),
    VaultAsk,
    VaultApprove,
    VaultDeny,
    VaultBlock,
    VaultRemove,
    RecoverySet,
    RecoveryOpen,
    RecoveryUse,
    TwoFactor,
    TwoFactorCode,
    TwoFactorPasskey,
    TwoFactorChallenge,
    Unlock,
    UnlockChallenge,
    UnlockByPasskey,
    FactorSettings,
    FactorApp,
    FactorAddApp,
    FactorAddPasskey,
    FactorRemove,
    FactorCodes,
    Onboarding,
    OnboardingMark,
    SignOut,
    Health,
    /// An organisation's logo, by its hash.
    Logo(String),
    /// An organisation's colour.
    Brand(String),
}

/// What admins ask of escrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Organisation {
    State,
    Keys,
    Person,
    Share,
    Kit,
    Regain,
    Rules,
    Queue,
    Open,
    Approve,
    Deny,
    Leaver,
    Transfer,
}

/// What people ask of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escrow {
    Own,
    Consent,
    Withdraw,
    Seen,
    Handover,
    TookOver,
    AskAdmin,
    BringBack,
}

/// Which rate limit a route counts towards: each that writes for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The way to an IdP.
    Starts,
    /// The way back.
    Answers,
    /// The API: what it reads costs, too.
    Api,
    /// What has others asked for a domain's records.
    Domains,
}

impl Limit {
    /// The name of the binding.
    pub(crate) fn binding(self) -> &'static str {
        match self {
            Limit::Starts => "STARTS",
            Limit::Answers => "ANSWERS",
            Limit::Api => "API",
            Limit::Domains => "DOMAINS",
        }
    }
}

impl Route {
    /// Whether it is a page: somebody whose session is held is sent on from there.
    pub(crate) fn is_page(&self) -> bool {
        matches!(
            self,
            Route::Vault
                | Route::Console(_)
                | Route::SetUpNext
                | Route::OutsidePasswordPage
                | Route::OutsideKitPage
                | Route::OutsideKit
                | Route::Activity
                | Route::Sessions
                | Route::SessionsEnd
                | Route::RecoveryPage
                | Route::VaultItems
                | Route::VaultDevicesPage
                | Route::VaultImportPage
                | Route::VaultExportPage
                | Route::TwoFactor
                | Route::Unlock
                | Route::FactorSettings
                | Route::FactorApp
                | Route::FactorAddApp
                | Route::FactorAddPasskey
                | Route::FactorRemove
                | Route::FactorCodes
                | Route::Onboarding
                | Route::OnboardingMark
        )
    }

    /// The limit; `None` where a stranger's request writes nothing.
    pub(crate) fn limit(&self) -> Option<Limit> {
        match self {
            Route::SignIn | Route::SsoName(_) | Route::Tile(_) => Some(Limit::Starts),
            // One that there is not is written down.
            Route::ClaimPage(_) | Route::Claim => Some(Limit::Starts),
            // What is wrong is written down, and a link that there is not.
            Route::SetUpBegin | Route::SetUpLink(_) | Route::SetUpAccept => Some(Limit::Starts),
            Route::OutsideSalt | Route::OutsideSignIn | Route::OutsideRecover => Some(Limit::Starts),
            Route::OutsidePassword | Route::OutsideKit => Some(Limit::Answers),
            Route::SetUp | Route::SetUpNext | Route::OutsideSignInPage | Route::OutsideRecoverPage => None,
            Route::OutsidePasswordPage | Route::OutsideKitPage => None,
            // A form from elsewhere is written down.
            Route::Acs(_) | Route::SingleLogout(_) | Route::Confirm | Route::SignOut => Some(Limit::Answers),
            Route::SessionsEnd => Some(Limit::Answers),
            // What is wrong is written down.
            Route::RecoveryOpen | Route::RecoveryUse => Some(Limit::Answers),
            Route::TwoFactorCode | Route::TwoFactorPasskey | Route::TwoFactorChallenge => {
                Some(Limit::Answers)
            }
            Route::FactorAddApp | Route::FactorAddPasskey => Some(Limit::Answers),
            Route::UnlockChallenge | Route::UnlockByPasskey => Some(Limit::Answers),
            Route::Unlock => None,
            Route::TwoFactor | Route::FactorSettings | Route::FactorApp | Route::FactorRemove => None,
            Route::FactorCodes | Route::Onboarding | Route::OnboardingMark => None,
            Route::SignInPage | Route::Metadata(_) | Route::Vault | Route::Activity | Route::Health => None,
            Route::Sessions | Route::RecoveryPage => None,
            Route::Console(_) | Route::Trial { .. } | Route::Logo(_) | Route::Brand(_) => None,
            Route::VaultItems | Route::VaultKeys | Route::VaultBegin | Route::VaultProve => None,
            Route::VaultChanges | Route::VaultChange | Route::VaultLock | Route::VaultForget => None,
            Route::VaultRotate | Route::VaultMove => None,
            Route::VaultImportPage | Route::VaultExportPage | Route::VaultExported => None,
            Route::OrganisationPage | Route::Organisation(_) | Route::Escrow(_) => None,
            Route::VaultDevicesPage
            | Route::VaultDevices
            | Route::VaultAsk
            | Route::VaultApprove
            | Route::VaultDeny
            | Route::VaultBlock
            | Route::VaultRemove
            | Route::RecoverySet => None,
        }
    }
}

/// What a request does, as far as routes care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
    Post,
    Other,
}

impl Method {
    /// By name.
    pub(crate) fn parse(name: &str) -> Method {
        match name {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "POST" => Method::Post,
            _ => Method::Other,
        }
    }
}

/// Why there is no handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoute {
    NotFound,
    /// There is, for other methods.
    Method {
        allow: &'static str,
    },
}

/// Finds it. An id that is none still leads to its handler, which refuses it as unknown.
pub(crate) fn find(method: Method, path: &str) -> Result<Route, NoRoute> {
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let (route, allow) = match segments.as_slice() {
        [""] => (Route::SignInPage, "GET, HEAD"),
        ["sign-in"] => (Route::SignIn, "POST"),
        // These leave a pending request behind: HEAD, which is not to change anything, is not offered.
        ["sso", name] => (Route::SsoName((*name).to_owned()), "GET"),
        ["saml", id, "start"] => (Route::Tile(ConnectionId::parse(id)), "GET"),
        ["saml", id, "metadata"] => (Route::Metadata(ConnectionId::parse(id)), "GET, HEAD"),
        ["saml", id, "acs"] => (Route::Acs(ConnectionId::parse(id)), "POST"),
        ["saml", id, "slo"] => (Route::SingleLogout(ConnectionId::parse(id)), "GET, POST"),
        ["confirm"] => (Route::Confirm, "POST"),
        // What is in the address is a secret: HEAD is not for it.
        ["claim", token] => (Route::ClaimPage((*token).to_owned()), "GET"),
        ["claim"] => (Route::Claim, "POST"),
        ["admin", "trials", id, trial] => {
            (Route::Trial { connection: ConnectionId::parse(id), trial: (*trial).to_owned() }, "GET")
        }
        ["setup"] => match method {
            Method::Post => (Route::SetUpBegin, "GET, HEAD, POST"),
            _ => (Route::SetUp, "GET, HEAD, POST"),
        },
        ["setup", "next"] => (Route::SetUpNext, "GET, HEAD"),
        ["setup", "accept"] => (Route::SetUpAccept, "POST"),
        // What is in the address is a secret: HEAD is not for it.
        ["setup", token] => (Route::SetUpLink((*token).to_owned()), "GET"),
        ["admin", "sign-in"] => match method {
            Method::Post => (Route::OutsideSignIn, "GET, HEAD, POST"),
            _ => (Route::OutsideSignInPage, "GET, HEAD, POST"),
        },
        ["admin", "sign-in", "salt"] => (Route::OutsideSalt, "POST"),
        ["admin", "recover"] => match method {
            Method::Post => (Route::OutsideRecover, "GET, HEAD, POST"),
            _ => (Route::OutsideRecoverPage, "GET, HEAD, POST"),
        },
        ["admin", "password"] => match method {
            Method::Post => (Route::OutsidePassword, "GET, HEAD, POST"),
            _ => (Route::OutsidePasswordPage, "GET, HEAD, POST"),
        },
        ["admin", "kit"] => match method {
            Method::Post => (Route::OutsideKit, "GET, HEAD, POST"),
            _ => (Route::OutsideKitPage, "GET, HEAD, POST"),
        },
        ["admin", ..] => (Route::Console(path.to_owned()), "GET, HEAD"),
        ["vault"] => (Route::Vault, "GET, HEAD"),
        ["vault", "items"] => (Route::VaultItems, "GET, HEAD"),
        ["vault", "keys"] => (Route::VaultKeys, "GET"),
        ["vault", "keys", "change"] => (Route::VaultRotate, "POST"),
        ["vault", "keys", "move"] => (Route::VaultMove, "POST"),
        ["vault", "begin"] => (Route::VaultBegin, "POST"),
        ["vault", "prove"] => (Route::VaultProve, "POST"),
        ["vault", "devices"] => (Route::VaultDevicesPage, "GET, HEAD"),
        ["vault", "devices", "list"] => (Route::VaultDevices, "GET"),
        ["vault", "devices", "ask"] => (Route::VaultAsk, "POST"),
        ["vault", "devices", "approve"] => (Route::VaultApprove, "POST"),
        ["vault", "devices", "deny"] => (Route::VaultDeny, "POST"),
        ["vault", "devices", "block"] => (Route::VaultBlock, "POST"),
        ["vault", "devices", "remove"] => (Route::VaultRemove, "POST"),
        ["vault", "devices", "ask-admin"] => (Route::Escrow(Escrow::AskAdmin), "POST"),
        ["vault", "organisation"] => (Route::OrganisationPage, "GET, HEAD"),
        ["vault", "organisation", "state"] => (Route::Organisation(Organisation::State), "GET"),
        ["vault", "organisation", "keys"] => (Route::Organisation(Organisation::Keys), "POST"),
        ["vault", "organisation", "person"] => (Route::Organisation(Organisation::Person), "POST"),
        ["vault", "organisation", "share"] => (Route::Organisation(Organisation::Share), "POST"),
        ["vault", "organisation", "kit"] => (Route::Organisation(Organisation::Kit), "POST"),
        ["vault", "organisation", "regain"] => (Route::Organisation(Organisation::Regain), "POST"),
        ["vault", "organisation", "rules"] => (Route::Organisation(Organisation::Rules), "POST"),
        ["vault", "organisation", "queue"] => (Route::Organisation(Organisation::Queue), "GET"),
        ["vault", "organisation", "open"] => (Route::Organisation(Organisation::Open), "POST"),
        ["vault", "organisation", "approve"] => (Route::Organisation(Organisation::Approve), "POST"),
        ["vault", "organisation", "deny"] => (Route::Organisation(Organisation::Deny), "POST"),
        ["vault", "organisation", "leaver"] => (Route::Organisation(Organisation::Leaver), "POST"),
        ["vault", "organisation", "transfer"] => (Route::Organisation(Organisation::Transfer), "POST"),
        ["vault", "escrow"] => (Route::Escrow(Escrow::Own), "GET"),
        ["vault", "escrow", "consent"] => (Route::Escrow(Escrow::Consent), "POST"),
        ["vault", "escrow", "withdraw"] => (Route::Escrow(Escrow::Withdraw), "POST"),
        ["vault", "escrow", "seen"] => (Route::Escrow(Escrow::Seen), "POST"),
        ["vault", "escrow", "handover"] => (Route::Escrow(Escrow::Handover), "GET"),
        ["vault", "escrow", "took-over"] => (Route::Escrow(Escrow::TookOver), "POST"),
        ["vault", "former", "return"] => (Route::Escrow(Escrow::BringBack), "POST"),
        ["vault", "recovery", "set"] => (Route::RecoverySet, "POST"),
        ["vault", "recovery", "open"] => (Route::RecoveryOpen, "POST"),
        ["vault", "recovery", "use"] => (Route::RecoveryUse, "POST"),
        ["vault", "import"] => (Route::VaultImportPage, "GET, HEAD"),
        ["vault", "export"] => (Route::VaultExportPage, "GET, HEAD"),
        ["vault", "exported"] => (Route::VaultExported, "POST"),
        ["vault", "lock"] => (Route::VaultLock, "POST"),
        ["vault", "devices", "forget"] => (Route::VaultForget, "POST"),
        ["vault", "changes"] => (Route::VaultChanges, "GET"),
        ["vault", "change"] => (Route::VaultChange, "POST"),
        ["vault", "activity"] => (Route::Activity, "GET, HEAD"),
        ["vault", "sessions"] => (Route::Sessions, "GET, HEAD"),
        ["vault", "sessions", "end"] => (Route::SessionsEnd, "POST"),
        ["vault", "recovery"] => (Route::RecoveryPage, "GET, HEAD"),
        ["two-factor"] => (Route::TwoFactor, "GET, HEAD"),
        ["two-factor", "code"] => (Route::TwoFactorCode, "POST"),
        ["two-factor", "passkey"] => (Route::TwoFactorPasskey, "POST"),
        ["two-factor", "challenge"] => (Route::TwoFactorChallenge, "POST"),
        ["unlock"] => (Route::Unlock, "GET, HEAD"),
        ["unlock", "challenge"] => (Route::UnlockChallenge, "POST"),
        ["unlock", "passkey"] => (Route::UnlockByPasskey, "POST"),
        ["vault", "two-factor"] => (Route::FactorSettings, "GET, HEAD"),
        ["vault", "two-factor", "app"] => (Route::FactorApp, "GET, HEAD"),
        ["vault", "two-factor", "add-app"] => (Route::FactorAddApp, "POST"),
        ["vault", "two-factor", "add-passkey"] => (Route::FactorAddPasskey, "POST"),
        ["vault", "two-factor", "remove"] => (Route::FactorRemove, "POST"),
        ["vault", "two-factor", "codes"] => (Route::FactorCodes, "POST"),
        ["onboarding"] => (Route::Onboarding, "GET, HEAD"),
        ["onboarding", "mark"] => (Route::OnboardingMark, "POST"),
        ["sign-out"] => (Route::SignOut, "POST"),
        ["health"] => (Route::Health, "GET, HEAD"),
        ["logo", name] => (Route::Logo(named(name, ".png", 64)?), "GET, HEAD"),
        ["brand", name] => (Route::Brand(named(name, ".css", 6)?), "GET, HEAD"),
        _ => return Err(NoRoute::NotFound),
    };
    let is_allowed = match method {
        Method::Get => allow.starts_with("GET"),
        Method::Head => allow.contains("HEAD"),
        Method::Post => allow.ends_with("POST"),
        Method::Other => false,
    };
    if is_allowed { Ok(route) } else { Err(NoRoute::Method { allow }) }
}

/// What a file is called: so many lower-case hexadecimal digits.
fn named(name: &str, ending: &str, digits: usize) -> Result<String, NoRoute> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    name.strip_suffix(ending)
        .filter(|it| it.len() == digits && it.bytes().all(is_digit))
        .map(str::to_owned)
        .ok_or(NoRoute::NotFound)
}

#[cfg(test)]
mod tests {
    use super::{Escrow, Method, NoRoute, Organisation, Route, find};
    use keyward_core::id::ConnectionId;

    #[test]
    fn paths_lead_to_their_handlers() {
        let id = ConnectionId::parse("c_acme");
        for (method, path, route) in [
            (Method::Get, "/", Route::SignInPage),
            (Method::Head, "/", Route::SignInPage),
            (Method::Post, "/sign-in", Route::SignIn),
            (Method::Get, "/sso/acme", Route::SsoName("acme".into())),
            (Method::Get, "/saml/c_acme/start", Route::Tile(id.clone())),
            (Method::Get, "/saml/C%20/start", Route::Tile(None)),
            (Method::Get, "/saml/c_acme/metadata", Route::Metadata(id.clone())),
            (Method::Get, "/saml/c_acme/slo", Route::SingleLogout(id.clone())),
            (Method::Post, "/saml/c_acme/slo", Route::SingleLogout(id.clone())),
            (Method::Post, "/saml/c_acme/acs", Route::Acs(id)),
            (Method::Post, "/confirm", Route::Confirm),
            (Method::Get, "/claim/x", Route::ClaimPage("x".into())),
            (Method::Post, "/claim", Route::Claim),
            (Method::Get, "/admin", Route::Console("/admin".into())),
            (Method::Get, "/admin/users/u_1", Route::Console("/admin/users/u_1".into())),
            (Method::Get, "/setup", Route::SetUp),
            (Method::Post, "/setup", Route::SetUpBegin),
            (Method::Get, "/setup/next", Route::SetUpNext),
            (Method::Post, "/setup/accept", Route::SetUpAccept),
            (Method::Get, "/setup/x", Route::SetUpLink("x".into())),
            (Method::Get, "/admin/sign-in", Route::OutsideSignInPage),
            (Method::Head, "/admin/sign-in", Route::OutsideSignInPage),
            (Method::Post, "/admin/sign-in", Route::OutsideSignIn),
            (Method::Post, "/admin/sign-in/salt", Route::OutsideSalt),
            (Method::Get, "/admin/recover", Route::OutsideRecoverPage),
            (Method::Post, "/admin/recover", Route::OutsideRecover),
            (Method::Get, "/admin/password", Route::OutsidePasswordPage),
            (Method::Post, "/admin/password", Route::OutsidePassword),
            (Method::Get, "/admin/kit", Route::OutsideKitPage),
            (Method::Post, "/admin/kit", Route::OutsideKit),
            (
                Method::Get,
                "/admin/trials/c_acme/_trial-x",
                Route::Trial { connection: ConnectionId::parse("c_acme"), trial: "_trial-x".into() },
            ),
            (Method::Get, "/vault", Route::Vault),
            (Method::Get, "/vault/activity", Route::Activity),
            (Method::Get, "/vault/sessions", Route::Sessions),
            (Method::Post, "/vault/sessions/end", Route::SessionsEnd),
            (Method::Get, "/vault/recovery", Route::RecoveryPage),
            (Method::Get, "/vault/items", Route::VaultItems),
            (Method::Get, "/vault/keys", Route::VaultKeys),
            (Method::Post, "/vault/keys/change", Route::VaultRotate),
            (Method::Post, "/vault/keys/move", Route::VaultMove),
            (Method::Post, "/vault/begin", Route::VaultBegin),
            (Method::Post, "/vault/prove", Route::VaultProve),
            (Method::Get, "/vault/changes", Route::VaultChanges),
            (Method::Get, "/vault/import", Route::VaultImportPage),
            (Method::Get, "/vault/export", Route::VaultExportPage),
            (Method::Post, "/vault/exported", Route::VaultExported),
            (Method::Post, "/vault/lock", Route::VaultLock),
            (Method::Post, "/vault/devices/forget", Route::VaultForget),
            (Method::Get, "/vault/devices", Route::VaultDevicesPage),
            (Method::Get, "/vault/devices/list", Route::VaultDevices),
            (Method::Post, "/vault/devices/ask", Route::VaultAsk),
            (Method::Post, "/vault/devices/approve", Route::VaultApprove),
            (Method::Post, "/vault/devices/deny", Route::VaultDeny),
            (Method::Post, "/vault/devices/block", Route::VaultBlock),
            (Method::Post, "/vault/devices/remove", Route::VaultRemove),
            (Method::Post, "/vault/recovery/set", Route::RecoverySet),
            (Method::Post, "/vault/recovery/open", Route::RecoveryOpen),
            (Method::Post, "/vault/recovery/use", Route::RecoveryUse),
            (Method::Get, "/vault/organisation", Route::OrganisationPage),
            (Method::Get, "/vault/organisation/queue", Route::Organisation(Organisation::Queue)),
            (Method::Post, "/vault/organisation/approve", Route::Organisation(Organisation::Approve)),
            (Method::Post, "/vault/organisation/open", Route::Organisation(Organisation::Open)),
            (Method::Post, "/vault/former/return", Route::Escrow(Escrow::BringBack)),
            (Method::Get, "/vault/escrow", Route::Escrow(Escrow::Own)),
            (Method::Post, "/vault/escrow/consent", Route::Escrow(Escrow::Consent)),
            (Method::Post, "/vault/devices/ask-admin", Route::Escrow(Escrow::AskAdmin)),
            (Method::Post, "/vault/change", Route::VaultChange),
            (Method::Get, "/two-factor", Route::TwoFactor),
            (Method::Post, "/two-factor/code", Route::TwoFactorCode),
            (Method::Post, "/two-factor/passkey", Route::TwoFactorPasskey),
            (Method::Post, "/two-factor/challenge", Route::TwoFactorChallenge),
            (Method::Get, "/unlock", Route::Unlock),
            (Method::Post, "/unlock/challenge", Route::UnlockChallenge),
            (Method::Post, "/unlock/passkey", Route::UnlockByPasskey),
            (Method::Get, "/vault/two-factor", Route::FactorSettings),
            (Method::Get, "/vault/two-factor/app", Route::FactorApp),
            (Method::Post, "/vault/two-factor/add-app", Route::FactorAddApp),
            (Method::Post, "/vault/two-factor/add-passkey", Route::FactorAddPasskey),
            (Method::Post, "/vault/two-factor/remove", Route::FactorRemove),
            (Method::Post, "/vault/two-factor/codes", Route::FactorCodes),
            (Method::Get, "/onboarding", Route::Onboarding),
            (Method::Post, "/onboarding/mark", Route::OnboardingMark),
            (Method::Post, "/sign-out", Route::SignOut),
            (Method::Get, "/health", Route::Health),
            (Method::Get, "/brand/0f5257.css", Route::Brand("0f5257".into())),
        ] {
            assert_eq!(find(method, path), Ok(route), "{path}");
        }
    }

    #[test]
    fn other_methods_are_told_which() {
        assert_eq!(find(Method::Get, "/sign-out"), Err(NoRoute::Method { allow: "POST" }));
        assert_eq!(find(Method::Head, "/saml/c_acme/acs"), Err(NoRoute::Method { allow: "POST" }));
        assert_eq!(find(Method::Head, "/saml/c_acme/slo"), Err(NoRoute::Method { allow: "GET, POST" }));
        assert_eq!(find(Method::Post, "/"), Err(NoRoute::Method { allow: "GET, HEAD" }));
        assert_eq!(find(Method::Head, "/saml/c_acme/start"), Err(NoRoute::Method { allow: "GET" }));
        assert_eq!(find(Method::Other, "/vault"), Err(NoRoute::Method { allow: "GET, HEAD" }));
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in [
            "/x",
            "/logo/0f.png",
            "/brand/0F5257.css",
            "/brand/0f5257.png",
            "/vault/",
            "/vault/x",
            "//",
            "/saml",
            "/saml/c_acme",
            "/sso",
            "/sso/a/b",
            "/sign-in/",
            "/SIGN-IN",
        ] {
            assert_eq!(find(Method::Get, path), Err(NoRoute::NotFound), "{path}");
        }
    }
}
