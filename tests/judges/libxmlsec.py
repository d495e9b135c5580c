"""libxmlsec in one process: a judge of many messages. Reads a JSON array of jobs from stdin, writes one of answers.

A job is {"do": one of the functions below `DOORS`, "xml", …}; keys and certificates are PEM. An answer is {"error"} where
libxmlsec refused or failed.
"""
import base64
import json
import sys

import lxml.etree as etree
import xmlsec

DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"


def parsed(job):
    root = etree.fromstring(job["xml"].encode(), etree.XMLParser(no_network=True))
    xmlsec.tree.add_ids(root, ["ID"])
    return root


def verify(job):
    """Which of "signatures", counted from 1 in document order, hold under "certificate", whatever KeyInfo says?"""
    try:
        found = parsed(job).findall(f".//{{{DS}}}Signature")
    except (etree.XMLSyntaxError, ValueError):
        return [False for _ in job["signatures"]]
    return [number <= len(found) and holds(found[number - 1], job["certificate"]) for number in job["signatures"]]


def holds(signature, certificate):
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_PEM)
    try:
        context.verify(signature)
        return True
    except xmlsec.Error:
        return False


def sign(job):
    """Fills in the first Signature."""
    root = parsed(job)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(job["key"], xmlsec.KeyFormat.PEM)
    context.sign(root.find(f".//{{{DS}}}Signature"))
    return etree.tostring(root).decode()


def values(job):
    """The DigestValue and SignatureValue that belong into the first Signature."""
    root = parsed(job)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(job["key"], xmlsec.KeyFormat.PEM)
    signature = root.find(f".//{{{DS}}}Signature")
    context.sign(signature)
    return [next(signature.iter(f"{{{DS}}}{name}")).text for name in ("DigestValue", "SignatureValue")]


def encrypt(job):
    """The "template" filled in: the document under a new AES key of "bits", that one under "certificate"."""
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(job["certificate"], xmlsec.KeyFormat.CERT_PEM))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, job["bits"], xmlsec.KeyDataType.SESSION)
    template = etree.fromstring(job["template"])
    return etree.tostring(context.encrypt_binary(template, job["xml"].encode())).decode()


def encrypt_in_place(job):
    """The message with what stands in its EncryptedAssertion, an element, replaced by the "template" filled in likewise."""
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(job["certificate"], xmlsec.KeyFormat.CERT_PEM))
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, job["bits"], xmlsec.KeyDataType.SESSION)
    root = parsed(job)
    inside = root.find(".//{urn:oasis:names:tc:SAML:2.0:assertion}EncryptedAssertion")[0]
    context.encrypt_xml(etree.fromstring(job["template"]), inside)
    return etree.tostring(root).decode()


def decrypt(job):
    """The plaintext of the EncryptedData."""
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(job["key"], xmlsec.KeyFormat.PEM))
    data = next(parsed(job).iter(f"{{{XENC}}}EncryptedData"))
    # As octets: as an element it would be moved into the tree around it.
    data.attrib.pop("Type", None)
    return base64.b64encode(xmlsec.EncryptionContext(manager).decrypt(data)).decode()


DOORS = {"verify": verify, "sign": sign, "values": values, "encrypt": encrypt, "encrypt_in_place": encrypt_in_place, "decrypt": decrypt}


def answer(job):
    try:
        return DOORS[job["do"]](job)
    except xmlsec.Error as error:
        return {"error": str(error)}


json.dump([answer(job) for job in json.load(sys.stdin)], sys.stdout)
