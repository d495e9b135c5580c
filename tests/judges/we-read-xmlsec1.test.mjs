// @ts-check
// What xmlsec1 signs and encrypts is accepted, and says who it is; what it signs with algorithms that are off is refused by
// the code for that.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ask, each, folderFor, keyward, mint, refused, testkit } from './support.mjs';
import { algorithms, canonicalizations, digests, placed, template, xmlsec1In } from './xmlsec1.mjs';

const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const unsigned = {
  signed: 'nothing', style: { typedValues: true }, nameId: 'alice',
  attributes: [{ name: 'Name', values: ['Müller & Söhne <x> "y"', ' lead\ttab\r\nline '] }],
  beforeSigning: [['<saml:Conditions', '\n  <!-- a remark --><saml:Conditions'], ['>alice<', '>ali<!-- cut -->ce<']],
};
/** What is in there, whoever signed it. @param {Awaited<ReturnType<typeof ask>>} person @param {string[]} signed @param {string} name */
function isAlice(person, signed, name) {
  assert.equal(person.nameId?.value, 'alice', name);
  assert.deepEqual(person.attributes, [{ name: 'Name', values: ['Müller & Söhne <x> "y"', ' lead\ttab\r\nline '] }], name);
  assert.deepEqual(person.signed, signed, name);
}

/** @type {{ name: string, key?: string, signatureMethod?: string, digest?: string, canonicalization?: string, transform?: string, prefixList?: string, prefix?: string }[]} */
const kinds = [
  ...canonicalizations.flatMap((canonicalization) => canonicalizations.map((transform) => ({ name: `${canonicalization} and ${transform}`, canonicalization, transform }))),
  ...algorithms.map(([key, signatureMethod]) => ({ name: `${key} ${signatureMethod}`, key, signatureMethod })),
  ...Object.values(digests).map((digest) => ({ name: digest, digest, signatureMethod: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512' })),
  ...['xs', 'xs xsi saml', '#default', 'samlp #default nonsense', ''].flatMap((prefixList) => ['ds:', '', 'dsig:'].map((prefix) => ({ name: `PrefixList "${prefixList}", prefix "${prefix}"`, prefixList, prefix }))),
];

test('what xmlsec1 signs is accepted: every canonicalization, algorithm and digest', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  const [message] = await mint([unsigned]);
  let signatures = 0;
  const legacy = (/** @type {typeof kinds[number]} */ { signatureMethod, digest }) => (/sha1$/.test(signatureMethod ?? '') ? 'signature-algorithm' : digest === digests.sha1 ? 'digest-algorithm' : undefined);
  await each(kinds, async (kind) => {
    const { name, key = 'idp', ...how } = kind;
    const one = (/** @type {string} */ id) => template({ signatureMethod: RSA_SHA256, ...how, id });
    const assertionSigned = await xmlsec1.sign(placed(message, '_assertion', one('_assertion')), key);
    const responseSigned = await xmlsec1.sign(placed(message, '_response', one('_response')), key);
    const bothSigned = await xmlsec1.sign(placed(assertionSigned, '_response', one('_response')), key, 1);
    for (const [xml, signed] of /** @type {[string, string[]][]} */ ([[assertionSigned, ['assertion']], [responseSigned, ['response']], [bothSigned, ['response', 'assertion']]])) {
      isAlice(await ask(xml, key, { policy: { allowSha1: true } }), signed, name);
      const { signedElementIds } = await keyward.verifyXmlSignature(xml, { certificates: [testkit.keys[key].certificate], allowSha1: true });
      assert.deepEqual(signedElementIds, signed.map((part) => `_${part}`), name);
      const code = legacy(kind);
      if (code) await refused(ask(xml, key), code, name);
      else isAlice(await ask(xml, key), signed, name);
      await refused(ask(xml.replace('</saml:NameID>', ' </saml:NameID>'), key, { policy: { allowSha1: true } }), 'digest-mismatch', name);
      signatures += signed.length;
    }
  });
  context.diagnostic(`${signatures} signatures of xmlsec1 verified in ${kinds.length} variants`);
});

test('what xmlsec1 knows and we do not is refused by its code', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  const [message] = await mint([unsigned]);
  const digest = 'http://www.w3.org/2001/04/xmldsig-more#sha224';
  const signed = (/** @type {object} */ how) => xmlsec1.sign(placed(message, '_assertion', template({ id: '_assertion', signatureMethod: RSA_SHA256, ...how })), 'idp');
  await refused(ask(await signed({ digest })), 'digest-algorithm');
  await refused(ask(await signed({ digest: 'http://www.w3.org/2001/04/xmldsig-more#md5' })), 'digest-algorithm');
  for (const name of ['md5', 'ripemd160', 'sha224']) await refused(ask(await signed({ signatureMethod: `http://www.w3.org/2001/04/xmldsig-more#rsa-${name}` })), 'signature-algorithm', name);
  const twice = template({ id: '_assertion', signatureMethod: RSA_SHA256 }).replace('<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform>', '$&<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>');
  await refused(ask(await xmlsec1.sign(placed(message, '_assertion', twice), 'idp')), 'transform');
  const xpath = template({ id: '_assertion', signatureMethod: RSA_SHA256 }).replace('<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">', '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(ancestor-or-self::*[local-name()="NameID"])</ds:XPath></ds:Transform>$&');
  const hole = await xmlsec1.sign(placed(message, '_assertion', xpath), 'idp');
  assert.ok(await xmlsec1.verifies(hole.replace('>ali<', '>mal<'), 'idp'), 'xmlsec1 follows the XPath, so the NameID is not signed');
  await refused(ask(hole.replace('>ali<', '>mal<')), 'transform');
});

const OAEP = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p';
/** @type {[string, string, boolean][]} cipher, xmlsec1's session key, on with us */
const ciphers = [
  ['http://www.w3.org/2001/04/xmlenc#aes128-cbc', 'aes-128', true],
  ['http://www.w3.org/2001/04/xmlenc#aes192-cbc', 'aes-192', true],
  ['http://www.w3.org/2001/04/xmlenc#aes256-cbc', 'aes-256', true],
  ['http://www.w3.org/2009/xmlenc11#aes128-gcm', 'aes-128', true],
  ['http://www.w3.org/2009/xmlenc11#aes192-gcm', 'aes-192', true],
  ['http://www.w3.org/2009/xmlenc11#aes256-gcm', 'aes-256', true],
  ['http://www.w3.org/2001/04/xmlenc#tripledes-cbc', 'des-192', false],
];

/** @param {string} cipher @param {string} [transport] */
const encryptionTemplate = (cipher, transport = OAEP) => `<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="${cipher}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="${transport}"/><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>`;

const withoutDeclaration = (/** @type {string} */ xml) => xml.replace(/^<\?xml[^>]*>\s*/, '');

/** The EncryptedKey beside the EncryptedData, as Okta sends it. @param {string} data */
function beside(data) {
  const key = /<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s.exec(data)?.[0];
  assert.ok(key);
  const reference = '<ds:RetrievalMethod Type="http://www.w3.org/2001/04/xmlenc#EncryptedKey" URI="#_key"/>';
  return data.replace(key, reference) + key.replace('<xenc:EncryptedKey>', '<xenc:EncryptedKey xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Id="_key">');
}

test('what xmlsec1 encrypts is decrypted, with the key inside or beside, signed inside, outside or both', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  const [message] = await mint([unsigned]);
  const assertion = /<saml:Assertion .*<\/saml:Assertion>/s.exec(message)?.[0] ?? '';
  const signedAssertion = withoutDeclaration(await xmlsec1.sign(placed(assertion, '_assertion', template({ id: '_assertion', signatureMethod: RSA_SHA256 })), 'idp')).trim();
  let accepted = 0;
  await each(ciphers.flatMap((cipher) => [signedAssertion, assertion].map((plain) => /** @type {const} */ ([...cipher, plain]))), async ([cipher, sessionKey, isOn, plain]) => {
    const data = withoutDeclaration(await xmlsec1.encrypt(encryptionTemplate(cipher), plain, 'sp', sessionKey)).trim();
    for (const content of [data, beside(data)]) {
      const wrapped = message.replace(assertion, `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${content}</saml:EncryptedAssertion>`);
      const outer = await xmlsec1.sign(placed(wrapped, '_response', template({ id: '_response', signatureMethod: RSA_SHA256 })), 'idp');
      const inside = plain === signedAssertion ? ['assertion'] : [];
      if (!isOn) {
        await refused(ask(wrapped), 'encryption-algorithm', cipher);
        await refused(ask(outer), 'encryption-algorithm', cipher);
        continue;
      }
      const verified = await ask(outer);
      isAlice(verified, ['response', ...inside], cipher);
      assert.equal(verified.encrypted, true);
      if (inside.length) isAlice(await ask(wrapped), inside, cipher);
      else await refused(ask(wrapped), cipher.endsWith('gcm') ? 'encrypted-unsigned' : 'decrypt', cipher);
      await refused(ask(outer, 'idp', { sp: { entityId: testkit.sp, acsUrl: testkit.acs } }), 'decrypt', cipher);
      accepted += inside.length + 1;
    }
    if (isOn) {
      const broken = message.replace(assertion, `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${encryptionTemplate(cipher, 'http://www.w3.org/2001/04/xmlenc#rsa-1_5')}</saml:EncryptedAssertion>`);
      await refused(ask(broken), 'encryption-algorithm', 'RSA 1.5');
    }
  });
  context.diagnostic(`${accepted} encrypted messages of xmlsec1 accepted`);
});
