// @ts-check
// The first run, by the deployer's secret: on an empty database, once, resumable until its first admin is there, and never again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newSecret } from './support/api.mjs';
import { accept, postJson, stretched, tokenOf } from './support/outside.mjs';
import { words } from './support/visitor.mjs';
import { startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ workers: 2, bindings: { KEYWARD_SETUP_SECRET: secret } });
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
