// @ts-check
// The whole sign-in in real Chromium, through two identity providers that nobody here wrote. The Worker is at localhost and
// they are at 127.0.0.1: another site, so that cookies have to cross it as they do in the world.
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { people, startDemoIdp } from '../idp/samlp/server.mjs';
import { startSimpleSamlPhp } from '../idp/simplesamlphp/simplesamlphp.mjs';
import { places, startStack } from '../support/stack.mjs';
import { assertAccessible, startBrowser, story } from './support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** @type {Awaited<ReturnType<typeof startStack>>} */
let stack;
/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startDemoIdp>>} */
let demo;
/** @type {Awaited<ReturnType<typeof startSimpleSamlPhp>>} */
let simple;
/** Connections by name. @type {Record<string, string>} */
const connections = {};

before(async () => {
  [stack, browser] = await Promise.all([startStack(), startBrowser()]);
  const pair = selfSigned('demo');
  demo = await startDemoIdp({ keys: pair });
  // A domain has one owner, so its people are of another one than the demo's.
  simple = await startSimpleSamlPhp({
    users: ['alice', 'bob'].map((username) => ({
      username,
      password: `${username}-password`,
      attributes: { uid: [`${username}-0001`], Email: [`${username}@simple.test`], First: [username === 'alice' ? 'Alice' : 'Bob'], Last: ['Bäcker & Söhne'] },
    })),
  });
  const seed = async (/** @type {string} */ name, /** @type {any} */ connection) => {
    const made = await stack.seed({ name: name[0].toUpperCase() + name.slice(1), connections: [{ ssoName: name, ...connection }] });
    connections[name] = made.connections[0];
    return { ...places(stack.origin, made.connections[0]), certificate: made.spCertificates[0] };
  };
  const ofDemo = { idpName: 'Demo IdP', idpEntityId: demo.entityId, ssoUrl: demo.ssoUrl, certificates: [pair.base64] };
  demo.register({ name: 'Keyward', ...(await seed('acme', { ...ofDemo, domains: ['acme.test'], idpInitiated: true, idpInitiatedPaths: ['/vault/activity'] })) });
  demo.register({ name: 'Strict', ...(await seed('strict', { ...ofDemo, domains: [] })) });
  demo.register({ name: 'Posting', ...(await seed('posting', { ...ofDemo, domains: [], binding: 'post' })) });
  const ofSimple = { idpName: 'SimpleSAMLphp', idpEntityId: simple.entityId, ssoUrl: simple.ssoUrl, certificates: [simple.certificate] };
  const sp = await seed('simple', { ...ofSimple, domains: ['simple.test'] });
  const body = sp.certificate.replace(/-----[^-]+-----|\s/g, '');
  await simple.serve([{ entityId: sp.entityId, acsUrl: sp.acsUrl, signingCertificate: body }]);
});
after(async () => {
  await browser?.close();
  await simple?.stop();
  await demo?.stop();
  await stack?.stop();
});

/**
 * What differs between the identity providers: their pages.
 * @type {Record<string, { domain: string, ssoName: string, remembers: boolean, signIn: (page: Page, name: string) => Promise<void> }>}
 *   `remembers`: once signed in, it asks nothing and posts its answer by itself
 */
const providers = {
  samlp: {
    domain: 'acme.test',
    ssoName: 'acme',
    remembers: false,
    signIn: (page, name) => page.getByRole('button', { name: `Sign in as ${name}@acme.test` }).click(),
  },
  SimpleSAMLphp: {
    domain: 'simple.test',
    ssoName: 'simple',
    remembers: true,
    async signIn(page, name) {
      const user = simple.users.find((each) => each.username === name);
      await page.locator('input[name="username"]').fill(name);
      await page.locator('input[name="password"]').fill(user?.password ?? '');
      await page.locator('button[type="submit"], input[type="submit"], #submit_button').first().click();
    },
  },
};

const field = (/** @type {Page} */ page) => page.getByLabel(/work e-mail or SSO name/i);
const heading = (/** @type {Page} */ page) => page.getByRole('heading', { level: 1 });

/** From the sign-in page to the identity provider's. @param {Page} page @param {string} who */
async function setOut(page, who) {
  await field(page).fill(who);
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: /^Continue to / }).waitFor();
  await assertAccessible(page);
  await page.getByRole('link', { name: /^Continue with / }).click();
}

for (const [name, provider] of Object.entries(providers)) {
  describe(`through ${name}`, () => {
    const person = (/** @type {string} */ who) => `${who}@${provider.domain}`;

    test('the first sign-in makes the account, the second finds it', () => story(browser, `${name} first`, async (page, context) => {
      await page.goto(stack.origin);
      await assertAccessible(page);
      await setOut(page, person('alice'));
      await provider.signIn(page, 'alice');
      await page.waitForURL(`${stack.origin}/vault`);
      await page.getByText('Your account was created just now.').waitFor();
      await assertAccessible(page);
      const main = await page.getByRole('main').innerText();
      for (const part of [person('alice'), 'Engineering', 'Member']) assert.ok(main.includes(part), part);

      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await page.getByText('You are signed out of Keyward.').waitFor();
      await assertAccessible(page);
      await page.goBack();
      await page.goto(`${stack.origin}/vault`);
      await page.waitForURL(/\/\?to=/);

      // Another browser, the same person.
      await context.clearCookies();
      await page.goto(stack.origin);
      await setOut(page, person('alice').toUpperCase());
      await provider.signIn(page, 'alice');
      await page.waitForURL(`${stack.origin}/vault`);
      await page.getByRole('heading', { name: /^Welcome back, Alice/ }).waitFor();
      const users = await stack.query('SELECT id FROM user WHERE email = ?', person('alice'));
      assert.equal(users.length, 1);
    }));

    test('an SSO name leads there, typed or in the address', () => story(browser, `${name} sso name`, async (page, context) => {
      await page.goto(stack.origin);
      await setOut(page, provider.ssoName);
      await provider.signIn(page, 'bob');
      await page.waitForURL(`${stack.origin}/vault`);
      await context.clearCookies();
      await page.goto(`${stack.origin}/sso/${provider.ssoName}`);
      await page.getByRole('link', { name: /^Continue with / }).click();
      await provider.signIn(page, 'bob');
      await page.waitForURL(`${stack.origin}/vault`);
    }));

    test('the deep link that was asked for is reached, and the organisation is remembered', () => story(browser, `${name} deep link`, async (page) => {
      await page.goto(`${stack.origin}/vault/activity`);
      await setOut(page, person('alice'));
      await provider.signIn(page, 'alice');
      await page.waitForURL(`${stack.origin}/vault/activity`);
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      await page.goto(`${stack.origin}/vault/activity`);
      await page.getByRole('link', { name: /^Continue to / }).click();
      await page.getByRole('link', { name: /^Continue with / }).click();
      if (!provider.remembers) await provider.signIn(page, 'alice');
      await page.waitForURL(`${stack.origin}/vault/activity`);
    }));

    test('the tile at the provider starts a sign-in here', () => story(browser, `${name} tile`, async (page) => {
      await page.goto(places(stack.origin, connections[provider.ssoName]).startUrl);
      await provider.signIn(page, 'alice');
      await page.waitForURL(`${stack.origin}/vault`);
    }));

    test('two tabs at once both arrive', () => story(browser, `${name} two tabs`, async (first, context) => {
      const second = await context.newPage();
      await first.goto(`${stack.origin}/vault/activity`);
      await second.goto(stack.origin);
      await setOut(first, person('alice'));
      await setOut(second, person('alice'));
      await provider.signIn(second, 'alice');
      await second.waitForURL(`${stack.origin}/vault`);
      await provider.signIn(first, 'alice');
      await first.waitForURL(`${stack.origin}/vault/activity`);
    }));

    test('back and reload after the answer do no harm', () => story(browser, `${name} reload`, async (page) => {
      await page.goto(stack.origin);
      await setOut(page, person('alice'));
      // The answer is posted twice, as a browser does that goes back and confirms to send the form again.
      /** @type {string | null} */
      let form = null;
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().endsWith('/acs')) form = request.postData();
      });
      await provider.signIn(page, 'alice');
      await page.waitForURL(`${stack.origin}/vault`);
      await page.reload();
      await heading(page).waitFor();
      const sessions = async () => (await stack.query('SELECT count(*) AS n FROM session'))[0].n;
      const count = await sessions();
      const { acsUrl } = places(stack.origin, connections[provider.ssoName]);
      assert.ok(form);
      const again = await page.request.post(acsUrl, { data: form, headers: { 'content-type': 'application/x-www-form-urlencoded' }, maxRedirects: 0 });
      assert.equal(again.status(), 303, await again.text());
      assert.equal(await sessions(), count, 'no second session');
      await page.goBack({ waitUntil: 'commit' });
      // One that remembers posts a new answer by itself, to no request of ours: refused, and the session goes on.
      if (provider.remembers) await page.getByText(/^KW-/).waitFor();
      await page.goto(`${stack.origin}/vault`);
      await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
      assert.equal(await sessions(), count, 'still no second session');
    }));
  });
}

describe('started at the provider', () => {
  test('an unsolicited response is confirmed by the person first', () => story(browser, 'unsolicited', async (page, context) => {
    await page.goto(`${demo.origin}/?RelayState=/vault/activity`);
    await page.getByRole('button', { name: 'Send bob@acme.test to Keyward' }).click();
    await page.getByRole('button', { name: 'Continue as bob@acme.test' }).waitFor();
    await assertAccessible(page);
    assert.ok(!(await context.cookies()).some((cookie) => cookie.name.includes('session')), 'no session before the answer');
    await page.getByRole('button', { name: 'Continue as bob@acme.test' }).click();
    await page.waitForURL(`${stack.origin}/vault/activity`);

    // Now this browser knows bob: somebody else's account comes with a warning.
    await page.goto(demo.origin);
    await page.getByRole('button', { name: 'Send alice@acme.test to Keyward' }).click();
    await page.getByText('This browser knows another account').waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'This is not me' }).click();
    await page.goto(`${stack.origin}/vault`);
    await page.getByRole('main').getByText('bob@acme.test').first().waitFor();
  }));

  test('it is refused where the connection takes none', () => story(browser, 'unsolicited refused', async (page) => {
    await page.goto(demo.origin);
    await page.getByRole('button', { name: 'Send alice@acme.test to Strict' }).click();
    await page.getByText(/^KW-/).waitFor();
    await assertAccessible(page);
    await page.goto(simple.unsolicitedUrl(places(stack.origin, connections.simple).entityId));
    await providers.SimpleSAMLphp.signIn(page, 'alice');
    await page.getByText(/^KW-/).waitFor();
    const [{ code }] = await stack.query("SELECT code FROM audit_event WHERE code IS NOT NULL ORDER BY time DESC LIMIT 1");
    assert.equal(code, 'unsolicited');
  }));
});

describe('what goes wrong is told', () => {
  test('an error of the provider, in people’s words', () => story(browser, 'not assigned', async (page) => {
    await page.goto(`${stack.origin}/sso/acme`);
    await page.getByRole('link', { name: /^Continue with / }).click();
    await page.getByRole('button', { name: 'Not assigned' }).click();
    await page.getByRole('heading', { name: 'You are not assigned to this app' }).waitFor();
    await assertAccessible(page);
  }));

  test('somebody from outside the organisation’s domains', () => story(browser, 'outsider', async (page) => {
    await page.goto(`${stack.origin}/sso/acme`);
    await page.getByRole('link', { name: /^Continue with / }).click();
    await page.getByRole('button', { name: 'Sign in as carol@elsewhere.test' }).click();
    await page.getByText(/^KW-/).waitFor();
    const reference = await page.locator('#reference').innerText();
    const [event] = await stack.query('SELECT code FROM audit_event WHERE reference = ?', reference);
    assert.equal(event.code, 'email-domain-not-reserved');
    assert.deepEqual(await stack.query('SELECT id FROM user WHERE email LIKE ?', '%elsewhere%'), []);
  }));

  test('an unknown domain, and what is no address', () => story(browser, 'unknown', async (page) => {
    await page.goto(stack.origin);
    await field(page).fill('dora@nowhere.test');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    await page.getByText(/^KW-/).waitFor();
    await assertAccessible(page);
    await page.goto(stack.origin);
    await field(page).fill('not an address');
    await page.getByRole('button', { name: 'Continue', exact: true }).click();
    assert.equal(await field(page).inputValue(), 'not an address', 'nothing typed is lost');
    assert.equal(await field(page).getAttribute('aria-invalid'), 'true');
    await assertAccessible(page);
  }));
});

test('everything works without JavaScript, by keyboard', () => story(browser, 'no script', async (page) => {
  await page.goto(stack.origin);
  await field(page).focus();
  await page.keyboard.type(people[0].email);
  await page.keyboard.press('Enter');
  const on = page.getByRole('link', { name: /^Continue with / });
  await on.waitFor();
  for (let presses = 0; presses < 10 && !(await on.evaluate((link) => link === document.activeElement)); presses += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await providers.samlp.signIn(page, 'alice');
  await page.locator('input[type="submit"]').click();
  await page.waitForURL(`${stack.origin}/vault`);
}, { javaScriptEnabled: false }));

test('a request goes by form where the provider wants that', () => story(browser, 'post binding', async (page) => {
  await page.goto(`${stack.origin}/sso/posting`);
  await page.getByRole('button', { name: /^Continue with / }).click();
  await page.getByRole('heading', { name: 'Sign in to Posting' }).waitFor();
}));
