// @ts-check
// The Worker's routes, from its own list.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/run.mjs';

/** Each route, with its methods. */
export function routes() {
  const source = readFileSync(join(root, 'crates/worker/src/http/route.rs'), 'utf8');
  const found = [...source.matchAll(/^ {8}\[([^\]]*)\] =>[^;]*?"((?:GET|POST)[A-Z, ]*)"/gm)];
  assert.equal(found.length, [...source.matchAll(/^ {8}\[.*\] => /gm)].length, 'every route is read');
  return found.map(([, segments, methods]) => ({ path: [...segments.matchAll(/"([^"]*)"|(\w+)/g)].map((it) => it[1] ?? 'c_x').join('/'), methods: methods.split(', ') }));
}
