// @ts-check
// What the pages of the console are made of.
import { button, element, make, question, toast } from '../dom.js';
import { Problem } from './client.js';
import { say } from '../words/admin/parts.js';
import { moment } from '../words/common.js';

export { button, element, make, question, toast };

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
export const time = (/** @type {string | null | undefined} */ text, never = say.never) => (text ? moment.format(new Date(text)) : never);
export const date = (/** @type {string} */ text) => day.format(new Date(text));
export const link = (/** @type {string} */ href, /** @type {string} */ text, className = '') => make('a', { href, textContent: text, className });
/** @param {string} text @param {'' | 'done' | 'warn' | 'bad' | 'info'} [tone] */
export const badge = (text, tone = '') => make('span', { className: `badge ${tone}`, textContent: text });
export const muted = (/** @type {string} */ text) => make('p', { className: 'muted', textContent: text });
export const hint = (/** @type {string} */ text) => make('p', { className: 'hint', textContent: text });
/** @param {...(Node | string | undefined | null | false)} children */
export const row = (...children) => make('div', { className: 'row' }, ...children);

/** The head of a page: its one title, what it is about, and the one thing to do. @param {string} title @param {string} text @param {...(Node | undefined | null | false)} actions */
export const head = (title, text, ...actions) => make('header', { className: 'head' }, make('div', {}, make('h1', { textContent: title }), text && muted(text)), ...actions);

let numbers = 0;
/** A section with a title. @param {string} title @param {...(Node | string | undefined | null | false)} children */
export function card(title, ...children) {
  const id = `part-${(numbers += 1)}`;
  return make('section', { className: 'card', aria: { labelledby: id } }, make('h2', { id, textContent: title }), ...children);
}

/** @param {string} title @param {string} text @param {...(Node | undefined | null | false)} actions */
export const empty = (title, text, ...actions) => make('div', { className: 'card' }, make('div', { className: 'empty' }, make('h2', { textContent: title }), make('p', { textContent: text }), ...actions));

/**
 * A table; a cell is text or nodes. On a phone each row is a block, whose cells say their column.
 * @param {string} label @param {string[]} columns @param {(string | Node | (string | Node)[])[][]} rows
 */
export function table(label, columns, rows) {
  const cell = (/** @type {string | Node | (string | Node)[]} */ it) => (Array.isArray(it) ? it : [it]);
  // The roles keep it a table where the style makes it blocks.
  const part = (/** @type {HTMLElement} */ it, /** @type {string} */ role) => { it.setAttribute('role', role); return it; };
  const made = part(make('table', { className: 'list-table' },
    part(make('thead', {}, part(make('tr', {}, ...columns.map((name) => part(make('th', { scope: 'col' }, name || make('span', { className: 'hidden', textContent: say.whatToDo })), 'columnheader'))), 'row')), 'rowgroup'),
    part(make('tbody', {}, ...rows.map((cells) => part(make('tr', {}, ...cells.map((it, at) => {
      const made = at === 0 ? part(make('th', { scope: 'row' }, ...cell(it)), 'rowheader') : part(make('td', {}, ...cell(it)), 'cell');
      made.dataset.label = columns[at];
      return made;
    })), 'row'))), 'rowgroup')), 'table');
  made.setAttribute('aria-label', label);
  return make('div', { className: 'card' }, made);
}

/** Lines that are shown at a time of a list that is here already. */
const LINES = 100;
/** Such a list, a part at a time. @param {any[]} items @returns {(after?: string) => Promise<import('./client.js').Part>} */
export const parts = (items) => async (after = '0') => {
  const end = Number(after) + LINES;
  return { items: items.slice(Number(after), end), next: end < items.length ? String(end) : null };
};

/**
 * A list that is shown a part at a time, says how much of it is there, and goes on where it is asked to.
 * @param {(after?: string) => Promise<import('./client.js').Part>} load @param {(items: any[]) => HTMLElement} draw lines, or a table of them
 * @param {HTMLElement} none where there is nothing
 */
export async function growing(load, draw, none) {
  const [lines, foot] = [make('div', { className: 'stack' }), make('div', { className: 'row' })];
  const whole = make('div', { className: 'stack' }, lines);
  const said = make('p', { className: 'hint' });
  said.setAttribute('role', 'status');
  let many = 0;
  const show = async (/** @type {string | undefined} */ after) => {
    const { items, next } = await load(after);
    many += items.length;
    const part = many === 0 ? none : draw(items);
    // A table goes on as one.
    const [body, more] = [lines, part].map((it) => it.querySelector('tbody'));
    const fresh = [...(body && more ? more : part.matches('.stack') ? part : { children: [part] }).children];
    (body && more ? body : lines).append(...fresh);
    if (next) foot.replaceChildren(button(say.showMore, () => attempt(() => show(next))), said);
    else foot.replaceChildren(said);
    if (next) whole.append(foot);
    said.textContent = next ? say.shownAndMore(many) : say.inAll(many);
    if (after) /** @type {HTMLElement | null | undefined} */ (fresh[0]?.querySelector('a, button, summary, select, input'))?.focus();
  };
  await show(undefined);
  return whole;
}

/** Facts in two columns. @param {[string, string | Node | (string | Node)[]][]} facts */
export const facts = (facts) => make('dl', { className: 'facts' }, ...facts.flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', {}, ...(Array.isArray(value) ? value : [value]))]));

/** Longer than this a value scrolls in its frame, which the keyboard has to reach. */
const LONG = 200;

/** A value to take elsewhere. @param {string} label @param {string} value @param {string} [note] */
export function copyField(label, value, note) {
  const copy = button(say.copy, async () => {
    await navigator.clipboard.writeText(value).then(() => toast(say.copied), () => toast(say.notCopied));
  }, 'bare');
  copy.setAttribute('aria-label', say.copyOf(label));
  return make('dl', { className: 'field' }, make('dt', { textContent: label }), make('dd', { className: 'frame' }, make('code', { textContent: value, ...(value.length > LONG ? { tabIndex: 0 } : {}) }), copy), note ? make('dd', { className: 'hint', textContent: note }) : undefined);
}

/**
 * A field with its label above and its help below.
 * @template {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} T
 * @param {string} label @param {T} input @param {string} [note] @returns {[HTMLElement, T]}
 */
export function field(label, input, note) {
  input.id ||= `field-${(numbers += 1)}`;
  if (note) input.setAttribute('aria-describedby', `${input.id}-note`);
  return [make('div', { className: 'field' }, make('label', { for: input.id, textContent: label }), input, note ? make('p', { className: 'hint', id: `${input.id}-note`, textContent: note }) : undefined), input];
}

/** @param {[string, string][]} options value and text @param {string} [value] */
export const select = (options, value = '') => make('select', { autocomplete: 'off' }, ...options.map(([its, text]) => make('option', { value: its, textContent: text, selected: its === value })));

/** A switch with one line on what it means. @param {string} label @param {string} note @param {boolean} on @param {(on: boolean) => Promise<unknown>} change */
export function toggle(label, note, on, change) {
  const id = `field-${(numbers += 1)}`;
  const input = make('input', { type: 'checkbox', id, checked: on, autocomplete: 'off' });
  input.setAttribute('role', 'switch');
  input.setAttribute('aria-describedby', `${id}-note`);
  input.onchange = async () => {
    input.disabled = true;
    const done = await attempt(() => change(input.checked));
    if (!done) input.checked = !input.checked;
    input.disabled = false;
    input.focus();
  };
  return make('div', { className: 'toggle' }, input, make('div', {}, make('label', { for: id, textContent: label }), make('p', { className: 'hint', id: `${id}-note`, textContent: note })));
}

/** What only somebody who has just signed in may do: they are asked to, and come back to this page. @param {Problem} error */
async function freshly(error) {
  if (error.code !== 'fresh-sign-in-needed') return false;
  const yes = await question(say.freshTitle, say.freshText, say.signIn);
  if (yes !== undefined) location.assign(`${element('who').dataset.fresh}${encodeURIComponent(location.pathname)}`);
  return true;
}

/** Does it; a no is told, and `false`. @param {() => Promise<unknown>} work @returns {Promise<boolean>} */
export async function attempt(work) {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) location.assign(`/?to=${encodeURIComponent(location.pathname)}`);
    else if (!(await freshly(error))) toast(error.message);
    return false;
  }
}

/**
 * A form that says beside itself why it was not taken, and keeps what was typed.
 * @param {string} submit @param {(Node | undefined)[]} fields @param {() => Promise<unknown>} send
 */
export function form(submit, fields, send) {
  const problem = make('p', { className: 'error', tabIndex: -1 });
  problem.setAttribute('role', 'alert');
  const yes = make('button', { className: 'primary', textContent: submit });
  const made = make('form', { className: 'stack', noValidate: false }, problem, ...fields.filter((it) => it !== undefined), row(yes));
  problem.hidden = true;
  let isSending = false;
  made.onsubmit = async (event) => {
    event.preventDefault();
    if (isSending) return;
    problem.hidden = true;
    // A button that is disabled would lose the keyboard.
    isSending = true;
    yes.setAttribute('aria-disabled', 'true');
    try {
      await send();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (await freshly(error)) return;
      problem.textContent = error.message;
      problem.hidden = false;
      problem.focus();
    } finally {
      isSending = false;
      yes.removeAttribute('aria-disabled');
    }
  };
  return made;
}

/** Asks before something that cannot be undone. @param {string} title @param {string} text @param {string} yes @param {() => Promise<unknown>} work */
export async function confirm(title, text, yes, work) {
  if ((await question(title, text, yes)) !== undefined) return attempt(work);
  return false;
}

/** A file for the person. @param {string} name @param {string} type @param {...string} parts */
export function download(name, type, ...parts) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  make('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Nodes as choices, each below its own. @param {any[]} nodes @returns {[string, string][]} */
export function nodeChoices(nodes) {
  const ids = new Set(nodes.map((node) => node.id));
  /** @type {[string, string][]} */
  const choices = [];
  /** @param {any} node @param {number} depth */
  const walk = (node, depth) => {
    choices.push([node.id, `${'\u2003'.repeat(depth)}${node.name}`]);
    for (const below of nodes.filter((it) => it.parent === node.id)) walk(below, depth + 1);
  };
  for (const node of nodes) if (!ids.has(node.parent)) walk(node, 0);
  return choices;
}
