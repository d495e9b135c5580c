// @ts-check
// What a hostile server can make by itself: statements and wraps by docs/vault-format.md, with keys of its own and nothing of ours.
import { createCipheriv, createECDH, createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** @typedef {{ point: Buffer, scalar: Buffer, agree: (other: Buffer) => Buffer }} Pair */
/** @typedef {{ statement: string, fingerprint: Buffer, encryption: Pair, vaultKey: Buffer, signing: import('node:crypto').KeyObject }} Account */

const number = (/** @type {number} */ it) => Buffer.from([it >>> 24, it >>> 16, it >>> 8, it].map((byte) => byte & 255));
const framed = (/** @type {(string | Buffer)[]} */ ...parts) => Buffer.concat([Buffer.from([1]), ...parts.flatMap((it) => [number(Buffer.byteLength(it)), Buffer.from(it)])]);
const mac = (/** @type {Buffer} */ key, /** @type {(string | Buffer)[]} */ ...parts) => parts.reduce((hmac, part) => hmac.update(part), createHmac('sha256', key)).digest();
const ofKey = (/** @type {import('node:crypto').KeyObject} */ key) => Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url');

/** @returns {Pair} */
export function pair() {
  const ecdh = createECDH('prime256v1');
  const point = ecdh.generateKeys();
  const scalar = Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()]).subarray(-32);
  return { point, scalar, agree: (other) => ecdh.computeSecret(other) };
}

/**
 * An account for somebody, which nobody but the server made: their first statement, or one behind `before`.
 * @param {string} tenant @param {string} user @param {Buffer} [before] the statement that it pretends to follow @returns {Account}
 */
export function account(tenant, user, before) {
  const { privateKey: signing } = generateKeyPairSync('ed25519');
  const [encryption, vaultKey] = [pair(), randomBytes(32)];
  const body = Buffer.concat([encryption.point, mac(vaultKey, 'keyward vault key commitment')]);
  const previous = before ? createHash('sha256').update(before.subarray(0, -64)).digest() : Buffer.alloc(32);
  const unsigned = Buffer.concat([framed('account', tenant, user, body), number(before ? 2 : 1), ofKey(signing), previous]);
  const statement = Buffer.concat([unsigned, sign(null, unsigned, signing)]).toString('base64');
  return { statement, fingerprint: createHash('sha256').update(unsigned).digest(), encryption, vaultKey, signing };
}

/** The encryption key of somebody's statement, and its fingerprint. @param {string} statement */
export function read(statement) {
  const octets = Buffer.from(statement, 'base64');
  let at = 1;
  const parts = Array.from({ length: 4 }, () => {
    const part = octets.subarray(at + 4, at + 4 + octets.readUInt32BE(at));
    at += 4 + part.length;
    return part;
  });
  return { octets, encryption: parts[3].subarray(0, 65), body: parts[3], fingerprint: createHash('sha256').update(octets.subarray(0, -64)).digest() };
}

/**
 * A wrap (§8) by an account of the server's own.
 * @param {{ purpose: string, tenant: string, owner: string, recipient: string, fingerprint: Buffer }} binding @param {Buffer} secret @param {Buffer} to @param {Account} by @param {Buffer} [share]
 */
export function wrap({ purpose, tenant, owner, recipient, fingerprint }, secret, to, by, share) {
  const info = framed('wrap', purpose, tenant, owner, recipient, fingerprint);
  const once = pair();
  const [kem, suite] = [Buffer.from('KEM\0\x10', 'latin1'), Buffer.from('HPKE\0\x10\0\x01\0\x02', 'latin1')];
  const extract = (/** @type {Buffer} */ salt, /** @type {Buffer} */ id, /** @type {string} */ label, /** @type {Buffer} */ ikm) => mac(salt, 'HPKE-v1', id, label, ikm);
  const expand = (/** @type {Buffer} */ prk, /** @type {Buffer} */ id, /** @type {string} */ label, /** @type {Buffer} */ context, /** @type {number} */ length) => mac(prk, Buffer.from([0, length]), 'HPKE-v1', id, label, context, Buffer.from([1])).subarray(0, length);
  const none = Buffer.alloc(32);
  const agreed = expand(extract(none, kem, 'eae_prk', once.agree(to)), kem, 'shared_secret', Buffer.concat([once.point, to]), 32);
  const context = Buffer.concat([Buffer.from([share ? 1 : 0]), extract(none, suite, 'psk_id_hash', Buffer.from(share ? 'share' : '')), extract(none, suite, 'info_hash', info)]);
  const key = extract(agreed, suite, 'secret', share ?? Buffer.alloc(0));
  const cipher = createCipheriv('aes-256-gcm', expand(key, suite, 'key', context, 32), expand(key, suite, 'base_nonce', context, 12));
  const sealed = Buffer.concat([Buffer.from([1]), once.point, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([sealed, sign(null, Buffer.concat([info, to, sealed]), by.signing)]).toString('base64');
}
