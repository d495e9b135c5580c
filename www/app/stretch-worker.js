// @ts-check
// Beside the page: stretches one password, and is done.
const wasm = await import(new URL('../wasm/keyward_transfer.js', import.meta.url).href);
await wasm.default({ module_or_path: new URL('../wasm/keyward_transfer_bg.wasm', import.meta.url) });

addEventListener('message', ({ data: { password, salt, email } }) => {
  postMessage(wasm.stretchPassword(password, salt, email));
});
postMessage('ready');
