// Test-only: the Worker's entry with its D1 in another process (tests/support/d1-apart-server.mjs), so that what the processor does
// here is the Worker and HTTP, and no database. The binding does what the platform's does here: it sends a batch as JSON and reads one.
//
// GET /__empty?on=true has every request answered as one of its kind was, after as many trips with the same bodies and the same
// answers, and by no code of ours: what is left is HTTP and the binding.
import worker from './index.js';

const kinds = { '/sign-in': 'start', acs: 'answer', '/health': 'health' };
const kindOf = (pathname) => kinds[pathname] ?? kinds[pathname.split('/').at(-1)] ?? 'other';
/** What one of the first requests of each kind sent to D1, and its answer. */
const seen = new Map();
let empty = false;
const LOOKED_INTO = 20;

async function ask(env, trip, body, again) {
  const response = await fetch(env.D1_APART, { method: 'POST', headers: { 'x-trip': trip, ...(again ? { 'x-again': '1' } : {}) }, body });
  const { results, error } = await response.json();
  if (error) throw new Error(error);
  return results;
}

const statement = (sql, params = []) => ({ sql, params, bind: (...values) => statement(sql, values) });

// The name is what the Worker's bindings check.
const database = (env, kind, sent) => new (class D1Database {
  prepare(sql) { return statement(sql); }
  batch(list) {
    const body = JSON.stringify(list.map(({ sql, params }) => ({ sql, params })));
    sent.push(body);
    return ask(env, `${kind}:${sent.length}`, body, false);
  }
})();

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/__empty') {
      empty = searchParams.get('on') === 'true';
      return new Response(String(empty));
    }
    const kind = kindOf(pathname);
    const last = seen.get(kind);
    if (empty) {
      if (request.body) await request.text();
      for (const [at, body] of last.sent.entries()) await ask(env, `${kind}:${at + 1}`, body, true);
      return new Response(last.body === '' ? null : last.body, { status: last.status, headers: last.headers });
    }
    const sent = [];
    const response = await worker.fetch(request, { ...env, DB: database(env, kind, sent) }, context);
    // The first ones only, of which the last knows the connection: to look into each would cost what is measured.
    const count = (last?.count ?? 0) + 1;
    if (count > LOOKED_INTO) return response;
    const body = await response.text();
    const headers = [...response.headers];
    seen.set(kind, { count, sent, status: response.status, headers, body });
    return new Response(body === '' ? null : body, { status: response.status, headers });
  },
};
