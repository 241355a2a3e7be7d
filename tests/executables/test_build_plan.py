"""shiv.toml, and which wheels and files go where: rules without a build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import build
from tests.kit.executables import PROJECT, write_project

HOSTS = [(python, cpu) for python in ("3.11", "3.12", "3.13", "3.14") for cpu in ("x86_64", "aarch64")]


def changed(folder: Path, pattern: str, replacement: str) -> Path:
    text = (PROJECT / "shiv.toml").read_text("utf-8")
    new = re.sub(pattern, replacement, text, count=1, flags=re.MULTILINE)
    assert new != text
    (folder / "shiv.toml").write_text(new, "utf-8")
    return folder


def test_the_projects_own_plan() -> None:
    plan = build.read_plan(PROJECT)
    assert [target.name for target in plan.targets] == ["nimbus-agent", "nimbus"]
    assert plan.cpu == ["x86_64", "aarch64"]


@pytest.mark.parametrize(
    ("pattern", "replacement", "says"),
    [
        (r"^shebang", "shebnag", "unknown key 'shebnag' in [host]. Next: did you mean 'shebang'?"),
        (r"^entry_point", "entrypoint", "unknown key 'entrypoint' in [targets.nimbus-agent]"),
        (r"^\[dependencies\]", "[depends]", "unknown key 'depends' in the file"),
        (r"optional = true", "maybe = true", "unknown key 'maybe' in an asset of [targets.nimbus]"),
        (r"^glibc.*$", "", "[host] lacks 'glibc'"),
        (r"^cpu = .*$", 'cpu = "x86_64"', "'cpu' in [host] is no list of strings"),
        (r'target = "nimbus-agent"', 'target = "nimbus"', "name a 'from', or a 'target' built before"),
        (r'target = "nimbus-agent"', 'target = "nimbus-agent", from = "x"', "name a 'from', or a 'target'"),
        (r"^\[host\]$", "[host", "Next: correct that line"),
        (r"^\[host\]$", "host = 1\n[hosts]", "unknown key 'hosts'"),
    ],
)
def test_a_wrong_plan_is_refused_by_name(tmp_path: Path, pattern: str, replacement: str, says: str) -> None:
    with pytest.raises(build.BuildError) as error:
        build.read_plan(changed(tmp_path, pattern, replacement))
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_no_plan_at_all(tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match=r"no shiv\.toml"):
        build.read_plan(tmp_path)


def test_a_symbolic_link_is_not_shipped(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    (project / "nimbus/passwd").symlink_to("/etc/passwd")
    target = build.read_plan(project).targets[1]
    with pytest.raises(build.BuildError, match=r"nimbus/passwd is a symbolic link"):
        build.own_files(target, project, project / "dist")


def test_a_missing_entry_point_is_named(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    (project / "agent/__main__.py").unlink()
    target = build.read_plan(project).targets[0]
    with pytest.raises(build.BuildError, match=r"nimbus-agent ships no agent/__main__\.py"):
        build.own_files(target, project, project / "dist")


PINS = """\
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:aa
typing-extensions==4.16.0 ; python_full_version < '3.13' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
only-arm==1 ; platform_machine == 'aarch64' \\
    --hash=sha256:dd
not-pypy==2 ; platform_python_implementation != 'PyPy' and implementation_name == 'cpython' \\
    --hash=sha256:ee
"""


def test_markers_are_judged_for_the_target_not_for_the_builder() -> None:
    names = {host: [line.split("==")[0] for line in build.requirements_for(PINS, *host)] for host in HOSTS}
    assert names["3.11", "x86_64"] == ["typing-extensions", "not-pypy"]
    assert names["3.12", "aarch64"] == ["typing-extensions", "only-arm", "not-pypy"]
    assert names["3.14", "x86_64"] == ["not-pypy"]
    assert "typing-extensions==4.16.0 --hash=sha256:bb --hash=sha256:cc" in build.requirements_for(
        PINS, *HOSTS[0]
    )


def test_wheel_platforms_stop_at_the_chosen_glibc() -> None:
    names = build.platforms("aarch64", "2.28")
    assert names[0] == "manylinux2014_aarch64"
    assert "manylinux_2_28_aarch64" in names
    assert "manylinux_2_29_aarch64" not in names


CONTENTS = st.fixed_dictionaries(
    {
        host: st.dictionaries(st.sampled_from("abcd"), st.sampled_from([b"1", b"2"]), max_size=4)
        for host in HOSTS
    }
)


@given(CONTENTS)
def test_the_layers_of_a_host_hold_exactly_its_files(sets: dict[build.Host, build.Files]) -> None:
    layers = build.sort_into_layers(sets)
    for host, files in sets.items():
        unpacked: dict[str, bytes] = {}
        for layer in build.layers_of(host):
            for path, content in layers.get(layer, {}).items():
                assert path not in unpacked, "no file may come from two layers"
                unpacked[path] = content
        assert unpacked == files


def test_what_all_hosts_share_is_stored_once() -> None:
    same = {host: {"pure.py": b"x"} for host in HOSTS}
    for host in HOSTS:
        same[host]["lib.abi3.so"] = host[1].encode()
        same[host][f"ext.{host[0]}.so"] = repr(host).encode()
    layers = build.sort_into_layers(same)
    assert layers["any"] == {"pure.py": b"x"}
    assert layers["x86_64"] == {"lib.abi3.so": b"x86_64"}
    assert layers["cp312-aarch64"] == {"ext.3.12.so": repr(("3.12", "aarch64")).encode()}


def test_a_wheel_without_its_pinned_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"a==1 --hash=sha256:{'0' * 64}\n", "utf-8")
    (tmp_path / "a-1-py3-none-any.whl").write_bytes(b"not what was pinned")
    with pytest.raises(build.BuildError, match="does not have its pinned hash"):
        build.wheel_files(tmp_path, [])
