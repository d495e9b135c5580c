// @ts-check
// The form of one item.
import { told } from './api.js';
import { button, make } from './dom.js';

/** @typedef {import('./items.js').Item} Item */

const LETTERS = ['abcdefghijkmnopqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!#%+-=?@_'];

/** 20 letters, at least one of each class. */
function generate() {
  const any = LETTERS.join('');
  for (;;) {
    // 252 is the largest multiple of 63 in a byte: the rest would make some letters likelier.
    const bytes = [...crypto.getRandomValues(new Uint8Array(64))].filter((byte) => byte < Math.floor(256 / any.length) * any.length).slice(0, 20);
    const text = bytes.map((byte) => any[byte % any.length]).join('');
    if (text.length === 20 && LETTERS.every((letters) => [...letters].some((letter) => text.includes(letter)))) return text;
  }
}

/**
 * @param {{
 *   place: HTMLElement, folders: { id: string, title: string }[], item: Item,
 *   save: (item: Item, asNew: boolean) => Promise<void>, cancel: () => void, fail: (error: unknown) => void,
 * }} options
 */
export function edit({ place, folders, item, save, cancel, fail }) {
  const input = (/** @type {keyof Item & string} */ name, /** @type {Partial<HTMLInputElement>} */ properties = {}) => make('input', { id: `edit-${name}`, name, value: String(item[name] ?? ''), autocomplete: 'off', spellcheck: false, maxLength: 1000, ...properties });
  const field = (/** @type {string} */ label, /** @type {HTMLElement} */ control, /** @type {Node[]} */ ...more) => make('div', { className: 'field' }, make('label', { for: control.id, textContent: label }), control, ...more);
  const title = input('title', { required: true });
  const username = input('username', { autocapitalize: 'none' });
  const password = input('password', { type: 'password', autocomplete: 'new-password' });
  const url = input('url', { inputMode: 'url' });
  const note = make('textarea', { id: 'edit-note', value: item.note ?? '', maxLength: 20_000 });
  const folder = make('select', { id: 'edit-folder' }, make('option', { value: '', textContent: 'None' }), ...folders.map((it) => make('option', { value: it.id, textContent: it.title })));
  folder.value = item.folder ?? '';
  const reveal = button('Show', () => {
    password.type = password.type === 'password' ? 'text' : 'password';
    reveal.textContent = password.type === 'password' ? 'Show' : 'Hide';
  });
  const generated = button('Generate', () => {
    password.value = generate();
    password.type = 'text';
    reveal.textContent = 'Hide';
  });
  const error = make('div', { className: 'stack tight', role: 'alert' });
  const submit = make('button', { className: 'primary', textContent: 'Save' });

  /** @param {boolean} asNew */
  async function send(asNew) {
    if (!form.reportValidity()) return;
    submit.disabled = true;
    submit.textContent = 'Saving';
    try {
      await save({ ...item, title: title.value.trim(), username: username.value, password: password.value, url: url.value.trim(), note: note.value, folder: folder.value || null }, asNew);
    } catch (refused) {
      const { code, message } = told(refused);
      if (code === 'session-over' || code === 'device-not-proven') return fail(refused);
      const texts = /** @type {Record<string, string>} */ ({ offline: 'The server cannot be reached. What you typed is still here: try again.', 'restricted-by-policy': 'Your organisation does not let you make items.' });
      error.replaceChildren(make('p', { className: 'error' }, make('span', { textContent: texts[code] ?? `${message} (${code})` })),
        ...(code === 'item-changed' ? [make('div', { className: 'row' }, button('Save yours as a new item', () => send(true)), button('Show the other one', cancel))] : []));
      submit.disabled = false;
      submit.textContent = 'Save';
    }
  }

  const form = make('form', { noValidate: false, onsubmit: (event) => { event.preventDefault(); void send(false); } },
    error,
    field('Title', title),
    field('Username', username),
    field('Password', password, make('div', { className: 'row' }, reveal, generated)),
    field('Website', url),
    field('Folder', folder),
    field('Note', note),
    make('div', { className: 'row' }, submit, button('Cancel', cancel)));
  place.replaceChildren(make('h2', { id: 'detail-title', textContent: item.title ? 'Edit item' : 'New item' }), form);
  place.hidden = false;
  title.focus();
}
