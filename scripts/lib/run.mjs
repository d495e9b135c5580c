// @ts-check
// Running other programs: named steps with their time, failures told with a way out, nothing left behind.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const isWindows = process.platform === 'win32';

/** A failure that says what to do; shown without a stack. */
export class Failure extends Error {
  /** @param {string} what @param {string} [wayOut] */
  constructor(what, wayOut) {
    super(wayOut ? `${what}\n  → ${wayOut}` : what);
  }
}

/** What runs now. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Ends what this process started, and what that started. */
function endAll() {
  for (const { pid } of running) {
    if (pid === undefined) continue;
    if (isWindows) spawnSync('taskkill', ['/pid', String(pid), '/t', '/f']);
    else {
      try {
        process.kill(-pid, 'SIGTERM');
      } catch {
        // It has ended by itself.
      }
    }
  }
}

// While something runs, a signal ends this process by way of its exit event; without a listener there is no such event.
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
const exitBySignal = (/** @type {string} */ _name, /** @type {number} */ number) => process.exit(128 + number);

/**
 * Starts a program that ends when this process does: the leader of a process group, so that its children are reached.
 * @param {string} command @param {string[]} args @param {import('node:child_process').SpawnOptions} options
 */
export function start(command, args, options) {
  // npm's programs are batch files on Windows, which only a shell runs.
  const child = spawn(command, args, { cwd: root, detached: !isWindows, shell: isWindows && /^npm$|\.cmd$/.test(command), ...options });
  if (running.size === 0) {
    process.on('exit', endAll);
    for (const signal of signals) process.on(signal, exitBySignal);
  }
  running.add(child);
  child.once('close', () => {
    running.delete(child);
    if (running.size > 0) return;
    process.off('exit', endAll);
    for (const signal of signals) process.off(signal, exitBySignal);
  });
  return child;
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string | undefined>, quiet?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string }>} output only where quiet
 */
export function exec(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, {
      env: { ...process.env, ...options.env },
      stdio: ['ignore', options.quiet ? 'pipe' : 'inherit', options.quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      const missing = /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT';
      reject(missing ? new Failure(`\`${command}\` was not found.`, hints[command]) : error);
    });
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @type {Record<string, string>} */
const hints = {
  cargo: 'Install Rust with rustup (https://rustup.rs) and open a new terminal.',
  rustup: 'Install Rust with rustup (https://rustup.rs) and open a new terminal.',
  git: 'Install git.',
  npm: 'Install Node.js 20 or later, with npm.',
};

/**
 * Runs a program and throws where it fails, with the end of what it printed.
 * @param {string} command @param {string[]} args @param {Parameters<typeof exec>[2] & { wayOut?: string }} [options]
 */
export async function must(command, args, options = {}) {
  const { code, output } = await exec(command, args, options);
  if (code !== 0) {
    const tail = output.trim().split('\n').slice(-30).join('\n');
    throw new Failure(`\`${[command, ...args].join(' ')}\` failed (exit code ${code}).${tail ? `\n${tail}` : ''}`, options.wayOut);
  }
  return output;
}

/**
 * A named step: its name when it begins, its time when it is done. Several may run at once.
 * @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function step(name, work) {
  const started = performance.now();
  console.log(`  … ${name}`);
  try {
    const result = await work();
    console.log(`  ✓ ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    return result;
  } catch (error) {
    console.log(`  ✗ ${name}`);
    throw error;
  }
}

/** A program that a pinned npm package brings. @param {string} name */
export function npmBin(name) {
  return join(root, 'node_modules', '.bin', isWindows ? `${name}.cmd` : name);
}

/** Node ≥ 22, which wrangler and workerd's tooling need: this one, or the pinned package's. */
export function modernNode() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  const { platform, arch } = process;
  const name = `node-${isWindows ? 'win' : platform}-${arch}`;
  const own = join(root, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
  if (!existsSync(own)) {
    throw new Failure(`There is no pinned Node 22 for ${platform} on ${arch}.`, 'Use Node 22 or later yourself, or run `npm ci` again.');
  }
  return own;
}

/** Shows a failure as a person should see it, and ends. @param {unknown} error */
export function fail(error) {
  const text = error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`\n${text}\n`);
  process.exit(1);
}
