// @ts-check
// Where a sign-in may end: on a page of ours, whatever a link or a RelayState says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { destination } from './support/visitor.mjs';
import { startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation({ idpInitiated: true, idpInitiatedPaths: ['/vault/activity'] });
});
after(() => world?.stop());

const elsewhere = [
  '//evil.test', '///evil.test', '/\\evil.test', '\\\\evil.test', '/\t/evil.test', '/%2f/evil.test', 'https://evil.test/vault', 'https:evil.test',
  'javascript:alert(1)', 'data:text/html,x', 'https://localhost@evil.test/', '//localhost:80@evil.test/', '/vault\r\nSet-Cookie: x=y', '/vault\nLocation: //evil.test',
  '/vault/../../evil', '/vault//evil.test', '/.//evil.test', '/vault/activity@evil.test\0', '', ' ', '/', '/sign-out', '/vault?next=//evil.test', '/vault#x', `/vault/${'a'.repeat(5000)}`,
];

/** Where a browser ends up: our own origin, under /vault. @param {string | null} location */
function assertOurs(location) {
  const url = new URL(destination(location) ?? '', world.origin);
  assert.equal(url.origin, world.origin, `${location}`);
  assert.match(url.pathname, /^\/vault(\/|$)/);
  assert.ok(!/evil/.test(url.pathname + url.search) || url.pathname.startsWith('/vault/'), `${location}`);
}

test('the page that was asked for is returned to', async () => {
  const visitor = world.visitor();
  assert.equal((await visitor.get('/vault/activity')).location, '/?to=/vault/activity');
  const page = await visitor.get('/?to=/vault/activity');
  assert.ok(page.body.includes('<input type="hidden" name="to" value="/vault/activity">'));
  const alice = acme.person('alice');
  const { id } = await visitor.begin(alice.email, '/vault/activity');
  const answer = await visitor.answer(acme.acsUrl, acme.mint(alice, id));
  assert.equal(destination(answer.location), '/vault/activity');
  assert.equal((await visitor.get('/vault/activity')).status, 200);
});

test('the address of an SSO name takes it along', async () => {
  const visitor = world.visitor();
  const page = await visitor.get(`/sso/${acme.ssoName}?to=/vault/activity`);
  assert.equal(page.status, 200);
  const [row] = await world.query('SELECT return_to FROM pending_login ORDER BY created_at DESC LIMIT 1');
  assert.equal(row.return_to, '/vault/activity');
});

test('nothing typed into a link leads elsewhere', async () => {
  const alice = acme.person('alice');
  for (const to of elsewhere) {
    const visitor = world.visitor();
    const first = await visitor.get(`/?to=${encodeURIComponent(to)}`);
    assert.ok(!first.body.includes('evil.test'), to);
    const { id } = await visitor.begin(alice.email, to);
    const response = acme.mint(alice, id);
    const answer = await visitor.answer(acme.acsUrl, response);
    assert.equal(answer.status, 303, to);
    assertOurs(answer.location);
    assert.equal(answer.headers.get('set-cookie')?.includes('x=y'), false);
    assertOurs((await visitor.get(`/?to=${encodeURIComponent(to)}`)).location);
    assertOurs((await visitor.answer(acme.acsUrl, response)).location);
  }
});

test('the RelayState of an answer is not looked at', async () => {
  const alice = acme.person('alice');
  for (const relayState of ['/vault/activity', ...elsewhere]) {
    const visitor = world.visitor();
    const { id } = await visitor.begin(alice.email);
    assert.equal(destination((await visitor.answer(acme.acsUrl, acme.mint(alice, id), relayState)).location), '/vault', relayState);
  }
});

test('the RelayState of an unsolicited response leads only where the admin said', async () => {
  const alice = acme.person('alice');
  const confirmed = async (/** @type {string} */ relayState) => {
    const visitor = world.visitor();
    const page = await visitor.answer(acme.acsUrl, acme.mint(alice, null), relayState);
    const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    return (await visitor.post('/confirm', { token, answer: 'yes' })).location;
  };
  assert.equal(await confirmed('/vault/activity'), '/vault/activity');
  for (const relayState of ['/vault/other', '/vault/activity/', '/vault/activity?x', ...elsewhere]) assert.equal(await confirmed(relayState), '/vault', relayState);
});
