// @ts-check
// What the vault's page weighs with all that it loads before somebody asks for more, compressed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { root } from '../../scripts/lib/run.mjs';

const MOST = 300 * 1024;
const www = join(root, 'www');

/** A module and all that it imports. @param {string} path @param {Set<string>} seen */
function modules(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, to] of readFileSync(path, 'utf8').matchAll(/^(?:import|export) [^'\n]*from '(\.[^']+)'/gm)) modules(join(dirname(path), to), seen);
  return seen;
}

test('the vault with all that it loads is at most 300 KB', (context) => {
  const scripts = modules(join(www, 'app/vault.js'));
  assert.ok(scripts.size > 15, `${scripts.size}`);
  const files = [...scripts, ...['keyward.css', 'app/vault.css', 'wasm/keyward_pages.js', 'wasm/keyward_pages_bg.wasm'].map((name) => join(www, name))];
  const sizes = files.map((file) => gzipSync(readFileSync(file)).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  context.diagnostic(`${(total / 1024).toFixed(0)} KB after gzip, in ${files.length} files`);
  assert.ok(total <= MOST, `${total} bytes`);
});
