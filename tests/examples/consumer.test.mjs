// @ts-check
// What a user of the package meets first: the tarball, its types, its import.
import { strict as assert } from 'node:assert';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { root } from '../../scripts/lib/run.mjs';
import { installPacked, runNode } from './support.mjs';

/** @type {Awaited<ReturnType<typeof installPacked>>} */
let consumer;
before(async () => (consumer = await installPacked()));
after(() => consumer?.remove());

const installed = (/** @type {string[]} */ ...names) => join(consumer.folder, 'node_modules', 'keyward', ...names);

test('the tarball has what it needs and nothing else', () => {
  assert.deepEqual(consumer.files, [
    'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'certificate.js', 'engine.js', 'index.d.ts', 'index.js', 'keyward.js', 'keyward_bg.wasm',
    'node.js', 'package.json', 'testing.d.ts', 'testing.js', 'workerd.js',
  ]);
  const manifest = JSON.parse(readFileSync(installed('package.json'), 'utf8'));
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies', 'scripts']) assert.equal(manifest[field], undefined, field);
});

test('the wasm is within its budget', () => {
  const size = gzipSync(readFileSync(installed('keyward_bg.wasm')), { level: 9 }).length;
  assert.ok(size <= 350 * 1024, `${Math.round(size / 1024)} KiB after gzip`);
});

test('nothing in it names a folder of whoever built it', () => {
  for (const file of consumer.files) {
    const text = readFileSync(installed(file), 'latin1');
    for (const path of [root, ['', 'home', ''].join('/'), ['', 'root', ''].join('/'), ['', 'Users', ''].join('/')]) assert.ok(!text.includes(path), `${file} names ${path}`);
  }
});

const consumerSource = `
import { KeywardError, buildAuthnRequest, decideProvisioning, effectivePolicy, planOnboarding, readIdentity, routeEmail, verifyResponse } from 'keyward';
import type { ConnectionRules, Idp, VerifiedAssertion } from 'keyward';
import { mintResponse } from 'keyward/testing';

const now = Date.now();
const minted = mintResponse({ acsUrl: 'https://sp.test/acs', spEntityId: 'https://sp.test', now, inResponseTo: '_1', attributes: { Email: 'alice@acme.test' } });
const idp: Idp = minted.idp;
const sp = { entityId: 'https://sp.test', acsUrl: 'https://sp.test/acs' };
const person: VerifiedAssertion = await verifyResponse({ response: minted.response, encoding: 'base64', now, idp, sp, request: { id: '_1' } });
const connection: ConnectionRules = { id: 'c', idpEntityId: idp.entityId, spEntityId: sp.entityId, jit: true };
const email: string = readIdentity({ connection, person }).email;
const { connection: route } = routeEmail({ email, domains: [{ name: 'acme.test', tenant: 't', connection: 'c' }] });
const { user } = decideProvisioning({ connection, person, facts: { domain: { connection: route }, seatFree: true } });
const { policy } = effectivePolicy([{ role: 'Member', policies: { require_two_factor: true } }]);
const next: string | null = planOnboarding({ policy, now }).next;
const redirect: string = (await buildAuthnRequest({ idp: { ssoUrl: 'https://idp.test' }, sp, id: '_1', now })).redirectUrl;
const form: string = (await buildAuthnRequest({ idp: { ssoUrl: 'https://idp.test' }, sp, id: '_1', now, binding: 'post' })).form.action;
try {
  await verifyResponse({ response: 'x', encoding: 'xml', now, idp, sp, request: null });
} catch (error) {
  if (!(error instanceof KeywardError)) throw error;
  const code: string = error.code;
  console.log(JSON.stringify([person.nameId?.value, user, next, code, redirect.length > 0, form]));
}

// What the types forbid. Where one of these compiled, the line above it would be the error.
// @ts-expect-error: the time is an argument
verifyResponse({ response: '', encoding: 'xml', idp, sp, request: null });
// @ts-expect-error: whether a request is answered has to be said
verifyResponse({ response: '', encoding: 'xml', now, idp, sp });
// @ts-expect-error: there is no such policy
effectivePolicy([{ role: 'Member', policies: { requireTwoFactor: true } }]);
// @ts-expect-error: a redirect has no form
(await buildAuthnRequest({ idp: { ssoUrl: '' }, sp, id: '_1', now })).form;
`;

for (const [module, moduleResolution] of [['node16', 'node16'], ['esnext', 'bundler']]) {
  test(`a strict TypeScript consumer compiles with moduleResolution ${moduleResolution}`, async () => {
    // The calls that the types forbid would also fail: they are for the compiler alone.
    writeFileSync(join(consumer.folder, 'consumer.ts'), consumerSource);
    const out = `built-${moduleResolution}`;
    const options = ['--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '', '--module', module, '--moduleResolution', moduleResolution, '--outDir', out];
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const said = await runNode(consumer.folder, [tsc, ...options, 'consumer.ts']).catch((error) => error.stdout || String(error));
    assert.equal(said, '');
    assert.ok(statSync(join(consumer.folder, out, 'consumer.js')).size > 0);
  });
}

test('a plain import works in the oldest Node that it is for', async () => {
  const used = consumerSource.split('// What the types forbid.')[0].replace(/^import type .*$/m, '').replace(/(const \w+|\} = .*?): [\w |]+ =/g, '$1 =');
  writeFileSync(join(consumer.folder, 'consumer.mjs'), used);
  const [nameId, user, next, code, hasRedirect, form] = JSON.parse(await runNode(consumer.folder, ['consumer.mjs']));
  assert.deepEqual([nameId, user, next, code, hasRedirect, form], ['user-1', null, 'two_factor', 'xml-malformed', true, 'https://idp.test']);
});

test('CommonJS may require it', async () => {
  const used = "const keyward = require('keyward'); const { mintResponse } = require('keyward/testing'); console.log(typeof keyward.verifyResponse, typeof mintResponse);";
  writeFileSync(join(consumer.folder, 'consumer.cjs'), used);
  assert.equal((await runNode(consumer.folder, ['consumer.cjs'])).trim(), 'function function');
});

test('a Worker of Cloudflare verifies with it, as Wrangler bundles it', async () => {
  const folder = join(consumer.folder, 'worker');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.mjs'), `
    import { setBackend, verifyResponse } from 'keyward';
    export default { async fetch(request) {
      const input = await request.json();
      const people = [];
      for (const backend of ['auto', 'webcrypto', 'rust']) {
        setBackend(backend);
        people.push((await verifyResponse(input)).nameId.value);
      }
      return Response.json(people);
    } };`);
  const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  await runNode(folder, [wrangler, 'deploy', 'index.mjs', '--name', 'worker', '--compatibility-date', '2026-01-01', '--dry-run', '--outdir', 'out']);
  const out = join(folder, 'out');
  const wasm = readdirSync(out).find((name) => name.endsWith('.wasm')) ?? '';
  const { Miniflare, convertV4MiniflareOptions } = createRequire(import.meta.url)('miniflare');
  const { mintResponse } = await import('../../dist/keyward/testing.js');
  for (const flags of [[], ['nodejs_compat']]) {
    const miniflare = new Miniflare(convertV4MiniflareOptions({
      cf: false,
      workers: [{
        name: 'worker',
        modulesRoot: out,
        modules: [{ type: 'ESModule', path: join(out, 'index.js') }, { type: 'CompiledWasm', path: join(out, wasm) }],
        compatibilityDate: '2026-01-01',
        compatibilityFlags: flags,
      }],
    }));
    try {
      const now = Date.now();
      const sp = { entityId: 'https://sp.test', acsUrl: 'https://sp.test/acs' };
      const { response, idp } = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_1' });
      const body = JSON.stringify({ response, encoding: 'base64', now, idp, sp, request: { id: '_1' } });
      const answer = await miniflare.dispatchFetch('http://localhost/', { method: 'POST', body });
      assert.equal(await answer.text(), '["user-1","user-1","user-1"]', flags.join());
    } finally {
      await miniflare.dispose();
    }
  }
});
