// @ts-check
// Deployments that succeed, and those that have to be refused.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { migrations, startAccount } from './support.mjs';

const ORIGIN = 'https://keyward.acme.workers.dev';

/** What is made the first time, what stays the next, and what is never replaced. @param {import('node:test').TestContext} t */
export async function deployments(t) {
  const account = await startAccount();
  t.after(() => account.stop());

  await t.test('a dry run asks nobody, tells the size, and says what it would do', async () => {
    const { kept, deploy } = account;
    const { code, output } = await deploy(['--dry-run'], { CLOUDFLARE_API_TOKEN: '', CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:9' });
    assert.equal(code, 0, output);
    assert.match(output, /Total Upload: .* \/ gzip: [\d.]+ KiB/);
    assert.match(output, /would find or make the database `keyward` and the KV namespace `keyward-public`/);
    assert.ok(!existsSync(kept()), 'nothing is kept of it');
    const size = /gzip: ([\d.]+) KiB/.exec(output);
    assert.ok(Number(size?.[1]) < 3072, 'it fits the free plan');
    console.log(`# ${size?.[0]}`);
  });

  await t.test('a first deployment makes all there is to make, and a second changes nothing but the code', async () => {
    const { cloudflare, kept, deploy, secret, wrangler, deployed, applied, forget } = account;
    const first = await deployed();
    assert.match(first, /Keyward is at +https:\/\/keyward\.acme\.workers\.dev/);
    assert.match(first, /Set it up +https:\/\/keyward\.acme\.workers\.dev\/setup/);
    assert.match(first, /with the secret in \S*setup-secret /, 'it is printed to a terminal only');
    assert.ok(!/does not answer as it should/.test(first), first);
    assert.deepEqual(cloudflare.databases(), ['keyward']);
    assert.deepEqual(cloudflare.namespaces(), ['keyward-public']);
    assert.deepEqual(applied(), migrations);
    const made = cloudflare.bindings('keyward');
    assert.deepEqual(made, { KEYWARD_ORIGIN: ORIGIN, KEYWARD_MASTER_KEY: secret('master-key'), KEYWARD_OPERATOR_TOKEN: secret('operator-token'), KEYWARD_SETUP_SECRET: secret('setup-secret') });
    assert.match(secret('setup-secret'), /^[A-Za-z0-9_-]{43}$/);
    assert.equal(Buffer.from(String(made.KEYWARD_MASTER_KEY), 'base64').length, 32);
    assert.match(String(made.KEYWARD_OPERATOR_TOKEN), /^[A-Za-z0-9_-]{43}$/);
    for (const name of Object.values(made)) assert.ok(name === ORIGIN || !first.includes(String(name)), 'a secret is printed');
    for (const file of readdirSync(kept())) assert.equal(statSync(kept(file)).mode & 0o077, file === 'origin' ? statSync(kept(file)).mode & 0o077 : 0, `${file} is for its owner only`);
    assert.deepEqual(readdirSync(kept()).sort(), ['master-key', 'operator-token', 'origin', 'setup-secret']);
    const worker = cloudflare.workers.get('keyward');
    assert.deepEqual([worker?.schedules, worker?.subdomain, worker?.domains], [['* * * * *'], true, []]);
    assert.ok(worker?.versions.at(-1)?.modules.some((name) => name.endsWith('.wasm')));

    cloudflare.calls.length = 0;
    // From another machine: nothing is kept there.
    forget();
    // What answered before and does not now is an outage, and says so.
    cloudflare.fallIll(true);
    const { code, output: second } = await deploy([]);
    cloudflare.fallIll(false);
    assert.equal(code, 1, second);
    assert.match(second, /does not answer as it should yet: 503 nobody is here[\s\S]*npx wrangler rollback/);
    assert.ok(!/setup/.test(second), 'it is told once');
    assert.match(second, /npm run operator -- tenants create/);
    assert.deepEqual(cloudflare.bindings('keyward'), made);
    assert.deepEqual(cloudflare.databases(), ['keyward']);
    assert.deepEqual(cloudflare.namespaces(), ['keyward-public']);
    assert.ok(!cloudflare.calls.some((call) => /^POST \/d1\/database$|kv|secrets/.test(call.replace(/^GET .*/, ''))), cloudflare.calls.join('\n'));
    assert.equal(worker?.versions.length, 3, 'one that did not know its address, one that did, and the second deployment');

    // Plain wrangler does not need the script any more.
    const plain = await wrangler('deploy', '--env=');
    assert.equal(plain.code, 0, plain.output);
    assert.deepEqual(cloudflare.bindings('keyward'), made);

    const elsewhere = await deploy(['--domain', 'sso.acme.test']);
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.output, /This deployment is at https:\/\/keyward\.acme\.workers\.dev[\s\S]*--change-address/);
    assert.equal(cloudflare.bindings('keyward').KEYWARD_ORIGIN, ORIGIN);

    // A Worker of the same name in somebody else's account is not ours to migrate.
    writeFileSync(kept('origin'), 'https://sso.acme.test\n');
    cloudflare.calls.length = 0;
    const another = await deploy([]);
    assert.equal(another.code, 1);
    assert.match(another.output, /the one in this account is at https:\/\/keyward\.acme\.workers\.dev: is it another account\?[\s\S]*CLOUDFLARE_ACCOUNT_ID/);
    assert.ok(!cloudflare.calls.some((call) => /^(POST|PUT|PATCH)/.test(call)), cloudflare.calls.join('\n'));
    writeFileSync(kept('origin'), `${ORIGIN}\n`);
  });

  await t.test('the master key is replaced together with the one that opens what is sealed, and not twice', async () => {
    const { cloudflare, kept, deploy, secret, deployed } = account;
    const before = cloudflare.bindings('keyward');
    const nowhere = await deploy(['--rotate-master-key']);
    assert.match(nowhere.output, /The master key of now is not kept here/);
    writeFileSync(kept('master-key'), `${before.KEYWARD_MASTER_KEY}\n`);
    const output = await deployed('--rotate-master-key');
    assert.match(output, /npm run operator -- rewrap/);
    const now = cloudflare.bindings('keyward');
    assert.equal(now.KEYWARD_MASTER_KEY_PREVIOUS, before.KEYWARD_MASTER_KEY);
    assert.notEqual(now.KEYWARD_MASTER_KEY, before.KEYWARD_MASTER_KEY);
    assert.deepEqual([secret('master-key'), secret('master-key-previous')], [now.KEYWARD_MASTER_KEY, before.KEYWARD_MASTER_KEY]);
    assert.match((await deploy(['--rotate-master-key'])).output, /is being replaced already/);
    assert.deepEqual(cloudflare.bindings('keyward'), now);
    // A run that replaced it and did not hear that it had: the next one, whatever it is for, keeps the key that counts.
    writeFileSync(kept('master-key'), `${before.KEYWARD_MASTER_KEY}\n`);
    writeFileSync(kept('master-key-next'), `${now.KEYWARD_MASTER_KEY}\n`);
    assert.match(await deployed(), /npm run operator -- rewrap/);
    assert.deepEqual([secret('master-key'), secret('master-key-previous')], [now.KEYWARD_MASTER_KEY, before.KEYWARD_MASTER_KEY]);
    assert.deepEqual(cloudflare.bindings('keyward'), now);
  });

  await t.test('a Worker that lost its master key is given no new one while the database has what the old one sealed', async () => {
    const { cloudflare, kept, deploy, secret, deployed } = account;
    const masterKey = secret('master-key');
    cloudflare.workers.clear();
    // Where there is nothing of what this machine deployed, it may be somebody else's account: nothing is made there.
    cloudflare.calls.length = 0;
    const nowhere = await deploy([]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.output, /this account has no such Worker: is it another account\?[\s\S]*CLOUDFLARE_ACCOUNT_ID/);
    assert.ok(!cloudflare.calls.some((call) => /^(POST|PUT|PATCH)/.test(call)), cloudflare.calls.join('\n'));
    rmSync(kept('origin'));
    cloudflare.database('keyward').exec(`PRAGMA foreign_keys = OFF; INSERT INTO factor (tenant, user, id, kind, name, secret, created_at, last_used_at)
      VALUES ('t_a', 'u_a', 'f_a', 'totp', 'The first admin’s app', 'v1.${createHash('sha256').update(Buffer.from(masterKey, 'base64')).digest('hex').slice(0, 8)}.AAAA', 0, 0)`);
    rmSync(kept('master-key'));
    const lost = await deploy([]);
    assert.equal(lost.code, 1);
    assert.match(lost.output, /The database has keys that a master key sealed/);
    assert.deepEqual([...cloudflare.workers.keys()], []);
    writeFileSync(kept('master-key'), `${masterKey}\n`);
    await deployed('--origin', 'https://sso.acme.test');
    assert.equal(cloudflare.bindings('keyward').KEYWARD_MASTER_KEY, masterKey);
    assert.equal(cloudflare.bindings('keyward').KEYWARD_ORIGIN, 'https://sso.acme.test');
  });
}
