// @ts-check
// What an organisation shows of itself where its people sign in: a colour that can be read, and a logo that is ours from the first
// octet to the last; both public, under addresses that say what is there.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { client, newSecret } from './support/api.mjs';
import { signIn, startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {Awaited<ReturnType<import('./support/world.mjs').World['organisation']>>} */
let org;
/** @type {import('./support/api.mjs').Client} */
let root;

before(async () => {
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
  org = await world.organisation();
  root = client(world.origin, (await client(world.origin, secret).must('POST', `/operator/tenants/${org.tenant}/set-up-token`)).set_up_token);
});
after(() => world?.stop());

const chunk = (/** @type {string} */ name, /** @type {Buffer} */ data) => {
  const body = Buffer.concat([Buffer.from(name), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
};
/** A PNG of grey pixels. @param {number} width @param {number} height @param {(at: number) => number} [grey] @param {Buffer[]} [more] chunks before the pixels */
function png(width, height, grey = () => 128, more = []) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 8;
  const rows = Buffer.alloc((width + 1) * height, 0);
  for (let at = 0; at < rows.length; at += 1) if (at % (width + 1) > 0) rows[at] = grey(at);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), ...more, chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
const put = (/** @type {Buffer} */ file) => root.must('PUT', '/tenant/logo', { png: file.toString('base64') });
const continuePage = async () => (await world.visitor().get(`/sso/${org.ssoName}`)).body;

test('a colour is shown where people sign in, if it can be read', async () => {
  assert.doesNotMatch(await continuePage(), /\/brand\//);
  for (const accent of ['#ffcc00', 'ffffff', '777777']) await root.refused('accent-illegible', 'PATCH', '/tenant', { accent });
  for (const accent of ['red', '#fff', '0f5257;', 5, '"><script>']) await root.refused('body-invalid', 'PATCH', '/tenant', { accent });
  assert.equal((await root.must('GET', '/tenant')).accent, null);
  assert.equal((await root.must('PATCH', '/tenant', { accent: '#7C2D12' })).accent, '7c2d12');
  // What else is changed leaves it as it is.
  assert.equal((await root.must('PATCH', '/tenant', { name: org.name })).accent, '7c2d12');
  const page = await continuePage();
  assert.match(page, /<link rel="stylesheet" href="\/brand\/7c2d12\.css">/);
  assert.match(page, new RegExp(`Verified: <bdi>${org.domain}</bdi>`), 'the domain stays beside it');
  const sheet = await fetch(`${world.origin}/brand/7c2d12.css`);
  assert.equal(sheet.headers.get('content-type'), 'text/css; charset=utf-8');
  assert.equal(sheet.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.match(await sheet.text(), /^:root\{--accent:light-dark\(#7c2d12,#[0-9a-f]{6}\)\}\n$/);
  for (const path of ['ffcc00.css', '7C2D12.css', '7c2d12', '7c2d1.css', '7c2d12.css/', '}body{.css']) assert.equal((await fetch(`${world.origin}/brand/${path}`)).status, 404, path);
  assert.equal((await root.must('PATCH', '/tenant', { accent: null })).accent, null);
  assert.doesNotMatch(await continuePage(), /\/brand\//);
});

test('a logo is written anew, served by its hash, and kept where the database is not asked', async () => {
  const said = Buffer.from('Comment\0<script>alert(1)</script>');
  const { logo } = await put(png(64, 32, (at) => at % 200, [chunk('tEXt', said)]));
  assert.match(logo, /^[0-9a-f]{64}$/);
  assert.match(await continuePage(), new RegExp(`<img class="logo" src="/logo/${logo}\\.png" alt="">`));
  const get = async () => {
    const answer = await fetch(`${world.origin}/logo/${logo}.png`);
    return { status: answer.status, headers: answer.headers, octets: Buffer.from(await answer.arrayBuffer()) };
  };
  const first = await get();
  assert.deepEqual([first.status, first.headers.get('content-type'), first.headers.get('cache-control')], [200, 'image/png', 'public, max-age=31536000, immutable']);
  assert.equal(first.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(createHash('sha256').update(first.octets).digest('hex'), logo);
  assert.ok(!first.octets.includes('script') && first.octets.subarray(1, 4).toString() === 'PNG');
  // The same pixels from another file are the same logo.
  assert.equal((await put(png(64, 32, (at) => at % 200))).logo, logo);
  // KV has it now; the database is not asked again.
  await world.query('DELETE FROM tenant_logo WHERE tenant = ?', org.tenant);
  assert.deepEqual((await get()).octets, first.octets);
  for (const path of ['0'.repeat(64), logo.toUpperCase(), logo.slice(1), `${logo}.png`]) assert.equal((await fetch(`${world.origin}/logo/${path}.png`)).status, 404, path);

  const { logo: next } = await put(png(8, 8));
  assert.notEqual(next, logo);
  const page = await continuePage();
  assert.ok(page.includes(next) && !page.includes(logo));
  // Who was here before sees it on the first page; nobody else does.
  const { visitor } = await signIn(world, org, org.person('alice'));
  await visitor.post('/sign-out', {});
  const remembered = (await visitor.get('/')).body;
  assert.match(remembered, new RegExp(`<img class="logo" src="/logo/${next}\\.png" alt="">`));
  assert.ok(Buffer.byteLength(remembered) < 2500, `${Buffer.byteLength(remembered)} bytes`);
  assert.doesNotMatch((await world.visitor().get('/')).body, /\/logo\//);
  const other = await world.organisation();
  assert.doesNotMatch((await world.visitor().get(`/sso/${other.ssoName}`)).body, /\/logo\//);

  await root.must('DELETE', '/tenant/logo');
  assert.equal((await root.must('GET', '/tenant')).logo, null);
  assert.doesNotMatch(await continuePage(), /\/logo\//);
});

test('what is no logo is refused, and nothing is kept of it', async () => {
  const noise = randomBytes(300 * 300);
  for (const [code, file] of /** @type {[string, Buffer][]} */ ([
    ['logo-not-png', Buffer.from('GIF89a')], ['logo-not-png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')], ['logo-not-png', png(8, 8).subarray(0, 50)],
    ['logo-not-png', Buffer.concat([png(8, 8).subarray(0, 45), Buffer.from([1]), png(8, 8).subarray(46)])],
    ['logo-too-wide', png(513, 1)], ['logo-too-wide', png(1, 4000)], ['logo-too-heavy', png(300, 300, (at) => noise[at % noise.length])],
  ])) {
    await root.refused(code, 'PUT', '/tenant/logo', { png: file.toString('base64') });
  }
  await root.refused('logo-not-png', 'PUT', '/tenant/logo', { png: 'no base64!' });
  await root.refused('body-invalid', 'PUT', '/tenant/logo', { png: 'A'.repeat(400_000) });
  assert.equal((await root.must('GET', '/tenant')).logo, null);
});
