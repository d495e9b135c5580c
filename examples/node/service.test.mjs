// @ts-check
// How a service's own tests sign somebody in: with a response that `keyward/testing` signs, and no identity provider.
//
//   node --test
import { strict as assert } from 'node:assert';
import { after, before, beforeEach, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { mintResponse, testIdp } from 'keyward/testing';
import { createService } from './service.mjs';

const origin = 'https://app.example.com';
const sp = { spEntityId: `${origin}/saml/metadata`, acsUrl: `${origin}/saml/acs` };
const issuer = 'https://idp.example.com';
const idp = { entityId: issuer, certificates: [testIdp().certificate], ssoUrl: `${issuer}/sso` };

/** What the service would tell its admin. @type {string[]} */
let logged = [];
const service = createService({ origin, idp, log: (line) => void logged.push(line) });
let address = '';

before(async () => {
  await new Promise((/** @type {(value?: unknown) => void} */ resolve) => service.listen(0, '127.0.0.1', resolve));
  const bound = service.address();
  address = typeof bound === 'object' && bound ? `http://127.0.0.1:${bound.port}` : '';
});
after(() => service.close());
beforeEach(() => (logged = []));

/** @param {string} path @param {RequestInit & { cookie?: string }} [options] */
const get = (path, { cookie, ...options } = {}) => fetch(address + path, { redirect: 'manual', headers: cookie ? { cookie } : {}, ...options });

/** The cookie that an answer sets, as a browser would send it back. @param {Response} response */
const cookieOf = (response) => response.headers.getSetCookie()[0]?.split(';')[0] ?? '';

/** Begins a sign-in. */
async function begin() {
  const response = await get('/sign-in');
  const location = new URL(response.headers.get('location') ?? '');
  assert.equal(location.origin + location.pathname, idp.ssoUrl);
  // The Redirect binding deflates the request.
  const xml = inflateRawSync(Buffer.from(location.searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  return { cookie: cookieOf(response), id: /\bID="([^"]+)"/.exec(xml)?.[1] };
}

/** @param {string} response @param {string} cookie */
const answer = (response, cookie) => get('/saml/acs', { method: 'POST', cookie, body: new URLSearchParams({ SAMLResponse: response }) });

test('somebody signs in, and the page says who', async () => {
  const { cookie, id } = await begin();
  const { response } = mintResponse({ ...sp, issuer, now: Date.now(), inResponseTo: id, attributes: { Email: 'alice@example.com', Team: '<b>R&D</b>' } });
  const signedIn = await answer(response, cookie);
  assert.equal(signedIn.status, 303);
  const page = await (await get('/', { cookie: cookieOf(signedIn) })).text();
  assert.match(page, /alice@example\.com/);
  assert.ok(!page.includes('<b>'), 'what the provider sends is text');
});

test('the same answer opens one session', async () => {
  const { cookie, id } = await begin();
  const { response } = mintResponse({ ...sp, issuer, now: Date.now(), inResponseTo: id });
  const statuses = await Promise.all([answer(response, cookie), answer(response, cookie)]);
  assert.deepEqual(statuses.map(({ status }) => status).sort(), [303, 403]);
});

test('another browser’s answer opens none', async () => {
  const { id } = await begin();
  const { cookie } = await begin();
  const { response } = mintResponse({ ...sp, issuer, now: Date.now(), inResponseTo: id });
  assert.equal((await answer(response, cookie)).status, 403);
  assert.match(logged[0], /^in-response-to: /);
  assert.equal((await answer(response, '')).status, 403);
});

test('an answer for another service opens none, and the admin learns why', async () => {
  const { cookie, id } = await begin();
  const { response } = mintResponse({ ...sp, spEntityId: 'https://other.example.com', issuer, now: Date.now(), inResponseTo: id });
  assert.equal((await answer(response, cookie)).status, 403);
  assert.match(logged[0], /^audience: /);
});
