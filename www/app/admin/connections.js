// @ts-check
// Connections: which there are, and for one how people come in by it, what groups give, and the ways back.
import { Problem, all, allIfAny, ask, get, pages } from './client.js';
import { named } from './domains.js';
import { attempt, badge, button, card, confirm, copyField, date, empty, facts, field, form, growing, head, hint, link, make, muted, row, select, table, time, toast, toggle } from './parts.js';
import { say, stages } from '../words/admin/connections.js';

/** @type {Record<string, [string, '' | 'done' | 'info']>} */
const STATES = { active: [say.active, 'done'], draft: [say.draft, 'info'], disabled: [say.off, ''] };
/** @param {any} connection */
export function state(connection) {
  const [text, tone] = STATES[connection.status] ?? [connection.status, ''];
  return [badge(text, tone), ...(connection.status !== 'draft' && connection.draft ? [badge(say.draftBesideIt, 'info')] : [])];
}

/** @param {import('./admin.js').View} view */
export async function draw({ main }) {
  const nodes = await allIfAny('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? id;
  main.replaceChildren(
    head(say.connections, say.connectionsText, link('/admin/connect', say.connectAProvider, 'button primary')),
    await growing(pages('/connections'), (items) => table(say.connections, [say.connection, say.node, say.makesAccounts, say.state], items.map((it) => [
      link(`/admin/connection/${it.id}`, named(it)),
      node(it.node), it.jit ? say.atFirstSignIn : say.byInvitationOnly, state(it),
    ])), empty(say.noConnectionYet, say.noConnectionYetText, link('/admin/connect', say.connectAProvider, 'button'))),
  );
}

/** @param {import('./admin.js').View} view */
export async function drawOne({ main, id, again, me }) {
  const [domains, keys, connection, setUp, roles, nodes] = await Promise.all([me.privileges.has('manage_domains') ? allIfAny('/domains') : undefined, all(`/connections/${id}/keys`).catch(() => []), get(`/connections/${id}`), get(`/connections/${id}/set-up`), allIfAny('/roles'), allIfAny('/nodes')]);
  const path = `/connections/${id}`;
  const patch = (/** @type {object} */ change) => ask('PATCH', path, change).then(() => toast(say.saved));
  const [nameField, name] = field(say.ssoName, make('input', { value: connection.sso_name ?? '', pattern: '[a-z0-9\\-]{3,40}', autocomplete: 'off' }), say.ssoNameText);
  const it = connection.active ?? connection.draft;
  main.replaceChildren(...[
    make('nav', { aria: { label: say.up } }, link('/admin/connections', say.back)),
    head(named(connection), say.atNode(nodes.find((node) => node.id === connection.node)?.name ?? connection.node), ...state(connection)),
    connection.draft
      ? make('div', { className: 'banner info', role: 'status' }, make('p', {}, make('b', { textContent: connection.status === 'active' ? say.draftWaits : say.notInUse }), say.testAndActivate, link(`/admin/connect/${id}`, say.goOnWithIt)))
      : row(link(`/admin/connect/${id}`, say.changeTheConfiguration, 'button')),
    connection.status === 'active' && domains?.every((domain) => domain.connection !== id) && make('div', { className: 'banner info', role: 'status' }, make('p', {}, make('b', { textContent: say.noDomain }), say.noDomainText, link('/admin/domains', say.domains))),
    it && card(say.whatWasRead, facts(read(it)), certificates(setUp, connection.active ? 'active' : 'draft')),
    card(say.howPeopleComeIn,
      make('div', { className: 'stack' },
        toggle(say.jit, say.jitText, connection.jit, (jit) => patch({ jit })),
        toggle(say.singleLogout, say.singleLogoutText, connection.single_logout, (single_logout) => patch({ single_logout })),
        toggle(say.idpInitiated, say.idpInitiatedText, connection.idp_initiated, (idp_initiated) => patch({ idp_initiated })),
        toggle(say.forceAuthn, say.forceAuthnText, connection.force_authn, (force_authn) => patch({ force_authn })),
        form(say.saveTheName, [nameField], async () => { await patch({ sso_name: name.value.trim() || null }); }))),
    groups(connection, roles, again),
    ourKeys(path, keys, again),
    await log(path),
    card(say.ourValues, make('div', { className: 'stack' }, ...ours(setUp))),
    card(say.waysBack, make('div', { className: 'stack' },
      setUp.previous_name
        ? make('div', {}, make('p', { textContent: say.before(time(setUp.previous_replaced_at), setUp.previous_name) }), row(button(say.goBackToIt, () => confirm(say.goBackTitle, say.goBackText, say.goBack, async () => {
          await ask('POST', `${path}/roll-back`);
          await again();
          toast(say.wentBack);
        }))))
        : muted(say.nothingBefore),
      row(
        button(say.endAllSessions, () => confirm(say.endAllTitle, say.endAllText, say.endThem, async () => { await ask('POST', `${path}/end-sessions`); toast(say.theyAreOver); }), 'danger'),
        connection.status === 'active' && button(say.turnItOff, () => confirm(say.turnOffTitle, say.turnOffText, say.turnOff, async () => { await ask('POST', `${path}/disable`); await again(); }), 'danger')),
    )),
  ].filter((part) => part instanceof Node));
}

/** @type {Record<string, [string, '' | 'done' | 'info']>} */
const KEY_STATES = { active: [say.inUse, 'done'], next: [say.next, 'info'], retired: [say.retired, ''] };
const PURPOSES = /** @type {const} */ ([
  ['sign', say.signing, say.signingText, say.makeSigningKey],
  ['decrypt', say.encryption, say.encryptionText, say.makeEncryptionKey],
]);

/** Our own key pairs: the next one is published before it is used, so that nobody is cut off. @param {string} path @param {any[]} keys @param {() => Promise<void>} again */
function ourKeys(path, keys, again) {
  const line = (/** @type {any} */ it) => make('li', {}, make('div', {}, badge(...(KEY_STATES[it.status] ?? [it.status, ''])), make('p', { className: 'hint', textContent: say.sinceAndMade(time(it.since), time(it.created_at)) })),
    it.status === 'next' && button(say.useIt, () => confirm(say.useTitle, say.useText, say.useIt, async () => { await ask('POST', `${path}/keys/${it.id}/use`, { known: true }); await again(); })),
    it.status !== 'active' && button(say.remove, () => confirm(say.removeTitle, say.removeText, say.remove, async () => { await ask('DELETE', `${path}/keys/${it.id}`); await again(); }), 'danger'));
  return card(say.ourKeys, make('div', { className: 'stack' }, ...PURPOSES.map(([purpose, title, note, makeKey]) => {
    const those = keys.filter((it) => it.purpose === purpose);
    return make('div', { className: 'stack tight' }, make('b', { textContent: title }), hint(note), those.length > 0 && make('ul', { className: 'rows' }, ...those.map((it) => line(it))),
      !those.some(({ status }) => status === 'next') && row(button(those.length === 0 ? makeKey : say.makeNext, () => attempt(async () => { await ask('POST', `${path}/keys`, { purpose }); await again(); toast(say.isInMetadata); }))));
  })));
}

/** The SAML log, as far as one page shows it. @param {string} path */
async function log(path) {
  const place = make('div', { className: 'stack tight', aria: { live: 'polite' } });
  const reading = (/** @type {any} */ it) => button(say.readIt, () => attempt(async () => {
    const { xml } = await ask('POST', `${path}/messages/${it.id}/read`);
    place.replaceChildren(hint(say.messageOf(time(it.time))), make('pre', { tabIndex: 0, textContent: xml ?? say.notKept }));
    place.scrollIntoView({ block: 'nearest' });
  }), 'bare');
  const failed = (/** @type {any} */ it) => it.checks.find((/** @type {any} */ check) => check.verdict === 'failed');
  const load = pages(`${path}/messages`, 20);
  // It is for who may edit the connection: who may not still sees the rest.
  const messages = await growing((after) => load(after).catch((error) => (error instanceof Problem && !after ? { items: [] } : Promise.reject(error))), (items) => table(say.theLastMessages, [say.time, say.message, say.whatBecameOfIt, ''], items.map((it) => [
    time(it.time), say.messageKind(it.kind, it.direction === 'in'),
    it.code ? [badge(it.code, 'bad'), make('small', { textContent: [failed(it) && say.failedAt(stages[failed(it).check] ?? failed(it).check), it.reference && say.wasShown(it.reference)].filter(Boolean).join(' ') })] : badge(it.direction === 'in' ? say.accepted : say.sent, 'done'),
    it.is_kept ? reading(it) : '',
  ])), muted(say.noMessageYet));
  return card(say.samlLog, make('div', { className: 'stack' }, messages, place));
}

/** What a configuration says, in words. @param {any} it @returns {[string, string | Node | (string | Node)[]][]} */
export const read = (it) => [
  [say.provider, it.idp_name],
  [say.entityId, make('code', { textContent: it.idp_entity_id })],
  [say.peopleAreSentTo, [make('code', { textContent: it.sso_url }), make('small', { textContent: it.sso_binding === 'post' ? say.byForm : say.byRedirect })]],
  [say.signOut, it.slo_url ? say.sloOffered : say.sloNotOffered],
  [say.whoSomebodyIs, it.subject_attribute ? [say.theAttribute, make('code', { textContent: it.subject_attribute })] : say.theNameId],
  [say.emailAndNames, [...[it.attributes.email, it.attributes.first, it.attributes.last].filter(Boolean).flatMap((name, at) => [...(at ? [', '] : []), make('code', { textContent: name })])]],
  ...(it.pinned_attribute ? [/** @type {[string, Node]} */ ([say.pinned, make('code', { textContent: it.pinned_attribute })])] : []),
  ...(it.groups_attribute ? [/** @type {[string, Node]} */ ([say.groups, make('code', { textContent: it.groups_attribute })])] : []),
  [say.ourRequests, it.sign_requests ? say.areSigned : say.areNotSigned],
];

/** @param {number} days */
export const left = (days) => badge(say.left(days), days < 0 ? 'bad' : days <= 60 ? 'warn' : 'done');

/** @param {any} setUp @param {string} stage */
export const certificates = (setUp, stage) => {
  const those = setUp.certificates.filter((/** @type {any} */ it) => it.stage === stage);
  return make('ul', { className: 'rows' }, ...those.map((/** @type {any} */ it) => make('li', {}, make('div', {}, make('b', { textContent: say.certificateUntil(date(it.not_after)) }), make('p', { className: 'hint' }, make('code', { textContent: it.fingerprint.replace(/(..)(?=.)/g, '$1:').toUpperCase().slice(0, 47) }), '…')), left(it.days_left))));
};

/** @param {any} setUp */
export const ours = (setUp) => [
  copyField(say.entityId, setUp.entity_id, say.entityIdText),
  copyField(say.acs, setUp.acs_url, say.acsText),
  copyField(say.logoutAddress, setUp.slo_url),
  copyField(say.startAddress, setUp.start_url, say.startAddressText),
  copyField(say.metadata, setUp.metadata_url, say.metadataText),
];

/** The map is written as a whole, upon what it is at that moment: no line of somebody else's is lost. @param {any} connection @param {any[]} roles @param {() => Promise<void>} again */
function groups(connection, roles, again) {
  const path = `/connections/${connection.id}`;
  const lines = connection.groups;
  const name = (/** @type {string} */ id) => roles.find((role) => role.id === id)?.name ?? id;
  const save = async (/** @type {(lines: any[]) => any[]} */ change) => {
    const upon = await get(path);
    await ask('PUT', `${path}/groups`, { groups: change(upon.groups) }, upon);
    await again();
  };
  const [groupField, group] = field(say.group, make('input', { required: true, maxLength: 256, autocomplete: 'off' }), say.groupText);
  const [roleField, role] = field(say.givesTheRole, select(roles.map((it) => [it.id, it.name])));
  return card(say.groupsGiveRoles,
    hint(say.groupsGiveRolesText),
    lines.length > 0
      ? make('ul', { className: 'rows' }, ...lines.map((/** @type {any} */ line) => make('li', {}, make('div', {}, make('code', { textContent: line.group }), ` → ${name(line.role)}`), button(say.remove, () => attempt(() => save((all) => all.filter((it) => it.group !== line.group || it.role !== line.role)))))))
      : muted(say.noGroup),
    roles.length > 0 && form(say.add, [groupField, roleField], () => save((all) => [...all, { group: group.value.trim(), role: role.value }])));
}
