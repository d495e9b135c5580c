// @ts-check
// The page that brings a file of another program into the vault, and takes it out again.
import { told } from './api.js';
import { newId } from './device.js';
import { button, element, make, question, toast, whose } from './dom.js';
import { match } from './matching.js';
import { loadTransfer } from './transfer.js';
import { run } from './unlock.js';
import { common, moment, number } from './words/common.js';
import { members } from './words/items.js';
import { fileErrors, labels, reasons, say, sourceName, sources, targets } from './words/transfer.js';

/** @typedef {import('./items.js').Item} Item */
/** @typedef {{ row: number, folder: string, item: Item }} Read */
/** @typedef {Omit<Item, 'title' | 'fields'> & { title?: string, fields?: { name?: string, label?: string, column?: number, value: string, hidden?: boolean }[] }} Unnamed a field has the name that the file gives it, or a label that has words here, or the number of its column */
/** @typedef {{ source: string, records: Read[], unread: { row: number, code: string, found: number, expected: number }[], unreadCount: number, trashed: number, attachments: number, columns: [string, string][], hasHeader: boolean }} File as crates/vault/src/import says */
/** @typedef {import('./transfer.js').Transfer} Transfer */
/** @typedef {import('./sync.js').Put} Put */

/** The largest file that is read, as crates/vault has it. */
const LARGEST = 64 * 1024 * 1024;
/** What goes in one change: as many as the server takes, less the pages that list them; and as many bytes. */
const [RECORDS, BYTES] = [900, 700_000];
/** How many rows are shown of what is long. */
const SHOWN = 8;

/** What the file has no words for gets ours. @param {Unnamed} item @returns {Item} */
function named({ title = say.untitled, fields, ...item }) {
  const names = /** @type {Record<string, string>} */ ({ ...members, ...labels });
  const all = fields?.map(({ name, label = '', column, value, hidden }) => ({ name: name ?? (column ? say.column(column) : names[label] ?? labels.field), value: label === 'passkey' ? say.passkeyLeft : value, hidden }));
  return { ...item, title, ...(all ? { fields: all } : {}) };
}

/** Lets the page draw what was said before something takes long. */
const drawn = () => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });

/** Parts that are each within the limits of a change. @template T @param {T[]} all @param {(it: T) => number} size */
function* parts(all, size) {
  let [part, bytes] = [/** @type {T[]} */ ([]), 0];
  for (const it of all) {
    if (part.length === RECORDS || (part.length > 0 && bytes + size(it) > BYTES)) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(it);
    bytes += size(it);
  }
  if (part.length > 0) yield part;
}

/** @param {string[]} heads @param {(Node | string)[][]} rows @param {string} label */
const table = (heads, rows, label) => make('table', { className: 'fold', role: 'table', aria: { label } },
  make('caption', { textContent: label, aria: { hidden: 'true' } }),
  make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads.map((head) => make('th', { role: 'columnheader', scope: 'col', textContent: head })))),
  make('tbody', { role: 'rowgroup' }, ...rows.map(([first, ...rest]) => make('tr', { role: 'row' }, make('th', { role: 'rowheader', scope: 'row' }, first), ...rest.map((cell) => make('td', { role: 'cell' }, cell))))));

await run(({ vault, sync, state }, fail) => {
  const view = element('view');
  /** @type {Transfer | undefined} */
  let transfer;
  let isStopped = false;
  const { rules } = state;

  const summaries = () => /** @type {import('./items.js').Summary[]} */ (JSON.parse(vault.summaries(vault.ids)));
  /** What failed goes where it can be followed. @param {unknown} error */
  const attemptFailed = (error) => {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') fail(error);
    else toast(common.withCode(message, code));
  };
  /** @param {(Node | undefined | false)[]} nodes */
  const show = (...nodes) => view.replaceChildren(...nodes.filter((node) => node instanceof Node));

  /** Why a file is not read. @param {ReturnType<typeof told>} refused */
  const said = ({ code, message, numbers = [] }) => fileErrors[code]?.(...numbers) ?? common.withCode(message, code);

  function choose(/** @type {string} */ problem = '', source = '') {
    const hint = make('p', { id: 'source-hint', className: 'hint' });
    const select = make('select', { id: 'source', onchange: () => { hint.textContent = sources.find(([id]) => id === select.value)?.[2] ?? ''; }, aria: { describedby: 'source-hint' } }, ...sources.map(([id, name]) => make('option', { value: id, textContent: name })));
    select.value = source;
    hint.textContent = sources.find(([id]) => id === source)?.[2] ?? '';
    const input = make('input', { type: 'file', id: 'file', className: 'hidden', accept: '.csv,.json,.xml,.1pux,.keyward,.txt,.tsv', onchange: () => { if (input.files?.[0]) void take(input.files[0], select.value); } });
    const drop = make('label', { className: 'drop', for: 'file', ondragover: (event) => event.preventDefault(), ondrop: (event) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) void take(file, select.value);
    } }, make('b', { textContent: say.drop }), input);
    show(make('section', { className: 'card stack' }, problem && make('p', { className: 'error', role: 'alert' }, make('span', { textContent: problem })),
      make('div', { className: 'field' }, make('label', { for: 'source', textContent: say.source }), select, hint), drop), list());
    if (problem) select.focus();
  }

  /** @param {globalThis.File} file @param {string} source */
  async function take(file, source) {
    if (file.size > LARGEST) return choose(fileErrors['file-too-large'](), source);
    show(make('section', { className: 'card' }, make('p', { role: 'status', textContent: say.reading })));
    await drawn();
    try {
      transfer ??= await loadTransfer();
      read(file.name, new Uint8Array(await file.arrayBuffer()), source);
    } catch (error) {
      choose(said(told(error)), source);
    }
  }

  /** @param {string} name @param {Uint8Array<ArrayBuffer>} bytes @param {string} source @param {boolean} [hasHeader] @param {string[]} [mapping] */
  function read(name, bytes, source, hasHeader = true, mapping = []) {
    try {
      const file = /** @type {File} */ (JSON.parse(/** @type {Transfer} */ (transfer).readFile(bytes, source, hasHeader, mapping)));
      preview(name, bytes, { ...file, records: file.records.map((record) => ({ ...record, item: named(record.item) })) });
    } catch (error) {
      const refused = told(error);
      if (refused.code === 'file-sealed') unseal(name, bytes);
      else choose(said(refused), source);
    }
  }

  /** @param {string} name @param {Uint8Array<ArrayBuffer>} bytes */
  function unseal(name, bytes) {
    const input = make('input', { id: 'file-password', type: 'password', autocomplete: 'off', required: true });
    const error = make('p', { className: 'error', role: 'alert' });
    const submit = make('button', { className: 'primary', textContent: say.open });
    show(make('form', { className: 'card stack', onsubmit: async (event) => {
      event.preventDefault();
      submit.disabled = true;
      await drawn();
      try {
        read(name, /** @type {Transfer} */ (transfer).openFile(bytes, input.value.normalize('NFKC')), 'keyward');
      } catch (refused) {
        error.textContent = said(told(refused));
        submit.disabled = false;
      }
    } }, make('p', { textContent: say.sealedFile }), whose(name), make('div', { className: 'field' }, make('label', { for: 'file-password', textContent: say.password }), input, error), make('div', { className: 'row' }, submit, button(say.another, () => choose()))));
    input.focus();
  }

  /** @param {string} name @param {Uint8Array<ArrayBuffer>} bytes @param {File} file */
  function preview(name, bytes, file) {
    const existing = /** @type {Item[]} */ (JSON.parse(vault.readItems()));
    const states = match(file.records.map(({ item }) => item), existing.filter((item) => !item.trashed));
    const of = (/** @type {string[]} */ ...wanted) => file.records.filter((_, at) => wanted.includes(states[at]));
    const [fresh, known, twins] = [of('new'), of('same', 'differs'), of('twin')];
    /** @type {Set<Read>} */
    const also = new Set();
    const go = make('button', { type: 'button', className: 'primary', onclick: () => void bring(file, [...fresh, ...also]) });
    const count = () => {
      go.textContent = fresh.length + also.size > 0 ? say.go(fresh.length + also.size) : say.nothing;
      go.disabled = fresh.length + also.size === 0;
    };
    const isTable = !['keepass'].includes(file.source) && !name.endsWith('json') && !name.endsWith('1pux') && !name.endsWith('.keyward');
    const place = isTable ? say.line : say.record;
    const stat = (/** @type {number} */ figure, /** @type {string} */ text) => make('li', {}, make('b', { textContent: number(figure) }), make('span', { textContent: text }));
    const left = [file.trashed > 0 && say.trashed(file.trashed), file.attachments > 0 && say.attachments(file.attachments), !rules.mayCreateFolder && file.records.some(({ folder }) => folder) && say.noFolders].filter((it) => it !== false);

    const boxes = [...known, ...twins].slice(0, 500).map((record, at) => {
      const box = make('input', { type: 'checkbox', id: `also-${at}`, onchange: () => { if (box.checked) also.add(record); else also.delete(record); count(); } });
      const what = { same: say.same, differs: say.differs, twin: say.twins, new: '' }[states[file.records.indexOf(record)]];
      return { box, row: make('li', {}, make('label', { className: 'choice', for: box.id }, box, make('span', {}, record.item.title, make('small', { className: 'hint', textContent: [record.item.username, what].filter(Boolean).join(' · ') })))) };
    });
    const every = make('input', { type: 'checkbox', id: 'also-all', onchange: () => {
      also.clear();
      if (every.checked) for (const record of [...known, ...twins]) also.add(record);
      for (const { box } of boxes) box.checked = every.checked;
      count();
    } });

    show(
      make('section', { className: 'card stack' }, make('div', { className: 'row' }, make('p', { className: 'grow' }, make('b', { textContent: name }), ' ', make('span', { className: 'muted', textContent: say.asName(sourceName(file.source)) })), button(say.another, () => choose())),
        make('ul', { className: 'stats' }, stat(fresh.length, say.fresh), stat(known.length, say.known), twins.length > 0 && stat(twins.length, say.twins), stat(file.unreadCount, say.unread)), ...left.map((text) => make('p', { className: 'hint', textContent: String(text) }))),
      file.columns.length > 0 && columns(name, bytes, file),
      fresh.length > 0 && make('section', { className: 'card', aria: { label: say.first } }, table([say.title, say.username, say.website, say.folder], fresh.slice(0, SHOWN).map(({ item, folder }) => [item.title, item.username ?? '', item.url ?? '', folder]), say.first)),
      boxes.length > 0 && make('section', { className: 'card stack tight', aria: { labelledby: 'known-title' } }, make('h2', { id: 'known-title', textContent: `${say.known} (${known.length + twins.length})` }), make('p', { className: 'hint', textContent: say.duplicatesHint }),
        make('label', { className: 'choice', for: 'also-all' }, every, say.all), make('ul', { className: 'scroll plain', tabIndex: 0, aria: { label: say.known } }, ...boxes.map(({ row }) => row))),
      file.unreadCount > 0 && make('section', { className: 'card', aria: { label: say.unread } }, make('div', { className: 'scroll', tabIndex: 0, role: 'group', aria: { label: say.unread } },
        table([say.unread, say.why], file.unread.map(({ row, code, found, expected }) => [place(row), reasons[code]?.(found, expected) ?? code]), say.unread)), file.unreadCount > file.unread.length && make('p', { className: 'hint', textContent: say.more(file.unreadCount - file.unread.length) })),
      make('div', { className: 'row' }, go, button(say.another, () => choose())));
    count();
    go.focus();
  }

  /** What each column is, where nobody can know. @param {string} name @param {Uint8Array<ArrayBuffer>} bytes @param {File} file */
  function columns(name, bytes, file) {
    const header = make('input', { type: 'checkbox', id: 'header', checked: file.hasHeader });
    const selects = file.columns.map(([its, target], at) => {
      const column = its.trim() || say.column(at + 1);
      const select = make('select', { id: `column-${at}` }, ...targets.map(([value, text]) => make('option', { value, textContent: text })));
      select.value = target;
      return { column, select };
    });
    const again = () => read(name, bytes, 'csv', header.checked, selects.map(({ select }) => select.value));
    header.onchange = again;
    for (const { select } of selects) select.onchange = () => { again(); element(select.id)?.focus(); };
    return make('section', { className: 'card stack', aria: { labelledby: 'columns-title' } }, make('h2', { id: 'columns-title', textContent: say.columns }), make('label', { className: 'choice', for: 'header' }, header, say.header),
      make('div', { className: 'grid' }, ...selects.map(({ column, select }) => make('div', { className: 'field' }, make('label', { for: select.id, textContent: column }), select))));
  }

  /** Seals and saves, part by part. @param {File} file @param {Read[]} chosen */
  async function bring(file, chosen) {
    isStopped = false;
    const [bar, count, stop] = [make('progress', { max: chosen.length, value: 0, aria: { label: say.sealing } }), make('span', { className: 'muted', role: 'status' }), button(say.stop, () => { isStopped = true; stop.disabled = true; stop.textContent = say.stopping; })];
    show(make('section', { className: 'card stack' }, make('h2', { textContent: say.sealing }), bar, make('div', { className: 'row' }, count, stop)));
    stop.focus();
    // Leaving ends it in the middle; what was saved until then can be undone at the next visit.
    const leaving = new AbortController();
    addEventListener('beforeunload', (event) => event.preventDefault(), { signal: leaving.signal });
    const imported = { id: newId('m'), from: file.source, at: Date.now() };
    /** @type {Map<string, string>} */
    const folders = new Map(summaries().filter((it) => it.kind === 'folder').map((it) => [it.title, it.id]));
    /** @type {Put[]} */
    const made = [];
    const records = chosen.map(({ item, folder }) => {
      if (folder && !folders.has(folder) && rules.mayCreateFolder) {
        const id = newId('f');
        folders.set(folder, id);
        made.push({ id, kind: 'folder', base: 0, text: JSON.stringify({ title: folder, imported }) });
      }
      return /** @type {Put} */ ({ id: newId('i'), kind: 'item', base: 0, text: JSON.stringify({ ...item, ...(folder && folders.has(folder) ? { folder: folders.get(folder) } : {}), imported }) });
    });
    // Those that are listed on one page of the manifest together: so each change touches few pages.
    records.sort((one, other) => vault.pageOf(one.id) - vault.pageOf(other.id));
    let done = 0;
    const say1 = () => { bar.value = done; count.textContent = say.of(done, records.length); };
    say1();
    try {
      for (const part of parts([...made, ...records], (it) => it.text.length * 1.6 + 700)) {
        if (isStopped) break;
        await drawn();
        await sync.save(part, [], { imported: { from: file.source } });
        done += part.filter(({ kind }) => kind === 'item').length;
        say1();
      }
    } catch (error) {
      const { code } = told(error);
      if (code === 'session-over' || code === 'device-not-proven') return fail(error);
      return finished(say.failed, imported.id, done);
    } finally {
      leaving.abort();
    }
    finished(done === records.length ? say.done(done) : say.stopped(done, records.length), imported.id, done);
  }

  /** @param {string} text @param {string} id @param {number} done */
  function finished(text, id, done) {
    const title = make('h2', { textContent: text, tabIndex: -1 });
    show(make('section', { className: 'card stack' }, title, make('p', { textContent: say.deleteFile }), make('div', { className: 'row' }, make('a', { className: 'button primary', href: '/vault/items', textContent: say.toVault }), done > 0 && button(say.undo, () => void undo(id)), button(say.another, () => choose()))), list());
    title.focus();
  }

  /** What was brought until now, the newest first. */
  function list() {
    /** @type {Map<string, { from: string, at: number, count: number }>} */
    const all = new Map();
    for (const { kind, imported } of summaries()) {
      if (kind !== 'item' || !imported) continue;
      const known = all.get(imported.id) ?? { from: imported.from, at: imported.at, count: 0 };
      known.count += 1;
      all.set(imported.id, known);
    }
    if (all.size === 0) return undefined;
    const rows = [...all].sort(([, one], [, other]) => other.at - one.at);
    return make('section', { className: 'card', aria: { labelledby: 'imports-title' } }, make('h2', { id: 'imports-title', textContent: say.imports }),
      make('ul', { className: 'rows' }, ...rows.map(([id, { from, at, count }]) => make('li', {}, make('div', {}, make('b', { textContent: sourceName(from) }), make('p', { className: 'hint', textContent: `${moment.format(at)} · ${number(count)}` })), button(say.undo, () => void undo(id))))));
  }

  /** Deletes what an import brought and nobody changed since. @param {string} id */
  async function undo(id) {
    try {
      await sync.sync();
      const its = summaries().filter((it) => it.imported?.id === id);
      const [gone, kept] = [its.filter((it) => it.kind === 'item' && it.revision === 1), its.filter((it) => it.kind === 'item' && it.revision > 1)];
      if (!await question(say.undoTitle, say.undoText(gone.length, kept.length), say.undoYes)) return;
      show(make('section', { className: 'card' }, make('p', { role: 'status', textContent: say.undoing })));
      await drawn();
      const removals = gone.map((it) => ({ id: it.id, base: it.revision })).sort((one, other) => vault.pageOf(one.id) - vault.pageOf(other.id));
      for (const part of parts(removals, () => 100)) await sync.save([], part);
      // Its folders, where nothing is in them any more.
      const used = new Set(summaries().map((it) => it.folder));
      const folders = its.filter((it) => it.kind === 'folder' && it.revision === 1 && !used.has(it.id));
      for (const part of parts(folders.map((it) => ({ id: it.id, base: it.revision })), () => 100)) await sync.save([], part);
      toast(say.undone(gone.length));
      choose();
    } catch (error) {
      choose();
      attemptFailed(error);
    }
  }

  if (!rules.mayImport || !rules.mayCreateRecord) show(make('section', { className: 'card' }, make('p', { textContent: rules.mayImport ? say.noRecords : say.notAllowed })));
  else choose();
  return {
    stop() {
      isStopped = true;
      view.replaceChildren();
      element('toast').replaceChildren();
      document.querySelector('dialog[open]')?.remove();
    },
  };
});
