// @ts-check
// How often the Worker asks D1, counted where the calls leave it (tests/support/counting-entry.mjs).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld({ countD1: true });
  acme = await world.organisation();
});
after(() => world?.stop());

/** @template T @param {() => Promise<T>} act @returns {Promise<{ trips: number, result: T }>} */
async function count(act) {
  await world.d1Trips();
  const result = await act();
  return { trips: await world.d1Trips(), result };
}

/** @param {string} name */
async function arriving(name) {
  const person = acme.person(name);
  const visitor = world.visitor();
  const { id } = await visitor.begin(person.email);
  const response = acme.mint(person, id);
  return () => visitor.answer(acme.acsUrl, response);
}

test('the start of a sign-in is one round trip, by every way in', async () => {
  const alice = acme.person('alice');
  for (const act of [
    () => world.visitor().begin(alice.email),
    () => world.visitor().begin(acme.ssoName),
    () => world.visitor().get(`/sso/${acme.ssoName}`),
    () => world.visitor().get(new URL(acme.startUrl).pathname),
    () => world.visitor().post('/sign-in', { who: 'somebody@nowhere.test' }), // its refusal is recorded in the same one
  ]) {
    assert.equal((await count(act)).trips, 1);
  }
});

test('the answer is three round trips at most when the isolate is new, two when it knows the connection', async () => {
  const cold = await count(await arriving('cold'));
  assert.equal(cold.result.status, 303);
  assert.ok(cold.trips <= 3, `${cold.trips} cold`);
  assert.ok(cold.trips > 0, 'the counter counts');
  const warm = await count(await arriving('warm'));
  assert.equal(warm.result.status, 303);
  assert.ok(warm.trips <= 2, `${warm.trips} warm, first sign-in`);
  const again = await count(await arriving('warm'));
  assert.ok(again.trips <= 2, `${again.trips} warm, second sign-in`);
  console.log(`# D1 round trips: ACS ${cold.trips} cold, ${warm.trips} warm`);
});

test('the first page asks nothing of a stranger, and the vault asks once', async () => {
  assert.equal((await count(() => world.visitor().get('/'))).trips, 0);
  const person = acme.person('reader');
  const visitor = world.visitor();
  const { id } = await visitor.begin(person.email);
  await visitor.answer(acme.acsUrl, acme.mint(person, id));
  assert.equal((await count(() => visitor.get('/vault'))).trips, 1);
});

test('what a day costs in rows that D1 reads and writes, as docs/operating.md counts it', async () => {
  // Somebody else's rows are nobody's cost: an index leads past them.
  for (let others = 0; others < 20; others += 1) await (await arriving(`other${others}`))();
  const rows = async (/** @type {() => Promise<unknown>} */ act) => {
    await world.d1Rows();
    await act();
    return world.d1Rows();
  };
  const person = acme.person('counted');
  const visitor = world.visitor();
  let id = '';
  const start = await rows(async () => ({ id } = await visitor.begin(person.email)));
  const first = await rows(() => visitor.answer(acme.acsUrl, acme.mint(person, id)));
  ({ id } = await visitor.begin(person.email));
  const again = await rows(() => visitor.answer(acme.acsUrl, acme.mint(person, id)));
  const page = await rows(() => visitor.get('/vault'));
  const cron = await rows(() => world.cron());
  const health = await rows(() => visitor.get('/health'));
  // What a sign-in leaves behind is removed a day, and a month, later; that is written, too.
  const [{ n: signIns }] = await world.query('SELECT count(*) AS n FROM session');
  for (const table of ['pending_login', 'session']) await world.query(`UPDATE ${table} SET created_at = 1, expires_at = 2`);
  await world.query('UPDATE consumed_assertion SET expires_at = 2');
  const cleared = await rows(() => world.cron());
  assert.equal((await world.query('SELECT count(*) AS n FROM session'))[0].n, 0);
  const removed = { read: Math.round(cleared.read / signIns), written: Math.round(cleared.written / signIns) };
  console.log(`# D1 rows: ${JSON.stringify({ removed, start, first, again, page, cron, health })}`);
  for (const [what, { read, written }, [mostRead, mostWritten]] of /** @type {const} */ ([
    ['start', start, [20, 10]], ['first answer', first, [120, 60]], ['answer', again, [120, 40]], ['page', page, [40, 2]], ['cron', cron, [100, 5]], ['what is removed of a sign-in', removed, [60, 30]], ['health', health, [100, 0]],
  ])) {
    assert.ok(read <= mostRead && written <= mostWritten, `${what}: ${read} read, ${written} written`);
  }
  assert.ok(start.written > 0 && first.written > again.written && page.read > 0, 'the counter counts');
});
