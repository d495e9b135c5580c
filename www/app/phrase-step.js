// @ts-check
// The step of the onboarding in which a recovery phrase is made.
import { attempting } from './attempt.js';
import { button, element, make } from './dom.js';
import { makePhrase } from './phrase.js';
import { run } from './unlock.js';
import { say } from './words/devices.js';

document.querySelector('[data-late]')?.remove();
await run((opened, fail) => {
  const place = element('phrase');
  const attempt = attempting(fail);
  const begin = () => place.replaceChildren(
    make('p', { textContent: say.paper }),
    make('div', { className: 'row' }, button(say.makePhrase, () => makePhrase(place, opened, attempt, (done) => (done ? location.assign('/onboarding') : begin())), 'primary')));
  begin();
  return { stop: () => place.replaceChildren() };
});
