// @ts-check
// The recovery kit of an organisation's keys: a file that has them sealed, and 24 words that open it. With both they are held again.
import { ask, toBase64 } from './api.js';
import { importPrivate } from './device.js';
import { button, make, warning } from './dom.js';
import { PURPOSES } from './holding.js';
import { hold, release } from './program.js';
import { sealTo } from './rotation.js';
import { say } from './words/organisation.js';

/** @typedef {import('./organisation.js').Keys} Keys */
/** @typedef {import('./escrow.js').Tenant} Tenant */
/** @typedef {import('./unlock.js').Opened} Opened */
/** @typedef {(work: () => Promise<unknown>) => () => Promise<unknown>} Attempt */

/** A way to make a kit, and what there is of one. @param {Pick<Opened, 'wasm'>} opened @param {Keys} own @param {number} kitAt @param {Attempt} attempt @param {() => Promise<unknown>} done once it is kept */
export function offerKit({ wasm }, own, kitAt, attempt, done) {
  const place = make('div', { id: 'kit', className: 'stack tight' });
  const makeOne = button(kitAt ? say.makeAnotherKit : say.makeKit, attempt(async () => {
    await ask('/vault/organisation/kit', {});
    const phrase = wasm.PagePhrase.generate();
    const text = own.kit(phrase);
    const words = phrase.words.split(' ');
    release(phrase);
    const save = button(say.saveFile, () => {
      const link = make('a', { href: URL.createObjectURL(new Blob([text], { type: 'application/json' })), download: `keyward-recovery-kit-${own.tenant.sequence}.json` });
      link.click();
      URL.revokeObjectURL(link.href);
    }, 'primary');
    place.replaceChildren(make('p', { textContent: say.kitText }),
      make('ol', { id: 'kit-words', className: 'words' }, ...words.map((word) => make('li', { textContent: word }))),
      make('div', { className: 'row' }, save, button(say.print, () => window.print()), button(say.keptBoth, attempt(done))));
  }));
  place.append(make('div', { className: 'row' }, makeOne));
  return [kitAt ? make('p', { className: 'hint', textContent: say.kitMade(kitAt) })
    : warning(say.noKit), place];
}

/** A form for a kit. @param {Pick<Opened, 'wasm' | 'vault' | 'state'>} opened @param {Uint8Array<ArrayBuffer>[]} chain @param {Tenant} tenant @param {Attempt} attempt @param {() => Promise<unknown>} done */
export function kitForm({ wasm, vault, state }, chain, tenant, attempt, done) {
  const file = make('input', { id: 'kit-file', type: 'file', accept: 'application/json,.json', required: true });
  const typed = make('textarea', { id: 'kit-phrase', autocomplete: 'off', spellcheck: false, required: true });
  const work = attempt(async () => {
    // Who reads it refuses a longer one.
    const kit = new Uint8Array(await /** @type {File} */ (file.files?.[0]).slice(0, 10_001).arrayBuffer());
    const phrase = hold(wasm.PagePhrase.parse(typed.value));
    const its = hold(wasm.PageKeys.at(chain, tenant.sequence, tenant));
    try {
      its.openKit(kit, phrase);
      for (const purpose of ['approval', 'transfer']) await importPrivate(its.privateKey(purpose), its.tenant.publicKey(purpose));
      const proof = toBase64(its.prove([location.origin, state.tenant, state.user, state.session].join('\n')));
      const grants = [];
      for (const purpose of PURPOSES) {
        const wrap = await sealTo(vault.encryption, (once, shared) => its.grant(purpose, vault.ownAccount, vault, once, shared));
        grants.push({ admin: state.user, account: vault.sequence, sequence: tenant.sequence, purpose, wrap: toBase64(wrap) });
      }
      await ask('/vault/organisation/regain', { proof, grants });
    } finally {
      release(phrase, its);
    }
    typed.value = '';
    await done();
  });
  return make('details', { id: 'use-kit' }, make('summary', { textContent: say.useKit }), make('form', { className: 'stack tight', onsubmit: (event) => { event.preventDefault(); void work(); } },
    make('p', { textContent: say.useKitText }),
    make('div', { className: 'field' }, make('label', { for: 'kit-file', textContent: say.kitFile }), file),
    make('div', { className: 'field' }, make('label', { for: 'kit-phrase', textContent: say.kitWords }), typed),
    make('div', { className: 'row' }, make('button', { textContent: say.bringBack }))));
}
