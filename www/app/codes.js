// @ts-check
// One-time codes that run: each is shown with how long it holds, and changes by itself while it is looked at.
import { make } from './dom.js';
import { say } from './words/items.js';

/** @param {(totp: string, seconds: number) => string[]} oneTimeCode */
export function codes(oneTimeCode) {
  /** @type {ReturnType<typeof setInterval>[]} */
  let running = [];
  const seconds = () => Math.floor(Date.now() / 1000);
  return {
    /** The code of now. @param {string} totp */
    now: (totp) => oneTimeCode(totp, seconds())[0] ?? '',
    /** @param {string} totp @returns {Node[]} */
    show(totp) {
      const [code, left] = [make('b', { className: 'secret code' }), make('progress', { className: 'left', max: 30, aria: { label: say.secondsLeft } })];
      let counter = -1;
      const tick = () => {
        const now = seconds();
        const period = Number(left.max);
        if (Math.floor(now / period) !== counter) {
          const [text, its] = oneTimeCode(totp, now);
          if (!text) return code.replaceChildren(say.noCode);
          left.max = Number(its);
          counter = Math.floor(now / left.max);
          code.textContent = text.replace(/^(...)(...)$/, '$1 $2');
        }
        left.value = left.max - (now % left.max);
      };
      tick();
      running.push(setInterval(tick, 1000));
      return [make('span', { className: 'row' }, code, left)];
    },
    stop() {
      running.forEach(clearInterval);
      running = [];
    },
  };
}
