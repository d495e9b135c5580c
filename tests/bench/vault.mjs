// @ts-check
// `npm run bench:vault`: a vault of 10,000 items in real Chromium against the Worker in workerd, and the first visit of all.
// Prints how long it takes until the page is open, and how many bytes and rows of the vault travelled.
import { strict as assert } from 'node:assert';
import { buildPages } from '../../scripts/build-pages.mjs';
import { buildWorker } from '../../scripts/build.mjs';
import { fail } from '../../scripts/lib/run.mjs';
import { startVaults } from '../browser/vault-support.mjs';

const ITEMS = 10_000;

async function main() {
  await buildWorker();
  await buildPages();
  const world = await startVaults();
  try {
    const context = await world.browser.newContext();
    const page = await context.newPage();
    let [bytes, rows] = [0, 0];
    page.on('response', async (response) => {
      if (!response.url().includes('/vault/changes')) return;
      const body = await response.body().catch(() => Buffer.from('{"rows":[]}'));
      bytes += body.length;
      rows += JSON.parse(String(body)).rows.length;
    });
    // The page's own hand on the vault, for this measurement.
    await page.route('**/app/items.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace('export function startItems(vault, sync, rules, fail, tools) {', '$& globalThis.bench = { vault, sync };') });
    });
    /** @param {string} what @param {() => Promise<unknown>} visit */
    const measured = async (what, visit) => {
      [bytes, rows] = [0, 0];
      const started = performance.now();
      await visit();
      await world.reaches(page, 'open');
      const took = performance.now() - started;
      // The listener reads bodies after the page has.
      await page.waitForLoadState('networkidle');
      console.log(`${what}: ${(took / 1000).toFixed(2)} s, ${rows} rows, ${bytes.toLocaleString('en')} bytes`);
      return { took, rows, bytes };
    };

    // The first visit: from the IdP's answer to an open, empty vault. A browser that knows nothing for each.
    const begun = [];
    for (const who of ['bob@acme.test', 'carol@acme.test', 'alice@acme.test']) {
      const its = who.startsWith('alice') ? page : await (await world.browser.newContext()).newPage();
      await its.goto(`${world.stack.origin}/sso/acme?to=/vault/items`);
      await its.getByRole('link', { name: /^Continue with / }).click();
      const answer = its.getByRole('button', { name: `Sign in as ${who}` });
      await answer.waitFor();
      const started = performance.now();
      await answer.click();
      await world.reaches(its, 'open');
      begun.push(performance.now() - started);
      if (its !== page) await its.context().close();
    }
    console.log(`From the IdP's answer to a new, open vault, three people: ${begun.map((took) => (took / 1000).toFixed(2)).join(', ')} s (at most 1.5 s is wanted)`);

    /** @param {number} first @param {number} end */
    const save = (first, end) => page.evaluate(async ([from, to]) => {
      const { sync } = /** @type {any} */ (globalThis).bench;
      for (let first = from; first < to; first += 500) {
        await sync.save(Array.from({ length: 500 }, (_, at) => ({ id: `i_${String(first + at).padStart(6, '0')}`, kind: 'item', base: 0, text: JSON.stringify({ title: `Item ${first + at}`, username: `user${first + at}@example.test`, password: crypto.randomUUID(), url: `https://site-${first + at}.example.test/`, note: '' }) })));
      }
    }, [first, end]);
    await save(0, 1000);
    const thousand = await measured('A visit to 1,000 items that this browser kept, from the address to a vault that can be used', () => page.reload());
    const saving = performance.now();
    await save(1000, ITEMS);
    console.log(`Saving ${ITEMS - 1000} items more, 500 a change: ${((performance.now() - saving) / 1000).toFixed(1)} s`);

    const clear = () => page.evaluate(() => new Promise((done) => {
      const opening = indexedDB.open('keyward');
      opening.onsuccess = () => {
        const clearing = opening.result.transaction('sealed', 'readwrite');
        clearing.objectStore('sealed').clear();
        clearing.oncomplete = () => { opening.result.close(); done(undefined); };
      };
    }));
    const first = [];
    for (let round = 0; round < 3; round += 1) {
      await clear();
      first.push(await measured(`First load of ${ITEMS} items`, () => page.reload()));
    }
    // What the page keeps for the next visit gets to the disk after it opened.
    await page.waitForTimeout(3000);
    const again = await measured('A visit later, nothing changed', () => page.reload());
    assert.equal(again.rows, 0);
    // One item changes, while another page is open: it asks for the item, its page of the manifest, and the root.
    const other = await context.newPage();
    await other.goto(`${world.stack.origin}/vault/items`);
    await other.locator('#vault[data-state="open"]').waitFor();
    await page.evaluate(() => /** @type {any} */ (globalThis).bench.sync.save([{ id: 'i_000007', kind: 'item', base: 1, text: '{"title":"Seven"}' }]));
    const answered = other.waitForResponse((response) => response.url().includes('/vault/changes'));
    await other.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    const body = await (await answered).body();
    console.log(`One item changed elsewhere: ${JSON.parse(String(body)).rows.length} rows, ${body.length} bytes`);
    assert.equal(JSON.parse(String(body)).rows.length, 3);
    // New keys: the step that counts, and then everything under them.
    const [changing, moving] = await page.evaluate(async () => {
      const { vault, sync } = /** @type {any} */ (globalThis).bench;
      const { newKeys } = await import(String(new URL('/app/rotation.js', location.href)));
      const started = performance.now();
      await sync.rotate(() => newKeys(vault, JSON.parse(vault.devices).map((/** @type {{ id: string }} */ it) => it.id), true, async () => []));
      const changed = performance.now();
      await sync.finish();
      return [changed - started, performance.now() - changed];
    });
    console.log(`New keys: ${(changing / 1000).toFixed(2)} s; ${ITEMS} items under them: ${(moving / 1000).toFixed(1)} s`);
    const first3 = Math.min(...first.map(({ took }) => took));
    console.log(`The best first load: ${(first3 / 1000).toFixed(2)} s (at most 3 s is wanted)`);
    console.log(`With 1,000 items: ${(thousand.took / 1000).toFixed(2)} s (at most 1 s is wanted)`);
    if (first3 > 3000 || thousand.took > 1000 || Math.max(...begun) > 1500) process.exitCode = 1;
  } finally {
    await world.stop();
  }
}

main().then(() => process.exit(), fail);
