// @ts-check
// Roles: what each asks of its holders, and what it lets them do.
import { all, ask, get, pages } from './client.js';
import { badge, button, card, confirm, empty, field, form, growing, head, hint, link, make, nodeChoices, row, select, table, toast } from './parts.js';
import { groups, names, policies as called, privileges, say } from '../words/admin/roles.js';

const named = (/** @type {string} */ value) => names[value] ?? value;

/** @param {string} name */
export const draws = (name) => called[name]?.[0] ?? name;
/** A value, in words. @param {any} value @returns {string} */
export function shown(value) {
  if (value === true) return say.yes;
  if (value === false) return say.no;
  if (value === null) return say.notRequired;
  if (Array.isArray(value)) return value.length === 0 ? say.nothing : value.includes('0.0.0.0/0') && value.includes('::/0') ? say.everywhere : value.map(shown).join(', ');
  if (typeof value === 'object') return Object.entries(value).map(([name, its]) => `${names[name] ?? name.replaceAll('_', ' ')} ${shown(its)}`).join('; ');
  return named(String(value));
}

/** @param {import('./admin.js').View} view */
export async function draw({ main, me, go }) {
  const nodes = await all('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? id;
  const [nameField, name] = field(say.name, make('input', { required: true, maxLength: 100, autocomplete: 'off' }));
  const [nodeField, at] = field(say.atTheNode, select(nodeChoices(nodes)), say.atTheNodeText);
  main.replaceChildren(
    head(say.rolesAndPolicies, say.rolesAndPoliciesText),
    await growing(pages('/roles'), (items) => table(say.roles, [say.role, say.node, say.policies, say.letsManage], items.map((it) => [link(`/admin/role/${it.id}`, it.name), node(it.node), String(Object.keys(it.policies).length), it.privileges.length === 0 ? say.nothing : badge(it.privileges.length === Object.keys(privileges).length ? say.everything : it.privileges.map((/** @type {string} */ its) => privileges[its]).join(', '), 'info')])), empty(say.noRoleYet, say.noRoleYetText)),
    ...(me.privileges.has('manage_roles') ? [make('details', { className: 'card' }, make('summary', { textContent: say.newRole }), form(say.makeIt, [nameField, nodeField], async () => {
      const role = await ask('POST', '/roles', { name: name.value.trim(), node: at.value });
      go(`/admin/role/${role.id}`);
    }))] : []),
  );
}

/** @param {import('./admin.js').View} view */
export async function drawOne({ main, id, me, go, again }) {
  const [role, { items: policies }] = await Promise.all([get(`/roles/${id}`), get('/policies')]);
  const [nameField, name] = field(say.name, make('input', { value: role.name, required: true, maxLength: 100, autocomplete: 'off' }));
  const editors = policies.map((/** @type {any} */ policy) => /** @type {[any, ReturnType<typeof editor>]} */ ([policy, editor(policy, role.policies[policy.name])]));
  const boxes = Object.entries(privileges).map(([its, text]) => {
    const box = make('input', { type: 'checkbox', id: `privilege-${its}`, value: its, checked: role.privileges.includes(its), autocomplete: 'off' });
    return /** @type {const} */ ([box, make('label', { className: 'choice', for: box.id }, box, text)]);
  });
  const save = form(say.save, [nameField,
    ...Object.entries(groups).map(([group, title]) => make('fieldset', {}, make('legend', {}, make('b', { textContent: title })), ...editors.filter((/** @type {any} */ [policy]) => policy.group === group).map((/** @type {any} */ [, { row: its }]) => its))),
    make('fieldset', {}, make('legend', {}, make('b', { textContent: say.privileges })), hint(say.privilegesText), make('div', { className: 'choices' }, ...boxes.map(([, label]) => label))),
  ], async () => {
    /** @type {Record<string, unknown>} */
    const carried = {};
    for (const [policy, { value }] of editors) {
      const its = value();
      if (its !== undefined) carried[policy.name] = its;
    }
    await ask('PATCH', `/roles/${id}`, { name: name.value.trim(), policies: carried, privileges: boxes.filter(([box]) => box.checked).map(([box]) => box.value) });
    await again();
    toast(say.saved);
  });
  const may = me.privileges.has('manage_roles');
  main.replaceChildren(
    make('nav', { aria: { label: say.up } }, link('/admin/roles', say.back)),
    head(role.name, say.strictest),
    make('section', { className: 'card', aria: { label: say.theRole } }, save),
    ...(may ? [card(say.delete, row(button(say.deleteThisRole, () => confirm(say.deleteTitle(role.name), say.deleteText, say.delete, async () => { await ask('DELETE', `/roles/${id}`); go('/admin/roles'); }), 'danger')))] : []),
  );
}

/**
 * What edits one policy, by what its values look like.
 * @param {any} policy @param {any} value what the role carries; nothing where it carries none
 * @returns {{ row: HTMLElement, value: () => unknown }}
 */
function editor({ name, schema, default: its, enforced }, value) {
  const [label, note] = called[name] ?? [name, ''];
  const id = `policy-${name}`;
  const told = say.told(note, shown(its), enforced === 'client');
  const line = (/** @type {HTMLElement} */ input, /** @type {HTMLElement | undefined} */ below = undefined) => {
    input.setAttribute('aria-describedby', `${id}-note`);
    return make('div', { className: 'policy' }, make('div', {}, make('label', { for: id, textContent: label }), make('p', { className: 'hint', id: `${id}-note`, textContent: told })), below ? make('div', { className: 'stack tight' }, input, below) : input);
  };
  const many = (/** @type {string[]} */ names, /** @type {string[] | undefined} */ chosen) => make('select', { multiple: true, size: names.length, autocomplete: 'off' }, ...names.map((one) => make('option', { value: one, textContent: named(one), selected: chosen?.includes(one) })));
  const chosenOf = (/** @type {HTMLSelectElement} */ input) => [...input.selectedOptions].map((one) => one.value);
  if (schema.type === 'boolean') {
    const input = select([['', say.saysNothing], ['true', say.yes], ['false', say.no]], value === undefined ? '' : String(value));
    input.id = id;
    return { row: line(input), value: () => (input.value === '' ? undefined : input.value === 'true') };
  }
  // Of escrow a role says within how many days; that it is not asked for is what it says where it says nothing.
  const whole = schema.type === 'integer' ? schema : schema.oneOf?.find((/** @type {any} */ one) => one.type === 'integer');
  if (whole) {
    const input = make('input', { id, type: 'number', min: String(whole.minimum ?? 0), max: String(whole.maximum ?? ''), value: typeof value === 'number' ? String(value) : '', placeholder: say.saysNothing, autocomplete: 'off' });
    return { row: line(input), value: () => (input.value === '' ? undefined : Number(input.value)) };
  }
  if (schema.type === 'array' && !schema.items?.enum) {
    const input = make('textarea', { id, rows: 3, value: (value ?? []).join('\n'), spellcheck: false, autocomplete: 'off' });
    const lines = () => input.value.split('\n').map((text) => text.trim()).filter(Boolean);
    return { row: line(input), value: () => (lines().length === 0 ? undefined : lines()) };
  }
  if (schema.type === 'array') {
    const input = many(schema.items.enum, value);
    input.id = id;
    return { row: line(input), value: () => (input.selectedOptions.length === 0 ? undefined : chosenOf(input)) };
  }
  if (schema.properties?.min_length) {
    const { min_length: length, classes } = schema.properties;
    const input = make('input', { id, type: 'number', min: String(length.minimum), max: String(length.maximum), value: value === undefined ? '' : String(value.min_length), placeholder: say.saysNothing, autocomplete: 'off' });
    const kinds = many(classes.items.enum, value?.classes);
    kinds.setAttribute('aria-label', say.kinds);
    return { row: line(input, kinds), value: () => (input.value === '' && kinds.selectedOptions.length === 0 ? undefined : { min_length: Number(input.value || its.min_length), classes: chosenOf(kinds) }) };
  }
  // What has no form of its own is written as it is.
  const input = make('input', { id, value: value === undefined ? '' : JSON.stringify(value), placeholder: say.suchAs(JSON.stringify(its)), autocomplete: 'off', spellcheck: false });
  return { row: line(input), value: () => { try { return input.value.trim() === '' ? undefined : JSON.parse(input.value); } catch { return input.value; } } };
}
