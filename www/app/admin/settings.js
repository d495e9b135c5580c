// @ts-check
// The organisation itself, and tokens for programs.
import { Problem, all, ask, get, pages, patiently } from './client.js';
import { privileges } from '../words/admin/roles.js';
import { attempt, badge, button, card, confirm, copyField, empty, facts, field, form, growing, head, hint, link, make, muted, nodeChoices, row, select, table, time, toast, toggle } from './parts.js';
import { say } from '../words/admin/settings.js';

/** @param {import('./admin.js').View} view */
export async function draw({ main, me, again, ended }) {
  const [tenant, links, mail, sessions] = await Promise.all([get('/tenant'), all('/tenant/extension-links'), me.isRoot ? get('/tenant/mail') : undefined, me.isRoot ? sessionDefaults(again, ended) : undefined]);
  const [nameField, name] = field(say.name, make('input', { value: tenant.name, required: true, maxLength: 100, autocomplete: 'organization' }), say.nameText);
  main.replaceChildren(
    head(say.settings, ''),
    card(say.organisation, me.isRoot
      ? form(say.save, [nameField], async () => { await ask('PATCH', '/tenant', { name: name.value.trim() }); toast(say.saved); })
      : muted(say.rootOnly),
    facts([...(me.isRoot ? [] : [/** @type {[string, string]} */ ([say.name, tenant.name])]), [say.seats, say.seatsInUse(tenant.seats_used, tenant.seats)], [say.since, time(tenant.created_at)]])),
    ...(me.isRoot ? [card(say.groups, toggle(say.groupPrivileges, say.groupPrivilegesText, tenant.group_privileges, (group_privileges) => ask('PATCH', '/tenant', { group_privileges })))] : []),
    ...(me.isRoot ? [look(tenant, again), extension(links)] : []),
    ...(me.isRoot ? [await notices(mail, again), keeping(tenant)] : []),
    ...(sessions ? [sessions] : []),
  );
}

/** How wide and how high a logo is made at the most, twice as large as it is shown. */
const [WIDEST, HIGHEST] = [320, 96];

/** A picture as a PNG of the size that is shown. @param {Blob} file */
async function pngOf(file) {
  const picture = await createImageBitmap(file).catch(() => { throw new Problem(422, 'logo-not-png', say.noPicture); });
  const scale = Math.min(1, WIDEST / picture.width, HIGHEST / picture.height);
  const canvas = make('canvas', { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) });
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').split(',')[1];
}

/** Logo and colour of the pages where people sign in. @param {any} tenant @param {() => Promise<void>} again */
function look(tenant, again) {
  const [fileField, file] = field(say.logo, make('input', { type: 'file', accept: 'image/*', required: true }), say.logoText);
  const [colourField, colour] = field(say.colour, make('input', { type: 'color', value: `#${tenant.accent ?? '0f5257'}`, autocomplete: 'off' }), say.colourText);
  return card(say.wherePeopleSignIn, hint(say.wherePeopleSignInText), make('div', { className: 'stack' },
    tenant.logo && row(make('img', { className: 'logo', src: `/logo/${tenant.logo}.png`, alt: say.logoOf(tenant.name) }), button(say.removeTheLogo, () => confirm(say.removeLogoTitle, say.removeLogoText, say.remove, async () => { await ask('DELETE', '/tenant/logo'); await again(); }), 'danger')),
    form(tenant.logo ? say.changeTheLogo : say.showTheLogo, [fileField], async () => {
      await ask('PUT', '/tenant/logo', { png: await pngOf(/** @type {File} */ (file.files?.[0])) });
      await again();
      toast(say.isShown);
    }),
    form(say.saveTheColour, [colourField], async () => { await ask('PATCH', '/tenant', { accent: colour.value }); await again(); toast(say.saved); }),
    tenant.accent && row(button(say.useOursAgain, () => attempt(async () => { await ask('PATCH', '/tenant', { accent: null }); await again(); })))));
}

/** By whom notices go out, and what went. @param {any} mail @param {() => Promise<void>} again */
async function notices(mail, again) {
  const by = select([['', say.byNobody], ...(mail.offered ? /** @type {[string, string][]} */ ([['deployment', say.thisDeployment(mail.offered)]]) : []), ['http', say.byService]], mail.provider ?? '');
  const [byField] = field(say.whoSendsThem, by, say.whoSendsThemText);
  const [fromField, from] = field(say.from, make('input', { type: 'email', value: mail.provider === 'http' ? mail.from : '', maxLength: 254, autocomplete: 'off' }));
  const [urlField, url] = field(say.whereItTakesMail, make('input', { type: 'url', inputMode: 'url', value: mail.url ?? '', maxLength: 2048, autocomplete: 'off', placeholder: 'https://' }), say.whereItTakesMailText);
  const [secretField, secret] = field(say.itsSecret, make('input', { type: 'password', maxLength: 500, autocomplete: 'off' }), mail.provider === 'http' ? say.secretStays : say.secretText);
  const service = make('div', { className: 'stack' }, fromField, urlField, secretField);
  const show = () => { service.hidden = by.value !== 'http'; };
  by.onchange = show;
  show();
  return card(say.mail, hint(say.mailText), make('div', { className: 'stack' },
    form(say.save, [byField, service], async () => {
      if (by.value === '') await ask('DELETE', '/tenant/mail');
      else await ask('PUT', '/tenant/mail', by.value === 'http' ? { provider: 'http', from: from.value.trim(), url: url.value.trim(), ...(secret.value && { secret: secret.value }) } : { provider: by.value });
      await again();
      toast(say.saved);
    }),
    mail.provider && row(button(say.sendMeOne, () => attempt(async () => { await ask('POST', '/tenant/mail/test'); toast(say.sentSoon); })), mail.waiting > 0 && badge(say.toBeSent(mail.waiting), 'warn')),
    await growing(pages('/tenant/mail/messages', 20), (items) => table(say.theLastNotices, [say.time, say.what, say.whatBecameOfIt], items.map((it) => [time(it.created_at), it.subject, it.status === 'sent' ? badge(say.sent, 'done') : [badge(it.status === 'failed' ? say.failed : say.waits, it.status === 'failed' ? 'bad' : 'info'), ...(it.failure ? [make('small', { textContent: it.failure })] : [])]])), muted(say.noNotice))));
}

/** What the role is called that carries them. */
const DEFAULTS = 'Session defaults';

/**
 * How long sessions last where no other role says less: two policies of a role of its own at the root, which accounts begin with at
 * every node, and which those that are there already are given.
 * @param {() => Promise<void>} again @param {AbortSignal} ended
 */
async function sessionDefaults(again, ended) {
  const [nodes, roles, { items: policies }] = await Promise.all([all('/nodes'), all('/roles'), get('/policies')]);
  const root = nodes.find((it) => it.parent === null);
  const role = roles.find((it) => it.node === root.id && it.name === DEFAULTS);
  const limit = (/** @type {string} */ label, /** @type {string} */ name, /** @type {string} */ unit, /** @type {string} */ note) => {
    const policy = policies.find((/** @type {any} */ it) => it.name === name);
    return field(say.inUnit(label, unit), make('input', { type: 'number', min: String(policy.schema.minimum), max: String(policy.schema.maximum), value: String(role?.policies[name] ?? policy.default), required: true, autocomplete: 'off' }), say.limit(note, policy.schema.minimum, policy.schema.maximum, policy.default));
  };
  const [idleField, idle] = limit(say.unused, 'session_idle_minutes', say.minutes, say.unusedText);
  const [longestField, longest] = limit(say.atTheLongest, 'session_max_hours', say.hours, say.usedOrNot);
  const without = role ? nodes.filter((it) => !it.default_roles.includes(role.id)) : [];
  const save = form(say.saveTheLimits, [make('div', { className: 'pair' }, idleField, longestField)], async () => {
    const its = { ...role?.policies, session_idle_minutes: Number(idle.value), session_max_hours: Number(longest.value) };
    const { id } = role ? await ask('PATCH', `/roles/${role.id}`, { policies: its }) : await ask('POST', '/roles', { node: root.id, name: DEFAULTS, policies: its });
    for (const node of role ? without : nodes) await ask('PUT', `/nodes/${node.id}/default-roles/${id}`);
    await again();
    toast(role ? say.limitsSaved : say.limitsBegun);
  });
  return card(say.sessions, make('div', { className: 'stack' },
    hint(say.areTheRole(DEFAULTS)),
    role && without.length > 0 && make('div', { className: 'banner info', role: 'status' }, make('p', {}, make('b', { textContent: say.notEverywhereYet }), ` ${say.without(without.slice(0, 5).map((it) => it.name), without.length)}`)),
    save, role && toEverybody(role, ended),
    role && row(link(`/admin/role/${role.id}`, say.theRole, 'button'), button(say.useOursAgain, () => confirm(say.useOursTitle, say.roleIsDeleted(DEFAULTS), say.useOurs, async () => { await ask('DELETE', `/roles/${role.id}`); await again(); }), 'danger'))));
}

/** Gives a role to all accounts that are there, one after the other; who has it already is passed over, so that it goes on where it ended. @param {any} role @param {AbortSignal} ended */
function toEverybody(role, ended) {
  const [said, buttons] = [make('p', {}), row()];
  said.setAttribute('role', 'status');
  const begin = () => button(say.giveItToAll, () => attempt(give));
  const give = async () => {
    const stop = new AbortController();
    let [looked, given] = [0, 0];
    const load = pages('/users');
    buttons.replaceChildren(button(say.stop, () => stop.abort()));
    const isOver = () => stop.signal.aborted || ended.aborted;
    try {
      for (let after = /** @type {string | null | undefined} */ (''); after !== null && !isOver();) {
        const page = await patiently(() => load(after || ''));
        for (const person of page.items) {
          if (isOver()) break;
          looked += 1;
          said.textContent = say.lookedAt(looked, given);
          if (person.status === 'deleted' || person.roles.some((/** @type {any} */ it) => it.role === role.id)) continue;
          await patiently(() => ask('PUT', `/users/${person.id}/roles/${role.id}`));
          given += 1;
        }
        after = page.next ?? null;
      }
      said.textContent = isOver() ? say.stopped(looked, given) : say.done(looked, given);
    } finally {
      buttons.replaceChildren(begin());
    }
  };
  buttons.replaceChildren(begin());
  return make('div', { className: 'stack tight' }, said, buttons);
}

/** For how long the audit log is kept. @param {any} tenant */
function keeping(tenant) {
  const [daysField, days] = field(say.days, make('input', { type: 'number', min: '30', max: '3650', value: String(tenant.audit_days), required: true, autocomplete: 'off' }), say.daysText);
  return card(say.auditLog, form(say.saveTheDays, [daysField], async () => { await ask('PATCH', '/tenant', { audit_days: Number(days.value) }); toast(say.saved); }));
}

/** @type {[string, string][]} */
const BROWSERS = [['chrome', 'Chrome'], ['edge', 'Edge'], ['firefox', 'Firefox'], ['safari', 'Safari']];

/** Where people are sent for the browser extension. @param {any[]} links */
function extension(links) {
  const fields = BROWSERS.map(([browser, name]) => {
    const known = links.find((it) => it.browser === browser)?.url ?? '';
    const [line, input] = field(name, make('input', { type: 'url', inputMode: 'url', value: known, maxLength: 500, autocomplete: 'off', placeholder: 'https://' }));
    return { browser, known, line, input };
  });
  return card(say.browserExtension, hint(say.browserExtensionText), form(say.saveTheAddresses, fields.map(({ line }) => line), async () => {
    for (const line of fields) {
      const url = line.input.value.trim();
      if (url === line.known) continue;
      await (url ? ask('PUT', `/tenant/extension-links/${line.browser}`, { url }) : ask('DELETE', `/tenant/extension-links/${line.browser}`));
      line.known = url;
    }
    toast(say.saved);
  }));
}

/** @param {import('./admin.js').View} view */
export async function drawTokens({ main, me, again }) {
  const nodes = await all('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? id;
  const [nameField, name] = field(say.name, make('input', { required: true, maxLength: 100, autocomplete: 'off' }), say.tokenNameText);
  const [nodeField, at] = field(say.atTheNode, select(nodeChoices(nodes)));
  const [daysField, days] = field(say.days, make('input', { type: 'number', min: '1', max: '365', value: '90', required: true }));
  const readOnly = make('input', { type: 'checkbox', id: 'read-only', checked: true, autocomplete: 'off' });
  const boxes = [...me.privileges].map((its) => {
    const box = make('input', { type: 'checkbox', id: `token-${its}`, value: its, autocomplete: 'off' });
    return /** @type {const} */ ([box, make('label', { className: 'choice', for: box.id }, box, privileges[its] ?? its)]);
  });
  const secret = make('div', { className: 'stack', aria: { live: 'polite' } });
  const live = (/** @type {any} */ token) => !token.revoked_at && Date.parse(token.expires_at) > Date.now();
  main.replaceChildren(
    head(say.apiTokens, say.tokensText),
    secret,
    await growing(pages('/tokens'), (items) => table(say.tokens, [say.token, say.for, say.ends, ''], items.map((it) => [
      it.name, say.tokenFor(it.privileges.map((/** @type {string} */ its) => privileges[its] ?? its), node(it.node), it.read_only), live(it) ? time(it.expires_at) : badge(it.revoked_at ? say.ended : say.over),
      live(it) ? button(say.end, () => confirm(say.endTokenTitle(it.name), say.endTokenText, say.endIt, async () => { await ask('DELETE', `/tokens/${it.id}`); await again(); }), 'danger') : '',
    ])), empty(say.noTokenYet, say.noTokenYetText)),
    make('details', { className: 'card' }, make('summary', { textContent: say.newToken }), form(say.makeIt, [nameField, nodeField, daysField, make('fieldset', {}, make('legend', {}, make('b', { textContent: say.whatItIsFor })), make('div', { className: 'choices' }, ...boxes.map(([, label]) => label))), make('label', { className: 'choice', for: 'read-only' }, readOnly, say.itChangesNothing)], async () => {
      const made = await ask('POST', '/tokens', { name: name.value.trim(), node: at.value, privileges: boxes.filter(([box]) => box.checked).map(([box]) => box.value), read_only: readOnly.checked, expires_at: new Date(Date.now() + Number(days.value) * 86_400_000 - 60_000).toISOString() });
      await again();
      // The page was drawn again: it is shown in the new one.
      document.querySelector('#main .stack > .stack')?.replaceChildren(copyField(say.secretOf(made.name), made.secret, say.shownOnce), row());
    })),
  );
}
