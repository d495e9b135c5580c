// @ts-check
// A browser that has no key of the vault: it shows words, and waits until another one lets it in; or it takes the recovery phrase.
import { ask, fromBase64, Refused, signInAgain, toBase64, toBase64Url, told } from './api.js';
import { agree, beginAnew, importPair, importPublic, keep, load, make as makeDevice, publicOctets, recall, remember } from './device.js';
import { button, element, make, question } from './dom.js';
import { hold, release } from './program.js';
import { sealTo } from './rotation.js';
import { common } from './words/common.js';
import { opening, waiting as say } from './words/vault.js';

/** @typedef {import('./device.js').Device} Device */
/** @typedef {import('./unlock.js').Wasm} Wasm */
/** @typedef {import('./unlock.js').State} State */

/** How often it asks whether it is let in. */
const EVERY = 2000;
/** The devices that the server said were let in, while this page is there. @type {Set<string>} */
const letIn = new Set();

/** Words that people compare, one by one. @param {string} phrase */
export const words = (phrase) => make('span', { className: 'phrase' }, ...phrase.split(' ').map((word) => make('span', { textContent: word })));

/** A device that remembers the account that its words are for. @param {Wasm} wasm @param {State} state @param {string} account @param {boolean} isNew */
async function asking(wasm, state, account, isNew) {
  const before = await load(account);
  if (before?.isAsking && !isNew) return before;
  const known = before?.hasOpened ? await recall(before) : undefined;
  const device = await remember(await makeDevice(), wasm.waitingMemory(state.chain.map(fromBase64), state.tenant, state.user, known));
  const asked = { ...device, isAsking: true, hasOpened: before?.hasOpened ?? false, hasAgreed: before?.hasAgreed };
  await keep(account, asked);
  return asked;
}

/**
 * Ends once this browser has what opens the vault.
 * @param {Wasm} wasm @param {State} state @param {(state: State, device: Device) => Promise<string>} proof
 * @param {(state: string, title: string, text: string, steps?: string[]) => void} show
 */
export async function wait(wasm, state, proof, show) {
  const account = `${state.tenant}/${state.user}`;
  if (state.chain.length === 0) throw new Refused('vault-missing', opening.vaultGone);
  const place = element('status');
  const own = make('div', { className: 'stack tight' });
  const ended = new AbortController();
  try {
    for (let isNew = false; ; isNew = true) {
      let device = await asking(wasm, state, account, isNew);
      const describe = async () => ({ device: device.id, name: device.name, encryption: toBase64(await publicOctets(device.encryption.publicKey)), signing: toBase64(await publicOctets(device.signing.publicKey)), proof: await proof(state, device) });
      /** @type {number} */
      let until;
      try {
        ({ until } = await ask('/vault/devices/ask', await describe()));
      } catch (error) {
        if (told(error).code === 'request-expired' && !isNew) continue;
        if (told(error).code !== 'too-many-requests') throw error;
        until = 0;
      }
      const memory = await recall(device);
      if (!memory) continue;
      const page = new wasm.PageDevice(device.id, device.name, await publicOctets(device.encryption.publicKey), await publicOctets(device.signing.publicKey));
      const phrase = wasm.waitingPhrase(page, memory);
      if (until === 0) show('waiting-over', say.tooMany, say.tooManyText);
      else show('waiting', say.letIn, say.letInText);
      /** Whether it was let in, rather than told to ask again. */
      const isIn = await new Promise((resolve, reject) => {
        const again = button(say.askAgain, () => resolve(false), 'primary');
        again.hidden = until !== 0;
        const [recovery, admin] = [make('div', { className: 'stack tight' }), make('div', { className: 'stack tight', id: 'ask-admin' })];
        own.replaceChildren(...(until === 0 ? [] : [make('p', { id: 'phrase' }, words(phrase))]), make('div', { className: 'row' }, again), recovery, admin);
        /** What is shown of admins, so that it is drawn again only when it changes. */
        let drawn = '';
        const askAdmin = async (/** @type {boolean} */ fresh) => {
          try {
            // Kept first: no answer of the server makes this browser begin another vault but one to its person's own question.
            device = { ...device, wantsFresh: fresh };
            await keep(account, device);
            ({ until } = await ask('/vault/devices/ask-admin', { ...await describe(), fresh }));
          } catch (refused) {
            const { code, message } = told(refused);
            admin.append(make('p', { className: 'error', role: 'alert', textContent: code === 'too-many-requests' ? say.tooManyAdmins : common.withCode(message, code) }));
          }
        };
        place.append(own);
        let [offered, hasFormer] = [false, false];
        const look = async () => {
          try {
            const listed = await ask('/vault/devices/list');
            const { approved, hasPhrase, sequence } = listed;
            // Its keys were cleared away, and the session is still in what it was.
            if (listed.this && listed.this !== device.id) throw new Refused('device-cleared', say.cleared);
            // A proven session is told of all devices: another tab was faster.
            const isLetIn = listed.this === device.id || approved.includes(device.id);
            // It was sent here again though it is in. Asking on would never end.
            if (isLetIn && letIn.has(device.id)) throw new Refused('device-contradicted', say.contradicted);
            const asked = (listed.admin ?? []).find((/** @type {{ device: string }} */ it) => it.device === device.id);
            if (isLetIn) {
              letIn.add(device.id);
              // Begin anew: nothing of the old vault is in this browser.
              if (asked?.fresh && device.wantsFresh) await beginAnew(account, device);
              return resolve(true);
            }
            if (sequence !== state.chain.length) {
              // The keys were changed, and the words are for those before: ask anew.
              state = await ask('/vault/keys');
              return resolve(false);
            }
            const now = JSON.stringify([asked, listed.mayAskAdmins, listed.hasEscrow]);
            if (now !== drawn && until !== 0) {
              drawn = now;
              if (asked) until = Math.max(until, asked.until);
              admin.replaceChildren(...admins(listed, asked, askAdmin));
            }
            hasFormer = listed.hasFormerPhrase;
            if ((hasPhrase || hasFormer) && !offered) {
              offered = true;
              recovery.append(offer(wasm, state, describe, device, async (kept) => { device = kept; resolve(true); }, account, () => hasFormer));
            }
          } catch (error) {
            if (!['offline', 'server-failed'].includes(told(error).code)) return reject(error);
          }
          if (Date.now() >= until && again.hidden) {
            show('waiting-over', say.over, say.overText);
            admin.replaceChildren();
            element('phrase')?.remove();
            again.hidden = false;
          }
          if (!ended.signal.aborted) setTimeout(look, EVERY);
        };
        void look();
      });
      if (isIn) return;
    }
  } finally {
    ended.abort();
    own.remove();
  }
}

/** What an admin can do for this browser. @param {{ mayAskAdmins: boolean, hasEscrow: boolean }} listed @param {{ until: number, fresh: boolean } | undefined} asked @param {(fresh: boolean) => void} askAdmin */
function admins({ mayAskAdmins, hasEscrow }, asked, askAdmin) {
  const lost = make('details', { open: asked?.fresh ?? false }, make('summary', { textContent: say.nothingElse }),
    make('p', { textContent: hasEscrow ? say.adminCan : say.nobodyCan }),
    mayAskAdmins && !asked?.fresh && make('p', { textContent: say.freshText }),
    mayAskAdmins && !asked?.fresh && button(say.askFresh, () => askAdmin(true), 'danger'));
  const told = asked && make('p', { role: 'status', textContent: say.asked(asked.fresh, asked.until) });
  return [told, mayAskAdmins && hasEscrow && (!asked || asked.fresh) && button(say.askAdmin, () => askAdmin(false)), lost].filter((it) => it !== undefined && it !== false);
}

/**
 * The form for the recovery phrase.
 * @param {Wasm} wasm @param {State} state @param {() => Promise<Record<string, unknown>>} describe @param {Device} device
 * @param {(device: Device) => Promise<void>} done @param {string} account @param {() => boolean} hasFormer whether a vault that was put aside has a phrase
 */
function offer(wasm, state, describe, device, done, account, hasFormer) {
  const field = make('textarea', { id: 'recovery', autocomplete: 'off', spellcheck: false, required: true });
  const error = make('p', { className: 'error', role: 'alert' });
  const submit = make('button', { textContent: say.usePhrase });
  const form = make('form', { className: 'stack tight', onsubmit: async (event) => {
    event.preventDefault();
    submit.disabled = true;
    error.textContent = '';
    /** @type {import('./unlock.js').Phrase | undefined} */
    let phrase;
    try {
      phrase = hold(wasm.PagePhrase.parse(field.value));
      const shown = toBase64Url(phrase.proof(state.tenant, state.user));
      // A browser that has opened the vault goes on from what it remembers, and not from what the server would like it to.
      let before = device.hasOpened ? await recall(device) : undefined;
      const given = await ask('/vault/recovery/open', { phrase: shown }).catch(async (refused) => {
        // It may be of the vault that another took the place of: that one comes back, if its person wants it.
        if (told(refused).code !== 'phrase-wrong' || !hasFormer() || !await question(say.bringBackTitle, say.bringBackText, say.bringItBack)) throw refused;
        await ask('/vault/former/return', { phrase: shown });
        before = undefined;
        return ask('/vault/recovery/open', { phrase: shown });
      });
      if (!given.keys) throw new Refused('item-left-out', opening.keysLeftOut);
      const pair = fromBase64(given.encryption);
      const recovery = new wasm.Recovery(phrase, state.tenant, state.user, given.chain.map(fromBase64), given.since, fromBase64(given.locked), pair, fromBase64(given.wrap), before);
      const { sequence, private: secret } = recovery;
      const agreed = await agree(await importPair(pair, secret), await importPublic(recovery.ephemeral));
      secret.fill(0);
      const own = await publicOctets(device.encryption.publicKey);
      const page = new wasm.PageDevice(device.id, device.name, own, await publicOctets(device.signing.publicKey));
      const recovered = await sealTo(own, (once, shared) => recovery.open(agreed, fromBase64(given.keys.sealed), BigInt(given.keys.revision), page, once, shared));
      agreed.fill(0);
      await ask('/vault/recovery/use', { ...await describe(), phrase: shown, sequence, wrap: toBase64(recovered.wrap), share: toBase64(recovered.share) });
      const kept = await remember(device, recovered.memory);
      await keep(account, kept);
      field.value = '';
      await done(kept);
    } catch (refused) {
      const { code, message } = told(refused);
      if (code === 'sign-in-again') return void signInAgain(state.fresh);
      error.textContent = code === 'phrase-wrong' ? say.wrongPhrase : code === 'vault-changed' ? say.keysChanged : code === 'offline' ? say.tryAgain : common.withCode(message, code);
      submit.disabled = false;
    } finally {
      if (phrase) release(phrase);
    }
  } }, make('label', { for: 'recovery', textContent: say.typePhrase }), field, error, make('div', { className: 'row' }, submit));
  return form;
}
