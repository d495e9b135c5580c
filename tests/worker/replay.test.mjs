// @ts-check
// What may happen once happens once, also through two Workers that share one D1.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mintXml } from './support/mint.mjs';
import { words } from './support/visitor.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

const AT_ONCE = 50;

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld({ workers: 2, countD1: true });
  acme = await world.organisation();
});
after(() => world?.stop());

/** @param {string} table @param {string} tenant @returns {Promise<number>} */
const rows = async (table, tenant) => (await world.query(`SELECT count(*) AS n FROM ${table} WHERE tenant = ?`, tenant))[0].n;

/** How many rows there are of what a sign-in may leave once. @param {string} tenant */
async function counts(tenant) {
  /** @type {Record<string, number>} */
  const all = {};
  for (const table of ['user', 'identity', 'user_role', 'session', 'confirmation', 'consumed_assertion', 'consumed_request']) all[table] = await rows(table, tenant);
  all.login = (await world.query("SELECT count(*) AS n FROM audit_event WHERE tenant = ? AND event = 'login'", tenant))[0].n;
  return all;
}

/** @param {Record<string, number>} before @param {Record<string, number>} after */
const grown = (before, after) => Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]));

/** @param {boolean} known */
const account = (known) => ({ user: known ? 0 : 1, identity: known ? 0 : 1, user_role: known ? 0 : 1 });

/** How often each status came. @param {{ status: number }[]} answers */
function tally(answers) {
  /** @type {Record<number, number>} */
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** In turn at either Worker. @template T @param {(target: string, index: number) => Promise<T>} act */
function each(act) {
  return Promise.all(Array.from({ length: AT_ONCE }, (_, index) => act(world.origins[index % world.origins.length], index)));
}

/** The same, where every one of them has loaded its facts before the first decides. @template T @param {(target: string, index: number) => Promise<T>} act */
async function atOnce(act) {
  await world.holdD1(AT_ONCE / world.origins.length);
  return each(act);
}

/** Both Workers remember the connection: the first that a request loads are then its facts. @param {import('./support/world.mjs').Organisation} organisation */
async function warm(organisation) {
  for (const origin of world.origins) {
    await world.visitor().at(origin).answer(organisation.acsUrl, organisation.mint(organisation.person('nobody'), '_nobody-asked'));
  }
}

test('two Workers are up, on one database', async () => {
  assert.equal(world.origins.length, 2);
  for (const origin of world.origins) assert.equal((await fetch(`${origin}/health`)).status, 200);
  // What one begins, the other finishes.
  const visitor = world.visitor();
  const alice = acme.person('first');
  const { id } = await visitor.begin(alice.email);
  const answer = await visitor.at(world.origins[1]).answer(acme.acsUrl, acme.mint(alice, id));
  assert.equal(answer.status, 303, words(answer.body));
  assert.equal((await visitor.get('/vault')).status, 200);
});

test('the same assertion twice from the same browser leads to the session it has, and writes nothing', async () => {
  const { visitor, response } = await signIn(world, acme, acme.person('alice'));
  const before = await world.snapshot();
  const again = await visitor.answer(acme.acsUrl, response);
  assert.equal(again.status, 303);
  assert.equal(again.location, '/vault');
  assert.deepEqual(again.headers.getSetCookie(), [], 'no second session');
  assert.deepEqual(await world.snapshot(), before);
});

test('the same assertion from another browser, or after signing out', async () => {
  const { visitor, response } = await signIn(world, acme, acme.person('alice'));
  await assertRefused(world, () => world.visitor().answer(acme.acsUrl, response), { code: 'request-browser' });
  assert.equal((await visitor.post('/sign-out', {})).status, 303);
  await assertRefused(world, () => visitor.answer(acme.acsUrl, response), { code: 'request-used' });
});

test('a used request, answered by another assertion', async () => {
  const alice = acme.person('alice');
  const { visitor, request } = await signIn(world, acme, alice);
  await visitor.post('/sign-out', {});
  await assertRefused(world, () => visitor.answer(acme.acsUrl, acme.mint(alice, request)), { code: 'request-used', title: 'This sign-in has expired' });
});

test('a used request never opens a session for somebody else in the browser that is signed in', async () => {
  const { visitor, request } = await signIn(world, acme, acme.person('alice'));
  const before = await world.snapshot();
  const answer = await visitor.answer(acme.acsUrl, acme.mint(acme.person('eve'), request));
  assert.equal(answer.status, 303);
  assert.deepEqual(answer.headers.getSetCookie(), []);
  assert.deepEqual(await world.snapshot(), before);
  assert.match(words((await visitor.get('/vault')).body), /alice@org1\.test/);
});

test('an assertion in another wrapper, for another request of the same browser', async () => {
  const alice = acme.person('alice');
  const visitor = world.visitor();
  const first = await visitor.begin(alice.email);
  const second = await visitor.begin(alice.email);
  const xml = mintXml(acme.idp, acme.sp, alice, first.id, { sign: 'assertion' });
  const post = (/** @type {string} */ altered) => () => visitor.answer(acme.acsUrl, Buffer.from(altered).toString('base64'));
  // Only the Response, which is not signed, names the second request.
  await assertRefused(world, post(xml.replace(first.id, second.id)), { code: 'in-response-to' });
  await assertRefused(world, post(xml.replace(` InResponseTo="${first.id}"`, '')), { code: 'in-response-to' });
  assert.equal((await post(xml)()).status, 303);
});

test('an ID that was used, in another assertion of that IdP', async () => {
  const id = '_the-same';
  const visitor = world.visitor();
  const answer = async (/** @type {string} */ name) => {
    const person = acme.person(name);
    const request = await visitor.begin(person.email);
    const response = acme.mint(person, request.id, { id });
    return () => visitor.answer(acme.acsUrl, response);
  };
  assert.equal((await (await answer('alice'))()).status, 303);
  await assertRefused(world, await answer('bob'), { code: 'replay', title: 'This sign-in has expired' });
  // Of another organisation's IdP it is another assertion.
  const other = await world.organisation();
  const alice = other.person('alice');
  const request = await visitor.begin(alice.email);
  assert.equal((await visitor.answer(other.acsUrl, other.mint(alice, request.id, { id }))).status, 303);
});

// A first sign-in is kept single by the account's keys too. Of somebody who is known only the consumed rows are left to
// keep it so, and either has to be enough.
for (const known of [false, true]) {
  const who = known ? 'somebody who is known' : 'somebody new';

  test(`one assertion of ${who}, ${AT_ONCE} times at once through two Workers, opens one session`, async () => {
    const organisation = await world.organisation();
    const alice = organisation.person('alice');
    if (known) await signIn(world, organisation, alice);
    await warm(organisation);
    const before = await counts(organisation.tenant);
    const visitor = world.visitor();
    const { id } = await visitor.begin(alice.email);
    const response = organisation.mint(alice, id);
    const answers = await atOnce((target) => {
      const tab = visitor.at(target);
      tab.cookies = new Map(visitor.cookies);
      return tab.answer(organisation.acsUrl, response);
    });
    assert.deepEqual(tally(answers), { 303: AT_ONCE }, 'the others are taken to the session that their browser has');
    const opened = answers.filter((answer) => answer.headers.getSetCookie().some((line) => line.startsWith('__Host-keyward-session=')));
    assert.equal(opened.length, 1);
    const one = { session: 1, confirmation: 0, consumed_assertion: 1, consumed_request: 1, login: 1 };
    assert.deepEqual(grown(before, await counts(organisation.tenant)), { ...one, ...account(known) });
  });

  test(`one unsolicited assertion of ${who}, ${AT_ONCE} times at once, from as many browsers, asks one person`, async () => {
    const organisation = await world.organisation({ idpInitiated: true });
    const alice = organisation.person('alice');
    if (known) await signIn(world, organisation, alice);
    await warm(organisation);
    const before = await counts(organisation.tenant);
    const response = organisation.mint(alice, null);
    const answers = await atOnce((target) => world.visitor().at(target).answer(organisation.acsUrl, response));
    assert.deepEqual(tally(answers), { 200: 1, 403: AT_ONCE - 1 });
    const one = { session: 0, confirmation: 1, consumed_assertion: 1, consumed_request: 0, login: 0 };
    assert.deepEqual(grown(before, await counts(organisation.tenant)), { ...one, ...account(known) });
    const codes = await world.query("SELECT code, count(*) AS n FROM audit_event WHERE tenant = ? AND code <> 'request-unknown' GROUP BY code", organisation.tenant);
    assert.deepEqual(codes, [{ code: 'replay', n: AT_ONCE - 1 }]);
  });
}

test(`one request, answered by ${AT_ONCE} different assertions at once, opens one session`, async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  await signIn(world, organisation, alice);
  await warm(organisation);
  const before = await counts(organisation.tenant);
  const visitor = world.visitor();
  const { id } = await visitor.begin(alice.email);
  const responses = Array.from({ length: AT_ONCE }, () => organisation.mint(alice, id));
  const answers = await atOnce((target, index) => {
    const tab = visitor.at(target);
    tab.cookies = new Map(visitor.cookies);
    return tab.answer(organisation.acsUrl, responses[index]);
  });
  assert.deepEqual(tally(answers), { 303: AT_ONCE });
  const one = { session: 1, confirmation: 0, consumed_assertion: 1, consumed_request: 1, login: 1 };
  assert.deepEqual(grown(before, await counts(organisation.tenant)), { ...one, ...account(true) });
});

test(`one confirmation ${AT_ONCE} times at once opens one session`, async () => {
  const organisation = await world.organisation({ idpInitiated: true });
  const visitor = world.visitor();
  const page = await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), null));
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1];
  assert.ok(token, page.body);
  const answers = await atOnce((target) => {
    const tab = visitor.at(target);
    tab.cookies = new Map(visitor.cookies);
    return tab.post('/confirm', { token, answer: 'yes' });
  });
  assert.deepEqual(tally(answers), { 303: 1, 403: AT_ONCE - 1 });
  assert.equal(await rows('session', organisation.tenant), 1);
});

test(`${AT_ONCE} first sign-ins of one person at once make one user`, async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  const ready = await each(async (target) => {
    const visitor = world.visitor();
    const { id } = await visitor.begin(alice.email);
    return { visitor: visitor.at(target), response: organisation.mint(alice, id) };
  });
  await warm(organisation);
  const answers = await atOnce((_, index) => ready[index].visitor.answer(organisation.acsUrl, ready[index].response));
  assert.deepEqual(tally(answers), { 303: AT_ONCE }, answers.map((answer) => words(answer.body)).find((text) => text) ?? '');
  for (const [table, count] of /** @type {[string, number][]} */ ([['user', 1], ['identity', 1], ['user_role', 1], ['session', AT_ONCE]])) {
    assert.equal(await rows(table, organisation.tenant), count, table);
  }
  const [{ created }] = await world.query('SELECT sum(created_user) AS created FROM session WHERE tenant = ?', organisation.tenant);
  assert.equal(created, 1, 'one of them made the account');
  const made = await world.query("SELECT event FROM audit_event WHERE tenant = ? AND event = 'create_user'", organisation.tenant);
  assert.equal(made.length, 1);
});

test(`${AT_ONCE} people at once on 10 seats`, async () => {
  const organisation = await world.organisation({}, { seats: 10 });
  const ready = await each(async (target, index) => {
    const person = organisation.person(`person${index}`);
    const visitor = world.visitor();
    const { id } = await visitor.begin(person.email);
    return { visitor: visitor.at(target), response: organisation.mint(person, id) };
  });
  await warm(organisation);
  const answers = await atOnce((_, index) => ready[index].visitor.answer(organisation.acsUrl, ready[index].response));
  assert.deepEqual(tally(answers), { 303: 10, 403: AT_ONCE - 10 });
  assert.equal(await rows('user', organisation.tenant), 10);
  assert.equal(await rows('session', organisation.tenant), 10);
});
