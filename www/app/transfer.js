// @ts-check
// What reads and writes files, loaded when a file is there.
import { Refused } from './api.js';
import { loadProgram } from './program.js';
import { common } from './words/common.js';

/**
 * @typedef {{
 *   readFile: (bytes: Uint8Array, source: string, hasHeader: boolean, targets: string[]) => string,
 *   openFile: (bytes: Uint8Array, password: string) => Uint8Array<ArrayBuffer>,
 *   toTable: (text: string) => string,
 *   sealFile: (text: string, password: string) => Uint8Array<ArrayBuffer>,
 * }} Transfer crates/transfer
 */

/** @returns {Promise<Transfer>} */
export async function loadTransfer() {
  try {
    return await loadProgram('transfer');
  } catch {
    throw new Refused('offline', common.unreached);
  }
}
