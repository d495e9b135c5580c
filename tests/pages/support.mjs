// @ts-check
// Every page in every state, as the Worker would send it: rendered natively, served with the Worker's own policy.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { must, root } from '../../scripts/lib/run.mjs';

/** The widths and schemes in which every page is looked at. */
export const views = [390, 1440].flatMap((width) => /** @type {const} */ (['light', 'dark']).map((scheme) => ({ width, scheme })));

const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/** @type {Record<string, string>} */
const types = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.ico': 'image/x-icon', '.png': 'image/png', '.js': 'text/javascript; charset=utf-8' };

/** Renders the pages into a new folder. */
export async function render() {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-pages-'));
  await must('cargo', ['run', '--quiet', '--locked', '--package', 'keyward-worker', '--example', 'pages', '--', folder], { quiet: true });
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Serves them beside www/. Those that need a script are in `scripted`. @param {string} folder */
export async function serve(folder) {
  const list = async (/** @type {string} */ at) => (await readdir(join(folder, at))).filter((name) => name.endsWith('.html')).map((name) => join(at, name.slice(0, -5))).sort();
  const [names, scripted] = await Promise.all([list(''), list('scripted')]);
  const pages = new Set([...names, ...scripted].map((name) => `/${name}`));
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    try {
      const made = /^\/(brand|logo)\//.test(path);
      const file = pages.has(path) ? join(folder, `${path.slice(1)}.html`) : join(made ? folder : join(root, 'www'), path.slice(1));
      const body = await readFile(file);
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': path.startsWith('/scripted/') ? `${policy}; script-src 'self'; connect-src 'self'` : policy }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { origin: `http://127.0.0.1:${port}`, names, scripted, stop: () => server.close() };
}

/** Debian's Chromium. */
export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
