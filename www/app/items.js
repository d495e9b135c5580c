// @ts-check
// What an open vault shows: a list with a search, one item beside it, a form to change it.
import { attempting } from './attempt.js';
import { newId } from './device.js';
import { askName, button, element, make, question, toast } from './dom.js';
import { codes } from './codes.js';
import { FORMS, edit, secretText } from './editor.js';
import { report, scores } from './report.js';
import { common } from './words/common.js';
import { kinds as KINDS, members, say, shortcuts as SHORTCUTS } from './words/items.js';

/**
 * @typedef {'login' | 'note' | 'card' | 'identity'} Type
 * @typedef {{ id: string, from: string, at: number }} Imported
 * @typedef {{ id: string, kind: 'item' | 'folder', revision: number, title: string, type?: Type | null, username?: string, url?: string, email?: string, ends?: string, favourite?: boolean, hasCode?: boolean, imported?: Imported | null, folder?: string | null, trashed?: number | null }} Summary
 * @typedef {{ name: string, value: string, hidden?: boolean }} Field
 * @typedef {{
 *   title: string, type?: Type, username?: string, password?: string, url?: string, urls?: string[], totp?: string, note?: string,
 *   holder?: string, number?: string, expires?: string, code?: string, name?: string, email?: string, phone?: string, company?: string, address?: string,
 *   fields?: Field[], history?: { password: string, until?: number | null }[], favourite?: boolean, imported?: Imported, folder?: string | null, trashed?: number | null,
 * }} Item an item's plaintext, as JSON (docs/vault-format.md §12)
 * @typedef {{ mayCreateRecord: boolean, mayCreateFolder: boolean, mayImport: boolean, mayExport: boolean, clipboardSeconds: number, trashDays: number, maskWhileEditing: boolean, passwordLength: number, passwordClasses: [boolean, boolean, boolean, boolean], mayChange?: false }} Rules `mayChange`: not where it is read without a connection
 * @typedef {{ oneTimeCode: (totp: string, seconds: number) => string[], generated: (length: number, words: number, lower: boolean, upper: boolean, digits: boolean, symbols: boolean) => string }} Tools of crates/pages
 * @typedef {import('./sync.js').Vault} Vault
 * @typedef {Awaited<ReturnType<typeof import('./sync.js').startSync>>} Sync
 */

/** As many as are drawn at once. */
const PAGE = 60;
const DAY = 24 * 60 * 60 * 1000;

/** How titles are put in order: made once, since that is what takes long. */
const order = new Intl.Collator(undefined, { numeric: true });

/** @param {Vault} vault @param {Sync} sync @param {Rules} rules @param {(error: unknown) => void} fail @param {Tools} tools */
export function startItems(vault, sync, rules, fail, tools) {
  /** @type {Map<string, Summary>} */
  let all = new Map();
  let shown = PAGE;
  let shownPlace = 'all';
  /** What the detail pane shows. @type {string | undefined} */
  let selected;
  /** Whether a form is open in which something is written. */
  let isWritten = () => false;
  /** Counts what it showed: what was begun in one view ends in it, and never takes the place of the next. */
  let view = 0;
  const ending = new AbortController();
  const mayChange = rules.mayChange ?? true;
  const mayMake = mayChange && rules.mayCreateRecord;
  const search = /** @type {HTMLInputElement} */ (element('search'));
  const show = /** @type {HTMLSelectElement} */ (element('show'));
  const [list, detail, empty, more, places] = ['list', 'detail', 'empty', 'more', 'places'].map(element);
  const note = make('p', { className: 'hint notice', role: 'status', hidden: true });
  list.before(note);

  /** @param {string[]} ids */
  function summarise(ids) {
    sorted = undefined;
    for (const id of ids) all.delete(id);
    for (const summary of /** @type {Summary[]} */ (JSON.parse(vault.summaries(ids)))) if (summary.kind === 'item' || summary.kind === 'folder') all.set(summary.id, { ...summary, title: typeof summary.title === 'string' ? summary.title : '' });
  }
  /** @param {Summary} one @param {Summary} other */
  const byTitle = (one, other) => order.compare(one.title, other.title) || (one.id < other.id ? -1 : 1);
  /** All items in order, each with the text that a search looks at; made anew when something changed. @type {{ it: Summary, text: string }[] | undefined} */
  let sorted;
  /** What a report found. @type {Map<string, string>} */
  let findings = new Map();
  /** What the report has not looked at, or not yet. */
  let unrated = '';
  const subtitle = (/** @type {Summary} */ it) => it.username || (it.ends ? say.endsIn(it.ends) : '') || it.email || it.url || (it.type && it.type !== 'login' ? KINDS[it.type][0] : '');
  const folders = () => [...all.values()].filter((it) => it.kind === 'folder').sort(byTitle);
  /** @param {string} id @returns {Item} */
  const read = (id) => JSON.parse(vault.read(id));

  function matching() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    sorted ??= [...all.values()].filter((it) => it.kind === 'item').sort(byTitle).map((it) => ({ it, text: `${it.title} ${it.username ?? ''} ${it.email ?? ''} ${it.url ?? ''}`.toLowerCase() }));
    const [kind, what] = [show.value.startsWith('f_') ? 'folder' : show.value, show.value];
    /** @type {Record<string, (it: Summary) => boolean>} */
    const kinds = { folder: (it) => it.folder === what, favourites: (it) => Boolean(it.favourite), codes: (it) => Boolean(it.hasCode), report: (it) => findings.has(it.id) };
    const isShown = kinds[kind] ?? ((/** @type {Summary} */ it) => !(kind in KINDS) || (it.type ?? 'login') === kind);
    return sorted.filter(({ it, text }) => Boolean(it.trashed) === (kind === 'trash') && isShown(it) && words.every((word) => text.includes(word))).map(({ it }) => it);
  }

  function drawFolders() {
    const value = show.value || 'all';
    const group = (/** @type {string} */ label, /** @type {[string, string][]} */ options) => (options.length > 0 ? make('optgroup', { label }, ...options.map(([its, text]) => make('option', { value: its, textContent: text }))) : '');
    const kinds = /** @type {[string, string][]} */ ([['favourites', say.favourites], ...Object.entries(KINDS).map(([kind, [, many]]) => [kind, many]), ['codes', say.codes], ['report', say.report]]);
    show.replaceChildren(make('option', { value: 'all', textContent: say.all }), group(say.showOnly, kinds), group(say.folders, folders().map((it) => [it.id, it.title])), make('option', { value: 'trash', textContent: say.trash }));
    show.value = [...show.options].some((option) => option.value === value) ? value : 'all';
    // The same places, where there is room for them beside the list.
    const place = (/** @type {Element} */ option) => make('button', { type: 'button', value: /** @type {HTMLOptionElement} */ (option).value, textContent: option.textContent, onclick: (event) => {
      show.value = /** @type {HTMLButtonElement} */ (event.currentTarget).value;
      show.dispatchEvent(new Event('change'));
    } });
    places.replaceChildren(...[...show.children].flatMap((it) => (it instanceof HTMLOptGroupElement ? [make('h2', { textContent: it.label }), ...[...it.children].map(place)] : [place(it)])));
  }

  const kindOf = () => show.value;
  /** @param {string | undefined} id */
  const inList = (id) => /** @type {HTMLElement | null} */ (list.querySelector(`button[value="${CSS.escape(id ?? '')}"]`));
  function draw() {
    const found = matching();
    shownPlace = show.value;
    // Where the keyboard is in the list it stays, though the list is made anew.
    const at = list.contains(document.activeElement) ? /** @type {HTMLButtonElement} */ (document.activeElement).value : undefined;
    const isFolder = show.value.startsWith('f_');
    element('list-title').textContent = show.selectedOptions[0]?.textContent ?? say.all;
    for (const its of places.querySelectorAll('button')) its.setAttribute('aria-current', String(its.value === show.value));
    element('folder-tools').hidden = !isFolder || !mayChange;
    element('count').textContent = say.count(found.length);
    list.replaceChildren(...found.slice(0, shown).map((it) => make('li', {}, make('button', { type: 'button', value: it.id, onclick: leaving(() => open(it.id)), aria: it.id === selected ? { current: 'true' } : {} },
      make('span', { className: `avatar tint-${(it.title.codePointAt(0) ?? 0) % 5}`, textContent: [...it.title][0]?.toUpperCase() ?? '·', aria: { hidden: 'true' } }), make('b', { dir: 'auto', textContent: it.title }), make('small', { dir: 'auto', textContent: (kindOf() === 'report' && findings.get(it.id)) || subtitle(it) }),
      it.favourite && make('span', { className: 'mark-of', textContent: '★', title: say.favourite, role: 'img', aria: { label: say.favourite } })))));
    if (at) inList(at)?.focus({ preventScroll: true });
    note.textContent = kindOf() === 'report' ? unrated : '';
    note.hidden = note.textContent === '';
    more.hidden = found.length <= shown;
    list.hidden = found.length === 0;
    empty.hidden = found.length > 0;
    if (found.length === 0) {
      const isSearch = search.value.trim() !== '';
      const [title, text] = isSearch ? [say.noMatch, say.noMatchText]
        : show.value === 'trash' ? [say.noTrash, say.noTrashText(rules.trashDays)]
          : isFolder ? [say.noneInFolder, say.noneInFolderText]
            : show.value !== 'all' ? [show.value !== 'report' ? say.noneOfKind : unrated ? say.noPlainFindings : say.noFindings, say.noneOfKindText]
            : [say.nothing, mayMake ? say.nothingText : say.mayNot];
      const isNew = title === say.nothing && mayMake && rules.mayImport;
      empty.replaceChildren(make('h2', { textContent: title }), make('p', { textContent: text }), isNew ? make('p', {}, make('a', { href: '/vault/import', textContent: say.bring })) : '');
    }
  }

  function close() {
    const before = selected;
    view += 1;
    selected = undefined;
    ticking.stop();
    detail.hidden = true;
    detail.replaceChildren();
    draw();
    if (before) /** @type {HTMLElement} */ (inList(before) ?? list.querySelector('button') ?? search).focus();
  }
  /** Does what takes the place of a form, once the person is asked where something is written in it; `back` where it stays. @param {() => void} work @param {() => void} [back] */
  const leaving = (work, back = () => {}) => async () => {
    if (isWritten() && !await question(say.discardTitle, say.discardText, say.discard)) return back();
    work();
  };

  /** Saves, and shows what it led to. @param {string} done @param {import('./sync.js').Put[]} put @param {import('./sync.js').Removal[]} [removed] @param {() => void} [undo] */
  async function save(done, put, removed = [], undo) {
    await sync.save(put, removed);
    summarise([...vault.ids.filter((id) => put.some((it) => it.id === id) || all.get(id)?.revision !== vault.revision(id)), ...removed.map((it) => it.id)]);
    for (const id of [...all.keys()]) if (vault.revision(id) === 0) { all.delete(id); sorted = undefined; }
    drawFolders();
    draw();
    if (done) toast(done, undo);
  }
  const attempt = attempting(fail);
  /** An item with other values. @param {string} id @param {Partial<Item>} values @returns {import('./sync.js').Put} */
  const changed = (id, values) => ({ id, kind: /** @type {'item' | 'folder'} */ (all.get(id)?.kind ?? 'item'), base: vault.revision(id), text: JSON.stringify({ ...read(id), ...values }) });

  /** Set while something of the vault's is in the clipboard. @type {ReturnType<typeof setTimeout> | undefined} */
  let clearing;
  function clearClipboard() {
    if (clearing === undefined) return;
    clearTimeout(clearing);
    // A page that is not looked at may not; then as soon as it is.
    navigator.clipboard.writeText('').then(() => { clearing = undefined; }, () => addEventListener('focus', clearClipboard, { once: true }));
  }
  const ticking = codes(tools.oneTimeCode);
  /** @param {string} text */
  async function copy(text) {
    const isCopied = await navigator.clipboard.writeText(text).then(() => true, () => false);
    if (!isCopied) return toast(common.notCopied);
    toast(say.copied(rules.clipboardSeconds));
    clearTimeout(clearing);
    clearing = setTimeout(clearClipboard, rules.clipboardSeconds * 1000);
  }
  /** @param {string} label @param {string | undefined} value @param {(Node | string | undefined)[]} [shown] @param {() => string} [toCopy] */
  const fact = (label, value, shown, toCopy = () => value ?? '') => (value ? [make('dt', { textContent: label }), make('dd', {}, make('div', { className: 'row' }, ...(shown ?? [make('span', { dir: 'auto', textContent: value })]), rules.clipboardSeconds > 0 ? make('button', { type: 'button', textContent: say.copy, onclick: attempt(() => copy(toCopy())), aria: { label: say.copyOf(label) } }) : undefined))] : []);

  /** A value that is shown when somebody asks. @param {string} label @param {string | undefined} value */
  function hidden(label, value) {
    if (!value) return [];
    const secret = make('span', { className: 'secret', textContent: '••••••••' });
    const reveal = button(say.reveal, () => {
      const isShown = reveal.textContent === say.hide;
      secret.replaceChildren(...(isShown ? ['••••••••'] : secretText(value)));
      reveal.textContent = isShown ? say.reveal : say.hide;
    });
    if (label !== members.password) reveal.setAttribute('aria-label', say.revealOf(label));
    return fact(label, value, [secret, reveal]);
  }
  /** An address that can be followed: http and https, and what people write without either. @param {string} url */
  function link(url) {
    const href = /^https?:\/\//i.test(url) ? url : /^[\w-]+(\.[\w-]+)+(:\d+)?(\/\S*)?$/.test(url) ? `https://${url}` : '';
    return href && URL.canParse(href) ? [make('a', { href, target: '_blank', rel: 'noopener noreferrer', textContent: url })] : undefined;
  }

  /** @param {string} id */
  function open(id) {
    view += 1;
    selected = id;
    ticking.stop();
    const [item, summary] = [read(id), all.get(id)];
    if (!summary) return close();
    const type = item.type ?? 'login';
    const facts = [
      ...FORMS[type].flatMap(([member, kind]) => {
        const [label, value] = [members[member], item[member]];
        if (!value) return [];
        if (kind === 'secret') return hidden(label, value);
        if (kind === 'code') return fact(label, value, ticking.show(value), () => ticking.now(value));
        return fact(label, value, kind === 'url' ? link(value) : undefined);
      }),
      ...(item.urls ?? []).flatMap((url) => fact(members.url, url, link(url))),
      ...(item.fields ?? []).flatMap(({ name, value, hidden: isHidden }) => (isHidden ? hidden(name, value) : fact(name, value))),
      ...fact(say.note, item.note),
      ...fact(say.folder, item.folder ? all.get(item.folder)?.title : undefined).slice(0, 2),
    ];
    const former = (item.history ?? []).map(({ password, until }) => hidden(until ? say.until(until) : say.before, password)).flat();
    const star = mayChange && make('button', { type: 'button', textContent: item.favourite ? '★' : '☆', className: 'bare star', onclick: attempt(() => favourite(id)), aria: { label: say.favourite, pressed: String(Boolean(item.favourite)) } });
    const actions = !mayChange ? [] : summary.trashed
      ? [button(say.restore, attempt(() => restore(id)), 'primary'), button(say.forGood, attempt(() => remove(id)), 'danger')]
      : [button(say.edit, () => change(id), 'primary'), button(say.toTrash, attempt(() => trash(id)))];
    detail.replaceChildren(button(say.back, () => close(), 'bare back'),
      make('header', { className: 'row' }, make('h2', { id: 'detail-title', dir: 'auto', textContent: item.title, tabIndex: -1 }), !summary.trashed && star),
      facts.length > 0 ? make('dl', { className: 'facts' }, ...facts) : make('p', { className: 'muted', textContent: say.onlyTitle }),
      former.length > 0 ? make('details', {}, make('summary', { textContent: say.former(item.history?.length ?? 0) }), make('dl', { className: 'facts' }, ...former)) : '',
      item.imported ? make('p', { className: 'hint', textContent: say.imported(item.imported.at) }) : '', make('div', { className: 'row' }, ...actions));
    detail.hidden = false;
    draw();
    element('detail-title').focus();
  }

  /** @param {string} id */
  async function favourite(id) {
    const own = view;
    await save('', [changed(id, { favourite: !read(id).favourite })]);
    if (view === own) {
      open(id);
      /** @type {HTMLElement | null} */ (detail.querySelector('.star'))?.focus();
    }
  }

  /** @param {string} id */
  async function trash(id) {
    const own = view;
    await save(say.trashed, [changed(id, { trashed: Date.now() })], [], () => attempt(() => restore(id))());
    if (view === own) close();
  }
  /** @param {string} id */
  async function restore(id) {
    const own = view;
    await save(say.restored, [changed(id, { trashed: null })]);
    if (view === own) close();
  }
  /** @param {string} id */
  async function remove(id) {
    if (!await question(say.deleteTitle, say.deleteText, say.forGood)) return;
    const own = view;
    await save(say.deleted, [], [{ id, base: vault.revision(id) }]);
    if (view === own) close();
  }

  /** @param {string} [id] */
  function change(id) {
    view += 1;
    selected = id;
    ticking.stop();
    const own = view;
    // One ID for all tries: what arrived though its answer did not is there once.
    const one = id ?? newId('i');
    isWritten = edit({
      place: detail, folders: folders(), rules, tools, item: id ? read(id) : { title: '', type: show.value in KINDS ? /** @type {Type} */ (show.value) : 'login', folder: show.value.startsWith('f_') ? show.value : null },
      cancel: leaving(() => (id ? open(id) : close())),
      /** @param {Item} item @param {boolean} asNew */
      async save(item, asNew) {
        const to = asNew ? newId('i') : one;
        await save(say.saved, [{ id: to, kind: 'item', base, text: JSON.stringify(item) }]);
        if (view === own) open(to);
      },
      fail,
    });
    // What the form was filled with: what somebody else saved meanwhile is not overwritten.
    const base = id ? vault.revision(id) : 0;
    detail.hidden = false;
    draw();
  }

  async function makeFolder() {
    // One ID for all tries, as for items.
    const id = newId('f');
    const isMade = await askName(say.newFolder, say.makeFolder, say.folderName, '', (title) => save(say.folderMade, [{ id, kind: 'folder', base: 0, text: JSON.stringify({ title }) }]));
    if (!isMade) return;
    show.value = id;
    draw();
  }
  async function renameFolder() {
    const id = show.value;
    await askName(say.renameFolder, say.rename, say.folderName, all.get(id)?.title ?? '', (title) => save(say.renamed, [changed(id, { title })]));
  }
  async function removeFolder() {
    const id = show.value;
    if (!await question(say.removeFolderTitle, say.removeFolderText, say.removeFolder)) return;
    const inside = [...all.values()].filter((it) => it.folder === id).map((it) => changed(it.id, { folder: null }));
    // A change has a limit; what is left over goes first.
    while (inside.length > 400) await save('', inside.splice(0, 400));
    await save(say.folderRemoved, inside, [{ id, base: vault.revision(id) }]);
  }

  /** What was thrown away long ago is gone for good. */
  async function emptyTrash() {
    const old = [...all.values()].filter((it) => it.trashed && it.trashed < Date.now() - rules.trashDays * DAY).map((it) => ({ id: it.id, base: it.revision }));
    while (old.length > 0) await save('', [], old.splice(0, 400));
  }

  /** Looks at all passwords: at once for what is plain, then for what is guessed easily. */
  async function examine() {
    const items = JSON.parse(vault.readItems());
    findings = report(items);
    unrated = say.rating;
    close();
    const known = await scores(items, ending.signal).catch(() => undefined);
    if (ending.signal.aborted) return;
    unrated = known ? '' : say.notRated;
    findings = report(items, known);
    if (kindOf() === 'report') draw();
  }

  async function refresh() {
    if (!mayChange) return;
    const ids = await sync.sync();
    if (ids.length === 0) return;
    summarise(ids);
    drawFolders();
    draw();
    // What is looked at is looked at anew; what is being written stays as it is.
    if (selected && ids.includes(selected) && !detail.querySelector('form')) open(selected);
  }

  function shortcuts() {
    const dialog = make('dialog', { aria: { labelledby: 'shortcuts' } }, make('form', { method: 'dialog' }, make('h2', { id: 'shortcuts', textContent: say.shortcuts }), make('dl', { className: 'facts keys' }, ...SHORTCUTS.flatMap(([key, what]) => [make('dt', {}, make('kbd', { textContent: key })), make('dd', { textContent: what })])), make('button', { textContent: say.close })));
    dialog.onclose = () => dialog.remove();
    document.body.append(dialog);
    dialog.showModal();
  }
  /** @param {KeyboardEvent} event */
  function key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape' && selected && !detail.querySelector('form')) return close();
    if (['ArrowDown', 'ArrowUp'].includes(event.key) && (list.contains(target) || target === search)) {
      const buttons = [...list.querySelectorAll('button')];
      const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (target)) + (event.key === 'ArrowDown' ? 1 : -1);
      event.preventDefault();
      return (at < 0 ? search : buttons[Math.min(at, buttons.length - 1)])?.focus();
    }
    if (target.closest('input, textarea, select')) return;
    if (event.key === '/') { event.preventDefault(); search.focus(); }
    if (event.key === 'n' && mayMake) { event.preventDefault(); void leaving(change)(); }
    const act = { c: say.copyOf(members.password), t: say.copyOf(members.totp), f: say.favourite }[event.key];
    if (act && selected) /** @type {HTMLElement | null} */ (detail.querySelector(`button[aria-label="${act}"]`))?.click();
    if (event.key === 'e' && selected && mayChange && !all.get(selected)?.trashed && !detail.querySelector('form')) { event.preventDefault(); change(selected); }
    if (event.key === '?') shortcuts();
  }

  summarise(vault.ids);
  element('devices').textContent = JSON.parse(vault.devices).map((/** @type {{ name: string }} */ it) => it.name).join(', ');
  element('new-item').hidden = !mayMake;
  element('elsewhere').hidden = !mayChange;
  element('new-folder').hidden = !mayChange || !rules.mayCreateFolder;
  element('new-item').onclick = leaving(change);
  element('new-folder').onclick = attempt(makeFolder);
  element('rename-folder').onclick = attempt(renameFolder);
  element('remove-folder').onclick = attempt(removeFolder);
  more.onclick = () => {
    const first = shown;
    shown += PAGE;
    draw();
    list.querySelectorAll('button')[first]?.focus();
  };
  search.oninput = () => { shown = PAGE; draw(); };
  show.onchange = leaving(() => {
    shown = PAGE;
    if (kindOf() === 'report') void attempt(examine)();
    else close();
  }, () => { show.value = shownPlace; });
  addEventListener('beforeunload', (event) => { if (isWritten()) event.preventDefault(); }, { signal: ending.signal });
  document.addEventListener('keydown', key, { signal: ending.signal });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') attempt(refresh)(); }, { signal: ending.signal });
  drawFolders();
  draw();
  if (mayChange) void attempt(emptyTrash)();
  return {
    refresh,
    /** Takes everything off the page. */
    stop() {
      ending.abort();
      clearClipboard();
      ticking.stop();
      all = new Map();
      sorted = undefined;
      findings = new Map();
      isWritten = () => false;
      note.remove();
      for (const place of [list, detail, empty, show, places, element('toast'), element('devices')]) place.replaceChildren();
      search.value = '';
      document.querySelector('dialog[open]')?.remove();
    },
  };
}
