"""libxml2's tree of many documents, and its canonical forms. Reads a JSON array of base64 documents, writes a JSON line each.

A tree is as crates/testkit/src/tree.rs describes it; null for what libxml2 refuses. Canonical forms are with comments, of
the whole document: [inclusive, exclusive].
"""
import base64
import json
import sys

import lxml.etree as etree


def children(node):
    parts = [node.text or ""] if node.text else []
    for child in node:
        parts.append(value(child))
        if child.tail:
            parts.append(child.tail)
    return joined(parts)


def joined(parts):
    """Texts beside each other are one: an entity or a processing instruction may have been between them."""
    result = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        else:
            result.append(part)
    return result


def value(node):
    if node.tag is etree.Comment:
        return [node.text]
    if not isinstance(node.tag, str):
        return ["?", repr(node)]
    return [node.tag, sorted([name, text] for name, text in node.attrib.items()), children(node)]


def parsed(document):
    parser = etree.XMLParser(no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        # To libxml2 a namespace name that is no URI is worth a warning and changes nothing; lxml makes an error of it.
        if any(entry.type != etree.ErrorTypes.WAR_NS_URI for entry in parser.error_log):
            return None
        return etree.fromstring(document, etree.XMLParser(no_network=True, load_dtd=False, huge_tree=True, recover=True))


def read(document):
    root = parsed(document)
    if root is None:
        return {"tree": None}
    before = [value(node) for node in reversed(list(root.itersiblings(preceding=True)))]
    after = [value(node) for node in root.itersiblings()]
    forms = [form(root, False), form(root, True)]
    return {"tree": before + [value(root)] + after, "forms": forms}


def form(root, exclusive):
    try:
        return etree.tostring(root.getroottree(), method="c14n", exclusive=exclusive, with_comments=True).decode()
    except etree.C14NError:
        return None


for encoded in json.load(sys.stdin):
    print(json.dumps(read(base64.b64decode(encoded))))
