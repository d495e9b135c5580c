// @ts-check
// Assertions that IdPs encrypt to us: by the three that the tests have, in every cipher and key transport that they know,
// opened with the key of our metadata, and while that key changes hands.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { newId, wrapKey } from '../../scripts/seed.mjs';
import { askPysaml2, pysaml2 } from '../idp/pysaml2/pysaml2.mjs';
import { people, startDemoIdp } from '../idp/samlp/server.mjs';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { visitor as personAt } from '../idp/simplesamlphp/visitor.mjs';
import { encrypted, hashes } from '../support/encrypted.mjs';
import { mintXml } from './support/mint.mjs';
import { decodeHtml, destination, words } from './support/visitor.mjs';
import { assertRefused, startWorld } from './support/world.mjs';

const XENC = 'http://www.w3.org/2001/04/xmlenc#';
const XENC11 = 'http://www.w3.org/2009/xmlenc11#';

/** @type {import('./support/world.mjs').World} */
let world;
before(async () => {
  world = await startWorld();
});
after(() => world?.stop());

/** What our metadata offer to encrypt to, base64. @param {{ entityId: string }} sp */
async function offered({ entityId }) {
  const { body } = await world.visitor().get(new URL(entityId).pathname);
  const found = [...body.matchAll(/use="encryption">.*?X509Certificate>([^<]+)</gs)].map((match) => match[1]);
  assert.equal(found.length, 1, 'one, since AD FS refuses two');
  return found[0];
}

/** @param {string} base64 */
const pem = (base64) => `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;

/** @param {{ body: string, status: number, location: string | null }} answer */
function assertSignedIn(answer) {
  assert.equal(answer.status, 303, words(answer.body));
  assert.equal(destination(answer.location), '/vault');
}

/** @type {Record<string, import('../idp/simplesamlphp/simplesamlphp.mjs').Sp['more']>} */
const ofSimpleSamlPhp = {
  'an encrypted assertion': {},
  'an EncryptedID': { 'nameid.encryption': true, 'assertion.encryption': false },
  'an EncryptedID in an encrypted assertion': { 'nameid.encryption': true },
};

test('SimpleSAMLphp encrypts by CBC to the certificate of our metadata, and its people sign in', async () => {
  const idp = await startSimpleSamlPhp();
  try {
    const organisation = await world.organisation({ domains: ['acme.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [idp.certificate] });
    for (const [what, more] of Object.entries(ofSimpleSamlPhp)) {
      for (const signed of [{}, { signResponse: false }, { signAssertion: false }]) {
        await idp.serve([{ ...organisation.sp, encryptionCertificate: await offered(organisation), ...signed, more }]);
        const visitor = world.visitor();
        const { url } = await visitor.begin(organisation.ssoName);
        const xml = await personAt(idp).respondTo(url.href);
        assert.ok(xml.includes('EncryptedData'), what);
        assertSignedIn(await visitor.answer(organisation.acsUrl, Buffer.from(xml).toString('base64')));
      }
    }
    const users = await world.query('SELECT email FROM user WHERE tenant = ?', organisation.tenant);
    assert.deepEqual(users.map(({ email }) => email), ['alice@acme.test'], 'one person, however it was sent');
  } finally {
    await idp.stop();
  }
});

test('samlp encrypts by GCM and CBC, and its people sign in', async () => {
  const keys = selfSigned('demo');
  for (const encryptionAlgorithm of [`${XENC11}aes256-gcm`, `${XENC11}aes128-gcm`, `${XENC}aes256-cbc`]) {
    /** @type {Record<string, unknown>} */
    const options = { encryptionAlgorithm, disallowEncryptionWithInsecureAlgorithm: false };
    const idp = await startDemoIdp({ keys, options, people: [{ ...people[0], email: 'alice@samlp.test' }] });
    try {
      await world.query("DELETE FROM domain WHERE name = 'samlp.test'");
      const organisation = await world.organisation({ domains: ['samlp.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [keys.base64] });
      const certificate = pem(await offered(organisation));
      Object.assign(options, { encryptionCert: certificate, encryptionPublicKey: new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }) });
      idp.register(organisation.sp);
      const visitor = world.visitor();
      const { url } = await visitor.begin(organisation.ssoName);
      const form = new URLSearchParams({ ...Object.fromEntries(url.searchParams), binding: 'GET', person: people[0].id });
      const page = await (await fetch(`${idp.origin}/answer`, { method: 'POST', body: form })).text();
      const response = decodeHtml(/name="SAMLResponse"\s+value="([^"]+)"/.exec(page)?.[1] ?? '');
      assert.ok(Buffer.from(response, 'base64').toString().includes(encryptionAlgorithm), page.slice(0, 500));
      assertSignedIn(await visitor.answer(organisation.acsUrl, response));
    } finally {
      await idp.stop();
    }
  }
});

test('pysaml2 encrypts in five ciphers, inside and outside of a signature, and its people sign in', async () => {
  const keys = selfSigned('pysaml2');
  const organisation = await world.organisation({
    domains: ['pysaml2.test'], idpEntityId: pysaml2.entityId, ssoUrl: pysaml2.sso, certificates: [keys.base64], mapping: { email: 'urn:oid:0.9.2342.19200300.100.1.3' },
  });
  const encrypt = pem(await offered(organisation));
  const { body: sp } = await world.visitor().get(new URL(organisation.entityId).pathname);
  const ciphers = [[`${XENC11}aes128-gcm`, 'aes-128'], [`${XENC11}aes192-gcm`, 'aes-192'], [`${XENC11}aes256-gcm`, 'aes-256'], [`${XENC}aes128-cbc`, 'aes-128'], [`${XENC}aes256-cbc`, 'aes-256']];
  const settings = ciphers.flatMap((cipher) => [['assertion'], ['response']].map((sign) => ({ cipher, sign })));
  const started = await Promise.all(settings.map(async () => {
    const visitor = world.visitor();
    return { visitor, ...(await visitor.begin(organisation.ssoName)) };
  }));
  const answers = await askPysaml2({ keys, sp, jobs: settings.map((setting, index) => ({
    do: 'respond', acs: organisation.acsUrl, spEntityId: organisation.entityId, nameId: 'alice', format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    attributes: { mail: ['alice@pysaml2.test'] }, inResponseTo: started[index].id, encrypt,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', digestAlgorithm: `${XENC}sha256`, ...setting,
  })) });
  for (const [index, { error, xml }] of answers.entries()) {
    assert.equal(error, undefined);
    assert.ok(xml.includes('EncryptedAssertion') && xml.includes(settings[index].cipher[0]));
    assertSignedIn(await started[index].visitor.answer(organisation.acsUrl, Buffer.from(xml).toString('base64')));
  }
});

/** @typedef {import('../support/encrypted.mjs').Hash} Hash */

/** Somebody's answer, encrypted to a certificate (base64). @param {import('./support/world.mjs').Organisation} organisation @param {string} certificate @param {Hash} [digest] @param {Hash} [mask] */
async function arriving(organisation, certificate, digest = 'sha256', mask = digest) {
  const visitor = world.visitor();
  const { id } = await visitor.begin(organisation.ssoName);
  const xml = mintXml(organisation.idp, organisation.sp, organisation.person('alice'), id, { sign: 'assertion' });
  const response = encrypted(xml, pem(certificate), digest, mask);
  return () => visitor.answer(organisation.acsUrl, response);
}

test('every two hashes of OAEP, the same or not', async () => {
  const organisation = await world.organisation();
  const certificate = await offered(organisation);
  for (const digest of hashes) {
    for (const mask of hashes) assertSignedIn(await (await arriving(organisation, certificate, digest, mask))());
  }
});

test('what is encrypted to somebody else is refused, and so is what is altered', async () => {
  const organisation = await world.organisation();
  for (const mask of /** @type {Hash[]} */ (['sha256', 'sha1'])) {
    const act = await arriving(organisation, selfSigned('somebody else').base64, 'sha256', mask);
    await assertRefused(world, act, { code: 'decrypt', tenant: organisation.tenant, connection: organisation.id });
  }
});

/** Our next key of a purpose, as the admin's change makes it. @param {import('./support/world.mjs').Organisation} organisation @param {'sign' | 'decrypt'} purpose */
async function addNext(organisation, purpose) {
  const pair = selfSigned('next');
  await world.query(
    'INSERT INTO sp_key (tenant, connection, id, purpose, status, certificate, wrapped, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    organisation.tenant, organisation.id, newId('k'), purpose, 'next', pair.base64, wrapKey(world.masterKey, pair.keyDer, `${organisation.tenant}|${organisation.id}|${purpose}`), Date.now(),
  );
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
  return pair.base64;
}

/** @param {import('./support/world.mjs').Organisation} organisation @param {'sign' | 'decrypt'} purpose */
async function promote(organisation, purpose) {
  for (const [from, to] of [['active', 'retired'], ['next', 'active']]) {
    await world.query('UPDATE sp_key SET status = ?, status_at = ? WHERE connection = ? AND purpose = ? AND status = ?', to, Date.now(), organisation.id, purpose, from);
  }
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
}

test('while our encryption key changes hands, nobody is kept out', async () => {
  const organisation = await world.organisation();
  const old = await offered(organisation);
  assertSignedIn(await (await arriving(organisation, old))());
  const next = await addNext(organisation, 'decrypt');
  assert.equal(await offered(organisation), old, 'until it is used');
  for (const certificate of [old, next]) assertSignedIn(await (await arriving(organisation, certificate))());
  await promote(organisation, 'decrypt');
  assert.equal(await offered(organisation), next);
  for (const certificate of [old, next]) assertSignedIn(await (await arriving(organisation, certificate))());
  // Three months later.
  await world.query("UPDATE sp_key SET status_at = 1 WHERE connection = ? AND status = 'retired'", organisation.id);
  await world.cron();
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', organisation.id);
  assertSignedIn(await (await arriving(organisation, next))());
  await assertRefused(world, await arriving(organisation, old), { code: 'decrypt' });
});

test('our next signing key is published before it signs', async () => {
  const organisation = await world.organisation();
  const published = async () => [...(await world.visitor().get(new URL(organisation.entityId).pathname)).body.matchAll(/use="signing">.*?X509Certificate>([^<]+)</gs)].map((match) => match[1]);
  const [old] = await published();
  const next = await addNext(organisation, 'sign');
  assert.deepEqual(await published(), [old, next], 'the one in use first');
  await promote(organisation, 'sign');
  assert.deepEqual(await published(), [next]);
  await world.visitor().begin(organisation.ssoName);
});

test('a key that was moved to another connection opens nothing', async () => {
  const [one, other] = [await world.organisation(), await world.organisation()];
  const certificate = await offered(one);
  await world.query("UPDATE sp_key SET wrapped = (SELECT wrapped FROM sp_key WHERE connection = ? AND purpose = 'decrypt') WHERE connection = ? AND purpose = 'decrypt'", one.id, other.id);
  await world.query('UPDATE connection SET version = version + 1 WHERE id = ?', other.id);
  const answer = await (await arriving(other, certificate))();
  assert.equal(answer.status, 500, 'a defect of ours, told as one');
  assert.equal((await world.query('SELECT count(*) AS n FROM session WHERE tenant = ?', other.tenant))[0].n, 0);
});
