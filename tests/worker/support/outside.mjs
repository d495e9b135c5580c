// @ts-check
// Admins outside single sign-on, as far as HTTP goes. What a browser makes of a password is any 32 octets to the server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { codeOf } from '../../support/totp.mjs';
import { enrol, show } from './factor.mjs';

/** @typedef {import('./visitor.mjs').Visitor} Visitor */

/** What stands for a password that was stretched. @param {string} password */
export const stretched = (password) => createHash('sha256').update(password).digest('base64');

/** @param {Visitor} visitor @param {string} path @param {Record<string, unknown>} body */
export async function postJson(visitor, path, body) {
  const answer = await visitor.send(path, { method: 'POST', body: JSON.stringify(body), headers: { origin: visitor.origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' } });
  return { ...answer, json: /json/.test(answer.headers.get('content-type') ?? '') && answer.body ? JSON.parse(answer.body) : undefined };
}

/** The secret of a set-up link. @param {string} link */
export const tokenOf = (link) => /** @type {string} */ (new URL(link).pathname.split('/').pop());

/** Sets a password by a link, and an authenticator app up. @param {Visitor} visitor @param {string} link @param {string} email @param {string} [password] */
export async function accept(visitor, link, email, password = 'first') {
  const answer = await postJson(visitor, '/setup/accept', { token: tokenOf(link), email, name: 'Ann', key: stretched(password) });
  assert.equal(answer.status, 201, answer.body);
  const { key, codes } = await enrol(visitor);
  assert.equal((await visitor.get('/setup/next')).status, 200);
  return { key, codes };
}

/** @param {Visitor} visitor @param {string} email @param {string} [password] @param {Record<string, unknown>} [more] */
export const signInOutside = (visitor, email, password = 'first', more = {}) => postJson(visitor, '/admin/sign-in', { email, key: stretched(password), ...more });

/** Shows the app's code of a step that was not used yet. @param {Visitor} visitor @param {string} key @param {number} [ahead] */
export async function showFactor(visitor, key, ahead = 0) {
  const answer = await show(visitor, codeOf(key, ahead), { to: '/admin' });
  assert.equal(answer.status, 303, answer.body);
}
