// @ts-check
// The first sign-in in real Chromium, cut off at every request that it makes: what does not arrive, what arrives and its answer
// does not, and a tab that is closed while another waits. Whichever it is, the next sign-in ends at one open vault.
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { story } from './support.mjs';
import { startVaults } from './vault-support.mjs';

/** @typedef {import('playwright-core').Page} Page */

/** Of whom each signs in once, for the first time. */
const PEOPLE = Array.from({ length: 40 }, (_, at) => `p${at}@acme.test`);

/** @type {Awaited<ReturnType<typeof startVaults>>} */
let world;
before(async () => { world = await startVaults(undefined, PEOPLE); });
after(() => world?.stop());

const people = PEOPLE.values();
const next = () => String(people.next().value);

/** What belongs to somebody. @param {string} who */
const kept = async (who) => (await world.stack.query(
  'SELECT count(DISTINCT u.id) AS accounts, count(DISTINCT s.statement) AS vaults, count(DISTINCT d.id) AS devices, count(DISTINCT v.item) AS sealed FROM user u LEFT JOIN vault_statement s ON s.user = u.id LEFT JOIN device d ON d.user = u.id LEFT JOIN vault_sealed v ON v.user = u.id WHERE u.email = ?', who))[0];

/** A request by what it asks for, whichever connection or counter it is about. @param {import('playwright-core').Request} request */
const nameOf = (request) => `${request.method()} ${new URL(request.url()).pathname.replace(/^\/saml\/[^/]+/, '/saml')}`;
const isFile = (/** @type {string} */ name) => /^GET (\/app\/|\/wasm\/|\/[^/]+$)/.test(name);

/** To where the IdP's next page is the answer. @param {Page} page @param {string} who */
async function toTheAnswer(page, who) {
  await page.goto(`${world.stack.origin}/sso/acme?to=/vault/items`);
  await page.getByRole('link', { name: /^Continue with / }).click();
  return page.getByRole('button', { name: `Sign in as ${who}`, exact: true });
}

/** Every request between the IdP's answer and the open vault, each once. @returns {Promise<string[]>} */
async function everyRequest() {
  /** @type {Set<string>} */
  const names = new Set();
  await story(world.browser, 'first sign-in, whole', async (page) => {
    const answer = await toTheAnswer(page, next());
    page.on('request', (request) => { if (request.url().startsWith(world.stack.origin)) names.add(nameOf(request)); });
    await answer.click();
    await world.reaches(page, 'open');
    await page.waitForLoadState('networkidle');
  }, { serviceWorkers: 'block' });
  return [...names];
}

/** @typedef {'lost' | 'unanswered' | 'closed'} How the request did not arrive, its answer did not, or the tab was closed in the middle, with another open */

/** Cuts one request off, and signs in again. @param {string} name @param {How} how */
const cut = (name, how) => story(world.browser, `first sign-in, ${name} ${how}`, async (page, context) => {
  const who = next();
  const answer = await toTheAnswer(page, who);
  /** @type {(done: unknown) => void} */
  let tell;
  const happened = new Promise((resolve) => { tell = resolve; });
  let isCut = false;
  await page.route((url) => url.origin === world.stack.origin, async (route) => {
    if (isCut || nameOf(route.request()) !== name) return route.fallback();
    isCut = true;
    if (how === 'unanswered') {
      await route.fetch({ maxRedirects: 0 });
      // With the answer, its cookie is lost.
      if (name.endsWith('/acs')) await context.clearCookies({ name: '__Host-keyward-session' });
    }
    if (how !== 'closed') await route.abort();
    tell(undefined);
  });
  await answer.click({ noWaitAfter: true });
  await happened;
  const two = await context.newPage();
  const again = await toTheAnswer(two, who);
  await again.click();
  // The first has its turn until it is gone.
  if (how === 'closed') await page.close();
  await world.reaches(two, 'open');
  assert.deepEqual(await kept(who), { accounts: 1, vaults: 1, devices: 1, sealed: 3 });
  if (how === 'closed') return;
  // Where the page was left as it is, it ends at the same vault.
  await page.goto(`${world.stack.origin}/vault/items`);
  await world.reaches(page, 'open');
  assert.deepEqual(await kept(who), { accounts: 1, vaults: 1, devices: 1, sealed: 3 });
}, { serviceWorkers: 'block' });

test('whichever request of the first sign-in is cut off, and however, the next sign-in ends at one open vault', async () => {
  const all = await everyRequest();
  const asked = all.filter((name) => !isFile(name));
  assert.deepEqual(asked.sort(), ['GET /vault/changes', 'GET /vault/escrow', 'GET /vault/items', 'GET /vault/keys', 'POST /saml/acs', 'POST /vault/begin', 'POST /vault/prove']);
  for (const name of asked) {
    // The page itself comes with the redirect that the answer of the ACS is, so it is not asked for alone.
    if (name === 'GET /vault/items') continue;
    await Promise.all(/** @type {How[]} */ (['lost', 'unanswered', 'closed']).map((how) => cut(name, how)));
  }
});
