// @ts-check
// The tree of an organisation: its nodes, and the roles that accounts made at each begin with.
import { all, allIfAny, ask } from './client.js';
import { attempt, button, card, confirm, field, form, growing, head, hint, make, muted, nodeChoices, parts, question, row, select, toast } from './parts.js';

/** @param {import('./admin.js').View} view */
export async function draw({ main, again }) {
  const [nodes, roles] = await Promise.all([all('/nodes'), allIfAny('/roles')]);
  const choices = nodeChoices(nodes);
  const [parentField, parent] = field('Below', select(choices));
  const [nameField, name] = field('Name', make('input', { required: true, maxLength: 100, autocomplete: 'off' }));
  main.replaceChildren(
    head('Nodes', 'The tree of your organisation. People, roles and connections belong to a node, and privileges hold at theirs and below.'),
    await growing(parts(choices), (shown) => make('div', { className: 'stack' }, ...shown.map(([id, text]) => one(nodes.find((it) => it.id === id), text.length - text.trimStart().length, roles, again))), muted('None that you manage.')),
    make('details', { className: 'card' }, make('summary', { textContent: 'New node' }), form('Make it', [parentField, nameField], async () => {
      await ask('POST', '/nodes', { parent: parent.value, name: name.value.trim() });
      await again();
    })),
  );
}

/** @param {any} node @param {number} depth @param {any[]} roles @param {() => Promise<void>} again */
function one(node, depth, roles, again) {
  const path = `/nodes/${node.id}`;
  const free = roles.filter((role) => !node.default_roles.includes(role.id));
  const add = select([['', 'Add a default role'], ...free.map((role) => /** @type {[string, string]} */ ([role.id, role.name]))]);
  add.setAttribute('aria-label', `Add a default role at ${node.name}`);
  const made = card(node.name,
    node.default_roles.length > 0 ? hint('Accounts that are made here begin with') : muted('Accounts that are made here begin with no role.'),
    make('ul', { className: 'rows' }, ...node.default_roles.map((/** @type {string} */ id) => make('li', {}, make('span', { textContent: roles.find((role) => role.id === id)?.name ?? id }), button('Remove', () => attempt(async () => { await ask('DELETE', `${path}/default-roles/${id}`); await again(); }))))),
    free.length > 0 && row(add, button('Add', () => add.value && attempt(async () => { await ask('PUT', `${path}/default-roles/${add.value}`); await again(); }))),
    row(button('Rename', async () => {
      const name = await question(`Rename ${node.name}`, '', 'Rename', 'Name', node.name);
      if (name) await attempt(async () => { await ask('PATCH', path, { name }); await again(); });
    }), node.parent && button('Delete', () => confirm(`Delete ${node.name}?`, 'Only a node at which nothing is left can be deleted.', 'Delete', async () => { await ask('DELETE', path); await again(); toast('It is gone.'); }), 'danger')));
  made.classList.add(`depth-${Math.min(depth, 4)}`);
  return made;
}
