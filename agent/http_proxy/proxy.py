"""Which proxy there is, and for whom it is asked. Pure."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import msgspec

from nimbus.protocol.errors import UsageError

NO_PROXY = "none"
DEFAULT_PORT = 3128
_MALFORMED = "the proxy is not http://[USER:PASSWORD@]HOST:PORT"
_LOOPBACK = ("localhost", "127.0.0.0/8", "::1")


class HttpProxy(msgspec.Struct, frozen=True, kw_only=True):
    """`host` "": there is none. `directly` are hosts, domains, addresses and networks that are reached without it,
    as in NO_PROXY."""

    host: str = ""
    port: int = DEFAULT_PORT
    user: str = ""
    password: str = ""
    directly: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"HttpProxy({self.name!r})"

    @property
    def name(self) -> str:
        """For people, without what is secret; "" when there is none."""
        if not self.host:
            return ""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def serves(self, host: str) -> bool:
        """Whether it is to be asked for a connection there."""
        return bool(self.host) and not any(_fits(host.lower(), each) for each in (*_LOOPBACK, *self.directly))

    def and_directly(self, *more: str) -> HttpProxy:
        return msgspec.structs.replace(self, directly=(*self.directly, *more))

    def and_no_proxy(self, no_proxy: str) -> HttpProxy:
        """The same for what NO_PROXY says."""
        return self.and_directly(*parse_no_proxy(no_proxy))

    @property
    def authorization(self) -> str:
        """Value of Proxy-Authorization (RFC 7617); "": none is sent."""
        if not self.user and not self.password:
            return ""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


DIRECT = HttpProxy()


def _fits(host: str, rule: str) -> bool:
    if rule == "*":
        return True
    try:
        network = ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return host == rule or host.endswith("." + rule)
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def parse_proxy(text: str, no_proxy: str = "") -> HttpProxy:
    """`http://[USER:PASSWORD@]HOST[:PORT]`, or HOST:PORT; "" and "none" are none. Raises UsageError, which does not
    repeat what may be secret."""
    text = text.strip()
    if text in ("", NO_PROXY):
        return DIRECT
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port or DEFAULT_PORT
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        raise UsageError(_MALFORMED) from None
    if parts.scheme != "http":
        raise UsageError(
            f"a proxy of the kind {parts.scheme!r} is not known",
            next_step="Name an HTTP proxy: http://HOST:PORT. What goes through it is TLS all the same.",
        )
    if not host or not host.isascii() or any(char.isspace() or char == "%" for char in host):
        raise UsageError(_MALFORMED)
    return HttpProxy(host=host, port=port, user=user, password=password, directly=parse_no_proxy(no_proxy))


def parse_no_proxy(text: str) -> tuple[str, ...]:
    """Hosts, domains (`.example.org` and `example.org` are the same), addresses, networks, `*`; by commas or
    spaces. A port that is said is not looked at."""
    return tuple(filter(None, map(_rule, text.replace(",", " ").split())))


def _rule(word: str) -> str:
    word = word.lower()
    if word.startswith("["):
        return word[1:].partition("]")[0]
    name, _, port = word.rpartition(":")
    if name and ":" not in name and port.isdigit():
        word = name
    return word.removeprefix("*").removeprefix(".") or word


def proxy_of_environment(environment: Mapping[str, str]) -> HttpProxy:
    """As curl and others read it: `https_proxy`, then `all_proxy`, in small or in capital letters. Raises
    UsageError."""
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        if environment.get(name):
            no_proxy = environment.get("no_proxy") or environment.get("NO_PROXY", "")
            try:
                return parse_proxy(environment[name], no_proxy)
            except UsageError as error:
                raise UsageError(
                    f"the variable {name}: {error.message}",
                    next_step=error.next_step or "Or give --proxy none.",
                ) from None
    return DIRECT
