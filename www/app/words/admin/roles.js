// @ts-check
// What the pages of roles say, and what admins call policies, privileges and values.

/** What admins call them, and what a value means. @type {Record<string, [string, string]>} */
export const policies = {
  require_two_factor: ['Require a second factor', 'Nobody is signed in without one.'],
  two_factor_methods: ['Second factors that count', ''],
  two_factor_remember: ['Remember a second factor, days', 'On a device that proved one; 0: ask each time.'],
  ip_allow_list: ['Addresses to sign in from', 'Ranges such as 192.0.2.0/24, one a line. Nothing here: everywhere.'],
  session_idle_minutes: ['A session ends unused after, minutes', ''],
  session_max_hours: ['A session ends after, hours', 'Used or not.'],
  unlock_grace_minutes: ['Open a vault that locked itself without a sign-in, for minutes', 'Counted from the moment at which it locked. 0: it always takes a sign-in.'],
  restrict_recovery_phrase: ['Forbid recovery phrases', ''],
  device_approval_by_user: ['People approve their own devices', ''],
  device_approval_by_admin: ['Admins approve devices', ''],
  require_escrow: ['Require escrow, within days', 'People have to consent to it within so many days; 0: at once.'],
  disable_onboarding: ['Skip the onboarding', 'What is required is asked for all the same.'],
  disable_setup_tour: ['Skip the tour', ''],
  restrict_import: ['Forbid import', ''],
  restrict_browser_extension: ['Do not offer the browser extension', ''],
  restrict_create_record: ['Forbid new records', ''],
  restrict_create_folder: ['Forbid new folders', ''],
  restrict_export: ['Forbid export', 'Who can read something can still write it down.'],
  restrict_clipboard_seconds: ['Clear the clipboard after, seconds', '0: nothing is copied.'],
  mask_while_editing: ['Hide secrets while editing', ''],
  generated_password: ['Generated passwords, characters', 'At least so many, and of each kind that is chosen below at least one.'],
  days_before_trash_is_emptied: ['Empty the trash after, days', ''],
  restrict_offline: ['Forbid reading without a connection', 'No vault is kept for reading offline.'],
};
/** @type {Record<string, string>} */
export const privileges = {
  manage_users: 'Manage people', manage_roles: 'Manage roles and policies', manage_connections: 'Manage connections', manage_domains: 'Manage domains (at the root)',
  approve_devices: 'Approve devices', transfer_vault: 'Transfer vaults', view_audit: 'Read the audit log',
};
/** @type {Record<string, string>} */
export const groups = { 'sign-in': 'Signing in', onboarding: 'Onboarding', vault: 'The vault' };

/** What values are called. @type {Record<string, string>} */
export const names = { totp: 'authenticator app', webauthn: 'passkey or security key', backup_code: 'backup code', lower: 'small letters', upper: 'capital letters', digit: 'digits', symbol: 'symbols', min_length: 'characters', classes: 'kinds' };

export const say = {
  yes: 'Yes',
  no: 'No',
  notRequired: 'Not required',
  nothing: 'Nothing',
  everywhere: 'Everywhere',
  name: 'Name',
  atTheNode: 'At the node',
  atTheNodeText: 'What it lets people do begins there.',
  rolesAndPolicies: 'Roles and policies',
  rolesAndPoliciesText: 'A role says what is asked of its holders, and what they may manage.',
  roles: 'Roles',
  role: 'Role',
  node: 'Node',
  policies: 'Policies',
  letsManage: 'Lets manage',
  everything: 'Everything',
  noRoleYet: 'No role yet',
  noRoleYetText: 'Without one the written defaults apply to everybody.',
  newRole: 'New role',
  makeIt: 'Make it',
  save: 'Save',
  privileges: 'Lets its holders manage',
  privilegesText: 'At its node and below. Nobody gives what they do not hold themselves.',
  saved: 'Saved. It counts for all who have it, from their next request on.',
  up: 'Up',
  back: '← Roles and policies',
  strictest: 'Where people have several roles, the strictest value of each policy counts.',
  theRole: 'The role',
  delete: 'Delete',
  deleteThisRole: 'Delete this role',
  deleteTitle: (/** @type {string} */ role) => `Delete ${role}?`,
  deleteText: 'It is taken from all who have it.',
  told: (/** @type {string} */ note, /** @type {string} */ its, /** @type {boolean} */ isOurs) => `${note} Default: ${its}. ${isOurs ? 'Our pages see to it.' : 'The server sees to it.'}`.trim(),
  saysNothing: 'Says nothing',
  kinds: 'Kinds of characters in generated passwords',
  suchAs: (/** @type {string} */ value) => `Says nothing; such as ${value}`,
};
