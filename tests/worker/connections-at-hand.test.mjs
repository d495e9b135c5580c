// @ts-check
// What KV has of a connection: it saves an isolate that is new a trip to D1, and decides nothing. An entry that somebody else made,
// moved or kept is not used, and what changes counts on the next request, whatever KV says.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { askPysaml2, pysaml2 } from '../idp/pysaml2/pysaml2.mjs';
import { client, newSecret } from './support/api.mjs';
import { logoutRequest } from './support/logout.mjs';
import { newIdp, signXml } from './support/mint.mjs';
import { signIn, startWorld } from './support/world.mjs';

/** @typedef {import('./support/world.mjs').Organisation} Organisation */

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
before(async () => { world = await startWorld({ workers: 3, countD1: true, bindings: { KEYWARD_OPERATOR_TOKEN: secret } }); });
after(() => world?.stop());

const key = (/** @type {Organisation} */ { id }) => `connection/${id}`;
/** What is put there comes after the answer. @param {Organisation} organisation @param {(entry: string) => boolean} [wanted] @returns {Promise<string>} */
async function entry(organisation, wanted = () => true) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await world.kv.get(key(organisation));
    if (found && wanted(found)) return found;
    assert.ok(Date.now() < deadline, `never put: ${found}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
const json = (/** @type {string} */ text) => JSON.parse(text.slice(text.indexOf('{')));

/** A sign-in that ends at one of the Workers: what came of it, and how often that asked D1. @param {Organisation} organisation @param {number} at @param {string} name @param {import('./support/mint.mjs').Wishes} [wishes] */
async function arrive(organisation, at, name, wishes) {
  const [visitor, person] = [world.visitor(), organisation.person(name)];
  const { id } = await visitor.begin(person.email);
  const response = organisation.mint(person, id, wishes);
  await world.d1Trips(at);
  const { status } = await visitor.at(world.origins[at]).answer(organisation.acsUrl, response);
  return { status, trips: await world.d1Trips(at) };
}
const [cold, atHand] = [{ status: 303, trips: 3 }, { status: 303, trips: 2 }];

/** An entry of ours, as whoever had the master key would make it. @param {object} what */
function made(what) {
  const text = JSON.stringify(what);
  const derived = createHmac('sha256', world.masterKey).update('keyward connection in KV v1').digest();
  return `v1.${createHmac('sha256', derived).update(text).digest('base64')}.${text}`;
}

test('an isolate that is new to a connection asks D1 twice, where KV has the connection', async () => {
  const organisation = await world.organisation();
  assert.deepEqual(await arrive(organisation, 0, 'alice'), cold);
  const kept = await entry(organisation);
  assert.equal(kept, made(json(kept)), 'under the MAC that docs/scale.md describes');
  assert.deepEqual(await arrive(organisation, 1, 'bob'), atHand);
  assert.deepEqual(await arrive(organisation, 1, 'carol'), atHand);
});

test('what takes a key of ours has it loaded', async () => {
  const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
  await arrive(organisation, 0, 'alice');
  await entry(organisation);
  const { visitor } = await signIn(world, organisation, organisation.person('alice'));
  await arrive(organisation, 1, 'bob');
  const xml = signXml(logoutRequest(organisation, { nameId: organisation.person('alice').nameId }), 'LogoutRequest', organisation.idp.keys);
  const path = new URL(organisation.sp.sloUrl).pathname;
  const answer = await world.visitor().at(world.origins[1]).postFrom(path, { SAMLRequest: Buffer.from(xml).toString('base64') });
  assert.match(answer.location ?? '', /SAMLResponse=.*&Signature=/);
  assert.equal((await visitor.get('/vault')).location?.split('?')[0], '/', 'the session is over');
});

test('an encrypted assertion is opened by an isolate that has the connection from KV, and the key from D1', async () => {
  const [keys, mail] = [selfSigned('pysaml2'), 'urn:oid:0.9.2342.19200300.100.1.3'];
  const organisation = await world.organisation({ domains: ['pysaml2.test'], idpEntityId: pysaml2.entityId, ssoUrl: pysaml2.sso, certificates: [keys.base64], mapping: { email: mail } });
  const { body: sp } = await world.visitor().get(new URL(organisation.entityId).pathname);
  const offered = /use="encryption">.*?X509Certificate>([^<]+)</s.exec(sp)?.[1] ?? '';
  const encrypt = `-----BEGIN CERTIFICATE-----\n${offered.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
  const visitors = await Promise.all([0, 1].map(async () => { const visitor = world.visitor(); return { visitor, ...await visitor.begin(organisation.ssoName) }; }));
  const answers = await askPysaml2({ keys, sp, jobs: visitors.map(({ id }) => ({
    do: 'respond', acs: organisation.acsUrl, spEntityId: organisation.entityId, nameId: 'alice', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', attributes: { mail: ['alice@pysaml2.test'] }, inResponseTo: id,
    sign: ['assertion'], encrypt, cipher: ['http://www.w3.org/2009/xmlenc11#aes256-gcm', 'aes-256'], signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  })) });
  for (const [at, { visitor }] of visitors.entries()) {
    assert.equal(answers[at].error, undefined);
    await world.d1Trips(at);
    const { status } = await visitor.at(world.origins[at]).answer(organisation.acsUrl, Buffer.from(answers[at].xml).toString('base64'));
    assert.deepEqual({ status, trips: await world.d1Trips(at) }, cold);
    await entry(organisation);
  }
});

test('an entry that is not whole, moved from elsewhere, or made under another key is not used', async () => {
  const stranger = newIdp('https://idp.stranger.test');
  const other = await world.organisation();
  await arrive(other, 0, 'alice');
  const moved = await entry(other);
  /** @type {[string, (kept: string) => string][]} */
  const forgeries = [
    ['without a MAC', (kept) => kept.slice(kept.indexOf('{'))],
    ['of nothing', () => ''],
    ['with a certificate more', (kept) => `${kept.slice(0, kept.indexOf('{'))}${JSON.stringify({ ...json(kept), certificates: [{ certificate: stranger.keys.base64 }] })}`],
    ['under another key', (kept) => { const text = JSON.stringify({ ...json(kept), certificates: [{ certificate: stranger.keys.base64 }] }); return `v1.${createHmac('sha256', Buffer.alloc(32)).update(text).digest('base64')}.${text}`; }],
    ['of another connection', () => moved],
  ];
  for (const [what, forge] of forgeries) {
    const organisation = await world.organisation();
    await arrive(organisation, 0, 'alice');
    const right = await entry(organisation);
    const isRight = (/** @type {string} */ kept) => kept === right;
    // The one who forged it does not come in, and who the IdP sends does, by D1; then it is as it was.
    await world.kv.put(key(organisation), forge(right));
    assert.equal((await arrive(organisation, 1, 'mallory', { keys: stranger.keys })).status, 403, what);
    await entry(organisation, isRight);
    await world.kv.put(key(organisation), forge(right));
    assert.deepEqual(await arrive(organisation, 2, 'bob'), cold, what);
    await entry(organisation, isRight);
  }
});

test('an older entry is not used: what an admin or a poll took away is gone on the next request', async () => {
  const organisation = await world.organisation();
  await arrive(organisation, 0, 'alice');
  const old = await entry(organisation);
  // The certificate is removed, by whoever does so: another is there, and the version is the next.
  const next = newIdp(organisation.idp.entityId);
  await world.query("UPDATE connection_certificate SET certificate = ? WHERE connection = ? AND stage = 'active'", next.keys.base64, organisation.id);
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
  await world.kv.put(key(organisation), old);
  for (const at of [0, 1, 2]) assert.equal((await arrive(organisation, at, `old${at}`)).status, 403, 'the key that was removed signs nobody in');
  const kept = await entry(organisation, (found) => json(found).connection.version === 2);
  assert.equal(json(kept).certificates[0].certificate, next.keys.base64);
  // And once more by an isolate that is new to it, where KV is behind again.
  const late = await world.organisation();
  await arrive(late, 0, 'alice');
  const [behind, renewed] = [await entry(late), newIdp(late.idp.entityId)];
  await world.query("UPDATE connection_certificate SET certificate = ? WHERE connection = ? AND stage = 'active'", renewed.keys.base64, late.id);
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', late.id);
  await world.kv.put(key(late), behind);
  assert.equal((await arrive(late, 1, 'bob', { keys: renewed.keys })).status, 303, 'the new key signs in, though KV does not know it');
});

test('a connection, an account, a domain or an organisation that is taken out of use is so on the next request, though KV has the connection', async () => {
  for (const [what, sql] of [
    ['connection', "UPDATE connection SET status = 'disabled', version = version + 1 WHERE id = ?"],
    ['domain', "UPDATE domain SET connection = NULL, status = 'lost', version = version + 1 WHERE connection = ?"],
    ['organisation', "UPDATE tenant SET status = 'suspended' WHERE id = (SELECT tenant FROM connection WHERE id = ?)"],
    ['account', "UPDATE user SET status = 'locked' WHERE tenant = (SELECT tenant FROM connection WHERE id = ?)"],
  ]) {
    const organisation = await world.organisation();
    const [visitor, alice] = [world.visitor(), organisation.person('alice')];
    assert.deepEqual(await arrive(organisation, 0, 'alice'), cold);
    await entry(organisation);
    const { id } = await visitor.begin(organisation.ssoName);
    await world.query(sql, organisation.id);
    for (const at of [0, 1]) {
      const { status } = await visitor.at(world.origins[at]).answer(organisation.acsUrl, organisation.mint(alice, id));
      assert.equal(status, 403, `${what} at ${at}`);
    }
  }
});

test('what is refused is put there once, however often it comes', async () => {
  const organisation = await world.organisation();
  await arrive(organisation, 0, 'alice');
  await entry(organisation);
  await world.kv.delete(key(organisation));
  for (let count = 0; count < 5; count += 1) await world.visitor().answer(organisation.acsUrl, 'nonsense');
  assert.equal(await world.kv.get(key(organisation)), null, 'a write is what costs, and strangers have no say in it');
});

test('KV that fails costs a look into D1, and keeps nobody out', async () => {
  const organisation = await world.organisation();
  await world.breakKv(true);
  try {
    assert.deepEqual(await arrive(organisation, 0, 'alice'), cold);
  } finally {
    await world.breakKv(false);
  }
});

test('nothing in KV is secret, or about a person', async () => {
  const operator = client(world.origin, secret);
  const organisation = await world.organisation({ sloUrl: 'http://127.0.0.1:9/slo' });
  await operator.must('POST', `/operator/tenants/${organisation.tenant}/set-up-token`);
  const { visitor } = await signIn(world, organisation, organisation.person('alice'));
  await entry(organisation);
  const everything = JSON.stringify(await world.kvEntries());
  assert.ok(everything.includes(organisation.idp.keys.base64.slice(0, 40)), 'certificates are there');
  for (const { wrapped } of await world.query('SELECT wrapped FROM sp_key')) assert.ok(!everything.includes(wrapped) && !everything.includes(wrapped.split('.').at(-1)));
  for (const { email, name } of await world.query('SELECT email, name FROM user')) assert.ok(!everything.includes(email) && !(name && everything.includes(name)));
  for (const value of visitor.cookies.values()) assert.ok(value.length < 20 || !everything.includes(value));
  assert.ok(!everything.includes(world.masterKey.toString('base64')));
  assert.deepEqual(Object.keys(await world.kvEntries()).filter((name) => !name.startsWith('connection/')), []);
  const [{ connection }] = [json(await entry(organisation))];
  assert.deepEqual(Object.keys(connection).sort(), ['allow_sha1_until', 'attribute_mapping', 'groups_attribute', 'id', 'idp_entity_id', 'idp_initiated', 'idp_initiated_paths', 'jit', 'node', 'pinned_attribute', 'single_logout', 'slo_binding', 'slo_response_url', 'slo_url', 'sso_name', 'status', 'subject_attribute', 'tenant', 'tenant_status', 'version']);
});
