// @ts-check
// What is dangerous takes a sign-in of the last minutes, and whoever gets more power gets a new session for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../scripts/seed.mjs';
import { client, newSecret, tomorrow } from './support/api.mjs';
import { furnish, good, makes, takesFresh } from './support/operations.mjs';
import { signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
});
after(() => world?.stop());

const all = ['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit'];

/** An organisation whose Alice holds everything, and is signed in. */
async function furnished() {
  const organisation = await world.organisation();
  const { set_up_token } = await client(world.origin, secret).must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  const alice = organisation.person('alice');
  const first = await signIn(world, organisation, alice);
  const { items: [user] } = await root.must('GET', '/users');
  const boss = await root.must('POST', '/roles', { node, name: 'Boss', privileges: all });
  await root.must('PUT', `/users/${user.id}/roles/${boss.id}`);
  assert.equal((await first.visitor.get('/api/v1/me')).status, 401, 'who has more power has a new session');
  const { visitor } = await signIn(world, organisation, alice);
  await signIn(world, organisation, organisation.person('bob'));
  const bob = (await root.must('GET', '/users')).items.find((/** @type {any} */ it) => it.id !== user.id);
  const ask = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body = undefined) => {
    const answer = await visitor.send(`/api/v1${path}`, {
      method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), origin: world.origin, 'sec-fetch-site': 'same-origin' },
    });
    return { status: answer.status, code: answer.body ? JSON.parse(answer.body).code : undefined };
  };
  return { organisation, root, node, alice, boss, bob, visitor, ask };
}

test('each operation that changes something takes a fresh sign-in or does not, as it was decided', async () => {
  const operator = client(world.origin, secret);
  const operations = Object.values((await operator.get('/openapi.json')).body.paths).flatMap((/** @type {any} */ path) => Object.entries(path));
  const changing = operations.filter(([verb, it]) => verb !== 'get' && !it.tags.includes('operator')).map(([, it]) => it.operationId);
  assert.ok(changing.length > 40, `${changing.length} operations that change something`);
  assert.deepEqual(changing.filter((id) => !(id in takesFresh)), [], 'an operation that support/operations.mjs says nothing of');
  const { organisation, root, ids } = await furnish(world, operator);
  [ids.oldKey] = (await root.must('GET', `/connections/${ids.connection}/keys`)).items.filter((/** @type {any} */ it) => it.purpose === 'sign').map((/** @type {any} */ it) => it.id);
  // Somebody who holds everything, by a connection that none of it is about, and signed in a while ago.
  const [carol, elsewhere, apart] = [organisation.person('carol'), newId('c'), newId('n')];
  const { visitor } = await signIn(world, organisation, carol);
  const [{ id: user }] = await world.query('SELECT id FROM user WHERE tenant = ? AND email = ?', organisation.tenant, carol.email);
  const boss = newId('r');
  await world.query("INSERT INTO role (tenant, id, node, name, privileges, created_at) VALUES (?, ?, ?, 'Boss', ?, 0)", organisation.tenant, boss, ids.node, JSON.stringify(all));
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) VALUES (?, ?, ?, 'direct', 0)", organisation.tenant, user, boss);
  await world.query("INSERT INTO node (tenant, id, parent, name, created_at) VALUES (?, ?, ?, 'Apart', 0)", organisation.tenant, apart, ids.node);
  await world.query("INSERT INTO connection (tenant, id, node, status, jit, idp_initiated, idp_initiated_paths, created_at) VALUES (?, ?, ?, 'active', 0, 0, '[]', 0)", organisation.tenant, elsewhere, apart);
  await world.query('UPDATE session SET connection = ?, authenticated_at = authenticated_at - 900001 WHERE tenant = ? AND user = ?', elsewhere, organisation.tenant, user);
  for (const [id, make] of Object.entries(good)) {
    const { method, path, body, by } = make(ids);
    if (by === 'operator') continue;
    const answer = await visitor.send(`/api/v1${path}`, {
      method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), origin: world.origin, 'sec-fetch-site': 'same-origin' },
    });
    /** @type {any} */
    let made = answer.body ? JSON.parse(answer.body) : undefined;
    if (takesFresh[id]) {
      assert.deepEqual([answer.status, made?.code], [403, 'fresh-sign-in-needed'], id);
      made = await root.must(method, path, body);
    } else assert.ok(answer.status < 300, `${id}: ${answer.status} ${answer.body}`);
    if (makes[id]) ids[makes[id]] = made.id;
    if (id === 'endTenantSessions') await world.query('UPDATE session SET created_at = created_at + 60000 WHERE tenant = ? AND user = ?', organisation.tenant, user);
  }
});

test('what gives others power, or takes somebody’s account, takes a fresh sign-in', async () => {
  const { organisation, root, node, boss, bob, ask } = await furnished();
  const plain = await root.must('POST', '/roles', { node, name: 'Plain' });
  const key = await root.must('POST', `/connections/${organisation.id}/keys`, { purpose: 'sign' });
  const draft = { idp_name: 'x', idp_entity_id: organisation.idp.entityId, sso_url: 'http://127.0.0.1:9/x', sso_binding: 'redirect', certificates: [organisation.idp.keys.base64] };
  await root.must('PUT', `/connections/${organisation.id}/draft`, draft);
  /** @type {[string, string, unknown?][]} */
  const dangerous = [
    ['POST', '/tokens', { name: 'x', node, privileges: ['view_audit'], expires_at: tomorrow() }],
    ['PUT', `/users/${bob.id}/roles/${boss.id}`],
    ['POST', '/users', { email: `eve@${organisation.domain}`, node, roles: [boss.id] }],
    ['PATCH', `/roles/${plain.id}`, { policies: { session_max_hours: 2 } }],
    ['PATCH', `/roles/${plain.id}`, { privileges: ['view_audit'] }],
    ['PUT', `/nodes/${node}/default-roles/${boss.id}`],
    ['PATCH', `/domains/${organisation.domain}`, { connection: organisation.id }],
    ['PUT', `/connections/${organisation.id}/groups`, { groups: [] }],
    ['POST', `/connections/${organisation.id}/activate`],
    ['POST', `/connections/${organisation.id}/migrate`],
    ['POST', `/connections/${organisation.id}/keys/${key.id}/use`, { known: true }],
    ['DELETE', `/connections/${organisation.id}/keys/${key.id}`],
    ['PUT', `/users/${bob.id}/identities/${organisation.id}`, { name_id: { value: 'x' } }],
    ['PUT', `/connections/${organisation.id}/metadata-url`, { url: 'https://idp.example.com/metadata' }],
    ['PATCH', '/tenant', { group_privileges: true }],
    ['PATCH', `/users/${bob.id}`, { locked: false }],
    ['DELETE', `/users/${bob.id}`],
  ];
  await root.must('PATCH', `/users/${bob.id}`, { locked: true });
  await world.query('UPDATE session SET authenticated_at = authenticated_at - 900001 WHERE tenant = ?', organisation.tenant);
  const before = await world.snapshot(['session']);
  for (const [method, path, body] of dangerous) assert.deepEqual(await ask(method, path, body), { status: 403, code: 'fresh-sign-in-needed' }, `${method} ${path}`);
  assert.deepEqual(await world.snapshot(['session']), before);
  // What is not goes on.
  assert.equal((await ask('PATCH', `/users/${bob.id}`, { name: 'Bob' })).status, 200);
  for (const method of ['PUT', 'DELETE']) assert.equal((await ask(method, `/users/${bob.id}/roles/${plain.id}`)).status, 204, 'it asks nothing of anybody');
  await world.query('UPDATE session SET authenticated_at = authenticated_at + 900001 WHERE tenant = ?', organisation.tenant);
  for (const [method, path, body] of dangerous.filter(([, path]) => !/migrate|keys/.test(path))) assert.ok((await ask(method, path, body)).status < 300, `${method} ${path}`);
});

test('it is the provider’s word that counts: when the person signed in there, not when they came back', async () => {
  const { organisation, node, alice } = await furnished();
  const visitor = world.visitor();
  const { id } = await visitor.begin(alice.email);
  const old = Date.now() - 3_600_000;
  const answer = await visitor.answer(organisation.acsUrl, organisation.mint(alice, id, { authnInstant: old }));
  assert.equal(answer.status, 303);
  const made = await visitor.send('/api/v1/tokens', {
    method: 'POST', body: JSON.stringify({ name: 'x', node, privileges: ['view_audit'], expires_at: tomorrow() }),
    headers: { 'content-type': 'application/json', origin: world.origin, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(JSON.parse(made.body).code, 'fresh-sign-in-needed');
  // The way there asks the provider for one.
  const again = await visitor.get(`/saml/${organisation.id}/start?fresh=yes`);
  const { inflateRawSync } = await import('node:zlib');
  const xml = inflateRawSync(Buffer.from(new URL(again.location ?? '').searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  assert.match(xml, / ForceAuthn="true"/);
});

test('a role that carries more ends the sessions of all who have it', async () => {
  const { organisation, root, node } = await furnished();
  const plain = await root.must('POST', '/roles', { node, name: 'Plain', privileges: ['view_audit'] });
  const people = (await root.must('GET', '/users')).items;
  const bob = organisation.person('bob');
  const { visitor } = await signIn(world, organisation, bob);
  const user = people.find((/** @type {any} */ it) => it.email === bob.email);
  await root.must('PUT', `/users/${user.id}/roles/${plain.id}`);
  assert.equal((await visitor.get('/vault')).status, 303);
  const again = await signIn(world, organisation, bob);
  await root.must('PATCH', `/roles/${plain.id}`, { name: 'Renamed', policies: { session_idle_minutes: 20 } });
  await root.must('PATCH', `/roles/${plain.id}`, { privileges: [] });
  assert.equal((await again.visitor.get('/vault')).status, 200, 'less power, or none, ends nothing');
  await root.must('PATCH', `/roles/${plain.id}`, { privileges: ['view_audit', 'manage_users'] });
  assert.equal((await again.visitor.get('/vault')).status, 303);
});
