// @ts-check
// Builds what the vault's page runs into www/wasm/: keyward-vault as WebAssembly, which the Worker never links.
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compile, optimise } from './build.mjs';
import { unlessFresh } from './lib/fresh.mjs';
import { fail, root, step } from './lib/run.mjs';

const out = 'www/wasm';
const sources = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'crates/vault', 'crates/pages', 'crates/xtask/src/main.rs', 'scripts/build.mjs', 'scripts/build-pages.mjs'];

/** @param {Promise<void>} [packages] what to wait for before tools from npm are used */
export async function buildPages(packages) {
  await unlessFresh('pages', { inputs: sources, outputs: [`${out}/keyward_pages.js`, `${out}/keyward_pages_bg.wasm`] }, async () => {
    const folder = join(root, out);
    await step("Compile the vault's page to wasm", () => compile('keyward-pages', 'web', folder));
    await packages;
    await step('Optimise it', async () => {
      await optimise(join(folder, 'index_bg.wasm'), ['-Os']);
      renameSync(join(folder, 'index_bg.wasm'), join(folder, 'keyward_pages_bg.wasm'));
      renameSync(join(folder, 'index.js'), join(folder, 'keyward_pages.js'));
      for (const name of ['index.d.ts', 'index_bg.wasm.d.ts']) rmSync(join(folder, name), { force: true });
    });
  });
  return gzipSync(readFileSync(join(root, out, 'keyward_pages_bg.wasm')), { level: 9 }).length;
}

if (process.argv[1]?.endsWith('build-pages.mjs')) {
  buildPages().then((size) => console.log(`The vault's page has ${Math.round(size / 1024)} KiB of wasm after gzip.`), fail);
}
