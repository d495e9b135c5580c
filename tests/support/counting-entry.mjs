// Test-only: the Worker's entry with its D1 binding wrapped, so that round trips are counted where they leave the Worker
// and not by the Worker itself. GET /__d1 tells the count since the last time it was asked, GET /__rows the rows.
//
// GET /__hold?batches=25 makes races certain: of the next 25 batches none returns to the Worker before D1 has answered all
// of them, so that as many requests decide on the same facts.
import worker from './index.js';

let trips = 0;
// What D1 says that it read and wrote, and bills for.
let rows = { read: 0, written: 0 };
let missing = 0;
let round = 0;

async function held(results) {
  if (missing === 0) return results;
  const mine = round;
  missing -= 1;
  if (missing === 0) round += 1;
  // Looked at again and again, and not a promise: another request may not keep this one's, and one that waits for nothing
  // of its own is taken for hung.
  while (round === mine) await scheduler.wait(2);
  return results;
}

const statements = new WeakMap();

function counted(statement) {
  const wrapper = {
    bind: (...values) => counted(statement.bind(...values)),
  };
  for (const call of ['first', 'run', 'all', 'raw']) {
    wrapper[call] = (...values) => (trips += 1, statement[call](...values));
  }
  statements.set(wrapper, statement);
  return wrapper;
}

// The name is what the Worker's bindings check.
const wrapped = (database) => new (class D1Database {
  prepare(sql) { return counted(database.prepare(sql)); }
  async batch(list) {
    trips += 1;
    const results = await database.batch(list.map((it) => statements.get(it) ?? it));
    for (const { meta } of results) rows = { read: rows.read + meta.rows_read, written: rows.written + meta.rows_written };
    return held(results);
  }
  exec(sql) { trips += 1; return database.exec(sql); }
  dump() { trips += 1; return database.dump(); }
})();

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/__d1') {
      const count = trips;
      trips = 0;
      return new Response(String(count));
    }
    if (pathname === '/__rows') {
      const told = rows;
      rows = { read: 0, written: 0 };
      return Response.json(told);
    }
    if (pathname === '/__hold') {
      missing = Number(searchParams.get('batches'));
      return new Response('armed');
    }
    return worker.fetch(request, { ...env, DB: wrapped(env.DB) }, context);
  },
  scheduled: (event, env, context) => worker.scheduled(event, { ...env, DB: wrapped(env.DB) }, context),
};
