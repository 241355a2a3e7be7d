"""What nginx-proxy-manager writes, said in nginx's plain words: it keeps where a host leads in variables, and the
rest in included files of its image. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from nimbus.cli.edge_objects.directives import Directive

# Of its image; whoever only has its data does not have them.
_INCLUDE = re.compile(r"(?:.*/)?conf\.d/include/([a-z-]+)\.conf|/data/nginx/custom/\S+")
_LEADS_TO = ("$forward_scheme", "$server", "$port")
_ITS_VARIABLES = frozenset(
    {*_LEADS_TO, "$trust_forwarded_proto", "$x_forwarded_proto", "$x_forwarded_scheme"}
)
# Nimbus has its own way for these, and nothing is lost without them.
_USUAL = frozenset(
    {
        "custom",
        "force-ssl",
        "ip_ranges",
        "letsencrypt-acme-challenge",
        "resolvers",
        "ssl-cache",
        "ssl-cache-stream",
        "ssl-ciphers",
    }
)
_HSTS_S = 63_072_000


def is_its_include(pattern: str) -> bool:
    return _INCLUDE.fullmatch(pattern) is not None


def plain(directives: Iterable[Directive]) -> tuple[Directive, ...]:
    """Servers that are not its own stay as they are."""
    found: list[Directive] = []
    for one in directives:
        if one.name == "server" and one.block is not None and _variables(one).keys() >= {"$server", "$port"}:
            found += _server(one)
        elif one.name == "http" and one.block is not None:
            found.append(Directive(one.name, one.arguments, one.place, plain(one.block)))
        elif one.name != "map" or one.arguments[-1:] != ("$hsts_header",):
            found.append(one)
    return tuple(found)


def _variables(block: Directive) -> dict[str, str]:
    return {one.arguments[0]: one.arguments[1] for one in block.all("set") if len(one.arguments) == 2}


def _included(one: Directive) -> str:
    """The name of one of its files; "" for what is no such include."""
    found = _INCLUDE.fullmatch(one.arguments[0]) if one.name == "include" and one.arguments else None
    return (found[1] or "custom") if found else ""


def _server(server: Directive) -> Iterator[Directive]:
    """With the one that only redirects to it, where it forces TLS."""
    inside = server.block or ()
    forced = any(_included(one) == "force-ssl" for one in inside)
    variables = _variables(server)
    rest = [
        kept
        for one in inside
        if not (forced and one.name == "listen" and "ssl" not in one.arguments)
        for kept in _plain(one, variables)
    ]
    yield Directive(server.name, server.arguments, server.place, tuple(rest))
    if forced:
        names = [one for one in inside if one.name == "server_name"]
        to_tls = Directive("return", ("301", "https://$host$request_uri"), server.place)
        listen = Directive("listen", ("80",), server.place)
        yield Directive("server", (), server.place, (listen, *names, to_tls))


def _plain(one: Directive, variables: Mapping[str, str]) -> Iterator[Directive]:
    name = _included(one)
    if name == "proxy":
        yield Directive("proxy_pass", (_address(variables),), one.place)
    elif name in ("assets", "block-exploits"):
        yield one
    elif name in _USUAL or _is_its_variable(one):
        return
    elif one.name == "add_header" and "$hsts_header" in one.arguments:
        yield Directive(one.name, (one.arguments[0], f"max-age={_HSTS_S}"), one.place)
    elif one.name == "proxy_pass" and one.arguments and one.arguments[0].startswith("$forward_scheme:"):
        path = one.arguments[0].removeprefix("$forward_scheme://$server:$port").removesuffix("$request_uri")
        yield Directive(one.name, (_address(variables) + path,), one.place)
    elif one.name == "location" and one.block is not None:
        own = {**variables, **_variables(one)}
        inside = tuple(kept for inner in one.block for kept in _plain(inner, own))
        yield Directive(one.name, one.arguments, one.place, inside)
    else:
        yield one


def _is_its_variable(one: Directive) -> bool:
    return one.name == "set" and one.arguments[:1] != () and one.arguments[0] in _ITS_VARIABLES


def _address(variables: Mapping[str, str]) -> str:
    scheme, server, port = (variables.get(name, "") for name in _LEADS_TO)
    return f"{scheme or 'http'}://{server}:{port}"
