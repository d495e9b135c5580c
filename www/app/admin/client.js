// @ts-check
// The API of admins, as the console asks it: JSON both ways, and a no is a problem with its code (RFC 9457).
import { common } from '../words/common.js';

/** A no: its code is stable, its words are for people. */
export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} detail */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** The version of each thing that was had. @type {WeakMap<object, string>} */
const versions = new WeakMap();

/**
 * @param {'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} method @param {string} path below /api/v1
 * @param {unknown} [body] @param {unknown} [upon] what was had before: where it is another by now, nothing is changed
 * @returns {Promise<any>} what is there; nothing where nothing is
 */
export async function ask(method, path, body, upon) {
  /** @type {Response} */
  let answer;
  try {
    const version = versions.get(/** @type {object} */ (upon));
    const headers = { ...(body !== undefined && { 'content-type': 'application/json' }), ...(version && { 'if-match': version }) };
    answer = await fetch(`/api/v1${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  } catch {
    throw new Problem(0, 'offline', common.nothingChanged);
  }
  if (answer.status === 204) return undefined;
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, said.code ?? `http-${answer.status}`, said.detail ?? common.saidNo(answer.status));
  const version = answer.headers.get('etag');
  if (version) versions.set(said, version);
  return said;
}

export const get = (/** @type {string} */ path) => ask('GET', path);

/** How long it waits where it is told that it asks too much. */
const PATIENCE = 15_000;
/** Does it, and again later where it is told that this is too much at once: many requests of one page. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
export async function patiently(work) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 429) throw error;
      await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    }
  }
}

/** A part of a list, and where the next one begins. @typedef {{ items: any[], next?: string | null }} Part */

/** Loads a list a part at a time. @param {string} path @param {number} [many] lines of a part @returns {(after?: string) => Promise<Part>} */
export const pages = (path, many = 100) => (after = '') => get(`${path}${path.includes('?') ? '&' : '?'}limit=${many}${after && `&after=${encodeURIComponent(after)}`}`);

/** All of a list. Of what an organisation has a thousand at the most; other lists are shown a part at a time. @param {string} path @returns {Promise<any[]>} */
export async function all(path) {
  const load = pages(path);
  let { items, next } = await load();
  while (next) {
    const page = await load(next);
    [items, next] = [[...items, ...page.items], page.next];
  }
  return items;
}

/** A list, or an empty one where this person may not see it. @param {string} path */
export const allIfAny = (path) => all(path).catch((error) => (error instanceof Problem && error.status === 403 ? [] : Promise.reject(error)));
