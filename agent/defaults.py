"""What applies where neither a flag, a variable nor the settings file says otherwise."""

from __future__ import annotations

DATA_DIR = "/var/lib/nimbus-agent"
INTERFACE = "nimbus0"
CONFIG_FILE = "/etc/nimbus/agent.toml"
ARTIFACT_QUOTA_GIB = 10.0
