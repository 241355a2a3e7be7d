"""The control plane's configuration: fields, defaults, and what must hold between them."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Literal

import msgspec

from nimbus.protocol.errors import UsageError
from nimbus.protocol.logs import LogFormat, LogLevel
from nimbus.protocol.settings import words
from nimbus.settings.database_url import check_database_url, check_password, without_password
from nimbus.wireguard.model import MTU_LIMITS

DEFAULT_CONFIG_FILE = Path("/etc/nimbus/nimbus.toml")
ENVIRONMENT_PREFIX = "NIMBUS_"
MeshMode = Literal["auto", "kernel", "userspace", "off"]
Color = Literal["none", "blue", "green", "amber", "red", "violet"]
Enrolment = Literal["auto", "approve"]
LONGEST_NAME = 40


def default_data_dir() -> str:
    if os.geteuid() == 0:
        return "/var/lib/nimbus"
    base = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return str(Path(base) / "nimbus")


class ControlPlaneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Fields are flags (`--agent-port`), variables (`NIMBUS_AGENT_PORT`) and keys of the file (`agent_port`)."""

    data_dir: str = msgspec.field(default_factory=default_data_dir)
    """Directory of the database, the CA and the master key."""
    database: str = ""
    """postgresql://USER@HOST/NAME; the SQLite file `nimbus.db` of the data directory when empty."""
    database_password_file: str = ""
    """File with the password of that user, and nothing else."""
    listen: str = "0.0.0.0:8443"
    """ADDR:PORT of the API for operators and joining nodes."""
    agent_port: int = 8444
    """Port of the agents' listener, on the overlay address (without a mesh: on the listen address)."""
    endpoint: str = ""
    """HOST:PORT (UDP) at which nodes reach this control plane's WireGuard; of several, by commas, each in turn."""
    agent_addresses: str = ""
    """HOST:PORT, by commas, at which nodes reach the agents' listener, in the order in which they try them; empty:
    the overlay address (without a mesh: `advertise`) and `agent_port`."""
    api_addresses: str = ""
    """HOST:PORT, by commas, at which nodes reach the API from outside of the mesh; empty: `advertise` and the port
    of `listen`."""
    advertise: str = ""
    """Host name or address that join commands use for the API; found by itself when empty."""
    overlay: str = "10.106.103.0/24"
    """IPv4 network of the mesh."""
    mesh: MeshMode = "auto"
    """auto takes the kernel's WireGuard, else a userspace program, else none."""
    wireguard_port: int = 0
    """UDP port that WireGuard listens on here; 0: the port of `endpoint`, else 51820."""
    interface: str = "nimbus0"
    """Name of the WireGuard interface."""
    mtu: int = 0
    """MTU of the mesh, on this machine and on nodes that have none of their own; 0: as the way of each is."""
    node_port: int = 0
    """UDP port of WireGuard on every node that has none of its own; 0: the one that it took when it joined."""
    listen_console: Literal["all", "mesh"] = "all"
    """mesh: the dashboard is there on the overlay address and on loopback alone; the API stays everywhere."""
    tls_cert: str = ""
    """Certificate chain (PEM) of the API instead of the internal CA's."""
    tls_key: str = ""
    heartbeat_interval: float = 10.0
    """Seconds between heartbeats of a node."""
    rate_limit_per_address: float = 100.0
    """API requests per second from one address; up to four seconds' worth in a burst. 0: no limit."""
    rate_limit_per_key: float = 100.0
    """API requests per second of one user or service key. 0: no limit."""
    max_connections: int = 2000
    """Open connections to the API. When there are more, idle ones end; where none is, new ones are refused. 0: no
    limit."""
    max_connections_per_address: int = 200
    """The same of one address (of IPv6: one /64); not of trusted proxies. 0: no limit."""
    trusted_proxies: str = ""
    """Addresses and networks, by commas, of proxies whose X-Forwarded-For is believed."""
    proxy_listen: str = ""
    """ADDR:PORT of the agents' paths for nodes that sign their requests (--auth session-key), behind a proxy that
    ends TLS; off when empty."""
    proxy_listen_tls: Literal["on", "off"] = "on"
    """off: plain HTTP, for a proxy on this machine; on loopback addresses only."""
    proxy_url: str = ""
    """https:// URL at which those nodes reach the proxy; empty: `advertise` and the port of proxy_listen."""
    require_second_factor: bool = False
    """Whoever signs in without a second factor can only set one up."""
    enrolment: Enrolment = "auto"
    """approve: new nodes wait until an operator lets them in."""
    agent_sources: str = ""
    """Addresses and networks, by commas, that agents may come from; all when empty."""
    cors_origins: str = ""
    """Origins, by commas, whose pages may call the API; none when empty."""
    metrics_access: Literal["keys", "all"] = "keys"
    """all: anybody who reaches the API reads /metrics."""
    audit_destinations: Literal["outside", "all"] = "outside"
    """all: the audit log may be sent to addresses of this machine alone and in the mesh, too."""
    audit_retention_days: int = 365
    """How long audit log entries are kept; 0: forever."""
    event_retention_hours: float = 24.0
    """How far back clients can resume following events."""
    task_retention_days: int = 90
    """How long tasks are kept after they end; 0: forever."""
    task_retention_count: int = 200_000
    """How many tasks that have ended are kept at most; 0: any number."""
    access_log_retention_days: int = 30
    """Days that access logs are kept, 0: forever."""
    access_log_quota_gib: float = 20.0
    """GiB that all of them may take; then the oldest days go. 0: no limit."""
    acme_directory: str = "https://acme-v02.api.letsencrypt.org/directory"
    """Directory (RFC 8555) of the certificate authority that certificates of virtual hosts are ordered from."""
    acme_contact: str = ""
    """Mail address that the authority has of us; none when empty."""
    acme_ca_file: str = ""
    """PEM file of the authority that vouches for the directory's own certificate, where it is a private one."""
    acme_eab_key_id: str = ""
    """Id of the external account, where the authority wants one."""
    acme_eab_key_file: str = ""
    """File with that account's HMAC key, in base64url."""
    ended_retention_days: int = 30
    """How long join tokens, certificates, session keys and nodes are kept after they end; 0: forever."""
    artifact_quota_gib: float = 20.0
    """GiB that artifacts may take in the data directory, all together."""
    artifact_largest_gib: float = 8.0
    """GiB that one artifact may have."""
    backups_kept: int = 5
    """How many copies of the database are kept; 0: all."""
    master_key_file: str = ""
    """File with the master keys, one base64 key per line, the first seals; empty: `master.key` of the data
    directory."""
    display_name: str = ""
    """What people call this control plane: in the header, in the title, at the sign-in, in `nimbus whoami`."""
    display_color: Color = "none"
    """The color of its header, so that it is not taken for another one."""
    log_format: LogFormat = "auto"
    log_level: LogLevel = "info"


DEFAULT_WIREGUARD_PORT = 51820
DEFAULT_API_PORT = 8443
MOST_ADDRESSES = 8
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]+", re.ASCII)
_PROXY_URL = re.compile(r"https://[A-Za-z0-9.\[\]:-]+/?", re.ASCII)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str, setting: str) -> tuple[Network, ...]:
    """Addresses and networks (CIDR), by commas. Raises UsageError that names the setting."""
    networks = []
    for part in words(text):
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise UsageError(f"{setting}: {part!r} is no address or network: {error}") from None
    return tuple(networks)


def split_address(text: str, what: str, *, default_port: int | None = None) -> tuple[str, int]:
    """`HOST:PORT`, `[V6]:PORT`, and with a default port also `HOST` and `V6`. Raises UsageError."""
    host, separator, port = text.rpartition(":")
    if not separator or port.endswith("]") or (host.count(":") and not host.startswith("[")):
        host, port = text, str(default_port) if default_port is not None else ""
    host = host.strip("[]")
    if not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535:
        raise UsageError(f"{what}: {text!r} is not HOST:PORT")
    return host, int(port)


def without_secrets(config: ControlPlaneConfig) -> ControlPlaneConfig:
    """As it may be shown."""
    return msgspec.structs.replace(config, database=without_password(config.database))


def check(config: ControlPlaneConfig) -> None:
    """Raises UsageError when the values do not fit together."""
    if config.database:
        check_database_url(config.database)
    check_password(config.database, config.database_password_file)
    split_address(config.listen, "listen", default_port=8443)
    check_reach(config)
    if not 1 <= config.agent_port <= 65535:
        raise UsageError("agent_port must be from 1 to 65535")
    if config.listen_console == "mesh" and config.mesh == "off":
        raise UsageError(
            "listen_console = mesh needs the mesh, but mesh is off: the dashboard would be unreachable",
            next_step="Turn the mesh on, or set listen_console to all.",
        )
    if bool(config.tls_cert) != bool(config.tls_key):
        raise UsageError("tls_cert and tls_key belong together: give both or neither")
    if not 0.05 <= config.heartbeat_interval <= 300:
        raise UsageError("heartbeat_interval must be from 0.05 to 300 seconds")
    for name in ("rate_limit_per_address", "rate_limit_per_key"):
        if not 0 <= getattr(config, name) <= 1_000_000:
            raise UsageError(f"{name} must be from 0 (none) to 1000000 requests a second")
    for name in ("max_connections", "max_connections_per_address"):
        if not 0 <= getattr(config, name) <= 1_000_000:
            raise UsageError(f"{name} must be from 0 (none) to 1000000 connections")
    if not 0 <= config.audit_retention_days <= 36500:
        raise UsageError("audit_retention_days must be from 0 (keep forever) to 36500")
    if not 0.1 <= config.event_retention_hours <= 8760:
        raise UsageError("event_retention_hours must be from 0.1 to 8760")
    if not 0 <= config.access_log_quota_gib <= 1_000_000:
        raise UsageError("access_log_quota_gib must be from 0 (no limit) to 1000000")
    for name in ("task_retention_days", "ended_retention_days", "access_log_retention_days"):
        if not 0 <= getattr(config, name) <= 36500:
            raise UsageError(f"{name} must be from 0 (keep forever) to 36500")
    if not 0 <= config.task_retention_count <= 100_000_000:
        raise UsageError("task_retention_count must be from 0 (any number) to 100000000")
    for name in ("artifact_quota_gib", "artifact_largest_gib"):
        if not 0 <= getattr(config, name) <= 1_000_000:
            raise UsageError(f"{name} must be from 0 to 1000000 GiB")
    if not 0 <= config.backups_kept <= 1000:
        raise UsageError("backups_kept must be from 0 (all) to 1000")
    check_display_name(config.display_name)
    check_acme(config)
    check_proxy(config)
    for name in ("trusted_proxies", "agent_sources"):
        networks(getattr(config, name), name)
    for origin in words(config.cors_origins):
        if not _ORIGIN.fullmatch(origin):
            raise UsageError(f"cors_origins: {origin!r} is no origin such as https://console.example.org")


def check_acme(config: ControlPlaneConfig) -> None:
    """From where certificates are ordered."""
    if not config.acme_directory.startswith("https://"):
        raise UsageError("acme_directory must be an https:// URL")
    if config.acme_contact and "@" not in config.acme_contact[1:-1]:
        raise UsageError(f"acme_contact: {config.acme_contact!r} is no mail address")
    if bool(config.acme_eab_key_id) != bool(config.acme_eab_key_file):
        raise UsageError("acme_eab_key_id and acme_eab_key_file belong together: give both or neither")


def check_display_name(name: str) -> None:
    if len(name) > LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise UsageError(
            f"display_name must have at most {LONGEST_NAME} printable characters, without spaces around them"
        )


def check_reach(config: ControlPlaneConfig) -> None:
    """Where nodes reach this control plane, and what they are told about WireGuard."""
    for name, default in (
        ("endpoint", DEFAULT_WIREGUARD_PORT),
        ("agent_addresses", config.agent_port),
        ("api_addresses", DEFAULT_API_PORT),
    ):
        given = words(getattr(config, name))
        if getattr(config, name) and not given:
            raise UsageError(f"{name}: {getattr(config, name)!r} is not HOST:PORT")
        if len(given) > MOST_ADDRESSES:
            raise UsageError(f"{name}: at most {MOST_ADDRESSES} addresses")
        for address in given:
            host, port = split_address(address, name, default_port=default)
            if not host or not port or any(character.isspace() for character in host):
                raise UsageError(f"{name}: {address!r} needs a host and a port")
    if config.mtu and not MTU_LIMITS[0] <= config.mtu <= MTU_LIMITS[1]:
        raise UsageError(f"mtu must be 0 (as the way is) or from {MTU_LIMITS[0]} to {MTU_LIMITS[1]} bytes")
    if not 0 <= config.node_port <= 65535:
        raise UsageError("node_port must be from 0 (as the node joined) to 65535")


def check_proxy(config: ControlPlaneConfig) -> None:
    """What belongs to the listener for nodes that sign their requests."""
    if not config.proxy_listen:
        if config.proxy_url:
            raise UsageError("proxy_url needs proxy_listen", next_step="Set proxy_listen to ADDR:PORT.")
        return
    host, port = split_address(config.proxy_listen, "proxy_listen")
    if not port:
        raise UsageError("proxy_listen needs a port")
    if config.proxy_url and not _PROXY_URL.fullmatch(config.proxy_url):
        raise UsageError(
            f"proxy_url: {config.proxy_url!r} is no URL such as https://agents.example.org (without a path)"
        )
    if config.proxy_listen_tls == "on":
        return
    if not _is_loopback(host):
        raise UsageError(
            "proxy_listen_tls = off is for loopback addresses: elsewhere requests would travel in the clear",
            next_step="Listen on 127.0.0.1, or leave TLS on.",
        )
    if not config.proxy_url:
        raise UsageError("proxy_listen_tls = off needs proxy_url: the proxy's https:// address")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
