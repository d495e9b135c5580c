// @ts-check
// Real Chromium, with what a failing test leaves behind and what every page has to satisfy.
import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from '../../scripts/lib/run.mjs';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const output = join(root, 'tests', 'output', 'browser');
/** Recorded only where asked for: every step of a story then takes a picture of the page, which takes longer than the step. */
const isTraced = process.env.KEYWARD_TRACE === '1';

/** @typedef {import('playwright-core').Page} Page */

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.KEYWARD_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** What the browser itself prints of a refusal's status, and of what a test cut off; nothing that a page does. */
const OF_STATUS = /^Failed to load resource: (the server responded with a status of 4\d\d |net::ERR_(FAILED|INTERNET_DISCONNECTED)$)/;

/**
 * A story in a browser of its own. Where it fails, screenshots stay in tests/output/browser; with KEYWARD_TRACE=1 a trace too.
 * @param {import('playwright-core').Browser} browser @param {string} name
 * @param {(page: Page, context: import('playwright-core').BrowserContext) => Promise<void>} tell
 * @param {import('playwright-core').BrowserContextOptions} [options]
 */
export async function story(browser, name, tell, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(20_000);
  if (isTraced) await context.tracing.start({ screenshots: true, snapshots: true });
  /** @type {string[]} */
  const printed = [];
  context.on('console', (message) => {
    const isOurs = message.page()?.url().startsWith('http://localhost') && !OF_STATUS.test(message.text());
    if (isOurs) printed.push(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => printed.push(String(error.error())));
  const page = await context.newPage();
  try {
    await tell(page, context);
    assert.deepEqual(printed, [], 'the console is silent');
  } catch (error) {
    mkdirSync(output, { recursive: true });
    const file = join(output, name.replace(/[^\w]+/g, '-'));
    await Promise.all(context.pages().map((each, index) => each.screenshot({ path: `${file}-${index}.png` }).catch(() => {})));
    if (isTraced) await context.tracing.stop({ path: `${file}.zip` });
    throw error;
  } finally {
    await context.close();
  }
}

/** No page has anything that axe finds, without exclusions. @param {Page} page */
export async function assertAccessible(page) {
  // Past the page's content security policy, as a tool that inspects from outside.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe });
  const { result } = await session.send('Runtime.evaluate', { expression: 'axe.run().then((found) => JSON.stringify(found.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])))', awaitPromise: true });
  await session.detach();
  assert.equal(result.value, '[]', page.url());
}
