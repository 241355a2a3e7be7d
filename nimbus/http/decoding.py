"""From the bytes of a request to the types of a route, with errors that name the field."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from nimbus.http.allowed_words import allowed_words
from nimbus.kernel.errors import ValidationError, invalid
from nimbus.protocol.errors import NimbusError

_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_NOT_ONE = re.compile(r"Invalid enum value '?(.*?)'?$", re.DOTALL)
# Of more words than this the nearest is named instead of all.
_WORDS_NAMED = 12
MAX_DEPTH = 64
T = TypeVar("T")
MAX_FIELDS = 100


class Malformed(NimbusError):
    """The body is not JSON at all."""

    code = "MALFORMED"


def decode_body(body: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """JSON, or a form where the type says so (FORM)."""
    if getattr(kind, "FORM", False):
        return decode_form(body, kind)
    if not body:
        body = b"{}"
    if _too_deep(body):
        raise Malformed(f"the body is nested more than {MAX_DEPTH} levels deep")
    try:
        decoded = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise field_error(error, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("the body is not JSON", next_step="Send a JSON object.") from None
    _check_names(body)
    return decoded


def decode_with(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    """Of a node's message. Raises ValidationError, Malformed."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise field_error(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("the body is not JSON") from None


def _check_names(body: bytes) -> None:
    """Raises ValidationError. Of two fields of one name msgspec takes the last (RFC 8259 section 4)."""
    try:
        json.loads(body, object_pairs_hook=single_values, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        # What msgspec passes over without a look.
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


def decode_form(body: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """application/x-www-form-urlencoded: what other protocols prescribe. Of a name given twice the last counts."""
    try:
        fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise Malformed("the body is no form", next_step="Send application/x-www-form-urlencoded.") from None
    return decode_query(fields, kind)


def single_values(given: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Of two values for one name nobody knows which is meant. Raises ValidationError."""
    single: dict[str, T] = {}
    for name, value in given:
        if name in single:
            raise invalid(name, "is given more than once")
        single[name] = value
    return single


def decode_query(arguments: dict[str, str], kind: type[msgspec.Struct]) -> msgspec.Struct:
    try:
        decoded = msgspec.convert(arguments, kind, strict=False)
    except msgspec.ValidationError as error:
        raise field_error(error, kind) from None
    for name in arguments:
        # msgspec takes the word for the thing; in an address a parameter is there or not.
        # A type may pass over parameters that it does not know.
        if getattr(decoded, name, "") is None:
            raise invalid(name, f"must not be {arguments[name]!r}")
    return decoded


def field_error(error: msgspec.ValidationError, kind: type[msgspec.Struct] | None = None) -> ValidationError:
    """msgspec says where: turn it into the field. Of `kind`, what the field takes is said as well."""
    text = str(error)
    match = _AT.search(text)
    if match:
        message = _AT.sub("", text)
        written = _NOT_ONE.match(message)
        words = allowed_words(kind, match[1]) if kind and written else ()
        if not written or not words:
            return invalid(match[1] or "body", message)
        near = difflib.get_close_matches(written[1][:100], words, n=1)
        if near and len(words) > _WORDS_NAMED:
            message = f"{written[1]!r} is not one of its {len(words)} values"
        else:
            message = f"{written[1]!r} is not one of {', '.join(words)}"
        return invalid(match[1], message, next_step=f"Did you mean {near[0]}?" if near else "")
    # What a type's own check says begins with the field.
    own = re.match(r"([a-z_]+)(?: must |: )", text)
    if own:
        return invalid(
            own[1], text.removeprefix(own[0]) if own[0].endswith(": ") else "must " + text[own.end() :]
        )
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
