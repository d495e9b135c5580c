// @ts-check
// Pages that only somebody who is signed in sees, in every state that is worth a look: walked through in real Chromium, with a word
// to the caller at each.
import { codeOf } from '../support/totp.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {Awaited<ReturnType<typeof import('../browser/vault-support.mjs').startVaults>>} World */

const LONG = 'Société coopérative d’assurance mutuelle et de prévoyance des Alpes-de-Haute-Provence, Wirtschaftsförderungsgesellschaft';
const TABLE = ['name,url,username,password,note', ...Array.from({ length: 40 }, (_, at) => `Site ${at},https://site-${at}.example,alice${at}@acme.test,Pa55-${at * 7919},`), 'Payroll,https://pay.example,alice,Sw0rdfish,', 'Broken,"never closed'].join('\n');

/** As if nobody had been walked through anything. @param {World} world @param {Record<string, unknown>} policies */
async function anew(world, policies) {
  for (const table of ['factor', 'backup_code', 'factor_browser', 'factor_failure', 'onboarding', 'onboarding_step', 'session_factor', 'used_factor_step']) await world.stack.query(`DELETE FROM ${table}`);
  await world.stack.query('UPDATE user SET last_sign_in_at = NULL');
  await world.stack.query("UPDATE role SET policies = ? WHERE name NOT LIKE 'Admin%'", JSON.stringify(policies));
}

/**
 * @param {World} world @param {Page} page @param {(name: string, page?: Page) => Promise<void>} look
 */
export async function walk(world, page, look) {
  const { origin } = world.stack;
  const context = page.context();
  const at = async (/** @type {string} */ path, /** @type {string} */ state = 'open') => {
    await page.goto(`${origin}${path}`);
    await world.reaches(page, state);
  };
  /** A place of the vault: from the list beside it, or the select above. */
  const to = async (/** @type {string} */ place) => (await page.getByRole('navigation', { name: 'Places' }).isVisible() ? world.toPlace(page, place) : page.getByLabel('Show', { exact: true }).selectOption(place));
  await world.forget();
  await anew(world, { restrict_offline: false, disable_onboarding: true });

  // The vault: while it opens, empty, with one item, with much in it.
  await page.route('**/vault/keys', async (route) => { await look('vault-opening'); await route.continue(); }, { times: 1 });
  await world.signIn(page);
  await world.reaches(page, 'open');
  await look('vault-empty');
  await page.getByRole('button', { name: 'New item' }).click();
  await page.getByText('How it is generated').click();
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.getByText('Strong', { exact: true }).waitFor();
  await look('item-new');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await look('item-leave');
  await page.getByRole('button', { name: 'Leave it' }).click();
  await world.save(page, { title: 'Payroll', username: 'alice@acme.test', password: 'Sw0rdfish', website: 'https://pay.example', note: 'Ask Bob before the 25th.\nThe second line is here.' });
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Password', { exact: true }).fill('N3w-Sw0rdfish!');
  await page.getByLabel('One-time code').fill('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  await page.getByRole('button', { name: 'Add a field' }).click();
  await page.getByLabel('Name of the field').fill('Customer number');
  await page.getByLabel('Value').fill('4711-0815');
  await look('item-edit');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Reveal', exact: true }).first().click();
  await page.getByText('Passwords of before (1)').click();
  await look('item-login');
  for (const [kind, fields] of /** @type {[string, Record<string, string>][]} */ ([
    ['Card', { Title: 'Company card', 'Name on card': 'Alice Marsh', 'Card number': '4111 1111 1111 1111', Expiry: '12/29', 'Security code': '123' }],
    ['Identity', { Title: 'Me', Name: 'Alice Marsh', 'E-mail': 'alice@acme.test', Phone: '+33 1 23 45 67 89', Company: LONG, Address: '1 Long Street\n12345 Town' }],
    ['Note', { Title: LONG, Note: `${LONG}\n\n${LONG}` }],
  ])) {
    if (await page.getByRole('button', { name: '‹ Back' }).isVisible()) await page.getByRole('button', { name: '‹ Back' }).click();
    await page.getByRole('button', { name: 'New item' }).click();
    await page.getByLabel('Kind').selectOption(kind);
    for (const [label, value] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'Edit' }).waitFor();
    await look(`item-${kind.toLowerCase()}`);
  }
  if (await page.getByRole('button', { name: '‹ Back' }).isVisible()) await page.getByRole('button', { name: '‹ Back' }).click();
  await world.save(page, { title: '🗝️ كلمة مرور الخادم الرئيسي', username: `${'long-name.'.repeat(12)}@acme.test`, password: 'aB3$'.repeat(125), website: `https://intranet.example/${'very-long-path/'.repeat(12)}`, note: 'שלום עולם\nabc' });
  await page.getByRole('button', { name: 'Reveal', exact: true }).click();
  await look('item-extremes');
  await page.keyboard.press('?');
  await look('vault-shortcuts');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');

  // A file is brought in.
  await at('/vault/import');
  await look('import');
  await page.locator('#file').setInputFiles({ name: 'passwords.csv', mimeType: 'text/csv', buffer: Buffer.from(TABLE) });
  await page.getByRole('button', { name: /^Import 4/ }).waitFor();
  await look('import-preview');
  await page.getByRole('button', { name: /^Import 4/ }).click();
  await page.getByRole('link', { name: 'Open the vault' }).waitFor();
  await look('import-done');
  await page.getByRole('button', { name: 'Choose another file' }).click();
  await page.locator('#file').setInputFiles({ name: 'x.csv', mimeType: 'text/csv', buffer: Buffer.from([0xff, 0x00, 0x80, 0x00]) });
  await page.getByRole('alert').waitFor();
  await look('import-unreadable');
  await at('/vault/items');
  await look('vault');
  await page.getByRole('searchbox', { name: 'Search' }).fill('nothing is called that');
  await look('vault-nothing-found');
  await page.getByRole('searchbox', { name: 'Search' }).fill('');
  await to('Reused or weak passwords');
  await page.getByRole('button', { name: /Weak/ }).first().waitFor();
  await look('vault-report');
  await to('Trash');
  await look('vault-trash-empty');
  await at('/vault/export');
  await look('export');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await look('export-problem');

  // Settings.
  for (const name of ['devices', 'recovery']) {
    await at(`/vault/${name}`);
    await page.getByRole('button', { name: name === 'devices' ? 'Change the keys' : 'Make a phrase' }).waitFor();
    await look(`settings-${name}`);
  }
  await page.getByRole('button', { name: 'Make a phrase' }).click();
  await look('settings-recovery-words');
  for (const path of ['', '/two-factor', '/sessions', '/activity']) {
    await page.goto(`${origin}/vault${path}`);
    await look(`settings${path.replace('/', '-') || '-profile'}`);
  }

  // Another browser asks; without a connection; locked.
  const other = await context.browser()?.newContext({ viewport: page.viewportSize(), colorScheme: await page.evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) });
  if (other) {
    const second = await other.newPage();
    await world.signIn(second);
    await world.reaches(second, 'waiting');
    await second.locator('#phrase').waitFor();
    await look('device-waiting', second);
    await at('/vault/devices');
    await page.getByRole('button', { name: 'Let in' }).waitFor();
    await look('settings-devices-asked');
    await other.close();
  }
  await at('/vault/items');
  for (let tries = 0; tries < 100 && !await page.evaluate(() => caches.has('keyward-offline')); tries += 1) await page.waitForTimeout(50);
  await page.waitForTimeout(300);
  await context.setOffline(true);
  await at('/vault/items');
  await look('vault-offline');
  await context.setOffline(false);
  await at('/vault/items');
  await world.lock(page);
  await look('vault-locked');
  await page.route('**/vault/keys', (route) => route.fulfill({ status: 500, body: '' }));
  await world.signIn(page);
  await world.reaches(page, 'offline');
  await look('vault-server-failed');
  await page.unroute('**/vault/keys');

  // Being walked through.
  await anew(world, { require_two_factor: true, require_escrow: 7 });
  await world.stack.query('UPDATE session SET revoked_at = 1');
  await world.signIn(page);
  await page.getByRole('heading', { name: 'Add a second step to your sign-in' }).waitFor();
  await look('onboarding-two-factor');
  const key = await page.locator('#setup-key').innerText();
  await page.getByLabel('Then enter the code it shows').fill(codeOf(key));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Keep these backup codes' }).waitFor();
  await look('onboarding-codes');
  await page.getByRole('link', { name: 'I have kept them' }).click();
  for (const step of ['escrow_consent', 'recovery_phrase', 'import', 'browser_extension', 'first_record', 'tour']) {
    await page.goto(`${origin}/onboarding?step=${step}`);
    if (step === 'recovery_phrase') await page.getByRole('button', { name: 'Make a phrase' }).waitFor();
    await look(`onboarding-${step.replace('_', '-')}`);
  }
  await page.goto(`${origin}/vault/two-factor`);
  await look('settings-two-factor-on');
}
