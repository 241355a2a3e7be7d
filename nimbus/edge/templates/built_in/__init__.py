"""The templates that every control plane has. Each is a file beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from nimbus.edge.templates.parsing import Part, parse

DESCRIPTIONS: Mapping[str, str] = {
    "default": "Sends requests to an upstream, serves files, or redirects.",
    "spa": "A single-page application: what is no file is answered with its index.",
    "api": "An API: limited to 10 requests a second for each client, unless the virtual host says otherwise.",
    "static": "Files, which browsers keep for an hour.",
    "websocket": "Sends requests to an upstream, and connections that become WebSockets.",
}


def text(name: str) -> str:
    """Raises KeyError."""
    if name not in DESCRIPTIONS:
        raise KeyError(name)
    return resources.files(__package__).joinpath(f"{name}.conf").read_text("utf-8")


@cache
def parsed(name: str) -> tuple[Part, ...]:
    """Raises KeyError."""
    return parse(text(name))
