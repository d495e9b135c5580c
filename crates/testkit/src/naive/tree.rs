//! The reader of the naive verifier: it takes what it is given, as many readers do. Entities of the document type are
//! expanded, end tags close whatever is open, processing instructions vanish, namespaces are prefixes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Quirk;

/// The most that entities may expand to here; real naive readers stop when the memory does.
const EXPANSION: usize = 1 << 20;

pub(super) struct Tree {
    nodes: Vec<Node>,
    quirk: Option<Quirk>,
}

#[derive(Default)]
struct Node {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Child>,
    parent: usize,
}

enum Child {
    Element(usize),
    Text(String),
    Comment(String),
}

/// What stands before `end`, and what comes after it; all and nothing where it never comes.
fn until<'a>(text: &'a str, end: &str) -> (&'a str, &'a str) {
    text.split_once(end).unwrap_or((text, ""))
}

/// UTF-16 where it begins with its mark, else UTF-8 as the first decoders did it: overlong forms welcome. A NUL ends it,
/// as it does a C string.
fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        _ => {
            let mut out = Vec::new();
            let mut rest = bytes.iter();
            while let Some(byte) = rest.next() {
                match byte {
                    0xC0 | 0xC1 => out.push((byte & 1) << 6 | (rest.next().unwrap_or(&0) & 0x3F)),
                    _ => out.push(*byte),
                }
            }
            String::from_utf8_lossy(&out).into_owned()
        }
    };
    until(&text, "\0").0.trim_start_matches('\u{FEFF}').to_owned()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(unit).collect();
    String::from_utf16_lossy(&units)
}

fn expanded(text: &str, entities: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    // A stack instead of recursion: an entity may hold others.
    let mut rest = vec![text.to_owned()];
    while let Some(text) = rest.pop() {
        let Some((before, after)) = text.split_once('&') else {
            out.push_str(&text);
            continue;
        };
        out.push_str(before);
        let (name, after) = until(after, ";");
        rest.push(after.to_owned());
        match name {
            "amp" => out.push('&'),
            "lt" => out.push('<'),
            "gt" => out.push('>'),
            "quot" => out.push('"'),
            "apos" => out.push('\''),
            _ => {
                let number = name.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16));
                let number = number.or_else(|| name.strip_prefix('#').map(str::parse));
                if let Some(c) = number.and_then(Result::ok).and_then(char::from_u32) {
                    out.push(c);
                } else if let Some(value) = entities.get(name).filter(|_| out.len() < EXPANSION) {
                    rest.push(value.clone());
                }
            }
        }
    }
    out
}

impl Tree {
    pub(super) fn parse(bytes: &[u8], quirk: Option<Quirk>) -> Tree {
        let text = decode(bytes);
        let mut tree = Tree { nodes: vec![Node::default()], quirk };
        let mut entities = BTreeMap::new();
        let mut open = vec![0];
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let here = open.last().copied().unwrap_or(0);
            if let Some(after) = rest.strip_prefix("<!--") {
                let (content, after) = until(after, "-->");
                rest = after;
                tree.push(here, Child::Comment(content.to_owned()));
            } else if let Some(after) = rest.strip_prefix("<![CDATA[") {
                let (content, after) = until(after, "]]>");
                rest = after;
                tree.push(here, Child::Text(content.to_owned()));
            } else if let Some(after) = rest.strip_prefix("<?") {
                rest = until(after, ">").1;
            } else if let Some(after) = rest.strip_prefix("<!") {
                let subset = until(after, ">").0.contains('[');
                let (declaration, after) = until(after, if subset { "]>" } else { ">" });
                rest = after;
                declare(declaration, &mut entities);
            } else if let Some(after) = rest.strip_prefix("</") {
                rest = until(after, ">").1;
                if open.len() > 1 {
                    open.pop();
                }
            } else if let Some(after) = rest.strip_prefix('<') {
                let (tag, after) = until(after, ">");
                rest = after;
                let node = tree.element(here, tag.trim_end_matches('/'), &entities);
                if !tag.ends_with('/') {
                    open.push(node);
                }
            } else {
                let end = rest.find('<').unwrap_or(rest.len());
                let (text, after) = rest.split_at(end);
                rest = after;
                tree.push(here, Child::Text(expanded(&text.replace("\r\n", "\n"), &entities)));
            }
        }
        tree
    }

    fn push(&mut self, parent: usize, child: Child) {
        if let Some(node) = self.nodes.get_mut(parent) {
            node.children.push(child);
        }
    }

    fn element(&mut self, parent: usize, tag: &str, entities: &BTreeMap<String, String>) -> usize {
        let index = self.nodes.len();
        let (name, mut rest) = tag.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while let Some((name, after)) = rest.split_once('=') {
            let after = after.trim_start();
            let quote = after.chars().next().unwrap_or('"');
            let (value, after) = after.get(1..).and_then(|after| after.split_once(quote)).unwrap_or_default();
            attributes.push((name.trim().to_owned(), expanded(value, entities)));
            rest = after;
        }
        self.nodes.push(Node { name: name.to_owned(), attributes, children: Vec::new(), parent });
        self.push(parent, Child::Element(index));
        index
    }

    fn node(&self, index: usize) -> &Node {
        self.nodes.get(index).expect("an index from this tree")
    }

    /// The element around it; 0 is around the root.
    pub(super) fn parent(&self, index: usize) -> usize {
        self.node(index).parent
    }

    /// Whether the name is this one, whatever its prefix or namespace.
    pub(super) fn is(&self, index: usize, local: &str) -> bool {
        let name = &self.node(index).name;
        name.rsplit_once(':').map_or(name.as_str(), |(_, local)| local) == local
    }

    /// An attribute of this name, whatever its prefix or namespace.
    pub(super) fn attribute(&self, index: usize, local: &str) -> Option<&str> {
        let mut named = self.node(index).attributes.iter().filter(|(name, _)| {
            !name.starts_with("xmlns")
                && name.rsplit_once(':').map_or(name.as_str(), |(_, local)| local) == local
        });
        let found = if self.quirk == Some(Quirk::LastAttribute) { named.next_back() } else { named.next() };
        found.map(|(_, value)| value.as_str())
    }

    /// The subtree's elements in document order, the apex included.
    pub(super) fn below(&self, apex: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut next = vec![apex];
        while let Some(index) = next.pop() {
            found.push(index);
            next.extend(self.node(index).children.iter().rev().filter_map(|child| match child {
                Child::Element(child) => Some(*child),
                _ => None,
            }));
        }
        found
    }

    pub(super) fn text(&self, index: usize) -> String {
        let mut texts = self.node(index).children.iter().filter_map(|child| match child {
            Child::Text(text) => Some(text.as_str()),
            _ => None,
        });
        match self.quirk {
            Some(Quirk::FirstChild) => match self.node(index).children.first() {
                Some(Child::Text(text) | Child::Comment(text)) => text.clone(),
                _ => String::new(),
            },
            Some(Quirk::FirstText) => texts.next().unwrap_or_default().to_owned(),
            Some(Quirk::LastText) => texts.next_back().unwrap_or_default().to_owned(),
            _ => texts.collect(),
        }
    }

    fn namespace(&self, mut index: usize, prefix: &str) -> &str {
        let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        while index != 0 {
            let node = self.node(index);
            if let Some((_, value)) = node.attributes.iter().find(|(attribute, _)| *attribute == name) {
                return value;
            }
            index = node.parent;
        }
        ""
    }

    /// Exclusive canonicalization, as far as honest messages need it, of a subtree without another one.
    pub(super) fn canonical(&self, apex: usize, without: Option<usize>) -> String {
        let is_relative =
            |(name, value): &(String, String)| name.starts_with("xmlns") && !value.contains(':');
        let fails = self.nodes.iter().flat_map(|node| &node.attributes).any(is_relative);
        if fails && self.quirk == Some(Quirk::VoidCanonicalization) {
            return String::new();
        }
        enum Step {
            Child(usize, usize),
            End(usize),
        }
        let mut out = String::new();
        // What the output has declared, innermost last, and how much of it outside each open element.
        let mut declared: Vec<(String, String)> = Vec::new();
        let mut marks = Vec::new();
        let mut steps = Vec::new();
        let enter = |index: usize, out: &mut String, declared: &mut Vec<(String, String)>| {
            let node = self.node(index);
            let prefix_of = |name: &str| name.split_once(':').map_or("", |(prefix, _)| prefix).to_owned();
            let mut prefixes = vec![prefix_of(&node.name)];
            let mut attributes: Vec<_> =
                node.attributes.iter().filter(|(name, _)| !name.starts_with("xmlns")).collect();
            prefixes.extend(
                attributes.iter().map(|(name, _)| prefix_of(name)).filter(|prefix| !prefix.is_empty()),
            );
            prefixes.sort();
            prefixes.dedup();
            let _ = write!(out, "<{}", node.name);
            for prefix in prefixes {
                let uri = self.namespace(index, &prefix).to_owned();
                let known =
                    declared.iter().rev().find(|(known, _)| *known == prefix).map_or("", |(_, uri)| uri);
                if known != uri {
                    let colon = if prefix.is_empty() { "" } else { ":" };
                    let _ = write!(out, " xmlns{colon}{prefix}=\"{uri}\"");
                    declared.push((prefix, uri));
                }
            }
            attributes.sort_by_key(|(name, _)| {
                let prefix = prefix_of(name);
                (if prefix.is_empty() { "" } else { self.namespace(index, &prefix) }, name.clone())
            });
            for (name, value) in attributes {
                let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
                let _ = write!(out, " {name}=\"{value}\"");
            }
            out.push('>');
        };
        marks.push(0);
        enter(apex, &mut out, &mut declared);
        steps.push(Step::End(apex));
        steps.extend((0..self.node(apex).children.len()).rev().map(|at| Step::Child(apex, at)));
        while let Some(step) = steps.pop() {
            match step {
                Step::End(index) => {
                    let _ = write!(out, "</{}>", self.node(index).name);
                    declared.truncate(marks.pop().unwrap_or(0));
                }
                Step::Child(parent, at) => match self.node(parent).children.get(at) {
                    Some(Child::Text(text)) => {
                        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                        out.push_str(&text.replace('\r', "&#xD;"));
                    }
                    Some(Child::Element(index)) if Some(*index) != without => {
                        marks.push(declared.len());
                        enter(*index, &mut out, &mut declared);
                        steps.push(Step::End(*index));
                        let children = self.node(*index).children.len();
                        steps.extend((0..children).rev().map(|at| Step::Child(*index, at)));
                    }
                    _ => {}
                },
            }
        }
        out
    }
}

/// `<!DOCTYPE … [<!ENTITY name "value"> …]`; what is outside is "fetched".
fn declare(declaration: &str, entities: &mut BTreeMap<String, String>) {
    for entity in declaration.split("<!ENTITY").skip(1) {
        let mut words = entity.split_ascii_whitespace();
        let name = words.next().unwrap_or_default();
        let value = if words.next() == Some("SYSTEM") {
            "what was fetched".to_owned()
        } else {
            entity.split(['"', '\'']).nth(1).unwrap_or_default().to_owned()
        };
        entities.insert(name.to_owned(), value);
    }
}
