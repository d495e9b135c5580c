// @ts-check
// A domain is reserved by a TXT record that two resolvers see, held for as long as it is there, and lost without it.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { startResolver } from './support/resolver.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

const DAY = 24 * 60 * 60 * 1000;

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {Awaited<ReturnType<typeof startResolver>>[]} */
let resolvers;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  resolvers = [await startResolver(), await startResolver()];
  world = await startWorld({ workers: 2, bindings: { KEYWARD_RESOLVERS: resolvers.map(({ url }) => url).join(' ') } });
});
after(async () => {
  await world?.stop();
  for (const resolver of resolvers ?? []) await resolver.stop();
});
beforeEach(async () => {
  for (const resolver of resolvers) resolver.become('answers');
  await world.query('UPDATE domain SET next_check_at = NULL');
  acme = await world.organisation();
});

let count = 0;

/** A claim, as its tenant makes it. @param {import('./support/world.mjs').Organisation} organisation @param {string} [name] */
async function claim(organisation, name) {
  count += 1;
  name ??= `claimed${count}.test`;
  const token = `token${'abcdefgh'[count % 8]}${'abcdefgh'[Math.floor(count / 8)]}`;
  await world.query("INSERT INTO domain (tenant, name, status, connection, token, created_at, next_check_at) VALUES (?, ?, 'pending', ?, ?, ?, 0)", organisation.tenant, name, organisation.id, token, Date.now());
  return { name, token, record: `_keyward-challenge.${name}` };
}

/** @param {{ record: string, token: string }} claimed @param {typeof resolvers} [at] */
const publish = ({ record, token }, at = resolvers) => at.forEach(({ texts }) => texts.set(record, ['v=spf1 -all', `keyward=${token}`]));

/** Due now, and checked. @param {string} name @param {import('./support/world.mjs').Organisation} [organisation] */
async function check(name, organisation = acme) {
  await world.query('UPDATE domain SET next_check_at = 1 WHERE name = ? AND tenant = ?', name, organisation.tenant);
  await world.cron();
  return (await world.query('SELECT * FROM domain WHERE name = ? AND tenant = ?', name, organisation.tenant))[0];
}

/** @param {string} tenant */
const events = async (tenant) => (await world.query("SELECT event, code, detail FROM audit_event WHERE tenant = ? AND event LIKE 'domain_%' ORDER BY time, id", tenant)).map(({ event, code }) => (code ? `${event} ${code}` : event));

test('a claimed domain leads nowhere until its record is seen, and then at once', async () => {
  const claimed = await claim(acme);
  const alice = { ...acme.person('alice'), email: `alice@${claimed.name}` };
  assert.equal((await check(claimed.name)).status, 'pending');
  await assertRefused(world, () => world.visitor().post('/sign-in', { who: alice.email }), { code: 'domain-unknown', status: 404 });
  publish(claimed);
  const row = await check(claimed.name);
  assert.equal(row.status, 'reserved');
  assert.ok(row.next_check_at > Date.now() + DAY / 2, 'looked for again tomorrow');
  assert.deepEqual(await events(acme.tenant), ['domain_reserved']);
  await signIn(world, acme, alice);
  for (const { asked } of resolvers) assert.ok(asked.includes(claimed.record), 'both were asked');
});

test('a record is looked for ever later', async () => {
  const { name } = await claim(acme);
  const waits = [];
  for (let round = 0; round < 7; round += 1) {
    const row = await check(name);
    waits.push(Math.round((row.next_check_at - row.checked_at) / 60_000));
  }
  assert.deepEqual(waits, [1, 5, 15, 60, 360, 1440, 1440]);
  await world.query('UPDATE domain SET created_at = created_at - ? WHERE name = ?', 31 * DAY, name);
  assert.equal((await check(name)).next_check_at, null, 'given up');
});

test('what is not due is not looked for', async () => {
  const { name, record } = await claim(acme);
  await world.query('UPDATE domain SET next_check_at = ? WHERE name = ?', Date.now() + DAY, name);
  await world.cron();
  for (const { asked } of resolvers) assert.ok(!asked.includes(record));
});

test('one resolver alone proves nothing, whatever the other does', async () => {
  const claimed = await claim(acme);
  const [one, other] = resolvers;
  publish(claimed, [one]);
  for (const mood of /** @type {const} */ (['answers', 'fails', 'redirects', 'floods'])) {
    other.become(mood);
    assert.equal((await check(claimed.name)).status, 'pending', mood);
  }
  assert.ok(!other.asked.includes(''), 'no redirect was followed');
});

test('another tenant’s token, or one like it, proves nothing', async () => {
  const claimed = await claim(acme);
  for (const { texts } of resolvers) texts.set(claimed.record, ['keyward=tokenzz', `keyward=${claimed.token}x`, `KEYWARD=${claimed.token}`, claimed.token]);
  assert.equal((await check(claimed.name)).status, 'pending');
});

test('nobody reserves where everybody has an address', async () => {
  const claimed = await claim(acme, 'gmail.com');
  publish(claimed);
  const row = await check(claimed.name);
  assert.deepEqual([row.status, row.next_check_at], ['pending', null]);
});

test('a domain has one owner: whose proof stands keeps it, and who comes next waits', async () => {
  const rival = await world.organisation();
  const mine = await claim(acme);
  const theirs = await claim(rival, mine.name);
  publish(mine);
  assert.equal((await check(mine.name)).status, 'reserved');
  publish(theirs);
  assert.equal((await check(mine.name, rival)).status, 'pending', 'the owner’s proof is gone, and has a week');
  assert.equal((await check(mine.name)).status, 'reserved');
  await world.query('UPDATE domain SET missing_since = missing_since - ? WHERE name = ?', 8 * DAY, mine.name);
  assert.equal((await check(mine.name)).status, 'lost');
  assert.equal((await check(mine.name, rival)).status, 'reserved');
});

test('two Workers that see the proofs of two tenants at once reserve for one', async () => {
  const rival = await world.organisation();
  const mine = await claim(acme);
  const theirs = await claim(rival, mine.name);
  for (const { texts } of resolvers) texts.set(mine.record, [`keyward=${mine.token}`, `keyward=${theirs.token}`]);
  await world.query('UPDATE domain SET next_check_at = 1 WHERE name = ?', mine.name);
  await Promise.all([world.cron(0), world.cron(1), world.cron(0), world.cron(1)]);
  const rows = await world.query('SELECT status FROM domain WHERE name = ? ORDER BY status', mine.name);
  assert.deepEqual(rows.map(({ status }) => status), ['pending', 'reserved']);
  assert.equal([...await events(acme.tenant), ...await events(rival.tenant)].length, 1, 'and it is written down once');
});

test('a record that is gone gives a week’s notice, and a domain that is lost stops sign-in at once', async () => {
  const claimed = await claim(acme);
  publish(claimed);
  await check(claimed.name);
  const alice = { ...acme.person('alice'), email: `alice@${claimed.name}` };
  await signIn(world, acme, alice);
  for (const { texts } of resolvers) texts.delete(claimed.record);
  assert.equal((await check(claimed.name)).status, 'reserved');
  await signIn(world, acme, alice);
  await world.query('UPDATE domain SET missing_since = missing_since - ? WHERE name = ?', 6 * DAY, claimed.name);
  assert.equal((await check(claimed.name)).status, 'reserved');
  assert.deepEqual(await events(acme.tenant), ['domain_reserved', 'domain_lost domain-notice']);
  // Somebody is at the IdP while it is lost.
  const visitor = world.visitor();
  const { id } = await visitor.begin(acme.ssoName);
  await world.query('UPDATE domain SET missing_since = missing_since - ? WHERE name = ?', 2 * DAY, claimed.name);
  assert.equal((await check(claimed.name)).status, 'lost');
  assert.deepEqual(await events(acme.tenant), ['domain_reserved', 'domain_lost domain-notice', 'domain_lost']);
  const bob = { ...acme.person('bob'), email: `bob@${claimed.name}` };
  await assertRefused(world, () => visitor.answer(acme.acsUrl, acme.mint(bob, id)), { code: 'email-domain-not-reserved', tenant: acme.tenant });
  await assertRefused(world, () => world.visitor().post('/sign-in', { who: alice.email }), { code: 'domain-unknown', status: 404 });
  // The record is back.
  publish(claimed);
  assert.equal((await check(claimed.name)).status, 'reserved');
  await signIn(world, acme, alice);
});

test('resolvers that are out of reach take nothing away', async () => {
  const claimed = await claim(acme);
  publish(claimed);
  await check(claimed.name);
  for (const resolver of resolvers) resolver.become('fails');
  await world.query('UPDATE domain SET missing_since = 1 WHERE name = ?', claimed.name);
  assert.equal((await check(claimed.name)).status, 'reserved');
});

test('an organisation that is suspended is not checked', async () => {
  const claimed = await claim(acme);
  publish(claimed);
  await world.query("UPDATE tenant SET status = 'suspended' WHERE id = ?", acme.tenant);
  assert.equal((await check(claimed.name)).status, 'pending');
});
