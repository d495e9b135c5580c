// @ts-check
// libxml2 is the judge: what we accept, it must accept, read as the same tree and canonicalize to the same octets.
import { strict as assert } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { generate, mutate, mutateOctets } from './documents.mjs';
import { each, folderFor, keyward, mint, python, run, seeded, trees } from './support.mjs';

/** xmllint's switch and our identifier; its forms keep comments. */
const methods = {
  '--c14n': 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  '--c14n11': 'http://www.w3.org/2006/12/xml-c14n11#WithComments',
  '--exc-c14n': 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
};

/** @param {string} method @param {string} xml */
function ours(method, xml) {
  try {
    return keyward.canonicalize(xml, { algorithm: method });
  } catch (error) {
    assert.ok(error instanceof keyward.KeywardError, String(error));
    return null;
  }
}

test('canonical forms of whole documents equal those of xmllint, by all three methods', async (context) => {
  const folder = folderFor(context);
  const random = seeded(20261123);
  /** @type {string[]} */
  const documents = [];
  for (let index = 0; index < 100; index += 1) {
    const xml = generate(random);
    documents.push(xml, mutate(xml, random), mutate(mutate(xml, random), random));
  }
  const count = { both: 0, theirs: 0, neither: 0 };
  await each(documents, async (xml, index) => {
    const file = join(folder, `${index}.xml`);
    writeFileSync(file, xml);
    for (const [option, algorithm] of Object.entries(methods)) {
      const mine = ours(algorithm, xml);
      const judged = await run('xmllint', ['--nonet', option, file]);
      if (mine !== null) assert.equal(mine, judged.ok ? judged.output : null, `${option} of ${JSON.stringify(xml)}`);
      count[mine !== null ? 'both' : judged.ok ? 'theirs' : 'neither'] += 1;
    }
  });
  told(context, count);
});

/** Codes by which we may refuse what libxml2 accepts, and the rule of our profile. @type {Record<string, string>} */
const stricter = {
  'xml-doctype': 'no DOCTYPE, whatever is in it',
  'xml-processing-instruction': 'no processing instruction',
  'xml-entity': 'the five predefined entities and character references only',
  'xml-namespace': 'no undeclared prefix, no relative namespace URI, no misplaced colon',
  'xml-character': 'no character that XML 1.0 has not, wherever it stands: libxml2 does not look behind a NUL after the root',
  'xml-duplicate-attribute': 'no two attributes of the same expanded name',
  'xml-encoding': 'UTF-8 only, without a mark, and declared as nothing else',
};

test('parse trees equal those of libxml2, whatever is done to the documents', async (context) => {
  const random = seeded(7);
  const signed = await mint(['response', 'assertion', 'both'].flatMap((part) => [{ signed: part }, { signed: part, style: { indented: true, typedValues: true, assertion: '', declaration: true } }]));
  /** @type {Buffer[]} */
  const documents = [];
  for (let index = 0; index < 1200; index += 1) {
    const xml = random.chance(0.2) ? random.pick(signed) : generate(random);
    const once = mutate(xml, random);
    documents.push(...[xml, once, mutate(once, random)].map((text) => Buffer.from(text)), mutateOctets(Buffer.from(xml), random));
  }
  const encoded = JSON.stringify(documents.map((document) => document.toString('base64')));
  const mine = await trees(encoded);
  const theirs = (await python('libxml2.py', encoded)).trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(theirs.length, documents.length);
  const count = { both: 0, theirs: 0, neither: 0 };
  /** @type {Map<string, number>} */
  const reasons = new Map();
  for (const [index, document] of documents.entries()) {
    const [{ tree, code }, judged] = [mine[index], theirs[index]];
    const what = JSON.stringify(document.toString());
    if (tree) {
      assert.deepEqual(tree, judged.tree, what);
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(document);
      assert.deepEqual([ours(methods['--c14n'], text), ours(methods['--exc-c14n'], text)], judged.forms, what);
      count.both += 1;
    } else if (judged.tree) {
      assert.ok(code && code in stricter, `we refuse what libxml2 reads, by no known rule: ${code} ${what}`);
      reasons.set(code, (reasons.get(code) ?? 0) + 1);
      count.theirs += 1;
    } else count.neither += 1;
  }
  told(context, count);
  for (const [code, times] of [...reasons].sort()) context.diagnostic(`${times} refused by us only, ${code}: ${stricter[code]}`);
  assert.ok(count.neither > documents.length / 10, 'the changes are too harmless to show anything');
});

/** @param {import('node:test').TestContext} context @param {{ both: number, theirs: number, neither: number }} count */
function told(context, { both, theirs, neither }) {
  const rate = both / (both + theirs + neither);
  context.diagnostic(`${both} accepted by both (${Math.round(rate * 100)} %), ${theirs} by libxml2 only, ${neither} by neither`);
  assert.ok(rate >= 0.3, `only ${Math.round(rate * 100)} % were accepted by both`);
}
