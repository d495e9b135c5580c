"""Opens the vault's vectors by docs/vault-format.md, with the libraries `cryptography` and `mnemonic`: written without a
look at the code that made them. Prints what it opened as JSON; anything that does not open ends it."""

import hashlib
import json
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from mnemonic import Mnemonic

WORDS = Mnemonic("english")


def associated(version, purpose, vector):
    parts = [purpose, vector["tenant"], vector["vault"], vector["item"], vector["kind"]]
    encoded = [part.encode() for part in parts]
    lengths_and_parts = b"".join(struct.pack(">I", len(part)) + part for part in encoded)
    return bytes([version]) + lengths_and_parts + struct.pack(">Q", int(vector["revision"]))


def open_item(vector):
    sealed = bytes.fromhex(vector["sealed"])
    version, wrapped, content = sealed[0], sealed[1:61], sealed[61:]
    assert version == 1
    vault_key = AESGCM(bytes.fromhex(vector["vaultKey"]))
    item_key = vault_key.decrypt(wrapped[:12], wrapped[12:], associated(version, "item-key", vector))
    padded = AESGCM(item_key).decrypt(content[:12], content[12:], associated(version, "item", vector))
    plaintext = padded.rstrip(b"\0")
    assert plaintext.endswith(b"\x80")
    plaintext = plaintext[:-1]
    length = max(256, len(plaintext) + 1)
    exponent = length.bit_length() - 1
    low = exponent - exponent.bit_length()
    assert len(padded) == -(-length // 2**low) * 2**low, "padding"
    return plaintext.hex()


def opens_elsewhere(vector):
    for name in ["tenant", "vault", "item", "kind"]:
        try:
            open_item({**vector, name: vector[name] + "x"})
            return True
        except InvalidTag:
            pass
    try:
        open_item({**vector, "revision": str(int(vector["revision"]) ^ 1)})
        return True
    except InvalidTag:
        return False


def fingerprint(vector):
    parts = [vector["purpose"].encode()] + [bytes.fromhex(part) for part in vector["parts"]]
    digest = hashlib.sha256(b"".join(struct.pack(">Q", len(part)) + part for part in parts)).digest()
    bits = "".join(f"{byte:08b}" for byte in digest)
    return " ".join(WORDS.wordlist[int(bits[at : at + 11], 2)] for at in range(0, 66, 11))


vectors = json.load(sys.stdin)
json.dump(
    {
        "items": [open_item(vector) for vector in vectors["items"]],
        "elsewhere": [opens_elsewhere(vector) for vector in vectors["items"]],
        "recovery": [WORDS.to_entropy(vector["phrase"]).hex() for vector in vectors["recovery"]],
        "phrases": [WORDS.to_mnemonic(bytes.fromhex(vector["key"])) for vector in vectors["recovery"]],
        "fingerprints": [fingerprint(vector) for vector in vectors["fingerprints"]],
    },
    sys.stdout,
)
