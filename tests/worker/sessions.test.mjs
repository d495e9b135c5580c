// @ts-check
// What ends a session, at its next request: the limits of policies, and whoever ends one, or all of somebody's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { words } from './support/visitor.mjs';
import { signIn, startWorld } from './support/world.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ workers: 2 });
});
after(() => world?.stop());

/** @param {import('./support/visitor.mjs').Visitor} visitor */
const isIn = async (visitor) => (await visitor.get('/vault')).status === 200;

/** As if it had begun, and been used, earlier. @param {string} tenant @param {number} begun @param {number} used */
const age = (tenant, begun, used) => world.query('UPDATE session SET created_at = ?, last_seen_at = ? WHERE tenant = ?', Date.now() - begun, Date.now() - used, tenant);

/** @param {string} tenant @param {Record<string, unknown>} policies @param {string} [role] */
const set = (tenant, policies, role = 'Member') => world.query('UPDATE role SET policies = ? WHERE tenant = ? AND name = ?', JSON.stringify(policies), tenant, role);

test('without a policy a session is good for half an hour unused and half a day at most', async () => {
  const acme = await world.organisation();
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  await age(acme.tenant, 11 * HOUR, 29 * MINUTE);
  assert.ok(await isIn(visitor));
  await age(acme.tenant, 11 * HOUR, 31 * MINUTE);
  assert.ok(!await isIn(visitor));
  const again = await signIn(world, acme, acme.person('bob'));
  await age(acme.tenant, 12 * HOUR + MINUTE, 0);
  assert.ok(!await isIn(again.visitor));
});

test('a policy counts for sessions that are open, from the next request on', async () => {
  const acme = await world.organisation();
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  await age(acme.tenant, 3 * HOUR, 20 * MINUTE);
  assert.ok(await isIn(visitor));
  await age(acme.tenant, 3 * HOUR, 20 * MINUTE);
  await set(acme.tenant, { session_idle_minutes: 15 });
  assert.ok(!await isIn(visitor.at(world.origins[1])));
  await set(acme.tenant, { session_max_hours: 2 });
  const again = (await signIn(world, acme, acme.person('alice'))).visitor;
  assert.ok(await isIn(again));
  await age(acme.tenant, 2 * HOUR + MINUTE, 0);
  assert.ok(!await isIn(again));
});

test('of several roles the strictest counts, and a role may be looser than no policy', async () => {
  const acme = await world.organisation({ groupsAttribute: 'groups', groupRoles: { Ops: 'Operator' } });
  await set(acme.tenant, { session_idle_minutes: 600, session_max_hours: 100 });
  await set(acme.tenant, { session_idle_minutes: 60 }, 'Operator');
  const arrive = async (/** @type {string} */ name, /** @type {string[]} */ groups) => {
    const visitor = world.visitor();
    const { id } = await visitor.begin(acme.ssoName);
    assert.equal((await visitor.answer(acme.acsUrl, acme.mint(acme.person(name), id, { attributes: { groups } }))).status, 303);
    return visitor;
  };
  const [member, operator] = [await arrive('alice', []), await arrive('bob', ['Ops'])];
  await age(acme.tenant, 50 * HOUR, 2 * HOUR);
  assert.ok(await isIn(member));
  assert.ok(!await isIn(operator));
});

test('policies that make no sense let nobody in', async () => {
  const acme = await world.organisation();
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  for (const policies of [{ session_idle_minutes: 0 }, { no_such_policy: true }, { session_max_hours: 'long' }]) {
    await set(acme.tenant, policies);
    assert.equal((await visitor.get('/vault')).status, 500);
  }
  await set(acme.tenant, {});
  assert.ok(await isIn(visitor));
});

test('one session is ended, and the others go on', async () => {
  const acme = await world.organisation();
  const one = (await signIn(world, acme, acme.person('alice'))).visitor;
  const other = (await signIn(world, acme, acme.person('alice'))).visitor;
  await one.post('/sign-out', {});
  assert.ok(!await isIn(one) && await isIn(other));
});

test('who signs out everywhere is out everywhere, at every Worker, and nobody else is', async () => {
  const acme = await world.organisation();
  const alice = acme.person('alice');
  const [here, there] = [(await signIn(world, acme, alice)).visitor, (await signIn(world, acme, alice)).visitor];
  const bob = (await signIn(world, acme, acme.person('bob'))).visitor;
  const page = await here.get('/vault/sessions');
  assert.match(page.body, /<form method="post" action="\/sign-out"><button class="danger" name="everywhere" value="yes">/);
  const kept = new Map(here.cookies);
  assert.equal((await here.post('/sign-out', { everywhere: 'yes' })).location, '/?signed-out');
  here.cookies = kept;
  for (const visitor of [here, there, there.at(world.origins[1])]) assert.ok(!await isIn(visitor));
  assert.ok(await isIn(bob));
  const [event] = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND event = 'logout'", acme.tenant);
  assert.equal(event.detail, 'In all browsers.');
  const again = (await signIn(world, acme, alice)).visitor;
  assert.ok(await isIn(again), 'what begins later goes on');
  // The cookie of a session that is over ends nothing.
  here.cookies = kept;
  await here.post('/sign-out', { everywhere: 'yes' });
  assert.ok(await isIn(again));
});

/** What the page of sessions offers to end. @param {string} body */
const ends = (body) => [...body.matchAll(/name="session" value="([0-9a-f]{64})"/g)].map((it) => it[1]);

test('a person sees their own sessions, by browser and address, and ends one or all others', async () => {
  const acme = await world.organisation();
  const alice = acme.person('alice');
  const agents = ['Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36', 'Mozilla/5.0 (iPhone) Safari/604.1', 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0'];
  const arrive = async (/** @type {string} */ agent) => {
    const visitor = world.visitor();
    visitor.agent = agent;
    return (await signIn(world, acme, alice, visitor)).visitor;
  };
  const [here, phone, desk] = [await arrive(agents[0]), await arrive(agents[1]), await arrive(agents[2])];
  const bob = (await signIn(world, acme, acme.person('bob'))).visitor;
  const page = await here.get('/vault/sessions');
  assert.equal(page.status, 200);
  const text = words(page.body);
  for (const shown of ['Chrome on Linux This browser', 'Safari on iPhone', 'Firefox on Windows', 'Last used']) assert.ok(text.includes(shown), shown);
  assert.equal(ends(page.body).length, 2, 'not this one, which ends by signing out, and nobody else’s');
  const [{ token }] = await world.query("SELECT token FROM session WHERE tenant = ? AND user_agent = ?", acme.tenant, agents[1]);
  assert.ok(ends(page.body).includes(token));
  // From another site, nothing.
  assert.equal((await here.postFrom('/vault/sessions/end', { session: token })).status, 403);
  assert.ok(await isIn(phone));
  const ended = await here.post('/vault/sessions/end', { session: token });
  assert.equal(ended.location, '/vault/sessions?ended=one');
  assert.ok(!await isIn(phone) && !await isIn(phone.at(world.origins[1])) && await isIn(here) && await isIn(desk) && await isIn(bob));
  assert.match(words((await here.get(ended.location)).body), /That session is over\./);
  const again = await arrive(agents[1]);
  assert.equal((await here.post('/vault/sessions/end', {})).location, '/vault/sessions?ended=others');
  assert.ok(await isIn(here) && await isIn(bob));
  for (const visitor of [desk, again]) assert.ok(!await isIn(visitor));
  assert.deepEqual(ends((await here.get('/vault/sessions')).body), []);
  const details = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND event = 'logout' ORDER BY time", acme.tenant);
  assert.deepEqual(details.map((it) => it.detail), ['In one browser, from another one.', 'In all other browsers.']);
  assert.match(words((await here.get('/vault/activity')).body), /Signed out/);
});

test('nobody ends a session of somebody else’s, or their own by this way', async () => {
  const [acme, evil] = [await world.organisation(), await world.organisation()];
  const alice = (await signIn(world, acme, acme.person('alice'))).visitor;
  const bob = (await signIn(world, acme, acme.person('bob'))).visitor;
  const eve = (await signIn(world, evil, evil.person('eve'))).visitor;
  const token = async (/** @type {string} */ tenant, /** @type {string} */ who) => (await world.query('SELECT s.token FROM session s JOIN user u ON u.tenant = s.tenant AND u.id = s.user WHERE s.tenant = ? AND u.email = ?', tenant, `${who}`))[0].token;
  const [hers, his] = [await token(acme.tenant, acme.person('alice').email), await token(acme.tenant, acme.person('bob').email)];
  const before = await world.query('SELECT token, revoked_at FROM session WHERE tenant IN (?, ?) ORDER BY token', acme.tenant, evil.tenant);
  for (const [visitor, session] of /** @type {const} */ ([[eve, hers], [eve, his], [bob, hers], [alice, hers], [alice, 'f'.repeat(64)]])) {
    assert.equal((await visitor.post('/vault/sessions/end', { session })).location, '/vault/sessions?ended=one', 'the same answer, whoever’s it is');
  }
  assert.deepEqual(await world.query('SELECT token, revoked_at FROM session WHERE tenant IN (?, ?) ORDER BY token', acme.tenant, evil.tenant), before);
  assert.deepEqual(await world.query("SELECT 1 FROM audit_event WHERE tenant = ? AND event = 'logout'", acme.tenant), []);
  const stranger = world.visitor();
  assert.equal((await stranger.get('/vault/sessions')).location, '/?to=/vault/sessions');
  assert.equal((await stranger.post('/vault/sessions/end', { session: hers })).location, '/?to=/vault/sessions');
  assert.ok(await isIn(alice) && await isIn(bob));
});

for (const [whose, sql, by] of /** @type {const} */ ([
  ['a person', 'UPDATE user SET sessions_ended_at = ? WHERE tenant = ?', 'tenant'],
  ['a connection', 'UPDATE connection SET sessions_ended_at = ? WHERE id = ?', 'id'],
  ['an organisation', 'UPDATE tenant SET sessions_ended_at = ? WHERE id = ?', 'tenant'],
])) {
  test(`all sessions of ${whose} are ended at once`, async () => {
    const [acme, other] = [await world.organisation(), await world.organisation()];
    const visitors = [(await signIn(world, acme, acme.person('alice'))).visitor, (await signIn(world, acme, acme.person('alice'))).visitor];
    const stranger = (await signIn(world, other, other.person('alice'))).visitor;
    await world.query(sql, Date.now(), acme[by]);
    for (const visitor of visitors) assert.ok(!await isIn(visitor.at(world.origins[1])));
    assert.ok(await isIn(stranger));
    assert.match(words((await visitors[0].get('/')).body), /Sign in/);
  });
}
