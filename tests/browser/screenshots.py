"""Pictures of the dashboard for the documentation: `python3 build.py screenshots` writes docs/screenshots/.

The control plane is the showcase's (tests/kit/showcase.py): real, with simulated nodes.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Page, expect

from benchmarks.control_plane import temporary_folder
from tests.kit.dashboard import EXECUTABLE, NARROW, WIDE, chromium, dashboard
from tests.kit.showcase import PASSWORD, showcase

FOLDER = Path(__file__).parents[2] / "docs/screenshots"
NODES = 30


class Picture(NamedTuple):
    name: str
    path: str
    scheme: Literal["light", "dark"] = "light"
    size: tuple[int, int] = WIDE


PICTURES = (
    Picture("fleet", "/"),
    Picture("fleet-dark", "/", "dark"),
    Picture("nodes", "/nodes"),
    Picture("node", "/nodes/gpu-1"),
    Picture("mesh-dark", "/mesh", "dark"),
    Picture("mesh-why", "/mesh?from=cache-3&to=worker-2"),
    Picture("mesh-matrix", "/mesh?view=matrix"),
    Picture("task-new", "/tasks/new?node=web-1,web-2&kind=mesh_probe"),
    Picture("operations", "/operations"),
    Picture("artifacts", "/artifacts"),
    Picture("roles", "/roles/operator"),
    Picture("audit", "/audit"),
    Picture("fleet-narrow-dark", "/", "dark", NARROW),
    Picture("nodes-narrow", "/nodes", "light", NARROW),
)


def quiet(page: Page) -> None:
    """Until everything that was asked for is there."""
    page.wait_for_selector("#content h1")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#content .mantine-Loader-root")).to_have_count(0)


def take(browser: Browser, api: str, username: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, size in itertools.product(("light", "dark"), (WIDE, NARROW)):
        wanted = [one for one in PICTURES if (one.scheme, one.size) == (scheme, size)]
        shown = dashboard(browser, api, size=size, scheme=scheme)  # type: ignore[arg-type]
        shown.sign_in(username, PASSWORD)
        for picture in wanted:
            quiet(shown.open(picture.path))
            shown.page.screenshot(path=folder / f"{picture.name}.png")
            print(f"{folder.name}/{picture.name}.png", flush=True)
        shown.context.close()


def main() -> int:
    if not EXECUTABLE:
        print("screenshots need chromium. Next: apt-get install chromium", file=sys.stderr)
        return 1
    with temporary_folder() as folder, showcase(folder, NODES) as shown, chromium() as browser:
        waiting = dashboard(browser, shown.api)
        waiting.sign_in(shown.username, PASSWORD)
        waiting.page.get_by_text("2 Offline").wait_for(timeout=90_000)
        take(browser, shown.api, shown.username, FOLDER)
    return 0


if __name__ == "__main__":
    sys.exit(main())
