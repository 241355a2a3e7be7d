"""What the dashboard's editor offers: directives that a template can use, and values that the built-in ones do:
`python -m tests.kit.nginx_directives` writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nimbus.edge.templates import built_in
from nimbus.edge.templates.allowed import ALLOWED, BLOCKS

FILE = Path(__file__).parents[2] / "web/src/editor/directives.json"


def written() -> str:
    texts = "".join(built_in.text(name) for name in built_in.DESCRIPTIONS)
    values = set(re.findall(r"{{(?:#\w+ )?([a-z_0-9]+)}}", texts)) - {"else", "this"}
    return (
        json.dumps({"directives": sorted(ALLOWED | BLOCKS.keys()), "values": sorted(values)}, indent=2) + "\n"
    )


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
