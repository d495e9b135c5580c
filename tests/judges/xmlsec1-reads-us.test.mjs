// @ts-check
// xmlsec1 is the judge of what the testkit signs and encrypts: our canonical forms, digests, signatures and ciphertexts
// are what others make of the same standards, not what our own reader makes of our own writer.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { each, folderFor, mint } from './support.mjs';
import { algorithms, canonicalizations, digests, xmlsec1In } from './xmlsec1.mjs';

const styles = [
  {},
  { protocol: 'saml2p', assertion: 'saml2', indented: true, typedValues: true },
  { assertion: '', signature: '', declareOnce: true, declaration: true },
  { protocol: '', assertion: 'ns0', signature: 'dsig', typedValues: true },
];
const signedParts = /** @type {const} */ (['response', 'assertion', 'both']);
const text = [{ name: 'Name', values: ['Müller & Söhne <x> "y"', ' lead\ttab\r\nline ', '🙂'] }];

/** @type {[string, string, object][]} */
const signed = [
  ...styles.flatMap((style, index) => signedParts.map((part) => /** @type {[string, string, object]} */ ([`style ${index}, ${part}`, 'idp', { style, signed: part, attributes: text }]))),
  ...algorithms.flatMap(([key, signatureMethod]) => /** @type {const} */ (['response', 'both']).map((part) => /** @type {[string, string, object]} */ ([`${key} ${signatureMethod.split('#')[1]}, ${part}`, key, { key, signed: part, signing: { signatureMethod } }]))),
  ...Object.values(digests).map((digestMethod) => /** @type {[string, string, object]} */ ([digestMethod, 'idp', { signing: { digestMethod } }])),
  ...canonicalizations.flatMap((canonicalization) => canonicalizations.map((transform) => /** @type {[string, string, object]} */ ([
    `${canonicalization} and ${transform}`, 'idp',
    { signed: 'both', signing: { canonicalization, transform }, style: styles[1], attributes: text, beforeSigning: [['<saml:Conditions', '<!-- a remark --><saml:Conditions']] },
  ]))),
  ...['#default', 'xs xsi', 'saml samlp #default nonsense'].map((prefixList) => /** @type {[string, string, object]} */ ([`PrefixList ${prefixList}`, 'idp', { signing: { prefixList }, signed: 'both', style: { ...styles[0], typedValues: true } }])),
];

test('xmlsec1 verifies what we sign, in every style and by every algorithm that it has', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  const messages = await mint(signed.map(([, , specification]) => specification));
  const counts = await each(signed, async ([name, key, specification], index) => {
    const signatures = 'signed' in specification && specification.signed === 'both' ? [1, 2] : [1];
    for (const number of signatures) assert.ok(await xmlsec1.verifies(messages[index], key, number), `${name}, signature ${number}:\n${messages[index]}`);
    return signatures.length;
  });
  context.diagnostic(`${counts.reduce((sum, count) => sum + count)} signatures in ${signed.length} messages`);
});

test('and refuses them once anything in them is changed', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  const messages = await mint(signed.map(([, , specification]) => specification));
  await each(signed, async ([name, key], index) => {
    const changed = messages[index].replace('>alice<', '>alicf<');
    assert.notEqual(changed, messages[index]);
    assert.ok(!(await xmlsec1.verifies(changed, key)), name);
    assert.ok(!(await xmlsec1.verifies(messages[index], key === 'idp' ? 'other' : 'idp')), `${name}, another key`);
  });
});

const ciphers = [
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc', 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm', 'http://www.w3.org/2009/xmlenc11#aes192-gcm', 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
];

test('xmlsec1 decrypts what we encrypt, and the signature inside holds', async (context) => {
  const xmlsec1 = xmlsec1In(folderFor(context));
  const messages = await mint(ciphers.map((cipher) => ({ encryption: { cipher }, attributes: text })));
  const [plain] = await mint([{ attributes: text }]);
  await each(messages, async (message, index) => {
    const decrypted = await xmlsec1.decrypt(message, 'sp');
    const assertion = /<saml:Assertion .*<\/saml:Assertion>/s.exec(decrypted)?.[0];
    assert.ok(assertion, `${ciphers[index]}: ${decrypted}`);
    assert.ok(await xmlsec1.verifies(assertion, 'idp'), ciphers[index]);
    assert.equal(/<saml:NameID.*<\/saml:NameID>/.exec(decrypted)?.[0], /<saml:NameID.*<\/saml:NameID>/.exec(plain)?.[0]);
  });
});
