"""Which path a request has behind the edge: what people ask of a trailing slash. Pure."""

from __future__ import annotations

from nimbus.edge.virtual_hosts.records import Location, VirtualHostSpec
from nimbus.edge.virtual_hosts.rules import backend, location_path


def sent_as(spec: VirtualHostSpec) -> tuple[str, ...]:
    """A line for each location, with an example of a path: `/app/x is sent as /x`."""
    return tuple(_sent_as(location, f"locations[{number}]") for number, location in enumerate(spec.locations))


def _sent_as(location: Location, field: str) -> str:
    modifier, path = location_path(location.path, field)
    # Any path that the location takes.
    asked = {"=": path, "~": f"what matches {path}", "~*": f"what matches {path}"}.get(modifier, path + "x")
    if location.redirect is not None:
        return f"{asked} is answered with {location.redirect_status} to {location.redirect}"
    if location.root is not None:
        where = location.root if modifier in ("~", "~*") else location.root + asked
        return f"{asked} is the file {where}"
    put = location.upstream_path or ""
    if location.proxy_pass is not None:
        put = backend(location.proxy_pass, field)[1]
    if not put or modifier in ("~", "~*"):
        return f"{asked} is sent as it is"
    return f"{asked} is sent as {put + asked.removeprefix(path)}"
