// @ts-check
// The pages as people meet them: both widths, both schemes, forced colours, by keyboard, by touch, without JavaScript.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/lib/run.mjs';
import { openBrowser, render, serve, views } from './support.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The most that the first page may weigh, with all that it needs, before any compression. */
const FIRST_PAGE_BYTES = 15 * 1024;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof render>>} */
let rendered;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;
before(async () => {
  rendered = await render();
  site = await serve(rendered.folder);
  assert.ok(site.names.length > 20, `${site.names.length} pages`);
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  site?.stop();
  await rendered?.remove();
});

/**
 * Visits every page with one set of options; what it says to the console counts as a problem.
 * @param {import('playwright-core').BrowserContextOptions} options
 * @param {(page: import('playwright-core').Page, name: string) => Promise<string[]>} look
 */
async function everywhere(options, look) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    /** @type {string[]} */
    const problems = [];
    let name = '';
    page.on('console', (message) => problems.push(`${name}: console: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`${name}: ${error}`));
    page.on('dialog', (dialog) => {
      problems.push(`${name}: a dialog opened`);
      return dialog.dismiss();
    });
    for (name of site.names) {
      await page.goto(`${site.origin}/${name}`);
      problems.push(...(await look(page, name)).map((problem) => `${name}: ${problem}`));
    }
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

/** @param {import('playwright-core').Page} page @returns {Promise<string[]>} */
async function byAxe(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    // @ts-expect-error axe is a global of the page by now.
    const { violations, passes } = await globalThis.axe.run();
    if (passes.length === 0) return ['axe looked at nothing'];
    return violations.flatMap((/** @type {any} */ rule) => rule.nodes.map((/** @type {any} */ node) => `${rule.id} at ${node.target}: ${node.failureSummary}`));
  });
}

test('axe finds nothing, and nothing scrolls sideways', { concurrency: 2 }, async (t) => {
  await Promise.all(views.map(({ width, scheme }) => t.test(`at ${width} px, ${scheme}`, () => everywhere({ viewport: { width, height: 844 }, colorScheme: scheme }, async (page) => {
    const problems = await byAxe(page);
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    if (needed > width) problems.push(`needs ${needed} px`);
    return problems;
  }))));
});

test('nothing scrolls sideways at 320 px, which is 1280 px magnified four times', async () => {
  await everywhere({ viewport: { width: 320, height: 640 } }, async (page) => {
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    return needed > 320 ? [`needs ${needed} px`] : [];
  });
});

test('with forced colours, every control still has an edge', async () => {
  await everywhere({ viewport: { width: 390, height: 844 }, forcedColors: 'active' }, async (page) => {
    const problems = await byAxe(page);
    return problems.concat(await page.evaluate(() => {
      if (!matchMedia('(forced-colors: active)').matches) return ['colours are not forced'];
      const behind = getComputedStyle(document.body).backgroundColor;
      return [...document.querySelectorAll('button, .button, input:not([type="hidden"]), .banner, [aria-current]')].filter((element) => {
        const { borderBottomWidth, borderBottomStyle, borderBottomColor } = getComputedStyle(element);
        return parseFloat(borderBottomWidth) < 1 || borderBottomStyle === 'none' || borderBottomColor === behind;
      }).map((element) => `no edge: ${element.outerHTML}`);
    }));
  });
});

test('Tab reaches every control, in order, and each shows that it has the focus', async () => {
  await everywhere({ viewport: { width: 1440, height: 844 } }, async (page) => {
    // The browser moves the focus there after the load, and a Tab pressed before that is undone.
    await page.waitForFunction(() => [...document.querySelectorAll('[autofocus]')].every((wanted) => document.activeElement === wanted));
    const count = await page.evaluate(() => {
      const controls = [...document.querySelectorAll('a[href], button, input:not([type="hidden"])')];
      controls.forEach((control, index) => control.setAttribute('data-at', String(index)));
      return controls.length;
    });
    /** @type {number[]} */
    const reached = [];
    /** @type {string[]} */
    const problems = [];
    // Once round, wherever it began; the browser's own stop in between has no number.
    for (let presses = 0; reached.length < count && presses < 2 * count + 3; presses += 1) {
      await page.keyboard.press('Tab');
      const here = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element?.hasAttribute('data-at')) return null;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const box = element.getBoundingClientRect();
        return { at: Number(element.getAttribute('data-at')), ringed: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, seen: box.width > 1 && box.height > 1 };
      });
      if (!here || reached.includes(here.at)) continue;
      reached.push(here.at);
      if (!here.ringed) problems.push(`control ${here.at} shows no focus`);
      if (!here.seen) problems.push(`control ${here.at} has the focus and cannot be seen`);
    }
    const start = reached.indexOf(0);
    const inOrder = [...reached.slice(start), ...reached.slice(0, start)];
    if (inOrder.length !== count || inOrder.some((at, index) => at !== index)) problems.push(`reached ${reached} of ${count} controls`);
    return problems;
  });
});

test('what a finger aims at is at least 44 px high and wide', async () => {
  await everywhere({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, (page) => page.evaluate(() => {
    // Links inside a sentence are exempt: WCAG 2.2, 2.5.8.
    const targets = [...document.querySelectorAll('button, a.button, .bar a, .next, input:not([type="hidden"])')];
    return targets.filter((target) => {
      const { width, height } = target.getBoundingClientRect();
      return Math.min(width, height) < 44;
    }).map((target) => `small: ${target.outerHTML}`);
  }));
});

test('text from outside makes no element and turns none of our words around', async () => {
  await everywhere({}, (page) => page.evaluate(() => {
    const problems = [...document.querySelectorAll('script, img:not(.logo[src^="/logo/"]), style, [style], [onerror]')].map((element) => `there is ${element.outerHTML}`);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = /** @type {Text} */ (texts.currentNode);
      if (!text.data.includes('\u202e')) continue;
      const around = text.parentElement;
      // From first to last character it is the text from outside: examples/pages.rs.
      const isAlone = /^">.*\u202eevil$/s.test(text.data.trim()) && around && !getComputedStyle(around).display.startsWith('inline') && around.textContent === text.data;
      if (!isAlone && !around?.closest('bdi')) problems.push(`not isolated: ${around?.outerHTML}`);
    }
    return problems;
  }));
});

/**
 * What a page sends, without JavaScript, when a button is pressed.
 * @param {string} name @param {string} button @param {string} [typed]
 */
async function sent(name, button, typed) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(`${site.origin}/${name}`);
    if (typed !== undefined) await page.getByRole('textbox').fill(typed);
    const [request] = await Promise.all([
      page.waitForRequest((request) => request.isNavigationRequest()),
      page.getByRole('button', { name: button }).click(),
    ]);
    return `${request.method()} ${new URL(request.url()).pathname} ${request.postData() ?? ''}`.trim();
  } finally {
    await context.close();
  }
}

test('the forms send what the Worker reads, without JavaScript', async () => {
  assert.equal(await sent('sign-in', 'Continue', 'alice@acme.test'), 'POST /sign-in who=alice%40acme.test');
  assert.equal(await sent('sign-in-problem', 'Continue'), 'POST /sign-in to=%2Fvault%2Factivity&who=alice+at+acme');
  assert.equal(await sent('confirm', 'Continue as alice@acme.test'), 'POST /confirm token=3q2-7wABAgMEBQYHCAkKCw&answer=yes');
  assert.equal(await sent('confirm', 'This is not me'), 'POST /confirm token=3q2-7wABAgMEBQYHCAkKCw&answer=no');
  assert.equal(await sent('vault', 'Sign out'), 'POST /sign-out');
});

test('after a mistake the field has the focus, what was typed, and its explanation', async () => {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/sign-in-problem`);
  const field = page.getByRole('textbox', { name: 'Work e-mail or SSO name' });
  assert.equal(await field.inputValue(), 'alice at acme');
  assert.ok(await field.evaluate((element) => element === document.activeElement));
  const described = await field.evaluate((element) => document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent);
  assert.match(described ?? '', /^Enter your work e-mail/);
  assert.match(await page.title(), /^Error: /);
  await page.close();
});

test('the first page and all that it needs is small', () => {
  const size = (/** @type {string} */ path) => readFileSync(path).length;
  const total = size(join(rendered.folder, 'sign-in.html')) + size(join(root, 'www/keyward.css')) + size(join(root, 'www/mark.svg'));
  assert.ok(total <= FIRST_PAGE_BYTES, `${total} bytes`);
});

test('the policy of static files lets the mark have its own style and nothing else', () => {
  const style = /<style>(.*)<\/style>/.exec(readFileSync(join(root, 'www/mark.svg'), 'utf8'))?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = /Content-Security-Policy: (.*)/.exec(readFileSync(join(root, 'www/_headers'), 'utf8'))?.[1];
  assert.equal(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`);
});
