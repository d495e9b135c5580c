// @ts-check
// The page that a session is sent to which waits for a passkey.
import { element } from './dom.js';
import { unlockByPasskey, words } from './passkey.js';

const place = element('unlock');
const said = /** @type {HTMLElement} */ (place.querySelector('[data-said]'));
const button = /** @type {HTMLButtonElement} */ (place.querySelector('button'));
const { tenant = '', user = '', session = '', to = '/vault' } = place.dataset;
said.textContent = window.PublicKeyCredential ? '' : 'This browser has no passkeys.';
button.disabled = !window.PublicKeyCredential;
button.onclick = async () => {
  button.disabled = true;
  said.textContent = 'Follow what your browser says.';
  try {
    await unlockByPasskey({ tenant, user, session });
    location.assign(to);
  } catch (error) {
    said.textContent = words(error);
    button.disabled = false;
  }
};
