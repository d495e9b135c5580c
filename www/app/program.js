// @ts-check
// Our WebAssembly: loaded once a page, and left without a secret when the vault is locked. What is freed is overwritten there; what
// calls left on the stack is not, until the program is told to.

/** @typedef {{ free: () => void }} Secret something in a program's memory that keys, or what they open, are in */
/** @typedef {{ default: (options: { module_or_path: URL }) => Promise<unknown>, wipe: () => void }} Program */

/** @type {Set<Program>} */
const loaded = new Set();
/** What the next lock frees. @type {Set<Secret>} */
const held = new Set();
/** What is freed once is not to be freed again by who made it. @type {WeakSet<Secret>} */
const released = new WeakSet();

/** @param {'pages' | 'transfer' | 'strength'} name of a crate @returns {Promise<any>} */
export async function loadProgram(name) {
  /** @type {Program} */
  const program = await import(new URL(`../wasm/keyward_${name}.js`, import.meta.url).href);
  await program.default({ module_or_path: new URL(`../wasm/keyward_${name}_bg.wasm`, import.meta.url) });
  loaded.add(program);
  return program;
}

/** For what lives longer than a call. @template {Secret} S @param {S} secret @returns {S} */
export function hold(secret) {
  held.add(secret);
  return secret;
}

/** Does it whatever becomes of it: a program that trapped keeps the others from nothing. @param {() => void} act */
function attempt(act) {
  try {
    act();
  } catch {
    // It is gone, or can do nothing any more.
  }
}

/** For what something else took over, which is not to be freed any more. @param {Secret} secret */
export const letGo = (secret) => held.delete(secret);

function wipe() {
  for (const program of loaded) attempt(() => program.wipe());
}

/** @param {Secret[]} secrets that are not needed any more */
export function release(...secrets) {
  for (const secret of secrets) {
    held.delete(secret);
    if (released.has(secret)) continue;
    released.add(secret);
    attempt(() => secret.free());
  }
  wipe();
}

/** At a lock: frees whatever is held. */
export const releaseAll = () => release(...held);
