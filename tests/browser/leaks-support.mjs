// @ts-check
// Looks for secrets in whatever was recorded, in every encoding that somebody might send or keep them in.
import { createServer, request as httpRequest } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';

/** @typedef {{ what: string, bytes: Buffer }} Secret */

/** How the bytes of a secret can stand in a text, or in the middle of something else. @param {Buffer} bytes @returns {Map<string, Buffer>} */
export function encodings(bytes) {
  /** @type {Map<string, Buffer>} */
  const all = new Map([['raw', bytes]]);
  const hex = bytes.toString('hex');
  all.set('hex', Buffer.from(hex)).set('HEX', Buffer.from(hex.toUpperCase()));
  all.set('numbers', Buffer.from([...bytes].join(',')));
  all.set('spaced numbers', Buffer.from([...bytes].join(', ')));
  all.set('percent', Buffer.from([...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')));
  all.set('PERCENT', Buffer.from([...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')));
  all.set('reversed', Buffer.from(bytes).reverse());
  // Base64 depends on what stands before: three ways, without the letters that a neighbour has a part in.
  for (let before = 0; before < 3; before += 1) {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').replaceAll('=', '');
    const first = Math.ceil((before * 8) / 6);
    const whole = text.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
    all.set(`base64 after ${before}`, Buffer.from(whole));
    all.set(`base64url after ${before}`, Buffer.from(whole.replaceAll('+', '-').replaceAll('/', '_')));
  }
  for (const name of ['hex', 'base64 after 0']) all.set(`UTF-16 of ${name}`, Buffer.from(String(all.get(name)), 'utf16le'));
  return all;
}

/** The same of a text: also as JSON, URLs and pages write it. @param {string} text @returns {Map<string, Buffer>} */
export function textEncodings(text) {
  const all = encodings(Buffer.from(text));
  const little = Buffer.from(text, 'utf16le');
  const big = Buffer.from(little).swap16();
  for (const [name, bytes] of /** @type {[string, Buffer][]} */ ([['UTF-16LE', little], ['UTF-16BE', big]])) for (const [how, it] of encodings(bytes)) all.set(`${name} ${how}`, it);
  all.set('JSON', Buffer.from(JSON.stringify(text).slice(1, -1)));
  all.set('JSON of ASCII', Buffer.from(JSON.stringify(text).slice(1, -1).replace(/[^\x20-\x7e]/g, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)));
  all.set('URL', Buffer.from(encodeURIComponent(text))).set('form', Buffer.from(encodeURIComponent(text).replaceAll('%20', '+')));
  all.set('HTML', Buffer.from(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')));
  all.set('lower case', Buffer.from(text.toLowerCase())).set('upper case', Buffer.from(text.toUpperCase()));
  return all;
}

/** @param {Record<string, Buffer>} places @param {Secret[]} secrets @param {string[]} texts @returns {string[]} what was found, where, and how it was written; never the secret */
export function findLeaks(places, secrets, texts) {
  const found = [];
  const needles = [...secrets.map(({ what, bytes }) => ({ what, all: encodings(bytes) })), ...texts.map((text, at) => ({ what: `text ${at}`, all: textEncodings(text) }))];
  for (const [place, hay] of Object.entries(places)) for (const { what, all } of needles) for (const [how, needle] of all) if (hay.includes(needle)) found.push(`${what} in ${place} as ${how}`);
  return found;
}

/** A proxy that writes down every byte that comes from the browser. */
export async function startRecorder() {
  /** @type {Buffer[]} */
  const sent = [];
  const forward = createServer((incoming, outgoing) => {
    const { hostname, port, pathname, search } = new URL(incoming.url ?? '');
    const onward = httpRequest({ hostname: hostname === 'localhost' ? '127.0.0.1' : hostname, port, path: pathname + search, method: incoming.method, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  await new Promise((done) => forward.listen(0, '127.0.0.1', () => done(undefined)));
  const { port: inner } = /** @type {import('node:net').AddressInfo} */ (forward.address());
  const front = createNetServer((socket) => {
    const up = connect(inner, '127.0.0.1');
    socket.on('data', (chunk) => {
      sent.push(chunk);
      up.write(chunk);
    });
    socket.on('end', () => up.end()).on('error', () => up.destroy());
    up.on('error', () => socket.destroy());
    up.pipe(socket);
  });
  await new Promise((done) => front.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (front.address());
  return {
    proxy: { server: `http://127.0.0.1:${port}`, bypass: '<-loopback>' },
    sent: () => Buffer.concat(sent),
    stop() {
      front.close();
      forward.close();
      forward.closeAllConnections();
    },
  };
}

/** Writes down every secret that a browser makes: randomness, agreed bits, and private keys that leave WebCrypto. @param {import('playwright-core').BrowserContext} context @param {Secret[]} secrets */
export async function recordSecrets(context, secrets) {
  await context.exposeBinding('madeSecret', (_source, what, hex) => { secrets.push({ what, bytes: Buffer.from(hex, 'hex') }); });
  await context.addInitScript(() => {
    /** @param {string} what @param {ArrayBuffer | ArrayBufferView} bytes */
    const tell = (what, bytes) => {
      const octets = ArrayBuffer.isView(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
      void /** @type {any} */ (globalThis).madeSecret(what, Array.from(octets, (byte) => byte.toString(16).padStart(2, '0')).join(''));
    };
    const { getRandomValues } = Crypto.prototype;
    Crypto.prototype.getRandomValues = function (/** @type {any} */ array) {
      const made = getRandomValues.call(this, array);
      tell('randomness', /** @type {ArrayBufferView} */ (made));
      return /** @type {any} */ (made);
    };
    const { deriveBits, exportKey } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.deriveBits = async function (...args) {
      const made = await deriveBits.apply(this, args);
      tell('agreed bits', made);
      return made;
    };
    SubtleCrypto.prototype.exportKey = /** @type {any} */ (async function (/** @type {any[]} */ ...args) {
      const made = await /** @type {any} */ (exportKey).apply(/** @type {any} */ (crypto.subtle), args);
      if (made.d) tell('private key', Uint8Array.from(atob(made.d.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0)));
      return made;
    });
  });
}
