"""WebSockets (RFC 6455) of the API: streams of what happens, which end when who follows may no longer."""
