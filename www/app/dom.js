// @ts-check
// Making elements, without ever making markup of text.
import { told } from './api.js';
import { common } from './words/common.js';

/** @param {string} id */
export const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Partial<HTMLElementTagNameMap[T]> & { for?: string, aria?: Record<string, string> }} [properties] @param {...(Node | string | undefined | null | false)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, { for: its, aria = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (its) made.setAttribute('for', its);
  for (const [name, value] of Object.entries(aria)) made.setAttribute(`aria-${name}`, value);
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

/** @param {string} text @param {(event: Event) => unknown} act @param {string} [className] */
export const button = (text, act, className = '') => make('button', { type: 'button', textContent: text, className, onclick: act });

export const warning = (/** @type {string} */ text) => make('div', { className: 'banner warn' }, make('p', { textContent: text }));

/** For a browser's password manager: a form with a password says whose. @param {string} name */
export const whose = (name) => make('input', { type: 'text', autocomplete: 'username', value: name, hidden: true });

/** Asks one thing in a dialog; `undefined` where the person went back. @param {string} title @param {string} text @param {string} yes @param {string} [label] a field to fill in @param {string} [value] @param {string} [className] of the text @returns {Promise<string | undefined>} */
export function question(title, text, yes, label, value = '', className = '') {
  const input = label ? make('input', { id: 'answer', value, required: true, maxLength: 100, autocomplete: 'off' }) : undefined;
  /** @type {HTMLDialogElement} */
  let dialog;
  const form = make('form', { method: 'dialog' }, make('h2', { id: 'question', textContent: title }), text && make('p', { id: 'question-text', className, textContent: text }),
    input && make('div', { className: 'field' }, make('label', { for: 'answer', textContent: label }), input),
    make('div', { className: 'row' }, make('button', { className: 'primary', value: 'yes', textContent: yes }), button(common.cancel, () => dialog.close())));
  dialog = make('dialog', { aria: { labelledby: 'question', ...(text ? { describedby: 'question-text' } : {}) } }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    // Closing gives the focus back by itself and at once; this comes later, when the focus may be elsewhere.
    dialog.onclose = () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes' ? (input ? input.value.trim() : 'yes') : undefined);
    };
  });
}

/** Asks for a name until it is kept: where it is not, the dialog says why and has what was typed. @param {string} title @param {string} yes @param {string} label @param {string} value @param {(name: string) => Promise<unknown>} keep @returns {Promise<boolean>} */
export async function askName(title, yes, label, value, keep) {
  let [text, typed] = ['', value];
  for (;;) {
    const name = await question(title, text, yes, label, typed, 'error');
    if (!name) return false;
    try {
      await keep(name);
      return true;
    } catch (error) {
      const { code, message } = told(error);
      // These end the visit.
      if (['session-over', 'device-not-proven', 'vault-locked'].includes(code)) throw error;
      [text, typed] = [code === 'offline' ? common.nothingChanged : common.withCode(message, code), name];
    }
  }
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let ending;
/** Says that something was done, for a while; with a way back where there is one. @param {string} text @param {() => void} [undo] */
export function toast(text, undo) {
  clearTimeout(ending);
  const place = element('toast');
  const end = () => place.replaceChildren();
  place.replaceChildren(make('p', {}, make('span', { textContent: text }), undo ? button(common.undo, () => { end(); undo(); }, 'bare') : undefined));
  ending = setTimeout(end, undo ? 10_000 : 4_000);
}
