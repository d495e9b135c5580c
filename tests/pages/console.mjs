// @ts-check
// The pages of the console, walked through in real Chromium by somebody who manages everything, with a word to the caller at each.

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {Awaited<ReturnType<typeof import('../browser/vault-support.mjs').startVaults>>} World */

const EVERYTHING = ['manage_users', 'manage_roles', 'manage_connections', 'manage_domains', 'approve_devices', 'transfer_vault', 'view_audit'];
const PEOPLE = 'email,name\ncarol@acme.test,Carol\nnobody,X\ncarol@acme.test,Again\ndave@acme.test,David Attenborough-Featherstonehaugh of the Northern Office\n';

/** @param {World} world @param {Page} page @param {(name: string) => Promise<void>} look */
export async function walkConsole(world, page, look) {
  const { origin, query } = world.stack;
  await world.forget();
  await world.signIn(page, '/vault/items');
  await world.reaches(page, 'open');
  await world.empower('alice@acme.test', EVERYTHING);
  const [{ tenant, id: person }] = await query("SELECT tenant, id FROM user WHERE email = 'alice@acme.test'");
  const [{ id: connection }] = await query('SELECT id FROM connection WHERE tenant = ?', tenant);
  const [{ id: role }] = await query("SELECT id FROM role WHERE tenant = ? AND name LIKE 'Admin%'", tenant);
  await query("INSERT OR IGNORE INTO domain (tenant, name, status, token, created_at) VALUES (?, 'lab.acme.test', 'pending', 'kw-0123456789abcdef', 0)", tenant).catch(() => {});
  const at = async (/** @type {string} */ path) => {
    await page.goto(`${origin}/admin/${path}`);
    await page.locator('main > .stack[data-state="ready"]').waitFor();
  };
  for (const name of ['connections', 'connect', 'domains', 'people', 'nodes', 'roles', 'health', 'audit', 'tokens', 'settings']) {
    await at(name);
    await look(name);
  }
  await at('people');
  await page.getByText('Invite many by a file').click();
  await page.getByLabel('CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(PEOPLE) });
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.getByText('Not an e-mail address').waitFor();
  await look('people-file');
  for (const [name, path] of [['person', `person/${person}`], ['role', `role/${role}`], ['connection', `connection/${connection}`], ['wizard', `connect/${connection}/okta`], ['not-here', 'person/u_nobody']]) {
    await at(path);
    await look(name);
  }
  await page.goto(`${origin}/admin/approvals`);
  await world.reaches(page, 'open');
  await page.getByRole('button', { name: 'Make the keys' }).or(page.locator('#record')).first().waitFor();
  await look('approvals');
  await at('people');
  await page.setViewportSize({ width: /** @type {{ width: number }} */ (page.viewportSize()).width, height: 900 });
  if (await page.getByRole('button', { name: 'Menu' }).isVisible()) await page.getByRole('button', { name: 'Menu' }).click();
  await look('menu');
}
