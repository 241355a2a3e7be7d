"""The access log as nginx writes it: JSON, a format for each way of what must not leave the edge."""

from __future__ import annotations

from nimbus.protocol.access_logs import DROP_QUERY, MASK_CLIENT, PRIVACY_FIELD, PROBES_FROM

_NAME = "nimbus"
# Every value in quotes: nginx writes `-` where it has none, and lists of numbers.
_FIELDS = {
    "time": "$msec",
    "virtual_host": "$nimbus_host",
    "remote_addr": "$remote_addr",
    "method": "$request_method",
    "uri": "$request_uri",
    "protocol": "$server_protocol",
    "host": "$host",
    "status": "$status",
    "body_bytes_sent": "$body_bytes_sent",
    "request_time": "$request_time",
    "upstream_addr": "$upstream_addr",
    "upstream_response_time": "$upstream_response_time",
    "user_agent": "$http_user_agent",
    "referer": "$http_referer",
    "request_id": "$request_id",
}
_WAYS = ("", MASK_CLIENT, DROP_QUERY, MASK_CLIENT + DROP_QUERY)


def log_formats() -> str:
    """What stands once, outside of all servers."""
    # Addresses of both ends: a client's own word on where it is from decides the one, never the other.
    kept = (
        'map "$server_addr $remote_addr" $nimbus_logged {\n'
        f"    default 1;\n    \"127.0.0.1 {PROBES_FROM}\" '';\n}}\n"
    )
    return kept + "\n".join(_format(way) for way in _WAYS) + "\n"


def _format(way: str) -> str:
    # Said by the line itself: it is treated as its host wanted when it was written.
    values = ({PRIVACY_FIELD: way} if way else {}) | _FIELDS
    fields = ",".join(f'"{name}":"{value}"' for name, value in values.items())
    return f"log_format {_named(way)} escape=json '{{{fields}}}';"


def _named(way: str) -> str:
    return f"{_NAME}_{way}" if way else _NAME


def access_log(path: str, *, mask_client: bool = False, drop_query: bool = False) -> str:
    """The directive of a server. A request that ends before nginx has looked for its host has no `$nimbus_host`."""
    way = MASK_CLIENT * mask_client + DROP_QUERY * drop_query
    written = f"access_log {path} {_named(way)} buffer=64k flush=1s if=$nimbus_logged;"
    return f"{written}\n    uninitialized_variable_warn off;"
