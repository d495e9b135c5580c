//! The strict layer over the tokenizer.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

use crate::eight;
use crate::limits;
use crate::name::{is_ncname, is_space, plain_name};
use crate::scanner::Scanner;
use crate::survey::{check_characters, count};
use crate::text::{decode_reference, push_attribute_value, push_with_line_ends};
use crate::uri::is_absolute;
use crate::{
    Attribute, Declaration, Document, Element, Error, ErrorKind, Kind, Name, Node, Span, Uri, XML_NS,
    XMLNS_NS, text_at,
};
use crate::{DS, DSIG11, EXC_C14N, XENC};

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// More namespace names than a provider's message has.
const USUAL_NAMES: usize = 16;

pub(super) fn fail<T>(kind: ErrorKind, at: usize) -> Result<T, Error> {
    Err(Error { kind, at })
}

pub(super) fn malformed<T>(what: &'static str, at: usize) -> Result<T, Error> {
    fail(ErrorKind::Malformed(what), at)
}

/// Offsets fit 32 bits: no limit of ours lets a document come near 4 GiB.
fn offset(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn span(start: usize, end: usize) -> Span {
    Span { start: offset(start), end: offset(end) }
}

pub(super) const UNDECLARED: ErrorKind = ErrorKind::Namespace("a prefix that was not declared");

/// `prefix:local`, or `local`, before white space, `=` or the end; both parts must be names without colons. `None` where
/// nothing stands there.
fn scan_name(scanner: &mut Scanner<'_>) -> Result<Option<Name>, Error> {
    let at = scanner.at;
    let name =
        |local, end| Ok(Some(Name { start: offset(at), local: offset(at + local), end: offset(at + end) }));
    if let Some((local, end)) = plain_name(scanner.rest()) {
        scanner.at += end;
        return name(local, end);
    }
    let Some(text) = scanner.until(|byte| is_space(byte) || byte == b'=') else { return Ok(None) };
    match text.split_once(':') {
        None if is_ncname(text) => name(0, text.len()),
        None => malformed("a name", at),
        Some((prefix, local)) if is_ncname(prefix) && is_ncname(local) => name(prefix.len() + 1, text.len()),
        Some(_) => fail(ErrorKind::Namespace("a colon where none may be"), at),
    }
}

/// `context` holds prefixes and names that the root element has inherited from where it stood.
pub(super) fn parse_in_context(
    mut bytes: Vec<u8>,
    max_bytes: usize,
    max_nodes: usize,
    context: &[(String, String)],
) -> Result<Document, Error> {
    if bytes.len() > max_bytes {
        return fail(ErrorKind::Limit("bytes"), max_bytes);
    }
    if bytes.starts_with(BOM) {
        bytes.drain(..BOM.len());
    }
    let source = match String::from_utf8(bytes) {
        Ok(source) => source,
        Err(error) => return fail(ErrorKind::Encoding, error.utf8_error().valid_up_to()),
    };
    check_characters(&source)?;
    let mut parser = Parser::new(&source, max_nodes);
    parser.inherit(context);
    parser.run()?;
    let parts = parser.finish()?;
    Ok(Document {
        decoded: parts.decoded,
        nodes: parts.nodes,
        attributes: parts.attributes,
        declarations: parts.declarations,
        uris: parts.uris,
        root: parts.root.unwrap_or_default(),
        source,
    })
}

/// A piece of character data that has not become a node yet.
enum Run {
    None,
    /// As it stands in the source.
    Source(Span),
    /// At the end of what was decoded, from this offset on.
    Decoded(usize),
}

struct Parser<'a> {
    source: &'a str,
    max_nodes: usize,
    /// What had to be decoded; spans count it on from `source.len()`.
    decoded: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    declarations: Vec<Declaration>,
    uris: Vec<Span>,
    /// Indexes of the open elements, the document node first.
    open: Vec<u32>,
    /// Declarations in scope, innermost last.
    scope: Vec<Declaration>,
    /// How many declarations were in scope before each open element.
    scope_marks: Vec<usize>,
    run: Run,
    root: Option<u32>,
    /// Prefixes and names that count as declared on the root, where it does not declare them itself.
    inherited: Vec<(Span, Span)>,
}

impl<'a> Parser<'a> {
    fn new(source: &'a str, max_nodes: usize) -> Parser<'a> {
        let decoded = XML_NS.to_owned();
        let xml = span(source.len(), source.len() + decoded.len());
        let (expected_nodes, expected_attributes) = count(source);
        let mut nodes = Vec::with_capacity(expected_nodes.min(max_nodes));
        nodes.push(Node { kind: Kind::Document, parent: 0, end: 1 });
        Parser {
            source,
            max_nodes,
            decoded,
            nodes,
            attributes: Vec::with_capacity(expected_attributes.min(max_nodes)),
            declarations: Vec::new(),
            uris: vec![Span::EMPTY, xml],
            open: vec![0],
            scope: Vec::new(),
            scope_marks: Vec::new(),
            run: Run::None,
            root: None,
            inherited: Vec::new(),
        }
    }

    fn inherit(&mut self, context: &[(String, String)]) {
        for (prefix, uri) in context {
            let start = self.end();
            self.decoded.push_str(prefix);
            let middle = self.end();
            self.decoded.push_str(uri);
            self.inherited.push((span(start, middle), span(middle, self.end())));
        }
    }

    fn str(&self, span: Span) -> &str {
        text_at(self.source, &self.decoded, span)
    }

    /// Whether two spans stand for the same text. Where not, their lengths nearly always tell.
    fn are_same(&self, one: Span, other: Span) -> bool {
        one.len() == other.len() && self.str(one) == self.str(other)
    }

    /// Where what is decoded next begins.
    fn end(&self) -> usize {
        self.source.len() + self.decoded.len()
    }

    fn raw(&self, start: usize, end: usize) -> &'a str {
        self.source.get(start..end).unwrap_or_default()
    }

    fn run(&mut self) -> Result<(), Error> {
        let mut reader = Reader::from_str(self.source);
        let config = reader.config_mut();
        // End tags are compared here, with their offsets; the tokenizer need not keep names for that.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = false;
        config.trim_markup_names_in_closing_tags = false;
        let mut start = 0;
        loop {
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(_) => return self.explain(start),
            };
            let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            match event {
                Event::Eof => return Ok(()),
                Event::Start(_) => self.start_tag(start, end, false)?,
                Event::Empty(_) => self.start_tag(start, end, true)?,
                Event::End(_) => self.end_tag(start, end)?,
                Event::Text(_) => self.character_data(start, end)?,
                Event::GeneralRef(_) => self.reference(start, end)?,
                Event::CData(_) => self.cdata(start, end)?,
                Event::Comment(_) => self.comment(start, end)?,
                Event::Decl(_) => self.declaration(start, end)?,
                Event::PI(_) => return fail(ErrorKind::ProcessingInstruction, start),
                Event::DocType(_) => return fail(ErrorKind::Doctype, start),
            }
            start = end;
        }
    }

    /// Names what the tokenizer stumbled over, from where it stood.
    fn explain(&self, at: usize) -> Result<(), Error> {
        let rest = self.source.as_bytes().get(at..).unwrap_or_default();
        if rest.get(..9).is_some_and(|head| head.eq_ignore_ascii_case(b"<!DOCTYPE")) {
            return fail(ErrorKind::Doctype, at);
        }
        match rest {
            [b'<', b'?', ..] => fail(ErrorKind::ProcessingInstruction, at),
            [b'&', ..] => malformed("an ampersand that begins no reference", at),
            _ => malformed("markup that does not end", at),
        }
    }

    fn push(&mut self, kind: Kind, at: usize) -> Result<u32, Error> {
        if self.nodes.len() >= self.max_nodes {
            return fail(ErrorKind::Limit("nodes"), at);
        }
        let index = offset(self.nodes.len());
        self.nodes.push(Node { kind, parent: self.open.last().copied().unwrap_or(0), end: index + 1 });
        Ok(index)
    }

    fn inside_root(&self) -> bool {
        self.open.len() > 1
    }

    // --- character data -------------------------------------------------------------------------------------------

    /// Text, a reference or a CDATA section that follows another one continues its node.
    fn decoded_run(&mut self) -> &mut String {
        match self.run {
            Run::Decoded(_) => {}
            Run::None => self.run = Run::Decoded(self.end()),
            Run::Source(earlier) => {
                let from = self.end();
                self.decoded.push_str(self.raw(earlier.start as usize, earlier.end as usize));
                self.run = Run::Decoded(from);
            }
        }
        &mut self.decoded
    }

    fn end_run(&mut self, at: usize) -> Result<(), Error> {
        let text = match core::mem::replace(&mut self.run, Run::None) {
            Run::None => return Ok(()),
            Run::Source(text) => text,
            Run::Decoded(from) => span(from, self.end()),
        };
        if !text.is_empty() {
            self.push(Kind::Text(text), at)?;
        }
        Ok(())
    }

    fn character_data(&mut self, start: usize, end: usize) -> Result<(), Error> {
        let raw = self.raw(start, end);
        if !self.inside_root() {
            return match raw.bytes().position(|byte| !is_space(byte)) {
                None => Ok(()),
                Some(at) => malformed("text outside the root element", start + at),
            };
        }
        let ends_section =
            |at: &usize| raw.as_bytes().get(..*at).is_some_and(|before| before.ends_with(b"]]"));
        // Few texts have either, which one look tells of both.
        let is_plain = memchr::memchr2(b'>', b'\r', raw.as_bytes()).is_none();
        if !is_plain && let Some(at) = memchr::memchr_iter(b'>', raw.as_bytes()).find(ends_section) {
            return malformed("`]]>` in text", start + at - 2);
        }
        let is_as_written = is_plain || memchr::memchr(b'\r', raw.as_bytes()).is_none();
        if is_as_written && matches!(self.run, Run::None) {
            self.run = Run::Source(span(start, end));
        } else {
            push_with_line_ends(self.decoded_run(), raw);
        }
        Ok(())
    }

    fn reference(&mut self, start: usize, end: usize) -> Result<(), Error> {
        if !self.inside_root() {
            return malformed("a reference outside the root element", start);
        }
        let c = decode_reference(self.raw(start, end), start)?;
        self.decoded_run().push(c);
        Ok(())
    }

    fn cdata(&mut self, start: usize, end: usize) -> Result<(), Error> {
        if !self.inside_root() {
            return malformed("CDATA outside the root element", start);
        }
        let Some(content) =
            self.raw(start, end).strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>"))
        else {
            return malformed("a CDATA section that is not one", start);
        };
        push_with_line_ends(self.decoded_run(), content);
        Ok(())
    }

    fn comment(&mut self, start: usize, end: usize) -> Result<(), Error> {
        self.end_run(start)?;
        let raw = self.raw(start, end);
        let Some(content) = raw.strip_prefix("<!--").and_then(|raw| raw.strip_suffix("-->")) else {
            return malformed("a comment that is not one", start);
        };
        if content.contains("--") || content.ends_with('-') {
            return malformed("`--` in a comment", start);
        }
        let content = if content.as_bytes().contains(&b'\r') {
            let from = self.end();
            push_with_line_ends(&mut self.decoded, content);
            span(from, self.end())
        } else {
            span(start + 4, end - 3)
        };
        self.push(Kind::Comment(content), start)?;
        Ok(())
    }

    // --- declaration ----------------------------------------------------------------------------------------------

    /// `<?xml version="1.0" encoding="UTF-8" standalone="no"?>`, first in the document or not at all (§2.8).
    fn declaration(&mut self, start: usize, end: usize) -> Result<(), Error> {
        if start != 0 {
            return fail(ErrorKind::ProcessingInstruction, start);
        }
        let inner = self.raw(start, end).strip_prefix("<?xml").and_then(|raw| raw.strip_suffix("?>"));
        let mut scanner = Scanner { source: inner.unwrap_or_default(), at: 0 };
        let bad = |scanner: &Scanner<'_>| malformed("the XML declaration", 5 + scanner.at);
        let mut allowed = ["version", "encoding", "standalone"].iter();
        let mut seen_version = false;
        loop {
            let spaced = scanner.skip_space();
            if scanner.is_done() {
                break;
            }
            let Some(name) = scanner.until(|byte| is_space(byte) || byte == b'=') else {
                return bad(&scanner);
            };
            // In this order, each at most once; `version` is required.
            if !spaced || !allowed.any(|allowed| *allowed == name) {
                return bad(&scanner);
            }
            let Some(value) = scanner.equals_quoted() else { return bad(&scanner) };
            match name {
                "version" if value != "1.0" => return fail(ErrorKind::Encoding, 5 + scanner.at),
                "version" => seen_version = true,
                _ if !seen_version => return bad(&scanner),
                "encoding" if !self.is_encoded_as(value) => {
                    return fail(ErrorKind::Encoding, 5 + scanner.at);
                }
                "standalone" if !matches!(value, "yes" | "no") => return bad(&scanner),
                _ => {}
            }
        }
        if seen_version { Ok(()) } else { bad(&scanner) }
    }

    /// UTF-8, also as libxml2 and those who write for it spell it, or what says the same where all of it is ASCII: lxml declares
    /// `ASCII` unless it is told otherwise.
    fn is_encoded_as(&self, name: &str) -> bool {
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        ["UTF-8", "UTF8"].iter().any(is)
            || (self.source.is_ascii() && ["ASCII", "US-ASCII", "ISO-8859-1"].iter().any(is))
    }

    // --- elements -------------------------------------------------------------------------------------------------

    fn start_tag(&mut self, start: usize, end: usize, is_empty: bool) -> Result<(), Error> {
        self.end_run(start)?;
        if !self.inside_root() && self.root.is_some() {
            return malformed("more than one root element", start);
        }
        if self.open.len() > limits::DEPTH {
            return fail(ErrorKind::Limit("depth"), start);
        }
        let inner_end = end - if is_empty { 2 } else { 1 };
        let mut scanner = Scanner { source: self.source.get(..inner_end).unwrap_or_default(), at: start + 1 };
        let name_start = scanner.at;
        let Some(tag) = scan_name(&mut scanner)? else { return malformed("a tag without a name", start) };

        let first_attribute = self.attributes.len();
        let first_declaration = self.declarations.len();
        let scope_mark = self.scope.len();
        let (mut rebound, mut own_rebound) = (None, None);
        while let Some((name, value)) = self.attribute(&mut scanner)? {
            let at = name.start as usize;
            if self.str(name.whole()) == "xmlns" {
                self.declare(Span::EMPTY, value, first_declaration, at)?;
            } else if self.str(name.prefix()) == "xmlns" {
                if self.is_rebound(name.local(), value) {
                    let is_own = self.are_same(name.local(), tag.prefix());
                    let first = if is_own { &mut own_rebound } else { &mut rebound };
                    first.get_or_insert(at);
                }
                self.declare(name.local(), value, first_declaration, at)?;
            } else {
                if self.attributes.len() - first_attribute >= limits::ATTRIBUTES_PER_ELEMENT {
                    return fail(ErrorKind::Limit("attributes of one element"), at);
                }
                if self.attributes.len() >= self.max_nodes {
                    return fail(ErrorKind::Limit("attributes"), at);
                }
                self.attributes.push(Attribute { name, uri: Uri::NONE, value });
            }
        }

        if self.root.is_none() {
            for (prefix, uri) in core::mem::take(&mut self.inherited) {
                let own = self.declarations.get(first_declaration..).unwrap_or_default();
                if !own.iter().any(|own| self.str(own.prefix) == self.str(prefix)) {
                    self.declare(prefix, uri, first_declaration, start)?;
                }
            }
        }

        // Only now are all declarations of this tag known.
        let uri = self.resolve(tag.prefix(), true, name_start)?;
        let rebound = rebound.or(own_rebound.filter(|_| !self.is_of_signature(uri)));
        if let Some(at) = rebound.filter(|_| !self.is_in_encrypted_data(uri)) {
            return fail(ErrorKind::Namespace("a prefix was declared again with another name"), at);
        }
        for index in first_attribute..self.attributes.len() {
            let Some(attribute) = self.attributes.get(index).copied() else { continue };
            if !attribute.name.prefix().is_empty() {
                let uri = self.resolve(attribute.name.prefix(), false, attribute.name.start as usize)?;
                if let Some(slot) = self.attributes.get_mut(index) {
                    slot.uri = uri;
                }
            }
        }
        self.check_unique(first_attribute)?;

        let element = Element {
            name: tag,
            uri,
            attributes: (offset(first_attribute), offset(self.attributes.len())),
            declarations: (offset(first_declaration), offset(self.declarations.len())),
        };
        let index = self.push(Kind::Element(element), start)?;
        if self.root.is_none() {
            self.root = Some(index);
        }
        if is_empty {
            self.scope.truncate(scope_mark);
        } else {
            self.open.push(index);
            self.scope_marks.push(scope_mark);
        }
        Ok(())
    }

    fn end_tag(&mut self, start: usize, end: usize) -> Result<(), Error> {
        self.end_run(start)?;
        let name = self.raw(start + 2, end - 1);
        let index = match self.open.last() {
            Some(index) if *index != 0 => *index,
            _ => return malformed("an end tag without a start tag", start),
        };
        let expected = match self.nodes.get(index as usize).map(|node| &node.kind) {
            Some(Kind::Element(element)) => element.name.whole(),
            _ => Span::EMPTY,
        };
        let is_it = |name| self.str(expected) == name;
        if !is_it(name) && !is_it(name.trim_end_matches([' ', '\t', '\r', '\n'])) {
            return malformed("an end tag that does not match its start tag", start);
        }
        self.open.pop();
        self.scope.truncate(self.scope_marks.pop().unwrap_or(0));
        let past = offset(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(index as usize) {
            node.end = past;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Parser<'a>, Error> {
        let at = self.source.len();
        if self.root.is_none() {
            return malformed("no root element", at);
        }
        if self.inside_root() {
            return malformed("an element that is not closed", at);
        }
        let past = offset(self.nodes.len());
        if let Some(document) = self.nodes.first_mut() {
            document.end = past;
        }
        // What looks like the end of a tag in a text was counted too.
        self.nodes.shrink_to_fit();
        self.attributes.shrink_to_fit();
        Ok(self)
    }

    // --- names, attributes, namespaces ----------------------------------------------------------------------------

    /// `S Name Eq AttValue` (§3.1), or nothing at the end of the tag.
    fn attribute(&mut self, scanner: &mut Scanner<'a>) -> Result<Option<(Name, Span)>, Error> {
        let spaced = scanner.skip_space();
        if scanner.is_done() {
            return Ok(None);
        }
        let start = scanner.at;
        if !spaced {
            return malformed("attributes without a space between them", start);
        }
        let Some(name) = scan_name(scanner)? else { return malformed("an attribute without a name", start) };
        let Some(value) = scanner.equals_quoted() else {
            return malformed("an attribute without a quoted value", start);
        };
        let value_start = scanner.at - 1 - value.len();
        // What may not stand there, and what has to be decoded.
        let suspect = eight::position(value.as_bytes(), |it| it.below(b' ') | it.are(b'&') | it.are(b'<'));
        if suspect.is_none() {
            return Ok(Some((name, span(value_start, value_start + value.len()))));
        }
        if let Some(at) = memchr::memchr(b'<', value.as_bytes()) {
            return malformed("`<` in an attribute value", value_start + at);
        }
        let from = self.end();
        push_attribute_value(&mut self.decoded, value, value_start)?;
        Ok(Some((name, span(from, self.end()))))
    }

    fn declare(&mut self, prefix: Span, value: Span, first: usize, at: usize) -> Result<(), Error> {
        let namespace = |what| fail(ErrorKind::Namespace(what), at);
        if self.declarations.len() - first >= limits::NAMESPACES_PER_ELEMENT {
            return fail(ErrorKind::Limit("namespace declarations of one element"), at);
        }
        if self.scope.len() >= limits::NAMESPACES_IN_SCOPE {
            return fail(ErrorKind::Limit("namespace declarations in scope"), at);
        }
        let (name, uri) = (self.str(prefix), self.str(value));
        if name == "xmlns" {
            return namespace("the prefix xmlns was declared");
        }
        if (name == "xml") != (uri == XML_NS) {
            return namespace("the prefix xml and its name belong together");
        }
        if uri == XMLNS_NS {
            return namespace("the name of xmlns was bound");
        }
        if uri.is_empty() && !name.is_empty() {
            return namespace("a prefix was bound to nothing");
        }
        // Known from the beginning are that of `xml` and no name at all, which is a default namespace.
        let known = self.known(value);
        if known.is_none() && !is_absolute(uri) {
            return namespace("a namespace name that is relative or no URI");
        }
        if self
            .declarations
            .get(first..)
            .unwrap_or_default()
            .iter()
            .any(|other| self.are_same(other.prefix, prefix))
        {
            return fail(ErrorKind::DuplicateAttribute, at);
        }
        let uri = known.unwrap_or(Uri(offset(self.uris.len())));
        if known.is_none() {
            self.uris.push(value);
        }
        let declaration = Declaration { prefix, uri };
        self.declarations.push(declaration);
        self.scope.push(declaration);
        Ok(())
    }

    /// One prefix, one meaning: a rebound prefix is how two readers come to see two documents. The default namespace is
    /// exempt, as providers do change it from element to element.
    fn is_rebound(&self, prefix: Span, value: Span) -> bool {
        self.scope.iter().any(|other| {
            self.are_same(other.prefix, prefix) && !self.are_same(self.uri_span(other.uri), value)
        })
    }

    /// Whether an element of this namespace name, in this place, is part of an EncryptedData. Some providers serialize it
    /// alone, with prefixes that count from `ns0`, and put it into a message whose prefixes do so too.
    fn is_in_encrypted_data(&self, uri: Uri) -> bool {
        self.str(self.uri_span(uri)) == XENC || self.open.iter().any(|index| self.is_of(*index, XENC))
    }

    /// Whether an element of this namespace name, in this place, is a parameter or a key in a part of a Signature, which the
    /// JDK writes with the Signature's prefix, declared again, where it was told one. Nothing there says who somebody is.
    fn is_of_signature(&self, uri: Uri) -> bool {
        [EXC_C14N, DSIG11].contains(&self.str(self.uri_span(uri)))
            && self.open.last().is_some_and(|parent| self.is_of(*parent, DS))
    }

    /// Whether a node is an element of this namespace name.
    fn is_of(&self, index: u32, name: &str) -> bool {
        match self.nodes.get(index as usize).map(|node| &node.kind) {
            Some(Kind::Element(element)) => self.str(self.uri_span(element.uri)) == name,
            _ => false,
        }
    }

    fn uri_span(&self, uri: Uri) -> Span {
        self.uris.get(uri.index()).copied().unwrap_or_default()
    }

    /// A namespace name that was read before, found among the first ones; of a document that has more, among those in scope
    /// too, which are bounded.
    fn known(&self, name: Span) -> Option<Uri> {
        let first = self.uris.iter().take(USUAL_NAMES).position(|it| self.are_same(*it, name));
        first.map(|index| Uri(offset(index))).or_else(|| {
            self.scope
                .iter()
                .rev()
                .map(|other| other.uri)
                .find(|uri| self.are_same(self.uri_span(*uri), name))
        })
    }

    fn resolve(&self, prefix: Span, default_applies: bool, at: usize) -> Result<Uri, Error> {
        if prefix.is_empty() && !default_applies {
            return Ok(Uri::NONE);
        }
        match self.str(prefix) {
            "xml" => return Ok(Uri::XML),
            "xmlns" => return fail(ErrorKind::Namespace("the prefix xmlns was used"), at),
            _ => {}
        }
        match self.scope.iter().rev().find(|declaration| self.are_same(declaration.prefix, prefix)) {
            Some(declaration) => Ok(declaration.uri),
            None if prefix.is_empty() => Ok(Uri::NONE),
            None => fail(UNDECLARED, at),
        }
    }

    /// No two attributes of one element may have the same expanded name. At most
    /// [`limits::ATTRIBUTES_PER_ELEMENT`] squared comparisons, so linear for the document.
    fn check_unique(&self, first: usize) -> Result<(), Error> {
        let attributes = self.attributes.get(first..).unwrap_or_default();
        for (index, attribute) in attributes.iter().enumerate() {
            // Names of namespaces are the same where their numbers are: both were looked for in the same scope.
            let twice = |other: &Attribute| {
                other.uri == attribute.uri && self.are_same(other.name.local(), attribute.name.local())
            };
            if attributes.get(..index).unwrap_or_default().iter().any(twice) {
                return fail(ErrorKind::DuplicateAttribute, attribute.name.start as usize);
            }
        }
        Ok(())
    }
}
