// @ts-check
// What pages say stands in one place for each layer, and nowhere else: ready for another language. Scripts of pages have www/app/words, the
// console's too; the Worker has its templates, words.rs and the core's face.rs; what runs as wasm in a page says codes, and the page has
// the words. The API is not read here.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/run.mjs';
import { told } from '../../www/app/api.js';
import { common } from '../../www/app/words/common.js';
import { members } from '../../www/app/words/items.js';
import { refusals } from '../../www/app/words/refusals.js';
import { fileErrors, labels, reasons, sources } from '../../www/app/words/transfer.js';

/** Where scripts of pages are. */
const FOLDERS = ['.', 'admin'];
const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');

/** The texts between quotes in a script, without comments; of a template what is no expression. @param {string} source */
export function texts(source) {
  const found = [];
  const parts = /\/\/[^\n]*|\/\*[^]*?\*\/|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`|(?<=[=(:,&|?!]\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\]|\\.)*\])+\/[a-z]*/g;
  for (const [, one, two, template] of source.matchAll(parts)) {
    const text = one ?? two ?? template?.replaceAll(/\$\{[^}]*\}/g, '\u0000');
    if (text) found.push(text);
  }
  return found;
}
/** The texts between quotes in Rust, without comments, tests, and the reasons of suppressions. @param {string} source */
export function rustTexts(source) {
  const parts = /\/\/[^\n]*|'(?:[^'\\\n]|\\[^\n]{1,8}?)'|reason = "(?:[^"\\]|\\[^])*"|r#"([^]*?)"#|"((?:[^"\\]|\\[^])*)"/g;
  const [shipped] = source.split('#[cfg(test)]');
  return [...shipped.matchAll(parts)].flatMap(([, raw, quoted]) => raw ?? quoted ?? []).flatMap((text) => (text ? [text.replaceAll(/\{[^}]*\}/g, '\u0000')] : []));
}
/** Words that are people's: one that begins with a capital letter, or three in a row. What they are not for is named; a role is known by its name. */
const NOT_PEOPLES = /^(Enter|Escape|Arrow\w+|Tab|Edg|OPR|Edge|Opera|Firefox|Chrome|Safari|Android|Windows|Linux|Keyward|Session defaults|NotAllowedError|InvalidStateError|SecurityError|Mac OS X|iPhone|CrOS)\/?$/;
const isSaid = (/** @type {string} */ text) => (/^[\s\u0000←]*([A-Z][a-z’]+|[A-Z](?=-[a-z])|[A-Z]{2,} [a-z]+)([\s,.:;!?…\u0000-]|$)/.test(text) || /[a-z’,]+ [a-z’]+ [a-z’]{2,}/.test(text) && !/^[a-z]+( [a-z]+)+$/.test(text) || /^(the|it|you|your|a|an) /.test(text)) && !NOT_PEOPLES.test(text.trim());

test('no script of a page says anything that does not stand among the words', () => {
  const scripts = FOLDERS.flatMap((folder) => readdirSync(join(root, 'www', 'app', folder)).filter((name) => name.endsWith('.js')).map((name) => join(folder, name)));
  assert.ok(scripts.length > 45, `${scripts.length}`);
  assert.deepEqual(scripts.flatMap((name) => texts(readFileSync(join(root, 'www', 'app', name), 'utf8')).filter(isSaid).map((text) => `${name}: ${text}`)), []);
});

test('a sentence that stands elsewhere would be seen', () => {
  for (const script of ["toast('Saved.')", "make('p', { textContent: `It has ${count} items.` })", "const say = 'the vault is locked';", 'button("New item")', "field('E-mail', input)", "field('SSO name', input)", "link('/admin/people', '← People')"]) assert.equal(texts(script).filter(isSaid).length, 1, script);
  for (const script of ["// It is said here.\nmake('div', { className: 'row between' })", "x.replace(/[/'][a-z]+ are not/, '')", "import { a } from './words/items.js';", "event.key === 'ArrowDown'"]) assert.deepEqual(texts(script).filter(isSaid), [], script);
  for (const script of ['title: "Second step",', 'let said = format!("You have {count} of them.");', "split('\"'); page(\"Try once more\")"]) assert.equal(rustTexts(script).filter(isSaid).length, 1, script);
  for (const script of ['/// It says "Hello there".\nno(403, "session-over")', '#[expect(lint, reason = "It is said so")]', '#[cfg(test)]\nmod tests { const A: &str = "A whole sentence."; }']) assert.deepEqual(rustTexts(script).filter(isSaid), [], script);
});

/** What a handler hands to a log, to the audit log or to an admin, and to no page of a member's. */
const OF_ADMINS = /^(acs|admin|brand|connection|cron|health|logout|mail|metadata|mod)\.rs$/;
/** What the core keeps as the reason of a request that no page of ours makes. */
const OF_REASONS = /^the device's ID$/;

test('no handler and no binding says anything to a member: their words are in one file, or in the templates', () => {
  const files = ['crates/worker/src/handlers', 'crates/worker/src/pages', 'crates/pages/src', 'crates/transfer/src', 'crates/strength/src']
    .flatMap((at) => readdirSync(join(root, at)).filter((name) => name.endsWith('.rs') && !(at.endsWith('handlers') && OF_ADMINS.test(name))).map((name) => `${at}/${name}`));
  assert.ok(files.length > 20, `${files.length}`);
  const said = files.flatMap((file) => rustTexts(read(file)).filter((text) => isSaid(text) && !OF_REASONS.test(text)).map((text) => `${file}: ${text}`));
  assert.deepEqual(said.filter((line) => !/: (the browser has randomness|keyward outside single sign-on)$/.test(line)), []);
});

/** The codes that a function `code` of a file gives. @param {string} path @param {string} [type] */
function codesOf(path, type = '') {
  const [shipped] = read(path).split('#[cfg(test)]');
  return [...shipped.matchAll(/impl (\w+) \{[^]*?\n\}/g)].filter(([, its]) => its.endsWith(type)).flatMap(([body]) => [...body.matchAll(/fn code\([^]*?\n {4}\}/g)])
    .flatMap(([body]) => [...body.matchAll(/=> \{?\s*"([a-z0-9-]+)"/g)].map(([, code]) => code));
}

test('every code that a vault’s page can meet has words, and no words are left of a code that is gone', () => {
  const vault = join(root, 'crates/vault/src');
  const ofVault = readdirSync(vault).filter((name) => name.endsWith('.rs')).flatMap((name) => codesOf(`crates/vault/src/${name}`, 'Error'));
  const ofBindings = ['pages', 'transfer'].flatMap((crate) => readdirSync(join(root, `crates/${crate}/src`)).flatMap((name) => [...read(`crates/${crate}/src/${name}`).matchAll(/(?:Failure::of|failure)\(\s*"([a-z-]+)"/g)].map(([, code]) => code)));
  const ofServer = codesOf('crates/core/src/vault.rs', 'VaultRefusal');
  const handlers = readdirSync(join(root, 'crates/worker/src/handlers')).filter((name) => /^(vault|unlock)/.test(name));
  const ofHandlers = handlers.flatMap((name) => [...read(`crates/worker/src/handlers/${name}`).matchAll(/\bno\(\d+, "([a-z-]+)"\)/g)].map(([, code]) => code));
  assert.ok(ofVault.length > 30 && ofBindings.length > 5 && ofServer.length > 25 && ofHandlers.length > 3, `${[ofVault, ofBindings, ofServer, ofHandlers].map(({ length }) => length)}`);
  const codes = new Set([...ofVault, ...ofBindings, ...ofServer, ...ofHandlers]);
  assert.deepEqual([...codes].filter((code) => !refusals[code]), [], 'codes without words');
  const all = [...readdirSync(join(root, 'crates/worker/src/handlers')).map((name) => read(`crates/worker/src/handlers/${name}`)), read('crates/worker/src/lib.rs'), read('crates/worker/src/host.rs'), read('www/app/sync.js')].join('\n');
  assert.deepEqual(Object.keys(refusals).filter((code) => !codes.has(code) && !all.includes(`"${code}"`) && !all.includes(`'${code}'`)), [], 'words without a code');

  const [ofFiles, ofRecords] = [codesOf('crates/vault/src/import/error.rs', 'ImportError'), codesOf('crates/vault/src/import/error.rs', 'Reason')];
  // One that is sealed asks for its password.
  assert.deepEqual(ofFiles.filter((code) => code !== 'file-sealed' && !fileErrors[code]), []);
  assert.deepEqual(ofRecords.toSorted(), Object.keys(reasons).toSorted());
});

test('nothing but words reaches the page: a code without any is told as what nobody expected', () => {
  for (const [code, say] of [...Object.entries(refusals), ...Object.entries(fileErrors)]) assert.match(say(7, 8), /^\p{Lu}.*[.)]$/u, code);
  assert.equal(told(JSON.stringify({ code: 'phrase-word', numbers: [3] })).message, 'Word 3 is not one that recovery phrases have.');
  assert.equal(told(JSON.stringify({ code: 'of-tomorrow', numbers: [], message: 'Something in English.' })).message, common.unexpected);
  assert.equal(told(new TypeError('x is not a function')).message, common.unexpected);
});

test('what an import names itself has words, and what it reads keeps its own', () => {
  const at = 'crates/vault/src/import';
  const source = readdirSync(join(root, at)).map((name) => read(`${at}/${name}`)).join('\n');
  const own = [...source.matchAll(/labelled\(\s*"([a-z-]+)"|Name::Label\("([a-z-]+)"\)|\("\w+", "([a-z-]+-[a-z-]+|passport|licence)"\)/g)].map(([, one, two, three]) => one ?? two ?? three);
  assert.ok(own.length > 10, `${own}`);
  assert.deepEqual(own.filter((label) => !(label in labels) && !(label in members)), []);
  assert.deepEqual(source.match(/\.field\("[^"]/g), null, 'a name in the importer’s own words');
  const named = [...read(`${at}/mod.rs`).matchAll(/Source::\w+ => "(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual(named.toSorted(), sources.map(([name]) => name).filter(Boolean).toSorted());
});
