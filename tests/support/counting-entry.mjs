// Test-only: the Worker's entry with its D1 binding wrapped, so that round trips are counted where they leave the Worker
// and not by the Worker itself. GET /__d1 tells the count since the last time it was asked.
import worker from './index.js';

let trips = 0;
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
  batch(list) { trips += 1; return database.batch(list.map((it) => statements.get(it) ?? it)); }
  exec(sql) { trips += 1; return database.exec(sql); }
  dump() { trips += 1; return database.dump(); }
})();

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === '/__d1') {
      const count = trips;
      trips = 0;
      return new Response(String(count));
    }
    return worker.fetch(request, { ...env, DB: wrapped(env.DB) }, context);
  },
};
