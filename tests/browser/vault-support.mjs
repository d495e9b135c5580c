// @ts-check
// A world with one organisation, its IdP and its people's browsers, for tests of the vault.
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { startDemoIdp } from '../idp/samlp/server.mjs';
import { places, startStack } from '../support/stack.mjs';
import { startBrowser } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @param {Record<string, unknown>} [policies] of everybody, where they are not to go straight to their vault */
export async function startVaults(policies) {
  const [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  const keys = selfSigned('demo');
  const idp = await startDemoIdp({ keys });
  const made = await stack.seed({
    name: 'Acme',
    ...(policies && { policies }),
    connections: [{ ssoName: 'acme', domains: ['acme.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [keys.base64] }],
  });
  idp.register({ ...places(stack.origin, made.connections[0]), certificate: made.spCertificates[0] });
  return {
    stack, browser, idp,
    /** @param {Page} page @param {string} [to] */
    async signIn(page, to = '/vault/items') {
      await page.goto(`${stack.origin}/sso/acme?to=${encodeURIComponent(to)}`);
      await page.getByRole('link', { name: /^Continue with / }).click();
      await page.getByRole('button', { name: 'Sign in as alice@acme.test' }).click();
    },
    /** @param {Page} page @param {string} state */
    reaches: (page, state) => page.locator(`#vault[data-state="${state}"]`).waitFor(),
    /** @param {Page} page */
    async signOut(page) {
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await page.getByText('You are signed out of Keyward.').waitFor();
    },
    /** Forgets what the tests before made. */
    async forget() {
      for (const table of ['session_device', 'device_answer', 'device_request', 'vault_recovery', 'device', 'vault_sealed', 'vault_statement']) await stack.query(`DELETE FROM ${table}`);
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
