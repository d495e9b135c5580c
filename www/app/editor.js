// @ts-check
// The form of one item.
import { told } from './api.js';
import { button, make } from './dom.js';
import { STRENGTHS, loadStrength } from './strength.js';

/** @typedef {import('./items.js').Item} Item */
/** @typedef {import('./items.js').Type} Type */
/** @typedef {'username' | 'password' | 'url' | 'totp' | 'holder' | 'number' | 'expires' | 'code' | 'name' | 'email' | 'phone' | 'company' | 'address'} Member */

/** What each kind of item has: the member, what it is called, how it is shown. @type {Record<Type, [member: Member, label: string, kind: 'text' | 'secret' | 'url' | 'code' | 'lines'][]>} */
export const FORMS = {
  login: [['username', 'Username', 'text'], ['password', 'Password', 'secret'], ['totp', 'One-time code', 'code'], ['url', 'Website', 'url']],
  note: [],
  card: [['holder', 'Name on card', 'text'], ['number', 'Card number', 'secret'], ['expires', 'Expiry', 'text'], ['code', 'Security code', 'secret']],
  identity: [['name', 'Name', 'text'], ['email', 'E-mail', 'text'], ['phone', 'Phone', 'text'], ['company', 'Company', 'text'], ['address', 'Address', 'lines']],
};
const HISTORY = 20;
const FIELDS = 200;

/** A secret as people read it out: digits and signs stand out. @param {string} text @returns {(Node | string)[]} */
export const secretText = (text) => (text.length > 200 ? [text] : [...text].map((letter) => (/\d/.test(letter) ? make('i', { className: 'digit', textContent: letter }) : /[\p{L}\s]/u.test(letter) ? letter : make('i', { className: 'sign', textContent: letter }))));

/**
 * @param {{
 *   place: HTMLElement, folders: { id: string, title: string }[], item: Item, rules: import('./items.js').Rules, tools: import('./items.js').Tools,
 *   save: (item: Item, asNew: boolean) => Promise<void>, cancel: () => void, fail: (error: unknown) => void,
 * }} options
 */
export function edit({ place, folders, item, rules, tools, save, cancel, fail }) {
  const isNew = item.title === '';
  const masked = rules.maskWhileEditing;
  /** @param {string} label @param {HTMLElement} control @param {(Node | string | undefined)[]} more */
  const field = (label, control, ...more) => make('div', { className: 'field' }, make('label', { for: control.id, textContent: label }), control, ...more.filter((node) => node !== undefined));
  /** @param {string} name @param {string} value @param {Partial<HTMLInputElement>} [properties] */
  const input = (name, value, properties = {}) => make('input', { id: `edit-${name}`, name, value, autocomplete: 'off', spellcheck: false, maxLength: 5000, ...properties });
  const title = input('title', item.title, { required: true, maxLength: 1000 });
  const note = make('textarea', { id: 'edit-note', value: item.note ?? '', maxLength: 90_000 });
  const folder = make('select', { id: 'edit-folder' }, make('option', { value: '', textContent: 'None' }), ...folders.map((it) => make('option', { value: it.id, textContent: it.title })));
  folder.value = item.folder ?? '';
  const type = make('select', { id: 'edit-type', onchange: () => drawForm() }, ...Object.entries({ login: 'Login', note: 'Note', card: 'Card', identity: 'Identity' }).map(([value, text]) => make('option', { value, textContent: text })));
  type.value = item.type ?? 'login';
  const members = make('div', { className: 'stack' });
  /** What is written in members; kept when the kind changes. @type {Map<Member, HTMLInputElement | HTMLTextAreaElement>} */
  const controls = new Map();
  const kind = () => /** @type {Type} */ (type.value);

  /** @param {HTMLInputElement} control @param {string} what */
  function revealing(control, what) {
    const reveal = button('Show', () => {
      control.type = control.type === 'password' ? 'text' : 'password';
      reveal.textContent = control.type === 'password' ? 'Show' : 'Hide';
    });
    if (what !== 'Password') reveal.setAttribute('aria-label', `Show ${what.toLowerCase()}`);
    return reveal;
  }

  /** @param {HTMLInputElement} control */
  function generator(control) {
    const [lower, upper, digits, symbols] = rules.passwordClasses;
    const length = make('input', { type: 'range', id: 'edit-length', min: String(Math.max(8, rules.passwordLength)), max: '128', value: String(Math.max(20, rules.passwordLength)) });
    const words = make('input', { type: 'checkbox', id: 'edit-words' });
    const shown = make('output');
    const draw = () => { shown.textContent = words.checked ? `${length.value} characters at least, in words` : `${length.value} characters`; };
    const generate = () => {
      draw();
      control.value = tools.generated(Number(length.value), words.checked ? 4 : 0, lower, upper, digits, symbols);
      if (!masked) {
        control.type = 'text';
        reveal.textContent = 'Hide';
      }
      rateSoon();
    };
    const reveal = revealing(control, 'Password');
    const rated = make('p', { className: 'hint', role: 'status' });
    const rate = async () => {
      const password = control.value;
      if (!password) return rated.replaceChildren();
      const strength = await loadStrength();
      // What was typed meanwhile is rated by its own turn.
      if (control.value === password) rated.textContent = STRENGTHS[strength(password, [title.value, item.username ?? ''].filter(Boolean))] ?? '';
    };
    const rateSoon = () => void rate().catch(() => {});
    control.addEventListener('input', rateSoon);
    length.oninput = generate;
    words.onchange = generate;
    draw();
    return [make('div', { className: 'row' }, masked ? undefined : reveal, button('Generate', generate)), rated,
      make('details', {}, make('summary', { textContent: 'How it is generated' }), make('div', { className: 'stack tight' }, make('label', { for: 'edit-length' }, 'Length ', shown), length, make('label', { className: 'choice', for: 'edit-words' }, words, 'Words that can be typed')))];
  }

  function drawForm() {
    members.replaceChildren(...FORMS[kind()].map(([member, label, how]) => {
      const known = controls.get(member);
      if (known?.parentElement) return known.parentElement;
      const value = String(item[member] ?? '');
      const control = how === 'lines' ? make('textarea', { id: `edit-${member}`, value, maxLength: 5000 })
        : input(member, value, { type: how === 'secret' || how === 'code' ? 'password' : 'text', autocapitalize: 'none', inputMode: how === 'url' ? 'url' : member === 'email' ? 'email' : 'text', ...(member === 'password' ? { autocomplete: 'new-password' } : {}) });
      controls.set(member, control);
      if (member === 'password') return field(label, control, ...generator(/** @type {HTMLInputElement} */ (control)));
      if (how === 'code') return field(label, control, make('p', { className: 'hint', textContent: 'The secret that the site shows beside its QR code, or its otpauth:// address.' }));
      return field(label, control, how === 'secret' && !masked ? make('div', { className: 'row' }, revealing(/** @type {HTMLInputElement} */ (control), label)) : undefined);
    }));
  }

  const customs = make('div', { className: 'stack' });
  /** @type {{ name: HTMLInputElement, value: HTMLInputElement, hidden: HTMLInputElement, from: import('./items.js').Field }[]} */
  let rows = [];
  let number = 0;
  /** @param {import('./items.js').Field} from */
  function addField(from) {
    number += 1;
    const id = `custom-${number}`;
    const row = { name: input(`${id}-name`, from.name, { maxLength: 200 }), value: input(`${id}-value`, from.value, { type: from.hidden ? 'password' : 'text' }), hidden: make('input', { type: 'checkbox', id: `edit-${id}-hidden`, checked: Boolean(from.hidden) }), from };
    row.hidden.onchange = () => { row.value.type = row.hidden.checked ? 'password' : 'text'; };
    rows.push(row);
    const all = make('div', { className: 'custom', role: 'group', aria: { label: `Custom field ${number}` } }, field('Name of the field', row.name), field('Value', row.value),
      make('div', { className: 'row' }, make('label', { className: 'choice', for: row.hidden.id }, row.hidden, 'Hidden'), button('Remove field', () => { rows = rows.filter((it) => it !== row); all.remove(); add.focus(); })));
    customs.append(all);
    return row;
  }
  const add = button('Add a field', () => { if (rows.length < FIELDS) addField({ name: '', value: '' }).name.focus(); });
  for (const its of item.fields ?? []) addField(its);

  const error = make('div', { className: 'stack tight', role: 'alert' });
  const submit = make('button', { className: 'primary', textContent: 'Save' });

  /** The item as it is in the form. @returns {Item} */
  function written() {
    /** @type {Item} */
    const now = { ...item, title: title.value.trim(), type: kind(), note: note.value, folder: folder.value || null };
    for (const [member] of FORMS[kind()]) {
      const value = controls.get(member)?.value ?? '';
      now[member] = ['password', 'address'].includes(member) ? value : value.trim();
    }
    // An input cannot hold a line end, so what was not changed stays as it was.
    now.fields = rows.map(({ name, value, hidden, from }) => ({ ...from, name: name.value.trim() || 'Field', value: value.value === from.value.replaceAll(/[\r\n]/g, '') ? from.value : value.value, hidden: hidden.checked }));
    if (now.fields.length === 0) delete now.fields;
    if (item.password && now.type === 'login' && now.password !== item.password) now.history = [{ password: item.password, until: Date.now() }, ...(item.history ?? [])].slice(0, HISTORY);
    return now;
  }

  /** @param {boolean} asNew */
  async function send(asNew) {
    if (!form.reportValidity()) return;
    submit.disabled = true;
    submit.textContent = 'Saving';
    try {
      await save(written(), asNew);
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

  const form = make('form', { onsubmit: (event) => { event.preventDefault(); void send(false); } },
    error,
    field('Title', title),
    isNew ? field('Kind', type) : undefined,
    members,
    customs,
    make('div', { className: 'row' }, add),
    field('Folder', folder),
    field('Note', note),
    make('div', { className: 'row' }, submit, button('Cancel', cancel)));
  drawForm();
  place.replaceChildren(make('h2', { id: 'detail-title', textContent: isNew ? 'New item' : 'Edit item' }), form);
  place.hidden = false;
  title.focus();
}
