"""An identity provider by pysaml2, without HTTP: reads one JSON object from stdin, writes a JSON array of answers.

The input is {"entityId", "sso", "slo", "key", "certificate" (files), "sp" (its metadata as XML), "jobs": [{"do", ...}, ...]}.
An answer is {"error"} where pysaml2 refused or failed.
"""
import base64
import functools
import json
import sys
import warnings
from urllib.parse import parse_qs, urlsplit

warnings.filterwarnings("ignore")

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, saml, samlp  # noqa: E402
from saml2.config import IdPConfig  # noqa: E402
from saml2.server import Server  # noqa: E402
from saml2.sigver import verify_redirect_signature  # noqa: E402
import saml2.entity  # noqa: E402
import saml2.sigver  # noqa: E402

BINDINGS = {"post": BINDING_HTTP_POST, "redirect": BINDING_HTTP_REDIRECT}
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
given = json.load(sys.stdin)


def provider():
    endpoints = {
        "single_sign_on_service": [(given["sso"], binding) for binding in BINDINGS.values()],
        "single_logout_service": [(given["slo"], binding) for binding in BINDINGS.values()],
    }
    attributes = {"lifetime": {"minutes": 5}, "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}
    return Server(config=IdPConfig().load({
        "entityid": given["entityId"],
        "xmlsec_binary": "/usr/bin/xmlsec1",
        "key_file": given["key"],
        "cert_file": given["certificate"],
        "metadata": {"inline": [given["sp"]]},
        "service": {"idp": {
            "endpoints": endpoints,
            "policy": {"default": attributes},
            "want_authn_requests_signed": True,
        }},
    }))


def respond(idp, job):
    """A Response: {"sign": ["response", "assertion"], "encrypt": certificate, "cipher": [URI, session key], …} → {"xml"}."""
    encryption = job.get("encrypt")
    cipher, session_key = job.get("cipher", [saml2.sigver.TRIPLE_DES_CBC, "des-192"])
    # This version has no setting for them: they are arguments of functions that it calls with their defaults.
    saml2.entity.pre_encryption_part = functools.partial(saml2.sigver.pre_encryption_part, msg_enc=cipher)
    idp.sec.encrypt_assertion = functools.partial(type(idp.sec).encrypt_assertion, idp.sec, key_type=session_key)
    name_id = saml.NameID(format=job.get("format"), text=job["nameId"], sp_name_qualifier=job.get("spNameQualifier"), name_qualifier=job.get("nameQualifier"))
    response = idp.create_authn_response(
        job["attributes"],
        in_response_to=job.get("inResponseTo"),
        destination=job["acs"],
        sp_entity_id=job["spEntityId"],
        name_id=name_id,
        authn={"class_ref": PASSWORD},
        sign_response="response" in job["sign"],
        sign_assertion="assertion" in job["sign"],
        encrypt_assertion=encryption is not None,
        encrypt_cert_assertion=encryption,
        sign_alg=job.get("signatureAlgorithm"),
        digest_alg=job.get("digestAlgorithm"),
    )
    return {"xml": str(response)}


def read(idp, job):
    """A message of the service provider: {"kind", "binding", "message" (XML or query)} → what pysaml2 read."""
    parse = {"AuthnRequest": idp.parse_authn_request, "LogoutRequest": idp.parse_logout_request, "LogoutResponse": idp.parse_logout_request_response}
    text = job["message"]
    if job["binding"] == "redirect":
        query = {name: values[0] for name, values in parse_qs(text).items()}
        certificates = idp.metadata.certs(job["issuer"], "any", "signing")
        if not any(verify_redirect_signature(query, idp.sec.sec_backend, certificate) for certificate in certificates):
            raise ValueError("the signature of the query is not by a key of the metadata")
        encoded = query["SAMLRequest"] if "SAMLRequest" in query else query["SAMLResponse"]
        # pysaml2 leaves the query's signature to its caller, and must not look for one in the message.
        idp.config.setattr("idp", "want_authn_requests_signed", False)
    else:
        encoded = base64.b64encode(text.encode()).decode()
        idp.config.setattr("idp", "want_authn_requests_signed", True)
    message = parse[job["kind"]](encoded, BINDINGS[job["binding"]])
    if message is None:
        raise ValueError("pysaml2 read nothing")
    body = message.response if job["kind"] == "LogoutResponse" else message.message
    facts = {"id": body.id, "issuer": body.issuer.text, "destination": body.destination}
    if job["kind"] == "AuthnRequest":
        facts["acs"] = body.assertion_consumer_service_url
        facts["subject"] = body.subject.name_id.text if body.subject else None
        facts["contexts"] = [ref.text for ref in body.requested_authn_context.authn_context_class_ref] if body.requested_authn_context else []
    elif job["kind"] == "LogoutRequest":
        facts["nameId"] = body.name_id.text
        facts["sessions"] = [index.text for index in body.session_index]
    else:
        facts["status"] = body.status.status_code.value
        facts["inResponseTo"] = body.in_response_to
    return facts


def logout(idp, job):
    """A message of the IdP's: {"kind": "LogoutRequest" | "LogoutResponse", "binding", "destination", …} → {"xml"} or {"query"}."""
    signed = {"sign_alg": job.get("signatureAlgorithm"), "digest_alg": job.get("digestAlgorithm"), "sign": job["binding"] == "post"}
    if job["kind"] == "LogoutRequest":
        name_id = saml.NameID(text=job["nameId"], format=job.get("format"), sp_name_qualifier=job.get("spNameQualifier"))
        message = idp.create_logout_request(job["destination"], job["spEntityId"], name_id=name_id, session_indexes=job.get("sessions"), expire=job.get("expires"), **signed)
    else:
        request = samlp.logout_request_from_string(job["request"])
        message = idp.create_logout_response(request, [BINDINGS[job["binding"]]], **signed)
    if isinstance(message, tuple):
        message = message[1]
    if job["binding"] == "post":
        return {"xml": str(message)}
    response = job["kind"] == "LogoutResponse"
    info = idp.apply_binding(BINDING_HTTP_REDIRECT, str(message), job["destination"], job.get("relayState", ""), response=response, sign=True, sigalg=job.get("signatureAlgorithm"))
    return {"query": urlsplit(dict(info["headers"])["Location"]).query}


def metadata(idp, job):
    """The IdP's metadata, signed where asked for: {"sign", …} → {"xml"}."""
    from saml2.metadata import entity_descriptor, sign_entity_descriptor
    descriptor = entity_descriptor(idp.config)
    if not job["sign"]:
        return {"xml": str(descriptor)}
    return {"xml": str(sign_entity_descriptor(descriptor, None, idp.sec, job["signatureAlgorithm"], job["digestAlgorithm"])[1])}


DOORS = {"respond": respond, "read": read, "logout": logout, "metadata": metadata}


def answer(idp, job):
    try:
        return DOORS[job["do"]](idp, job)
    except Exception as error:  # whatever it is, it is pysaml2's answer
        return {"error": f"{type(error).__name__}: {error}"}


idp = provider()
json.dump([answer(idp, job) for job in given["jobs"]], sys.stdout)
