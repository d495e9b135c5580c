// @ts-check
// The API of admins, as the console asks it: JSON both ways, and a no is a problem with its code (RFC 9457).

/** A no: its code is stable, its words are for people. */
export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} detail */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/**
 * @param {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} method @param {string} path below /api/v1
 * @param {unknown} [body] @returns {Promise<any>} what is there; nothing where nothing is
 */
export async function ask(method, path, body) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
  } catch {
    throw new Problem(0, 'offline', 'The server cannot be reached. Nothing was changed.');
  }
  if (answer.status === 204) return undefined;
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, said.code ?? `http-${answer.status}`, said.detail ?? 'The server said no.');
  return said;
}

export const get = (/** @type {string} */ path) => ask('GET', path);

/** More than these a list does not show. */
const MOST = 1000;
/** All of a list, page by page. @param {string} path @returns {Promise<any[]>} */
export async function all(path) {
  /** @type {any[]} */
  const items = [];
  for (let after = ''; items.length < MOST;) {
    const page = await get(`${path}${path.includes('?') ? '&' : '?'}limit=100${after && `&after=${encodeURIComponent(after)}`}`);
    items.push(...page.items);
    if (!page.next) break;
    after = page.next;
  }
  return items;
}

/** A list, or an empty one where this person may not see it. @param {string} path */
export const allIfAny = (path) => all(path).catch((error) => (error instanceof Problem && error.status === 403 ? [] : Promise.reject(error)));
