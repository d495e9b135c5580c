// @ts-check
// The audit log: filtered, followed as it happens, and taken away as CSV or JSON lines.
import { get } from './client.js';
import { attempt, badge, button, download, empty, field, form, head, make, row, select, table, time, toast } from './parts.js';

/** How often it is looked for what is new, and how much is taken away at most. */
const EVERY = 3000;
const MOST = 5000;
const FIELDS = ['time', 'event', 'code', 'reference', 'actor', 'subject', 'connection', 'node', 'ip', 'user_agent', 'device', 'detail', 'id'];
const EVENTS = ['login', 'login_failure', 'logout', 'create_user', 'lock_user', 'delete_user', 'added_to_role', 'removed_from_role', 'role_enforcement_changed', 'sso_updated', 'connection_tested', 'connection_activated', 'connection_disabled', 'domain_reserved', 'domain_lost', 'certificate_expiring', 'metadata_refreshed', 'metadata_refresh_failed', 'device_approved', 'device_denied', 'token_created', 'out_of_seats'];

/** A value that a spreadsheet takes for text, and not for a formula. @param {unknown} value */
function cell(value) {
  const text = value === null || value === undefined ? '' : String(value);
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
export const csv = (/** @type {any[]} */ events) => [FIELDS.join(','), ...events.map((event) => FIELDS.map((name) => cell(event[name])).join(','))].join('\r\n') + '\r\n';
export const jsonLines = (/** @type {any[]} */ events) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** @param {import('./admin.js').View} view */
export async function draw({ main, ended }) {
  const fixes = new Map((await get('/fixes')).items.map((/** @type {any} */ it) => [it.code, it.fix]));
  const [eventField, event] = field('Event', select([['', 'Any'], ...EVENTS.map((name) => /** @type {[string, string]} */ ([name, name]))]));
  const [codeField, code] = field('Code', make('input', { maxLength: 64, autocomplete: 'off', spellcheck: false }));
  const [referenceField, reference] = field('Reference', make('input', { maxLength: 20, autocomplete: 'off', spellcheck: false, placeholder: 'KW-' }), 'As somebody was shown it.');
  const [sinceField, since] = field('Since', make('input', { type: 'datetime-local', autocomplete: 'off' }));
  const found = make('div', { className: 'stack', id: 'found' });
  /** @type {any[]} */
  let shown = [];
  let next = /** @type {string | null} */ (null);
  const query = (/** @type {Record<string, string>} */ more = {}) => new URLSearchParams({ limit: '100', ...(event.value && { event: event.value }), ...(code.value.trim() && { code: code.value.trim() }), ...(reference.value.trim() && { reference: reference.value.trim().toUpperCase() }), ...(since.value && { since: new Date(since.value).toISOString() }), ...more });
  const show = () => {
    if (shown.length === 0) return found.replaceChildren(empty('Nothing', 'Nothing of this kind has happened.'));
    found.replaceChildren(table('Events', ['Time', 'Event', 'Why', 'From'], shown.map((it) => [
      time(it.time), [make('code', { textContent: it.event }), ...(it.reference ? [make('small', { textContent: it.reference })] : [])],
      [...(it.code ? [badge(it.code, 'bad')] : []), ...(it.detail ? [make('p', { textContent: it.detail })] : []), ...(it.code && fixes.get(it.code) ? [make('p', {}, make('b', { textContent: 'To mend it: ' }), /** @type {string} */ (fixes.get(it.code)))] : [])],
      it.ip ?? '',
    ])), ...(next ? [row(button('Show older', () => attempt(older)))] : []));
  };
  const load = async () => { ({ items: shown, next } = await get(`/audit-events?${query()}`)); show(); };
  const older = async () => {
    const page = await get(`/audit-events?${query({ after: next ?? '' })}`);
    shown = [...shown, ...page.items];
    next = page.next;
    show();
  };
  const everything = async () => {
    const events = [];
    for (let after = ''; events.length < MOST;) {
      const page = await get(`/audit-events?${query(after ? { after } : {})}`);
      events.push(...page.items);
      if (!page.next) return events;
      after = page.next;
    }
    toast(`Those are the newest ${MOST}. Take the rest by the API.`);
    return events;
  };
  const follow = make('input', { type: 'checkbox', id: 'follow', autocomplete: 'off' });
  follow.setAttribute('role', 'switch');
  follow.onchange = async () => {
    while (follow.checked && !ended.aborted) {
      const page = await get(`/audit-events?${query()}`).catch(() => undefined);
      if (!follow.checked || ended.aborted) return;
      const fresh = (page?.items ?? []).filter((/** @type {any} */ it) => !shown.some(({ id }) => id === it.id));
      if (fresh.length > 0) { shown = [...fresh, ...shown]; show(); }
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  };
  await load();
  const filter = form('Show', [make('div', { className: 'pair' }, eventField, codeField, referenceField, sinceField)], load);
  filter.setAttribute('role', 'search');
  main.replaceChildren(head('Audit log', 'What happened, newest first. Codes say why something was not done.'),
    make('section', { className: 'card' }, filter),
    row(make('label', { className: 'follow', for: 'follow' }, follow, 'Follow as it happens'),
      button('CSV', () => attempt(async () => download('keyward-audit.csv', 'text/csv', csv(await everything())))),
      button('JSON lines', () => attempt(async () => download('keyward-audit.jsonl', 'application/jsonl', jsonLines(await everything()))))),
    found);
}
