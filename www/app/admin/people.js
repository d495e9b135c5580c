// @ts-check
// People: search, invite, lock, delete, their browsers, sessions and roles, who they are at the identity provider, and which policies
// apply to them and why.
import { Problem, all, allIfAny, ask, get, pages } from './client.js';
import { named } from './domains.js';
import { outsideAccess } from './outside.js';
import { draws, shown } from './roles.js';
import { attempt, badge, button, card, confirm, copyField, empty, facts, field, form, growing, head, hint, link, make, muted, nodeChoices, row, select, table, time, toast } from './parts.js';
import { say, sources } from '../words/admin/people.js';

/** @type {Record<string, [string, '' | 'done' | 'warn' | 'info']>} */
const STATES = { active: [say.active, 'done'], invited: [say.invited, 'info'], locked: [say.locked, 'warn'], deleted: [say.deleted, ''] };
const status = (/** @type {string} */ its) => badge(...(STATES[its] ?? [its, '']));

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
    if (!found) throw new Problem(422, 'csv', say.lineUnread(lines.length + 1));
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
  if (people.length > MOST) throw new Problem(422, 'csv', say.tooMany(people.length, MOST));
  return people;
}

/** @param {import('./admin.js').View} view */
export async function draw({ main, again, ended }) {
  const nodes = await allIfAny('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? '';
  const [whoField, who] = field(say.nameOrEMail, make('input', { type: 'search', maxLength: 254, autocomplete: 'off', spellcheck: false }), say.nameOrEMailText);
  const [statusField, only] = field(say.status, select([['', say.any], ...Object.entries(STATES).map(([its, [text]]) => /** @type {[string, string]} */ ([its, text]))]));
  const found = make('div', { className: 'stack', id: 'found', aria: { live: 'polite' } });
  const search = async () => {
    const query = new URLSearchParams({ ...(who.value.trim() && { search: who.value.trim() }), ...(only.value && { status: only.value }) });
    const line = (/** @type {any} */ it) => [[link(`/admin/person/${it.id}`, it.name || it.email), ...(it.name ? [make('small', { textContent: it.email })] : [])], node(it.node), time(it.last_sign_in_at), status(it.status)];
    const none = empty(say.nobody, who.value ? say.noneFound : say.noneYet);
    found.replaceChildren(await growing(pages(`/users?${query}`, 50), (items) => table(say.people, [say.person, say.node, say.lastSignIn, say.status], items.map(line)), none));
  };
  const searching = form(say.search, [make('div', { className: 'pair' }, whoField, statusField)], () => search());
  searching.setAttribute('role', 'search');
  const [addressField, address] = field(say.email, make('input', { type: 'email', required: true, maxLength: 254, autocomplete: 'off' }), say.emailText);
  const [nodeField, at] = field(say.node, select(nodeChoices(nodes)));
  const invite = make('details', { className: 'card' }, make('summary', { textContent: say.inviteSomebody }), form(say.invite, [addressField, nodeField], async () => {
    await ask('POST', '/users', { email: address.value.trim(), node: at.value });
    await again();
    toast(say.isInvited);
  }));
  await search();
  main.replaceChildren(head(say.people, say.peopleText), make('section', { className: 'card' }, searching), invite, inviteMany(nodes, ended, search), found);
}

/** People of a file: looked at first, then invited one after the other, each told what became of it. @param {any[]} nodes @param {AbortSignal} ended @param {() => Promise<void>} search */
function inviteMany(nodes, ended, search) {
  const [fileField, file] = field(say.csvFile, make('input', { type: 'file', accept: '.csv,text/csv', required: true }), say.csvFileText);
  const [nodeField, at] = field(say.node, select(nodeChoices(nodes)));
  const preview = make('div', { className: 'stack', id: 'preview', aria: { live: 'polite' } });
  const look = async () => {
    const lines = planOf(peopleOf(await /** @type {File} */ (file.files?.[0]).text())).map((line) => ({ ...line, place: make('span', {}, line.problem ? badge(line.problem, 'warn') : badge(say.canBeInvited)) }));
    if (lines.length === 0) throw new Problem(422, 'csv', say.nobodyInFile);
    const [said, buttons] = [make('p', {}), row()];
    let stopped = true;
    const left = () => lines.filter(({ problem }) => problem === '');
    const ready = () => {
      const many = left().length;
      said.textContent = say.canBeInvitedAt(many, lines.length, nodes.find(({ id }) => id === at.value)?.name ?? '');
      buttons.replaceChildren(...(many > 0 ? [button(say.inviteThem(many), () => attempt(send), 'primary')] : []), button(say.cancel, () => preview.replaceChildren()));
    };
    const send = async () => {
      stopped = false;
      const node = at.value;
      buttons.replaceChildren(button(say.stop, () => { stopped = true; }));
      let invited = 0;
      try {
        for (const line of left()) {
          if (stopped || ended.aborted) break;
          said.textContent = say.of(lines.length - left().length + 1, lines.length);
          await ask('POST', '/users', { email: line.email, node, ...(line.name && { name: line.name }) }).then(() => {
            line.problem = 'done';
            invited += 1;
            line.place.replaceChildren(badge(say.invited, 'done'));
          }, (error) => {
            // Where nothing more can be done, the rest is as it was, and is sent when it is asked for again.
            if (!(error instanceof Problem) || [0, 401, 403, 429].includes(error.status)) throw error;
            line.problem = error.message;
            line.place.replaceChildren(badge(say.notInvited, 'bad'), make('small', { textContent: error.message }));
          });
        }
      } finally {
        if (left().length > 0) ready();
        else {
          const all = lines.filter(({ problem }) => problem === 'done').length;
          said.replaceChildren(make('b', { textContent: say.areInvited(all, lines.length) }));
          buttons.replaceChildren(button(say.close, () => preview.replaceChildren()));
        }
        if (invited > 0) void search().catch(() => {});
      }
    };
    preview.replaceChildren(said, buttons, table(say.whatWasRead, [say.email, say.name, say.whatBecomesOfIt], lines.map(({ email, name, place }) => [email || say.empty, name, place])));
    ready();
  };
  return make('details', { className: 'card' }, make('summary', { textContent: say.inviteMany }), form(say.lookAtIt, [fileField, nodeField], look), preview);
}

/** What can be told of each before anybody is asked: empty where it can be sent. @param {{ email: string, name: string }[]} people */
export function planOf(people) {
  /** @type {Set<string>} */
  const seen = new Set();
  return people.map(({ email, name }) => {
    const key = email.toLowerCase();
    const problem = !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? say.notAnEMail : seen.has(key) ? say.standsAboveAlready : name.length > 200 ? say.nameTooLong : '';
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
  const held = person.roles.map((/** @type {any} */ it) => make('li', {}, make('div', {}, link(`/admin/role/${it.role}`, name(it.role)), make('p', { className: 'hint', textContent: sources[it.source] })), it.source !== 'group' && taking(person, it.role, name(it.role), roles.find(({ id }) => id === it.role)?.privileges, again)));
  const free = roles.filter((role) => !person.roles.some((/** @type {any} */ it) => it.role === role.id));
  const [roleField, role] = field(say.role, select(free.map((it) => [it.id, it.name])));
  main.replaceChildren(...[
    make('nav', { aria: { label: say.up } }, link('/admin/people', say.back)),
    head(person.name || person.email, isMe ? say.thisIsYou : '', status(person.status)),
    card(say.account, make('div', { className: 'stack' }, facts([[say.email, person.email], [say.node, nodes.find((it) => it.id === person.node)?.name ?? person.node], [say.made, time(person.created_at)], [say.lastSignIn, time(person.last_sign_in_at)]]),
      !isMe && person.status !== 'deleted' && row(
        person.status === 'locked'
          ? button(say.unlock, () => attempt(async () => { await ask('PATCH', path, { locked: false }); await again(); }))
          : button(say.lock, () => confirm(say.lockTitle(person.email), say.lockText, say.lock, async () => { await ask('PATCH', path, { locked: true }); await again(); })),
        me.privileges.has('view_audit') && link(`/admin/audit/${id}`, say.whatHappened, 'button'),
        person.status === 'locked' && me.privileges.has('transfer_vault') && link(`/admin/approvals#${new URLSearchParams({ from: person.email })}`, say.handTheVaultOver, 'button'),
        button(say.delete, () => confirm(say.deleteTitle(person.email), say.deleteText, say.delete, async () => { await ask('DELETE', path); go('/admin/people'); }), 'danger')))),
    !isMe && person.status !== 'deleted' && invitation(person, connections),
    person.status !== 'deleted' && person.status !== 'locked' && outsideAccess(person, isMe, again),
    card(say.roles, held.length > 0 ? make('ul', { className: 'rows' }, ...held) : muted(say.none), free.length > 0 && person.status !== 'deleted' && form(say.give, [roleField], async () => { await ask('PUT', `${path}/roles/${role.value}`); await again(); })),
    card(say.sessions, sessions.length > 0
      ? make('div', { className: 'stack' }, make('ul', { className: 'rows' }, ...sessions.map((it) => make('li', {}, make('div', {}, make('b', { textContent: say.since(time(it.created_at)) }), make('p', { className: 'hint', textContent: Date.parse(it.ends_at) > Date.now() ? say.usedAndEnds(time(it.last_seen_at), time(it.ends_at), time(it.expires_at)) : say.usedAndAsleep(time(it.last_seen_at), time(it.expires_at)) })), button(say.end, () => attempt(async () => { await ask('DELETE', `${path}/sessions/${it.id}`); await again(); toast(say.itIsOver); }))))),
        row(button(say.endAll, () => confirm(say.endAllTitle, say.endAllText, say.endThem, async () => { await ask('POST', `${path}/end-sessions`); await again(); }), 'danger')))
      : muted(say.noneIsOpen)),
    card(say.browsers, hint(say.browsersText), devices.length > 0
      ? make('ul', { className: 'rows' }, ...devices.map((it) => make('li', {}, make('div', {}, make('b', { textContent: say.since(time(it.created_at)) }), make('p', { className: 'hint', textContent: say.openedLast(time(it.last_used_at)) })), it.blocked_at
        ? badge(say.blockedSince(time(it.blocked_at)), 'warn')
        : button(say.block, () => confirm(say.blockTitle, say.blockText, say.block, async () => { await ask('POST', `${path}/devices/${it.id}/block`); await again(); }), 'danger'))))
      : muted(say.noVault)),
    !isMe && person.status !== 'deleted' && card(say.secondFactor, row(button(say.takeFactors, () => confirm(say.takeFactorsTitle, say.takeFactorsText, say.takeThemAway, async () => { await ask('DELETE', `${path}/two-factor`); await again(); toast(say.theyAreGone); }), 'danger'))),
    identities.length > 0 && card(say.atTheIdentityProvider, hint(say.knownThere),
      make('ul', { className: 'rows' }, ...identities.map((it) => known(it, connections, path, again)))),
    card(say.whatAppliesToThem, hint(say.strictest),
      table(say.policiesThatApply, [say.policy, say.value, say.becauseOf], policies.map((/** @type {any} */ policy) => {
        const { value, because } = effective.find((it) => it.policy === policy.name) ?? { value: policy.default, because: [] };
        return [draws(policy.name), shown(value), because.length === 0 ? say.theDefault : because.map(name).join(', ')];
      }))),
  ].filter((it) => it !== false));
}

/** Takes a role away. Where a password may end with it, that is asked before, since nothing brings it back. @param {any} person @param {string} role @param {string} name @param {string[] | undefined} privileges of the role, where they can be seen @param {() => Promise<void>} again */
function taking(person, role, name, privileges, again) {
  const path = `/users/${person.id}/roles/${role}`;
  const take = async () => { await ask('DELETE', path); await again(); };
  if (person.signs_in_outside && privileges?.length !== 0) return button(say.takeAway, () => confirm(say.takeRoleTitle(name, person.email), say.takeRoleText, say.takeAway, take));
  return button(say.takeAway, () => attempt(async () => {
    await take();
    toast(say.takenAway(name), () => void attempt(async () => { await ask('PUT', path); await again(); }));
  }));
}

/** An e-mail alone links nothing: who was invited, or signs in elsewhere until now, claims the account by a link. @param {any} person @param {any[]} connections */
function invitation(person, connections) {
  const open = connections.filter((it) => it.status === 'active');
  if (open.length === 0) return false;
  const [field_, connection] = field(say.theySignInBy, select(open.map((it) => /** @type {[string, string]} */ ([it.id, named(it)]))));
  const place = make('div', { className: 'stack', aria: { live: 'polite' } });
  const make_ = form(say.makeALink, [field_], async () => {
    const { link: made, expires_at } = await ask('POST', `/users/${person.id}/claims`, { connection: connection.value });
    place.replaceChildren(copyField(say.forThem(person.email), made, say.goodOnce(time(expires_at))));
  });
  const why = person.status === 'invited' ? say.yetToClaim : say.knownElsewhere;
  return card(say.claimingTheAccount, make('div', { className: 'stack' }, make('p', { textContent: why }), hint(say.mailedToo), make_, place));
}

/** Who somebody is at one identity provider, and by which name from now on. @param {any} it @param {any[]} connections @param {string} path @param {() => Promise<void>} again */
function known(it, connections, path, again) {
  const connection = connections.find(({ id }) => id === it.connection);
  const [kind, format] = it.subject;
  const is = it.subject.at(-1);
  const [nameField, name] = field(kind === 'attribute' ? say.theAttribute(format) : say.nameId, make('input', { value: is, required: true, maxLength: 1024, autocomplete: 'off', spellcheck: false }));
  return make('li', {}, make('div', {}, make('b', { textContent: connection ? named(connection) : it.connection }), make('p', {}, make('code', { textContent: is })), make('p', { className: 'hint', textContent: [say.since(time(it.created_at)), ...(it.pinned ? [say.pinned(it.pinned)] : [])].join('; ') }),
    make('details', {}, make('summary', { textContent: say.knownByAnotherName }), form(say.save, [nameField], async () => {
      const to = kind === 'attribute' ? { attribute: name.value.trim() } : { name_id: { value: name.value.trim(), ...(format && { format }) } };
      await ask('PUT', `${path}/identities/${it.connection}`, to);
      await again();
      toast(say.savedAndOver);
    }))));
}
