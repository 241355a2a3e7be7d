"""Which addresses this control plane is reached at."""

from __future__ import annotations

import ipaddress
import socket

from nimbus.protocol.settings import words
from nimbus.settings.configuration import DEFAULT_WIREGUARD_PORT, ControlPlaneConfig, split_address

_WILDCARDS = ("", "0.0.0.0", "::", "*")  # noqa: S104
# TEST-NET-1 (RFC 5737): connecting a UDP socket sends nothing, it only asks the routing table.
_ANYWHERE = ("192.0.2.1", 9)


def listen_address(config: ControlPlaneConfig) -> tuple[str, int]:
    """Where nodes are told an IPv6 address, all addresses of IPv4 are those of both families."""
    host, port = split_address(config.listen, "listen", default_port=8443)
    if is_wildcard(host) and host != "::":
        host = "::" if _tells_ipv6(config) else "0.0.0.0"  # noqa: S104
    return host, port


def _tells_ipv6(config: ControlPlaneConfig) -> bool:
    """Whether a join command, or what nodes are told, names an IPv6 address of this host."""
    told = (
        ("advertise", config.advertise),
        ("endpoint", config.endpoint),
        ("api_addresses", config.api_addresses),
    )
    hosts = (split_address(word, name, default_port=0)[0] for name, text in told for word in words(text))
    return any(":" in host for host in hosts)


def is_wildcard(host: str) -> bool:
    return host in _WILDCARDS


def advertised_host(config: ControlPlaneConfig) -> str:
    """What join commands name: as configured, the listen address, the endpoint's host, or the address that
    this machine uses towards others."""
    if config.advertise:
        return split_address(config.advertise, "advertise", default_port=0)[0]
    host, _ = listen_address(config)
    if not is_wildcard(host):
        return host
    if config.endpoint:
        first = words(config.endpoint)[0]
        return split_address(first, "endpoint", default_port=DEFAULT_WIREGUARD_PORT)[0]
    return outgoing_address()


def outgoing_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ANYWHERE)
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def wireguard_endpoints(config: ControlPlaneConfig) -> tuple[str, ...]:
    """HOST:PORT for the nodes, in the order in which they try them; at least one."""
    if config.endpoint:
        return _addresses(config.endpoint, "endpoint", DEFAULT_WIREGUARD_PORT)
    return (_joined(advertised_host(config), config.wireguard_port or DEFAULT_WIREGUARD_PORT),)


def agent_urls(config: ControlPlaneConfig, overlay_address: str | None) -> tuple[str, ...]:
    """Base URLs of the agents' listener, as nodes try them; at least one."""
    if config.agent_addresses:
        given = _addresses(config.agent_addresses, "agent_addresses", config.agent_port)
        return tuple(f"https://{address}" for address in given)
    return (url(overlay_address or advertised_host(config), config.agent_port),)


def api_urls(config: ControlPlaneConfig) -> tuple[str, ...]:
    """Base URLs of the API from outside of the mesh, as nodes try them; at least one."""
    port = listen_address(config)[1]
    if config.api_addresses:
        return tuple(
            f"https://{address}" for address in _addresses(config.api_addresses, "api_addresses", port)
        )
    return (url(advertised_host(config), port),)


def _addresses(text: str, setting: str, default_port: int) -> tuple[str, ...]:
    given = (split_address(word, setting, default_port=default_port) for word in words(text))
    return tuple(dict.fromkeys(_joined(host, port) for host, port in given))


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def wireguard_port(config: ControlPlaneConfig) -> int:
    if config.wireguard_port:
        return config.wireguard_port
    return split_address(wireguard_endpoints(config)[0], "endpoint", default_port=DEFAULT_WIREGUARD_PORT)[1]


def url(host: str, port: int) -> str:
    return f"https://{_joined(host, port)}"


def certificate_hosts(config: ControlPlaneConfig, overlay_address: str | None) -> list[str]:
    """The names and addresses that the listeners' certificate must hold."""
    host, _ = listen_address(config)
    hosts = ["localhost", "127.0.0.1", "::1", socket.gethostname(), advertised_host(config)]
    if not is_wildcard(host):
        hosts.append(host)
    if overlay_address:
        hosts.append(overlay_address)
    for setting, port in (("agent_addresses", config.agent_port), ("api_addresses", 1)):
        given = words(getattr(config, setting))
        hosts += [split_address(word, setting, default_port=port)[0] for word in given]
    return [host for host in dict.fromkeys(hosts) if _is_name_or_address(host)]


def _is_name_or_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and host.isascii() and all(c.isalnum() or c in ".-" for c in host)
    return True


def proxy_url(config: ControlPlaneConfig) -> str:
    """Where agents that sign reach the control plane: as set, or `proxy_listen` itself when that speaks TLS."""
    if config.proxy_url or not config.proxy_listen:
        return config.proxy_url.rstrip("/")
    return url(advertised_host(config), split_address(config.proxy_listen, "proxy_listen")[1])


def public_url(config: ControlPlaneConfig) -> str:
    """Where browsers reach the dashboard: https://HOST:PORT."""
    return url(advertised_host(config), listen_address(config)[1])
