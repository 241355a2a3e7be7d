"""The API's types for the dashboard: `python3 build.py web --types` writes `web/src/api/schema.ts` with this."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from nimbus.http.openapi.document import openapi
from tests.kit.declared_routes import declared_routes

WEB = Path(__file__).parents[2] / "web"
TYPES = WEB / "src/api/schema.ts"


def _shapes(schema: Any) -> Any:
    """Without the choices that only bound a value, or fields beside each other: to TypeScript they have no type."""
    if isinstance(schema, list):
        return [_shapes(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _shapes(value)
        for name, value in schema.items()
        if not (name in ("oneOf", "anyOf") and not any("type" in each or "$ref" in each for each in value))
    }


def api_types(node: str) -> str:
    """As TypeScript, by the program openapi-typescript among the dashboard's packages."""
    done = subprocess.run(
        [node, "scripts/generate-api-types.mjs"],
        cwd=WEB,
        check=True,
        input=json.dumps(_shapes(openapi(declared_routes()))),
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def main(node: str) -> None:
    TYPES.write_text(api_types(node), "utf-8")
    print(f"wrote {TYPES.relative_to(WEB.parent)}")


if __name__ == "__main__":
    main(sys.argv[1])
