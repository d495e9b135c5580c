// @ts-check
// The organisation itself, and tokens for programs.
import { Problem, all, ask, get, pages, patiently } from './client.js';
import { PRIVILEGES } from './roles.js';
import { attempt, badge, button, card, confirm, copyField, empty, facts, field, form, growing, head, hint, link, make, muted, nodeChoices, row, select, table, time, toast, toggle } from './parts.js';

/** @param {import('./admin.js').View} view */
export async function draw({ main, me, again, ended }) {
  const [tenant, links, mail, sessions] = await Promise.all([get('/tenant'), all('/tenant/extension-links'), me.isRoot ? get('/tenant/mail') : undefined, me.isRoot ? sessionDefaults(again, ended) : undefined]);
  const [nameField, name] = field('Name', make('input', { value: tenant.name, required: true, maxLength: 100, autocomplete: 'organization' }), 'As people see it when they sign in, beside a domain that you proved.');
  main.replaceChildren(
    head('Settings', ''),
    card('Organisation', me.isRoot
      ? form('Save', [nameField], async () => { await ask('PATCH', '/tenant', { name: name.value.trim() }); toast('Saved.'); })
      : muted('An admin who holds every privilege at the root can change this.'),
    facts([...(me.isRoot ? [] : [/** @type {[string, string]} */ (['Name', tenant.name])]), ['Seats', `${tenant.seats_used} of ${tenant.seats} in use`], ['Since', time(tenant.created_at)]])),
    ...(me.isRoot ? [card('Groups of the identity provider', toggle('Roles that groups give let people manage', 'Off: whoever controls groups there makes nobody an admin here. Default: off.', tenant.group_privileges, (group_privileges) => ask('PATCH', '/tenant', { group_privileges })))] : []),
    ...(me.isRoot ? [look(tenant, again), extension(links)] : []),
    ...(me.isRoot ? [await notices(mail, again), keeping(tenant)] : []),
    ...(sessions ? [sessions] : []),
  );
}

/** How wide and how high a logo is made at the most, twice as large as it is shown. */
const [WIDEST, HIGHEST] = [320, 96];

/** A picture as a PNG of the size that is shown. @param {Blob} file */
async function pngOf(file) {
  const picture = await createImageBitmap(file).catch(() => { throw new Problem(422, 'logo-not-png', 'This file is no picture that this browser can read.'); });
  const scale = Math.min(1, WIDEST / picture.width, HIGHEST / picture.height);
  const canvas = make('canvas', { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) });
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL('image/png').split(',')[1];
}

/** Logo and colour of the pages where people sign in. @param {any} tenant @param {() => Promise<void>} again */
function look(tenant, again) {
  const [fileField, file] = field('Logo', make('input', { type: 'file', accept: 'image/*', required: true }), 'Shown on white. Any picture: it is made a PNG of at most 320 × 96 pixels here, and written anew on the server, so that nothing else in the file is kept. Default: none.');
  const [colourField, colour] = field('Colour', make('input', { type: 'color', value: `#${tenant.accent ?? '0f5257'}`, autocomplete: 'off' }), 'Of links and of the button that leads on. White has to be legible on it, and it on white; dark pages take a lighter one by themselves. Default: ours.');
  return card('Where people sign in', hint('People see these beside your name and a domain that you proved: the domain is always there, whatever the logo shows.'), make('div', { className: 'stack' },
    tenant.logo && row(make('img', { className: 'logo', src: `/logo/${tenant.logo}.png`, alt: `The logo of ${tenant.name}` }), button('Remove the logo', () => confirm('Remove the logo?', 'The first letter of the name takes its place.', 'Remove', async () => { await ask('DELETE', '/tenant/logo'); await again(); }), 'danger')),
    form(tenant.logo ? 'Change the logo' : 'Show the logo', [fileField], async () => {
      await ask('PUT', '/tenant/logo', { png: await pngOf(/** @type {File} */ (file.files?.[0])) });
      await again();
      toast('It is shown from now on.');
    }),
    form('Save the colour', [colourField], async () => { await ask('PATCH', '/tenant', { accent: colour.value }); await again(); toast('Saved.'); }),
    tenant.accent && row(button('Use ours again', () => attempt(async () => { await ask('PATCH', '/tenant', { accent: null }); await again(); })))));
}

/** By whom notices go out, and what went. @param {any} mail @param {() => Promise<void>} again */
async function notices(mail, again) {
  const by = select([['', 'Nobody: none go out'], ...(mail.offered ? /** @type {[string, string][]} */ ([['deployment', `This deployment, from ${mail.offered}`]]) : []), ['http', 'A service of yours, over HTTPS']], mail.provider ?? '');
  const [byField] = field('Who sends them', by, 'Everything can be done without mail: what would be sent can be copied as a link. Default: nobody.');
  const [fromField, from] = field('From', make('input', { type: 'email', value: mail.provider === 'http' ? mail.from : '', maxLength: 254, autocomplete: 'off' }));
  const [urlField, url] = field('Where it takes mail', make('input', { type: 'url', inputMode: 'url', value: mail.url ?? '', maxLength: 2048, autocomplete: 'off', placeholder: 'https://' }), 'What is posted there is in docs/operating.md, "Mail".');
  const [secretField, secret] = field('Its secret', make('input', { type: 'password', maxLength: 500, autocomplete: 'off' }), mail.provider === 'http' ? 'Kept sealed. Empty: it stays, where the address does.' : 'What the service knows us by. It is kept sealed.');
  const service = make('div', { className: 'stack' }, fromField, urlField, secretField);
  const show = () => { service.hidden = by.value !== 'http'; };
  by.onchange = show;
  show();
  return card('Mail', hint('Invitations, new browsers, who waits for an admin, certificates that end.'), make('div', { className: 'stack' },
    form('Save', [byField, service], async () => {
      if (by.value === '') await ask('DELETE', '/tenant/mail');
      else await ask('PUT', '/tenant/mail', by.value === 'http' ? { provider: 'http', from: from.value.trim(), url: url.value.trim(), ...(secret.value && { secret: secret.value }) } : { provider: by.value });
      await again();
      toast('Saved.');
    }),
    mail.provider && row(button('Send me one', () => attempt(async () => { await ask('POST', '/tenant/mail/test'); toast('It is sent within a minute.'); })), mail.waiting > 0 && badge(`${mail.waiting} to be sent`, 'warn')),
    await growing(pages('/tenant/mail/messages', 20), (items) => table('The last notices', ['Time', 'What', 'What became of it'], items.map((it) => [time(it.created_at), it.subject, it.status === 'sent' ? badge('Sent', 'done') : [badge(it.status === 'failed' ? 'Failed' : 'Waits', it.status === 'failed' ? 'bad' : 'info'), ...(it.failure ? [make('small', { textContent: it.failure })] : [])]])), muted('No notice was written in the last 30 days.'))));
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
    return field(`${label}, ${unit}`, make('input', { type: 'number', min: String(policy.schema.minimum), max: String(policy.schema.maximum), value: String(role?.policies[name] ?? policy.default), required: true, autocomplete: 'off' }), `${note} ${policy.schema.minimum} to ${policy.schema.maximum}. Default: ${policy.default}.`);
  };
  const [idleField, idle] = limit('Unused', 'session_idle_minutes', 'minutes', 'A vault locks, and a session ends, that nobody used for so long.');
  const [longestField, longest] = limit('At the longest', 'session_max_hours', 'hours', 'Used or not.');
  const without = role ? nodes.filter((it) => !it.default_roles.includes(role.id)) : [];
  const save = form('Save the limits', [make('div', { className: 'pair' }, idleField, longestField)], async () => {
    const its = { ...role?.policies, session_idle_minutes: Number(idle.value), session_max_hours: Number(longest.value) };
    const { id } = role ? await ask('PATCH', `/roles/${role.id}`, { policies: its }) : await ask('POST', '/roles', { node: root.id, name: DEFAULTS, policies: its });
    for (const node of role ? without : nodes) await ask('PUT', `/nodes/${node.id}/default-roles/${id}`);
    await again();
    toast(role ? 'Saved. They count from the next request on.' : 'Saved, for accounts that are made from now on. Give them to those that are there, too.');
  });
  return card('Sessions', make('div', { className: 'stack' },
    hint(`Where another role of somebody’s says less, less counts. They are the role “${DEFAULTS}” at the root.`),
    role && without.length > 0 && make('div', { className: 'banner info', role: 'status' }, make('p', {}, make('b', { textContent: 'Not everywhere yet.' }), ` Accounts begin without it at ${without.slice(0, 5).map((it) => it.name).join(', ')}${without.length > 5 ? ` and ${without.length - 5} more nodes` : ''}. Save to change that.`)),
    save, role && toEverybody(role, ended),
    role && row(link(`/admin/role/${role.id}`, 'The role', 'button'), button('Use ours again', () => confirm('Use our limits again?', `The role “${DEFAULTS}” is deleted, and taken from all who have it. Sessions that were longer end by our limits.`, 'Use ours', async () => { await ask('DELETE', `/roles/${role.id}`); await again(); }), 'danger'))));
}

/** Gives a role to all accounts that are there, one after the other; who has it already is passed over, so that it goes on where it ended. @param {any} role @param {AbortSignal} ended */
function toEverybody(role, ended) {
  const [said, buttons] = [make('p', {}), row()];
  said.setAttribute('role', 'status');
  const begin = () => button('Give it to all accounts that are there', () => attempt(give));
  const give = async () => {
    const stop = new AbortController();
    let [looked, given] = [0, 0];
    const load = pages('/users');
    buttons.replaceChildren(button('Stop', () => stop.abort()));
    const isOver = () => stop.signal.aborted || ended.aborted;
    try {
      for (let after = /** @type {string | null | undefined} */ (''); after !== null && !isOver();) {
        const page = await patiently(() => load(after || ''));
        for (const person of page.items) {
          if (isOver()) break;
          looked += 1;
          said.textContent = `Looked at ${looked.toLocaleString('en')} accounts, given to ${given.toLocaleString('en')}.`;
          if (person.status === 'deleted' || person.roles.some((/** @type {any} */ it) => it.role === role.id)) continue;
          await patiently(() => ask('PUT', `/users/${person.id}/roles/${role.id}`));
          given += 1;
        }
        after = page.next ?? null;
      }
      said.textContent = `${isOver() ? 'Stopped' : 'Done'}: looked at ${looked.toLocaleString('en')} accounts, given to ${given.toLocaleString('en')}.`;
    } finally {
      buttons.replaceChildren(begin());
    }
  };
  buttons.replaceChildren(begin());
  return make('div', { className: 'stack tight' }, said, buttons);
}

/** For how long the audit log is kept. @param {any} tenant */
function keeping(tenant) {
  const [daysField, days] = field('Days', make('input', { type: 'number', min: '30', max: '3650', value: String(tenant.audit_days), required: true, autocomplete: 'off' }), 'What is older is removed. Fewer days take a fresh sign-in. Default: 365.');
  return card('Audit log', form('Save the days', [daysField], async () => { await ask('PATCH', '/tenant', { audit_days: Number(days.value) }); toast('Saved.'); }));
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
  return card('Browser extension', hint('The page of each browser’s store, or of your own distribution. The onboarding leads there; empty: it does not offer that browser. Default: none.'), form('Save the addresses', fields.map(({ line }) => line), async () => {
    for (const line of fields) {
      const url = line.input.value.trim();
      if (url === line.known) continue;
      await (url ? ask('PUT', `/tenant/extension-links/${line.browser}`, { url }) : ask('DELETE', `/tenant/extension-links/${line.browser}`));
      line.known = url;
    }
    toast('Saved.');
  }));
}

/** @param {import('./admin.js').View} view */
export async function drawTokens({ main, me, again }) {
  const nodes = await all('/nodes');
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? id;
  const [nameField, name] = field('Name', make('input', { required: true, maxLength: 100, autocomplete: 'off' }), 'For whoever finds it in this list.');
  const [nodeField, at] = field('At the node', select(nodeChoices(nodes)));
  const [daysField, days] = field('Days', make('input', { type: 'number', min: '1', max: '365', value: '90', required: true }));
  const readOnly = make('input', { type: 'checkbox', id: 'read-only', checked: true, autocomplete: 'off' });
  const boxes = [...me.privileges].map((its) => {
    const box = make('input', { type: 'checkbox', id: `token-${its}`, value: its, autocomplete: 'off' });
    return /** @type {const} */ ([box, make('label', { className: 'choice', for: box.id }, box, PRIVILEGES[its] ?? its)]);
  });
  const secret = make('div', { className: 'stack', aria: { live: 'polite' } });
  const live = (/** @type {any} */ token) => !token.revoked_at && Date.parse(token.expires_at) > Date.now();
  main.replaceChildren(
    head('API tokens', 'For programs. A token never does more than its maker may at that moment.'),
    secret,
    await growing(pages('/tokens'), (items) => table('Tokens', ['Token', 'For', 'Ends', ''], items.map((it) => [
      it.name, `${it.privileges.map((/** @type {string} */ its) => PRIVILEGES[its] ?? its).join(', ')} at ${node(it.node)}${it.read_only ? ', to read' : ''}`, live(it) ? time(it.expires_at) : badge(it.revoked_at ? 'Ended' : 'Over'),
      live(it) ? button('End', () => confirm(`End the token ${it.name}?`, 'Whatever uses it stops working at once.', 'End it', async () => { await ask('DELETE', `/tokens/${it.id}`); await again(); }), 'danger') : '',
    ])), empty('No token yet', 'The API does everything that this console does: see docs/api.md.')),
    make('details', { className: 'card' }, make('summary', { textContent: 'New token' }), form('Make it', [nameField, nodeField, daysField, make('fieldset', {}, make('legend', {}, make('b', { textContent: 'What it is for' })), make('div', { className: 'choices' }, ...boxes.map(([, label]) => label))), make('label', { className: 'choice', for: 'read-only' }, readOnly, 'It changes nothing')], async () => {
      const made = await ask('POST', '/tokens', { name: name.value.trim(), node: at.value, privileges: boxes.filter(([box]) => box.checked).map(([box]) => box.value), read_only: readOnly.checked, expires_at: new Date(Date.now() + Number(days.value) * 86_400_000 - 60_000).toISOString() });
      await again();
      // The page was drawn again: it is shown in the new one.
      document.querySelector('#main .stack > .stack')?.replaceChildren(copyField(`The secret of ${made.name}`, made.secret, 'It is shown this once.'), row());
    })),
  );
}
