// @ts-check
// Installs what a fresh clone lacks: npm packages (their exact versions) and the Rust targets.
import { unlessFresh } from './fresh.mjs';
import { Failure, exec, modernNode, must, step } from './run.mjs';

/** @param {{ targets?: string[] }} [options] */
export async function install({ targets = ['wasm32-unknown-unknown'] } = {}) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Failure(`This is Node ${process.versions.node}.`, 'Use Node 20 or later.');
  }
  await must('cargo', ['--version'], { quiet: true });
  await must('rustup', ['--version'], { quiet: true });
  await unlessFresh('npm', { inputs: ['package-lock.json', '.npmrc'], outputs: ['node_modules/miniflare/package.json'] }, () =>
    step('Install npm packages', async () => {
      await must('npm', ['ci', '--no-audit', '--no-fund'], { quiet: true, wayOut: 'Is the npm registry in reach? Try `npm ci` by itself.' });
    }));
  // A Rust toolchain that rust-toolchain.toml names is installed by rustup when it is first used; its targets too, but
  // not into a toolchain that was there before.
  const installed = (await exec('rustup', ['target', 'list', '--installed'], { quiet: true })).output;
  for (const target of targets.filter((it) => !installed.includes(it))) {
    await step(`Install the Rust target ${target}`, () => must('rustup', ['target', 'add', target], { quiet: true }).then(() => {}));
  }
  modernNode();
}
