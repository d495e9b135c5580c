// @ts-check
// Clients of the API, and an organisation that the operator made.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

/** A token such as the deployer makes. */
export const newSecret = () => randomBytes(32).toString('base64url');

/**
 * @typedef {{ status: number, headers: Headers, text: string, body: any }} Answer
 * @typedef {ReturnType<typeof client>} Client
 */

/** @param {string} origin @param {string | null} token */
export function client(origin, token) {
  /** @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers] @returns {Promise<Answer>} */
  const send = async (method, path, body, headers = {}) => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method,
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined };
  };
  return {
    send,
    /** @param {string} path */
    get: (path) => send('GET', path),
    /** Does something that has to succeed. @param {string} method @param {string} path @param {unknown} [body] */
    async must(method, path, body) {
      const answer = await send(method, path, body);
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
      return answer.body;
    },
    /** Does something that has to be refused, by its code. @param {string} code @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [headers] */
    async refused(code, method, path, body, headers) {
      const answer = await send(method, path, body, headers);
      assert.equal(answer.body?.code, code, `${method} ${path}: ${answer.status} ${answer.text}`);
      assert.equal(answer.body.status, answer.status);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      return answer;
    },
  };
}

/** An organisation and whoever holds everything in it. @param {string} origin @param {Client} operator @param {string} [name] */
export async function newTenant(origin, operator, name = 'Acme') {
  const made = await operator.must('POST', '/operator/tenants', { name, seats: 20 });
  const root = client(origin, made.set_up_token);
  const { items: [node] } = await root.must('GET', '/nodes');
  return { id: /** @type {string} */ (made.id), root, node: /** @type {string} */ (node.id), token: /** @type {string} */ (made.set_up_token) };
}

/** In a day. */
export const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();
