"""WireGuard over TLS, where UDP is blocked: a WebSocket (RFC 6455) of the API's listener, a datagram in a message.

The bytes are WireGuard's own, encrypted between the node and the control plane's device. TLS adds nothing but a
shape that networks let through, and that the node talks to nobody but its control plane's API.
"""

from __future__ import annotations

PATH = "/v1/wireguard"
SUBPROTOCOL = "nimbus.wireguard.v1"
# What the API's listener takes as one message.
MOST_BYTES = 4096
