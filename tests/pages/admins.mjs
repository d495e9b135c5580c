// @ts-check
// Where an organisation begins and its keys are kept: set-up, signing in outside single sign-on, and the page of approvals, walked
// through in real Chromium, with a word to the caller at each.
import { codeOf } from '../support/totp.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {Awaited<ReturnType<typeof import('../browser/vault-support.mjs').startVaults>>} World */
/** @typedef {(name: string, page?: Page) => Promise<void>} Look */

const [PASSWORD, NAME] = ['correct-horse-battery-staple-7', 'Société coopérative d’assurance mutuelle des Alpes-de-Haute-Provence'];

/** On an empty database. @param {string} origin @param {string} secret @param {Page} page @param {Look} look */
export async function walkOutside(origin, secret, page, look) {
  const problem = page.locator('[data-problem]');
  const next = (/** @type {string} */ name) => page.getByRole('link', { name: new RegExp(`^(Do this now|Open): ${name}$`) });
  await page.goto(`${origin}/setup`);
  await look('setup');
  await page.getByLabel('Name of your organisation').fill(NAME);
  await page.getByLabel('Set-up secret').fill('A'.repeat(43));
  await page.getByRole('button', { name: 'Continue' }).click();
  await problem.getByText('That is not the set-up secret.').waitFor();
  await look('setup-refused');
  await page.getByLabel('Set-up secret').fill(secret);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Your e-mail').fill('ann@acme.test');
  await page.getByLabel('Your name').fill('Ann Admin');
  const password = async (/** @type {string} */ text, /** @type {string} */ label, /** @type {string} */ yes) => {
    await page.getByLabel(label, { exact: true }).fill(text);
    await page.getByLabel('Once more').fill(text);
    await page.getByRole('button', { name: yes }).click();
  };
  await look('setup-admin');
  await password('passwordpassword', 'Password', 'Continue');
  await problem.getByText('too easy to guess').waitFor();
  await look('setup-admin-problem');
  await password(PASSWORD, 'Password', 'Continue');
  const key = await page.locator('#setup-key').innerText();
  await look('setup-two-factor');
  await page.getByLabel('Then enter the code it shows').fill(codeOf(key));
  await page.getByRole('button', { name: 'Turn on and continue' }).click();
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await next('Keep your recovery kit').waitFor();
  await look('setup-next');
  await next('Keep your recovery kit').click();
  await page.getByRole('button', { name: 'Make the kit' }).waitFor();
  await look('kit-before');
  await page.getByRole('button', { name: 'Make the kit' }).click();
  await page.locator('#code').waitFor();
  await look('kit');
  await page.goto(`${origin}/admin/password`);
  await page.getByLabel('Once more').waitFor();
  await look('password');
  await page.context().clearCookies();
  await page.goto(`${origin}/setup`);
  await look('setup-over');
  await page.goto(`${origin}/admin/sign-in`);
  await look('sign-in');
  await page.getByLabel('E-mail').fill('ann@acme.test');
  await page.getByLabel('Password', { exact: true }).fill('not this one at all');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await problem.getByText('Wrong e-mail or password.').waitFor();
  await look('sign-in-refused');
  await page.goto(`${origin}/admin/recover`);
  await look('recover');
  await page.getByLabel('E-mail').fill('ann@acme.test');
  await page.getByLabel('Recovery code').fill('AAAA-AAAA');
  await password(PASSWORD, 'New password', 'Set the password');
  await problem.getByRole('paragraph').first().waitFor();
  await look('recover-refused');
}

/** @param {World} world @param {Page} page @param {Look} look */
export async function walkOrganisation(world, page, look) {
  const { origin } = world.stack;
  const approvals = async () => {
    await page.goto(`${origin}/admin/approvals`);
    await world.reaches(page, 'open');
  };
  await world.forget();
  await world.signIn(page, '/vault/items', 'bob@acme.test');
  await world.reaches(page, 'open');
  await world.empower('bob@acme.test');
  await approvals();
  await page.getByRole('button', { name: 'Make the keys' }).waitFor();
  await look('approvals-none');
  await page.getByRole('button', { name: 'Make the keys' }).click();
  await page.locator('#record').waitFor();
  await look('approvals-keys');
  await page.getByRole('button', { name: 'Make a recovery kit' }).click();
  await page.locator('#kit-words').waitFor();
  await look('approvals-kit');
  await page.getByRole('button', { name: 'I have kept both' }).click();

  // Somebody agrees, and asks to be let in elsewhere.
  const options = { viewport: page.viewportSize(), colorScheme: /** @type {'dark' | 'light'} */ (await page.evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'))) };
  const theirs = [await world.browser.newContext(options), await world.browser.newContext(options)];
  const [first, second] = await Promise.all(theirs.map((context) => context.newPage()));
  await world.signIn(first);
  await world.reaches(first, 'open');
  await first.goto(`${origin}/vault/devices`);
  await first.getByRole('button', { name: 'I agree' }).waitFor();
  await look('consent', first);
  await first.getByRole('button', { name: 'I agree' }).click();
  await first.getByText('You agreed on').waitFor();
  await world.signIn(second);
  await world.reaches(second, 'waiting');
  await second.getByRole('button', { name: 'Ask an admin to let this browser in' }).click();
  await second.getByText('An admin was asked').waitFor();
  await look('asked', second);
  await approvals();
  await page.locator('#queue form').waitFor();
  await look('approvals-waiting');
  await page.getByRole('button', { name: 'Change the keys' }).click();
  await look('approvals-question');
  await page.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  await world.stack.query('DELETE FROM tenant_grant');
  await approvals();
  await page.getByText('Use a recovery kit').click();
  await look('approvals-use-kit');
  for (const context of theirs) await context.close();
}
