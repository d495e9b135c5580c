// @ts-check
// What an open vault shows: a list with a search, one item beside it, a form to change it.
import { told } from './api.js';
import { newId } from './device.js';
import { button, element, make, question, toast } from './dom.js';
import { edit } from './editor.js';

/**
 * @typedef {{ id: string, kind: 'item' | 'folder', revision: number, title: string, username?: string, url?: string, folder?: string | null, trashed?: number | null }} Summary
 * @typedef {{ title: string, username?: string, password?: string, url?: string, note?: string, folder?: string | null, trashed?: number | null }} Item an item's plaintext, as JSON (docs/vault-format.md §12)
 * @typedef {{ mayCreateRecord: boolean, mayCreateFolder: boolean, clipboardSeconds: number, trashDays: number }} Rules
 * @typedef {import('./sync.js').Vault} Vault
 * @typedef {Awaited<ReturnType<typeof import('./sync.js').startSync>>} Sync
 */

/** As many as are drawn at once. */
const PAGE = 200;
const DAY = 24 * 60 * 60 * 1000;

/** @param {Vault} vault @param {Sync} sync @param {Rules} rules @param {(error: unknown) => void} fail */
export function startItems(vault, sync, rules, fail) {
  /** @type {Map<string, Summary>} */
  let all = new Map();
  let shown = PAGE;
  /** What the detail pane shows. @type {string | undefined} */
  let selected;
  /** Counts what it showed: what was begun in one view ends in it, and never takes the place of the next. */
  let view = 0;
  const search = /** @type {HTMLInputElement} */ (element('search'));
  const show = /** @type {HTMLSelectElement} */ (element('show'));
  const [list, detail, empty, more] = ['list', 'detail', 'empty', 'more'].map(element);

  /** @param {string[]} ids */
  function summarise(ids) {
    for (const id of ids) all.delete(id);
    for (const summary of /** @type {Summary[]} */ (JSON.parse(vault.summaries(ids)))) if (summary.kind === 'item' || summary.kind === 'folder') all.set(summary.id, { ...summary, title: typeof summary.title === 'string' ? summary.title : '' });
  }
  /** @param {Summary} one @param {Summary} other */
  const byTitle = (one, other) => one.title.localeCompare(other.title) || (one.id < other.id ? -1 : 1);
  const folders = () => [...all.values()].filter((it) => it.kind === 'folder').sort(byTitle);
  /** @param {string} id @returns {Item} */
  const read = (id) => JSON.parse(vault.read(id));

  function matching() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return [...all.values()].filter((it) => {
      if (it.kind !== 'item' || Boolean(it.trashed) !== (show.value === 'trash')) return false;
      if (show.value.startsWith('f_') && it.folder !== show.value) return false;
      const text = `${it.title} ${it.username ?? ''} ${it.url ?? ''}`.toLowerCase();
      return words.every((word) => text.includes(word));
    }).sort(byTitle);
  }

  function drawFolders() {
    const value = show.value || 'all';
    show.replaceChildren(make('option', { value: 'all', textContent: 'All items' }), ...folders().map((folder) => make('option', { value: folder.id, textContent: folder.title })), make('option', { value: 'trash', textContent: 'Trash' }));
    show.value = [...show.options].some((option) => option.value === value) ? value : 'all';
  }

  function draw() {
    const found = matching();
    const isFolder = show.value.startsWith('f_');
    element('list-title').textContent = show.selectedOptions[0]?.textContent ?? 'All items';
    element('folder-tools').hidden = !isFolder;
    element('count').textContent = found.length === 1 ? '1 item' : `${found.length.toLocaleString('en')} items`;
    list.replaceChildren(...found.slice(0, shown).map((it) => make('li', {}, make('button', { type: 'button', onclick: () => open(it.id), aria: it.id === selected ? { current: 'true' } : {} },
      make('span', { className: 'avatar', textContent: [...it.title][0]?.toUpperCase() ?? '·', aria: { hidden: 'true' } }), make('b', { textContent: it.title }), make('small', { textContent: it.username || it.url || '' })))));
    more.hidden = found.length <= shown;
    list.hidden = found.length === 0;
    empty.hidden = found.length > 0;
    if (found.length === 0) {
      const isSearch = search.value.trim() !== '';
      const [title, text] = isSearch ? ['Nothing is called that.', 'Try fewer words, or another place.']
        : show.value === 'trash' ? ['The trash is empty.', `What you throw away stays here for ${rules.trashDays} days.`]
          : isFolder ? ['This folder is empty.', 'Choose it in an item to put the item here.']
            : ['Nothing is in it yet.', rules.mayCreateRecord ? 'Save a first password, and it is here in every browser that you let in.' : 'Your organisation does not let you make items.'];
      empty.replaceChildren(make('h2', { textContent: title }), make('p', { textContent: text }));
    }
  }

  /** @param {string | undefined} id */
  function close(id = undefined) {
    const before = selected;
    view += 1;
    selected = id;
    detail.hidden = true;
    detail.replaceChildren();
    draw();
    if (!id && before) /** @type {HTMLElement} */ (list.querySelector('button') ?? search).focus();
  }

  /** Saves, and shows what it led to. @param {string} done @param {import('./sync.js').Put[]} put @param {import('./sync.js').Removal[]} [removed] @param {() => void} [undo] */
  async function save(done, put, removed = [], undo) {
    await sync.save(put, removed);
    summarise([...vault.ids.filter((id) => put.some((it) => it.id === id) || all.get(id)?.revision !== vault.revision(id)), ...removed.map((it) => it.id)]);
    for (const id of [...all.keys()]) if (vault.revision(id) === 0) all.delete(id);
    drawFolders();
    draw();
    if (done) toast(done, undo);
  }
  /** Where a click cannot be followed, say why. @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().catch((error) => {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') fail(error);
    else if (code !== 'vault-locked') toast(code === 'offline' ? 'The server cannot be reached. Nothing was changed.' : `${message} (${code})`);
  });
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
  /** @param {string} text */
  async function copy(text) {
    await navigator.clipboard.writeText(text);
    toast(`Copied. It is cleared in ${rules.clipboardSeconds} seconds.`);
    clearTimeout(clearing);
    clearing = setTimeout(clearClipboard, rules.clipboardSeconds * 1000);
  }
  /** @param {string} label @param {string | undefined} value @param {(Node | string | undefined)[]} [shown] */
  const fact = (label, value, shown) => (value ? [make('dt', { textContent: label }), make('dd', {}, make('div', { className: 'row' }, ...(shown ?? [make('span', { textContent: value })]), rules.clipboardSeconds > 0 ? make('button', { type: 'button', textContent: 'Copy', onclick: attempt(() => copy(value)), aria: { label: `Copy ${label.toLowerCase()}` } }) : undefined))] : []);

  /** @param {string} id */
  function open(id) {
    view += 1;
    selected = id;
    const [item, summary] = [read(id), all.get(id)];
    if (!summary) return close();
    const secret = make('span', { className: 'secret', textContent: '••••••••' });
    const reveal = make('button', { type: 'button', textContent: 'Reveal', onclick: () => {
      const isShown = reveal.textContent === 'Hide';
      secret.textContent = isShown ? '••••••••' : item.password ?? '';
      reveal.textContent = isShown ? 'Reveal' : 'Hide';
    } });
    const isLink = /^https?:\/\//i.test(item.url ?? '');
    const facts = [
      ...fact('Username', item.username),
      ...fact('Password', item.password, [secret, reveal]),
      ...fact('Website', item.url, isLink ? [make('a', { href: item.url, target: '_blank', rel: 'noopener noreferrer', textContent: item.url })] : undefined),
      ...fact('Note', item.note),
      ...fact('Folder', item.folder ? all.get(item.folder)?.title : undefined).slice(0, 2),
    ];
    const actions = summary.trashed
      ? [button('Restore', attempt(() => restore(id)), 'primary'), button('Delete for good', attempt(() => remove(id)), 'danger')]
      : [button('Edit', () => change(id), 'primary'), button('Move to trash', attempt(() => trash(id)))];
    detail.replaceChildren(button('‹ Back', () => close(), 'bare back'), make('h2', { id: 'detail-title', textContent: item.title, tabIndex: -1 }),
      facts.length > 0 ? make('dl', { className: 'facts' }, ...facts) : make('p', { className: 'muted', textContent: 'There is nothing in it but its name.' }), make('div', { className: 'row' }, ...actions));
    detail.hidden = false;
    draw();
    element('detail-title').focus();
  }

  /** @param {string} id */
  async function trash(id) {
    const own = view;
    await save('Moved to the trash.', [changed(id, { trashed: Date.now() })], [], () => attempt(() => restore(id))());
    if (view === own) close();
  }
  /** @param {string} id */
  async function restore(id) {
    const own = view;
    await save('Restored.', [changed(id, { trashed: null })]);
    if (view === own) close();
  }
  /** @param {string} id */
  async function remove(id) {
    if (!await question('Delete it for good?', 'Nobody can bring it back.', 'Delete for good')) return;
    const own = view;
    await save('Deleted.', [], [{ id, base: vault.revision(id) }]);
    if (view === own) close();
  }

  /** @param {string} [id] */
  function change(id) {
    view += 1;
    selected = id;
    const own = view;
    edit({
      place: detail, folders: folders(), item: id ? read(id) : { title: '', folder: show.value.startsWith('f_') ? show.value : null },
      cancel: () => (id ? open(id) : close()),
      /** @param {Item} item @param {boolean} asNew */
      async save(item, asNew) {
        const to = id && !asNew ? id : newId('i');
        await save('Saved.', [{ id: to, kind: 'item', base, text: JSON.stringify(item) }]);
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
    const title = await question('New folder', '', 'Make folder', 'Name');
    if (!title) return;
    const id = newId('f');
    await save('Folder made.', [{ id, kind: 'folder', base: 0, text: JSON.stringify({ title }) }]);
    show.value = id;
    draw();
  }
  async function renameFolder() {
    const id = show.value;
    const title = await question('Rename folder', '', 'Rename', 'Name', all.get(id)?.title);
    if (title) await save('Renamed.', [changed(id, { title })]);
  }
  async function removeFolder() {
    const id = show.value;
    if (!await question('Remove this folder?', 'What is in it stays, without a folder.', 'Remove folder')) return;
    const inside = [...all.values()].filter((it) => it.folder === id).map((it) => changed(it.id, { folder: null }));
    // A change has a limit; what is left over goes first.
    while (inside.length > 400) await save('', inside.splice(0, 400));
    await save('Folder removed.', inside, [{ id, base: vault.revision(id) }]);
  }

  /** What was thrown away long ago is gone for good. */
  async function emptyTrash() {
    const old = [...all.values()].filter((it) => it.trashed && it.trashed < Date.now() - rules.trashDays * DAY).map((it) => ({ id: it.id, base: it.revision }));
    while (old.length > 0) await save('', [], old.splice(0, 400));
  }

  async function refresh() {
    const ids = await sync.sync();
    if (ids.length === 0) return;
    summarise(ids);
    drawFolders();
    draw();
    // What is looked at is looked at anew; what is being written stays as it is.
    if (selected && ids.includes(selected) && !detail.querySelector('form')) open(selected);
  }

  function shortcuts() {
    const keys = [['/', 'Search'], ['n', 'New item'], ['↑ ↓', 'Through the list'], ['Esc', 'Close the item'], ['?', 'These shortcuts']];
    const dialog = make('dialog', { aria: { labelledby: 'shortcuts' } }, make('form', { method: 'dialog' }, make('h2', { id: 'shortcuts', textContent: 'Shortcuts' }), make('dl', { className: 'facts' }, ...keys.flatMap(([key, what]) => [make('dt', {}, make('kbd', { textContent: key })), make('dd', { textContent: what })])), make('button', { textContent: 'Close' })));
    dialog.onclose = () => dialog.remove();
    document.body.append(dialog);
    dialog.showModal();
  }
  /** @param {KeyboardEvent} event */
  function key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog')) return;
    if (event.key === 'Escape' && selected && !detail.querySelector('form')) return close();
    if (['ArrowDown', 'ArrowUp'].includes(event.key) && (list.contains(target) || target === search)) {
      const buttons = [...list.querySelectorAll('button')];
      const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (target)) + (event.key === 'ArrowDown' ? 1 : -1);
      event.preventDefault();
      return (at < 0 ? search : buttons[Math.min(at, buttons.length - 1)])?.focus();
    }
    if (target.closest('input, textarea, select')) return;
    if (event.key === '/') { event.preventDefault(); search.focus(); }
    if (event.key === 'n' && rules.mayCreateRecord) { event.preventDefault(); change(); }
    if (event.key === '?') shortcuts();
  }

  summarise(vault.ids);
  element('devices').textContent = JSON.parse(vault.devices).map((/** @type {{ name: string }} */ it) => it.name).join(', ');
  element('new-item').hidden = !rules.mayCreateRecord;
  element('new-folder').hidden = !rules.mayCreateFolder;
  element('new-item').onclick = () => change();
  element('new-folder').onclick = attempt(makeFolder);
  element('rename-folder').onclick = attempt(renameFolder);
  element('remove-folder').onclick = attempt(removeFolder);
  more.onclick = () => { shown += PAGE; draw(); };
  search.oninput = () => { shown = PAGE; draw(); };
  show.onchange = () => { shown = PAGE; close(); };
  const ending = new AbortController();
  document.addEventListener('keydown', key, { signal: ending.signal });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') attempt(refresh)(); }, { signal: ending.signal });
  drawFolders();
  draw();
  void attempt(emptyTrash)();
  return {
    refresh,
    /** Takes everything off the page. */
    stop() {
      ending.abort();
      clearClipboard();
      all = new Map();
      for (const place of [list, detail, empty, show, element('toast'), element('devices')]) place.replaceChildren();
      search.value = '';
      document.querySelector('dialog')?.remove();
    },
  };
}
