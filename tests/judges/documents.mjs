// @ts-check
// Documents for judges of XML: well-formed ones with every habit that parsers differ about, and damaged ones.

/** @typedef {ReturnType<typeof import('../package/support.mjs').seeded>} Random */

const names = ['a', 'b', 'Attr-1', 'x.y', '_u', 'Ünï', '名'];
const prefixes = ['', '', 'p', 'q', 'saml'];
const XENC = 'http://www.w3.org/2001/04/xmlenc#';
/** Part of a Signature, whose prefix is bound anew by what is in it. */
const KEY = `<k:KeyValue xmlns:k="http://www.w3.org/2000/09/xmldsig#"><k:a xmlns:k="http://www.w3.org/2009/xmldsig11#" k:b="c"><k:d/></k:a><k:InclusiveNamespaces xmlns:k="http://www.w3.org/2001/10/xml-exc-c14n#" k:b=""><e/></k:InclusiveNamespaces><k:f/></k:KeyValue>`;
const uris = ['urn:one', 'http://two.test/x?y=z;w#f', 'urn:three'];
const texts = ['text', ' lead', 'ümläut 🙂', '&amp;&lt;&gt;', '&#xD;', '&#10;\t', 'a\r\nb\rc', '<![CDATA[<raw> & ]] ]]>', '&quot;&apos;', ']]&gt;', '  \n ', '&#x1F511;', 'a>b"\'', '\u0085\u2028&#x85;', '<![CDATA[]]>', 'a<![CDATA[&amp;\r\n]]>&#13;\rb', '&#x10FFFF;\uFFFD', '<!---->'];
const values = ['v', '', 'a  b', 'tab\there', 'line\nbreak', '&#9;&#10;&#13;', '&lt;&amp;&quot;', "it's", '&#x20AC;', 'a\r\nb', '> ]]>', '&#x85;\u0085\u2028', '&#xD;&#xA;\r', '\t\n\r ', '&#x10FFFF;', 'x'.repeat(300)];

/**
 * A well-formed document, with every habit that canonicalization has an opinion on.
 * @param {Random} random @param {string} [signature] put into one of its elements, which then has the ID `_signed`, unless none of them is suited
 */
export function generate(random, signature) {
  let waiting = signature;
  let ids = 0;
  const element = (/** @type {number} */ depth, /** @type {Map<string, string>} */ outer) => {
    const scope = new Map(outer);
    let declarations = '';
    // Part of an EncryptedData, where prefixes may be bound anew.
    const encrypts = depth > 0 && random.chance(0.08);
    const isInside = encrypts || [...outer.values()].includes(XENC);
    if (encrypts) {
      scope.set('p', XENC);
      declarations += ` xmlns:p="${XENC}"`;
    }
    for (const prefix of encrypts ? ['q', 'saml'] : ['p', 'q', 'saml']) {
      if (random.chance(depth === 0 ? 0.8 : isInside ? 0.3 : 0.15) && (isInside || !scope.has(prefix))) {
        scope.set(prefix, random.pick(uris));
        declarations += ` xmlns:${prefix}="${scope.get(prefix)}"`;
      } else if (scope.has(prefix) && random.chance(0.1)) declarations += ` xmlns:${prefix}="${scope.get(prefix)}"`;
    }
    if (random.chance(0.25)) declarations += ` xmlns="${random.pick([...uris, ''])}"`;
    const known = prefixes.filter((prefix) => prefix === '' || scope.has(prefix));
    const prefix = encrypts ? 'p' : random.pick(known);
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
    if (random.chance(0.05)) attributes += ' xml:space="preserve"';
    if (random.chance(0.05)) attributes += ` xml:id="_${(ids += 1)}"`;
    if (depth > 4 || random.chance(0.2)) return `<${name}${declarations}${attributes}/>`;
    let content = '';
    if (waiting && random.chance(0.4)) {
      attributes += ' ID="_signed"';
      content = waiting;
      waiting = undefined;
    }
    for (let count = random.int(5); count > 0; count -= 1) {
      const kind = random.int(6);
      if (kind < 3) content += element(depth + 1, scope);
      else if (kind < 5) content += random.pick(texts);
      else content += `<!-- ${random.pick(['comment', 'ü', '<not-a-tag>', 'a\r\nb'])} -->`;
    }
    return `<${name}${declarations}${attributes}${random.chance(0.1) ? ' ' : ''}>${content}</${name}>`;
  };
  const before = random.chance(0.3) ? random.pick(['<?xml version="1.0"?>\n', "<?xml version='1.0' encoding='UTF-8' standalone='no'?>", '<!-- before -->', '\n']) : '';
  return before + element(0, new Map()).replaceAll('<!-- ü -->', KEY) + (random.chance(0.2) ? '\n<!-- after -->\n' : '');
}

/** One small damage or change somewhere. @param {string} xml @param {Random} random */
export function mutate(xml, random) {
  const at = random.int(xml.length + 1);
  const insert = random.pick(['<', '>', '&', '"', "'", ' ', '=', ':', '/', ']]>', '--', '<!--', '-->', '<![CDATA[', '&#0;', '&#x1;', '&ent;', '<?pi?>', '<!DOCTYPE a>', '\u0001', '\uFFFE', 'xmlns=""', ' p:a="1" q:a="1"', ' a="1" a="2"', '<x/>', 'ü', '\u00A0', '<x xmlns:p="urn:other"/>', '<p:a/>', '&#xD800;', '&#1114112;', '&#x;', '&#-1;', '&amp', ' xmlns:p=""', ' xmlns:xmlns="urn:x"', ' xmlns:xml="urn:x"', ' xmlns:xml="http://www.w3.org/XML/1998/namespace"', ' xml:id="a"', ' xmlns="relative"', '<![CDATA[]]>', '<!-- -- -->', '<a b=c/>', '<a b/>', '</a >', '\u0085', '\uFEFF', '&#0x41;', '&#X41;', '<a:b:c/>', '<:a/>', '<?xml version="1.0"?>', '\r', '']);
  return xml.slice(0, at) + insert + xml.slice(at + random.int(3));
}

/** The same for octets: broken UTF-8, controls, other encodings' marks. @param {Buffer} octets @param {Random} random */
export function mutateOctets(octets, random) {
  const at = random.int(octets.length + 1);
  const insert = random.pick([[0x80], [0xff], [0xc0, 0xaf], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xfe, 0xff], [0], [0x85], [0xc2, 0x85], [0xe2, 0x80, 0xa8], [0x0d], [0x0d, 0x0a], [0x7f], [0xef, 0xbf, 0xbf], []]);
  return Buffer.concat([octets.subarray(0, at), Buffer.from(insert), octets.subarray(at + random.int(2))]);
}
