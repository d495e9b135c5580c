// The extension's part of docs/extension.md, and nothing else.
window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== window || origin !== location.origin) return;
  if (data?.type !== 'keyward-page' || typeof data.nonce !== 'string') return;
  window.postMessage({ type: 'keyward-extension', nonce: data.nonce, version: chrome.runtime.getManifest().version }, location.origin);
});
