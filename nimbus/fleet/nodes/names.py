"""Names of nodes: they are names in the mesh's DNS too."""

from __future__ import annotations

import re

from nimbus.kernel import naming

# The control plane's own name in the mesh; a path beside those of nodes.
RESERVED_NAMES = frozenset({"control-plane", "tokens"})


def check_name(name: str) -> str:
    """The name in lower case. Raises ValidationError."""
    return naming.check_name(name, reserved=RESERVED_NAMES)


def name_from_hostname(hostname: str) -> str:
    """The nearest valid name: `Web_01.example.org` becomes `web-01`."""
    name = re.sub(r"[^a-z0-9-]+", "-", hostname.split(".")[0].lower()).strip("-")[:63].strip("-")
    return name if naming.is_name(name) and name not in RESERVED_NAMES else "node"
