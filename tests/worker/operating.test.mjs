// @ts-check
// What whoever runs a deployment relies on: a database that is older than the code says so, the master key is replaced without
// anybody noticing, and a backup brings back what there was.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { root } from '../../scripts/lib/run.mjs';
import { codeOf } from '../support/totp.mjs';
import { client, newSecret } from './support/api.mjs';
import { enrol, show } from './support/factor.mjs';
import { accept, postJson, signInOutside } from './support/outside.mjs';
import { words } from './support/visitor.mjs';
import { assertRefused, signIn, startWorld } from './support/world.mjs';

/** @type {string} */
let folder;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyward-operating-'));
});
after(async () => {
  // What a test that failed left running would keep this process from its end.
  await Promise.all([...running].map((stop) => stop().catch(() => undefined)));
  rmSync(folder, { recursive: true, force: true });
});

/** @type {Set<() => Promise<void>>} */
const running = new Set();

/** @param {Parameters<typeof startWorld>[0]} options */
async function begin(options) {
  const world = await startWorld(options);
  const end = world.stop.bind(world);
  running.add(end);
  world.stop = async () => {
    running.delete(end);
    await end();
  };
  return world;
}

const migrations = readdirSync(join(root, 'migrations')).filter((name) => name.endsWith('.sql'));

/** @param {string[]} command @param {Record<string, string>} env @returns {Promise<{ code: number, output: string }>} */
function run(command, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

test('a Worker whose database is older says what to do, to people, to programs and in its log, and works once that is done', async () => {
  const operator = newSecret();
  for (const applied of [0, migrations.length - 1]) {
    const world = await begin({ migrations: applied, bindings: { KEYWARD_OPERATOR_TOKEN: operator } });
    try {
      const health = await fetch(`${world.origin}/health`);
      assert.equal(health.status, 503);
      assert.match(await health.text(), /^the database has not been migrated: run `npm run deploy`, or `npx wrangler d1 migrations apply DB --remote`\n$/);
      if (applied === 0) {
        const page = await world.visitor().post('/sign-in', { who: 'alice@acme.test' });
        assert.equal(page.status, 503);
        assert.match(words(page.body), /Keyward is not ready yet.*npm run deploy/s);
        const api = await client(world.origin, operator).refused('not-migrated', 'GET', '/operator/tenants');
        assert.equal(api.status, 503);
        await world.cron();
        const lines = world.logs.filter((line) => /migrated/.test(line));
        assert.ok(lines.some((line) => /cron/.test(line)) && lines.length >= 4, world.logs.join('\n'));
        assert.ok(!world.logs.some((line) => /no such table|SQLITE|\.rs:|at async/.test(line)), world.logs.join('\n'));
      }
      await world.migrate();
      assert.equal(await (await fetch(`${world.origin}/health`)).text(), 'ok\n');
      // One that is missing among those that are there is missed, too.
      await world.query('DELETE FROM d1_migrations WHERE name = ?', migrations[3]);
      assert.equal((await fetch(`${world.origin}/health`)).status, 503);
      await world.query('INSERT INTO d1_migrations (name) VALUES (?)', migrations[3]);
      const acme = await world.organisation();
      await signIn(world, acme, acme.person('alice'));
    } finally {
      await world.stop();
    }
  }
});

test('settings that are not sound are told where somebody looks, and nowhere else', async () => {
  const world = await begin({ bindings: { KEYWARD_MASTER_KEY: 'nonsense' } });
  try {
    const health = await fetch(`${world.origin}/health`);
    assert.deepEqual([health.status, await health.text()], [503, 'KEYWARD_MASTER_KEY has to be the base64 of 32 bytes\n']);
    const page = await world.visitor().get('/');
    assert.equal(page.status, 500);
    assert.ok(!page.body.includes('MASTER_KEY'));
  } finally {
    await world.stop();
  }
});

test('what everybody has the key of vouches for nobody, but in local development', async () => {
  const certificate = readFileSync(join(root, 'crates', 'testkit', 'keys', 'idp.cert.pem'), 'utf8');
  const key = readFileSync(join(root, 'crates', 'testkit', 'keys', 'idp.key.pem'), 'utf8');
  const base64 = certificate.replace(/-----[^-]+-----|\s/g, '');
  for (const local of ['1', '0']) {
    // Without the flag an address has to be https; nobody resolves it, the visitor goes where the Worker listens.
    const world = await begin({ bindings: { KEYWARD_LOCAL: local, ...(local === '1' ? {} : { KEYWARD_ORIGIN: 'https://keyward.test' }) } });
    try {
      const acme = await world.organisation({ certificates: [base64, selfSigned('Another').base64], idpInitiated: true });
      Object.assign(acme.idp, { keys: { ...acme.idp.keys, certificate, key, base64 } });
      if (local === '1') {
        await signIn(world, acme, acme.person('alice'));
        continue;
      }
      const sp = { entityId: `https://keyward.test/saml/${acme.id}/metadata`, acsUrl: `https://keyward.test/saml/${acme.id}/acs` };
      Object.assign(acme.sp, sp);
      await assertRefused(world, () => world.visitor().answer(acme.acsUrl, acme.mint(acme.person('alice'), null)), { code: 'signature-invalid' });
    } finally {
      await world.stop();
    }
  }
});

test('the master key is replaced: both open, the new one seals, every key is wrapped again, and the old one is not needed any more', async () => {
  const [old, next] = [randomBytes(32), randomBytes(32)];
  const persist = join(folder, 'rotated');
  const operator = newSecret();
  /** @param {Buffer} masterKey @param {number[]} [ports] @param {Record<string, string>} [bindings] */
  const start = (masterKey, ports, bindings = {}) => begin({ persist, masterKey, ports, bindings: { KEYWARD_OPERATOR_TOKEN: operator, ...bindings } });
  const both = { KEYWARD_MASTER_KEY_PREVIOUS: old.toString('base64') };

  let world = await start(old);
  const { ports } = world;
  const acme = await world.organisation();
  await world.organisation();
  const { visitor: alice } = await signIn(world, acme, acme.person('alice'));
  const { key } = await enrol(alice, '/vault/two-factor/app');
  await world.stop();

  // The old one is gone too early: the requests of no connection can be signed, and the log says which secret is missing.
  world = await start(next, ports);
  assert.equal((await world.visitor().post('/sign-in', { who: acme.ssoName })).status, 500);
  assert.ok(world.logs.some((line) => /put that one back, as KEYWARD_MASTER_KEY_PREVIOUS/.test(line)), world.logs.join('\n'));
  const stuck = await run([join(root, 'scripts', 'operator.mjs'), 'rewrap', '--origin', world.origin], { KEYWARD_OPERATOR_TOKEN: operator });
  assert.match(stuck.output, /5 keys are under neither master key/);
  await world.stop();

  world = await start(next, ports, both);
  await signIn(world, acme, acme.person('bob'));
  const before = await world.query('SELECT tenant, id, wrapped FROM sp_key ORDER BY tenant, id');
  assert.match((await run([join(root, 'scripts', 'operator.mjs'), 'rewrap', '--origin', world.origin], { KEYWARD_OPERATOR_TOKEN: operator })).output, /^5 keys are under the new master key now/);
  const now = await world.query('SELECT tenant, id, wrapped FROM sp_key ORDER BY tenant, id');
  for (const [index, { wrapped }] of now.entries()) {
    assert.notEqual(wrapped, before[index].wrapped);
    assert.equal(Buffer.from(wrapped.split('.')[2], 'base64').length, Buffer.from(before[index].wrapped.split('.')[2], 'base64').length, 'the same key');
  }
  assert.match((await run([join(root, 'scripts', 'operator.mjs'), 'rewrap', '--origin', world.origin], { KEYWARD_OPERATOR_TOKEN: operator })).output, /^0 keys/);
  await client(world.origin, newSecret()).refused('unauthenticated', 'POST', '/operator/rewrap', {});
  await world.stop();

  world = await start(next, ports);
  await signIn(world, acme, acme.person('carol'));
  // An app that was set up under the old one still counts.
  await world.query('DELETE FROM used_factor_step');
  const { visitor } = await signIn(world, acme, acme.person('alice'));
  assert.equal((await show(visitor, codeOf(key))).location, '/vault/activity');
  await world.stop();
});

test('a backup is put back into an empty database: people sign in, and what was used stays used', async () => {
  const [persist, restored] = [join(folder, 'running'), join(folder, 'restored')];
  const masterKey = randomBytes(32);
  const bindings = { KEYWARD_SETUP_SECRET: newSecret() };
  let world = await begin({ persist, masterKey, bindings });
  const { ports } = world;
  const firstRun = () => postJson(world.visitor(), '/setup', { secret: bindings.KEYWARD_SETUP_SECRET, name: 'First' });
  const { json } = await firstRun();
  await accept(world.visitor(), `${world.origin}${json.to}`, 'ann@first.test');
  const acme = await world.organisation();
  const { visitor, response } = await signIn(world, acme, acme.person('alice'));
  const before = await world.snapshot(['pending_login', 'audit_event']);
  await world.stop();

  // As docs/operating.md says, with --local for --remote: wrangler keeps local databases beside its configuration.
  const wrangler = (/** @type {string} */ at, /** @type {string[]} */ ...args) => run([join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), ...args, '--local', '--config', join(at, 'wrangler.toml')]);
  const [from, to, backup] = [join(folder, 'from'), join(folder, 'to'), join(folder, 'backup.sql')];
  const state = (/** @type {string} */ at) => join(at, '.wrangler', 'state', 'v3');
  for (const at of [from, to]) {
    mkdirSync(state(at), { recursive: true });
    writeFileSync(join(at, 'wrangler.toml'), 'name = "keyward"\n[[d1_databases]]\nbinding = "DB"\ndatabase_name = "keyward"\n');
  }
  cpSync(persist, state(from), { recursive: true });
  const exported = await wrangler(from, 'd1', 'export', 'DB', '--output', backup);
  assert.equal(exported.code, 0, exported.output);
  const imported = await wrangler(to, 'd1', 'execute', 'DB', '--file', backup, '--yes');
  assert.equal(imported.code, 0, imported.output);
  cpSync(state(to), restored, { recursive: true });

  world = await begin({ persist: restored, masterKey, ports, bindings });
  assert.deepEqual(await world.snapshot(['pending_login', 'audit_event']), before);
  assert.equal(await (await fetch(`${world.origin}/health`)).text(), 'ok\n');
  assert.equal((await visitor.get('/vault')).status, 200, 'who was signed in is');
  const sessions = async () => (await world.query('SELECT count(*) AS n FROM session'))[0].n;
  const open = await sessions();
  assert.equal((await visitor.answer(acme.acsUrl, response)).status, 303);
  assert.equal(await sessions(), open, 'the answer that was used opens nothing more');
  await assertRefused(world, () => world.visitor().answer(acme.acsUrl, response), { code: 'request-browser' });
  await signIn(world, acme, acme.person('alice'));
  await signIn(world, acme, acme.person('bob'));
  const [{ seats_used: seats }] = await world.query('SELECT seats_used FROM tenant WHERE id = ?', acme.tenant);
  assert.equal(seats, 2, 'the triggers are there, and counted nobody twice');
  // The first run stays closed, and its admin comes in by the same password.
  assert.equal((await firstRun()).json.title, 'This Keyward is set up already');
  assert.equal((await signInOutside(world.visitor(), 'ann@first.test')).status, 200);
  await world.stop();
});
