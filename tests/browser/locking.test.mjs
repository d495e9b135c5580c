// @ts-check
// Locking in real Chromium: the keys are gone from the page, and the vault opens for who signed in at the IdP since; signing
// out leaves the browser trusted, or forgotten, as chosen.
import { strict as assert } from 'node:assert';
import { after, before, beforeEach, test } from 'node:test';
import { programMemories, recordPrograms, recordSecrets } from './leaks-support.mjs';
import { assertAccessible, story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults(); });
beforeEach(() => world.forget());
after(() => world?.stop());

/** What the request at the IdP asks for. @param {Page} page */
const asksForFresh = async (page) => {
  const { inflateRawSync } = await import('node:zlib');
  const request = new URL(page.url()).searchParams.get('SAMLRequest') ?? '';
  return inflateRawSync(Buffer.from(request, 'base64')).toString().includes('ForceAuthn="true"');
};

test('a locked page has nothing, its session is over, and a fresh sign-in opens the vault again', () => story(world.browser, 'locking', async (page, context) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await world.save(page, { title: 'Payroll', password: 'Sw0rdfish' });
  const other = await context.newPage();
  await other.goto(`${world.stack.origin}/vault/devices`);
  await world.reaches(other, 'open');
  await page.locator('#detail').getByRole('button', { name: 'Reveal' }).click();
  await world.lock(page);
  await world.reaches(other, 'locked');
  assert.doesNotMatch(await page.content(), /Payroll|Sw0rdfish/);
  await assertAccessible(page);
  const answer = page.context().request;
  const over = await answer.get(`${world.stack.origin}/vault/changes?since=0`);
  assert.deepEqual([over.status(), await over.json()], [401, { code: 'session-over' }]);
  await page.getByRole('link', { name: 'Unlock' }).click();
  const person = page.getByRole('button', { name: 'Sign in as alice@acme.test' });
  await person.waitFor();
  assert.ok(await asksForFresh(page));
  await person.click();
  await world.reaches(page, 'open');
  assert.deepEqual(await page.locator('#list b').allInnerTexts(), ['Payroll']);
}));

test('who locks and leaves the page at once has locked it', () => story(world.browser, 'locking left', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await page.evaluate(() => {
    document.getElementById('lock')?.click();
    location.replace('/robots.txt');
  }).catch(() => {});
  await page.waitForURL('**/robots.txt');
  const isRevoked = async () => (await world.stack.query('SELECT revoked_at IS NOT NULL AS revoked FROM session ORDER BY created_at DESC LIMIT 1'))[0].revoked;
  for (let tries = 0; tries < 100 && !await isRevoked(); tries += 1) await new Promise((go) => { setTimeout(go, 50); });
  assert.equal(await isRevoked(), 1);
}));

test('a locked page has no secret in the memory of what it runs, wherever it was locked', () => story(world.browser, 'locking memory', async (page, context) => {
  /** @type {import('./leaks-support.mjs').Secret[]} */
  const secrets = [];
  await recordSecrets(context, secrets);
  await recordPrograms(context);
  const texts = ['Lohnkonto 4711', 'Sw0rdfish-und-mehr', 'a-password-for-the-file'];
  const found = async () => {
    const memories = await programMemories(page);
    // As they stand in a memory. Nonces have 12 bytes and are public.
    const keys = secrets.filter(({ bytes }) => bytes.length >= 16).flatMap(({ what, bytes }) => [bytes, bytes.toString('hex'), bytes.toString('base64')].map((needle) => ({ what, needle })));
    const needles = [...keys, ...texts.flatMap((text) => [Buffer.from(text), Buffer.from(text, 'utf16le')].map((needle) => ({ what: text, needle })))];
    return { programs: memories.length, leaks: memories.flatMap((memory, at) => needles.filter(({ needle }) => memory.includes(needle)).map(({ what }) => `${what} in program ${at}`)) };
  };
  /** @param {number} programs @param {RegExp} [shown] what stands there while it is open */
  const locks = async (programs, shown = /^(randomness|private key) in program 0$/) => {
    const open = await found();
    assert.equal(open.programs, programs);
    assert.ok(open.leaks.some((leak) => shown.test(leak)), 'what is there is found');
    await world.lock(page);
    assert.deepEqual(await found(), { programs, leaks: [] });
    await page.getByRole('link', { name: 'Unlock' }).click();
    await page.getByRole('button', { name: 'Sign in as alice@acme.test' }).click();
    await world.reaches(page, 'open');
  };
  await world.signIn(page);
  await world.reaches(page, 'open');
  await world.save(page, { title: texts[0], password: texts[1] });
  await page.locator('#detail').getByRole('button', { name: 'Reveal' }).click();
  await locks(2);
  // A phrase that is shown.
  await page.goto(`${world.stack.origin}/vault/recovery`);
  await page.getByRole('button', { name: 'Make a phrase' }).click();
  await page.locator('#words li').last().waitFor();
  await locks(1);
  // All of it on its way out, under a password.
  await page.goto(`${world.stack.origin}/vault/export`);
  await page.getByLabel('Encrypted, under a password').check();
  for (const label of ['Password', 'The same again']) await page.getByLabel(label, { exact: true }).fill(texts[2]);
  await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export', exact: true }).click()]);
  await locks(2);
  // An organisation's keys, held.
  await world.empower('alice@acme.test');
  await page.goto(`${world.stack.origin}/admin/approvals`);
  await page.getByRole('button', { name: 'Make the keys' }).click();
  await page.locator('#record').waitFor();
  await locks(1);
}));

test('a sign-in from before the lock opens nothing, however it comes', () => story(world.browser, 'locking stale', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  // As if it had been locked after the IdP's last sign-in.
  await world.stack.query('UPDATE device SET locked_at = ?', Date.now() + 120_000);
  await page.reload();
  await world.reaches(page, 'locked');
  await world.signOut(page);
  await world.signIn(page);
  await world.reaches(page, 'locked');
  const [{ proven }] = await world.stack.query('SELECT count(*) AS proven FROM session_device p JOIN session s ON s.tenant = p.tenant AND s.token = p.token WHERE s.revoked_at IS NULL');
  assert.equal(proven, 0);
  assert.deepEqual(await world.fetch(page, '/vault/changes?since=0'), [403, { code: 'device-not-proven' }]);
  await world.stack.query('UPDATE device SET locked_at = 0');
  await page.reload();
  await world.reaches(page, 'open');
  const [{ fresh }] = await world.stack.query('SELECT min(authenticated_at) > ? AS fresh FROM session', Date.now() - 3_600_000);
  assert.equal(fresh, 1, 'AuthnInstant is kept');
}));

test('nobody did anything for as long as the policy says: it is locked, also where the server cannot be told', () => story(world.browser, 'locking idle', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await page.clock.install();
  await page.reload();
  await world.reaches(page, 'open');
  await page.route('**/vault/lock', (route) => route.abort());
  await page.clock.runFor(29 * 60_000);
  assert.equal(await page.locator('#vault').getAttribute('data-state'), 'open');
  await page.keyboard.press('Shift');
  await page.clock.runFor(29 * 60_000);
  assert.equal(await page.locator('#vault').getAttribute('data-state'), 'open', 'a key was pressed');
  await page.clock.runFor(2 * 60_000);
  await world.reaches(page, 'locked');
  const [{ revoked }] = await world.stack.query('SELECT revoked_at IS NOT NULL AS revoked FROM session ORDER BY created_at DESC LIMIT 1');
  assert.equal(revoked, 0, 'the server was not told');
  // It is told when this browser proves itself again: the sign-in was before the lock, by more than clocks differ.
  await world.stack.query('UPDATE session SET authenticated_at = authenticated_at - 120000');
  await page.reload();
  await world.reaches(page, 'locked');
}, { serviceWorkers: 'block' }));

test('a grace that policy sets opens what locked itself in the same session, for as long as it says', async () => {
  await world.stack.query(`UPDATE role SET policies = '{"unlock_grace_minutes":5}'`);
  try {
    await story(world.browser, 'locking grace', async (page) => {
      await world.signIn(page);
      await world.reaches(page, 'open');
      await world.save(page, { title: 'Payroll' });
      await page.clock.install();
      await page.reload();
      await world.reaches(page, 'open');
      // The sign-in was long ago.
      await world.stack.query('UPDATE session SET authenticated_at = authenticated_at - 3600000');
      const told = page.waitForResponse((response) => response.url().endsWith('/vault/lock'));
      await page.clock.runFor(31 * 60_000);
      await world.reaches(page, 'locked');
      assert.equal((await told).status(), 200);
      assert.doesNotMatch(await page.content(), /Payroll/);
      assert.deepEqual(await world.fetch(page, '/vault/changes?since=0'), [403, { code: 'device-not-proven' }], 'until it proves the device again');
      await page.getByRole('button', { name: 'Unlock' }).click();
      await world.reaches(page, 'open');
      assert.deepEqual(await page.locator('#list b').allInnerTexts(), ['Payroll']);
      const [{ locked_at: lockedAt }] = await world.stack.query('SELECT locked_at FROM device');
      assert.equal(lockedAt, 0, 'it is not locked any more');
      // Longer ago than the grace.
      await world.stack.query('UPDATE device SET locked_at = ?', Date.now() - 301_000);
      await page.reload();
      await world.reaches(page, 'locked');
      await page.getByRole('link', { name: 'Unlock' }).waitFor();
      // Who locks it by hand wants it locked.
      await world.stack.query('UPDATE device SET locked_at = 0');
      await page.reload();
      await world.reaches(page, 'open');
      await world.lock(page);
      await page.getByRole('link', { name: 'Unlock' }).waitFor();
      assert.deepEqual(await world.fetch(page, '/vault/changes?since=0'), [401, { code: 'session-over' }]);
    });
  } finally {
    await world.stack.query("UPDATE role SET policies = '{}'");
  }
});

test('a passkey unlocks what was locked, and what was left alone: of who is recognised, in that browser', () => story(world.browser, 'locking passkey', async (page, context) => {
  const cdp = await context.newCDPSession(page);
  const options = { protocol: /** @type {const} */ ('ctap2'), transport: /** @type {const} */ ('internal'), hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  try {
    await world.signIn(page);
    await world.reaches(page, 'open');
    await world.save(page, { title: 'Payroll', password: 'Sw0rdfish' });
    await page.goto(`${world.stack.origin}/vault/two-factor`);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options });
    await page.getByRole('button', { name: 'Add a passkey or security key' }).click();
    await page.getByRole('heading', { name: 'Keep these backup codes' }).waitFor();
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    // An authenticator of this kind may be gone with any page.
    const isRecognised = async (/** @type {boolean} */ isUserVerified) => {
      await cdp.send('WebAuthn.disable');
      await cdp.send('WebAuthn.enable');
      const { authenticatorId: its } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, isUserVerified } });
      for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId: its, credential: { ...credential, signCount: credential.signCount += 10 } });
    };
    await page.goto(`${world.stack.origin}/vault/items`);
    await world.reaches(page, 'open');
    // As if the sign-in had been long ago.
    await world.stack.query('UPDATE session SET authenticated_at = authenticated_at - 3600000');
    await world.lock(page);
    assert.doesNotMatch(await page.content(), /Payroll|Sw0rdfish/);
    await assertAccessible(page);
    await isRecognised(false);
    const unlock = page.getByRole('button', { name: 'Unlock with your passkey' });
    await unlock.click();
    await page.getByText(/cancelled, or took too long|did not check that it was you/).waitFor();
    assert.deepEqual(await world.fetch(page, '/vault/changes?since=0'), [403, { code: 'unlock-needed' }]);
    await isRecognised(true);
    await unlock.click();
    await world.reaches(page, 'open');
    assert.deepEqual(await page.locator('#list b').allInnerTexts(), ['Payroll']);
    // Nobody used it for as long as the policy says, and the page is opened again.
    await world.stack.query('UPDATE session SET last_seen_at = last_seen_at - 3600000');
    await page.reload();
    await page.getByRole('heading', { name: 'Your vault is locked' }).waitFor();
    assert.match(page.url(), /\/unlock\?to=%2Fvault%2Fitems$/);
    await assertAccessible(page);
    await isRecognised(true);
    await unlock.click();
    await world.reaches(page, 'open');
    // A browser that has no key of the vault has nothing to unlock.
    await world.stack.query('UPDATE session SET last_seen_at = last_seen_at - 3600000');
    await page.reload();
    await unlock.waitFor();
    await page.evaluate(() => new Promise((done, failed) => Object.assign(indexedDB.deleteDatabase('keyward'), { onsuccess: done, onerror: failed })));
    await unlock.click();
    await page.getByText('This browser does not open your vault').waitFor();
    await page.getByRole('link', { name: 'Sign in again instead' }).click();
    await page.getByRole('button', { name: 'Sign in as alice@acme.test' }).waitFor();
    assert.ok(await asksForFresh(page));
  } finally {
    for (const table of ['factor', 'backup_code', 'factor_browser']) await world.stack.query(`DELETE FROM ${table}`);
  }
}));

test('who signs out stays trusted, or is forgotten where something else opens the vault', () => story(world.browser, 'forgetting', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await page.goto(`${world.stack.origin}/vault/devices`);
  await world.reaches(page, 'open');
  const forget = async () => {
    await page.getByRole('button', { name: 'Sign out and forget' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Sign out and forget' }).click();
  };
  await forget();
  await page.getByText('This is the only browser that opens your vault.').waitFor();
  const [{ devices }] = await world.stack.query('SELECT count(*) AS devices FROM device');
  assert.equal(devices, 1);
  const phrase = await world.makePhrase(page);
  await page.goto(`${world.stack.origin}/vault/devices`);
  await forget();
  await page.getByText('You are signed out of Keyward.').waitFor();
  assert.deepEqual(await world.stack.query('SELECT id FROM device'), []);
  await world.signIn(page);
  await world.reaches(page, 'waiting');
  await page.getByLabel('Or type your recovery phrase: 24 words').fill(phrase.join(' '));
  await page.getByRole('button', { name: 'Use the phrase' }).click();
  await world.reaches(page, 'open');
}));
