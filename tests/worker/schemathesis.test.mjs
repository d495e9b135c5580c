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
import { signIn, startWorld } from './support/world.mjs';

const EXAMPLES = process.env.KEYWARD_API_EXAMPLES ?? '6';
const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;
/** @type {string} */
let folder;

before(async () => {
  await buildVenv();
  // A mail that is asked for stays in the local outbox.
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret, KEYWARD_MAIL_FROM: 'keyward@deployment.test' } });
  folder = mkdtempSync(join(tmpdir(), 'keyward-schemathesis-'));
});
after(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  await world?.stop();
});

/** Who asks: by the deployment's token, by one of the organisation's, or a person in their browser. @typedef {'operator' | 'token' | 'session'} By */

/** Who does an operation. @param {any} operation @returns {By} */
const doneBy = ({ operationId, security }) => (operationId in personal ? 'session' : 'operator' in security[0] ? 'operator' : 'token');

/** What of the document somebody does, with a thing that is there wherever one is named, and a good body beside each. @param {any} document @param {Record<string, string>} ids @param {By} by */
function seeded(document, ids, by) {
  for (const [path, operations] of Object.entries(/** @type {Record<string, Record<string, any>>} */ (document.paths))) {
    for (const [method, operation] of Object.entries(operations)) {
      if (doneBy(operation) !== by) delete operations[method];
      if (doneBy(operation) !== by) continue;
      operation.security = [{ [by]: [] }];
      const { path: at, body } = { ...good, ...personal }[operation.operationId](ids);
      const segments = at.split('/');
      for (const [index, name] of path.split('/').entries()) {
        const parameter = operation.parameters?.find((/** @type {any} */ it) => it.in === 'path' && `{${it.name}}` === name);
        if (parameter) Object.assign(parameter, { schema: { type: 'string', enum: [segments[index]] }, example: segments[index] });
      }
      if (body !== undefined) operation.requestBody.content['application/json'].example = body;
    }
  }
  return { ...document, paths: Object.fromEntries(Object.entries(document.paths).filter(([, operations]) => Object.keys(operations).length > 0)) };
}

/** @param {any} document @param {Record<string, string>} headers by which somebody asks @param {string} name */
async function judged(document, headers, name) {
  const [at, har] = [join(folder, `${name}.json`), join(folder, `${name}.har`)];
  writeFileSync(at, JSON.stringify(document));
  const checks = 'not_a_server_error,response_schema_conformance,content_type_conformance,status_code_conformance,ignored_auth';
  const { code, output } = await new Promise((/** @type {(it: { code: number, output: string }) => void} */ resolve) => {
    execFile(venvPython, ['-m', 'schemathesis.cli', 'run', at, '--url', `${world.origin}/api/v1`, ...Object.entries(headers).flatMap(([header, value]) => ['--header', `${header}: ${value}`]),
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
  const { organisation, root, token, ids } = await furnish(world, operator);
  for (const id of Object.keys(makes)) {
    const { method, path, body, by } = good[id](ids);
    ids[makes[id]] = (await (by === 'operator' ? operator : root).must(method, path, body)).id;
  }
  [ids.oldKey] = [ids.key];
  await world.query("INSERT INTO domain (tenant, name, status, created_at) VALUES (?, ?, 'pending', 0)", ids.tenant, ids.domainMade);
  // What only a person does: with a draft to try, and mail that is taken.
  const { visitor } = await signIn(world, organisation, organisation.person('alice'));
  await world.query("INSERT INTO user_role (tenant, user, role, source, created_at) SELECT tenant, ?, role, 'direct', 0 FROM user_role WHERE user = ?", ids.user, ids.outsider);
  await root.must('PUT', '/tenant/mail', { provider: 'deployment' });
  const draft = good.draftFromProvider(ids);
  await root.must(draft.method, draft.path, draft.body);
  const here = { origin: world.origin, 'sec-fetch-site': 'same-origin' };
  const begun = await visitor.send(`/api/v1${personal.beginTrial(ids).path}`, { method: 'POST', headers: here });
  ids.trial = JSON.parse(begun.body).id;
  const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ');

  const document = async () => (await operator.get('/openapi.json')).body;
  const asked = [
    await judged(seeded(await document(), ids, 'session'), { Cookie: cookie, ...here }, 'person'),
    await judged(seeded(await document(), ids, 'token'), { Authorization: `Bearer ${token}` }, 'admin'),
    await judged(seeded(await document(), ids, 'operator'), { Authorization: `Bearer ${secret}` }, 'operator'),
  ];
  assert.deepEqual(asked[0].reached.map(({ ok }) => ok), Object.keys(personal).map(() => true), 'what a person does is done');
  const reached = asked.flatMap((it) => it.reached);
  const not = reached.filter(({ ok }) => !ok).map(({ name }) => name);
  assert.ok(not.length <= reached.length / 5, `never done: ${not.join(', ')}`);
  const count = asked.flatMap((it) => it.asked).length;
  assert.ok(count > reached.length * 3, `${count} requests`);
  console.log(`${count} requests to ${reached.length} operations; never done: ${not.join(', ') || 'none'}`);
});
