// @ts-check
// Being walked through in real Chromium: an app by the keyboard, a passkey on a phone, a phrase, a first record; leaving and
// coming back; and what the extension answers.
import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';
import { root } from '../../scripts/lib/run.mjs';
import { codeOf } from '../support/totp.mjs';
import { assertAccessible, story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults({ require_two_factor: true }); });
beforeEach(async () => {
  for (const table of ['factor', 'backup_code', 'factor_browser', 'factor_failure', 'onboarding', 'onboarding_step', 'session_factor']) await world.stack.query(`DELETE FROM ${table}`);
  await world.forget();
  // The next sign-in is the first one again.
  await world.stack.query('UPDATE user SET last_sign_in_at = NULL');
});
after(() => world?.stop());

const current = (/** @type {Page} */ page) => page.getByRole('navigation', { name: 'Setting up' }).locator('[aria-current=step] > a');
const skip = (/** @type {Page} */ page) => page.getByRole('button', { name: 'Skip for now' }).click();
const forgetSteps = () => world.stack.query('DELETE FROM used_factor_step');

/** The focus goes there by the keyboard alone. @param {Page} page @param {import('playwright-core').Locator} target */
async function tabTo(page, target) {
  for (let count = 0; count < 40; count += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('not reached by the keyboard');
}

test('an app by the keyboard, a phrase, a first record, the tour; leaving and coming back; and a code at the next sign-in', () => story(world.browser, 'onboarding', async (page) => {
  await world.signIn(page);
  await page.getByRole('heading', { name: 'Add a second step to your sign-in' }).waitFor();
  assert.equal(await current(page).innerText(), 'Second step');
  assert.equal(await page.getByRole('button', { name: 'Skip for now' }).count(), 0);
  await assertAccessible(page);
  await page.goto(`${world.stack.origin}/vault/items`);
  await page.getByRole('heading', { name: 'Add a second step to your sign-in' }).waitFor();
  const key = await page.locator('#setup-key').innerText();
  await tabTo(page, page.getByLabel('Then enter the code it shows'));
  await page.keyboard.type('12345');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.equal(await page.locator('#setup-key').innerText(), key, 'the app need not scan again');
  await assertAccessible(page);
  await tabTo(page, page.getByLabel('Then enter the code it shows'));
  await page.keyboard.type(codeOf(key));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Keep these backup codes' }).waitFor();
  const codes = await page.locator('#codes code').allInnerTexts();
  assert.equal(codes.length, 10);
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), codes.join('\n'));
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
  assert.equal(download.suggestedFilename(), 'keyward-backup-codes.txt');
  await page.getByRole('link', { name: 'I have kept them' }).click();

  await page.getByRole('heading', { name: 'Write down a recovery phrase' }).waitFor();
  await world.reaches(page, 'open');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Make a phrase' }).click();
  const phrase = await page.locator('#words li').allInnerTexts();
  const label = await page.locator('label[for=word]').innerText();
  await page.locator('#word').fill('zebra');
  await page.getByRole('button', { name: 'It is on paper' }).click();
  await page.getByText(/^That is not word/).waitFor();
  await page.locator('#word').fill(phrase[Number(/\d+$/.exec(label)?.[0]) - 1]);
  await page.getByRole('button', { name: 'It is on paper' }).click();

  await page.getByRole('heading', { name: 'Bring your passwords with you' }).waitFor();
  await assertAccessible(page);
  await skip(page);
  await page.getByRole('heading', { name: 'Add the browser extension' }).waitFor();
  await assertAccessible(page);
  // Leaving, and coming back on another day.
  await world.signOut(page);
  await forgetSteps();
  await world.signIn(page);
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await assertAccessible(page);
  await page.getByLabel('Code from your authenticator app').fill(codeOf(key));
  await page.keyboard.press('Enter');
  await world.reaches(page, 'open');
  await page.goto(`${world.stack.origin}/onboarding`);
  await page.getByRole('heading', { name: 'Add the browser extension' }).waitFor();
  await skip(page);
  await page.getByRole('heading', { name: 'Make your first record' }).waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: 'Open your vault' }).click();
  await world.reaches(page, 'open');
  await world.save(page, { title: 'Payroll', username: 'alice' });
  await page.goto(`${world.stack.origin}/onboarding`);
  await page.getByRole('heading', { name: 'A short tour' }).waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Open my vault' }).click();
  await world.reaches(page, 'open');
  // What was put off is found again.
  await page.getByRole('navigation', { name: 'Account' }).getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Finish setting up' }).click();
  await page.goto(`${world.stack.origin}/onboarding?step=import`);
  await page.getByRole('heading', { name: 'Bring your passwords with you' }).waitFor();
  // A backup code, where the app is not at hand.
  await world.signOut(page);
  await world.signIn(page);
  await page.getByText('Use a backup code').click();
  await page.getByLabel('Backup code').fill(codes[4]);
  await page.getByRole('button', { name: 'Use the code' }).click();
  await world.reaches(page, 'open');
}, { permissions: ['clipboard-read', 'clipboard-write'] }));

test('the steps are those that the policies call for, from the next request on', () => story(world.browser, 'onboarding by policy', async (page) => {
  const [escrow, factor, phrase, files, extension, record, tour] = ['Help from your organisation', 'Second step', 'Recovery phrase', 'Import', 'Browser extension', 'First record', 'Short tour'];
  const set = (/** @type {Record<string, unknown>} */ policies) => world.stack.query('UPDATE role SET policies = ?', JSON.stringify(policies));
  try {
    await set({});
    await world.signIn(page, '/onboarding');
    await page.getByRole('navigation', { name: 'Setting up' }).waitFor();
    for (const [policies, steps, note] of /** @type {[Record<string, unknown>, string[], string?][]} */ ([
      [{}, [factor, phrase, files, extension, record, tour], 'Optional'],
      [{ require_two_factor: true }, [factor, phrase, files, extension, record, tour], 'Required'],
      [{ require_two_factor: true, disable_onboarding: true }, [factor], 'Required'],
      [{ two_factor_methods: ['backup_code'] }, [phrase, files, extension, record, tour]],
      [{ require_escrow: 7 }, [escrow, factor, phrase, files, extension, record, tour]],
      [{ require_escrow: 7, disable_onboarding: true }, [escrow]],
      [{ restrict_recovery_phrase: true }, [factor, files, extension, record, tour]],
      [{ restrict_import: true }, [factor, phrase, extension, record, tour]],
      [{ restrict_create_record: true }, [factor, phrase, extension, tour]],
      [{ restrict_browser_extension: true }, [factor, phrase, files, record, tour]],
      [{ disable_setup_tour: true }, [factor, phrase, files, extension, record]],
      [{ restrict_recovery_phrase: true, restrict_import: true, restrict_browser_extension: true, disable_setup_tour: true, two_factor_methods: [] }, [record]],
    ])) {
      await set(policies);
      await page.goto(`${world.stack.origin}/onboarding`);
      const listed = page.getByRole('navigation', { name: 'Setting up' }).getByRole('listitem');
      assert.deepEqual(await listed.getByRole('link').allInnerTexts(), steps, JSON.stringify(policies));
      if (note) assert.match(await listed.filter({ hasText: factor }).innerText(), new RegExp(note, 'i'));
      assert.equal(await page.getByRole('button', { name: 'Skip for now' }).count(), note === 'Required' ? 0 : 1, JSON.stringify(policies));
    }
    // Of the methods only those that are allowed are offered.
    for (const [method, app, passkey] of /** @type {const} */ ([['totp', 1, 0], ['webauthn', 0, 1]])) {
      await set({ two_factor_methods: [method] });
      await page.goto(`${world.stack.origin}/onboarding?step=two_factor`);
      assert.deepEqual([await page.getByLabel('Then enter the code it shows').count(), await page.getByRole('button', { name: 'Make a passkey' }).count()], [app, passkey], method);
    }
    await set({ disable_onboarding: true });
    await page.goto(`${world.stack.origin}/onboarding`);
    await page.waitForURL(/\/vault/);
    assert.equal(await page.getByRole('link', { name: 'Finish setting up' }).count(), 0);
  } finally {
    await set({ require_two_factor: true });
  }
}));

test('a passkey on a phone: made, shown, remembered, renewed in the settings and removed', () => story(world.browser, 'passkey', async (page, context) => {
  const cdp = await context.newCDPSession(page);
  const options = { protocol: /** @type {const} */ ('ctap2'), transport: /** @type {const} */ ('internal'), hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  let authenticatorId = '';
  /** @type {Awaited<ReturnType<typeof kept>>} */
  let credentials = [];
  const kept = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  // An authenticator of this kind is gone with the page's process, which every way to the IdP and back changes.
  const plugIn = async () => {
    await cdp.send('WebAuthn.enable');
    ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options }));
    for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
  };
  const unplug = async () => {
    credentials = await kept();
    await cdp.send('WebAuthn.disable');
  };
  await world.signIn(page);
  await page.getByRole('link', { name: /^Passkey or security key/ }).click();
  await page.getByRole('heading', { name: 'Your browser asks you' }).waitFor();
  await assertAccessible(page);
  await plugIn();
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await page.getByRole('heading', { name: 'Keep these backup codes' }).waitFor();
  assert.deepEqual((await kept()).map(({ rpId }) => rpId), ['localhost']);
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByRole('link', { name: 'Go to the vault' }).click();
  await world.reaches(page, 'open');

  await unplug();
  await world.signOut(page);
  await world.signIn(page);
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await plugIn();
  // Somebody who is not recognised.
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.getByRole('button', { name: 'Use your passkey' }).click();
  await page.getByText(/cancelled, or took too long|did not check that it was you/).waitFor();
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await page.getByLabel('Do not ask again in this browser for 30 days').check();
  await page.getByRole('button', { name: 'Use your passkey' }).click();
  await world.reaches(page, 'open');
  await unplug();
  await world.signOut(page);
  await world.signIn(page);
  await world.reaches(page, 'open');

  await page.goto(`${world.stack.origin}/vault/two-factor`);
  await assertAccessible(page);
  assert.equal(await page.getByRole('button', { name: 'Make ten new codes' }).count(), 0, 'not before it was shown just now');
  await page.getByRole('link', { name: 'Confirm that it is you' }).click();
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
  await plugIn();
  await page.getByRole('button', { name: 'Use your passkey' }).click();
  await page.getByRole('button', { name: 'Make ten new codes' }).click();
  await page.getByRole('heading', { name: 'Keep these backup codes' }).waitFor();
  await page.getByRole('link', { name: 'I have kept them' }).click();
  await page.getByRole('link', { name: 'Add an authenticator app' }).click();
  await assertAccessible(page);
  const key = await page.locator('#setup-key').innerText();
  await page.getByLabel('What you call it').fill('My phone');
  await page.getByLabel('Then enter the code it shows').fill(codeOf(key));
  await page.getByRole('button', { name: 'Add the app' }).click();
  await page.getByText('My phone').waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: /^Remove (?!My phone)/ }).click();
  await page.getByRole('button', { name: /^Remove (?!My phone)/ }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Remove My phone' }).click();
  await page.getByText(/this is your last/).waitFor();
}, { viewport: { width: 390, height: 844 } }));

for (const protocol of /** @type {const} */ (['ctap2', 'u2f'])) {
  test(`a security key that is plugged in (${protocol}), which knows nobody by itself, is set up and shown`, () => story(world.browser, `security key ${protocol}`, async (page, context) => {
    const cdp = await context.newCDPSession(page);
    let authenticatorId = '';
    /** @type {any[]} */
    let credentials = [];
    const plugIn = async () => {
      await cdp.send('WebAuthn.enable');
      ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { protocol, transport: 'usb', hasResidentKey: false, hasUserVerification: false, automaticPresenceSimulation: true } }));
      // One of U2F does not know for whom it was made: only its hash.
      for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { rpId: new URL(page.url()).hostname, ...credential } });
    };
    await world.signIn(page);
    await page.getByRole('link', { name: /^Passkey or security key/ }).click();
    await page.getByRole('heading', { name: 'Your browser asks you' }).waitFor();
    await plugIn();
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await page.getByRole('heading', { name: 'Keep these backup codes' }).waitFor();
    ({ credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId }));
    assert.equal(credentials.length, 1);
    await cdp.send('WebAuthn.disable');
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await world.signOut(page);
    await world.signIn(page);
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor();
    await plugIn();
    await page.getByRole('button', { name: 'Use your passkey' }).click();
    await world.reaches(page, 'open');
  }));
}

test('an extension that is installed says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-extension-'));
  const extension = join(root, 'tests/browser/extension');
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.KEYWARD_CHROMIUM ?? '/usr/bin/chromium', headless: false,
    args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', `--disable-extensions-except=${extension}`, `--load-extension=${extension}`, '--disable-features=DisableLoadExtensionCommandLineSwitch'],
    ignoreDefaultArgs: ['--disable-extensions'],
  });
  try {
    context.setDefaultTimeout(20_000);
    const page = context.pages()[0] ?? await context.newPage();
    await world.stack.query("UPDATE role SET policies = '{}'");
    await world.signIn(page);
    await page.getByRole('heading', { name: 'Add a second step to your sign-in' }).waitFor();
    await page.goto(`${world.stack.origin}/onboarding?step=browser_extension`);
    await page.getByText('It is installed in this browser (version 1.2.3).').waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'Add a second step to your sign-in' }).waitFor();
    const [{ state }] = await world.stack.query("SELECT state FROM onboarding_step WHERE step = 'browser_extension'");
    assert.equal(state, 'done');
  } finally {
    await context.close();
    await rm(folder, { recursive: true });
  }
});
