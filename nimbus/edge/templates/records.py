"""What an operator says of a template."""

from __future__ import annotations

from typing import Annotated

import msgspec


class TemplateSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`text`: nginx's configuration of a virtual host, with values in it."""

    text: Annotated[str, msgspec.Meta(min_length=1)]
