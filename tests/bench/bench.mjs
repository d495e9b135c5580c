// @ts-check
// The engine beside its peers: the same messages, one run, ratios. Prints a table and writes tests/output/bench.json.
import { createPublicKey } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildPackage } from '../../scripts/build-package.mjs';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { install } from '../../scripts/lib/install.mjs';
import { root } from '../../scripts/lib/run.mjs';
import { nativeTimes } from './native.mjs';

const require = createRequire(import.meta.url);
const MESSAGES = 200;
const ROUNDS = 5;

await install();
await buildPackage();
const beforeImport = performance.now();
const keyward = await import('../../dist/keyward/index.js');
const importTime = performance.now() - beforeImport;
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

const nodeSaml = new SAML({ callbackUrl: sp.acsUrl, entryPoint: 'https://idp.example.test/sso', issuer: sp.entityId, audience: sp.entityId, idpCert: idp.certificate, idpIssuer: issuer, wantAuthnResponseSigned: false, wantAssertionsSigned: true, validateInResponseTo: ValidateInResponseTo.never });
samlify.setSchemaValidator({ validate: async () => 'skipped' });
const samlifyIdp = samlify.IdentityProvider({ entityID: issuer, signingCert: idp.certificate, singleSignOnService: [{ Binding: samlify.Constants.namespace.binding.redirect, Location: 'https://idp.example.test/sso' }] });
const samlifySp = samlify.ServiceProvider({ entityID: sp.entityId, wantAssertionsSigned: true, assertionConsumerService: [{ Binding: samlify.Constants.namespace.binding.post, Location: sp.acsUrl }] });

/**
 * Microseconds a message: the best of some rounds, so that what else the machine does counts least.
 * @param {(index: number) => Promise<unknown>} work @param {number} [count]
 */
async function measure(work, count = MESSAGES) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const since = performance.now();
    for (let index = 0; index < count; index += 1) await work(index);
    best = Math.min(best, ((performance.now() - since) / count) * 1000);
  }
  return best;
}

/** @type {Record<string, number>} */
const times = {};
for (const backend of /** @type {const} */ (['auto', 'rust', 'webcrypto'])) {
  keyward.setBackend(backend);
  times[`keyward (${backend})`] = await measure((index) => ask(base64s[index]));
}
keyward.setBackend('auto');
times['@node-saml/node-saml'] = await measure((index) => nodeSaml.validatePostResponseAsync({ SAMLResponse: base64s[index] }));
times['@boxyhq/saml20'] = await measure((index) => saml20.validate(xmls[index], { publicKey: idp.certificate, audience: sp.entityId, bypassExpiration: false, inResponseTo: '_r1' }));
times.samlify = await measure((index) => samlifySp.parseLoginResponse(samlifyIdp, 'post', { body: { SAMLResponse: base64s[index] } }));

const spki = createPublicKey(ours.certificate).export({ type: 'spki', format: 'pem' });
/** @type {string[]} */
const encrypted = [];
for (let index = 0; index < 50; index += 1) encrypted.push(Buffer.from(await mint(index, { encryptionCert: ours.certificate, encryptionPublicKey: spki, encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm' })).toString('base64'));
const decrypting = new SAML({ callbackUrl: sp.acsUrl, entryPoint: 'https://idp.example.test/sso', issuer: sp.entityId, audience: sp.entityId, idpCert: idp.certificate, idpIssuer: issuer, decryptionPvk: ours.key, wantAuthnResponseSigned: false, wantAssertionsSigned: true, validateInResponseTo: ValidateInResponseTo.never });
const encryptedTimes = {
  keyward: await measure((index) => ask(encrypted[index]), 50),
  '@node-saml/node-saml': await measure((index) => decrypting.validatePostResponseAsync({ SAMLResponse: encrypted[index] }), 50),
};

// Linear in the size of the message, and in the number of attributes.
const growth = [];
for (const kib of [2, 8, 32, 128]) {
  const filler = Object.fromEntries(Array.from({ length: Math.max(1, kib * 2) }, (_, index) => [`attribute-${index}`, 'x'.repeat(256)]));
  const message = Buffer.from(await mint(0, { claims: filler })).toString('base64');
  growth.push({ bytes: Math.round(message.length * 0.75), attributes: kib * 2, microseconds: await measure(() => ask(message), 50) });
}

const native = await nativeTimes({ messages: base64s, certificate: idp.certificate, idp: issuer, sp: sp.entityId, acs: sp.acsUrl, request: '_r1', now: Date.now(), rounds: 5 * ROUNDS });

const wasm = readFileSync(join(root, 'dist', 'keyward', 'keyward_bg.wasm'));
const reference = times['keyward (auto)'];
console.log(`\nOne signed response of ${Math.round(xmls[0].length / 102.4) / 10} KB (RSA-2048, SHA-256), ${MESSAGES} distinct messages, best of ${ROUNDS} rounds\n`);
for (const [name, time] of Object.entries(times)) console.log(`  ${name.padEnd(24)} ${time.toFixed(0).padStart(7)} µs   ${(time / reference).toFixed(1).padStart(6)} × keyward`);
console.log('\nEncrypted (AES-256-GCM, OAEP), signed inside\n');
for (const [name, time] of Object.entries(encryptedTimes)) console.log(`  ${name.padEnd(24)} ${time.toFixed(0).padStart(7)} µs   ${(time / encryptedTimes.keyward).toFixed(1).padStart(6)} × keyward`);
console.log('\nNative, keys loaded beforehand\n');
for (const [name, time] of Object.entries(native)) console.log(`  ${name.padEnd(40)} ${time.toFixed(0).padStart(7)} µs   ${(time / native['keyward, XML and signature']).toFixed(2).padStart(6)} × keyward`);
console.log('\nGrowth\n');
for (const { bytes, attributes, microseconds } of growth) console.log(`  ${String(bytes).padStart(7)} bytes, ${String(attributes).padStart(3)} attributes ${microseconds.toFixed(0).padStart(7)} µs   ${((microseconds / bytes) * 1000).toFixed(0)} ns a byte`);
console.log(`\n  wasm ${Math.round(gzipSync(wasm, { level: 9 }).length / 1024)} KiB after gzip; import and first verification ${toFirst.toFixed(0)} ms\n`);
mkdirSync(join(root, 'tests', 'output'), { recursive: true });
writeFileSync(join(root, 'tests', 'output', 'bench.json'), JSON.stringify({ times, encryptedTimes, native, growth, wasmBytes: wasm.length }, null, 2));
