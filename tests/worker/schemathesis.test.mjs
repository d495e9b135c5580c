// @ts-check
// Schemathesis, which others wrote, reads the served document and asks whatever it allows and does not allow, of things that are
// there: nothing fails inside, answers are as described, and nothing is done for nobody. `npm run fuzz:api -- 2000` asks for longer.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildVenv, venvPython } from '../judges/venv.mjs';
import { client, newSecret } from './support/api.mjs';
import { furnish, good, makes, personal } from './support/operations.mjs';
import { startWorld } from './support/world.mjs';

const EXAMPLES = process.env.KEYWARD_API_EXAMPLES ?? '6';
const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {string} */
let folder;

before(async () => {
  await buildVenv();
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
  folder = mkdtempSync(join(tmpdir(), 'keyward-schemathesis-'));
});
after(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  await world?.stop();
});

/** The document, with a thing that is there wherever one is named, and a good body beside each. @param {any} document @param {Record<string, string>} ids @param {boolean} byOperator */
function seeded(document, ids, byOperator) {
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/operator/') === byOperator);
  for (const [path, operations] of paths) {
    for (const [method, operation] of Object.entries(/** @type {Record<string, any>} */ (operations))) {
      if (personal.includes(operation.operationId)) delete (/** @type {any} */ (operations)[method]);
      if (personal.includes(operation.operationId)) continue;
      const { path: at, body } = good[operation.operationId](ids);
      const segments = at.split('/');
      for (const [index, name] of path.split('/').entries()) {
        const parameter = operation.parameters?.find((/** @type {any} */ it) => it.in === 'path' && `{${it.name}}` === name);
        if (parameter) Object.assign(parameter, { schema: { type: 'string', enum: [segments[index]] }, example: segments[index] });
      }
      if (body !== undefined) operation.requestBody.content['application/json'].example = body;
    }
  }
  return { ...document, paths: Object.fromEntries(paths) };
}

/** @param {any} document @param {string} token @param {string} name */
async function judged(document, token, name) {
  const [at, har] = [join(folder, `${name}.json`), join(folder, `${name}.har`)];
  writeFileSync(at, JSON.stringify(document));
  const checks = 'not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance,ignored_auth';
  const { code, output } = await new Promise((/** @type {(it: { code: number, output: string }) => void} */ resolve) => {
    execFile(venvPython, ['-m', 'schemathesis.cli', 'run', at, '--url', `${world.origin}/api/v1`, '--header', `Authorization: Bearer ${token}`,
      '--checks', checks, '--phases', 'examples,fuzzing', '--max-examples', EXAMPLES, '--seed', '1', '--workers', '1', '--suppress-health-check', 'all', '--warnings', 'off',
      '--continue-on-failure', '--report', 'har', '--report-har-path', har], { cwd: folder, maxBuffer: 64 << 20, env: { ...process.env, NO_COLOR: '1' } },
    (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }));
  });
  assert.equal(code, 0, output.slice(-6000));
  /** @type {{ method: string, path: string, status: number }[]} */
  const asked = JSON.parse(readFileSync(har, 'utf8')).log.entries.map((/** @type {any} */ { request, response }) =>
    ({ method: request.method.toLowerCase(), path: new URL(request.url).pathname.slice('/api/v1'.length), status: response.status }));
  const reached = Object.entries(document.paths).flatMap(([path, operations]) => Object.keys(/** @type {object} */ (operations)).map((method) => {
    const is = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
    return { name: `${method} ${path}`, ok: asked.some((it) => it.method === method && is.test(it.path) && it.status < 300) };
  }));
  return { asked, reached };
}

test('whatever is asked is answered as the document says', async () => {
  const operator = client(world.origin, secret);
  const { root, token, ids } = await furnish(world, operator);
  for (const id of Object.keys(makes)) {
    const { method, path, body, by } = good[id](ids);
    ids[makes[id]] = (await (by === 'operator' ? operator : root).must(method, path, body)).id;
  }
  [ids.oldKey] = [ids.key];
  await world.query("INSERT INTO domain (tenant, name, status, created_at) VALUES (?, ?, 'pending', 0)", ids.tenant, ids.domainMade);
  const documents = await Promise.all([0, 1].map(async () => (await operator.get('/openapi.json')).body));
  const one = await judged(seeded(documents[0], ids, false), token, 'admin');
  const two = await judged(seeded(documents[1], ids, true), secret, 'operator');
  const reached = [...one.reached, ...two.reached];
  const not = reached.filter(({ ok }) => !ok).map(({ name }) => name);
  assert.ok(not.length <= reached.length / 5, `never done: ${not.join(', ')}`);
  const count = one.asked.length + two.asked.length;
  assert.ok(count > reached.length * 3, `${count} requests`);
  console.log(`${count} requests to ${reached.length} operations; never done: ${not.join(', ') || 'none'}`);
});
