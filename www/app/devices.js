// @ts-check
// The page of a person's devices: who waits, who may open the vault, and the recovery phrase.
import { ask, fromBase64, Refused, toBase64, told } from './api.js';
import { discard } from './device.js';
import { button, element, make, question, toast } from './dom.js';
import { makePhrase } from './phrase.js';
import { newKeys, sealTo } from './rotation.js';
import { run } from './unlock.js';
import { words } from './waiting.js';

/** @typedef {{ device: string, name: string, encryption: string, signing: string, at: number, until: number }} Waiting */
/** @typedef {{ this: string, waiting: Waiting[], devices: { id: string, at: number, used: number, blocked: boolean }[], phraseSince: number | null, mayApprove: boolean, mayHavePhrase: boolean }} Listed */

/** How often it looks who waits. */
const EVERY = 3000;
const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

await run(({ wasm, vault, sync, state, device, account }, fail) => {
  const [waiting, list, phrase, keys] = ['waiting', 'devices', 'phrase', 'keys'].map(element);
  const ended = new AbortController();
  /** What is shown of who waits, so that it is drawn again only when it changes. */
  let drawn = '';

  /** @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().catch((error) => {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') fail(error);
    else if (code !== 'vault-locked') toast(code === 'offline' ? 'The server cannot be reached. Nothing was changed.' : code === 'request-answered' || code === 'request-expired' ? 'It is answered already, or too old.' : `${message} (${code})`);
  });

  /** @param {Waiting} it @param {string} picked */
  async function letIn(it, picked) {
    const page = new wasm.PageDevice(it.device, it.name, fromBase64(it.encryption), fromBase64(it.signing));
    /** @type {{ wrap: Uint8Array, share: Uint8Array } | undefined} */
    let letting;
    await sync.devices('/vault/devices/approve', async () => {
      // The words are for the keys that were when they were picked.
      if (vault.phraseOf(page) !== picked) throw new Refused('request-expired', 'The keys of your vault were changed meanwhile.');
      letting = await sealTo(fromBase64(it.encryption), (once, shared) => vault.letIn(page, once, shared));
      return vault.listDevice(page);
    }, (change) => ({ device: it.device, wrap: toBase64(letting?.wrap ?? new Uint8Array()), share: toBase64(letting?.share ?? new Uint8Array()), change }));
    toast('It is let in.');
    await refresh();
  }
  /** @param {Waiting} it @param {string} said */
  async function deny(it, said) {
    await ask('/vault/devices/deny', { device: it.device });
    toast(said);
    await refresh();
  }

  /** @param {Waiting} it @param {boolean} mayApprove */
  function request(it, mayApprove) {
    const right = vault.phraseOf(new wasm.PageDevice(it.device, it.name, fromBase64(it.encryption), fromBase64(it.signing)));
    const choices = [right, wasm.decoyPhrase(), wasm.decoyPhrase()].sort();
    const name = `phrase-${it.device}`;
    const form = make('form', { className: 'stack tight', onsubmit: (event) => {
      event.preventDefault();
      const picked = new FormData(form).get(name);
      // Somebody who picks at random must not let anybody in at the second try.
      void attempt(() => (picked === right ? letIn(it, right) : deny(it, 'Those are not its words, so it was not let in. Ask again there, and compare.')))();
    } },
    make('fieldset', {}, make('legend', {}, make('b', { textContent: it.name }), ` asked at ${time.format(it.at)}. Which words does its screen show?`),
      ...choices.map((choice, at) => make('label', { className: 'choice', for: `${name}-${at}` }, make('input', { type: 'radio', name, id: `${name}-${at}`, value: choice, required: true }), words(choice)))),
    make('p', { className: 'hint', textContent: 'If none of these is what you see there, or you did not ask, deny it: it is somebody else.' }),
    make('div', { className: 'row' }, make('button', { className: 'primary', textContent: 'Let in', disabled: !mayApprove }), button('Deny', attempt(() => deny(it, 'Denied.')), 'danger')));
    return form;
  }

  /** @param {Listed} listed */
  function draw(listed) {
    /** @type {{ id: string, name: string }[]} */
    const named = JSON.parse(vault.devices);
    const now = JSON.stringify([listed.waiting.map((it) => it.device), listed.devices, listed.phraseSince, named, vault.sequence, vault.isMoving]);
    if (now === drawn) return;
    drawn = now;
    waiting.hidden = listed.waiting.length === 0;
    waiting.replaceChildren(make('h2', { id: 'waiting-title', textContent: 'A browser waits to be let in' }), ...listed.waiting.map((it) => request(it, listed.mayApprove)));
    list.replaceChildren(...listed.devices.map((it) => {
      const name = named.find(({ id }) => id === it.id)?.name ?? 'Not in your list';
      const isThis = it.id === listed.this;
      return make('li', {}, make('div', {}, make('b', { textContent: name }), isThis && make('span', { className: 'badge info', textContent: 'This browser' }), it.blocked && make('span', { className: 'badge bad', textContent: 'Blocked' }),
        make('p', { className: 'hint', textContent: it.used ? `Last used ${time.format(it.used)}` : `Let in ${time.format(it.at)}` })),
      make('div', { className: 'row' }, button('Rename', attempt(() => rename(it.id, name))),
        isThis && button('Sign out and forget', attempt(forget), 'danger'), !isThis && button(it.blocked ? 'Unblock' : 'Block', attempt(() => block(it.id, !it.blocked))), !isThis && button('Remove', attempt(() => remove(it.id, name)), 'danger')));
    }));
    drawPhrase(listed);
    drawKeys(listed, named);
  }

  /** @param {Listed} listed @param {{ id: string, name: string }[]} named */
  function drawKeys(listed, named) {
    keys.replaceChildren(
      make('p', { textContent: vault.isMoving ? 'Your vault has new keys, and what is in it is being put under them. You can go on meanwhile.' : 'A browser that you removed or blocked has known the key of your vault. With new keys, what it knew opens nothing that you save from now on.' }),
      make('div', { className: 'row' }, make('button', { type: 'button', textContent: 'Change the keys', disabled: vault.isMoving, onclick: attempt(() => changeKeys(listed, named)) })));
  }
  /** @param {Listed} listed @param {{ id: string, name: string }[]} named */
  async function changeKeys(listed, named) {
    const blocked = new Set(listed.devices.filter((it) => it.blocked).map((it) => it.id));
    const [kept, out] = [named.filter(({ id }) => !blocked.has(id)), named.filter(({ id }) => blocked.has(id))];
    const names = (/** @type {{ name: string }[]} */ all) => all.map(({ name }) => `“${name}”`).join(', ');
    const text = `These browsers get the new keys: ${names(kept)}.${out.length > 0 ? ` Those that are blocked are removed: ${names(out)}.` : ''}${listed.phraseSince && listed.mayHavePhrase ? ' Your recovery phrase goes on working.' : ''}`;
    if (!await question('Change your vault’s keys?', text, 'Change the keys')) return;
    const isOurs = await sync.rotate(() => newKeys(vault, kept.map(({ id }) => id), listed.mayHavePhrase));
    await refresh();
    await sync.finish();
    await refresh();
    toast(isOurs ? 'Your vault has new keys.' : 'Its keys were changed in another browser just now.');
  }
  /** After somebody is out: what they know is of use until keys change. */
  async function offerKeys() {
    const listed = await refresh();
    if (await question('Change your vault’s keys too?', 'That browser has known the key of your vault. If somebody else may have it, change the keys.', 'Go on')) await changeKeys(listed, JSON.parse(vault.devices));
  }

  /** @param {string} id @param {string} before */
  async function rename(id, before) {
    const name = await question('Rename this browser', '', 'Rename', 'Name', before);
    if (!name) return;
    await sync.devices('/vault/change', () => vault.renameDevice(id, name));
    await refresh();
  }
  /** @param {string} device @param {boolean} blocked */
  async function block(device, blocked) {
    await ask('/vault/devices/block', { device, blocked });
    await (blocked ? offerKeys() : refresh());
  }
  /** @param {string} device @param {string} name */
  async function remove(device, name) {
    if (!await question(`Remove ${name}?`, 'It cannot open your vault any more, and has to be let in anew.', 'Remove')) return;
    await sync.devices('/vault/devices/remove', () => vault.unlistDevice(device), (change) => ({ device, change }));
    await offerKeys();
  }

  async function forget() {
    if (!await question('Sign out and forget this browser?', 'It cannot open your vault any more, and has to be let in anew.', 'Sign out and forget')) return;
    try {
      await sync.devices('/vault/devices/forget', () => vault.unlistDevice(device.id), (change) => ({ change }));
    } catch (error) {
      if (told(error).code !== 'last-device') throw error;
      return toast('This is the only browser that opens your vault. Make a recovery phrase first.');
    }
    ended.abort();
    await discard(account);
    location.assign('/?signed-out');
  }

  /** @param {Listed} listed */
  function drawPhrase(listed) {
    if (!listed.mayHavePhrase) return phrase.replaceChildren(make('p', { textContent: 'Your organisation does not let you have one.' }));
    phrase.replaceChildren(
      make('p', { textContent: listed.phraseSince ? `You made one on ${time.format(listed.phraseSince)}. A new one takes its place.` : 'If you lose every browser, 24 words on paper open your vault. Nobody else can: not your organisation, and not this server.' }),
      make('div', { className: 'row' }, button(listed.phraseSince ? 'Make a new phrase' : 'Make a phrase', () => makePhrase(phrase, { wasm, vault, sync, state }, attempt, (done) => { if (done) toast('Your phrase works from now on.'); drawn = ''; void attempt(refresh)(); }))));
  }
  async function refresh() {
    await sync.sync();
    /** @type {Listed} */
    const listed = await ask('/vault/devices/list');
    if (!ended.signal.aborted) draw(listed);
    return listed;
  }
  const look = async () => {
    if (ended.signal.aborted) return;
    if (document.visibilityState === 'visible' && !document.querySelector('dialog, #words')) await attempt(refresh)();
    setTimeout(look, EVERY);
  };
  void look();
  return {
    stop() {
      ended.abort();
      for (const place of [waiting, list, phrase, keys]) place.replaceChildren();
      document.querySelector('dialog')?.remove();
    },
  };
});
