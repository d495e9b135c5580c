// @ts-check
// An account at the stand-in, a machine that deploys to it, and the real wrangler in between.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, start } from '../../scripts/lib/run.mjs';
import { startCloudflare } from './cloudflare.mjs';

export const migrations = readdirSync(join(root, 'migrations')).sort();

export async function startAccount() {
  const cloudflare = await startCloudflare();
  /** Where wrangler may write, and what deployments keep. */
  const home = mkdtempSync(join(tmpdir(), 'keyward-deploy-'));
  const kept = (/** @type {string[]} */ ...path) => join(home, 'kept', ...path);

  /** @param {string[]} command @param {Record<string, string>} [env] @param {string} [typed] in a terminal, and there this @returns {Promise<{ code: number, output: string }>} */
  const run = (command, env = {}, typed = undefined) => new Promise((resolve, reject) => {
    // util-linux makes the terminal.
    const [program, args] = typed === undefined ? [process.execPath, command] : ['script', ['--quiet', '--return', '--command', [process.execPath, ...command].map((it) => `'${it}'`).join(' '), '/dev/null']];
    const child = start(program, args, {
      env: {
        ...process.env, XDG_CONFIG_HOME: home, NODE_COMPILE_CACHE: join(root, '.keyward', 'compile-cache'), WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1',
        CLOUDFLARE_API_BASE_URL: cloudflare.base, CLOUDFLARE_API_TOKEN: 'token', CLOUDFLARE_ACCOUNT_ID: 'account',
        NODE_OPTIONS: `--import ${new URL('names.mjs', import.meta.url)}`, STAND_IN: cloudflare.worker, ...env,
      },
      stdio: [typed === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
    if (typed) child.stdin?.write(typed);
  });
  const command = (/** @type {string[]} */ args) => [join(root, 'scripts', 'deploy.mjs'), '--keep', kept(), ...args];
  const deploy = (/** @type {string[]} */ args, /** @type {Record<string, string>} */ env = {}) => run(command(args), env);
  return {
    cloudflare, kept, deploy,
    /** The same as somebody who sits before it, and what they type. @param {string[]} args @param {string} typed */
    deployInTerminal: (args, typed = '') => run(command(args), {}, typed),
    /** What is kept in a file. @param {string} name */
    secret: (name) => readFileSync(kept(name), 'utf8').trim(),
    wrangler: (/** @type {string[]} */ ...args) => run([join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), ...args]),
    /** A deployment that has to succeed. @param {string[]} args */
    async deployed(...args) {
      const { code, output } = await deploy(args);
      assert.equal(code, 0, output);
      assert.deepEqual(cloudflare.unknown, [], output);
      return output;
    },
    /** The migrations that a database has seen. @param {string} [name] */
    applied: (name = 'keyward') => cloudflare.database(name).prepare('SELECT name FROM d1_migrations ORDER BY id').all().map((row) => row.name),
    /** The machine is another one: nothing is kept there. */
    forget: () => rmSync(kept(), { recursive: true, force: true }),
    async stop() {
      await cloudflare.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
