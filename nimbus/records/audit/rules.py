"""Pure decisions of the audit log: what is told of a change, and what is masked."""

from __future__ import annotations

import functools
import itertools
import re
from typing import Any

import msgspec

from nimbus.records.audit.records import Change

MASK = "***"


# A field whose name has one of these words holds a secret,
_SECRET_WORDS = frozenset(
    {
        "secret",
        "secrets",
        "password",
        "passwords",
        "passwd",
        "passphrase",
        "pwd",
        "passcode",
        "token",
        "tokens",
        "jwt",
        "bearer",
        "private",
        "credential",
        "credentials",
        "authorization",
        "cookie",
        "cookies",
        "otp",
        "totp",
        "otpauth",
        "pin",
        "seed",
        "signature",
        "apikey",
        "mnemonic",
    }
)
# or these words one after the other,
_SECRET_PHRASES = (
    ("api", "key"),
    ("secret", "key"),
    ("private", "key"),
    ("signing", "key"),
    ("session", "key"),
    ("encryption", "key"),
    ("master", "key"),
    ("shared", "key"),
    ("preshared", "key"),
    ("access", "code"),
    ("recovery", "code"),
    ("recovery", "codes"),
    ("backup", "code"),
    ("backup", "codes"),
)
# unless it ends in one of these: then it is about the secret, not the secret.
_HARMLESS_ENDS = frozenset(
    {
        "id",
        "ids",
        "name",
        "names",
        "count",
        "kind",
        "type",
        "at",
        "expiry",
        "ttl",
        "expires",
        "created",
        "updated",
        "used",
        "enabled",
        "required",
        "policy",
        "version",
        "revision",
        "length",
        "prefix",
        "file",
    }
)
# Written together, in whatever case: these count anywhere in the name.
_SECRET_PARTS = (
    "secret",
    "password",
    "passwd",
    "passphrase",
    "token",
    "credential",
    "apikey",
    "privatekey",
    "authorization",
    "cookie",
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MAX_DEPTH = 32


def names_a_secret(name: str) -> bool:
    """See `_names_a_secret`; the same few names come again and again."""
    return _names_a_secret(name) if len(name) > _MAX_REMEMBERED else _remembered(name)


def _names_a_secret(name: str) -> bool:
    """By the words of the name, in snake_case, kebab-case or camelCase: `X-Api-Key` and `joinToken` do, `token_id`
    and `secretName` do not."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or (len(words) > 1 and words[-1] in _HARMLESS_ENDS):
        return False
    joined = "".join(words)
    return (
        not _SECRET_WORDS.isdisjoint(words)
        or any(part in joined for part in _SECRET_PARTS)
        or any(pair in _SECRET_PHRASES for pair in itertools.pairwise(words))
    )


_MAX_REMEMBERED = 100
_remembered = functools.lru_cache(maxsize=2048)(_names_a_secret)


def difference(before: dict[str, Any], after: dict[str, Any]) -> Change:
    """Only what changed, with secrets masked by the name of their field, at any depth."""
    keys = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return Change(
        before={key: masked(key, before[key]) for key in sorted(keys) if key in before},
        after={key: masked(key, after[key]) for key in sorted(keys) if key in after},
    )


def masked(name: str, value: Any, depth: int = 0) -> Any:
    """`value` as the audit log may show it under `name`. That a secret is absent (None, "") is none."""
    if names_a_secret(name):
        return value if value is None or value == "" or isinstance(value, bool) else MASK
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, dict | list | tuple | set | frozenset) and depth >= _MAX_DEPTH:
        return MASK
    if isinstance(value, dict):
        return {
            str(key): masked(str(key), inner, depth + 1) for key, inner in _named_value_masked(value).items()
        }
    if isinstance(value, list | tuple):
        return [masked("", inner, depth + 1) for inner in value]
    if isinstance(value, set | frozenset):
        return [masked("", inner, depth + 1) for inner in sorted(value, key=str)]
    return value


def _named_value_masked(value: dict[Any, Any]) -> dict[Any, Any]:
    """`{"name": "API_TOKEN", "value": "..."}`, as environments and headers are often written, hides its value."""
    name = next((value[key] for key in ("name", "key") if isinstance(value.get(key), str)), "")
    if name and "value" in value and names_a_secret(name):
        return {**value, "value": MASK}
    return value
