// @ts-check
// One good request for every operation of the API, in an order in which each of them succeeds.
import { newId } from '../../../scripts/seed.mjs';
import { newIdp } from './mint.mjs';
import { idpMetadata } from './metadata.mjs';
import { client, tomorrow } from './api.mjs';
import { signIn } from './world.mjs';

/**
 * @typedef {{ method: string, path: string, body?: unknown, by?: 'operator' }} Request
 * @typedef {(ids: Record<string, string>) => Request} Make
 */

/**
 * An organisation with something of each kind in it, and whoever holds everything there.
 * @param {import('./world.mjs').World} world @param {import('./api.mjs').Client} operator
 */
export async function furnish(world, operator) {
  const organisation = await world.organisation();
  await signIn(world, organisation, organisation.person('alice'));
  await signIn(world, organisation, organisation.person('bob'));
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  const { items: users } = await root.must('GET', '/users');
  const [user, other] = [users.find((/** @type {any} */ it) => it.email.startsWith('alice')), users.find((/** @type {any} */ it) => it.email.startsWith('bob'))];
  const { items: [session] } = await root.must('GET', `/users/${user.id}/sessions`);
  const { items: [message] } = await root.must('GET', `/connections/${organisation.id}/messages`);
  await device(world, organisation.tenant, user.id, `d_${user.id.slice(2)}`);
  const idp = newIdp('https://another.test/metadata');
  /** @type {Record<string, string>} */
  const ids = {
    node, user: user.id, device: `d_${user.id.slice(2)}`, other: other.id, session: session.id, message: message.id, connection: organisation.id, domain: organisation.domain, tenant: organisation.tenant,
    outsider: await outsiders(world, organisation.tenant, node), member: user.roles[0].role, entityId: organisation.idp.entityId, certificate: organisation.idp.keys.base64,
    metadata: idpMetadata(idp.entityId, [idp.keys.base64]), domainMade: `made.${organisation.domain}`, email: `invited@${organisation.domain}`,
  };
  return { organisation, root, token: /** @type {string} */ (set_up_token), ids };
}

/** Two who sign in outside single sign-on, with everything at the root. @param {import('./world.mjs').World} world @param {string} tenant @param {string} node */
async function outsiders(world, tenant, node) {
  const role = newId('r');
  const privileges = ['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit'];
  await world.query("INSERT INTO role (tenant, id, node, name, privileges, created_at) VALUES (?, ?, ?, 'Outside', ?, 0)", tenant, role, node, JSON.stringify(privileges));
  const ids = [newId('u'), newId('u')];
  for (const id of ids) {
    await world.query("INSERT INTO user (tenant, id, node, status, email, name, created_at) VALUES (?, ?, ?, 'active', ?, '', 0)", tenant, id, node, `${id}@outside.test`);
    await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) VALUES (?, ?, ?, 'direct', 0)", tenant, id, role);
    await world.query('INSERT INTO outside_admin (tenant, user, email, verifier, created_at, changed_at) VALUES (?, ?, ?, ?, 0, 0)', tenant, id, `${id}@outside.test`, 'a'.repeat(64));
  }
  return ids[0];
}

/** A device of somebody's, as far as admins see one. @param {import('./world.mjs').World} world @param {string} tenant @param {string} user @param {string} id */
export async function device(world, tenant, user, id) {
  await world.query("INSERT INTO vault_statement (tenant, user, sequence, statement, created_at) VALUES (?, ?, 1, '', 0)", tenant, user);
  await world.query('INSERT INTO device (tenant, user, id, encryption, signing, sequence, wrap, share, created_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, 0)',
    tenant, user, id, 'A'.repeat(88), 'A'.repeat(88), 'A'.repeat(240), 'A'.repeat(44));
}

/** What an answer makes known for the requests after it: operationId → the names of what it made. */
export const makes = /** @type {Record<string, string>} */ ({
  createToken: 'token', createNode: 'nodeMade', createRole: 'role', inviteUser: 'invited', createConnection: 'connectionMade', createKey: 'key', createTenant: 'tenantMade',
});

const draft = (/** @type {Record<string, string>} */ { entityId, certificate }) =>
  ({ idp_name: 'x', idp_entity_id: entityId, sso_url: 'https://idp.test/sso', sso_binding: 'post', certificates: [certificate] });

/** @param {string} method @param {(ids: Record<string, string>) => string} path @param {(ids: Record<string, string>) => unknown} [body] @returns {Make} */
const of = (method, path, body) => (ids) => ({ method, path: path(ids), body: body?.(ids) });
/** @param {Make} make @returns {Make} */
const byOperator = (make) => (ids) => ({ ...make(ids), by: 'operator' });

/** A PNG of one pixel. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** By operationId. A new operation has to be given one here. @type {Record<string, Make>} */
export const good = {
  getMe: of('GET', () => '/me'),
  getTenant: of('GET', () => '/tenant'),
  updateTenant: of('PATCH', () => '/tenant', () => ({ group_privileges: true })),
  putLogo: of('PUT', () => '/tenant/logo', () => ({ png: PIXEL })),
  deleteLogo: of('DELETE', () => '/tenant/logo'),
  putExtensionLink: of('PUT', () => '/tenant/extension-links/chrome', () => ({ url: 'https://chromewebstore.google.com/detail/x' })),
  listExtensionLinks: of('GET', () => '/tenant/extension-links'),
  deleteExtensionLink: of('DELETE', () => '/tenant/extension-links/chrome'),
  putMail: of('PUT', () => '/tenant/mail', () => ({ provider: 'http', from: 'keyward@acme.test', url: 'https://mail.example.com/send', secret: 'a-secret-of-theirs' })),
  getMail: of('GET', () => '/tenant/mail'),
  listMail: of('GET', () => '/tenant/mail/messages'),
  deleteMail: of('DELETE', () => '/tenant/mail'),
  createNode: of('POST', () => '/nodes', ({ node }) => ({ parent: node, name: 'Made' })),
  listNodes: of('GET', () => '/nodes'),
  getNode: of('GET', ({ nodeMade }) => `/nodes/${nodeMade}`),
  updateNode: of('PATCH', ({ nodeMade }) => `/nodes/${nodeMade}`, () => ({ name: 'Renamed' })),
  createRole: of('POST', () => '/roles', ({ node }) => ({ node, name: 'Made', policies: { session_idle_minutes: 9 }, privileges: ['view_audit'] })),
  listRoles: of('GET', () => '/roles'),
  getRole: of('GET', ({ role }) => `/roles/${role}`),
  updateRole: of('PATCH', ({ role }) => `/roles/${role}`, () => ({ name: 'Renamed', privileges: ['view_audit', 'manage_users'] })),
  putDefaultRole: of('PUT', ({ node, role }) => `/nodes/${node}/default-roles/${role}`),
  deleteDefaultRole: of('DELETE', ({ node, role }) => `/nodes/${node}/default-roles/${role}`),
  listUsers: of('GET', () => '/users'),
  inviteUser: of('POST', () => '/users', ({ node, email, role }) => ({ email, node, roles: [role] })),
  getUser: of('GET', ({ user }) => `/users/${user}`),
  updateUser: of('PATCH', ({ user, node }) => `/users/${user}`, ({ node }) => ({ node, name: 'Alice' })),
  putUserRole: of('PUT', ({ user, role }) => `/users/${user}/roles/${role}`),
  deleteUserRole: of('DELETE', ({ user, role }) => `/users/${user}/roles/${role}`),
  listUserPolicies: of('GET', ({ user }) => `/users/${user}/policies`),
  listUserDevices: of('GET', ({ user }) => `/users/${user}/devices`),
  blockUserDevice: of('POST', ({ user, device }) => `/users/${user}/devices/${device}/block`),
  listUserIdentities: of('GET', ({ user }) => `/users/${user}/identities`),
  rePointIdentity: of('PUT', ({ user, connection }) => `/users/${user}/identities/${connection}`, () => ({ name_id: { value: 'another' } })),
  offerClaim: of('POST', ({ invited }) => `/users/${invited}/claims`, ({ connection }) => ({ connection })),
  offerOutsideSignIn: of('POST', ({ outsider }) => `/users/${outsider}/outside-sign-in`),
  removeOutsideSignIn: of('DELETE', ({ outsider }) => `/users/${outsider}/outside-sign-in`),
  listUserSessions: of('GET', ({ user }) => `/users/${user}/sessions`),
  endUserSession: of('DELETE', ({ user, session }) => `/users/${user}/sessions/${session}`),
  resetTwoFactor: of('DELETE', ({ user }) => `/users/${user}/two-factor`),
  endUserSessions: of('POST', ({ user }) => `/users/${user}/end-sessions`),
  claimDomain: of('POST', () => '/domains', ({ domainMade }) => ({ name: domainMade })),
  listDomains: of('GET', () => '/domains'),
  getDomain: of('GET', ({ domain }) => `/domains/${domain}`),
  updateDomain: of('PATCH', ({ domain }) => `/domains/${domain}`, ({ connection }) => ({ connection })),
  checkDomain: of('POST', ({ domainMade }) => `/domains/${domainMade}/check`),
  releaseDomain: of('DELETE', ({ domainMade }) => `/domains/${domainMade}`),
  createConnection: of('POST', () => '/connections', ({ node }) => ({ node })),
  listConnections: of('GET', () => '/connections'),
  getConnection: of('GET', ({ connection }) => `/connections/${connection}`),
  updateConnection: of('PATCH', ({ connection }) => `/connections/${connection}`, () => ({ idp_initiated: true, idp_initiated_paths: ['/vault'] })),
  createKey: of('POST', ({ connection }) => `/connections/${connection}/keys`, () => ({ purpose: 'sign' })),
  listKeys: of('GET', ({ connection }) => `/connections/${connection}/keys`),
  getKey: of('GET', ({ connection, key }) => `/connections/${connection}/keys/${key}`),
  listMessages: of('GET', ({ connection }) => `/connections/${connection}/messages`),
  readMessage: of('POST', ({ connection, message }) => `/connections/${connection}/messages/${message}/read`),
  putGroups: of('PUT', ({ connection }) => `/connections/${connection}/groups`, ({ role }) => ({ groups: [{ group: 'Staff', role }] })),
  putMetadataUrl: of('PUT', ({ connection }) => `/connections/${connection}/metadata-url`, () => ({ url: 'https://idp.example.com/metadata' })),
  putDraft: of('PUT', ({ connection }) => `/connections/${connection}/draft`, draft),
  activateConnection: of('POST', ({ connection }) => `/connections/${connection}/activate`),
  rollBackConnection: of('POST', ({ connection }) => `/connections/${connection}/roll-back`),
  getSetUp: of('GET', ({ connection }) => `/connections/${connection}/set-up`),
  draftFromProvider: of('POST', ({ connection }) => `/connections/${connection}/draft/provider`, ({ metadata }) => ({ provider: 'generic', metadata })),
  listProviders: of('GET', () => '/identity-providers'),
  listFixes: of('GET', () => '/fixes'),
  listPolicies: of('GET', () => '/policies'),
  getApprovals: of('GET', () => '/approvals'),
  getHealth: of('GET', () => '/health'),
  readMetadata: of('POST', ({ connection }) => `/connections/${connection}/draft/metadata`, ({ metadata }) => ({ idp_name: 'x', metadata })),
  migrateConnection: of('POST', ({ connection }) => `/connections/${connection}/migrate`),
  useKey: of('POST', ({ connection, key }) => `/connections/${connection}/keys/${key}/use`, () => ({ known: true })),
  removeKey: of('DELETE', ({ connection, oldKey }) => `/connections/${connection}/keys/${oldKey}`),
  endConnectionSessions: of('POST', ({ connection }) => `/connections/${connection}/end-sessions`),
  disableConnection: of('POST', ({ connection }) => `/connections/${connection}/disable`),
  endTenantSessions: of('POST', () => '/tenant/end-sessions'),
  createToken: of('POST', () => '/tokens', ({ node }) => ({ name: 'Made', node, privileges: ['view_audit'], expires_at: tomorrow() })),
  listTokens: of('GET', () => '/tokens'),
  getToken: of('GET', ({ token }) => `/tokens/${token}`),
  revokeToken: of('DELETE', ({ token }) => `/tokens/${token}`),
  listEvents: of('GET', () => '/audit-events'),
  deleteUser: of('DELETE', ({ other }) => `/users/${other}`),
  deleteRole: of('DELETE', ({ role }) => `/roles/${role}`),
  deleteNode: of('DELETE', ({ nodeMade }) => `/nodes/${nodeMade}`),
  createTenant: byOperator(of('POST', () => '/operator/tenants', () => ({ name: 'Made', seats: 5 }))),
  listTenants: byOperator(of('GET', () => '/operator/tenants')),
  getTenantById: byOperator(of('GET', ({ tenantMade }) => `/operator/tenants/${tenantMade}`)),
  limitTenant: byOperator(of('PATCH', ({ tenantMade }) => `/operator/tenants/${tenantMade}`, () => ({ seats: 6, status: 'suspended' }))),
  createSetUpToken: byOperator(of('POST', ({ tenantMade }) => `/operator/tenants/${tenantMade}/set-up-token`)),
  rewrapKeys: byOperator(of('POST', () => '/operator/rewrap', () => ({}))),
  deleteTenant: byOperator(of('DELETE', ({ tenantMade }) => `/operator/tenants/${tenantMade}`)),
};

/** For a person only, in their browser: trials.test.mjs and mail.test.mjs do them, and schemathesis.test.mjs in somebody's session. @type {Record<string, Make>} */
export const personal = {
  beginTrial: of('POST', ({ connection }) => `/connections/${connection}/trials`),
  getTrial: of('GET', ({ connection, trial }) => `/connections/${connection}/trials/${trial}`),
  testMail: of('POST', () => '/tenant/mail/test'),
};

/**
 * Whether an operation, as it is above, takes a sign-in of the last minutes of who does it in person: what gives others power, takes
 * somebody's account, or takes away what protects. What only ends or blocks goes without, for who has to act at once.
 * @type {Record<string, boolean>}
 */
export const takesFresh = {
  updateTenant: true, endTenantSessions: true, putLogo: false, deleteLogo: false, putExtensionLink: true, deleteExtensionLink: false, putMail: true, deleteMail: true, testMail: false,
  createNode: false, updateNode: false, deleteNode: false, putDefaultRole: true, deleteDefaultRole: true, createRole: false, updateRole: true, deleteRole: true,
  inviteUser: true, updateUser: false, deleteUser: true, endUserSessions: false, endUserSession: false, resetTwoFactor: true, offerOutsideSignIn: true, removeOutsideSignIn: true,
  offerClaim: false, rePointIdentity: true, blockUserDevice: false, putUserRole: true, deleteUserRole: true,
  claimDomain: false, updateDomain: true, checkDomain: false, releaseDomain: true,
  createConnection: false, updateConnection: true, putDraft: false, readMetadata: false, draftFromProvider: false, putMetadataUrl: true, putGroups: true, activateConnection: true, migrateConnection: true,
  rollBackConnection: true, disableConnection: false, endConnectionSessions: false, createKey: false, useKey: true, removeKey: true, readMessage: false, beginTrial: false,
  createToken: true, revokeToken: false,
};

/** What each operation that changes something writes down, beside what it writes always. @type {Record<string, string[]>} */
export const writesDown = {
  updateTenant: ['tenant_changed'], putLogo: ['tenant_changed'], deleteLogo: ['tenant_changed'], putMail: ['tenant_changed'], deleteMail: ['tenant_changed'], putExtensionLink: ['tenant_changed'], deleteExtensionLink: ['tenant_changed'], resetTwoFactor: ['set_two_factor_off'], createNode: ['node_created'], updateNode: ['node_changed'], deleteNode: ['node_deleted'], putDefaultRole: ['node_changed'], deleteDefaultRole: ['node_changed'],
  createRole: ['role_created'], updateRole: ['role_enforcement_changed'], deleteRole: ['role_deleted'], inviteUser: ['create_user', 'added_to_role'], updateUser: ['user_changed', 'user_changed'],
  putUserRole: ['added_to_role'], deleteUserRole: ['removed_from_role'], rePointIdentity: ['user_changed'], offerClaim: ['account_claim_offered'], offerOutsideSignIn: ['user_changed'], removeOutsideSignIn: ['outside_sign_in_removed'], endUserSession: ['logout'], blockUserDevice: ['device_denied'], endUserSessions: ['logout'],
  deleteUser: ['delete_user'], claimDomain: ['domain_claimed'], updateDomain: ['domain_changed'], releaseDomain: ['domain_lost'], createConnection: ['sso_updated'], updateConnection: ['sso_updated'],
  createKey: ['sso_updated'], useKey: ['sso_updated'], removeKey: ['sso_updated'], readMessage: ['saml_message_read'], putGroups: ['sso_updated'], putMetadataUrl: ['sso_updated'], putDraft: ['sso_updated'],
  readMetadata: ['sso_updated'], activateConnection: ['connection_activated'], rollBackConnection: ['connection_activated'], draftFromProvider: ['sso_updated'], migrateConnection: ['connection_activated', 'connection_migrated'], endConnectionSessions: ['logout'],
  disableConnection: ['connection_disabled'], endTenantSessions: ['logout'], createToken: ['token_created'], revokeToken: ['token_revoked'],
  createTenant: ['tenant_changed'], limitTenant: ['tenant_changed'], createSetUpToken: ['token_created'], deleteTenant: ['tenant_changed'],
  // It asks for something that cron does and writes down.
  checkDomain: [],
};
