//! The tree of an organisation's nodes.

use std::collections::BTreeMap;

use crate::id::NodeId;

/// Every node with its parent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<NodeId, Option<NodeId>>);

impl Tree {
    /// Of every node and its parent; `None`: it is the root.
    pub fn new(nodes: Vec<(NodeId, Option<NodeId>)>) -> Tree {
        Tree(nodes.into_iter().collect())
    }

    /// Where everything is below.
    pub fn root(&self) -> Option<&NodeId> {
        self.0.iter().find(|(_, parent)| parent.is_none()).map(|(node, _)| node)
    }

    /// The node above one; `None`: it is the root, or not there.
    pub(crate) fn parent(&self, node: &NodeId) -> Option<&NodeId> {
        self.0.get(node)?.as_ref()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether nothing is below it.
    pub fn is_leaf(&self, node: &NodeId) -> bool {
        !self.0.values().any(|parent| parent.as_ref() == Some(node))
    }

    /// All nodes.
    pub fn nodes(&self) -> Vec<&NodeId> {
        self.0.keys().collect()
    }

    /// Whether a node is another one, or somewhere below it. A node that is not there is nowhere.
    pub fn is_within(&self, node: &NodeId, above: &NodeId) -> bool {
        let mut at = self.0.get_key_value(node);
        // As many steps as there are nodes: a tree that is none, whoever made it, ends too.
        for _ in 0..self.0.len() {
            match at {
                Some((here, _)) if here == above => return true,
                Some((_, Some(parent))) => at = self.0.get_key_value(parent),
                _ => return false,
            }
        }
        false
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::Tree;
    use crate::id::NodeId;

    pub(crate) fn node(id: &str) -> NodeId {
        NodeId::parse(id).expect("id")
    }

    /// root → (eng → (web, core), ops)
    pub(crate) fn tree() -> Tree {
        Tree::new(vec![
            (node("root"), None),
            (node("eng"), Some(node("root"))),
            (node("web"), Some(node("eng"))),
            (node("core"), Some(node("eng"))),
            (node("ops"), Some(node("root"))),
        ])
    }

    #[test]
    fn a_node_is_within_itself_and_all_above_it() {
        let within = |one: &str, above: &str| tree().is_within(&node(one), &node(above));
        for (one, above) in
            [("root", "root"), ("web", "web"), ("web", "eng"), ("web", "root"), ("ops", "root")]
        {
            assert!(within(one, above), "{one} {above}");
        }
        for (one, above) in [
            ("root", "eng"),
            ("eng", "web"),
            ("web", "core"),
            ("web", "ops"),
            ("x", "root"),
            ("x", "x"),
            ("eng", "x"),
        ] {
            assert!(!within(one, above), "{one} {above}");
        }
        assert_eq!(tree().root(), Some(&node("root")));
        assert!(tree().is_leaf(&node("web")) && !tree().is_leaf(&node("eng")));
    }

    #[test]
    fn a_ring_ends() {
        let ring = Tree::new(vec![(node("a"), Some(node("b"))), (node("b"), Some(node("a")))]);
        assert!(!ring.is_within(&node("a"), &node("c")));
        assert!(ring.is_within(&node("a"), &node("b")));
    }
}
