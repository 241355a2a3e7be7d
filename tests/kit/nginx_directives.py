"""The directives that the dashboard's editor offers, from those that a template can use: `python -m
tests.kit.nginx_directives` writes them."""

from __future__ import annotations

import json
from pathlib import Path

from nimbus.edge.templates.allowed import ALLOWED, BLOCKS

FILE = Path(__file__).parents[2] / "web/src/editor/directives.json"


def written() -> str:
    return json.dumps(sorted(ALLOWED | BLOCKS.keys()), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
