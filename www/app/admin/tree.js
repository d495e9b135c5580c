// @ts-check
// The tree of an organisation: its nodes, and the roles that accounts made at each begin with.
import { all, allIfAny, ask } from './client.js';
import { attempt, button, card, confirm, field, form, growing, head, hint, make, muted, nodeChoices, parts, question, row, select, toast } from './parts.js';
import { say } from '../words/admin/tree.js';

/** @param {import('./admin.js').View} view */
export async function draw({ main, again }) {
  const [nodes, roles] = await Promise.all([all('/nodes'), allIfAny('/roles')]);
  const choices = nodeChoices(nodes);
  const [parentField, parent] = field(say.below, select(choices));
  const [nameField, name] = field(say.name, make('input', { required: true, maxLength: 100, autocomplete: 'off' }));
  main.replaceChildren(
    head(say.nodes, say.nodesText),
    await growing(parts(choices), (shown) => make('div', { className: 'stack' }, ...shown.map(([id, text]) => one(nodes.find((it) => it.id === id), text.length - text.trimStart().length, roles, again))), muted(say.noneThatYouManage)),
    make('details', { className: 'card' }, make('summary', { textContent: say.newNode }), hint(say.newNodeText), form(say.makeIt, [parentField, nameField], async () => {
      await ask('POST', '/nodes', { parent: parent.value, name: name.value.trim() });
      await again();
    })),
  );
}

/** @param {any} node @param {number} depth @param {any[]} roles @param {() => Promise<void>} again */
function one(node, depth, roles, again) {
  const path = `/nodes/${node.id}`;
  const free = roles.filter((role) => !node.default_roles.includes(role.id));
  const add = select([['', say.addADefaultRole], ...free.map((role) => /** @type {[string, string]} */ ([role.id, role.name]))]);
  add.setAttribute('aria-label', say.addAt(node.name));
  const made = card(node.name,
    node.default_roles.length > 0 ? hint(say.beginWith) : muted(say.beginWithNone),
    make('ul', { className: 'rows' }, ...node.default_roles.map((/** @type {string} */ id) => make('li', {}, make('span', { textContent: roles.find((role) => role.id === id)?.name ?? id }), button(say.remove, () => attempt(async () => { await ask('DELETE', `${path}/default-roles/${id}`); await again(); }))))),
    free.length > 0 && row(add, button(say.add, () => add.value && attempt(async () => { await ask('PUT', `${path}/default-roles/${add.value}`); await again(); }))),
    row(button(say.rename, async () => {
      const name = await question(say.renameTitle(node.name), '', say.rename, say.name, node.name);
      if (name) await attempt(async () => { await ask('PATCH', path, { name }); await again(); });
    }), node.parent && button(say.delete, () => confirm(say.deleteTitle(node.name), say.deleteText, say.delete, async () => { await ask('DELETE', path); await again(); toast(say.gone); }), 'danger')));
  made.classList.add(`depth-${Math.min(depth, 4)}`);
  return made;
}
