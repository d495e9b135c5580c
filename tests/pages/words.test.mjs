// @ts-check
// What pages say, the console's too, stands in www/app/words, and nowhere else in their scripts: ready for another language.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/run.mjs';

/** Where scripts of pages are. */
const FOLDERS = ['.', 'admin'];

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
/** Words that are people's: one that begins with a capital letter, or three in a row. What they are not for is named; a role is known by its name. */
const NOT_PEOPLES = /^(Enter|Escape|Arrow\w+|Tab|Edg|OPR|Edge|Opera|Firefox|Chrome|Safari|Android|Windows|Linux|Browser|Keyward|Session defaults|NotAllowedError|InvalidStateError|SecurityError|Mac OS X|iPhone|CrOS)\/?$/;
const isSaid = (/** @type {string} */ text) => (/^[\s\u0000←]*([A-Z][a-z’]+|[A-Z](?=-[a-z])|[A-Z]{2,} [a-z]+)([\s,.:;!?…\u0000-]|$)/.test(text) || /[a-z’,]+ [a-z’]+ [a-z’]{2,}/.test(text) && !/^[a-z]+( [a-z]+)+$/.test(text) || /^(the|it|you|your|a|an) /.test(text)) && !NOT_PEOPLES.test(text.trim());

test('no script of a page says anything that does not stand among the words', () => {
  const scripts = FOLDERS.flatMap((folder) => readdirSync(join(root, 'www', 'app', folder)).filter((name) => name.endsWith('.js')).map((name) => join(folder, name)));
  assert.ok(scripts.length > 45, `${scripts.length}`);
  assert.deepEqual(scripts.flatMap((name) => texts(readFileSync(join(root, 'www', 'app', name), 'utf8')).filter(isSaid).map((text) => `${name}: ${text}`)), []);
});

test('a sentence that stands elsewhere would be seen', () => {
  for (const script of ["toast('Saved.')", "make('p', { textContent: `It has ${count} items.` })", "const say = 'the vault is locked';", 'button("New item")', "field('E-mail', input)", "field('SSO name', input)", "link('/admin/people', '← People')"]) assert.equal(texts(script).filter(isSaid).length, 1, script);
  for (const script of ["// It is said here.\nmake('div', { className: 'row between' })", "x.replace(/[/'][a-z]+ are not/, '')", "import { a } from './words/items.js';", "event.key === 'ArrowDown'"]) assert.deepEqual(texts(script).filter(isSaid), [], script);
});
