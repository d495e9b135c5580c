// @ts-check
// Making a recovery phrase: its words are shown once, and one of them is asked for.
import { toBase64, toBase64Url } from './api.js';
import { extractablePair } from './device.js';
import { button, make } from './dom.js';
import { hold, release } from './program.js';
import { sealTo } from './rotation.js';
import { common } from './words/common.js';
import { say } from './words/devices.js';

/**
 * @param {HTMLElement} place @param {Pick<import('./unlock.js').Opened, 'wasm' | 'vault' | 'sync' | 'state'>} opened
 * @param {(work: () => Promise<unknown>) => () => Promise<unknown>} attempt
 * @param {(done: boolean) => void} end once it is kept, or not wanted after all
 */
export function makePhrase(place, { wasm, vault, sync, state }, attempt, end) {
  const made = hold(wasm.PagePhrase.generate());
  const finish = (/** @type {boolean} */ done) => { release(made); end(done); };
  const all = made.words.split(' ');
  const asked = crypto.getRandomValues(new Uint8Array(1))[0] % 24;
  const input = make('input', { id: 'word', autocomplete: 'off', autocapitalize: 'none', spellcheck: false, required: true });
  const error = make('p', { className: 'error', role: 'alert' });
  const form = make('form', { className: 'stack tight', onsubmit: (event) => {
    event.preventDefault();
    if (input.value.trim().toLowerCase() !== all[asked]) { error.textContent = say.notWord(asked + 1); return; }
    void attempt(async () => {
      const pair = await extractablePair();
      let [locked, wrap] = ['', ''];
      await sync.devices('/vault/recovery/set', async () => {
        locked = toBase64(vault.lockUnder(made, pair.privateKey));
        wrap = toBase64(await sealTo(pair.publicKey, (once, shared) => vault.wrapForPhrase(pair.publicKey, once, shared)));
        return vault.listPhrase(pair.publicKey);
      }, (change) => ({ locked, encryption: toBase64(pair.publicKey), wrap, phrase: toBase64Url(made.proof(state.tenant, state.user)), change }));
      pair.privateKey.fill(0);
      finish(true);
    })();
  } }, make('div', { className: 'field' }, make('label', { for: 'word', textContent: say.typeWord(asked + 1) }), input, error),
  make('div', { className: 'row' }, make('button', { className: 'primary', textContent: say.onPaper }), button(common.cancel, () => finish(false))));
  place.replaceChildren(make('p', { textContent: say.writeDown }), make('ol', { id: 'words', className: 'words' }, ...all.map((word) => make('li', { textContent: word }))), form);
}
