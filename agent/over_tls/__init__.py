"""The way to the control plane where UDP is blocked: WireGuard's datagrams over TLS to its API.

WireGuard sends to a socket on this machine's loopback. Each of its handshakes goes out by UDP first, and over TLS a
second later, unless it has been answered: so the way back to UDP is found with every handshake, at no cost.

    WireGuard --127.0.0.1--> TlsTunnel --UDP--> control plane              what starts a session, first
                             TlsTunnel --WebSocket over TLS--> control plane
"""
