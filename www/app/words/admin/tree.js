// @ts-check
// What the page of nodes says.

export const say = {
  below: 'Below',
  name: 'Name',
  nodes: 'Nodes',
  nodesText: 'The tree of your organisation. People, roles and connections belong to a node, and privileges hold at theirs and below.',
  noneThatYouManage: 'None that you manage.',
  newNode: 'New node',
  newNodeText: 'Accounts that are made there begin with what they begin with at the node above, but for roles that carry privileges: add those here.',
  makeIt: 'Make it',
  addADefaultRole: 'Add a default role',
  addAt: (/** @type {string} */ node) => `Add a default role at ${node}`,
  beginWith: 'Accounts that are made here begin with',
  beginWithNone: 'Accounts that are made here begin with no role.',
  remove: 'Remove',
  add: 'Add',
  rename: 'Rename',
  renameTitle: (/** @type {string} */ node) => `Rename ${node}`,
  delete: 'Delete',
  deleteTitle: (/** @type {string} */ node) => `Delete ${node}?`,
  deleteText: 'Only a node at which no people, roles, connections, tokens or further nodes are left can be deleted. What accounts begin with there goes with it.',
  gone: 'It is gone.',
};
