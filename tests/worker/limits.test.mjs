// @ts-check
// What one network may do in a minute. Whoever asks more than that is told so, and nothing is written for them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { routes } from './support/routes.mjs';
import { words } from './support/visitor.mjs';
import { startWorld } from './support/world.mjs';

const LIMIT = 5;

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld({ limit: LIMIT });
  acme = await world.organisation();
});
after(() => world?.stop());

// The limiter's minutes are the clock's, not counted from the first request: one may end while a test asks.
const ASKED = 3 * LIMIT;

/** Asks more often than is allowed, in two minutes even. @param {() => Promise<import('./support/visitor.mjs').Answer>} act */
async function tooOften(act) {
  const answers = [];
  for (let index = 0; index < ASKED; index += 1) answers.push(await act());
  return answers;
}

for (const [what, act] of /** @type {[string, () => Promise<import('./support/visitor.mjs').Answer>][]} */ ([
  ['begin', () => world.visitor().get(`/sso/${acme.ssoName}`)],
  ['answer', () => world.visitor().answer(acme.acsUrl, 'nonsense')],
])) {
  test(`who has too much to ${what} is told to wait`, async () => {
    const written = async () => (await world.query('SELECT (SELECT count(*) FROM pending_login) + (SELECT count(*) FROM audit_event) AS n'))[0].n;
    const before = await written();
    const answers = await tooOften(act);
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= ASKED - 2 * LIMIT, `${refused.length} of ${ASKED}`);
    assert.ok(refused.length <= ASKED - LIMIT, 'what is allowed is done');
    assert.equal(await written() - before, ASKED - refused.length, 'and of what is not, nothing is written');
    const [{ headers, body }] = refused;
    assert.equal(headers.get('retry-after'), '60');
    assert.match(words(body), /Too many sign-ins from your network/);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  });
}

test('who has too much to ask of the API is told to wait, in its own form', async () => {
  const answers = await tooOften(() => world.visitor().get('/api/v1/me'));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= ASKED - 2 * LIMIT, `${refused.length} of ${ASKED}`);
  assert.equal(JSON.parse(refused[0].body).code, 'too-many-requests');
  assert.equal(refused[0].headers.get('retry-after'), '60');
});

test('who has too many records of domains asked for is told to wait', async () => {
  // Whoever it is: nobody else has resolvers asked in our name without end.
  const answers = await tooOften(() => world.visitor().send('/api/v1/domains/acme.test/check', { method: 'POST' }));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length >= ASKED - 2 * LIMIT, `${refused.length} of ${ASKED}`);
});

test('whatever a stranger has written down, by any route, comes to an end', async () => {
  const written = async () => (await world.query('SELECT (SELECT count(*) FROM pending_login) + (SELECT count(*) FROM audit_event) + (SELECT count(*) FROM outside_failure) AS n'))[0].n;
  /** What a stranger has written down at all: without any, nothing would be limited here. @type {string[]} */
  const limited = [];
  const form = { who: `alice@${acme.domain}`, email: `alice@${acme.domain}`, SAMLResponse: 'nonsense', RelayState: 'x' };
  for (const [place, { path, methods }] of routes().entries()) {
    const real = path.replace(/^saml\/c_x/, new URL(acme.acsUrl).pathname.split('/').slice(1, 3).join('/')).replace('sso/c_x', `sso/${acme.ssoName}`);
    for (const method of methods.filter((it) => it !== 'HEAD')) {
      const before = await written();
      // Each route from a network of its own: what others had written down there does not count for it. From our pages and from elsewhere.
      await Promise.all(Array.from({ length: ASKED }, (_, index) => world.visitor().send(`/${real}`, {
        method,
        headers: { 'cf-connecting-ip': `198.51.100.${place}`, ...(index % 2 ? { origin: world.origin, 'sec-fetch-site': 'same-origin' } : { origin: 'http://127.0.0.1:9', 'sec-fetch-site': 'cross-site' }) },
        ...(method === 'GET' ? {} : { body: new URLSearchParams(form) }),
      })));
      const more = await written() - before;
      assert.ok(more <= 2 * LIMIT, `${method} /${path}`);
      if (more > 0) limited.push(`${method} /${path}`);
    }
  }
  assert.ok(limited.length > 3, `${limited.length}: ${limited.join(', ')}`);
});

test('who only reads is never told to wait', async () => {
  for (const path of ['/', '/health', '/vault', new URL(acme.entityId).pathname]) {
    for (const { status } of await tooOften(() => world.visitor().get(path))) assert.notEqual(status, 429, path);
  }
});
