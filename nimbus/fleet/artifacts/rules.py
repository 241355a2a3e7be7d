"""Pure decisions of artifacts: names, sizes, sums, room."""

from __future__ import annotations

import re

from nimbus.fleet.artifacts.records import MEDIA_TYPE, SHA256, VERSION, Content, Cpu, UploadRequest
from nimbus.kernel.errors import Conflict, StorageFull, invalid
from nimbus.kernel.naming import check_description, check_labels, check_name
from nimbus.protocol.errors import NimbusError

GIB = 1024**3
# What is left of the disk for the database and everything else.
RESERVE_BYTES = 256 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class ChecksumMismatch(NimbusError):
    code = "CHECKSUM_MISMATCH"


class QuotaExceeded(NimbusError):
    code = "QUOTA_EXCEEDED"


class WrongOffset(Conflict):
    code = "WRONG_OFFSET"


class ArtifactInUse(Conflict):
    code = "ARTIFACT_IN_USE"


class ArtifactDamaged(Conflict):
    code = "ARTIFACT_DAMAGED"


def is_sha256(text: str) -> bool:
    return bool(_SHA256.fullmatch(text))


def checked(request: UploadRequest, largest: int) -> Content:
    """What an upload is to become. Raises ValidationError."""
    name = check_name(request.name)
    if not re.fullmatch(VERSION, request.version):
        raise invalid("version", "must be 1 to 63 letters, digits and inner . _ + -")
    sha256 = request.sha256.lower()
    if not re.fullmatch(SHA256, request.sha256):
        raise invalid("sha256", "must be 64 hexadecimal digits", next_step="Find it with: sha256sum FILE")
    if not 1 <= request.size <= largest:
        raise invalid(
            "size",
            f"must be from 1 to {largest} bytes, this file has {request.size}",
            next_step="The limit is the setting artifact_largest_gib.",
        )
    if not re.fullmatch(MEDIA_TYPE, request.content_type):
        raise invalid("content_type", "must be a media type such as application/gzip")
    return Content(
        name=name,
        version=request.version,
        cpu=request.cpu,
        size=request.size,
        sha256=sha256,
        content_type=request.content_type,
        description=check_description(request.description),
        labels=check_labels(request.labels),
    )


def check_room(size: int, held: int, quota: int, free: float) -> None:
    """`held`: what artifacts and uploads take of `quota` already; `free`: what the disk has. All in bytes. Raises
    QuotaExceeded, StorageFull."""
    if held + size > quota:
        raise QuotaExceeded(
            f"artifacts may take {_gib(quota)} in all: {_gib(held)} are taken, and this one has {_gib(size)}",
            next_step="Delete some (nimbus artifact list), or raise the setting artifact_quota_gib.",
        )
    if size > free - RESERVE_BYTES:
        raise StorageFull(
            f"the control plane's disk has {_gib(max(0, int(free)))} free, and this artifact has {_gib(size)}",
            next_step="Make room on that disk, then upload it again.",
        )


def check_same(content: Content, known: Content) -> None:
    """Raises Conflict when the same name, version and CPU stand for other bytes already."""
    if (content.sha256, content.size) != (known.sha256, known.size):
        raise Conflict(
            f"{reference_of(known)} is there already, with another content (SHA-256 {known.sha256[:12]}...)",
            next_step="A version never changes: give this file another version.",
            details=[{"field": "version", "message": "is taken"}],
        )


def check_piece(offset: int, length: int, received: int, size: int) -> None:
    """Raises WrongOffset, ValidationError."""
    if offset != received:
        raise WrongOffset(
            f"{received} bytes are here, and this piece begins with byte {offset}",
            next_step="Go on with the bytes that are not here yet.",
        )
    if not length:
        raise invalid("body", "has no bytes")
    if offset + length > size:
        raise invalid(
            "body", f"goes {offset + length - size} bytes beyond the size that was announced ({size})"
        )


def check_whole(received: int, size: int) -> None:
    """Raises WrongOffset."""
    if received != size:
        raise WrongOffset(
            f"{received} of {size} bytes are here", next_step="Send the others, then complete the upload."
        )


def reference_of(content: Content) -> str:
    return f"{content.name}:{content.version}:{content.cpu}"


def parts_of(reference: str) -> tuple[str, str | None, str | None]:
    """NAME[:VERSION[:CPU]]: the name in lower case; None for what is not said."""
    name, _, rest = reference.partition(":")
    version, _, cpu = rest.partition(":")
    return name.lower(), version or None, cpu.lower() or None


def fits(cpu: Cpu, architecture: str) -> bool:
    """Whether it is for such a machine; one that has not said what it is may be told."""
    return cpu is Cpu.ANY or not architecture or cpu == architecture


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB / 10 else f"{size / 1024**2:.1f} MiB"
