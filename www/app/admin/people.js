// @ts-check
// People: search, invite, lock, delete, their browsers, sessions and roles, who they are at the identity provider, and which policies
// apply to them and why.
import { Problem, all, allIfAny, ask, get, pages } from './client.js';
import { named } from './domains.js';
import { outsideAccess } from './outside.js';
import { draws, shown } from './roles.js';
import { attempt, badge, button, card, confirm, copyField, empty, facts, field, form, growing, head, hint, link, make, muted, nodeChoices, row, select, table, time, toast } from './parts.js';

/** @type {Record<string, [string, '' | 'done' | 'warn' | 'info']>} */
const STATES = { active: ['Active', 'done'], invited: ['Invited', 'info'], locked: ['Locked', 'warn'], deleted: ['Deleted', ''] };
const status = (/** @type {string} */ its) => badge(...(STATES[its] ?? [its, '']));
/** @type {Record<string, string>} */
const SOURCES = { default: 'by default at their node', group: 'by a group of the identity provider', direct: 'given by an admin' };

/** The lines of a CSV file (RFC 4180), with commas or semicolons. @param {string} text @returns {string[][]} */
export function readCsv(text) {
  const whole = text.replace(/^\ufeff/, '');
  const [first] = whole.split('\n', 1);
  const separator = first.split(';').length > first.split(',').length ? ';' : ',';
  // In quotes, where two stand for one; or plain.
  const cell = new RegExp(`("(?:[^"]|"")*"|[^${separator}"\\r\\n]*)(${separator}|\\r?\\n|$)`, 'y');
  /** @type {string[][]} */
  const lines = [];
  /** @type {string[]} */
  let line = [];
  for (let at = 0; at < whole.length; at = cell.lastIndex) {
    const found = cell.exec(whole);
    if (!found) throw new Problem(422, 'csv', `Line ${lines.length + 1} of the file cannot be read.`);
    line.push((found[1].startsWith('"') ? found[1].slice(1, -1).replaceAll('""', '"') : found[1]).trim());
    if (found[2] === separator && cell.lastIndex < whole.length) continue;
    if (line.some(Boolean)) lines.push(line);
    line = [];
  }
  return lines;
}

/** How many a file may invite: each is a request. */
const MOST = 500;

/** People of a CSV file: by its columns `email` and `name`, or by its first two. @param {string} text */
export function peopleOf(text) {
  const lines = readCsv(text);
  const head = lines[0]?.map((name) => name.toLowerCase().replaceAll(/[^a-z]/g, '')) ?? [];
  const at = head.findIndex((name) => ['email', 'emailaddress', 'mail'].includes(name));
  const people = (at < 0 ? lines : lines.slice(1)).map((line) => ({ email: line[Math.max(at, 0)] ?? '', name: line[at < 0 ? 1 : head.indexOf('name')] ?? '' }));
  if (people.length > MOST) throw new Problem(422, 'csv', `The file has ${people.length} people, and ${MOST} are the most at a time.`);
  return people;
}

/** @param {import('./admin.js').View} view */
export async function draw({ main, again, ended }) {
  const nodes = await allIfAny('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? '';
  const [whoField, who] = field('Name or e-mail', make('input', { type: 'search', maxLength: 254, autocomplete: 'off', spellcheck: false }), 'How their e-mail begins, or a part of it before the @, or any word of their name. Empty: everybody.');
  const [statusField, only] = field('Status', select([['', 'Any'], ...Object.entries(STATES).map(([its, [text]]) => /** @type {[string, string]} */ ([its, text]))]));
  const found = make('div', { className: 'stack', id: 'found', aria: { live: 'polite' } });
  const search = async () => {
    const query = new URLSearchParams({ ...(who.value.trim() && { search: who.value.trim() }), ...(only.value && { status: only.value }) });
    const line = (/** @type {any} */ it) => [[link(`/admin/person/${it.id}`, it.name || it.email), ...(it.name ? [make('small', { textContent: it.email })] : [])], node(it.node), time(it.last_sign_in_at), status(it.status)];
    const none = empty('Nobody', who.value ? 'Nobody is called so, and nobody’s e-mail begins so. Where many are called so, type more of it.' : 'People appear here when they first sign in, or when you invite them.');
    found.replaceChildren(await growing(pages(`/users?${query}`, 50), (items) => table('People', ['Person', 'Node', 'Last sign-in', 'Status'], items.map(line)), none));
  };
  const searching = form('Search', [make('div', { className: 'pair' }, whoField, statusField)], () => search());
  searching.setAttribute('role', 'search');
  const [addressField, address] = field('E-mail', make('input', { type: 'email', required: true, maxLength: 254, autocomplete: 'off' }), 'The one that your identity provider will send.');
  const [nodeField, at] = field('Node', select(nodeChoices(nodes)));
  const invite = make('details', { className: 'card' }, make('summary', { textContent: 'Invite somebody' }), form('Invite', [addressField, nodeField], async () => {
    await ask('POST', '/users', { email: address.value.trim(), node: at.value });
    await again();
    toast('Invited.');
  }));
  await search();
  main.replaceChildren(head('People', 'Everybody with an account. Most are made at first sign-in.'), make('section', { className: 'card' }, searching), invite, inviteMany(nodes, ended, search), found);
}

/** People of a file: looked at first, then invited one after the other, each told what became of it. @param {any[]} nodes @param {AbortSignal} ended @param {() => Promise<void>} search */
function inviteMany(nodes, ended, search) {
  const [fileField, file] = field('CSV file', make('input', { type: 'file', accept: '.csv,text/csv', required: true }), 'With a column email, and one name if you like. Nobody is invited before you have seen what was read.');
  const [nodeField, at] = field('Node', select(nodeChoices(nodes)));
  const preview = make('div', { className: 'stack', id: 'preview', aria: { live: 'polite' } });
  const look = async () => {
    const lines = planOf(peopleOf(await /** @type {File} */ (file.files?.[0]).text())).map((line) => ({ ...line, place: make('span', {}, line.problem ? badge(line.problem, 'warn') : badge('Can be invited')) }));
    if (lines.length === 0) throw new Problem(422, 'csv', 'There is nobody in this file.');
    const [said, buttons] = [make('p', {}), row()];
    let stopped = true;
    const left = () => lines.filter(({ problem }) => problem === '');
    const ready = () => {
      const many = left().length;
      said.textContent = `${many} of ${lines.length} can be invited, at the node ${nodes.find(({ id }) => id === at.value)?.name ?? ''}.`;
      buttons.replaceChildren(...(many > 0 ? [button(many === 1 ? 'Invite 1 person' : `Invite ${many} people`, () => attempt(send), 'primary')] : []), button('Cancel', () => preview.replaceChildren()));
    };
    const send = async () => {
      stopped = false;
      const node = at.value;
      buttons.replaceChildren(button('Stop', () => { stopped = true; }));
      let invited = 0;
      try {
        for (const line of left()) {
          if (stopped || ended.aborted) break;
          said.textContent = `${lines.length - left().length + 1} of ${lines.length}`;
          await ask('POST', '/users', { email: line.email, node, ...(line.name && { name: line.name }) }).then(() => {
            line.problem = 'done';
            invited += 1;
            line.place.replaceChildren(badge('Invited', 'done'));
          }, (error) => {
            // Where nothing more can be done, the rest is as it was, and is sent when it is asked for again.
            if (!(error instanceof Problem) || [0, 401, 403, 429].includes(error.status)) throw error;
            line.problem = error.message;
            line.place.replaceChildren(badge('Not invited', 'bad'), make('small', { textContent: error.message }));
          });
        }
      } finally {
        if (left().length > 0) ready();
        else {
          const all = lines.filter(({ problem }) => problem === 'done').length;
          said.replaceChildren(make('b', { textContent: `${all} of ${lines.length} are invited.` }));
          buttons.replaceChildren(button('Close', () => preview.replaceChildren()));
        }
        if (invited > 0) void search().catch(() => {});
      }
    };
    preview.replaceChildren(said, buttons, table('What was read', ['E-mail', 'Name', 'What becomes of it'], lines.map(({ email, name, place }) => [email || '(empty)', name, place])));
    ready();
  };
  return make('details', { className: 'card' }, make('summary', { textContent: 'Invite many by a file' }), form('Look at it', [fileField, nodeField], look), preview);
}

/** What can be told of each before anybody is asked: empty where it can be sent. @param {{ email: string, name: string }[]} people */
export function planOf(people) {
  /** @type {Set<string>} */
  const seen = new Set();
  return people.map(({ email, name }) => {
    const key = email.toLowerCase();
    const problem = !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? 'Not an e-mail address' : seen.has(key) ? 'Stands above already' : name.length > 200 ? 'The name is too long' : '';
    seen.add(key);
    return { email, name, problem };
  });
}

/** @param {import('./admin.js').View} view */
export async function drawOne({ main, id, again, me, go }) {
  const person = await get(`/users/${id}`);
  const [connections, roles, nodes, sessions, devices, identities, effective, { items: policies }] = await Promise.all([allIfAny('/connections'), allIfAny('/roles'), allIfAny('/nodes'), all(`/users/${id}/sessions`), all(`/users/${id}/devices`), all(`/users/${id}/identities`), all(`/users/${id}/policies`), get('/policies')]);
  const name = (/** @type {string} */ role) => roles.find((it) => it.id === role)?.name ?? role;
  const path = `/users/${id}`;
  const isMe = me.user === id;
  const held = person.roles.map((/** @type {any} */ it) => make('li', {}, make('div', {}, link(`/admin/role/${it.role}`, name(it.role)), make('p', { className: 'hint', textContent: SOURCES[it.source] })), it.source !== 'group' && button('Take away', () => attempt(async () => {
    await ask('DELETE', `${path}/roles/${it.role}`);
    await again();
    await again(); toast(`${name(it.role)} is taken away.`, () => void attempt(async () => { await ask('PUT', `${path}/roles/${it.role}`); }));
  }))));
  const free = roles.filter((role) => !person.roles.some((/** @type {any} */ it) => it.role === role.id));
  const [roleField, role] = field('Role', select(free.map((it) => [it.id, it.name])));
  main.replaceChildren(...[
    make('nav', { aria: { label: 'Up' } }, link('/admin/people', '← People')),
    head(person.name || person.email, isMe ? 'This is you.' : '', status(person.status)),
    card('Account', make('div', { className: 'stack' }, facts([['E-mail', person.email], ['Node', nodes.find((it) => it.id === person.node)?.name ?? person.node], ['Made', time(person.created_at)], ['Last sign-in', time(person.last_sign_in_at)]]),
      !isMe && person.status !== 'deleted' && row(
        person.status === 'locked'
          ? button('Unlock', () => attempt(async () => { await ask('PATCH', path, { locked: false }); await again(); }))
          : button('Lock', () => confirm(`Lock ${person.email}?`, 'They are out at once, in every browser. You can unlock them again.', 'Lock', async () => { await ask('PATCH', path, { locked: true }); await again(); })),
        me.privileges.has('view_audit') && link(`/admin/audit/${id}`, 'What happened', 'button'),
        person.status === 'locked' && me.privileges.has('transfer_vault') && link(`/admin/approvals#${new URLSearchParams({ from: person.email })}`, 'Hand the vault over', 'button'),
        button('Delete', () => confirm(`Delete ${person.email}?`, 'The account is gone for good, and so is what is in its vault. A sign-in does not bring it back.', 'Delete', async () => { await ask('DELETE', path); go('/admin/people'); }), 'danger')))),
    !isMe && person.status !== 'deleted' && invitation(person, connections),
    person.status !== 'deleted' && person.status !== 'locked' && outsideAccess(person, isMe, again),
    card('Roles', held.length > 0 ? make('ul', { className: 'rows' }, ...held) : muted('None.'), free.length > 0 && person.status !== 'deleted' && form('Give', [roleField], async () => { await ask('PUT', `${path}/roles/${role.value}`); await again(); })),
    card('Sessions', sessions.length > 0
      ? make('div', { className: 'stack' }, make('ul', { className: 'rows' }, ...sessions.map((it) => make('li', {}, make('div', {}, make('b', { textContent: `Since ${time(it.created_at)}` }), make('p', { className: 'hint', textContent: `Last used ${time(it.last_seen_at)}; ends ${time(it.expires_at)} at the latest` })), button('End', () => attempt(async () => { await ask('DELETE', `${path}/sessions/${it.id}`); await again(); toast('It is over.'); }))))),
        row(button('End all', () => confirm('End all of their sessions?', 'They have to sign in again everywhere.', 'End them', async () => { await ask('POST', `${path}/end-sessions`); await again(); }), 'danger')))
      : muted('None is open.')),
    card('Browsers', hint('Those that may open the vault. What they are called is sealed: only the person sees it.'), devices.length > 0
      ? make('ul', { className: 'rows' }, ...devices.map((it) => make('li', {}, make('div', {}, make('b', { textContent: `Since ${time(it.created_at)}` }), make('p', { className: 'hint', textContent: `Opened the vault last ${time(it.last_used_at)}` })), it.blocked_at
        ? badge(`Blocked since ${time(it.blocked_at)}`, 'warn')
        : button('Block', () => confirm('Block this browser?', 'It opens the vault no longer, from the next request on. The person may let it in again from another one of theirs.', 'Block', async () => { await ask('POST', `${path}/devices/${it.id}/block`); await again(); }), 'danger'))))
      : muted('None: there is no vault yet.')),
    !isMe && person.status !== 'deleted' && card('Second factor', row(button('Take all second factors away', () => confirm('Take all of their second factors away?', 'For somebody who lost theirs. Their sessions end; where a policy asks for a second factor, they set one up at the next sign-in.', 'Take them away', async () => { await ask('DELETE', `${path}/two-factor`); await again(); toast('They are gone.'); }), 'danger'))),
    identities.length > 0 && card('At the identity provider', hint('By this they are known there. Where the provider names the same person otherwise from now on, say so here: an e-mail alone links nothing.'),
      make('ul', { className: 'rows' }, ...identities.map((it) => known(it, connections, path, again)))),
    card('What applies to them', hint('Of all their roles the strictest value counts. Beside each value stands the role that made it so.'),
      table('Policies that apply', ['Policy', 'Value', 'Because of'], policies.map((/** @type {any} */ policy) => {
        const { value, because } = effective.find((it) => it.policy === policy.name) ?? { value: policy.default, because: [] };
        return [draws(policy.name), shown(value), because.length === 0 ? 'The default' : because.map(name).join(', ')];
      }))),
  ].filter((it) => it !== false));
}

/** An e-mail alone links nothing: who was invited, or signs in elsewhere until now, claims the account by a link. @param {any} person @param {any[]} connections */
function invitation(person, connections) {
  const open = connections.filter((it) => it.status === 'active');
  if (open.length === 0) return false;
  const [field_, connection] = field('They sign in by', select(open.map((it) => /** @type {[string, string]} */ ([it.id, named(it)]))));
  const place = make('div', { className: 'stack', aria: { live: 'polite' } });
  const make_ = form('Make a link', [field_], async () => {
    const { link: made, expires_at } = await ask('POST', `/users/${person.id}/claims`, { connection: connection.value });
    place.replaceChildren(copyField(`For ${person.email}`, made, `Good once, until ${time(expires_at)}. It is shown this once; those before it are no longer good.`));
  });
  const why = person.status === 'invited' ? 'They have yet to claim the account: give them a link, by which they sign in at the identity provider and have it.' : 'A link by which the account is known to another connection from then on.';
  return card('Claiming the account', make('div', { className: 'stack' }, make('p', { textContent: why }), make_, place));
}

/** Who somebody is at one identity provider, and by which name from now on. @param {any} it @param {any[]} connections @param {string} path @param {() => Promise<void>} again */
function known(it, connections, path, again) {
  const connection = connections.find(({ id }) => id === it.connection);
  const [kind, format] = it.subject;
  const is = it.subject.at(-1);
  const [nameField, name] = field(kind === 'attribute' ? `The attribute ${format}` : 'Name ID', make('input', { value: is, required: true, maxLength: 1024, autocomplete: 'off', spellcheck: false }));
  return make('li', {}, make('div', {}, make('b', { textContent: connection ? named(connection) : it.connection }), make('p', {}, make('code', { textContent: is })), make('p', { className: 'hint', textContent: `Since ${time(it.created_at)}${it.pinned ? `; pinned: ${it.pinned}` : ''}` }),
    make('details', {}, make('summary', { textContent: 'Known by another name now' }), form('Save', [nameField], async () => {
      const to = kind === 'attribute' ? { attribute: name.value.trim() } : { name_id: { value: name.value.trim(), ...(format && { format }) } };
      await ask('PUT', `${path}/identities/${it.connection}`, to);
      await again();
      toast('Saved. Their sessions are over.');
    }))));
}
