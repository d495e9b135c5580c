// @ts-check
// How hard passwords are to guess. What knows it is a megabyte, so it is loaded when somebody asks.

/** @type {Promise<(password: string, others: string[]) => number> | undefined} */
let loading;
/** From 0, guessed at once, to 4. @returns {Promise<(password: string, others: string[]) => number>} */
export function loadStrength() {
  loading ??= (async () => {
    const wasm = await import(new URL('../wasm/keyward_strength.js', import.meta.url).href);
    await wasm.default({ module_or_path: new URL('../wasm/keyward_strength_bg.wasm', import.meta.url) });
    return wasm.strength;
  })();
  return loading;
}
