// @ts-check
// A DNS-over-HTTPS resolver on loopback, which knows what a test tells it.
import { createServer } from 'node:http';

export async function startResolver() {
  /** Name → texts of its TXT records. @type {Map<string, string[]>} */
  const texts = new Map();
  /** @type {'answers' | 'fails' | 'redirects' | 'floods'} */
  let mood = 'answers';
  /** @type {string[]} */
  const asked = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://resolver');
    const name = url.searchParams.get('name') ?? '';
    asked.push(name);
    if (mood === 'fails') return response.writeHead(502).end();
    if (mood === 'redirects') return response.writeHead(302, { location: `/else?name=${name}` }).end();
    response.writeHead(200, { 'content-type': 'application/dns-json' });
    if (mood === 'floods') return response.end(`{"Status":0,"Comment":"${'x'.repeat(200_000)}"}`);
    const found = url.pathname === '/dns-query' && url.searchParams.get('type') === 'TXT' ? texts.get(name) : undefined;
    const answer = (found ?? []).map((text) => ({ name, type: 16, TTL: 60, data: JSON.stringify(text) }));
    return response.end(JSON.stringify(found ? { Status: 0, Answer: answer } : { Status: 3 }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/dns-query`,
    texts,
    /** The names it was asked for. */
    asked,
    /** @param {typeof mood} next */
    become: (next) => { mood = next; },
    stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }),
  };
}
