// @ts-check
// Roles: what each asks of its holders, and what it lets them do.
import { all, ask, get, pages } from './client.js';
import { badge, button, card, confirm, empty, field, form, growing, head, hint, link, make, nodeChoices, row, select, table, toast } from './parts.js';

/** What admins call them, and what a value means. @type {Record<string, [string, string]>} */
const POLICIES = {
  require_two_factor: ['Require a second factor', 'Nobody is signed in without one.'],
  two_factor_methods: ['Second factors that count', ''],
  two_factor_remember: ['Remember a second factor, days', 'On a device that proved one; 0: ask each time.'],
  ip_allow_list: ['Addresses to sign in from', 'Ranges such as 192.0.2.0/24, one a line. Nothing here: everywhere.'],
  session_idle_minutes: ['A session ends unused after, minutes', ''],
  session_max_hours: ['A session ends after, hours', 'Used or not.'],
  unlock_grace_minutes: ['Open a vault that locked itself without a sign-in, for minutes', 'Counted from the moment at which it locked. 0: it always takes a sign-in.'],
  restrict_recovery_phrase: ['Forbid recovery phrases', ''],
  device_approval_by_user: ['People approve their own devices', ''],
  device_approval_by_admin: ['Admins approve devices', ''],
  require_escrow: ['Require escrow, within days', 'People have to consent to it within so many days; 0: at once.'],
  disable_onboarding: ['Skip the onboarding', 'What is required is asked for all the same.'],
  disable_setup_tour: ['Skip the tour', ''],
  restrict_import: ['Forbid import', ''],
  restrict_browser_extension: ['Do not offer the browser extension', ''],
  restrict_create_record: ['Forbid new records', ''],
  restrict_create_folder: ['Forbid new folders', ''],
  restrict_export: ['Forbid export', 'Who can read something can still write it down.'],
  restrict_clipboard_seconds: ['Clear the clipboard after, seconds', '0: nothing is copied.'],
  mask_while_editing: ['Hide secrets while editing', ''],
  generated_password: ['Generated passwords, characters', 'At least so many, and of each kind that is chosen below at least one.'],
  days_before_trash_is_emptied: ['Empty the trash after, days', ''],
  restrict_offline: ['Forbid reading without a connection', 'No vault is kept for reading offline.'],
};
/** @type {Record<string, string>} */
export const PRIVILEGES = {
  manage_users: 'Manage people', manage_roles: 'Manage roles and policies', manage_connections: 'Manage connections', manage_domains: 'Manage domains (at the root)',
  approve_devices: 'Approve devices', transfer_vault: 'Transfer vaults', view_audit: 'Read the audit log',
};
/** @type {Record<string, string>} */
const GROUPS = { 'sign-in': 'Signing in', onboarding: 'Onboarding', vault: 'The vault' };

/** What values are called. @type {Record<string, string>} */
const NAMES = { totp: 'authenticator app', webauthn: 'passkey or security key', backup_code: 'backup code', lower: 'small letters', upper: 'capital letters', digit: 'digits', symbol: 'symbols' };
const named = (/** @type {string} */ value) => NAMES[value] ?? value;

/** @param {string} name */
export const draws = (name) => POLICIES[name]?.[0] ?? name;
/** A value, in words. @param {any} value @returns {string} */
export function shown(value) {
  if (value === true) return 'Yes';
  if (value === false) return 'No';
  if (value === null) return 'Not required';
  if (Array.isArray(value)) return value.length === 0 ? 'Nothing' : value.includes('0.0.0.0/0') && value.includes('::/0') ? 'Everywhere' : value.map(shown).join(', ');
  if (typeof value === 'object') return Object.entries(value).map(([name, its]) => `${name.replaceAll('_', ' ')} ${shown(its)}`).join('; ');
  return named(String(value));
}

/** @param {import('./admin.js').View} view */
export async function draw({ main, me, go }) {
  const nodes = await all('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? id;
  const [nameField, name] = field('Name', make('input', { required: true, maxLength: 100, autocomplete: 'off' }));
  const [nodeField, at] = field('At the node', select(nodeChoices(nodes)), 'What it lets people do begins there.');
  main.replaceChildren(
    head('Roles and policies', 'A role says what is asked of its holders, and what they may manage.'),
    await growing(pages('/roles'), (items) => table('Roles', ['Role', 'Node', 'Policies', 'Lets manage'], items.map((it) => [link(`/admin/role/${it.id}`, it.name), node(it.node), String(Object.keys(it.policies).length), it.privileges.length === 0 ? 'Nothing' : badge(it.privileges.length === Object.keys(PRIVILEGES).length ? 'Everything' : it.privileges.map((/** @type {string} */ its) => PRIVILEGES[its]).join(', '), 'info')])), empty('No role yet', 'Without one the written defaults apply to everybody.')),
    ...(me.privileges.has('manage_roles') ? [make('details', { className: 'card' }, make('summary', { textContent: 'New role' }), form('Make it', [nameField, nodeField], async () => {
      const role = await ask('POST', '/roles', { name: name.value.trim(), node: at.value });
      go(`/admin/role/${role.id}`);
    }))] : []),
  );
}

/** @param {import('./admin.js').View} view */
export async function drawOne({ main, id, me, go, again }) {
  const [role, { items: policies }] = await Promise.all([get(`/roles/${id}`), get('/policies')]);
  const [nameField, name] = field('Name', make('input', { value: role.name, required: true, maxLength: 100, autocomplete: 'off' }));
  const editors = policies.map((/** @type {any} */ policy) => /** @type {[any, ReturnType<typeof editor>]} */ ([policy, editor(policy, role.policies[policy.name])]));
  const boxes = Object.entries(PRIVILEGES).map(([its, text]) => {
    const box = make('input', { type: 'checkbox', id: `privilege-${its}`, value: its, checked: role.privileges.includes(its), autocomplete: 'off' });
    return /** @type {const} */ ([box, make('label', { className: 'choice', for: box.id }, box, text)]);
  });
  const save = form('Save', [nameField,
    ...Object.entries(GROUPS).map(([group, title]) => make('fieldset', {}, make('legend', {}, make('b', { textContent: title })), ...editors.filter((/** @type {any} */ [policy]) => policy.group === group).map((/** @type {any} */ [, { row: its }]) => its))),
    make('fieldset', {}, make('legend', {}, make('b', { textContent: 'Lets its holders manage' })), hint('At its node and below. Nobody gives what they do not hold themselves.'), make('div', { className: 'choices' }, ...boxes.map(([, label]) => label))),
  ], async () => {
    /** @type {Record<string, unknown>} */
    const carried = {};
    for (const [policy, { value }] of editors) {
      const its = value();
      if (its !== undefined) carried[policy.name] = its;
    }
    await ask('PATCH', `/roles/${id}`, { name: name.value.trim(), policies: carried, privileges: boxes.filter(([box]) => box.checked).map(([box]) => box.value) });
    await again();
    toast('Saved. It counts for all who have it, from their next request on.');
  });
  const may = me.privileges.has('manage_roles');
  main.replaceChildren(
    make('nav', { aria: { label: 'Up' } }, link('/admin/roles', '← Roles and policies')),
    head(role.name, 'Where people have several roles, the strictest value of each policy counts.'),
    make('section', { className: 'card', aria: { label: 'The role' } }, save),
    ...(may ? [card('Delete', row(button('Delete this role', () => confirm(`Delete ${role.name}?`, 'It is taken from all who have it.', 'Delete', async () => { await ask('DELETE', `/roles/${id}`); go('/admin/roles'); }), 'danger')))] : []),
  );
}

/**
 * What edits one policy, by what its values look like.
 * @param {any} policy @param {any} value what the role carries; nothing where it carries none
 * @returns {{ row: HTMLElement, value: () => unknown }}
 */
function editor({ name, schema, default: its, enforced }, value) {
  const [label, note] = POLICIES[name] ?? [name, ''];
  const id = `policy-${name}`;
  const told = `${note} Default: ${shown(its)}. ${enforced === 'client' ? 'Our pages see to it.' : 'The server sees to it.'}`.trim();
  const line = (/** @type {HTMLElement} */ input, /** @type {HTMLElement | undefined} */ below = undefined) => {
    input.setAttribute('aria-describedby', `${id}-note`);
    return make('div', { className: 'policy' }, make('div', {}, make('label', { for: id, textContent: label }), make('p', { className: 'hint', id: `${id}-note`, textContent: told })), below ? make('div', { className: 'stack tight' }, input, below) : input);
  };
  const many = (/** @type {string[]} */ names, /** @type {string[] | undefined} */ chosen) => make('select', { multiple: true, size: names.length, autocomplete: 'off' }, ...names.map((one) => make('option', { value: one, textContent: named(one), selected: chosen?.includes(one) })));
  const chosenOf = (/** @type {HTMLSelectElement} */ input) => [...input.selectedOptions].map((one) => one.value);
  if (schema.type === 'boolean') {
    const input = select([['', 'Says nothing'], ['true', 'Yes'], ['false', 'No']], value === undefined ? '' : String(value));
    input.id = id;
    return { row: line(input), value: () => (input.value === '' ? undefined : input.value === 'true') };
  }
  // Of escrow a role says within how many days; that it is not asked for is what it says where it says nothing.
  const whole = schema.type === 'integer' ? schema : schema.oneOf?.find((/** @type {any} */ one) => one.type === 'integer');
  if (whole) {
    const input = make('input', { id, type: 'number', min: String(whole.minimum ?? 0), max: String(whole.maximum ?? ''), value: typeof value === 'number' ? String(value) : '', placeholder: 'Says nothing', autocomplete: 'off' });
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
    const input = make('input', { id, type: 'number', min: String(length.minimum), max: String(length.maximum), value: value === undefined ? '' : String(value.min_length), placeholder: 'Says nothing', autocomplete: 'off' });
    const kinds = many(classes.items.enum, value?.classes);
    kinds.setAttribute('aria-label', 'Kinds of characters in generated passwords');
    return { row: line(input, kinds), value: () => (input.value === '' && kinds.selectedOptions.length === 0 ? undefined : { min_length: Number(input.value || its.min_length), classes: chosenOf(kinds) }) };
  }
  // What has no form of its own is written as it is.
  const input = make('input', { id, value: value === undefined ? '' : JSON.stringify(value), placeholder: `Says nothing; such as ${JSON.stringify(its)}`, autocomplete: 'off', spellcheck: false });
  return { row: line(input), value: () => { try { return input.value.trim() === '' ? undefined : JSON.parse(input.value); } catch { return input.value; } } };
}
