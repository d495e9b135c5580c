// @ts-check
// Messages of implementations that nobody here wrote, in the variants they offer, by each backend.
import { strict as assert } from 'node:assert';
import { createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { refusesChanges } from './providers-support.mjs';
import { backends, keyward, refused, sp } from './support.mjs';

const require = createRequire(import.meta.url);
const samlp = require('samlp');
const idp = selfSigned('identity provider');
const other = selfSigned('another');
const ours = selfSigned('service provider');
const spki = createPublicKey(ours.certificate).export({ type: 'spki', format: 'pem' });
const issuer = 'https://idp.example.test/metadata';
after(() => keyward.setBackend('auto'));

/** @param {Record<string, unknown>} options @returns {Promise<string>} base64 */
function mint(options = {}) {
  const profileMapper = () => ({
    getClaims: () => ({ Email: 'alice@acme.test', First: ' Ali & ce', Last: 'Müller <x> "y"', Groups: ['a', 'b'] }),
    getNameIdentifier: () => ({ nameIdentifier: 'demo|1' }),
  });
  return new Promise((resolve, reject) => samlp.getSamlResponse({
    issuer, cert: idp.certificate, key: idp.key, audience: sp.entityId, recipient: sp.acsUrl, destination: sp.acsUrl, inResponseTo: '_r1',
    signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256', sessionIndex: '_s1', includeAttributeNameFormat: true, profileMapper, ...options,
  }, {}, (/** @type {Error | null} */ error, /** @type {string} */ xml) => (error ? reject(error) : resolve(Buffer.from(xml).toString('base64')))));
}

const ask = (/** @type {string} */ response, /** @type {object} */ changes = {}) => keyward.verifyResponse({
  response, encoding: 'base64', now: Date.now(), idp: { entityId: issuer, certificates: [other.certificate, idp.certificate] },
  sp: { ...sp, decryptionKeys: [other.key, ours.key] }, request: { id: '_r1' }, ...changes,
});

const decoded = (/** @type {string} */ base64) => Buffer.from(base64, 'base64').toString();

const gcm = (/** @type {number} */ bits) => ({ encryptionCert: ours.certificate, encryptionPublicKey: spki, encryptionAlgorithm: `http://www.w3.org/2009/xmlenc11#aes${bits}-gcm` });
const cbc = { encryptionCert: ours.certificate, encryptionPublicKey: spki, encryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#aes256-cbc', disallowEncryptionWithInsecureAlgorithm: false, warnOnInsecureEncryptionAlgorithm: false };

/** @type {[string, Record<string, unknown>, ('response' | 'assertion')[], boolean][]} */
const accepted = [
  ['the assertion signed', {}, ['assertion'], false],
  ['the response signed', { signResponse: true, signAssertion: false }, ['response'], false],
  ['both signed', { signResponse: true }, ['response', 'assertion'], false],
  ['a prefix for the signature', { signResponse: true, signatureNamespacePrefix: 'ds' }, ['response', 'assertion'], false],
  ['encrypted with AES-256-GCM', gcm(256), ['assertion'], true],
  ['encrypted with AES-128-GCM, the response signed too', { ...gcm(128), signResponse: true }, ['response', 'assertion'], true],
  ['encrypted, only the response signed', { ...gcm(256), signResponse: true, signAssertion: false }, ['response'], true],
  ['encrypted with AES-256-CBC, signed inside', cbc, ['assertion'], true],
];
for (const backend of backends) {
  for (const [name, options, signed, encrypted] of accepted) {
    test(`samlp, ${name} (${backend})`, async () => {
      keyward.setBackend(backend);
      const person = await ask(await mint(options));
      assert.deepEqual(person.signed, signed);
      assert.equal(person.encrypted, encrypted);
      assert.equal(person.nameId?.value, 'demo|1');
      assert.equal(person.issuer, issuer);
      assert.equal(person.sessionIndex, '_s1');
      const attributes = Object.fromEntries(person.attributes.map(({ name: key, values }) => [key, values]));
      assert.deepEqual(attributes, { Email: ['alice@acme.test'], First: [' Ali & ce'], Last: ['Müller <x> "y"'], Groups: ['a', 'b'] });
      await refusesChanges(decoded(await mint(options)), (xml) => ask(Buffer.from(xml).toString('base64')), { signed, encrypted });
    });
  }

  test(`samlp, what is not signed or not for us is refused by its code (${backend})`, async () => {
    keyward.setBackend(backend);
    await refused(ask(await mint({ signAssertion: false })), 'signature-missing');
    await refused(ask(await mint({ ...gcm(256), signAssertion: false })), 'encrypted-unsigned');
    await refused(ask(await mint({ ...cbc, signAssertion: false })), 'decrypt', 'CBC without a signature says nothing more');
    await refused(ask(await mint(), { idp: { entityId: issuer, certificates: [other.certificate] } }), 'signature-invalid');
    await refused(ask(await mint({ signatureAlgorithm: 'rsa-sha1' })), 'signature-algorithm');
    await refused(ask(await mint({ digestAlgorithm: 'sha1' })), 'digest-algorithm');
    await refused(ask(await mint(gcm(256)), { sp: { ...sp, decryptionKeys: [other.key] } }), 'decrypt');
    await refused(ask(await mint(gcm(256)), { sp }), 'decrypt');
    await refused(ask(await mint({ issuer: 'https://evil.test' })), 'issuer');
    await refused(ask(await mint({ audience: 'https://other.test' })), 'audience');
    await refused(ask(await mint({ recipient: 'https://other.test' })), 'recipient');
    await refused(ask(await mint({ destination: 'https://other.test' })), 'destination');
    await refused(ask(await mint({ inResponseTo: '_other' })), 'in-response-to');
    const sha1 = await ask(await mint({ signatureAlgorithm: 'rsa-sha1', digestAlgorithm: 'sha1' }), { policy: { allowSha1: true } });
    assert.match(sha1.warnings.join(), /sha1/);
  });
}

test('samlp, every NameID format', async () => {
  for (const name of ['1.1:nameid-format:unspecified', '1.1:nameid-format:emailAddress', '2.0:nameid-format:persistent', '2.0:nameid-format:transient']) {
    const format = `urn:oasis:names:tc:SAML:${name}`;
    assert.deepEqual((await ask(await mint({ nameIdentifierFormat: format }))).nameId, { value: 'demo|1', format });
  }
});

test('samlp, an answer to nobody', async () => {
  const unsolicited = await mint({ inResponseTo: undefined, signResponse: true });
  assert.doesNotMatch(decoded(unsolicited), /InResponseTo/);
  const asked = { request: null, policy: { allowUnsolicited: true } };
  assert.equal((await ask(unsolicited, asked)).nameId?.value, 'demo|1');
  await refused(ask(unsolicited, { request: null }), 'unsolicited');
  await refused(ask(unsolicited), 'in-response-to');
  await refused(ask(await mint(), asked), 'in-response-to');
});

test('flipping any part of a CBC ciphertext is answered the same way', async () => {
  const xml = Buffer.from(await mint(cbc), 'base64').toString();
  const at = xml.lastIndexOf('<xenc:CipherValue>') + 18;
  const value = Buffer.from(xml.slice(at, xml.indexOf('<', at)), 'base64');
  const seen = new Set();
  for (let index = 0; index < value.length; index += Math.ceil(value.length / 60)) {
    const flipped = Buffer.from(value);
    flipped[index] ^= 1 << (index % 8);
    const changed = xml.slice(0, at) + flipped.toString('base64') + xml.slice(xml.indexOf('<', at));
    await ask(Buffer.from(changed).toString('base64')).then(() => assert.fail('accepted'), (error) => seen.add(`${error.code} ${error.message}`));
  }
  assert.equal(seen.size, 1, [...seen].join('\n'));
});
