// @ts-check
// The organisation itself, and tokens for programs.
import { Problem, all, ask, get } from './client.js';
import { attempt, badge, button, card, confirm, copyField, empty, facts, field, form, head, hint, make, muted, nodeChoices, row, select, table, time, toast, toggle } from './parts.js';

/** @param {import('./admin.js').View} view */
export async function draw({ main, me, again }) {
  const [tenant, links, mail, messages] = await Promise.all([get('/tenant'), all('/tenant/extension-links'), me.isRoot ? get('/tenant/mail') : undefined, me.isRoot ? get('/tenant/mail/messages?limit=20').then(({ items }) => items) : []]);
  const [nameField, name] = field('Name', make('input', { value: tenant.name, required: true, maxLength: 100, autocomplete: 'organization' }), 'As people see it when they sign in, beside a domain that you proved.');
  main.replaceChildren(
    head('Settings', ''),
    card('Organisation', me.isRoot
      ? form('Save', [nameField], async () => { await ask('PATCH', '/tenant', { name: name.value.trim() }); toast('Saved.'); await again(); })
      : muted('An admin who holds every privilege at the root can change this.'),
    facts([['Name', tenant.name], ['Seats', `${tenant.seats_used} of ${tenant.seats} in use`], ['Since', time(tenant.created_at)]])),
    ...(me.isRoot ? [card('Groups of the identity provider', toggle('Roles that groups give let people manage', 'Off: whoever controls groups there makes nobody an admin here. Default: off.', tenant.group_privileges, (group_privileges) => ask('PATCH', '/tenant', { group_privileges })))] : []),
    ...(me.isRoot ? [look(tenant, again), extension(links, again)] : []),
    ...(me.isRoot ? [notices(mail, messages, again), keeping(tenant, again)] : []),
    card('Sessions', hint('How long sessions last is a policy: set it in a role, and make that role a default role of the root node. Without one, a session ends after 30 minutes unused and after 12 hours at the latest.')),
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
      toast('It is shown from now on.');
      await again();
    }),
    form('Save the colour', [colourField], async () => { await ask('PATCH', '/tenant', { accent: colour.value }); toast('Saved.'); await again(); }),
    tenant.accent && row(button('Use ours again', () => attempt(async () => { await ask('PATCH', '/tenant', { accent: null }); await again(); })))));
}

/** By whom notices go out, and what went. @param {any} mail @param {any[]} messages @param {() => Promise<void>} again */
function notices(mail, messages, again) {
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
      toast('Saved.');
      await again();
    }),
    mail.provider && row(button('Send me one', () => attempt(async () => { await ask('POST', '/tenant/mail/test'); toast('It is sent within a minute.'); })), mail.waiting > 0 && badge(`${mail.waiting} to be sent`, 'warn')),
    messages.length > 0 && table('The last notices', ['Time', 'What', 'What became of it'], messages.map((it) => [time(it.created_at), it.subject, it.status === 'sent' ? badge('Sent', 'done') : [badge(it.status === 'failed' ? 'Failed' : 'Waits', it.status === 'failed' ? 'bad' : 'info'), ...(it.failure ? [make('small', { textContent: it.failure })] : [])]]))));
}

/** For how long the audit log is kept. @param {any} tenant @param {() => Promise<void>} again */
function keeping(tenant, again) {
  const [daysField, days] = field('Days', make('input', { type: 'number', min: '30', max: '3650', value: String(tenant.audit_days), required: true, autocomplete: 'off' }), 'What is older is removed. Fewer days take a fresh sign-in. Default: 365.');
  return card('Audit log', form('Save the days', [daysField], async () => { await ask('PATCH', '/tenant', { audit_days: Number(days.value) }); toast('Saved.'); await again(); }));
}

/** @type {[string, string][]} */
const BROWSERS = [['chrome', 'Chrome'], ['edge', 'Edge'], ['firefox', 'Firefox'], ['safari', 'Safari']];

/** Where people are sent for the browser extension. @param {any[]} links @param {() => Promise<void>} again */
function extension(links, again) {
  const fields = BROWSERS.map(([browser, name]) => {
    const known = links.find((it) => it.browser === browser)?.url ?? '';
    const [line, input] = field(name, make('input', { type: 'url', inputMode: 'url', value: known, maxLength: 500, autocomplete: 'off', placeholder: 'https://' }));
    return { browser, known, line, input };
  });
  return card('Browser extension', hint('The page of each browser’s store, or of your own distribution. The onboarding leads there; empty: it does not offer that browser. Default: none.'), form('Save the addresses', fields.map(({ line }) => line), async () => {
    for (const { browser, known, input } of fields) {
      const url = input.value.trim();
      if (url === known) continue;
      await (url ? ask('PUT', `/tenant/extension-links/${browser}`, { url }) : ask('DELETE', `/tenant/extension-links/${browser}`));
    }
    toast('Saved.');
    await again();
  }));
}

/** @param {import('./admin.js').View} view */
export async function drawTokens({ main, me, again }) {
  const [tokens, nodes] = await Promise.all([all('/tokens'), all('/nodes')]);
  const node = (/** @type {string} */ id) => nodes.find((it) => it.id === id)?.name ?? id;
  const [nameField, name] = field('Name', make('input', { required: true, maxLength: 100, autocomplete: 'off' }), 'For whoever finds it in this list.');
  const [nodeField, at] = field('At the node', select(nodeChoices(nodes)));
  const [daysField, days] = field('Days', make('input', { type: 'number', min: '1', max: '365', value: '90', required: true }));
  const readOnly = make('input', { type: 'checkbox', id: 'read-only', checked: true, autocomplete: 'off' });
  const boxes = [...me.privileges].map((its) => {
    const box = make('input', { type: 'checkbox', id: `token-${its}`, value: its, autocomplete: 'off' });
    return /** @type {const} */ ([box, make('label', { className: 'choice', for: box.id }, box, its.replaceAll('_', ' '))]);
  });
  const secret = make('div', { className: 'stack', aria: { live: 'polite' } });
  const live = (/** @type {any} */ token) => !token.revoked_at && Date.parse(token.expires_at) > Date.now();
  main.replaceChildren(
    head('API tokens', 'For programs. A token never does more than its maker may at that moment.'),
    secret,
    tokens.length === 0 ? empty('No token yet', 'The API does everything that this console does: see docs/api.md.') : table('Tokens', ['Token', 'For', 'Ends', ''], tokens.map((it) => [
      it.name, `${it.privileges.map((/** @type {string} */ its) => its.replaceAll('_', ' ')).join(', ')} at ${node(it.node)}${it.read_only ? ', to read' : ''}`, live(it) ? time(it.expires_at) : badge(it.revoked_at ? 'Ended' : 'Over'),
      live(it) ? button('End', () => confirm(`End the token ${it.name}?`, 'Whatever uses it stops working at once.', 'End it', async () => { await ask('DELETE', `/tokens/${it.id}`); await again(); }), 'danger') : '',
    ])),
    make('details', { className: 'card' }, make('summary', { textContent: 'New token' }), form('Make it', [nameField, nodeField, daysField, make('fieldset', {}, make('legend', {}, make('b', { textContent: 'What it is for' })), make('div', { className: 'choices' }, ...boxes.map(([, label]) => label))), make('label', { className: 'choice', for: 'read-only' }, readOnly, 'It changes nothing')], async () => {
      const made = await ask('POST', '/tokens', { name: name.value.trim(), node: at.value, privileges: boxes.filter(([box]) => box.checked).map(([box]) => box.value), read_only: readOnly.checked, expires_at: new Date(Date.now() + Number(days.value) * 86_400_000 - 60_000).toISOString() });
      await again();
      // The page was drawn again: it is shown in the new one.
      document.querySelector('#main .stack > .stack')?.replaceChildren(copyField(`The secret of ${made.name}`, made.secret, 'It is shown this once.'), row());
    })),
  );
}
