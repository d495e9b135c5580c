// @ts-check
// Cron removes what nobody needs any longer, a bounded part at a time, and nothing that somebody does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

const DAY = 24 * 60 * 60 * 1000;

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation({ idpInitiated: true });
});
after(() => world?.stop());

const tables = ['pending_login', 'consumed_request', 'confirmation', 'consumed_confirmation', 'consumed_assertion', 'session'];
/** @returns {Promise<Record<string, number>>} */
const counts = async () => (await world.query(`SELECT ${tables.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`).join()}, (SELECT count(*) FROM audit_event WHERE tenant IS NULL) AS nobodys, (SELECT count(*) FROM audit_event WHERE tenant IS NOT NULL) AS theirs`))[0];

test('what still counts stays, and what has expired goes with what hangs on it', async () => {
  const alice = acme.person('alice');
  const { visitor, response } = await signIn(world, acme, alice);
  const page = await visitor.answer(acme.acsUrl, acme.mint(alice, null));
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  assert.equal((await visitor.post('/confirm', { token, answer: 'yes' })).status, 303);
  await world.visitor().post('/sign-in', { who: 'a@nowhere.test' });
  const before = await counts();
  for (const table of tables) assert.ok(before[table] > 0, table);

  await world.cron();
  assert.deepEqual(await counts(), before, 'nothing has expired');
  await world.query('UPDATE pending_login SET created_at = 1, expires_at = ?', Date.now() - 1000);
  await world.query('UPDATE consumed_assertion SET expires_at = ?', Date.now() - 1000);
  await world.cron();
  assert.deepEqual(await counts(), before, 'expired, and still told apart from what never was');

  await world.query('UPDATE pending_login SET expires_at = 2');
  await world.query('UPDATE confirmation SET created_at = 1, expires_at = 2');
  await world.query('UPDATE consumed_assertion SET expires_at = 2');
  await world.query('UPDATE audit_event SET time = ? WHERE tenant IS NULL', Date.now() - 31 * DAY);
  await world.query('UPDATE audit_event SET time = 1 WHERE tenant IS NOT NULL');
  await world.cron();
  const cleared = { ...before, pending_login: 0, consumed_request: 0, confirmation: 0, consumed_confirmation: 0, consumed_assertion: 0, nobodys: 0 };
  assert.deepEqual(await counts(), cleared, 'an organisation’s own log stays');
  assert.equal((await visitor.get('/vault')).status, 200, 'so does who is signed in');
  await assertRefused(world, () => visitor.answer(acme.acsUrl, response), { code: 'request-unknown' });

  await world.query('UPDATE session SET created_at = 1, expires_at = ?', Date.now() - 29 * DAY);
  await world.cron();
  assert.equal((await counts()).session, before.session);
  await world.query('UPDATE session SET expires_at = ?', Date.now() - 31 * DAY);
  await world.cron();
  assert.equal((await counts()).session, 0);
});

test('a run removes a bounded part, and the next ones the rest', async () => {
  const [{ tenant, id: connection }] = await world.query('SELECT tenant, id FROM connection LIMIT 1');
  await world.query(`INSERT INTO pending_login (tenant, request, connection, browser, return_to, created_at, expires_at)
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1200) SELECT ?, '_' || i, ?, ?, '/vault', 1, 2 FROM n`, tenant, connection, 'a'.repeat(64));
  const left = [];
  for (let run = 0; run < 3; run += 1) {
    await world.cron();
    left.push((await counts()).pending_login);
  }
  assert.deepEqual(left, [700, 200, 0]);
});
