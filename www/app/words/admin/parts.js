// @ts-check
// What the parts say that pages of the console are made of.
import { number } from '../common.js';

export const say = {
  never: 'Never',
  whatToDo: 'What to do',
  showMore: 'Show more',
  shownAndMore: (/** @type {number} */ many) => `${number(many)} are shown, and there are more.`,
  inAll: (/** @type {number} */ many) => `${number(many)} in all.`,
  copy: 'Copy',
  copied: 'Copied.',
  notCopied: 'This browser did not let it be copied: select it instead.',
  copyOf: (/** @type {string} */ label) => `Copy: ${label}`,
  freshTitle: 'Sign in once more',
  freshText: 'This takes a sign-in of the last minutes. You come back to this page, and do it then.',
  signIn: 'Sign in',
};
