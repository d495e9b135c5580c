// @ts-check
// Every operation of the API, once: where its last statement fails, all of it is undone; tried again, it is done, and answers
// as the document says. An operation that has no good request in support/operations.mjs fails here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, newSecret } from './support/api.mjs';
import { furnish, good, makes, personal, writesDown } from './support/operations.mjs';
import { startWorld } from './support/world.mjs';

const secret = newSecret();
/** @type {import('./support/world.mjs').World} */
let world;

before(async () => {
  world = await startWorld({ bindings: { KEYWARD_OPERATOR_TOKEN: secret } });
});
after(() => world?.stop());

/** Where a value is not what a schema says (of JSON Schema, what our document uses). @param {any} schema @param {unknown} value @param {string} at @returns {string[]} */
function wrong(schema, value, at = '') {
  if (schema.$ref || Object.keys(schema).length === 0) return [];
  const kind = { null: value === null, string: typeof value === 'string', boolean: typeof value === 'boolean', integer: Number.isInteger(value), array: Array.isArray(value), object: typeof value === 'object' && value !== null && !Array.isArray(value) };
  const kinds = schema.type === undefined ? undefined : [schema.type].flat();
  if (kinds && !kinds.some((/** @type {keyof typeof kind} */ name) => kind[name])) return [`${at} is no ${kinds}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum}`];
  if (schema.format === 'date-time' && typeof value === 'string' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return [`${at} is no time`];
  if (kind.array && schema.items) return /** @type {unknown[]} */ (value).flatMap((it, index) => wrong(schema.items, it, `${at}[${index}]`));
  if (!kind.object) return [];
  const fields = /** @type {Record<string, unknown>} */ (value);
  return [
    ...(schema.required ?? []).filter((/** @type {string} */ name) => !(name in fields)).map((/** @type {string} */ name) => `${at}.${name} is missing`),
    ...(schema.additionalProperties === false ? Object.keys(fields).filter((name) => !(name in (schema.properties ?? {}))).map((name) => `${at}.${name} is not described`) : []),
    ...Object.entries(schema.properties ?? {}).filter(([name]) => name in fields).flatMap(([name, its]) => wrong(its, fields[name], `${at}.${name}`)),
  ];
}

test('every operation is done or undone as a whole, and answers as it says', async () => {
  const operator = client(world.origin, secret);
  const document = (await operator.get('/openapi.json')).body;
  /** @type {Map<string, any>} */
  const operations = new Map(Object.values(document.paths).flatMap((/** @type {any} */ path) => Object.values(path)).map((/** @type {any} */ it) => [it.operationId, it]));
  assert.deepEqual([...operations.keys()].filter((id) => !(id in good) && !(id in personal)), [], 'an operation without a good request in support/operations.mjs');
  const { root, ids } = await furnish(world, operator);
  [ids.oldKey] = (await root.must('GET', `/connections/${ids.connection}/keys`)).items.filter((/** @type {any} */ it) => it.purpose === 'sign').map((/** @type {any} */ it) => it.id);
  for (const [id, make] of Object.entries(good)) {
    const { method, path, body, by } = make(ids);
    const who = by === 'operator' ? operator : root;
    if (writesDown[id]) {
      // The audit log is what every change ends with; what does not write there fails at the first statement that it has.
      await world.query("CREATE TRIGGER planted BEFORE INSERT ON audit_event BEGIN SELECT raise(ABORT, 'planted'); END");
      if (id === 'checkDomain') await world.query("CREATE TRIGGER also BEFORE UPDATE ON domain BEGIN SELECT raise(ABORT, 'planted'); END");
      const before = await world.snapshot();
      const answer = await who.send(method, path, body);
      assert.deepEqual([answer.status, answer.body?.code], [500, 'failed'], `${id}: ${answer.text}`);
      assert.deepEqual(await world.snapshot(), before, `${id} left something`);
      await world.query('DROP TRIGGER planted');
      await world.query('DROP TRIGGER IF EXISTS also');
    }
    const known = new Set((await world.query('SELECT id FROM audit_event')).map((row) => row.id));
    const answer = await who.send(method, path, body);
    const events = (await world.query('SELECT id, event FROM audit_event ORDER BY time, id')).filter((row) => !known.has(row.id)).map((row) => row.event);
    assert.deepEqual(events.sort(), [...(writesDown[id] ?? [])].sort(), id);
    assert.ok(answer.status < 300, `${id}: ${answer.status} ${answer.text}`);
    const described = operations.get(id).responses[`${answer.status}`];
    assert.ok(described, `${id}: ${answer.status} is not described`);
    const schema = described.content?.['application/json']?.schema;
    assert.equal(schema !== undefined, answer.text !== '', `${id}: a body where none is described, or none where one is`);
    if (schema) assert.deepEqual(wrong(schema, answer.body), [], id);
    if (makes[id]) ids[makes[id]] = answer.body.id;
  }
});
