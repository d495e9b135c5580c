// @ts-check
// The vault in real Chromium: made at the first sign-in without a password, opened at the next without a question, refused
// where the server lies, and completed where something was cut off.
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { assertAccessible, story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
/** @type {Awaited<ReturnType<typeof startVaults>>['stack']} */
let stack;
/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  world = await startVaults();
  ({ stack, browser } = world);
});
after(() => world?.stop());

/** @param {Page} page @param {string} [to] */
const signIn = (page, to) => world.signIn(page, to);
/** @param {Page} page @param {string} state */
const reaches = (page, state) => world.reaches(page, state);
const forget = () => world.forget();

const vaults = async () => (await stack.query('SELECT (SELECT count(*) FROM vault_statement) AS statements, (SELECT count(*) FROM device) AS devices, (SELECT count(*) FROM vault_sealed) AS sealed'))[0];

test('the first sign-in makes a vault, the next opens it, and neither asks for anything', () => story(browser, 'vault', async (page) => {
  await signIn(page);
  await reaches(page, 'open');
  assert.deepEqual(await vaults(), { statements: 1, devices: 1, sealed: 3 });
  assert.match(await page.locator('#vault').innerText(), /Nothing is in it yet\.[^]*Chrome on Linux/);
  await assertAccessible(page);
  const before = await stack.snapshot(['session', 'session_device', 'device', 'saml_message', 'audit_event', 'user', 'pending_login', 'consumed_request', 'consumed_assertion']);

  await page.reload();
  await reaches(page, 'open');
  await world.signOut(page);
  await signIn(page);
  await reaches(page, 'open');
  // Coming back changes nothing but the record of it, and when the device was used.
  assert.deepEqual(await stack.snapshot(['session', 'session_device', 'device', 'saml_message', 'audit_event', 'user', 'pending_login', 'consumed_request', 'consumed_assertion']), before);
  const [{ proven }] = await stack.query('SELECT count(*) AS proven FROM session_device');
  assert.equal(proven, 2, 'one for each session');
  const [{ approved }] = await stack.query("SELECT count(*) AS approved FROM audit_event WHERE event = 'device_approved'");
  assert.equal(approved, 1);
}));

test('two tabs at once make one vault', async () => {
  await forget();
  await story(browser, 'vault in two tabs', async (one, context) => {
    await signIn(one, '/vault');
    await one.getByRole('heading', { name: /^Welcome/ }).waitFor();
    const two = await context.newPage();
    await Promise.all([one.goto(`${stack.origin}/vault/items`), two.goto(`${stack.origin}/vault/items`)]);
    await Promise.all([reaches(one, 'open'), reaches(two, 'open')]);
    assert.deepEqual(await vaults(), { statements: 1, devices: 1, sealed: 3 });
  });
});

test('an interruption anywhere leaves what the next visit completes', async () => {
  await forget();
  await story(browser, 'vault interrupted', async (page) => {
    await signIn(page, '/vault');
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
    const visit = () => page.goto(`${stack.origin}/vault/items`);
    // The network is gone before anything is sent.
    await page.route('**/vault/begin', (route) => route.abort());
    await visit();
    await reaches(page, 'offline');
    assert.equal((await vaults()).statements, 0);
    await page.unroute('**/vault/begin');
    // The vault arrives, and the answer does not.
    await page.route('**/vault/begin', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await visit();
    await reaches(page, 'offline');
    assert.deepEqual(await vaults(), { statements: 1, devices: 1, sealed: 3 });
    await page.unroute('**/vault/begin');
    // What is given out does not arrive.
    await page.route('**/vault/prove', (route) => route.abort());
    await visit();
    await reaches(page, 'offline');
    await page.unroute('**/vault/prove');
    await visit();
    await reaches(page, 'open');
    assert.deepEqual(await vaults(), { statements: 1, devices: 1, sealed: 3 });
  }, { serviceWorkers: 'block' });
});

test('another browser is told that it has no key, and is given nothing', async () => {
  await forget();
  await story(browser, 'vault here', async (page) => {
    await signIn(page);
    await reaches(page, 'open');
    await story(browser, 'vault elsewhere', async (other) => {
      await signIn(other);
      await reaches(other, 'waiting');
      const prove = (/** @type {string} */ device) => other.evaluate(async (id) => {
        const response = await fetch('/vault/prove', { method: 'POST', body: JSON.stringify({ device: id, proof: btoa('x'.repeat(64)) }) });
        return [response.status, await response.json()];
      }, device);
      assert.deepEqual(await prove('d_made_up'), [403, { code: 'device-unknown' }]);
      // It knows the device's name, and cannot sign for it.
      const [{ id }] = await stack.query('SELECT id FROM device');
      assert.deepEqual(await prove(id), [403, { code: 'device-not-proven' }]);
      assert.deepEqual(await vaults(), { statements: 1, devices: 1, sealed: 3 });
    });
  });
});

test('a server that lies is told apart, each time with its code', async () => {
  await forget();
  await story(browser, 'vault of a hostile server', async (page) => {
    await signIn(page);
    await reaches(page, 'open');
    const kept = await stack.query('SELECT * FROM vault_sealed ORDER BY item');
    const [device] = await stack.query('SELECT * FROM device');
    const [statement] = await stack.query('SELECT * FROM vault_statement');
    /** @param {(answer: any) => void} change @param {string} code */
    const lie = async (change, code) => {
      await page.route('**/vault/prove', async (route) => {
        const response = await route.fetch();
        const answer = await response.json();
        change(answer);
        await route.fulfill({ response, json: answer });
      });
      await page.reload();
      await reaches(page, 'refused');
      assert.match(await page.locator('#vault').innerText(), new RegExp(`\\b${code}\\b`));
      await page.unroute('**/vault/prove');
    };
    /** Another octet in the middle. @param {string} text */
    const flipped = (text) => {
      const octets = Buffer.from(text, 'base64');
      octets[octets.length >> 1] ^= 1;
      return octets.toString('base64');
    };
    await lie((answer) => { answer.wrap = flipped(answer.wrap); }, 'wrap-not-signed');
    await lie((answer) => { answer.share = flipped(answer.share); }, 'wrap-not-opened');
    await lie((answer) => { answer.wrap = Buffer.concat([Buffer.from([2]), Buffer.from(answer.wrap, 'base64').subarray(1)]).toString('base64'); }, 'wrap-version');
    await lie((answer) => { answer.chain[0] = flipped(answer.chain[0]); }, 'statement-not-trusted|statement-broken');
    await lie((answer) => { answer.chain = []; }, 'statement-count');
    await lie((answer) => { answer.keys.sealed = flipped(answer.keys.sealed); }, 'item-not-opened');
    await lie((answer) => { answer.keys.revision = 2; }, 'item-not-opened');
    await lie((answer) => { answer.keys = null; }, 'item-left-out');

    // It says that there is no vault, so that the browser would make one under its eyes.
    await page.route('**/vault/keys', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...await response.json(), chain: [] } });
    });
    await page.reload();
    await reaches(page, 'refused');
    assert.match(await page.locator('#vault').innerText(), /\bvault-missing\b/);
    await page.unroute('**/vault/keys');
    assert.deepEqual(await stack.query('SELECT * FROM vault_sealed ORDER BY item'), kept);

    // Another vault, made by a browser of the server's own for the same person, in place of this one.
    await forget();
    await story(browser, 'vault planted', async (mallory) => {
      await signIn(mallory);
      await reaches(mallory, 'open');
    });
    const { id, encryption, signing } = device;
    const [planted] = await stack.query('SELECT * FROM vault_statement');
    assert.notEqual(planted.statement, statement.statement);
    // The planted device's session refers to it by its own name.
    await stack.query('DELETE FROM session_device');
    await stack.query('UPDATE device SET id = ?, encryption = ?, signing = ?', id, encryption, signing);
    await page.reload();
    await reaches(page, 'refused');
    assert.match(await page.locator('#vault').innerText(), /\bstatement-not-trusted\b/);
  }, { serviceWorkers: 'block' });
});
