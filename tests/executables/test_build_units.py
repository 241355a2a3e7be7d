"""The units: what systemd itself says of them, and the promises that other code relies on."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kit.executables import PROJECT

UNITS = ["nimbus-api", "nimbus-agent"]


def read(unit: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((PROJECT / f"systemd/{unit}.service").read_text("utf-8"))
    return parser


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_nothing_wrong(unit: str, tmp_path: Path) -> None:
    """Of a copy whose programs exist: verify also looks for what ExecStart names."""
    text = (PROJECT / f"systemd/{unit}.service").read_text("utf-8")
    copy = tmp_path / f"{unit}.service"
    copy.write_text(
        text.replace("/usr/local/bin/nimbus-agent", "/bin/true").replace(
            "/usr/local/bin/nimbus", "/bin/true"
        ),
        "utf-8",
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], check=False, text=True, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", UNITS)
def test_it_is_watched_and_never_given_up(unit: str) -> None:
    parser = read(unit)
    service = parser["Service"]
    assert parser["Unit"]["StartLimitIntervalSec"] == "0"
    assert (service["Type"], service["NotifyAccess"], service["WatchdogSec"]) == ("notify", "main", "30")
    assert (service["Restart"], service["RestartSec"]) == ("always", "2")
    assert int(service["LimitNOFILE"]) >= 20_000


@pytest.mark.parametrize("unit", UNITS)
def test_a_restart_leaves_wireguard_alone(unit: str) -> None:
    service = read(unit)["Service"]
    assert service["KillMode"] == "process"
    assert service["RuntimeDirectory"] == "wireguard"
    assert service["RuntimeDirectoryPreserve"] == "yes"


@pytest.mark.parametrize("unit", UNITS)
def test_its_folders_are_its_own(unit: str) -> None:
    service = read(unit)["Service"]
    for kind in ("State", "Cache", "Configuration"):
        assert service[f"{kind}DirectoryMode"] == "0700"
    assert service["Environment"] == f"SHIV_ROOT=/var/cache/{service['CacheDirectory']}"


def test_the_agents_mounts_are_seen_by_everybody() -> None:
    """Each of these would put the agent into a mount namespace of its own."""
    makes_a_namespace = {
        *["ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "ProtectKernelTunables"],
        *["ProtectKernelModules", "ProtectKernelLogs", "ProtectControlGroups", "ProtectProc", "ProcSubset"],
        *["ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "BindPaths", "TemporaryFileSystem"],
        *["PrivateMounts", "MountFlags", "RootDirectory", "DynamicUser", "ProtectHostname", "NoExecPaths"],
    }
    assert not makes_a_namespace & set(read("nimbus-agent")["Service"])


def test_the_control_plane_keeps_what_wireguard_needs() -> None:
    service = read("nimbus-api")["Service"]
    assert "CAP_NET_ADMIN" in service["CapabilityBoundingSet"].split()
    assert service["DeviceAllow"] == "/dev/net/tun rw"
    assert "AF_NETLINK" in service["RestrictAddressFamilies"].split()
    assert not {"PrivateDevices", "PrivateNetwork", "ProtectKernelTunables"} & set(service)
