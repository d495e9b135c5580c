// @ts-check
// The recovery kit: copied, printed, saved.
import { say } from './words/outside.js';

const words = /** @type {HTMLElement} */ (document.getElementById('kit'));
const said = /** @type {HTMLElement} */ (document.querySelector('[data-said]'));
const keep = /** @type {HTMLElement} */ (document.querySelector('[data-keep]'));
keep.hidden = false;
keep.querySelector('[data-print]')?.addEventListener('click', () => window.print());
keep.querySelector('[data-download]')?.addEventListener('click', () => {
  const url = URL.createObjectURL(new Blob([words.innerText], { type: 'text/plain' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: 'keyward-recovery-kit.txt' });
  link.click();
  URL.revokeObjectURL(url);
  said.textContent = say.saved;
});
