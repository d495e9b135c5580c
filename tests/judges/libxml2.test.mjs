// @ts-check
// libxml2 is the judge: what we accept, it must accept and canonicalize to the same octets, by all three methods.
import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyward, seeded } from './support.mjs';

/** xmllint's switch and our identifier; its forms keep comments. */
const methods = {
  '--c14n': 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments',
  '--c14n11': 'http://www.w3.org/2006/12/xml-c14n11#WithComments',
  '--exc-c14n': 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments',
};

/** @param {string} method @param {string} file @returns {Promise<string | null>} */
function xmllint(method, file) {
  return new Promise((resolve) => execFile('xmllint', ['--nonet', method, file], { encoding: 'utf8', maxBuffer: 1 << 26 }, (error, out) => resolve(error ? null : out)));
}

/** @param {string} method @param {string} xml */
function ours(method, xml) {
  try {
    return keyward.canonicalize(xml, { algorithm: /** @type {any} */ (methods)[method] });
  } catch (error) {
    assert.ok(error instanceof keyward.KeywardError, String(error));
    return null;
  }
}

const names = ['a', 'b', 'Attr-1', 'x.y', '_u', 'Ünï', '名'];
const prefixes = ['', '', 'p', 'q', 'saml'];
const uris = ['urn:one', 'http://two.test/x?y=z;w#f', 'urn:three'];
const texts = ['text', ' lead', 'ümläut 🙂', '&amp;&lt;&gt;', '&#xD;', '&#10;\t', 'a\r\nb\rc', '<![CDATA[<raw> & ]] ]]>', '&quot;&apos;', ']]&gt;', '  \n ', '&#x1F511;'];
const values = ['v', '', 'a  b', 'tab\there', 'line\nbreak', '&#9;&#10;&#13;', '&lt;&amp;&quot;', "it's", '&#x20AC;', 'a\r\nb'];

/** A well-formed document, with every habit that canonicalization has an opinion on. @param {ReturnType<typeof seeded>} random */
function generate(random) {
  const element = (/** @type {number} */ depth, /** @type {Map<string, string>} */ outer) => {
    const scope = new Map(outer);
    let declarations = '';
    for (const prefix of ['p', 'q', 'saml']) {
      if (random.chance(depth === 0 ? 0.8 : 0.15) && !scope.has(prefix)) {
        scope.set(prefix, random.pick(uris));
        declarations += ` xmlns:${prefix}="${scope.get(prefix)}"`;
      } else if (scope.has(prefix) && random.chance(0.1)) declarations += ` xmlns:${prefix}="${scope.get(prefix)}"`;
    }
    if (random.chance(0.25)) declarations += ` xmlns="${random.pick([...uris, ''])}"`;
    const known = prefixes.filter((prefix) => prefix === '' || scope.has(prefix));
    const prefix = random.pick(known);
    const name = (prefix ? `${prefix}:` : '') + random.pick(names);
    const seen = new Set();
    let attributes = '';
    for (let count = random.int(4); count > 0; count -= 1) {
      const of = random.pick(known);
      const local = random.pick(names);
      const key = `${of && scope.get(of)}|${local}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const quote = random.pick(['"', "'"]);
      const value = random.pick(values);
      attributes += `${random.pick([' ', '\n  ', '\t'])}${of ? `${of}:` : ''}${local}${random.pick(['=', ' = '])}${quote}${value.replaceAll(quote, quote === '"' ? '&quot;' : '&apos;')}${quote}`;
    }
    if (random.chance(0.1)) attributes += ' xml:lang="en"';
    if (depth > 4 || random.chance(0.2)) return `<${name}${declarations}${attributes}/>`;
    let content = '';
    for (let count = random.int(5); count > 0; count -= 1) {
      const kind = random.int(6);
      if (kind < 3) content += element(depth + 1, scope);
      else if (kind < 5) content += random.pick(texts);
      else content += `<!-- ${random.pick(['comment', 'ü', '<not-a-tag>', 'a\r\nb'])} -->`;
    }
    return `<${name}${declarations}${attributes}${random.chance(0.1) ? ' ' : ''}>${content}</${name}>`;
  };
  const before = random.chance(0.3) ? random.pick(['<?xml version="1.0"?>\n', "<?xml version='1.0' encoding='UTF-8' standalone='no'?>", '<!-- before -->', '\n']) : '';
  return before + element(0, new Map()) + (random.chance(0.2) ? '\n<!-- after -->\n' : '');
}

/** One small damage or change somewhere. @param {string} xml @param {ReturnType<typeof seeded>} random */
function mutate(xml, random) {
  const at = random.int(xml.length + 1);
  const insert = random.pick(['<', '>', '&', '"', "'", ' ', '=', ':', '/', ']]>', '--', '<!--', '-->', '<![CDATA[', '&#0;', '&#x1;', '&ent;', '<?pi?>', '<!DOCTYPE a>', '\u0001', '\uFFFE', 'xmlns=""', ' p:a="1" q:a="1"', ' a="1" a="2"', '<x/>', 'ü', '\u00A0', '<x xmlns:p="urn:other"/>', '<p:a/>', '']);
  return xml.slice(0, at) + insert + xml.slice(at + random.int(3));
}

test('canonical forms equal those of libxml2, and nothing is accepted that it reads otherwise', { timeout: 300_000 }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-c14n-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const random = seeded(20261123);
  const documents = [];
  for (let index = 0; index < 150; index += 1) {
    const xml = generate(random);
    documents.push(xml);
    documents.push(mutate(xml, random), mutate(mutate(xml, random), random));
  }
  let both = 0;
  let onlyTheirs = 0;
  let neither = 0;
  const work = documents.map((xml, index) => async () => {
    const file = join(folder, `${index}.xml`);
    writeFileSync(file, xml);
    for (const method of Object.keys(methods)) {
      const mine = ours(method, xml);
      const theirs = await xmllint(method, file);
      if (mine !== null) assert.equal(mine, theirs, `${method} of ${JSON.stringify(xml)}`);
      if (mine !== null) both += 1;
      else if (theirs !== null) onlyTheirs += 1;
      else neither += 1;
    }
  });
  const lane = async () => {
    for (let next = work.pop(); next; next = work.pop()) await next();
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  const rate = both / (both + onlyTheirs + neither);
  context.diagnostic(`${both} accepted by both, ${onlyTheirs} by libxml2 only, ${neither} by neither (${Math.round(rate * 100)} %)`);
  assert.ok(rate >= 0.3, `only ${Math.round(rate * 100)} % were accepted by both`);
});
