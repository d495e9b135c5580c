// @ts-check
// What the console says around its pages: the menu, and what cannot be shown.

export const say = {
  signingIn: 'Signing in',
  connections: 'Connections',
  domains: 'Domains',
  people: 'People',
  approvals: 'Approvals',
  nodes: 'Nodes',
  rolesAndPolicies: 'Roles and policies',
  watchingOver: 'Watching over',
  health: 'Health',
  auditLog: 'Audit log',
  organisation: 'Organisation',
  tokens: 'API tokens',
  settings: 'Settings',
  myAccount: 'My account',
  many: (/** @type {number} */ many) => (many < 100 ? String(many) : '99+'),
  wait: (/** @type {number} */ many) => (many === 1 ? ' waits' : ' wait'),
  toMend: ' something to mend',
  nothing: 'You manage nothing here',
  nothingText: 'This account has no admin privileges. An admin of your organisation can give you a role that has some.',
  documentTitle: (/** @type {string} */ page) => `${page} · Keyward`,
  notHere: 'Not here',
  notShown: 'This cannot be shown',
  admin: 'Admin',
  notLoaded: 'Nothing could be loaded. Try again in a minute.',
};
