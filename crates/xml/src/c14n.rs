//! Canonical XML 1.0, Canonical XML 1.1 and Exclusive XML Canonicalization 1.0, each with and without comments.
//!
//! The node set is always a whole subtree, less at most one subtree inside it (the enveloped signature): that is all
//! the transforms that SAML allows can select.

use core::cell::OnceCell;
use core::fmt;

use crate::eight::{self, Eight};
use crate::hazmat::{NamespaceBinding, RawAttribute, Walk};
use crate::limits;
use crate::xml_base;
use crate::{Document, EXC_C14N, NodeId, Uri};

/// A canonicalization method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Algorithm {
    /// Which recommendation.
    pub method: Method,
    /// Whether comments are part of the canonical form.
    pub with_comments: bool,
}

/// The three recommendations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Canonical XML 1.0.
    Inclusive10,
    /// Canonical XML 1.1.
    Inclusive11,
    /// Exclusive XML Canonicalization 1.0.
    Exclusive10,
}

const INCLUSIVE_10: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const INCLUSIVE_10_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
const INCLUSIVE_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
const INCLUSIVE_11_COMMENTS: &str = "http://www.w3.org/2006/12/xml-c14n11#WithComments";
const EXCLUSIVE_10_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

impl Algorithm {
    /// Exclusive, without comments: what SAML recommends (Core §5.4.3).
    pub const EXCLUSIVE: Algorithm = Algorithm { method: Method::Exclusive10, with_comments: false };

    /// All six.
    pub const ALL: [Algorithm; 6] = [
        Algorithm { method: Method::Inclusive10, with_comments: false },
        Algorithm { method: Method::Inclusive10, with_comments: true },
        Algorithm { method: Method::Inclusive11, with_comments: false },
        Algorithm { method: Method::Inclusive11, with_comments: true },
        Algorithm { method: Method::Exclusive10, with_comments: false },
        Algorithm { method: Method::Exclusive10, with_comments: true },
    ];

    /// The algorithm that an identifier names.
    pub fn from_uri(uri: &str) -> Option<Algorithm> {
        let (method, with_comments) = match uri {
            INCLUSIVE_10 => (Method::Inclusive10, false),
            INCLUSIVE_10_COMMENTS => (Method::Inclusive10, true),
            INCLUSIVE_11 => (Method::Inclusive11, false),
            INCLUSIVE_11_COMMENTS => (Method::Inclusive11, true),
            EXC_C14N => (Method::Exclusive10, false),
            EXCLUSIVE_10_COMMENTS => (Method::Exclusive10, true),
            _ => return None,
        };
        Some(Algorithm { method, with_comments })
    }

    /// Its identifier.
    pub fn uri(self) -> &'static str {
        match (self.method, self.with_comments) {
            (Method::Inclusive10, false) => INCLUSIVE_10,
            (Method::Inclusive10, true) => INCLUSIVE_10_COMMENTS,
            (Method::Inclusive11, false) => INCLUSIVE_11,
            (Method::Inclusive11, true) => INCLUSIVE_11_COMMENTS,
            (Method::Exclusive10, false) => EXC_C14N,
            (Method::Exclusive10, true) => EXCLUSIVE_10_COMMENTS,
        }
    }
}

/// Why there is no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The form came out empty, so that a digest of it would say nothing.
    Empty,
    /// The form would be many times longer than the document: a namespace name repeated on each of many elements.
    TooLarge,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::Empty => "the canonical form is empty",
            Error::TooLarge => "the canonical form is many times longer than the document",
        })
    }
}

/// The canonical octets of the subtree at `apex` (an element, or the document), less the subtree at `without`.
///
/// `prefix_list` is the InclusiveNamespaces PrefixList (`#default` for the default namespace); only exclusive
/// canonicalization reads it.
///
/// # Errors
/// [`Error`]; never an empty result.
pub fn canonicalize<'a>(
    document: &'a Document,
    apex: NodeId,
    algorithm: Algorithm,
    prefix_list: &[&'a str],
    without: Option<NodeId>,
) -> Result<Vec<u8>, Error> {
    // Looked up once for each declaration, so that a long list costs a long document nothing.
    let mut prefix_list = prefix_list.to_vec();
    prefix_list.sort_unstable();
    let ancestors = ancestors(document, apex);
    let base = joined_base(document, apex, &ancestors, algorithm.method);
    let mut canonicalizer = Canonicalizer {
        document,
        algorithm,
        prefix_list,
        base: base.as_deref(),
        out: Vec::with_capacity(document.source_len() + document.source_len() / 8),
        limit: document
            .text_len()
            .saturating_mul(limits::CANONICAL_EXPANSION)
            .saturating_add(limits::CANONICAL_BASE),
        is_too_large: false,
        in_scope: Vec::new(),
        rendered: Vec::new(),
        ranks: OnceCell::new(),
        namespaces: Vec::new(),
        attributes: Vec::new(),
    };
    canonicalizer.run(apex, &ancestors, without)?;
    if canonicalizer.out.is_empty() { Err(Error::Empty) } else { Ok(canonicalizer.out) }
}

/// An open element: what to write and to forget when it ends.
struct Open<'a> {
    end: u32,
    name: &'a str,
    in_scope: usize,
    rendered: usize,
}

struct Canonicalizer<'a> {
    document: &'a Document,
    algorithm: Algorithm,
    /// Sorted.
    prefix_list: Vec<&'a str>,
    /// What stands at the apex for its `xml:base` and its ancestors'.
    base: Option<&'a str>,
    out: Vec<u8>,
    /// The most that `out` may grow to.
    limit: usize,
    /// Something was left out, as it would have been past that.
    is_too_large: bool,
    /// Bindings at this place of the document, innermost last.
    in_scope: Vec<NamespaceBinding<'a>>,
    /// Bindings that the output has declared at this place, innermost last.
    rendered: Vec<NamespaceBinding<'a>>,
    /// [`Document::ranks`], where they were needed.
    ranks: OnceCell<Vec<usize>>,
    /// Scratch, kept to spare an allocation for each element.
    namespaces: Vec<NamespaceBinding<'a>>,
    attributes: Vec<RawAttribute<'a>>,
}

fn find(bindings: &[NamespaceBinding<'_>], prefix: &str) -> Uri {
    bindings.iter().rev().find(|binding| binding.prefix == prefix).map_or(Uri::NONE, |binding| binding.uri)
}

/// Nearest first; the document node is not one.
fn ancestors(document: &Document, apex: NodeId) -> Vec<NodeId> {
    let mut ancestors = Vec::new();
    let mut node = apex;
    loop {
        let parent = document.parent(node);
        if parent == document.document() || parent == node {
            return ancestors;
        }
        ancestors.push(parent);
        node = parent;
    }
}

/// The `xml:base` that Canonical XML 1.1 gives the apex (§2.4), where an ancestor has one: all of them joined, from the
/// innermost out. Empty where nothing is left of it.
fn joined_base(document: &Document, apex: NodeId, ancestors: &[NodeId], method: Method) -> Option<String> {
    if method != Method::Inclusive11 {
        return None;
    }
    let base_of = |node: &NodeId| {
        document.raw_attributes(*node).find(|it| it.is_xml() && it.local == "base").map(|it| it.value)
    };
    let mut outer = ancestors.iter().filter_map(base_of).peekable();
    outer.peek()?;
    let own = base_of(&apex).map(str::to_owned);
    outer.fold(own, |inner, base| {
        Some(inner.map_or_else(|| base.to_owned(), |inner| xml_base::join(base, &inner)))
    })
}

impl<'a> Canonicalizer<'a> {
    fn run(&mut self, apex: NodeId, ancestors: &[NodeId], without: Option<NodeId>) -> Result<(), Error> {
        for ancestor in ancestors.iter().rev() {
            self.in_scope.extend(self.document.bindings(*ancestor));
        }
        let apex_index = self.document.index_of(apex);
        let Some((_, end)) = self.document.walk(apex_index) else { return Ok(()) };
        let skip = without.map(|node| self.document.index_of(node));

        let mut open: Vec<Open<'a>> = Vec::new();
        let mut after_root = false;
        let mut index = apex_index;
        while index < end {
            while open.last().is_some_and(|element| element.end <= index) {
                self.end_tag(&mut open);
                after_root |= open.is_empty();
            }
            let Some((step, past)) = self.document.walk(index) else { break };
            if skip == Some(index) {
                index = past;
                continue;
            }
            match step {
                Walk::Document => {}
                Walk::Text(text) => self.text(text),
                Walk::Comment(_) if !self.algorithm.with_comments => {}
                Walk::Comment(text) => {
                    // Only the document has comments beside its root; each has a line of its own (§2.3).
                    let beside_root = open.is_empty() && index != apex_index;
                    if beside_root && after_root {
                        self.put(b"\n");
                    }
                    self.put(b"<!--");
                    self.comment(text);
                    self.put(b"-->");
                    if beside_root && !after_root {
                        self.put(b"\n");
                    }
                }
                Walk::Enter { node, name, prefix } => {
                    let marks = (self.in_scope.len(), self.rendered.len());
                    let inherited = (index == apex_index).then_some(ancestors);
                    self.start_tag(node, name, prefix, inherited);
                    open.push(Open { end: past, name, in_scope: marks.0, rendered: marks.1 });
                }
            }
            if self.is_too_large {
                return Err(Error::TooLarge);
            }
            index += 1;
        }
        while !open.is_empty() {
            self.end_tag(&mut open);
        }
        if self.is_too_large || self.out.len() > self.limit { Err(Error::TooLarge) } else { Ok(()) }
    }

    fn end_tag(&mut self, open: &mut Vec<Open<'a>>) {
        if let Some(element) = open.pop() {
            self.put(b"</");
            self.put(element.name.as_bytes());
            self.put(b">");
            self.in_scope.truncate(element.in_scope);
            self.rendered.truncate(element.rendered);
        }
    }

    /// `inherited` are the ancestors of the apex, which takes over what they said.
    fn start_tag(&mut self, node: NodeId, name: &'a str, prefix: &'a str, inherited: Option<&[NodeId]>) {
        let outer = self.in_scope.len();
        self.in_scope.extend(self.document.bindings(node));
        self.attributes.clear();
        for attribute in self.document.raw_attributes(node) {
            self.insert(attribute);
        }
        self.select_namespaces(prefix, if inherited.is_some() { 0 } else { outer });
        if let Some(ancestors) = inherited {
            self.inherit_xml_attributes(ancestors);
        }

        self.put(b"<");
        self.put(name.as_bytes());
        let namespaces = core::mem::take(&mut self.namespaces);
        for binding in &namespaces {
            self.put(b" xmlns");
            if !binding.prefix.is_empty() {
                self.put(b":");
                self.put(binding.prefix.as_bytes());
            }
            self.attribute_value(self.document.namespace_name(binding.uri));
            self.rendered.push(*binding);
        }
        self.namespaces = namespaces;
        let attributes = core::mem::take(&mut self.attributes);
        for attribute in &attributes {
            self.put(b" ");
            self.put(attribute.name.as_bytes());
            self.attribute_value(attribute.value);
        }
        self.attributes = attributes;
        self.put(b">");
    }

    /// Which namespace declarations this element's tag carries. `declared_from` is where, among those in scope, the ones
    /// begin that an inclusive rule has to look at: the element's own, or at the apex all of them.
    fn select_namespaces(&mut self, prefix: &'a str, declared_from: usize) {
        self.namespaces.clear();
        let exclusive = self.algorithm.method == Method::Exclusive10;
        if exclusive {
            self.select(prefix);
            for index in 0..self.attributes.len() {
                if let Some(attribute) =
                    self.attributes.get(index).filter(|attribute| !attribute.prefix.is_empty())
                {
                    self.select(attribute.prefix);
                }
            }
        }
        if exclusive && self.prefix_list.is_empty() {
            return;
        }
        for index in declared_from..self.in_scope.len() {
            let Some(prefix) = self.in_scope.get(index).map(|binding| binding.prefix) else { continue };
            let listed = if prefix.is_empty() { "#default" } else { prefix };
            if !exclusive || self.prefix_list.binary_search(&listed).is_ok() {
                self.select(prefix);
            }
        }
    }

    /// Adds the binding of a prefix where the output does not say the same already.
    fn select(&mut self, prefix: &'a str) {
        if prefix == "xml" {
            return;
        }
        // UTF-8 bytes sort as code points do, which is the order that §2.2 asks for.
        let Err(at) = self.namespaces.binary_search_by_key(&prefix, |binding| binding.prefix) else { return };
        let uri = find(&self.in_scope, prefix);
        if find(&self.rendered, prefix) != uri {
            self.namespaces.insert(at, NamespaceBinding { prefix, uri });
        }
    }

    /// Adds an attribute in its place. (§2.2: by namespace name, then by local name.)
    fn insert(&mut self, attribute: RawAttribute<'a>) {
        let at = self.attributes.partition_point(|own| {
            own.uri == attribute.uri && own.local < attribute.local || self.precedes(own.uri, attribute.uri)
        });
        self.attributes.insert(at, attribute);
    }

    /// Whether one namespace name comes before another. Their texts are looked at only where there are two in one tag.
    fn precedes(&self, one: Uri, other: Uri) -> bool {
        let rank = |uri: Uri| self.ranks.get_or_init(|| self.document.ranks()).get(uri.index()).copied();
        match (one, other) {
            _ if one == other => false,
            (Uri::NONE, _) | (_, Uri::NONE) => one == Uri::NONE,
            _ => rank(one) < rank(other),
        }
    }

    /// An inclusive form of a subtree takes over what ancestors outside it said by `xml:` attributes (1.0 §2.4: all;
    /// 1.1 §2.4: `xml:lang` and `xml:space`, `xml:base` joined, never `xml:id`).
    fn inherit_xml_attributes(&mut self, ancestors: &[NodeId]) {
        if self.algorithm.method == Method::Exclusive10 {
            return;
        }
        let method = self.algorithm.method;
        let is_simple = |local: &str| match method {
            Method::Inclusive11 => matches!(local, "lang" | "space"),
            Method::Inclusive10 | Method::Exclusive10 => true,
        };
        for ancestor in ancestors {
            for attribute in
                self.document.raw_attributes(*ancestor).filter(|it| it.is_xml() && is_simple(it.local))
            {
                if !self.attributes.iter().any(|own| own.is_xml() && own.local == attribute.local) {
                    self.insert(attribute);
                }
            }
        }
        if let Some(value) = self.base {
            self.attributes.retain(|own| !(own.is_xml() && own.local == "base"));
            if !value.is_empty() {
                self.insert(RawAttribute {
                    uri: Uri::XML,
                    prefix: "xml",
                    local: "base",
                    name: "xml:base",
                    value,
                });
            }
        }
    }

    fn put(&mut self, octets: &[u8]) {
        if self.out.capacity() - self.out.len() >= octets.len() || self.has_made_room(octets.len()) {
            self.out.extend_from_slice(octets);
        }
    }

    /// A form is seldom longer than its document. Where it is, all of the room that it may take is made at once.
    #[cold]
    fn has_made_room(&mut self, octets: usize) -> bool {
        self.is_too_large |= self.out.len() + octets > self.limit;
        if !self.is_too_large {
            self.out.reserve_exact(self.limit - self.out.len());
        }
        !self.is_too_large
    }

    fn text(&mut self, text: &str) {
        // `<` and `>` differ in one bit.
        self.escaped(text, |it| it.are(b'&') | it.are_without(b'<' ^ b'>', b'<') | it.are(b'\r'));
    }

    fn comment(&mut self, text: &str) {
        self.escaped(text, |it| it.are(b'\r'));
    }

    fn attribute_value(&mut self, value: &str) {
        self.put(b"=\"");
        // So do `&` and `"`. White space other than the space: no other control is left in a document.
        self.escaped(value, |it| it.are_without(b'&' ^ b'"', b'"') | it.are(b'<') | it.below(b' '));
        self.put(b"\"");
    }

    /// Writes a text with what is special in its place written as a reference.
    fn escaped(&mut self, text: &str, is_special: impl Fn(Eight) -> u64) {
        let mut rest = text.as_bytes();
        while let Some(at) = eight::position(rest, &is_special) {
            self.put(rest.get(..at).unwrap_or_default());
            self.put(match rest.get(at..=at).unwrap_or_default() {
                b"&" => b"&amp;",
                b"<" => b"&lt;",
                b">" => b"&gt;",
                b"\"" => b"&quot;",
                b"\t" => b"&#x9;",
                b"\n" => b"&#xA;",
                b"\r" => b"&#xD;",
                other => other,
            });
            rest = rest.get(at + 1..).unwrap_or_default();
        }
        self.put(rest);
    }
}
