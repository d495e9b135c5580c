// @ts-check
// The console as its stories use it: who signs in and manages, its menu and its parts, and the API that it asks.
import { newId } from '../../scripts/seed.mjs';

/** @typedef {import('playwright-core').Page} Page */

export const EVERYTHING = ['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit'];

/** @param {Page} page @param {string} name */
export const item = (page, name) => page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name: new RegExp(`^${name}( |$)`) });
/** @param {Page} page @param {string} name */
export const part = (page, name) => page.getByRole('region', { name, exact: true });
/** Says yes to what is asked. @param {Page} page @param {string} name */
export const agree = (page, name) => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

/** As the API has it, by the page's own session. @param {Page} page @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
export const api = (page, method, path, body) => page.evaluate(async ([its, at, text]) => {
  const answer = await fetch(`/api/v1${at}`, { method: its, ...(text ? { headers: { 'content-type': 'application/json' }, body: text } : {}) });
  const said = answer.status === 204 ? undefined : await answer.json();
  if (!answer.ok) throw new Error(`${its} ${at}: ${answer.status} ${JSON.stringify(said)}`);
  return said;
}, /** @type {const} */ ([method, path, body === undefined ? '' : JSON.stringify(body)]));

/** The people of one organisation, whose connection is `acme`. @param {Awaited<ReturnType<typeof import('../support/stack.mjs').startStack>>} stack @param {string} tenant */
export function peopleOf(stack, tenant) {
  /** @param {Page} page @param {string} email @param {string} [to] */
  async function signIn(page, email, to = '/admin') {
    await page.goto(`${stack.origin}/sso/acme?to=${encodeURIComponent(to)}`);
    await page.getByRole('link', { name: /^Continue with / }).click();
    await page.getByRole('button', { name: `Sign in as ${email}` }).click();
    await page.waitForURL(`${stack.origin}${to}**`);
  }

  /** Gives a person a role of their own. @param {string} email @param {string[]} privileges @param {string} [node] of this name; the root where none is given */
  async function promote(email, privileges, node) {
    const role = newId('r');
    const [{ id }] = await stack.query(`SELECT id FROM node WHERE tenant = ? AND ${node ? 'name = ?' : 'parent IS NULL'}`, ...[tenant, ...(node ? [node] : [])]);
    await stack.query('INSERT INTO role (tenant, id, node, name, privileges, created_at) VALUES (?, ?, ?, ?, ?, 0)', tenant, role, id, `Admin ${role.slice(-4)}`, JSON.stringify(privileges));
    await stack.query("INSERT INTO user_role (tenant, user, role, source, created_at) SELECT tenant, id, ?, 'direct', 0 FROM user WHERE tenant = ? AND email = ?", role, tenant, email);
  }

  /** Signs somebody in who manages everything. @param {Page} page @param {string} email */
  async function signInAsAdmin(page, email) {
    await signIn(page, email, '/vault');
    await promote(email, EVERYTHING);
    await page.goto(`${stack.origin}/admin`);
    await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  }

  return { signIn, promote, signInAsAdmin };
}
