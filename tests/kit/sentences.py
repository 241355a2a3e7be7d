"""The dashboard's words for actions and events, from those of the server: `python -m tests.kit.sentences` writes
them."""

from __future__ import annotations

import json
from pathlib import Path

from nimbus.kernel.sentences import ACTIONS, EVENTS

FILE = Path(__file__).parents[2] / "web/src/text/records/sentences.json"


def written() -> str:
    lines = {name: json.dumps(of) for name, of in (*ACTIONS.items(), *EVENTS.items())}
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: {text}" for name, text in lines.items()) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
