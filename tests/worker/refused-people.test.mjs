// @ts-check
// Good responses and good visitors who are refused all the same: nobody's domain, another's e-mail, another's browser,
// a connection that is not in use, no account to be had.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { words } from './support/visitor.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

/** @type {import('./support/world.mjs').World} */
let world;
/** @type {import('./support/world.mjs').Organisation} */
let acme;

before(async () => {
  world = await startWorld();
  acme = await world.organisation();
});
after(() => world?.stop());

const title = { unknown: 'We do not know this organisation', admin: 'Your account is not ready', paused: 'Sign-in is paused for this organisation', expired: 'This sign-in has expired' };

/** Begins, and answers with a response that is good in itself. @param {import('./support/world.mjs').Organisation} organisation @param {import('./support/mint.mjs').Person} person */
async function arriving(organisation, person) {
  const visitor = world.visitor();
  const { id } = await visitor.begin(organisation.ssoName);
  const response = organisation.mint(person, id);
  return () => visitor.answer(organisation.acsUrl, response);
}

test('a connection that nobody has', async () => {
  const unknown = { code: 'connection-unknown', status: 404, title: title.unknown, tenant: null, connection: null };
  const alice = acme.person('alice');
  for (const id of ['c_aaaaaaaaaaaaaaaaaaaa', 'c_', 'nonsense', '%2e%2e', "c_' OR 1=1"]) {
    const acs = `/saml/${encodeURIComponent(id)}/acs`;
    await assertRefused(world, () => world.visitor().answer(world.origin + acs, acme.mint(alice, null)), unknown);
    await assertRefused(world, () => world.visitor().get(`/saml/${encodeURIComponent(id)}/start`), unknown);
  }
});

test('a domain, or an SSO name, that nobody has', async () => {
  await assertRefused(world, () => world.visitor().post('/sign-in', { who: 'somebody@nowhere.test' }), { code: 'domain-unknown', status: 404, title: title.unknown, tenant: null });
  await assertRefused(world, () => world.visitor().post('/sign-in', { who: 'somebody@sub.org1.test' }), { code: 'domain-unknown', status: 404, tenant: null });
  await assertRefused(world, () => world.visitor().post('/sign-in', { who: 'no-such-name' }), { code: 'sso-name-unknown', status: 404, title: title.unknown, tenant: null });
  await assertRefused(world, () => world.visitor().get('/sso/no-such-name'), { code: 'sso-name-unknown', status: 404, title: title.unknown, tenant: null });
});

test('a domain that is not reserved yet, or not any more', async () => {
  const organisation = await world.organisation();
  for (const status of ['pending', 'lost']) {
    await world.query('UPDATE domain SET status = ? WHERE name = ?', status, organisation.domain);
    const who = `alice@${organisation.domain}`;
    await assertRefused(world, () => world.visitor().post('/sign-in', { who }), { code: 'domain-unknown', status: 404 });
    const act = await arriving(organisation, organisation.person('alice'));
    await assertRefused(world, act, { code: 'email-domain-not-reserved', title: title.admin, tenant: organisation.tenant });
  }
});

test('an account that exists gets the same answer as one that does not', async () => {
  const { visitor } = await signIn(world, acme, acme.person('known'));
  await visitor.post('/sign-out', {});
  const page = async (/** @type {string} */ who) => {
    const { body, status } = await world.visitor().post('/sign-in', { who });
    return [status, body.replaceAll(who, 'WHO').replace(/SAMLRequest=[^"]*/, '')];
  };
  assert.deepEqual(await page(`known@${acme.domain}`), await page(`never@${acme.domain}`));
});

test('an e-mail outside the organisation’s domains', async () => {
  const other = await world.organisation();
  for (const email of ['alice@nowhere.test', 'alice@sub.org1.test', `alice@${other.domain}`, 'alice@org1.test.nowhere.test']) {
    const act = await arriving(acme, { ...acme.person('outsider'), email });
    await assertRefused(world, act, { code: 'email-domain-not-reserved', title: title.admin, tenant: acme.tenant, connection: acme.id });
  }
});

test('an e-mail whose domain leads to another connection of the same organisation', async () => {
  const organisation = await world.organisation();
  await world.query("INSERT INTO domain (tenant, name, status, connection, created_at) VALUES (?, 'head-office.test', 'reserved', NULL, 1)", organisation.tenant);
  const act = await arriving(organisation, { ...organisation.person('boss'), email: 'boss@head-office.test' });
  await assertRefused(world, act, { code: 'email-domain-routed-elsewhere', title: title.admin, tenant: organisation.tenant });
});

for (const email of ['', 'alice', '@org1.test', 'alice@', 'alice@@org1.test', 'alice@org1.test,eve@org1.test', 'a b@org1.test', 'alice@org1.test\n.evil.test']) {
  test(`what is no e-mail: ${JSON.stringify(email)}`, async () => {
    const act = await arriving(acme, { ...acme.person('outsider'), email });
    await assertRefused(world, act, { code: email === '' ? 'attribute-missing' : 'email-malformed', title: title.admin, tenant: acme.tenant });
  });
}

test('no account, where the connection makes none', async () => {
  const organisation = await world.organisation({ jit: false });
  const alice = organisation.person('alice');
  await assertRefused(world, await arriving(organisation, alice), { code: 'jit-off', title: title.admin, tenant: organisation.tenant });
});

test('no seat', async () => {
  const organisation = await world.organisation({}, { seats: 1 });
  await signIn(world, organisation, organisation.person('alice'));
  await assertRefused(world, await arriving(organisation, organisation.person('bob')), { code: 'no-seat', event: 'out_of_seats', title: title.admin });
  await signIn(world, organisation, organisation.person('alice')); // she has hers
});

test('an account that is locked, deleted or only invited', async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  await signIn(world, organisation, alice);
  for (const [status, code] of [['locked', 'user-locked'], ['deleted', 'user-deleted']]) {
    await world.query('UPDATE user SET status = ?, version = version + 1 WHERE tenant = ?', status, organisation.tenant);
    const { event } = await assertRefused(world, await arriving(organisation, alice), { code, title: title.admin });
    assert.match(event.subject, /^u_/, 'the log says whose account');
  }
  // Another NameID with the deleted account's e-mail does not bring it back, nor does it inherit it.
  const stranger = { ...organisation.person('stranger'), email: alice.email };
  await assertRefused(world, await arriving(organisation, stranger), { code: 'user-deleted' });
  await world.query("UPDATE user SET status = 'active', version = version + 1 WHERE tenant = ?", organisation.tenant);
  await assertRefused(world, await arriving(organisation, stranger), { code: 'email-in-use' });
});

test('an account that is invited, or signs in elsewhere, is not linked by its e-mail', async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  await signIn(world, organisation, alice);
  const stranger = { ...organisation.person('stranger'), email: alice.email };
  const id = 'c_headoffice234567aaaa';
  await world.query("INSERT INTO connection (tenant, id, node, status, jit, idp_initiated, created_at) SELECT tenant, ?, id, 'draft', 1, 0, 1 FROM node WHERE tenant = ? AND parent IS NULL", id, organisation.tenant);
  await world.query('UPDATE identity SET connection = ? WHERE tenant = ?', id, organisation.tenant);
  const { event } = await assertRefused(world, await arriving(organisation, stranger), { code: 'account-elsewhere', title: title.admin, tenant: organisation.tenant });
  assert.ok(event.detail.includes(id) && event.subject, 'the admin is told where');
  await world.query('DELETE FROM identity WHERE tenant = ?', organisation.tenant);
  await assertRefused(world, await arriving(organisation, stranger), { code: 'email-in-use', title: title.admin });
  await world.query("UPDATE user SET status = 'invited' WHERE tenant = ?", organisation.tenant);
  await assertRefused(world, await arriving(organisation, stranger), { code: 'invitation-unclaimed', title: title.admin });
});

test('a transient NameID', async () => {
  const visitor = world.visitor();
  const { id } = await visitor.begin(acme.ssoName);
  const response = acme.mint(acme.person('alice'), id, { nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' });
  await assertRefused(world, () => visitor.answer(acme.acsUrl, response), { code: 'name-id-transient', title: title.admin });
});

test('a connection that was disabled takes effect on the next request, at every door', async () => {
  const organisation = await world.organisation();
  const alice = organisation.person('alice');
  const { visitor } = await signIn(world, organisation, alice); // the isolate remembers the connection now
  const act = await arriving(organisation, alice);
  await world.query("UPDATE connection SET status = 'disabled', version = version + 1 WHERE id = ?", organisation.id);

  const paused = { code: 'connection-not-active', title: title.paused, tenant: organisation.tenant, connection: organisation.id };
  await assertRefused(world, act, paused);
  await assertRefused(world, () => world.visitor().post('/sign-in', { who: alice.email }), paused);
  await assertRefused(world, () => world.visitor().get(`/sso/${organisation.ssoName}`), paused);
  await assertRefused(world, () => world.visitor().get(`/saml/${organisation.id}/start`), paused);
  assert.equal((await visitor.get('/vault')).location, '/?to=/vault', 'the session that it gave is over');

  await world.query("UPDATE connection SET status = 'active', version = version + 1 WHERE id = ?", organisation.id);
  await signIn(world, organisation, alice);
});

test('a connection that was disabled without its version growing', async () => {
  const organisation = await world.organisation();
  const act = await arriving(organisation, organisation.person('alice'));
  await signIn(world, organisation, organisation.person('bob'));
  await world.query("UPDATE connection SET status = 'disabled' WHERE id = ?", organisation.id);
  await assertRefused(world, act, { code: 'connection-not-active', title: title.paused });
});

test('an organisation that is suspended', async () => {
  const organisation = await world.organisation();
  const act = await arriving(organisation, organisation.person('alice'));
  await world.query("UPDATE tenant SET status = 'suspended' WHERE id = ?", organisation.tenant);
  await assertRefused(world, act, { code: 'tenant-not-active', title: title.paused });
  await assertRefused(world, () => world.visitor().post('/sign-in', { who: organisation.ssoName }), { code: 'tenant-not-active', title: title.paused });
});

test('a certificate that was removed takes effect on the next request', async () => {
  const organisation = await world.organisation();
  await signIn(world, organisation, organisation.person('alice'));
  const act = await arriving(organisation, organisation.person('alice'));
  const next = await world.organisation();
  await world.query('UPDATE connection_certificate SET certificate = ?, fingerprint = ? WHERE connection = ?', next.idp.keys.base64, '0'.repeat(64), organisation.id);
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
  await assertRefused(world, act, { code: 'signature-invalid' });
});

test('the answer to a request of another browser', async () => {
  const alice = acme.person('alice');
  const [attacker, victim] = [world.visitor(), world.visitor()];
  const { id } = await attacker.begin(alice.email);
  const response = acme.mint(alice, id);
  const expected = { code: 'request-browser', title: title.expired, tenant: acme.tenant };
  await assertRefused(world, () => victim.answer(acme.acsUrl, response), expected);
  await victim.begin(alice.email);
  await assertRefused(world, () => victim.answer(acme.acsUrl, response), expected);
  assert.equal((await attacker.answer(acme.acsUrl, response)).status, 303, 'its own browser may still use it');
});

test('the answer to a request to another connection, and to another organisation', async () => {
  const other = await world.organisation();
  const alice = acme.person('alice');
  const visitor = world.visitor();
  const { id } = await visitor.begin(other.ssoName);
  await assertRefused(world, () => visitor.answer(acme.acsUrl, acme.mint(alice, id)), { code: 'request-unknown', title: title.expired, tenant: acme.tenant });
  // The other organisation's IdP at our ACS: what it signs counts there only.
  await assertRefused(world, () => visitor.answer(acme.acsUrl, other.mint(alice, id)), { code: 'signature-invalid', tenant: acme.tenant });
});

test('two organisations that share an IdP: the answer for one is none for the other', async () => {
  const idpEntityId = 'https://shared-idp.test/metadata';
  const one = await world.organisation({ idpEntityId });
  const two = await world.organisation({ idpEntityId, certificates: [one.idp.keys.base64] });
  const visitor = world.visitor();
  const { id } = await visitor.begin(two.ssoName);
  const response = one.mint(one.person('alice'), id);
  await assertRefused(world, () => visitor.answer(two.acsUrl, response), { code: 'destination', tenant: two.tenant });
});

test('a request that was waited for too long', async () => {
  const alice = acme.person('alice');
  const visitor = world.visitor();
  const { id } = await visitor.begin(alice.email);
  await world.query('UPDATE pending_login SET created_at = 1, expires_at = 2 WHERE request = ?', id);
  await assertRefused(world, () => visitor.answer(acme.acsUrl, acme.mint(alice, id)), { code: 'request-expired', title: title.expired });
});

test('what is typed and can be nobody stays in the field, and nothing is written', async () => {
  const everything = () => world.snapshot();
  const before = await everything();
  for (const who of ['', ' ', 'a@b', 'alice@', '@org1.test', 'x', '<script>alert(1)</script>', '"><img src=x>', 'a'.repeat(5000)]) {
    const answer = await world.visitor().post('/sign-in', { who, to: '/vault/activity' });
    assert.equal(answer.status, 422, who);
    assert.match(words(answer.body), /Enter your work e-mail address/);
    assert.ok(answer.body.includes('value="/vault/activity"'), 'the deep link is kept');
    assert.ok(!answer.body.includes('<script') && !answer.body.includes('<img'));
  }
  assert.deepEqual(await everything(), before);
});
