"""Build, run and test Nimbus: `python3 build.py --help`.

Needs only Python 3.11 or newer with its standard library; everything else goes into virtual environments
that it makes itself (`build/venv` to build, `.venv` to test), from pins with hashes in `requirements/`.

An executable is a zip that shiv writes: a start-up package (`nimbus/zipapp`) and layers, zips
themselves, of which the start-up code unpacks those that fit the Python and the CPU at hand:
`app@any` holds the project's own files, `deps@any` what is the same in all wheels, `deps@x86_64`,
`deps@cp311` and `deps@cp311-x86_64` what is not. Layers keep the outer list of files short, which is read
at every start. Nothing of the machine, the folder or the time goes in: equal sources give equal bytes
(with the same version of zlib: another one may compress differently).
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells so
    sys.exit("build.py: needs Python 3.11 or newer. Next: run it as python3.11 build.py (Debian 12 has it).")

import argparse
import contextlib
import difflib
import errno
import fcntl
import fnmatch
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can hold, at every entry
LISTS = ["python", "cpu", "drop", "include", "exclude"]  # keys of shiv.toml
Host = tuple[str, str]  # Python and CPU: ("3.11", "x86_64")
Files = dict[str, bytes]


class BuildError(Exception):
    """One line for the terminal: what failed and what to do next."""


@dataclass(frozen=True)
class Asset:
    to: str
    source: str = ""  # "from" in the file: a file or folder of the project
    target: str = ""  # or the name of an executable
    optional: bool = False


@dataclass(frozen=True)
class Target:
    name: str
    entry_point: str
    requirements: str
    include: list[str]
    exclude: list[str] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """shiv.toml, checked."""

    python: list[str]
    cpu: list[str]
    glibc: str
    shebang: str
    drop: list[str]
    targets: list[Target]  # in an order in which each finds the executables that it carries


@dataclass(frozen=True)
class Folders:
    source: Path
    cache: Path

    @property
    def dist(self) -> Path:
        return self.source / "dist"


def take(table: dict[str, Any], where: str, required: str, optional: str = "") -> dict[str, Any]:
    """The table itself, once every key is known and none is missing."""
    known = [*required.split(), *optional.split()]
    if not isinstance(table, dict):
        raise BuildError(f"shiv.toml: {where} is not a table. Next: write it as [name] or {{...}}.")
    for key, value in table.items():
        if key in LISTS and not (isinstance(value, list) and all(isinstance(word, str) for word in value)):
            raise BuildError(f"shiv.toml: {key!r} in {where} is no list of strings. Next: use [ ].")
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0)[0]
            raise BuildError(f"shiv.toml: unknown key {key!r} in {where}. Next: did you mean {near!r}?")
    for key in required.split():
        if key not in table:
            raise BuildError(f"shiv.toml: {where} lacks {key!r}. Next: add it.")
    return table


def read_plan(source: Path) -> Plan:
    try:
        text = tomllib.loads((source / "shiv.toml").read_text("utf-8"))
    except FileNotFoundError:
        raise BuildError(f"no shiv.toml in {source}. Next: name the project with --source.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BuildError(f"shiv.toml: {error}. Next: correct that line.") from None
    take(text, "the file", "host dependencies targets")
    host = take(text["host"], "[host]", "python cpu glibc shebang")
    dependencies = take(text["dependencies"], "[dependencies]", "drop")
    targets: list[Target] = []
    for name, table in text["targets"].items():
        where = f"[targets.{name}]"
        take(table, where, "entry_point requirements include", "exclude assets")
        assets = []
        for entry in table.get("assets", []):
            take(entry, f"an asset of {where}", "to", "from target optional")
            source_key, target = entry.get("from", ""), entry.get("target", "")
            if bool(source_key) == bool(target) or (target and target not in [t.name for t in targets]):
                raise BuildError(f"shiv.toml: {entry['to']!r}: name a 'from', or a 'target' built before.")
            assets.append(Asset(entry["to"], source_key, target, entry.get("optional", False)))
        targets.append(Target(name, **{**table, "assets": assets}))
    return Plan(**host, drop=dependencies["drop"], targets=targets)


def files_below(base: Path, relative: str) -> Iterator[tuple[str, Path]]:
    """(path in the project, file), sorted; without hidden and compiled files. A link is an error."""
    path = base / relative
    if path.is_symlink():
        raise BuildError(f"{relative} is a symbolic link. Next: put the file itself there.")
    if path.is_file():
        yield relative, path
        return
    if not path.is_dir():
        raise BuildError(f"{relative} does not exist. Next: make it, or correct shiv.toml.")
    for name in sorted(child.name for child in path.iterdir()):
        if not (name.startswith(".") or name.endswith((".pyc", "~")) or name == "__pycache__"):
            yield from files_below(base, f"{relative}/{name}")


def own_files(target: Target, source: Path, dist: Path) -> dict[str, Path]:
    """Where in the executable -> which file of the project."""
    found: dict[str, Path] = {}
    excluded = tuple(f"{name}/" for name in target.exclude)
    for name in target.include:
        below = files_below(source, name)
        found |= {path: file for path, file in below if not f"{path}/".startswith(excluded)}
    module = target.entry_point.partition(":")[0].replace(".", "/") + ".py"
    if module not in found:
        raise BuildError(f"{target.name} ships no {module}, its entry point. Next: write that file.")
    for asset in target.assets:
        if asset.target:
            found[asset.to] = dist / asset.target
        elif not asset.optional or (source / asset.source).exists():
            for path, file in files_below(source, asset.source):
                found[asset.to + path.removeprefix(asset.source)] = file
    return found


def requirements_for(text: str, python: str, cpu: str) -> list[str]:
    """The pins that apply to CPython `python` on `cpu`: pip would judge markers by the running Python."""
    from pip._vendor.packaging.requirements import Requirement  # pip itself is pinned by hash

    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": cpu,
        "platform_system": "Linux",
        "platform_release": "",
        "platform_version": "",
        "sys_platform": "linux",
        "os_name": "posix",
        "extra": "",
    }
    chosen = []
    for line in text.replace("\\\n", " ").splitlines():
        pin, _, hashes = line.partition("--hash=")
        if not pin.strip() or pin.strip().startswith("#"):
            continue
        requirement = Requirement(pin.strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            chosen.append(f"{requirement.name}{requirement.specifier} --hash={' '.join(hashes.split())}")
    return chosen


def platforms(cpu: str, glibc: str) -> list[str]:
    """Wheel platforms that run with `glibc`, the most widely usable first."""
    newest = int(glibc.partition(".")[2])
    minors = [17, 12, 5, *range(18, newest + 1)]
    return [f"manylinux2014_{cpu}", *(f"manylinux_2_{minor}_{cpu}" for minor in minors)]


def fetch(text: str, host: Host, plan: Plan, wheels: Path) -> Path:
    """Download the wheels of one Python and CPU into a folder named by the pins, once."""
    python, cpu = host
    pins = "\n".join(requirements_for(text, python, cpu)) + "\n"
    version = f"cp{python.replace('.', '')}"
    folder = wheels / f"{version}-{cpu}-{digest_of(pins + plan.glibc)[:16]}"
    if folder.is_dir():
        return folder
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    (unfinished / "requirements.txt").write_text(pins, "utf-8")
    command = [sys.executable, *PIP, "download", *PINNED, "--implementation", "cp"]
    command += ["--python-version", python, "--abi", version, "--abi", "abi3", "--abi", "none"]
    for platform in platforms(cpu, plan.glibc):
        command += ["--platform", platform]
    pip([*command, "--dest", str(unfinished), "-r", str(unfinished / "requirements.txt")])
    unfinished.rename(folder)
    return folder


PIP = ["-I", "-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]
PINNED = ["--progress-bar", "off", "--no-deps", "--require-hashes", "--only-binary", ":all:"]


def pip(command: list[str]) -> None:
    """Run pip; turn its usual failures into one line each."""
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    if "No space left on device" in said:
        raise OSError(errno.ENOSPC, "No space left on device")
    if "(from versions: none)" in said or "NewConnectionError" in said:
        raise BuildError("cannot reach a package index. Next: go online, or configure a mirror for pip.")
    lines = [line for line in said.splitlines() if line.startswith("ERROR:")] or said.splitlines()[-3:]
    raise BuildError("pip failed: " + " ".join(lines).strip())


def wheel_files(folder: Path, drop: list[str]) -> Files:
    """Path -> content of what the wheels of a folder would install, each wheel checked against its hash."""
    allowed = re.findall(r"--hash=sha256:(\w{64})", (folder / "requirements.txt").read_text("utf-8"))
    found: Files = {}
    for wheel in sorted(folder.glob("*.whl")):
        if digest_of(wheel.read_bytes()) not in allowed:
            raise BuildError(f"{wheel} does not have its pinned hash. Next: build.py clean; build again.")
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.infolist():
                path = entry.filename
                data, _, rest = path.partition(".data/")
                if rest and "/" not in data:
                    kind, _, path = rest.partition("/")
                    if kind not in ("purelib", "platlib"):
                        continue
                if entry.is_dir() or any(fnmatch.fnmatchcase(path, pattern) for pattern in drop):
                    continue
                content = archive.read(entry)
                if found.setdefault(path, content) != content:
                    raise BuildError(f"two wheels of {folder} bring {path}. Next: drop it in shiv.toml.")
    return found


def sort_into_layers(sets: dict[Host, Files]) -> dict[str, Files]:
    """Layer -> path -> content; each content in the few layers that make up the hosts that need it."""
    hosts: dict[tuple[str, bytes], set[Host]] = {}
    for host, files in sets.items():
        for path, content in files.items():
            hosts.setdefault((path, content), set()).add(host)
    groups: dict[str, set[Host]] = {}
    for number in range(4):  # the broadest first
        for host in sets:
            groups.setdefault(layers_of(host)[number], set()).add(host)
    layers: dict[str, Files] = {}
    for (path, content), wanted in hosts.items():
        for layer, members in groups.items():
            if members <= wanted:
                layers.setdefault(layer, {})[path] = content
                wanted = wanted - members  # noqa: PLW2901
    return layers


def layers_of(host: Host) -> list[str]:
    """The layers that a host unpacks. The start-up code (nimbus/zipapp/unpack.py) has the same rule."""
    python = f"cp{host[0].replace('.', '')}"
    return ["any", host[1], python, f"{python}-{host[1]}"]


def dependency_layers(target: Target, plan: Plan, folders: Folders) -> Path:
    """A folder of `deps@*.zip`, kept for as long as the pins and the plan stay the same."""
    text = (folders.source / target.requirements).read_text("utf-8")
    given = [
        digest_of(Path(__file__).read_bytes()),
        zlib.ZLIB_RUNTIME_VERSION,
        plan.python,
        plan.cpu,
        plan.glibc,
        plan.drop,
        text,
    ]
    ready = folders.cache / "layers" / digest_of(json.dumps(given))[:16]
    if ready.is_dir():
        return ready
    hosts = [(python, cpu) for python in plan.python for cpu in plan.cpu]
    say(f"{target.name}: fetching wheels for {len(hosts)} hosts")
    with ThreadPoolExecutor(4) as pool:
        fetched = list(pool.map(lambda host: fetch(text, host, plan, folders.cache / "wheels"), hosts))
    sets = {host: wheel_files(folder, plan.drop) for host, folder in zip(hosts, fetched, strict=True)}
    unfinished = ready.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    layers = sort_into_layers(sets)
    paths = [unfinished / f"deps@{layer}.zip" for layer in layers]
    entries = [[(path, layer[path], False, False) for path in layer] for layer in layers.values()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # zlib lets other threads run
        list(pool.map(write_zip, paths, entries))
    unfinished.rename(ready)
    return ready


def write_zip(path: Path, entries: Iterable[tuple[str, bytes, bool, bool]]) -> None:
    """Entries are (name, content, executable, already compressed). The order given does not matter."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content, executable, stored in sorted(entries):
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3
            info.external_attr = (0o100755 if executable else 0o100644) << 16
            info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(info, content, compresslevel=6)


def app_layer(target: Target, folders: Folders, path: Path) -> None:
    """The project's own files, other executables with their SHA-256 among them."""
    executables = {asset.to for asset in target.assets if asset.target}
    entries = []
    for name, file in own_files(target, folders.source, folders.dist).items():
        content = file.read_bytes()
        entries.append((name, content, name in executables, name in executables))
        if name in executables:
            line = f"{digest_of(content)}  {Path(name).name}\n"
            entries.append((f"{name}.sha256", line.encode(), False, False))
    # Every folder with assets is a package, so that importlib.resources finds them.
    packages = {f"{Path(asset.to).parent}/__init__.py" for asset in target.assets} - {e[0] for e in entries}
    write_zip(path, [*entries, *((name, b"", False, False) for name in packages)])


def start_up_files(target: Target, plan: Plan, folders: Folders, layers: Path) -> Files:
    """The `_bootstrap` package with its settings filled in. BUILD names the folder that files unpack to."""
    files = {file.name: file.read_bytes() for file in (folders.source / "nimbus/zipapp").glob("*.py")}
    unpacked = 0
    for layer in layers_of((plan.python[0], plan.cpu[0])):
        for path in layers.glob(f"*@{layer}.zip"):
            with zipfile.ZipFile(path) as archive:
                unpacked += sum(entry.file_size for entry in archive.infolist())
    module, _, function = target.entry_point.partition(":")
    *pythons, glibc = [tuple(map(int, version.split("."))) for version in [*plan.python, plan.glibc]]
    values = {
        "NAME": target.name,
        "ENTRY_MODULE": module,
        "ENTRY_FUNCTION": function,
        "PYTHON_MIN": min(pythons),
        "PYTHON_MAX": max(pythons),
        "CPUS": tuple(plan.cpu),
        "GLIBC": glibc,
        "UNPACKED_BYTES": unpacked,
    }
    contents = {path.name: digest_of(path.read_bytes()) for path in layers.iterdir()}
    contents |= {name: digest_of(content) for name, content in files.items()}
    values["BUILD"] = digest_of(json.dumps([values, contents], sort_keys=True))[:16]
    files["settings.py"] = "".join(f"{key} = {value!r}\n" for key, value in values.items()).encode()
    return files


def pack(target: Target, plan: Plan, folders: Folders) -> None:
    """dist/NAME, written by shiv with our own start-up files in the place of its own."""
    from shiv import __version__, builder
    from shiv.bootstrap.environment import Environment

    stage = folders.cache / "stage" / target.name
    shutil.rmtree(stage, ignore_errors=True)
    (stage / "layers").mkdir(parents=True)
    (stage / "start").mkdir()
    for layer in dependency_layers(target, plan, folders).glob("*.zip"):
        shutil.copyfile(layer, stage / "layers" / layer.name)
    app_layer(target, folders, stage / "layers/app@any.zip")
    for name, content in start_up_files(target, plan, folders, stage / "layers").items():
        (stage / "start" / name).write_bytes(content)
    for file in stage.glob("*/*"):
        file.chmod(0o644)  # shiv copies modes into the zip; ours must not depend on the umask
    # The one thing replaced in shiv: which files its start-up package has.
    builder.iter_package_files = lambda _: [(file, file.name) for file in sorted(stage.glob("start/*"))]
    environment = Environment(
        built_at="1980-01-01 00:00:00",
        shiv_version=__version__,
        entry_point=target.entry_point,
        compile_pyc=False,
        reproducible=True,
    )
    unfinished, layers = stage / target.name, [stage / "layers"]
    builder.create_archive(layers, unfinished, plan.shebang, "_bootstrap:main", environment, compressed=False)
    unfinished.chmod(0o755)
    folders.dist.mkdir(exist_ok=True)
    unfinished.rename(folders.dist / target.name)  # whoever runs the old file keeps it


def digest_of(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def sums_of(files: list[Path]) -> str:
    return "".join(f"{digest_of(file.read_bytes())}  {file.name}\n" for file in files if file.is_file())


def inputs_digest(plan: Plan, folders: Folders) -> str:
    """Changes when any file that goes into the executables does, or what builds them."""
    read = {"build.py": Path(__file__)}
    requirements = {target.requirements for target in plan.targets}
    for name in ["shiv.toml", "requirements/build.txt", "nimbus/zipapp", *requirements]:
        read |= dict(files_below(folders.source, name))
    for target in plan.targets:
        built = {asset.to for asset in target.assets if asset.target}
        shipped = own_files(target, folders.source, folders.dist)
        read |= {f"{target.name}:{name}": file for name, file in shipped.items() if name not in built}
    return digest_of(json.dumps({name: digest_of(read[name].read_bytes()) for name in sorted(read)}))


def build(folders: Folders, *, force: bool = False, quiet: bool = False) -> None:
    """Bring dist/ up to date."""
    plan = read_plan(folders.source)
    outputs = [folders.dist / target.name for target in plan.targets]
    state = folders.dist / ".inputs"
    with locked(folders):
        build_dashboard(folders, force=force)
        inputs, sums = inputs_digest(plan, folders), sums_of(outputs)
        fresh = not force and state.is_file() and state.read_text("ascii") == inputs + sums
        if not fresh:
            python = make_venv(folders.cache / "venv", folders.source / "requirements/build.txt")
            arguments = ["--source", str(folders.source), "--cache", str(folders.cache), "_pack"]
            run([str(python), "-I", str(Path(__file__).resolve()), *arguments])
            sums = sums_of(outputs)
            (folders.dist / "SHA256SUMS").write_text(sums, "ascii")
            state.write_text(inputs + sums, "ascii")
    if not quiet:
        for line, output in zip(sums.splitlines(), outputs, strict=True):
            say(f"{output}  {output.stat().st_size / 1e6:.1f} MB  sha256 {line.split()[0]}")
        say(f"{'up to date' if fresh else 'built'}; compressed with zlib {zlib.ZLIB_RUNTIME_VERSION}")


def build_dashboard(folders: Folders, *, force: bool = False) -> None:
    """Bring web/dist up to date; a project without a dashboard has nothing to do."""
    web = folders.source / "web"
    if not (web / "package.json").is_file():
        return
    tools = web_tools(web)
    if force or not tools.is_current(web):
        with web_errors(tools):
            tools.build(web, find_node(folders, tools), say)


def find_node(folders: Folders, tools: Any) -> Any:
    """Node.js from the pinned wheel, whatever the machine has: one version for the dashboard and for the tests."""
    return tools.node_of_wheel(make_venv(folders.cache / "node", folders.source / "requirements/web.txt"))


def web_tools(web: Path) -> Any:
    """The module web/build.py of the project that is built."""
    spec = importlib.util.spec_from_file_location("nimbus_web_build", web / "build.py")
    if spec is None or spec.loader is None:
        raise BuildError(f"{web}/build.py cannot be read. Next: restore it.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def web_errors(tools: Any) -> Iterator[None]:
    try:
        yield
    except tools.WebError as error:
        raise BuildError(str(error)) from None


@contextlib.contextmanager
def locked(folders: Folders) -> Iterator[None]:
    """Only one build.py at a time works in a cache; the kernel unlocks when a process dies."""
    folders.cache.mkdir(parents=True, exist_ok=True)
    with open(folders.cache / ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_venv(folder: Path, requirements: Path) -> Path:
    """A virtual environment with exactly these pins; made again when they or the Python change."""
    stamp = f"{sys.version} {sys.base_prefix} {digest_of(requirements.read_bytes())}"
    python = folder / "bin/python"
    marker = folder / "nimbus-requirements"
    if python.exists() and marker.is_file() and marker.read_text("utf-8") == stamp:
        return python
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise BuildError("this Python cannot make virtual environments. Next: apt-get install python3-venv.")
    say(f"making {folder}")
    pip([sys.executable, "-I", "-m", "venv", "--clear", str(folder)])
    pip([str(python), *PIP, "install", *PINNED, "-r", str(requirements)])
    marker.write_text(stamp, "utf-8")
    return python


def run(command: list[str], cwd: Path | None = None) -> None:
    """Run a program with this terminal; end as it ended if it failed."""
    status = subprocess.run(command, check=False, cwd=cwd).returncode
    if status:
        sys.exit(status if status > 0 else 128 - status)


def say(line: str) -> None:
    print(line, flush=True)


@dataclass(frozen=True)
class Job:
    folders: Folders
    options: argparse.Namespace
    rest: list[str]  # what the command hands on to another program


def command_build(job: Job) -> None:
    build(job.folders, force=job.options.force)


def command_pack(job: Job) -> None:
    plan = read_plan(job.folders.source)
    for target in plan.targets:
        pack(target, plan, job.folders)


def command_run(job: Job) -> None:
    build(job.folders, quiet=True)
    data = job.folders.source / ".nimbus"
    data.mkdir(mode=0o700, exist_ok=True)
    nimbus = job.folders.dist / "nimbus"
    say(f"The control plane starts with its data in {data}. Ctrl-C ends it. In another terminal:")
    say(f"  to sign in:     {nimbus} bootstrap --data-dir {data}")
    say("  in a browser:   https://127.0.0.1:8443/, with the setup token that is printed below")
    say(f"  to join a node: {nimbus} node token")
    command = [sys.executable, str(nimbus), "api", "--data-dir", str(data), *job.rest]
    os.execve(sys.executable, command, {**os.environ, "SHIV_ROOT": str(data / "cache")})


MODULES = {
    "test": "tests.kit.suite",
    "lab": "tests.kit.lab",
    "bench": "benchmarks",
    "showcase": "tests.kit.showcase",
    "screenshots": "tests.browser.screenshots",
}


def command_module(job: Job) -> None:
    """What lives beside the tests and benchmarks, run with everything built and installed."""
    if not {"-h", "--help"} & set(job.rest):
        build(job.folders, quiet=True)
    source = job.folders.source
    with locked(job.folders):
        python = make_venv(source / ".venv", source / "requirements/test.txt")
    run([str(python), "-m", MODULES[job.options.command], *job.rest], cwd=source)


def command_web(job: Job) -> None:
    """Types of the API for the dashboard, or its own tests."""
    folders, web = job.folders, job.folders.source / "web"
    tools = web_tools(web)
    with locked(folders), web_errors(tools):
        node = find_node(folders, tools)
        tools.install(web, node, say)
        if job.options.types:
            python = make_venv(folders.source / ".venv", folders.source / "requirements/test.txt")
            run([str(python), "-m", "tests.kit.api_types", node.executable], cwd=folders.source)
        else:
            tools.build(web, node, say)


def command_clean(job: Job) -> None:
    web = job.folders.source / "web"
    made = (
        job.folders.dist,
        job.folders.cache,
        job.folders.source / ".venv",
        web / "dist",
        web / "node_modules",
    )
    for folder in made:
        if folder.is_dir():
            say(f"removing {folder}")
            shutil.rmtree(folder)


def command_lock(job: Job) -> None:
    uv = shutil.which("uv")
    if uv is None:
        raise BuildError("lock needs the program uv. Next: pip install uv, or pipx install uv.")
    sets = {"agent": ["agent"], "nimbus": ["nimbus"], "build": ["build"], "web": ["web"]}
    for name, extras in {**sets, "test": ["agent", "nimbus", "build", "test"]}.items():
        command = [uv, "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--generate-hashes"]
        command += ["--python-version", "3.11", "--fork-strategy", "fewest", "--no-annotate", "--no-header"]
        command += [word for extra in extras for word in ("--extra", extra)]
        run([*command, "--output-file", f"requirements/{name}.txt", *job.rest], cwd=job.folders.source)
        say(f"wrote requirements/{name}.txt")


COMMANDS = {
    "build": (command_build, "build dist/nimbus and dist/nimbus-agent if anything changed (the default)"),
    "run": (command_run, "build, then run the control plane in ./.nimbus; ARGS go to `nimbus api`"),
    "test": (command_module, "build, then linters, vitest and pytest; with ARGS pytest alone"),
    "lab": (command_module, "build, then a fleet in network namespaces: python -m tests.kit.lab ARGS"),
    "bench": (command_module, "build, then measure: [NAME...] [--json FILE] [--quick]"),
    "web": (command_web, "build the dashboard alone; --types: the API's types for it anew"),
    "showcase": (command_module, "build, then a control plane full of simulated nodes: [--nodes N]"),
    "screenshots": (command_module, "build, then take the pictures of docs/screenshots/"),
    "clean": (command_clean, "remove build/, dist/, .venv/ and what npm fetched"),
    "lock": (command_lock, "write requirements/*.txt from pyproject.toml; ARGS go to uv, e.g. --upgrade"),
}
TAKES_MORE = {"run", "test", "lab", "bench", "showcase", "screenshots", "lock"}


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="build.py", description="Build, run and test Nimbus.")
    parser.add_argument("--source", type=Path, default=HERE, metavar="DIR", help="the project (default: .)")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="wheels, work (default: SOURCE/build)")
    parser.add_argument("--force", action="store_true", help="build even when nothing changed")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (_, text) in COMMANDS.items():
        usage = f"build.py {name}{' [ARGS...]' if name in TAKES_MORE else ''}"
        own_help = name not in MODULES  # those have more to say about themselves
        command = commands.add_parser(name, description=text, help=text, usage=usage, add_help=own_help)
        if name == "web":
            command.add_argument("--types", action="store_true", help="write web/src/api/schema.ts")
    commands.add_parser("_pack")  # what build runs inside build/venv; without help, so not listed
    options, rest = parser.parse_known_args(arguments)
    options.command = options.command or "build"
    if rest and options.command not in TAKES_MORE:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options, rest


def main(arguments: list[str]) -> None:
    options, rest = parse(arguments)
    source = options.source.resolve()
    job = Job(Folders(source, (options.cache or source / "build").resolve()), options, rest)
    command_pack(job) if options.command == "_pack" else COMMANDS[options.command][0](job)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except BuildError as error:
        sys.exit(f"build.py: {error}")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit("build.py: the disk is full. Next: free 1 GB, or name a folder elsewhere with --cache.")
        if isinstance(error, PermissionError):
            sys.exit(f"build.py: may not write {error.filename}. Next: own the folder, or choose --cache.")
        raise
