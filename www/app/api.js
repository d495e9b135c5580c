// @ts-check
// Talking to the server: JSON both ways, and a no has its code.
import { common } from './words/common.js';
import { refusals } from './words/refusals.js';

/** A no with its code: of the server, or of what it gave. */
export class Refused extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message, said = /** @type {any} */ ({})) {
    super(message);
    this.code = code;
    /** What else the server said. */
    this.said = said;
  }
}

export const toBase64 = (/** @type {Uint8Array} */ octets) => {
  let text = '';
  // In parts, since an argument list has a limit.
  for (let at = 0; at < octets.length; at += 0x8000) text += String.fromCharCode(...octets.subarray(at, at + 0x8000));
  return btoa(text);
};
/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function fromBase64(text) {
  // Newer browsers have it built in, which counts for a vault of thousands.
  const builtIn = /** @type {{ fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }} */ (/** @type {unknown} */ (Uint8Array)).fromBase64;
  return builtIn ? builtIn.call(Uint8Array, text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** As the server reads 32 bytes that prove something. @param {Uint8Array} octets */
export const toBase64Url = (octets) => toBase64(octets).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** A server that does not answer for so long is not there, in milliseconds: a whole part of an import fits, over a slow line. */
const LONGEST = 90_000;

/** @param {string} path @param {Record<string, unknown>} [body] @param {{ keepalive?: boolean }} [how] whether it goes on where the page is left @returns {Promise<any>} */
export async function ask(path, body, { keepalive = false } = {}) {
  const signal = AbortSignal.timeout(LONGEST);
  const answer = await fetch(path, body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal, keepalive } : { signal })
    .catch(() => { throw new Refused('offline', common.unreached); });
  const said = await answer.json().catch(() => undefined);
  if (answer.status >= 500) throw new Refused('server-failed', common.serverFailed);
  // It broke off in the middle, or is not the server's.
  if (answer.ok && said === undefined) throw new Refused('offline', common.brokenOff);
  if (!answer.ok) throw new Refused(said?.code ?? `http-${answer.status}`, refusals[said?.code]?.() ?? common.no, said);
  return said;
}

/** The code and the words of whatever was thrown; wasm throws JSON, a code and the numbers that its words are about. @param {unknown} error @returns {{ code: string, message: string, numbers?: number[] }} */
export function told(error) {
  if (typeof error === 'string') {
    const { code, numbers } = JSON.parse(error);
    return { code, numbers, message: refusals[code]?.(...numbers) ?? common.unexpected };
  }
  const { code, message } = /** @type {{ code?: unknown, message?: string }} */ (error ?? {});
  // What browsers throw of themselves has numbers, or nothing, and words for programmers.
  return typeof code === 'string' ? { code, message: message ?? '' } : { code: 'unexpected', message: common.unexpected };
}

/** To the IdP, which is not to answer from memory, and back to this page. @param {string} fresh */
export const signInAgain = (fresh) => location.assign(`${fresh}${location.pathname}`);
