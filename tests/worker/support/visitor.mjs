// @ts-check
// A browser as far as HTTP goes: it keeps cookies, says where a form came from, and follows nothing by itself.
import assert from 'node:assert/strict';
import { inflateRawSync } from 'node:zlib';

const references = { amp: '&', lt: '<', gt: '>', quot: '"' };

/** The text that an attribute value or a text of HTML stands for. @param {string} html */
export function decodeHtml(html) {
  return html.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot));/gi, (_, hex, decimal, name) =>
    name ? references[/** @type {keyof typeof references} */ (name)] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)));
}

/** What a page says, without its tags. @param {string} html */
export const words = (html) => decodeHtml(html.replace(/<(style|svg)[\s\S]*?<\/\1>/g, ' ').replace(/<[^>]+>/g, ' ')).replace(/\s+/g, ' ').trim();

/** Where a sign-in leads in the end, for whoever is walked through nothing: the first one goes by way of the onboarding. @param {string | null} location */
export const destination = (location) => (location?.startsWith('/onboarding?to=') ? decodeURIComponent(location.slice('/onboarding?to='.length)) : location);

/** The request that an address of the Redirect binding carries. @param {string} address */
export function readRequest(address) {
  const url = new URL(address);
  const xml = inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString();
  const id = / ID="([^"]+)"/.exec(xml)?.[1];
  assert.ok(id, `no request in ${address}`);
  return { url, xml, id };
}

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Headers} headers
 * @property {string} body
 * @property {string | null} location
 */

export class Visitor {
  /** Name → value of the cookies it keeps. @type {Map<string, string>} */
  cookies = new Map();
  /** What it calls itself, where that is not what Node does. @type {string | undefined} */
  agent;

  /** @param {string} origin the address people use @param {string} [target] the Worker to talk to, where there are several */
  constructor(origin, target = origin) {
    this.origin = origin;
    this.target = target;
  }

  /** The same browser, talking to another Worker. @param {string} target */
  at(target) {
    const same = new Visitor(this.origin, target);
    same.cookies = this.cookies;
    return same;
  }

  /** @param {string} path @param {RequestInit} [init] @returns {Promise<Answer>} */
  async send(path, init = {}) {
    const headers = new Headers(init.headers);
    if (this.agent) headers.set('user-agent', this.agent);
    if (this.cookies.size > 0) headers.set('cookie', [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(new URL(path, this.target), { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return { status: response.status, headers: response.headers, body: await response.text(), location: response.headers.get('location') };
  }

  /** @param {string} path */
  get = (path) => this.send(path);

  /** A form of one of our own pages. @param {string} path @param {Record<string, string>} form */
  post(path, form) {
    return this.send(path, { method: 'POST', body: new URLSearchParams(form), headers: { origin: this.origin, 'sec-fetch-site': 'same-origin' } });
  }

  /** A form of a page elsewhere. @param {string} path @param {Record<string, string> | string} form @param {string} [from] */
  postFrom(path, form, from = 'http://127.0.0.1:9') {
    return this.send(path, { method: 'POST', body: new URLSearchParams(form), headers: { origin: from, 'sec-fetch-site': 'cross-site' } });
  }

  /**
   * Types something into the first page, and reads the request that the continue page sends on.
   * @param {string} who @param {string} [to]
   */
  async begin(who, to) {
    const answer = await this.post('/sign-in', to === undefined ? { who } : { who, to });
    assert.equal(answer.status, 200, words(answer.body));
    const href = [...answer.body.matchAll(/href="([^"]*SAMLRequest=[^"]*)"/g)];
    assert.equal(href.length, 1, 'one way to the IdP');
    return { ...answer, ...readRequest(decodeHtml(href[0][1])) };
  }

  /** What the IdP's page posts. @param {string} acsUrl @param {string} response @param {string} [relayState] */
  answer(acsUrl, response, relayState) {
    const form = { SAMLResponse: response, ...(relayState === undefined ? {} : { RelayState: relayState }) };
    return this.postFrom(new URL(acsUrl).pathname, form);
  }

  /** @param {string} line */
  #keep(line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const removed = value === '' || attributes.some((attribute) => /^max-age=0$/i.test(attribute));
    if (removed) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
