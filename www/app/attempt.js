// @ts-check
// Doing what a click asks for.
import { told } from './api.js';
import { toast } from './dom.js';
import { common } from './words/common.js';

/**
 * Where it cannot be done, says why; what ends the visit goes to `fail`.
 * @param {(error: unknown) => void} fail @param {Record<string, string>} [texts] what codes are called here
 * @returns {(work: () => Promise<unknown>) => () => Promise<unknown>}
 */
export const attempting = (fail, texts = {}) => (work) => () => work().catch((error) => {
  const { code, message } = told(error);
  if (code === 'session-over' || code === 'device-not-proven') fail(error);
  else if (code !== 'vault-locked') toast(texts[code] ?? (code === 'offline' ? common.nothingChanged : common.withCode(message, code)));
});
