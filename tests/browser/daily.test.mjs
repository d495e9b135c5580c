// @ts-check
// The vault's daily work in real Chromium, by roles and labels: codes, custom fields, the generator, the report, the clipboard,
// favourites, history, the trash, and all of it by the keyboard.
import { strict as assert } from 'node:assert';
import { after, before, beforeEach, test } from 'node:test';
import { assertAccessible, story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults(); });
beforeEach(() => world.forget());
after(() => world?.stop());

/** @param {string} name @param {(page: Page) => Promise<void>} tell @param {Record<string, unknown>} [policies] */
async function opened(name, tell, policies) {
  if (policies) await world.stack.query('UPDATE role SET policies = ?', JSON.stringify(policies));
  try {
    await story(world.browser, name, async (page) => {
      await world.signIn(page);
      await world.reaches(page, 'open');
      await tell(page);
    }, { permissions: ['clipboard-read', 'clipboard-write'] });
  } finally {
    if (policies) await world.stack.query("UPDATE role SET policies = '{}'");
  }
}
const titles = (/** @type {Page} */ page) => page.getByRole('list').locator('b').allInnerTexts();
const save = async (/** @type {Page} */ page) => {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'Edit' }).waitFor();
};
const clipboard = (/** @type {Page} */ page) => page.evaluate(() => navigator.clipboard.readText());

test('one-time codes are those of RFC 6238, with how long each holds, and are copied by a key', () => opened('codes', async (page) => {
  await page.getByRole('button', { name: 'New item' }).click();
  await page.getByLabel('Title').fill('Bank');
  await page.getByLabel('One-time code').fill('otpauth://totp/Bank:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8&issuer=Bank');
  await save(page);
  // Appendix B. Backwards, since a clock that runs ahead locks the vault.
  for (const [seconds, code, left] of /** @type {const} */ ([[1_234_567_890, '89005924', 30], [1_111_111_111, '14050471', 29], [1_111_111_109, '07081804', 1], [59, '94287082', 1]])) {
    await page.clock.setFixedTime(seconds * 1000);
    await page.getByText(code, { exact: true }).waitFor();
    assert.equal(await page.getByRole('progressbar', { name: 'Seconds left' }).evaluate((bar) => /** @type {HTMLProgressElement} */ (bar).value), left, `${seconds}`);
  }
  await page.keyboard.press('t');
  await page.getByText(/^Copied\./).waitFor();
  assert.equal(await clipboard(page), '94287082');
  await world.toPlace(page, 'One-time codes');
  assert.deepEqual(await titles(page), ['Bank']);
}));

test('custom fields are added, hidden, taken out, and stay as they were where nobody touched them', () => opened('fields', async (page) => {
  await page.getByRole('button', { name: 'New item' }).click();
  await page.getByLabel('Title').fill('Router');
  for (const [at, name, value] of /** @type {const} */ ([[1, 'Serial', 'SN-42'], [2, 'PIN', '9876'], [3, 'Gone', 'x']])) {
    await page.getByRole('button', { name: 'Add a field' }).click();
    const group = page.getByRole('group', { name: `Custom field ${at}` });
    await group.getByLabel('Name of the field').fill(name);
    await group.getByLabel('Value').fill(value);
  }
  await page.getByRole('group', { name: 'Custom field 2' }).getByLabel('Hidden').check();
  await page.getByRole('group', { name: 'Custom field 3' }).getByRole('button', { name: 'Remove field' }).click();
  await assertAccessible(page);
  await save(page);
  await page.getByText('SN-42').waitFor();
  assert.equal(await page.getByText('9876').count(), 0);
  await page.getByRole('button', { name: 'Reveal pin' }).click();
  await page.getByText('9876').waitFor();
  await page.getByRole('button', { name: 'Copy pin' }).click();
  await page.getByText(/^Copied\./).waitFor();
  assert.equal(await clipboard(page), '9876');
  assert.equal(await page.getByText('Gone').count(), 0);
}));

test('what is generated keeps to the policy, what is masked stays so, and what is copied is cleared', () => opened('policies', async (page) => {
  await page.getByRole('button', { name: 'New item' }).click();
  await page.getByLabel('Title').fill('Mail');
  const password = page.getByLabel('Password', { exact: true });
  await page.getByRole('button', { name: 'Generate' }).click();
  const value = await password.inputValue();
  assert.match(value, /^[a-z0-9]{24}$/);
  assert.match(value, /[a-z]/);
  assert.match(value, /[0-9]/);
  assert.equal(await password.getAttribute('type'), 'password', 'mask_while_editing');
  assert.equal(await page.getByRole('button', { name: 'Show', exact: true }).count(), 0);
  await page.getByText('Strong', { exact: true }).waitFor();
  await page.getByText('How it is generated').click();
  const length = page.getByRole('slider', { name: /Length/ });
  assert.equal(await length.getAttribute('min'), '24');
  await length.fill('40');
  assert.equal((await password.inputValue()).length, 40);
  await page.getByLabel('Words that can be typed').check();
  assert.match(await password.inputValue(), /^(?=.*\d)[a-z0-9]+([^a-z0-9][a-z0-9]+){3,}$/i);
  await password.fill('password1');
  await page.getByText('Very weak: it is guessed at once').waitFor();
  await save(page);
  // What is written, in its order: a second is over before a slow machine has looked.
  await page.evaluate(() => {
    const write = navigator.clipboard.writeText.bind(navigator.clipboard);
    const written = /** @type {string[]} */ (Object.assign(window, { written: [] }).written);
    navigator.clipboard.writeText = (text) => write(text).then(() => { written.push(text); });
  });
  await page.getByRole('button', { name: 'Copy password' }).click();
  await page.getByText('Copied. It is cleared in 1 second.').waitFor();
  await page.waitForFunction(() => String(/** @type {any} */ (window).written) === 'password1,');
  assert.equal(await clipboard(page), '');
}, { generated_password: { min_length: 24, classes: ['lower', 'digit'] }, mask_while_editing: true, restrict_clipboard_seconds: 1 }));

test('nothing is copied where the policy says so, and what was thrown away long ago is gone', () => opened('no clipboard', async (page) => {
  await world.save(page, { title: 'Old', password: 'Sw0rdfish' });
  assert.equal(await page.getByRole('button', { name: /^Copy/ }).count(), 0);
  await page.clock.setFixedTime(Date.now() - 2 * 24 * 60 * 60 * 1000);
  await page.getByRole('button', { name: 'Move to trash' }).click();
  await page.getByText('Moved to the trash.').waitFor();
  await world.toPlace(page, 'Trash');
  assert.deepEqual(await titles(page), ['Old']);
  // Away from the page first: an open vault that days went by for is locked.
  await page.goto('about:blank');
  await page.clock.setFixedTime(Date.now());
  await page.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(page, 'open');
  // days_before_trash_is_emptied: by the page, at the next visit.
  for (let tries = 0; (await world.stack.query("SELECT 1 FROM vault_sealed WHERE kind = 'item'")).length > 0; tries += 1) {
    assert.ok(tries < 400);
    await page.waitForTimeout(50);
  }
}, { restrict_clipboard_seconds: 0, days_before_trash_is_emptied: 1 }));

test('reused and weak passwords are found, former ones are kept, and only web addresses are opened', () => opened('report', async (page) => {
  await page.route('**/wasm/keyward_strength*', (route) => route.abort());
  await world.save(page, { title: 'One', password: 'correct horse battery staple', website: 'https://one.example/login' });
  await world.save(page, { title: 'Two', password: 'correct horse battery staple', website: 'javascript:alert(1)' });
  assert.equal(await page.getByRole('link', { name: /alert/ }).count(), 0);
  await world.save(page, { title: 'Three', password: 'qwertyuiop12' });
  await world.save(page, { title: 'Four', password: 'jT8#kQ2!vLp9$zRw', website: 'four.example' });
  const link = page.getByRole('link', { name: 'four.example' });
  assert.equal(await link.getAttribute('href'), 'https://four.example');
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
  // Without what rates passwords the report says what it has not looked at; with it, it looks.
  await world.toPlace(page, 'Reused or weak passwords');
  await page.getByText('How easily each password is guessed was not looked at').waitFor();
  assert.deepEqual(await titles(page), ['One', 'Two']);
  await page.unroute('**/wasm/keyward_strength*');
  await world.toPlace(page, 'All items');
  await world.toPlace(page, 'Reused or weak passwords');
  await page.getByRole('button', { name: /Three.*Weak/ }).waitFor();
  assert.equal(await page.getByText('was not looked at').count(), 0);
  assert.deepEqual(await titles(page), ['One', 'Three', 'Two']);
  await page.getByRole('button', { name: /One.*Used in 2 items/ }).click();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Password', { exact: true }).fill('xN4%mW7&bYc2@eHs');
  await save(page);
  await page.getByText('Passwords of before (1)').click();
  await page.getByRole('button', { name: /^Reveal until/ }).click();
  await page.getByText('correct horse battery staple').waitFor();
}));

test('from the sign-in to a saved item, a favourite and the list of shortcuts by the keyboard alone', () => story(world.browser, 'by keyboard', async (page) => {
  await page.goto(`${world.stack.origin}/?to=/vault/items`);
  const go = async (/** @type {RegExp | string} */ name) => {
    for (let count = 0; count < 40; count += 1) {
      const at = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent?.trim() || '');
      if (typeof name === 'string' ? at === name : name.test(at)) return page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
    }
    assert.fail(`${name} is not reached`);
  };
  await page.keyboard.type('alice@acme.test');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /^Continue with / }).waitFor();
  await go(/^Continue with /);
  await page.getByRole('button', { name: 'Sign in as alice@acme.test' }).waitFor();
  await go('Sign in as alice@acme.test');
  await world.reaches(page, 'open');
  await page.keyboard.press('n');
  await page.getByRole('heading', { name: 'New item' }).waitFor();
  await page.keyboard.type('Payroll');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Sw0rdfish');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Payroll' }).waitFor();
  await page.keyboard.press('f');
  await page.getByRole('button', { name: 'Favourite', pressed: true }).waitFor();
  await page.keyboard.press('Escape');
  await world.toPlace(page, 'Favourites');
  assert.deepEqual(await titles(page), ['Payroll']);
  await page.keyboard.press('/');
  await page.keyboard.type('pay');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('e');
  await page.getByRole('heading', { name: 'Edit item' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'edit-title');
  await go('Cancel');
  await page.getByRole('button', { name: 'Edit' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Shortcuts' }).waitFor();
  await assertAccessible(page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('c');
  await page.getByText(/^Copied\./).waitFor();
  assert.equal(await clipboard(page), 'Sw0rdfish');
}, { permissions: ['clipboard-read', 'clipboard-write'] }));
