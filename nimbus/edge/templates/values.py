"""What a template may be given, and which of it nginx may still interpret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# Of nginx 1.22 and later, in every build: what may stand in a value of an operator. None of them has what a secret
# is in by itself, and none is decoded, as a path or `remote_user` is: it could carry a new line into a header.
VARIABLES = frozenset(
    {
        "args",
        "binary_remote_addr",
        "connection",
        "content_length",
        "content_type",
        "host",
        "hostname",
        "http_host",
        "http_origin",
        "http_referer",
        "http_upgrade",
        "http_user_agent",
        "http_x_request_id",
        "https",
        "is_args",
        "msec",
        "proxy_add_x_forwarded_for",
        "proxy_host",
        "query_string",
        "remote_addr",
        "remote_port",
        "request_id",
        "request_length",
        "request_method",
        "request_uri",
        "scheme",
        "server_addr",
        "server_name",
        "server_port",
        "server_protocol",
        "ssl_cipher",
        "ssl_protocol",
        "ssl_server_name",
        "status",
        "time_iso8601",
        "upstream_addr",
        "upstream_cache_status",
        "upstream_response_time",
        "upstream_status",
    }
)


class Words(tuple[str, ...]):
    """Several words of one directive, such as the names of a server."""

    __slots__ = ()


class Names(Words):
    """The names of a server."""

    __slots__ = ()


class BlockName(str):
    """The name of an upstream block."""

    __slots__ = ()


class Expression(str):
    """A text in which nginx's variables of `VARIABLES` may stand."""

    __slots__ = ()


class FilePath(str):
    """A path on the edge that Nimbus or a checked field of the virtual host names."""

    __slots__ = ()


class Written(str):
    """Configuration that Nimbus itself has written: it stands as it is."""

    __slots__ = ()


Value = str | int | bool | Words | None | Sequence["Item"]
Item = Mapping[str, Value] | str | int
