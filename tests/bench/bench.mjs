// @ts-check
// The engine beside its peers: the same messages, one run, ratios. Prints a table and writes tests/output/bench.json.
import { createPublicKey, publicEncrypt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildPackage } from '../../scripts/build-package.mjs';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { install } from '../../scripts/lib/install.mjs';
import { root } from '../../scripts/lib/run.mjs';
import { peaks } from './memory.mjs';
import { nativeTimes } from './native.mjs';

const require = createRequire(import.meta.url);
const MESSAGES = 200;
const ENCRYPTED = 50;
const FLIGHT = 8;
const ROUNDS = 12;

await install();
await buildPackage();
const beforeImport = performance.now();
const keyward = await import('../../dist/keyward/index.js');
const importTime = performance.now() - beforeImport;
const glue = await import('../../dist/keyward/keyward.js');
const { mintResponse } = await import('../../dist/keyward/testing.js');
const samlp = require('samlp');
const { SAML, ValidateInResponseTo } = require('@node-saml/node-saml');
const saml20 = require('@boxyhq/saml20').default ?? require('@boxyhq/saml20');
const samlify = require('samlify');

const idp = selfSigned('identity provider');
const ours = selfSigned('service provider');
const issuer = 'https://idp.example.test/metadata';
const sp = { entityId: 'https://sp.example.test/metadata', acsUrl: 'https://sp.example.test/acs' };

/** @param {number} index @param {Record<string, unknown>} [options] @returns {Promise<string>} */
const mint = (index, options = {}) => new Promise((resolve, reject) => samlp.getSamlResponse({
  issuer, cert: idp.certificate, key: idp.key, audience: sp.entityId, recipient: sp.acsUrl, destination: sp.acsUrl, inResponseTo: '_r1',
  signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256', sessionIndex: '_s1', includeAttributeNameFormat: true,
  profileMapper: () => ({
    getClaims: () => ({ Email: `person-${index}@acme.test`, First: 'Per', Last: 'Son', ...(/** @type {any} */ (options).claims ?? {}) }),
    getNameIdentifier: () => ({ nameIdentifier: `person-${index}` }),
  }),
  ...options,
}, {}, (/** @type {Error | null} */ error, /** @type {string} */ xml) => (error ? reject(error) : resolve(xml))));

const ATTRIBUTES_OF_LARGEST = 200;
const filling = (/** @type {number} */ attributes, /** @type {number} */ length) => Object.fromEntries(Array.from({ length: attributes }, (_, index) => [`attribute-${index}`, 'x'.repeat(length)]));

/** @type {string[]} */
const xmls = [];
for (let index = 0; index < MESSAGES; index += 1) xmls.push(await mint(index));
const base64s = xmls.map((xml) => Buffer.from(xml).toString('base64'));

const ask = (/** @type {string} */ response, /** @type {object} */ more = {}) => keyward.verifyResponse({
  response, encoding: 'base64', now: Date.now(), idp: { entityId: issuer, certificates: [idp.certificate] },
  sp: { ...sp, decryptionKeys: [ours.key] }, request: { id: '_r1' }, ...more,
});
const first = performance.now();
await ask(base64s[0]);
const toFirst = importTime + performance.now() - first;

// The engine's memory only grows: what the largest message makes of it is the peak. A small one has been through already.
const largest = await mint(0, { claims: filling(ATTRIBUTES_OF_LARGEST, 1024) });
const { memory } = glue.initSync();
const beforeLargest = memory.buffer.byteLength;
await ask(Buffer.from(largest).toString('base64'));
const peak = (memory.buffer.byteLength - beforeLargest) / largest.length;

const nodeSaml = new SAML({ callbackUrl: sp.acsUrl, entryPoint: 'https://idp.example.test/sso', issuer: sp.entityId, audience: sp.entityId, idpCert: idp.certificate, idpIssuer: issuer, wantAuthnResponseSigned: false, wantAssertionsSigned: true, validateInResponseTo: ValidateInResponseTo.never });
samlify.setSchemaValidator({ validate: async () => 'skipped' });
const samlifyIdp = samlify.IdentityProvider({ entityID: issuer, signingCert: idp.certificate, singleSignOnService: [{ Binding: samlify.Constants.namespace.binding.redirect, Location: 'https://idp.example.test/sso' }] });
const samlifySp = samlify.ServiceProvider({ entityID: sp.entityId, wantAssertionsSigned: true, assertionConsumerService: [{ Binding: samlify.Constants.namespace.binding.post, Location: sp.acsUrl }] });

/** @param {() => Promise<unknown>} work @param {number} messages @returns {Promise<number>} microseconds a message */
async function timed(work, messages) {
  const since = performance.now();
  await work();
  return ((performance.now() - since) / messages) * 1000;
}

/**
 * Microseconds a message, of each contender: the best of some rounds, in which they take turns, so that what else the machine
 * does counts least and for all alike. `flight` messages are under way at a time.
 * @param {Record<string, { work: (index: number) => Promise<unknown>, before?: () => void, flight?: number }>} contenders @param {number} [count]
 * @returns {Promise<Record<string, number>>}
 */
async function measure(contenders, count = MESSAGES) {
  /** @type {Record<string, number>} */
  const best = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, { work, before, flight = 1 }] of Object.entries(contenders)) {
      before?.();
      let index = 0;
      const one = async () => {
        while (index < count) await work(index++);
      };
      best[name] = Math.min(best[name] ?? Infinity, await timed(() => Promise.all(Array.from({ length: flight }, one)), count));
    }
  }
  return best;
}

const by = (/** @type {'auto' | 'node' | 'webcrypto' | 'rust'} */ backend) => ({ before: () => keyward.setBackend(backend), work: (/** @type {number} */ index) => ask(base64s[index]) });
const times = await measure({
  'keyward (auto)': by('auto'),
  'keyward (rust)': by('rust'),
  'keyward (webcrypto)': by('webcrypto'),
  '@node-saml/node-saml': { work: (index) => nodeSaml.validatePostResponseAsync({ SAMLResponse: base64s[index] }) },
  '@boxyhq/saml20': { work: (index) => saml20.validate(xmls[index], { publicKey: idp.certificate, audience: sp.entityId, bypassExpiration: false, inResponseTo: '_r1' }) },
  samlify: { work: (index) => samlifySp.parseLoginResponse(samlifyIdp, 'post', { body: { SAMLResponse: base64s[index] } }) },
});
keyward.setBackend('auto');

const spki = createPublicKey(ours.certificate).export({ type: 'spki', format: 'pem' });
/** @type {string[]} */
const encrypted = [];
for (let index = 0; index < ENCRYPTED; index += 1) encrypted.push(Buffer.from(await mint(index, { encryptionCert: ours.certificate, encryptionPublicKey: spki, encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm' })).toString('base64'));
const decrypting = new SAML({ callbackUrl: sp.acsUrl, entryPoint: 'https://idp.example.test/sso', issuer: sp.entityId, audience: sp.entityId, idpCert: idp.certificate, idpIssuer: issuer, decryptionPvk: ours.key, wantAuthnResponseSigned: false, wantAssertionsSigned: true, validateInResponseTo: ValidateInResponseTo.never });
const openByUs = (/** @type {number} */ index) => ask(encrypted[index]);
const openByPeer = (/** @type {number} */ index) => decrypting.validatePostResponseAsync({ SAMLResponse: encrypted[index] });
const encryptedTimes = await measure({
  keyward: { before: () => keyward.setBackend('auto'), work: openByUs },
  [`keyward, ${FLIGHT} at a time`]: { before: () => keyward.setBackend('auto'), work: openByUs, flight: FLIGHT },
  'keyward (node)': { before: () => keyward.setBackend('node'), work: openByUs },
  '@node-saml/node-saml': { work: openByPeer },
  [`@node-saml/node-saml, ${FLIGHT} at a time`]: { work: openByPeer, flight: FLIGHT },
  // What one operation with the private key costs: no verification is quicker than that.
  'the private key alone (WebCrypto)': { work: await privateKeyAlone() },
}, ENCRYPTED);

/** Unwrapping a key, as every one of these messages needs it once. */
async function privateKeyAlone() {
  const wrapped = publicEncrypt({ key: createPublicKey(ours.certificate), oaepHash: 'sha1' }, Buffer.alloc(32));
  const key = await crypto.subtle.importKey('pkcs8', ours.keyDer, { name: 'RSA-OAEP', hash: 'SHA-1' }, false, ['decrypt']);
  return () => crypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, wrapped);
}

// Linear in the size of the message, and in the number of attributes. The first is about the least that a signed response can be.
const growth = [];
const least = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now: Date.now(), inResponseTo: '_r1', sign: ['assertion'] });
growth.push({ bytes: least.xml.length, attributes: 0, microseconds: (await measure({ it: { work: () => ask(least.response, { idp: least.idp }) } }, 20)).it });
for (const [attributes, length] of [[1, 256], [14, 256], [60, 256], [248, 256], [ATTRIBUTES_OF_LARGEST, 1024], [4, 30_000], [40, 3_000], [400, 256]]) {
  const xml = await mint(0, { claims: filling(attributes, length) });
  const message = Buffer.from(xml).toString('base64');
  growth.push({ bytes: xml.length, attributes, microseconds: (await measure({ it: { work: () => ask(message) } }, 20)).it });
}

const native = await nativeTimes({ messages: base64s, certificate: idp.certificate, idp: issuer, sp: sp.entityId, acs: sp.acsUrl, request: '_r1', now: Date.now(), rounds: 25 });

const unusual = await peaks(256 * 1024);
const worst = unusual.reduce((most, it) => (it.times > most.times ? it : most));

const wasm = readFileSync(join(root, 'dist', 'keyward', 'keyward_bg.wasm'));
const reference = times['keyward (auto)'];
console.log(`\nOne signed response of ${Math.round(xmls[0].length / 102.4) / 10} KB (RSA-2048, SHA-256), ${MESSAGES} distinct messages, best of ${ROUNDS} rounds\n`);
for (const [name, time] of Object.entries(times)) console.log(`  ${name.padEnd(24)} ${time.toFixed(0).padStart(7)} µs   ${(time / reference).toFixed(1).padStart(6)} × keyward`);
console.log('\nEncrypted (AES-256-GCM, OAEP), signed inside\n');
for (const [name, time] of Object.entries(encryptedTimes)) console.log(`  ${name.padEnd(40)} ${time.toFixed(0).padStart(7)} µs   ${(time / encryptedTimes.keyward).toFixed(1).padStart(6)} × keyward`);
console.log('\nNative, keys loaded beforehand\n');
for (const [name, time] of Object.entries(native)) console.log(`  ${name.padEnd(40)} ${time.toFixed(0).padStart(7)} µs   ${(time / native['keyward, XML and signature']).toFixed(2).padStart(6)} × keyward`);
console.log('\nGrowth\n');
for (const { bytes, attributes, microseconds } of growth) console.log(`  ${String(bytes).padStart(7)} bytes, ${String(attributes).padStart(3)} attributes more ${microseconds.toFixed(0).padStart(7)} µs   ${((microseconds / bytes) * 1000).toFixed(0)} ns a byte`);
console.log(`\n  wasm ${Math.round(gzipSync(wasm, { level: 9 }).length / 1024)} KiB after gzip; import and first verification ${toFirst.toFixed(0)} ms; a message of ${Math.round(largest.length / 1024)} KiB takes ${peak.toFixed(1)} times its length in memory,\n  and of ${unusual.length} unusual ones as long the worst (${worst.shape}) ${worst.times.toFixed(1)} times\n`);
mkdirSync(join(root, 'tests', 'output'), { recursive: true });
writeFileSync(join(root, 'tests', 'output', 'bench.json'), JSON.stringify({ times, encryptedTimes, native, growth, peak, unusual, toFirst, wasmBytes: wasm.length }, null, 2));
