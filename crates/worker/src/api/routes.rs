//! The operations of the API, as data: what is routed, what is checked before a handler runs, and what the OpenAPI document
//! says are one list.

use core::future::Future;
use core::pin::Pin;

use serde_json::Value as Json;

use super::call::Call;
use super::describe::Described;
use super::problem::Stop;
use super::views::{
    ClaimView, ConnectionView, DeviceView, DomainView, EffectiveView, EventView, ExtensionLinkView,
    IdentityView, KeyView, MeView, MessageView, MessageXmlView, NodeView, OutsideLinkView, RoleView,
    SessionView, TenantView, TokenView, UserView,
};
use super::{
    access, connect, connections, domains, identities, insight, keys, mail, messages, operator, people,
    structure,
};
use crate::http::Reply;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    /// By name.
    pub(crate) fn parse(name: &str) -> Option<Verb> {
        [Verb::Get, Verb::Post, Verb::Put, Verb::Patch, Verb::Delete]
            .into_iter()
            .find(|verb| verb.as_str() == name)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        }
    }
}

/// Who may ask at all; what of it they may do is the core's to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// A person or a token of an organisation.
    Actor,
    /// Whoever runs the deployment.
    Operator,
}

/// What comes back where it is done.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// 204.
    Nothing,
    /// 200.
    One(fn() -> Json),
    /// 201, and where it is. It takes an Idempotency-Key.
    Created(fn() -> Json),
    /// 200.
    Page(fn() -> Json),
}

/// What a handler is: a boxed future, so that all are of one type.
type Handler = for<'a> fn(&'a Call<'a>) -> Pin<Box<dyn Future<Output = Result<Reply, Stop>> + 'a>>;

/// One operation.
pub(crate) struct Operation {
    /// Its operationId.
    pub(crate) id: &'static str,
    pub(crate) verb: Verb,
    /// Below `/api/v1`; a segment in braces is a parameter.
    pub(crate) path: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) needs: Needs,
    /// Beside `limit` and `after`, which every page has.
    pub(crate) query: &'static [(&'static str, &'static str)],
    pub(crate) body: Option<fn() -> Json>,
    pub(crate) answer: Answer,
    pub(crate) handler: Handler,
}

/// What a path leads to.
pub(crate) enum Found {
    /// The operation, and what stands for its parameters.
    Operation(&'static Operation, Vec<String>),
    /// There are operations, for other methods.
    Methods(Vec<&'static str>),
    Nothing,
}

/// Finds it, by the path below `/api/v1`.
pub(crate) fn find(verb: Option<Verb>, path: &str) -> Found {
    let mut methods = Vec::new();
    for operation in OPERATIONS {
        let Some(parameters) = parameters(operation.path, path) else { continue };
        if Some(operation.verb) == verb {
            return Found::Operation(operation, parameters);
        }
        methods.push(operation.verb.as_str());
    }
    if methods.is_empty() { Found::Nothing } else { Found::Methods(methods) }
}

fn parameters(template: &str, path: &str) -> Option<Vec<String>> {
    let (mut templates, mut segments) = (template.split('/'), path.split('/'));
    let mut parameters = Vec::new();
    loop {
        match (templates.next(), segments.next()) {
            (None, None) => return Some(parameters),
            (Some(name), Some(segment)) if name.starts_with('{') => {
                if segment.is_empty() {
                    return None;
                }
                parameters.push(segment.to_owned());
            }
            (Some(name), Some(segment)) if name == segment => {}
            _ => return None,
        }
    }
}

macro_rules! operations {
    ($($id:literal $verb:ident $path:literal $tag:literal, $needs:ident $(, takes $body:path)?, gives $answer:ident $(($schema:path))? $(, query $query:expr)?, by $handler:path: $summary:literal;)+) => {
        /// All there are.
        pub(crate) const OPERATIONS: &[Operation] = &[$(Operation {
            id: $id,
            verb: Verb::$verb,
            path: $path,
            tag: $tag,
            summary: $summary,
            needs: Needs::$needs,
            query: operations!(@query $($query)?),
            body: operations!(@body $($body)?),
            answer: Answer::$answer $(($schema))?,
            handler: |call| Box::pin($handler(call)),
        }),+];
    };
    (@query) => { &[] };
    (@query $query:expr) => { &$query };
    (@body) => { None };
    (@body $body:path) => { Some(<$body as Described>::schema) };
}

operations! {
    "getMe" Get "/me" "access", Actor, gives One(MeView::schema), by access::me:
        "Who asks, and what they hold";
    "listTokens" Get "/tokens" "access", Actor, gives Page(TokenView::schema), by access::list_tokens:
        "The tokens of one's own, and those at nodes where one manages roles";
    "createToken" Post "/tokens" "access", Actor, takes access::NewTokenBody, gives Created(access::new_token_schema), by access::create_token:
        "Makes a token";
    "getToken" Get "/tokens/{token}" "access", Actor, gives One(TokenView::schema), by access::get_token:
        "A token, without its secret";
    "revokeToken" Delete "/tokens/{token}" "access", Actor, gives Nothing, by access::revoke_token:
        "Ends a token, from the next request on";
    "listEvents" Get "/audit-events" "audit", Actor, gives Page(EventView::schema), query [("event", "Only of this name"), ("code", "Only refused by this code"), ("actor", "Only done by this user"), ("subject", "Only done to this user"), ("connection", "Only by this connection"), ("reference", "Only under this reference, as people were shown it"), ("since", "Only from this time on")], by access::list_events:
        "What happened, newest first";
    "getTenant" Get "/tenant" "tenant", Actor, gives One(TenantView::schema), by structure::get_tenant:
        "The organisation";
    "updateTenant" Patch "/tenant" "tenant", Actor, takes structure::TenantPatch, gives One(TenantView::schema), by structure::update_tenant:
        "Changes the organisation; needs every privilege at the root";
    "endTenantSessions" Post "/tenant/end-sessions" "tenant", Actor, gives Nothing, by structure::end_tenant_sessions_:
        "Ends all sessions of the organisation, one's own too; needs every privilege at the root";
    "putLogo" Put "/tenant/logo" "tenant", Actor, takes structure::LogoBody, gives One(TenantView::schema), by structure::put_logo_:
        "Shows a logo where people sign in; needs every privilege at the root";
    "deleteLogo" Delete "/tenant/logo" "tenant", Actor, gives Nothing, by structure::delete_logo_:
        "Shows none any more";
    "listExtensionLinks" Get "/tenant/extension-links" "tenant", Actor, gives Page(ExtensionLinkView::schema), by structure::list_extension_links:
        "Where people find the browser extension";
    "putExtensionLink" Put "/tenant/extension-links/{browser}" "tenant", Actor, takes structure::ExtensionLinkBody, gives Nothing, by structure::put_extension_link_:
        "Names the page of a store; needs every privilege at the root";
    "deleteExtensionLink" Delete "/tenant/extension-links/{browser}" "tenant", Actor, gives Nothing, by structure::delete_extension_link:
        "Names it no more";
    "getMail" Get "/tenant/mail" "tenant", Actor, gives One(mail::MailView::schema), by mail::get:
        "By whom mail goes out; needs every privilege at the root";
    "putMail" Put "/tenant/mail" "tenant", Actor, takes mail::MailBody, gives One(mail::MailView::schema), by mail::put:
        "Says by whom mail goes out: invitations, new browsers, who waits for an admin, certificates that end";
    "deleteMail" Delete "/tenant/mail" "tenant", Actor, gives Nothing, by mail::delete:
        "No mail goes out any more";
    "testMail" Post "/tenant/mail/test" "tenant", Actor, gives Nothing, by mail::test:
        "Sends the person who asks a mail, within a minute";
    "listMail" Get "/tenant/mail/messages" "tenant", Actor, gives Page(mail::MessageView::schema), by mail::list:
        "What was sent or is to be, newest first, for 30 days; needs every privilege at the root";
    "listNodes" Get "/nodes" "nodes", Actor, gives Page(NodeView::schema), by structure::list_nodes:
        "The nodes at which one holds anything";
    "createNode" Post "/nodes" "nodes", Actor, takes structure::NewNodeBody, gives Created(NodeView::schema), by structure::create_node_:
        "Makes a node";
    "getNode" Get "/nodes/{node}" "nodes", Actor, gives One(NodeView::schema), by structure::get_node:
        "A node";
    "updateNode" Patch "/nodes/{node}" "nodes", Actor, takes structure::NodePatch, gives One(NodeView::schema), by structure::update_node:
        "Renames a node";
    "deleteNode" Delete "/nodes/{node}" "nodes", Actor, gives Nothing, by structure::delete_node_:
        "Deletes a node at which nothing is left";
    "putDefaultRole" Put "/nodes/{node}/default-roles/{role}" "nodes", Actor, gives Nothing, by structure::put_default_role:
        "Accounts made at the node have the role from now on";
    "deleteDefaultRole" Delete "/nodes/{node}/default-roles/{role}" "nodes", Actor, gives Nothing, by structure::delete_default_role:
        "They do not have it from now on";
    "listRoles" Get "/roles" "roles", Actor, gives Page(RoleView::schema), by structure::list_roles:
        "The roles at nodes where one manages people or roles, and above";
    "createRole" Post "/roles" "roles", Actor, takes structure::NewRoleBody, gives Created(RoleView::schema), by structure::create_role_:
        "Makes a role";
    "getRole" Get "/roles/{role}" "roles", Actor, gives One(RoleView::schema), by structure::get_role:
        "A role";
    "updateRole" Patch "/roles/{role}" "roles", Actor, takes structure::RolePatch, gives One(RoleView::schema), by structure::update_role:
        "Changes a role, for all who have it, at their next request";
    "deleteRole" Delete "/roles/{role}" "roles", Actor, gives Nothing, by structure::delete_role_:
        "Deletes a role, and takes it from all who have it";
    "listUsers" Get "/users" "users", Actor, gives Page(UserView::schema), query [("email", "Only the account with this e-mail"), ("search", "Only people of whose name a word begins so, or their e-mail, or a part of it before the @; it looks at a thousand words at the most, and takes the place of email"), ("status", "Only in this status")], by people::list:
        "People's accounts";
    "inviteUser" Post "/users" "users", Actor, takes people::NewUserBody, gives Created(UserView::schema), by people::create:
        "Invites somebody: an account that they have yet to claim";
    "getUser" Get "/users/{user}" "users", Actor, gives One(UserView::schema), by people::get:
        "An account";
    "updateUser" Patch "/users/{user}" "users", Actor, takes people::UserPatch, gives One(UserView::schema), by people::update:
        "Locks, unlocks, moves or renames";
    "deleteUser" Delete "/users/{user}" "users", Actor, gives Nothing, by people::delete:
        "Deletes an account; a tombstone keeps it from coming back";
    "endUserSessions" Post "/users/{user}/end-sessions" "users", Actor, gives Nothing, by people::end_sessions:
        "Ends all of a person's sessions, at their next request";
    "getApprovals" Get "/approvals" "users", Actor, gives One(insight::ApprovalsView::schema), by insight::approvals:
        "How many browsers wait for an admin; who they are is told in the browser of one who can answer";
    "resetTwoFactor" Delete "/users/{user}/two-factor" "users", Actor, gives Nothing, by people::reset_two_factor_:
        "Takes all second factors from somebody who lost theirs, and ends their sessions";
    "listUserSessions" Get "/users/{user}/sessions" "users", Actor, gives Page(SessionView::schema), by people::list_sessions:
        "A person's sessions that are not over";
    "endUserSession" Delete "/users/{user}/sessions/{session}" "users", Actor, gives Nothing, by people::end_session:
        "Ends one of them";
    "listUserIdentities" Get "/users/{user}/identities" "users", Actor, gives Page(IdentityView::schema), by identities::list:
        "Who a person is at identity providers";
    "offerOutsideSignIn" Post "/users/{user}/outside-sign-in" "users", Actor, gives Created(OutsideLinkView::schema), by people::offer_outside_:
        "Gives an admin a link by which they set a password, for signing in outside single sign-on; those before it are no longer good";
    "removeOutsideSignIn" Delete "/users/{user}/outside-sign-in" "users", Actor, gives Nothing, by people::remove_outside_:
        "Takes the password from somebody; the last admin who can sign in outside keeps theirs";
    "offerClaim" Post "/users/{user}/claims" "users", Actor, takes identities::NewClaimBody, gives Created(ClaimView::schema), by identities::offer_claim_:
        "Gives a link by which an invited person, or one who has an account elsewhere, claims it; those before it are no longer good";
    "rePointIdentity" Put "/users/{user}/identities/{connection}" "users", Actor, takes identities::IdentityBody, gives Nothing, by identities::re_point_:
        "Says that the identity provider knows the same person by another name, or another second attribute; ends their sessions";
    "listUserPolicies" Get "/users/{user}/policies" "users", Actor, gives Page(EffectiveView::schema), by identities::policies:
        "What applies to a person, of all their roles, and why";
    "listUserDevices" Get "/users/{user}/devices" "users", Actor, gives Page(DeviceView::schema), by people::list_devices:
        "The browsers that may open a person's vault";
    "blockUserDevice" Post "/users/{user}/devices/{device}/block" "users", Actor, gives Nothing, by people::block_device_:
        "It opens the vault no longer, from the next request on; the person may let it in again";
    "putUserRole" Put "/users/{user}/roles/{role}" "users", Actor, gives Nothing, by people::put_role:
        "Gives a role";
    "deleteUserRole" Delete "/users/{user}/roles/{role}" "users", Actor, gives Nothing, by people::delete_role:
        "Takes a role that no group gives";
    "listDomains" Get "/domains" "domains", Actor, gives Page(DomainView::schema), by domains::list:
        "The claimed domains";
    "claimDomain" Post "/domains" "domains", Actor, takes domains::NewDomainBody, gives Created(DomainView::schema), by domains::create:
        "Claims a domain: from now on its record is looked for";
    "getDomain" Get "/domains/{domain}" "domains", Actor, gives One(DomainView::schema), by domains::get:
        "A domain, and what its record has to say";
    "updateDomain" Patch "/domains/{domain}" "domains", Actor, takes domains::DomainPatch, gives One(DomainView::schema), by domains::update:
        "Says where a domain's people sign in";
    "checkDomain" Post "/domains/{domain}/check" "domains", Actor, gives One(DomainView::schema), by domains::check:
        "Has its record looked for within a minute";
    "releaseDomain" Delete "/domains/{domain}" "domains", Actor, gives Nothing, by domains::delete:
        "Gives a domain up: it leads nowhere at once";
    "listConnections" Get "/connections" "connections", Actor, gives Page(ConnectionView::schema), by connections::list:
        "The connections";
    "createConnection" Post "/connections" "connections", Actor, takes connections::NewConnectionBody, gives Created(ConnectionView::schema), by connections::create:
        "Makes a connection, that signs nobody in yet";
    "getConnection" Get "/connections/{connection}" "connections", Actor, gives One(ConnectionView::schema), by connections::get:
        "A connection";
    "updateConnection" Patch "/connections/{connection}" "connections", Actor, takes connections::ConnectionPatch, gives One(ConnectionView::schema), by connections::update:
        "Changes how people come in by it, at once";
    "putDraft" Put "/connections/{connection}/draft" "connections", Actor, takes connections::ConfigurationBody, gives One(ConnectionView::schema), by connections::put_draft_:
        "Writes the draft, as a whole";
    "readMetadata" Post "/connections/{connection}/draft/metadata" "connections", Actor, takes connections::MetadataBody, gives One(ConnectionView::schema), by connections::put_metadata:
        "Reads the identity provider's metadata into the draft";
    "putMetadataUrl" Put "/connections/{connection}/metadata-url" "connections", Actor, takes connections::MetadataUrlBody, gives One(ConnectionView::schema), by connections::put_metadata_url:
        "Says where the identity provider's metadata is polled; new certificates are taken over from there";
    "listKeys" Get "/connections/{connection}/keys" "connections", Actor, gives Page(KeyView::schema), by keys::list:
        "Our own keys of a connection";
    "createKey" Post "/connections/{connection}/keys" "connections", Actor, takes keys::NewKeyBody, gives Created(KeyView::schema), by keys::create:
        "Makes a key pair: the first of its purpose is used at once, any other is published, to be used next";
    "getKey" Get "/connections/{connection}/keys/{key}" "connections", Actor, gives One(KeyView::schema), by keys::get:
        "One of them";
    "useKey" Post "/connections/{connection}/keys/{key}/use" "connections", Actor, takes keys::UseKeyBody, gives One(KeyView::schema), by keys::activate:
        "Begins to use the next key, and retires the one in use";
    "removeKey" Delete "/connections/{connection}/keys/{key}" "connections", Actor, gives Nothing, by keys::delete:
        "Removes a key that is not in use";
    "listMessages" Get "/connections/{connection}/messages" "connections", Actor, gives Page(MessageView::schema), by messages::list:
        "What came from the identity provider and went to it, newest first, and how far it came; the last 200, for 30 days";
    "readMessage" Post "/connections/{connection}/messages/{message}/read" "connections", Actor, gives One(MessageXmlView::schema), by messages::read:
        "What a message said, without what it says of people; that it was looked at is written down";
    "putGroups" Put "/connections/{connection}/groups" "connections", Actor, takes connections::GroupsBody, gives One(ConnectionView::schema), by connections::put_groups:
        "Says which groups give which roles, as a whole, from each person's next sign-in on";
    "activateConnection" Post "/connections/{connection}/activate" "connections", Actor, gives One(ConnectionView::schema), by connections::activate_:
        "Makes the draft what members sign in with";
    "migrateConnection" Post "/connections/{connection}/migrate" "connections", Actor, gives One(ConnectionView::schema), by connections::migrate_:
        "The same where the provider, or its names for people, are others: for a month each account is found once by its e-mail";
    "disableConnection" Post "/connections/{connection}/disable" "connections", Actor, gives One(ConnectionView::schema), by connections::disable:
        "Nobody signs in by it, and who did is signed out";
    "endConnectionSessions" Post "/connections/{connection}/end-sessions" "connections", Actor, gives Nothing, by connections::end_sessions:
        "Ends all sessions that came by it";
    "listProviders" Get "/identity-providers" "connections", Actor, gives One(connect::ProvidersView::schema), by connect::list_providers:
        "The identity providers with a preset, each with its guide";
    "getSetUp" Get "/connections/{connection}/set-up" "connections", Actor, gives One(connect::SetUpView::schema), by connect::get_set_up:
        "Our values for the identity provider, certificates read, and what can be gone back to";
    "draftFromProvider" Post "/connections/{connection}/draft/provider" "connections", Actor, takes connect::ProviderBody, gives One(ConnectionView::schema), by connect::draft_from_provider:
        "Drafts from the identity provider's metadata by a preset";
    "beginTrial" Post "/connections/{connection}/trials" "connections", Actor, gives One(connect::TrialView::schema), by connect::begin_trial:
        "Begins a test sign-in with the draft, in this browser; it signs nobody in";
    "getTrial" Get "/connections/{connection}/trials/{trial}" "connections", Actor, gives One(connect::TrialView::schema), by connect::get_trial:
        "What a test sign-in found, for the person who began it";
    "rollBackConnection" Post "/connections/{connection}/roll-back" "connections", Actor, gives One(ConnectionView::schema), by connect::go_back:
        "Makes what was active before active again";
    "listFixes" Get "/fixes" "audit", Actor, gives One(connect::FixesView::schema), by connect::list_fixes:
        "What to do about the code of a refusal";
    "listPolicies" Get "/policies" "roles", Actor, gives One(insight::PoliciesView::schema), by insight::list_policies:
        "The policies that roles can carry";
    "getHealth" Get "/health" "connections", Actor, gives One(insight::HealthView::schema), query [("after", "What the page of connections before called `next`")], by insight::health:
        "What of the active connections needs looking after, and who comes in where single sign-on does not work";
    "listTenants" Get "/operator/tenants" "operator", Operator, gives Page(TenantView::schema), by operator::list:
        "The organisations";
    "createTenant" Post "/operator/tenants" "operator", Operator, takes operator::NewTenantBody, gives Created(operator::new_tenant_schema), by operator::create:
        "Makes an organisation";
    "getTenantById" Get "/operator/tenants/{tenant}" "operator", Operator, gives One(TenantView::schema), by operator::get:
        "An organisation";
    "limitTenant" Patch "/operator/tenants/{tenant}" "operator", Operator, takes operator::TenantLimits, gives One(TenantView::schema), by operator::update:
        "Says how many accounts it may have, suspends it, lets it go on";
    "deleteTenant" Delete "/operator/tenants/{tenant}" "operator", Operator, gives Nothing, by operator::delete:
        "Deletes an organisation: nobody signs in, its domains and SSO names are free";
    "createSetUpToken" Post "/operator/tenants/{tenant}/set-up-token" "operator", Operator, gives Created(operator::token_schema), by operator::set_up:
        "Another token that sets it up";
    "rewrapKeys" Post "/operator/rewrap" "operator", Operator, takes operator::RewrapBody, gives One(operator::rewrapped_schema), by operator::rewrap:
        "Wraps up to 50 of our private keys under the master key of now";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Found, OPERATIONS, Verb, find};

    #[test]
    fn every_operation_is_found_by_its_own_path_and_no_two_share_one() {
        let ids: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), OPERATIONS.len());
        for operation in OPERATIONS {
            let path = operation.path.replace(['{', '}'], "");
            let Found::Operation(found, parameters) = find(Some(operation.verb), &path) else {
                panic!("{}", operation.id);
            };
            assert_eq!(found.id, operation.id);
            assert_eq!(parameters.len(), operation.path.matches('{').count());
        }
    }

    #[test]
    fn what_is_no_operation_is_told_apart() {
        let of = |verb, path| match find(verb, path) {
            Found::Operation(operation, _) => operation.id.to_owned(),
            Found::Methods(methods) => methods.join(", "),
            Found::Nothing => String::new(),
        };
        assert_eq!(of(Some(Verb::Put), "/users/u_1"), "GET, PATCH, DELETE");
        assert_eq!(of(None, "/me"), "GET");
        for path in ["", "/", "/users/", "/users//roles/r_1", "/users/u_1/", "//me", "/Me", "/users/u_1/x"] {
            assert_eq!(of(Some(Verb::Get), path), "", "{path}");
        }
    }
}
