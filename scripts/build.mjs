// @ts-check
// Builds the Worker: Rust to wasm, bindings, optimisation, one JavaScript entry. `wrangler deploy` runs it too.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unlessFresh } from './lib/fresh.mjs';
import { fail, modernNode, must, npmBin, root, step } from './lib/run.mjs';

const sources = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'crates/xml', 'crates/saml', 'crates/core', 'crates/worker', 'migrations', 'crates/xtask/src/main.rs', 'scripts/build.mjs', 'scripts/worker-entry.mjs'];
const out = 'crates/worker/build';

/** wasm-opt is a Node program in its npm package. @param {string} file @param {string[]} flags */
export async function optimise(file, flags) {
  const features = ['--enable-bulk-memory', '--enable-nontrapping-float-to-int', '--enable-sign-ext', '--enable-mutable-globals', '--enable-reference-types', '--enable-multivalue', '--enable-exception-handling'];
  await must(modernNode(), [join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt'), file, '-o', file, ...features, ...flags], { quiet: true });
}

/** @param {string} crate @param {string} target @param {string} folder @param {string[]} [flags] of rustc */
export async function compile(crate, target, folder, flags = []) {
  // Panics name files; those of dependencies would name the home of whoever built it.
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const unnamed = `target.wasm32-unknown-unknown.rustflags=${JSON.stringify([`--remap-path-prefix=${cargoHome}=cargo`, ...flags])}`;
  const wayOut = 'Mend what the compiler says, or run `rustup update` if it is too old.';
  // Different folders below target/, so that neither waits for the other: linking leaves a core to build the bindings tool.
  await Promise.all([
    must('cargo', ['build', '--locked', '--release', '--target', 'wasm32-unknown-unknown', '--config', unnamed, '--package', crate], { quiet: true, wayOut }),
    must('cargo', ['build', '--locked', '--package', 'xtask'], { quiet: true, wayOut }),
  ]);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const wasm = join(root, 'target', 'wasm32-unknown-unknown', 'release', `${crate.replaceAll('-', '_')}.wasm`);
  await must('cargo', ['run', '--locked', '--quiet', '--package', 'xtask', '--', 'bindgen', wasm, target, folder], { quiet: true });
}

/** @param {Promise<void>} [packages] what to wait for before tools from npm are used */
export async function buildWorker(packages) {
  await unlessFresh('worker', { inputs: sources, outputs: [`${out}/index.js`, `${out}/index_bg.wasm`] }, async () => {
    const folder = join(root, out);
    await step('Compile the Worker to wasm', () => compile('keyward-worker', 'worker', folder));
    await packages;
    await step('Optimise and bundle it', async () => {
      // -O2 takes three times as long, and what it puts inline weighs 6 % more after gzip.
      await optimise(join(folder, 'index_bg.wasm'), ['-O1']);
      // Source-phase imports are not in workerd yet; a plain import of a .wasm file means the same there.
      const glue = readFileSync(join(folder, 'index.js'), 'utf8').replaceAll('import source ', 'import ');
      writeFileSync(join(folder, 'bindings.js'), glue);
      await must(npmBin('esbuild'), [join(root, 'scripts', 'worker-entry.mjs'), '--bundle', '--format=esm', '--minify', '--alias:keyward-bindings=' + join(folder, 'bindings.js'), '--external:./index_bg.wasm', '--external:cloudflare:*', '--external:node:*', `--outfile=${join(folder, 'index.js')}`, '--allow-overwrite', '--log-level=error'], { quiet: true });
      rmSync(join(folder, 'bindings.js'));
    });
  });
  const size = ['index.js', 'index_bg.wasm'].reduce((sum, file) => sum + gzipSync(readFileSync(join(root, out, file)), { level: 9 }).length, 0);
  return size;
}

if (process.argv[1]?.endsWith('build.mjs')) {
  // Loaded here, since it uses what stands above.
  const both = async () => {
    const size = await buildWorker();
    const pages = await (await import('./build-pages.mjs')).buildPages();
    console.log(`The Worker is ${Math.round(size / 1024)} KiB after gzip, the wasm of the vault's page ${Math.round(pages / 1024)} KiB.`);
  };
  both().catch(fail);
}
