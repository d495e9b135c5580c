// @ts-check
// Showing a passkey, or a security key: what an authenticator answers to a challenge of the server's.
import { ask, fromBase64, Refused, toBase64, told } from './api.js';
import { load, sign } from './device.js';
import { common } from './words/common.js';
import { say } from './words/factors.js';

/** @typedef {{ challenge: string, rp: string, known: string[], timeout: number }} Asked */

export const octets = (/** @type {ArrayBuffer | null} */ buffer) => (buffer ? toBase64(new Uint8Array(buffer)) : '');
/** base64url, as the server writes a challenge. @param {string} text */
export const fromBase64Url = (text) => fromBase64(`${text.replaceAll('-', '+').replaceAll('_', '/')}=`);
export const listed = (/** @type {string[]} */ known) => known.map((id) => ({ type: /** @type {const} */ ('public-key'), id: fromBase64(id) }));

/** @param {Asked} asked @param {UserVerificationRequirement} userVerification @returns {Promise<Record<string, string>>} */
export async function show(asked, userVerification) {
  const credential = /** @type {PublicKeyCredential} */ (await navigator.credentials.get({
    publicKey: { challenge: fromBase64Url(asked.challenge), timeout: asked.timeout, rpId: asked.rp, allowCredentials: listed(asked.known), userVerification },
  }));
  const response = /** @type {AuthenticatorAssertionResponse} */ (credential.response);
  return {
    credential: octets(credential.rawId), 'client-data': octets(response.clientDataJSON), data: octets(response.authenticatorData),
    signature: octets(response.signature), handle: octets(response.userHandle),
  };
}

/** What people are told where their browser or the server said no. @param {unknown} error */
export function words(error) {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return say.cancelled;
  if (name === 'InvalidStateError') return say.there;
  if (name === 'SecurityError') return say.noPlace;
  const { code, message } = told(error);
  if (code === 'offline') return common.unreached;
  if (code === 'session-over') return say.over;
  if (code === 'two-factor-too-many') return say.tooMany;
  if (code === 'webauthn-not-verified') return say.notVerified;
  if (code === 'device-unknown') return message;
  return say.failed(name || code);
}

/**
 * Has this browser's vault unlocked: the person shows a passkey, and this browser signs the same challenge with its own key.
 * @param {{ tenant: string, user: string, session: string }} whose
 */
export async function unlockByPasskey({ tenant, user, session }) {
  const device = await load(`${tenant}/${user}`);
  if (!device) throw new Refused('device-unknown', say.opensNothing);
  /** @type {Asked} */
  const asked = await ask('/unlock/challenge', { device: device.id });
  const answer = await show(asked, 'required');
  const proof = toBase64(await sign(device, ['keyward device proof', location.origin, tenant, user, device.id, session, asked.challenge].join('\n')));
  await ask('/unlock/passkey', { device: device.id, proof, ...answer });
}
