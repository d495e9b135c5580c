// @ts-check
// What Debian's xmlsec1 has not and libxmlsec 1.3 has: PSS, and OAEP with every pair of hashes; both ways.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { ask, mint, output, refused, script, testkit } from './support.mjs';
import { digests, placed, template } from './xmlsec1.mjs';
import { venvPython } from './venv.mjs';

/** @param {object[]} jobs @returns {Promise<any[]>} */
const libxmlsec = async (jobs) => JSON.parse(await output(venvPython, [script('libxmlsec.py')], JSON.stringify(jobs)));
const pss = [256, 384, 512].map((bits) => `http://www.w3.org/2007/05/xmldsig-more#sha${bits}-rsa-MGF1`);
const certificate = testkit.keys.idp.certificate;
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';

test('libxmlsec verifies our PSS signatures, and no changed ones', async () => {
  const messages = await mint(pss.flatMap((signatureMethod) => ['response', 'assertion', 'both'].map((signed) => ({ signed, signing: { signatureMethod } }))));
  const jobs = messages.map((xml) => ({ do: 'verify', xml, certificate, signatures: xml.split('<ds:Signature ').slice(1).map((_, index) => index + 1) }));
  const verdicts = await libxmlsec([...jobs, ...jobs.map((job) => ({ ...job, xml: job.xml.replace('>alice<', '>alicf<') }))]);
  for (const [index, { xml, signatures }] of jobs.entries()) {
    assert.deepEqual(verdicts[index], signatures.map(() => true), xml);
    assert.ok(!verdicts[jobs.length + index].includes(true), xml);
  }
});

test('we accept the PSS signatures of libxmlsec, and no changed ones', async () => {
  const [message] = await mint([{ signed: 'nothing' }]);
  const jobs = pss.flatMap((signatureMethod) => ['_response', '_assertion'].map((id) => ({ do: 'sign', key: testkit.keys.idp.privateKey, id, xml: placed(message, id, template({ id, signatureMethod })) })));
  for (const [index, xml] of (await libxmlsec(jobs)).entries()) {
    const verified = await ask(xml);
    assert.equal(verified.nameId?.value, 'alice');
    assert.deepEqual(verified.signed, [jobs[index].id.slice(1)]);
    await refused(ask(xml.replace('>alice<', '>alicf<')), 'digest-mismatch');
    await refused(ask(xml.replace(/(SignatureValue>\s*)(.)/, (/** @type {string} */ _, /** @type {string} */ before, /** @type {string} */ first) => before + (first === 'A' ? 'B' : 'A'))), 'signature-invalid');
  }
});

const ciphers = /** @type {const} */ ([['http://www.w3.org/2001/04/xmlenc#aes128-cbc', 128], ['http://www.w3.org/2001/04/xmlenc#aes256-cbc', 256], ['http://www.w3.org/2009/xmlenc11#aes128-gcm', 128], ['http://www.w3.org/2009/xmlenc11#aes192-gcm', 192], ['http://www.w3.org/2009/xmlenc11#aes256-gcm', 256]]);
const OAEP = 'http://www.w3.org/2009/xmlenc11#rsa-oaep';
/** Every hash of OAEP with every hash of its mask. */
const transports = Object.values(digests).flatMap((digest) => Object.keys(digests).map((mask) => ({ digest, mgf: `http://www.w3.org/2009/xmlenc11#mgf1${mask}` })));

/** @param {string} cipher @param {{ digest: string, mgf: string }} transport */
const encryptionTemplate = (cipher, { digest, mgf }) => `<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="${cipher}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="${OAEP}"><ds:DigestMethod Algorithm="${digest}"/><xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="${mgf}"/></xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>`;

test('we decrypt what libxmlsec encrypts, by every pair of hashes and every cipher', async (context) => {
  const [message] = await mint([{ signed: 'assertion' }]);
  const assertion = /<saml:Assertion .*<\/saml:Assertion>/s.exec(message)?.[0] ?? '';
  const kinds = transports.flatMap((transport) => ciphers.map(([cipher, bits]) => ({ transport, cipher, bits })));
  const made = await libxmlsec(kinds.map(({ transport, cipher, bits }) => ({ do: 'encrypt', template: encryptionTemplate(cipher, transport), xml: assertion, bits, certificate: testkit.keys.sp.certificate })));
  for (const [index, data] of made.entries()) {
    const what = `${JSON.stringify(kinds[index])} ${JSON.stringify(data)}`;
    const wrapped = message.replace(assertion, () => `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${data}</saml:EncryptedAssertion>`);
    const verified = await ask(wrapped);
    assert.equal(verified.nameId?.value, 'alice', what);
    assert.equal(verified.encrypted, true, what);
    const other = digests.sha384 === kinds[index].transport.digest ? digests.sha256 : digests.sha384;
    await refused(ask(wrapped.replace(`DigestMethod Algorithm="${kinds[index].transport.digest}"/><xenc11`, `DigestMethod Algorithm="${other}"/><xenc11`)), 'decrypt', what);
  }
  context.diagnostic(`${made.length} kinds of encryption`);
});

test('we decrypt what libxmlsec encrypts where it stands, with prefixes that are declared further out', async () => {
  const xsi = ' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
  const style = { declareOnce: true };
  /** @type {[string, string][]} */
  const beforeSigning = [['<samlp:Response ', `<samlp:Response${xsi} `], ['<saml:AttributeValue>', '<saml:AttributeValue xsi:type="xs:string">']];
  const messages = await mint([{ signed: 'assertion', style, beforeSigning }, { signed: 'nothing', style, beforeSigning }]);
  const placedIn = messages.map((xml) => xml.replace('<saml:Assertion ', '<saml:EncryptedAssertion><saml:Assertion ').replace('</saml:Assertion>', '</saml:Assertion></saml:EncryptedAssertion>'));
  for (const [cipher, bits] of ciphers) {
    const encrypt = (/** @type {string} */ xml) => ({ do: 'encrypt_in_place', template: encryptionTemplate(cipher, transports[0]), xml, bits, certificate: testkit.keys.sp.certificate });
    const [signedInside, unsigned] = await libxmlsec(placedIn.map(encrypt));
    const [plaintext] = (await libxmlsec([{ do: 'decrypt', xml: signedInside, key: testkit.keys.sp.privateKey }])).map((octets) => Buffer.from(octets, 'base64').toString());
    assert.match(plaintext, /^<saml:Assertion ID=/, 'it declares nothing that was declared further out');
    const [signedOutside, signedTwice] = await libxmlsec([unsigned, signedInside].map((xml) => ({ do: 'sign', xml: placed(xml, '_response', template({ id: '_response', signatureMethod: RSA_SHA256 })), key: testkit.keys.idp.privateKey })));
    for (const [xml, signed] of /** @type {[string, string[]][]} */ ([[signedInside, ['assertion']], [signedOutside, ['response']], [signedTwice, ['response', 'assertion']]])) {
      const verified = await ask(xml);
      assert.deepEqual([verified.nameId?.value, verified.signed, verified.encrypted], ['alice', signed, true], cipher);
      assert.deepEqual(verified.attributes.map(({ values }) => values), [['alice@acme.test']], cipher);
    }
    await refused(ask(unsigned), cipher.endsWith('gcm') ? 'encrypted-unsigned' : 'decrypt', cipher);
  }
});

test('libxmlsec decrypts what we encrypt, by every pair of hashes and every cipher', async (context) => {
  const kinds = transports.flatMap(({ digest, mgf }) => ciphers.map(([cipher]) => ({ cipher, transport: OAEP, oaepDigest: digest, mgf })));
  const [plain, ...messages] = await mint([{}, ...kinds.map((encryption) => ({ encryption }))]);
  const assertion = /<saml:Assertion .*<\/saml:Assertion>/s.exec(plain)?.[0];
  const opened = await libxmlsec(messages.map((xml) => ({ do: 'decrypt', xml, key: testkit.keys.sp.privateKey })));
  for (const [index, octets] of opened.entries()) assert.equal(Buffer.from(octets, 'base64').toString(), assertion, JSON.stringify([kinds[index], octets]));
  context.diagnostic(`${opened.length} kinds of encryption`);
});
