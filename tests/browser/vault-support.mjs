// @ts-check
// A world with one organisation, its IdP and its people's browsers, for tests of the vault.
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { people, startDemoIdp } from '../idp/samlp/server.mjs';
import { places, startStack } from '../support/stack.mjs';
import { startBrowser } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @param {Record<string, unknown>} [policies] of everybody, where they are not to go straight to their vault @param {string[]} [more] e-mails of further people at the IdP @param {Record<string, string>} [bindings] */
export async function startVaults(policies, more = [], bindings = {}) {
  const [stack, browser] = await Promise.all([startStack({ bindings }), startBrowser()]);
  const keys = selfSigned('demo');
  const idp = await startDemoIdp({ keys, people: [...people, { id: 'demo|carol', email: 'carol@acme.test', first: 'Carol', last: 'Chen' }, { id: 'demo|dora', email: 'dora@acme.test', first: 'Dora', last: 'Diaz' }, ...more.map((email) => ({ id: `demo|${email}`, email, first: 'Somebody', last: 'Else' }))] });
  const made = await stack.seed({
    name: 'Acme',
    ...(policies && { policies }),
    connections: [{ ssoName: 'acme', domains: ['acme.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [keys.base64] }],
  });
  idp.register({ ...places(stack.origin, made.connections[0]), certificate: made.spCertificates[0] });
  return {
    stack, browser, idp, keys,
    /** @param {Page} page @param {string} [to] @param {string} [who] @param {string} [ssoName] */
    async signIn(page, to = '/vault/items', who = 'alice@acme.test', ssoName = 'acme') {
      await page.goto(`${stack.origin}/sso/${ssoName}?to=${encodeURIComponent(to)}`);
      await page.getByRole('link', { name: /^Continue with / }).click();
      await page.getByRole('button', { name: `Sign in as ${who}` }).click();
    },
    /** @param {Page} page @param {string} state */
    reaches: (page, state) => page.locator(`#vault[data-state="${state}"]`).waitFor(),
    /** @param {Page} page */
    async signOut(page) {
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await page.getByText('You are signed out of Keyward.').waitFor();
    },
    /** Locks as a person does; the server knows of it as well, which the page does not wait for. @param {Page} page */
    async lock(page) {
      await Promise.all([
        page.waitForResponse((response) => response.url().endsWith('/vault/lock')),
        page.getByRole('button', { name: 'Lock now' }).click(),
        this.reaches(page, 'locked'),
      ]);
    },
    /** Forgets what the tests before made. */
    async forget() {
      for (const table of ['vault_notice', 'vault_handover', 'escrow', 'escrow_consent', 'tenant_grant', 'tenant_statement', 'former_vault_part', 'former_vault', 'session_device', 'device_answer', 'device_request', 'vault_recovery', 'device', 'vault_sealed', 'vault_statement']) await stack.query(`DELETE FROM ${table}`);
    },
    /** Gives somebody privileges at the root, behind the Worker's back. @param {string} who @param {string[]} [privileges] */
    async empower(who, privileges = ['approve_devices', 'transfer_vault']) {
      const [{ tenant, id }] = await stack.query('SELECT tenant, id FROM user WHERE email = ?', who);
      const role = `r_${id.slice(2)}`;
      await stack.query("INSERT OR IGNORE INTO role (tenant, id, node, name, privileges, created_at) SELECT ?, ?, n.id, ?, ?, 0 FROM node n WHERE n.tenant = ? AND n.parent IS NULL", tenant, role, `Admin ${who}`, JSON.stringify(privileges), tenant);
      await stack.query("INSERT OR IGNORE INTO user_role (tenant, user, role, source, created_at) VALUES (?, ?, ?, 'direct', 0)", tenant, id, role);
    },
    /** Goes to a place of the vault, where there is room for them beside the list. @param {Page} page @param {string} name */
    toPlace: (page, name) => page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name, exact: true }).click(),
    /** Makes a recovery phrase as a person does, and gives its words. @param {Page} page */
    async makePhrase(page) {
      await page.goto(`${stack.origin}/vault/recovery`);
      await page.getByRole('button', { name: 'Make a phrase' }).click();
      const phrase = await page.locator('#words li').allInnerTexts();
      const label = await page.locator('label[for=word]').innerText();
      await page.locator('#word').fill(phrase[Number(/\d+$/.exec(label)?.[0]) - 1]);
      await page.getByRole('button', { name: 'It is on paper' }).click();
      await page.getByRole('button', { name: 'Make a new phrase' }).waitFor();
      return phrase;
    },
    /** Leaves a page, which asks first, and stays. @param {Page} page */
    async staysBeforeLeaving(page) {
      const [dialog] = await Promise.all([page.waitForEvent('dialog'), page.evaluate(() => { setTimeout(() => location.reload()); })]);
      if (dialog.type() !== 'beforeunload') throw new Error(dialog.type());
      await dialog.dismiss();
    },
    /** What a page of ours is answered. @param {Page} page @param {string} path @param {unknown} [body] @returns {Promise<[number, any]>} */
    fetch: (page, path, body) => page.evaluate(async ([to, what]) => {
      const response = await fetch(/** @type {string} */ (to), what === undefined ? {} : { method: 'POST', body: typeof what === 'string' ? what : JSON.stringify(what) });
      return [response.status, await response.json()];
    }, [path, body]),
    /** Saves an item as a person does. @param {Page} page @param {{ title: string, username?: string, password?: string, website?: string, note?: string, folder?: string }} item */
    async save(page, { title, username, password, website, note, folder }) {
      await page.getByRole('button', { name: 'New item' }).click();
      for (const [label, value] of Object.entries({ Title: title, Username: username, Password: password, Website: website, Note: note })) {
        if (value) await page.getByLabel(label, { exact: true }).fill(value);
      }
      if (folder) await page.getByLabel('Folder').selectOption(folder);
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('heading', { name: title, level: 2, exact: true }).waitFor();
    },
    async stop() {
      await browser?.close();
      await idp?.stop();
      await stack?.stop();
    },
  };
}
