// @ts-check
// The page that lets a vault out as a file: for who signed in a moment ago, where the policy allows it.
import { ask, told } from './api.js';
import { element, make, toast, whose } from './dom.js';
import { loadTransfer } from './transfer.js';
import { run } from './unlock.js';
import { common } from './words/common.js';
import { say } from './words/transfer.js';

const LEAST = 12;

/** @param {string} name @param {BlobPart} content @param {string} type */
function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = make('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The download has its own hold on it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

await run(({ vault, state }, fail) => {
  const view = element('view');
  const all = () => {
    const items = /** @type {(import('./items.js').Item & { id: string })[]} */ (JSON.parse(vault.readItems())).filter((it) => !it.trashed);
    const folders = /** @type {import('./items.js').Summary[]} */ (JSON.parse(vault.summaries(vault.ids))).filter((it) => it.kind === 'folder').map(({ id, title }) => ({ id, title }));
    return { format: 'keyward-export', version: 1, folders, items };
  };

  function showForm() {
    const kinds = /** @type {[string, string, string][]} */ ([['sealed', say.sealed, say.sealedHint], ['json', say.json, say.jsonHint], ['csv', say.csv, say.csvHint]]);
    const [password, again] = [make('input', { id: 'password', type: 'password', autocomplete: 'new-password', aria: { describedby: 'password-hint' } }), make('input', { id: 'again', type: 'password', autocomplete: 'new-password' })];
    const secret = make('div', { className: 'stack' }, whose(say.exportOwner), make('div', { className: 'field' }, make('label', { for: 'password', textContent: say.password }), password, make('p', { id: 'password-hint', className: 'hint', textContent: say.passwordHint })), make('div', { className: 'field' }, make('label', { for: 'again', textContent: say.again }), again));
    const error = make('p', { className: 'error', role: 'alert' });
    const submit = make('button', { className: 'primary', textContent: say.exportGo });
    const chosen = () => String(new FormData(form).get('how'));
    const form = make('form', { className: 'card stack', onchange: () => { secret.hidden = chosen() !== 'sealed'; }, onsubmit: (event) => { event.preventDefault(); void go(); } },
      make('p', { className: 'muted', textContent: say.ready(all().items.length) }),
      make('fieldset', {}, make('legend', {}, make('b', { textContent: say.how })), ...kinds.map(([value, name, hint], at) => make('label', { className: 'choice', for: `how-${value}` }, make('input', { type: 'radio', name: 'how', id: `how-${value}`, value, checked: at === 0 }), make('span', {}, make('b', { textContent: name }), make('small', { className: 'hint', textContent: hint }))))),
      secret, error, make('div', { className: 'row' }, submit));

    async function go() {
      const how = chosen();
      error.textContent = '';
      if (how === 'sealed' && password.value.length < LEAST) { error.textContent = say.short; return password.focus(); }
      if (how === 'sealed' && password.value !== again.value) { error.textContent = say.other; return again.focus(); }
      submit.disabled = true;
      submit.textContent = say.exporting;
      try {
        const content = all();
        // The server says whether it may be, and writes down that it was.
        await ask('/vault/exported', { as: how, records: content.items.length });
        const transfer = await loadTransfer();
        const text = JSON.stringify(content, null, how === 'json' ? 1 : 0);
        const day = new Date().toISOString().slice(0, 10);
        if (how === 'json') save(`keyward-${day}.json`, text, 'application/json');
        else if (how === 'csv') save(`keyward-${day}.csv`, transfer.toTable(text), 'text/csv');
        else save(`keyward-${day}.keyward`, transfer.sealFile(text, password.value.normalize('NFKC')), 'application/octet-stream');
        toast(say.exported(content.items.length));
        password.value = again.value = '';
      } catch (refused) {
        const { code, message } = told(refused);
        if (code === 'sign-in-again') return showGate();
        if (code === 'session-over' || code === 'device-not-proven') return fail(refused);
        error.textContent = code === 'restricted-by-policy' ? say.exportNot : common.withCode(message, code);
      }
      submit.disabled = false;
      submit.textContent = say.exportGo;
    }
    view.replaceChildren(form);
  }

  function showGate() {
    view.replaceChildren(make('section', { className: 'card stack' }, make('h2', { textContent: say.exportFresh }), make('p', { textContent: say.exportFreshText }), make('p', {}, make('a', { className: 'button primary', href: `${state.fresh}/vault/export`, textContent: say.signIn }))));
  }

  if (!state.rules.mayExport) view.replaceChildren(make('section', { className: 'card' }, make('p', { textContent: say.exportNot })));
  else showForm();
  return {
    stop() {
      view.replaceChildren();
      element('toast').replaceChildren();
    },
  };
});
