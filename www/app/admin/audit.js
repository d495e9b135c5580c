// @ts-check
// The audit log: filtered, followed as it happens, and taken away as CSV or JSON lines.
import { allIfAny, get, patiently } from './client.js';
import { named } from './domains.js';
import { attempt, badge, button, download, empty, field, form, head, link, make, row, select, table, time, toast } from './parts.js';
import { say } from '../words/admin/audit.js';

/** How often it is looked for what is new. */
const EVERY = 3000;
const FIELDS = ['time', 'event', 'code', 'reference', 'actor', 'subject', 'connection', 'node', 'ip', 'user_agent', 'device', 'detail', 'repeats', 'id'];
/** As the code names them (crates/core/src/audit.rs). */
export const EVENTS = ['accept_transfer', 'account_claim_offered', 'account_claimed', 'account_recovery_setup', 'account_recovery_used', 'added_to_role', 'auto_invite_user', 'certificate_expiring', 'connection_activated', 'connection_disabled', 'connection_migrated', 'connection_tested', 'create_user', 'delete_user', 'device_approval_requested', 'device_approved', 'device_approved_by_admin', 'device_denied', 'domain_changed', 'domain_claimed', 'domain_lost', 'domain_reserved', 'escrow_keys_begun_anew', 'escrow_keys_changed', 'escrow_keys_made', 'escrow_keys_shared', 'escrow_kit_made', 'escrow_opened', 'escrow_withdrawn', 'exported_records', 'former_vault_returned', 'fresh_vault_approved', 'imported_records', 'lock_user', 'login', 'login_failed_ip_allow_list', 'login_failure', 'logout', 'metadata_refresh_failed', 'metadata_refreshed', 'node_changed', 'node_created', 'node_deleted', 'out_of_seats', 'outside_sign_in_removed', 'outside_sign_in_set_up', 'password_changed', 'removed_from_role', 'role_created', 'role_deleted', 'role_enforcement_changed', 'saml_message_read', 'set_two_factor_off', 'set_two_factor_on', 'sso_updated', 'tenant_changed', 'token_created', 'token_revoked', 'unlock_user', 'user_changed', 'vault_keys_changed', 'vault_transferred'];

/** What stands in quotes in CSV. */
const QUOTED = /[",;\n\r]/;
/** A value that a spreadsheet takes for text, and not for a formula; nor what follows a semicolon, which is where the cells of some end. @param {unknown} value */
function cell(value) {
  const text = value === null || value === undefined ? '' : String(value);
  const plain = text.replace(/(^|[;\r\n])(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/g, "$1'");
  return QUOTED.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
/** @param {any[]} events @param {boolean} [isFirst] with the names of the columns */
export const csv = (events, isFirst = true) => [...(isFirst ? [FIELDS.join(',')] : []), ...events.map((event) => FIELDS.map((name) => cell(event[name])).join(','))].map((line) => `${line}\r\n`).join('');
export const jsonLines = (/** @type {any[]} */ events) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

/** @param {import('./admin.js').View} view */
export async function draw({ main, ended, id }) {
  const [{ items }, connections, person] = await Promise.all([get('/fixes'), allIfAny('/connections'), id ? get(`/users/${id}`).catch(() => ({ email: id })) : undefined]);
  const fixes = new Map(items.map((/** @type {any} */ it) => [it.code, it.fix]));
  const [connectionField, connection] = field(say.connection, select([['', say.any], ...connections.map((it) => /** @type {[string, string]} */ ([it.id, named(it)]))]));
  const [eventField, event] = field(say.event, select([['', say.any], ...EVENTS.map((name) => /** @type {[string, string]} */ ([name, name]))]));
  const [codeField, code] = field(say.code, make('input', { maxLength: 64, autocomplete: 'off', spellcheck: false }));
  const [referenceField, reference] = field(say.reference, make('input', { maxLength: 20, autocomplete: 'off', spellcheck: false, placeholder: 'KW-' }), say.referenceText);
  const [sinceField, since] = field(say.since, make('input', { type: 'datetime-local', autocomplete: 'off' }));
  const found = make('div', { className: 'stack', id: 'found' });
  /** @type {any[]} */
  let shown = [];
  let next = /** @type {string | null} */ (null);
  const query = (/** @type {Record<string, string>} */ more = {}) => new URLSearchParams({ limit: '100', ...(id && { subject: id }), ...(event.value && { event: event.value }), ...(connection.value && { connection: connection.value }), ...(code.value.trim() && { code: code.value.trim() }), ...(reference.value.trim() && { reference: reference.value.trim().toUpperCase() }), ...(since.value && { since: new Date(since.value).toISOString() }), ...more });
  const show = () => {
    if (shown.length === 0) return found.replaceChildren(empty(say.nothing, say.nothingText));
    found.replaceChildren(table(say.events, [say.time, say.event, say.why, say.from], shown.map((it) => [
      time(it.time), [make('code', { textContent: it.event }), ...(it.reference ? [make('small', { textContent: it.reference })] : [])],
      [...(it.code ? [badge(it.code, 'bad')] : []), ...(it.detail ? [make('p', { textContent: it.detail })] : []), ...(it.repeats > 0 ? [make('p', { textContent: say.repeats(it.repeats) })] : []), ...(it.code && fixes.get(it.code) ? [make('p', {}, make('b', { textContent: say.toMendIt }), /** @type {string} */ (fixes.get(it.code)))] : [])],
      it.ip ?? '',
    ])), ...(next ? [row(button(say.showOlder, () => attempt(older)))] : []));
  };
  const load = async () => { ({ items: shown, next } = await get(`/audit-events?${query()}`)); show(); };
  const older = async () => {
    const page = await get(`/audit-events?${query({ after: next ?? '' })}`);
    shown = [...shown, ...page.items];
    next = page.next;
    show();
  };
  const taking = make('div', { className: 'row', aria: { live: 'polite' } });
  /** All that is asked for, page by page into a file; what was read stays in parts, so that a long log need not fit twice. @param {string} name @param {string} type @param {(events: any[], isFirst: boolean) => string} write */
  const take = (name, type, write) => attempt(async () => {
    const stop = new AbortController();
    const said = make('span', { textContent: say.readingTheLog });
    taking.replaceChildren(said, button(say.cancel, () => stop.abort()));
    try {
      /** @type {string[]} */
      const parts = [];
      let many = 0;
      // What the fields say now, whatever is typed meanwhile.
      const asked = query();
      for (let after = /** @type {string | null} */ (''); after !== null;) {
        if (stop.signal.aborted || ended.aborted) return;
        const page = await patiently(() => get(`/audit-events?${asked}${after && `&after=${encodeURIComponent(after)}`}`));
        parts.push(write(page.items, parts.length === 0));
        many += page.items.length;
        after = page.next;
        if (page.items.length > 0) said.textContent = say.backTo(many, time(page.items.at(-1).time));
      }
      if (stop.signal.aborted || ended.aborted) return;
      download(name, type, ...parts);
      toast(say.inTheFile(many));
    } finally {
      taking.replaceChildren();
    }
  });
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
  const filter = form(say.show, [make('div', { className: 'pair' }, eventField, codeField, connections.length > 0 && connectionField, referenceField, sinceField)], load);
  filter.setAttribute('role', 'search');
  main.replaceChildren(head(say.auditLog, person ? say.happenedTo(person.email) : say.auditLogText, person && link('/admin/audit', say.ofEverybody, 'button')),
    make('section', { className: 'card' }, filter),
    row(make('label', { className: 'follow', for: 'follow' }, follow, say.followAsItHappens),
      button(say.csv, () => take('keyward-audit.csv', 'text/csv', csv)),
      button(say.jsonLines, () => take('keyward-audit.jsonl', 'application/jsonl', jsonLines))),
    taking,
    found);
}
