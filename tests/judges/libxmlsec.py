"""libxmlsec in one process: a judge of many messages. Reads a JSON array of jobs from stdin, writes one of answers.

A job is {"do": "verify", "xml", "certificate", "signatures": [1, ...]}: which signatures, counted in document order, hold
under this certificate, whatever KeyInfo says?
"""
import json
import sys

import lxml.etree as etree
import xmlsec

DS = "http://www.w3.org/2000/09/xmldsig#"


def verify(job):
    try:
        root = etree.fromstring(job["xml"].encode(), etree.XMLParser(no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return [False for _ in job["signatures"]]
    xmlsec.tree.add_ids(root, ["ID"])
    signatures = root.findall(f".//{{{DS}}}Signature")
    return [number <= len(signatures) and holds(signatures[number - 1], job["certificate"]) for number in job["signatures"]]


def holds(signature, certificate):
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM)
    try:
        context.verify(signature)
        return True
    except xmlsec.Error:
        return False


doors = {"verify": verify}
json.dump([doors[job["do"]](job) for job in json.load(sys.stdin)], sys.stdout)
