// @ts-check
// What fails while Keyward is deployed, each call that a step rests on once, and what stands beside it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/run.mjs';
import { migrations, startAccount } from './support.mjs';

/** The step, its call, what is said. @typedef {[string, RegExp, { after?: number, how?: 'refuse' | 'cut' }, RegExp]} Failing */

/** One run for each: it says what failed, and the next one goes on. @param {Awaited<ReturnType<typeof startAccount>>} account @param {Failing[]} steps @param {string[]} args @returns {Promise<string>} the master key, which is one from the first run that made it */
async function each({ cloudflare, kept, deploy, secret }, steps, args) {
  /** @type {string | undefined} */
  let masterKey;
  for (const [what, call, when, says] of steps) {
    cloudflare.fail(call, when);
    const { code, output } = await deploy(args);
    assert.ok(cloudflare.failed(), `${what}: nothing failed\n${output}`);
    if (code !== 0) assert.match(output, says, what);
    if (code !== 0) assert.match(output, /run `npm run deploy` again, with what you gave it/, what);
    assert.ok(code !== 0 || when.how === 'cut', `${what} was not noticed\n${output}`);
    if (existsSync(kept('master-key'))) assert.equal(secret('master-key'), (masterKey ??= secret('master-key')), `${what}: another master key`);
  }
  return masterKey ?? assert.fail('no master key was made');
}

/** What a deployment ends at, whatever failed before. @param {Awaited<ReturnType<typeof startAccount>>} account @param {string} masterKey @param {string} origin */
function isWhole({ cloudflare, secret, applied }, masterKey, origin) {
  assert.deepEqual(cloudflare.databases(), ['keyward']);
  assert.deepEqual(cloudflare.namespaces(), ['keyward-public']);
  assert.deepEqual(applied(), migrations, 'each once');
  const { versions, schedules } = cloudflare.workers.get('keyward') ?? assert.fail('there is no Worker');
  assert.deepEqual(cloudflare.bindings('keyward'), { KEYWARD_ORIGIN: origin, KEYWARD_MASTER_KEY: masterKey, KEYWARD_OPERATOR_TOKEN: secret('operator-token'), KEYWARD_SETUP_SECRET: secret('setup-secret') });
  assert.deepEqual(schedules, ['* * * * *']);
  for (const { bindings } of versions) {
    assert.equal(bindings.find(({ name }) => name === 'KEYWARD_MASTER_KEY')?.text, masterKey, 'no version had another one, or none');
    assert.ok(!bindings.some(({ name }) => name === 'KEYWARD_LOCAL'), 'local development is for nobody');
  }
}

/** At a domain, in an account of their own. @param {import('node:test').TestContext} t */
export async function failures(t) {
  const account = await startAccount();
  t.after(() => account.stop());

  await t.test('somebody at a terminal is asked for the address before anything is made', async () => {
    const { cloudflare, deployInTerminal } = account;
    const { code, output } = await deployInTerminal([], 'sso.acme.test\n');
    assert.equal(code, 1, output);
    assert.match(output, /Which address will people use\?[\s\S]*`sso\.acme\.test` is no address that people can use/);
    assert.deepEqual([cloudflare.databases(), cloudflare.namespaces()], [[], []]);
  });

  await t.test('what fails at any step says so, and the next run goes on to the same end', async () => {
    const { cloudflare, deployed } = account;
    const masterKey = await each(account, [
      ['logging in, and the look at what is deployed', /^GET .*\/deployments$/, {}, /wrangler deployments status failed[\s\S]*npx wrangler login/],
      ['the list of databases', /^GET \/d1\/database$/, {}, /wrangler d1 list failed[\s\S]*May the token edit D1\?/],
      ['the database, made without our hearing of it', /^POST \/d1\/database$/, { how: 'cut' }, /wrangler d1 create failed/],
      ['a migration in their middle', /\/query$/, { after: 5 }, /wrangler d1 migrations failed[\s\S]*rolled back/],
      ['the list of KV namespaces', /^GET \/storage\/kv\/namespaces$/, {}, /wrangler kv namespace failed[\s\S]*May the token edit Workers KV Storage\?/],
      ['the KV namespace, made without our hearing of it', /^POST \/storage\/kv\/namespaces$/, { how: 'cut' }, /wrangler kv namespace failed/],
      ['the upload', /^PUT \/workers\/scripts\/keyward$/, { how: 'cut' }, /wrangler deploy failed/],
      ['the schedule', /\/schedules$/, {}, /wrangler deploy failed/],
      ['the look at the secrets of what is deployed', /^GET .*\/versions\/\{id\}$/, {}, /wrangler versions view failed/],
      ['the domain', /\/domains\/records$/, {}, /wrangler deploy failed[\s\S]*is the domain in a zone of this account\?/],
    ], ['--domain', 'sso.acme.test']);
    await deployed('--domain', 'sso.acme.test');
    isWhole(account, masterKey, 'https://sso.acme.test');
    assert.equal(cloudflare.workers.get('keyward')?.domains.at(-1), 'sso.acme.test');
  });
}

/** At an address that the account gives, in another one. @param {import('node:test').TestContext} t */
export async function lateFailures(t) {
  const account = await startAccount();
  t.after(() => account.stop());

  await t.test('what fails after the first upload does, and so does telling it the address that it was given', async () => {
    const { cloudflare, deployed } = account;
    const masterKey = await each(account, [
      ['the files of its pages', /\/assets-upload-session$/, {}, /wrangler deploy failed/],
      ['its place on workers.dev', /^POST .*\/subdomain$/, {}, /wrangler deploy failed/],
      ['the second upload, which tells it the address', /^POST .*\/versions$/, { after: 1 }, /wrangler deploy failed/],
    ], []);
    await deployed();
    isWhole(account, masterKey, 'https://keyward.acme.workers.dev');
    assert.equal(cloudflare.workers.get('keyward')?.subdomain, true);
  });

  await t.test('staging is beside production, with names and secrets of its own', async () => {
    const { cloudflare, deploy, deployInTerminal, applied, secret, forget } = account;
    forget();
    const production = cloudflare.bindings('keyward');
    // By somebody at a terminal, who is shown the secret: elsewhere what is printed may be kept by others.
    const { code, output } = await deployInTerminal(['--env', 'staging', '--origin', 'https://staging.acme.test']);
    assert.equal(code, 0, output);
    assert.deepEqual(cloudflare.unknown, [], output);
    assert.equal(output.split(secret('setup-secret')).length, 2, `it is shown once: ${output}`);
    assert.match(output, /with the secret [A-Za-z0-9_-]{43} {3}\(shown this once;/);
    for (const name of ['master-key', 'operator-token']) assert.ok(!output.includes(secret(name)), name);
    assert.deepEqual(cloudflare.databases(), ['keyward', 'keyward-staging']);
    assert.deepEqual(cloudflare.namespaces(), ['keyward-public', 'keyward-staging-public']);
    assert.deepEqual(applied('keyward-staging'), migrations);
    assert.notEqual(cloudflare.bindings('keyward-staging').KEYWARD_MASTER_KEY, production.KEYWARD_MASTER_KEY);
    assert.deepEqual(cloudflare.bindings('keyward'), production);
    assert.match((await deploy(['--env', 'nowhere'])).output, /has no environment `nowhere`/);
  });

  await t.test('both environments are made of the same', () => {
    const { wrangler } = account;
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
}
