// @ts-check
// Whoever uses the keys, the answers are the same: every attack, and signatures that are wrong in ways that verifiers have
// been known to overlook, by each backend.
import { strict as assert } from 'node:assert';
import * as crypto from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { backends, keyward, now, refused, sp, testKey } from './support.mjs';

after(() => keyward.setBackend('auto'));

const folder = new URL('../vectors/saml/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
/** Verdicts by name. @param {Buffer} octets */
function vector(octets) {
  const end = octets.indexOf('\n\n');
  const [verdict = '', ...lines] = octets.subarray(0, end).toString().split('\n');
  const fields = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  const message = octets.subarray(end + 2);
  return { verdict, pinned: JSON.parse(fields.pinned ?? '"idp"'), response: fields.encoding ? message.toString() : message.toString('base64') };
}

for (const backend of backends) {
  test(`every attack meets its code (${backend})`, async () => {
    keyward.setBackend(backend);
    assert.ok(files.length > 100);
    for (const file of files) {
      const { verdict, pinned, response } = vector(readFileSync(new URL(encodeURIComponent(file), folder)));
      const work = keyward.verifyResponse({
        response, encoding: 'base64', now, request: { id: '_request' },
        idp: { entityId: 'https://idp.example.test/metadata', certificates: [testKey(pinned).certificate] },
        sp: { ...sp, decryptionKeys: [testKey('sp').privateKey] },
      });
      const [kind, expected = ''] = [verdict.slice(0, 6), verdict.slice(7)];
      if (kind === 'refuse') await refused(work, expected, file);
      else assert.equal((await work).nameId?.value, expected, file);
    }
  });
}

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
/** @type {{ key: string, uri: string, hash: string | null, options?: object, order?: bigint }[]} */
const algorithms = [
  { key: 'idp', uri: `${MORE}rsa-sha256`, hash: 'sha256' },
  { key: 'idp', uri: `${MORE}rsa-sha512`, hash: 'sha512' },
  { key: 'idp', uri: 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1', hash: 'sha256', options: { padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  { key: 'p256', uri: `${MORE}ecdsa-sha256`, hash: 'sha256', order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  { key: 'p384', uri: `${MORE}ecdsa-sha384`, hash: 'sha384' },
  { key: 'p521', uri: `${MORE}ecdsa-sha512`, hash: 'sha512' },
  { key: 'ed25519', uri: 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519', hash: null },
];
const request = deflateRawSync('<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_l" Version="2.0" IssueInstant="2026-11-23T12:00:00Z"/>').toString('base64');

/** @param {typeof algorithms[number]} algorithm */
function signed({ key, uri, hash, options }) {
  const query = `SAMLRequest=${encodeURIComponent(request)}&SigAlg=${encodeURIComponent(uri)}`;
  const privateKey = crypto.createPrivateKey(testKey(key).privateKey);
  const by = { key: privateKey, dsaEncoding: /** @type {const} */ ('ieee-p1363'), ...options };
  return { query, right: crypto.sign(hash, Buffer.from(query), by), another: crypto.sign(hash, Buffer.from(`${query}x`), by), der: crypto.sign(hash, Buffer.from(query), { ...by, dsaEncoding: 'der' }), modulus: privateKey.asymmetricKeyType === 'rsa' ? Buffer.from(/** @type {string} */ (privateKey.export({ format: 'jwk' }).n), 'base64url') : undefined };
}

const bytes = (/** @type {bigint} */ number, /** @type {number} */ length) => Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex');

for (const backend of backends) {
  test(`a signature is right to the last bit or it is wrong (${backend})`, async () => {
    keyward.setBackend(backend);
    for (const algorithm of algorithms) {
      const { query, right, another, der, modulus } = signed(algorithm);
      const ask = (/** @type {Uint8Array} */ signature) => keyward.verifyRedirectSignature(`${query}&Signature=${encodeURIComponent(Buffer.from(signature).toString('base64'))}`, { certificates: [testKey(algorithm.key).certificate] });
      const named = `${algorithm.key} ${algorithm.uri}`;
      await assert.doesNotReject(ask(right), named);
      const half = right.length / 2;
      /** @type {Record<string, Uint8Array>} */
      const wrong = {
        'of another message': another,
        'one bit off': Buffer.from(right.map((octet, at) => (at === half ? octet ^ 1 : octet))),
        'cut short': right.subarray(0, -1),
        'a zero behind': Buffer.concat([right, Buffer.alloc(1)]),
        'a zero before': Buffer.concat([Buffer.alloc(1), right]),
        zeros: Buffer.alloc(right.length),
        ones: Buffer.alloc(right.length, 0xff),
        nothing: Buffer.alloc(0),
      };
      if (modulus) {
        wrong['one more modulus'] = bytes(BigInt(`0x${right.toString('hex')}`) + BigInt(`0x${modulus.toString('hex')}`), right.length + 1);
        wrong['the modulus'] = modulus;
      } else if (algorithm.hash) {
        wrong['in DER'] = der;
        wrong['r is zero'] = Buffer.concat([Buffer.alloc(half), right.subarray(half)]);
        wrong['s is zero'] = Buffer.concat([right.subarray(0, half), Buffer.alloc(half)]);
        wrong['r and s exchanged'] = Buffer.concat([right.subarray(half), right.subarray(0, half)]);
        if (algorithm.order) wrong['s is the order'] = Buffer.concat([right.subarray(0, half), bytes(algorithm.order, half)]);
      }
      for (const [how, signature] of Object.entries(wrong)) await refused(ask(signature), 'signature-invalid', `${named}: ${how}`);
    }
  });
}

test('a backend that this host does not have is refused', () => {
  assert.throws(() => keyward.setBackend(/** @type {any} */ ('openssl')), { name: 'KeywardError', code: 'invalid-input' });
});

test('what the caller changes after a call is another configuration', async () => {
  const certificates = [testKey('other').certificate];
  const policy = { minRsaBits: 2048 };
  const response = vector(readFileSync(new URL(encodeURIComponent(/** @type {string} */ (files.find((file) => file.startsWith('a comment cuts the NameID short')))), folder))).response;
  const ask = () => keyward.verifyResponse({ response, encoding: 'base64', now, request: { id: '_request' }, idp: { entityId: 'https://idp.example.test/metadata', certificates }, sp, policy });
  await refused(ask(), 'signature-invalid');
  certificates[0] = testKey('idp').certificate;
  assert.ok((await ask()).nameId);
  policy.minRsaBits = 4096;
  await refused(ask(), 'certificate');
});
