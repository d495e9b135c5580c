// @ts-check
// Private keys that the package is given are used through WebCrypto, and need not be readable; what it cannot do is done in
// WebAssembly. That it is so is seen by watching WebCrypto, and Node's own cryptography, which has to be asked for.
import { strict as assert } from 'node:assert';
import nodeCrypto, { createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { mintResponse } from '../../dist/keyward/testing.js';
import { selfSigned } from '../../scripts/lib/certificate.mjs';
import { message } from '../bench/memory.mjs';
import { encrypted as encryptedTo } from '../support/encrypted.mjs';
import { backends, keyward, now, refused, sp, testKey } from './support.mjs';

const ours = selfSigned('service provider');
const spki = createPublicKey(ours.certificate).export({ type: 'spki', format: 'der' });
const XENC = 'http://www.w3.org/2001/04/xmlenc#';
/** What a message says of OAEP: its digest, and the MGF1 hash where the newer identifier names one. */
const transports = /** @type {const} */ ({
  'SHA-1': `<xenc:EncryptionMethod Algorithm="${XENC}rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod>`,
  'SHA-256': `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep"><ds:DigestMethod Algorithm="${XENC}sha256"/><xenc11:MGF Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/></xenc:EncryptionMethod>`,
});

/** A response whose assertion is signed and then encrypted, to us, by WebCrypto. @param {'SHA-1' | 'SHA-256'} hash @param {Uint8Array<ArrayBuffer>} [recipient] */
async function encrypted(hash, recipient = spki) {
  const { xml, idp } = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r', sign: ['assertion'], nameId: { value: 'alice' } });
  const assertion = /** @type {RegExpMatchArray} */ (xml.match(/<saml:Assertion .*<\/saml:Assertion>/s))[0];
  const alone = assertion.replace('<saml:Assertion ', '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ');
  const [content, iv] = [crypto.getRandomValues(new Uint8Array(32)), crypto.getRandomValues(new Uint8Array(12))];
  const aes = await crypto.subtle.importKey('raw', content, 'AES-GCM', false, ['encrypt']);
  const sealed = Buffer.concat([iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, aes, Buffer.from(alone)))]);
  const to = await crypto.subtle.importKey('spki', recipient, { name: 'RSA-OAEP', hash }, false, ['encrypt']);
  const wrapped = Buffer.from(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, to, content));
  const cipher = (/** @type {Buffer} */ octets) => `<xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData>`;
  const element = `<saml:EncryptedAssertion><xenc:EncryptedData xmlns:xenc="${XENC}" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Type="${XENC}Element"><xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/><ds:KeyInfo><xenc:EncryptedKey>${transports[hash]}${cipher(wrapped)}</xenc:EncryptedKey></ds:KeyInfo>${cipher(sealed)}</xenc:EncryptedData></saml:EncryptedAssertion>`;
  return { response: Buffer.from(xml.replace(assertion, element)).toString('base64'), idp };
}

/** @param {{ response: string, idp: any }} message @param {(string | CryptoKey)[]} decryptionKeys @param {import('../../dist/keyward/index.js').Policy} [policy] */
const ask = ({ response, idp }, decryptionKeys, policy) => keyward.verifyResponse({ response, encoding: 'base64', now, idp, sp: { ...sp, decryptionKeys }, request: { id: '_r' }, policy });

/** @param {'SHA-1' | 'SHA-256'} hash @param {KeyUsage[]} [usages] */
const unreadable = (hash, usages = ['decrypt']) => crypto.subtle.importKey('pkcs8', ours.keyDer, { name: 'RSA-OAEP', hash }, false, usages);

/** What a function of somebody else's was called with while `work` ran. @param {any} of @param {string} name @param {() => Promise<unknown>} work */
async function calls(of, name, work) {
  const real = of[name];
  /** @type {any[][]} */
  const seen = [];
  of[name] = function (/** @type {any[]} */ ...args) {
    seen.push(args);
    return real.apply(this, args);
  };
  try {
    await work();
  } finally {
    of[name] = real;
  }
  return seen;
}

/** The keys that WebCrypto decrypted with. @param {() => Promise<unknown>} work @returns {Promise<CryptoKey[]>} */
const decryptions = async (work) => (await calls(crypto.subtle, 'decrypt', work)).map(([, key]) => key);

/** The keys that Node's own cryptography decrypted with. @param {() => Promise<unknown>} work */
const decryptionsByNode = async (work) => (await calls(nodeCrypto, 'privateDecrypt', work)).map(([{ key }]) => key);

test('PEM is imported once, not to be exported, and used by WebCrypto', async () => {
  for (const hash of /** @type {const} */ (['SHA-1', 'SHA-256'])) {
    const used = await decryptions(async () => {
      for (let times = 0; times < 2; times += 1) assert.equal((await ask(await encrypted(hash), [ours.key])).nameId?.value, 'alice');
    });
    assert.equal(used.length, 2);
    assert.equal(used[0], used[1]);
    assert.deepEqual([used[0].extractable, used[0].usages], [false, ['decrypt']]);
  }
});

test('a CryptoKey that nobody can read decrypts, whatever the backend', async () => {
  const [sha1, sha256] = [await unreadable('SHA-1'), await unreadable('SHA-256')];
  try {
    for (const backend of backends) {
      keyward.setBackend(backend);
      const used = await decryptions(async () => {
        const person = await ask(await encrypted('SHA-1'), [sha1, sha256]);
        assert.deepEqual([person.nameId?.value, person.encrypted], ['alice', true]);
        assert.equal((await ask(await encrypted('SHA-256'), [sha1, sha256])).nameId?.value, 'alice');
      });
      assert.deepEqual(used, [sha1, sha256], backend);
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('PEM is read once and used by Node, and by nobody else, where that is asked for', async () => {
  keyward.setBackend('node');
  try {
    for (const hash of /** @type {const} */ (['SHA-1', 'SHA-256'])) {
      /** @type {any[]} */
      let byNode = [];
      const byHost = await decryptions(async () => {
        byNode = await decryptionsByNode(async () => {
          for (let times = 0; times < 2; times += 1) assert.equal((await ask(await encrypted(hash), [ours.key])).nameId?.value, 'alice');
        });
      });
      assert.deepEqual([byNode.length, byHost.length], [2, 0]);
      assert.equal(byNode[0], byNode[1]);
    }
    await refused(ask(await encrypted('SHA-1'), [selfSigned('somebody else').key]), 'decrypt');
    assert.equal((await ask(await encrypted('SHA-1'), [selfSigned('somebody else').key, ours.key])).nameId?.value, 'alice', 'all are tried');
  } finally {
    keyward.setBackend('auto');
  }
});

test('the pure backend decrypts with PEM and without WebCrypto', async () => {
  keyward.setBackend('rust');
  try {
    const used = await decryptions(async () => assert.equal((await ask(await encrypted('SHA-1'), [ours.key])).nameId?.value, 'alice'));
    assert.deepEqual(used, []);
  } finally {
    keyward.setBackend('auto');
  }
});

test('what hosts cannot do, two hashes in one OAEP, is done in WebAssembly, whatever the backend', async () => {
  const { xml, idp } = mintResponse({ acsUrl: sp.acsUrl, spEntityId: sp.entityId, now, inResponseTo: '_r', sign: ['assertion'], nameId: { value: 'alice' } });
  const message = { response: encryptedTo(xml, ours.certificate, 'sha256', 'sha1'), idp };
  try {
    for (const backend of backends) {
      keyward.setBackend(backend);
      assert.equal((await ask(message, [ours.key])).nameId?.value, 'alice', backend);
      await refused(ask(message, [await unreadable('SHA-256')]), 'decrypt', `${backend}: a key that cannot be read`);
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('a cipher that a host lacks, as Deno has no AES-192-GCM, is done in WebAssembly', async () => {
  const message = await encrypted('SHA-1');
  const real = nodeCrypto.createDecipheriv;
  let asked = 0;
  nodeCrypto.createDecipheriv = () => {
    asked += 1;
    throw new Error('Unknown cipher');
  };
  try {
    assert.equal((await ask(message, [ours.key])).nameId?.value, 'alice');
    assert.equal(asked, 1);
  } finally {
    nodeCrypto.createDecipheriv = real;
  }
});

test('an encrypted name among the values of an attribute is read by who has the key, and told by who has not', async () => {
  const { response } = await encrypted('SHA-1');
  const ciphertext = /** @type {RegExpMatchArray} */ (Buffer.from(response, 'base64').toString().match(/<xenc:EncryptedData .*<\/xenc:EncryptedData>/s))[0];
  const value = (/** @type {string} */ content) => `<saml:AttributeValue>${content}</saml:AttributeValue>`;
  const { xml, ...pinned } = await message(`<saml:Attribute Name="for">${value('carol')}${value(`<saml:EncryptedID>${ciphertext}</saml:EncryptedID>`)}</saml:Attribute>`);
  const person = await keyward.verifyResponse({ response: xml, encoding: 'xml', request: null, policy: { allowUnsolicited: true }, ...pinned });
  assert.deepEqual(person.attributes, [{ name: 'for', values: ['carol'] }]);
  assert.match(person.warnings.join(), /^encrypted-value: /);
});

test('a key of another pair, or for another hash, decrypts nothing', async () => {
  await refused(ask(await encrypted('SHA-1'), [selfSigned('somebody else').key]), 'decrypt');
  await refused(ask(await encrypted('SHA-1'), [await unreadable('SHA-256')]), 'decrypt');
  await refused(ask(await encrypted('SHA-1'), []), 'decrypt');
  assert.equal((await ask(await encrypted('SHA-1'), [selfSigned('somebody else').key, ours.key])).nameId?.value, 'alice', 'all are tried');
});

test('a key of 1024 bits decrypts only where the policy takes such keys, whoever does it', async () => {
  const short = testKey('rsa-1024');
  const message = await encrypted('SHA-1', createPublicKey(short.certificate).export({ type: 'spki', format: 'der' }));
  const der = Buffer.from(short.privateKey.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const key = await crypto.subtle.importKey('pkcs8', der, { name: 'RSA-OAEP', hash: 'SHA-1' }, false, ['decrypt']);
  try {
    for (const backend of backends) {
      keyward.setBackend(backend);
      for (const given of [short.privateKey, key]) {
        const byHost = await decryptions(async () => {
          assert.deepEqual(await decryptionsByNode(() => refused(ask(message, [given]), 'decrypt', backend)), [], backend);
        });
        assert.deepEqual(byHost, [], backend);
        assert.equal((await ask(message, [given], { minRsaBits: 1024 })).nameId?.value, 'alice', backend);
        await refused(ask(message, [given], { minRsaBits: 1025 }), 'decrypt', backend);
      }
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('whatever a ciphertext fails by, the same is asked of the host, and the answer is the same', async () => {
  const right = await encrypted('SHA-256');
  /** With an octet of the key's (0) or the content's (1) CipherValue changed. @param {number} which @param {number} at */
  const changed = (which, at) => {
    let place = 0;
    const xml = Buffer.from(right.response, 'base64').toString().replace(/<xenc:CipherValue>([^<]*)/g, (all, value) => {
      if (place++ !== which) return all;
      const octets = Buffer.from(value, 'base64');
      octets[at < 0 ? octets.length + at : at] ^= 0x80;
      return `<xenc:CipherValue>${octets.toString('base64')}`;
    });
    return { ...right, response: Buffer.from(xml).toString('base64') };
  };
  try {
    for (const [what, message, keys] of /** @type {const} */ ([
      ['nothing', right, [ours.key]],
      ['the wrapped key', changed(0, 100), [ours.key]],
      ['the end of the wrapped key', changed(0, -1), [ours.key]],
      ['the IV', changed(1, 0), [ours.key]],
      ['the ciphertext', changed(1, 500), [ours.key]],
      ['the tag', changed(1, -1), [ours.key]],
      ['our key', right, [selfSigned('somebody else').key]],
    ])) {
      for (const [backend, watch] of /** @type {const} */ ([['auto', decryptions], ['node', decryptionsByNode]])) {
        keyward.setBackend(backend);
        /** @type {unknown[]} */
        let unwrapped = [];
        const deciphers = await calls(nodeCrypto, 'createDecipheriv', async () => {
          unwrapped = await watch(async () => {
            if (what === 'nothing') assert.ok(await ask(message, [...keys]));
            else await refused(ask(message, [...keys]), 'decrypt', what);
          });
        });
        assert.deepEqual([unwrapped.length, deciphers.length], [1, 1], `${what} (${backend})`);
      }
    }
  } finally {
    keyward.setBackend('auto');
  }
});

test('what is no decryption key is told', async () => {
  const message = await encrypted('SHA-1');
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const publicKey = await crypto.subtle.importKey('spki', spki, { name: 'RSA-OAEP', hash: 'SHA-1' }, true, ['encrypt']);
  for (const wrong of [privateKey, publicKey, await unreadable('SHA-1', ['unwrapKey']), 1, null, {}]) {
    await refused(ask(message, [/** @type {any} */ (wrong)]), 'invalid-input');
  }
  await refused(ask(message, /** @type {any} */ (ours.key)), 'invalid-input');
});
