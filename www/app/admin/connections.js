// @ts-check
// Connections: which there are, and for one how people come in by it, what groups give, and the ways back.
import { Problem, all, allIfAny, ask, get, pages } from './client.js';
import { named } from './domains.js';
import { attempt, badge, button, card, confirm, copyField, date, empty, facts, field, form, growing, head, hint, link, make, muted, row, select, table, time, toast, toggle } from './parts.js';

/** @type {Record<string, [string, '' | 'done' | 'info']>} */
const STATES = { active: ['Active', 'done'], draft: ['Draft', 'info'], disabled: ['Off', ''] };
/** @param {any} connection */
export function state(connection) {
  const [text, tone] = STATES[connection.status] ?? [connection.status, ''];
  return [badge(text, tone), ...(connection.status !== 'draft' && connection.draft ? [badge('Draft beside it', 'info')] : [])];
}

/** @param {import('./admin.js').View} view */
export async function draw({ main }) {
  const nodes = await allIfAny('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? id;
  main.replaceChildren(
    head('Connections', 'One trust with one identity provider. A node has at most one that is active.', link('/admin/connect', 'Connect a provider', 'button primary')),
    await growing(pages('/connections'), (items) => table('Connections', ['Connection', 'Node', 'Makes accounts', 'State'], items.map((it) => [
      link(`/admin/connection/${it.id}`, named(it)),
      node(it.node), it.jit ? 'At first sign-in' : 'By invitation only', state(it),
    ])), empty('No connection yet', 'Choose your identity provider, give it our values, load its metadata, and test before anybody is affected.', link('/admin/connect', 'Connect a provider', 'button'))),
  );
}

/** @param {import('./admin.js').View} view */
export async function drawOne({ main, id, again, me }) {
  const [domains, keys, connection, setUp, roles, nodes] = await Promise.all([me.privileges.has('manage_domains') ? allIfAny('/domains') : undefined, all(`/connections/${id}/keys`).catch(() => []), get(`/connections/${id}`), get(`/connections/${id}/set-up`), allIfAny('/roles'), allIfAny('/nodes')]);
  const path = `/connections/${id}`;
  const patch = (/** @type {object} */ change) => ask('PATCH', path, change).then(() => toast('Saved. It counts from the next request on.'));
  const [nameField, name] = field('SSO name', make('input', { value: connection.sso_name ?? '', pattern: '[a-z0-9\\-]{3,40}', autocomplete: 'off' }), 'One word that people may type instead of an e-mail. Empty: none.');
  const it = connection.active ?? connection.draft;
  main.replaceChildren(...[
    make('nav', { aria: { label: 'Up' } }, link('/admin/connections', '← Connections')),
    head(named(connection), `At the node ${nodes.find((node) => node.id === connection.node)?.name ?? connection.node}.`, ...state(connection)),
    connection.draft
      ? make('div', { className: 'banner info', role: 'status' }, make('p', {}, make('b', { textContent: connection.status === 'active' ? 'A draft waits beside what is active.' : 'This connection is not in use yet.' }), ' Test it and activate it when it is right. ', link(`/admin/connect/${id}`, 'Go on with it')))
      : row(link(`/admin/connect/${id}`, 'Change the configuration', 'button')),
    connection.status === 'active' && domains?.every((domain) => domain.connection !== id) && make('div', { className: 'banner info', role: 'status' }, make('p', {}, make('b', { textContent: 'No domain leads here yet.' }), ' Once one of yours does, its people sign in by it: that is what comes next. ', link('/admin/domains', 'Domains'))),
    it && card('What was read from the identity provider', facts(read(it)), certificates(setUp, connection.active ? 'active' : 'draft')),
    card('How people come in',
      make('div', { className: 'stack' },
        toggle('Make accounts at first sign-in', 'Whoever the identity provider sends, with an address in a domain that leads here, gets an account. Off: only who was invited. Default: on.', connection.jit, (jit) => patch({ jit })),
        toggle('Single logout', 'Signing out here signs people out at the identity provider, and the other way round, where its metadata offers that. Default: on.', connection.single_logout, (single_logout) => patch({ single_logout })),
        toggle('Take sign-ins that begin at the identity provider', 'A tile there may send people here without our asking; each is asked to confirm. A tile that opens our start address needs this off. Default: off.', connection.idp_initiated, (idp_initiated) => patch({ idp_initiated })),
        toggle('Ask for a fresh sign-in each time', 'The identity provider is told to ask people who they are even where it remembers them (ForceAuthn); whether it does is its own to keep. Turn it on for shared computers. Default: off.', connection.force_authn, (force_authn) => patch({ force_authn })),
        form('Save the name', [nameField], async () => { await patch({ sso_name: name.value.trim() || null }); }))),
    groups(connection, roles, again),
    ourKeys(path, keys, again),
    await log(path),
    card('Our values', make('div', { className: 'stack' }, ...ours(setUp))),
    card('Ways back', make('div', { className: 'stack' },
      setUp.previous_name
        ? make('div', {}, make('p', { textContent: `Before ${time(setUp.previous_replaced_at)} people signed in with ${setUp.previous_name}.` }), row(button('Go back to it', () => confirm('Go back to what was active before?', 'Members sign in with that from the next sign-in on. What is active now can be gone back to in turn; a draft is overwritten.', 'Go back', async () => {
          await ask('POST', `${path}/roll-back`);
          await again();
          toast('What was active before is active again.');
        }))))
        : muted('Nothing was active before.'),
      row(
        button('End all sessions', () => confirm('End all sessions that came by this connection?', 'Everybody has to sign in again.', 'End them', async () => { await ask('POST', `${path}/end-sessions`); toast('They are over.'); }), 'danger'),
        connection.status === 'active' && button('Turn it off', () => confirm('Turn this connection off?', 'Nobody signs in by it from the next request on, and who did is signed out.', 'Turn off', async () => { await ask('POST', `${path}/disable`); await again(); }), 'danger')),
    )),
  ].filter((part) => part instanceof Node));
}

/** @type {Record<string, string>} */
const STAGES = { connection: 'organisation and connection', message: 'form', xml: 'XML', status: 'status', signature: 'signature', envelope: 'issuer and address', decryption: 'decryption', assertion: 'assertion', request: 'request', identity: 'attributes', account: 'account', session: 'session' };
/** @type {Record<string, [string, '' | 'done' | 'info']>} */
const KEY_STATES = { active: ['In use', 'done'], next: ['Next', 'info'], retired: ['Retired', ''] };
const PURPOSES = /** @type {const} */ ([
  ['sign', 'Signing', 'With it the provider can check that requests are ours. Whether they are signed is a switch of the configuration.'],
  ['decrypt', 'Encryption', 'With a certificate in our metadata the provider may encrypt what it sends to us. Default: none.'],
]);

/** Our own key pairs: the next one is published before it is used, so that nobody is cut off. @param {string} path @param {any[]} keys @param {() => Promise<void>} again */
function ourKeys(path, keys, again) {
  const line = (/** @type {any} */ it) => make('li', {}, make('div', {}, badge(...(KEY_STATES[it.status] ?? [it.status, ''])), make('p', { className: 'hint', textContent: `Since ${time(it.since)}, made ${time(it.created_at)}` })),
    it.status === 'next' && button('Use it', () => confirm('Use this key from now on?', 'Say so only where the provider has its certificate: by our metadata, or because you gave it there. The key that is in use is retired.', 'Use it', async () => { await ask('POST', `${path}/keys/${it.id}/use`, { known: true }); await again(); })),
    it.status !== 'active' && button('Remove', () => confirm('Remove this key?', 'What is still encrypted to it cannot be opened any more.', 'Remove', async () => { await ask('DELETE', `${path}/keys/${it.id}`); await again(); }), 'danger'));
  return card('Our keys', make('div', { className: 'stack' }, ...PURPOSES.map(([purpose, title, note]) => {
    const those = keys.filter((it) => it.purpose === purpose);
    return make('div', { className: 'stack tight' }, make('b', { textContent: title }), hint(note), those.length > 0 && make('ul', { className: 'rows' }, ...those.map((it) => line(it))),
      !those.some(({ status }) => status === 'next') && row(button(those.length === 0 ? `Make a key for ${title.toLowerCase()}` : 'Make the next key', () => attempt(async () => { await ask('POST', `${path}/keys`, { purpose }); await again(); toast('It is in our metadata now: give that to the provider.'); }))));
  })));
}

/** The SAML log, as far as one page shows it. @param {string} path */
async function log(path) {
  const place = make('div', { className: 'stack tight', aria: { live: 'polite' } });
  const reading = (/** @type {any} */ it) => button('Read it', () => attempt(async () => {
    const { xml } = await ask('POST', `${path}/messages/${it.id}/read`);
    place.replaceChildren(hint(`The message of ${time(it.time)}, without what it says of people. That you read it is in the audit log.`), make('pre', { tabIndex: 0, textContent: xml ?? 'It was not kept, or is no XML.' }));
    place.scrollIntoView({ block: 'nearest' });
  }), 'bare');
  const failed = (/** @type {any} */ it) => it.checks.find((/** @type {any} */ check) => check.verdict === 'failed');
  const load = pages(`${path}/messages`, 20);
  // It is for who may edit the connection: who may not still sees the rest.
  const messages = await growing((after) => load(after).catch((error) => (error instanceof Problem && !after ? { items: [] } : Promise.reject(error))), (items) => table('The last messages', ['Time', 'Message', 'What became of it', ''], items.map((it) => [
    time(it.time), `${it.kind}, ${it.direction === 'in' ? 'received' : 'sent'}`,
    it.code ? [badge(it.code, 'bad'), make('small', { textContent: `${failed(it) ? `Failed at: ${STAGES[failed(it).check] ?? failed(it).check}. ` : ''}${it.reference ? `The person was shown ${it.reference}.` : ''}` })] : badge(it.direction === 'in' ? 'Accepted' : 'Sent', 'done'),
    it.is_kept ? reading(it) : '',
  ])), muted('No message yet.'));
  return card('SAML log', make('div', { className: 'stack' }, messages, place));
}

/** What a configuration says, in words. @param {any} it @returns {[string, string | Node | (string | Node)[]][]} */
export const read = (it) => [
  ['Provider', it.idp_name],
  ['Entity ID', make('code', { textContent: it.idp_entity_id })],
  ['People are sent to', [make('code', { textContent: it.sso_url }), make('small', { textContent: it.sso_binding === 'post' ? ' by a form (POST)' : ' by redirect' })]],
  ['Sign-out', it.slo_url ? 'Offered: signing out is told there too' : 'Not offered: signing out here does not sign out there'],
  ['Who somebody is', it.subject_attribute ? [`The attribute `, make('code', { textContent: it.subject_attribute })] : 'The Name ID'],
  ['E-mail, names', [...[it.attributes.email, it.attributes.first, it.attributes.last].filter(Boolean).flatMap((name, at) => [...(at ? [', '] : []), make('code', { textContent: name })])]],
  ...(it.pinned_attribute ? [/** @type {[string, Node]} */ (['Pinned at first sign-in', make('code', { textContent: it.pinned_attribute })])] : []),
  ...(it.groups_attribute ? [/** @type {[string, Node]} */ (['Groups', make('code', { textContent: it.groups_attribute })])] : []),
  ['Our requests', it.sign_requests ? 'Are signed' : 'Are not signed'],
];

/** @param {number} days */
export const left = (days) => badge(days < 0 ? 'Expired' : days === 0 ? 'Ends today' : `${days} days left`, days < 0 ? 'bad' : days <= 60 ? 'warn' : 'done');

/** @param {any} setUp @param {string} stage */
export const certificates = (setUp, stage) => {
  const those = setUp.certificates.filter((/** @type {any} */ it) => it.stage === stage);
  return make('ul', { className: 'rows' }, ...those.map((/** @type {any} */ it) => make('li', {}, make('div', {}, make('b', { textContent: `Certificate until ${date(it.not_after)}` }), make('p', { className: 'hint' }, make('code', { textContent: it.fingerprint.replace(/(..)(?=.)/g, '$1:').toUpperCase().slice(0, 47) }), '…')), left(it.days_left))));
};

/** @param {any} setUp */
export const ours = (setUp) => [
  copyField('Entity ID', setUp.entity_id, 'Our name in this trust. Capitals count.'),
  copyField('ACS', setUp.acs_url, 'Where the identity provider posts its answer.'),
  copyField('Logout address', setUp.slo_url),
  copyField('Start address', setUp.start_url, 'Where a tile leads.'),
  copyField('Metadata', setUp.metadata_url, 'All of it as a document.'),
];

/** @param {any} connection @param {any[]} roles @param {() => Promise<void>} again */
function groups(connection, roles, again) {
  const lines = connection.groups;
  const name = (/** @type {string} */ id) => roles.find((role) => role.id === id)?.name ?? id;
  const save = (/** @type {any[]} */ wanted) => ask('PUT', `/connections/${connection.id}/groups`, { groups: wanted }).then(again);
  const [groupField, group] = field('Group', make('input', { required: true, maxLength: 256, autocomplete: 'off' }), 'Exactly as the identity provider sends it; Entra sends ids.');
  const [roleField, role] = field('Gives the role', select(roles.map((it) => [it.id, it.name])));
  return card('Groups give roles',
    hint('Counted at each sign-in: who leaves a group there loses its role here. Groups without a line give nothing.'),
    lines.length > 0
      ? make('ul', { className: 'rows' }, ...lines.map((/** @type {any} */ line) => make('li', {}, make('div', {}, make('code', { textContent: line.group }), ` → ${name(line.role)}`), button('Remove', () => attempt(() => save(lines.filter((/** @type {any} */ it) => it !== line)))))))
      : muted('No group gives a role yet.'),
    roles.length > 0 && form('Add', [groupField, roleField], () => save([...lines, { group: group.value.trim(), role: role.value }])));
}
