from __future__ import annotations

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """`ok` null: neither good nor bad, or not known. `next_step` is what to do, "" for nothing."""

    ok: bool | None
    area: str
    what: str
    next_step: str = ""
