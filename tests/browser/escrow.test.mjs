// @ts-check
// Escrow in real Chromium: keys that admins make and share in their browsers, consent, a browser that an admin lets in, a fresh
// vault, a vault that is handed over; and a server that lies about any of it.
import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { root } from '../../scripts/lib/run.mjs';
import { assertAccessible, story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults(); });
beforeEach(() => world.forget());
after(() => world?.stop());

/**
 * A browser of somebody's, with their vault open.
 * @param {string} who @param {string} name @param {(page: Page) => Promise<void>} tell @param {(page: Page) => Promise<void>} [onTheWay]
 */
const browserOf = (who, name, tell, onTheWay = async () => {}) => story(world.browser, `escrow ${name}`, async (page) => {
  await world.signIn(page, '/vault/items', who);
  await onTheWay(page);
  await world.reaches(page, 'open');
  await tell(page);
});
/** @param {Page} page @param {string} path */
async function visit(page, path) {
  await page.goto(world.stack.origin + path);
  await world.reaches(page, 'open');
}
/** @param {Page} page @param {string} [place] */
const phrase = async (page, place = '#status') => (await page.locator(`${place} .phrase`).first().locator('span').allInnerTexts()).join(' ');
/** @param {string} sql @param {...unknown} values */
const one = async (sql, ...values) => (await world.stack.query(sql, ...values))[0];
const events = async () => (await world.stack.query("SELECT event FROM audit_event WHERE event LIKE 'escrow%' OR event LIKE '%_by_admin' OR event LIKE '%transfer%' OR event LIKE 'fresh%' ORDER BY time, id")).map(({ event }) => event);

/** A second browser of somebody's asks an admin. @param {Page} page @param {string} what */
async function askAdmin(page, what) {
  await world.reaches(page, 'waiting');
  if (what.includes('fresh')) {
    await page.getByText('I have no other browser and no phrase').click();
    await page.getByText('Then nobody can open your vault: not your organisation, and not this server.').waitFor();
  }
  await page.getByRole('button', { name: what }).click();
  await page.getByText('An admin was asked').waitFor();
  return phrase(page);
}
/** The admin picks the words. @param {Page} admin @param {string} words @param {string} yes */
async function pick(admin, words, yes) {
  const form = admin.locator('#queue form').filter({ has: admin.locator(`input[value="${words}"]`) });
  await form.locator(`input[value="${words}"]`).check();
  await form.getByRole('button', { name: yes }).click();
}

/** Keys of the server's own making, two of a chain. @param {Page} page @returns {Promise<string[]>} */
const plant = (page) => page.evaluate(async () => {
  const wasm = await import(/** @type {string} */ ('/wasm/keyward_pages.js'));
  await wasm.default({ module_or_path: new URL('/wasm/keyward_pages_bg.wasm', location.href) });
  const { tenant } = await (await fetch('/vault/keys')).json();
  const pair = async () => {
    const made = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const { d } = await crypto.subtle.exportKey('jwk', made.privateKey);
    return [new Uint8Array(await crypto.subtle.exportKey('raw', made.publicKey)), Uint8Array.from(atob(String(d).replaceAll('-', '+').replaceAll('_', '/')), (it) => it.charCodeAt(0))];
  };
  const first = wasm.PageKeys.begin(tenant, ...await pair(), ...await pair());
  const second = first.rotate(...await pair(), ...await pair());
  return [first, second].map((it) => btoa(String.fromCharCode(...it.statement)));
});

test('keys are made, agreed to, used, shared, changed, and nobody else gets at anything', () => browserOf('bob@acme.test', 'the admin', async (admin) => {
  assert.deepEqual(await world.fetch(admin, '/vault/organisation/state'), [403, { code: 'privilege-missing' }]);
  await world.empower('bob@acme.test');
  await visit(admin, '/admin/approvals');
  await assertAccessible(admin);
  await admin.getByRole('button', { name: 'Make the keys' }).click();
  await admin.locator('#record').waitFor();
  const keys = await phrase(admin, '#keys');
  assert.match(await admin.locator('#record').innerText(), /^keyward-escrow=[0-9a-f]{64}$/);
  await admin.getByText('Only one person holds the keys.').waitFor();
  await assertAccessible(admin);

  await browserOf('alice@acme.test', 'the member', async (alice) => {
    await world.save(alice, { title: 'Payroll', password: 'Sw0rdfish' });
    assert.equal((await one('SELECT count(*) AS n FROM escrow')).n, 0, 'nothing is sealed before the consent');
    await visit(alice, '/vault/devices');
    await alice.getByRole('button', { name: 'I agree' }).waitFor();
    assert.equal(await phrase(alice, '#escrow'), keys);
    await assertAccessible(alice);
    await alice.getByRole('button', { name: 'I agree' }).click();
    await alice.getByText('You agreed on').waitFor();
    assert.deepEqual(await world.stack.query('SELECT purpose, sequence, tenant_sequence FROM escrow ORDER BY purpose'), [{ purpose: 'approval', sequence: 1, tenant_sequence: 1 }, { purpose: 'transfer', sequence: 1, tenant_sequence: 1 }]);

    // Another browser of hers, which an admin lets in.
    await story(world.browser, 'escrow the second browser', async (second) => {
      await world.signIn(second);
      const words = await askAdmin(second, 'Ask an admin to let this browser in');
      await assertAccessible(second);
      await admin.locator('#queue form').waitFor();
      await assertAccessible(admin);
      // Nobody who has no privilege, and not she herself.
      assert.deepEqual(await world.fetch(alice, '/vault/organisation/queue'), [403, { code: 'privilege-missing' }]);
      const request = await one('SELECT user, device FROM device_request WHERE admin_expires_at > 0');
      assert.deepEqual(await world.fetch(alice, '/vault/organisation/deny', request), [403, { code: 'device-unknown' }]);
      // Where it takes two, the first approves and opens nothing.
      await world.stack.query('UPDATE tenant SET two_person_approval = 1');
      await admin.reload();
      await admin.locator('#queue form').waitFor();
      await pick(admin, words, 'Let in');
      await admin.locator('#queue').getByText('You approved it').waitFor();
      assert.deepEqual(await world.fetch(admin, '/vault/organisation/open', request), [403, { code: 'first-of-two' }]);
      assert.equal((await one("SELECT count(*) AS n FROM audit_event WHERE event = 'escrow_opened'")).n, 0);
      await world.stack.query('UPDATE tenant SET two_person_approval = 0');
      // Somebody else's wrap in her row is noticed before anything is computed with it.
      const [mine] = await world.stack.query("SELECT wrap FROM escrow WHERE purpose = 'approval'");
      const [other] = await world.stack.query("SELECT wrap FROM escrow WHERE purpose = 'transfer'");
      await world.stack.query("UPDATE escrow SET wrap = ? WHERE purpose = 'approval'", other.wrap);
      await admin.reload();
      await admin.locator('#queue form').waitFor();
      await pick(admin, words, 'Let in');
      await admin.getByText('wrap-not-signed').waitFor();
      await world.stack.query("UPDATE escrow SET wrap = ? WHERE purpose = 'approval'", mine.wrap);
      await admin.reload();
      await admin.locator('#queue form').waitFor();
      await pick(admin, words, 'Let in');
      await world.reaches(second, 'open');
      assert.deepEqual(await second.locator('#list b').allInnerTexts(), ['Payroll']);
      // Answered once.
      assert.deepEqual(await world.fetch(admin, '/vault/organisation/deny', request), [409, { code: 'request-answered' }]);
      // It takes over from her own signature which keys she agreed to: nobody asks her again.
      await visit(second, '/vault/devices');
      await second.getByText('You agreed on').waitFor();
    });
    // Each of her browsers tells her, until she has seen it.
    await visit(alice, '/vault/items');
    await alice.getByText(/bob@acme\.test let .+ in, /).waitFor();
    await assertAccessible(alice);
    await alice.getByRole('button', { name: 'I have seen it' }).click();
    await alice.locator('#notices').waitFor({ state: 'detached' });
    const [told] = await Promise.all([alice.waitForResponse((response) => response.url().endsWith('/vault/escrow')), visit(alice, '/vault/items')]);
    assert.deepEqual((await told.json()).notices, []);

    // A second admin: the words of her account are compared, then the words of the keys.
    await browserOf('carol@acme.test', 'the second admin', async (carol) => {
      await world.empower('carol@acme.test');
      await visit(carol, '/vault/devices');
      await carol.getByText('asks for the words of your account').waitFor();
      const account = (await carol.locator('#escrow .phrase').last().locator('span').allInnerTexts()).join(' ');
      await admin.getByLabel('E-mail of another admin').fill('carol@acme.test');
      await admin.getByRole('button', { name: 'Share the keys' }).click();
      const asked = admin.locator('dialog');
      await asked.getByText(account).waitFor();
      await asked.getByRole('button', { name: 'The words are the same' }).click();
      await admin.locator('#holders').getByText('carol@acme.test').waitFor();
      await visit(carol, '/admin/approvals');
      await carol.getByRole('button', { name: 'The words are the same' }).waitFor();
      assert.equal(await phrase(carol, '#keys'), keys);
      await carol.getByRole('button', { name: 'The words are the same' }).click();
      await carol.locator('#record').waitFor();
      assert.equal((await one("SELECT count(*) AS n FROM tenant_grant g JOIN user u ON u.id = g.admin WHERE u.email = 'carol@acme.test'")).n, 3);
      // She leaves: the keys change, and she holds none.
      const row = admin.locator('#holders li').filter({ hasText: 'carol@acme.test' });
      await row.getByRole('button', { name: 'Take away' }).click();
      await admin.locator('dialog').getByRole('button', { name: 'Change the keys' }).click();
      await row.waitFor({ state: 'detached' });
      assert.equal((await one("SELECT count(*) AS n FROM tenant_grant g JOIN user u ON u.id = g.admin WHERE u.email = 'carol@acme.test'")).n, 0);
    });
    // Until she visits, hers is sealed to the keys before: an admin who does not hold those is told who does.
    await world.stack.query("INSERT INTO device_request (tenant, user, device, name, encryption, signing, created_at, expires_at, admin_expires_at) SELECT d.tenant, d.user, 'd_late', 'A late browser', d.encryption, d.signing, ?, ?, ? FROM device d JOIN user u ON u.id = d.user WHERE u.email = 'alice@acme.test' LIMIT 1", Date.now(), Date.now(), Date.now() + 600_000);
    const late = admin.locator('#queue form').filter({ hasText: 'A late browser' });
    await late.getByRole('button', { name: 'Let in', disabled: false }).waitFor();
    const held = await world.stack.query("SELECT admin FROM tenant_grant WHERE sequence = 1 AND purpose = 'approval'");
    await world.stack.query("UPDATE tenant_grant SET admin = (SELECT id FROM user WHERE email = 'carol@acme.test') WHERE sequence = 1 AND purpose = 'approval'");
    await admin.reload();
    await late.getByText('Of your admins carol@acme.test can do this').waitFor();
    await late.getByRole('button', { name: 'Let in', disabled: true }).waitFor();
    await world.stack.query("UPDATE tenant_grant SET admin = ? WHERE sequence = 1 AND purpose = 'approval'", held[0].admin);
    await world.stack.query("DELETE FROM device_request WHERE device = 'd_late'");
    // Alice's browser follows, since the old key signed the new ones, and seals anew without a question.
    await visit(alice, '/vault/devices');
    await alice.getByText('You agreed on').waitFor();
    assert.deepEqual(await world.stack.query('SELECT DISTINCT tenant_sequence FROM escrow'), [{ tenant_sequence: 2 }]);
    assert.notEqual(await phrase(alice, '#escrow'), keys);

    // Keys of the server's own, at the end of the chain and in its place.
    const statements = await world.stack.query('SELECT sequence, statement FROM tenant_statement ORDER BY sequence');
    const planted = await plant(admin);
    for (const [change, code] of /** @type {[[number, string][], string][]} */ ([
      [[[1, planted[0]], [2, planted[1]]], 'statement-not-trusted'],
      [[[1, statements[0].statement], [2, planted[1]]], 'statement-not-trusted'],
    ])) {
      for (const [sequence, statement] of change) await world.stack.query('UPDATE tenant_statement SET statement = ? WHERE sequence = ?', statement, sequence);
      const before = await one("SELECT group_concat(wrap) AS wraps FROM escrow");
      await visit(alice, '/vault/devices');
      await alice.getByText(code).waitFor();
      assert.deepEqual(await one("SELECT group_concat(wrap) AS wraps FROM escrow"), before, 'nothing is sealed to them');
    }
    await assertAccessible(alice);
    for (const { sequence, statement } of statements) await world.stack.query('UPDATE tenant_statement SET statement = ? WHERE sequence = ?', statement, sequence);

    // She takes it back: what was sealed is gone.
    assert.equal((await world.fetch(alice, '/vault/escrow/withdraw', {}))[0], 200);
    assert.equal((await one('SELECT count(*) AS n FROM escrow')).n, 0);

    // Nothing opens her vault any more: a fresh one, and her old browser hears of it.
    await story(world.browser, 'escrow the fresh vault', async (fresh) => {
      await world.signIn(fresh);
      const words = await askAdmin(fresh, 'Ask for a fresh vault');
      await admin.locator(`#queue input[value="${words}"]`).waitFor();
      await pick(admin, words, 'Approve a fresh vault');
      await world.reaches(fresh, 'open');
      await fresh.getByText('Nothing is in it yet.').waitFor();
      await fresh.getByText('let you begin a fresh vault').waitFor();
      // Her old browser turned up: with it the old vault comes back, and the fresh one is put aside in turn.
      await alice.goto(`${world.stack.origin}/vault/items`);
      await world.reaches(alice, 'replaced');
      await alice.getByText('an admin approved it').waitFor();
      await assertAccessible(alice);
      for (const device of ['d_none', (await one('SELECT id FROM device')).id]) assert.deepEqual(await world.fetch(alice, '/vault/former/return', { device, proof: 'AAAA' }), [403, { code: 'device-unknown' }]);
      const { key: old } = await one("SELECT key FROM former_vault_part WHERE part = 'device' ORDER BY key LIMIT 1");
      assert.deepEqual(await world.fetch(alice, '/vault/former/return', { device: old, proof: 'AAAA' }), [403, { code: 'device-not-proven' }]);
      assert.deepEqual(await world.fetch(alice, '/vault/former/return', { phrase: 'A'.repeat(43) }), [403, { code: 'phrase-wrong' }]);
      const bringBack = async (/** @type {Page} */ page) => {
        await page.getByRole('button', { name: 'Bring this vault back' }).click();
        await page.locator('dialog').getByRole('button', { name: 'Bring it back' }).click();
      };
      await world.stack.query('UPDATE session SET authenticated_at = authenticated_at - 3600000');
      await bringBack(alice);
      await alice.getByRole('button', { name: 'Sign in as alice@acme.test' }).click();
      await world.reaches(alice, 'replaced');
      await bringBack(alice);
      await world.reaches(alice, 'open');
      await alice.locator('#list b').getByText('Payroll').waitFor();
      await alice.getByText('This vault was brought back in your name').waitFor();
      await assertAccessible(alice);
      await fresh.reload();
      await world.reaches(fresh, 'replaced');
      await fresh.getByText('You went back to another vault').waitFor();
      await assertAccessible(fresh);
      await world.stack.query('UPDATE session SET authenticated_at = authenticated_at + 3600000');
      await bringBack(fresh);
      await world.reaches(fresh, 'open');
      await fresh.getByText('Nothing is in it yet.').waitFor();
    });
    await alice.goto(`${world.stack.origin}/vault/items`);
    await world.reaches(alice, 'replaced');
    assert.ok((await one("SELECT count(*) AS n FROM former_vault_part WHERE part = 'sealed'")).n > 3);
    await world.stack.cron();
    assert.ok((await one('SELECT count(*) AS n FROM former_vault_part')).n > 3, 'it is kept for 30 days');
    await world.stack.query('UPDATE former_vault_part SET clears_at = 1');
    await world.stack.cron();
    assert.equal((await one('SELECT count(*) AS n FROM former_vault_part')).n, 0);
  });
  assert.deepEqual(await events(), ['escrow_keys_made', 'accept_transfer', 'device_approved_by_admin', 'escrow_opened', 'escrow_opened', 'device_approved_by_admin', 'escrow_keys_shared', 'escrow_keys_changed', 'escrow_withdrawn', 'fresh_vault_approved']);
  assert.equal((await one("SELECT count(*) AS n FROM audit_event WHERE event = 'former_vault_returned'")).n, 2);
}));

test('a policy asks for consent and holds the vault after its deadline; then a locked vault goes to another', () => browserOf('bob@acme.test', 'the admin who hands over', async (admin) => {
  await world.empower('bob@acme.test');
  await visit(admin, '/admin/approvals');
  await admin.getByRole('button', { name: 'Make the keys' }).click();
  await admin.locator('#record').waitFor();
  await world.stack.query(`UPDATE role SET policies = '{"require_escrow":5,"disable_onboarding":true}' WHERE name = 'Member'`);
  try {
    await browserOf('dora@acme.test', 'who leaves', async (dora) => {
      await dora.getByText('Your organisation asks for an answer until').waitFor();
      await world.save(dora, { title: 'Router', password: 'hunter2' });
      const consent = await one("SELECT c.asked_at, c.consented_at FROM escrow_consent c JOIN user u ON u.id = c.user WHERE u.email = 'dora@acme.test'");
      assert.ok(consent.asked_at > 0 && consent.consented_at === null);
      await world.stack.query('UPDATE escrow_consent SET asked_at = 1');
      assert.deepEqual(await world.fetch(dora, '/vault/changes?since=0'), [403, { code: 'escrow-due' }]);
      await dora.reload();
      await world.reaches(dora, 'consent');
      await assertAccessible(dora);
      await dora.getByRole('button', { name: 'I agree' }).click();
      await world.reaches(dora, 'open');
      assert.deepEqual(await dora.locator('#list b').allInnerTexts(), ['Router']);
      assert.deepEqual(await world.fetch(dora, '/vault/escrow/withdraw', {}), [403, { code: 'restricted-by-policy' }]);
      // The onboarding, which led to the question, knows the answer.
      await dora.goto(`${world.stack.origin}/onboarding?step=escrow_consent`);
      await dora.getByText('This is done.').waitFor();
      await world.stack.query(`UPDATE role SET policies = '{"disable_onboarding":true}'`);

      assert.deepEqual(await world.fetch(admin, '/vault/organisation/leaver', { email: 'dora@acme.test' }), [409, { code: 'not-locked' }]);
      await world.stack.query("UPDATE user SET status = 'locked', version = version + 1 WHERE email = 'dora@acme.test'");
      // In a browser that was left nobody is given anything: it takes a sign-in of the last minutes.
      await world.stack.query('UPDATE session SET authenticated_at = authenticated_at - 3600000');
      assert.deepEqual(await world.fetch(admin, '/vault/organisation/leaver', { email: 'dora@acme.test' }), [403, { code: 'sign-in-again' }]);
      await admin.getByRole('button', { name: 'Change the keys' }).click();
      await admin.locator('dialog').getByRole('button', { name: 'Change the keys' }).click();
      await admin.locator('dialog').getByRole('button', { name: 'Sign in again' }).click();
      await admin.getByRole('button', { name: 'Sign in as bob@acme.test' }).click();
      await world.reaches(admin, 'open');
      await admin.locator('#record').waitFor();
      await browserOf('carol@acme.test', 'who takes over', async (carol) => {
        await visit(carol, '/vault/devices');
        await carol.getByText('asks for the words of your account').waitFor();
        const account = (await carol.locator('#escrow .phrase').last().locator('span').allInnerTexts()).join(' ');
        await admin.getByLabel('E-mail of who left').fill('dora@acme.test');
        await admin.getByLabel('E-mail of who takes over').fill('carol@acme.test');
        await assertAccessible(admin);
        await admin.getByRole('button', { name: 'Hand over' }).click();
        await admin.locator('dialog').getByText(account).waitFor();
        await admin.locator('dialog').getByRole('button', { name: 'The words are the same' }).click();
        await admin.getByText('carol@acme.test finds it in their vault.').waitFor();
        // Only who it was handed to.
        assert.deepEqual((await world.fetch(admin, `/vault/escrow/handover?since=0&owner=${(await one("SELECT id FROM user WHERE email = 'dora@acme.test'")).id}`))[1], { rows: [] });
        await visit(carol, '/vault/items');
        await carol.getByRole('button', { name: 'Bring the items in' }).click();
        await carol.getByText('1 item is in your vault.').waitFor();
        await visit(carol, '/vault/items');
        await carol.locator('#list b').getByText('Router').waitFor();
      });
      assert.equal((await one('SELECT count(*) AS n FROM vault_handover')).n, 0);
      assert.deepEqual((await events()).slice(-4), ['accept_transfer', 'escrow_opened', 'vault_transferred', 'vault_transferred']);
      await world.stack.query("UPDATE user SET status = 'active', version = version + 1 WHERE email = 'dora@acme.test'");
      const { detail } = await one("SELECT detail FROM audit_event WHERE event = 'escrow_opened' ORDER BY time DESC LIMIT 1");
      assert.equal(detail, 'To hand the vault over.');
      // She sees it where she opens her vault the next time.
      await visit(dora, '/vault/items');
      await dora.getByText(/bob@acme\.test handed this vault over to carol@acme\.test, who can read what was in it, /).waitFor();
      await assertAccessible(dora);
    }, async (dora) => {
      await dora.getByRole('heading', { name: 'Let your organisation help you' }).waitFor();
      await dora.getByRole('link', { name: 'Open your vault' }).click();
    });
  } finally {
    await world.stack.query(`UPDATE role SET policies = '{"disable_onboarding":true}'`);
  }
}));

test('the phrase of a vault that a fresh one took the place of brings it back', () => story(world.browser, 'escrow the old phrase', async (page) => {
  await world.signIn(page);
  await world.reaches(page, 'open');
  await world.save(page, { title: 'Payroll', password: 'Sw0rdfish' });
  const words = await world.makePhrase(page);
  // As an approval puts it aside, by the same statements.
  const sql = (/** @type {string} */ name) => readFileSync(join(root, `crates/worker/src/store/sql/${name}.sql`), 'utf8');
  const { tenant, user } = await one('SELECT tenant, user FROM device');
  const [at, until] = [Date.now(), Date.now() + 86_400_000];
  await world.stack.query(sql('insert_former_vault'), tenant, user, at, until, user);
  await world.stack.query(sql('insert_former_vault_parts'), tenant, user, at, until);
  for (const name of ['delete_proofs_of_user', 'delete_devices_of_user', 'delete_vault_recovery', 'delete_vault_contents', 'delete_vault_statements']) await world.stack.query(sql(name), tenant, user);
  await browserOf('alice@acme.test', 'the fresh one', async (fresh) => {
    await fresh.getByText('Nothing is in it yet.').waitFor();
    await story(world.browser, 'escrow the third browser', async (third) => {
      await world.signIn(third);
      await world.reaches(third, 'waiting');
      await third.getByLabel('Or type your recovery phrase: 24 words').fill(words.join(' '));
      await third.getByRole('button', { name: 'Use the phrase' }).click();
      await third.locator('dialog').getByText('that one can be brought back within its 30 days').waitFor();
      await third.locator('dialog').getByRole('button', { name: 'Bring it back' }).click();
      await world.reaches(third, 'open');
      await third.locator('#list b').getByText('Payroll').waitFor();
      await third.getByText('by its recovery phrase').waitFor();
    });
    await fresh.reload();
    await world.reaches(fresh, 'replaced');
  });
}));

test('who alone holds the keys keeps them through a change of their own, and a recovery kit brings them back', () => browserOf('bob@acme.test', 'the kit', async (admin) => {
  await world.empower('bob@acme.test');
  await visit(admin, '/admin/approvals');
  await admin.getByRole('button', { name: 'Make the keys' }).click();
  await admin.getByText('No recovery kit was made of these keys.').waitFor();
  const grants = () => world.stack.query('SELECT admin_sequence AS account, count(*) AS n FROM tenant_grant GROUP BY admin_sequence');
  assert.deepEqual(await grants(), [{ account: 1, n: 3 }]);
  await visit(admin, '/vault/devices');
  await admin.locator('#keys').getByRole('button', { name: 'Change the keys' }).click();
  await admin.locator('dialog').getByRole('button', { name: 'Change the keys' }).click();
  await admin.getByText('Your vault has new keys.').waitFor();
  assert.deepEqual(await grants(), [{ account: 2, n: 3 }], 'in the same step');
  await visit(admin, '/admin/approvals');
  await admin.locator('#holders').getByText('approval, signing, transfer').waitFor();
  await admin.getByRole('button', { name: 'Make a recovery kit' }).click();
  await admin.locator('#kit-words').waitFor();
  await assertAccessible(admin);
  const words = await admin.locator('#kit-words li').allInnerTexts();
  assert.equal(words.length, 24);
  const [download] = await Promise.all([admin.waitForEvent('download'), admin.getByRole('button', { name: 'Save the file' }).click()]);
  const file = await download.path();
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(file, 'utf8'))), ['format', 'version', 'tenant', 'number', 'fingerprint', 'approval', 'transfer', 'signing']);
  // The words stay for as long as it takes to write them down: the page does not look anew beneath them.
  const looked = (/** @type {import('playwright-core').Request} */ request) => request.url().endsWith('/vault/organisation/state');
  assert.equal(await admin.waitForRequest(looked, { timeout: 4000 }).then(() => 'looked', () => 'waited'), 'waited');
  assert.equal(await admin.locator('#kit-words li').count(), 24);
  await admin.getByRole('button', { name: 'I have kept both' }).click();
  await admin.getByText('A recovery kit of these keys was made on').waitFor();

  // Everybody who held them lost them.
  await world.stack.query('DELETE FROM tenant_grant');
  await admin.reload();
  await world.reaches(admin, 'open');
  await admin.getByText('Use a recovery kit').click();
  await assertAccessible(admin);
  const use = async (/** @type {string} */ path, /** @type {string} */ phrase) => {
    await admin.getByLabel('The kit\u2019s file').setInputFiles(path);
    await admin.getByLabel('Its 24 words').fill(phrase);
    await admin.getByRole('button', { name: 'Bring the keys back' }).click();
  };
  const others = 'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art';
  await use(file, others);
  await admin.getByText('Those are not the words of that kit.').waitFor();
  assert.deepEqual(await world.fetch(admin, '/vault/organisation/regain', { proof: 'A'.repeat(86), grants: [] }), [403, { code: 'not-holder' }]);
  assert.deepEqual(await world.fetch(admin, '/vault/organisation/kit', {}), [403, { code: 'not-holder' }]);
  assert.deepEqual(await grants(), []);
  await use(file, words.join(' '));
  await admin.getByText('You hold the keys again.').waitFor();
  assert.deepEqual(await grants(), [{ account: 2, n: 3 }]);
  await admin.getByRole('button', { name: 'Make another recovery kit' }).waitFor();
  // They work: what changes them is signed by them.
  await admin.getByRole('button', { name: 'Change the keys' }).click();
  await admin.locator('dialog').getByRole('button', { name: 'Change the keys' }).click();
  await admin.getByText('No recovery kit was made of these keys.').waitFor();
  assert.deepEqual((await events()).slice(-4), ['escrow_keys_made', 'escrow_kit_made', 'escrow_keys_shared', 'escrow_keys_changed']);
}));

test('keys that nobody holds any more are begun anew, and no browser goes along unasked', () => browserOf('bob@acme.test', 'anew', async (admin) => {
  await world.empower('bob@acme.test');
  await visit(admin, '/admin/approvals');
  await admin.getByRole('button', { name: 'Make the keys' }).click();
  await admin.locator('#record').waitFor();
  const sealed = async () => (await one('SELECT group_concat(wrap) AS wraps FROM escrow')).wraps;
  await browserOf('alice@acme.test', 'whose organisation begins anew', async (alice) => {
    // A server that says that she has to agree, and has: she is asked all the same.
    await alice.route('**/vault/changes**', (route) => route.fulfill({ status: 403, json: { code: 'escrow-due' } }));
    await alice.route('**/vault/escrow', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...await response.json(), consentedAt: 1 } });
    });
    await alice.goto(`${world.stack.origin}/vault/items`);
    await world.reaches(alice, 'consent');
    await alice.getByRole('button', { name: 'I agree' }).waitFor();
    assert.equal(await sealed(), null);
    await alice.unrouteAll();
    await visit(alice, '/vault/devices');
    await alice.getByRole('button', { name: 'I agree' }).click();
    await alice.getByText('You agreed on').waitFor();
    const first = await sealed();

    // Whoever holds them shares them: they are not begun anew.
    assert.deepEqual(await world.fetch(admin, '/vault/organisation/keys', { statement: 'AAAA', grants: [], anew: true }), [409, { code: 'keys-held' }]);
    await world.stack.query('DELETE FROM tenant_grant');
    // Others in their place: refused; and where the server calls them begun anew, asked about, and sealed to by nobody.
    const [{ statement }] = await world.stack.query('SELECT statement FROM tenant_statement');
    await world.stack.query('UPDATE tenant_statement SET statement = ?', (await plant(admin))[0]);
    await visit(alice, '/vault/items');
    await alice.getByText('statement-not-trusted').waitFor();
    await world.stack.query('UPDATE tenant_statement SET is_anew = 1');
    const pick = async (/** @type {string} */ words, /** @type {boolean} */ right) => {
      const choices = await alice.locator('#escrow input[type=radio]').evaluateAll((all) => all.map((it) => /** @type {HTMLInputElement} */ (it).value));
      assert.equal(choices.length, 3);
      const wanted = choices.find((it) => (it === words) === right);
      await alice.locator(`#escrow input[value="${wanted}"]`).check();
      await alice.getByRole('button', { name: 'I agree' }).click();
    };
    await visit(alice, '/vault/items');
    await alice.getByRole('heading', { name: 'Your organisation\u2019s keys are others now' }).waitFor();
    await assertAccessible(alice);
    await alice.getByRole('button', { name: 'I agree' }).click();
    await alice.getByText('Pick the words that your admin read to you.').waitFor();
    assert.equal(await sealed(), first);
    await world.stack.query('UPDATE tenant_statement SET statement = ?, is_anew = 0', statement);
    await visit(alice, '/vault/devices');
    await alice.getByText('You agreed on').waitFor();

    await admin.reload();
    await admin.getByText('Nobody has a recovery kit').click();
    await assertAccessible(admin);
    const begin = async (/** @type {string} */ typed) => {
      await admin.getByRole('button', { name: 'Begin the keys anew' }).click();
      await admin.locator('dialog').getByLabel('To go on, type: begin anew').fill(typed);
      await admin.locator('dialog').getByRole('button', { name: 'Begin anew' }).click();
    };
    await begin('yes');
    await admin.getByText('That was not what you were to type.').waitFor();
    assert.equal(await sealed(), first);
    await begin('begin anew');
    await admin.locator('#holders').getByText('approval, signing, transfer').waitFor();
    assert.equal(await sealed(), null);
    const words = await phrase(admin, '#keys');
    // A domain that publishes the old fingerprint.
    await world.stack.query('UPDATE domain SET escrow = ?', 'a'.repeat(64));
    await visit(alice, '/vault/items');
    await alice.getByText('acme.test publishes another fingerprint.').waitFor();
    assert.ok(await alice.getByRole('button', { name: 'I agree' }).isDisabled());
    await world.stack.query('UPDATE domain SET escrow = NULL');
    await visit(alice, '/vault/items');
    await pick(words, false);
    await alice.getByText('You did not agree.').waitFor();
    assert.equal(await sealed(), null);
    await visit(alice, '/vault/devices');
    await pick(words, true);
    await alice.getByText('You agreed on').waitFor();
    assert.equal(await phrase(alice, '#escrow'), words);
    assert.equal((await one('SELECT count(*) AS n FROM escrow')).n, 2);
  });
  assert.deepEqual((await events()).slice(-4), ['escrow_keys_made', 'accept_transfer', 'escrow_keys_begun_anew', 'accept_transfer']);
}));

test('a consent that only the server knows of seals nothing', () => browserOf('bob@acme.test', 'who made the keys', async (admin) => {
  await world.empower('bob@acme.test');
  await visit(admin, '/admin/approvals');
  await admin.getByRole('button', { name: 'Make the keys' }).click();
  await admin.locator('#record').waitFor();
  const nothing = async () => assert.equal((await one('SELECT count(*) AS n FROM escrow')).n, 0);
  const isAsked = async (/** @type {Page} */ page) => {
    await page.getByRole('button', { name: 'I agree' }).waitFor();
    await nothing();
  };
  /** @param {Page} page */
  const claim = (page) => page.route('**/vault/escrow', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), consentedAt: 1, required: true } });
  });
  // Who made the keys knows them, and agreed to nothing.
  await claim(admin);
  await visit(admin, '/vault/items');
  await isAsked(admin);
  await browserOf('alice@acme.test', 'who took it back', async (alice) => {
    await visit(alice, '/vault/devices');
    await alice.getByRole('button', { name: 'I agree' }).click();
    await alice.getByText('You agreed on').waitFor();
    await alice.getByRole('button', { name: 'Take it back' }).click();
    await alice.locator('dialog').getByRole('button', { name: 'Take it back' }).click();
    await isAsked(alice);
    await claim(alice);
    await visit(alice, '/vault/items');
    await isAsked(alice);
    await alice.route('**/vault/changes**', (route) => route.fulfill({ status: 403, json: { code: 'escrow-due' } }));
    await alice.goto(`${world.stack.origin}/vault/items`);
    await world.reaches(alice, 'consent');
    await isAsked(alice);
    await alice.unrouteAll();
    await visit(alice, '/vault/devices');
    await alice.getByRole('button', { name: 'I agree' }).click();
    await alice.getByText('You agreed on').waitFor();
    assert.equal((await one('SELECT count(*) AS n FROM escrow')).n, 2);
  });
}));

test('of many who wait those who do longest are shown, and more as they are asked for', () => browserOf('bob@acme.test', 'many wait', async (admin) => {
  await world.empower('bob@acme.test');
  await browserOf('alice@acme.test', 'one of many', async () => {
    await story(world.browser, 'escrow another of many', async (second) => {
      await world.signIn(second);
      await askAdmin(second, 'Ask for a fresh vault');
    });
  });
  // As many more as if she had asked in as many browsers, each a second later.
  await world.stack.query(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
    INSERT INTO device_request (tenant, user, device, name, encryption, signing, created_at, expires_at, admin_expires_at, wants_fresh, via)
    SELECT tenant, user, 'd_' || printf('%020d', i), 'Browser ' || i, encryption, signing, created_at + i * 1000, expires_at, admin_expires_at + i * 1000, wants_fresh, via FROM device_request, n`);
  await visit(admin, '/admin/approvals');
  const forms = admin.locator('#queue form');
  const more = admin.locator('#queue').getByRole('button', { name: 'Show more' });
  await admin.getByText('These wait longest, and there are more.').waitFor();
  assert.equal(await forms.count(), 50);
  await forms.nth(49).getByText('in Browser 49,').waitFor();
  await assertAccessible(admin);
  // What was picked stays, and so does the keyboard.
  await forms.nth(0).locator('input').first().check();
  await more.focus();
  await admin.keyboard.press('Enter');
  await forms.nth(99).waitFor();
  assert.equal(await forms.count(), 100);
  assert.ok(await forms.nth(0).locator('input').first().isChecked());
  assert.ok(await more.evaluate((it) => it === document.activeElement));
  await more.click();
  await forms.nth(120).getByText('in Browser 120,').waitFor();
  assert.equal(await more.count(), 0);
  await forms.nth(120).getByRole('button', { name: 'Deny' }).click();
  await admin.getByText('Denied.').waitFor();
  await forms.nth(120).waitFor({ state: 'detached' });
  assert.equal(await forms.count(), 120);
}));
