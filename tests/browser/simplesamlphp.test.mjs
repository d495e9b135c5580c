// @ts-check
// What SimpleSAMLphp can be told to do differently, each through real Chromium: which part it signs, with what, and a
// browser that runs no script.
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { places, startStack } from '../support/stack.mjs';
import { startBrowser, story } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('../idp/simplesamlphp/simplesamlphp.mjs').SimpleSamlPhp} */
let idp;
/** @type {import('../idp/simplesamlphp/simplesamlphp.mjs').Sp} */
let sp;

before(async () => {
  [stack, browser, idp] = await Promise.all([startStack(), startBrowser(), startSimpleSamlPhp()]);
  const made = await stack.seed({
    name: 'Acme',
    connections: [{ ssoName: 'acme', domains: ['acme.test'], idpName: 'SimpleSAMLphp', idpEntityId: idp.entityId, ssoUrl: idp.ssoUrl, certificates: [idp.certificate] }],
  });
  const { entityId, acsUrl } = places(stack.origin, made.connections[0]);
  sp = { entityId, acsUrl, signingCertificate: made.spCertificates[0].replace(/-----[^-]+-----|\s/g, '') };
});
after(async () => {
  await browser?.close();
  await idp?.stop();
  await stack?.stop();
});

/** To the identity provider and through its login page. @param {Page} page @param {string} username */
async function signIn(page, username) {
  await page.goto(`${stack.origin}/sso/acme`);
  await page.getByRole('link', { name: 'Continue with SimpleSAMLphp' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(idp.users.find((user) => user.username === username)?.password ?? '');
  await page.getByRole('button', { name: 'Login' }).click();
}

const signatures = 'http://www.w3.org/2001/04/xmldsig-more#';
/** @type {[string, Partial<import('../idp/simplesamlphp/simplesamlphp.mjs').Sp>][]} */
const ways = [
  ['the Response only', { signAssertion: false }],
  ['the Assertion only', { signResponse: false }],
  ['both, with rsa-sha512', { signatureAlgorithm: `${signatures}rsa-sha512` }],
  ['both, for another audience beside us', { more: { audience: ['https://another.test/metadata'] } }],
];
for (const [what, options] of ways) {
  test(`it signs ${what}`, () => story(browser, `simplesamlphp signs ${what}`, async (page) => {
    await idp.serve([{ ...sp, ...options }]);
    await signIn(page, 'bob');
    await page.waitForURL(`${stack.origin}/vault`);
    await page.getByRole('heading', { name: 'Bob Bäcker & Söhne' }).waitFor();
  }));
}

/** @type {[string, Partial<import('../idp/simplesamlphp/simplesamlphp.mjs').Sp>, string][]} */
const refused = [
  ['neither', { signResponse: false, signAssertion: false }, 'signature-missing'],
  ['with SHA-1', { signatureAlgorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }, 'signature-algorithm'],
];
for (const [what, options, code] of refused) {
  test(`it signs ${what}: refused`, () => story(browser, `simplesamlphp signs ${what}`, async (page) => {
    await idp.serve([{ ...sp, ...options }]);
    await signIn(page, 'bob');
    await page.getByText(/^KW-/).waitFor();
    const [event] = await stack.query('SELECT code FROM audit_event WHERE reference = ?', await page.locator('#reference').innerText());
    assert.equal(event.code, code);
    await page.goto(`${stack.origin}/vault`);
    await page.waitForURL(`${stack.origin}/?to=/vault`);
  }));
}

test('a wrong password stays there, and the sign-in can go on', () => story(browser, 'simplesamlphp wrong password', async (page) => {
  await idp.serve([sp]);
  await page.goto(`${stack.origin}/sso/acme`);
  await page.getByRole('link', { name: 'Continue with SimpleSAMLphp' }).click();
  for (const password of ['wrong', idp.users[0].password]) {
    await page.getByLabel('Username').fill('alice');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Login' }).click();
  }
  await page.waitForURL(`${stack.origin}/vault`);
}));

test('without JavaScript', () => story(browser, 'simplesamlphp no script', async (page) => {
  await idp.serve([sp]);
  await signIn(page, 'alice');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.waitForURL(`${stack.origin}/vault`);
  await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
}, { javaScriptEnabled: false }));
