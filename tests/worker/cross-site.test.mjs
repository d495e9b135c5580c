// @ts-check
// Other sites' forms change nothing here. The ACS, which is there for another site's form, has its own checks.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { destination } from './support/visitor.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation({ idpInitiated: true });
});
after(() => world?.stop());

/** What a browser says of a form that is not ours. @returns {[string, Record<string, string>][]} */
function origins() {
  return [
    ['another site', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }],
    ['another port of this host', { origin: 'http://localhost:9', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['an old browser, from another site', { origin: 'https://evil.test' }],
    ['a lie in one of the two', { origin: world.origin, 'sec-fetch-site': 'cross-site' }],
    ['a lie in the other', { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' }],
    ['somebody who does not say', {}],
  ];
}

/** @param {import('./support/visitor.mjs').Visitor} visitor @param {string} path @param {Record<string, string>} form @param {Record<string, string>} headers */
const post = (visitor, path, form, headers) => visitor.send(path, { method: 'POST', body: new URLSearchParams(form), headers });

test('/sign-out', async () => {
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  for (const [, headers] of origins()) {
    await assertRefused(world, () => post(visitor, '/sign-out', {}, headers), { code: 'cross-site' });
  }
  assert.equal((await visitor.get('/vault')).status, 200, 'still signed in');
  assert.equal((await visitor.post('/sign-out', {})).status, 303);
});

test('/confirm', async () => {
  const visitor = world.visitor();
  const page = await visitor.answer(acme.acsUrl, acme.mint(acme.person('alice'), null));
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  for (const [, headers] of origins()) {
    await assertRefused(world, () => post(visitor, '/confirm', { token, answer: 'yes' }, headers), { code: 'cross-site' });
  }
  assert.equal(destination((await visitor.post('/confirm', { token, answer: 'yes' })).location), '/vault');
});

test('/sign-in', async () => {
  const visitor = world.visitor();
  for (const [, headers] of origins()) {
    await assertRefused(world, () => post(visitor, '/sign-in', { who: acme.ssoName }, headers), { code: 'cross-site' });
  }
});

test('a link does nothing that a form is for', async () => {
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  const everything = () => world.snapshot();
  const before = await everything();
  for (const path of ['/sign-out', '/confirm', '/sign-in', new URL(acme.acsUrl).pathname]) {
    const answer = await visitor.get(path);
    assert.equal(answer.status, 405, path);
    assert.equal(answer.headers.get('allow'), 'POST');
  }
  assert.deepEqual(await everything(), before);
});

test('what asks the local database for these tests and for `npm start` answers nobody who does not know its secret', async () => {
  for (const authorization of ['', 'undefined', 'null', 'SECRET']) {
    const response = await fetch(world.local, { method: 'POST', headers: { 'mf-route-override': 'keyward-database', authorization }, body: JSON.stringify([{ sql: 'SELECT 1', params: [] }]) });
    assert.deepEqual([response.status, await response.text()], [403, ''], authorization);
  }
});
