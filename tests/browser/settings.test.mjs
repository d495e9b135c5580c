// @ts-check
// The settings in real Chromium: on a phone, by the keyboard alone, somebody looks at their profile, ends a session of another browser,
// and finds all of it under activity.
import { strict as assert } from 'node:assert';
import { after, before, beforeEach, test } from 'node:test';
import { assertAccessible, story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults({ disable_onboarding: true }); });
beforeEach(() => world.forget());
after(() => world?.stop());

/** Goes there by the keyboard alone, and presses Enter. @param {Page} page @param {import('playwright-core').Locator} target */
async function press(page, target) {
  for (let count = 0; count < 60; count += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
  }
  return assert.fail('not reached by the keyboard');
}

test('profile, sessions and activity, on a phone and by the keyboard', () => story(world.browser, 'settings', async (page) => {
  const elsewhere = await world.browser.newContext();
  elsewhere.setDefaultTimeout(20_000);
  try {
    const other = await elsewhere.newPage();
    await world.signIn(other, '/vault');
    await other.getByRole('heading', { name: /^Welcome/ }).waitFor();
    await world.signIn(page, '/vault');
    await page.getByRole('heading', { name: 'Welcome back, Alice' }).waitFor();
    const facts = page.getByRole('region', { name: 'Your account' });
    assert.match(await facts.innerText(), /alice@acme\.test[^]*Acme[^]*Signed in/i);
    const settings = page.getByRole('navigation', { name: 'Settings' });
    const fits = async () => {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${page.url()} scrolls sideways`);
      assert.equal(await settings.locator('[aria-current=page]').count(), 1);
      await assertAccessible(page);
    };
    await fits();

    await press(page, settings.getByRole('link', { name: 'Sessions' }));
    await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor();
    await fits();
    const open = page.getByRole('region', { name: 'Open now' }).getByRole('listitem');
    assert.equal(await open.count(), 2);
    await press(page, page.getByRole('button', { name: /^End the session of / }));
    await page.getByText('That session is over.').waitFor();
    assert.equal(await open.count(), 1);
    await fits();
    await other.goto(`${world.stack.origin}/vault/activity`);
    await other.waitForURL(/\/\?to=/);

    await press(page, settings.getByRole('link', { name: 'Activity' }));
    const activity = page.getByRole('table', { name: 'Activity, newest first' });
    await activity.waitFor();
    // On a phone there is no row of headings.
    const first = await activity.getByRole('row').filter({ hasText: 'UTC' }).first().innerText();
    assert.match(first, /Signed out[^]*Chrome on Linux/);
    await fits();
    for (const name of ['Devices', 'Second step', 'Recovery', 'Profile']) {
      await press(page, settings.getByRole('link', { name, exact: true }));
      await settings.locator('[aria-current=page]', { hasText: name }).waitFor();
      if (['Devices', 'Recovery'].includes(name)) await world.reaches(page, 'open');
      await fits();
    }
  } finally {
    await elsewhere.close();
  }
}, { viewport: { width: 390, height: 844 } }));
