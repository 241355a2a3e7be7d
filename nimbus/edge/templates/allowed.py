"""What a template of an operator can say: directives by name, and no path, program or file of its own choice.

Checking a configuration with `nginx -t` already runs it, so this comes before. What is not here is refused: above
all what loads code, reads or writes files, names users, resolvers or logs, or is about the whole of nginx.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from nimbus.edge.templates.parsing import TemplateError
from nimbus.edge.templates.structure import Directive

# What stands for a path, the names of a server and an upstream block that Nimbus gave, in a text that is checked.
FILE, NAME, BLOCK = "/nimbus-file", "nimbus-name", "nimbus-block"
# Where files that are served may lie, when a template itself says it.
_ROOTS = re.compile(r"/(srv|var/www|usr/share/nginx/html)(/[A-Za-z0-9_][A-Za-z0-9._-]*)*/?", re.ASCII)
BLOCKS = {"server": ("",), "location": ("server", "location"), "if": ("server", "location")}
ALLOWED = frozenset(
    re.findall(
        r"[a-z0-9_]+",
        """
    listen server_name ssl_certificate ssl_certificate_key ssl_protocols ssl_ciphers gzip_static
    absolute_redirect add_header add_trailer allow autoindex autoindex_exact_size autoindex_format
    autoindex_localtime break charset chunked_transfer_encoding client_body_buffer_size client_body_timeout
    client_header_timeout client_max_body_size default_type deny empty_gif error_page etag expires gunzip
    gzip gzip_buffers gzip_comp_level gzip_disable gzip_http_version gzip_min_length gzip_proxied gzip_types
    gzip_vary http2 http3 http3_hq if_modified_since index internal keepalive_requests keepalive_timeout
    large_client_header_buffers limit_conn limit_except limit_rate limit_rate_after limit_req
    limit_req_status lingering_close lingering_time lingering_timeout log_not_found max_ranges msie_padding
    merge_slashes output_buffers port_in_redirect postpone_output proxy_buffer_size proxy_buffering
    proxy_buffers proxy_busy_buffers_size proxy_connect_timeout proxy_cookie_domain proxy_cookie_flags
    proxy_cookie_path proxy_hide_header proxy_http_version proxy_ignore_client_abort proxy_ignore_headers
    proxy_intercept_errors proxy_limit_rate proxy_max_temp_file_size proxy_method proxy_next_upstream
    proxy_next_upstream_timeout proxy_next_upstream_tries proxy_pass proxy_pass_header
    proxy_pass_request_body proxy_pass_request_headers proxy_read_timeout proxy_redirect
    proxy_request_buffering proxy_send_lowat proxy_send_timeout proxy_set_body proxy_set_header
    proxy_socket_keepalive proxy_ssl_ciphers proxy_ssl_name proxy_ssl_protocols proxy_ssl_server_name
    proxy_ssl_session_reuse proxy_ssl_verify proxy_ssl_verify_depth real_ip_header real_ip_recursive
    recursive_error_pages request_pool_size reset_timedout_connection return rewrite root satisfy
    send_timeout sendfile set set_real_ip_from ssl_early_data ssl_prefer_server_ciphers
    ssl_session_cache ssl_session_tickets ssl_session_timeout sub_filter sub_filter_last_modified
    sub_filter_once sub_filter_types tcp_nodelay tcp_nopush try_files types underscores_in_headers
    valid_referers
        """,
    )
)
# The tests of `if` that look at files of the edge.
_FILE_TESTS = re.compile(r"(\(?!?-[fdex]$|\(!?-[fdex])")
# nginx asks for no name while it runs, and does not start when one is not found.
_BACKEND = re.compile(
    rf"https?://({BLOCK}\$request_uri|({BLOCK}|[0-9]{{1,3}}(\.[0-9]{{1,3}}){{3}}|\[[0-9a-f:]+\])(:[0-9]{{1,5}})?(/.*)?)",
    re.ASCII,
)
_OURS = re.compile(r"\$\{?nimbus_(?!dollar\b)")


# An address and port of `listen` to the options that it may have.
Listens = Mapping[str, frozenset[str]]


def check_allowed(directives: Iterable[Directive], listens: Listens) -> None:
    """Of what a template became with harmless values. Raises TemplateError for the first thing that is not
    allowed."""
    for directive in directives:
        _check(directive, listens)


def check_complete(directives: Sequence[Directive]) -> None:
    """Each server says where it listens and what it is called: nginx's own choice would be a port and a name that
    are not the virtual host's. Raises TemplateError."""
    servers = [directive.end for directive in directives if directive.opens and not directive.blocks]
    for number, (begin, after) in enumerate(zip(servers, [*servers[1:], None], strict=True)):
        inside = {
            directive.name
            for directive in directives
            if directive.blocks == ("server",)
            and directive.end > begin
            and (after is None or directive.end < after)
        }
        if missing := {"listen", "server_name"} - inside:
            raise TemplateError(f"server {number + 1} has no {' and no '.join(sorted(missing))}", 1)


def _check(directive: Directive, listens: Listens) -> None:
    name, line, around = directive.name, directive.line, directive.blocks[-1] if directive.blocks else ""
    if around == "types":
        # Kinds of content, by themselves.
        return
    if directive.opens or name in BLOCKS:
        _check_block(directive, around)
    elif not directive.blocks:
        raise TemplateError(f"{name!r} stands outside of a server: a template has only server blocks", line)
    elif name not in ALLOWED:
        raise TemplateError(f"the directive {name!r} cannot be used in a template", line)
    elif reason := _refusal(name, directive.arguments) or _refused_place(name, directive.arguments, listens):
        raise TemplateError(f"{name}: {reason}", line)


def _refusal(name: str, arguments: tuple[str, ...]) -> str:
    """Why these arguments cannot be; "" when they can."""
    if any(_OURS.search(argument) for argument in arguments):
        return "variables whose names begin with nimbus_ are Nimbus's own"
    if name in ("ssl_certificate", "ssl_certificate_key") and set(arguments) != {FILE}:
        return f"takes the value {{{{{name}_path}}}} and nothing else"
    if name == "root" and not all(path == FILE or _ROOTS.fullmatch(path) for path in arguments):
        return "takes {{root}}, or a folder in /srv, /var/www or /usr/share/nginx/html"
    if name in ("proxy_pass", "set") and any("unix:" in argument.lower() for argument in arguments):
        return "a socket of the machine is named by an upstream, not by a template"
    return ""


def _refused_place(name: str, arguments: tuple[str, ...], listens: Listens) -> str:
    """Names and ports are of one virtual host on an edge, and of the one that has them."""
    if name == "server_name" and set(arguments) != {NAME}:
        return "takes the value {{server_name}} and nothing else"
    if name == "listen":
        where, *options = arguments or ("",)
        if where not in listens or not listens[where].issuperset(options):
            return "write {{listen}}, or {{port}} with those of ssl, http2 and quic that {{#if}} says the host has"
    if name == "proxy_pass" and not all(_BACKEND.fullmatch(argument) for argument in arguments):
        return "takes http://{{upstream_name}} with a path, or an address"
    return ""


def _check_block(directive: Directive, around: str) -> None:
    name, line = directive.name, directive.line
    is_usual = directive.opens and around in BLOCKS.get(name, ())
    is_within = directive.opens and (name == "types" or (name == "limit_except" and around == "location"))
    if not is_usual and not (is_within and directive.blocks):
        where = f"within {around!r}" if around else "outside of a server"
        raise TemplateError(f"a block {name!r} cannot stand {where}", line)
    if name == "if" and any(_FILE_TESTS.match(argument) for argument in directive.arguments):
        raise TemplateError("if: tests for files of the machine cannot be used in a template", line)
