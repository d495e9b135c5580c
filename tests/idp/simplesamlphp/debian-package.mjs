// @ts-check
// SimpleSAMLphp as Debian ships it, unpacked but not installed: installing it would bring a web server along.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '.keyward', 'cache', 'simplesamlphp');

/**
 * The folder `usr/share/simplesamlphp` of the package, downloaded once and kept.
 * @returns {Promise<string>}
 */
export async function simpleSamlPhp() {
  const ready = join(cache, 'root');
  if (!existsSync(ready)) await unpackTo(ready);
  return join(ready, 'usr', 'share', 'simplesamlphp');
}

/** @param {string} ready */
async function unpackTo(ready) {
  await mkdir(cache, { recursive: true });
  // Unpacked beside its place and moved there whole: a run that was broken off leaves nothing that looks finished.
  const work = await mkdtemp(join(cache, 'unpacking-'));
  try {
    await download(work);
    const deb = (await readdir(work)).find((name) => name.endsWith('.deb'));
    if (!deb) throw new Error('apt-get download left no package behind');
    await run('dpkg', ['-x', join(work, deb), join(work, 'root')]);
    await rename(join(work, 'root'), ready).catch((error) => {
      if (!existsSync(ready)) throw error; // else another test process was first
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function download(folder) {
  const get = () => run('apt-get', ['download', 'simplesamlphp'], { cwd: folder });
  try {
    await get();
  } catch {
    // A machine that is new has no package lists yet.
    await run('apt-get', ['update']).catch(() => {});
    await get().catch((error) => {
      throw new Error(`SimpleSAMLphp could not be downloaded: ${error.stderr || error.message}\n  → Run \`apt-get update\` as root, on Debian 12.`);
    });
  }
}
