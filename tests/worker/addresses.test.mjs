// @ts-check
// ip_allow_list: from where people sign in, stay signed in, and use the API; and that nobody shuts themselves out by it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, newSecret, tomorrow } from './support/api.mjs';
import { reference, signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
});
after(() => world?.stop());

const [office, home] = ['203.0.113.9', '198.51.100.9'];

/** A visitor whose requests come from there. @param {string} address @param {import('./support/visitor.mjs').Visitor} [visitor] */
function from(address, visitor = world.visitor()) {
  const send = Object.getPrototypeOf(visitor).send;
  visitor.send = (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('cf-connecting-ip', address);
    return send.call(visitor, path, { ...init, headers });
  };
  return visitor;
}

/** An organisation whose members come from the office only. */
async function guarded() {
  const organisation = await world.organisation();
  await world.query(`UPDATE role SET policies = '{"ip_allow_list":["203.0.113.0/24"]}' WHERE tenant = ?`, organisation.tenant);
  const { set_up_token } = await client(world.origin, secret).must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  return { organisation, root: client(world.origin, set_up_token) };
}

test('who comes from elsewhere is not signed in, new or known, and the log says why', async () => {
  const { organisation } = await guarded();
  const alice = organisation.person('alice');
  const arrive = async (/** @type {string} */ address) => {
    const visitor = from(address);
    const { id } = await visitor.begin(alice.email);
    return { visitor, answer: await visitor.answer(organisation.acsUrl, organisation.mint(alice, id)) };
  };
  for (const accounts of [0, 1]) {
    const { answer } = await arrive(home);
    assert.equal(answer.status, 403);
    assert.match(answer.body, /<h1>You cannot sign in from this network<\/h1>/);
    const [event] = await world.query('SELECT * FROM audit_event WHERE reference = ?', reference(answer.body));
    assert.deepEqual([event.event, event.code, event.tenant, event.ip], ['login_failed_ip_allow_list', 'address-not-allowed', organisation.tenant, home]);
    assert.equal((await world.query('SELECT count(*) AS n FROM user WHERE tenant = ?', organisation.tenant))[0].n, accounts);
    assert.equal((await arrive(office)).answer.status, 303);
  }
});

test('a session is of no use elsewhere, and a stricter list counts at the next request', async () => {
  const { organisation } = await guarded();
  const { visitor } = await signIn(world, organisation, organisation.person('alice'), from(office));
  for (const path of ['/vault', '/vault/activity', '/vault/items']) {
    assert.equal((await from(office, visitor).get(path)).status, 200, path);
    const cookies = new Map(visitor.cookies);
    const answer = await from(home, visitor).get(path);
    assert.equal(answer.status, 303, path);
    assert.equal(answer.location, `/?to=${path}`);
    for (const [name, value] of cookies) visitor.cookies.set(name, value);
  }
  const cookies = new Map(visitor.cookies);
  assert.equal((await from(home, visitor).get('/api/v1/me')).status, 401);
  assert.equal((await from(office, visitor).get('/api/v1/me')).status, 200);
  await world.query(`UPDATE role SET policies = '{"ip_allow_list":["203.0.113.128/25"]}' WHERE tenant = ?`, organisation.tenant);
  for (const [name, value] of cookies) visitor.cookies.set(name, value);
  assert.equal((await from(office, visitor).get('/vault')).status, 303);
});

test('a token acts for its person from where they may be', async () => {
  const { organisation } = await guarded();
  const { visitor } = await signIn(world, organisation, organisation.person('alice'), from(office));
  await world.query(`UPDATE role SET privileges = '["view_audit"]' WHERE tenant = ?`, organisation.tenant);
  const [{ node }] = await world.query('SELECT node FROM role WHERE tenant = ?', organisation.tenant);
  const made = await visitor.send('/api/v1/tokens', {
    method: 'POST', body: JSON.stringify({ name: 'Export', node, privileges: ['view_audit'], expires_at: tomorrow() }),
    headers: { 'content-type': 'application/json', origin: world.origin, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(made.status, 201, made.body);
  const asked = client(world.origin, JSON.parse(made.body).secret);
  assert.equal((await asked.send('GET', '/audit-events', undefined, { 'cf-connecting-ip': office })).status, 200);
  await asked.refused('address-not-allowed', 'GET', '/audit-events', undefined, { 'cf-connecting-ip': home });
  await asked.refused('address-not-allowed', 'GET', '/audit-events');
});

test('nobody shuts themselves out, and no two lists shut out everybody', async () => {
  const { organisation, root } = await guarded();
  const { visitor } = await signIn(world, organisation, organisation.person('alice'), from(office));
  const [{ id: user }] = await world.query('SELECT id FROM user WHERE tenant = ?', organisation.tenant);
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  const all = ['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit'];
  const admin = await root.must('POST', '/roles', { node, name: 'Admin', privileges: all });
  await root.must('PUT', `/users/${user}/roles/${admin.id}`);
  await signIn(world, organisation, organisation.person('alice'), visitor);
  const change = async (/** @type {object} */ policies, /** @type {string} */ path) => {
    const answer = await visitor.send(`/api/v1${path}`, {
      method: 'PATCH', body: JSON.stringify({ policies }), headers: { 'content-type': 'application/json', origin: world.origin, 'sec-fetch-site': 'same-origin' },
    });
    return [answer.status, JSON.parse(answer.body).code];
  };
  assert.deepEqual(await change({ ip_allow_list: ['10.0.0.0/8'] }, `/roles/${admin.id}`), [409, 'no-way-back']);
  assert.deepEqual(await change({ ip_allow_list: ['203.0.113.0/28'] }, `/roles/${admin.id}`), [200, undefined]);
  // The set-up token is nobody's, but those who have both roles could come from nowhere.
  await root.refused('no-address', 'PATCH', `/roles/${admin.id}`, { policies: { ip_allow_list: ['10.0.0.0/8'] } });
  // Nor is such a role given to oneself.
  const far = await root.must('POST', '/roles', { node, name: 'Far', policies: { ip_allow_list: ['10.0.0.0/8'] } });
  const given = await visitor.send(`/api/v1/users/${user}/roles/${far.id}`, { method: 'PUT', headers: { origin: world.origin, 'sec-fetch-site': 'same-origin' } });
  assert.deepEqual([given.status, JSON.parse(given.body).code], [409, 'no-way-back']);
});
