// @ts-check
// What reads and writes files, loaded when a file is there.
import { Refused } from './api.js';
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
    const wasm = await import(new URL('../wasm/keyward_transfer.js', import.meta.url).href);
    await wasm.default({ module_or_path: new URL('../wasm/keyward_transfer_bg.wasm', import.meta.url) });
    return wasm;
  } catch {
    throw new Refused('offline', common.unreached);
  }
}
