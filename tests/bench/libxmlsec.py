"""How long libxmlsec takes to parse and verify, the key loaded beforehand. Reads {"messages" (base64), "certificate", "rounds"}
from stdin, writes {"version", "signature": microseconds a message}.
"""
import base64
import json
import sys
import time

import lxml.etree as etree
import xmlsec

SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
given = json.load(sys.stdin)
messages = [base64.b64decode(message) for message in given["messages"]]
key = xmlsec.Key.from_memory(given["certificate"], xmlsec.KeyFormat.CERT_PEM)
parser = etree.XMLParser(no_network=True, resolve_entities=False)


def verify(message):
    root = etree.fromstring(message, parser)
    for signature in root.iter(SIGNATURE):
        parent = signature.getparent()
        xmlsec.tree.add_ids(parent, ["ID"])
        context = xmlsec.SignatureContext()
        context.key = key
        context.verify(signature)


# As crates/testkit/src/bench.rs does it.
FEW = 10
total = 0.0
for start in range(0, len(messages), FEW):
    few = messages[start:start + FEW]
    best = float("inf")
    for _ in range(given["rounds"]):
        since = time.perf_counter()
        for message in few:
            verify(message)
        best = min(best, time.perf_counter() - since)
    total += best

version = ".".join(map(str, xmlsec.get_libxmlsec_version())) if hasattr(xmlsec, "get_libxmlsec_version") else "1.2"
json.dump({"version": version, "signature": total * 1e6 / len(messages)}, sys.stdout)
