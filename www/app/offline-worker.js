// @ts-check
// Answers for the vault's page where there is no connection, with what offline.js kept of it. With a connection it adds nothing:
// everything comes from the server. What opens the vault is not here but in IndexedDB, sealed; this clears it where somebody
// signs out, whichever page they do it on, and where the server shows something else than the vault.

/** The part of ServiceWorkerGlobalScope that is used: the types of pages have none. @typedef {{ skipWaiting: () => void, clients: { claim: () => Promise<void> } }} Scope */
/** @typedef {Event & { waitUntil: (work: Promise<unknown>) => void }} Lasting */
/** @typedef {Lasting & { request: Request, respondWith: (answer: Promise<Response>) => void }} Fetching */

const [CACHE, PAGE] = ['keyward-offline', '/vault/items'];
const OF_THE_PAGE = /^\/(app|wasm)\/|^\/(keyward\.css|mark\.svg|favicon\.ico)$/;
/** Where people sign out, and where their IdP signs them out. */
const SIGN_OUT = /^\/sign-out$|^\/saml\/[^/]+\/slo$/;
const scope = /** @type {Scope} */ (/** @type {unknown} */ (self));

/** Nothing of the vault is to be read without a connection any more. */
async function forget() {
  await caches.delete(CACHE);
  const opening = indexedDB.open('keyward');
  await new Promise((resolve) => {
    opening.onerror = resolve;
    opening.onsuccess = () => {
      const database = opening.result;
      const done = () => { database.close(); resolve(undefined); };
      if (!database.objectStoreNames.contains('offline')) return done();
      const clearing = database.transaction('offline', 'readwrite', { durability: 'strict' });
      clearing.objectStore('offline').clear();
      clearing.oncomplete = clearing.onabort = done;
    };
  });
}

/** @param {string} path */
const kept = async (path) => (await caches.has(CACHE) ? (await caches.open(CACHE)).match(path) : undefined);

/** @param {Request} request @param {string} path */
async function answer(request, path) {
  try {
    const answered = await fetch(request);
    // The way to signing in, or a no.
    if (path === PAGE && request.mode === 'navigate' && (answered.type === 'opaqueredirect' || (answered.status >= 400 && answered.status < 500))) await forget();
    return answered;
  } catch (error) {
    const page = await kept(path);
    if (page) return page;
    // Whoever opens the address as ever finds what there is.
    if (request.mode === 'navigate' && path !== PAGE && await kept(PAGE)) return Response.redirect(PAGE);
    throw error;
  }
}

self.addEventListener('install', () => scope.skipWaiting());
self.addEventListener('activate', (event) => /** @type {Lasting} */ (event).waitUntil(scope.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request, respondWith, waitUntil } = /** @type {Fetching} */ (event);
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (SIGN_OUT.test(pathname)) waitUntil.call(event, forget());
  else if (request.method === 'GET' && (pathname === PAGE || pathname === '/' || pathname === '/vault' || OF_THE_PAGE.test(pathname))) respondWith.call(event, answer(request, pathname));
});
