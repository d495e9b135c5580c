// @ts-check
// Deno and Bun, which the package says it works in, of the versions that package.json names.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { unlessFresh } from '../../scripts/lib/fresh.mjs';
import { must, root, step } from '../../scripts/lib/run.mjs';

const folder = join('.keyward', 'runtimes');
const files = ['package.json', 'package-lock.json'];
/** The programs themselves: what npm puts beside them starts them by way of Node. */
export const deno = join(root, folder, 'node_modules', '@deno', `linux-${process.arch}-glibc`, 'deno');
export const bun = join(root, folder, 'node_modules', '@oven', `bun-linux-${process.arch === 'arm64' ? 'aarch64' : process.arch}`, 'bin', 'bun');

export const installRuntimes = () => unlessFresh('runtimes', { inputs: files.map((file) => `tests/runtimes/${file}`), outputs: [deno, bun].map((program) => relative(root, program)) }, () =>
  step('Install Deno and Bun', async () => {
    mkdirSync(join(root, folder), { recursive: true });
    for (const file of files) copyFileSync(join(root, 'tests', 'runtimes', file), join(root, folder, file));
    await must('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--prefix', join(root, folder)], { quiet: true, wayOut: 'Is the npm registry in reach?' });
  }));
