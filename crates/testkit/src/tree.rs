//! What our parser makes of a document, for others to compare with what theirs makes of it.

use keyward_saml::base64;
use keyward_saml::xml::{Document, NodeId, View};
use keyward_saml::{Refusal, limits};
use serde_json::{Value, json};

/// The tree of a document as JSON, or the code for which it is refused.
///
/// An element is `[name, [[name, value], …], [child, …]]` with attributes sorted and names as `{namespace}local`, a text is
/// a string, a comment is `[text]`. The document is a list of children.
pub fn tree(bytes: &[u8]) -> Result<Value, Refusal> {
    let document = Document::parse(bytes)?;
    Ok(children(&document, document.document()))
}

/// [`tree`] of the base64 of a document.
pub fn tree_of_base64(encoded: &str) -> Value {
    let bytes = base64::decode(encoded.as_bytes()).expect("base64");
    assert!(bytes.len() <= limits::MESSAGE_BYTES, "a document that may be read");
    match tree(&bytes) {
        Ok(tree) => json!({ "tree": tree }),
        Err(refusal) => json!({ "code": refusal.code() }),
    }
}

fn children(document: &Document, node: NodeId) -> Value {
    document.children(node).map(|child| value(document, child)).collect()
}

fn value(document: &Document, node: NodeId) -> Value {
    match document.view(node) {
        View::Document => children(document, node),
        View::Text(text) => json!(text),
        View::Comment(text) => json!([text]),
        View::Element { namespace, local } => {
            let mut attributes: Vec<_> = document
                .attributes(node)
                .map(|attribute| (named(attribute.namespace, attribute.local), attribute.value))
                .collect();
            attributes.sort_unstable();
            json!([named(namespace, local), attributes, children(document, node)])
        }
    }
}

fn named(namespace: &str, local: &str) -> String {
    if namespace.is_empty() { local.to_owned() } else { format!("{{{namespace}}}{local}") }
}
