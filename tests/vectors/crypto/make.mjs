// @ts-check
// Makes the vectors beside it; see README.md. Needs the `openssl` command for certificates.
import * as crypto from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const message = Buffer.from('The quick brown fox signs the lazy assertion.');

/** @param {string} folder */
const fresh = (folder) => {
  mkdirSync(join(here, folder), { recursive: true });
  for (const name of readdirSync(join(here, folder))) rmSync(join(here, folder, name));
};

/**
 * @param {string} folder @param {string} name @param {'accept' | 'reject'} verdict
 * @param {Record<string, string | Buffer | undefined>} fields
 */
const write = (folder, name, verdict, fields) => {
  const lines = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}: ${Buffer.isBuffer(value) ? value.toString('base64') : value}`.trimEnd());
  writeFileSync(join(here, folder, `${name}.txt`), [verdict, ...lines, ''].join('\n'));
};

// Numbers and octets, big-endian.
/** @param {Uint8Array} octets */
const toNumber = (octets) => BigInt(`0x0${Buffer.from(octets).toString('hex')}`);
/** @param {bigint} number @param {number} length */
const toOctets = (number, length) => Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex');
/** @param {string} hash @param {...Uint8Array} parts */
const digest = (hash, ...parts) => crypto.createHash(hash).update(Buffer.concat(parts)).digest();
/** @param {crypto.KeyObject} key */
const spki = (key) => /** @type {Buffer} */ (key.export({ type: 'spki', format: 'der' }));
/** @param {crypto.KeyObject} key */
const modulus = (key) => Buffer.from(/** @type {string} */ (key.export({ format: 'jwk' }).n), 'base64url');

/** @param {string} hash @param {Buffer} seed @param {number} length */
const mgf1 = (hash, seed, length) => {
  let mask = Buffer.alloc(0);
  for (let counter = 0n; mask.length < length; counter++) {
    mask = Buffer.concat([mask, digest(hash, seed, toOctets(counter, 4))]);
  }
  return mask.subarray(0, length);
};
/** @param {Buffer} a @param {Buffer} b */
const xor = (a, b) => Buffer.from(a.map((octet, index) => octet ^ b[index]));

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const PKCS1 = { sha1: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', sha256: `${MORE}rsa-sha256`, sha384: `${MORE}rsa-sha384`, sha512: `${MORE}rsa-sha512` };
/** @param {string} hash */
const PSS = (hash) => `http://www.w3.org/2007/05/xmldsig-more#${hash}-rsa-MGF1`;
const ED25519 = 'http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519';

fresh('signatures');
/** @param {string} name @param {'accept' | 'reject'} verdict @param {string} algorithm @param {crypto.KeyObject} key @param {Buffer} signature @param {string} [fools] */
const signatureVector = (name, verdict, algorithm, key, signature, fools) =>
  write('signatures', name, verdict, { algorithm, spki: spki(key), message, signature, fools });

/** @param {number} modulusLength @param {number} [publicExponent] */
const rsaPair = (modulusLength, publicExponent = 65537) => crypto.generateKeyPairSync('rsa', { modulusLength, publicExponent });

/** @param {bigint} base @param {bigint} exponent @param {bigint} modulus */
const power = (base, exponent, modulus) => {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n, base = (base * base) % modulus) if (exponent & 1n) result = (result * base) % modulus;
  return result;
};
/** The inverse modulo m, by Euclid's algorithm. @param {bigint} number @param {bigint} m */
const inverse = (number, m) => {
  let [a, b, x, y] = [m, number % m, 0n, 1n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % m) + m) % m;
};
/**
 * A pair whose modulus has an odd number of bits, which OpenSSL's own generator rounds down.
 * @param {number} bits
 */
const rsaPairOdd = (bits) => {
  for (;;) {
    const p = crypto.generatePrimeSync((bits + 1) / 2, { bigint: true });
    const q = crypto.generatePrimeSync((bits - 1) / 2, { bigint: true });
    if ((p * q).toString(2).length !== bits || (p - 1n) % 65537n === 0n || (q - 1n) % 65537n === 0n) continue;
    const d = inverse(65537n, (p - 1n) * (q - 1n));
    /** @param {bigint} number */
    const text = (number) => toOctets(number, Math.ceil(number.toString(16).length / 2)).toString('base64url');
    const key = {
      kty: 'RSA', n: text(p * q), e: 'AQAB', d: text(d),
      p: text(p), q: text(q), dp: text(d % (p - 1n)), dq: text(d % (q - 1n)), qi: text(power(q, p - 2n, p)),
    };
    const privateKey = crypto.createPrivateKey({ key, format: 'jwk' });
    return { privateKey, publicKey: crypto.createPublicKey(privateKey) };
  }
};
const rsa = rsaPair(2048);
const { constants } = crypto;

// RSA PKCS#1 v1.5, as OpenSSL signs.
for (const [hash, uri] of Object.entries(PKCS1)) {
  signatureVector(`rsa pkcs1 ${hash}`, 'accept', uri, rsa.publicKey, crypto.sign(hash, message, rsa.privateKey));
}
for (const bits of [2049, 2055, 2080, 3072, 4096, 8192]) {
  const pair = bits % 2 === 1 ? rsaPairOdd(bits) : rsaPair(bits);
  signatureVector(`rsa pkcs1 modulus of ${bits} bits`, 'accept', PKCS1.sha256, pair.publicKey, crypto.sign('sha256', message, pair.privateKey));
}
for (const exponent of [3, 17, 4294967295]) {
  const pair = rsaPair(2048, exponent);
  signatureVector(`rsa pkcs1 exponent ${exponent}`, 'accept', PKCS1.sha512, pair.publicKey, crypto.sign('sha512', message, pair.privateKey));
}

// RSA PKCS#1 v1.5, with an encoded message of our own.
/** @param {crypto.KeyPairKeyObjectResult} pair @param {Buffer} encoded */
const rsaRaw = (pair, encoded) => crypto.privateEncrypt({ key: pair.privateKey, padding: constants.RSA_NO_PADDING }, encoded);
const k = 256;
const hash = digest('sha256', message);
const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
/** @param {Buffer} tail @param {{ head?: number[], length?: number, separator?: number[] }} [other] */
const pad = (tail, { head = [0, 1], length, separator = [0] } = {}) => {
  const padding = Buffer.alloc(length ?? k - head.length - separator.length - tail.length, 0xff);
  const front = Buffer.concat([Buffer.from(head), padding, Buffer.from(separator), tail]);
  return Buffer.concat([front, Buffer.alloc(k - front.length, 0)]);
};
const right = pad(Buffer.concat([info, hash]));
signatureVector('rsa pkcs1 encoded by hand', 'accept', PKCS1.sha256, rsa.publicKey, rsaRaw(rsa, right));
/** @type {Record<string, Buffer>} */
const lax = {
  'digest followed by zeros': pad(Buffer.concat([info, hash]), { length: 8 }),
  'digest followed by garbage': Buffer.concat([pad(Buffer.concat([info, hash]), { length: 8 }).subarray(0, 100), crypto.randomBytes(k - 100)]),
  'garbage hidden in DigestInfo parameters': pad(Buffer.concat([Buffer.from('3081b1300d', 'hex'), info.subarray(4, -4), Buffer.from('048180', 'hex'), Buffer.alloc(128, 7), Buffer.from('0420', 'hex'), hash])),
  'DigestInfo without NULL': pad(Buffer.concat([Buffer.from('302f300b06096086480165030402010420', 'hex'), hash])),
  'DigestInfo with a long-form length': pad(Buffer.concat([Buffer.from('308131300d060960864801650304020105000420', 'hex'), hash])),
  'DigestInfo of another hash': pad(Buffer.concat([Buffer.from('3031300d060960864801650304020305000420', 'hex'), hash])),
  'digest without DigestInfo': pad(hash),
  'block type 0': pad(Buffer.concat([info, hash]), { head: [0, 0] }),
  'block type 2': pad(Buffer.concat([info, hash]), { head: [0, 2] }),
  'padding that is not all ones': Buffer.from(right.map((octet, index) => (index === 100 ? 0xfe : octet))),
  'padding without a separator': pad(Buffer.concat([info, hash]), { separator: [] }),
  'a separator that is not zero': pad(Buffer.concat([info, hash]), { separator: [1] }),
  'two separators': pad(Buffer.concat([info, hash]), { separator: [0, 0] }),
  'no padding': pad(Buffer.concat([info, hash]), { length: 0 }),
};
for (const [name, encoded] of Object.entries(lax)) {
  signatureVector(`rsa pkcs1 ${name}`, 'reject', PKCS1.sha256, rsa.publicKey, rsaRaw(rsa, encoded), 'lenient-padding');
}
{
  // Bleichenbacher 2006: with e = 3 a forger needs no key where octets behind the digest are not looked at.
  const pair = rsaPair(2048, 3);
  const front = toNumber(Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), info, hash]));
  const target = (front + 1n) << BigInt(8 * (k - 62)); // 62 octets in front
  let root = 0n;
  for (let bit = 1n << 690n; bit > 0n; bit >>= 1n) if ((root | bit) ** 3n < target) root |= bit;
  signatureVector('rsa pkcs1 cube root forged without the key', 'reject', PKCS1.sha256, pair.publicKey, toOctets(root, k), 'lenient-padding');
}
const valid = crypto.sign('sha256', message, rsa.privateKey);
const n = toNumber(modulus(rsa.publicKey));
/** @type {Record<string, Buffer>} */
const misshapen = {
  'empty': Buffer.alloc(0),
  'zero': Buffer.alloc(k),
  'one': toOctets(1n, k),
  'n minus 1': toOctets(n - 1n, k),
  'n': toOctets(n, k),
  'above n': Buffer.alloc(k, 0xff),
  'with a zero in front': Buffer.concat([Buffer.alloc(1), valid]),
  'with a zero behind': Buffer.concat([valid, Buffer.alloc(1)]),
  'cut short': valid.subarray(0, -1),
  'of another message': crypto.sign('sha256', Buffer.from('another'), rsa.privateKey),
  'by another key': crypto.sign('sha256', message, rsaPair(2048).privateKey),
  'made with sha512': crypto.sign('sha512', message, rsa.privateKey),
  'negated': toOctets(n - toNumber(valid), k),
};
for (const [name, signature] of Object.entries(misshapen)) {
  signatureVector(`rsa pkcs1 signature ${name}`, 'reject', PKCS1.sha256, rsa.publicKey, signature);
}
{
  // s + n fits into the modulus' length only where s is small: search for one.
  const room = (1n << BigInt(8 * k)) - n;
  let at = 0;
  let small = valid;
  let text = message;
  while (toNumber(small) >= room) {
    text = Buffer.from(`message ${at++}`);
    small = crypto.sign('sha256', text, rsa.privateKey);
  }
  const fields = { algorithm: PKCS1.sha256, spki: spki(rsa.publicKey), message: text };
  write('signatures', 'rsa pkcs1 signature plus n', 'reject', { ...fields, signature: toOctets(toNumber(small) + n, k) });
  write('signatures', 'rsa pkcs1 signature that leaves room for n', 'accept', { ...fields, signature: small });
}
{
  // A signature whose first octet is zero has to be kept at full length.
  let at = 0;
  let text = message;
  let short = valid;
  while (short[0] !== 0) {
    text = Buffer.from(`message ${at++}`);
    short = crypto.sign('sha256', text, rsa.privateKey);
  }
  const fields = { algorithm: PKCS1.sha256, spki: spki(rsa.publicKey), message: text };
  write('signatures', 'rsa pkcs1 signature that begins with zero', 'accept', { ...fields, signature: short });
  write('signatures', 'rsa pkcs1 signature whose leading zero was dropped', 'reject', { ...fields, signature: short.subarray(1) });
}

// RSASSA-PSS.
/** @param {string} hash @param {crypto.KeyObject} key @param {number} saltLength */
const pss = (hash, key, saltLength) => crypto.sign(hash, message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
for (const hash of ['sha256', 'sha384', 'sha512']) {
  signatureVector(`rsa pss ${hash}`, 'accept', PSS(hash), rsa.publicKey, pss(hash, rsa.privateKey, constants.RSA_PSS_SALTLEN_DIGEST));
}
for (const bits of [2049, 2050, 2055, 2056, 3072]) {
  const pair = bits % 2 === 1 ? rsaPairOdd(bits) : rsaPair(bits);
  signatureVector(`rsa pss modulus of ${bits} bits`, 'accept', PSS('sha256'), pair.publicKey, pss('sha256', pair.privateKey, 32));
}
for (const salt of [0, 20, 31, 33, 222]) {
  signatureVector(`rsa pss salt of ${salt} octets`, 'reject', PSS('sha256'), rsa.publicKey, pss('sha256', rsa.privateKey, salt));
}
/** @param {{ trailer?: number, one?: number, zeros?: number, top?: number, mask?: string, prefix?: number }} [other] */
const pssEncoded = ({ trailer = 0xbc, one = 1, zeros = 0, top = 0, mask = 'sha256', prefix = 8 } = {}) => {
  const salt = crypto.randomBytes(32);
  const h = digest('sha256', Buffer.alloc(prefix), hash, salt);
  const db = Buffer.concat([Buffer.alloc(k - 32 - 32 - 2, zeros), Buffer.from([one]), salt]);
  const masked = xor(db, mgf1(mask, h, db.length));
  masked[0] = (masked[0] & 0x7f) | top;
  return Buffer.concat([masked, h, Buffer.from([trailer])]);
};
signatureVector('rsa pss encoded by hand', 'accept', PSS('sha256'), rsa.publicKey, rsaRaw(rsa, pssEncoded()));
/** @type {[string, Parameters<typeof pssEncoded>[0]][]} */
const pssWrong = [
  ['trailer of another scheme', { trailer: 0xcc }],
  ['salt marked by 2', { one: 2 }],
  ['padding that is not zero', { zeros: 1 }],
  ['mask by another hash', { mask: 'sha1' }],
  ['hash without its prefix', { prefix: 0 }],
];
for (const [name, other] of pssWrong) {
  signatureVector(`rsa pss ${name}`, 'reject', PSS('sha256'), rsa.publicKey, rsaRaw(rsa, pssEncoded(other)));
}
for (;;) {
  // The unused top bit has to be clear; set, the number must still be below n.
  const encoded = pssEncoded({ top: 0x80 });
  if (toNumber(encoded) >= n) continue;
  signatureVector('rsa pss unused bit set', 'reject', PSS('sha256'), rsa.publicKey, rsaRaw(rsa, encoded));
  break;
}
for (;;) {
  // One bit more, and EM is an octet shorter than the modulus: that octet has to be zero.
  const pair = rsaPairOdd(2049);
  const salt = crypto.randomBytes(32);
  const h = digest('sha256', Buffer.alloc(8), hash, salt);
  const db = Buffer.concat([Buffer.alloc(k - 32 - 32 - 2), Buffer.from([1]), salt]);
  const em = Buffer.concat([xor(db, mgf1('sha256', h, db.length)), h, Buffer.from([0xbc])]);
  /** @param {number} first */
  const encoded = (first) => Buffer.concat([Buffer.from([first]), em]);
  if (toNumber(encoded(1)) >= toNumber(modulus(pair.publicKey))) continue;
  signatureVector('rsa pss excess octet zero', 'accept', PSS('sha256'), pair.publicKey, rsaRaw(pair, encoded(0)));
  signatureVector('rsa pss excess octet not zero', 'reject', PSS('sha256'), pair.publicKey, rsaRaw(pair, encoded(1)));
  break;
}
signatureVector('rsa pss signature under the pkcs1 name', 'reject', PKCS1.sha256, rsa.publicKey, pss('sha256', rsa.privateKey, 32));
signatureVector('rsa pkcs1 signature under the pss name', 'reject', PSS('sha256'), rsa.publicKey, valid);

// ECDSA.
const curves = {
  'P-256': { size: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  'P-384': { size: 48, order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n },
  'P-521': { size: 66, order: 0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n },
};
for (const [namedCurve, { size, order }] of Object.entries(curves)) {
  const pair = crypto.generateKeyPairSync('ec', { namedCurve });
  /** @param {string} hash @param {'ieee-p1363' | 'der'} [dsaEncoding] */
  const sign = (hash, dsaEncoding = 'ieee-p1363') => crypto.sign(hash, message, { key: pair.privateKey, dsaEncoding });
  for (const hash of ['sha1', 'sha256', 'sha384', 'sha512']) {
    signatureVector(`ecdsa ${namedCurve} ${hash}`, 'accept', `${MORE}ecdsa-${hash}`, pair.publicKey, sign(hash));
  }
  const signature = sign('sha256');
  const r = toNumber(signature.subarray(0, size));
  const s = toNumber(signature.subarray(size));
  /** @param {bigint} r @param {bigint} s */
  const join = (r, s) => Buffer.concat([toOctets(r, size), toOctets(s, size)]);
  const uri = `${MORE}ecdsa-sha256`;
  const high = s > order / 2n ? s : order - s;
  for (const value of [high, order - high]) {
    const key = { key: pair.publicKey, dsaEncoding: /** @type {const} */ ('ieee-p1363') };
    if (!crypto.verify('sha256', message, key, join(r, value))) throw new Error(`wrong order of ${namedCurve}`);
  }
  signatureVector(`ecdsa ${namedCurve} high s`, 'accept', uri, pair.publicKey, join(r, high));
  signatureVector(`ecdsa ${namedCurve} low s`, 'accept', uri, pair.publicKey, join(r, order - high));
  /** @type {Record<string, Buffer>} */
  const wrong = {
    'empty': Buffer.alloc(0),
    'r and s zero': join(0n, 0n),
    'r zero': join(0n, s),
    's zero': join(r, 0n),
    'r is n': join(order, s),
    's is n': join(r, order),
    'r and s are n': join(order, order),
    'r is 1 and s is n minus 1': join(1n, order - 1n),
    'all ones': Buffer.alloc(2 * size, 0xff),
    'r and s swapped': join(s, r),
    'in DER': sign('sha256', 'der'),
    'cut short': signature.subarray(0, -1),
    'with a zero in front': Buffer.concat([Buffer.alloc(1), signature]),
    'with longer numbers': Buffer.concat([toOctets(r, size + 1), toOctets(s, size + 1)]),
    'with half missing': signature.subarray(0, size),
    'under another hash': sign('sha384'),
    'by another key': crypto.sign('sha256', message, { key: crypto.generateKeyPairSync('ec', { namedCurve }).privateKey, dsaEncoding: 'ieee-p1363' }),
  };
  if (namedCurve === 'P-521') {
    wrong['r plus n'] = join(r + order, s);
    wrong['s plus n'] = join(r, s + order);
  }
  for (const [name, signature] of Object.entries(wrong)) {
    signatureVector(`ecdsa ${namedCurve} ${name}`, 'reject', uri, pair.publicKey, signature);
  }
}

// Ed25519.
{
  const pair = crypto.generateKeyPairSync('ed25519');
  const signature = crypto.sign(null, message, pair.privateKey);
  signatureVector('ed25519', 'accept', ED25519, pair.publicKey, signature);
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  const s = toNumber(Buffer.from(signature.subarray(32)).reverse());
  /** @param {bigint} s */
  const withS = (s) => Buffer.concat([signature.subarray(0, 32), toOctets(s, 32).reverse()]);
  /** @type {Record<string, Buffer>} */
  const wrong = {
    'empty': Buffer.alloc(0),
    'zeros': Buffer.alloc(64),
    's plus the group order': withS(s + order),
    's zero': withS(0n),
    'r of small order': Buffer.concat([Buffer.from([1]), Buffer.alloc(31), signature.subarray(32)]),
    'cut short': signature.subarray(0, 63),
    'too long': Buffer.concat([signature, Buffer.alloc(1)]),
    'by another key': crypto.sign(null, message, crypto.generateKeyPairSync('ed25519').privateKey),
    'of another message': crypto.sign(null, Buffer.from('another'), pair.privateKey),
  };
  for (const [name, signature] of Object.entries(wrong)) {
    signatureVector(`ed25519 ${name}`, 'reject', ED25519, pair.publicKey, signature);
  }
  signatureVector('ed25519 signature under an rsa name', 'reject', PKCS1.sha256, pair.publicKey, signature);
  signatureVector('ed25519 name with an rsa key', 'reject', ED25519, rsa.publicKey, valid);
  signatureVector('ecdsa name with an rsa key', 'reject', `${MORE}ecdsa-sha256`, rsa.publicKey, valid);
}

// RSA-OAEP.
fresh('wrapped-keys');
{
  const pair = rsaPair(2048);
  writeFileSync(join(here, 'wrapped-keys/private-key.pem'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  /** @param {Buffer} encoded */
  const raw = (encoded) => crypto.publicEncrypt({ key: pair.publicKey, padding: constants.RSA_NO_PADDING }, encoded);
  const key = crypto.randomBytes(32);
  /** @param {string} hash @param {string} mgf @param {{ first?: number, separator?: number, label?: string, zeros?: number }} [other] */
  const encode = (hash, mgf, { first = 0, separator = 1, label = '', zeros = 0 } = {}) => {
    const labelHash = digest(hash, Buffer.from(label));
    const length = labelHash.length;
    const seed = crypto.randomBytes(length);
    const db = Buffer.concat([labelHash, Buffer.alloc(k - 2 * length - 2 - key.length, zeros), Buffer.from([separator]), key]);
    const maskedDb = xor(db, mgf1(mgf, seed, db.length));
    return Buffer.concat([Buffer.from([first]), xor(seed, mgf1(mgf, maskedDb, length)), maskedDb]);
  };
  const hashes = ['sha1', 'sha256', 'sha384', 'sha512'];
  for (const hash of hashes) {
    const ciphertext = crypto.publicEncrypt({ key: pair.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, key);
    write('wrapped-keys', `oaep ${hash}`, 'accept', { digest: hash, mgf1: hash, ciphertext, key });
    for (const mgf of hashes.filter((other) => other !== hash)) {
      write('wrapped-keys', `oaep ${hash} mgf1 ${mgf}`, 'accept', { digest: hash, mgf1: mgf, ciphertext: raw(encode(hash, mgf)), key });
    }
  }
  const fields = { digest: 'sha256', mgf1: 'sha1' };
  /** @type {Record<string, Buffer>} */
  const wrong = {
    'first octet not zero': encode('sha256', 'sha1', { first: 1 }),
    'separator missing': encode('sha256', 'sha1', { separator: 0 }),
    'separator 2': encode('sha256', 'sha1', { separator: 2 }),
    'padding not zero': encode('sha256', 'sha1', { zeros: 3 }),
    'with a label': encode('sha256', 'sha1', { label: 'label' }),
    'under another mask hash': encode('sha256', 'sha256'),
    'under another label hash': encode('sha1', 'sha1'),
  };
  // The first octet 1 keeps the number below n only if n is large enough; it is, n has its top bit set.
  for (const [name, encoded] of Object.entries(wrong)) {
    write('wrapped-keys', `oaep ${name}`, 'reject', { ...fields, ciphertext: raw(encoded) });
  }
  const rsa15 = crypto.publicEncrypt({ key: pair.publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  write('wrapped-keys', 'rsa 1.5', 'reject', { ...fields, ciphertext: rsa15 });
  const ciphertext = raw(encode('sha256', 'sha1'));
  const m = toNumber(modulus(pair.publicKey));
  write('wrapped-keys', 'oaep ciphertext cut short', 'reject', { ...fields, ciphertext: ciphertext.subarray(1) });
  write('wrapped-keys', 'oaep ciphertext too long', 'reject', { ...fields, ciphertext: Buffer.concat([Buffer.alloc(1), ciphertext]) });
  write('wrapped-keys', 'oaep ciphertext empty', 'reject', { ...fields, ciphertext: Buffer.alloc(0) });
  write('wrapped-keys', 'oaep ciphertext zero', 'reject', { ...fields, ciphertext: Buffer.alloc(k) });
  write('wrapped-keys', 'oaep ciphertext is n', 'reject', { ...fields, ciphertext: toOctets(m, k) });
}

// AES.
fresh('content');
for (const bits of [128, 192, 256]) {
  const key = crypto.randomBytes(bits / 8);
  const iv = crypto.randomBytes(12);
  const plaintext = Buffer.from('<saml:Assertion/> of any length');
  const cipher = /** @type {crypto.CipherGCM} */ (crypto.createCipheriv(`aes-${bits}-gcm`, key, iv));
  const ciphertext = Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  const uri = `http://www.w3.org/2009/xmlenc11#aes${bits}-gcm`;
  write('content', `aes ${bits} gcm`, 'accept', { cipher: uri, key, ciphertext, plaintext });
  /** @param {number} at */
  const flipped = (at) => Buffer.from(ciphertext.map((octet, index) => (index === at ? octet ^ 1 : octet)));
  write('content', `aes ${bits} gcm iv changed`, 'reject', { cipher: uri, key, ciphertext: flipped(0) });
  write('content', `aes ${bits} gcm ciphertext changed`, 'reject', { cipher: uri, key, ciphertext: flipped(12) });
  write('content', `aes ${bits} gcm tag changed`, 'reject', { cipher: uri, key, ciphertext: flipped(ciphertext.length - 1) });
  write('content', `aes ${bits} gcm tag cut short`, 'reject', { cipher: uri, key, ciphertext: ciphertext.subarray(0, -4) });
  write('content', `aes ${bits} gcm nothing but an iv`, 'reject', { cipher: uri, key, ciphertext: iv });
  write('content', `aes ${bits} gcm key too short`, 'reject', { cipher: uri, key: key.subarray(1), ciphertext });
}
for (const bits of [128, 192, 256]) {
  const key = crypto.randomBytes(bits / 8);
  const iv = crypto.randomBytes(16);
  const uri = `http://www.w3.org/2001/04/xmlenc#aes${bits}-cbc`;
  /** @param {Buffer} padded */
  const encrypt = (padded) => {
    const cipher = crypto.createCipheriv(`aes-${bits}-cbc`, key, iv).setAutoPadding(false);
    return Buffer.concat([iv, cipher.update(padded), cipher.final()]);
  };
  const plaintext = Buffer.from('<saml:Assertion/> of any length!'); // 32 octets
  /** @param {number} length @param {number} count */
  const padding = (length, count) => Buffer.concat([crypto.randomBytes(length - 1), Buffer.from([count])]);
  write('content', `aes ${bits} cbc a whole block of padding`, 'accept', { cipher: uri, key, ciphertext: encrypt(Buffer.concat([plaintext, padding(16, 16)])), plaintext });
  write('content', `aes ${bits} cbc arbitrary padding`, 'accept', { cipher: uri, key, ciphertext: encrypt(Buffer.concat([plaintext.subarray(5), padding(5, 5)])), plaintext: plaintext.subarray(5) });
  write('content', `aes ${bits} cbc one octet of padding`, 'accept', { cipher: uri, key, ciphertext: encrypt(Buffer.concat([plaintext.subarray(1), padding(1, 1)])), plaintext: plaintext.subarray(1) });
  write('content', `aes ${bits} cbc nothing but padding`, 'accept', { cipher: uri, key, ciphertext: encrypt(padding(16, 16)), plaintext: Buffer.alloc(0) });
  write('content', `aes ${bits} cbc padding of 0`, 'reject', { cipher: uri, key, ciphertext: encrypt(Buffer.concat([plaintext, padding(16, 0)])) });
  write('content', `aes ${bits} cbc padding of 17`, 'reject', { cipher: uri, key, ciphertext: encrypt(Buffer.concat([plaintext, padding(16, 17)])) });
  write('content', `aes ${bits} cbc padding of 255`, 'reject', { cipher: uri, key, ciphertext: encrypt(Buffer.concat([plaintext, padding(16, 255)])) });
  const whole = encrypt(Buffer.concat([plaintext, padding(16, 16)]));
  write('content', `aes ${bits} cbc half a block`, 'reject', { cipher: uri, key, ciphertext: whole.subarray(0, -8) });
  write('content', `aes ${bits} cbc nothing but an iv`, 'reject', { cipher: uri, key, ciphertext: iv });
  write('content', `aes ${bits} cbc empty`, 'reject', { cipher: uri, key, ciphertext: Buffer.alloc(0) });
  write('content', `aes ${bits} cbc key too long`, 'reject', { cipher: uri, key: Buffer.concat([key, key]), ciphertext: whole });
}

// Certificates, by the openssl command.
fresh('certificates');
{
  const folder = mkdtempSync(join(tmpdir(), 'keyward-vectors-'));
  const keyFile = join(folder, 'key.pem');
  /** @param {string[]} args */
  const openssl = (...args) => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  /** @param {string} name @param {string} verdict @param {string[]} genpkey @param {string[]} [req] */
  const certificate = (name, verdict, genpkey, req = []) => {
    openssl('genpkey', ...genpkey, '-out', keyFile);
    const pem = openssl('req', '-x509', '-new', '-key', keyFile, '-days', '3650', '-subj', '/C=SE/O=Åkeri AB/CN=idp.example', '-utf8', ...req);
    writeFileSync(join(here, 'certificates', `${name}.pem`), `${verdict}\n${pem}`);
  };
  for (const bits of [2048, 4096]) certificate(`rsa ${bits}`, `accept\nkind: RSA ${bits}`, ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`]);
  for (const [curve, kind] of [['P-256', 'P-256'], ['P-384', 'P-384'], ['P-521', 'P-521']]) {
    certificate(`ecdsa ${curve}`, `accept\nkind: ${kind}`, ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`]);
  }
  certificate('ed25519', 'accept\nkind: Ed25519', ['-algorithm', 'ED25519']);
  certificate('expires in 2060', 'accept\nkind: P-256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], ['-days', '12500']);
  certificate('subject alternative names', 'accept\nkind: P-256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], ['-addext', 'subjectAltName=DNS:idp.example']);
  certificate('rsa 1024', 'reject\nerror: RsaBits', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024']);
  certificate('rsa pss key', 'reject\nerror: KeyType', ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048']);
  certificate('ed448', 'reject\nerror: KeyType', ['-algorithm', 'ED448']);
  certificate('secp256k1', 'reject\nerror: Curve', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:secp256k1']);
  certificate('brainpool', 'reject\nerror: Curve', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:brainpoolP256r1']);
  certificate('explicit curve parameters', 'reject\nerror: PublicKey', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit']);
  rmSync(folder, { recursive: true });
}
