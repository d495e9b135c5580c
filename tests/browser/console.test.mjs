// @ts-check
// The console in real Chromium: SimpleSAMLphp is connected by it alone, a test sign-in says what is wrong and how to mend it, a
// colleague signs in; and who manages one node is not offered another. axe on every page, by keyboard, on a phone.
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { newId } from '../../scripts/seed.mjs';
import { startDemoIdp } from '../idp/samlp/server.mjs';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { places, startStack } from '../support/stack.mjs';
import { startResolver } from '../worker/support/resolver.mjs';
import { EVERYTHING, api, item, part, peopleOf } from './console-support.mjs';
import { assertAccessible, startBrowser, story } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('../idp/simplesamlphp/simplesamlphp.mjs').SimpleSamlPhp} */
let php;
/** @type {Awaited<ReturnType<typeof startDemoIdp>>} */
let demo;
/** @type {Awaited<ReturnType<typeof startResolver>>[]} */
let resolvers;
/** @type {string} */
let tenant;
/** @type {ReturnType<typeof peopleOf>} */
let people;

const person = (/** @type {string} */ name, /** @type {string} */ domain, /** @type {string} */ first) => ({ username: name, password: `${name}-password`, attributes: { uid: [`${name}-0001`], mail: [`${name}@${domain}`], givenName: [first], sn: ['Bäcker & Söhne'] } });

before(async () => {
  resolvers = [await startResolver(), await startResolver()];
  const users = [person('bob', 'lab.test', 'Bob')];
  [stack, browser, php] = await Promise.all([startStack({ bindings: { KEYWARD_RESOLVERS: resolvers.map(({ url }) => url).join(' ') } }), startBrowser(), startSimpleSamlPhp({ users })]);
  const keys = selfSigned('demo');
  demo = await startDemoIdp({ keys });
  const made = await stack.seed({ name: 'Acme', connections: [{ ssoName: 'acme', domains: ['acme.test'], idpEntityId: demo.entityId, ssoUrl: demo.ssoUrl, certificates: [keys.base64] }] });
  tenant = made.tenant;
  people = peopleOf(stack, tenant);
  demo.register({ ...places(stack.origin, made.connections[0]), certificate: made.spCertificates[0] });
});
after(async () => {
  await browser?.close();
  await php?.stop();
  await demo?.stop();
  await stack?.stop();
  for (const resolver of resolvers ?? []) await resolver.stop();
});

/** Signs in at SimpleSAMLphp. @param {Page} page */
async function atPhp(page) {
  const username = page.getByLabel('Username');
  await username.or(page.getByText('Nobody was signed in')).waitFor();
  // Its session of the test before answers by itself.
  if (!(await username.isVisible())) return;
  await username.fill('bob');
  await page.getByLabel('Password').fill('bob-password');
  await page.getByRole('button', { name: 'Login' }).click();
}

/** Runs a test sign-in, and gives what it says. @param {Page} page */
async function tryIt(page) {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Test sign-in' }).click()]);
  await atPhp(popup);
  await popup.getByText('Nobody was signed in').waitFor();
  await popup.close();
  const failed = page.locator('#report li.failed');
  await page.locator('#report .checks').waitFor();
  return { failed, said: page.locator('#report .banner') };
}

test('SimpleSAMLphp is connected by the console alone, and a colleague signs in', () => story(browser, 'console connect', async (page, context) => {
  await people.signIn(page, 'alice@acme.test', '/vault');
  await people.promote('alice@acme.test', EVERYTHING);
  await page.goto(`${stack.origin}/admin`);
  await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  await assertAccessible(page);

  // A place of its own for the people of the lab.
  await item(page, 'Nodes').click();
  await page.getByText('New node').click();
  await page.getByLabel('Name').fill('Lab');
  await page.getByRole('button', { name: 'Make it' }).click();
  await part(page, 'Lab').waitFor();
  await assertAccessible(page);

  await item(page, 'Connections').click();
  await page.getByRole('link', { name: 'Connect a provider' }).click();
  await page.getByRole('radio', { name: 'SimpleSAMLphp' }).check();
  await page.getByLabel('At the node').selectOption({ label: '\u2003Lab' });
  await page.getByLabel('SSO name').fill('lab');
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Continue' }).click();

  // Its guide has our values; here is what its admin does with them.
  const values = part(page, 'Give it our values');
  const value = async (/** @type {string} */ label) => values.locator('dl', { has: page.locator('dt', { hasText: new RegExp(`^${label}$`) }) }).locator('code').innerText();
  const sp = { entityId: await value('The key of the entry'), acsUrl: await value('AssertionConsumerService') };
  await php.serve([sp]);
  await page.getByLabel('Or paste it').fill('<html/>');
  await page.getByRole('button', { name: 'Load', exact: true }).click();
  await page.getByRole('alert').getByText('take the whole document as SimpleSAMLphp gives it').waitFor();
  await page.getByLabel('Its address').fill(php.metadataUrl);
  await page.getByRole('button', { name: 'Load', exact: true }).click();
  await part(page, 'What was read').getByText(php.entityId).waitFor();
  await assertAccessible(page);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'What was read', 'what comes next has the keyboard');

  // The domain: claimed, published, seen.
  await item(page, 'Domains').click();
  await page.getByLabel('Domain').fill('lab.test');
  await page.getByRole('button', { name: 'Claim' }).click();
  const domain = part(page, 'lab.test');
  const record = await domain.locator('dl', { has: page.locator('dt', { hasText: /^Value$/ }) }).locator('code').innerText();
  await assertAccessible(page);
  for (const { texts } of resolvers) texts.set('_keyward-challenge.lab.test', [record]);
  await domain.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('It is looked for within a minute.').waitFor();
  await stack.cron();
  await domain.getByText('Reserved', { exact: true }).waitFor();

  // Reserved, and leads nowhere yet: the test says so.
  await item(page, 'Connections').click();
  await page.getByRole('link', { name: 'SimpleSAMLphp (lab)' }).click();
  await page.getByRole('link', { name: 'Go on with it' }).click();
  const { failed, said } = await tryIt(page);
  await failed.getByText('reserved, and leads to no connection').waitFor();
  await failed.getByText('Under Domains let the domain lead to this connection').waitFor();
  await assertAccessible(page);
  await item(page, 'Domains').click();
  await domain.getByLabel('Its people sign in by').selectOption({ label: 'SimpleSAMLphp (lab)' });
  await domain.getByRole('button', { name: 'Save' }).click();
  await page.getByText('From now on its people sign in there.').waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: 'Connect SimpleSAMLphp' }).waitFor();

  // What goes wrong on the other side, each told with its fix.
  for (const [change, reason, fix] of /** @type {[() => Promise<void>, RegExp, RegExp][]} */ ([
    [() => php.serve([{ ...sp, signResponse: false, signAssertion: false }]), /Neither the message nor an assertion in it is signed/, /Turn on signing/],
    [() => php.serve([{ ...sp, more: { authproc: { 60: { class: 'core:AttributeLimit', 0: 'givenName', 1: 'sn' } } } }]), /“mail” is missing/, /under this very name/],
  ])) {
    await change();
    const told = await tryIt(page);
    await told.failed.getByText(reason).waitFor();
    await told.failed.getByText(fix).waitFor();
    await said.getByText('A sign-in would have been refused.').waitFor();
  }
  // A certificate that is none of the provider's: pasted metadata of another.
  await php.serve([sp]);
  const pinned = (/** @type {string} */ base64) => part(page, 'What was read').getByText(createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex').toUpperCase().replace(/(..)(?=.)/g, '$1:').slice(0, 47));
  const other = selfSigned('other').base64;
  await page.getByLabel('Or paste it').fill((await (await fetch(php.metadataUrl)).text()).replaceAll(php.certificate, other));
  await page.getByRole('button', { name: 'Load again' }).click();
  await pinned(other).waitFor();
  const wrong = await tryIt(page);
  await wrong.failed.getByText(/not made with any of the IdP's certificates/).waitFor();
  await wrong.failed.getByText('signs with a certificate that this connection does not have. Load its metadata again').waitFor();

  await page.getByLabel('Its address').fill(php.metadataUrl);
  await page.getByRole('button', { name: 'Load again' }).click();
  await pinned(php.certificate).waitFor();
  await tryIt(page);
  await said.getByText('A sign-in would have succeeded.').waitFor();
  const known = await stack.query('SELECT email FROM user WHERE tenant = ?', tenant);
  assert.deepEqual(known.map(({ email }) => email), ['alice@acme.test'], 'no test made an account');

  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
  await page.getByRole('heading', { name: 'SimpleSAMLphp (lab)' }).waitFor();
  await page.getByText('Active', { exact: true }).waitFor();
  await assertAccessible(page);

  // The colleague, in a browser of theirs.
  const theirs = await browser.newContext();
  const colleague = await theirs.newPage();
  await colleague.goto(stack.origin);
  await colleague.getByLabel('E-mail').fill('bob@lab.test');
  await colleague.getByRole('button', { name: 'Continue' }).click();
  await colleague.getByRole('link', { name: 'Continue with SimpleSAMLphp' }).click();
  await colleague.getByLabel('Username').fill('bob');
  await colleague.getByLabel('Password').fill('bob-password');
  await colleague.getByRole('button', { name: 'Login' }).click();
  // They are new, and are walked through what there is to set up; nothing of it holds them.
  await colleague.waitForURL('**/onboarding?to=%2Fvault');
  await colleague.goto(`${stack.origin}/vault`);
  await colleague.getByRole('heading', { name: 'Bob Bäcker & Söhne' }).waitFor();
  await theirs.close();

  for (const name of ['People', 'Roles and policies', 'Health', 'Audit log', 'API tokens', 'Settings']) {
    await item(page, name).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await assertAccessible(page);
  }
  // Found, and why what applies to them does.
  await item(page, 'People').click();
  await page.getByRole('searchbox', { name: 'Name or e-mail' }).fill('bäck');
  await page.getByRole('searchbox', { name: 'Name or e-mail' }).press('Enter');
  await page.getByRole('link', { name: 'Bob Bäcker & Söhne' }).click();
  await page.getByRole('row', { name: /A session ends unused after, minutes 30 The default/ }).waitFor();
  await assertAccessible(page);
  await part(page, 'Claiming the account').getByLabel('They sign in by').selectOption({ label: 'Demo IdP (acme)' });
  await part(page, 'Claiming the account').getByRole('button', { name: 'Make a link' }).click();
  await part(page, 'Claiming the account').locator('code', { hasText: `${stack.origin}/claim/` }).waitFor();
  await page.getByRole('button', { name: 'Lock' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lock' }).click();
  await page.getByText('Locked', { exact: true }).waitFor();
  void context;
}));

test('who manages one node is offered that and no more, on a phone and by keyboard', () => story(browser, 'console one node', async (page) => {
  await people.signIn(page, 'bob@acme.test', '/vault');
  await page.goto(`${stack.origin}/admin`);
  await page.getByRole('heading', { name: 'You manage nothing here' }).waitFor();
  await stack.query("INSERT INTO node (tenant, id, parent, name, created_at) SELECT tenant, ?, id, 'Field', 0 FROM node WHERE tenant = ? AND parent IS NULL", newId('n'), tenant);
  await people.promote('bob@acme.test', ['manage_users', 'view_audit'], 'Field');
  await page.reload();
  await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Menu' }).focus();
  await page.keyboard.press('Enter');
  const items = await page.getByRole('navigation', { name: 'Admin' }).getByRole('link').allInnerTexts();
  assert.deepEqual(items, ['People', 'Nodes', 'Roles and policies', 'Health', 'Audit log', 'API tokens', 'Settings', 'My account']);
  await page.keyboard.press('Escape');
  await assertAccessible(page);
  // Nobody of another node is there, by list or by address.
  await page.getByRole('heading', { name: 'Nobody' }).waitFor();
  const [alice] = await stack.query("SELECT id FROM user WHERE tenant = ? AND email LIKE 'bob@acme%'", tenant);
  await page.goto(`${stack.origin}/admin/person/${alice.id}`);
  await page.getByRole('heading', { name: 'Not here' }).waitFor();
  await page.goto(`${stack.origin}/admin/connections`);
  await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width}`);
}, { viewport: { width: 390, height: 844 } }));

test('a wrong audience and an expired certificate are named with the fix; a draft, and its activation, disturb nobody', () => story(browser, 'console drafts', async (page) => {
  const expired = selfSigned('expired', { days: 9, from: new Date(Date.now() - 10 * 86_400_000) });
  const other = await startDemoIdp({ keys: expired });
  const theirs = await browser.newContext();
  try {
    await people.signInAsAdmin(page, 'alice@acme.test');
    const member = await theirs.newPage();
    await people.signIn(member, 'bob@acme.test', '/vault');
    const { items } = await api(page, 'GET', '/connections');
    const { id, active } = items.find((/** @type {any} */ it) => it.sso_name === 'acme');
    const sp = { ...places(stack.origin, id), audience: /** @type {string | undefined} */ ('https://other.test/metadata') };
    other.register(sp);
    await api(page, 'PUT', `/connections/${id}/draft`, { ...active, idp_name: 'The other one', idp_entity_id: other.entityId, sso_url: other.ssoUrl, certificates: [expired.base64], sign_requests: false });

    await page.goto(`${stack.origin}/admin/connect/${id}/generic`);
    const tried = async () => {
      const [popup] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Test sign-in' }).click()]);
      await popup.getByRole('button', { name: 'Sign in as alice@acme.test' }).click();
      await popup.getByText('Nobody was signed in').waitFor();
      await popup.close();
      await page.locator('#report .checks').waitFor();
    };
    const line = (/** @type {string} */ title) => page.locator('#report li', { has: page.getByText(title, { exact: true }) });
    await tried();
    await line('Audience').getByText('https://other.test/metadata').waitFor();
    await line('Audience').getByText('At the identity provider set the audience (also called entity ID or identifier) to our entity ID').waitFor();
    await page.getByText('A sign-in would have been refused.').waitFor();
    await assertAccessible(page);
    sp.audience = undefined;
    await tried();
    await page.locator('#report li.warned').getByText(/A certificate of the draft expired at/).waitFor();
    await page.locator('#report li.warned').getByText('To mend it:').waitFor();

    // Members notice neither the draft nor the day on which it becomes what is active.
    await member.reload();
    await member.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(new URL(member.url()).pathname, '/vault');
    await api(page, 'PUT', `/connections/${id}/draft`, { ...active, idp_name: 'Demo IdP, renamed' });
    await page.reload();
    await page.getByRole('button', { name: 'Activate', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('heading', { name: 'Demo IdP, renamed (acme)' }).waitFor();
    await member.reload();
    await member.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(new URL(member.url()).pathname, '/vault');
    // And back, which disturbs them no more.
    await part(page, 'Ways back').getByRole('button', { name: 'Go back to it' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Go back' }).click();
    await page.getByText('What was active before is active again.').waitFor();
    await page.getByRole('heading', { name: `${active.idp_name} (acme)` }).waitFor();
    await member.reload();
    await member.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(new URL(member.url()).pathname, '/vault');
    await page.getByRole('switch', { name: 'Ask for a fresh sign-in each time' }).check();
    await page.getByText('Saved. It counts from the next request on.').waitFor();
    assert.equal((await api(page, 'GET', `/connections/${id}`)).force_authn, true);
    await api(page, 'PATCH', `/connections/${id}`, { force_authn: false });
    await assertAccessible(page);
  } finally {
    await theirs.close();
    await other.stop();
  }
}));

test('an admin invites by a file, shows a logo and a colour, takes the log away, and sees who waits', () => story(browser, 'console daily', async (page) => {
  await people.signInAsAdmin(page, 'alice@acme.test');
  await item(page, 'People').click();
  await page.getByText('Invite many by a file').click();
  await page.getByLabel('CSV file').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from('email,name\ncarol@acme.test,Carol Carver\nnobody,X\ncarol@acme.test,Again\nalice@acme.test,Alice\n') });
  await page.getByRole('button', { name: 'Look at it' }).click();
  const preview = page.locator('#preview');
  const line = (/** @type {RegExp} */ name) => preview.getByRole('row', { name });
  await line(/nobody.*Not an e-mail address/).waitFor();
  await line(/Again.*Stands above already/).waitFor();
  assert.deepEqual(await stack.query("SELECT email FROM user WHERE tenant = ? AND email LIKE 'carol%'", tenant), [], 'nobody is invited by looking');
  await assertAccessible(page);
  await preview.getByRole('button', { name: 'Invite 2 people' }).click();
  await preview.getByText('1 of 4 are invited.').waitFor();
  await line(/Carol Carver.*Invited/).waitFor();
  await line(/alice@acme\.test.*Not invited.*There is an account with this e-mail already/).waitFor();
  await page.getByRole('searchbox', { name: 'Name or e-mail' }).fill('carv');
  await page.getByRole('searchbox', { name: 'Name or e-mail' }).press('Enter');
  await page.locator('#found').getByRole('link', { name: 'Carol Carver' }).click();
  await part(page, 'Browsers').getByText('None: there is no vault yet.').waitFor();
  await assertAccessible(page);

  // Who waits for an admin is counted beside the page that answers them.
  const [{ id: carol }] = await stack.query("SELECT id FROM user WHERE tenant = ? AND email = 'carol@acme.test'", tenant);
  const [{ id: via }] = await stack.query("SELECT id FROM connection WHERE tenant = ? AND sso_name = 'acme'", tenant);
  await stack.query("INSERT INTO device_request (tenant, user, device, name, encryption, signing, created_at, expires_at, admin_expires_at, via) VALUES (?, ?, 'd_aaaaaaaaaaaaaaaaaaaa', 'Firefox', ?, ?, 1, 2, ?, ?)", tenant, carol, 'A'.repeat(88), 'A'.repeat(88), Date.now() + 1e8, via);
  await page.reload();
  await page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name: 'Approvals 1 waits' }).waitFor();
  await stack.query("DELETE FROM device_request WHERE device = 'd_aaaaaaaaaaaaaaaaaaaa'");

  // A colour that cannot be read is refused beside the field, and one that can is where people sign in.
  await item(page, 'Settings').click();
  const look = part(page, 'Where people sign in');
  await look.getByLabel('Colour').fill('#ffcc00');
  await look.getByRole('button', { name: 'Save the colour' }).click();
  await look.getByRole('alert').getByText(/too light to be read/).waitFor();
  await look.getByLabel('Colour').fill('#7c2d12');
  await look.getByRole('button', { name: 'Save the colour' }).click();
  await look.getByRole('button', { name: 'Use ours again' }).waitFor();
  await look.getByLabel('Logo').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') });
  await look.getByRole('button', { name: 'Show the logo' }).click();
  await look.getByRole('img', { name: /^The logo of / }).waitFor();
  const extension = part(page, 'Browser extension');
  await extension.getByLabel('Firefox').fill('https://addons.mozilla.org/firefox/addon/x');
  // “Saved.” may still be there from before.
  const saves = (/** @type {string} */ path, /** @type {import('playwright-core').Locator} */ button) => Promise.all([page.waitForResponse((response) => response.url().includes(path) && response.request().method() !== 'GET' && response.ok()), button.click()]);
  await saves('/tenant/extension-links/firefox', extension.getByRole('button', { name: 'Save the addresses' }));
  assert.equal((await api(page, 'GET', '/tenant/extension-links')).items[0].browser, 'firefox');
  const mail = part(page, 'Mail');
  await mail.getByLabel('Who sends them').selectOption({ label: 'A service of yours, over HTTPS' });
  await mail.getByLabel('From').fill('it@acme.test');
  await mail.getByLabel('Where it takes mail').fill('https://mail.example.com/send');
  await mail.getByLabel('Its secret').fill('a-secret-of-the-service');
  await mail.getByRole('button', { name: 'Save' }).click();
  await mail.getByRole('button', { name: 'Send me one' }).waitFor();
  assert.equal((await api(page, 'GET', '/tenant/mail')).from, 'it@acme.test');
  await mail.getByLabel('Who sends them').selectOption('');
  await mail.getByRole('button', { name: 'Save' }).click();
  await mail.getByRole('button', { name: 'Send me one' }).waitFor({ state: 'detached' });
  await part(page, 'Audit log').getByLabel('Days').fill('400');
  await saves('/tenant', part(page, 'Audit log').getByRole('button', { name: 'Save the days' }));
  assert.equal((await api(page, 'GET', '/tenant')).audit_days, 400);

  // How long sessions last: a role of its own, at every node and for everybody who is there.
  const sessions = part(page, 'Sessions');
  await sessions.getByLabel('Unused, minutes').fill('20');
  await sessions.getByLabel('At the longest, hours').fill('8');
  await sessions.getByRole('button', { name: 'Save the limits' }).click();
  await page.getByText('Give them to those that are there, too.').waitFor();
  await sessions.getByRole('button', { name: 'Give it to all accounts that are there' }).click();
  await sessions.getByText(/^Done: looked at \d+ accounts, given to [1-9]/).waitFor();
  const { items: apply } = await api(page, 'GET', `/users/${carol}/policies?limit=100`);
  const value = (/** @type {string} */ policy) => apply.find((/** @type {any} */ it) => it.policy === policy).value;
  assert.deepEqual([value('session_idle_minutes'), value('session_max_hours')], [20, 8]);
  const { items: nodes } = await api(page, 'GET', '/nodes?limit=100');
  const [{ id: limits }] = await stack.query("SELECT id FROM role WHERE tenant = ? AND name = 'Session defaults'", tenant);
  assert.ok(nodes.every((/** @type {any} */ it) => it.default_roles.includes(limits)), 'who comes later has it too');
  await page.reload();
  assert.equal(await part(page, 'Sessions').getByLabel('Unused, minutes').inputValue(), '20');
  await assertAccessible(page);

  // Nobody here comes in where single sign-on does not work: it is told where nobody would look for it.
  await page.getByRole('navigation', { name: 'Admin' }).getByRole('link', { name: 'Health ! something to mend' }).click();
  await page.getByText('No admin can sign in outside single sign-on.').waitFor();
  await assertAccessible(page);

  // A list that is longer than a page says so, and goes on.
  await stack.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120) INSERT INTO role (tenant, id, node, name, created_at) SELECT tenant, 'r_many' || i, id, 'Many ' || i, 0 FROM n, node WHERE tenant = ? AND parent IS NULL", tenant);
  await item(page, 'Roles and policies').click();
  await page.getByText('100 are shown, and there are more.').waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  const [{ n: roles }] = await stack.query('SELECT count(*) AS n FROM role WHERE tenant = ?', tenant);
  await page.getByText(`${roles} in all.`).waitFor();
  assert.equal(await page.locator('tbody tr').count(), roles);
  assert.equal(await page.locator('tbody tr').nth(100).getByRole('link').evaluate((it) => it === document.activeElement), true, 'the keyboard goes on with what is new');
  await assertAccessible(page);
  await stack.query("DELETE FROM role WHERE tenant = ? AND id LIKE 'r_many%'", tenant);
  await assertAccessible(page);
  const theirs = await browser.newContext({ colorScheme: 'dark' });
  const visitor = await theirs.newPage();
  await visitor.goto(`${stack.origin}/sso/acme`);
  assert.equal(await visitor.locator('img.logo').evaluate((/** @type {HTMLImageElement} */ it) => it.complete && it.naturalWidth), 1);
  await visitor.getByText('Verified: acme.test').waitFor();
  await assertAccessible(visitor);
  await theirs.close();

  // All of the log, not what one page of it has.
  await stack.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) INSERT INTO audit_event (id, tenant, time, event, detail) SELECT 'e_many' || i, ?, i, 'node_changed', 'Made for a test' FROM n", tenant);
  await item(page, 'Audit log').click();
  await page.getByLabel('Event', { exact: true }).selectOption('node_changed');
  for (const [name, count] of /** @type {[string, (text: string) => number][]} */ ([['CSV', (text) => text.trim().split('\r\n').length - 1], ['JSON lines', (text) => text.trim().split('\n').length]])) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    const text = readFileSync(await file.path(), 'utf8');
    const [{ n }] = await stack.query("SELECT count(*) AS n FROM audit_event WHERE tenant = ? AND event = 'node_changed'", tenant);
    assert.equal(count(text), n, name);
  }
  await assertAccessible(page);
}));

test('every page fits a phone, and is reached by keyboard', () => story(browser, 'console phone', async (page) => {
  await people.signInAsAdmin(page, 'alice@acme.test');
  const [{ id }] = await stack.query("SELECT id FROM user WHERE tenant = ? AND email = 'alice@acme.test'", tenant);
  const [{ id: connection }] = await stack.query("SELECT id FROM connection WHERE tenant = ? AND sso_name = 'acme'", tenant);
  for (const path of ['connections', 'connect', 'domains', 'people', 'nodes', 'roles', 'health', 'audit', 'tokens', 'settings', `person/${id}`, `connection/${connection}`]) {
    await page.goto(`${stack.origin}/admin/${path}`);
    await page.locator('main > .stack[data-state="ready"]').waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${path}: ${width}`);
    await assertAccessible(page);
  }
  // From the top of the page to its first control, without a mouse.
  await page.getByRole('button', { name: 'Menu' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  for (let at = 0; at < 30 && !(await page.evaluate(() => document.activeElement?.textContent === 'Roles and policies')); at += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Roles and policies', level: 1 }).waitFor();
}, { viewport: { width: 390, height: 844 } }));
