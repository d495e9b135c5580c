// @ts-check
// Reading without a connection, where the policy allows it: what was synced is there, nothing can be changed, and what was kept
// goes when the vault is locked, when somebody signs out, and when the server says otherwise.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { assertAccessible, story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults(); });
beforeEach(async () => {
  await world.forget();
  await allow(true);
});
after(() => world?.stop());

/** @param {boolean} isAllowed */
const allow = (isAllowed) => world.stack.query("UPDATE role SET policies = json_set(policies, '$.restrict_offline', json(?)) WHERE name NOT LIKE 'Admin%'", String(!isAllowed));
/** What this browser kept. @param {Page} page */
const kept = (page) => page.evaluate(async () => {
  const database = await new Promise((resolve) => { const opening = indexedDB.open('keyward'); opening.onsuccess = () => resolve(opening.result); });
  const copies = database.objectStoreNames.contains('offline') ? await new Promise((resolve) => { const asked = database.transaction('offline').objectStore('offline').getAll(); asked.onsuccess = () => resolve(asked.result); }) : [];
  database.close();
  return { copies: copies.length, pages: await caches.has('keyward-offline') };
});
/** @param {Page} page @param {boolean} isKept */
async function comesTo(page, isKept) {
  for (let tries = 0; ; tries += 1) {
    const now = await kept(page);
    if (now.copies === Number(isKept) && now.pages === isKept) return;
    assert.ok(tries < 400, JSON.stringify(now));
    await page.waitForTimeout(50);
  }
}
/** A vault with something in it, kept for reading without a connection. @param {string} name @param {(page: Page, context: import('playwright-core').BrowserContext) => Promise<void>} tell */
const saved = (name, tell) => story(world.browser, name, async (page, context) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await world.save(page, { title: 'Payroll', username: 'alice', password: 'Sw0rdfish' });
  await comesTo(page, true);
  await tell(page, context);
});

test('what was synced is read without a connection, with a mark, and nothing is changed', () => saved('offline', async (page, context) => {
  await page.close();
  await context.setOffline(true);
  const later = await context.newPage();
  // The address as people know it.
  await later.goto(`${world.stack.origin}/vault`);
  await world.reaches(later, 'open');
  await later.getByRole('status').filter({ hasText: 'You are reading without a connection.' }).waitFor();
  await later.getByRole('searchbox', { name: 'Search' }).fill('pay');
  await later.getByRole('button', { name: /Payroll/ }).click();
  await later.getByRole('button', { name: 'Reveal' }).click();
  await later.getByText('Sw0rdfish').waitFor();
  for (const name of ['New item', 'New folder', 'Edit', 'Move to trash', 'Favourite', 'Import', 'Export']) assert.equal(await later.getByRole(name === 'Import' || name === 'Export' ? 'link' : 'button', { name, exact: true }).count(), 0, name);
  await later.getByRole('heading', { name: 'Payroll' }).press('n');
  await later.keyboard.press('e');
  assert.equal(await later.locator('form #edit-title').count(), 0, 'nor by a key');
  await later.setViewportSize({ width: 390, height: 844 });
  await assertAccessible(later);
  await later.setViewportSize({ width: 1280, height: 800 });
  await context.setOffline(false);
  await later.getByText('The connection is back.').waitFor();
  await later.getByRole('button', { name: 'Connect again' }).click();
  await world.reaches(later, 'open');
  await later.getByRole('button', { name: 'New item' }).waitFor();
  assert.equal(await later.locator('#offline:not([hidden])').count(), 0);
}));

test('an open vault says that the connection is gone, and goes on when it is back', () => saved('offline while open', async (page, context) => {
  await context.setOffline(true);
  await page.getByText('There is no connection.').waitFor();
  await page.getByRole('button', { name: /Payroll/ }).click();
  await page.getByRole('button', { name: 'Move to trash' }).click();
  await page.getByText('The server cannot be reached. Nothing was changed.').waitFor();
  await context.setOffline(false);
  await page.locator('#offline').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Move to trash' }).click();
  await page.getByText('Moved to the trash.').waitFor();
}));

test('locking, signing out, a lie, a removed browser and a policy that says so each leave nothing to read', async () => {
  /** @type {[string, (page: Page, context: import('playwright-core').BrowserContext) => Promise<void>][]} */
  const ways = [
    ['locked', async (page) => {
      await world.lock(page);
    }],
    ['signed out on another page', async (page) => {
      await page.getByRole('link', { name: 'Settings' }).click();
      await world.signOut(page);
    }],
    ['blocked', async (page) => {
      await world.stack.query('UPDATE device SET blocked_at = 1');
      await page.reload();
      await world.reaches(page, 'refused');
    }],
    ['lied to', async (page) => {
      await world.stack.query("UPDATE vault_sealed SET revision = revision + 1 WHERE item = 'account-keys'");
      await page.reload();
      await world.reaches(page, 'refused');
    }],
    ['ended elsewhere', async (page) => {
      await world.stack.query('UPDATE session SET revoked_at = 1');
      await page.reload();
      await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    }],
    ['restricted', async (page) => {
      await allow(false);
      await page.reload();
      await world.reaches(page, 'open');
    }],
  ];
  for (const [name, leave] of ways) {
    await world.forget();
    await allow(true);
    await saved(`offline ${name}`, async (page, context) => {
      await leave(page, context);
      await comesTo(page, false);
      await context.setOffline(true);
      await page.goto(`${world.stack.origin}/vault/items`).catch(() => {});
      assert.equal(await page.locator('#vault[data-state="open"]').count(), 0, name);
    });
  }
});

test('what another tab forgets while this one keeps it does not come back', () => story(world.browser, 'offline and signed out in another tab', async (page, context) => {
  // The page of the copy is on its way for as long as this test likes; then it is seen when the copy was written, or not.
  await page.addInitScript(() => {
    const [fetching, transaction] = [window.fetch, IDBDatabase.prototype.transaction];
    window.fetch = async (...given) => {
      const answer = await fetching(...given);
      if (given[0] === '/vault/items') await new Promise((resolve) => Object.assign(window, { goOn: resolve }));
      return answer;
    };
    IDBDatabase.prototype.transaction = function asked(...given) {
      const made = transaction.apply(this, given);
      if ('goOn' in window && given[1] === 'readwrite' && [given[0]].flat().includes('offline')) made.addEventListener('complete', () => Object.assign(window, { written: true }));
      return made;
    };
  });
  await world.signIn(page);
  await world.reaches(page, 'open');
  await page.waitForFunction(() => 'goOn' in window);
  const other = await context.newPage();
  await other.goto(`${world.stack.origin}/vault`);
  await world.signOut(other);
  await page.evaluate(() => {
    const here = /** @type {any} */ (window);
    delete here.written;
    here.goOn();
  });
  await page.waitForFunction(() => 'written' in window);
  await comesTo(page, false);
}));

test('by default nothing is kept, and an old copy is not read', async () => {
  await allow(false);
  await story(world.browser, 'offline by default', async (page) => {
    await world.signIn(page);
    await world.reaches(page, 'open');
    await world.save(page, { title: 'Payroll' });
    assert.deepEqual(await kept(page), { copies: 0, pages: false });
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
  });
  await world.forget();
  await allow(true);
  await saved('offline for too long', async (page, context) => {
    await context.setOffline(true);
    await context.clock.setSystemTime(Date.now() + 8 * 24 * 60 * 60 * 1000);
    await page.reload();
    await world.reaches(page, 'offline');
    await comesTo(page, false);
  });
});
