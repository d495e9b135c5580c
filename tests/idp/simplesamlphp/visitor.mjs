// @ts-check
// A person at SimpleSAMLphp, without a browser: cookies, redirects, its login form.
import assert from 'node:assert/strict';

/** @param {import('./simplesamlphp.mjs').SimpleSamlPhp} idp */
export function visitor(idp) {
  /** @type {Map<string, string>} */
  const jar = new Map();

  /** Follows redirects with cookies, as far as they stay at the provider. @param {string} url @param {RequestInit} [init] @returns {Promise<Response>} */
  async function visit(url, init = {}) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const header of response.headers.getSetCookie()) {
      const [pair] = header.split(';');
      const at = pair.indexOf('=');
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get('location');
    const next = location && new URL(location, url);
    return next && next.origin === idp.origin ? visit(next.href) : response;
  }

  return {
    /** Goes where an app sends people, signs in where it is asked to. @param {string} url @param {string} [username] @returns {Promise<string>} the response, as XML */
    async respondTo(url, username = 'alice') {
      return respond(await visit(url), username);
    },
    /** The same for what is posted there. @param {{ action: string, fields: Record<string, string | undefined> }} form @param {string} [username] */
    async respondToForm({ action, fields }, username = 'alice') {
      return respond(await visit(action, { method: 'POST', body: new URLSearchParams(/** @type {Record<string, string>} */ (fields)) }), username);
    },
    /** Where a visit sends the browser in the end, away from the provider. @param {string} url @returns {Promise<string>} */
    async leaveBy(url) {
      const response = await visit(url);
      const location = response.headers.get('location');
      assert.ok(location, await response.text());
      return location;
    },
  };

  /** @param {Response} response @param {string} username @returns {Promise<string>} */
  async function respond(response, username) {
    let page = await response.text();
    const authState = /name="AuthState" value="([^"]+)"/.exec(page)?.[1]?.replaceAll('&amp;', '&');
    if (authState) {
      const user = idp.users.find((each) => each.username === username);
      assert.ok(user);
      const body = new URLSearchParams({ username, password: user.password, AuthState: authState });
      page = await (await visit(`${idp.origin}/module.php/core/loginuserpass.php`, { method: 'POST', body })).text();
    }
    const posted = /name="SAMLResponse" value="([^"]+)"/.exec(page)?.[1];
    assert.ok(posted, page);
    return Buffer.from(posted, 'base64').toString();
  }
}
