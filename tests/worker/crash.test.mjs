// @ts-check
// A batch that fails at any of its statements leaves nothing, and the next try completes it. Failures are planted by
// triggers that abort; which ones are needed is read off what a good run writes.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { logoutRequest, logoutResponse } from './support/logout.mjs';
import { signXml } from './support/mint.mjs';
import { decodeHtml, readRequest } from './support/visitor.mjs';
import { reference, signIn, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

/** @typedef {import('./support/world.mjs').Organisation} Organisation @typedef {import('./support/visitor.mjs').Answer} Answer */
/** @typedef {{ organisation: Organisation, act: () => Promise<Answer>, ready?: () => Promise<unknown> }} Scene `ready` is done before each try */

const settings = { groupsAttribute: 'groups', groupRoles: { Ops: 'Operator', Audit: 'Auditor' }, idpInitiated: true };
const asking = (/** @type {Answer} */ page) => /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';

/** @param {Organisation} organisation @param {import('./support/mint.mjs').Person} person @param {Record<string, string[]>} attributes */
async function arriving(organisation, person, attributes) {
  const visitor = world.visitor();
  const { id } = await visitor.begin(organisation.ssoName);
  const response = organisation.mint(person, id, { attributes });
  return () => visitor.answer(organisation.acsUrl, response);
}

/** @type {[string, () => Promise<Scene>, string[]][]} what is done, its scene, what of it writes (operation table[.event]) */
const scenes = [
  ['a start', async () => {
    const organisation = await world.organisation();
    return { organisation, act: () => world.visitor().post('/sign-in', { who: organisation.ssoName }) };
  }, ['INSERT pending_login']],
  ['a start that leads nowhere', async () => {
    const organisation = await world.organisation();
    return { organisation, act: () => world.visitor().post('/sign-in', { who: 'a@nowhere.test' }) };
  }, ['INSERT audit_event.login_failure']],
  ['a first sign-in', async () => {
    const organisation = await world.organisation(settings);
    return { organisation, act: await arriving(organisation, organisation.person('alice'), { groups: ['Ops'] }) };
  }, ['INSERT user', 'INSERT user_word', 'UPDATE tenant', 'INSERT identity', 'INSERT user_role.default', 'INSERT user_role.group', 'INSERT consumed_assertion', 'INSERT session', 'INSERT consumed_request', 'UPDATE user', 'INSERT saml_message',
    'INSERT audit_event.create_user', 'INSERT audit_event.added_to_role', 'INSERT audit_event.login']],
  ['the sign-in of somebody who has changed', async () => {
    const organisation = await world.organisation(settings);
    const alice = organisation.person('alice');
    await (await arriving(organisation, alice, { groups: ['Ops'], oid: ['7'] }))();
    await world.query("UPDATE connection_configuration SET pinned_attribute = 'oid' WHERE connection = ?", organisation.id);
    await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
    return { organisation, act: await arriving(organisation, { ...alice, email: `married@${organisation.domain}` }, { groups: ['Audit'], oid: ['7'] }) };
  }, ['UPDATE user', 'DELETE user_word', 'INSERT user_word', 'UPDATE identity', 'INSERT user_role.group', 'DELETE user_role', 'INSERT consumed_assertion', 'INSERT session', 'INSERT consumed_request', 'INSERT saml_message',
    'INSERT audit_event.added_to_role', 'INSERT audit_event.removed_from_role', 'INSERT audit_event.login']],
  ['a response that nobody asked for', async () => {
    const organisation = await world.organisation(settings);
    const [visitor, response] = [world.visitor(), organisation.mint(organisation.person('alice'), null)];
    return { organisation, act: () => visitor.answer(organisation.acsUrl, response) };
  }, ['INSERT user', 'INSERT user_word', 'UPDATE tenant', 'INSERT identity', 'INSERT user_role.default', 'INSERT consumed_assertion', 'INSERT confirmation', 'INSERT saml_message', 'INSERT audit_event.create_user', 'INSERT audit_event.added_to_role']],
  ['its confirmation', async () => {
    const organisation = await world.organisation(settings);
    const visitor = world.visitor();
    const token = asking(await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), null)));
    return { organisation, act: () => visitor.post('/confirm', { token, answer: 'yes' }) };
  }, ['INSERT session', 'INSERT consumed_confirmation', 'UPDATE user', 'INSERT audit_event.login']],
  ['a claim of an invited account', async () => {
    const organisation = await world.organisation();
    const [bytes, alice] = [randomBytes(32), organisation.person('alice')];
    const [{ node }] = await world.query('SELECT node FROM connection WHERE id = ?', organisation.id);
    await world.query("INSERT INTO user (tenant, id, node, status, email, name, created_at) VALUES (?, ?, ?, 'invited', ?, '', 0)", organisation.tenant, `u_${organisation.id}`, node, alice.email);
    await world.query('INSERT INTO claim (tenant, token, user, connection, created_at, expires_at) VALUES (?, ?, ?, ?, 0, 9e15)', organisation.tenant, createHash('sha256').update(bytes).digest('hex'), `u_${organisation.id}`, organisation.id);
    const visitor = world.visitor();
    const page = await visitor.post('/claim', { token: bytes.toString('base64url') });
    const { id } = readRequest(decodeHtml(/href="([^"]*SAMLRequest=[^"]*)"/.exec(page.body)?.[1] ?? ''));
    const response = organisation.mint(alice, id);
    return { organisation, act: () => visitor.answer(organisation.acsUrl, response) };
  }, ['INSERT consumed_claim', 'INSERT identity', 'UPDATE user', 'INSERT user_role.default', 'INSERT consumed_assertion', 'INSERT session', 'INSERT consumed_request', 'INSERT saml_message',
    'INSERT audit_event.account_claimed', 'INSERT audit_event.added_to_role', 'INSERT audit_event.login']],
  ['the first sign-in after a connection was migrated', async () => {
    const organisation = await world.organisation();
    const alice = organisation.person('alice');
    await signIn(world, organisation, alice);
    await world.query('UPDATE identity SET migrates_until = 9e15 WHERE tenant = ?', organisation.tenant);
    return { organisation, act: await arriving(organisation, { ...alice, nameId: 'another' }, {}) };
  }, ['UPDATE identity', 'UPDATE user', 'INSERT consumed_assertion', 'INSERT session', 'INSERT consumed_request', 'INSERT saml_message', 'INSERT audit_event.account_claimed', 'INSERT audit_event.login']],
  ['a refusal', async () => {
    const organisation = await world.organisation();
    return { organisation, act: () => world.visitor().answer(organisation.acsUrl, 'nonsense') };
  }, ['INSERT saml_message', 'INSERT audit_event.login_failure']],
  ['the use of a session', async () => {
    const organisation = await world.organisation();
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    await world.query('UPDATE session SET last_seen_at = last_seen_at - 120000, created_at = created_at - 120000 WHERE tenant = ?', organisation.tenant);
    return { organisation, act: () => visitor.get('/vault') };
  }, ['UPDATE session']],
  ['a sign-out', async () => {
    const organisation = await world.organisation();
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    return { organisation, act: () => visitor.post('/sign-out', {}) };
  }, ['UPDATE session', 'INSERT audit_event.logout']],
  ['a sign-out of which the IdP is told', async () => {
    const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    return { organisation, act: () => visitor.post('/sign-out', {}) };
  }, ['UPDATE session', 'INSERT pending_logout', 'INSERT saml_message', 'INSERT audit_event.logout']],
  ['the IdP’s answer to it', async () => {
    const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    await visitor.post('/sign-out', {});
    const [{ request }] = await world.query('SELECT request FROM pending_logout WHERE tenant = ?', organisation.tenant);
    const response = signXml(logoutResponse(organisation, request), 'LogoutResponse', organisation.idp.keys);
    return { organisation, act: () => visitor.postFrom(new URL(organisation.sp.sloUrl).pathname, { SAMLResponse: Buffer.from(response).toString('base64') }) };
  }, ['INSERT consumed_logout_answer', 'INSERT saml_message']],
  ['a sign-out that the IdP asks for', async () => {
    const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
    const alice = organisation.person('alice');
    await signIn(world, organisation, alice);
    const request = signXml(logoutRequest(organisation, { nameId: alice.nameId }), 'LogoutRequest', organisation.idp.keys);
    return { organisation, act: () => world.visitor().postFrom(new URL(organisation.sp.sloUrl).pathname, { SAMLRequest: Buffer.from(request).toString('base64') }) };
  }, ['UPDATE session', 'INSERT consumed_logout_request', 'INSERT saml_message', 'INSERT audit_event.logout']],
];

/** The trigger that makes it fail. @param {string} write */
function planted(write) {
  const [operation, place] = write.split(' ');
  const [table, kind] = place.split('.');
  const when = kind ? `WHEN new.${table === 'audit_event' ? 'event' : 'source'} = '${kind}'` : '';
  return `CREATE TRIGGER planted BEFORE ${operation} ON ${table} ${when} BEGIN SELECT raise(ABORT, 'planted'); END`;
}

for (const [what, prepare, writes] of scenes) {
  test(`${what} that fails at any statement leaves nothing, and the next try completes it`, async () => {
    const { act } = await prepare();
    const before = await world.snapshot();
    for (const write of writes) {
      await world.query(planted(write));
      const answer = await act();
      await world.query('DROP TRIGGER planted');
      assert.equal(answer.status, 500, write);
      assert.ok(reference(answer.body), write);
      assert.ok(!answer.headers.getSetCookie().some((line) => line.startsWith('__Host-keyward-session=') && !line.includes('Max-Age=0')), write);
      assert.deepEqual(await world.snapshot(), before, `${write} left something`);
    }
    const answer = await act();
    assert.ok(answer.status < 500, `${answer.status}`);
    // Nothing was written that no failure was planted in.
    const after = await world.snapshot();
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]).sort();
    assert.deepEqual(changed, [...new Set(writes.map((write) => write.split(/[ .]/)[1]))].sort());
  });
}
