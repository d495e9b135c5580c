//! A strict XML 1.0 + Namespaces reader for hostile input: one parse, one tree.
//!
//! `quick-xml` is the tokenizer and nothing more: it finds where each piece of markup ends. Every rule about what that
//! piece may contain is checked here, because a reader that is more lenient than the signer's is how signature
//! wrapping starts. What this crate accepts, libxml2 parses to the same tree (a differential test holds it to that).
//!
//! What is absent, on purpose: DOCTYPE, entities other than the five predefined, processing instructions, any encoding but
//! UTF-8 (and ASCII under one of its names), XML 1.1, relative namespace names.

pub mod c14n;
pub mod limits;

mod eight;
mod name;
mod parse;
mod scanner;
mod survey;
mod text;
mod uri;
mod xml_base;

use core::fmt;

pub use name::{is_id, is_ncname};

/// The namespace that the prefix `xml` is always bound to (Namespaces in XML §3).
pub const XML_NS: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NS: &str = "http://www.w3.org/2000/xmlns/";

/// That of XML Signature.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// That of what XML Signature 1.1 added.
const DSIG11: &str = "http://www.w3.org/2009/xmldsig11#";
/// That of the parameters of exclusive canonicalization, and its identifier.
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// That of XML Encryption.
pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";

/// Why a document was refused, and the byte offset at which that was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// The rule that was broken.
    pub kind: ErrorKind,
    /// Offset into the received bytes.
    pub at: usize,
}

/// The rules of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The bytes are not UTF-8, or the declaration names another encoding (of what is not all ASCII) or version.
    Encoding,
    /// Not well-formed (XML 1.0 §2–3): what was wrong, in words.
    Malformed(&'static str),
    /// A document type declaration.
    Doctype,
    /// A processing instruction.
    ProcessingInstruction,
    /// A character that XML 1.0 does not allow, plain or as a reference.
    Character,
    /// A reference to an entity that is not one of the five predefined.
    Entity,
    /// Namespaces in XML is broken: what was wrong, in words.
    Namespace(&'static str),
    /// Two attributes of one element with the same expanded name.
    DuplicateAttribute,
    /// A bound of [`limits`] was passed: which one.
    Limit(&'static str),
}

impl Error {
    /// A prefix was used that nothing declares.
    pub fn is_undeclared_prefix(self) -> bool {
        self.kind == parse::UNDECLARED
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Encoding => f.write_str("the XML is not UTF-8, or says that it is something else")?,
            ErrorKind::Malformed(what) => write!(f, "the XML is not well-formed: {what}")?,
            ErrorKind::Doctype => f.write_str("the XML has a document type declaration")?,
            ErrorKind::ProcessingInstruction => {
                f.write_str("the XML has a processing instruction, or a declaration after its beginning")?;
            }
            ErrorKind::Character => f.write_str("the XML has a character that XML 1.0 does not allow")?,
            ErrorKind::Entity => f.write_str("the XML refers to an entity that is not predefined")?,
            ErrorKind::Namespace(what) => write!(f, "the XML breaks the rules of namespaces: {what}")?,
            ErrorKind::DuplicateAttribute => f.write_str("an element has the same attribute twice")?,
            ErrorKind::Limit(what) => write!(f, "the XML has more than the allowed {what}")?,
        }
        write!(f, " (at byte {})", self.at)
    }
}

/// A range of a document's text: of the source where it could be used as it was, else, counted on from its end, of what was
/// decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    const EMPTY: Span = Span { start: 0, end: 0 };

    const fn is_empty(self) -> bool {
        self.start == self.end
    }

    const fn len(self) -> u32 {
        self.end - self.start
    }
}

/// A qualified name as it stands in the source.
#[derive(Clone, Copy, Debug)]
struct Name {
    start: u32,
    /// Where the local part begins: behind the colon.
    local: u32,
    end: u32,
}

impl Name {
    const fn whole(self) -> Span {
        Span { start: self.start, end: self.end }
    }

    const fn prefix(self) -> Span {
        Span { start: self.start, end: if self.local == self.start { self.start } else { self.local - 1 } }
    }

    const fn local(self) -> Span {
        Span { start: self.local, end: self.end }
    }
}

/// Index of a namespace name among those of the document; 0 is "no namespace".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Uri(u32);

impl Uri {
    const NONE: Uri = Uri(0);
    const XML: Uri = Uri(1);

    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node of a [`Document`]. It is meaningful only with the document that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

#[derive(Clone, Debug)]
struct Node {
    kind: Kind,
    parent: u32,
    /// One past the last node of this subtree; nodes stand in document order.
    end: u32,
}

#[derive(Clone, Debug)]
enum Kind {
    Document,
    Element(Element),
    Text(Span),
    Comment(Span),
}

#[derive(Clone, Debug)]
struct Element {
    name: Name,
    uri: Uri,
    attributes: (u32, u32),
    declarations: (u32, u32),
}

#[derive(Clone, Copy, Debug)]
struct Attribute {
    name: Name,
    uri: Uri,
    value: Span,
}

/// `xmlns:prefix="uri"`, or `xmlns="uri"` where the prefix is empty.
#[derive(Clone, Copy, Debug)]
struct Declaration {
    prefix: Span,
    uri: Uri,
}

/// What a node is, with what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View<'a> {
    /// The document itself: the parent of the root element and of comments beside it.
    Document,
    /// An element: namespace name (empty for none) and local name.
    Element {
        /// The namespace name, empty for none.
        namespace: &'a str,
        /// The name without its prefix.
        local: &'a str,
    },
    /// Character data, references and CDATA sections joined.
    Text(&'a str),
    /// A comment's content.
    Comment(&'a str),
}

/// An attribute as read: a namespace declaration is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeView<'a> {
    /// The namespace name, empty for none.
    pub namespace: &'a str,
    /// The prefix as written, empty for none.
    pub prefix: &'a str,
    /// The name without its prefix.
    pub local: &'a str,
    /// The value, normalised (XML 1.0 §3.3.3).
    pub value: &'a str,
}

/// A parsed document. It owns its text; nothing in it refers to the caller's bytes.
#[derive(Clone, Debug)]
pub struct Document {
    source: String,
    /// What could not be used as it stands in the source.
    decoded: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    declarations: Vec<Declaration>,
    uris: Vec<Span>,
    root: u32,
}

fn text_at<'a>(source: &'a str, decoded: &'a str, span: Span) -> &'a str {
    let (start, end) = (span.start as usize, span.end as usize);
    let found = match start.checked_sub(source.len()) {
        None => source.get(start..end),
        Some(start) => decoded.get(start..end - source.len()),
    };
    found.unwrap_or_default()
}

/// How many nodes, and attributes, a message of this length may have.
fn message_nodes(bytes: &[u8]) -> usize {
    limits::NODES_BASE + bytes.len() / limits::BYTES_PER_NODE
}

impl Document {
    /// Parses a message.
    ///
    /// # Errors
    /// The first rule that the bytes break, with its offset. Time and memory are linear in `bytes.len()`, which
    /// [`limits::MESSAGE_BYTES`] bounds.
    pub fn parse(bytes: &[u8]) -> Result<Document, Error> {
        Document::parse_owned(bytes.to_vec())
    }

    /// Parses a message where it is.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_owned(bytes: Vec<u8>) -> Result<Document, Error> {
        let nodes = message_nodes(&bytes);
        parse::parse_in_context(bytes, limits::MESSAGE_BYTES, nodes, &[])
    }

    /// Parses a canonical form, of a document that was read within the limits of messages: it may be longer, and has no more
    /// parts.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_canonical(octets: Vec<u8>) -> Result<Document, Error> {
        parse::parse_in_context(octets, usize::MAX, limits::NODES, &[])
    }

    /// Parses a document of up to `max_bytes` with up to `max_nodes` nodes, and as many attributes.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_within(bytes: &[u8], max_bytes: usize, max_nodes: usize) -> Result<Document, Error> {
        parse::parse_in_context(bytes.to_vec(), max_bytes, max_nodes, &[])
    }

    /// Parses what was taken out of another document, in whose place the prefixes of `context` were declared: whatever
    /// the root does not declare itself counts as declared on it.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_in_context(bytes: &[u8], context: &[(String, String)]) -> Result<Document, Error> {
        let nodes = message_nodes(bytes);
        parse::parse_in_context(bytes.to_vec(), limits::MESSAGE_BYTES, nodes, context)
    }

    fn str(&self, span: Span) -> &str {
        text_at(&self.source, &self.decoded, span)
    }

    fn uri(&self, uri: Uri) -> &str {
        self.uris.get(uri.index()).map_or("", |span| self.str(*span))
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.node(id)?.kind {
            Kind::Element(element) => Some(element),
            _ => None,
        }
    }

    fn attribute_slice(&self, element: &Element) -> &[Attribute] {
        self.attributes.get(element.attributes.0 as usize..element.attributes.1 as usize).unwrap_or_default()
    }

    fn declaration_slice(&self, element: &Element) -> &[Declaration] {
        self.declarations
            .get(element.declarations.0 as usize..element.declarations.1 as usize)
            .unwrap_or_default()
    }

    /// The document node.
    pub fn document(&self) -> NodeId {
        NodeId(0)
    }

    /// The one root element.
    pub fn root(&self) -> NodeId {
        NodeId(self.root)
    }

    /// What the node is.
    pub fn view(&self, id: NodeId) -> View<'_> {
        match self.node(id).map(|node| &node.kind) {
            Some(Kind::Element(element)) => {
                View::Element { namespace: self.uri(element.uri), local: self.str(element.name.local()) }
            }
            Some(Kind::Text(text)) => View::Text(self.str(*text)),
            Some(Kind::Comment(text)) => View::Comment(self.str(*text)),
            Some(Kind::Document) | None => View::Document,
        }
    }

    /// The parent; the document node is its own.
    pub fn parent(&self, id: NodeId) -> NodeId {
        NodeId(self.node(id).map_or(0, |node| node.parent))
    }

    /// All nodes directly below, in document order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(id).map_or(0, |node| node.end);
        let mut next = id.0.saturating_add(1);
        core::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let child = NodeId(next);
            next = self.node(child)?.end;
            Some(child)
        })
    }

    /// The elements directly below, in document order.
    pub fn elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children(id).filter(|child| self.element(*child).is_some())
    }

    /// Every element of the subtree, the apex included, in document order.
    pub fn descendant_elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(id).map_or(0, |node| node.end);
        (id.0..end).map(NodeId).filter(|node| self.element(*node).is_some())
    }

    /// Whether the node is the element `{namespace}local`.
    pub fn is(&self, id: NodeId, namespace: &str, local: &str) -> bool {
        self.element(id).is_some_and(|element| {
            self.str(element.name.local()) == local && self.uri(element.uri) == namespace
        })
    }

    /// The attributes of an element in the order written, namespace declarations left out.
    pub fn attributes(&self, id: NodeId) -> impl Iterator<Item = AttributeView<'_>> + '_ {
        self.element(id).map(|element| self.attribute_slice(element)).unwrap_or_default().iter().map(
            |attribute| AttributeView {
                namespace: self.uri(attribute.uri),
                prefix: self.str(attribute.name.prefix()),
                local: self.str(attribute.name.local()),
                value: self.str(attribute.value),
            },
        )
    }

    /// The value of the attribute that has this name *and no namespace*: a prefixed look-alike is not it.
    pub fn attribute(&self, id: NodeId, local: &str) -> Option<&str> {
        self.attribute_slice(self.element(id)?)
            .iter()
            .find(|attribute| attribute.uri == Uri::NONE && self.str(attribute.name.local()) == local)
            .map(|attribute| self.str(attribute.value))
    }

    /// The text directly inside an element, joined across comments; `None` where the element has element children.
    pub fn simple_text(&self, id: NodeId) -> Option<String> {
        let mut joined = String::new();
        for child in self.children(id) {
            match self.view(child) {
                View::Text(text) => joined.push_str(text),
                View::Comment(_) => {}
                View::Element { .. } | View::Document => return None,
            }
        }
        Some(joined)
    }

    /// All text of the subtree, joined (the XPath string value).
    pub fn string_value(&self, id: NodeId) -> String {
        let end = self.node(id).map_or(0, |node| node.end);
        (id.0..end)
            .filter_map(|node| match self.view(NodeId(node)) {
                View::Text(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    /// Whether text that is not white space stands directly inside an element that should hold only elements.
    pub fn has_stray_text(&self, id: NodeId) -> bool {
        self.children(id).any(|child| match self.view(child) {
            View::Text(text) => !text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')),
            _ => false,
        })
    }

    /// Whether a comment stands anywhere in the subtree.
    pub fn has_comment(&self, id: NodeId) -> bool {
        let end = self.node(id).map_or(0, |node| node.end);
        (id.0..end).any(|node| matches!(self.view(NodeId(node)), View::Comment(_)))
    }
}

pub(crate) mod hazmat {
    //! What canonicalization needs beyond the public reader: prefixes, declarations, ancestors.

    use super::{Document, Kind, NodeId, Uri};

    /// One namespace declaration: prefix (empty for the default namespace) and name. Of those in scope at one place, equal
    /// names have equal numbers: the reader looks among them for each that it meets.
    #[derive(Clone, Copy)]
    pub(crate) struct NamespaceBinding<'a> {
        pub(crate) prefix: &'a str,
        pub(crate) uri: Uri,
    }

    /// One attribute, as canonicalization orders and writes it.
    #[derive(Clone, Copy)]
    pub(crate) struct RawAttribute<'a> {
        pub(crate) uri: Uri,
        pub(crate) prefix: &'a str,
        pub(crate) local: &'a str,
        pub(crate) name: &'a str,
        pub(crate) value: &'a str,
    }

    impl RawAttribute<'_> {
        /// Its prefix is `xml`.
        pub(crate) fn is_xml(&self) -> bool {
            self.uri == Uri::XML
        }
    }

    /// One step of a walk in document order.
    pub(crate) enum Walk<'a> {
        Enter { node: NodeId, name: &'a str, prefix: &'a str },
        Text(&'a str),
        Comment(&'a str),
        Document,
    }

    impl Document {
        pub(crate) fn walk(&self, index: u32) -> Option<(Walk<'_>, u32)> {
            let node = self.nodes.get(index as usize)?;
            let step = match &node.kind {
                Kind::Document => Walk::Document,
                Kind::Text(text) => Walk::Text(self.str(*text)),
                Kind::Comment(text) => Walk::Comment(self.str(*text)),
                Kind::Element(element) => Walk::Enter {
                    node: NodeId(index),
                    name: self.str(element.name.whole()),
                    prefix: self.str(element.name.prefix()),
                },
            };
            Some((step, node.end))
        }

        /// Bytes of the source.
        pub(crate) fn source_len(&self) -> usize {
            self.source.len()
        }

        /// Bytes of the source and of what was decoded from it.
        pub(crate) fn text_len(&self) -> usize {
            self.source.len() + self.decoded.len()
        }

        /// What prefixes mean inside an element: the innermost declaration of each, undeclared ones left out.
        pub fn namespaces_in_scope(&self, id: NodeId) -> Vec<(String, String)> {
            let mut found: Vec<(String, String)> = Vec::new();
            let mut node = id;
            while node != self.document() {
                for NamespaceBinding { prefix, uri } in self.bindings(node) {
                    if !found.iter().any(|(known, _)| known == prefix) {
                        found.push((prefix.to_owned(), self.uri(uri).to_owned()));
                    }
                }
                node = self.parent(node);
            }
            found.retain(|(_, uri)| !uri.is_empty());
            found
        }

        pub(crate) fn namespace_name(&self, uri: Uri) -> &str {
            self.uri(uri)
        }

        /// Of each namespace name its place among all of them in order, so that however long they are, and however often they
        /// are put in order, their text is compared a few times only.
        pub(crate) fn ranks(&self) -> Vec<usize> {
            let texts = || self.uris.iter().map(|span| self.str(*span));
            let mut order: Vec<&str> = texts().collect();
            order.sort_unstable();
            texts().map(|text| order.partition_point(|other| *other < text)).collect()
        }

        pub(crate) fn index_of(&self, id: NodeId) -> u32 {
            id.0
        }

        pub(crate) fn bindings(&self, id: NodeId) -> impl Iterator<Item = NamespaceBinding<'_>> + '_ {
            self.element(id).map(|element| self.declaration_slice(element)).unwrap_or_default().iter().map(
                |declaration| NamespaceBinding { prefix: self.str(declaration.prefix), uri: declaration.uri },
            )
        }

        pub(crate) fn raw_attributes(&self, id: NodeId) -> impl Iterator<Item = RawAttribute<'_>> + '_ {
            self.element(id).map(|element| self.attribute_slice(element)).unwrap_or_default().iter().map(
                |attribute| RawAttribute {
                    uri: attribute.uri,
                    prefix: self.str(attribute.name.prefix()),
                    local: self.str(attribute.name.local()),
                    name: self.str(attribute.name.whole()),
                    value: self.str(attribute.value),
                },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Error, ErrorKind};

    #[test]
    fn a_character_that_is_none_is_found_wherever_it_stands() {
        for at in 0..200 {
            let text = |c: char| format!("<r>{}{c}{}</r>", "x".repeat(at), "x".repeat(199 - at));
            for bad in ['\0', '\u{1}', '\u{8}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
                let error = Document::parse(text(bad).as_bytes()).unwrap_err();
                assert_eq!(error, Error { kind: ErrorKind::Character, at: 3 + at }, "{bad:?}");
            }
            for good in ['\t', '\n', '\r', ' ', '\u{7f}', '\u{ef}', '\u{f000}', '\u{fffd}', '\u{10ffff}'] {
                assert!(Document::parse(text(good).as_bytes()).is_ok(), "{good:?} at {at}");
            }
        }
    }

    #[test]
    fn the_end_of_a_section_in_text_is_told_where_it_stands() {
        for (text, at) in [("]]>", 0), ("a]]>", 1), ("]]]>", 1), (">]]>", 1), ("]>a]]>b", 3)] {
            let error = Document::parse(format!("<r>{text}</r>").as_bytes()).unwrap_err();
            assert_eq!(error, Error { kind: ErrorKind::Malformed("`]]>` in text"), at: 3 + at }, "{text}");
        }
        for text in [">", "]>", "]] >", "]]", "]]]<b/>>"] {
            assert!(Document::parse(format!("<r>{text}</r>").as_bytes()).is_ok(), "{text}");
        }
    }

    /// More names than are looked for among the first ones.
    #[test]
    fn names_are_judged_and_told_apart_however_many_there_are() {
        let names: String = (0..50)
            .map(|it| format!("<e xmlns='urn:n{it}'><f xmlns='urn:f{it}'/><f xmlns='urn:n{it}'/></e>"))
            .collect();
        let with = |last: &str| Document::parse(format!("<r>{names}<e xmlns='{last}'/></r>").as_bytes());
        let document = with("urn:n49").unwrap();
        for (index, node) in document.elements(document.root()).enumerate() {
            let name = format!("urn:n{}", index.min(49));
            assert!(document.is(node, &name, "e"));
            let inner: Vec<_> = document.elements(node).collect();
            if let [other, same] = inner.as_slice() {
                assert!(document.is(*other, &format!("urn:f{index}"), "f"));
                assert!(document.is(*same, &name, "f"));
            }
        }
        for bad in ["n49", "urn:n49 ", "urn:%"] {
            assert!(matches!(with(bad).unwrap_err().kind, ErrorKind::Namespace(_)), "{bad}");
        }
    }
}
