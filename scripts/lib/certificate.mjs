// @ts-check
// Self-signed certificates for development: just enough DER (X.690) and X.509 (RFC 5280) for a name, dates and a key.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** @param {number} tag @param {...Uint8Array} parts */
function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
const sequence = (/** @type {Uint8Array[]} */ ...parts) => der(0x30, ...parts);
const sha256WithRsa = sequence(Buffer.from('06092a864886f70d01010b', 'hex'), Buffer.from('0500', 'hex'));

/** @param {string} commonName */
const name = (commonName) => sequence(der(0x31, sequence(Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(commonName)))));

/** GeneralizedTime has four digits of year; RFC 5280 wants UTCTime before 2050. @param {Date} date */
function time(date) {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return digits < '2050' ? der(0x17, Buffer.from(`${digits.slice(2)}Z`)) : der(0x18, Buffer.from(`${digits}Z`));
}

/**
 * An RSA-2048 key and a self-signed certificate for it.
 * @param {string} commonName
 * @param {{ days?: number, from?: Date }} [options]
 */
export function selfSigned(commonName, { days = 3650, from = new Date(Date.now() - 86_400_000) } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const serial = randomBytes(16);
  serial[0] = (serial[0] & 0x7f) | 0x40;
  const until = new Date(from.getTime() + days * 86_400_000);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    sha256WithRsa,
    name(commonName),
    sequence(time(from), time(until)),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const certificate = sequence(body, sha256WithRsa, der(0x03, Buffer.from([0]), sign('sha256', body, privateKey)));
  return {
    /** PKCS#8 PEM. */
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    /** PKCS#8 DER. */
    keyDer: privateKey.export({ type: 'pkcs8', format: 'der' }),
    /** PEM. */
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`,
    /** base64 of the DER, on one line. */
    base64: certificate.toString('base64'),
    fingerprint: createHash('sha256').update(certificate).digest('hex'),
  };
}
