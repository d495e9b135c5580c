// @ts-check
// Looks for secrets in whatever was recorded, in every encoding that somebody might send or keep them in.
import { createServer, request as httpRequest } from 'node:http';
import { connect, createServer as createNetServer } from 'node:net';
import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** @typedef {{ what: string, bytes: Buffer }} Secret */

/** Base64 depends on what stands before: three ways, without the letters that a neighbour has a part in. @param {Map<string, Buffer>} all @param {Buffer} bytes @param {string} [of] */
function base64(all, bytes, of = '') {
  for (let before = 0; before < 3; before += 1) {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64').replaceAll('=', '');
    const first = Math.ceil((before * 8) / 6);
    const whole = text.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
    all.set(`base64 after ${before}${of}`, Buffer.from(whole));
    all.set(`base64url after ${before}${of}`, Buffer.from(whole.replaceAll('+', '-').replaceAll('/', '_')));
  }
}

/** RFC 4648 §6, without padding. @param {Buffer} bytes */
const base32 = (bytes) => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('').replace(/.{1,5}/g, (bits) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[parseInt(bits.padEnd(5, '0'), 2)]);

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
  for (const between of [' ', ':', '-']) all.set(`hex with ${between}`, Buffer.from(hex.replace(/..(?!$)/g, `$&${between}`)));
  all.set('base32', Buffer.from(base32(bytes))).set('base32 in lower case', Buffer.from(base32(bytes).toLowerCase()));
  all.set('one number', Buffer.from(BigInt(`0x0${hex}`).toString()));
  // Of a string with a character for each byte, as scripts make them, and what comes of it in JSON and URLs.
  const letters = bytes.toString('latin1');
  all.set('letters', Buffer.from(letters)).set('JSON of letters', Buffer.from(JSON.stringify(letters).slice(1, -1))).set('URL of letters', Buffer.from(encodeURIComponent(letters)));
  all.set('escaped letters', Buffer.from([...bytes].map((byte) => `\\u00${byte.toString(16).padStart(2, '0')}`).join('')));
  base64(all, bytes);
  for (const name of ['hex', 'base64 after 0', 'letters']) base64(all, Buffer.from(String(all.get(name))), ` of ${name}`);
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

/** What is packed in what was recorded, also where that is in base64. @param {Buffer} hay @returns {Buffer[]} */
export function unpacked(hay) {
  const texts = [...hay.toString('latin1').matchAll(/[A-Za-z0-9+/_-]{24,}/g)].map(([text]) => Buffer.from(text, text.includes('-') || text.includes('_') ? 'base64url' : 'base64'));
  return [hay, ...texts].flatMap((bytes) => {
    const found = [];
    for (const [magic, unpack] of /** @type {const} */ ([[[0x1f, 0x8b, 8], gunzipSync], [[0x78, 0x01], inflateSync], [[0x78, 0x9c], inflateSync], [[0x78, 0xda], inflateSync]])) {
      const start = Buffer.from(magic);
      for (let at = bytes.indexOf(start); at >= 0; at = bytes.indexOf(start, at + 1)) {
        try {
          const whole = unpack(bytes.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH });
          if (whole.length > 0) found.push(whole);
        } catch {
          // It only looked like it.
        }
      }
    }
    return found;
  });
}

/** @param {Record<string, Buffer>} places @param {Secret[]} secrets @param {string[]} texts @returns {string[]} what was found, where, and how it was written; never the secret */
export function findLeaks(places, secrets, texts) {
  const found = [];
  const needles = [...secrets.map(({ what, bytes }) => ({ what, all: encodings(bytes) })), ...texts.map((text, at) => ({ what: `text ${at}`, all: textEncodings(text) }))];
  const hays = Object.entries(places).flatMap(([place, hay]) => /** @type {[string, Buffer][]} */ ([[place, hay], ...unpacked(hay).map((it) => [`${place}, packed,`, it])]));
  for (const [place, hay] of hays) for (const { what, all } of needles) for (const [how, needle] of all) if (hay.includes(needle)) found.push(`${what} in ${place} as ${how}`);
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

/** Writes down the memory of every program that a page runs. @param {import('playwright-core').BrowserContext} context */
export const recordPrograms = (context) => context.addInitScript(() => {
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  Object.assign(globalThis, { memories });
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (...args) => {
    const made = await instantiateStreaming(...args);
    memories.push(/** @type {WebAssembly.Memory} */ (made.instance.exports.memory));
    return made;
  };
});

/** All that stands in them now, without what is empty. @param {import('playwright-core').Page} page @returns {Promise<Buffer[]>} */
export async function programMemories(page) {
  const all = await page.evaluate(() => /** @type {{ memories: WebAssembly.Memory[] }} */ (/** @type {unknown} */ (globalThis)).memories.map(({ buffer }) => {
    const octets = new Uint8Array(buffer);
    let text = '';
    for (let at = 0; at < octets.length; at += 0x8000) {
      const part = octets.subarray(at, at + 0x8000);
      // Stretching a password takes 64 MiB, which are empty afterwards.
      if (part.some((octet) => octet !== 0)) text += String.fromCharCode(...part);
    }
    return btoa(text);
  }));
  return all.map((text) => Buffer.from(text, 'base64'));
}
