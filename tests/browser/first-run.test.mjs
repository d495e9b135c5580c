// @ts-check
// An organisation begins, in real Chromium and by its pages alone: the deployer's secret on an empty database, the first admin with a
// password, a second step and a recovery kit, the vault and the organisation's keys in this browser, a provider connected, a domain
// reserved, a colleague's first sign-in; and the last admin outside single sign-on is not removed.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { startStack } from '../support/stack.mjs';
import { codeOf } from '../support/totp.mjs';
import { startResolver } from '../worker/support/resolver.mjs';
import { assertAccessible, startBrowser, story } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('../idp/simplesamlphp/simplesamlphp.mjs').SimpleSamlPhp} */
let idp;
/** @type {Awaited<ReturnType<typeof startResolver>>[]} */
let resolvers;

const secret = randomBytes(32).toString('base64url');
const alice = { username: 'alice', password: 'alice-password', attributes: { uid: ['alice-0001'], mail: ['alice@acme.test'], givenName: ['Alice'], sn: ['Abel'] } };
const PASSWORD = 'correct-horse-battery-staple-7';

before(async () => {
  resolvers = [await startResolver(), await startResolver()];
  [stack, browser, idp] = await Promise.all([startStack({ bindings: { KEYWARD_SETUP_SECRET: secret, KEYWARD_RESOLVERS: resolvers.map(({ url }) => url).join(' ') } }), startBrowser(), startSimpleSamlPhp({ users: [alice] })]);
});
after(async () => {
  await browser?.close();
  await idp?.stop();
  await stack?.stop();
  for (const resolver of resolvers ?? []) await resolver.stop();
});

const item = (/** @type {Page} */ page, /** @type {string} */ name) => page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name, exact: true });
const part = (/** @type {Page} */ page, /** @type {string} */ name) => page.getByRole('region', { name, exact: true });

/** @param {Page} page @param {string} password */
async function newPassword(page, password) {
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Once more').fill(password);
  await page.getByRole('button', { name: 'Continue' }).click();
}

test('from the set-up secret to a colleague’s first sign-in, by pages alone', () => story(browser, 'first run', async (page) => {
  const errors = page.locator('[data-problem]');
  await page.goto(`${stack.origin}/setup`);
  // On a phone, too, where the steps are a bar.
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    await assertAccessible(page);
  }
  await page.getByLabel('Set-up secret').fill(randomBytes(32).toString('base64url'));
  await page.getByLabel('Name of your organisation').fill('Acme');
  await page.getByRole('button', { name: 'Continue' }).click();
  await errors.getByText('That is not the set-up secret.').waitFor();
  await assertAccessible(page);
  await page.getByLabel('Set-up secret').fill(secret);
  await page.getByRole('button', { name: 'Continue' }).click();

  await page.getByRole('heading', { name: 'You, the first admin of Acme' }).waitFor();
  await assertAccessible(page);
  await page.getByLabel('Your e-mail').fill('ann@acme.test');
  await page.getByLabel('Your name').fill('Ann Admin');
  await newPassword(page, 'short');
  await errors.getByText('at least 12 characters').waitFor();
  await newPassword(page, 'passwordpassword');
  await errors.getByText('too easy to guess').waitFor();
  await assertAccessible(page);
  await newPassword(page, PASSWORD);

  // A second step before anything else; then what comes next.
  await page.getByText('Step 1 of').waitFor();
  assert.match(page.url(), /\/onboarding$/);
  const key = await page.locator('#setup-key').innerText();
  await page.getByLabel('Then enter the code it shows').fill(codeOf(key));
  await page.getByRole('button', { name: 'Turn on and continue' }).click();
  await page.getByRole('heading', { name: 'Keep these backup codes' }).waitFor();
  const backup = await page.locator('#codes li').first().innerText();
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByRole('heading', { name: 'What comes next' }).waitFor();
  await assertAccessible(page);
  const next = (/** @type {string} */ name) => page.getByRole('link', { name: new RegExp(`^(Do this now|Open): ${name}$`) });

  await next('Keep your recovery kit').click();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Make the kit' }).click();
  await page.getByRole('heading', { name: 'Recovery kit' }).waitFor();
  await assertAccessible(page);
  const recovery = await page.locator('#code').innerText();
  await page.getByRole('link', { name: 'I have kept it' }).click();

  // The tab is closed and the browser forgets: it goes on with the password and the second step.
  await page.context().clearCookies();
  await page.goto(`${stack.origin}/setup`);
  await page.getByRole('heading', { name: 'There is nothing to set up here' }).waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Sign in as its admin' }).click();
  await assertAccessible(page);
  await page.getByLabel('E-mail').fill('ann@acme.test');
  await page.getByLabel('Password', { exact: true }).fill('not this one at all');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await errors.getByText('Wrong e-mail or password.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByLabel('Code from your authenticator app').fill(codeOf(key, 1));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'What comes next' }).waitFor();

  // The vault, and the organisation's keys, in this browser.
  await next('Open your vault in this browser').click();
  await page.locator('#vault[data-state="open"]').waitFor();
  await page.goto(`${stack.origin}/setup/next`);
  await next('Make the organisation’s keys').click();
  await page.getByRole('button', { name: 'Make the keys' }).click();
  await page.getByText('The keys are made.').waitFor();
  await page.goto(`${stack.origin}/setup/next`);
  await next('Connect your identity provider').click();

  // The console, and nothing but the console.
  await page.getByRole('link', { name: 'Connect a provider' }).first().click();
  await page.getByRole('radio', { name: 'SimpleSAMLphp' }).check();
  await page.getByLabel('SSO name').fill('acme');
  await page.getByRole('button', { name: 'Continue' }).click();
  const values = part(page, 'Give it our values');
  // What its guide says to copy is all that its admin is given.
  const value = (/** @type {string} */ label) => values.locator('dl', { has: page.locator('dt', { hasText: new RegExp(`^${label}$`) }) }).locator('code').innerText();
  await idp.serve([{ entityId: await value('The key of the entry'), acsUrl: await value('AssertionConsumerService') }]);
  await page.getByLabel('Its address').fill(idp.metadataUrl);
  await page.getByRole('button', { name: 'Load', exact: true }).click();
  await part(page, 'What was read').getByText(idp.entityId).waitFor();
  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
  await page.getByText('Active', { exact: true }).waitFor();

  await item(page, 'Domains').click();
  await page.getByLabel('Domain').fill('acme.test');
  await page.getByRole('button', { name: 'Claim' }).click();
  const domain = part(page, 'acme.test');
  const record = await domain.locator('dl', { has: page.locator('dt', { hasText: /^Value$/ }) }).locator('code').innerText();
  for (const { texts } of resolvers) texts.set('_keyward-challenge.acme.test', [record]);
  await domain.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('It is looked for within a minute.').waitFor();
  await stack.cron();
  await domain.getByText('Reserved', { exact: true }).waitFor();
  await domain.getByLabel('Its people sign in by').selectOption({ index: 1 });
  await domain.getByRole('button', { name: 'Save' }).click();
  await page.getByText('From now on its people sign in there.').waitFor();

  const theirs = await browser.newContext();
  const colleague = await theirs.newPage();
  await colleague.goto(stack.origin);
  await colleague.getByLabel('E-mail').fill('alice@acme.test');
  await colleague.getByRole('button', { name: 'Continue' }).click();
  await colleague.getByRole('link', { name: 'Continue with SimpleSAMLphp' }).click();
  await colleague.getByLabel('Username').fill(alice.username);
  await colleague.getByLabel('Password').fill(alice.password);
  await colleague.getByRole('button', { name: 'Login' }).click();
  await colleague.waitForURL(`${stack.origin}/**`);
  await colleague.goto(`${stack.origin}/vault`);
  await colleague.getByText('alice@acme.test').first().waitFor();
  await theirs.close();

  // The last one stays, and is told why.
  await item(page, 'People').click();
  await page.getByRole('link', { name: 'Ann Admin' }).click();
  const outside = part(page, 'Outside single sign-on');
  await assertAccessible(page);
  await outside.getByRole('button', { name: 'Take it away' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take it away' }).click();
  await page.getByText('This is the last admin who can sign in outside single sign-on').waitFor();

  // The kit sets another password, once, and signs in by it; the second step is asked for as ever, and the next kit comes first.
  await page.context().clearCookies();
  await page.goto(`${stack.origin}/admin/recover`);
  await assertAccessible(page);
  await page.getByLabel('E-mail').fill('ann@acme.test');
  await page.getByLabel('Recovery code').fill(recovery);
  await page.getByLabel('New password').fill(`${PASSWORD}-again`);
  await page.getByLabel('Once more').fill(`${PASSWORD}-again`);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await page.getByText('Use a backup code').click();
  await page.getByLabel('Backup code', { exact: true }).fill(backup);
  await page.getByRole('button', { name: 'Use the code' }).click();
  await page.waitForURL('**/admin/kit');
  await assertAccessible(page);
  await page.getByRole('heading', { name: 'Your recovery kit' }).waitFor();
}));
