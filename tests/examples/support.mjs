// @ts-check
// The package as somebody gets it: packed, installed into an empty folder, and nothing of the repository in sight.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/lib/run.mjs';

const run = promisify(execFile);

/** Runs npm, which is a batch file on Windows. @param {string[]} args @param {string} cwd */
const npm = async (args, cwd) => (await run('npm', args, { cwd, shell: process.platform === 'win32' })).stdout;

/** Packs dist/keyward and installs it beside a copy of the examples. */
export async function installPacked() {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-'));
  const [{ filename, files }] = JSON.parse(await npm(['pack', '--json', '--pack-destination', folder], join(root, 'dist', 'keyward')));
  for (const example of ['node', 'browser']) cpSync(join(root, 'examples', example), join(folder, example), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  await npm(['install', '--offline', '--no-audit', '--no-fund', join(folder, filename)], folder);
  return {
    /** Where it was installed. */
    folder,
    /** What was packed. @type {string[]} */
    files: files.map((/** @type {{ path: string }} */ { path }) => path).sort(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a program of that folder by this Node. @param {string} folder @param {string[]} args @param {string} [node] */
export async function runNode(folder, args, node = process.execPath) {
  // Without what a test runner would tell a test of its own.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  return (await run(node, args, { cwd: folder, env })).stdout;
}
