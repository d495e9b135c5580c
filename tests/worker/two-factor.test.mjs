// @ts-check
// The second factor over HTTP: nothing but showing it or setting it up until it is there, by any route; and what it takes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { codeOf, wrongCode } from '../support/totp.mjs';
import { client, newSecret, newTenant } from './support/api.mjs';
import { newAuthenticator } from './support/authenticator.mjs';
import { codesOf, enrol, hidden, show } from './support/factor.mjs';
import { routes } from './support/routes.mjs';
import { words } from './support/visitor.mjs';
import { signIn, startWorld } from './support/world.mjs';

/** @typedef {import('./support/visitor.mjs').Visitor} Visitor */

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
before(async () => { world = await startWorld({ workers: 2, bindings: { KEYWARD_OPERATOR_TOKEN: secret } }); });
after(() => world?.stop());

const required = { require_two_factor: true, disable_onboarding: true };
/** @param {string} tenant @param {Record<string, unknown>} policies */
const set = (tenant, policies) => world.query('UPDATE role SET policies = ? WHERE tenant = ?', JSON.stringify(policies), tenant);
/** As if the codes that were used were used long ago. */
const forgetSteps = () => world.query('DELETE FROM used_factor_step');
const isIn = async (/** @type {Visitor} */ visitor) => (await visitor.get('/vault')).status === 200;
const json = (/** @type {Visitor} */ visitor, /** @type {string} */ path, /** @type {unknown} */ body) =>
  visitor.send(path, { method: 'POST', body: JSON.stringify(body), headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin' } });

// What requests of the vault look like, so that each gets as far as it can.
const change = { put: [], removed: [] };
const device = { device: 'd_x', name: 'x', encryption: 'AAAA', signing: 'AAAA', proof: 'AAAA' };
const letting = { wrap: 'AAAA', share: 'AAAA' };
/** @type {Record<string, unknown>} */
const bodies = {
  'vault/begin': { statement: 'AAAA', keys: 'AAAA', devices: 'AAAA', root: 'AAAA', device: 'd_x', encryption: 'AAAA', signing: 'AAAA', ...letting, proof: 'AAAA' },
  'vault/prove': { device: 'd_x', proof: 'AAAA' },
  'vault/devices/ask': device,
  'vault/devices/approve': { device: 'd_x', ...letting, change },
  'vault/devices/deny': { device: 'd_x' },
  'vault/devices/block': { device: 'd_x', blocked: true },
  'vault/devices/remove': { device: 'd_x', change },
  'vault/devices/forget': { change },
  'vault/recovery/set': { locked: 'AAAA', phrase: 'AAAA' },
  'vault/recovery/open': { phrase: 'AAAA' },
  'vault/recovery/use': { phrase: 'AAAA', ...device, ...letting },
  'vault/lock': {},
  'vault/change': change,
};

/** Open to everybody, or what a held session is for. */
const open = /^(|sign-in|sso\/.*|saml\/.*|confirm|claim.*|sign-out|health|two-factor.*|unlock.*|setup|setup\/(?!next).*|vault\/organisation|admin\/(sign-in.*|recover))$/;
/** What of the onboarding a session may do that is held by it; what of it is allowed is the core's to say. */
const steps = /^(onboarding.*|vault\/two-factor\/(add-app|add-passkey|remove|codes))$/;

test('a held session gets nowhere, by any route and any operation of the API', async () => {
  const acme = await world.organisation({}, { policies: required });
  const alice = acme.person('alice');
  const { visitor: enrolling } = await signIn(world, acme, alice);
  const holds = async (/** @type {Visitor} */ visitor, /** @type {string} */ code, /** @type {RegExp[]} */ exempt) => {
    let walked = 0;
    for (const { path, methods } of routes()) {
      if (exempt.some((it) => it.test(path))) continue;
      for (const method of methods.filter((it) => it !== 'HEAD')) {
        walked += 1;
        const answer = method === 'GET' ? await visitor.get(`/${path}${{ 'vault/changes': '?since=0', 'vault/escrow/handover': '?since=0&owner=u_x' }[path] ?? ''}`) : await json(visitor, `/${path}`, bodies[path] ?? {});
        const isSentOn = answer.status === 303 && answer.location?.startsWith(code === 'two-factor-needed' ? '/two-factor?to=%2F' : '/onboarding');
        const refusal = answer.status === 403 || answer.status === 400 ? JSON.parse(answer.body).code : '';
        // What is not read at all gets nowhere either.
        const isUnread = method === 'POST' && answer.status === 400 && refusal.endsWith('-malformed');
        assert.ok(isSentOn || refusal === code || isUnread || answer.status === 404, `${method} /${path}: ${answer.status} ${answer.location ?? answer.body.slice(0, 200)}`);
      }
    }
    assert.ok(walked > 18, `${walked} routes`);
    const { paths } = JSON.parse((await visitor.get('/api/v1/openapi.json')).body);
    let operations = 0;
    for (const [path, its] of Object.entries(paths)) {
      for (const verb of Object.keys(its).filter((it) => ['get', 'post', 'put', 'patch', 'delete'].includes(it))) {
        const at = `/api/v1${path.replaceAll(/\{\w+\}/g, 'x')}`;
        const answer = await visitor.send(at, { method: verb.toUpperCase(), headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }, ...(verb === 'get' ? {} : { body: '{}' }) });
        const expected = path.startsWith('/operator') ? 'unauthenticated' : code;
        assert.equal(JSON.parse(answer.body).code, expected, `${verb} ${at}`);
        operations += 1;
      }
    }
    assert.ok(operations > 40, `${operations} operations`);
  };
  const untouched = async (/** @type {() => Promise<void>} */ act) => {
    const before = await world.snapshot(['audit_event', 'session']);
    await act();
    assert.deepEqual(await world.snapshot(['audit_event', 'session']), before);
  };
  await untouched(() => holds(enrolling, 'onboarding-needed', [open, steps]));
  assert.equal((await enrol(enrolling)).answer.status, 200);
  assert.ok(await isIn(enrolling));
  const { visitor } = await signIn(world, acme, alice);
  await untouched(() => holds(visitor, 'two-factor-needed', [open]));
  // Nor is another factor set up beside the one that was not shown, nor the onboarding's steps marked.
  const register = await json(visitor, '/two-factor/challenge', { ceremony: 'register' });
  assert.deepEqual([register.status, JSON.parse(register.body)], [403, { code: 'two-factor-needed' }]);
  const sealed = hidden((await enrolling.get('/vault/two-factor/app')).body, 'sealed');
  assert.match((await visitor.post('/vault/two-factor/add-app', { sealed, code: '123456' })).location ?? '', /^\/two-factor\?/);
  assert.ok(!await isIn(visitor));
  assert.equal((await visitor.post('/sign-out', {})).status, 303);
});

test('an app is set up with its first code, and shown at the next sign-in, where each code counts once', async () => {
  const acme = await world.organisation({}, { policies: required });
  const alice = acme.person('alice');
  const { visitor, answer: arrival } = await signIn(world, acme, alice);
  assert.equal(arrival.location, '/onboarding?to=%2Fvault');
  const first = await enrol(visitor);
  assert.equal(first.codes.length, 10);
  // The same page, sent twice, adds nothing more.
  for (const code of [wrongCode(first.key), codeOf(first.key)]) assert.equal((await visitor.post('/vault/two-factor/add-app', { ...first.form, code })).status, 303);
  assert.equal((await world.query('SELECT count(*) AS factors FROM factor WHERE tenant = ?', acme.tenant))[0].factors, 1);
  assert.ok(await isIn(visitor));
  const there = await signIn(world, acme, alice);
  assert.equal(there.answer.location, '/vault', 'not the first time');
  assert.equal((await there.visitor.get('/vault/items')).location, '/two-factor?to=%2Fvault%2Fitems');
  const page = await there.visitor.get('/two-factor?to=/vault/activity');
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.body, /<script/, 'a code needs none');
  const used = await show(there.visitor, codeOf(first.key));
  assert.equal(used.status, 403);
  assert.match(words(used.body), /used already|not the code/);
  await forgetSteps();
  const shown = await show(there.visitor.at(world.origins[1]), ` ${codeOf(first.key).slice(0, 3)} ${codeOf(first.key).slice(3)}`);
  assert.deepEqual([shown.status, shown.location], [303, '/vault/activity']);
  assert.ok(await isIn(there.visitor));
  assert.equal((await there.visitor.get('/two-factor?to=/vault')).location, '/vault', 'nobody is asked twice');
  const [kept] = await world.query("SELECT secret FROM factor WHERE tenant = ?", acme.tenant);
  assert.match(kept.secret, /^v1\.[0-9a-f]{8}\./, 'sealed at rest');
  const events = await world.query("SELECT event, code FROM audit_event WHERE tenant = ? AND event IN ('set_two_factor_on', 'login_failure') ORDER BY time", acme.tenant);
  assert.deepEqual(events.map(({ event }) => event), ['set_two_factor_on', 'login_failure']);
});

test('fifty guesses at once are ten, and nobody else is kept out by them', async () => {
  const acme = await world.organisation({}, { policies: required });
  const alice = acme.person('alice');
  const home = (await signIn(world, acme, alice)).visitor;
  const { key, codes } = await enrol(home);
  const { visitor } = await signIn(world, acme, alice);
  const wrong = wrongCode(key);
  const failures = async () => (await world.query('SELECT count(*) AS failures FROM factor_failure WHERE tenant = ?', acme.tenant))[0].failures;
  const answers = await Promise.all(Array.from({ length: 50 }, () => show(visitor, wrong)));
  const told = answers.map(({ status }) => status);
  assert.deepEqual([told.filter((it) => it === 403).length, told.filter((it) => it === 429).length, await failures()], [10, 40, 10], 'beyond ten nobody is told that it was wrong');
  await forgetSteps();
  const spent = await show(visitor, codeOf(key));
  assert.equal(spent.status, 429);
  assert.match(words(spent.body), /Sign out, and sign in again/);
  assert.ok(!await isIn(visitor));
  // Another session of the same network, in a browser that is not known: its codes are not looked at any more.
  const elsewhere = (await signIn(world, acme, alice)).visitor;
  for (let guess = 11; guess <= 15; guess += 1) assert.equal((await show(elsewhere, wrong)).status, 403, `${guess}`);
  const refused = await show(elsewhere, codeOf(key));
  assert.equal(refused.status, 429, words(refused.body));
  assert.equal((await show(elsewhere, wrong)).status, 429);
  assert.equal(await failures(), 15, 'what is not looked at is not counted');
  // What nobody guesses is looked at all the same.
  assert.equal((await show(elsewhere, '0000-0000-0000-0000')).status, 403);
  // A backup code lets in as ever, and so does an app in the browser where it was shown before.
  assert.equal((await show(elsewhere, codes[0].toLowerCase().replaceAll('-', ' '))).status, 303);
  await home.post('/sign-out', {});
  const back = (await signIn(world, acme, alice, home)).visitor;
  assert.ok(!await isIn(back));
  assert.equal((await show(back, codeOf(key))).status, 303);
});

test('a backup code counts once, at whichever Worker it comes to', async () => {
  const acme = await world.organisation({}, { policies: required });
  const alice = acme.person('alice');
  const { codes } = await enrol((await signIn(world, acme, alice)).visitor);
  const visitors = await Promise.all([0, 1, 0, 1].map(async (at) => ({ visitor: (await signIn(world, acme, alice)).visitor, at })));
  const answers = await Promise.all(visitors.map(({ visitor, at }) => show(visitor.at(world.origins[at]), codes[3])));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 403, 403, 403]);
  const [{ detail }] = await world.query("SELECT detail FROM audit_event WHERE tenant = ? AND event = 'login' AND detail <> ''", acme.tenant);
  assert.equal(detail, 'By a backup code; 9 are left.');
});

test('a browser is remembered as long as the policy says, and not when a factor was removed', async () => {
  const acme = await world.organisation({}, { policies: { ...required, require_two_factor: false, two_factor_remember: 3 } });
  const alice = acme.person('alice');
  const { visitor } = await signIn(world, acme, alice);
  assert.ok(await isIn(visitor), 'nobody asked for one');
  const { key } = await enrol(visitor, '/vault/two-factor/app');
  const cameBack = async () => {
    await visitor.post('/sign-out', {});
    await signIn(world, acme, alice, visitor);
    return isIn(visitor);
  };
  assert.ok(!await cameBack(), 'whoever has one shows it');
  await forgetSteps();
  assert.match((await visitor.get('/two-factor')).body, /Do not ask again in this browser for 3 days/);
  assert.equal((await show(visitor, codeOf(key), { remember: 'yes' })).status, 303);
  assert.ok(await cameBack());
  const stranger = (await signIn(world, acme, alice)).visitor;
  assert.ok(!await isIn(stranger), 'another browser is not');
  await world.query('UPDATE factor_browser SET remembered_at = remembered_at - ?', 3 * 86_400_000);
  assert.ok(!await isIn(visitor), 'three days later');
  await set(acme.tenant, { ...required, two_factor_remember: 30 });
  assert.ok(await isIn(visitor), 'a longer time counts at once');
  // Changing anything takes a factor that was shown just now.
  const id = (await world.query('SELECT id FROM factor WHERE tenant = ?', acme.tenant))[0].id;
  assert.equal((await visitor.post('/vault/two-factor/remove', { id })).location, '/two-factor?fresh=yes&to=/vault/two-factor');
  await forgetSteps();
  await show(visitor, codeOf(key));
  const last = await visitor.post('/vault/two-factor/remove', { id });
  assert.match(words(last.body), /this is your last/);
  await set(acme.tenant, { disable_onboarding: true });
  assert.equal((await visitor.post('/vault/two-factor/codes', {})).status, 200);
  assert.equal((await visitor.post('/vault/two-factor/remove', { id })).location, '/vault/two-factor');
  for (const table of ['factor', 'backup_code', 'factor_browser']) assert.deepEqual(await world.query(`SELECT 1 FROM ${table} WHERE tenant = ?`, acme.tenant), [], table);
  assert.deepEqual((await world.query("SELECT event FROM audit_event WHERE tenant = ? AND event = 'set_two_factor_off'", acme.tenant)).length, 1);
});

test('a policy that changes midway is followed at the next request', async () => {
  const acme = await world.organisation({}, { policies: { disable_onboarding: true } });
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  assert.ok(await isIn(visitor));
  await set(acme.tenant, { ...required, two_factor_methods: ['totp'] });
  assert.equal((await visitor.get('/vault')).location, '/onboarding');
  assert.doesNotMatch((await visitor.get('/onboarding')).body, /add-passkey|Skip for now|Go to the vault/);
  await enrol(visitor);
  assert.ok(await isIn(visitor));
  await set(acme.tenant, { ...required, two_factor_methods: ['webauthn'] });
  assert.equal((await visitor.get('/vault')).location, '/onboarding', 'what they have does not count any more');
  await set(acme.tenant, { disable_onboarding: true });
  assert.ok(await isIn(visitor));
});

test('an admin takes the factors of who lost theirs, and it is written down', async () => {
  const operator = client(world.origin, secret);
  const made = await newTenant(world.origin, operator);
  const acme = await world.organisation({}, { policies: required });
  const alice = acme.person('alice');
  const { visitor } = await signIn(world, acme, alice);
  await enrol(visitor);
  const { set_up_token: token } = await operator.must('POST', `/operator/tenants/${acme.tenant}/set-up-token`);
  const [{ id }] = await world.query('SELECT id FROM user WHERE tenant = ?', acme.tenant);
  await made.root.refused('not-found', 'DELETE', `/users/${id}/two-factor`);
  await client(world.origin, token).must('DELETE', `/users/${id}/two-factor`);
  assert.deepEqual(await world.query('SELECT 1 FROM factor WHERE tenant = ?', acme.tenant), []);
  assert.ok(!await isIn(visitor), 'their sessions end');
  const [event] = await world.query("SELECT subject, detail FROM audit_event WHERE tenant = ? AND event = 'set_two_factor_off'", acme.tenant);
  assert.equal(event.subject, id);
  assert.match(event.detail, /^All factors, by an admin\. By the token a_/);
  const again = (await signIn(world, acme, alice)).visitor;
  assert.equal((await again.get('/vault')).location, '/onboarding', 'and another is set up');
});

test('a passkey is registered and shown: of this session, once, for this origin', async () => {
  const acme = await world.organisation({}, { policies: required });
  const alice = acme.person('alice');
  const { visitor } = await signIn(world, acme, alice);
  const key = newAuthenticator(world.origin);
  const asked = async (/** @type {Visitor} */ who, /** @type {string} */ ceremony) => {
    const answer = await json(who, '/two-factor/challenge', { ceremony });
    assert.equal(answer.status, 200, answer.body);
    return JSON.parse(answer.body);
  };
  const register = (/** @type {Visitor} */ who, /** @type {string} */ challenge, /** @type {string | undefined} */ origin = undefined) =>
    who.post('/vault/two-factor/add-passkey', { at: 'onboarding', name: 'Key', ...key.register(challenge, origin) });
  const { challenge } = await asked(visitor, 'register');
  const other = (await signIn(world, acme, alice)).visitor;
  assert.match(words((await register(other, challenge)).body), /webauthn-challenge\b/, 'another session’s challenge');
  assert.match(words((await register(visitor, challenge, 'http://evil.test')).body), /webauthn-origin/);
  const done = await register(visitor, challenge);
  assert.equal(codesOf(done.body).length, 10, words(done.body));
  assert.ok(await isIn(visitor));
  const showPasskey = (/** @type {string} */ challenge) => other.post('/two-factor/passkey', { to: '/vault', ...key.show(challenge) });
  const options = await asked(other, 'show');
  assert.deepEqual([options.rp, options.known], ['localhost', [key.id]]);
  assert.match(words((await showPasskey('A'.repeat(43))).body), /webauthn-challenge/);
  assert.ok(!await isIn(other));
  assert.equal((await showPasskey(options.challenge)).location, '/vault');
  assert.ok(await isIn(other));
  assert.match(words((await showPasskey(options.challenge)).body), /took too long, or was sent twice/, 'a challenge is answered once');
});
