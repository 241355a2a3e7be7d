"""A WebAuthn authenticator in software, which can be told to misbehave. Not the real thing: that is Chromium's, in
test_passkeys_in_chromium.py."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class SoftwareAuthenticator:
    """One credential (ES256). `counter` is the next signature counter; `origin` is what the browser says."""

    def __init__(self, origin: str = "https://cloud.example.org:8443") -> None:
        self.origin = origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = os.urandom(32)
        self.counter = 1
        self.verified = True
        self.user_handle: str | None = None

    def create(self, options: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """What `navigator.credentials.create()` answers. `changes`: origin, challenge, type, rp_id."""
        self.user_handle = options["user"]["id"]
        client_data = self._client_data("webauthn.create", options, changes)
        rp_id = changes.get("rp_id", options["rp"]["id"])
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose()
        data = self._authenticator_data(rp_id, _ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {
                "clientDataJSON": text(client_data),
                "attestationObject": text(attestation),
                "transports": ["internal"],
            }
        )

    def get(self, options: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """What `navigator.credentials.get()` answers."""
        client_data = self._client_data("webauthn.get", options, changes)
        data = self._authenticator_data(changes.get("rp_id", options["rpId"]), 0)
        signed = data + hashlib.sha256(client_data).digest()
        signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": text(client_data),
                "authenticatorData": text(data),
                "signature": text(changes.get("signature", signature)),
                "userHandle": changes.get("user_handle", self.user_handle),
            }
        )

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = text(self.credential_id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
        }

    def _client_data(self, kind: str, options: dict[str, Any], changes: dict[str, Any]) -> bytes:
        return json.dumps(
            {
                "type": changes.get("type", kind),
                "challenge": changes.get("challenge", options["challenge"]),
                "origin": changes.get("origin", self.origin),
                "crossOrigin": False,
            }
        ).encode()

    def _authenticator_data(self, rp_id: str, more: int) -> bytes:
        flags = _PRESENT | more | (_VERIFIED if self.verified else 0)
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")
        self.counter += 1
        return data

    def _cose(self) -> bytes:
        """RFC 9053 section 7.1: kty EC2, alg ES256, crv P-256, x, y."""
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
