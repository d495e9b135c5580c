// @ts-check
// What of second factors and of the onboarding needs a script: authenticators, keeping backup codes, and the extension's
// answer. The forms are the server's; this fills them in.
import { ask, fromBase64 } from './api.js';
import { fromBase64Url, listed, octets, show, words } from './passkey.js';
import { say } from './words/factors.js';

/** @typedef {{ challenge: string, rp: string, known: string[], timeout: number, user: string, name: string, display: string, algorithms: number[] }} Options */

/** @param {Options} options @returns {Promise<Record<string, string>>} */
async function register(options) {
  const credential = /** @type {PublicKeyCredential} */ (await navigator.credentials.create({
    publicKey: {
      challenge: fromBase64Url(options.challenge), timeout: options.timeout, attestation: 'none',
      rp: { id: options.rp, name: 'Keyward' },
      user: { id: fromBase64(options.user), name: options.name, displayName: options.display },
      pubKeyCredParams: options.algorithms.map((alg) => ({ type: 'public-key', alg })),
      excludeCredentials: listed(options.known),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    },
  }));
  const response = /** @type {AuthenticatorAttestationResponse} */ (credential.response);
  return { 'client-data': octets(response.clientDataJSON), attestation: octets(response.attestationObject) };
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll('form[data-ceremony]'))) {
  const said = /** @type {HTMLElement} */ (form.querySelector('[data-said]'));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
  form.querySelector('[data-late]')?.remove();
  if (!window.PublicKeyCredential) {
    said.textContent = say.noPasskeys;
    continue;
  }
  button.disabled = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    said.textContent = say.follow;
    try {
      const { ceremony = '' } = form.dataset;
      const options = await ask('/two-factor/challenge', { ceremony });
      const answer = await (ceremony === 'register' ? register(options) : show(options, 'preferred'));
      for (const [name, value] of Object.entries(answer)) {
        form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
      }
      // One box serves both ways, where there are two.
      const remember = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name=remember]'));
      if (remember?.checked && remember.form !== form) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'remember', value: 'yes' }));
      form.submit();
    } catch (error) {
      said.textContent = words(error);
      button.disabled = false;
    }
  });
}

/** @param {string} id */
const textOf = (id) => {
  const place = document.getElementById(id);
  const lines = [...(place?.querySelectorAll('li') ?? [])].map((line) => line.textContent?.trim() ?? '');
  return lines.length > 0 ? `${lines.join('\n')}\n` : (place?.textContent ?? '').replaceAll(' ', '');
};
for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('[data-copy]'))) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const its = button.dataset.copy ?? '';
    const isCopied = await navigator.clipboard.writeText(textOf(its)).then(() => true, () => false);
    if (isCopied) button.textContent = say.copied;
    // Where the browser does not let it, it is selected, to be copied as people know how.
    else getSelection()?.selectAllChildren(/** @type {HTMLElement} */ (document.getElementById(its)));
  });
}
const keep = /** @type {HTMLElement | null} */ (document.querySelector('[data-keep]'));
if (keep) {
  keep.hidden = false;
  keep.querySelector('[data-print]')?.addEventListener('click', () => window.print());
  keep.querySelector('[data-download]')?.addEventListener('click', () => {
    const url = URL.createObjectURL(new Blob([`${say.codes(location.host)}\n\n${textOf('codes')}`], { type: 'text/plain' }));
    const link = Object.assign(document.createElement('a'), { href: url, download: 'keyward-backup-codes.txt' });
    link.click();
    URL.revokeObjectURL(url);
  });
}

// docs/extension.md: the page asks, and an extension that is there answers.
const extension = /** @type {HTMLElement | null} */ (document.getElementById('extension'));
if (extension) {
  const nonce = crypto.randomUUID();
  window.addEventListener('message', ({ source, origin, data }) => {
    if (source !== window || origin !== location.origin) return;
    if (data?.type !== 'keyward-extension' || data.nonce !== nonce || typeof data.version !== 'string') return;
    extension.dataset.state = 'installed';
    const said = /** @type {HTMLElement} */ (extension.querySelector('[data-extension]'));
    said.textContent = say.installed(data.version.slice(0, 20));
    const button = extension.querySelector('button[name=progress]');
    if (button) button.textContent = say.goOn;
  });
  const look = () => window.postMessage({ type: 'keyward-page', nonce }, location.origin);
  look();
  // It may be installed while this page is open.
  const looking = setInterval(() => (extension.dataset.state === 'installed' ? clearInterval(looking) : look()), 1000);
}
