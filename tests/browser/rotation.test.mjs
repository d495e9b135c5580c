// @ts-check
// New keys for a vault in real Chromium: every browser and the recovery phrase go on, what is removed is out; and wherever it is
// interrupted, the old state is whole or the new one is, and the next visit completes it.
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

/** How often the keys changed, from 1, and of which the devices' wraps are. */
const state = async () => (await world.stack.query('SELECT (SELECT max(sequence) FROM vault_statement) AS sequence, (SELECT group_concat(DISTINCT sequence) FROM device) AS wraps, (SELECT count(*) FROM device) AS devices'))[0];
const [open, moving] = [{ name: 'Change the keys' }, 'what is in it is being put under them'];

/** @param {Page} page */
async function toDevices(page) {
  await page.goto(`${world.stack.origin}/vault/devices`);
  await world.reaches(page, 'open');
  await page.locator('#keys').getByRole('button', open).waitFor();
}
/** @param {Page} page */
async function change(page) {
  await page.locator('#keys').getByRole('button', open).click();
  await page.locator('dialog').getByRole('button', open).click();
}
/** Nothing is under the former key any more. @param {Page} page */
const isDone = (page) => page.locator('#keys button:enabled').waitFor();
/** @param {Page} page */
const listed = (page) => page.locator('#list b').allInnerTexts();

/** @param {Page} one a browser with an open vault, on its devices @param {Page} two one that waits */
async function letIn(one, two) {
  await world.reaches(two, 'waiting');
  const words = (await two.locator('#status .phrase span').allInnerTexts()).join(' ');
  await one.locator(`#waiting input[value="${words}"]`).check();
  await one.getByRole('button', { name: 'Let in' }).click();
  await world.reaches(two, 'open');
}
/** @param {string} name @param {(page: Page, context: import('playwright-core').BrowserContext) => Promise<void>} tell */
const opened = (name, tell) => story(world.browser, name, async (page, context) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await world.save(page, { title: 'Payroll', password: 'Sw0rdfish' });
  await toDevices(page);
  await tell(page, context);
}, { serviceWorkers: 'block' });
/** @param {string} name @param {(page: Page) => Promise<void>} tell */
const another = (name, tell) => story(world.browser, name, async (page) => {
  await world.signIn(page);
  await tell(page);
}, { serviceWorkers: 'block' });

test('every browser and the phrase follow, who is removed is out, and old wraps open nothing', () => opened('rotation', async (one) => {
  const phrase = await world.makePhrase(one);
  await toDevices(one);
  await another('rotation, the second', async (two) => {
    await letIn(one, two);
    await another('rotation, the third', async (three) => {
      await letIn(one, three);
      // Removed, and the keys are changed as is offered: with a fourth that waits by words for the old keys.
      const [{ id }] = await world.stack.query('SELECT id FROM device ORDER BY created_at DESC LIMIT 1');
      const early = await world.stack.query('SELECT * FROM device WHERE id <> ?', id);
      const row = one.locator('#devices li').filter({ hasNotText: 'This browser' });
      await row.nth(1).waitFor();
      await world.stack.query('UPDATE device SET blocked_at = 1 WHERE id = ?', id);
      await one.locator('#devices').getByText('Blocked').waitFor();
      await one.locator('#keys').getByRole('button', open).click();
      assert.match(await one.locator('dialog').innerText(), /These browsers get the new keys: “.*”, “.*”\.[^]*blocked are removed: “[^”]*”\. Your recovery phrase goes on working\./);
      await assertAccessible(one);
      await one.locator('dialog').getByRole('button', open).click();
      await row.nth(1).waitFor({ state: 'detached' });
      await isDone(one);
      assert.deepEqual(await state(), { sequence: 2, wraps: '2', devices: 2 });
      await three.reload();
      await world.reaches(three, 'waiting');

      // The second has the vault open, with the old keys; what it saves goes under the new.
      await world.save(two, { title: 'From two' });
      await one.goto(`${world.stack.origin}/vault/items`);
      await world.reaches(one, 'open');
      assert.deepEqual(await listed(one), ['From two', 'Payroll']);
      await two.reload();
      await world.reaches(two, 'open');
      await three.getByLabel('Or type your recovery phrase: 24 words').fill(phrase.join(' '));
      await three.getByRole('button', { name: 'Use the phrase' }).click();
      await world.reaches(three, 'open');
      assert.deepEqual(await listed(three), ['From two', 'Payroll']);

      // What the server had before is of no use to it any more.
      const now = await world.stack.query('SELECT * FROM device ORDER BY created_at');
      const [mine] = early.filter((it) => it.id === now[0].id);
      /** @param {(answer: any) => void} lie @param {string} code */
      const refused = async (lie, code) => {
        await one.route('**/vault/prove', async (route) => {
          const response = await route.fetch();
          const answer = await response.json();
          lie(answer);
          await route.fulfill({ response, json: answer });
        });
        await one.reload();
        await world.reaches(one, 'refused');
        assert.match(await one.locator('#vault').innerText(), new RegExp(`\\b${code}\\b`));
        await one.unroute('**/vault/prove');
      };
      await refused((answer) => Object.assign(answer, { wrap: mine.wrap, share: mine.share }), 'wrap-not-signed');
      await refused((answer) => { answer.chain.pop(); }, 'statement-not-trusted');
      // Two remembers the second statement; a third that its key did not sign leads nowhere.
      await refused((answer) => { answer.chain.push(answer.chain[1]); }, 'statement-broken');
      await one.reload();
      await world.reaches(one, 'open');
    });
  });
  const [{ told }] = await world.stack.query("SELECT group_concat(detail) AS told FROM audit_event WHERE event = 'vault_keys_changed'");
  assert.equal(told, 'For 2 browsers.');
}));

test('interrupted anywhere, the old state is whole or the new one is, and the next visit completes it', () => opened('rotation interrupted', async (page, context) => {
  // Whatever statement of the batch fails, nothing is changed.
  const [change_, move] = ['**/vault/keys/change', '**/vault/keys/move'];
  let sent = '';
  await page.route(change_, async (route) => {
    sent = route.request().postData() ?? '';
    await route.abort();
  });
  await change(page);
  await page.getByText('The server cannot be reached. Nothing was changed.').waitFor();
  const before = await world.stack.snapshot(['session']);
  for (const write of ['INSERT ON vault_statement', 'UPDATE ON device', 'UPDATE ON vault_sealed', "INSERT ON audit_event WHEN new.event = 'vault_keys_changed'"]) {
    await world.stack.query(`CREATE TRIGGER planted BEFORE ${write} BEGIN SELECT raise(ABORT, 'planted'); END`);
    /** @type {import('playwright-core').APIResponse} */
    const answer = await context.request.post(`${world.stack.origin}/vault/keys/change`, { data: sent, headers: { origin: world.stack.origin } });
    await world.stack.query('DROP TRIGGER planted');
    assert.equal(answer.status(), 500, write);
    assert.deepEqual(await world.stack.snapshot(['session']), before, write);
  }
  await page.unroute(change_);
  await page.reload();
  await world.reaches(page, 'open');

  // It arrives, and the answer does not: the page sees by what the server has then. What is to be moved does not arrive.
  /** @type {(stopped: undefined) => void} */
  let tell;
  const stopped = new Promise((resolve) => { tell = resolve; });
  await page.route(move, async (route) => {
    await route.abort();
    if (page.url().endsWith('/vault/items')) tell(undefined);
  });
  await page.route(change_, async (route) => {
    await route.fetch();
    await route.abort();
  });
  await isDone(page);
  await change(page);
  await page.locator('#keys').getByText(moving).waitFor();
  assert.deepEqual(await state(), { sequence: 2, wraps: '2', devices: 1 });
  await page.unroute(change_);
  // The next visit opens what is under the former key, and is stopped again: once it is, or this visit would complete it.
  await page.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(page, 'open');
  assert.deepEqual(await listed(page), ['Payroll']);
  await stopped;
  await page.unroute(move);
  // The one after that completes it, and nothing is under the old key.
  const moved = page.waitForResponse((response) => response.url().endsWith('/vault/keys/move') && response.request().postData()?.includes('account-keys') === true);
  await toDevices(page);
  assert.equal((await moved).status(), 200);
  await isDone(page);
  await page.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(page, 'open');
  assert.deepEqual(await listed(page), ['Payroll']);
  // And then they may be changed again.
  await toDevices(page);
  await change(page);
  await page.getByText('Your vault has new keys.').waitFor();
  assert.deepEqual(await state(), { sequence: 3, wraps: '3', devices: 1 });
}));

test('of two browsers that change the keys at once one wins, and the other follows', () => opened('rotation at once', async (one) => {
  await another('rotation at once, the second', async (two) => {
    await letIn(one, two);
    await toDevices(two);
    /** @type {(() => void)[]} */
    const held = [];
    /** @type {number[]} */
    const answers = [];
    for (const page of [one, two]) {
      await page.route('**/vault/keys/change', async (route) => {
        if (held.length < 2) await new Promise((go) => { held.push(() => go(undefined)); if (held.length === 2) held.forEach((each) => each()); });
        await route.continue();
      });
      page.on('response', (response) => { if (response.url().endsWith('/vault/keys/change')) answers.push(response.status()); });
    }
    await Promise.all([change(one), change(two)]);
    const told = await Promise.all([one, two].map(async (page) => {
      const toast = page.locator('#toast').getByText(/Your vault has new keys\.|Its keys were changed in another browser just now\./);
      await toast.waitFor();
      return /another/.test(await toast.innerText());
    }));
    assert.deepEqual(told.sort(), [false, true]);
    await Promise.all([isDone(one), isDone(two)]);
    assert.deepEqual(answers.sort(), [200, 409]);
    assert.deepEqual(await state(), { sequence: 2, wraps: '2', devices: 2 });
    for (const page of [one, two]) {
      await page.goto(`${world.stack.origin}/vault/items`);
      await world.reaches(page, 'open');
      assert.deepEqual(await listed(page), ['Payroll']);
    }
  });
}));
