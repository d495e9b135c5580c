// @ts-check
// The forms of passwords: signing in outside single sign-on, setting one, changing one, and the recovery code.
import { ask, told } from './api.js';
import { button, make } from './dom.js';
import { stretch } from './stretch.js';
import { loadStrength } from './strength.js';
import { common } from './words/common.js';
import { refusals, say } from './words/outside.js';

/** The least length and score of a new password. */
const [LEAST, GOOD] = [12, 3];

const form = /** @type {HTMLFormElement} */ (document.querySelector('form[data-outside]'));
const submit = /** @type {HTMLButtonElement} */ (form.querySelector('button:not([type=button])'));
const problem = /** @type {HTMLElement} */ (form.querySelector('[data-problem]'));
const value = (/** @type {string} */ name) => /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name))?.value ?? '';
const input = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

/** @param {HTMLElement[]} content */
function tell(...content) {
  problem.replaceChildren(...content);
  problem.hidden = content.length === 0;
  if (content.length > 0) problem.focus();
}

/** @param {string} text @param {string} [at] the field that it is about */
function wrong(text, at) {
  tell(make('p', { textContent: text }));
  for (const its of form.querySelectorAll('[aria-invalid]')) its.removeAttribute('aria-invalid');
  if (at) {
    input(at).setAttribute('aria-invalid', 'true');
    input(at).focus();
  }
}

/** @param {unknown} error */
function explain(error) {
  const { code, message } = told(error);
  const { said } = /** @type {{ said?: { title?: string, text?: string, steps?: string[], reference?: string } }} */ (error ?? {});
  if (said?.title) {
    const steps = (said.steps ?? []).map((step) => make('li', { textContent: step }));
    tell(make('div', {}, make('p', {}, make('b', { textContent: `${said.title}.` }), ` ${said.text ?? ''}`), make('ul', {}, ...steps), make('p', { className: 'hint' }, say.reference, make('code', { textContent: said.reference ?? '' }))));
  } else {
    wrong(refusals[code] ?? common.withCode(message, code));
  }
}

/** A new password that is long enough, not easily guessed, and typed twice alike. */
async function isGood() {
  const password = value('password');
  if ([...password].length < LEAST) return wrong(say.tooShort(LEAST), 'password');
  const strength = await loadStrength();
  const score = strength(password, [value('email'), value('name'), location.hostname].flatMap((text) => text.split(/[^\p{L}\p{N}]+/u)).filter(Boolean));
  if (score < GOOD) return wrong(say.tooEasy, 'password');
  if (password !== value('again')) return wrong(say.notAlike, 'again');
  return true;
}

/** @param {{ to: string }} answer */
const go = ({ to }) => location.assign(to);

/** One password, several organisations. @param {{ id: string, name: string }[]} all @param {Record<string, unknown>} sent */
function choose(all, sent) {
  tell(make('div', { className: 'stack tight' }, make('p', { textContent: say.which }), ...all.map(({ id, name }) => button(name, () => attempt(async () => go(await ask('/admin/sign-in', { ...sent, tenant: id }))), 'wide'))));
}

/** @type {Record<string, () => Promise<unknown>>} */
const forms = {
  async begin() {
    go(await ask('/setup', { secret: value('secret').trim(), name: value('name') }));
  },
  async accept() {
    if (!(await isGood())) return;
    const { key, email } = await stretch(value('password'), value('email'));
    go(await ask('/setup/accept', { token: value('token'), email, name: value('name'), key }));
  },
  async 'sign-in'() {
    const { key, email } = await stretch(value('password'), value('email'));
    const sent = { email, key, to: value('to') };
    const answer = await ask('/admin/sign-in', sent);
    if (answer.choose) choose(answer.choose, sent);
    else go(answer);
  },
  async recover() {
    if (!(await isGood())) return;
    const { key, email } = await stretch(value('password'), value('email'));
    go(await ask('/admin/recover', { email, code: value('code'), key }));
  },
  async password() {
    if (!(await isGood())) return;
    const { key: current } = await stretch(value('current'), value('email'));
    const { key } = await stretch(value('password'), value('email'));
    go(await ask('/admin/password', { current, key }));
  },
};

/** @param {() => Promise<unknown>} work */
async function attempt(work) {
  tell();
  submit.disabled = true;
  const words = submit.textContent;
  submit.textContent = submit.dataset.pending ?? words;
  try {
    await work();
  } catch (error) {
    explain(error);
  }
  submit.disabled = false;
  submit.textContent = words;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(forms[form.dataset.outside ?? '']);
});
for (const show of /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll('button[data-show]'))) {
  show.hidden = false;
  show.addEventListener('click', () => {
    const isShown = show.getAttribute('aria-pressed') === 'true';
    show.setAttribute('aria-pressed', String(!isShown));
    show.textContent = isShown ? say.show : say.hide;
    for (const name of ['password', 'again', 'current']) if (form.elements.namedItem(name)) input(name).type = isShown ? 'password' : 'text';
  });
}
form.querySelector('[data-late]')?.remove();
submit.disabled = false;
