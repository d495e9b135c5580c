// @ts-check
// A second browser in real Chromium: let in by the first, which picks the words of its screen; or by the recovery phrase. Until
// then its session gets at nothing.
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

/** A first browser with an open vault, and a second that waits. @param {string} name @param {(one: Page, two: Page) => Promise<void>} tell @param {{ prepare?: (one: Page) => Promise<void>, options?: import('playwright-core').BrowserContextOptions }} [how] */
const twoBrowsers = (name, tell, { prepare, options } = {}) => story(world.browser, name, async (one) => {
  await world.signIn(one);
  await world.reaches(one, 'open');
  await world.save(one, { title: 'Payroll', password: 'Sw0rdfish' });
  await one.goto(`${world.stack.origin}/vault/devices`);
  await world.reaches(one, 'open');
  await prepare?.(one);
  await story(world.browser, `${name}, the second`, async (two) => {
    await world.signIn(two);
    await world.reaches(two, 'waiting');
    await tell(one, two);
  }, options);
});
/** @param {Page} page */
const shown = async (page) => (await page.locator('#status .phrase span').allInnerTexts()).join(' ');
/** @param {Page} page @param {string} words */
const choice = (page, words) => page.locator(`#waiting input[value="${words}"]`);
/** What a session is told that nobody answered. */
const nothing = { approved: [], hasPhrase: false, hasFormerPhrase: false, sequence: 1, hasEscrow: false, mayAskAdmins: true, admin: [] };
const events = async () => (await world.stack.query("SELECT event, code FROM audit_event WHERE event LIKE 'device_%' OR event LIKE 'account_%' ORDER BY time, id")).map(({ event, code }) => (code ? `${event} ${code}` : event));

test('the first browser picks the words of the second, which goes on by itself with the same items', () => twoBrowsers('devices', async (one, two) => {
  await assertAccessible(two);
  const words = await shown(two);
  assert.equal(words.split(' ').length, 6, '66 bits');
  await choice(one, words).waitFor();
  assert.equal(await one.locator('#waiting input').count(), 3);
  await assertAccessible(one);
  await choice(one, words).check();
  await one.getByRole('button', { name: 'Let in' }).click();
  await world.reaches(two, 'open');
  assert.deepEqual(await two.locator('#list b').allInnerTexts(), ['Payroll']);
  await one.locator('#devices li').nth(1).waitFor();
  await assertAccessible(one);
  const [{ devices }] = await world.stack.query('SELECT count(*) AS devices FROM device');
  assert.equal(devices, 2);
  // From now on it opens by itself, and what one saves the other sees.
  await world.save(two, { title: 'From two' });
  await two.reload();
  await world.reaches(two, 'open');
  await one.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(one, 'open');
  assert.deepEqual(await one.locator('#list b').allInnerTexts(), ['From two', 'Payroll']);
}));

test('a session without a proven device gets at nothing but its own way in', () => twoBrowsers('devices unproven', async (one, two) => {
  const words = await shown(two);
  const before = await world.stack.snapshot(['session']);
  const [{ id }] = await world.stack.query('SELECT id FROM device');
  const [{ device }] = await world.stack.query('SELECT device FROM device_request');
  const filled = (/** @type {number} */ first, /** @type {number} */ length) => Buffer.concat([Buffer.from([first]), Buffer.alloc(length - 1)]).toString('base64');
  const change = { put: [['devices', 'devices', 2, filled(1, 345)], ['root', 'manifest', 3, filled(1, 345)]], removed: [] };
  for (const [path, body] of /** @type {[string, unknown][]} */ ([
    ['/vault/changes?since=0', undefined],
    ['/vault/change', change],
    ['/vault/devices/approve', { device, wrap: filled(1, 178), share: filled(0, 32), change }],
    ['/vault/devices/deny', { device }],
    ['/vault/devices/block', { device: id, blocked: true }],
    ['/vault/devices/remove', { device: id, change }],
    ['/vault/recovery/set', { locked: filled(1, 61), encryption: filled(4, 65), wrap: filled(1, 178), phrase: 'A'.repeat(43), change }],
    ['/vault/keys/change', { statement: '', wraps: [], recovery: null, change }],
    ['/vault/keys/move', change],
  ])) assert.deepEqual(await world.fetch(two, path, body), [403, { code: 'device-not-proven' }], path);
  assert.deepEqual(await world.fetch(two, '/vault/devices/list'), [200, nothing]);
  assert.deepEqual(await world.fetch(two, '/vault/recovery/open', { phrase: 'A'.repeat(43) }), [403, { code: 'phrase-wrong' }]);
  assert.deepEqual(await world.fetch(two, '/vault/prove', { device: id, proof: filled(0, 64) }), [403, { code: 'device-not-proven' }]);
  assert.deepEqual(await world.fetch(two, '/vault/prove', { device, proof: filled(0, 64) }), [403, { code: 'device-unknown' }]);
  const after = await world.stack.snapshot(['session']);
  assert.deepEqual({ ...after, audit_event: '' }, { ...before, audit_event: '' }, 'nothing but the wrong phrase is written down');
  assert.ok((await events()).includes('account_recovery_used phrase-wrong'));
  // Nobody asks in the name of a key that they do not have.
  const [asked] = await world.stack.query('SELECT encryption, signing FROM device_request');
  assert.deepEqual(await world.fetch(two, '/vault/devices/ask', { device: 'd_other', name: 'x', ...asked, proof: filled(0, 64) }), [403, { code: 'device-not-proven' }]);
  assert.ok(words);
}));

test('a denial is not told, a wrong pick denies, and a request is answered once', () => twoBrowsers('devices denied', async (one, two) => {
  const words = await shown(two);
  await choice(one, words).waitFor();
  const wrong = one.locator(`#waiting input:not([value="${words}"])`).first();
  await wrong.check();
  await one.getByRole('button', { name: 'Let in' }).click();
  await one.getByText('Those are not its words').waitFor();
  const [{ answer, device }] = await world.stack.query('SELECT answer, device FROM device_answer');
  assert.equal(answer, 'denied');
  assert.deepEqual(await world.fetch(one, '/vault/devices/deny', { device }), [409, { code: 'request-answered' }]);
  // The second browser hears of nothing.
  const heard = await two.waitForResponse((response) => response.url().endsWith('/vault/devices/list'));
  assert.deepEqual(await heard.json(), nothing);
  await world.reaches(two, 'waiting');
  // Until its request is too old; then it may ask again, as another device.
  await two.route('**/vault/devices/ask', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { until: Date.now() - 1 } });
  });
  await two.reload();
  await world.reaches(two, 'waiting-over');
  await assertAccessible(two);
  await two.unroute('**/vault/devices/ask');
  await two.getByRole('button', { name: 'Ask again' }).click();
  await world.reaches(two, 'waiting');
  assert.notEqual(await shown(two), words);
  await choice(one, await shown(two)).check();
  await one.getByRole('button', { name: 'Let in' }).click();
  await world.reaches(two, 'open');
}, { options: { serviceWorkers: 'block' } }));

test('a server that changes the keys of who asks, or the account that is asked for, changes the words', () => twoBrowsers('devices swapped', async (one, two) => {
  const words = await shown(two);
  await choice(one, words).waitFor();
  const [mine] = await world.stack.query('SELECT encryption FROM device');
  await world.stack.query('UPDATE device_request SET encryption = ?', mine.encryption);
  await one.reload();
  await one.locator('#waiting input').first().waitFor();
  assert.equal(await choice(one, words).count(), 0, 'the words of the screen are not among them');
}));

test('a browser is renamed, blocked, let back and removed', () => twoBrowsers('devices managed', async (one, two) => {
  await choice(one, await shown(two)).check();
  await one.getByRole('button', { name: 'Let in' }).click();
  await world.reaches(two, 'open');
  const row = one.locator('#devices li').filter({ hasNotText: 'This browser' });
  await row.getByRole('button', { name: 'Rename' }).click();
  await one.getByLabel('Name', { exact: true }).fill('Phone');
  await one.locator('dialog').getByRole('button', { name: 'Rename' }).click();
  await row.getByText('Phone').waitFor();
  await row.getByText(/^Last used /).waitFor();
  const notNow = () => one.locator('dialog').getByRole('button', { name: 'Cancel' }).click();
  await row.getByRole('button', { name: 'Block' }).click();
  await notNow();
  await row.getByText('Blocked').waitFor();
  assert.deepEqual(await world.fetch(two, '/vault/changes?since=0'), [403, { code: 'device-not-proven' }]);
  // It keeps its keys, and is told; it does not ask to be let in as another one.
  await two.reload();
  await world.reaches(two, 'refused');
  await two.getByText('It was blocked in another browser of yours.').waitFor();
  await row.getByRole('button', { name: 'Unblock' }).click();
  await row.getByRole('button', { name: 'Block', exact: true }).waitFor();
  await two.reload();
  await world.reaches(two, 'open');
  assert.equal((await world.fetch(two, '/vault/changes?since=0'))[0], 200);
  await row.getByRole('button', { name: 'Remove' }).click();
  await one.locator('dialog').getByRole('button', { name: 'Remove' }).click();
  await notNow();
  await row.waitFor({ state: 'detached' });
  assert.deepEqual(await world.fetch(two, '/vault/changes?since=0'), [403, { code: 'device-not-proven' }]);
  await two.reload();
  await world.reaches(two, 'waiting');
  // Its old request was answered; it has a new one, with other keys.
  await two.locator('#status .phrase').waitFor();
  await one.locator('#waiting input').first().waitFor();
}));

test('the recovery phrase lets a browser in, and only the right one does', async () => {
  /** @type {string[]} */
  let phrase = [];
  await twoBrowsers('devices recovered', async (one, two) => {
    const field = two.getByLabel('Or type your recovery phrase: 24 words');
    await field.fill(phrase.slice(1).join(' '));
    await two.getByRole('button', { name: 'Use the phrase' }).click();
    await two.getByText('phrase-count').waitFor();
    await field.fill([...phrase.slice(1), phrase[0]].join(' '));
    await two.getByRole('button', { name: 'Use the phrase' }).click();
    await two.getByText(/phrase-checksum|not the phrase/).waitFor();
    await field.fill(`${'abandon '.repeat(23)}art`);
    await two.getByRole('button', { name: 'Use the phrase' }).click();
    await two.getByText('That is not the phrase of this account.').waitFor();
    await assertAccessible(two);
    await field.fill(phrase.join('  ').toUpperCase());
    await two.getByRole('button', { name: 'Use the phrase' }).click();
    await world.reaches(two, 'open');
    assert.deepEqual(await two.locator('#list b').allInnerTexts(), ['Payroll']);
    assert.match(await two.locator('#devices').innerText(), /, /, 'it is in the list');
    await two.reload();
    await world.reaches(two, 'open');
    assert.ok((await events()).includes('account_recovery_setup'));
    assert.equal(JSON.stringify(await world.stack.snapshot()).includes(phrase.slice(0, 3).join(' ')), false);
    assert.ok(one);
  }, { prepare: async (one) => {
    await one.getByRole('link', { name: 'Recovery' }).click();
    await one.getByRole('button', { name: 'Make a phrase' }).click();
    phrase = await one.locator('#words li').allInnerTexts();
    assert.equal(phrase.length, 24);
    await assertAccessible(one);
    const label = await one.locator('label[for=word]').innerText();
    await one.locator('#word').fill('wrong');
    await one.getByRole('button', { name: 'It is on paper' }).click();
    await one.getByText('That is not word').waitFor();
    await one.locator('#word').fill(phrase[Number(/\d+$/.exec(label)?.[0]) - 1]);
    await one.getByRole('button', { name: 'It is on paper' }).click();
    await one.getByRole('button', { name: 'Make a new phrase' }).waitFor();
  } });
});

test('policies that allow neither own approval, nor an admin’s, nor a phrase are kept by the server', async () => {
  await world.stack.query(`UPDATE role SET policies = '{"device_approval_by_user":false,"device_approval_by_admin":false,"restrict_recovery_phrase":true}'`);
  try {
    await twoBrowsers('devices restricted', async (one, two) => {
      const words = await shown(two);
      await choice(one, words).waitFor();
      assert.ok(await one.getByRole('button', { name: 'Let in' }).isDisabled());
      await one.getByRole('link', { name: 'Recovery' }).click();
      await one.getByText('Your organisation does not let you have one.').waitFor();
      const [{ device }] = await world.stack.query('SELECT device FROM device_request');
      const filled = (/** @type {number} */ first, /** @type {number} */ length) => Buffer.concat([Buffer.from([first]), Buffer.alloc(length - 1)]).toString('base64');
      const restricted = [403, { code: 'restricted-by-policy' }];
      assert.deepEqual(await world.fetch(one, '/vault/devices/approve', { device, wrap: filled(1, 178), share: filled(0, 32), change: { put: [], removed: [] } }), restricted);
      assert.deepEqual(await world.fetch(one, '/vault/recovery/set', { locked: filled(1, 61), encryption: filled(4, 65), wrap: filled(1, 178), phrase: 'A'.repeat(43), change: { put: [], removed: [] } }), restricted);
      assert.deepEqual(await world.fetch(two, '/vault/recovery/open', { phrase: 'A'.repeat(43) }), restricted);
      // Nor is an admin asked, until they may be: then the page that waits says so by itself.
      await two.getByText('I have no other browser and no phrase').waitFor();
      assert.equal(await two.getByRole('button', { name: 'Ask for a fresh vault', includeHidden: true }).count(), 0);
      await world.stack.query("UPDATE role SET policies = '{}'");
      await two.getByRole('button', { name: 'Ask for a fresh vault', includeHidden: true }).waitFor({ state: 'attached' });
    });
  } finally {
    await world.stack.query("UPDATE role SET policies = '{}'");
  }
});
