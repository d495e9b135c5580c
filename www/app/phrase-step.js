// @ts-check
// The step of the onboarding in which a recovery phrase is made.
import { told } from './api.js';
import { button, element, make, toast } from './dom.js';
import { makePhrase } from './phrase.js';
import { run } from './unlock.js';

document.querySelector('[data-late]')?.remove();
await run((opened, fail) => {
  const place = element('phrase');
  /** @param {() => Promise<unknown>} work */
  const attempt = (work) => () => work().catch((error) => {
    const { code, message } = told(error);
    if (code === 'session-over' || code === 'device-not-proven') fail(error);
    else toast(code === 'offline' ? 'The server cannot be reached. Nothing was changed.' : `${message} (${code})`);
  });
  const begin = () => place.replaceChildren(
    make('p', { textContent: 'Have paper and a pen at hand.' }),
    make('div', { className: 'row' }, button('Make a phrase', () => makePhrase(place, opened, attempt, (done) => (done ? location.assign('/onboarding') : begin())), 'primary')));
  begin();
  return { stop: () => place.replaceChildren() };
});
