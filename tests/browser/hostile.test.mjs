// @ts-check
// A server that lies about whatever it keeps, in real Chromium against the Worker: each lie is in its database, or in its answer, and
// each is refused with a code and with words that say what to do. Some of it is of its own making (forge.mjs), some was true once or
// is true elsewhere.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { places } from '../support/stack.mjs';
import { account, read, wrap } from './forge.mjs';
import { story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => {
  world = await startVaults(undefined, ['mallory@beta.test']);
  // Another organisation on the same server.
  const made = await world.stack.seed({ name: 'Beta', connections: [{ ssoName: 'beta', domains: ['beta.test'], idpEntityId: world.idp.entityId, ssoUrl: world.idp.ssoUrl, certificates: [world.keys.base64] }] });
  world.idp.register({ ...places(world.stack.origin, made.connections[0]), certificate: made.spCertificates[0] });
});
beforeEach(() => world.forget());
after(() => world?.stop());

/** @param {string} name @param {string} who @param {(page: Page) => Promise<void>} tell */
const opened = (name, who, tell) => story(world.browser, `hostile ${name}`, async (page) => {
  await world.signIn(page, '/vault/items', who, who.endsWith('@beta.test') ? 'beta' : 'acme');
  await world.reaches(page, 'open');
  await tell(page);
}, { serviceWorkers: 'block' });
/** @param {string} table @param {string} who @returns {Promise<any[]>} */
const rows = (table, who) => world.stack.query(`SELECT t.* FROM ${table} t JOIN user u ON u.tenant = t.tenant AND u.id = t.user WHERE u.email = ?`, who);
/** Another first octet: the version of every format. @param {string} text @param {number} version */
const asVersion = (text, version) => Buffer.concat([Buffer.from([version]), Buffer.from(text, 'base64').subarray(1)]).toString('base64');

/** The page says that nothing was opened, why, and the code. @param {Page} page @param {string} code */
async function isRefused(page, code) {
  await world.reaches(page, 'refused');
  const text = await page.locator('#vault').innerText();
  assert.match(text, new RegExp(`Your vault was not opened\\s+[A-Z][^]{20,}\\.\\s+Tell your admin this code: ${code}$`, 'm'));
}

/**
 * Lies in the database, and tells the truth again.
 * @param {Page} page @param {string} code @param {string} table @param {Record<string, string | number>} values @param {string} where @param {...unknown} params
 */
async function lie(page, code, table, values, where, ...params) {
  const truth = await world.stack.query(`SELECT * FROM ${table} WHERE ${where}`, ...params);
  assert.equal(truth.length, 1);
  const set = (/** @type {Record<string, unknown>} */ to) => world.stack.query(`UPDATE ${table} SET ${Object.keys(to).map((name) => `${name} = ?`).join()} WHERE ${where}`, ...Object.values(to), ...params);
  await set(values);
  // What the browser keeps of the vault is not asked for again.
  await page.evaluate(() => new Promise((done) => {
    const opening = indexedDB.open('keyward');
    opening.onsuccess = () => {
      const clearing = opening.result.transaction('sealed', 'readwrite');
      clearing.objectStore('sealed').clear();
      clearing.oncomplete = () => { opening.result.close(); done(undefined); };
    };
  }));
  await page.reload();
  await isRefused(page, code);
  await set(Object.fromEntries(Object.keys(values).map((name) => [name, truth[0][name]])));
}

test('a wrap, a statement or keys of elsewhere, of before, of the server’s own or of a lower version open nothing', () => opened('to alice', 'alice@acme.test', (alice) => opened('and to carol', 'carol@acme.test', () => opened('and to mallory', 'mallory@beta.test', async () => {
  const [mine] = await rows('device', 'alice@acme.test');
  // A second browser of hers, let in by the first.
  await alice.goto(`${world.stack.origin}/vault/devices`);
  await world.reaches(alice, 'open');
  await story(world.browser, 'hostile, her second browser', async (two) => {
    await world.signIn(two);
    await world.reaches(two, 'waiting');
    const words = (await two.locator('#status .phrase span').allInnerTexts()).join(' ');
    await alice.locator(`#waiting input[value="${words}"]`).check();
    await alice.getByRole('button', { name: 'Let in' }).click();
    await world.reaches(two, 'open');
  });
  await alice.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(alice, 'open');
  const hers = (await rows('device', 'alice@acme.test')).find(({ id }) => id !== mine.id);
  const [carols] = await rows('device', 'carol@acme.test');
  const [mallorys] = await rows('device', 'mallory@beta.test');
  const [{ statement }] = await rows('vault_statement', 'alice@acme.test');
  const { fingerprint, octets } = read(statement);
  const [tenant, user] = [mine.tenant, mine.user];

  const device = ['tenant = ? AND user = ? AND id = ?', tenant, user, mine.id];
  const ofDevice = (/** @type {string} */ code, /** @type {Record<string, string>} */ values) => lie(alice, code, 'device', values, device[0], ...device.slice(1));
  for (const other of [carols, hers, mallorys]) {
    await ofDevice('wrap-not-signed', { wrap: other.wrap, share: other.share });
    await ofDevice('wrap-not-opened', { share: other.share });
  }
  const forged = account(tenant, user);
  const share = randomBytes(32);
  const binding = { purpose: 'device', tenant, owner: user, recipient: mine.id };
  for (const of of [fingerprint, forged.fingerprint]) await ofDevice('wrap-not-signed', { wrap: wrap({ ...binding, fingerprint: of }, forged.vaultKey, Buffer.from(mine.encryption, 'base64'), forged, share), share: share.toString('base64') });
  for (const version of [0, 2]) await ofDevice('wrap-version', { wrap: asVersion(mine.wrap, version) });

  const ofStatement = (/** @type {string} */ code, /** @type {string} */ other) => lie(alice, code, 'vault_statement', { statement: other }, 'tenant = ? AND user = ?', tenant, user);
  for (const who of ['carol@acme.test', 'mallory@beta.test']) await ofStatement('statement-elsewhere', (await rows('vault_statement', who))[0].statement);
  await ofStatement('statement-not-trusted', forged.statement);
  for (const version of [0, 2]) await ofStatement('statement-version', asVersion(statement, version));
  // One more, in her name, that her key did not sign.
  await world.stack.query('INSERT INTO vault_statement SELECT tenant, user, 2, ?, created_at FROM vault_statement WHERE tenant = ? AND user = ?', account(tenant, user, octets).statement, tenant, user);
  await alice.reload();
  await isRefused(alice, 'statement-broken');
  await world.stack.query('DELETE FROM vault_statement WHERE tenant = ? AND user = ? AND sequence = 2', tenant, user);

  const sealed = await rows('vault_sealed', 'alice@acme.test');
  const theirs = [...await rows('vault_sealed', 'carol@acme.test'), ...await rows('vault_sealed', 'mallory@beta.test')];
  for (const { item, sealed: mineSealed } of sealed.filter(({ item: id }) => ['root', 'account-keys'].includes(id))) {
    const ofItem = (/** @type {string} */ code, /** @type {string} */ other) => lie(alice, code, 'vault_sealed', { sealed: other }, 'tenant = ? AND user = ? AND item = ?', tenant, user, item);
    for (const other of theirs.filter(({ item: id }) => id === item)) await ofItem('item-not-opened', other.sealed);
    for (const version of [0, 2]) await ofItem('item-version', asVersion(mineSealed, version));
    await ofItem('item-not-opened', Buffer.from(mineSealed, 'base64').subarray(0, -1).toString('base64'));
  }
  await alice.reload();
  await world.reaches(alice, 'open');
}))));

test('other keys of who asks, or another account for who asks, are other words on the two screens', () => opened('who lets in', 'alice@acme.test', async (one) => {
  await one.goto(`${world.stack.origin}/vault/devices`);
  await world.reaches(one, 'open');
  const [{ tenant, user }] = await rows('device', 'alice@acme.test');
  const offered = async (/** @type {string} */ words) => {
    await one.reload();
    await one.locator('#waiting input').first().waitFor();
    return one.locator(`#waiting input[value="${words}"]`).count();
  };
  const shown = async (/** @type {Page} */ page) => {
    await world.reaches(page, 'waiting');
    return (await page.locator('#status .phrase span').allInnerTexts()).join(' ');
  };
  await story(world.browser, 'hostile, who asks', async (two) => {
    await world.signIn(two);
    const words = await shown(two);
    const [truth] = await rows('device_request', 'alice@acme.test');
    assert.equal(await offered(words), 1);
    for (const part of ['encryption', 'signing']) {
      await world.stack.query(`UPDATE device_request SET ${part} = ?`, account(tenant, user).encryption.point.toString('base64'));
      assert.equal(await offered(words), 0, part);
      await world.stack.query(`UPDATE device_request SET ${part} = ?`, truth[part]);
    }
    await world.stack.query('UPDATE device_request SET device = ?', 'd_other');
    assert.equal(await offered(words), 0, 'its ID');
    await world.stack.query('UPDATE device_request SET device = ?', truth.device);
    assert.equal(await offered(words), 1);
  });
  await world.stack.query('DELETE FROM device_request');
  await story(world.browser, 'hostile, who asks elsewhere', async (two) => {
    const forged = account(tenant, user);
    await two.route('**/vault/keys', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...await response.json(), chain: [forged.statement] } });
    });
    await world.signIn(two);
    assert.equal(await offered(await shown(two)), 0, 'the account');
    // None of these: it is denied, which who asks does not hear of.
    await one.getByRole('button', { name: 'Deny' }).click();
    await one.getByText('Denied.').waitFor();
    assert.deepEqual((await world.stack.query('SELECT answer FROM device_answer')).map(({ answer }) => answer), ['denied']);
    await world.reaches(two, 'waiting');
  }, { serviceWorkers: 'block' });
}));

test('by the phrase nobody gets another account, and a browser that has opened the vault no older state of it', () => opened('with a phrase', 'alice@acme.test', async (one) => {
  const phrase = await world.makePhrase(one);
  const [{ tenant, user }] = await rows('device', 'alice@acme.test');
  const use = async (/** @type {Page} */ page) => {
    await page.getByLabel('Or type your recovery phrase: 24 words').fill(phrase.join(' '));
    await page.getByRole('button', { name: 'Use the phrase' }).click();
  };
  /** @type {any} */
  let early;
  await story(world.browser, 'hostile, by the phrase', async (two) => {
    await world.signIn(two);
    await world.reaches(two, 'waiting');
    const forged = account(tenant, user);
    /** @param {(answer: any) => void} change @param {RegExp} code */
    const told = async (change, code) => {
      await two.route('**/vault/recovery/open', async (route) => {
        const response = await route.fetch();
        early = await response.json();
        const answer = structuredClone(early);
        change(answer);
        await route.fulfill({ response, json: answer });
      });
      await use(two);
      await two.locator('#status .error').getByText(code).waitFor();
      await two.unroute('**/vault/recovery/open');
    };
    const { fingerprint } = read((await rows('vault_statement', 'alice@acme.test'))[0].statement);
    for (const version of [0, 2]) {
      await told((answer) => { answer.locked = asVersion(answer.locked, version); }, /lock-version/);
      await told((answer) => { answer.wrap = asVersion(answer.wrap, version); }, /wrap-version/);
      await told((answer) => { answer.keys.sealed = asVersion(answer.keys.sealed, version); }, /item-version/);
    }
    await told((answer) => { answer.chain = [forged.statement]; }, /lock-not-opened/);
    await told((answer) => { answer.chain = []; }, /statement-count/);
    await told((answer) => { answer.chain.push(account(tenant, user, Buffer.from(answer.chain[0], 'base64')).statement); }, /statement-broken/);
    await told((answer) => { answer.encryption = forged.encryption.point.toString('base64'); }, /wrap-not-signed/);
    await told((answer) => { answer.wrap = wrap({ purpose: 'recovery', tenant, owner: user, recipient: user, fingerprint }, forged.vaultKey, Buffer.from(answer.encryption, 'base64'), forged); }, /wrap-not-signed/);
    await told((answer) => { answer.keys = null; }, /item-left-out/);
    await use(two);
    await world.reaches(two, 'open');
  }, { serviceWorkers: 'block' });

  // New keys; then the server pretends not to know this browser, and answers its phrase with what there was before.
  await one.goto(`${world.stack.origin}/vault/devices`);
  await one.locator('#keys').getByRole('button', { name: 'Change the keys' }).click();
  await one.locator('dialog').getByRole('button', { name: 'Change the keys' }).click();
  await one.getByText('Your vault has new keys.').waitFor();
  await one.route('**/vault/prove', (route) => route.fulfill({ status: 403, json: { code: 'device-unknown' } }));
  await world.stack.query('DELETE FROM session_device');
  await one.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(one, 'waiting');
  await one.unroute('**/vault/prove');
  await one.route('**/vault/recovery/open', (route) => route.fulfill({ json: early }));
  await one.route('**/vault/recovery/use', (route) => route.fulfill({ json: {} }));
  await use(one);
  await one.locator('#status .error').getByText('statement-not-trusted').waitFor();
  await one.unrouteAll();
  await use(one);
  await world.reaches(one, 'open');
}));

test('a server that says that a fresh vault was approved, or that there is none, makes no browser forget the one it opens', () => opened('who wants no other', 'alice@acme.test', async (page) => {
  await world.save(page, { title: 'Payroll' });
  const { tenant, user } = (await rows('vault_statement', 'alice@acme.test'))[0];
  const claim = (/** @type {string[]} */ chain) => page.route('**/vault/keys', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), chain } });
  });
  // Another vault is not taken for it.
  await page.route('**/vault/prove', (route) => route.fulfill({ status: 403, json: { code: 'device-unknown' } }));
  await claim([account(tenant, user).statement]);
  await page.goto(`${world.stack.origin}/vault/items`);
  await isRefused(page, 'statement-not-trusted');
  await page.unroute('**/vault/keys');
  await world.stack.query('DELETE FROM session_device');
  await page.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(page, 'waiting');
  await page.unroute('**/vault/prove');
  const [{ device }] = await rows('device_request', 'alice@acme.test');
  // Nor a fresh one begun, which nobody asked for here.
  await claim([]);
  await page.route('**/vault/devices/list', (route) => route.fulfill({ json: { approved: [device], hasPhrase: false, hasFormerPhrase: false, sequence: 1, hasEscrow: false, mayAskAdmins: true, admin: [{ device, until: Date.now() + 60_000, fresh: true }] } }));
  await isRefused(page, 'vault-missing');
  // It goes on remembering.
  assert.deepEqual(await page.evaluate(() => new Promise((done) => {
    const opening = indexedDB.open('keyward');
    opening.onsuccess = () => {
      const asked = opening.result.transaction('device').objectStore('device').getAll();
      asked.onsuccess = () => { opening.result.close(); done(asked.result.map((/** @type {{ hasOpened: boolean, pending?: object }} */ it) => [it.hasOpened, it.pending])); };
    };
  })), [[true, undefined]], 'and has made no other vault to send');
}));

test('a server that says of a browser that it is let in, and that it is not, is asked no longer', () => opened('who is let in and is not', 'alice@acme.test', async (page) => {
  let asked = 0;
  await page.route('**/vault/devices/ask', (route) => { asked += 1; return route.continue(); });
  const goes = async (/** @type {string} */ code) => {
    asked = 0;
    await page.goto(`${world.stack.origin}/vault/items`);
    await isRefused(page, code);
    assert.ok(asked <= 2, `${asked}`);
  };
  await page.route('**/vault/prove', (route) => route.fulfill({ status: 403, json: { code: 'device-unknown' } }));
  // The session is proven: it is told of all devices, this one among them.
  await goes('device-cleared');
  const [{ device }] = await rows('device_request', 'alice@acme.test');
  // Its own, and let in each time that it asks.
  for (const answer of [{ this: device }, { approved: [device], sequence: 1 }]) {
    await page.route('**/vault/devices/list', (route) => route.fulfill({ json: answer }));
    await goes('device-contradicted');
    await page.unroute('**/vault/devices/list');
  }
  await page.unrouteAll();
}));

test('a grant that is not the organisation’s key, and somebody else’s, are held by nobody', () => opened('an admin', 'bob@acme.test', (admin) => opened('another admin', 'carol@acme.test', async () => {
  await world.empower('bob@acme.test');
  await admin.goto(`${world.stack.origin}/admin/approvals`);
  await admin.getByRole('button', { name: 'Make the keys' }).click();
  await admin.locator('#record').waitFor();
  const [grant] = await world.stack.query('SELECT * FROM tenant_grant LIMIT 1');
  const [{ statement }] = await world.stack.query('SELECT statement FROM tenant_statement');
  const bob = (await rows('vault_statement', 'bob@acme.test'))[0];
  const carol = (await rows('vault_statement', 'carol@acme.test'))[0];
  /** @param {string} purpose @param {Record<string, string>} values @param {string} code */
  const told = async (purpose, values, code) => {
    const [truth] = await world.stack.query('SELECT * FROM tenant_grant WHERE purpose = ?', purpose);
    await world.stack.query('UPDATE tenant_grant SET wrap = ?, granted_by = ? WHERE purpose = ?', values.wrap, values.by, purpose);
    await admin.reload();
    await admin.locator('#toast').getByText(code).waitFor();
    await world.stack.query('UPDATE tenant_grant SET wrap = ?, granted_by = ? WHERE purpose = ?', truth.wrap, truth.granted_by, purpose);
  };
  const others = await world.stack.query("SELECT * FROM tenant_grant WHERE purpose = 'transfer'");
  await told('approval', { wrap: others[0].wrap, by: bob.user }, 'wrap-not-signed');
  await told('approval', { wrap: asVersion(others[0].wrap, 0), by: bob.user }, 'wrap-version');
  // Who gave it is what the server says: an account of its own for carol, and keys of its own.
  const forged = account(bob.tenant, carol.user);
  await world.stack.query('UPDATE vault_statement SET statement = ? WHERE user = ?', forged.statement, carol.user);
  const binding = { tenant: bob.tenant, owner: bob.tenant, recipient: bob.user, fingerprint: read(statement).fingerprint };
  const ofItsOwn = (/** @type {string} */ purpose) => wrap({ ...binding, purpose: `grant-${purpose}` }, forged.encryption.scalar, read(bob.statement).encryption, forged);
  await told('approval', { wrap: ofItsOwn('approval'), by: carol.user }, 'key-other');
  await told('transfer', { wrap: ofItsOwn('transfer'), by: carol.user }, 'key-other');
  await told('signing', { wrap: ofItsOwn('signing'), by: carol.user }, 'statement-not-trusted');
  assert.equal(grant.granted_by, bob.user);
  await admin.reload();
  await admin.locator('#record').waitFor();
})));
