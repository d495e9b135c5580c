// @ts-check
// `npm run screenshots`: a picture of every page in every state, width and scheme, to look at.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, root } from '../../scripts/lib/run.mjs';
import { openBrowser, render, serve, views } from './support.mjs';

async function main() {
  const output = join(root, 'tests', 'output', 'screenshots');
  await mkdir(output, { recursive: true });
  const pages = await render();
  const { origin, names: plain, scripted, stop } = await serve(pages.folder);
  const names = [...plain, ...scripted];
  const browser = await openBrowser();
  try {
    for (const { width, scheme } of views) {
      const page = await browser.newPage({ viewport: { width, height: width < 768 ? 844 : 900 }, colorScheme: scheme });
      for (const name of names) {
        await page.goto(`${origin}/${name}`);
        await page.screenshot({ path: join(output, `${name.replace('/', '-')}-${width}-${scheme}.png`), fullPage: true });
      }
      await page.close();
    }
  } finally {
    await browser.close();
    stop();
    await pages.remove();
  }
  console.log(`${names.length * views.length} pictures in ${output}`);
}

main().catch(fail);
