// @ts-check
// The domains of an organisation: what to put into the DNS, whether it was seen, and where a domain's people sign in.
import { allIfAny, ask, get, pages } from './client.js';
import { attempt, badge, button, confirm, copyField, empty, facts, field, form, growing, head, hint, make, row, select, time, toast } from './parts.js';

/** How often it looks whether a record was seen. */
const EVERY = 3000;

/** @param {import('./admin.js').View} view */
export async function draw({ main, again, ended }) {
  const connections = await allIfAny('/connections');
  /** @type {any[]} what is shown */
  const domains = [];
  const [nameField, name] = field('Domain', make('input', { required: true, maxLength: 253, autocomplete: 'off', spellcheck: false, placeholder: 'acme.com' }), 'It and no subdomain: each subdomain with addresses of its own is claimed by itself.');
  name.autocapitalize = 'none';
  const claim = form('Claim', [nameField], async () => {
    await ask('POST', '/domains', { name: name.value.trim() });
    await again();
  });
  main.replaceChildren(
    head('Domains', 'Only addresses in domains that you proved to be yours can sign in.'),
    make('section', { className: 'card' }, claim),
    await growing(pages('/domains'), (items) => {
      domains.push(...items);
      return make('div', { className: 'stack' }, ...items.map((domain) => one(domain, connections, again)));
    }, empty('No domain yet', 'Claim the one that your people’s addresses end in. You then put a TXT record into its DNS, and it is checked by itself.')),
  );
  void watch(domains, again, ended);
}

/** How many that wait it looks after at a time. */
const WATCHED = 10;

/** As long as one of those that are shown waits, looks again. @param {any[]} shown @param {() => Promise<void>} again @param {AbortSignal} ended */
async function watch(shown, again, ended) {
  while (!ended.aborted) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    const waiting = shown.filter(({ status }) => status === 'pending').slice(0, WATCHED);
    if (ended.aborted || document.visibilityState !== 'visible') continue;
    const now = await Promise.all(waiting.map((it) => get(`/domains/${encodeURIComponent(it.name)}`).catch(() => it)));
    const isTyping = document.activeElement instanceof HTMLInputElement && document.activeElement.value !== '';
    if (!ended.aborted && !isTyping && now.some((it, at) => it.status !== waiting[at].status || it.checked_at !== waiting[at].checked_at)) return void again();
  }
}

/** @type {Record<string, [string, 'done' | 'warn' | 'bad']>} */
const STATES = { reserved: ['Reserved', 'done'], pending: ['Waits for its record', 'warn'], lost: ['Lost', 'bad'] };

/** @param {any} domain @param {any[]} connections @param {() => Promise<void>} again */
function one(domain, connections, again) {
  const path = `/domains/${encodeURIComponent(domain.name)}`;
  const [text, tone] = STATES[domain.status] ?? [domain.status, 'warn'];
  const [routeField, route] = field('Its people sign in by', select([['', 'Nothing yet'], ...connections.map((it) => /** @type {[string, string]} */ ([it.id, named(it)]))], domain.connection ?? ''));
  // By a button of its own: the arrow keys go through a list that they close.
  const leading = form('Save', [routeField], async () => {
    await ask('PATCH', path, { connection: route.value || null });
    await again();
    toast(route.value ? 'From now on its people sign in there.' : 'It leads nowhere now.');
  });
  const release = button('Give up', () => confirm(`Give ${domain.name} up?`, 'It leads nowhere at once: its people cannot sign in any more. Sessions that are open stay open.', 'Give up', async () => {
    await ask('DELETE', path);
    await again();
  }), 'danger');
  return make('section', { className: 'card', aria: { label: domain.name } },
    make('header', { className: 'row between' }, make('h2', { textContent: domain.name }), badge(text, tone)),
    make('div', { className: 'stack' },
      domain.missing_since && make('div', { className: 'banner bad', role: 'status' }, make('p', {}, make('b', { textContent: 'Its record is gone.' }), ` Since ${time(domain.missing_since)}. A week after that the domain is lost: put the record back.`)),
      domain.record_text && domain.status !== 'reserved' && make('div', { className: 'stack tight' }, hint('Put this TXT record into the DNS of the domain. It is looked for by itself, and at two resolvers.'), copyField('Name', domain.record_name), copyField('Value', domain.record_text)),
      domain.record_text && domain.status === 'reserved' && make('details', {}, make('summary', { textContent: 'Its TXT record has to stay' }), copyField('Name', domain.record_name), copyField('Value', domain.record_text)),
      facts([['Last looked for', time(domain.checked_at)], ['Next', time(domain.next_check_at, 'Not by itself')]]),
      domain.status === 'reserved' && leading,
      row(domain.record_text && button('Check now', () => attempt(async () => {
        await ask('POST', `${path}/check`);
        await again();
        toast('It is looked for within a minute.');
      })), release)));
}

/** @param {any} connection */
export const named = (connection) => (connection.active ?? connection.draft)?.idp_name ? `${(connection.active ?? connection.draft).idp_name}${connection.sso_name ? ` (${connection.sso_name})` : ''}` : connection.sso_name ?? connection.id;
