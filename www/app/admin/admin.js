// @ts-check
// The console: who is signed in, what they hold, and the page that the address names. What it does not offer the server
// refuses too; it decides.
import { get } from './client.js';
import { attempt, badge, element, make, muted, head } from './parts.js';
import { Problem } from './client.js';
import * as audit from './audit.js';
import * as connect from './connect.js';
import * as connections from './connections.js';
import * as domains from './domains.js';
import * as health from './health.js';
import * as people from './people.js';
import * as roles from './roles.js';
import * as settings from './settings.js';
import * as tree from './tree.js';
import { say } from '../words/admin/admin.js';

/**
 * @typedef {{ tenant: string, user: string | null, privileges: Set<string>, isRoot: boolean }} Me
 * @typedef {{ me: Me, id: string, main: HTMLElement, go: (path: string) => void, again: () => Promise<void>, ended: AbortSignal }} View
 */

const ALL = ['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit'];

/** The page that opens the admin's own vault: it comes whole from the server, with what a page needs that runs WebAssembly, and takes the keys with it when it is left. */
const APPROVALS = '/admin/approvals';
const approvals = async () => location.replace(APPROVALS);
/** How often it is looked who waits. */
const EVERY = 30_000;

/** Path, title, what it takes one of, and what draws it. @type {[string, string, string, string[], (view: View) => Promise<void>][]} */
const PAGES = [
  [say.signingIn, 'connections', say.connections, ['manage_connections'], connections.draw],
  [say.signingIn, 'domains', say.domains, ['manage_domains'], domains.draw],
  [say.people, 'people', say.people, ['manage_users'], people.draw],
  [say.people, 'approvals', say.approvals, ['approve_devices', 'transfer_vault'], approvals],
  [say.people, 'nodes', say.nodes, ALL, tree.draw],
  [say.people, 'roles', say.rolesAndPolicies, ['manage_users', 'manage_roles'], roles.draw],
  [say.watchingOver, 'health', say.health, ['manage_connections', 'view_audit', 'manage_domains'], health.draw],
  [say.watchingOver, 'audit', say.auditLog, ['view_audit'], audit.draw],
  [say.organisation, 'tokens', say.tokens, ALL, settings.drawTokens],
  [say.organisation, 'settings', say.settings, ALL, settings.draw],
];
/** What has no place of its own in the menu. @type {Record<string, [string, (view: View) => Promise<void>]>} */
const MORE = { connect: ['connections', connect.draw], connection: ['connections', connections.drawOne], person: ['people', people.drawOne], role: ['roles', roles.drawOne] };

/** @type {Me} */
let me;
let ended = new AbortController();

const offered = () => PAGES.filter(([, , , needs]) => needs.some((privilege) => me.privileges.has(privilege)));

function menu(/** @type {string} */ current) {
  const groups = Map.groupBy(offered(), ([group]) => group);
  element('side').replaceChildren(...[...groups].flatMap(([group, pages]) => [
    make('h2', { textContent: group }),
    make('ul', {}, ...pages.map(([, path, title]) => {
      const item = make('a', { href: `/admin/${path}`, textContent: title });
      if (path === current) item.setAttribute('aria-current', 'page');
      if (path === 'approvals') item.append(waiting);
      if (path === 'health') item.append(nagging);
      return make('li', {}, item);
    })),
  ]), make('ul', { className: 'push' }, make('li', {}, make('a', { href: '/vault', textContent: say.myAccount }))));
}

const main = element('main');

/** How many wait, beside the page that answers them. */
const waiting = make('span', {});
async function count() {
  if (!me.privileges.has('approve_devices') || document.visibilityState !== 'visible') return;
  const { waiting: many } = await get('/approvals').catch(() => ({ waiting: 0 }));
  waiting.replaceChildren(...(many === 0 ? [] : [badge(say.many(many), 'warn'), make('span', { className: 'hidden', textContent: say.wait(many) })]));
}

/** Beside Health, what nobody would go and look for: that too few can come in where single sign-on does not work. */
const nagging = make('span', {});
async function nag() {
  if (!me.isRoot) return;
  const few = health.missing(await get('/health').catch(() => ({})));
  nagging.replaceChildren(...(few === 0 ? [] : [badge('!', 'warn'), make('span', { className: 'hidden', textContent: say.toMend })]));
}

async function show() {
  ended.abort();
  ended = new AbortController();
  const [, , name = '', id = ''] = location.pathname.split('/');
  const first = offered()[0];
  if (!first) {
    main.replaceChildren(head(say.nothing, say.nothingText));
    return;
  }
  if (location.pathname === APPROVALS) return menu('approvals');
  const page = offered().find(([, path]) => path === name);
  const more = MORE[name];
  const [current, draw, title] = more ? [more[0], more[1], ''] : page ? [page[1], page[4], page[2]] : [first[1], first[4], first[2]];
  if (!more && !page) history.replaceState(null, '', `/admin/${first[1]}`);
  menu(current);
  if (title) document.title = say.documentTitle(title);
  const mine = ended;
  const place = make('div', { className: 'stack' });
  /** @type {View} */
  const view = { me, id: decodeURIComponent(id), main: place, go, again, ended: mine.signal };
  place.dataset.state = 'loading';
  try {
    await draw(view);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) return location.assign(`/?to=${encodeURIComponent(location.pathname)}`);
    place.replaceChildren(head(error.status === 404 ? say.notHere : say.notShown, error.message));
  }
  if (mine.signal.aborted) return;
  place.dataset.state = 'ready';
  main.replaceChildren(place);
  if (!title) document.title = say.documentTitle(place.querySelector('h1')?.textContent ?? say.admin);
}

/** The part of the page that something is in, and what it is called there. @param {Element} it */
const titleOf = (it) => it.closest('section')?.querySelector('h2')?.textContent ?? '';
const called = (/** @type {any} */ it) => `${titleOf(it)}|${it.getAttribute('aria-label') ?? it.labels?.[0]?.textContent ?? it.textContent}`;

/** Draws the page anew; the keyboard is where it was, or at the part that it was in. */
async function again() {
  const had = document.activeElement;
  const [isHere, name, title] = had && main.contains(had) ? [true, called(had), titleOf(had)] : [false];
  await show();
  if (!isHere || main.contains(document.activeElement)) return;
  const heading = [...main.querySelectorAll('h2')].find((it) => it.textContent === title);
  if (heading) heading.tabIndex = -1;
  const same = [...main.querySelectorAll('a, button, input, select, textarea, summary')].find((it) => called(it) === name);
  /** @type {HTMLElement} */ (same ?? heading ?? main).focus({ preventScroll: true });
}

/** @param {string} path */
function go(path) {
  history.pushState(null, '', path);
  close();
  void attempt(show).then(() => {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  });
}

function close() {
  element('side').classList.remove('open');
  element('menu').setAttribute('aria-expanded', 'false');
}
element('menu').onclick = () => element('menu').setAttribute('aria-expanded', String(element('side').classList.toggle('open')));
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target).closest('a');
  const isWhole = [target?.pathname, location.pathname].includes(APPROVALS);
  const plain = target && !isWhole && target.origin === location.origin && target.pathname.startsWith('/admin') && !target.target && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (!plain) return;
  event.preventDefault();
  go(target.pathname);
});
addEventListener('popstate', () => void attempt(show));

await attempt(async () => {
  const { tenant, user, grants } = await get('/me');
  const privileges = new Set(/** @type {string[]} */ (grants.flatMap((/** @type {any} */ grant) => grant.privileges)));
  me = { tenant, user, privileges, isRoot: grants.some((/** @type {any} */ grant) => grant.privileges.length === ALL.length) };
  await show();
  void count();
  void nag();
  setInterval(count, EVERY);
});
if (!main.firstElementChild) main.replaceChildren(muted(say.notLoaded));
