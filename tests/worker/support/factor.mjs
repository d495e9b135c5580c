// @ts-check
// Setting an authenticator app up, and showing it, as a browser without JavaScript does.
import assert from 'node:assert/strict';
import { codeOf } from '../../support/totp.mjs';
import { decodeHtml, words } from './visitor.mjs';

/** @typedef {import('./visitor.mjs').Visitor} Visitor */

/** @param {string} body @param {string} name */
export const hidden = (body, name) => decodeHtml(new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1] ?? '');
/** The backup codes of the page that shows them. @param {string} body */
export const codesOf = (body) => [...body.matchAll(/<li><code>([0-9A-Z-]{19})<\/code>/g)].map((it) => it[1]);

/** Sets an app up, from wherever the page is. @param {Visitor} visitor @param {string} [page] */
export async function enrol(visitor, page = '/onboarding') {
  const { body } = await visitor.get(page);
  const key = /id="setup-key">([^<]+)</.exec(body)?.[1] ?? '';
  assert.ok(key, words(body));
  const form = { sealed: hidden(body, 'sealed'), at: page === '/onboarding' ? 'onboarding' : 'settings', name: 'Phone' };
  const answer = await visitor.post('/vault/two-factor/add-app', { ...form, code: codeOf(key) });
  return { key, form, answer, codes: codesOf(answer.body) };
}

/** @param {Visitor} visitor @param {string} code @param {Record<string, string>} [more] */
export const show = (visitor, code, more = {}) => visitor.post('/two-factor/code', { code, to: '/vault/activity', ...more });
