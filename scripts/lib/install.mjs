// @ts-check
// Installs what a fresh clone lacks: npm packages (their exact versions) and the Rust targets.
import { unlessFresh } from './fresh.mjs';
import { Failure, exec, modernNode, must, step } from './run.mjs';

/** The tools that a machine must bring, and what Rust compiles for. @param {string[]} [targets] */
export async function installTargets(targets = ['wasm32-unknown-unknown']) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Failure(`This is Node ${process.versions.node}.`, 'Use Node 20 or later.');
  }
  // A toolchain that rust-toolchain.toml names is installed by rustup when it is first used; its targets too, but not
  // into a toolchain that was there before.
  await must('cargo', ['--version'], { quiet: true });
  const installed = (await exec('rustup', ['target', 'list', '--installed'], { quiet: true })).output;
  for (const target of targets.filter((it) => !installed.includes(it))) {
    await step(`Install the Rust target ${target}`, () => must('rustup', ['target', 'add', target], { quiet: true }));
  }
}

/** The npm packages that package-lock.json names, unless they are there already. */
export async function installPackages() {
  await unlessFresh('npm', { inputs: ['package-lock.json', '.npmrc'], outputs: ['node_modules/miniflare/package.json'] }, async () => {
    await step('Install npm packages', () =>
      must('npm', ['ci', '--no-audit', '--no-fund'], { quiet: true, wayOut: 'Is the npm registry in reach? Try `npm ci` by itself.' }));
  });
  modernNode();
}

/** Everything. @param {{ targets?: string[] }} [options] */
export async function install({ targets } = {}) {
  await installTargets(targets);
  await installPackages();
}
