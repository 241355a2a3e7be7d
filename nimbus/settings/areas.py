"""What each setting of `nimbus api` is called on a page, and which of them belong together."""

from __future__ import annotations

AREAS: dict[str, dict[str, str]] = {
    "This control plane": {
        "display_name": "Name",
        "display_color": "Color",
        "advertise": "Public address",
        "data_dir": "Data directory",
        "database": "Database",
        "database_password_file": "Database password file",
        "master_key_file": "Master key file",
    },
    "API and dashboard": {
        "listen": "API address",
        "listen_console": "Dashboard access",
        "tls_cert": "TLS certificate",
        "tls_key": "TLS private key",
        "rate_limit_per_address": "Requests per second from one address",
        "rate_limit_per_key": "Requests per second of one user or key",
        "max_connections": "Open connections",
        "max_connections_per_address": "Open connections from one address",
        "trusted_proxies": "Trusted proxies",
        "cors_origins": "Allowed origins",
        "metrics_access": "Access to /metrics",
        "audit_destinations": "Audit log destinations",
        "require_second_factor": "Second factor required",
    },
    "Nodes": {
        "enrolment": "Approval of new nodes",
        "agent_sources": "Allowed addresses of agents",
        "agent_port": "Agent port",
        "agent_addresses": "Agent addresses",
        "api_addresses": "API addresses for nodes",
        "heartbeat_interval": "Heartbeat interval",
        "proxy_listen": "Agent listener behind a proxy",
        "proxy_listen_tls": "TLS of that listener",
        "proxy_url": "URL of that proxy",
    },
    "Mesh": {
        "mesh": "WireGuard",
        "overlay": "Overlay network",
        "endpoint": "WireGuard endpoint",
        "wireguard_port": "WireGuard port",
        "interface": "Interface",
        "mtu": "MTU",
        "node_port": "WireGuard port on nodes",
    },
    "Retention": {
        "audit_retention_days": "Audit log",
        "event_retention_hours": "Events",
        "task_retention_days": "Ended tasks",
        "task_retention_count": "Number of ended tasks",
        "access_log_retention_days": "Access logs",
        "access_log_quota_gib": "Size of all access logs",
        "ended_retention_days": "Ended tokens, certificates and nodes",
        "backups_kept": "Backups",
    },
    "Certificates": {
        "acme_directory": "Certificate authority",
        "acme_contact": "Mail address for it",
        "acme_ca_file": "Authority of its TLS certificate",
        "acme_eab_key_id": "External account",
        "acme_eab_key_file": "Key file of the external account",
    },
    "Artifacts": {
        "artifact_quota_gib": "Size of all artifacts",
        "artifact_largest_gib": "Size of one artifact",
    },
    "Logs": {"log_level": "Level", "log_format": "Format"},
}
PLACES: dict[str, tuple[str, str]] = {
    name: (area, title) for area, titles in AREAS.items() for name, title in titles.items()
}
