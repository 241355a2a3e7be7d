"""What nginx of a version and build understands: one model is written in the words of each.

Sources: nginx's CHANGES (https://nginx.org/en/CHANGES), `ngx_http_v2_module`, `ngx_http_v3_module`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_VERSION = re.compile(r"nginx/(\d+)\.(\d+)\.(\d+)")
_MODULE = re.compile(r"--with-((?:http|stream)_[a-z0-9_]+)_module")
_OLDEST = (1, 18, 0)


class Dialect(NamedTuple):
    """`modules` without the `_module` of their names, such as `http_v3`; only those that a build may lack."""

    version: tuple[int, int, int]
    modules: frozenset[str]

    @property
    def has_http2_directive(self) -> bool:
        """`http2 on` came with 1.25.1; `listen ... http2` warns since."""
        return self.version >= (1, 25, 1)

    @property
    def can_http2(self) -> bool:
        return "http_v2" in self.modules

    @property
    def can_http3(self) -> bool:
        return self.version >= (1, 25, 0) and "http_v3" in self.modules

    @property
    def can_hold_sni_back(self) -> bool:
        """`ssl_reject_handshake` came with 1.19.4: nobody sees a certificate for a name that is not served."""
        return self.version >= (1, 19, 4)

    def __str__(self) -> str:
        return "nginx " + ".".join(map(str, self.version))


def dialect_of(said: str) -> Dialect | None:
    """From what `nginx -V` says; None when that is not nginx's, or older than 1.18."""
    found = _VERSION.search(said)
    if found is None:
        return None
    version = int(found[1]), int(found[2]), int(found[3])
    return Dialect(version, frozenset(_MODULE.findall(said))) if version >= _OLDEST else None


_USUAL = frozenset({"http_ssl", "http_v2", "http_realip", "http_sub", "http_gzip_static"})
# What is written differently: one of each class, by the oldest release that is of it.
CLASSES: dict[str, Dialect] = {
    "1.22": Dialect((1, 22, 1), _USUAL),
    "1.26": Dialect((1, 26, 3), _USUAL | {"http_v3"}),
    "1.30": Dialect((1, 30, 6), _USUAL | {"http_v3"}),
}
