// Test-only: the Worker's entry with its D1 binding wrapped, so that round trips are counted where they leave the Worker
// and not by the Worker itself. GET /__d1 tells the count since the last time it was asked, GET /__rows the rows.
//
// GET /__hold?batches=25 makes races certain: of the next 25 batches none returns to the Worker before D1 has answered all
// of them, so that as many requests decide on the same facts.
//
// GET /__kv?broken=true has KV fail, whatever it is asked; ?broken=false ends that.
//
// GET /__crash?on=true has every request after it, and cron, fail at each statement in turn of what it writes, before it is done;
// ?on=false ends that, and tells what went wrong, before which statements a failure was planted, and which went in.
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

const writes = (sql) => /^(?:\s|--[^\n]*\n)*(?:INSERT|UPDATE|DELETE)/.test(sql);
const nothing = () => ({ wrong: [], planted: new Set(), written: new Set() });
let crash;
// Which statement of a batch is the next to fail, in what is being done; by the batch, since cron has several.
let failing;

/** Runs the batch, or has it fail before the next of its statements. */
async function planted(database, list, texts) {
  if (!crash || !texts.some(writes)) return database.batch(list);
  const batch = texts.join();
  const at = failing?.next.get(batch) ?? 0;
  if (failing && at < list.length) {
    failing.next.set(batch, at + 1);
    failing.hit = true;
    crash.planted.add(texts[at]);
    return database.batch(list.toSpliced(at, 0, database.prepare("INSERT INTO guard (broken) VALUES ('planted')")));
  }
  const results = await database.batch(list);
  if (failing) failing.wrote += 1;
  for (const text of texts.filter(writes)) crash.written.add(text);
  return results;
}

/** Until nothing is left to fail: then it was done. */
async function crashing(what, act, judge) {
  const next = new Map();
  for (let turn = 0; turn < 200; turn += 1) {
    failing = { next, hit: false, wrote: 0 };
    const outcome = await act();
    const { hit, wrote } = failing;
    failing = undefined;
    if (!hit) return outcome;
    const wrong = judge(outcome, wrote);
    if (wrong) crash.wrong.push(`${what}: ${wrong}`);
  }
  crash.wrong.push(`${what}: no end`);
  return new Response(null, { status: 500 });
}

async function failingFirst(request, env, context) {
  const { method, url, headers } = request;
  const body = method === 'POST' || method === 'PUT' || method === 'PATCH' ? await request.arrayBuffer() : undefined;
  const again = () => worker.fetch(new Request(url, { method, headers, body, redirect: 'manual' }), env, context);
  return crashing(`${method} ${new URL(url).pathname}`, again, (response, wrote) => {
    if (response.status !== 500) return `${response.status} though it failed`;
    if (wrote > 0) return 'something was left';
    return response.headers.getSetCookie().some((it) => it.startsWith('__Host-keyward-session=') && !it.includes('Max-Age=0')) && 'a session';
  });
}

const statements = new WeakMap();

function counted(statement, sql) {
  const wrapper = {
    sql,
    bind: (...values) => counted(statement.bind(...values), sql),
  };
  for (const call of ['first', 'run', 'all', 'raw']) {
    wrapper[call] = (...values) => (trips += 1, statement[call](...values));
  }
  statements.set(wrapper, statement);
  return wrapper;
}

// The name is what the Worker's bindings check.
const wrapped = (database) => new (class D1Database {
  prepare(sql) { return counted(database.prepare(sql), sql); }
  async batch(list) {
    trips += 1;
    const results = await planted(database, list.map((it) => statements.get(it) ?? it), list.map(({ sql }) => sql));
    for (const { meta } of results) rows = { read: rows.read + meta.rows_read, written: rows.written + meta.rows_written };
    return held(results);
  }
  exec(sql) { trips += 1; return database.exec(sql); }
  dump() { trips += 1; return database.dump(); }
})();

let broken = false;
const fails = async () => { throw new Error('planted'); };
const kv = (namespace) => (broken ? { get: fails, getWithMetadata: fails, put: fails, list: fails, delete: fails } : namespace);

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
    if (pathname === '/__kv') {
      broken = searchParams.get('broken') === 'true';
      return new Response(String(broken));
    }
    if (pathname === '/__crash') {
      const { wrong, planted: failed, written } = crash ?? nothing();
      crash = searchParams.get('on') === 'true' ? nothing() : undefined;
      return Response.json({ wrong, planted: [...failed], written: [...written] });
    }
    const bindings = { ...env, DB: wrapped(env.DB), PUBLIC: kv(env.PUBLIC) };
    return crash ? failingFirst(request, bindings, context) : worker.fetch(request, bindings, context);
  },
  scheduled(event, env, context) {
    const run = () => worker.scheduled(event, { ...env, DB: wrapped(env.DB) }, context);
    // Each of its tasks fails by itself, and is due again.
    return crash ? crashing('cron', run, () => undefined) : run();
  },
};
