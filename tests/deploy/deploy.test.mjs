// @ts-check
// `npm run deploy` with the real wrangler, against a stand-in for Cloudflare's API.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root, start } from '../../scripts/lib/run.mjs';
import { startCloudflare } from './cloudflare.mjs';

const ORIGIN = 'https://keyward.acme.workers.dev';
const migrations = readdirSync(join(root, 'migrations')).sort();

/** @type {Awaited<ReturnType<typeof startCloudflare>>} */
let cloudflare;
/** @type {string} a home, where wrangler may write, and what deployments keep */
let home;

before(async () => {
  home = mkdtempSync(join(tmpdir(), 'keyward-deploy-'));
});
after(async () => {
  await cloudflare?.stop();
  rmSync(home, { recursive: true, force: true });
});

/** A fresh account. */
async function account() {
  await cloudflare?.stop();
  cloudflare = await startCloudflare();
  rmSync(kept(), { recursive: true, force: true });
}

const kept = (/** @type {string[]} */ ...path) => join(home, 'kept', ...path);
const secret = (/** @type {string} */ name) => readFileSync(kept(name), 'utf8').trim();

/** @param {string[]} command @param {Record<string, string>} [env] @returns {Promise<{ code: number, output: string }>} */
function run(command, env = {}) {
  return new Promise((resolve, reject) => {
    const child = start(process.execPath, command, {
      env: {
        ...process.env, XDG_CONFIG_HOME: home, NODE_COMPILE_CACHE: join(root, '.keyward', 'compile-cache'), WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1',
        CLOUDFLARE_API_BASE_URL: cloudflare?.base ?? 'http://127.0.0.1:9', CLOUDFLARE_API_TOKEN: 'token', CLOUDFLARE_ACCOUNT_ID: 'account',
        NODE_OPTIONS: `--import ${new URL('names.mjs', import.meta.url)}`, STAND_IN: cloudflare?.worker ?? '', ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

const deploy = (/** @type {string[]} */ ...args) => run([join(root, 'scripts', 'deploy.mjs'), '--keep', kept(), ...args]);
const wrangler = (/** @type {string[]} */ ...args) => run([join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), ...args]);

/** @param {string[]} args */
async function deployed(...args) {
  const { code, output } = await deploy(...args);
  assert.equal(code, 0, output);
  assert.deepEqual(cloudflare.unknown, [], output);
  return output;
}

/** @param {string} [name] */
const applied = (name = 'keyward') => cloudflare.database(name).prepare('SELECT name FROM d1_migrations ORDER BY id').all().map((row) => row.name);

test('a dry run asks nobody, tells the size, and says what it would do', async () => {
  await cloudflare?.stop();
  const { code, output } = await run([join(root, 'scripts', 'deploy.mjs'), '--dry-run', '--keep', kept()], { CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9' });
  assert.equal(code, 0, output);
  assert.match(output, /Total Upload: .* \/ gzip: [\d.]+ KiB/);
  assert.match(output, /would find or make the database `keyward`/);
  assert.ok(!existsSync(kept()), 'nothing is kept of it');
  const size = /gzip: ([\d.]+) KiB/.exec(output);
  assert.ok(Number(size?.[1]) < 3072, 'it fits the free plan');
  console.log(`# ${size?.[0]}`);
});

test('a first deployment makes all there is to make, and a second changes nothing but the code', async () => {
  await account();
  const first = await deployed();
  assert.match(first, /Keyward is at +https:\/\/keyward\.acme\.workers\.dev/);
  assert.match(first, /npm run operator -- tenants create/);
  assert.ok(!/does not answer as it should/.test(first), first);
  assert.deepEqual(cloudflare.databases(), ['keyward']);
  assert.deepEqual(applied(), migrations);
  const made = cloudflare.bindings('keyward');
  assert.deepEqual(made, { KEYWARD_ORIGIN: ORIGIN, KEYWARD_MASTER_KEY: secret('master-key'), KEYWARD_OPERATOR_TOKEN: secret('operator-token') });
  assert.equal(Buffer.from(String(made.KEYWARD_MASTER_KEY), 'base64').length, 32);
  assert.match(String(made.KEYWARD_OPERATOR_TOKEN), /^[A-Za-z0-9_-]{43}$/);
  for (const name of Object.values(made)) assert.ok(name === ORIGIN || !first.includes(String(name)), 'a secret is printed');
  for (const file of readdirSync(kept())) assert.equal(statSync(kept(file)).mode & 0o077, file === 'origin' ? statSync(kept(file)).mode & 0o077 : 0, `${file} is for its owner only`);
  assert.deepEqual(readdirSync(kept()).sort(), ['master-key', 'operator-token', 'origin']);
  const worker = cloudflare.workers.get('keyward');
  assert.deepEqual([worker?.schedules, worker?.subdomain, worker?.domains], [['* * * * *'], true, []]);
  assert.ok(worker?.versions.at(-1)?.modules.some((name) => name.endsWith('.wasm')));

  cloudflare.calls.length = 0;
  // From another machine: nothing is kept there.
  rmSync(kept(), { recursive: true });
  await deployed();
  assert.deepEqual(cloudflare.bindings('keyward'), made);
  assert.deepEqual(cloudflare.databases(), ['keyward']);
  assert.ok(!cloudflare.calls.some((call) => /^POST \/d1\/database$|secrets/.test(call.replace(/^GET .*/, ''))), cloudflare.calls.join('\n'));
  assert.equal(worker?.versions.length, 3, 'one that did not know its address, one that did, and the second deployment');

  // Plain wrangler does not need the script any more.
  const plain = await wrangler('deploy', '--env=');
  assert.equal(plain.code, 0, plain.output);
  assert.deepEqual(cloudflare.bindings('keyward'), made);

  const elsewhere = await deploy('--domain', 'sso.acme.test');
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.output, /This deployment is at https:\/\/keyward\.acme\.workers\.dev[\s\S]*--change-address/);
  assert.equal(cloudflare.bindings('keyward').KEYWARD_ORIGIN, ORIGIN);
});

test('the master key is replaced together with the one that opens what is sealed, and not twice', async () => {
  const before = cloudflare.bindings('keyward');
  const nowhere = await deploy('--rotate-master-key');
  assert.match(nowhere.output, /The master key of now is not kept here/);
  writeFileSync(kept('master-key'), `${before.KEYWARD_MASTER_KEY}\n`);
  const output = await deployed('--rotate-master-key');
  assert.match(output, /npm run operator -- rewrap/);
  const now = cloudflare.bindings('keyward');
  assert.equal(now.KEYWARD_MASTER_KEY_PREVIOUS, before.KEYWARD_MASTER_KEY);
  assert.notEqual(now.KEYWARD_MASTER_KEY, before.KEYWARD_MASTER_KEY);
  assert.deepEqual([secret('master-key'), secret('master-key-previous')], [now.KEYWARD_MASTER_KEY, before.KEYWARD_MASTER_KEY]);
  assert.match((await deploy('--rotate-master-key')).output, /is being replaced already/);
  assert.deepEqual(cloudflare.bindings('keyward'), now);
});

test('a Worker that lost its master key is given no new one while the database has what the old one sealed', async () => {
  const masterKey = secret('master-key');
  cloudflare.workers.clear();
  cloudflare.database('keyward').exec(`PRAGMA foreign_keys = OFF; INSERT INTO sp_key (tenant, connection, id, purpose, status, certificate, wrapped, created_at)
    VALUES ('t_a', 'c_a', 'k_a', 'sign', 'active', 'AAAA', 'v1.${createHash('sha256').update(Buffer.from(masterKey, 'base64')).digest('hex').slice(0, 8)}.AAAA', 0)`);
  rmSync(kept('master-key'));
  const lost = await deploy();
  assert.equal(lost.code, 1);
  assert.match(lost.output, /The database has keys that a master key sealed/);
  assert.deepEqual([...cloudflare.workers.keys()], []);
  writeFileSync(kept('master-key'), `${masterKey}\n`);
  await deployed('--origin', 'https://sso.acme.test');
  assert.equal(cloudflare.bindings('keyward').KEYWARD_MASTER_KEY, masterKey);
  assert.equal(cloudflare.bindings('keyward').KEYWARD_ORIGIN, 'https://sso.acme.test');
});

test('what fails at any step says so, and the next run goes on to the same end', async () => {
  await account();
  /** @type {[string, RegExp, { after?: number, how?: 'refuse' | 'cut' }, RegExp][]} the step, its call, what is said */
  const steps = [
    ['logging in, and the look at what is deployed', /^GET .*\/deployments$/, {}, /wrangler deployments status failed[\s\S]*npx wrangler login/],
    ['the database, made without our hearing of it', /^POST \/d1\/database$/, { how: 'cut' }, /wrangler d1 create failed/],
    ['a migration in their middle', /\/query$/, { after: 5 }, /wrangler d1 migrations failed[\s\S]*rolled back/],
    ['the upload', /^PUT \/workers\/scripts\/keyward$/, { how: 'cut' }, /wrangler deploy failed/],
    ['the schedule', /\/schedules$/, {}, /wrangler deploy failed/],
  ];
  /** @type {string | undefined} */
  let masterKey;
  for (const [what, call, when, says] of steps) {
    cloudflare.fail(call, when);
    const { code, output } = await deploy('--domain', 'sso.acme.test');
    assert.ok(cloudflare.failed(), `${what}: nothing failed\n${output}`);
    if (code !== 0) assert.match(output, says, what);
    if (code !== 0) assert.match(output, /run `npm run deploy` again/, what);
    assert.ok(code !== 0 || when.how === 'cut', `${what} was not noticed\n${output}`);
    if (existsSync(kept('master-key'))) assert.equal(secret('master-key'), (masterKey ??= secret('master-key')), `${what}: another master key`);
  }
  await deployed('--domain', 'sso.acme.test');
  assert.deepEqual(cloudflare.databases(), ['keyward']);
  assert.deepEqual(applied(), migrations, 'each once');
  const { versions, schedules, domains } = cloudflare.workers.get('keyward') ?? assert.fail('there is no Worker');
  assert.deepEqual(cloudflare.bindings('keyward'), { KEYWARD_ORIGIN: 'https://sso.acme.test', KEYWARD_MASTER_KEY: masterKey, KEYWARD_OPERATOR_TOKEN: secret('operator-token') });
  assert.deepEqual([schedules, domains.at(-1)], [['* * * * *'], 'sso.acme.test']);
  for (const { bindings } of versions) {
    assert.equal(bindings.find(({ name }) => name === 'KEYWARD_MASTER_KEY')?.text, masterKey, 'no version had another one, or none');
    assert.ok(!bindings.some(({ name }) => name === 'KEYWARD_LOCAL'), 'local development is for nobody');
  }
});

test('staging is beside production, with names and secrets of its own', async () => {
  rmSync(kept(), { recursive: true });
  const production = cloudflare.bindings('keyward');
  await deployed('--env', 'staging', '--origin', 'https://staging.acme.test');
  assert.deepEqual(cloudflare.databases(), ['keyward', 'keyward-staging']);
  assert.deepEqual(applied('keyward-staging'), migrations);
  assert.notEqual(cloudflare.bindings('keyward-staging').KEYWARD_MASTER_KEY, production.KEYWARD_MASTER_KEY);
  assert.deepEqual(cloudflare.bindings('keyward'), production);
  assert.match((await deploy('--env', 'nowhere')).output, /has no environment `nowhere`/);
});

test('both environments are made of the same', () => {
  const text = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const [production, staging] = text.split('[env.staging]');
  const names = (/** @type {string} */ part, /** @type {RegExp} */ pattern) => [...part.matchAll(pattern)].map((match) => match[1]);
  for (const pattern of [/\[\[(?:env\.staging\.)?(\w+)\]\]/g, /^binding = "(\w+)"/gm, /^name = "([A-Z]+)"/gm, /^(simple = .*)$/gm]) {
    assert.deepEqual(names(staging, pattern), names(production.replace(/\[assets\][\s\S]*?\n\n/, ''), pattern), String(pattern));
  }
  const ids = names(text, /namespace_id = "(\d+)"/g);
  assert.equal(new Set(ids).size, ids.length, 'networks are counted apart');
  assert.ok(!/KEYWARD_LOCAL *=/.test(text));
});
