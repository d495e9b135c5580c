// @ts-check
// What is left in a real browser: cookies that Chromium keeps as they are meant, nothing behind the back button after
// signing out, and nothing that another site's page can do meanwhile.
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { startDemoIdp } from '../idp/samlp/server.mjs';
import { places, startStack } from '../support/stack.mjs';
import { startBrowser, story } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startDemoIdp>>} */
let idp;

before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  const keys = selfSigned('demo');
  idp = await startDemoIdp({ keys });
  const made = await stack.seed({
    name: 'Acme',
    connections: [{ ssoName: 'acme', domains: ['acme.test'], idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [keys.base64] }],
  });
  idp.register({ ...places(stack.origin, made.connections[0]), certificate: made.spCertificates[0] });
});
after(async () => {
  await browser?.close();
  await idp?.stop();
  await stack?.stop();
});

/** @param {Page} page */
async function signIn(page) {
  await page.goto(`${stack.origin}/sso/acme`);
  await page.getByRole('link', { name: /^Continue with / }).click();
  await page.getByRole('button', { name: 'Sign in as alice@acme.test' }).click();
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
}

const live = async () => (await stack.query('SELECT count(*) AS n FROM session WHERE revoked_at IS NULL'))[0].n;

test('Chromium keeps the cookies as they are meant', () => story(browser, 'cookies', async (page, context) => {
  await signIn(page);
  const kept = (await context.cookies(stack.origin)).map(({ name, sameSite, secure, httpOnly, expires }) => ({ name, sameSite, secure, httpOnly, stays: expires > 0 }));
  const host = { secure: true, httpOnly: true };
  assert.deepEqual(kept.sort((a, b) => a.name.localeCompare(b.name)), [
    { name: '__Host-keyward-browser', sameSite: 'None', ...host, stays: true },
    { name: '__Host-keyward-org', sameSite: 'Lax', ...host, stays: true },
    { name: '__Host-keyward-session', sameSite: 'Lax', ...host, stays: false },
  ]);
  assert.equal(await page.evaluate(() => document.cookie), '');
}));

test('after signing out, the back button shows nothing of the account', () => story(browser, 'back after sign-out', async (page) => {
  await signIn(page);
  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByText('You are signed out of Keyward.').waitFor();
  for (let steps = 0; steps < 2; steps += 1) {
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    assert.ok(!(await page.locator('body').innerText()).includes('alice@acme.test'));
  }
}));

test('signing out in one tab ends the other', () => story(browser, 'two tabs out', async (one, context) => {
  await signIn(one);
  const two = await context.newPage();
  await two.goto(`${stack.origin}/vault`);
  await two.getByRole('heading', { name: /^Welcome/ }).waitFor();
  await one.getByRole('button', { name: 'Sign out', exact: true }).click();
  await one.getByText('You are signed out of Keyward.').waitFor();
  await two.getByRole('link', { name: 'Activity', exact: true }).click();
  await two.waitForURL(`${stack.origin}/?to=/vault/activity`);
}));

test('another site’s page cannot sign anybody out, start a sign-in, or frame a page', () => story(browser, 'another site', async (page, context) => {
  await signIn(page);
  const evil = 'http://127.0.0.1:9/evil';
  const forms = { 'sign-out': '', 'sign-in': '<input name="who" value="acme">', confirm: '<input name="token" value="x"><input name="answer" value="yes">' };
  const before = await live();
  for (const [action, fields] of Object.entries(forms)) {
    await context.route(evil, (route) => route.fulfill({ contentType: 'text/html', body: `<title>Evil</title><form method="post" action="${stack.origin}/${action}">${fields}<button>Win a prize</button></form>` }));
    await page.goto(evil);
    await page.getByRole('button', { name: 'Win a prize' }).click();
    await page.getByText(/^KW-/).waitFor();
    const [event] = await stack.query('SELECT code FROM audit_event WHERE reference = ?', await page.locator('#reference').innerText());
    assert.equal(event.code, 'cross-site', action);
    await context.unroute(evil);
  }
  assert.equal(await live(), before);

  await context.route(evil, (route) => route.fulfill({ contentType: 'text/html', body: `<title>Evil</title><iframe src="${stack.origin}/"></iframe>` }));
  await page.goto(evil);
  const frame = page.frames()[1];
  assert.ok(!(await frame.content()).includes('Work e-mail'), 'not inside another page');

  await page.goto(`${stack.origin}/vault`);
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
}));
