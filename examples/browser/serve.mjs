// @ts-check
// Serves this folder, and the package's as keyward/. Any server for static files will do.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',  // With this type, it is compiled while it comes in.
});
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const name = pathname === '/' ? 'index.html' : pathname.slice(1);
  const file = name.startsWith('keyward/')
    ? new URL(name.slice('keyward/'.length), import.meta.resolve('keyward'))
    : new URL(name, import.meta.url);
  const type = types[extname(file.pathname)];
  const body = type && !name.includes('..') ? await readFile(file).catch(() => null) : null;
  if (body) response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff' }).end(body);
  else response.writeHead(404).end();
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  server.listen(3001, 'localhost', () => console.log('http://localhost:3001'));
}
