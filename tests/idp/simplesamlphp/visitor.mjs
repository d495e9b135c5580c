// @ts-check
// A person at SimpleSAMLphp, without a browser: cookies, redirects, its login form.
import assert from 'node:assert/strict';

/** @param {import('./simplesamlphp.mjs').SimpleSamlPhp} idp */
export function visitor(idp) {
  /** @type {Map<string, string>} */
  const jar = new Map();

  /** Follows redirects with cookies. @param {string} url @param {RequestInit} [init] @returns {Promise<Response>} */
  async function visit(url, init = {}) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const header of response.headers.getSetCookie()) {
      const [pair] = header.split(';');
      const at = pair.indexOf('=');
      jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const location = response.headers.get('location');
    return location ? visit(new URL(location, url).href) : response;
  }

  return {
    /** Goes where an app sends people, signs in where it is asked to. @param {string} url @param {string} [username] @returns {Promise<string>} the response, as XML */
    async respondTo(url, username = 'alice') {
      let page = await (await visit(url)).text();
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
    },
  };
}
