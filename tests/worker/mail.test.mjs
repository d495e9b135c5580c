// @ts-check
// Notices by mail: to whom, by whom, right after what they tell of, once, tried again where a service fails, and none where no
// organisation asked for it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { newId } from '../../scripts/seed.mjs';
import { startStack } from '../support/stack.mjs';
import { client, newSecret } from './support/api.mjs';
import { letting, newBrowser } from './support/vault.mjs';
import { signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
const ALL = JSON.stringify(['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit']);
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {{ body: any, headers: import('node:http').IncomingHttpHeaders }[]} */
const taken = [];
let status = 202;
const service = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  taken.push({ body: JSON.parse(body), headers: request.headers });
  response.writeHead(status, status === 302 ? { location: '/else' } : {}).end(`what a service says of ${body}`);
});
let url = '';

before(async () => {
  await new Promise((resolve) => service.listen(0, '127.0.0.1', () => resolve(undefined)));
  url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (service.address()).port}/send`;
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret, KEYWARD_MAIL_FROM: 'keyward@deployment.test' } });
});
after(async () => {
  service.closeAllConnections();
  service.close();
  await world?.stop();
});

/** What is sent once a request is answered is there soon. @template T @param {() => Promise<T>} look @param {(it: T) => boolean} isThere */
async function soon(look, isThere) {
  const end = Date.now() + 20_000;
  for (;;) {
    const it = await look();
    if (isThere(it) || Date.now() > end) return it;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
/** What the deployment sent. @param {string} tenant @param {number} count */
const outbox = (tenant, count) => soon(() => world.query('SELECT * FROM mail_outbox WHERE tenant = ? ORDER BY created_at, id', tenant), (kept) => kept.length >= count);
/** @param {{ rows: () => Promise<any[]> }} of @param {number} [attempts] */
const tried = ({ rows }, attempts = 1) => soon(rows, ([row]) => row?.attempts === attempts && (row.failure !== null || row.sent_at !== null));

/** An organisation, its root token, and an invited person. */
async function inviting() {
  const organisation = await world.organisation();
  const { set_up_token } = await client(world.origin, secret).must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const [{ node }] = await world.query('SELECT node FROM connection WHERE id = ?', organisation.id);
  const person = organisation.person('alice');
  const { id } = await root.must('POST', '/users', { email: person.email, node });
  const claim = (/** @type {object} */ more = {}) => root.must('POST', `/users/${id}/claims`, { connection: organisation.id, ...more });
  const rows = () => world.query('SELECT * FROM mail WHERE tenant = ? ORDER BY created_at, id', organisation.tenant);
  return { organisation, root, person, user: id, claim, rows };
}

test('nothing is written or sent where nobody said by whom', async () => {
  const { root, claim, rows } = await inviting();
  assert.deepEqual(await root.must('GET', '/tenant/mail'), { provider: null, from: null, url: null, offered: 'keyward@deployment.test', waiting: 0 });
  assert.match((await claim()).link, /\/claim\//);
  assert.deepEqual(await rows(), []);
});

test('an invitation goes out as the deployment does it, at once and once, and can be copied as a link, too', async () => {
  const { organisation, root, person, claim, rows } = await inviting();
  await root.must('PUT', '/tenant/mail', { provider: 'deployment' });
  assert.equal((await root.must('GET', '/tenant/mail')).from, 'keyward@deployment.test');
  const { link } = await claim();
  const [row] = await tried({ rows });
  await world.cron();
  const kept = await outbox(organisation.tenant, 1);
  assert.deepEqual(kept.map(({ sender, recipient, subject }) => ({ sender, recipient, subject })), [{ sender: 'keyward@deployment.test', recipient: person.email, subject: `Your account at ${organisation.name}` }]);
  assert.ok(kept[0].text.includes(`\n${link}\n`), kept[0].text);
  assert.equal((await world.visitor().get(new URL(link).pathname)).status, 200, 'the link leads somewhere');
  assert.deepEqual([row.sealed, row.due_at, row.attempts, row.failure], [null, null, 1, null]);
  const { items: [shown] } = await root.must('GET', '/tenant/mail/messages');
  assert.deepEqual([shown.kind, shown.status, shown.link], ['invitation', 'sent', null]);
  await claim({ mail: false });
  assert.equal((await rows()).length, 1, 'not where it is not wanted');
});

test('an invitation goes out only to an address of a domain that leads to the connection, and three times a day', async () => {
  const { organisation, root, user, claim, rows } = await inviting();
  await root.must('PUT', '/tenant/mail', { provider: 'deployment' });
  const domain = (/** @type {string} */ set) => world.query(`UPDATE domain SET ${set} WHERE tenant = ? AND name = ?`, organisation.tenant, organisation.domain);
  for (const [lost, back] of /** @type {[string, string][]} */ ([["status = 'lost'", "status = 'reserved'"], ['connection = NULL', `connection = '${organisation.id}'`]])) {
    await domain(lost);
    assert.match((await claim()).link, /\/claim\//, 'it can be copied');
    await domain(back);
  }
  await world.query("UPDATE user SET email = 'victim@third-party.test' WHERE tenant = ? AND id = ?", organisation.tenant, user);
  await claim();
  assert.deepEqual(await rows(), []);
  await world.query('UPDATE user SET email = ? WHERE tenant = ? AND id = ?', organisation.person('alice').email, organisation.tenant, user);
  for (const _ of [1, 2, 3, 4]) await claim();
  assert.equal((await rows()).length, 3);
  await world.query('UPDATE mail SET created_at = created_at - 86400000 WHERE tenant = ?', organisation.tenant);
  await claim();
  assert.equal((await rows()).length, 4, 'the next day');
});

test('a new browser that asks, whoever waits for an admin, and a browser that was let in: each is told of at once', async () => {
  const { organisation, root } = await inviting();
  const { tenant } = organisation;
  await root.must('PUT', '/tenant/mail', { provider: 'deployment' });
  const [admin, bob] = [organisation.person('admin'), organisation.person('bob')];
  await signIn(world, organisation, admin);
  const role = newId('r');
  await world.query("INSERT INTO role (tenant, id, node, name, privileges, created_at) SELECT ?, ?, id, 'Admin', ?, 0 FROM node WHERE tenant = ? AND parent IS NULL", tenant, role, JSON.stringify(['approve_devices']), tenant);
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) SELECT tenant, id, ?, 'direct', 0 FROM user WHERE tenant = ? AND email = ?", role, tenant, admin.email);
  const [one, two] = [newBrowser(world, (await signIn(world, organisation, bob)).visitor), newBrowser(world, (await signIn(world, organisation, bob)).visitor)];
  await one.must('/vault/begin', await one.beginning());
  const sent = async (/** @type {number} */ count) => {
    const kept = await outbox(tenant, count);
    assert.equal(kept.length, count);
    return kept[count - 1];
  };
  await two.must('/vault/devices/ask', await two.asking());
  const asks = await sent(1);
  assert.deepEqual([asks.recipient, asks.subject], [bob.email, `${organisation.name}: a new browser asks to open your vault`]);
  assert.match(asks.text, /"Firefox on Linux"[^]*\/vault\/devices\n/);
  await two.must('/vault/devices/ask-admin', { ...await two.asking(), fresh: false });
  const waits = await sent(2);
  assert.deepEqual([waits.recipient, waits.subject], [admin.email, `${organisation.name}: somebody waits for an admin`]);
  assert.ok(waits.text.includes(bob.email) && waits.text.includes('/vault/organisation\n'), waits.text);
  const events = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND event = 'device_approval_requested' ORDER BY time", tenant);
  assert.deepEqual(events.map(({ detail }) => detail), ['', 'An admin was asked.']);
  await one.must('/vault/devices/approve', { device: two.id, ...letting(), change: await one.change([['devices', 'devices']]) });
  const opens = await sent(3);
  assert.deepEqual([opens.recipient, opens.subject], [bob.email, `${organisation.name}: a new browser opens your vault`]);
});

test('a service of the organisation’s takes it, in the form that is documented', async () => {
  const { organisation, root, person, claim, rows } = await inviting();
  const theirs = 'a-secret-of-theirs';
  await root.must('PUT', '/tenant/mail', { provider: 'http', from: 'it@acme.test', url, secret: theirs });
  taken.length = 0;
  const { link } = await claim();
  await tried({ rows });
  await world.cron();
  assert.equal(taken.length, 1);
  const [{ body, headers }] = taken;
  assert.equal(headers.authorization, `Bearer ${theirs}`);
  assert.match(headers['content-type'] ?? '', /^application\/json/);
  assert.deepEqual(Object.keys(body).sort(), ['from', 'id', 'subject', 'text', 'to']);
  assert.deepEqual([body.from, body.to, body.subject], [{ name: organisation.name, address: 'it@acme.test' }, { address: person.email }, `Your account at ${organisation.name}`]);
  assert.ok(body.text.includes(link));
  // The secret stays while the address does, is never shown, and is not in the clear anywhere.
  const view = await root.must('PUT', '/tenant/mail', { provider: 'http', from: 'other@acme.test', url });
  assert.deepEqual(view, { provider: 'http', from: 'other@acme.test', url, offered: 'keyward@deployment.test', waiting: 0 });
  assert.ok(!JSON.stringify(await world.snapshot()).includes(theirs));
  await root.refused('mail-incomplete', 'PUT', '/tenant/mail', { provider: 'http', from: 'it@acme.test', url: `${url}/other` });
  await root.refused('mail-incomplete', 'PUT', '/tenant/mail', { provider: 'http', url, secret: theirs });
  await root.refused('mail-incomplete', 'PUT', '/tenant/mail', { provider: 'deployment', url });
  for (const bad of ['http://mail.acme.test/send', 'https://10.0.0.1/send', 'https://mail.internal/send', 'https://localhost/send']) {
    await root.refused('mail-url', 'PUT', '/tenant/mail', { provider: 'http', from: 'it@acme.test', url: bad, secret: theirs });
  }
});

test('what a service does not take is tried again, five times in all, and then given up', async () => {
  const { root, claim, rows, organisation } = await inviting();
  await root.must('PUT', '/tenant/mail', { provider: 'http', from: 'it@acme.test', url, secret: 'a-secret-of-theirs' });
  /** @type {[number, string][]} */
  const failures = [];
  const note = async (/** @type {number} */ attempts) => {
    const [row] = await tried({ rows }, attempts);
    failures.push([row.attempts, row.failure]);
    assert.ok(row.due_at === null || row.due_at > Date.now(), 'there is a pause');
    await world.query('UPDATE mail SET due_at = 1 WHERE tenant = ? AND due_at IS NOT NULL', organisation.tenant);
  };
  status = 500;
  const { link } = await claim();
  await note(1);
  assert.ok(!JSON.stringify(await world.snapshot()).includes(link.split('/').at(-1)), 'until it is sent, it is sealed');
  for (const [attempts, answer] of [[2, 302], [3, 401], [4, 503], [5, 429], [5, 200], [5, 200]]) {
    status = answer;
    await world.cron();
    await note(attempts);
  }
  status = 202;
  assert.deepEqual(failures, [[1, 'answered-500'], [2, 'redirected'], [3, 'answered-401'], [4, 'answered-503'], [5, 'answered-429'], [5, 'answered-429'], [5, 'answered-429']]);
  const { items: [shown] } = await root.must('GET', '/tenant/mail/messages');
  assert.deepEqual([shown.status, shown.attempts, shown.failure], ['failed', 5, 'answered-429']);
  const [row] = await rows();
  assert.equal(row.sealed, null, 'a link that nobody gets is forgotten');
  assert.ok(!world.logs.some((line) => line.includes(link.split('/').at(-1))));
  await world.query('UPDATE mail SET created_at = 1 WHERE tenant = ?', organisation.tenant);
  await world.cron();
  assert.deepEqual(await rows(), [], 'after a month it is gone');
});

test('a notice that waits ends with the account, the organisation or the setting', async () => {
  const { root, claim, rows, organisation, user } = await inviting();
  for (const [how, end, undo] of /** @type {[string, () => Promise<unknown>, () => Promise<unknown>][]} */ ([
    ['the account is deleted', () => world.query("UPDATE user SET status = 'deleted' WHERE tenant = ? AND id = ?", organisation.tenant, user), () => world.query("UPDATE user SET status = 'invited' WHERE tenant = ? AND id = ?", organisation.tenant, user)],
    ['the organisation is suspended', () => world.query("UPDATE tenant SET status = 'suspended' WHERE id = ?", organisation.tenant), () => world.query("UPDATE tenant SET status = 'active' WHERE id = ?", organisation.tenant)],
    ['mail is turned off', () => root.must('DELETE', '/tenant/mail'), async () => {}],
  ])) {
    status = 503;
    await root.must('PUT', '/tenant/mail', { provider: 'http', from: 'it@acme.test', url, secret: 'a-secret-of-theirs' });
    await world.query('DELETE FROM mail WHERE tenant = ?', organisation.tenant);
    await claim();
    await tried({ rows });
    status = 202;
    taken.length = 0;
    await end();
    await world.query('UPDATE mail SET due_at = 1 WHERE tenant = ?', organisation.tenant);
    await world.cron();
    const [row] = await rows();
    assert.deepEqual([row.due_at, row.failure, row.sealed], [null, 'nobody-to-tell', null], how);
    await undo();
  }
  assert.deepEqual(taken, []);
});

test('who manages connections is told of a certificate that ends, and the person who asks gets a test', async () => {
  const organisation = await world.organisation();
  const { visitor } = await signIn(world, organisation, organisation.person('admin'));
  await signIn(world, organisation, organisation.person('member'));
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  const role = newId('r');
  await world.query("INSERT INTO role (tenant, id, node, name, privileges, created_at) VALUES (?, ?, ?, 'Admin', ?, 0)", organisation.tenant, role, node, ALL);
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) SELECT tenant, id, ?, 'direct', 0 FROM user WHERE tenant = ? AND email LIKE 'admin@%'", role, organisation.tenant);
  const send = (/** @type {string} */ method, /** @type {string} */ path, /** @type {unknown} */ body) => visitor.send(`/api/v1${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body), headers: { origin: world.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' } });
  assert.equal((await send('PUT', '/tenant/mail', { provider: 'deployment' })).status, 200);
  const keys = selfSigned('ends', { from: new Date(Date.now() - 864e5), days: 7 });
  await world.query('UPDATE connection_certificate SET certificate = ?, fingerprint = ?, looked_at = NULL, next_look_at = 0 WHERE connection = ?', keys.base64, keys.fingerprint, organisation.id);
  await world.cron();
  assert.equal((await send('POST', '/tenant/mail/test', undefined)).status, 204);
  const kept = await outbox(organisation.tenant, 2);
  assert.deepEqual(kept.map(({ recipient, subject }) => [recipient.split('@')[0], subject]), [['admin', `${organisation.name}: a certificate of your identity provider ends`], ['admin', `${organisation.name}: mail arrives`]]);
  assert.ok(kept[0].text.includes(keys.fingerprint) && kept[0].text.includes(`${world.origin}/admin\n`), kept[0].text);
});

test('only who holds everything, and signed in just now, says by whom', async () => {
  const { root, organisation } = await inviting();
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', organisation.tenant);
  const expires = new Date(Date.now() + 864e5).toISOString();
  const { secret: less } = await root.must('POST', '/tokens', { name: 'Less', node, privileges: ['manage_users'], expires_at: expires });
  const other = client(world.origin, less);
  for (const [method, path, body] of /** @type {[string, string, unknown?][]} */ ([['GET', '/tenant/mail'], ['PUT', '/tenant/mail', { provider: 'deployment' }], ['DELETE', '/tenant/mail'], ['GET', '/tenant/mail/messages'], ['POST', '/tenant/mail/test']])) {
    await other.refused('root-only', method, path, body);
  }
  await root.refused('person-only', 'POST', '/tenant/mail/test');
});

test('the platform’s own e-mail takes it where a deployment has it', async () => {
  const stack = await startStack({ mail: ['alice@mailed.test'], bindings: { KEYWARD_OPERATOR_TOKEN: secret, KEYWARD_MAIL_FROM: 'keyward@deployment.test' } });
  try {
    const { tenant, connections: [connection] } = await stack.seed({ name: 'Mailed', connections: [{ ssoName: 'mailed', domains: ['mailed.test'], idpEntityId: 'https://idp.mailed.test', ssoUrl: 'http://127.0.0.1:9/sso', certificates: [selfSigned('idp').base64] }] });
    const { set_up_token } = await client(stack.origin, secret).must('POST', `/operator/tenants/${tenant}/set-up-token`);
    const root = client(stack.origin, set_up_token);
    const [{ node }] = await stack.query('SELECT node FROM connection WHERE id = ?', connection);
    await root.must('PUT', '/tenant/mail', { provider: 'deployment' });
    for (const email of ['alice@mailed.test', 'bob@mailed.test']) {
      const { id } = await root.must('POST', '/users', { email, node });
      await root.must('POST', `/users/${id}/claims`, { connection });
    }
    await soon(() => stack.query('SELECT attempts, failure, sent_at FROM mail'), (rows) => rows.length === 2 && rows.every((row) => row.failure !== null || row.sent_at !== null));
    await stack.cron();
    // It takes what is for the addresses that it was told, and no other.
    const rows = await stack.query('SELECT u.email, m.attempts, m.failure, m.sent_at IS NOT NULL AS sent FROM mail m JOIN user u ON u.tenant = m.tenant AND u.id = m.user ORDER BY u.email');
    assert.deepEqual(rows, [{ email: 'alice@mailed.test', attempts: 1, failure: null, sent: 1 }, { email: 'bob@mailed.test', attempts: 1, failure: 'refused', sent: 0 }]);
    assert.equal((await stack.query('SELECT count(*) AS n FROM mail_outbox'))[0].n, 0);
  } finally {
    await stack.stop();
  }
});
