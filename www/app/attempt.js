// @ts-check
// Doing what a click asks for.
import { told } from './api.js';
import { toast } from './dom.js';
import { common } from './words/common.js';

/**
 * Where it cannot be done, says why; what ends the visit goes to `fail`. What is being done is not begun a second time, and the button
 * that asked for it says so.
 * @param {(error: unknown) => void} fail @param {Record<string, string>} [texts] what codes are called here
 * @returns {(work: () => Promise<unknown>) => (event?: Event) => Promise<unknown>}
 */
export const attempting = (fail, texts = {}) => (work) => {
  let isDoing = false;
  return async (event) => {
    if (isDoing) return;
    isDoing = true;
    const asked = event?.currentTarget;
    if (asked instanceof HTMLButtonElement) asked.setAttribute('aria-busy', 'true');
    try {
      await work();
    } catch (error) {
      const { code, message } = told(error);
      if (code === 'session-over' || code === 'device-not-proven') fail(error);
      else if (code !== 'vault-locked') toast(texts[code] ?? (code === 'offline' ? common.nothingChanged : common.withCode(message, code)));
    } finally {
      isDoing = false;
      if (asked instanceof HTMLButtonElement) asked.removeAttribute('aria-busy');
    }
  };
};
