// @ts-check
// The console as an admin uses it after the first day, in real Chromium: one person from their sessions to their tombstone, what
// happened, what needs looking after; a role with its policies and why they apply, tokens, and the switches of a connection.
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { people as known, startDemoIdp } from '../idp/samlp/server.mjs';
import { places, startStack } from '../support/stack.mjs';
import { agree, api, item, part, peopleOf } from './console-support.mjs';
import { assertAccessible, startBrowser, story } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startDemoIdp>>} */
let idp;
/** @type {string} */
let tenant;
/** @type {ReturnType<typeof peopleOf>} */
let people;
/** The admin's session, by which each story goes on. @type {Awaited<ReturnType<import('playwright-core').BrowserContext['storageState']>>} */
let storageState;

before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  const keys = selfSigned('demo');
  idp = await startDemoIdp({ keys, people: known });
  const made = await stack.seed({ name: 'Acme', connections: [{ ssoName: 'acme', domains: ['acme.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [keys.base64] }] });
  tenant = made.tenant;
  people = peopleOf(stack, tenant);
  idp.register({ ...places(stack.origin, made.connections[0]), certificate: made.spCertificates[0] });
  const context = await browser.newContext();
  await people.signInAsAdmin(await context.newPage(), 'alice@acme.test');
  storageState = await context.storageState();
  await context.close();
});
after(async () => {
  await browser?.close();
  await idp?.stop();
  await stack?.stop();
});

/** @param {string} name @param {(page: Page) => Promise<void>} tell */
const asAdmin = (name, tell) => story(browser, name, async (page) => {
  await page.goto(`${stack.origin}/admin`);
  await page.getByRole('heading', { name: 'Connections', level: 1 }).waitFor();
  await tell(page);
}, { storageState });

test('one person, from their sessions to their tombstone, and what the log and Health say of it', () => asAdmin('console person', async (page) => {
  const theirs = await browser.newContext();
  const bob = await theirs.newPage();
  const opens = () => bob.locator('#vault[data-state="open"]').waitFor();
  const isOut = async () => { await bob.goto(`${stack.origin}/vault`); assert.equal(new URL(bob.url()).pathname, '/'); };
  try {
    await people.signIn(bob, 'bob@acme.test', '/vault/items');
    await opens();
    await item(page, 'People').click();
    await page.getByRole('searchbox', { name: 'Name or e-mail' }).fill('bob');
    await page.getByRole('searchbox', { name: 'Name or e-mail' }).press('Enter');
    await page.locator('#found').getByRole('link', { name: /^Bob/ }).click();

    // Since when, until when, and out.
    const sessions = part(page, 'Sessions');
    await sessions.getByText(/^Since /).waitFor();
    await sessions.getByText(/^Last used .+\. Ends .+ if it is not used, .+ in any case\.$/).waitFor();
    await assertAccessible(page);
    await sessions.getByRole('button', { name: 'End', exact: true }).click();
    await sessions.getByText('None is open.').waitFor();
    await isOut();

    // A browser that is blocked opens the vault no more, signed in or not.
    await people.signIn(bob, 'bob@acme.test', '/vault/items');
    await opens();
    const browsers = part(page, 'Browsers');
    await browsers.getByText(/^Opened the vault last /).waitFor();
    await browsers.getByRole('button', { name: 'Block' }).click();
    await agree(page, 'Block');
    await browsers.getByText(/^Blocked since /).waitFor();
    await bob.reload();
    await bob.locator('#vault:not([data-state="open"], [data-state="loading"])').waitFor();

    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await agree(page, 'Lock');
    await page.getByText('Locked', { exact: true }).waitFor();
    await isOut();
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('Active', { exact: true }).waitFor();
    await sessions.getByText('None is open.').waitFor();

    // Deleted: asked for first, for good, and no sign-in brings it back.
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByText('A sign-in does not bring it back.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await agree(page, 'Delete');
    await page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
    await page.getByLabel('Status').selectOption({ label: 'Deleted' });
    await page.getByRole('button', { name: 'Search' }).click();
    await page.locator('#found').getByRole('row', { name: /bob@acme\.test.*Deleted/ }).waitFor();
    await bob.goto(`${stack.origin}/sso/acme`);
    await bob.getByRole('link', { name: /^Continue with / }).click();
    await bob.getByRole('button', { name: 'Sign in as bob@acme.test' }).click();
    const reference = await bob.locator('#reference').innerText();

    // What he was shown leads to why, however it is typed.
    await item(page, 'Audit log').click();
    await page.getByLabel('Reference').fill(` ${reference.toLowerCase()}`);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    const rows = page.locator('#found tbody tr');
    await page.waitForFunction(() => document.querySelectorAll('#found tbody tr').length === 1);
    for (const said of ['login_failure', reference, 'user-deleted', 'To mend it:']) await rows.getByText(said).first().waitFor();
    await assertAccessible(page);

    // And what happens while somebody looks comes by itself.
    await page.getByLabel('Reference').fill('');
    await page.getByLabel('Event', { exact: true }).selectOption('node_created');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('Nothing of this kind has happened.').waitFor();
    await page.getByRole('switch', { name: 'Follow as it happens' }).check();
    const { items: [{ id: node }] } = await api(page, 'GET', '/nodes');
    await api(page, 'POST', '/nodes', { parent: node, name: 'Field' });
    await rows.filter({ hasText: 'node_created' }).waitFor();
    await page.getByRole('switch', { name: 'Follow as it happens' }).uncheck();

    // What needs looking after: that sign-in with its fix, what the connection rests on, and a domain that leads nowhere.
    await stack.query("INSERT INTO domain (tenant, name, status, created_at) VALUES (?, 'acme.example', 'reserved', 0)", tenant);
    await item(page, 'Health').click();
    await part(page, 'Connections').getByRole('row', { name: /Demo IdP.* days left .*Not polled.*There/ }).waitFor();
    await part(page, 'Domains at risk').getByRole('row', { name: 'acme.example Reserved, and leads to no connection.' }).waitFor();
    await part(page, 'Sign-ins that failed in the last week').getByRole('row', { name: /user-deleted/ }).getByText('deleted', { exact: false }).first().waitFor();
    await assertAccessible(page);
  } finally {
    await theirs.close();
  }
}));

test('a role and why its policies apply, tokens, and the switches of a connection', () => asAdmin('console roles', async (page) => {
  const { items: nodes } = await api(page, 'GET', '/nodes');
  const root = nodes.find((/** @type {any} */ it) => it.parent === null).id;
  const loose = await api(page, 'POST', '/roles', { node: root, name: 'Loose', policies: { session_idle_minutes: 600, restrict_export: false } });
  const carol = await api(page, 'POST', '/users', { email: 'carol@acme.test', node: root, roles: [loose.id] });

  await item(page, 'Roles and policies').click();
  await page.getByText('New role').click();
  await page.getByLabel('Name').fill('Strict');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('heading', { name: 'Strict', level: 1 }).waitFor();
  await assertAccessible(page);
  // One of each kind: a number, yes or no, of several some, lines, and a pair.
  const fill = async () => {
    await page.getByLabel('A session ends unused after, minutes').fill('5');
    await page.getByLabel('Forbid export').selectOption({ label: 'Yes' });
    await page.getByLabel('Second factors that count').selectOption(['totp', 'webauthn']);
    await page.getByLabel('Generated passwords, characters').fill('24');
  };
  await fill();
  await page.getByLabel('Addresses to sign in from').fill('everywhere');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('alert').waitFor();
  await page.getByLabel('Addresses to sign in from').fill('127.0.0.0/8\n::1');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved. It counts for all who have it').waitFor();
  await page.reload();
  assert.equal(await page.getByLabel('A session ends unused after, minutes').inputValue(), '5');
  assert.equal(await page.getByLabel('Addresses to sign in from').inputValue(), '127.0.0.0/8\n::1');

  // What applies to somebody who has both, and because of which.
  await page.goto(`${stack.origin}/admin/person/${carol.id}`);
  await part(page, 'Roles').getByLabel('Role', { exact: true }).selectOption({ label: 'Strict' });
  await part(page, 'Roles').getByRole('button', { name: 'Give' }).click();
  const why = part(page, 'What applies to them');
  for (const line of [/A session ends unused after, minutes 5 Strict$/, /Forbid export Yes Strict$/, /Addresses to sign in from 127\.0\.0\.0\/8, ::1 Strict$/, /Second factors that count authenticator app, passkey or security key Strict$/, /A session ends after, hours 12 The default$/]) await why.getByRole('row', { name: line }).waitFor();
  await assertAccessible(page);
  // Taken away, and given back by the way that is offered.
  await part(page, 'Roles').getByRole('listitem').filter({ hasText: 'Strict' }).getByRole('button', { name: 'Take away' }).click();
  await why.getByRole('row', { name: /A session ends unused after, minutes 600 Loose$/ }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await why.getByRole('row', { name: /minutes 5 Strict$/ }).waitFor();

  // A token: shown once, good for what it is for, over when it is ended.
  await item(page, 'API tokens').click();
  await page.getByText('New token').click();
  await page.getByLabel('Name').fill('Export to SIEM');
  await page.getByLabel('Read the audit log').check();
  await page.getByRole('button', { name: 'Make it' }).click();
  const secret = await page.locator('code', { hasText: /^[\w-]{43}$/ }).innerText();
  const asked = async (/** @type {string} */ path) => (await fetch(`${stack.origin}/api/v1${path}`, { headers: { authorization: `Bearer ${secret}` } })).status;
  assert.deepEqual([await asked('/audit-events'), await asked('/users')], [200, 403]);
  await assertAccessible(page);
  await page.getByRole('row', { name: /Export to SIEM/ }).getByRole('button', { name: 'End' }).click();
  await page.getByRole('dialog').getByRole('button').first().click();
  await page.getByRole('row', { name: /Export to SIEM.*Ended/ }).waitFor();
  assert.equal(await asked('/audit-events'), 401);
  assert.ok(!(await page.content()).includes(secret));

  // How people come in, each told with what it means; and what groups give.
  await item(page, 'Connections').click();
  await page.getByRole('link', { name: /\(acme\)$/ }).click();
  const ways = part(page, 'How people come in');
  const connection = async () => (await api(page, 'GET', '/connections')).items.find((/** @type {any} */ it) => it.sso_name === 'acme');
  for (const [name, field, before] of /** @type {[string, string, boolean][]} */ ([['Make accounts at first sign-in', 'jit', true], ['Single logout', 'single_logout', true], ['Take sign-ins that begin at the identity provider', 'idp_initiated', false], ['Ask for a fresh sign-in each time', 'force_authn', false]])) {
    const it = ways.getByRole('switch', { name });
    assert.equal(await it.isChecked(), before, name);
    const answered = page.waitForResponse((response) => response.request().method() === 'PATCH');
    await it.setChecked(!before);
    assert.ok((await answered).ok(), name);
    assert.equal((await connection())[field], !before, name);
  }
  await page.reload();
  assert.equal(await ways.getByRole('switch', { name: 'Make accounts at first sign-in' }).isChecked(), false);
  const groups = part(page, 'Groups give roles');
  const line = async (/** @type {string} */ group) => {
    await groups.getByLabel('Group', { exact: true }).fill(group);
    await groups.getByLabel('Gives the role').selectOption({ label: 'Strict' });
    await groups.getByRole('button', { name: 'Add' }).click();
    await groups.getByRole('listitem').filter({ hasText: `${group} → Strict` }).waitFor();
  };
  await line('Staff');
  // What somebody else adds meanwhile is not lost by it.
  const { id, groups: there } = await connection();
  await api(page, 'PUT', `/connections/${id}/groups`, { groups: [...there, { group: 'Others', role: loose.id }] });
  await line('Field');
  assert.deepEqual((await connection()).groups.map((/** @type {any} */ it) => it.group).sort(), ['Field', 'Others', 'Staff']);
  await groups.getByRole('listitem').filter({ hasText: 'Staff' }).getByRole('button', { name: 'Remove' }).click();
  await groups.getByText('Staff').waitFor({ state: 'detached' });
  await assertAccessible(page);
}));
