// @ts-check
// An authenticator app: TOTP (RFC 6238) by node:crypto.
import { createHmac } from 'node:crypto';

/** @param {string} key base32, spaces allowed */
function octets(key) {
  let bits = '';
  for (const letter of key.replaceAll(' ', '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** The code that the app shows, some steps from now. @param {string} key @param {number} [steps] */
export function codeOf(key, steps = 0) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', octets(key)).update(counter).digest();
  const at = digest[19] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Something that is not the code, nor the one before or after. @param {string} key */
export const wrongCode = (key) => ['000000', '111111', '222222', '333333'].find((code) => ![-2, -1, 0, 1, 2].some((step) => codeOf(key, step) === code)) ?? '444444';
