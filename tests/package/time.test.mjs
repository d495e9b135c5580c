// @ts-check
// Whatever a message consists of, one that is four times as long takes about four times as long: what grows with the square of
// its length takes sixteen. Of the processor's time, and only where it is long enough to matter, so that nothing else decides.
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { asking, many, unusual } from '../bench/memory.mjs';
import { keyward } from './support.mjs';

const MATTERS = 100;

/** Milliseconds of the processor, the least of three times. @param {() => unknown} work */
async function least(work) {
  let best = Infinity;
  for (let times = 0; times < 3; times += 1) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** @param {import('node:test').TestContext} context @param {string} named @param {number} short @param {number} long */
function assertLinear(context, named, short, long) {
  context.diagnostic(`${named}: ${short.toFixed(1)} ms, ${long.toFixed(1)} ms`);
  assert.ok(long < MATTERS || long / short < 8, `${named}: ${short} ms, and four times as long ${long} ms`);
}

test('the time of a message grows as its length', async (context) => {
  /** @type {number[]} */
  const short = [];
  for await (const { large, ...pinned } of unusual(64 * 1024)) {
    const ask = await asking(pinned);
    short.push(await least(() => ask(large)));
  }
  let at = 0;
  for await (const { shape, part, large, ...pinned } of unusual(256 * 1024)) {
    const ask = await asking(pinned);
    assertLinear(context, `${shape}, ${part} signed, ${await ask(large)}`, short[at] ?? 0, await least(() => ask(large)));
    at += 1;
  }
});

test('the time of a canonical form grows as the length of its document', async (context) => {
  /** @type {Record<string, (length: number) => string>} */
  const shapes = {
    'one name': (length) => `<n:r xmlns:n="urn:${'u'.repeat(length / 2)}">${many(length / 1000, () => `<e${many(50, (at) => ` n:a${at}=""`)}/>`)}</n:r>`,
    'names that end differently': (length) => `<r${many(60, (at) => ` xmlns:n${at}="urn:${'u'.repeat(length / 128)}${at}" n${at}:a=""`)}>${many(length / 1000, () => `<e${many(50, (at) => ` n${59 - at}:a=""`)}/>`)}</r>`,
    'attributes that are inherited': (length) => `${many(50, (at) => `<r${many(20, (of) => ` xml:a${at}-${of}=""`)}>`)}<e xml:id="apex" xml:base="x">${'t'.repeat(length - 20_000)}</e>${'</r>'.repeat(50)}`,
  };
  for (const [shape, made] of Object.entries(shapes)) {
    for (const algorithm of ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315', 'http://www.w3.org/2006/12/xml-c14n11', 'http://www.w3.org/2001/10/xml-exc-c14n#']) {
      const taken = (/** @type {number} */ length) => {
        const xml = made(length);
        return least(() => keyward.canonicalize(xml, { algorithm, elementId: shape.startsWith('attributes') ? 'apex' : undefined }));
      };
      const [short, long] = [await taken(60 * 1024), await taken(240 * 1024)];
      assertLinear(context, `${shape}, ${algorithm}`, short, long);
    }
  }
});

test('the time of metadata grows as their length', async (context) => {
  const MD = 'urn:oasis:names:tc:SAML:2.0:metadata';
  const idp = (/** @type {string} */ id) => `<EntityDescriptor entityID="${id}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.test/sso"/></IDPSSODescriptor></EntityDescriptor>`;
  /** @type {Record<string, (length: number) => string>} */
  const shapes = {
    'namespace names that end differently': (length) => `<EntitiesDescriptor xmlns="${MD}"${many(60, (at) => ` xmlns:n${at}="urn:${'u'.repeat(length / 128)}${at}"`)}>${many(length / 1000, () => `<a${many(60, (at) => ` n${at}:a=""`)}/>`)}${idp('urn:one')}</EntitiesDescriptor>`,
    'providers whose names end differently': (length) => `<EntitiesDescriptor xmlns="${MD}">${many(length / 600, (at) => idp(`urn:${'x'.repeat(300)}${at}`))}</EntitiesDescriptor>`,
  };
  for (const [shape, made] of Object.entries(shapes)) {
    let answer = '';
    const taken = (/** @type {number} */ length) => {
      const xml = made(length);
      return least(() => {
        try {
          answer = `${keyward.parseIdpMetadata(xml).length} providers`;
        } catch (error) {
          answer = /** @type {any} */ (error).code;
        }
      });
    };
    const [short, long] = [await taken(512 * 1024), await taken(2048 * 1024)];
    assertLinear(context, `${shape}, ${answer}`, short, long);
  }
});
