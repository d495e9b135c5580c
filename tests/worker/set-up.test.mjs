// @ts-check
// The first run, by the deployer's secret: on an empty database, once, resumable until its first admin is there, and never again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, newSecret } from './support/api.mjs';
import { accept, postJson, stretched, tokenOf } from './support/outside.mjs';
import { words } from './support/visitor.mjs';
import { startWorld } from './support/world.mjs';

const [secret, operating] = [newSecret(), newSecret()];
/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ workers: 2, bindings: { KEYWARD_SETUP_SECRET: secret, KEYWARD_OPERATOR_TOKEN: operating } });
});
after(() => world?.stop());

const begin = (/** @type {string} */ shown = secret, name = 'Acme', at = 0) => postJson(world.visitor().at(world.origins[at]), '/setup', { secret: shown, name });
const page = async () => words((await world.visitor().get('/setup')).body);

test('wrong secrets set nothing up', async () => {
  assert.match(await page(), /Set Keyward up/);
  const before = await world.snapshot(['audit_event']);
  for (const wrong of ['', 'x', newSecret(), secret.slice(1), `${secret}A`, secret.toLowerCase()]) {
    const { status, json } = await begin(wrong);
    assert.equal(status, 403);
    assert.match(json.title, /not the set-up secret/);
  }
  assert.equal((await begin(secret, ' ')).json.code, 'name-malformed');
  assert.deepEqual(await world.snapshot(['audit_event']), before);
  assert.equal((await world.query("SELECT count(*) AS n FROM audit_event WHERE code = 'set-up-secret-wrong' AND tenant IS NULL"))[0].n, 6);
});

test('a database that has another organisation, or no row that says it is open, is closed', async () => {
  const closed = async () => {
    const { status, json } = await begin();
    assert.deepEqual([status, json.title], [403, 'This Keyward is set up already']);
    assert.match(await page(), /There is nothing to set up here/);
  };
  await world.query("INSERT INTO tenant (id, name, status, seats, created_at) VALUES ('t_other', 'Other', 'active', 1, 0)");
  await closed();
  await world.query("DELETE FROM audit_event WHERE tenant = 't_other'");
  await world.query("DELETE FROM tenant WHERE id = 't_other'");
  const [row] = await world.query('SELECT * FROM set_up');
  await world.query('DELETE FROM set_up');
  await closed();
  await world.query('INSERT INTO set_up (id) VALUES (?)', row.id);
  assert.match(await page(), /Set Keyward up/);
  // One that the operator made closes it for good, also when nothing of that is left.
  const { id } = await client(world.origin, operating).must('POST', '/operator/tenants', { name: 'Further', seats: 1 });
  await closed();
  for (const table of ['audit_event', 'api_token', 'outside_link', 'node']) await world.query(`DELETE FROM ${table} WHERE tenant = ?`, id);
  await world.query('DELETE FROM tenant WHERE id = ?', id);
  await closed();
  await world.query('UPDATE set_up SET closed_at = NULL');
  assert.match(await page(), /Set Keyward up/);
});

test('it begins once, goes on where it ended, and closes for good with its first admin', async () => {
  // Two at once, through two Workers: one organisation.
  const both = await Promise.all([begin(secret, 'Acme', 0), begin(secret, 'Acme', 1)]);
  assert.deepEqual(both.map(({ status }) => status), [201, 201]);
  assert.equal((await world.query('SELECT count(*) AS n FROM tenant'))[0].n, 1);
  // The tab was closed: the secret again gives another link to the same, and the link before it is no longer good.
  assert.match(await page(), /Acme was made already/);
  const again = await begin(secret, 'Another name');
  assert.deepEqual((await world.query('SELECT name FROM tenant')).map(({ name }) => name), ['Acme']);
  const link = `${world.origin}${again.json.to}`;
  const old = await world.visitor().get(both[0].json.to);
  assert.equal(old.status, 403);
  // Nor does the secret of the one before set anything up by the API.
  await client(world.origin, tokenOf(`${world.origin}${both[0].json.to}`)).refused('unauthenticated', 'GET', '/me');
  // Where somebody signs in already, it was set up in another way.
  const [{ id: tenant, node }] = await world.query('SELECT t.id, n.id AS node FROM tenant t JOIN node n ON n.tenant = t.id');
  await world.query("INSERT INTO user (tenant, id, node, status, email, name, created_at) VALUES (?, 'u_there', ?, 'active', 'there@acme.test', '', 0)", tenant, node);
  assert.equal((await begin()).json.title, 'This Keyward is set up already');
  await world.query("DELETE FROM user WHERE id = 'u_there'");
  // Opened, and the tab closed again.
  for (let n = 0; n < 2; n += 1) assert.equal((await world.visitor().get(again.json.to)).status, 200);
  const visitor = world.visitor();
  const { key } = await accept(visitor, link, 'ann@acme.test');
  assert.ok(key);
  const next = words((await visitor.get('/setup/next')).body);
  for (const step of ['Keep your recovery kit', 'Open your vault', 'Make the organisation’s keys', 'Connect your identity provider', 'Reserve your e-mail domain']) assert.ok(next.includes(step), step);
  assert.equal((await visitor.get('/onboarding')).location, '/setup/next');
  // Never again: by the secret, by the link, by a row that is gone, after the organisation is.
  const closed = async () => assert.equal((await begin()).json.title, 'This Keyward is set up already');
  await closed();
  assert.match(await page(), /There is nothing to set up here/);
  assert.equal((await postJson(world.visitor(), '/setup/accept', { token: tokenOf(link), email: 'eve@acme.test', name: '', key: stretched('x') })).status, 403);
  await world.query("UPDATE tenant SET status = 'deleted'");
  await closed();
  await world.query('DELETE FROM set_up');
  await closed();
  assert.ok((await world.query("SELECT 1 FROM audit_event WHERE code = 'set-up-closed'")).length > 0);
});
