// Test-only: a D1 for a Worker in another process (tests/support/d1-apart-entry.mjs): it takes a batch as JSON, and gives what D1 gave
// the last time where it is asked again.
const given = new Map();

export default {
  async fetch(request, env) {
    const trip = request.headers.get('x-trip');
    if (request.headers.has('x-again')) return new Response(given.get(trip));
    let answer;
    try {
      const list = await request.json();
      answer = JSON.stringify({ results: await env.DB.batch(list.map(({ sql, params }) => env.DB.prepare(sql).bind(...params))) });
    } catch (error) {
      answer = JSON.stringify({ error: String(error.message ?? error) });
    }
    given.set(trip, answer);
    return new Response(answer);
  },
};
