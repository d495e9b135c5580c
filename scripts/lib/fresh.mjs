// @ts-check
// What was built from what: a step whose inputs have not changed since is not done again.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './run.mjs';

const stamps = join(root, '.keyward', 'stamps');

/** @param {string} path @param {string[]} found */
function walk(path, found) {
  if (!existsSync(path)) return found;
  if (statSync(path).isFile()) return found.push(path), found;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (['node_modules', 'target', 'build', '.git'].includes(entry.name)) continue;
    walk(join(path, entry.name), found);
  }
  return found;
}

/** A digest of files and folders, names and contents. @param {string[]} paths relative to the root */
export function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of walk(join(root, path), []).sort()) {
      hash.update(relative(root, file).split(sep).join('/')).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

/**
 * Does the work unless its inputs are as they were when it last succeeded and its outputs are still there.
 * @param {string} name @param {{ inputs: string[], outputs: string[] }} files @param {() => Promise<void>} work
 * @returns {Promise<boolean>} whether it was done
 */
export async function unlessFresh(name, { inputs, outputs }, work) {
  const stamp = join(stamps, name);
  const now = digest(inputs);
  const isThere = outputs.every((output) => existsSync(join(root, output)));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return false;
  await work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, now);
  return true;
}
