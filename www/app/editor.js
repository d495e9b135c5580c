// @ts-check
// The form of one item.
import { told } from './api.js';
import { button, make } from './dom.js';
import { loadStrength } from './strength.js';
import { common } from './words/common.js';
import { kinds as KINDS, members as MEMBERS, say, strengths } from './words/items.js';

/** @typedef {import('./items.js').Item} Item */
/** @typedef {import('./items.js').Type} Type */
/** @typedef {'username' | 'password' | 'url' | 'totp' | 'holder' | 'number' | 'expires' | 'code' | 'name' | 'email' | 'phone' | 'company' | 'address'} Member */

/** What each kind of item has: the member, and how it is shown. @type {Record<Type, [member: Member, kind: 'text' | 'secret' | 'url' | 'code' | 'lines'][]>} */
export const FORMS = {
  login: [['username', 'text'], ['password', 'secret'], ['totp', 'code'], ['url', 'url']],
  note: [],
  card: [['holder', 'text'], ['number', 'secret'], ['expires', 'text'], ['code', 'secret']],
  identity: [['name', 'text'], ['email', 'text'], ['phone', 'text'], ['company', 'text'], ['address', 'lines']],
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
 * @returns {() => boolean} whether something is written in it that is not saved
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
  const folder = make('select', { id: 'edit-folder' }, make('option', { value: '', textContent: say.none }), ...folders.map((it) => make('option', { value: it.id, textContent: it.title })));
  folder.value = item.folder ?? '';
  const type = make('select', { id: 'edit-type', onchange: () => drawForm() }, ...Object.entries(KINDS).map(([value, [one]]) => make('option', { value, textContent: one })));
  type.value = item.type ?? 'login';
  const members = make('div', { className: 'stack' });
  /** What is written in members; kept when the kind changes. @type {Map<Member, HTMLInputElement | HTMLTextAreaElement>} */
  const controls = new Map();
  const kind = () => /** @type {Type} */ (type.value);

  /** @param {HTMLInputElement} control @param {string} what */
  function revealing(control, what) {
    const reveal = button(say.show, () => {
      control.type = control.type === 'password' ? 'text' : 'password';
      reveal.textContent = control.type === 'password' ? say.show : say.hide;
    });
    if (what !== MEMBERS.password) reveal.setAttribute('aria-label', say.showOf(what));
    return reveal;
  }

  /** @param {HTMLInputElement} control */
  function generator(control) {
    const [lower, upper, digits, symbols] = rules.passwordClasses;
    const length = make('input', { type: 'range', id: 'edit-length', min: String(Math.max(8, rules.passwordLength)), max: '128', value: String(Math.max(20, rules.passwordLength)) });
    const words = make('input', { type: 'checkbox', id: 'edit-words' });
    const shown = make('output');
    const draw = () => { shown.textContent = words.checked ? say.inWords(length.value) : say.characters(length.value); };
    const generate = () => {
      draw();
      control.value = tools.generated(Number(length.value), words.checked ? 4 : 0, lower, upper, digits, symbols);
      if (!masked) {
        control.type = 'text';
        reveal.textContent = say.hide;
      }
      rateSoon();
    };
    const reveal = revealing(control, MEMBERS.password);
    const rated = make('p', { className: 'hint', role: 'status' });
    const rate = async () => {
      const password = control.value;
      if (!password) return rated.replaceChildren();
      const strength = await loadStrength();
      // What was typed meanwhile is rated by its own turn.
      if (control.value === password) rated.textContent = strengths[strength(password, [title.value, item.username ?? ''].filter(Boolean))] ?? '';
    };
    const rateSoon = () => void rate().catch(() => {});
    control.addEventListener('input', rateSoon);
    length.oninput = generate;
    words.onchange = generate;
    draw();
    return [make('div', { className: 'row' }, masked ? undefined : reveal, button(say.generate, generate)), rated,
      make('details', {}, make('summary', { textContent: say.howGenerated }), make('div', { className: 'stack tight' }, make('label', { for: 'edit-length' }, say.length, shown), length, make('label', { className: 'choice', for: 'edit-words' }, words, say.asWords)))];
  }

  function drawForm() {
    members.replaceChildren(...FORMS[kind()].map(([member, how]) => {
      const label = MEMBERS[member];
      const known = controls.get(member);
      if (known?.parentElement) return known.parentElement;
      const value = String(item[member] ?? '');
      const control = how === 'lines' ? make('textarea', { id: `edit-${member}`, value, maxLength: 5000 })
        : input(member, value, { type: how === 'secret' || how === 'code' ? 'password' : 'text', autocapitalize: 'none', inputMode: how === 'url' ? 'url' : member === 'email' ? 'email' : 'text', ...(member === 'password' ? { autocomplete: 'new-password' } : {}) });
      controls.set(member, control);
      if (member === 'password') return field(label, control, ...generator(/** @type {HTMLInputElement} */ (control)));
      if (how === 'code') return field(label, control, make('p', { className: 'hint', textContent: say.codeHint }));
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
    const all = make('div', { className: 'custom', role: 'group', aria: { label: say.customField(number) } }, field(say.fieldName, row.name), field(say.fieldValue, row.value),
      make('div', { className: 'row' }, make('label', { className: 'choice', for: row.hidden.id }, row.hidden, say.fieldHidden), button(say.removeField, () => { rows = rows.filter((it) => it !== row); all.remove(); add.focus(); })));
    customs.append(all);
    return row;
  }
  const add = button(say.addField, () => { if (rows.length < FIELDS) addField({ name: '', value: '' }).name.focus(); });
  for (const its of item.fields ?? []) addField(its);

  const error = make('div', { className: 'stack tight', role: 'alert' });
  const submit = make('button', { className: 'primary', textContent: say.save });

  /** The item as it is in the form. @returns {Item} */
  function written() {
    /** @type {Item} */
    const now = { ...item, title: title.value.trim(), type: kind(), note: note.value, folder: folder.value || null };
    for (const [member] of FORMS[kind()]) {
      const value = controls.get(member)?.value ?? '';
      now[member] = ['password', 'address'].includes(member) ? value : value.trim();
    }
    // An input cannot hold a line end, so what was not changed stays as it was.
    now.fields = rows.map(({ name, value, hidden, from }) => ({ ...from, name: name.value.trim() || say.unnamed, value: value.value === from.value.replaceAll(/[\r\n]/g, '') ? from.value : value.value, hidden: hidden.checked }));
    if (now.fields.length === 0) delete now.fields;
    if (item.password && now.type === 'login' && now.password !== item.password) now.history = [{ password: item.password, until: Date.now() }, ...(item.history ?? [])].slice(0, HISTORY);
    return now;
  }

  /** @param {boolean} asNew */
  async function send(asNew) {
    if (submit.disabled) return;
    title.value = title.value.trim();
    if (!form.reportValidity()) return;
    submit.disabled = true;
    submit.textContent = say.saving;
    try {
      await save(written(), asNew);
    } catch (refused) {
      const { code, message } = told(refused);
      if (code === 'session-over' || code === 'device-not-proven') return fail(refused);
      const texts = /** @type {Record<string, string>} */ ({ offline: say.unsaved, 'restricted-by-policy': say.mayNot });
      error.replaceChildren(make('p', { className: 'error' }, make('span', { textContent: texts[code] ?? common.withCode(message, code) })),
        ...(code === 'item-changed' ? [make('div', { className: 'row' }, button(say.saveAsNew, () => send(true)), button(say.showOther, cancel))] : []));
      submit.disabled = false;
      submit.textContent = say.save;
    }
  }

  const form = make('form', { onsubmit: (event) => { event.preventDefault(); void send(false); } },
    error,
    field(say.title, title),
    isNew ? field(say.kind, type) : undefined,
    members,
    customs,
    make('div', { className: 'row' }, add),
    field(say.folder, folder),
    field(say.note, note),
    make('div', { className: 'row' }, submit, button(common.cancel, cancel)));
  drawForm();
  const before = JSON.stringify(written());
  place.replaceChildren(make('h2', { id: 'detail-title', textContent: isNew ? say.newItem : say.editItem }), form);
  place.hidden = false;
  title.focus();
  return () => form.isConnected && JSON.stringify(written()) !== before;
}
