// @ts-check
// What needs looking after: certificates, metadata, domains, and sign-ins that failed, each with what to do.
import { allIfAny, get, pages } from './client.js';
import { left } from './connections.js';
import { badge, card, growing, head, link, make, muted, parts, table, time } from './parts.js';

const DAY = 24 * 60 * 60 * 1000;
/** Who has not used a password for as many days is told to try it: what nobody tries may not work on the day that it has to. */
const TRIED = 92;
/** How many admins are to be able to come in without single sign-on. */
const ENOUGH = 2;

/** How many more there should be; none for who does not see it. @param {any} health */
export const missing = ({ outside }) => (outside ? Math.max(0, ENOUGH - outside.filter((/** @type {any} */ it) => it.is_able).length) : 0);

/** Who comes in where single sign-on does not work. @param {any} health */
function breakGlass(health) {
  const few = missing(health);
  const used = (/** @type {any} */ it) => {
    const ago = it.signed_in_at && Math.floor((Date.now() - Date.parse(it.signed_in_at)) / DAY);
    return ago === null || ago > TRIED ? [badge(ago === null ? 'Not known' : `${ago} days ago`, 'warn'), make('small', { textContent: 'Try it before it is needed, at /admin/sign-in.' })] : time(it.signed_in_at);
  };
  return [
    few > 0 && make('div', { className: 'banner bad', role: 'status' }, make('p', {}, make('b', { textContent: few === ENOUGH ? 'No admin can sign in outside single sign-on.' : 'Only one admin can sign in outside single sign-on.' }), ' Where the identity provider lets nobody in, nobody else can mend it. Open the page of an admin who holds everything at the root, and make a link under “Outside single sign-on”. ', link('/admin/people', 'Choose one'))),
    card('Outside single sign-on', health.outside.length > 0
      ? table('Who can come in outside single sign-on', ['Admin', 'Can come in', 'Password last used', 'Recovery kit'], health.outside.map((/** @type {any} */ it) => [
        [link(`/admin/person/${it.user}`, it.name || it.email), ...(it.name ? [make('small', { textContent: it.email })] : [])],
        it.is_able ? badge('Yes', 'done') : [badge('No', 'bad'), make('small', { textContent: 'The account is not active, lacks a privilege at the root, or a policy of its roles leaves no way in.' })],
        used(it), it.has_kit ? badge('There', 'done') : [badge('None', 'warn'), make('small', { textContent: 'They make it on their own page in People.' })],
      ]))
      : muted('Nobody has a password.')),
  ];
}

/** @param {import('./admin.js').View} view */
export async function draw({ main, me }) {
  const may = (/** @type {string} */ privilege) => me.privileges.has(privilege);
  const since = new Date(Date.now() - 7 * DAY).toISOString();
  const [health, domains, fixes] = await Promise.all([
    may('manage_connections') ? get('/health') : { connections: [], next: null, outside: null },
    may('manage_domains') ? allIfAny('/domains') : [],
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
    ...(health.outside ? breakGlass(health) : []),
    may('manage_connections') && card('Connections', await growing(async (after) => {
      const { connections, next } = after ? await get(`/health?after=${encodeURIComponent(after)}`) : health;
      return { items: connections, next };
    }, (items) => table('Connections', ['Connection', 'Certificates', 'Metadata', 'Our key'], items.map((it) => [
      link(`/admin/connection/${it.id}`, it.idp_name),
      it.certificates_end_at ? [left(days(it.certificates_end_at)), ...(it.first_end_at !== it.certificates_end_at ? [make('small', { textContent: `The first ends in ${days(it.first_end_at)} days` })] : [])] : badge('None can be read', 'bad'),
      metadata(it), it.has_key ? badge('There', 'done') : badge('None', 'warn'),
    ])), muted('None is active.'))),
    may('manage_domains') && card('Domains at risk', await growing(parts(atRisk), (items) => table('Domains at risk', ['Domain', 'Why'], items.map((domain) => [link('/admin/domains', domain.name), why(domain)])), muted('None.'))),
    may('view_audit') && card('Sign-ins that failed in the last week', await growing(pages(`/audit-events?event=login_failure&since=${encodeURIComponent(since)}`, 20),
      (items) => table('Sign-ins that failed in the last week', ['Time', 'Why', 'What to do'], items.map((it) => [time(it.time), [badge(it.code, 'bad'), make('p', { textContent: it.detail })], fixes.get(it.code) ?? ''])),
      muted('None.'))),
  ].filter((part) => part !== false));
}
