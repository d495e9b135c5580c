// @ts-check
// The API of admins: who may ask, what it takes, how it says no; and that nobody gives what they do not hold.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { root } from '../../scripts/lib/run.mjs';
import { client, newSecret, newTenant, tomorrow } from './support/api.mjs';
import { signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/api.mjs').Client} */
let operator;
/** @type {Awaited<ReturnType<typeof newTenant>>} */
let acme;

before(async () => {
  world = await startWorld({ workers: 2, bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
  operator = client(world.origin, secret);
  acme = await newTenant(world.origin, operator);
});
after(() => world?.stop());

/** @param {string[]} privileges @param {{ node?: string, read_only?: boolean }} [more] */
async function token(privileges, { node = acme.node, read_only } = {}) {
  const made = await acme.root.must('POST', '/tokens', { name: 'Test', node, privileges, read_only, expires_at: tomorrow() });
  return { id: made.id, ...client(world.origin, made.secret) };
}

const events = async () => (await world.query("SELECT event FROM audit_event WHERE tenant = ? ORDER BY time, id", acme.id)).map(({ event }) => event);

test('who asks without a token that counts is nobody', async () => {
  const made = await acme.root.must('POST', '/tokens', { name: 'Over', node: acme.node, privileges: ['view_audit'], expires_at: tomorrow() });
  const over = client(world.origin, made.secret);
  await over.must('GET', '/me');
  for (const [who, change] of /** @type {[import('./support/api.mjs').Client, string?][]} */ ([
    [client(world.origin, null)],
    [client(world.origin, newSecret())],
    [client(world.origin, 'nonsense')],
    [client(world.origin, secret)],
    [over, 'UPDATE api_token SET expires_at = created_at + 1 WHERE id = ?'],
    [over, 'UPDATE api_token SET expires_at = created_at + 999999999, revoked_at = 5 WHERE id = ?'],
  ])) {
    if (change) await world.query(change, made.id);
    const { headers } = await who.refused('unauthenticated', 'GET', '/me');
    assert.equal(headers.get('www-authenticate'), 'Bearer');
    assert.equal(headers.get('cache-control'), 'no-store');
  }
  await acme.root.refused('unauthenticated', 'GET', '/operator/tenants');
});

test('a secret is shown once and kept as its hash', async () => {
  const { id } = await token(['view_audit']);
  const shown = await acme.root.must('GET', `/tokens/${id}`);
  assert.ok(!('secret' in shown));
  const [row] = await world.query('SELECT * FROM api_token WHERE id = ?', id);
  assert.match(row.hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(Object.keys(row).filter((name) => /secret/.test(name)), []);
});

test('what a request says wrong is told, and nothing is written', async () => {
  const before = await world.snapshot();
  for (const [code, method, path, body, headers] of /** @type {[string, string, string, unknown?, Record<string, string>?][]} */ ([
    ['not-found', 'GET', '/nowhere'],
    ['method', 'PUT', '/me'],
    ['body-invalid', 'POST', '/nodes', '{'],
    ['body-invalid', 'POST', '/nodes', ''],
    ['body-invalid', 'POST', '/nodes', { parent: acme.node }],
    ['body-invalid', 'POST', '/nodes', { parent: acme.node, name: 'x', surprise: 1 }],
    ['body-invalid', 'POST', '/nodes', { parent: acme.node, name: '' }],
    ['body-invalid', 'POST', '/nodes', { parent: acme.node, name: 'a\u0000b' }],
    ['body-invalid', 'POST', '/users', { node: acme.node, email: 'not an address' }],
    ['body-invalid', 'POST', '/roles', { node: acme.node, name: 'x', privileges: ['manage_everything'] }],
    ['body-invalid', 'POST', '/roles', { node: acme.node, name: 'x', policies: { session_idle_minutes: 0 } }],
    ['no-address', 'POST', '/roles', { node: acme.node, name: 'x', policies: { ip_allow_list: [] } }],
    ['content-type', 'POST', '/nodes', '{}', { 'content-type': 'text/plain' }],
    ['body-too-large', 'POST', '/nodes', 'x'.repeat(700_000)],
    ['query-invalid', 'GET', '/users?limit=0'],
    ['query-invalid', 'GET', '/users?limit=101'],
    ['query-invalid', 'GET', '/audit-events?since=yesterday'],
    ['query-invalid', 'GET', '/audit-events?after=x'],
    ['idempotency-key-invalid', 'POST', '/nodes', { parent: acme.node, name: 'x' }, { 'idempotency-key': 'a b' }],
    ['reference-unknown', 'POST', '/nodes', { parent: 'n_nowhere', name: 'x' }],
    ['domain-public-mail', 'POST', '/domains', { name: 'gmail.com' }],
    ['domain-public-suffix', 'POST', '/domains', { name: 'co.uk' }],
    ['token-expiry', 'POST', '/tokens', { name: 'x', node: acme.node, privileges: ['view_audit'], expires_at: '2020-01-01T00:00:00Z' }],
    ['token-empty', 'POST', '/tokens', { name: 'x', node: acme.node, privileges: [], expires_at: tomorrow() }],
  ])) await acme.root.refused(code, method, path, body, headers);
  assert.deepEqual(await world.snapshot(), before);
});

test('what is there does not allow it, and is told', async () => {
  const node = await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Full' });
  const connection = await acme.root.must('POST', '/connections', { node: node.id });
  await acme.root.must('POST', '/domains', { name: 'later.acme.test' });
  await world.query("INSERT INTO domain (tenant, name, status, created_at) VALUES (?, 'by-hand.acme.test', 'reserved', 0)", acme.id);
  const user = await acme.root.must('POST', '/users', { email: 'invited@acme.test', node: node.id });
  await world.query("UPDATE user SET status = 'active' WHERE id = ?", user.id);
  for (const [code, method, path, body] of /** @type {[string, string, string, unknown?][]} */ ([
    ['node-in-use', 'DELETE', `/nodes/${node.id}`],
    ['connection-without-previous', 'POST', `/connections/${connection.id}/roll-back`],
    ['node-is-root', 'DELETE', `/nodes/${acme.node}`],
    ['domain-not-reserved', 'PATCH', '/domains/later.acme.test', { connection: connection.id }],
    ['domain-without-token', 'POST', '/domains/by-hand.acme.test/check'],
    ['metadata-ambiguous', 'POST', `/connections/${connection.id}/draft/metadata`, { idp_name: 'x', metadata: '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://x.test"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://x.test/"/></md:IDPSSODescriptor></md:EntityDescriptor>' }],
  ])) await acme.root.refused(code, method, path, body);
  // Locked and unlocked, both are written down.
  await acme.root.must('PATCH', `/users/${user.id}`, { locked: true });
  await acme.root.must('PATCH', `/users/${user.id}`, { locked: false });
  for (const event of ['lock_user', 'unlock_user']) assert.ok((await events()).includes(event), event);
});

test('a node begins with what the one above it asks, and is deleted with its marks once nothing else is there', async () => {
  const limits = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Limits', policies: { session_idle_minutes: 20 } });
  const helps = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Helps', privileges: ['view_audit'] });
  const above = await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Above' });
  assert.deepEqual(above.default_roles, []);
  const beside = await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Beside' });
  const elsewhere = await acme.root.must('POST', '/roles', { node: beside.id, name: 'Elsewhere' });
  for (const role of [limits, helps, elsewhere]) await acme.root.must('PUT', `/nodes/${above.id}/default-roles/${role.id}`);
  // Whoever makes it manages people alone: nothing is given by it that lets anybody do something, nor what is of another part of the tree.
  const helper = await token(['manage_users'], { node: above.id });
  const made = await helper.must('POST', '/nodes', { parent: above.id, name: 'Later' });
  assert.deepEqual(made.default_roles, [limits.id]);
  const person = await acme.root.must('POST', '/users', { email: 'later@acme.test', node: made.id });
  await acme.root.must('POST', '/connections', { node: made.id });
  const role = await acme.root.must('POST', '/roles', { node: made.id, name: 'Its own' });
  const below = await acme.root.must('POST', '/nodes', { parent: made.id, name: 'Below it' });
  const { id: used } = await acme.root.must('POST', '/tokens', { name: 'Its own', node: made.id, privileges: ['view_audit'], expires_at: tomorrow() });
  const told = async () => (await acme.root.refused('node-in-use', 'DELETE', `/nodes/${made.id}`)).body.detail;
  assert.equal(await told(), 'At this node there still are nodes below it (delete them first), people (move them to another node), roles (delete them), connections (they stay, and so does their node: disable what is no longer used), tokens of the API (revoke them).');
  await acme.root.must('DELETE', `/nodes/${below.id}`);
  await acme.root.must('DELETE', `/users/${person.id}`);
  await acme.root.must('DELETE', `/roles/${role.id}`);
  await acme.root.must('DELETE', `/tokens/${used}`);
  assert.match(await told(), /^At this node there still are connections \([^)]+\)\.$/);
  await world.query('DELETE FROM connection WHERE tenant = ? AND node = ?', acme.id, made.id);
  await helper.must('DELETE', `/nodes/${made.id}`);
  await acme.root.refused('not-found', 'GET', `/nodes/${made.id}`);
  // Who was deleted there is not let in anew by that.
  assert.deepEqual(await world.query('SELECT node, status FROM user WHERE id = ?', person.id), [{ node: above.id, status: 'deleted' }]);
  assert.deepEqual(await world.query('SELECT 1 FROM api_token WHERE id = ?', used), []);
  await acme.root.refused('email-taken', 'POST', '/users', { email: 'later@acme.test', node: above.id });
});

test('nobody gives, by any way, what they do not hold', async () => {
  const boss = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Boss', privileges: ['manage_users', 'manage_roles', 'manage_connections', 'view_audit'] });
  const plain = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Plain' });
  const below = await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Below' });
  const bob = await acme.root.must('POST', '/users', { email: 'bob@acme.test', node: below.id });
  const chief = await acme.root.must('POST', '/users', { email: 'chief@acme.test', node: below.id, roles: [boss.id] });
  const connection = await acme.root.must('POST', '/connections', { node: below.id });
  const helper = await token(['manage_users', 'manage_roles', 'manage_connections'], { node: below.id });
  const own = await helper.must('POST', '/roles', { node: below.id, name: 'Own', privileges: ['manage_users'] });
  const before = await world.snapshot();
  for (const [code, method, path, body] of /** @type {[string, string, string, unknown?][]} */ ([
    ['grants-more-than-held', 'PUT', `/users/${bob.id}/roles/${boss.id}`],
    ['grants-more-than-held', 'POST', '/users', { email: 'eve@acme.test', node: below.id, roles: [boss.id] }],
    ['grants-more-than-held', 'PUT', `/nodes/${below.id}/default-roles/${boss.id}`],
    ['grants-more-than-held', 'PUT', `/connections/${connection.id}/groups`, { groups: [{ group: 'All', role: boss.id }] }],
    ['grants-more-than-held', 'POST', '/roles', { node: below.id, name: 'More', privileges: ['view_audit'] }],
    ['grants-more-than-held', 'PATCH', `/roles/${own.id}`, { privileges: ['view_audit'] }],
    ['token-makes-tokens', 'POST', '/tokens', { name: 'x', node: below.id, privileges: ['manage_users'], expires_at: tomorrow() }],
    ['not-found', 'PATCH', `/roles/${boss.id}`, { privileges: [] }],
    ['user-outranks', 'PATCH', `/users/${chief.id}`, { name: 'Chief' }],
    ['user-outranks', 'DELETE', `/users/${chief.id}`],
    ['user-outranks', 'DELETE', `/users/${chief.id}/roles/${boss.id}`],
    ['reference-unknown', 'PATCH', `/users/${bob.id}`, { node: acme.node }],
    ['reference-unknown', 'POST', '/users', { email: 'eve@acme.test', node: acme.node }],
    ['root-only', 'PATCH', '/tenant', { group_privileges: true }],
    ['privilege-missing', 'POST', '/domains', { name: 'acme.test' }],
    ['privilege-missing', 'GET', '/audit-events'],
  ])) await helper.refused(code, method, path, body);
  assert.deepEqual(await world.snapshot(), before);
  await helper.must('PUT', `/users/${bob.id}/roles/${plain.id}`);
  await helper.must('PUT', `/users/${bob.id}/roles/${own.id}`);
  // Now the connection reaches what its editor does not hold: by a default role, and then by a user of it.
  await acme.root.must('PUT', `/nodes/${below.id}/default-roles/${boss.id}`);
  await helper.refused('grants-more-than-held', 'PATCH', `/connections/${connection.id}`, { jit: false });
  await acme.root.must('DELETE', `/nodes/${below.id}/default-roles/${boss.id}`);
  await helper.must('PATCH', `/connections/${connection.id}`, { jit: false });
  await world.query("INSERT INTO identity (tenant, connection, subject, user, created_at) VALUES (?, ?, '[\"x\"]', ?, 0)", acme.id, connection.id, chief.id);
  await helper.refused('grants-more-than-held', 'POST', `/connections/${connection.id}/disable`);
  await acme.root.must('POST', `/connections/${connection.id}/disable`);
  // By somebody who has a link to sign in by it, too.
  const next = await acme.root.must('POST', '/connections', { node: below.id });
  await helper.must('PATCH', `/connections/${next.id}`, { jit: false });
  await world.query("INSERT INTO claim (tenant, token, user, connection, created_at, expires_at) VALUES (?, ?, ?, ?, 0, 9e15)", acme.id, 'c'.repeat(64), chief.id, next.id);
  await helper.refused('grants-more-than-held', 'PATCH', `/connections/${next.id}`, { jit: true });
  await world.query('INSERT INTO consumed_claim (tenant, token, consumed_at) VALUES (?, ?, 0)', acme.id, 'c'.repeat(64));
  await helper.must('PATCH', `/connections/${next.id}`, { jit: true });
  // And by what somebody who was invited to another node begins with there, once they sign in by it.
  const apart = await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Apart' });
  const guest = await acme.root.must('POST', '/users', { email: 'guest@acme.test', node: apart.id });
  await acme.root.must('PUT', `/nodes/${apart.id}/default-roles/${boss.id}`);
  await helper.must('PATCH', `/connections/${next.id}`, { jit: false });
  await world.query("INSERT INTO claim (tenant, token, user, connection, created_at, expires_at) VALUES (?, ?, ?, ?, 0, 9e15)", acme.id, 'd'.repeat(64), guest.id, next.id);
  await helper.refused('grants-more-than-held', 'PATCH', `/connections/${next.id}`, { jit: true });
  await acme.root.must('DELETE', `/nodes/${apart.id}/default-roles/${boss.id}`);
  await helper.must('PATCH', `/connections/${next.id}`, { jit: true });
  // What a group asks in the name of the root stays, whoever writes the map below it.
  const base = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Asked of all', policies: { session_idle_minutes: 5 } });
  const lines = [{ group: 'Staff', role: base.id }, { group: 'Ops', role: own.id }];
  await acme.root.must('PUT', `/connections/${next.id}/groups`, { groups: lines });
  await helper.refused('role-elsewhere', 'PUT', `/connections/${next.id}/groups`, { groups: lines.slice(1) });
  assert.equal((await helper.must('PUT', `/connections/${next.id}/groups`, { groups: lines.slice(0, 1) })).groups.length, 1);
  const told = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND connection = ? AND detail LIKE '%lines are gone%'", acme.id, next.id);
  assert.ok(told.length === 1 && told[0].detail.includes(own.id), JSON.stringify(told));
  await acme.root.must('PUT', `/connections/${next.id}/groups`, { groups: [] });
});

test('no lesser admin shapes what a role asks of somebody who holds more', async () => {
  const below = await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Lesser' });
  const all = await acme.root.must('POST', '/roles', { node: acme.node, name: 'All people', privileges: ['manage_users'] });
  const member = await acme.root.must('POST', '/roles', { node: below.id, name: 'Member below' });
  const person = await acme.root.must('POST', '/users', { email: 'above@acme.test', node: below.id, roles: [member.id] });
  const helper = await token(['manage_roles'], { node: below.id });
  const asks = (/** @type {string} */ range) => ({ policies: { ip_allow_list: [range] } });
  await helper.must('PATCH', `/roles/${member.id}`, asks('203.0.113.0/24'));
  await acme.root.must('PUT', `/users/${person.id}/roles/${all.id}`);
  await helper.refused('grants-more-than-held', 'PATCH', `/roles/${member.id}`, asks('203.0.113.7'));
  await helper.refused('grants-more-than-held', 'DELETE', `/roles/${member.id}`);
  await helper.must('PATCH', `/roles/${member.id}`, { name: 'Renamed' });
  // What the root asks is taken away there, not below it.
  const base = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Baseline', policies: { session_idle_minutes: 5 } });
  const carol = await acme.root.must('POST', '/users', { email: 'carol-below@acme.test', node: below.id, roles: [base.id] });
  await acme.root.must('PUT', `/nodes/${below.id}/default-roles/${base.id}`);
  const both = await token(['manage_users', 'manage_roles'], { node: below.id });
  await both.refused('role-elsewhere', 'DELETE', `/users/${carol.id}/roles/${base.id}`);
  await both.refused('role-elsewhere', 'DELETE', `/nodes/${below.id}/default-roles/${base.id}`);
  await acme.root.must('DELETE', `/users/${carol.id}/roles/${base.id}`);
  await acme.root.must('DELETE', `/nodes/${below.id}/default-roles/${base.id}`);
  await acme.root.must('DELETE', `/roles/${member.id}`);
});

test('a change rests on what its client saw', async () => {
  const made = await acme.root.send('POST', '/nodes', { parent: acme.node, name: 'Seen' });
  const [path, etag] = [`/nodes/${made.body.id}`, made.headers.get('etag') ?? ''];
  assert.equal(etag, '"1"');
  assert.equal(made.headers.get('location'), `/api/v1${path}`);
  const renamed = await acme.root.send('PATCH', path, { name: 'Changed' }, { 'if-match': etag });
  assert.deepEqual([renamed.status, renamed.headers.get('etag'), renamed.body.name], [200, '"2"', 'Changed']);
  await acme.root.refused('version-mismatch', 'PATCH', path, { name: 'Lost' }, { 'if-match': etag });
  await acme.root.refused('version-mismatch', 'DELETE', path, undefined, { 'if-match': etag });
  assert.equal((await acme.root.must('GET', path)).name, 'Changed');
  assert.equal((await acme.root.send('DELETE', path, undefined, { 'if-match': '"2"' })).status, 204);
  await acme.root.refused('not-found', 'GET', path);
});

test('a request that is sent again makes nothing again, through two Workers at once', async () => {
  const key = { 'idempotency-key': 'once' };
  const body = { email: 'once@acme.test', node: acme.node };
  const answers = await Promise.all(Array.from({ length: 6 }, (_, at) => client(world.origins[at % 2], acme.token).send('POST', '/users', body, key)));
  assert.deepEqual(answers.map(({ status }) => status), answers.map(() => 201));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.equal((await world.query("SELECT count(*) AS n FROM user WHERE email = 'once@acme.test'"))[0].n, 1);
  await acme.root.refused('idempotency-key-reused', 'POST', '/users', { ...body, name: 'Other' }, key);
  await acme.root.refused('email-taken', 'POST', '/users', body);
  const wanted = { name: 'Once', node: acme.node, privileges: ['view_audit'], expires_at: tomorrow() };
  const [first, again] = [await acme.root.send('POST', '/tokens', wanted, { 'idempotency-key': 't' }), await acme.root.send('POST', '/tokens', wanted, { 'idempotency-key': 't' })];
  assert.equal(first.body.secret.length, 43);
  assert.deepEqual(again.body, { ...first.body, secret: null });
  assert.ok(!JSON.stringify(await world.snapshot()).includes(first.body.secret));
  await world.query('UPDATE idempotency_key SET created_at = 0');
  await world.cron();
  assert.equal((await world.query('SELECT count(*) AS n FROM idempotency_key'))[0].n, 0);
});

test('where others are faster, again and again, nothing is done, and it says to try again', async () => {
  await world.query("CREATE TRIGGER faster BEFORE INSERT ON node BEGIN SELECT raise(ABORT, 'CHECK constraint failed: guard'); END");
  const before = await world.snapshot();
  try {
    const { status } = await acme.root.refused('busy', 'POST', '/nodes', { parent: acme.node, name: 'Late' });
    assert.equal(status, 503);
    assert.deepEqual(await world.snapshot(), before);
  } finally {
    await world.query('DROP TRIGGER faster');
  }
  await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Late' });
});

test('what the operator makes is made once, too', async () => {
  const operator = client(world.origin, secret);
  const key = { 'idempotency-key': 'tenant-once' };
  const body = { name: 'Once', seats: 5 };
  const answers = await Promise.all(Array.from({ length: 6 }, (_, at) => client(world.origins[at % 2], secret).send('POST', '/operator/tenants', body, key)));
  assert.deepEqual(answers.map(({ status }) => status), answers.map(() => 201));
  assert.equal(new Set(answers.map(({ body: made }) => made.id)).size, 1);
  assert.equal(answers.filter(({ body: made }) => made.set_up_token !== null).length, 1, 'a token is shown once');
  assert.equal((await world.query("SELECT count(*) AS n FROM tenant WHERE name = 'Once'"))[0].n, 1);
  await operator.refused('idempotency-key-reused', 'POST', '/operator/tenants', { ...body, seats: 6 }, key);
  await operator.refused('idempotency-key-invalid', 'POST', '/operator/tenants', body, { 'idempotency-key': 'a b' });
  const path = `/operator/tenants/${answers[0].body.id}/set-up-token`;
  const [first, again] = [await operator.send('POST', path, undefined, { 'idempotency-key': 's' }), await operator.send('POST', path, undefined, { 'idempotency-key': 's' })];
  assert.deepEqual([first.body.set_up_token.length, again.body.set_up_token], [43, null]);
  // An actor's key is another one.
  await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Keyed' });
  await world.query('UPDATE operator_key SET created_at = 0');
  await world.cron();
  assert.equal((await world.query('SELECT count(*) AS n FROM operator_key'))[0].n, 0);
});

test('a new set-up secret ends those before it, with the tokens that they made', async () => {
  const { id, root, node } = await newTenant(world.origin, operator);
  const made = client(world.origin, (await root.must('POST', '/tokens', { name: 'Made', node, privileges: ['view_audit'], expires_at: tomorrow() })).secret);
  await made.must('GET', '/me');
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${id}/set-up-token`);
  for (const before of [root, made]) await before.refused('unauthenticated', 'GET', '/me');
  await client(world.origin, set_up_token).must('GET', '/me');
});

test('lists come in pages that miss and repeat nothing', async () => {
  const node = (await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Pages' })).id;
  for (let index = 0; index < 5; index += 1) await acme.root.must('POST', '/roles', { node, name: `Page ${index}` });
  const reader = await token(['manage_roles', 'view_audit'], { node });
  for (const [path, id] of [['/roles?limit=2', 'id'], ['/audit-events?limit=2', 'id']]) {
    const seen = [];
    for (let after = ''; ;) {
      const page = await reader.must('GET', `${path}${after && `&after=${encodeURIComponent(after)}`}`);
      assert.ok(page.items.length <= 2);
      seen.push(...page.items.map((/** @type {any} */ item) => item[id]));
      if (page.next === null) break;
      after = page.next;
    }
    assert.ok(seen.length >= 5);
    assert.equal(new Set(seen).size, seen.length);
  }
  const log = await reader.must('GET', '/audit-events');
  assert.ok(log.items.every((/** @type {any} */ event) => event.node === node), 'only of where one may look');
});

test('people are found by how a word of their name, or their e-mail, begins, where one manages people and nowhere else', async () => {
  const { id: lab } = await acme.root.must('POST', '/nodes', { parent: acme.node, name: 'Found lab' });
  const here = await token(['manage_users'], { node: lab });
  /** @type {[string, string, string][]} */
  const people = [['anne-marie.smith@found.test', 'Anne-Marie Smith', lab], ['b.smithson@found.test', 'Björn Smithson', lab], ['smith_elodie@found.test', 'Élodie', acme.node], ['q@found.test', '%_"[]', lab]];
  for (const [email, name, node] of people) await acme.root.must('POST', '/users', { email, name, node });
  const found = async (/** @type {string} */ text, by = acme.root) => (await by.must('GET', `/users?${new URLSearchParams({ search: text })}`)).items.map((/** @type {any} */ it) => it.email.split('@')[0]).sort();
  for (const [typed, who] of /** @type {[string, string[]][]} */ ([
    ['smith', ['anne-marie.smith', 'b.smithson', 'smith_elodie']], ['SMITHS', ['b.smithson']], ['marie', ['anne-marie.smith']], ['anne-m', ['anne-marie.smith']],
    ['Anne Smith', ['anne-marie.smith']], ['bjö', ['b.smithson']], ['élo', ['smith_elodie']], ['b.smithson@found.test', ['b.smithson']], ['mith', []], ['found.test', []],
    ['%', ['q']], ['"', []], ['%_"', ['q']], ["'; DROP TABLE user", []], ['x'.repeat(300), []],
  ])) assert.deepEqual(await found(typed), who, typed);
  assert.deepEqual(await found('smith', here), ['anne-marie.smith', 'b.smithson']);
  assert.deepEqual(await found('élodie', here), []);
  // By page, with what else is asked.
  const first = await acme.root.must('GET', '/users?search=smith&limit=2');
  const second = await acme.root.must('GET', `/users?search=smith&limit=2&after=${first.next}`);
  assert.deepEqual([first.items.length, second.items.length, second.next], [2, 1, null]);
  assert.deepEqual((await acme.root.must('GET', '/users?search=smith&status=active')).items, []);
  // A name that changes is found as it is now.
  const [{ id }] = first.items.filter((/** @type {any} */ it) => it.email.startsWith('anne')).concat(second.items);
  await acme.root.must('PATCH', `/users/${id}`, { name: 'Renamed Entirely' });
  const { email } = await acme.root.must('GET', `/users/${id}`);
  assert.deepEqual(await found('entire'), [email.split('@')[0]]);
  assert.deepEqual((await world.query('SELECT word FROM user_word WHERE user = ? AND tenant = ?', id, acme.id)).map(({ word }) => word).sort(), (await world.query('SELECT word FROM user_words WHERE user = ? AND tenant = ?', id, acme.id)).map(({ word }) => word).sort());
});

test('a connection that asks for fresh sign-ins says so in every request, and others do not', async () => {
  const org = await world.organisation();
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${org.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const request = async () => {
    const page = await world.visitor().get(`/sso/${org.ssoName}`);
    const [, url] = /href="([^"]*SAMLRequest[^"]*)"/.exec(page.body) ?? assert.fail(page.body);
    return inflateRawSync(Buffer.from(new URL(url.replaceAll('&amp;', '&').replaceAll('&#38;', '&')).searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  };
  assert.doesNotMatch(await request(), /ForceAuthn/);
  assert.equal((await root.must('PATCH', `/connections/${org.id}`, { force_authn: true })).force_authn, true);
  assert.match(await request(), /ForceAuthn="true"/);
  // What else is changed leaves it as it is.
  assert.equal((await root.must('PATCH', `/connections/${org.id}`, { jit: false })).force_authn, true);
  assert.equal((await root.must('PATCH', `/connections/${org.id}`, { force_authn: false })).force_authn, false);
  assert.doesNotMatch(await request(), /ForceAuthn/);
});

test('a token that only reads changes nothing', async () => {
  const reader = await token(['manage_users', 'manage_roles'], { read_only: true });
  assert.ok((await reader.must('GET', '/users')).items.length > 0);
  await reader.refused('token-read-only', 'POST', '/nodes', { parent: acme.node, name: 'x' });
});

test('a person’s session is an actor too, with what their roles carry, from our own pages only', async () => {
  const organisation = await world.organisation();
  const person = organisation.person('admin');
  const { visitor } = await signIn(world, organisation, person);
  const send = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body, /** @type {Record<string, string>} */ headers = { origin: world.origin, 'sec-fetch-site': 'same-origin' }) => {
    const answer = await visitor.send(`/api/v1${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } });
    return { ...answer, json: answer.body ? JSON.parse(answer.body) : undefined };
  };
  const me = await send('GET', '/me', undefined);
  assert.deepEqual([me.status, me.json.tenant, me.json.grants], [200, organisation.tenant, []]);
  assert.equal((await send('GET', '/users', undefined)).json.code, 'privilege-missing');
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  await world.query("INSERT INTO role (tenant, id, node, name, privileges, created_at) VALUES (?, 'r_admins', ?, 'Admins', '[\"manage_users\"]', 0)", organisation.tenant, node);
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) VALUES (?, ?, 'r_admins', 'group', 0)", organisation.tenant, me.json.user);
  assert.deepEqual((await send('GET', '/me', undefined)).json.grants, [], 'groups give privileges only where a root admin said so');
  await world.query('UPDATE tenant SET group_privileges = 1 WHERE id = ?', organisation.tenant);
  assert.equal((await send('GET', '/users', undefined)).json.items.length, 1);
  const wanted = { parent: node, name: 'By session' };
  for (const headers of /** @type {Record<string, string>[]} */ ([{}, { origin: 'https://evil.test' }, { origin: world.origin, 'sec-fetch-site': 'cross-site' }])) {
    assert.equal((await send('POST', '/nodes', wanted, headers)).json.code, 'cross-site');
  }
  assert.equal((await send('POST', '/nodes', wanted)).status, 201);
  assert.equal((await send('PATCH', `/users/${me.json.user}`, { locked: true })).json.code, 'user-is-self');
  // A token of theirs does what they may, for as long as they may.
  const made = await send('POST', '/tokens', { name: 'Mine', node, privileges: ['manage_users'], expires_at: tomorrow() });
  const mine = client(world.origin, made.json.secret);
  assert.equal((await mine.must('GET', '/users')).items.length, 1);
  await world.query("UPDATE role SET privileges = '[]' WHERE tenant = ? AND id = 'r_admins'", organisation.tenant);
  await mine.refused('privilege-missing', 'GET', '/users');
  await world.query("UPDATE user SET status = 'locked' WHERE tenant = ?", organisation.tenant);
  await mine.refused('unauthenticated', 'GET', '/me');
  assert.equal((await send('GET', '/me', undefined)).json.code, 'unauthenticated');
});

test('a lock, an end of sessions and a deletion count at the next request', async () => {
  const organisation = await world.organisation();
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const alice = organisation.person('alice');
  const { visitor } = await signIn(world, organisation, alice);
  const { items: [user] } = await root.must('GET', `/users?email=${encodeURIComponent(alice.email)}`);
  const vault = async () => (await visitor.get('/vault')).status;
  assert.equal(await vault(), 200);
  const sessions = async () => (await root.must('GET', `/users/${user.id}/sessions`)).items;
  // When each ends is what their roles say at that moment: unused, and in any case.
  const minutes = (/** @type {any} */ { created_at, last_seen_at, ends_at, expires_at }) => [(Date.parse(ends_at) - Date.parse(last_seen_at)) / 60_000, (Date.parse(expires_at) - Date.parse(created_at)) / 60_000];
  assert.deepEqual((await sessions()).map(minutes), [[30, 12 * 60]]);
  const short = await root.must('POST', '/roles', { node: user.node, name: 'Short', policies: { session_idle_minutes: 50, session_max_hours: 1, unlock_grace_minutes: 5 } });
  await root.must('PUT', `/users/${user.id}/roles/${short.id}`);
  const [session] = await sessions();
  assert.deepEqual(minutes(session), [55, 60]);
  await world.query('UPDATE session SET created_at = created_at - 59 * 60000, last_seen_at = last_seen_at - 58 * 60000 WHERE user = ?', user.id);
  const [late] = await sessions();
  assert.ok(Date.parse(late.ends_at) < Date.now() && Date.parse(late.expires_at) > Date.now(), 'unused: a passkey alone opens it');
  await world.query('UPDATE session SET created_at = created_at - 2 * 60000 WHERE user = ?', user.id);
  assert.deepEqual(await sessions(), [], 'over, by policy');
  await root.must('DELETE', `/users/${user.id}/roles/${short.id}`);
  await world.query('UPDATE session SET created_at = created_at + 61 * 60000, last_seen_at = last_seen_at + 58 * 60000 WHERE user = ?', user.id);
  assert.equal(await vault(), 200);
  await root.must('DELETE', `/users/${user.id}/sessions/${session.id}`);
  assert.equal(await vault(), 303);
  await root.refused('not-found', 'DELETE', `/users/${user.id}/sessions/${session.id}`);
  await signIn(world, organisation, alice, visitor);
  await root.must('POST', `/users/${user.id}/end-sessions`);
  assert.equal(await vault(), 303);
  await signIn(world, organisation, alice, visitor);
  await root.must('PATCH', `/users/${user.id}`, { locked: true });
  assert.equal(await vault(), 303);
  await root.must('PATCH', `/users/${user.id}`, { locked: false });
  await signIn(world, organisation, alice, visitor);
  await root.must('DELETE', `/users/${user.id}`);
  assert.equal(await vault(), 303);
  assert.equal((await root.must('GET', `/users/${user.id}`)).status, 'deleted');
  await root.refused('not-found', 'PATCH', `/users/${user.id}`, { locked: false });
});

test('what a lock, a disabled connection or a suspended organisation ended is not brought back by its end', async () => {
  const organisation = await world.organisation();
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const alice = organisation.person('alice');
  const user = async () => (await root.must('GET', `/users?email=${encodeURIComponent(alice.email)}`)).items[0].id;
  const connection = `/connections/${organisation.id}`;
  const draft = { idp_name: 'IdP', idp_entity_id: organisation.idp.entityId, sso_url: 'http://127.0.0.1:9/sso', sso_binding: 'redirect', certificates: [organisation.idp.keys.base64] };
  const tenant = (/** @type {string} */ status) => operator.must('PATCH', `/operator/tenants/${organisation.tenant}`, { status });
  const lock = async (/** @type {boolean} */ locked) => root.must('PATCH', `/users/${await user()}`, { locked });
  for (const [what, end, begin] of /** @type {[string, () => Promise<unknown>, () => Promise<unknown>][]} */ ([
    ['a lock', () => lock(true), () => lock(false)],
    ['a disabled connection', () => root.must('POST', `${connection}/disable`), async () => { await root.must('PUT', `${connection}/draft`, draft); await root.must('POST', `${connection}/activate`); }],
    ['a suspended organisation', () => tenant('suspended'), () => tenant('active')],
  ])) {
    const { visitor } = await signIn(world, organisation, alice);
    assert.equal((await visitor.get('/vault')).status, 200, what);
    await end();
    await begin();
    assert.equal((await visitor.get('/vault')).status, 303, what);
  }
});

test('a connection is drafted, activated, and signs people in; what identifies them then stays', async () => {
  const organisation = await world.organisation();
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const path = `/connections/${organisation.id}`;
  const before = await root.must('GET', path);
  assert.equal(before.acs_url, organisation.acsUrl);
  await root.refused('connection-without-draft', 'POST', `${path}/activate`);
  const draft = { idp_name: 'Okta', idp_entity_id: organisation.idp.entityId, sso_url: 'https://idp.test/new', sso_binding: 'redirect', certificates: [] };
  await root.must('PUT', `${path}/draft`, draft);
  await root.refused('connection-without-certificate', 'POST', `${path}/activate`);
  await root.refused('certificate-invalid', 'PUT', `${path}/draft`, { ...draft, certificates: ['nonsense'] });
  await root.must('PUT', `${path}/draft`, { ...draft, certificates: [organisation.idp.keys.base64] });
  assert.equal((await root.must('GET', path)).active.sso_url, before.active.sso_url, 'nothing changes before it is activated');
  const active = await root.must('POST', `${path}/activate`);
  assert.deepEqual([active.status, active.draft, active.active.sso_url], ['active', null, 'https://idp.test/new']);
  await signIn(world, organisation, organisation.person('alice'));
  await root.must('PUT', `${path}/draft`, { ...draft, idp_entity_id: 'https://other.test', certificates: [organisation.idp.keys.base64] });
  await root.refused('connection-identity-change', 'POST', `${path}/activate`);
  const node = (await root.must('GET', path)).node;
  const second = await root.must('POST', '/connections', { node, sso_name: 'second' });
  await root.refused('sso-name-taken', 'POST', '/connections', { node, sso_name: organisation.ssoName });
  await root.refused('sso-name-reserved', 'PATCH', `/connections/${second.id}`, { sso_name: 'vault' });
  assert.equal((await root.must('PATCH', `/connections/${second.id}`, { sso_name: null })).sso_name, null);
  await root.must('PUT', `/connections/${second.id}/draft`, { ...draft, certificates: [organisation.idp.keys.base64] });
  await root.refused('connection-without-key', 'POST', `/connections/${second.id}/activate`);
  await root.must('PUT', `/connections/${second.id}/draft`, { ...draft, sign_requests: false, certificates: [organisation.idp.keys.base64] });
  await root.refused('node-has-connection', 'POST', `/connections/${second.id}/activate`);
  await root.must('POST', `${path}/disable`);
  await root.must('POST', `/connections/${second.id}/activate`);
});

test('an organisation comes, is limited, and goes, by the operator', async () => {
  const tenant = await newTenant(world.origin, operator, 'Passing');
  await tenant.root.must('PATCH', '/tenant', { name: 'Passing through' });
  await operator.must('PATCH', `/operator/tenants/${tenant.id}`, { seats: 1 });
  await tenant.root.must('POST', '/users', { email: 'one@passing.test', node: tenant.node });
  await tenant.root.refused('out-of-seats', 'POST', '/users', { email: 'two@passing.test', node: tenant.node });
  await tenant.root.must('POST', '/domains', { name: 'passing.test' });
  await operator.must('PATCH', `/operator/tenants/${tenant.id}`, { status: 'suspended' });
  await tenant.root.refused('unauthenticated', 'GET', '/me');
  await operator.must('PATCH', `/operator/tenants/${tenant.id}`, { status: 'active' });
  await tenant.root.must('GET', '/me');
  await operator.must('DELETE', `/operator/tenants/${tenant.id}`);
  await tenant.root.refused('unauthenticated', 'GET', '/me');
  await operator.refused('not-found', 'PATCH', `/operator/tenants/${tenant.id}`, { status: 'active' });
  await operator.refused('not-found', 'POST', `/operator/tenants/${tenant.id}/set-up-token`);
  assert.equal((await world.query('SELECT count(*) AS n FROM domain WHERE tenant = ?', tenant.id))[0].n, 0);
});

test('what was done is in the audit log', async () => {
  const role = await acme.root.must('POST', '/roles', { node: acme.node, name: 'Logged' });
  await acme.root.must('PATCH', `/roles/${role.id}`, { privileges: ['view_audit'] });
  await acme.root.must('DELETE', `/roles/${role.id}`);
  const names = new Set(await events());
  for (const name of ['tenant_changed', 'token_created', 'node_created', 'node_changed', 'node_deleted', 'role_created', 'role_enforcement_changed', 'role_deleted', 'create_user', 'added_to_role', 'sso_updated', 'connection_disabled']) {
    assert.ok(names.has(name), name);
  }
});

test("the operator's command does what the operator's API does", async () => {
  /** @param {string[]} args @param {string} [token] @returns {Promise<{ code: number, output: string }>} */
  const run = (args, token = secret) => new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'scripts', 'operator.mjs'), 'tenants', ...args, '--origin', world.origin], { env: { ...process.env, KEYWARD_OPERATOR_TOKEN: token } }, (error, stdout, stderr) => {
      resolve({ code: error ? 1 : 0, output: stdout + stderr });
    });
  });
  assert.match((await run(['list', '--origin', 'http://sso.acme.test'])).output, /for everybody on the way to read/);
  const made = JSON.parse((await run(['create', '--name', 'By command', '--seats', '3'])).output);
  const listed = async () => JSON.parse((await run(['list'])).output).items.find((/** @type {{ id: string }} */ { id }) => id === made.id);
  assert.deepEqual([(await listed()).name, (await listed()).seats], ['By command', 3]);
  assert.equal((await run(['limit', made.id, '--seats', '7'])).code, 0);
  assert.equal((await listed()).seats, 7);
  assert.equal((await run(['suspend', made.id])).code, 0);
  assert.equal((await listed()).status, 'suspended');
  assert.equal((await run(['resume', made.id])).code, 0);
  const unsure = await run(['delete', made.id]);
  assert.equal(unsure.code, 1);
  assert.match(unsure.output, /--yes/);
  assert.equal((await listed()).status, 'active');
  assert.equal((await run(['delete', made.id, '--yes'])).code, 0);
  assert.notEqual((await listed())?.status, 'active');
  for (const [args, token, says] of /** @type {[string[], string, RegExp][]} */ ([
    [['list'], newSecret(), /does not know this operator token/],
    [['limit', made.id, '--seats', 'many'], secret, /\d{3}/],
    [['limit', '../x', '--seats', '1'], secret, /no command/],
    [['explode', made.id], secret, /no command/],
  ])) {
    const { code, output } = await run(args, token);
    assert.equal(code, 1, args.join(' '));
    assert.match(output, says);
    assert.ok(!output.includes(token));
  }
});
