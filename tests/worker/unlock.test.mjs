// @ts-check
// What is locked opens by a passkey over HTTP: of who has one, in the session and the device that it was asked in, once; and a session
// that waits for one gets nowhere else.
import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { newAuthenticator } from './support/authenticator.mjs';
import { signIn, startWorld } from './support/world.mjs';

/** @typedef {import('./support/visitor.mjs').Visitor} Visitor */

/** @type {import('./support/world.mjs').World} */
let world;
before(async () => { world = await startWorld({ workers: 2 }); });
after(() => world?.stop());

const MINUTE = 60_000;
const json = async (/** @type {Visitor} */ visitor, /** @type {string} */ path, /** @type {unknown} */ body, origin = visitor.origin) => {
  const answer = await visitor.send(path, { method: 'POST', body: JSON.stringify(body), headers: { origin, 'sec-fetch-site': origin === visitor.origin ? 'same-origin' : 'cross-site' } });
  return { status: answer.status, ...JSON.parse(answer.body) };
};
const octets = (/** @type {number} */ length) => Buffer.alloc(length, 1).toString('base64');

/** A device of somebody's, behind the Worker's back, and the person's browser with a passkey. */
async function somebody(policies = {}) {
  const acme = await world.organisation({}, { policies: { disable_onboarding: true, ...policies } });
  const alice = acme.person('alice');
  const { visitor } = await signIn(world, acme, alice);
  const key = newAuthenticator(world.origin);
  const { challenge } = await json(visitor, '/two-factor/challenge', { ceremony: 'register' });
  const added = await visitor.post('/vault/two-factor/add-passkey', { at: 'settings', name: 'Key', ...key.register(challenge) });
  assert.equal(added.status, 200, added.body);
  const [{ user, token }] = await world.query('SELECT user, token FROM session WHERE tenant = ? ORDER BY created_at DESC LIMIT 1', acme.tenant);
  await world.query('INSERT INTO vault_statement (tenant, user, sequence, statement, created_at) VALUES (?, ?, 1, ?, 0)', acme.tenant, user, 'AAAA');
  const device = async (/** @type {string} */ id) => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = pair.publicKey.export({ format: 'jwk' });
    const signing = Buffer.concat([Buffer.from([4]), Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from(jwk.y ?? '', 'base64url')]).toString('base64');
    await world.query('INSERT INTO device (tenant, user, id, encryption, signing, sequence, wrap, share, created_at) VALUES (?, ?, ?, ?, ?, 1, ?, ?, 0)', acme.tenant, user, id, octets(65), signing, octets(178), octets(32));
    return (/** @type {string} */ challenge, its = token) => {
      const lines = ['keyward device proof', world.origin, acme.tenant, user, id, its, ...(challenge ? [challenge] : [])];
      return createSign('sha256').update(lines.join('\n')).sign({ key: pair.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64');
    };
  };
  const sign = await device('d_laptop');
  const prove = (/** @type {Visitor} */ who = visitor, its = token, more = {}) => json(who, '/vault/prove', { device: 'd_laptop', proof: sign('', its), ...more });
  return { acme, alice, visitor, key, user, token, device, sign, prove };
}

/** @param {Visitor} visitor */
const asked = async (visitor, device = 'd_laptop') => {
  const answer = await json(visitor, '/unlock/challenge', { device });
  assert.equal(answer.status, 200, answer.code);
  return answer.challenge;
};

test('locked by hand the session waits for the passkey, gets nowhere before, and goes on after it', async () => {
  const { acme, visitor, key, sign, prove } = await somebody();
  assert.equal((await prove()).status, 200);
  const locked = await json(visitor, '/vault/lock', {});
  assert.equal(locked.status, 200);
  assert.equal((await visitor.get('/vault/items')).location, '/unlock?to=%2Fvault%2Fitems');
  for (const path of ['/vault/two-factor', '/two-factor', '/onboarding']) assert.equal((await visitor.get(path)).location, `/unlock?to=${encodeURIComponent(path)}`, 'nor are factors changed');
  for (const path of ['/vault/keys', '/vault/changes?since=0', '/vault/escrow', '/vault/organisation/state']) assert.deepEqual([path, (await visitor.get(path)).status, JSON.parse((await visitor.get(path)).body)], [path, 403, { code: 'unlock-needed' }]);
  assert.deepEqual(await prove(), { status: 403, code: 'unlock-needed' });
  assert.equal(JSON.parse((await visitor.send('/api/v1/me', { headers: { 'sec-fetch-site': 'same-origin' } })).body).code, 'unlock-needed');
  const page = await visitor.get('/unlock?to=%2Fvault%2Fitems');
  assert.equal(page.status, 200);
  assert.match(page.body, /Unlock with your passkey/);
  const challenge = await asked(visitor);
  const [{ locked_at: lockedAt }] = await world.query("SELECT locked_at FROM device WHERE tenant = ?", acme.tenant);
  assert.deepEqual(await json(visitor, '/unlock/passkey', { device: 'd_laptop', proof: sign(challenge), ...key.show(challenge) }), { status: 200 });
  assert.deepEqual(await world.query('SELECT locked_at FROM device WHERE tenant = ?', acme.tenant), [{ locked_at: lockedAt }], 'it is open here, and nowhere else');
  const opened = await prove();
  assert.deepEqual([opened.status, opened.wrap, opened.share], [200, octets(178), octets(32)]);
  assert.equal((await prove(visitor, undefined, { locked: lockedAt })).status, 200, 'what the browser says of its lock is older');
  assert.equal((await visitor.get('/vault/items')).status, 200);
  assert.equal((await visitor.get('/unlock?to=%2Fvault')).location, '/vault');
  const events = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND event = 'login' ORDER BY time DESC LIMIT 1", acme.tenant);
  assert.deepEqual(events, [{ detail: 'The vault was unlocked by a passkey.' }]);
  // Locked again, it takes the passkey again.
  assert.equal((await json(visitor, '/vault/lock', { idle: true })).status, 200);
  assert.deepEqual(await prove(), { status: 403, code: 'unlock-needed' });
});

test('a session that was not used for as long as policies say waits too, until its longest is over', async () => {
  const { acme, visitor, key, sign, prove } = await somebody({ session_max_hours: 2 });
  const age = (/** @type {number} */ minutes) => world.query('UPDATE session SET last_seen_at = last_seen_at - ?, created_at = created_at - ?, authenticated_at = authenticated_at - ? WHERE tenant = ?', minutes * MINUTE, minutes * MINUTE, minutes * MINUTE, acme.tenant);
  await age(40);
  assert.deepEqual(await prove(), { status: 403, code: 'unlock-needed' });
  const challenge = await asked(visitor);
  assert.equal((await json(visitor, '/unlock/passkey', { device: 'd_laptop', proof: sign(challenge), ...key.show(challenge) })).status, 200);
  assert.equal((await prove()).status, 200);
  await age(90);
  assert.deepEqual(await prove(), { status: 401, code: 'session-over' }, 'a passkey does not make it longer');
  assert.deepEqual(await json(visitor, '/unlock/challenge', { device: 'd_laptop' }), { status: 401, code: 'session-over' });
  assert.match((await visitor.get('/unlock')).location ?? '', /^\/\?to=/);
});

test('what locked itself unheard opens by a passkey in that session alone', async () => {
  const { acme, alice, visitor, key, sign, prove } = await somebody();
  await world.query('UPDATE session SET authenticated_at = authenticated_at - ? WHERE tenant = ?', 10 * MINUTE, acme.tenant);
  const locked = Date.now() - MINUTE;
  assert.deepEqual(await prove(visitor, undefined, { locked }), { status: 403, code: 'device-locked' });
  await world.query('UPDATE device SET locked_at = ? WHERE tenant = ?', locked, acme.tenant);
  const challenge = await asked(visitor);
  assert.equal((await json(visitor, '/unlock/passkey', { device: 'd_laptop', proof: sign(challenge), ...key.show(challenge) })).status, 200);
  assert.equal((await prove(visitor, undefined, { locked })).status, 200);
  // Another session, of before the lock, whose second factor was shown: it has the device's signature and no passkey for it.
  const other = (await signIn(world, acme, alice)).visitor;
  await world.query('UPDATE session SET authenticated_at = authenticated_at - ? WHERE tenant = ? AND created_at = (SELECT max(created_at) FROM session WHERE tenant = ?)', 10 * MINUTE, acme.tenant, acme.tenant);
  const { challenge: shown } = await json(other, '/two-factor/challenge', { ceremony: 'show' });
  assert.equal((await other.post('/two-factor/passkey', { to: '/vault', ...key.show(shown) })).location, '/vault');
  const [{ token }] = await world.query('SELECT token FROM session WHERE tenant = ? ORDER BY created_at DESC LIMIT 1', acme.tenant);
  assert.deepEqual(await prove(other, token), { status: 403, code: 'device-locked' }, 'a second factor unlocks nothing');
});

test('nothing else unlocks: of another session, device, ceremony, origin, unverified, unsigned, twice, forbidden or blocked', async () => {
  const { acme, alice, visitor, key, sign, device, prove } = await somebody();
  const phone = await device('d_phone');
  assert.equal((await prove()).status, 200);
  await json(visitor, '/vault/lock', {});
  const before = await world.snapshot(['audit_event', 'factor_challenge']);
  const send = async (/** @type {Record<string, unknown>} */ more, /** @type {Parameters<typeof key.show>[1]} */ wishes = {}, challenge = '', who = visitor) => {
    const its = challenge || await asked(visitor);
    return json(who, '/unlock/passkey', { device: 'd_laptop', proof: sign(its), ...key.show(its, wishes), ...more });
  };
  const no = (/** @type {string} */ code, status = 403) => ({ status, code });
  assert.deepEqual(await send({}, { isVerified: false }), no('webauthn-not-verified'));
  assert.deepEqual(await send({}, { from: 'http://evil.test' }), no('webauthn-origin'));
  assert.deepEqual(await send({}, {}, 'A'.repeat(43)), no('webauthn-challenge'));
  assert.deepEqual(await send({ credential: octets(16) }), no('webauthn-credential'));
  assert.deepEqual(await send({ signature: octets(70) }), no('webauthn-signature'));
  assert.deepEqual(await send({ proof: sign('') }), no('device-not-proven'), 'the proof of before');
  const [one, two] = [await asked(visitor), await asked(visitor)];
  assert.deepEqual(await send({ proof: sign(one) }, {}, two), no('device-not-proven'), 'another challenge');
  assert.deepEqual(await send({ device: 'd_phone', proof: phone(one) }, {}, one), no('webauthn-challenge'), 'it was asked for in another device');
  assert.deepEqual(await send({ device: 'd_none' }), no('device-unknown'));
  const ofPhone = await asked(visitor, 'd_phone');
  assert.deepEqual(await send({}, {}, ofPhone), no('webauthn-challenge'), 'another device’s challenge');
  assert.deepEqual(await json(visitor, '/unlock/passkey', { device: 'd_laptop' }), no('vault-malformed', 400));
  assert.deepEqual(await json(visitor, '/unlock/challenge', { device: 'd_laptop' }, 'http://evil.test'), no('cross-site'));
  assert.deepEqual(await json(visitor, '/two-factor/challenge', { ceremony: 'unlock' }), no('unlock-needed'));
  // Another session's challenge, and its own for a second factor.
  const other = (await signIn(world, acme, alice)).visitor;
  const theirs = await asked(other);
  assert.deepEqual(await send({}, {}, theirs), no('webauthn-challenge'));
  const { challenge: second } = await json(other, '/two-factor/challenge', { ceremony: 'show' });
  const [{ token }] = await world.query('SELECT token FROM session WHERE tenant = ? ORDER BY created_at DESC LIMIT 1', acme.tenant);
  assert.deepEqual(await send({ proof: sign(second, token) }, {}, second, other), no('webauthn-challenge'));
  assert.deepEqual(await json(other, '/two-factor/challenge', { ceremony: 'unlock' }), no('two-factor-unknown'));
  await world.query("UPDATE device SET blocked_at = 1 WHERE tenant = ? AND id = 'd_laptop'", acme.tenant);
  assert.deepEqual(await send({}), no('device-blocked'));
  await world.query("UPDATE device SET blocked_at = NULL WHERE tenant = ?", acme.tenant);
  const [{ failures }] = await world.query("SELECT count(*) AS failures FROM audit_event WHERE tenant = ? AND event = 'login_failure'", acme.tenant);
  assert.ok(failures >= 6, `${failures} are written down`);
  await world.query('DELETE FROM session WHERE tenant = ? AND token = ?', acme.tenant, token);
  await world.query('UPDATE factor SET counter = 0, last_used_at = 0 WHERE tenant = ?', acme.tenant);
  const after = await world.snapshot(['audit_event', 'factor_challenge', 'factor', 'saml_message', 'consumed_assertion', 'consumed_request', 'pending_login', 'user', 'factor_failure']);
  for (const [table, rows] of Object.entries(after)) assert.deepEqual(rows, before[/** @type {keyof typeof before} */ (table)], table);
  // Once, also where it is sent many times at once through two Workers.
  const last = await asked(visitor);
  const sent = { device: 'd_laptop', proof: sign(last), ...key.show(last) };
  const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => json(visitor.at(world.origins[at % 2] ?? world.origin), '/unlock/passkey', sent)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.ok(answers.every(({ status, code }) => status === 200 || ['webauthn-challenge-used', 'webauthn-counter'].includes(code)), JSON.stringify(answers));
  await json(visitor, '/vault/lock', {});
  // A policy that forbids passkeys, to who has another factor: the session is over.
  await world.query("INSERT INTO factor (tenant, user, id, kind, name, secret, created_at, last_used_at) SELECT tenant, user, 'k_app', 'totp', 'App', 'v1.x', 0, 0 FROM factor WHERE tenant = ?", acme.tenant);
  await world.query('UPDATE role SET policies = ? WHERE tenant = ?', JSON.stringify({ disable_onboarding: true, two_factor_methods: ['totp'] }), acme.tenant);
  assert.deepEqual(await json(visitor, '/unlock/challenge', { device: 'd_laptop' }), no('session-over', 401));
});

test('signing out of a session that waits ends it, and where nobody has a passkey locking ends it as before', async () => {
  const { visitor, prove } = await somebody();
  assert.equal((await prove()).status, 200);
  await json(visitor, '/vault/lock', {});
  const same = visitor.at(world.origin);
  same.cookies = new Map(visitor.cookies);
  assert.equal((await visitor.post('/sign-out', {})).status, 303);
  assert.deepEqual(await json(same, '/unlock/challenge', { device: 'd_laptop' }), { status: 401, code: 'session-over' });
  const none = await somebody();
  await world.query('DELETE FROM factor WHERE tenant = ?', none.acme.tenant);
  assert.equal((await none.prove()).status, 200);
  const { status, headers } = await none.visitor.send('/vault/lock', { method: 'POST', body: '{}', headers: { origin: world.origin, 'sec-fetch-site': 'same-origin' } });
  assert.deepEqual([status, headers.getSetCookie()], [200, []], 'it may arrive after the next sign-in’s');
  assert.deepEqual(await none.prove(), { status: 401, code: 'session-over' });
  assert.match((await none.visitor.get('/vault/items')).location ?? '', /^\/\?to=/);
});
