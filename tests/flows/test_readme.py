"""What the README shows is what happens: its signed request, its routes, the files and links that it names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import trio

from nimbus.http.public import PUBLIC_PATHS
from tests.kit.control_plane import control_plane
from tests.kit.declared_routes import declared_routes

ROOT = Path(__file__).parents[2]
PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").glob("*.md"))
README = (ROOT / "README.md").read_text("utf-8")


def api_request() -> str:
    """The shell line of the section on the API, with the test's address and CA."""
    section = README.split("## The API")[1].split("\n## ")[0]
    [line] = [line[4:] for line in section.splitlines() if line.startswith("    curl")]
    return line.replace("/var/lib/nimbus/pki/ca.crt", '"$CA"').replace("https://127.0.0.1:8443", "$API")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing")
async def test_the_request_with_an_api_key_works_as_it_stands(tmp_path: Path) -> None:
    async with control_plane(tmp_path) as plane:
        made = await plane.post("/api/v1/keys", {"name": "ci", "role": "viewer"})
        environment = {
            "PATH": "/usr/bin:/bin",
            "CA": plane.profile.ca_file,
            "API": plane.profile.api,
            "API_KEY": made["api_key"],
        }
        done = await trio.run_process(["bash", "-c", api_request()], capture_stdout=True, env=environment)
        assert json.loads(done.stdout)["data"] == []


def test_every_public_path_is_named() -> None:
    for path in ("/v1/ca", "/healthz", "/readyz", "/install-agent.sh", "/download/nimbus-agent"):
        assert path in PUBLIC_PATHS
        assert path in README


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", *PAGES])
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", file.read_text("utf-8")):
        assert "://" in target or (file.parent / target).exists(), target


def test_the_commands_of_build_py_that_pages_name_exist() -> None:
    known = subprocess.run(
        ["python3", "build.py", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pages = README + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for name in set(re.findall(r"python3 build\.py (\w+)", pages)):
        assert name in known.stdout, name


_CODE = re.compile(
    r"""\b(?:error_)?code(?::\ str)?\ ?=\ ?"([A-Z][A-Z_]{3,})"      # of a class, or given to an error
     | (?:Failed|Failure|Refused)\(\s*(?:"[a-z\ ]+",\s*)?"([A-Z][A-Z_]{3,})"        # the first word of an error
     | ^\ {4}"([A-Z][A-Z_]{3,})":\ \d{3}""",  # of the API, with its status
    re.MULTILINE | re.VERBOSE,
)


def test_every_error_code_is_explained_and_every_explained_code_exists() -> None:
    source = "".join(
        file.read_text("utf-8") for folder in ("nimbus", "agent") for file in (ROOT / folder).rglob("*.py")
    )
    codes = {next(filter(None, found)) for found in _CODE.findall(source)}
    assert {"UDP_BLOCKED", "NO_PROFILE", "AGENT_DIED", "EMAIL_TAKEN", "ALREADY_JOINED"} <= codes
    explained: set[str] = set()
    for page in ("troubleshooting", "single-sign-on"):
        explained |= set(re.findall(r"`([A-Z][A-Z_]{3,})`", (ROOT / f"docs/{page}.md").read_text("utf-8")))
    assert codes - explained == set()
    known = set(re.findall(r'"([A-Z][A-Z_]{3,})"', source))
    assert {code for code in explained if "_" in code} - known == set()


def test_tests_that_the_page_of_surroundings_names_exist() -> None:
    page = (ROOT / "docs/surroundings.md").read_text("utf-8")
    named = re.findall(r"`((?:\w+/)+test_\w+\.py)`", page)
    assert len(named) > 40
    assert [test for test in named if not (ROOT / "tests" / test).exists()] == []


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    assert [page for page in PAGES if page != "docs/README.md" and f"({Path(page).name})" not in index] == []


def test_routes_that_pages_name_exist() -> None:
    known = {route.path for route in declared_routes()} | set(PUBLIC_PATHS)
    patterns = [re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))) for path in known]
    source = "".join(path.read_text("utf-8") for path in (ROOT / "nimbus").rglob("*.py"))

    def exists(named: str) -> bool:
        path = re.sub(r"\b[A-Z][A-Z_]+\b", "x", named.split("?")[0].rstrip("/."))
        return any(pattern.fullmatch(path) for pattern in patterns) or f'"{path}' in source

    for page in ("README.md", *PAGES):
        text = (ROOT / page).read_text("utf-8")
        named = set(re.findall(r"(?<![\w/])/(?:api/v1|v1)/[A-Za-z0-9_/{}.?=&-]*", text))
        assert sorted(path for path in named if not exists(path)) == [], page


def test_settings_and_fields_that_pages_name_exist() -> None:
    folders = ("nimbus", "agent", "benchmarks")
    source = "".join(path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py"))
    words = set(re.findall(r"[a-z][a-z0-9_]+", source))
    for page in ("README.md", *PAGES):
        text = (ROOT / page).read_text("utf-8")
        named = set(re.findall(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`", text))
        assert sorted((named | set(re.findall(r"^\s*([a-z]+_[a-z_]+) = ", text, re.M))) - words) == [], page
