"""What parameters and bodies look like, where that helps. By the name of the parameter, or of the body's type."""

from __future__ import annotations

from typing import Any

PARAMETERS = {
    "action": "node.*",
    "label": "tier=gold",
    "permission": "agent:read",
    "since": "2026-11-01T00:00:00Z",
    "workspace": "default/default",
}
BODIES: dict[str, dict[str, Any]] = {
    "BindingRequest": {"role": "operator", "user": "ann", "workspace": "acme/web"},
    "GroupRequest": {"name": "on-call", "organization": "acme"},
    "LoginRequest": {"username": "ann", "password": "correct horse battery staple"},
    "MemberRequest": {"user": "ann"},
    "MoveRequest": {"organization": "acme"},
    "NodePatch": {"labels": {"tier": "gold", "old": None}, "maintenance": True},
    "OrganizationRequest": {"name": "acme", "description": "Acme Ltd"},
    "PersonalKeyRequest": {"name": "laptop", "kind": "api-key", "ttl": "90d"},
    "RoleRequest": {"name": "reader", "organization": "acme", "permissions": ["agent:read", "task:read"]},
    "RotateRequest": {"overlap": "24h"},
    "CaRotationRequest": {},
    "SecretRequest": {"name": "database", "workspace": "acme/db", "value": "swordfish"},
    "ServiceKeyRequest": {"name": "ci", "role": "operator", "workspace": "acme/web", "kind": "api-key"},
    "TaskRequest": {"node": "web-1", "kind": "collect_facts"},
    "TemplateRequest": {
        "name": "shop",
        "workspace": "acme/web",
        "text": "server {\n    {{listen}}\n    server_name {{server_name}};\n    return 204;\n}\n",
    },
    "UpstreamRequest": {
        "name": "app",
        "workspace": "acme/web",
        "servers": [{"address": "10.0.0.5:8080"}, {"address": "app.example.com:8080", "weight": 2}],
    },
    "VirtualHostRequest": {
        "name": "shop",
        "workspace": "acme/web",
        "server_name": ["www.example.com"],
        "ssl_enabled": False,
        "listen_port": 80,
        "locations": [{"path": "/", "redirect": "https://shop.example.com/"}],
    },
    "TokenRequest": {
        "name": "web-1",
        "workspace": "default/default",
        "ttl": "1h",
        "labels": {"tier": "gold"},
    },
    "UploadRequest": {
        "name": "k3s",
        "version": "1.36.3",
        "cpu": "x86_64",
        "size": 5,
        "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    },
    "UserRequest": {"username": "ann", "email": "ann@example.org", "organization": "acme"},
    "WorkspaceRequest": {"name": "web", "organization": "acme", "labels": {"tier": "gold"}},
}
