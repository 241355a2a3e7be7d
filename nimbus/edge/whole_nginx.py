"""What an edge's nginx has once, for all virtual hosts together: log format, variables, ports with a server that
refuses names nobody serves, and the server that tells which generation is running."""

from __future__ import annotations

from collections.abc import Iterable

from nimbus.edge.dialects import Dialect
from nimbus.edge.log_formats import access_log as access_log_of
from nimbus.edge.log_formats import log_formats
from nimbus.edge.virtual_hosts.configuration import Listen
from nimbus.protocol.nginx.words import DOLLAR_DEFINITION


def whole_nginx(
    dialect: Dialect,
    listens: Iterable[Listen],
    *,
    has_ipv6: bool,
    generation: int,
    generation_socket: str,
    access_log: str = "",
) -> str:
    """The file that is read before all virtual hosts. `access_log` "": of names that nobody serves none is kept."""
    parts = [
        DOLLAR_DEFINITION,
        "map $http_upgrade $nimbus_connection {\n    default upgrade;\n    '' '';\n}\n",
        "server_names_hash_bucket_size 512;\nserver_names_hash_max_size 8192;\n",
        log_formats(),
        *(_catch_all(dialect, listen, has_ipv6, access_log) for listen in merged(listens)),
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


def _catch_all(dialect: Dialect, listen: Listen, has_ipv6: bool, log: str) -> str:
    """Answers for names that no virtual host has: closes without an answer, and shows no certificate."""
    options = " default_server"
    if listen.quic:
        options = " quic reuseport default_server"
    elif listen.ssl:
        options = " ssl" + (" http2" if listen.http2 and not dialect.has_http2_directive else "") + options
    addresses = [f"{listen.port}", *([f"[::]:{listen.port}"] if has_ipv6 else [])]
    lines = [f"    listen {address}{options};" for address in addresses]
    logged = access_log_of(log) if log else "access_log off;"
    closes = "    ssl_reject_handshake on;" if listen.ssl else "    return 444;"
    return "\n".join(
        [
            "server {",
            *lines,
            "    server_name _;",
            # Not outside of servers: there Debian's own nginx.conf says it, and nginx takes it once.
            "    server_tokens off;",
            f"    {logged}",
            "    set $nimbus_host '';",
            closes,
            "}",
            "",
        ]
    )


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
