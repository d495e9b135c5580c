// @ts-check
// pysaml2's responses (Python, xmlsec1), in every variant that it offers.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { askPysaml2, pysaml2 } from '../idp/pysaml2/pysaml2.mjs';
import { refusesChanges } from './providers-support.mjs';
import { keyward, refused, sp } from './support.mjs';

const [keys, ours, other] = ['pysaml2', 'service provider', 'another'].map((name) => selfSigned(name));
const metadata = await keyward.buildSpMetadata({ ...sp, signingCertificates: [ours.certificate], encryptionCertificate: ours.certificate });

const format = (/** @type {string} */ name) => `urn:oasis:names:tc:SAML:${name}`;
const sha = (/** @type {number} */ bits) => ({ signatureAlgorithm: `http://www.w3.org/2001/04/xmldsig-more#rsa-sha${bits}`, digestAlgorithm: bits === 384 ? 'http://www.w3.org/2001/04/xmldsig-more#sha384' : `http://www.w3.org/2001/04/xmlenc#sha${bits}` });
const to = (/** @type {string} */ uri, /** @type {string} */ sessionKey) => ({ encrypt: ours.certificate, cipher: [uri, sessionKey] });
const gcm = (/** @type {number} */ bits) => to(`http://www.w3.org/2009/xmlenc11#aes${bits}-gcm`, `aes-${bits}`);
const cbc = (/** @type {number} */ bits) => to(`http://www.w3.org/2001/04/xmlenc#aes${bits}-cbc`, `aes-${bits}`);
const both = ['response', 'assertion'];

/** @type {Record<string, { sign: string[] } & Record<string, unknown>>} */
const variants = {
  'the assertion signed': { sign: ['assertion'] },
  'the response signed': { sign: ['response'] },
  'both signed': { sign: both },
  'SHA-384': { sign: both, ...sha(384) },
  'SHA-512': { sign: both, ...sha(512) },
  'SHA-512 over a SHA-384 digest': { sign: ['assertion'], ...sha(512), digestAlgorithm: sha(384).digestAlgorithm },
  'a persistent NameID with qualifiers': { sign: ['assertion'], format: format('2.0:nameid-format:persistent'), nameQualifier: pysaml2.entityId, spNameQualifier: sp.entityId },
  'a transient NameID': { sign: ['assertion'], format: format('2.0:nameid-format:transient') },
  'an e-mail address as NameID': { sign: ['assertion'], format: format('1.1:nameid-format:emailAddress'), nameId: 'Müller&Söhne@acme.test' },
  'unsolicited': { sign: both, inResponseTo: undefined },
  'AES-128-GCM, signed inside': { sign: ['assertion'], ...gcm(128) },
  'AES-192-GCM, signed inside and outside': { sign: both, ...gcm(192) },
  'AES-256-GCM, signed inside': { sign: ['assertion'], ...gcm(256) },
  'AES-256-GCM, signed outside': { sign: ['response'], ...gcm(256) },
  'AES-128-CBC, signed inside': { sign: ['assertion'], ...cbc(128) },
  'AES-192-CBC, signed inside': { sign: ['assertion'], ...cbc(192) },
  'AES-256-CBC, signed inside and outside': { sign: both, ...cbc(256) },
  'AES-256-CBC, signed outside': { sign: ['response'], ...cbc(256) },
};
/** Its default cipher among them. @type {Record<string, [string, { sign: string[] } & Record<string, unknown>]>} */
const refusals = {
  '3DES, its default': ['encryption-algorithm', { sign: both, encrypt: ours.certificate }],
  'nothing signed': ['signature-missing', { sign: [] }],
  'nothing signed, GCM': ['encrypted-unsigned', { sign: [], ...gcm(256) }],
  'nothing signed, CBC': ['decrypt', { sign: [], ...cbc(256) }],
  'encrypted to somebody else': ['decrypt', { sign: ['response'], ...gcm(256), encrypt: other.certificate }],
  'SHA-1': ['signature-algorithm', { sign: ['assertion'], signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', digestAlgorithm: sha(256).digestAlgorithm }],
  'another audience': ['audience', { sign: ['assertion'], spEntityId: 'https://other.example.test/metadata' }],
  'another recipient': ['destination', { sign: ['assertion'], acs: 'https://sp.example.test/other' }],
};

const attributes = { mail: ['alice@acme.test'], givenName: [' Ali & ce'], sn: ['Müller <x> "y"'], groups: ['a', 'b'] };
const common = { do: /** @type {const} */ ('respond'), acs: sp.acsUrl, spEntityId: sp.entityId, nameId: 'alice', attributes, inResponseTo: '_r1', ...sha(256) };
// Another service provider's metadata are not there, so that its name is all there is of it.
const settings = [...Object.values(variants), ...Object.values(refusals).map(([, setting]) => setting)];
const answers = await askPysaml2({ keys, sp: metadata, jobs: settings.map((setting) => ({ ...common, ...setting })) });

const ask = (/** @type {string} */ xml, /** @type {object} */ changes = {}) => keyward.verifyResponse({
  response: Buffer.from(xml).toString('base64'), encoding: 'base64', now: Date.now(), idp: { entityId: pysaml2.entityId, certificates: [other.certificate, keys.certificate] },
  sp: { ...sp, decryptionKeys: [ours.key] }, request: { id: '_r1' }, ...changes,
});

for (const [index, [name, setting]] of Object.entries(variants).entries()) {
  test(`pysaml2, ${name}`, async () => {
    const { error, xml } = answers[index];
    assert.equal(error, undefined);
    const changes = 'inResponseTo' in setting ? { request: null, policy: { allowUnsolicited: true } } : {};
    const verified = await ask(xml, changes);
    const signed = /** @type {('response' | 'assertion')[]} */ (setting.sign);
    const encrypted = setting.encrypt !== undefined;
    assert.deepEqual(verified.signed, signed);
    assert.equal(verified.encrypted, encrypted);
    assert.equal(verified.issuer, pysaml2.entityId);
    const { nameQualifier, spNameQualifier, format: nameIdFormat } = setting;
    assert.deepEqual(verified.nameId, { value: setting.nameId ?? 'alice', ...(nameIdFormat ? { format: nameIdFormat } : {}), ...(nameQualifier ? { nameQualifier } : {}), ...(spNameQualifier ? { spNameQualifier } : {}) });
    assert.deepEqual(verified.attributes.map(({ values }) => values).sort(), Object.values(attributes).sort());
    await refusesChanges(xml, (changed) => ask(changed, changes), { signed, encrypted });
  });
}

for (const [index, [name, [code]]] of Object.entries(refusals).entries()) {
  test(`pysaml2, ${name} is refused`, async () => {
    const { error, xml } = answers[Object.keys(variants).length + index];
    assert.equal(error, undefined);
    await refused(ask(xml), code);
  });
}
