"""One line about each setting of `nimbus api`: for its flags, and for whoever reads the settings over the API."""

from __future__ import annotations

SETTING_WORDS = {
    "data_dir": "directory of the database, the CA and the master key",
    "listen": "ADDR:PORT of the API (default: 0.0.0.0:8443)",
    "agent_port": "port of the agents' listener (default: 8444)",
    "endpoint": "public HOST:PORT (UDP) of WireGuard, as nodes reach it",
    "advertise": "host that join commands name (found by itself when not given)",
    "overlay": "IPv4 network of the mesh (default: 10.106.103.0/24)",
    "mesh": "WireGuard by the kernel, by a userspace program, by what there is (auto), or off",
    "wireguard_port": "UDP port of WireGuard on this machine (default: that of --endpoint, else 51820)",
    "interface": "name of the WireGuard interface (default: nimbus0)",
    "listen_console": "mesh: the dashboard is reached over the mesh and on this host alone (default: all)",
    "tls_cert": "certificate chain (PEM) for the API instead of the internal CA's",
    "tls_key": "private key (PEM) of --tls-cert",
    "heartbeat_interval": "seconds between heartbeats of a node (default: 10)",
    "rate_limit_per_address": "API requests a second from one address, 0 for no limit (default: 100)",
    "rate_limit_per_key": "API requests a second of one user or service key, 0 for no limit (default: 100)",
    "max_connections": "open connections to the API, 0 for no limit (default: 2000)",
    "max_connections_per_address": "the same of one address, 0 for no limit (default: 200)",
    "trusted_proxies": "addresses and networks, by commas, of proxies whose X-Forwarded-For is believed",
    "audit_retention_days": "days that the audit log keeps its rows, 0 for ever (default: 365)",
    "event_retention_hours": "hours that clients can go back to when they follow events (default: 24)",
    "task_retention_days": "days that a task is kept after it has ended, 0 for ever (default: 90)",
    "task_retention_count": "tasks that have ended and are kept at most, 0 for any number (default: 200000)",
    "ended_retention_days": "days that tokens, certificates, nodes are kept after their end, 0: for ever (30)",
    "artifact_quota_gib": "GiB that artifacts may take in all (default: 20)",
    "artifact_largest_gib": "GiB that one artifact may have (default: 8)",
    "backups_kept": "copies of the database that are kept, 0 for all (default: 5)",
    "proxy_listen": "ADDR:PORT for nodes that sign their requests, behind a proxy that ends TLS (default: off)",
    "proxy_listen_tls": "off is plain HTTP, on loopback addresses only (default: on)",
    "proxy_url": "https:// URL of that proxy, as nodes reach it",
    "enrolment": "approve: new nodes wait until an operator lets them in (default: auto)",
    "agent_sources": "addresses and networks, by commas, that agents may come from (default: all)",
    "cors_origins": "origins, by commas, whose pages may call the API (default: none)",
    "master_key_file": "file with the master keys (default: master.key in the data directory)",
    "log_format": "form of the log: auto is text on a terminal, JSON elsewhere",
    "log_level": "how much is logged",
}
# Settings whose value is a secret itself. The others name files that hold one.
SECRET_SETTINGS: frozenset[str] = frozenset()
