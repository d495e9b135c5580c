// @ts-check
// What needs looking after: certificates, metadata, domains, and sign-ins that failed, each with what to do.
import { allIfAny, get, pages } from './client.js';
import { left } from './connections.js';
import { badge, card, growing, head, link, make, muted, parts, table, time } from './parts.js';
import { say } from '../words/admin/health.js';

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
    return ago === null || ago > TRIED ? [badge(ago === null ? say.notKnown : say.ago(ago), 'warn'), make('small', { textContent: say.tryIt })] : time(it.signed_in_at);
  };
  return [
    few > 0 && make('div', { className: 'banner bad', role: 'status' }, make('p', {}, make('b', { textContent: few === ENOUGH ? say.noAdmin : say.onlyOneAdmin }), say.fewText, link('/admin/people', say.chooseOne))),
    card(say.outside, health.outside.length > 0
      ? table(say.outsideTable, [say.admin, say.canComeIn, say.passwordLastUsed, say.recoveryKit], health.outside.map((/** @type {any} */ it) => [
        [link(`/admin/person/${it.user}`, it.name || it.email), ...(it.name ? [make('small', { textContent: it.email })] : [])],
        it.is_able ? badge(say.yes, 'done') : [badge(say.no, 'bad'), make('small', { textContent: say.noText })],
        used(it), it.has_kit ? badge(say.there, 'done') : [badge(say.none, 'warn'), make('small', { textContent: say.noneText })],
      ]))
      : muted(say.nobodyHasAPassword)),
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
    if (!it.metadata_url) return [badge(say.notPolled, 'warn'), make('small', { textContent: say.notPolledText })];
    if (it.metadata_failures > 0) return [badge(say.pollsFailed(it.metadata_failures), 'bad'), make('small', { textContent: fixes.get('metadata-unreachable') ?? '' })];
    return [badge(it.metadata_checked_at ? say.read : say.soon, 'done'), make('small', { textContent: time(it.metadata_checked_at, say.notYet) })];
  };
  const atRisk = domains.filter((domain) => domain.missing_since || domain.status === 'lost' || (domain.status === 'reserved' && !domain.connection));
  const why = (/** @type {any} */ domain) => (domain.status === 'lost' ? say.lost : domain.missing_since ? say.gone(time(domain.missing_since)) : say.leadsNowhere);
  main.replaceChildren(...[
    head(say.health, say.healthText),
    ...(health.outside ? breakGlass(health) : []),
    may('manage_connections') && card(say.connections, await growing(async (after) => {
      const { connections, next } = after ? await get(`/health?after=${encodeURIComponent(after)}`) : health;
      return { items: connections, next };
    }, (items) => table(say.connections, [say.connection, say.certificates, say.metadata, say.ourKey], items.map((it) => [
      link(`/admin/connection/${it.id}`, it.idp_name),
      it.certificates_end_at ? [left(days(it.certificates_end_at)), ...(it.first_end_at !== it.certificates_end_at ? [make('small', { textContent: say.firstEnds(days(it.first_end_at)) })] : [])] : badge(say.noneCanBeRead, 'bad'),
      metadata(it), it.has_key ? badge(say.there, 'done') : badge(say.none, 'warn'),
    ])), muted(say.noneIsActive))),
    may('manage_domains') && card(say.domainsAtRisk, await growing(parts(atRisk), (items) => table(say.domainsAtRisk, [say.domain, say.why], items.map((domain) => [link('/admin/domains', domain.name), why(domain)])), muted(say.nothing))),
    may('view_audit') && card(say.failed, await growing(pages(`/audit-events?event=login_failure&since=${encodeURIComponent(since)}`, 20),
      (items) => table(say.failed, [say.time, say.why, say.whatToDo], items.map((it) => [time(it.time), [badge(it.code, 'bad'), make('p', { textContent: it.detail })], fixes.get(it.code) ?? ''])),
      muted(say.nothing))),
  ].filter((part) => part !== false));
}
