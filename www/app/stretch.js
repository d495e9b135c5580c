// @ts-check
// What is sent in the place of a password: Argon2id, in a worker, with the salt of its e-mail. The password stays in the page.
import { ask, fromBase64, toBase64 } from './api.js';

const WORKER = new URL('./stretch-worker.js', import.meta.url).href;

/** The one address of a script that is made of text, which the page's policy lets through. */
function workerUrl() {
  const { trustedTypes } = /** @type {{ trustedTypes?: { createPolicy: (name: string, rules: { createScriptURL: (text: string) => string }) => { createScriptURL: (text: string) => string } } }} */ (/** @type {unknown} */ (globalThis));
  /** @param {string} text */
  const createScriptURL = (text) => {
    if (text !== WORKER) throw new TypeError('No other script is run beside this page.');
    return text;
  };
  return trustedTypes ? trustedTypes.createPolicy('keyward', { createScriptURL }).createScriptURL(WORKER) : WORKER;
}

/** @type {string | undefined} */
let url;

/** @param {string} password @param {string} typed the e-mail @returns {Promise<{ key: string, email: string }>} */
export async function stretch(password, typed) {
  const { salt, email } = await ask('/admin/sign-in/salt', { email: typed });
  url ??= workerUrl();
  const worker = new Worker(/** @type {string} */ (url), { type: 'module' });
  try {
    const key = await new Promise((resolve, reject) => {
      worker.onerror = () => reject(new Error('The password could not be stretched.'));
      worker.onmessage = ({ data }) => {
        if (data === 'ready') worker.postMessage({ password: password.normalize('NFKC'), salt: fromBase64(salt), email });
        else resolve(data);
      };
    });
    return { key: toBase64(key), email };
  } finally {
    worker.terminate();
  }
}
