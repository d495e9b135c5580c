// @ts-check
// Cron removes what nobody needs any longer, a bounded part at a time, and nothing that somebody does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, newSecret } from './support/api.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
const DAY = 24 * 60 * 60 * 1000;

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
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
  await world.query('UPDATE audit_event SET time = ? WHERE tenant IS NOT NULL', Date.now() - 364 * DAY);
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

test('an organisation’s own log is kept as long as it says, and cleared a bounded part at a time', async () => {
  const [short, long] = [await world.organisation(), await world.organisation()];
  const operator = client(world.origin, secret);
  /** @param {{ tenant: string }} organisation */
  const root = async ({ tenant }) => client(world.origin, (await operator.must('POST', `/operator/tenants/${tenant}/set-up-token`)).set_up_token);
  const says = await root(short);
  assert.equal((await says.must('GET', '/tenant')).audit_days, 365);
  assert.equal((await says.must('PATCH', '/tenant', { audit_days: 30 })).audit_days, 30);
  for (const days of [29, 3651]) await says.refused('body-invalid', 'PATCH', '/tenant', { audit_days: days });
  /** @param {{ tenant: string }} organisation @param {string} prefix @param {number} days @param {number} count */
  const write = ({ tenant }, prefix, days, count) => world.query(`INSERT INTO audit_event (id, tenant, time, event, detail)
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT ? || i, ?, ?, 'login', '' FROM n`, prefix, tenant, Date.now() - days * DAY);
  /** @param {string} prefix */
  const left = async (prefix) => (await world.query('SELECT count(*) AS n FROM audit_event WHERE id GLOB ?', `${prefix}*`))[0].n;
  await write(short, 'e_shortold', 31, 1500);
  await write(short, 'e_shortnew', 29, 5);
  await write(long, 'e_longold', 366, 5);
  await write(long, 'e_longnew', 364, 5);
  await world.cron();
  assert.ok(await left('e_shortold') > 0, 'a thousand at once');
  await world.cron();
  assert.deepEqual([await left('e_shortold'), await left('e_shortnew'), await left('e_longold'), await left('e_longnew')], [0, 5, 0, 5]);
});

test('what is left of a deleted organisation goes a month later, and its domain and SSO name are free at once', async () => {
  const [gone, stays] = [await world.organisation(), await world.organisation()];
  await signIn(world, gone, gone.person('alice'));
  await signIn(world, stays, stays.person('alice'));
  const operator = client(world.origin, secret);
  const { set_up_token } = await operator.must('POST', `/operator/tenants/${stays.tenant}/set-up-token`);
  const root = client(world.origin, set_up_token);
  const [{ id: node }] = await world.query('SELECT id FROM node WHERE tenant = ? AND parent IS NULL', stays.tenant);
  await root.refused('sso-name-taken', 'POST', '/connections', { node, sso_name: gone.ssoName });
  await operator.must('DELETE', `/operator/tenants/${gone.tenant}`);
  await root.must('POST', '/connections', { node, sso_name: gone.ssoName });
  await root.must('POST', '/domains', { name: gone.domain });
  const others = async () => JSON.stringify(await world.query('SELECT id, status, seats_used FROM tenant WHERE id <> ?', gone.tenant));
  const before = await others();
  await world.cron();
  await world.query('UPDATE tenant SET deleted_at = ? WHERE id = ?', Date.now() - 29 * DAY, gone.tenant);
  await world.cron();
  assert.equal((await world.query('SELECT count(*) AS n FROM user WHERE tenant = ?', gone.tenant))[0].n, 1, 'not yet');
  await world.query('UPDATE tenant SET deleted_at = ? WHERE id = ?', Date.now() - 31 * DAY, gone.tenant);
  let runs = 0;
  for (; runs < 10 && (await world.query('SELECT 1 FROM tenant WHERE id = ?', gone.tenant)).length > 0; runs += 1) await world.cron();
  assert.ok(runs > 1 && runs < 10, `${runs} runs`);
  const left = Object.entries(await world.snapshot()).filter(([, rows]) => rows.includes(`"${gone.tenant}"`)).map(([table]) => table);
  assert.deepEqual(left, []);
  assert.equal(await others(), before);
  const [event] = await world.query("SELECT tenant, detail FROM audit_event WHERE event = 'tenant_changed' AND detail LIKE ?", `%${gone.tenant}%`);
  assert.equal(event.tenant, null);
});
