// @ts-check
// Builds what the vault's page runs into www/wasm/: keyward-vault as WebAssembly, which the Worker never links.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compile, optimise } from './build.mjs';
import { unlessFresh } from './lib/fresh.mjs';
import { fail, root, step } from './lib/run.mjs';

const out = 'www/wasm';
const sources = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'crates/vault', 'crates/pages', 'crates/transfer', 'crates/strength', 'crates/xtask/src/main.rs', 'scripts/build.mjs', 'scripts/build-pages.mjs'];

/** @param {Promise<void>} [packages] what to wait for before tools from npm are used */
export async function buildPages(packages) {
  const outputs = ['pages', 'transfer', 'strength'].flatMap((name) => [`${out}/keyward_${name}.js`, `${out}/keyward_${name}_bg.wasm`]);
  await unlessFresh('pages', { inputs: sources, outputs }, async () => {
    const folder = join(root, out);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    // What only some pages load, or only when somebody asks, is a program of its own.
    for (const name of ['pages', 'transfer', 'strength']) {
      const built = join(root, 'target', 'bindings', name);
      await step({ pages: "Compile the vault's page to wasm", transfer: 'Compile import and export', strength: 'Compile the strength of passwords' }[name] ?? name, () => compile(`keyward-${name}`, 'web', built));
      await packages;
      await step('Optimise it', async () => {
        await optimise(join(built, 'index_bg.wasm'), ['-O1']);
        const glue = readFileSync(join(built, 'index.js'), 'utf8');
        writeFileSync(join(folder, `keyward_${name}.js`), glue);
        renameSync(join(built, 'index_bg.wasm'), join(folder, `keyward_${name}_bg.wasm`));
      });
    }
  });
  return gzipSync(readFileSync(join(root, out, 'keyward_pages_bg.wasm')), { level: 9 }).length;
}

if (process.argv[1]?.endsWith('build-pages.mjs')) {
  buildPages().then((size) => console.log(`The vault's page has ${Math.round(size / 1024)} KiB of wasm after gzip.`), fail);
}
