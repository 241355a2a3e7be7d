"""From the bytes of a request to the types of a route, with errors that name the field."""

from __future__ import annotations

import re

import msgspec

from nimbus.errors import ValidationError, invalid
from nimbus.protocol.errors import NimbusError

_AT = re.compile(r" - at `\$\.?([^`]*)`$")
MAX_DEPTH = 64


class Malformed(NimbusError):
    """The body is not JSON at all."""

    code = "MALFORMED"


def decode_body(body: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    if not body:
        body = b"{}"
    if _too_deep(body):
        raise Malformed(f"the body is nested more than {MAX_DEPTH} levels deep")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise field_error(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("the body is not JSON", next_step="Send a JSON object.") from None


def _too_deep(body: bytes) -> bool:
    """A cheap upper bound first: few bodies have that many brackets at all."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    inside = escaped = False
    for byte in body:
        if inside:
            inside = escaped or byte != 0x22
            escaped = not escaped and byte == 0x5C
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def decode_query(arguments: dict[str, str], kind: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        return msgspec.convert(arguments, kind, strict=False)
    except msgspec.ValidationError as error:
        raise field_error(error) from None


def field_error(error: msgspec.ValidationError) -> ValidationError:
    """msgspec says where: turn it into the field."""
    text = str(error)
    match = _AT.search(text)
    if match:
        return invalid(match[1] or "body", _AT.sub("", text))
    unknown = re.search(r"unknown field `([^`]+)`", text) or re.search(r"required field `([^`]+)`", text)
    return invalid(unknown[1] if unknown else "body", text)


def whole_number(query: dict[str, str], name: str, default: int) -> int:
    """A parameter of an agent's request, 0 or more; these are too many a second for a type of their own."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise invalid(name, "must be a whole number")
    return int(text)
