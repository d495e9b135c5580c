// @ts-check
// The domains of an organisation: what to put into the DNS, whether it was seen, and where a domain's people sign in.
import { allIfAny, ask, get, pages } from './client.js';
import { attempt, badge, button, confirm, copyField, empty, facts, field, form, growing, head, hint, make, row, select, time, toast } from './parts.js';
import { say } from '../words/admin/domains.js';

/** How often it looks whether a record was seen. */
const EVERY = 3000;

/** @param {import('./admin.js').View} view */
export async function draw({ main, again, ended }) {
  const connections = await allIfAny('/connections');
  /** @type {any[]} what is shown */
  const domains = [];
  const [nameField, name] = field(say.domain, make('input', { required: true, maxLength: 253, autocomplete: 'off', spellcheck: false, placeholder: 'acme.com' }), say.domainText);
  name.autocapitalize = 'none';
  const claim = form(say.claim, [nameField], async () => {
    await ask('POST', '/domains', { name: name.value.trim() });
    await again();
  });
  main.replaceChildren(
    head(say.domains, say.domainsText),
    make('section', { className: 'card' }, claim),
    await growing(pages('/domains'), (items) => {
      domains.push(...items);
      return make('div', { className: 'stack' }, ...items.map((domain) => one(domain, connections, again)));
    }, empty(say.noDomainYet, say.noDomainYetText)),
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
const STATES = { reserved: [say.reserved, 'done'], pending: [say.waitsForItsRecord, 'warn'], lost: [say.lost, 'bad'] };

/** @param {any} domain @param {any[]} connections @param {() => Promise<void>} again */
function one(domain, connections, again) {
  const path = `/domains/${encodeURIComponent(domain.name)}`;
  const [text, tone] = STATES[domain.status] ?? [domain.status, 'warn'];
  const [routeField, route] = field(say.itsPeopleSignIn, select([['', say.nothingYet], ...connections.map((it) => /** @type {[string, string]} */ ([it.id, named(it)]))], domain.connection ?? ''));
  // By a button of its own: the arrow keys go through a list that they close.
  const leading = form(say.save, [routeField], async () => {
    await ask('PATCH', path, { connection: route.value || null });
    await again();
    toast(route.value ? say.leadsThere : say.leadsNowhere);
  });
  const release = button(say.giveUp, () => confirm(say.giveUpTitle(domain.name), say.giveUpText, say.giveUp, async () => {
    await ask('DELETE', path);
    await again();
  }), 'danger');
  return make('section', { className: 'card', aria: { label: domain.name } },
    make('header', { className: 'row between' }, make('h2', { textContent: domain.name }), badge(text, tone)),
    make('div', { className: 'stack' },
      domain.missing_since && make('div', { className: 'banner bad', role: 'status' }, make('p', {}, make('b', { textContent: say.recordGone }), ` ${say.goneSince(time(domain.missing_since))}`)),
      domain.record_text && domain.status !== 'reserved' && make('div', { className: 'stack tight' }, hint(say.putRecord), copyField(say.name, domain.record_name), copyField(say.value, domain.record_text)),
      domain.record_text && domain.status === 'reserved' && make('details', {}, make('summary', { textContent: say.recordStays }), copyField(say.name, domain.record_name), copyField(say.value, domain.record_text)),
      facts([[say.lastLookedFor, time(domain.checked_at)], [say.next, time(domain.next_check_at, say.notByItself)]]),
      domain.status === 'reserved' && leading,
      row(domain.record_text && button(say.checkNow, () => attempt(async () => {
        await ask('POST', `${path}/check`);
        await again();
        toast(say.soon);
      })), release)));
}

/** @param {any} connection */
export const named = (connection) => (connection.active ?? connection.draft)?.idp_name ? `${(connection.active ?? connection.draft).idp_name}${connection.sso_name ? ` (${connection.sso_name})` : ''}` : connection.sso_name ?? connection.id;
