// @ts-check
// What every answer carries: headers, cookies, and few bytes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signIn, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation({ idpInitiated: true });
});
after(() => world?.stop());

/** Every kind of answer there is. @returns {Promise<[string, number, import('./support/visitor.mjs').Answer][]>} */
async function answers() {
  const { visitor, answer } = await signIn(world, acme, acme.person('alice'));
  const stranger = world.visitor();
  const broken = await world.organisation();
  await world.query("UPDATE sp_key SET wrapped = 'v1.00000000.AAAA' WHERE connection = ?", broken.id);
  return [
    ['sign-in', 200, await stranger.get('/')],
    ['sign-in, with a mistake', 422, await stranger.post('/sign-in', { who: '@' })],
    ['continue', 200, await stranger.post('/sign-in', { who: acme.ssoName })],
    ['SSO name', 200, await stranger.get(`/sso/${acme.ssoName}`)],
    ['tile', 303, await stranger.get(new URL(acme.startUrl).pathname)],
    ['metadata', 200, await stranger.get(new URL(acme.entityId).pathname)],
    ['signed in', 303, answer],
    ['confirm', 200, await stranger.answer(acme.acsUrl, acme.mint(acme.person('alice'), null))],
    ['refused', 403, await stranger.answer(acme.acsUrl, 'x')],
    ['unknown organisation', 404, await stranger.get('/sso/nobody')],
    ['vault', 200, await visitor.get('/vault')],
    ['activity', 200, await visitor.get('/vault/activity')],
    ['vault, signed out', 303, await stranger.get('/vault')],
    ['signed out', 303, await visitor.post('/sign-out', {})],
    ['not found', 404, await stranger.get('/nowhere')],
    ['method', 405, await stranger.get('/sign-out')],
    ['health', 200, await stranger.get('/health')],
    ['a defect of ours', 500, await stranger.get(`/sso/${broken.ssoName}`)],
  ];
}

test('every answer has the security headers, and only its own kind of form', async () => {
  for (const [what, status, { headers, status: got, body }] of await answers()) {
    assert.equal(got, status, what);
    const csp = new Map((headers.get('content-security-policy') ?? '').split(';').map((part) => {
      const [name, ...values] = part.trim().split(/\s+/);
      return [name, values];
    }));
    assert.deepEqual(csp.get('default-src'), ["'none'"], what);
    assert.deepEqual(csp.get('base-uri'), ["'none'"], what);
    assert.deepEqual(csp.get('frame-ancestors'), ["'none'"], what);
    assert.ok(csp.get('form-action'), what);
    assert.ok(!csp.has('script-src') && ![...csp.values()].flat().some((value) => value.includes('unsafe') || value === '*'), what);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', what);
    assert.equal(headers.get('referrer-policy'), 'same-origin', what);
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin', what);
    assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin', what);
    assert.match(headers.get('strict-transport-security') ?? '', /^max-age=\d{8}/, what);
    assert.match(headers.get('permissions-policy') ?? '', /camera=\(\)/, what);
    assert.match(headers.get('cache-control') ?? '', /no-store/, what);
    assert.equal(headers.get('access-control-allow-origin'), null, what);
    assert.ok(!/<script|javascript:| on\w+="|style="/i.test(body), `${what}: no script and no inline style`);
  }
});

test('cookies are host-bound, secure, out of reach of script, and as strict as they can be', async () => {
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  /** @type {Map<string, string>} */
  const lines = new Map();
  for (const [, , { headers }] of await answers()) {
    for (const line of headers.getSetCookie()) lines.set(`${line.split('=')[0]}${/=;/.test(line) ? ' removed' : ''}`, line);
  }
  assert.deepEqual([...lines.keys()].sort(), ['__Host-keyward-browser', '__Host-keyward-org', '__Host-keyward-session', '__Host-keyward-session removed']);
  for (const [name, line] of lines) {
    assert.match(line, /; Path=\/(;|$)/, name);
    assert.match(line, /; Secure(;|$)/, name);
    assert.match(line, /; HttpOnly(;|$)/, name);
    assert.match(line, name === '__Host-keyward-browser' ? /; SameSite=None(;|$)/ : /; SameSite=Lax(;|$)/, name);
    assert.ok(!/Domain=/i.test(line), name);
  }
  assert.ok(!/Max-Age|Expires/i.test(lines.get('__Host-keyward-session') ?? ''), 'the session ends with the browser');
  assert.match(lines.get('__Host-keyward-session removed') ?? '', /Max-Age=0/);

  // Secrets have 256 bits, and the database has only their hashes.
  const everything = JSON.stringify(await world.snapshot());
  for (const name of ['__Host-keyward-browser', '__Host-keyward-session']) {
    const value = visitor.cookies.get(name) ?? '';
    assert.ok(Buffer.from(value, 'base64url').length >= 32, name);
    assert.ok(!everything.includes(value), name);
  }
});

test('a browser keeps its id, and gets a new session with each sign-in', async () => {
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  const first = new Map(visitor.cookies);
  await visitor.post('/sign-out', {});
  await signIn(world, acme, acme.person('alice'), visitor);
  assert.equal(visitor.cookies.get('__Host-keyward-browser'), first.get('__Host-keyward-browser'));
  assert.notEqual(visitor.cookies.get('__Host-keyward-session'), first.get('__Host-keyward-session'));
});

test('the sign-in page has at most 15 KB, and loads nothing but files of ours, none of them script', async () => {
  const page = await world.visitor().get('/');
  const loaded = [...page.body.matchAll(/<(?:link|img|script)[^>]+(?:href|src)="([^"]+)"/g)].map((match) => match[1]);
  assert.ok(loaded.length > 0);
  const bytes = Buffer.byteLength(page.body);
  for (const path of loaded) {
    assert.match(path, /^\/[\w.-]+$/, 'from our own origin');
    const file = await world.visitor().get(path);
    assert.equal(file.status, 200, path);
    assert.ok(!(file.headers.get('content-type') ?? '').includes('javascript'));
  }
  console.log(`# the sign-in page has ${bytes} bytes`);
  assert.ok(bytes <= 15 * 1024, `${bytes} bytes`);
});
