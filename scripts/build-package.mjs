// @ts-check
// Builds the npm package `keyward` into dist/keyward/, ready for `npm pack`.
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compile, optimise } from './build.mjs';
import { unlessFresh } from './lib/fresh.mjs';
import { install } from './lib/install.mjs';
import { fail, root, step } from './lib/run.mjs';

const out = 'dist/keyward';
const sources = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', 'crates/xml', 'crates/saml', 'crates/core', 'crates/wasm', 'crates/xtask/src/main.rs', 'package', 'scripts/lib/certificate.mjs', 'scripts/build.mjs', 'scripts/build-package.mjs', 'LICENSE-MIT', 'LICENSE-APACHE'];

export async function buildPackage() {
  await unlessFresh('package', { inputs: sources, outputs: [`${out}/index.js`, `${out}/keyward_bg.wasm`] }, async () => {
    const folder = join(root, out);
    // Vectors of 128 bits: in every browser since 2023, and in Node before 20.
    await step('Compile the package to wasm', () => compile('keyward-wasm', 'web', folder, ['-Ctarget-feature=+simd128']));
    await step('Optimise and assemble it', async () => {
      // What has one caller is left where it is: put inline, it is less alike to other code and weighs 15 KiB more after gzip.
      await optimise(join(folder, 'index_bg.wasm'), ['--enable-simd', '-Os', '--one-caller-inline-max-function-size=0']);
      renameSync(join(folder, 'index_bg.wasm'), join(folder, 'keyward_bg.wasm'));
      renameSync(join(folder, 'index.js'), join(folder, 'keyward.js'));
      mkdirSync(folder, { recursive: true });
      cpSync(join(root, 'package'), folder, { recursive: true });
      cpSync(join(root, 'scripts', 'lib', 'certificate.mjs'), join(folder, 'certificate.js'));
      for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE']) cpSync(join(root, licence), join(folder, licence));
    });
  });
  return gzipSync(readFileSync(join(root, out, 'keyward_bg.wasm')), { level: 9 }).length;
}

if (process.argv[1]?.endsWith('build-package.mjs')) {
  install().then(buildPackage).then((size) => console.log(`dist/keyward is built; its wasm is ${Math.round(size / 1024)} KiB after gzip.`), fail);
}
