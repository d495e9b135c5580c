// @ts-check
// Nothing half-made: whatever writes fails at each of its statements in turn, with nothing left of it and nobody let in, before it is
// done; and every statement in store/sql that writes is among those that failed. The failures are planted where the statements leave
// the Worker (tests/support/counting-entry.mjs).
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { root } from '../../scripts/lib/run.mjs';
import { newId, wrapKey } from '../../scripts/seed.mjs';
import { codeOf, wrongCode } from '../support/totp.mjs';
import { client, newSecret } from './support/api.mjs';
import { newAuthenticator } from './support/authenticator.mjs';
import { codesOf, enrol, show } from './support/factor.mjs';
import { logoutRequest, logoutResponse } from './support/logout.mjs';
import { idpMetadata, startPublisher } from './support/metadata.mjs';
import { signXml } from './support/mint.mjs';
import { furnish, good, makes, writesDown } from './support/operations.mjs';
import { accept, postJson, showFactor, signInOutside, stretched } from './support/outside.mjs';
import { startResolver } from './support/resolver.mjs';
import { letting, locked, newBrowser, statement, wrap } from './support/vault.mjs';
import { decodeHtml, readRequest } from './support/visitor.mjs';
import { signIn, startWorld } from './support/world.mjs';

const [operatorSecret, setUpSecret, previousKey] = [newSecret(), newSecret(), randomBytes(32)];
/** @type {import('./support/world.mjs').World} */
let world;

/** @type {{ stop: () => Promise<unknown> }[]} */
const others = [];
before(async () => {
  const resolvers = [await startResolver(), await startResolver()];
  others.push(...resolvers);
  world = await startWorld({ countD1: true, bindings: { KEYWARD_OPERATOR_TOKEN: operatorSecret, KEYWARD_SETUP_SECRET: setUpSecret, KEYWARD_MAIL_FROM: 'keyward@deployment.test', KEYWARD_MASTER_KEY_PREVIOUS: previousKey.toString('base64'), KEYWARD_RESOLVERS: resolvers.map(({ url }) => url).join(' ') } });
  await world.query("CREATE TRIGGER planted BEFORE INSERT ON guard WHEN new.broken = 'planted' BEGIN SELECT raise(ABORT, 'planted'); END");
});
after(async () => {
  await world?.stop();
  for (const other of others) await other.stop();
});

/** The statements that failed. @type {Set<string>} */
const failed = new Set();

/** Does something that writes: each of its requests fails at each statement before it is done. @template T @param {() => Promise<T>} act */
async function crashed(act) {
  await world.crashD1(true);
  const done = await act();
  const { wrong, planted, written } = await world.crashD1(false);
  assert.deepEqual(wrong, []);
  assert.ok(written.length > 0, 'it writes');
  for (const text of planted) failed.add(text);
  assert.deepEqual(written.filter((text) => !failed.has(text)), [], 'nothing is written that no failure was planted in');
  return done;
}

/** @typedef {import('./support/world.mjs').Organisation} Organisation @typedef {import('./support/visitor.mjs').Answer} Answer */

const settings = { groupsAttribute: 'groups', groupRoles: { Ops: 'Operator', Audit: 'Auditor' }, idpInitiated: true };
const asking = (/** @type {Answer} */ page) => /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';

/** @param {Organisation} organisation @param {import('./support/mint.mjs').Person} person @param {Record<string, string[]>} attributes */
async function arriving(organisation, person, attributes) {
  const visitor = world.visitor();
  const { id } = await visitor.begin(organisation.ssoName);
  const response = organisation.mint(person, id, { attributes });
  return () => visitor.answer(organisation.acsUrl, response);
}

/** @type {[string, () => Promise<() => Promise<Answer>>][]} what is done, and its scene */
const scenes = [
  ['a start', async () => {
    const organisation = await world.organisation();
    return () => world.visitor().post('/sign-in', { who: organisation.ssoName });
  }],
  ['a start that leads nowhere', async () => {
    const organisation = await world.organisation();
    return () => world.visitor().post('/sign-in', { who: 'a@nowhere.test' });
  }],
  ['a first sign-in', async () => {
    const organisation = await world.organisation(settings);
    return await arriving(organisation, organisation.person('alice'), { groups: ['Ops'] });
  }],
  ['the sign-in of somebody who has changed', async () => {
    const organisation = await world.organisation(settings);
    const alice = organisation.person('alice');
    await (await arriving(organisation, alice, { groups: ['Ops'], oid: ['7'] }))();
    await world.query("UPDATE connection_configuration SET pinned_attribute = 'oid' WHERE connection = ?", organisation.id);
    await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
    return await arriving(organisation, { ...alice, email: `married@${organisation.domain}` }, { groups: ['Audit'], oid: ['7'] });
  }],
  ['a response that nobody asked for', async () => {
    const organisation = await world.organisation(settings);
    const [visitor, response] = [world.visitor(), organisation.mint(organisation.person('alice'), null)];
    return () => visitor.answer(organisation.acsUrl, response);
  }],
  ['its confirmation', async () => {
    const organisation = await world.organisation(settings);
    const visitor = world.visitor();
    const token = asking(await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), null)));
    return () => visitor.post('/confirm', { token, answer: 'yes' });
  }],
  ['a claim of an invited account', async () => {
    const organisation = await world.organisation();
    const [bytes, alice] = [randomBytes(32), organisation.person('alice')];
    const [{ node }] = await world.query('SELECT node FROM connection WHERE id = ?', organisation.id);
    await world.query("INSERT INTO user (tenant, id, node, status, email, name, created_at) VALUES (?, ?, ?, 'invited', ?, '', 0)", organisation.tenant, `u_${organisation.id}`, node, alice.email);
    await world.query('INSERT INTO claim (tenant, token, user, connection, created_at, expires_at) VALUES (?, ?, ?, ?, 0, 9e15)', organisation.tenant, createHash('sha256').update(bytes).digest('hex'), `u_${organisation.id}`, organisation.id);
    const visitor = world.visitor();
    const page = await visitor.post('/claim', { token: bytes.toString('base64url') });
    const { id } = readRequest(decodeHtml(/href="([^"]*SAMLRequest=[^"]*)"/.exec(page.body)?.[1] ?? ''));
    const response = organisation.mint(alice, id);
    return () => visitor.answer(organisation.acsUrl, response);
  }],
  ['the first sign-in after a connection was migrated', async () => {
    const organisation = await world.organisation();
    const alice = organisation.person('alice');
    await signIn(world, organisation, alice);
    await world.query('UPDATE identity SET migrates_until = 9e15 WHERE tenant = ?', organisation.tenant);
    return await arriving(organisation, { ...alice, nameId: 'another' }, {});
  }],
  ['a refusal', async () => {
    const organisation = await world.organisation();
    return () => world.visitor().answer(organisation.acsUrl, 'nonsense');
  }],
  ['the use of a session', async () => {
    const organisation = await world.organisation();
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    await world.query('UPDATE session SET last_seen_at = last_seen_at - 120000, created_at = created_at - 120000 WHERE tenant = ?', organisation.tenant);
    return () => visitor.get('/vault');
  }],
  ['a sign-out', async () => {
    const organisation = await world.organisation();
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    return () => visitor.post('/sign-out', {});
  }],
  ['a sign-out of which the IdP is told', async () => {
    const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    return () => visitor.post('/sign-out', {});
  }],
  ['the IdP’s answer to it', async () => {
    const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
    const { visitor } = await signIn(world, organisation, organisation.person('alice'));
    await visitor.post('/sign-out', {});
    const [{ request }] = await world.query('SELECT request FROM pending_logout WHERE tenant = ?', organisation.tenant);
    const response = signXml(logoutResponse(organisation, request), 'LogoutResponse', organisation.idp.keys);
    return () => visitor.postFrom(new URL(organisation.sp.sloUrl).pathname, { SAMLResponse: Buffer.from(response).toString('base64') });
  }],
  ['a sign-out that the IdP asks for', async () => {
    const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
    const alice = organisation.person('alice');
    await signIn(world, organisation, alice);
    const request = signXml(logoutRequest(organisation, { nameId: alice.nameId }), 'LogoutRequest', organisation.idp.keys);
    return () => world.visitor().postFrom(new URL(organisation.sp.sloUrl).pathname, { SAMLRequest: Buffer.from(request).toString('base64') });
  }],
];


for (const [what, prepare] of scenes) {
  test(`${what} that fails at any statement leaves nothing, and the next try completes it`, async () => {
    const act = await prepare();
    const answer = await crashed(act);
    assert.ok(answer.status < 500, `${answer.status}`);
  });
}

test('every operation of the API that fails at any statement leaves nothing, and is done after that', async () => {
  const operator = client(world.origin, operatorSecret);
  const { root: admin, ids } = await furnish(world, operator);
  [ids.oldKey] = (await admin.must('GET', `/connections/${ids.connection}/keys`)).items.filter((/** @type {any} */ it) => it.purpose === 'sign').map((/** @type {any} */ it) => it.id);
  for (const [id, make] of Object.entries(good)) {
    const { method, path, body, by } = make(ids);
    const act = () => (by === 'operator' ? operator : admin).must(method, path, body);
    const made = await (writesDown[id] ? crashed(act) : act());
    if (makes[id]) ids[makes[id]] = made.id;
  }
  const again = { 'idempotency-key': newSecret() };
  await crashed(() => admin.send('POST', '/nodes', { parent: ids.node, name: 'Once' }, again));
  await crashed(() => operator.send('POST', '/operator/tenants', { name: 'Once', seats: 1 }, again));
  await crashed(() => admin.must('PUT', `/connections/${ids.connection}/metadata-url`, { url: null }));
  await crashed(() => admin.must('PUT', `/users/${ids.user}/identities/${ids.connection}`, {}));
});

test('a test sign-in: begun, and what came of it', async () => {
  const organisation = await world.organisation();
  const { visitor } = await signIn(world, organisation, organisation.person('alice'));
  await empowered(organisation);
  const headers = { origin: world.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  const api = (/** @type {string} */ path, body = {}) => visitor.send(`/api/v1/connections/${organisation.id}/${path}`, { method: 'POST', body: JSON.stringify(body), headers });
  const keys = selfSigned('next');
  await api('draft/provider', { provider: 'generic', metadata: idpMetadata(organisation.idp.entityId, [keys.base64]) });
  const begun = JSON.parse((await crashed(() => api('trials'))).body);
  const { id } = readRequest((await visitor.get(begun.url)).location ?? '');
  const answer = await crashed(() => visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('bob'), id)));
  assert.equal(answer.status, 200);
});

test('factors and the onboarding', async () => {
  const organisation = await world.organisation({}, { policies: { require_two_factor: true } });
  const alice = organisation.person('alice');
  const { visitor } = await signIn(world, organisation, alice);
  const { key } = await crashed(() => enrol(visitor));
  await crashed(() => visitor.post('/onboarding/mark', { step: 'tour', progress: 'skipped' }));
  const json = async (/** @type {string} */ path, /** @type {unknown} */ body) => JSON.parse((await visitor.send(path, { method: 'POST', body: JSON.stringify(body), headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin' } })).body);
  const passkey = newAuthenticator(world.origin);
  const { challenge } = await crashed(() => json('/two-factor/challenge', { ceremony: 'register' }));
  await crashed(() => visitor.post('/vault/two-factor/add-passkey', { at: 'settings', name: 'Key', ...passkey.register(challenge) }));
  const fresh = codesOf((await crashed(() => visitor.post('/vault/two-factor/codes', {}))).body);
  const [{ id }] = await world.query("SELECT id FROM factor WHERE tenant = ? AND kind = 'webauthn'", organisation.tenant);
  await crashed(() => visitor.post('/vault/two-factor/remove', { id }));
  await world.query('DELETE FROM used_factor_step');
  const other = (await signIn(world, organisation, alice)).visitor;
  assert.equal((await crashed(() => show(other, wrongCode(key)))).status, 403);
  assert.equal((await crashed(() => show(other, codeOf(key)))).status, 303);
  const third = (await signIn(world, organisation, alice)).visitor;
  assert.equal((await crashed(() => show(third, fresh[0]))).status, 303);
  const [{ token }] = await world.query('SELECT token FROM session WHERE tenant = ? ORDER BY created_at DESC LIMIT 1', organisation.tenant);
  await crashed(() => visitor.post('/vault/sessions/end', { session: token }));
  await crashed(() => visitor.post('/vault/sessions/end', {}));
});

test('admins outside single sign-on', async () => {
  const operator = client(world.origin, operatorSecret);
  const made = await operator.must('POST', '/operator/tenants', { name: 'Outside', seats: 20 });
  const [visitor, email] = [world.visitor(), 'ann@outside.test'];
  const { key } = await crashed(() => accept(visitor, made.set_up_link, email));
  const page = await crashed(() => visitor.post('/admin/kit', {}));
  const code = /<code id="code">([0-9A-Z-]{34})<\/code>/.exec(page.body)?.[1] ?? '';
  assert.equal((await crashed(() => signInOutside(world.visitor(), email, 'wrong'))).status, 403);
  assert.equal((await crashed(() => signInOutside(visitor, email))).status, 200);
  await showFactor(visitor, key, 1);
  assert.equal((await crashed(() => postJson(visitor, '/admin/password', { current: stretched('first'), key: stretched('second') }))).status, 200);
  for (const _ of ['told', 'counted']) assert.equal((await crashed(() => postJson(world.visitor(), '/admin/recover', { email, code: '0000-0000-0000-0000-0000-0000-0000', key: stretched('third') }))).status, 403);
  assert.equal((await crashed(() => postJson(world.visitor(), '/admin/recover', { email, code, key: stretched('third') }))).status, 200);
});

test('the first run', async () => {
  // As if nobody had been here.
  const apart = await startWorld({ countD1: true, bindings: { KEYWARD_SETUP_SECRET: setUpSecret } });
  const before = world;
  try {
    world = apart;
    await world.query("CREATE TRIGGER planted BEFORE INSERT ON guard WHEN new.broken = 'planted' BEGIN SELECT raise(ABORT, 'planted'); END");
    const { json } = await crashed(() => postJson(world.visitor(), '/setup', { secret: setUpSecret, name: 'First' }));
    await crashed(() => accept(world.visitor(), new URL(json.to, world.origin).href, 'ann@first.test'));
  } finally {
    world = before;
    await apart.stop();
  }
});

/** Gives people everything at the root; all of the organisation's, where none are named. @param {Organisation} organisation @param {string[]} [users] */
async function empowered({ tenant }, users) {
  const role = newId('r');
  await world.query("INSERT INTO role (tenant, id, node, name, privileges, created_at) SELECT ?, ?, id, 'Admin', ?, 0 FROM node WHERE tenant = ? AND parent IS NULL", tenant, role, JSON.stringify(['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit']), tenant);
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) SELECT tenant, id, ?, 'direct', 0 FROM user WHERE tenant = ? AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))", role, tenant, users ? 1 : null, JSON.stringify(users ?? []));
}

/** Somebody in a browser that made their vault. @param {Organisation} organisation @param {string} name */
async function withVault(organisation, name) {
  const person = organisation.person(name);
  const browser = newBrowser(world, (await signIn(world, organisation, person)).visitor);
  await crashed(async () => browser.must('/vault/begin', await browser.beginning()));
  const { user } = await browser.state();
  /** Another browser of theirs. */
  const another = async () => newBrowser(world, (await signIn(world, organisation, person)).visitor);
  return { person, browser, another, user: /** @type {string} */ (user) };
}

test('a vault: begun, changed, opened in other browsers, under new keys', async () => {
  const organisation = await world.organisation();
  const { tenant } = organisation;
  const { browser: one, another, person } = await withVault(organisation, 'alice');
  const devices = /** @type {[string, string][]} */ ([['devices', 'devices']]);
  await crashed(async () => one.must('/vault/change', await one.change([['i_one', 'item']])));
  await crashed(async () => one.must('/vault/change', await one.change([], [['i_one', 1]])));
  await crashed(() => one.must('/vault/exported', { as: 'csv', records: 1 }));
  const phrase = newSecret();
  await crashed(async () => one.must('/vault/recovery/set', { ...locked(phrase), change: await one.change(devices) }));

  const [two, three, four] = [await another(), await another(), await another()];
  await crashed(async () => two.must('/vault/devices/ask', await two.asking()));
  await crashed(async () => one.must('/vault/devices/approve', { device: two.id, ...letting(), change: await one.change(devices) }));
  await crashed(async () => two.must('/vault/prove', { device: two.id, proof: await two.proof() }));
  await three.must('/vault/devices/ask', await three.asking());
  await crashed(() => one.must('/vault/devices/deny', { device: three.id }));
  await crashed(() => one.must('/vault/devices/block', { device: two.id, blocked: true }));
  await crashed(() => one.must('/vault/devices/block', { device: two.id, blocked: false }));
  await crashed(async () => one.must('/vault/devices/remove', { device: two.id, change: await one.change(devices) }));
  const use = async (/** @type {string} */ shown) => four.send('/vault/recovery/use', { phrase: shown, sequence: 1, ...await four.asking(), ...letting() });
  assert.equal((await crashed(() => use(newSecret()))).status, 403);
  assert.equal((await crashed(() => use(phrase))).status, 200);
  await crashed(async () => four.must('/vault/devices/forget', { change: await four.change(devices) }));

  const newKeys = async (/** @type {number} */ sequence, /** @type {string | null} */ recovery) => {
    const { user, chain } = await one.state();
    const { wrap: its, share } = letting();
    return { statement: statement(['account', tenant, user], sequence, chain.at(-1)), wraps: [[one.id, its, share]], recovery, change: await one.change([['account-keys', 'account-keys'], ...devices]) };
  };
  await crashed(async () => one.must('/vault/keys/change', await newKeys(2, wrap())));
  await crashed(async () => one.must('/vault/keys/move', await one.change([['account-keys', 'account-keys']])));
  await crashed(async () => one.must('/vault/keys/change', await newKeys(3, null)));
  await crashed(() => one.must('/vault/lock', {}));
  await world.query('UPDATE device SET locked_at = 1 WHERE tenant = ?', tenant);
  await signIn(world, organisation, person, one.visitor);
  await crashed(async () => one.must('/vault/prove', { device: one.id, proof: await one.proof() }));
});

test('escrow: keys, consent, what admins answer, fresh vaults, handing over', async () => {
  const organisation = await world.organisation({}, { policies: { disable_onboarding: true, require_escrow: 7 } });
  const { tenant } = organisation;
  const [ann, bob, alice] = [await withVault(organisation, 'ann'), await withVault(organisation, 'bob'), await withVault(organisation, 'alice')];
  await empowered(organisation, [ann.user, bob.user]);
  const grants = (/** @type {string} */ admin, account = 1, sequence = 1) => ['signing', 'approval', 'transfer'].map((purpose) => ({ admin, account, sequence, purpose, wrap: wrap() }));
  await crashed(() => ann.browser.must('/vault/organisation/keys', { statement: statement(['tenant', tenant, tenant], 1), grants: grants(ann.user) }));
  await crashed(() => ann.browser.must('/vault/organisation/share', { user: bob.user, grants: grants(bob.user) }));
  await crashed(() => ann.browser.must('/vault/organisation/kit', {}));
  await crashed(() => ann.browser.must('/vault/organisation/rules', { twoPersons: true }));

  await crashed(() => alice.browser.visitor.get('/vault/escrow'));
  const consent = () => alice.browser.must('/vault/escrow/consent', { sequence: 1, tenantSequence: 1, approval: wrap(), transfer: wrap() });
  await crashed(consent);
  const waiting = async (fresh = false) => {
    const browser = await alice.another();
    await browser.must('/vault/devices/ask', await browser.asking());
    await crashed(async () => browser.must('/vault/devices/ask-admin', { ...await browser.asking(), fresh }));
    return browser;
  };
  const answer = (/** @type {typeof ann} */ by, /** @type {string} */ how, /** @type {string} */ device, more = {}) => crashed(() => by.browser.must(`/vault/organisation/${how}`, { user: alice.user, device, ...more }));
  const [let1, no] = [await waiting(), await waiting()];
  assert.deepEqual(await answer(ann, 'approve', let1.id, { fresh: false }), { oneMore: true });
  await answer(bob, 'open', let1.id);
  assert.deepEqual(await answer(bob, 'approve', let1.id, { fresh: false, ...letting() }), { oneMore: false });
  await answer(ann, 'deny', no.id);
  const { notices } = JSON.parse((await alice.browser.visitor.get('/vault/escrow')).body);
  await crashed(() => alice.browser.must('/vault/escrow/seen', { notices: notices.map((/** @type {any} */ it) => it.id) }));
  await world.query(`UPDATE role SET policies = '{"disable_onboarding":true}' WHERE tenant = ? AND name = 'Member'`, tenant);
  await crashed(() => alice.browser.must('/vault/escrow/withdraw', {}));

  await ann.browser.must('/vault/organisation/rules', { twoPersons: false });
  const fresh = await waiting(true);
  await answer(ann, 'approve', fresh.id, { fresh: true });
  await crashed(async () => fresh.must('/vault/begin', await fresh.beginning()));
  await crashed(async () => alice.browser.must('/vault/former/return', { device: alice.browser.id, proof: await alice.browser.proof() }));
  await alice.browser.must('/vault/prove', { device: alice.browser.id, proof: await alice.browser.proof() });
  await consent();

  await world.query("UPDATE user SET status = 'locked', version = version + 1 WHERE tenant = ? AND id = ?", tenant, alice.user);
  await crashed(() => ann.browser.must('/vault/organisation/leaver', { email: alice.person.email }));
  await crashed(() => ann.browser.must('/vault/organisation/transfer', { user: alice.user, to: bob.user, account: 1, wrap: wrap() }));
  await crashed(() => bob.browser.must('/vault/escrow/took-over', { owner: alice.user }));
  const { chain } = await ann.browser.state();
  const { wrap: its, share } = letting();
  await crashed(async () => ann.browser.must('/vault/keys/change', { statement: statement(['account', tenant, ann.user], 2, chain.at(-1)), wraps: [[ann.browser.id, its, share]], recovery: null, grants: grants(ann.user, 2), change: await ann.browser.change([['account-keys', 'account-keys'], ['devices', 'devices']]) }));
  const { chain: before } = JSON.parse((await ann.browser.visitor.get('/vault/organisation/state')).body);
  await crashed(() => ann.browser.must('/vault/organisation/keys', { statement: statement(['tenant', tenant, tenant], 2, before.at(-1)), grants: grants(ann.user, 2, 2), leaving: bob.user }));
  // As where nobody has them any more.
  await world.query('DELETE FROM tenant_grant WHERE tenant = ?', tenant);
  await crashed(() => ann.browser.must('/vault/organisation/keys', { statement: statement(['tenant', tenant, tenant], 1), grants: grants(ann.user, 2), anew: true }));
});

test('a vault that is locked, by hand and by itself, and opened by a passkey', async () => {
  const organisation = await world.organisation({}, { policies: { disable_onboarding: true, unlock_grace_minutes: 5 } });
  const { browser } = await withVault(organisation, 'alice');
  const { visitor } = browser;
  await crashed(() => browser.must('/vault/lock', { idle: true }));
  await browser.must('/vault/prove', { device: browser.id, proof: await browser.proof() });
  const key = newAuthenticator(world.origin);
  const { challenge } = await browser.must('/two-factor/challenge', { ceremony: 'register' });
  assert.equal((await visitor.post('/vault/two-factor/add-passkey', { at: 'settings', name: 'Key', ...key.register(challenge) })).status, 200);
  const signed = await browser.signer();
  await crashed(() => browser.must('/vault/lock', {}));
  const asked = await crashed(() => browser.must('/unlock/challenge', { device: browser.id }));
  await crashed(() => browser.must('/unlock/passkey', { device: browser.id, proof: signed(asked.challenge), ...key.show(asked.challenge) }));
});

test('what runs by itself: each task fails at each of its statements, and is done at the next run', async () => {
  const organisation = await world.organisation();
  const { tenant, id } = organisation;
  await signIn(world, organisation, organisation.person('alice'));
  const { set_up_token } = await client(world.origin, operatorSecret).must('POST', `/operator/tenants/${tenant}/set-up-token`);
  const admin = client(world.origin, set_up_token);
  const publisher = await startPublisher();
  others.push(publisher);
  publisher.documents.set('/mail', {});
  await admin.must('PUT', '/tenant/mail', { provider: 'http', from: 'it@acme.test', url: `${publisher.origin}/mail`, secret: 'a-secret-of-theirs' });
  const [{ node }] = await world.query('SELECT node FROM connection WHERE id = ?', id);
  const { id: user } = await admin.must('POST', '/users', { email: `invited@${organisation.domain}`, node });
  const keys = selfSigned('ends', { from: new Date(Date.now() - 864e5), days: 7 });
  await world.query("UPDATE domain SET next_check_at = 1, token = 'token' WHERE tenant = ?", tenant);
  await world.query("INSERT INTO connection_metadata (tenant, connection, url, next_check_at) VALUES (?, ?, 'http://127.0.0.1:9/metadata', 0)", tenant, id);
  await world.query('UPDATE connection_certificate SET certificate = ?, fingerprint = ?, looked_at = NULL, next_look_at = 0 WHERE connection = ?', keys.base64, keys.fingerprint, id);
  await world.query("INSERT INTO mail (tenant, id, user, kind, about, created_at, due_at) VALUES (?, ?, ?, 'test', '', ?, 0)", tenant, newId('x'), user, Date.now());
  await world.query('UPDATE pending_login SET created_at = 1, expires_at = 2');
  await crashed(() => world.cron());
  const [metadata] = await world.query('SELECT failures, next_check_at FROM connection_metadata WHERE connection = ?', id);
  assert.ok(metadata.failures === 1 && metadata.next_check_at > Date.now(), JSON.stringify(metadata));
  const [certificate] = await world.query('SELECT next_look_at FROM connection_certificate WHERE connection = ?', id);
  assert.ok(certificate.next_look_at > Date.now());
  const [domain] = await world.query('SELECT next_check_at FROM domain WHERE tenant = ?', tenant);
  assert.ok(domain.next_check_at > Date.now());
  assert.deepEqual(await world.query('SELECT 1 FROM pending_login'), []);
  // It was handed over, and that could not be noted: so it is handed over once more, and then that is.
  const mail = async () => (await world.query('SELECT attempts, sent_at IS NOT NULL AS sent FROM mail WHERE tenant = ?', tenant))[0];
  assert.deepEqual(await mail(), { attempts: 1, sent: 0 });
  await world.query('UPDATE mail SET due_at = 0 WHERE tenant = ?', tenant);
  await world.cron();
  assert.deepEqual(await mail(), { attempts: 2, sent: 1 });
  // And what could not even be handed over.
  await admin.must('PUT', '/tenant/mail', { provider: 'deployment' });
  await world.query('UPDATE mail SET due_at = 0, sent_at = NULL WHERE tenant = ?', tenant);
  await crashed(() => world.cron());
  assert.deepEqual(await mail(), { attempts: 3, sent: 0 });

  // A certificate that comes beside the one before it, which goes, and is gone after a while.
  const next = selfSigned('next');
  const offered = async (/** @type {string[]} */ certificates) => {
    publisher.documents.set('/', { body: idpMetadata(organisation.idp.entityId, certificates) });
    await world.query('UPDATE connection_metadata SET url = ?, next_check_at = 0 WHERE connection = ?', `${publisher.origin}/`, id);
    await crashed(() => world.cron());
  };
  await offered([keys.base64, next.base64]);
  await offered([next.base64]);
  await world.query('UPDATE connection_certificate SET missing_since = 1 WHERE connection = ? AND missing_since IS NOT NULL', id);
  await offered([next.base64]);
  assert.equal((await world.query("SELECT count(*) AS n FROM connection_certificate WHERE connection = ? AND stage = 'active'", id))[0].n, 1);
});

test('what the master key before sealed', async () => {
  const organisation = await world.organisation();
  const { tenant, id } = organisation;
  await signIn(world, organisation, organisation.person('alice'));
  const [{ id: user }] = await world.query('SELECT id FROM user WHERE tenant = ?', tenant);
  const factor = newId('f');
  await world.query("UPDATE sp_key SET wrapped = ? WHERE connection = ? AND purpose = 'sign'", wrapKey(previousKey, selfSigned('ours').keyDer, `${tenant}|${id}|sign`), id);
  await world.query("INSERT INTO factor (tenant, user, id, kind, name, secret, counter, is_verified, may_sync, created_at, last_used_at) VALUES (?, ?, ?, 'totp', 'Phone', ?, 0, 0, 0, 0, 0)", tenant, user, factor, wrapKey(previousKey, randomBytes(20), `${tenant}|${user}|${factor}|totp`));
  await world.query("INSERT INTO mail_settings (tenant, provider, from_address, url, secret) VALUES (?, 'http', 'it@acme.test', 'https://mail.example.com/send', ?)", tenant, wrapKey(previousKey, Buffer.from('theirs'), `${tenant}|mail`));
  const operator = client(world.origin, operatorSecret);
  await crashed(async () => {
    let rewrapped = 0;
    for (let after = ''; typeof after === 'string';) {
      const part = await operator.must('POST', '/operator/rewrap', after ? { after } : {});
      rewrapped += part.rewrapped;
      after = part.next;
    }
    assert.equal(rewrapped, 3);
  });
});

test('a deleted organisation that goes', async () => {
  const organisation = await world.organisation();
  await world.query("UPDATE tenant SET status = 'deleted', deleted_at = 1 WHERE id = ?", organisation.tenant);
  await crashed(() => world.cron());
  for (let run = 0; run < 5; run += 1) await world.cron();
  assert.deepEqual(await world.query('SELECT 1 FROM tenant WHERE id = ?', organisation.tenant), []);
});

test('every statement that writes is among those that failed', () => {
  const folder = join(root, 'crates/worker/src/store/sql');
  const texts = new Map(readdirSync(folder).filter((name) => /^(insert|update|upsert|delete)_/.test(name)).map((name) => [name.replace('.sql', ''), readFileSync(join(folder, name), 'utf8')]));
  assert.ok(texts.size > 200, `${texts.size}`);
  assert.deepEqual([...texts].filter(([, text]) => !failed.has(text)).map(([name]) => name), [], 'give each a scene');
});
