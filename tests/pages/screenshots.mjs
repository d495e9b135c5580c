// @ts-check
// `npm run screenshots`: a picture of every page in every state, width and scheme, to look at. Each is looked at by axe as well.
// With `-- --signed-in` or `-- --console`, of that part alone; `--admins` is the part of the first where an organisation begins.
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, root } from '../../scripts/lib/run.mjs';
import { assertAccessible } from '../browser/support.mjs';
import { startVaults } from '../browser/vault-support.mjs';
import { startStack } from '../support/stack.mjs';
import { walkOrganisation, walkOutside } from './admins.mjs';
import { walkConsole } from './console.mjs';
import { walk } from './signed-in.mjs';
import { openBrowser, render, serve, views } from './support.mjs';

const output = join(root, 'tests', 'output', 'screenshots');
let count = 0;
/** @param {import('playwright-core').Page} page @param {string} name */
async function picture(page, name) {
  await page.screenshot({ path: join(output, `${name}.png`), fullPage: true, animations: 'disabled' });
  count += 1;
}

/** Pages that need nobody, or somebody whom they are given: rendered natively. */
async function plain() {
  const pages = await render();
  const { origin, names, scripted, stop } = await serve(pages.folder);
  const browser = await openBrowser();
  try {
    for (const { width, scheme } of views) {
      const page = await browser.newPage({ viewport: { width, height: width < 768 ? 844 : 900 }, colorScheme: scheme });
      for (const name of [...names, ...scripted]) {
        await page.goto(`${origin}/${name}`);
        await picture(page, `${name.replace('/', '-')}-${width}-${scheme}`);
      }
      await page.close();
    }
  } finally {
    await browser.close();
    stop();
    await pages.remove();
  }
}

/** Pages of a Worker with its database: `npm run build` comes first. @param {string} prefix @param {typeof walk} through */
async function signedIn(prefix, through) {
  const world = await startVaults();
  try {
    for (const { width, scheme } of views) {
      const context = await world.browser.newContext({ viewport: { width, height: width < 768 ? 844 : 900 }, colorScheme: scheme });
      context.setDefaultTimeout(20_000);
      await through(world, await context.newPage(), async (name, page = context.pages()[0]) => {
        await picture(page, `${prefix}-${name}-${width}-${scheme}`);
        await assertAccessible(page);
      });
      await context.close();
    }
  } finally {
    await world.stop();
  }
}

/** Where an organisation begins, each time anew. */
async function outside() {
  const browser = await openBrowser();
  try {
    for (const { width, scheme } of views) {
      const secret = randomBytes(32).toString('base64url');
      const stack = await startStack({ bindings: { KEYWARD_SETUP_SECRET: secret } });
      try {
        const page = await browser.newPage({ viewport: { width, height: width < 768 ? 844 : 900 }, colorScheme: scheme });
        page.setDefaultTimeout(20_000);
        await walkOutside(stack.origin, secret, page, async (name) => {
          await picture(page, `outside-${name}-${width}-${scheme}`);
          await assertAccessible(page);
        });
        await page.close();
      } finally {
        await stack.stop();
      }
    }
  } finally {
    await browser.close();
  }
}

async function main() {
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const only = process.argv.find((it) => it.startsWith('--'));
  if (!only) await plain();
  if (!only || only === '--signed-in') await signedIn('in', walk);
  if (!only || only === '--signed-in' || only === '--admins') {
    await outside();
    await signedIn('organisation', walkOrganisation);
  }
  if (!only || only === '--console') await signedIn('admin', walkConsole);
  console.log(`${count} pictures in ${output}`);
}

main().catch(fail);
