// @ts-check
// The page of the recovery phrase.
import { ask } from './api.js';
import { attempting } from './attempt.js';
import { button, element, make, toast } from './dom.js';
import { makePhrase } from './phrase.js';
import { run } from './unlock.js';
import { say } from './words/devices.js';

await run((opened, fail) => {
  const place = element('phrase');
  const attempt = attempting(fail);
  let isOver = false;
  async function show() {
    /** @type {import('./devices.js').Listed} */
    const { phraseSince, mayHavePhrase } = await ask('/vault/devices/list');
    if (isOver) return;
    if (!mayHavePhrase) return place.replaceChildren(make('p', { textContent: say.noPhrase }));
    const begin = () => makePhrase(place, opened, attempt, (done) => {
      if (done) toast(say.phraseWorks);
      void attempt(show)();
    });
    place.replaceChildren(
      make('p', { textContent: phraseSince ? say.phraseMade(phraseSince) : say.phraseWhy }),
      make('div', { className: 'row' }, button(phraseSince ? say.makeNewPhrase : say.makePhrase, begin)));
  }
  void attempt(show)();
  return {
    stop() {
      isOver = true;
      place.replaceChildren();
    },
  };
});
