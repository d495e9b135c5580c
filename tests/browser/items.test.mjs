// @ts-check
// Items in real Chromium: saved, found, changed, thrown away and brought back; the server keeps what it cannot read, takes
// only the next state of what is there, and is caught where it leaves something out or brings something back.
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

const kept = () => world.stack.query("SELECT item, kind, revision, changed FROM vault_sealed WHERE kind IN ('item', 'folder') ORDER BY changed, item");
const counter = async () => (await world.stack.query("SELECT revision FROM vault_sealed WHERE item = 'root'"))[0].revision;
/** @param {Page} page @param {string} title */
const pick = (page, title) => page.locator('#list').getByRole('button', { name: title }).click();
/** @param {Page} page */
const listed = (page) => page.locator('#list b').allInnerTexts();
/** The form makes place for what was saved; “Saved.” may still be there from before. @param {Page} page */
const isSaved = (page) => page.locator('#detail form').waitFor({ state: 'detached' });

/** @param {string} name @param {(page: Page, context: import('playwright-core').BrowserContext) => Promise<void>} tell @param {import('playwright-core').BrowserContextOptions} [options] */
const opened = (name, tell, options) => story(world.browser, name, async (page, context) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await tell(page, context);
}, { permissions: ['clipboard-read', 'clipboard-write'], ...options });

test('an item is saved, found, revealed, copied, changed, thrown away, brought back and deleted', () => opened('items', async (page) => {
  await assertAccessible(page);
  await world.save(page, { title: 'Payroll', username: 'alice', password: 'Sw0rdfish!', website: 'https://pay.example', note: 'Ask Bob' });
  await world.save(page, { title: 'Archive', username: 'root' });
  assert.deepEqual(await listed(page), ['Archive', 'Payroll']);
  assert.deepEqual((await kept()).map(({ kind, revision }) => [kind, revision]), [['item', 1], ['item', 1]]);

  await page.keyboard.press('/');
  await page.getByLabel('Search').pressSequentially('pay');
  assert.deepEqual(await listed(page), ['Payroll']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const detail = page.locator('#detail');
  assert.doesNotMatch(await detail.innerText(), /Sw0rdfish/);
  await detail.getByRole('button', { name: 'Reveal' }).click();
  assert.match(await detail.innerText(), /Sw0rdfish!/);
  await assertAccessible(page);
  await detail.getByRole('button', { name: 'Copy password' }).click();
  await page.getByText('Copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'Sw0rdfish!');

  await detail.getByRole('button', { name: 'Edit' }).click();
  assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('type'), 'password');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Generate' }).click();
  assert.match(await page.getByLabel('Password', { exact: true }).inputValue(), /^\S{20}$/);
  await page.getByLabel('Username').fill('alice2');
  // What is written is not left for another item, or another place, without a question.
  for (const leave of [() => world.toPlace(page, 'Trash'), () => page.getByRole('button', { name: 'New item' }).click(), () => page.getByRole('button', { name: 'Cancel' }).click()]) {
    await leave();
    await page.getByRole('dialog', { name: 'Leave what you typed?' }).getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await page.getByLabel('Username').inputValue(), 'alice2');
  }
  await world.staysBeforeLeaving(page);
  assert.equal(await page.getByLabel('Username').inputValue(), 'alice2');
  assert.deepEqual(await listed(page), ['Payroll'], 'the search is still there, and so is the place');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await isSaved(page);

  await page.reload();
  await world.reaches(page, 'open');
  await pick(page, 'Payroll');
  assert.match(await detail.innerText(), /alice2/);
  await page.keyboard.press('Escape');
  assert.match(await page.evaluate(() => document.activeElement?.textContent ?? ''), /Payroll/, 'back where it was');
  await page.keyboard.press('Enter');
  await detail.getByRole('button', { name: 'Move to trash' }).click();
  await page.getByText('Moved to the trash.').waitFor();
  assert.deepEqual(await listed(page), ['Archive']);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Restored.').waitFor();
  assert.deepEqual(await listed(page), ['Archive', 'Payroll']);

  await pick(page, 'Archive');
  await detail.getByRole('button', { name: 'Move to trash' }).click();
  await world.toPlace(page, 'Trash');
  await pick(page, 'Archive');
  await detail.getByRole('button', { name: 'Delete for good' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('Deleted.').waitFor();
  assert.equal((await kept()).length, 1);
  assert.match(await page.locator('#empty').innerText(), /The trash is empty/);
}));

test('folders hold items, and leave them when they go', () => opened('folders', async (page) => {
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Servers');
  await page.getByRole('button', { name: 'Make folder' }).click();
  await page.getByText('This folder is empty.').waitFor();
  await world.save(page, { title: 'Web', folder: 'Servers' });
  await world.toPlace(page, 'All items');
  await world.save(page, { title: 'Loose' });
  await world.toPlace(page, 'Servers');
  assert.deepEqual(await listed(page), ['Web']);
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Machines');
  await page.locator('dialog').getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('heading', { name: 'Machines' }).waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Remove folder' }).click();
  await page.locator('dialog').getByRole('button', { name: 'Remove folder' }).click();
  await page.getByText('Folder removed.').waitFor();
  assert.deepEqual(await listed(page), ['Loose', 'Web']);
  assert.deepEqual((await kept()).map(({ kind }) => kind), ['item', 'item']);
}));

test('a name that could not be saved stays in its dialog, and the focus stays where it went', () => opened('folder names', async (page) => {
  const dialog = page.getByRole('dialog');
  const name = page.getByLabel('Name', { exact: true });
  const cut = (/** @type {number} */ times) => page.route('**/vault/change', (route) => route.abort(), { times });
  await page.getByRole('button', { name: 'New folder' }).click();
  await name.fill('Servers of the north');
  await cut(1);
  await dialog.getByRole('button', { name: 'Make folder' }).click();
  await dialog.getByText('The server cannot be reached. Nothing was changed.').waitFor();
  assert.equal(await name.inputValue(), 'Servers of the north');
  assert.ok(await name.evaluate((field) => field === document.activeElement));
  await assertAccessible(page);
  // A no of the server has its sentence.
  await page.route('**/vault/change', (route) => route.fulfill({ status: 403, json: { code: 'restricted-by-policy' } }), { times: 1 });
  await dialog.getByRole('button', { name: 'Make folder' }).click();
  await dialog.getByText('Your organisation does not let you do that. (restricted-by-policy)').waitFor();
  assert.equal(await name.inputValue(), 'Servers of the north');
  await dialog.getByRole('button', { name: 'Make folder' }).click();
  await page.getByText('This folder is empty.').waitFor();
  await page.getByRole('button', { name: 'Rename' }).click();
  await name.fill('South');
  await cut(1);
  await dialog.getByRole('button', { name: 'Rename' }).click();
  await dialog.getByText('Nothing was changed.').waitFor();
  assert.equal(await name.inputValue(), 'South');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'Servers of the north' }).waitFor();
  assert.deepEqual((await kept()).map(({ kind }) => kind), ['folder']);
  // Closing gives the focus back at once; what takes it after that keeps it.
  await page.getByRole('button', { name: 'Remove folder' }).click();
  const focused = await page.evaluate(async () => {
    const before = document.activeElement;
    /** @type {HTMLButtonElement} */ (document.querySelector('dialog button[type=button]')).click();
    const isBack = document.activeElement !== before && document.activeElement?.id === 'remove-folder';
    document.getElementById('search')?.focus();
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    return [isBack, document.activeElement?.id];
  });
  assert.deepEqual(focused, [true, 'search']);
}));

test('two pages at once: what does not touch is merged, what does is asked about, and only changes travel', () => opened('items at once', async (one, context) => {
  await world.save(one, { title: 'Shared', username: 'first' });
  for (const title of ['A', 'B', 'C']) await world.save(one, { title });
  const two = await context.newPage();
  await two.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(two, 'open');
  await world.save(two, { title: 'From two' });
  // The vault moved on, and what is saved here goes upon that.
  await world.save(one, { title: 'From one' });
  assert.deepEqual(await listed(one), ['A', 'B', 'C', 'From one', 'From two', 'Shared']);

  await pick(one, 'Shared');
  await one.getByRole('button', { name: 'Edit' }).click();
  await one.getByLabel('Username').fill('of one');
  await pick(two, 'Shared');
  await two.getByRole('button', { name: 'Edit' }).click();
  await two.getByLabel('Username').fill('of two');
  await two.getByRole('button', { name: 'Save', exact: true }).click();
  await isSaved(two);
  await one.getByRole('button', { name: 'Save', exact: true }).click();
  await one.getByText('This was changed on another device meanwhile.').waitFor();
  assert.equal(await one.getByLabel('Username').inputValue(), 'of one', 'nothing typed is lost');
  await one.getByRole('button', { name: 'Save yours as a new item' }).click();
  await isSaved(one);
  assert.deepEqual((await listed(one)).filter((title) => title === 'Shared').length, 2);

  // A visit asks for what changed since the last.
  /** @type {Promise<number>[]} */
  const rows = [];
  two.on('response', (response) => {
    if (response.url().includes('/vault/changes')) rows.push(response.json().then((answer) => answer.rows.length));
  });
  await two.reload();
  await world.reaches(two, 'open');
  assert.deepEqual(await Promise.all(rows), [0], 'both pages keep what they have in one place');
  assert.deepEqual((await listed(two)).length, 7);
}));

test('the server takes the next state of what is there, from a proven device, and nothing else', () => opened('items refused', async (page) => {
  await world.save(page, { title: 'One' });
  const at = await counter();
  const [item] = await kept();
  const before = await world.stack.snapshot(['session']);
  const sealed = (first = 1, length = 345) => Buffer.concat([Buffer.from([first]), Buffer.alloc(length - 1, 7)]).toString('base64');
  const root = ['root', 'manifest', at + 1, sealed()];
  /** @param {[number, string]} expected @param {unknown} body */
  const refused = async (expected, body) => {
    const [status, { code }] = await world.fetch(page, '/vault/change', body);
    assert.deepEqual([status, code], expected, JSON.stringify(body));
  };
  await refused([400, 'vault-malformed'], '{');
  await refused([400, 'vault-malformed'], { put: [root] });
  await refused([400, 'vault-malformed'], { put: [], removed: [] });
  await refused([400, 'vault-malformed'], { put: [root], removed: [], more: 1 });
  await refused([400, 'vault-malformed'], { put: [['i_a', 'item', 1, sealed(2)], root], removed: [] });
  await refused([400, 'vault-malformed'], { put: [['i_a', 'item', 1, sealed(1, 344)], root], removed: [] });
  await refused([400, 'vault-malformed'], { put: [['i_a', 'item', 1, sealed(1, 131_073)], root], removed: [] });
  await refused([400, 'vault-malformed'], { put: [['account-keys', 'account-keys', 2, sealed()], root], removed: [] });
  await refused([400, 'vault-malformed'], { put: [root], removed: [['root', at]] });
  await refused([409, 'vault-changed'], { put: [['root', 'manifest', at, sealed()]], removed: [] });
  await refused([409, 'vault-changed'], { put: [['root', 'manifest', at + 2, sealed()]], removed: [] });
  // The counter is right, and a revision, a kind, or what is to go is not.
  await refused([409, 'vault-changed'], { put: [[item.item, 'item', 1, sealed()], root], removed: [] });
  await refused([409, 'vault-changed'], { put: [[item.item, 'item', 3, sealed()], root], removed: [] });
  await refused([409, 'vault-changed'], { put: [['i_new', 'item', 2, sealed()], root], removed: [] });
  await refused([409, 'vault-changed'], { put: [root], removed: [['i_none', 1]] });
  await refused([409, 'vault-changed'], { put: [root], removed: [[item.item, 2]] });
  assert.deepEqual(await world.stack.snapshot(['session']), before, 'nothing is half written');
  for (const since of ['', 'x', '-1', '9007199254740992']) assert.deepEqual(await world.fetch(page, `/vault/changes?since=${since}`), [400, { code: 'vault-malformed' }], since);

  // A device that is blocked proves nothing any more, at once.
  await world.stack.query('UPDATE device SET blocked_at = 1');
  assert.deepEqual(await world.fetch(page, '/vault/changes?since=0'), [403, { code: 'device-not-proven' }]);
  await refused([403, 'device-not-proven'], { put: [root], removed: [] });
  await world.stack.query('UPDATE device SET blocked_at = NULL');
  assert.equal((await world.fetch(page, '/vault/changes?since=0'))[0], 200);
  // A session that proved none gets at nothing; nor does who has no session, or comes from elsewhere.
  await world.stack.query('DELETE FROM session_device');
  assert.deepEqual(await world.fetch(page, '/vault/changes?since=0'), [403, { code: 'device-not-proven' }]);
  await refused([403, 'device-not-proven'], { put: [root], removed: [] });
  for (const [path, init] of /** @type {[string, RequestInit][]} */ ([['/vault/changes?since=0', {}], ['/vault/change', { method: 'POST', body: '{"put":[],"removed":[]}', headers: { origin: world.stack.origin } }]])) {
    const response = await fetch(`${world.stack.origin}${path}`, init);
    assert.deepEqual([response.status, await response.json()], [401, { code: 'session-over' }]);
  }
  const elsewhere = await fetch(`${world.stack.origin}/vault/change`, { method: 'POST', body: '{"put":[],"removed":[]}', headers: { origin: 'https://evil.test' } });
  assert.deepEqual([elsewhere.status, await elsewhere.json()], [403, { code: 'cross-site' }]);
}));

test('a policy that lets nobody make records or folders is seen on the page and kept by the server', async () => {
  await world.stack.query(`UPDATE role SET policies = '{"restrict_create_record":true,"restrict_create_folder":true,"restrict_clipboard_seconds":0}'`);
  try {
    await opened('items restricted', async (page) => {
      await page.getByText('Your organisation does not let you make items.').waitFor();
      assert.equal(await page.getByRole('button', { name: 'New item' }).count(), 0);
      const sealed = Buffer.concat([Buffer.from([1]), Buffer.alloc(344)]).toString('base64');
      for (const [id, kind] of [['i_a', 'item'], ['f_a', 'folder']]) {
        assert.deepEqual(await world.fetch(page, '/vault/change', { put: [[id, kind, 1, sealed], ['root', 'manifest', 2, sealed]], removed: [] }), [403, { code: 'restricted-by-policy' }]);
      }
      assert.deepEqual(await kept(), []);
    });
  } finally {
    await world.stack.query("UPDATE role SET policies = '{}'");
  }
});

test('a server that leaves out, brings back or swaps what it keeps is told apart, each time with its code', () => opened('items of a hostile server', async (page, context) => {
  await world.save(page, { title: 'One', username: 'first' });
  const early = await world.stack.query('SELECT * FROM vault_sealed');
  await pick(page, 'One');
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Username').fill('second');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('heading', { name: 'One', level: 2 }).waitFor();
  await world.save(page, { title: 'Two' });
  const all = await world.stack.query('SELECT * FROM vault_sealed');
  const put = async (/** @type {any[]} */ rows) => {
    await world.stack.query('DELETE FROM vault_sealed');
    for (const row of rows) await world.stack.query(`INSERT INTO vault_sealed (${Object.keys(row).join()}) VALUES (${Object.keys(row).map(() => '?').join()})`, ...Object.values(row));
  };
  const of = (/** @type {any[]} */ rows, /** @type {string} */ id) => rows.find(({ item }) => item === id);
  const [one, two] = all.filter(({ kind }) => kind === 'item').sort((a, b) => b.revision - a.revision);
  /** The server keeps other rows; the browser has forgotten what it kept, but not what it remembers. @param {any[]} rows @param {string} code */
  const lie = async (rows, code) => {
    await put(rows);
    await page.evaluate(() => new Promise((done) => {
      const opening = indexedDB.open('keyward');
      opening.onsuccess = () => {
        const clearing = opening.result.transaction('sealed', 'readwrite');
        clearing.objectStore('sealed').clear();
        clearing.oncomplete = () => { opening.result.close(); done(undefined); };
      };
    }));
    await page.reload();
    await world.reaches(page, 'refused');
    assert.match(await page.locator('#vault').innerText(), new RegExp(`Your vault was not opened[^]*\\b${code}\\b`));
    assert.equal(await page.locator('#list li').count(), 0);
  };
  await lie(early, 'vault-rolled-back');
  await lie(all.filter(({ item }) => item !== two.item), 'item-left-out');
  await lie(all.map((row) => (row.item === one.item ? of(early, one.item) : row)), 'item-rolled-back');
  await lie(all.map((row) => (row.item === one.item ? { ...row, sealed: two.sealed } : row)), 'item-replaced');
  // Two lies at once: which is found first depends on the pages that the two are listed on.
  await lie(all.map((row) => (row.item === two.item ? { ...row, item: 'i_planted' } : row)), '(item-left-out|item-unlisted)');
  await lie([...all, { ...two, item: 'i_planted' }], 'item-unlisted');
  await lie(all.map((row) => (row.item === one.item ? { ...row, kind: 'folder' } : row)), 'item-not-opened');
  await lie(all.map((row) => (row.item === 'devices' ? { ...row, sealed: one.sealed } : row)), 'item-replaced');
  await lie(all.filter(({ item }) => item !== 'root'), '(item-left-out|vault-rolled-back)');
  await lie(all.map((row) => ({ ...row, sealed: row.item === two.item ? `${row.sealed.slice(0, 400)}` : row.sealed })), 'item-replaced');
  // The truth opens again.
  await put(all);
  await page.reload();
  await world.reaches(page, 'open');
  assert.deepEqual(await listed(page), ['One', 'Two']);
  // While it is open, too.
  await put(early);
  const other = await context.newPage();
  await other.goto('about:blank');
  await page.bringToFront();
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.getByText('vault-rolled-back').waitFor();
}, { serviceWorkers: 'block' }));

test('on a phone one thing is shown at a time', () => opened('items on a phone', async (page) => {
  await world.save(page, { title: 'Payroll', username: 'alice', password: 'x', website: 'https://pay.example/a/very/long/address/that/has/to/break/somewhere', note: 'two\nlines' });
  await assertAccessible(page);
  assert.equal(await page.locator('#list').isVisible(), false);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.getByRole('button', { name: '‹ Back' }).click();
  assert.equal(await page.locator('#detail').isVisible(), false);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await assertAccessible(page);
}, { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark' }));
