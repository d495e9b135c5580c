// @ts-check
// What is sent in the place of a password: Argon2id, in a worker, with the salt of its e-mail. The password stays in the page.
import { ask, fromBase64, Refused, toBase64 } from './api.js';
import { say } from './words/outside.js';

const WORKER = new URL('./stretch-worker.js', import.meta.url).href;

/** The one script's address that this page makes: its policy allows no other. */
function workerUrl() {
  const { trustedTypes } = /** @type {{ trustedTypes?: { createPolicy: (name: string, rules: { createScriptURL: (text: string) => string }) => { createScriptURL: (text: string) => string } } }} */ (/** @type {unknown} */ (globalThis));
  return trustedTypes ? trustedTypes.createPolicy('keyward', { createScriptURL: () => WORKER }).createScriptURL(WORKER) : WORKER;
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
      worker.onerror = () => reject(new Refused('not-stretched', say.notStretched));
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
