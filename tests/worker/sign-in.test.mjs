// @ts-check
// The sign-in over HTTP, by every way in, and what it leaves in the database.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeHtml, destination, readRequest, words } from './support/visitor.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation({ node: 'Engineering' });
});
after(() => world?.stop());

test('the first sign-in makes the account, the second finds it', async () => {
  const organisation = await world.organisation({ node: 'Engineering' });
  const alice = organisation.person('alice');
  const { visitor, answer } = await signIn(world, organisation, alice);
  assert.equal(answer.location, '/onboarding?to=%2Fvault');
  assert.equal((await visitor.get(answer.location ?? '')).location, '/vault', 'nothing is asked for, and nothing offered');

  const first = words((await visitor.get('/vault')).body);
  assert.match(first, /Your account was created just now/);
  for (const shown of [alice.email, organisation.name, 'Engineering', 'Member', 'Alice Secretsurname', 'This is your first sign-in']) {
    assert.ok(first.includes(shown), `${shown} in: ${first}`);
  }
  const of = (/** @type {string} */ table) => world.query(`SELECT * FROM ${table} WHERE tenant = ?`, organisation.tenant);
  const [user] = await of('user');
  assert.equal(user.email, alice.email);
  assert.equal(user.status, 'active');
  const [identity] = await of('identity');
  assert.equal(identity.user, user.id);
  assert.deepEqual(JSON.parse(identity.subject).at(-1), alice.nameId, 'a user is (connection, NameID), not an e-mail');
  assert.deepEqual((await of('user_role')).map((row) => [row.user, row.source]), [[user.id, 'default']]);
  const events = (await of('audit_event')).map((row) => row.event).sort();
  assert.deepEqual(events, ['added_to_role', 'auto_invite_user', 'create_user', 'login']);

  const second = await signIn(world, organisation, alice);
  const page = words((await second.visitor.get('/vault')).body);
  assert.ok(page.includes('Welcome back') && !page.includes('created just now'), page);
  assert.deepEqual((await of('user')).map((row) => row.id), [user.id]);
  assert.equal((await of('session')).length, 2);
  assert.equal(words((await visitor.get('/vault')).body).includes('created just now'), true, 'the first session keeps what it was');
});

test('a person is the NameID: another e-mail is the same account', async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  await signIn(world, organisation, alice);
  const married = { ...alice, email: `alice.married@${organisation.domain}` };
  const { visitor } = await signIn(world, organisation, married);
  assert.equal((await world.query('SELECT count(*) AS n FROM user WHERE tenant = ?', organisation.tenant))[0].n, 1);
  assert.ok(words((await visitor.get('/vault')).body).includes('alice.married@'));
});

test('what is typed is not case-sensitive and may have spaces around it', async () => {
  for (const who of [` Alice@${acme.domain.toUpperCase()} `, acme.ssoName.toUpperCase(), ` ${acme.ssoName} `]) {
    await world.visitor().begin(who);
  }
});

test('the continue page names the organisation, its domain, and where it leads', async () => {
  const page = words((await world.visitor().begin(`alice@${acme.domain}`)).body);
  for (const shown of [acme.name, acme.domain, '127.0.0.1', `alice@${acme.domain}`, 'Demo IdP']) assert.ok(page.includes(shown), page);
});

test('the request is signed by the key in our metadata, names our ACS, and hands the e-mail on', async () => {
  const { url, xml } = await world.visitor().begin(`alice@${acme.domain}`);
  assert.equal(url.origin + url.pathname, 'http://127.0.0.1:9/sso');
  assert.equal(url.searchParams.get('login_hint'), `alice@${acme.domain}`);
  assert.ok(xml.includes(`AssertionConsumerServiceURL="${acme.acsUrl}"`), xml);
  assert.match(xml, new RegExp(`<(\\w+:)?Issuer[^>]*>${acme.entityId}</`));
  assert.ok(xml.includes('Destination="http://127.0.0.1:9/sso"'));

  const metadata = await world.visitor().get(new URL(acme.entityId).pathname);
  assert.equal(metadata.status, 200);
  const certificate = /<(?:\w+:)?X509Certificate>([^<]+)</.exec(metadata.body)?.[1];
  assert.ok(certificate);
  const key = createPublicKey(new X509Certificate(Buffer.from(certificate, 'base64')).publicKey.export({ format: 'pem', type: 'spki' }));
  const raw = new Map(url.search.slice(1).split('&').map((pair) => /** @type {[string, string]} */ (pair.split('=', 2))));
  const octets = ['SAMLRequest', 'RelayState', 'SigAlg'].filter((name) => raw.has(name)).map((name) => `${name}=${raw.get(name)}`).join('&');
  assert.ok(verify('sha256', Buffer.from(octets), key, Buffer.from(decodeURIComponent(raw.get('Signature') ?? ''), 'base64')));
});

test('an SSO name, typed or in the address, leads to the same page', async () => {
  const typed = await world.visitor().begin(acme.ssoName);
  const address = await world.visitor().get(`/sso/${acme.ssoName}`);
  const bare = (/** @type {string} */ body) => body.replace(/href="http:\/\/127[^"]*"/, '');
  assert.equal(address.status, 200);
  assert.equal(bare(address.body), bare(typed.body));
});

test('the tile at the IdP begins a sign-in at once', async () => {
  const visitor = world.visitor();
  const answer = await visitor.get(new URL(acme.startUrl).pathname);
  assert.equal(answer.status, 303);
  const { id } = readRequest(answer.location ?? '');
  assert.equal((await visitor.answer(acme.acsUrl, acme.mint(acme.person('tile'), id))).location, '/onboarding?to=%2Fvault');
});

/** What xmlsec1 says of a request, told which attribute is its ID. @param {string} xml @param {string} certificate */
function judged(xml, certificate) {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-'));
  try {
    writeFileSync(join(folder, 'key.pem'), new X509Certificate(Buffer.from(certificate, 'base64')).toString());
    writeFileSync(join(folder, 'request.xml'), xml);
    const id = ['--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:protocol:AuthnRequest'];
    const { error, status } = spawnSync('xmlsec1', ['--verify', ...id, '--enabled-key-data', 'rsa', '--pubkey-cert-pem', join(folder, 'key.pem'), join(folder, 'request.xml')]);
    if (error) throw error;
    return status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('an IdP that wants a POST gets a form', async () => {
  const organisation = await world.organisation({ binding: 'post' });
  const answer = await world.visitor().post('/sign-in', { who: organisation.ssoName });
  assert.equal(answer.status, 200);
  assert.ok(answer.body.includes('action="http://127.0.0.1:9/sso'));
  const field = /name="SAMLRequest" value="([^"]+)"/.exec(answer.body)?.[1] ?? '';
  const message = Buffer.from(decodeHtml(field), 'base64').toString();
  // The key in our metadata signed it.
  const metadata = (await world.visitor().get(new URL(organisation.entityId).pathname)).body;
  const certificate = /X509Certificate>([^<]+)</.exec(metadata)?.[1] ?? '';
  assert.ok(judged(message, certificate));
  assert.ok(!judged(message.replace('127.0.0.1:9', '127.0.0.1:8'), certificate));
  assert.match(answer.headers.get('content-security-policy') ?? '', /form-action [^;]*https:/);
});

test('two tabs at once', async () => {
  const visitor = world.visitor();
  const alice = acme.person('two-tabs');
  const one = await visitor.begin(alice.email, '/vault/activity');
  const two = await visitor.begin(alice.email);
  assert.notEqual(one.id, two.id);
  assert.equal(destination((await visitor.answer(acme.acsUrl, acme.mint(alice, two.id))).location), '/vault');
  assert.equal((await visitor.answer(acme.acsUrl, acme.mint(alice, one.id))).location, '/vault/activity');
});

test('this browser remembers its organisation', async () => {
  const { visitor } = await signIn(world, acme, acme.person('remembered'));
  await visitor.post('/sign-out', {});
  const page = (await visitor.get('/')).body;
  assert.ok(words(page).includes(`Continue to ${acme.name}`));
  assert.ok(page.includes(`href="/sso/${acme.ssoName}"`));
  assert.ok(!words((await world.visitor().get('/')).body).includes(acme.name), 'and no other browser does');
});

test('who is signed in is not asked again', async () => {
  const { visitor } = await signIn(world, acme, acme.person('signed-in'));
  assert.equal((await visitor.get('/')).location, '/vault');
  assert.equal((await visitor.get('/?to=/vault/activity')).location, '/vault/activity');
});

test('signing out ends the session, here and in the database', async () => {
  const { visitor } = await signIn(world, acme, acme.person('leaving'));
  const kept = new Map(visitor.cookies);
  const answer = await visitor.post('/sign-out', {});
  assert.equal(answer.status, 303);
  assert.ok(words((await visitor.get(answer.location ?? '')).body).includes('You are signed out of Keyward'));
  assert.equal((await visitor.get('/vault')).location, '/?to=/vault');
  visitor.cookies = kept;
  assert.equal((await visitor.get('/vault')).location, '/?to=/vault', 'the cookie is worth nothing any more');
});

test('a session ends when it was idle for too long, and at its longest', async () => {
  for (const column of ['last_seen_at', 'expires_at']) {
    const { visitor } = await signIn(world, acme, acme.person('idle'));
    await world.query(`UPDATE session SET created_at = 1, ${column} = 2`);
    assert.equal((await visitor.get('/vault')).location, '/?to=/vault', column);
  }
});

test('a session is nobody’s but its own browser’s, and unknown ones are none', async () => {
  for (const token of ['', 'x', 'A'.repeat(43), 'A'.repeat(5000), "' OR 1=1 --"]) {
    const visitor = world.visitor();
    visitor.cookies.set('__Host-keyward-session', token);
    assert.equal((await visitor.get('/vault')).location, '/?to=/vault', token);
  }
});

test('an unsolicited response asks first, where the connection allows one', async () => {
  const organisation = await world.organisation({ idpInitiated: true, idpInitiatedPaths: ['/vault/activity'] });
  const alice = organisation.person('alice');
  const visitor = world.visitor();
  const page = await visitor.answer(organisation.acsUrl, organisation.mint(alice, null), '/vault/activity');
  assert.equal(page.status, 200, words(page.body));
  assert.ok(words(page.body).includes(`Continue as ${alice.email}`));
  assert.equal((await visitor.get('/vault')).location, '/?to=/vault', 'not signed in yet');
  assert.equal((await world.query('SELECT count(*) AS n FROM session WHERE tenant = ?', organisation.tenant))[0].n, 0);

  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  await assertRefused(world, () => world.visitor().post('/confirm', { token, answer: 'yes' }), { code: 'confirmation-unknown' });
  const confirmed = await visitor.post('/confirm', { token, answer: 'yes' });
  assert.equal(destination(confirmed.location), '/vault/activity');
  assert.ok(words((await visitor.get('/vault')).body).includes('created just now'));
  await assertRefused(world, () => visitor.post('/confirm', { token, answer: 'yes' }), { code: 'confirmation-used' });
});

test('who says “this is not me” is not signed in', async () => {
  const organisation = await world.organisation({ idpInitiated: true });
  const visitor = world.visitor();
  const page = await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), null));
  const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  assert.equal((await visitor.post('/confirm', { token, answer: 'no' })).location, '/');
  await assertRefused(world, () => visitor.post('/confirm', { token, answer: 'yes' }), { code: 'confirmation-used' });
  assert.equal((await world.query('SELECT count(*) AS n FROM session WHERE tenant = ?', organisation.tenant))[0].n, 0);
});

test('the question warns when this browser knows another account', async () => {
  const organisation = await world.organisation({ idpInitiated: true });
  const { visitor } = await signIn(world, organisation, organisation.person('alice'));
  const page = await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('bob'), null));
  assert.ok(words(page.body).includes(`alice@${organisation.domain}`), words(page.body));
  const same = await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), null));
  assert.ok(!words(same.body).includes('last signed in as'));
});

/** The secret in the question's form. @param {{ body: string }} page */
const tokenOf = ({ body }) => /name="token" value="([^"]+)"/.exec(body)?.[1] ?? '';

test('a tile, which is a link that anybody may send, replaces another account only when the person says so', async () => {
  const ours = await world.organisation();
  const theirs = await world.organisation();
  const { visitor } = await signIn(world, ours, ours.person('alice'));
  // Another site sends the browser to the start of its own organisation, whose IdP answers at once and rightly.
  const { id } = readRequest((await visitor.get(new URL(theirs.startUrl).pathname)).location ?? '');
  const session = visitor.cookies.get('__Host-keyward-session');
  const page = await visitor.answer(theirs.acsUrl, theirs.mint(theirs.person('mallory'), id));
  assert.equal(page.status, 200);
  const asked = words(page.body);
  assert.ok(asked.includes(`Continue as mallory@${theirs.domain}`) && asked.includes(`alice@${ours.domain}`), asked);
  assert.equal(visitor.cookies.get('__Host-keyward-session'), session);
  assert.equal((await world.query('SELECT count(*) AS n FROM session WHERE tenant = ?', theirs.tenant))[0].n, 0);
  assert.equal((await visitor.post('/confirm', { token: tokenOf(page), answer: 'no' })).location, '/');
  assert.ok(words((await visitor.get('/vault')).body).includes(`alice@${ours.domain}`), 'still who she was');
  // Her own tile asks nothing.
  const own = readRequest((await visitor.get(new URL(ours.startUrl).pathname)).location ?? '');
  assert.equal((await visitor.answer(ours.acsUrl, ours.mint(ours.person('alice'), own.id))).location, '/vault');
});

/** @type {[string, (organisation: import('./support/world.mjs').Organisation) => [string, string], string][]} */
const meanwhile = [
  ['a certificate was removed', ({ id }) => ['UPDATE connection SET version = version + 1 WHERE id = ?', id], 'confirmation-outdated'],
  ['responses that nobody asked for are no longer taken', ({ id }) => ['UPDATE connection SET idp_initiated = 0, version = version + 1 WHERE id = ?', id], 'confirmation-outdated'],
  ['the person’s sessions were ended', ({ tenant }) => ['UPDATE user SET sessions_ended_at = 9000000000000000 WHERE tenant = ?', tenant], 'confirmation-outdated'],
  ['the connection’s sessions were ended', ({ tenant }) => ['UPDATE connection SET sessions_ended_at = 9000000000000000 WHERE tenant = ?', tenant], 'confirmation-outdated'],
  ['all sessions were ended', ({ tenant }) => ['UPDATE tenant SET sessions_ended_at = 9000000000000000 WHERE id = ?', tenant], 'confirmation-outdated'],
  ['the domain was lost', ({ domain }) => ["UPDATE domain SET status = 'lost' WHERE name = ?", domain], 'email-domain-not-reserved'],
  ['the domain leads elsewhere', ({ domain }) => ['UPDATE domain SET connection = NULL WHERE name = ?', domain], 'email-domain-not-reserved'],
];
for (const [what, change, code] of meanwhile) {
  test(`${what} while the person thought about it`, async () => {
    const organisation = await world.organisation({ idpInitiated: true });
    const visitor = world.visitor();
    const page = await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), null));
    await world.query(...change(organisation));
    await assertRefused(world, () => visitor.post('/confirm', { token: tokenOf(page), answer: 'yes' }), { code, tenant: organisation.tenant });
  });
}

test('a session ends when the IdP says, also where that is past by what clocks may differ', async () => {
  for (const [offset, longest] of [[-30_000, 60_000], [600_000, 600_000]]) {
    const organisation = await world.organisation();
    const visitor = world.visitor();
    const { id } = await visitor.begin(organisation.ssoName);
    const answer = await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), id, { sessionNotOnOrAfter: Date.now() + offset }));
    assert.equal(answer.status, 303, words(answer.body));
    const [session] = await world.query('SELECT expires_at - created_at AS lasts FROM session WHERE tenant = ?', organisation.tenant);
    assert.ok(session.lasts > 0 && session.lasts <= longest, `${session.lasts}`);
  }
});

test('the connection was disabled, or the account locked, while the person thought about it', async () => {
  for (const [sql, code] of [["UPDATE connection SET status = 'disabled' WHERE tenant = ?", 'connection-not-active'], ["UPDATE user SET status = 'locked' WHERE tenant = ?", 'user-locked']]) {
    const organisation = await world.organisation({ idpInitiated: true });
    const visitor = world.visitor();
    const page = await visitor.answer(organisation.acsUrl, organisation.mint(organisation.person('alice'), null));
    const token = /name="token" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    await world.query(sql, organisation.tenant);
    await assertRefused(world, () => visitor.post('/confirm', { token, answer: 'yes' }), { code, tenant: organisation.tenant });
  }
});
