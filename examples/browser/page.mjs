// @ts-check
// Verifies a response in the page itself: the same engine, from the same files, as in Node. The package's folder is served
// beside this one, as it is; the page's content security policy needs 'wasm-unsafe-eval' and nothing looser.
//
// What a page verifies is for its reader only. A service has to verify what it is given by itself.
import { KeywardError, verifyResponse } from './keyward/index.js';

const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
const output = /** @type {HTMLOutputElement} */ (document.querySelector('output'));

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = (/** @type {string} */ name) => String(new FormData(form).get(name)).trim();
  const response = field('response');
  try {
    const person = await verifyResponse({
      response,
      encoding: response.startsWith('<') ? 'xml' : 'base64',
      now: Date.now(),
      idp: { entityId: field('issuer'), certificates: [field('certificate')] },
      sp: { entityId: field('audience'), acsUrl: field('acs') },
      request: field('request') ? { id: field('request') } : null,
      policy: { allowUnsolicited: true },
    });
    show('Accepted', person.nameId?.value ?? 'There is no NameID.', JSON.stringify(person, null, 2));
  } catch (error) {
    if (!(error instanceof KeywardError)) throw error;
    show('Refused', error.message, error.code);
  }
});

/** @param {string} verdict @param {string} sentence @param {string} detail */
function show(verdict, sentence, detail) {
  const parts = Object.entries({ h2: verdict, p: sentence, pre: detail });
  output.replaceChildren(...parts.map(([name, text]) => Object.assign(document.createElement(name), { textContent: text })));
}

// The engine is compiled by now: what is imported above waits for it.
/** @type {HTMLButtonElement} */ (form.querySelector('button')).disabled = false;
