"""The OASIS schemas of SAML 2.0 as pysaml2 ships them, applied by libxml2. Reads a JSON array of XML documents, writes a
JSON array of what is wrong with each; null where nothing is.
"""
import json
import os
import sys

import lxml.etree as etree
import saml2

FOLDER = os.path.join(os.path.dirname(saml2.__file__), "data", "schemas")
BY_NAMESPACE = {
    "urn:oasis:names:tc:SAML:2.0:protocol": "saml-schema-protocol-2.0.xsd",
    "urn:oasis:names:tc:SAML:2.0:assertion": "saml-schema-assertion-2.0.xsd",
    "urn:oasis:names:tc:SAML:2.0:metadata": "saml-schema-metadata-2.0.xsd",
}


class Local(etree.Resolver):
    """Schemas name each other by addresses on the web; all of them are in the folder."""

    def resolve(self, url, public_id, context):
        if url.endswith((".dtd", ".DTD")):
            return self.resolve_empty(context)
        return self.resolve_filename(os.path.join(FOLDER, os.path.basename(url)), context)


def schema(name):
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.parse(os.path.join(FOLDER, name), parser))


schemas = {namespace: schema(name) for namespace, name in BY_NAMESPACE.items()}


def judged(xml):
    root = etree.fromstring(xml.encode())
    by = schemas[etree.QName(root).namespace]
    return None if by.validate(root) else str(by.error_log.last_error)


json.dump([judged(xml) for xml in json.load(sys.stdin)], sys.stdout)
