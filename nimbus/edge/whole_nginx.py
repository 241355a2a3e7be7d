"""What an edge's nginx has once, for all virtual hosts together: log format, variables, ports with a server that
refuses names nobody serves, and the server that tells which generation is running."""

from __future__ import annotations

from collections.abc import Iterable

from nimbus.edge.dialects import Dialect
from nimbus.edge.virtual_hosts.configuration import Listen
from nimbus.protocol.nginx.words import DOLLAR_DEFINITION

LOG_FORMAT = "nimbus"
# Every value in quotes: nginx writes `-` where it has none, and lists of numbers.
_LOG_FIELDS = {
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


def whole_nginx(
    dialect: Dialect, listens: Iterable[Listen], *, has_ipv6: bool, generation: int, generation_socket: str
) -> str:
    """The file that is read before all virtual hosts."""
    parts = [
        DOLLAR_DEFINITION,
        "map $http_upgrade $nimbus_connection {\n    default upgrade;\n    '' '';\n}\n",
        "server_names_hash_bucket_size 256;\nserver_names_hash_max_size 8192;\nserver_tokens off;\n",
        _log_format(),
        *(_catch_all(dialect, listen, has_ipv6) for listen in merged(listens)),
        _generation(generation, generation_socket),
    ]
    return "\n".join(parts)


def merged(listens: Iterable[Listen]) -> list[Listen]:
    """Each port once: in old dialects HTTP/2 belongs to the socket, so that one which has it gives it to all."""
    found: dict[tuple[int, bool, bool], Listen] = {}
    for listen in sorted(listens):
        key = listen.port, listen.ssl, listen.quic
        has_http2 = listen.http2 or (key in found and found[key].http2)
        found[key] = listen._replace(http2=has_http2)
    return list(found.values())


def _log_format() -> str:
    fields = ",".join(f'"{name}":"{value}"' for name, value in _LOG_FIELDS.items())
    return f"log_format {LOG_FORMAT} escape=json '{{{fields}}}';\n"


def _catch_all(dialect: Dialect, listen: Listen, has_ipv6: bool) -> str:
    """Answers for names that no virtual host has: closes without an answer, and shows no certificate."""
    options = " default_server"
    if listen.quic:
        options = " quic reuseport default_server"
    elif listen.ssl:
        options = " ssl" + (" http2" if listen.http2 and not dialect.has_http2_directive else "") + options
    addresses = [f"{listen.port}", *([f"[::]:{listen.port}"] if has_ipv6 else [])]
    lines = [f"    listen {address}{options};" for address in addresses]
    closes = "    ssl_reject_handshake on;" if listen.ssl else "    return 444;"
    return "\n".join(["server {", *lines, "    server_name _;", "    set $nimbus_host '';", closes, "}", ""])


def _generation(generation: int, socket: str) -> str:
    return (
        "server {\n"
        f"    listen unix:{socket};\n"
        "    access_log off;\n"
        "    set $nimbus_host '';\n"
        f'    location = /generation {{\n        return 200 "{generation}";\n    }}\n'
        "    location = /status {\n        stub_status;\n    }\n"
        "}\n"
    )
