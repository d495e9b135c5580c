// @ts-check
// The vault's pages where something goes wrong beside them: a browser that keeps nothing, a server that never ends, a lock in the
// middle of a save; and items that are made to be more than text.
import { strict as assert } from 'node:assert';
import { after, before, beforeEach, test } from 'node:test';
import { story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults(); });
beforeEach(() => world.forget());
after(() => world?.stop());

test('what stands in an item is text, wherever it is shown, and only web addresses are links', () => story(world.browser, 'items of markup', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  const title = '<img src=x onerror="document.title=1"><b>bold</b>';
  const detail = page.locator('#detail');
  await world.save(page, { title, username: '</dd><script>document.title=2</script>', website: 'javascript:document.title=3', note: '<a href="javascript:document.title=4">a</a>' });
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByLabel('Name', { exact: true }).fill('<option selected>x');
  await page.getByRole('button', { name: 'Make folder' }).click();
  await page.getByText('This folder is empty.').waitFor();
  await world.toPlace(page, 'All items');
  await page.locator('#list').getByRole('button', { name: title }).click();
  await detail.getByText('javascript:document.title=3', { exact: true }).waitFor();
  assert.equal(await page.locator('#detail :is(img, script, a, b), #list :is(img, script, a)').count(), 0);
  for (const website of ['JavaScript:document.title=5', ' javascript:document.title=6', 'data:text/html,x', 'https:evil']) {
    await detail.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Website').fill(website);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await detail.getByText(website.trim(), { exact: true }).waitFor();
    assert.equal(await detail.locator('a').count(), 0, website);
  }
  assert.doesNotMatch(await page.title(), /^\d$/);
}));

test('a page whose script does not start says so, and so does one that breaks where nobody expected it', () => story(world.browser, 'scripts', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  assert.equal(await page.getByText('the script of this page did not start').count(), 0);
  // One file of its graph is missing, as behind a filter of a network.
  await page.route('**/app/dom.js', (route) => route.abort());
  // What is loaded ahead and then not used is a warning of the browser's: here nothing is.
  await page.route(/\/vault\/[a-z]+$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replaceAll(/<link rel="(module)?preload"[^>]*>/g, '') });
  });
  for (const path of ['items', 'devices', 'recovery', 'import', 'export']) {
    await page.goto(`${world.stack.origin}/vault/${path}`);
    await page.getByText('the script of this page did not start').waitFor({ timeout: 10_000 });
    await page.locator('#vault[data-state="opening"]').waitFor();
  }
  await page.unroute('**/app/dom.js');
  await page.unroute(/\/vault\/[a-z]+$/);
  // What opens it does not load.
  await page.route('**/wasm/keyward_pages_bg.wasm', (route) => route.abort());
  await page.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(page, 'refused');
  await page.locator('#text').getByText('Something went wrong. Reload this page.').waitFor();
  assert.equal(await page.locator('#toast').innerText(), '');
  await page.unroute('**/wasm/keyward_pages_bg.wasm');
  await page.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(page, 'open');
  for (const name of ['error', 'unhandledrejection']) {
    await page.evaluate((its) => { dispatchEvent(new Event(its)); }, name);
    await page.locator('#toast').getByText('Something went wrong. Reload this page.').waitFor();
    await page.evaluate(() => document.getElementById('toast')?.replaceChildren());
  }
}));

test('a browser that can keep nothing is told so, and nothing is begun in it', () => story(world.browser, 'no storage', async (page) => {
  await page.addInitScript(() => {
    IDBObjectStore.prototype.put = function () {
      this.transaction.abort();
      throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
    };
  });
  await world.signIn(page);
  await world.reaches(page, 'refused');
  await page.getByText('its storage is full, or switched off for this site').waitFor();
  const [{ begun }] = await world.stack.query('SELECT count(*) AS begun FROM vault_statement');
  assert.equal(begun, 0);
}));

test('a server that never ends is left, and a save that a lock overtakes shows nothing', () => story(world.browser, 'endless server', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await page.getByRole('button', { name: 'New item' }).click();
  await page.getByLabel('Title', { exact: true }).fill('Overtaken');
  /** @type {() => void} */
  let release = () => {};
  await page.route('**/vault/change', async (route) => {
    await new Promise((go) => { release = () => go(undefined); });
    await route.continue();
  });
  const sent = page.waitForRequest('**/vault/change');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await sent;
  await world.lock(page);
  const answered = page.waitForResponse('**/vault/change');
  release();
  await answered;
  await page.unroute('**/vault/change');
  assert.equal(await page.locator('#vault').getAttribute('data-state'), 'locked');
  assert.doesNotMatch(await page.content(), /Overtaken/);
  await page.getByRole('link', { name: 'Unlock' }).click();
  await page.getByRole('button', { name: 'Sign in as alice@acme.test' }).click();
  await world.reaches(page, 'open');

  const rows = Array.from({ length: 2000 }, (_, at) => [`i_${String(at).padStart(5, '0')}`, 'item', 1, 1, 'AQ==']);
  await page.route('**/vault/changes?*', (route) => route.fulfill({ json: { counter: 9, sequence: 1, rows } }));
  await page.reload();
  await world.reaches(page, 'refused');
  await page.getByText('vault-endless').waitFor();
  await page.unroute('**/vault/changes?*');
  await page.reload();
  await world.reaches(page, 'open');

  // What does not arrive, then what arrives and its answer does not, then all of it: what was typed is there once.
  const items = async () => (await world.stack.query("SELECT revision FROM vault_sealed WHERE kind = 'item' ORDER BY changed")).map(({ revision }) => revision);
  const before = (await items()).length;
  await page.getByRole('button', { name: 'New item' }).click();
  const title = page.getByLabel('Title', { exact: true });
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await title.fill('   ');
  await save.click();
  assert.equal(await title.evaluate((field) => /** @type {HTMLInputElement} */ (field).validity.valueMissing), true, 'spaces are no title');
  await title.fill('Once');
  for (const arrives of [false, true]) {
    await page.route('**/vault/change', async (route) => {
      if (arrives) await route.fetch();
      await route.abort();
    }, { times: 1 });
    await Promise.all([page.waitForRequest('**/vault/change'), save.click()]);
    await page.locator('form button:enabled', { hasText: /^Save$/ }).waitFor();
    await page.getByText('What you typed is still here').waitFor();
    assert.equal(await title.inputValue(), 'Once');
  }
  await save.click();
  await page.getByRole('heading', { name: 'Once', level: 2 }).waitFor();
  assert.equal((await items()).length, before + 1);
  // A click that comes twice is one.
  await page.getByRole('button', { name: 'Favourite', exact: true }).evaluate((/** @type {HTMLElement} */ star) => { star.click(); star.click(); });
  await page.getByRole('button', { name: 'Favourite', pressed: true }).waitFor();
  assert.equal((await items()).at(-1), 2);
}, { serviceWorkers: 'block' }));

test('what a browser keeps of a vault goes with its keys, or stays with them, wherever it is interrupted', () => story(world.browser, 'two stores', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await world.save(page, { title: 'Payroll' });
  const kept = await page.evaluate(async () => {
    const device = await import(/** @type {string} */ ('/app/device.js'));
    const { tenant, user } = await (await fetch('/vault/keys')).json();
    const account = `${tenant}/${user}`;
    const own = await device.load(account);
    const look = async () => [(await device.cached(account)).length > 0, (await device.load(account))?.hasOpened ?? null];
    const seen = [];
    // The disk is full, or the tab is closed, at the second of the two.
    for (const [what, method] of [['beginAnew', 'put'], ['discard', 'delete']]) {
      const prototype = /** @type {any} */ (IDBObjectStore.prototype);
      const whole = prototype[method];
      prototype[method] = function (/** @type {unknown[]} */ ...given) {
        if (this.name !== 'device') return whole.apply(this, given);
        this.transaction.abort();
        throw new DOMException('interrupted', 'QuotaExceededError');
      };
      const refused = await device[what](account, own).then(() => 'done', (/** @type {{ code: string }} */ error) => error.code);
      prototype[method] = whole;
      seen.push([what, refused, ...await look()]);
    }
    await device.beginAnew(account, own);
    seen.push(['begun', ...await look()]);
    await device.discard(account);
    seen.push(['gone', ...await look()]);
    return seen;
  });
  assert.deepEqual(kept, [['beginAnew', 'browser-storage', true, true], ['discard', 'browser-storage', true, true], ['begun', false, false], ['gone', false, null]]);
}));
