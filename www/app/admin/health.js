// @ts-check
// What needs looking after: certificates, metadata, domains, and sign-ins that failed, each with what to do.
import { allIfAny, get } from './client.js';
import { left } from './connections.js';
import { badge, card, head, link, make, muted, table, time } from './parts.js';

const DAY = 24 * 60 * 60 * 1000;

/** @param {import('./admin.js').View} view */
export async function draw({ main, me }) {
  const may = (/** @type {string} */ privilege) => me.privileges.has(privilege);
  const since = new Date(Date.now() - 7 * DAY).toISOString();
  const [{ connections }, domains, failures, fixes] = await Promise.all([
    may('manage_connections') ? get('/health') : { connections: [] },
    may('manage_domains') ? allIfAny('/domains') : [],
    may('view_audit') ? get(`/audit-events?event=login_failure&limit=20&since=${encodeURIComponent(since)}`).then((page) => page.items) : [],
    may('view_audit') || may('manage_connections') ? get('/fixes').then(({ items }) => new Map(items.map((/** @type {any} */ it) => [it.code, it.fix]))) : new Map(),
  ]);
  const days = (/** @type {string} */ end) => Math.floor((Date.parse(end) - Date.now()) / DAY);
  const metadata = (/** @type {any} */ it) => {
    if (!it.metadata_url) return [badge('Not polled', 'warn'), make('small', { textContent: 'A new certificate has to be loaded by hand.' })];
    if (it.metadata_failures > 0) return [badge(`${it.metadata_failures} polls failed`, 'bad'), make('small', { textContent: fixes.get('metadata-unreachable') ?? '' })];
    return [badge(it.metadata_checked_at ? 'Read' : 'Soon', 'done'), make('small', { textContent: time(it.metadata_checked_at, 'Not yet') })];
  };
  const atRisk = domains.filter((domain) => domain.missing_since || domain.status === 'lost' || (domain.status === 'reserved' && !domain.connection));
  const why = (/** @type {any} */ domain) => (domain.status === 'lost' ? 'Lost: its record was gone for a week.' : domain.missing_since ? `Its record is gone since ${time(domain.missing_since)}: put it back, or it is lost a week later.` : 'Reserved, and leads to no connection.');
  main.replaceChildren(...[
    head('Health', 'What needs looking after, and what to do about it.'),
    may('manage_connections') && (connections.length > 0
      ? table('Connections', ['Connection', 'Certificates', 'Metadata', 'Our key'], connections.map((/** @type {any} */ it) => [
        link(`/admin/connection/${it.id}`, it.idp_name),
        it.certificates_end_at ? [left(days(it.certificates_end_at)), ...(it.first_end_at !== it.certificates_end_at ? [make('small', { textContent: `The first ends in ${days(it.first_end_at)} days` })] : [])] : badge('None can be read', 'bad'),
        metadata(it), it.has_key ? badge('There', 'done') : badge('None', 'warn'),
      ]))
      : card('Connections', muted('None is active.'))),
    may('manage_domains') && (atRisk.length > 0
      ? table('Domains at risk', ['Domain', 'Why'], atRisk.map((domain) => [link('/admin/domains', domain.name), why(domain)]))
      : card('Domains', muted('None is at risk.'))),
    may('view_audit') && (failures.length > 0
      ? table('Sign-ins that failed in the last week', ['Time', 'Why', 'What to do'], failures.map((/** @type {any} */ it) => [time(it.time), [badge(it.code, 'bad'), make('p', { textContent: it.detail })], fixes.get(it.code) ?? '']))
      : card('Sign-ins that failed in the last week', muted('None.'))),
  ].filter((part) => part !== false));
}
