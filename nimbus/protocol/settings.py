"""Layered settings: defaults, a TOML file, `NIMBUS_*` variables, flags; each value remembers its source.

A settings type is a msgspec struct whose fields are str, int, float or bool. File keys and flags use the
field's name (flags with dashes); the variable is the prefix plus the name in upper case.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from nimbus.protocol.errors import UsageError

S = TypeVar("S", bound=msgspec.Struct)


class Settings(Generic[S]):
    """The effective values and, for each, where it came from."""

    def __init__(self, values: S, sources: dict[str, str]) -> None:
        self.values = values
        self.sources = sources

    def describe(self) -> str:
        """The effective configuration as TOML, each line with its source."""
        lines = [f"{name} = {_toml(getattr(self.values, name))}" for name in self.values.__struct_fields__]
        width = max(len(line) for line in lines)
        return "\n".join(
            f"{line:<{width}}  # {self.sources[name]}"
            for line, name in zip(lines, self.values.__struct_fields__, strict=True)
        )


def load_settings(
    kind: type[S],
    *,
    file: Path,
    file_required: bool,
    environment: Mapping[str, str],
    prefix: str,
    flags: Mapping[str, Any],
) -> Settings[S]:
    """Raises UsageError that names the source and the key; an unknown key names its nearest neighbour."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    sources = dict.fromkeys(fields, "default")
    for key, value in _read_file(file, required=file_required).items():
        if key not in fields:
            raise unknown_key(key, str(file), fields)
        values[key] = _convert(value, fields[key].type, f"{key} in {file}")
        sources[key] = str(file)
    for name, field in fields.items():
        variable = prefix + name.upper()
        if variable in environment:
            values[name] = _parse(environment[variable], field.type, variable)
            sources[name] = f"${variable}"
    for name, value in flags.items():
        if value is not None and name in fields:
            flag = "--" + name.replace("_", "-")
            values[name] = _parse(value, fields[name].type, flag) if isinstance(value, str) else value
            sources[name] = flag
    return Settings(kind(**values), sources)


def unknown_key(key: str, where: str, known: Mapping[str, Any]) -> UsageError:
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"Did you mean {nearest[0]}?" if nearest else f"Known keys: {', '.join(sorted(known))}."
    return UsageError(f"unknown key {key!r} in {where}", next_step=hint)


def _read_file(file: Path, *, required: bool) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        if required:
            raise UsageError(f"the configuration file {file} does not exist") from None
        return {}
    except OSError as error:
        raise UsageError(f"the configuration file {file} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the configuration file {file} is not valid TOML: {error}") from None


def _parse(text: str, kind: Any, where: str) -> Any:
    if kind is bool:
        lowered = text.strip().lower()
        if lowered in ("1", "true", "yes", "on"):
            return True
        if lowered in ("0", "false", "no", "off"):
            return False
        raise UsageError(f"{where}: {text!r} is neither true nor false")
    return _convert(text, kind, where)


def _convert(value: Any, kind: Any, where: str) -> Any:
    try:
        return msgspec.convert(value, kind, strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {str(error).lower()}") from None


def _toml(value: Any) -> str:
    return json.dumps(value)


def words(text: str) -> tuple[str, ...]:
    """The parts of a setting that is a list, by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
