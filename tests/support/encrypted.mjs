// @ts-check
// Responses whose assertion is encrypted with any two hashes of OAEP.
import { constants, createCipheriv, createHash, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto';

const XENC = 'http://www.w3.org/2001/04/xmlenc#';
const XENC11 = 'http://www.w3.org/2009/xmlenc11#';

/** MGF1 (RFC 8017 §B.2.1). @param {Buffer} seed @param {number} length @param {string} hash */
function mgf1(seed, length, hash) {
  const blocks = [];
  for (let counter = 0; blocks.length * createHash(hash).update('').digest().length < length; counter += 1) {
    const number = Buffer.alloc(4);
    number.writeUInt32BE(counter);
    blocks.push(createHash(hash).update(seed).update(number).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}
const xor = (/** @type {Buffer} */ a, /** @type {Buffer} */ b) => Buffer.from(a.map((octet, at) => octet ^ b[at]));

/** EME-OAEP (RFC 8017 §7.1.1) with any two hashes, which no library offers. @param {string} certificate PEM @param {Buffer} message @param {string} digest @param {string} mask */
function oaep(certificate, message, digest, mask) {
  const { publicKey } = new X509Certificate(certificate);
  const size = (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const label = createHash(digest).update('').digest();
  const block = Buffer.concat([label, Buffer.alloc(size - message.length - 2 * label.length - 2), Buffer.from([1]), message]);
  const seed = randomBytes(label.length);
  const masked = xor(block, mgf1(seed, block.length, mask));
  const encoded = Buffer.concat([Buffer.from([0]), xor(seed, mgf1(masked, seed.length, mask)), masked]);
  return publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, encoded);
}

const URIS = { sha1: ['http://www.w3.org/2000/09/xmldsig#sha1', `${XENC11}mgf1sha1`], sha256: [`${XENC}sha256`, `${XENC11}mgf1sha256`], sha384: ['http://www.w3.org/2001/04/xmldsig-more#sha384', `${XENC11}mgf1sha384`], sha512: [`${XENC}sha512`, `${XENC11}mgf1sha512`] };
/** @typedef {keyof typeof URIS} Hash */
export const hashes = /** @type {Hash[]} */ (Object.keys(URIS));

/** The Response with its Assertion encrypted to a certificate. @param {string} xml @param {string} certificate PEM @param {Hash} digest @param {Hash} mask */
export function encrypted(xml, certificate, digest, mask) {
  const assertion = /<saml:Assertion .*<\/saml:Assertion>/s.exec(xml)?.[0] ?? '';
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([iv, cipher.update(assertion), cipher.final(), cipher.getAuthTag()]);
  const value = (/** @type {Buffer} */ octets) => `<xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
  const method = `<xenc:EncryptionMethod Algorithm="${XENC11}rsa-oaep"><ds:DigestMethod Algorithm="${URIS[digest][0]}"/><xenc11:MGF Algorithm="${URIS[mask][1]}"/></xenc:EncryptionMethod>`;
  const element = `<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="${XENC}" xmlns:xenc11="${XENC11}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Type="${XENC}Element"><xenc:EncryptionMethod Algorithm="${XENC11}aes256-gcm"/><ds:KeyInfo><xenc:EncryptedKey>${method}${value(oaep(certificate, key, digest, mask))}</xenc:EncryptedKey></ds:KeyInfo>${value(sealed)}</xenc:EncryptedData></saml:EncryptedAssertion>`;
  return Buffer.from(xml.replace(assertion, element)).toString('base64');
}
