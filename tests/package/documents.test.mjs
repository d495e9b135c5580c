// @ts-check
// Documents that are not SAML, signed here by node:crypto: verifyXmlSignature and canonicalize know nothing of SAML.
import { strict as assert } from 'node:assert';
import { constants, createHash, sign } from 'node:crypto';
import { test } from 'node:test';
import { backends, keyward, refused, testKey } from './support.mjs';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const { privateKey, certificate } = testKey('idp');
const certificates = [certificate];
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
/** Each algorithm with a key for it, and how node:crypto makes its value. @type {[string, string, (octets: Buffer, key: string) => Buffer][]} */
const algorithms = [
  ...[256, 384, 512].flatMap((bits) => /** @type {[string, string, (octets: Buffer, key: string) => Buffer][]} */ ([
    [`${MORE}rsa-sha${bits}`, 'idp', (octets, key) => sign(`sha${bits}`, octets, key)],
    [`http://www.w3.org/2007/05/xmldsig-more#sha${bits}-rsa-MGF1`, 'idp', (octets, key) => sign(`sha${bits}`, octets, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 })],
    // Any hash goes with any curve.
    ...['p256', 'p384', 'p521'].map((curve) => [`${MORE}ecdsa-sha${bits}`, curve, (/** @type {Buffer} */ octets, /** @type {string} */ key) => sign(`sha${bits}`, octets, { key, dsaEncoding: 'ieee-p1363' })]),
  ])),
  ['http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519', 'ed25519', (octets, key) => sign(null, octets, key)],
];

/**
 * Replaces SIGNATURE by a signature with this reference over what `covered` says, which is `xml` without the signature.
 * @param {string} xml @param {string} uri
 * @param {{ elementId?: string, algorithm?: string, digest?: string, method?: string, value?: (octets: Buffer) => Buffer, enveloped?: string }} [how]
 */
function signed(xml, uri, { elementId, algorithm = EXCLUSIVE, digest = 'http://www.w3.org/2001/04/xmlenc#sha256', method = RSA_SHA256, value: make = (octets) => sign('sha256', octets, privateKey), enveloped = `<Transform Algorithm="${DS}enveloped-signature"/>` } = {}) {
  const bare = xml.replace('SIGNATURE', '');
  const octets = keyward.canonicalize(bare, { algorithm, elementId });
  const value = createHash(digest.endsWith('sha1') ? 'sha1' : 'sha256').update(octets).digest('base64');
  const info = `<SignedInfo xmlns="${DS}"><CanonicalizationMethod Algorithm="${EXCLUSIVE}"/><SignatureMethod Algorithm="${method}"/><Reference URI="${uri}"><Transforms>${enveloped}<Transform Algorithm="${algorithm}"/></Transforms><DigestMethod Algorithm="${digest}"/><DigestValue>${value}</DigestValue></Reference></SignedInfo>`;
  const signature = make(Buffer.from(keyward.canonicalize(info, { algorithm: EXCLUSIVE }))).toString('base64');
  return xml.replace('SIGNATURE', `<Signature xmlns="${DS}">${info}<SignatureValue>${signature}</SignatureValue></Signature>`);
}

test('whatever spells an ID, and the whole document', async () => {
  for (const attribute of ['ID', 'Id', 'id', 'xml:id']) {
    const xml = signed(`<order xmlns="urn:shop" ${attribute}="o-1"><item n="1">tea</item>SIGNATURE</order>`, '#o-1', { elementId: 'o-1' });
    assert.deepEqual(await keyward.verifyXmlSignature(xml, { certificates }), { signedElementIds: ['o-1'] }, attribute);
    await refused(keyward.verifyXmlSignature(xml.replace('tea', 'gold'), { certificates }), 'digest-mismatch');
    await refused(keyward.verifyXmlSignature(xml.replace('#o-1', '#o-2'), { certificates }), 'reference-not-parent');
  }
  const whole = signed('<order><item>tea</item>SIGNATURE</order>', '');
  assert.deepEqual(await keyward.verifyXmlSignature(whole, { certificates }), { signedElementIds: [''] });
  const commented = whole.replace('tea', 't<!-- -->ea');
  assert.deepEqual(await keyward.verifyXmlSignature(commented, { certificates }), { signedElementIds: [''] }, 'a reference to the document leaves comments out');
});

test('every canonicalization, by every backend', async () => {
  try {
    for (const backend of backends) {
      keyward.setBackend(backend);
      for (const algorithm of [EXCLUSIVE, `${EXCLUSIVE}WithComments`, 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315', 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments', 'http://www.w3.org/2006/12/xml-c14n11', 'http://www.w3.org/2006/12/xml-c14n11#WithComments']) {
        const xml = signed('<all xmlns:a="urn:a"><order id="o" a:b="c"><item>tea</item>SIGNATURE</order></all>', '#o', { elementId: 'o', algorithm });
        assert.deepEqual(await keyward.verifyXmlSignature(xml, { certificates }), { signedElementIds: ['o'] }, algorithm);
      }
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('every algorithm is answered alike by every backend, right or wrong', async () => {
  const code = async (/** @type {string} */ xml, /** @type {string} */ key) => keyward.verifyXmlSignature(xml, { certificates: [testKey('other').certificate, testKey(key).certificate] }).then(() => 'accepted', (error) => error.code);
  try {
    for (const [method, key, make] of algorithms) {
      const pem = testKey(key).privateKey;
      const by = (/** @type {(value: Buffer, octets: Buffer) => Buffer} */ change) => signed('<order>tea SIGNATURE</order>', '', { method, value: (octets) => change(make(octets, pem), octets) });
      /** @type {[string, string][]} */
      const all = [
        [by((value) => value), 'accepted'],
        ...Object.entries({
          'another message': by((_, octets) => make(Buffer.concat([octets, Buffer.from(' ')]), pem)),
          'a bit': by((value) => Buffer.concat([value.subarray(0, 9), Buffer.from([value[9] ^ 1]), value.subarray(10)])),
          'nothing': by(() => Buffer.alloc(0)),
          'zeros': by((value) => Buffer.alloc(value.length)),
          'ones': by((value) => Buffer.alloc(value.length, 0xff)),
          'shorter': by((value) => value.subarray(0, -1)),
          'longer': by((value) => Buffer.concat([value, Buffer.alloc(1)])),
          'longer in front': by((value) => Buffer.concat([Buffer.alloc(1), value])),
          'twice': by((value) => Buffer.concat([value, value])),
          ...(method.includes('ecdsa') ? { 'as DER': by((_, octets) => sign(`sha${method.slice(-3)}`, octets, pem)) } : {}),
          ...(method.includes('MGF1') ? { 'another salt': by((_, octets) => sign(method.match(/sha\d+/)?.[0], octets, { key: pem, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 })), 'PKCS #1': by((_, octets) => sign(method.match(/sha\d+/)?.[0], octets, pem)) } : {}),
        }).map(([, xml]) => /** @type {[string, string]} */ ([xml, 'signature-invalid'])),
      ];
      for (const [index, [xml, expected]] of all.entries()) {
        for (const backend of backends) {
          keyward.setBackend(backend);
          assert.equal(await code(xml, key), expected, `${method} ${key} ${backend} ${index}`);
        }
      }
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('an ECDSA value whose two numbers are cut alike, as Santuario cuts them, is the same value, and no other is', async () => {
  const { privateKey: key, certificate: p521 } = testKey('p521');
  /** @type {Buffer | undefined} */
  let whole;
  // Of four, both begin with a zero in one.
  const short = () => signed('<order>tea SIGNATURE</order>', '', { method: `${MORE}ecdsa-sha512`, value: (octets) => {
    do whole = sign('sha512', octets, { key, dsaEncoding: 'ieee-p1363' }); while (whole[0] !== 0 || whole[66] !== 0);
    return Buffer.concat([whole.subarray(1, 66), whole.subarray(67)]);
  } });
  const as = (/** @type {(value: Buffer) => Buffer} */ change) => short().replace(/(?<=<SignatureValue>)[^<]*/, (text) => change(Buffer.from(text, 'base64')).toString('base64'));
  try {
    for (const backend of backends) {
      keyward.setBackend(backend);
      assert.deepEqual(await keyward.verifyXmlSignature(as((value) => value), { certificates: [p521] }), { signedElementIds: [''] }, backend);
      for (const wrong of [as((value) => value.subarray(1)), as((value) => value.subarray(1, -1)), as((value) => Buffer.concat([value.subarray(0, 64), value.subarray(65, 129)])), as((value) => Buffer.concat([Buffer.from([0]), value])), as(() => Buffer.alloc(2)), as((value) => value.subarray(0, 2))]) {
        await refused(keyward.verifyXmlSignature(wrong, { certificates: [p521] }), 'signature-invalid', backend);
      }
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('what a signature does not say of its own parent it does not say', async () => {
  const part = signed('<all><order id="o">tea</order>SIGNATURE</all>', '#o', { elementId: 'o' });
  await refused(keyward.verifyXmlSignature(part, { certificates }), 'reference-not-parent', 'a detached signature');
  const enveloping = `<Signature xmlns="${DS}"><SignedInfo/><SignatureValue/><Object Id="o">tea</Object></Signature>`;
  await refused(keyward.verifyXmlSignature(enveloping, { certificates }), 'signature-malformed', 'an enveloping signature');
  const inner = signed('<all><order>tea SIGNATURE</order></all>', '');
  await refused(keyward.verifyXmlSignature(inner, { certificates }), 'reference-not-parent', 'the whole document, from further in');
  await refused(keyward.verifyXmlSignature('<order>tea</order>', { certificates }), 'signature-missing');
  const doubled = signed('<all><order id="o">tea SIGNATURE</order></all>', '#o', { elementId: 'o' });
  await refused(keyward.verifyXmlSignature(doubled.replace('<all>', '<all Id="o">'), { certificates }), 'duplicate-id');
  await refused(keyward.verifyXmlSignature(doubled.replace('<all>', '<!DOCTYPE all><all>'), { certificates }), 'xml-doctype');
  const unenveloped = signed('<order id="o">tea SIGNATURE</order>', '#o', { elementId: 'o', enveloped: '' });
  await refused(keyward.verifyXmlSignature(unenveloped, { certificates }), 'digest-mismatch');
});

test('SHA-1 has to be opted in to, for digest and signature each', async () => {
  const sha1 = { digest: `${DS}sha1` };
  const digest = signed('<order>SIGNATURE</order>', '', sha1);
  const signature = signed('<order>SIGNATURE</order>', '', { method: `${DS}rsa-sha1`, value: (octets) => sign('sha1', octets, privateKey) });
  await refused(keyward.verifyXmlSignature(digest, { certificates }), 'digest-algorithm');
  await refused(keyward.verifyXmlSignature(signature, { certificates }), 'signature-algorithm');
  for (const xml of [digest, signature]) assert.deepEqual(await keyward.verifyXmlSignature(xml, { certificates, allowSha1: true }), { signedElementIds: [''] });
});

test('a canonical form of a part, with the prefixes that are asked for', async () => {
  const xml = '<a:all xmlns:a="urn:a" xmlns:b="urn:b" xmlns="urn:d" xml:lang="en"><a:part id="p" c="1"  b="2"><!-- x -->&#65;</a:part></a:all>';
  const form = (/** @type {object} */ opts) => keyward.canonicalize(xml, { algorithm: EXCLUSIVE, elementId: 'p', ...opts });
  assert.equal(form({}), '<a:part xmlns:a="urn:a" b="2" c="1" id="p">A</a:part>');
  assert.equal(form({ prefixList: ['b'] }), '<a:part xmlns:a="urn:a" xmlns:b="urn:b" b="2" c="1" id="p">A</a:part>');
  assert.equal(form({ prefixList: ['#default', 'nobody'] }), '<a:part xmlns="urn:d" xmlns:a="urn:a" b="2" c="1" id="p">A</a:part>');
  assert.equal(form({ algorithm: `${EXCLUSIVE}WithComments` }), '<a:part xmlns:a="urn:a" b="2" c="1" id="p"><!-- x -->A</a:part>');
  assert.equal(form({ algorithm: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' }), '<a:part xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b" b="2" c="1" id="p" xml:lang="en">A</a:part>');
  assert.equal(form({ elementId: undefined }), keyward.canonicalize(xml, { algorithm: EXCLUSIVE }));
  await refused(() => form({ elementId: 'q' }), 'message-malformed');
  await refused(() => form({ algorithm: 'http://www.w3.org/2001/10/xml-exc-c14n' }), 'canonicalization-algorithm');
  await refused(() => keyward.canonicalize('<a><b id="x"/><c id="x"/></a>', { algorithm: EXCLUSIVE, elementId: 'x' }), 'duplicate-id');
});
