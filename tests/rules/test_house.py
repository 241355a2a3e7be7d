"""The house rules of ARCHITECTURE.md that no linter knows: each names the file that breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOSED_DOORS = ("store", "rules", "routes")
VAGUE_NAMES = {"utils", "util", "helpers", "common", "misc", "manager"}
SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA)\b", re.S
)


def sources(*folders: str) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in path.parts
    ]


PRODUCT = sources("nimbus", "agent")
# Folders of slices; a wing that is a slice itself (`appliance`) has none.
WINGS = ("records", "people", "trust", "correspondence", "fleet")
TESTS = sources("tests")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.Module) -> Iterator[tuple[str, ...]]:
    """Every imported module as its parts; `from a.b import c` gives a.b and a.b.c."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield tuple(node.module.split("."))
            for alias in node.names:
                yield (*node.module.split("."), alias.name)


def test_no_module_has_a_vague_name() -> None:
    assert [named(path) for path in (*PRODUCT, *TESTS) if path.stem in VAGUE_NAMES] == []


def test_sql_is_in_db_and_stores_only() -> None:
    def texts(tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value

    found = [
        named(path)
        for path in sources("nimbus")
        if path.name != "store.py"
        and "db" not in path.parts
        and any(SQL.search(t) for t in texts(tree_of(path)))
    ]
    assert found == []


def test_a_migration_has_a_file_for_each_engine() -> None:
    """PostgreSQL begins with the schema of its first number. Its tests compare what both engines end with."""
    of_sqlite, of_postgresql = (
        sorted(file.name for file in (ROOT / "nimbus/db" / engine / "migrations").iterdir())
        for engine in ("sqlite", "postgresql")
    )
    first = of_postgresql[0][:4]
    assert of_postgresql[1:] == [name for name in of_sqlite if name[:4] > first]
    assert first in {name[:4] for name in of_sqlite}


def test_a_slice_uses_another_through_its_door() -> None:
    """`nimbus.fleet.nodes.store` is imported below `nimbus/fleet/nodes` only."""
    broken = [
        f"{named(path)} imports {'.'.join(module)}"
        for path in sources("nimbus")
        for module in imports(tree_of(path))
        if len(module) >= 4
        and module[0] == "nimbus"
        and module[1] in WINGS
        and module[3] in CLOSED_DOORS
        and module[1:3] != path.relative_to(ROOT / "nimbus").parts[:2]
        and path.relative_to(ROOT / "nimbus").parts[0] != "composition"
    ]
    assert broken == []


def test_nimbus_has_no_loose_modules() -> None:
    loose = {path.name for path in (ROOT / "nimbus").glob("*.py")} - {"__init__.py", "__main__.py"}
    assert loose == set()
    for wing in WINGS:
        assert [path.name for path in (ROOT / "nimbus" / wing).glob("*.py")] == ["__init__.py"]


def test_nothing_is_awaited_inside_a_transaction() -> None:
    broken = [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in sources("nimbus")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.AsyncFunctionDef) and any(argument.arg == "tx" for argument in node.args.args)
    ]
    assert broken == []


def test_no_shell_strings() -> None:
    broken = []
    for path in (*PRODUCT, *sources("benchmarks"), ROOT / "build.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.keyword) and node.arg == "shell":
                broken.append(f"{named(path)}:{node.value.lineno} shell=")
            if isinstance(node, ast.Attribute) and ast.unparse(node) in (
                "os.system",
                "os.popen",
                "subprocess.getoutput",
            ):
                broken.append(f"{named(path)}:{node.lineno} {node.attr}")
    assert broken == []


def test_the_wall_clock_is_asked_through_clock() -> None:
    """So that tests can set it, and durations are not measured with it."""
    allowed = {
        "nimbus/kernel/clock.py",
        "nimbus/http/agents/listener.py",  # the end of a peer's certificate; its tests give another
        "nimbus/client/client.py",  # the time that a request is signed at
        "nimbus/client/sessions.py",  # the end of a token, kept between two runs of a command
        "nimbus/fleet/mesh/pairs.py",  # handshakes as WireGuard stamps them
    }
    broken = [
        f"{named(path)}:{node.lineno}"
        for path in sources("nimbus")
        if named(path) not in allowed
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in ("time.time", "time.time_ns", "datetime.now")
    ]
    assert broken == []


def test_no_error_is_swallowed() -> None:
    """No bare except, and no broad one whose body is only `pass`."""
    broken = []
    for path in PRODUCT:
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
            silent = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
            if node.type is None or (broad and silent):
                broken.append(f"{named(path)}:{node.lineno}")
    assert broken == []


def test_the_agent_does_not_import_heavy_libraries_to_run() -> None:
    heavy = {"httpx", "quart", "hypercorn", "jwt", "bcrypt", "yaml"}
    broken = [
        f"{named(path)} imports {module[0]}"
        for path in sources("agent", "nimbus/protocol", "nimbus/wireguard")
        for module in imports(tree_of(path))
        if module[0] in heavy
    ]
    assert broken == []


def test_netlink_is_pyroute2_through_one_door() -> None:
    """The library is imported where its size is kept in check, and its messages are used in `wireguard/` alone."""
    door = ROOT / "nimbus/wireguard/netlink.py"
    library = [
        named(path)
        for path in PRODUCT
        if path != door and any(module[0] == "pyroute2" for module in imports(tree_of(path)))
    ]
    outside = [
        named(path)
        for path in PRODUCT
        if path.parent != door.parent
        and any(module[:3] == ("nimbus", "wireguard", "netlink") for module in imports(tree_of(path)))
    ]
    assert (library, outside) == ([], [])
    assert [named(path) for path in PRODUCT if "AF_NETLINK" in path.read_text("utf-8") and path != door] == []


@pytest.mark.parametrize(("files", "lines"), [(PRODUCT, 600), (TESTS, 800)], ids=["product", "tests"])
def test_files_are_small(files: list[Path], lines: int) -> None:
    assert [named(p) for p in files if len(p.read_text("utf-8").splitlines()) > lines] == []


def test_functions_are_small() -> None:
    broken = [
        f"{named(path)}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in PRODUCT
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > 80
    ]
    assert broken == []


def test_a_sleep_in_a_test_is_part_of_a_loop_with_a_deadline() -> None:
    """Tests wait for events or poll; a sleep for a fixed time outside a loop is a guess. (A random time, before
    something is killed, is the test.)"""
    broken = []
    for path in TESTS:
        tree = tree_of(path)
        polling = {
            id(inner) for loop in ast.walk(tree) if isinstance(loop, ast.While) for inner in ast.walk(loop)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or id(node) in polling:
                continue
            if ast.unparse(node.func) in ("time.sleep", "trio.sleep") and isinstance(
                node.args[0], ast.Constant
            ):
                broken.append(f"{named(path)}:{node.lineno}")
    assert broken == []


def test_every_folder_is_in_the_architecture() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    folders = [
        path
        for base in ("nimbus", "agent", "tests")
        for path in sorted((ROOT / base).iterdir())
        if path.is_dir() and path.name != "__pycache__"
    ]
    assert [named(path) for path in folders if f"{path.name}/" not in page] == []
