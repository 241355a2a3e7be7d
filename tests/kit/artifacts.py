"""Artifacts, uploaded as an operator does it."""

from __future__ import annotations

import hashlib
from typing import Any

from nimbus.client.client import Client

UPLOADS = "/api/v1/artifact-uploads"


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def begin_upload(client: Client, name: str, content: bytes, version: str = "1", **fields: Any) -> Any:
    body = {"name": name, "version": version, "size": len(content), "sha256": sha256_of(content), **fields}
    return client.post(UPLOADS, body)


def upload_artifact(
    client: Client, name: str, content: bytes, version: str = "1", *, piece: int = 1024 * 1024, **fields: Any
) -> Any:
    """The artifact."""
    upload = begin_upload(client, name, content, version, **fields)
    if upload["artifact"]:
        return upload["artifact"]
    path = f"{UPLOADS}/{upload['id']}"
    for offset in range(upload["received"], len(content), piece):
        client.put_bytes(path + "/content", content[offset : offset + piece], offset=offset)
    return client.post(path + "/complete")
