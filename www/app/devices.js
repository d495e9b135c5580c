// @ts-check
// The page of a person's devices: who waits, who may open the vault, and its keys.
import { ask, fromBase64, Refused, toBase64, told } from './api.js';
import { attempting } from './attempt.js';
import { discard } from './device.js';
import { askName, button, element, make, question, toast } from './dom.js';
import { regrant } from './holding.js';
import { newKeys, sealTo } from './rotation.js';
import { run } from './unlock.js';
import { words } from './waiting.js';
import { say } from './words/devices.js';

/** @typedef {{ device: string, name: string, encryption: string, signing: string, at: number, until: number }} Waiting */
/** @typedef {{ this: string, waiting: Waiting[], devices: { id: string, at: number, used: number, blocked: boolean }[], phraseSince: number | null, mayApprove: boolean, mayHavePhrase: boolean }} Listed */

/** How often it looks who waits. */
const EVERY = 3000;

await run(({ wasm, vault, sync, state, device, account }, fail) => {
  const [waiting, list, keys] = ['waiting', 'devices', 'keys'].map(element);
  const ended = new AbortController();
  /** What is shown, so that it is drawn again only when it changes: of who waits, and of the rest. */
  let [asking, drawn] = ['', ''];

  const attempt = attempting(fail, { 'request-answered': say.answered, 'request-expired': say.answered });

  /** @param {Waiting} it @param {string} picked */
  async function letIn(it, picked) {
    const page = new wasm.PageDevice(it.device, it.name, fromBase64(it.encryption), fromBase64(it.signing));
    /** @type {{ wrap: Uint8Array, share: Uint8Array } | undefined} */
    let letting;
    await sync.devices('/vault/devices/approve', async () => {
      // The words are for the keys that were when they were picked.
      if (vault.phraseOf(page) !== picked) throw new Refused('request-expired', say.keysChanged);
      letting = await sealTo(fromBase64(it.encryption), (once, shared) => vault.letIn(page, once, shared));
      return vault.listDevice(page);
    }, (change) => ({ device: it.device, wrap: toBase64(letting?.wrap ?? new Uint8Array()), share: toBase64(letting?.share ?? new Uint8Array()), change }));
    toast(say.letIn);
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
      void attempt(() => (picked === right ? letIn(it, right) : deny(it, say.wrongWords)))();
    } },
    make('fieldset', {}, make('legend', {}, make('b', { textContent: it.name }), say.asks(it.at)),
      ...choices.map((choice, at) => make('label', { className: 'choice', for: `${name}-${at}` }, make('input', { type: 'radio', name, id: `${name}-${at}`, value: choice, required: true }), words(choice)))),
    make('p', { className: 'hint', textContent: say.noneOfThese }),
    make('div', { className: 'row' }, make('button', { className: 'primary', textContent: say.allow, disabled: !mayApprove }), button(say.deny, attempt(() => deny(it, say.denied)), 'danger')));
    return form;
  }

  /** @param {Listed} listed */
  function draw(listed) {
    /** @type {{ id: string, name: string }[]} */
    const named = JSON.parse(vault.devices);
    const asks = JSON.stringify([listed.waiting, listed.mayApprove, vault.sequence]);
    if (asks !== asking) {
      asking = asks;
      waiting.hidden = listed.waiting.length === 0;
      waiting.replaceChildren(make('h2', { id: 'waiting-title', textContent: say.waits }), ...listed.waiting.map((it) => request(it, listed.mayApprove)));
    }
    const now = JSON.stringify([listed, named, vault.sequence, vault.isMoving]);
    if (now === drawn) return;
    drawn = now;
    list.replaceChildren(...listed.devices.map((it) => {
      const name = named.find(({ id }) => id === it.id)?.name ?? say.unlisted;
      const isThis = it.id === listed.this;
      return make('li', {}, make('div', {}, make('b', { textContent: name }), isThis && make('span', { className: 'badge info', textContent: say.this }), it.blocked && make('span', { className: 'badge bad', textContent: say.blocked }),
        make('p', { className: 'hint', textContent: it.used ? say.used(it.used) : say.added(it.at) })),
      make('div', { className: 'row' }, button(say.rename, attempt(() => rename(it.id, name))),
        isThis && button(say.forget, attempt(forget), 'danger'), !isThis && button(it.blocked ? say.unblock : say.block, attempt(() => block(it.id, !it.blocked))), !isThis && button(say.remove, attempt(() => remove(it.id, name)), 'danger')));
    }));
    drawKeys(listed, named);
  }

  /** @param {Listed} listed @param {{ id: string, name: string }[]} named */
  function drawKeys(listed, named) {
    keys.replaceChildren(
      make('p', { textContent: vault.isMoving ? say.moving : say.whyKeys }),
      make('div', { className: 'row' }, make('button', { type: 'button', textContent: say.changeKeys, disabled: vault.isMoving, onclick: attempt(() => changeKeys(listed, named)) })));
  }
  /** @param {Listed} listed @param {{ id: string, name: string }[]} named */
  async function changeKeys(listed, named) {
    const blocked = new Set(listed.devices.filter((it) => it.blocked).map((it) => it.id));
    const [kept, out] = [named.filter(({ id }) => !blocked.has(id)), named.filter(({ id }) => blocked.has(id))];
    const names = (/** @type {{ name: string }[]} */ all) => all.map(({ name }) => name);
    const text = say.changeText(names(kept), names(out), Boolean(listed.phraseSince && listed.mayHavePhrase));
    if (!await question(say.changeTitle, text, say.changeKeys)) return;
    const isOurs = await sync.rotate(() => newKeys(vault, kept.map(({ id }) => id), listed.mayHavePhrase, (rotation) => regrant({ wasm, vault, state }, rotation)));
    await refresh();
    await sync.finish();
    await refresh();
    toast(isOurs ? say.changed : say.changedElsewhere);
  }
  /** After somebody is out: what they know is of use until keys change. */
  async function offerKeys() {
    const listed = await refresh();
    if (await question(say.alsoTitle, say.alsoText, say.goOn)) await changeKeys(listed, JSON.parse(vault.devices));
  }

  /** @param {string} id @param {string} before */
  async function rename(id, before) {
    if (await askName(say.renameTitle, say.rename, say.name, before, (name) => sync.devices('/vault/change', () => vault.renameDevice(id, name)))) await refresh();
  }
  /** @param {string} device @param {boolean} blocked */
  async function block(device, blocked) {
    await ask('/vault/devices/block', { device, blocked });
    await (blocked ? offerKeys() : refresh());
  }
  /** @param {string} device @param {string} name */
  async function remove(device, name) {
    if (!await question(say.removeTitle(name), say.out, say.remove)) return;
    await sync.devices('/vault/devices/remove', () => vault.unlistDevice(device), (change) => ({ device, change }));
    await offerKeys();
  }

  async function forget() {
    if (!await question(say.forgetTitle, say.out, say.forget)) return;
    try {
      await sync.devices('/vault/devices/forget', () => vault.unlistDevice(device.id), (change) => ({ change }));
    } catch (error) {
      if (told(error).code !== 'last-device') throw error;
      return toast(say.last);
    }
    ended.abort();
    await discard(account);
    location.assign('/?signed-out');
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
    if (document.visibilityState === 'visible' && !document.querySelector('dialog[open], #words')) await attempt(refresh)();
    setTimeout(look, EVERY);
  };
  void look();
  return {
    stop() {
      ended.abort();
      for (const place of [waiting, list, keys]) place.replaceChildren();
      document.querySelector('dialog[open]')?.remove();
    },
  };
});
