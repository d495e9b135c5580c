// @ts-check
// An authenticator in software, whose every answer can be made wrong on purpose.
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';

const sha256 = (/** @type {Buffer | string} */ data) => createHash('sha256').update(data).digest();
const octets = (/** @type {string | undefined} */ text) => Buffer.from(text ?? '', 'base64url');
const [PRESENT, VERIFIED, ATTESTED] = [0x01, 0x04, 0x40];

/** @param {string} origin */
export function newAuthenticator(origin) {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = key.publicKey.export({ format: 'jwk' });
  const id = Buffer.alloc(16, 7);
  const cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), octets(jwk.x), Buffer.from('225820', 'hex'), octets(jwk.y)]);
  let counter = 0;
  const data = (/** @type {number} */ flags) => {
    counter += 1;
    return Buffer.concat([sha256('localhost'), Buffer.from([flags, 0, 0, 0, counter])]);
  };
  const clientData = (/** @type {string} */ type, /** @type {string} */ challenge, from = origin) => Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }));
  return {
    id: id.toString('base64'),
    /** What a form of ours sends of a registration. @param {string} challenge @param {string} [from] */
    register(challenge, from) {
      const auth = Buffer.concat([data(PRESENT | VERIFIED | ATTESTED), Buffer.alloc(16), Buffer.from([0, id.length]), id, cose]);
      const attestation = Buffer.concat([Buffer.from('a363666d74646e6f6e656761747453746d74a0686175746844617461', 'hex'), Buffer.from([0x58, auth.length]), auth]);
      return { 'client-data': clientData('webauthn.create', challenge, from).toString('base64'), attestation: attestation.toString('base64') };
    },
    /** And of an assertion. @param {string} challenge @param {{ isVerified?: boolean, from?: string }} [wishes] */
    show(challenge, { isVerified = true, from } = {}) {
      const [auth, client] = [data(PRESENT | (isVerified ? VERIFIED : 0)), clientData('webauthn.get', challenge, from)];
      const signature = createSign('sha256').update(Buffer.concat([auth, sha256(client)])).sign(key.privateKey);
      return { credential: id.toString('base64'), 'client-data': client.toString('base64'), data: auth.toString('base64'), signature: signature.toString('base64'), handle: '' };
    },
  };
}
