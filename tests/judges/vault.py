"""Opens the vault's vectors by docs/vault-format.md, with the libraries `cryptography` and `mnemonic`: written without a
look at the code that made them. Prints what it opened as JSON; anything that does not open ends it."""

import base64
import hashlib
import hmac
import json
import struct
import sys
import unicodedata

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from mnemonic import Mnemonic

WORDS = Mnemonic("english")
SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
CURVE = ec.SECP256R1()


def lp(part):
    return struct.pack(">I", len(part)) + part


def framed(*parts):
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"\x01" + b"".join(lp(part) for part in encoded)


def u64(text):
    return struct.pack(">Q", int(text))


def mac(key, message):
    return hmac.digest(key, message, "sha256")


class Reader:
    def __init__(self, octets):
        self.octets = octets
        assert self.take(1) == b"\x01", "version"

    def take(self, count):
        taken, self.octets = self.octets[:count], self.octets[count:]
        assert len(taken) == count, "cut short"
        return taken

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def part(self):
        return self.take(self.number(4))

    def end(self):
        assert not self.octets, "something after the end"


# 2. Items


def associated(purpose, vector):
    return framed(purpose, vector["tenant"], vector["vault"], vector["item"], vector["kind"]) + u64(vector["revision"])


def open_sealed(vector):
    sealed = bytes.fromhex(vector["sealed"])
    version, wrapped, content = sealed[0], sealed[1:61], sealed[61:]
    assert version == 1
    vault_key = AESGCM(bytes.fromhex(vector["vaultKey"]))
    item_key = vault_key.decrypt(wrapped[:12], wrapped[12:], associated("item-key", vector))
    padded = AESGCM(item_key).decrypt(content[:12], content[12:], associated("item", vector))
    plaintext = padded.rstrip(b"\0")
    assert plaintext.endswith(b"\x80")
    plaintext = plaintext[:-1]
    length = max(256, len(plaintext) + 1)
    exponent = length.bit_length() - 1
    low = exponent - exponent.bit_length()
    assert len(padded) == -(-length // 2**low) * 2**low, "padding"
    return plaintext


def opens(open_it, vector):
    try:
        open_it(vector)
        return True
    except (InvalidTag, InvalidSignature):
        return False


def opens_elsewhere(open_it, vector, names):
    """Whether it opens with any of the texts that it is bound to changed."""
    elsewhere = [{**vector, name: vector[name] + "x"} for name in names]
    if "revision" in vector:
        elsewhere.append({**vector, "revision": str(int(vector["revision"]) ^ 1)})
    return any(opens(open_it, one) for one in elsewhere)


# 4. Fingerprint phrases


def phrase(purpose, *parts):
    digest = hashlib.sha256(b"".join(struct.pack(">Q", len(part)) + part for part in [purpose.encode(), *parts])).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)
    return " ".join(WORDS.wordlist[int(bits[at : at + 11], 2)] for at in range(0, 66, 11))


# 5. Statements


def follow(chain, kind, tenant, subject):
    """The last statement's body and signing key, and the fingerprint of each."""
    fingerprints, signing = [bytes(32)], None
    for sequence, octets in enumerate(chain, 1):
        octets = bytes.fromhex(octets)
        reader = Reader(octets)
        parts = [reader.part() for _ in range(4)]
        assert parts[:3] == [kind.encode(), tenant.encode(), subject.encode()]
        assert reader.number(4) == sequence
        own, previous, signature = reader.take(32), reader.take(32), reader.take(64)
        reader.end()
        assert previous == fingerprints[-1]
        Ed25519PublicKey.from_public_bytes(signing or own).verify(signature, octets[:-64])
        signing, body = own, parts[3]
        fingerprints.append(hashlib.sha256(octets[:-64]).digest())
    return body, signing, fingerprints[-1]


def private(scalar):
    return ec.derive_private_key(int(scalar, 16), CURVE)


def point(key):
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seed_of(public, seed):
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key().public_bytes_raw() == public


# 6. Accounts


def account(vector):
    body, signing, fingerprint = follow(vector["chain"], "account", vector["tenant"], vector["user"])
    vault_key = bytes.fromhex(vector["vaultKey"])
    assert body[65:] == mac(vault_key, b"keyward vault key commitment")
    sealed = {"sealed": vector["keys"], "vault": vector["user"], "item": "account-keys", "kind": "account-keys"}
    keys = Reader(open_sealed({**vector, **sealed, "revision": vector["keysRevision"]}))
    seed, scalar = keys.take(32).hex(), keys.take(32).hex()
    former = keys.take(32).hex() if keys.number(1) else None
    keys.end()
    assert seed_of(signing, seed) and point(private(scalar)) == body[:65]
    device = vector["device"]
    words = phrase("device", device["id"].encode(), bytes.fromhex(device["encryption"]), bytes.fromhex(device["signing"]), fingerprint)
    return {"fingerprint": fingerprint.hex(), "signing": seed, "decryption": scalar, "former": former, "phrase": phrase("account", fingerprint), "devicePhrase": words}


# 7. Tenants


def tenant(vector):
    body, signing, fingerprint = follow(vector["chain"], "tenant", vector["tenant"], vector["tenant"])
    assert point(private(vector["approval"])) + point(private(vector["transfer"])) == body
    assert seed_of(signing, vector["signing"])
    recipient = vector["tenant"] + "/" + fingerprint.hex()
    return {"fingerprint": fingerprint.hex(), "phrase": phrase("tenant", fingerprint), "escrowRecipient": recipient}


# 8. Wraps


def open_psk(key, enc, info, ciphertext, psk, psk_id):
    """RFC 9180, mode PSK, which `cryptography` does not have, from its primitives."""
    kem, suite = b"KEM\x00\x10", b"HPKE\x00\x10\x00\x01\x00\x02"

    def extract(salt, suite, label, secret):
        return mac(salt or bytes(32), b"HPKE-v1" + suite + label + secret)

    def expand(prk, suite, label, info, length):
        return mac(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info + b"\x01")[:length]

    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, enc))
    shared = expand(extract(b"", kem, b"eae_prk", shared), kem, b"shared_secret", enc + point(key), 32)
    context = b"\x01" + extract(b"", suite, b"psk_id_hash", psk_id) + extract(b"", suite, b"info_hash", info)
    secret = extract(shared, suite, b"secret", psk)
    cipher = AESGCM(expand(secret, suite, b"key", context, 32))
    return cipher.decrypt(expand(secret, suite, b"base_nonce", context, 12), ciphertext, b"")


def open_wrap(vector):
    wrap, key = bytes.fromhex(vector["wrap"]), private(vector["recipientKey"])
    assert len(wrap) == 178 and wrap[0] == 1
    names = ["purpose", "tenant", "owner", "recipient"]
    info = framed("wrap", *(vector[name] for name in names), bytes.fromhex(vector["statement"]))
    signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(vector["signer"]))
    signer.verify(wrap[-64:], info + point(key) + wrap[:-64])
    enc, ciphertext = wrap[1:66], wrap[66:-64]
    if vector["purpose"] == "device":
        return open_psk(key, enc, info, ciphertext, bytes.fromhex(vector["share"]), b"share").hex()
    return SUITE.decrypt(enc + ciphertext, key, info).hex()


def wrap(vector):
    """A wrap that opens, and whose secret is the one that its owner's statement is about."""
    secret, purpose = open_wrap(vector), vector["purpose"]
    kind = "tenant" if purpose.startswith("grant-") else "account"
    body, signing, fingerprint = follow(vector["chain"], kind, vector["tenant"], vector["owner"])
    assert fingerprint.hex() == vector["statement"]
    if kind == "account":
        assert mac(bytes.fromhex(secret), b"keyward vault key commitment") == body[65:]
    elif purpose == "grant-signing":
        assert seed_of(signing, secret)
    else:
        assert point(private(secret)) == (body[:65] if purpose == "grant-approval" else body[65:])
    if purpose in ("approval", "transfer"):
        organisation, statement = vector["recipient"].split("/")
        assert organisation == vector["tenant"] and len(bytes.fromhex(statement)) == 32
    return secret


# 9. Locks


def root_of_phrase(words):
    return bytes(WORDS.to_entropy(words))


def root_of_password(password, memory, passes, lanes, salt):
    argon = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return argon.derive(unicodedata.normalize("NFKC", password).encode())


def stretched(password, parameters):
    reader = Reader(parameters)
    memory, passes, lanes, salt = *(reader.number(4) for _ in range(3)), reader.take(16)
    reader.end()
    return root_of_password(password, memory, passes, lanes, salt)


def unlock(locked, root, label, what, tenant, owner, statement, parameters=b""):
    assert len(locked) == 61 and locked[0] == 1
    where = framed("lock", label, what, tenant, owner, statement, parameters)
    return AESGCM(mac(root, framed("lock", label))).decrypt(locked[1:13], locked[13:], where)


def prove(root, label, tenant, owner):
    return mac(root, framed("proof", label, tenant, owner)).hex()


def lock(vector):
    label, parameters = vector["label"], b""
    if label == "recovery":
        root = root_of_phrase(vector["phrase"])
    else:
        parameters = bytes.fromhex(vector["stretching"])
        root = stretched(vector["password"], parameters)
    where = [vector["what"], vector["tenant"], vector["owner"], bytes.fromhex(vector["statement"])]
    secret = unlock(bytes.fromhex(vector["locked"]), root, label, *where, parameters)
    return {"secret": secret.hex(), "proof": prove(root, label, vector["tenant"], vector["owner"])}


def password(vector):
    """What is sent in the place of an admin's password, at the least parameters."""
    root = root_of_password(vector["typed"], 64 * 1024, 3, 1, bytes.fromhex(vector["salt"]))
    return prove(root, "password", "keyward outside single sign-on", vector["email"])


# 10. Manifests


def manifest(vector):
    reader = Reader(open_sealed({**vector, "item": vector["id"], "kind": "manifest"}))
    entries = []
    for _ in range(reader.number(4)):
        identifier, revision, digest = reader.part().decode(), reader.number(8), reader.take(16)
        entries.append([identifier, str(revision), digest.hex(), hashlib.sha256(identifier.encode()).digest()[0] % 64])
    reader.end()
    expected = [
        [e["id"], e["revision"], hashlib.sha256(bytes.fromhex(e["sealed"])).hexdigest()[:32], e["page"]]
        for e in vector["entries"]
    ]
    assert entries == expected, "entries"
    return [entry[0] for entry in entries]


# 11. Devices


def devices(vector):
    reader = Reader(open_sealed({**vector, "vault": vector["user"], "item": "devices", "kind": "devices"}))
    listed = []
    for _ in range(reader.number(4)):
        identifier, name = reader.part().decode(), reader.part().decode()
        listed.append({"id": identifier, "name": name, "encryption": reader.take(65).hex(), "signing": reader.take(65).hex()})
    recovery = reader.take(65).hex() if reader.octets else None
    reader.end()
    return {"devices": listed, "recovery": recovery}


def memory(vector):
    reader = Reader(bytes.fromhex(vector["octets"]))
    assert reader.part() == b"memory"
    tenant, user, account, escrow = reader.part().decode(), reader.part().decode(), reader.part().hex(), reader.part().hex()
    counter = str(reader.number(8))
    reader.end()
    return {"tenant": tenant, "user": user, "account": account, "escrow": escrow or None, "counter": counter}


# 13. Exports


def export(vector):
    magic = b"KEYWARD EXPORT\n"
    file = bytes.fromhex(vector["sealed"])
    assert file.startswith(magic)
    reader = Reader(file[len(magic) :])
    parameters, locked = reader.take(29), reader.take(61)
    nonce, sealed = reader.take(12), reader.octets
    root = stretched(vector["password"], parameters)
    key = unlock(locked, root, "password", "export", "", "", bytes(32), parameters)
    head = file[: len(magic) + 1 + 29 + 61]
    return AESGCM(key).decrypt(nonce, sealed, framed("export", head)).decode()


# 14. Recovery kits


def kit(vector):
    body, signing, fingerprint = follow(vector["chain"], "tenant", vector["tenant"], vector["tenant"])
    file = json.loads(vector["file"])
    assert file["format"] == "keyward-recovery-kit" and file["version"] == 1 and file["tenant"] == vector["tenant"]
    assert file["number"] == len(vector["chain"]) and file["fingerprint"] == fingerprint.hex()
    root, owner = root_of_phrase(vector["phrase"]), vector["tenant"]
    names = ["approval", "transfer", "signing"]
    opened = {
        name: unlock(base64.b64decode(file[name], validate=True), root, "recovery", name, owner, owner, fingerprint).hex()
        for name in names
    }
    assert point(private(opened["approval"])) + point(private(opened["transfer"])) == body
    assert seed_of(signing, opened["signing"])
    text = "\n".join(["keyward organisation keys proof", *(vector[name] for name in ["origin", "tenant", "user", "session"])])
    Ed25519PublicKey.from_public_bytes(signing).verify(bytes.fromhex(vector["proof"]), text.encode())
    return opened


vectors = json.load(sys.stdin)
BOUND = ["tenant", "vault", "item", "kind"]
json.dump(
    {
        "items": [open_sealed(vector).hex() for vector in vectors["items"]],
        "itemsElsewhere": [opens_elsewhere(open_sealed, vector, BOUND) for vector in vectors["items"]],
        "recovery": [WORDS.to_entropy(vector["phrase"]).hex() for vector in vectors["recovery"]],
        "phrases": [WORDS.to_mnemonic(bytes.fromhex(vector["key"])) for vector in vectors["recovery"]],
        "fingerprints": [phrase(vector["purpose"], *map(bytes.fromhex, vector["parts"])) for vector in vectors["fingerprints"]],
        "accounts": [account(vector) for vector in vectors["accounts"]],
        "tenants": [tenant(vector) for vector in vectors["tenants"]],
        "wraps": [wrap(vector) for vector in vectors["wraps"]],
        "wrapsElsewhere": [opens_elsewhere(open_wrap, vector, ["tenant", "owner", "recipient"]) for vector in vectors["wraps"]],
        "locks": [lock(vector) for vector in vectors["locks"]],
        "locksElsewhere": [opens_elsewhere(lock, vector, ["what", "tenant", "owner"]) for vector in vectors["locks"]],
        "manifests": [manifest(vector) for vector in vectors["manifests"]],
        "devices": [devices(vector) for vector in vectors["devices"]],
        "memories": [memory(vector) for vector in vectors["memories"]],
        "exports": [export(vector) for vector in vectors["exports"]],
        "kits": [kit(vector) for vector in vectors["kits"]],
        "passwords": [password(vector) for vector in vectors["passwords"]],
    },
    sys.stdout,
)
