// @ts-check
// What an IdP says at every sign-in is applied at every sign-in: groups, and the attribute that is pinned.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { words } from './support/visitor.mjs';
import { assertRefused, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation({ groupsAttribute: 'groups', groupRoles: { Ops: 'Operator', Night: 'Operator', Audit: 'Auditor', Staff: 'Member' } });
});
after(() => world?.stop());

/** Somebody's browser with an answer in hand. @param {import('./support/world.mjs').Organisation} organisation @param {string} name @param {Record<string, string[]>} attributes */
async function arriving(organisation, name, attributes) {
  const visitor = world.visitor();
  const { id } = await visitor.begin(organisation.ssoName);
  const response = organisation.mint(organisation.person(name), id, { attributes });
  return { visitor, act: () => visitor.answer(organisation.acsUrl, response) };
}

/** @param {string} name @param {Record<string, string[]>} attributes @returns {Promise<string[]>} the roles, with why */
async function rolesAfter(name, attributes) {
  const { visitor, act } = await arriving(acme, name, attributes);
  const answer = await act();
  assert.equal(answer.status, 303, words(answer.body));
  const roles = await world.query('SELECT r.name, ur.source FROM user u JOIN user_role ur ON ur.tenant = u.tenant AND ur.user = u.id JOIN role r ON r.tenant = ur.tenant AND r.id = ur.role WHERE u.tenant = ? AND u.email = ? ORDER BY r.name', acme.tenant, acme.person(name).email);
  const page = words((await visitor.get('/vault')).body);
  for (const { name: role } of roles) assert.ok(page.includes(role), `${role} in: ${page}`);
  return roles.map(({ name: role, source }) => `${role} (${source})`);
}

/** @param {string} event */
const events = async (event) => (await world.query('SELECT count(*) AS n FROM audit_event WHERE tenant = ? AND event = ?', acme.tenant, event))[0].n;

test('groups give roles at the first sign-in, and what the map does not know gives nothing', async () => {
  assert.deepEqual(await rolesAfter('alice', { groups: ['Ops', 'Everybody', 'ops', 'Night'] }), ['Member (default)', 'Operator (group)']);
  assert.deepEqual(await rolesAfter('bob', {}), ['Member (default)']);
  assert.deepEqual(await rolesAfter('carol', { roles: ['Ops'] }), ['Member (default)'], 'only the attribute that was named');
});

test('a change at the IdP is applied at the next sign-in, and written down', async () => {
  await rolesAfter('dave', { groups: ['Ops'] });
  const [given, taken] = [await events('added_to_role'), await events('removed_from_role')];
  assert.deepEqual(await rolesAfter('dave', { groups: ['Ops'] }), ['Member (default)', 'Operator (group)']);
  assert.deepEqual([await events('added_to_role'), await events('removed_from_role')], [given, taken], 'no change, no entry');
  assert.deepEqual(await rolesAfter('dave', { groups: ['Audit', 'Staff'] }), ['Auditor (group)', 'Member (default)']);
  assert.deepEqual([await events('added_to_role'), await events('removed_from_role')], [given + 1, taken + 1]);
  assert.deepEqual(await rolesAfter('dave', {}), ['Member (default)'], 'an IdP leaves the attribute out for whom is in no group');
});

test('what an admin gave is not taken by a group', async () => {
  await rolesAfter('erin', { groups: ['Audit'] });
  await world.query("UPDATE user_role SET source = 'direct' WHERE tenant = ? AND source = 'group'", acme.tenant);
  assert.deepEqual(await rolesAfter('erin', { groups: ['Audit'] }), ['Auditor (direct)', 'Member (default)']);
  assert.deepEqual(await rolesAfter('erin', {}), ['Auditor (direct)', 'Member (default)']);
});

test('a change of the map is applied at the next sign-in', async () => {
  assert.deepEqual(await rolesAfter('frank', { groups: ['Ops'] }), ['Member (default)', 'Operator (group)']);
  await world.query("DELETE FROM connection_group_role WHERE tenant = ? AND value IN ('Ops', 'Night')", acme.tenant);
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', acme.id);
  assert.deepEqual(await rolesAfter('frank', { groups: ['Ops', 'Night'] }), ['Member (default)']);
});

test('another organisation’s map gives nothing here', async () => {
  const other = await world.organisation({ groupsAttribute: 'groups', groupRoles: { Secret: 'Keeper' } });
  assert.deepEqual(await rolesAfter('gina', { groups: ['Secret'] }), ['Member (default)']);
  const { act } = await arriving(other, 'gina', { groups: ['Secret'] });
  assert.equal((await act()).status, 303);
  assert.equal((await world.query("SELECT count(*) AS n FROM user_role WHERE tenant = ? AND source = 'group'", other.tenant))[0].n, 1);
});

test('an attribute that is pinned later is pinned at the next sign-in, and a name that was given to somebody else is refused from then on', async () => {
  const organisation = await world.organisation();
  const signIn = async (/** @type {Record<string, string[]>} */ attributes) => (await arriving(organisation, 'alice', attributes)).act();
  assert.equal((await signIn({ oid: ['7'] })).status, 303);
  const pinned = async () => (await world.query('SELECT pinned FROM identity WHERE tenant = ?', organisation.tenant))[0].pinned;
  assert.equal(await pinned(), null);
  await world.query("UPDATE connection_configuration SET pinned_attribute = 'oid' WHERE connection = ?", organisation.id);
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
  assert.equal((await signIn({ oid: ['7'] })).status, 303);
  assert.equal(await pinned(), '7');
  const { act } = await arriving(organisation, 'alice', { oid: ['8'] });
  await assertRefused(world, act, { code: 'identity-changed', tenant: organisation.tenant });
  assert.equal((await signIn({ oid: ['7'] })).status, 303);
});

test('whoever migrates is judged by the roles that their account has', async () => {
  const organisation = await world.organisation({ groupsAttribute: 'groups', groupRoles: { Ops: 'Operator' } });
  const signIn = async (/** @type {Record<string, string[]>} */ attributes) => (await arriving(organisation, 'oscar', attributes)).act();
  assert.equal((await signIn({ groups: ['Ops'] })).status, 303);
  const roles = () => world.query('SELECT r.name, ur.source FROM user_role ur JOIN role r ON r.tenant = ur.tenant AND r.id = ur.role WHERE ur.tenant = ? ORDER BY r.name', organisation.tenant);
  const before = await roles();
  assert.deepEqual(before.map(({ name }) => name), ['Member', 'Operator']);
  // As a migration leaves it: the account waits for whoever has its address.
  const migrate = () => world.query(`UPDATE identity SET subject = '["migrated","x"]', migrates_until = 9e15 WHERE tenant = ?`, organisation.tenant);
  await migrate();
  assert.equal((await signIn({ groups: ['Ops'] })).status, 303, 'a role that the account has is no conflict');
  assert.deepEqual(await roles(), before);
  await migrate();
  await world.query(`UPDATE role SET policies = '{"ip_allow_list":["203.0.113.0/24"]}' WHERE tenant = ? AND name = 'Operator'`, organisation.tenant);
  await world.query("UPDATE user_role SET source = 'direct' WHERE tenant = ? AND source = 'group'", organisation.tenant);
  const { act } = await arriving(organisation, 'oscar', {});
  await assertRefused(world, act, { code: 'address-not-allowed', event: 'login_failed_ip_allow_list', tenant: organisation.tenant });
});
