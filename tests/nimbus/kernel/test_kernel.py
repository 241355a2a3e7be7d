"""The kernel: configuration, addresses, ids, the data directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nimbus.kernel.ids import is_id, new_id
from nimbus.protocol.errors import UsageError
from nimbus.protocol.files import DirectoryUnusable
from nimbus.settings.addresses import (
    advertised_host,
    agent_urls,
    api_urls,
    certificate_hosts,
    url,
    wireguard_endpoints,
    wireguard_port,
)
from nimbus.settings.configuration import ControlPlaneConfig, check, split_address
from nimbus.settings.data_directory import DataDirectoryBusy, Running, open_data_directory


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1.2.3.4:80", ("1.2.3.4", 80)),
        ("[::1]:80", ("::1", 80)),
        ("::1", ("::1", 9)),
        ("[::1]", ("::1", 9)),
        ("host", ("host", 9)),
        (":80", ("", 80)),
        ("host:0", ("host", 0)),
    ],
)
def test_addresses(text: str, wanted: tuple[str, int]) -> None:
    assert split_address(text, "listen", default_port=9) == wanted


@pytest.mark.parametrize("text", ["host:port", "host:70000", "host:-1", "host:²", "host:", "host:1٣"])
def test_what_is_no_address_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        split_address(text, "listen", default_port=9)


@pytest.mark.parametrize(
    "fields",
    [
        {"listen": "x:y"},
        {"endpoint": ":51820"},
        {"endpoint": "host:0"},
        {"endpoint": "a:1, :2"},
        {"endpoint": " , "},
        {"endpoint": ",".join(f"h{n}:1" for n in range(9))},
        {"agent_addresses": "host name:1"},
        {"api_addresses": "host:0"},
        {"mtu": 500},
        {"mtu": -1},
        {"node_port": 65536},
        {"agent_port": 0},
        {"agent_port": 65536},
        {"tls_cert": "a"},
        {"tls_key": "a"},
        {"heartbeat_interval": 0.0},
        {"heartbeat_interval": float("nan")},
        {"heartbeat_interval": 301.0},
    ],
)
def test_values_that_do_not_fit_together_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        check(ControlPlaneConfig(data_dir="/x", **fields))  # type: ignore[arg-type]


def test_where_nodes_reach_the_control_plane() -> None:
    config = ControlPlaneConfig(data_dir="/x", endpoint="cp.example.org")
    assert wireguard_endpoints(config) == ("cp.example.org:51820",)
    assert advertised_host(config) == "cp.example.org"
    assert wireguard_port(config) == 51820
    six = ControlPlaneConfig(data_dir="/x", listen="[2001:db8::1]:8443", wireguard_port=7)
    assert wireguard_endpoints(six) == ("[2001:db8::1]:7",)
    assert url("2001:db8::1", 1) == "https://[2001:db8::1]:1"
    assert "2001:db8::1" in certificate_hosts(six, None)
    assert "10.106.103.1" in certificate_hosts(config, "10.106.103.1")
    assert agent_urls(six, "10.106.103.1") == ("https://10.106.103.1:8444",)
    assert api_urls(six) == ("https://[2001:db8::1]:8443",)
    several = ControlPlaneConfig(
        data_dir="/x",
        endpoint="a.example.org, [2001:db8::1]:7, a.example.org:51820",
        agent_addresses="10.0.0.1:1,10.0.0.1",
        api_addresses="b.example.org:443",
    )
    assert wireguard_endpoints(several) == ("a.example.org:51820", "[2001:db8::1]:7")
    assert (advertised_host(several), wireguard_port(several)) == ("a.example.org", 51820)
    assert agent_urls(several, "10.106.103.1") == ("https://10.0.0.1:1", "https://10.0.0.1:8444")
    assert api_urls(several) == ("https://b.example.org:443",)
    assert "b.example.org" in certificate_hosts(several, None)


def test_ids() -> None:
    assert is_id(new_id())
    assert not is_id("web-1")
    assert not is_id("{" + new_id() + "}")
    assert not is_id(new_id().replace("-", ""))


def test_one_control_plane_has_a_data_directory_at_a_time(tmp_path: Path) -> None:
    directory = open_data_directory(str(tmp_path / "data"))
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    with directory.lock():
        program = (
            "import sys; from nimbus.settings.data_directory import *\n"
            "try:\n"
            "    with open_data_directory(sys.argv[1]).lock(): print('got it')\n"
            "except DataDirectoryBusy as error: print(error.line())"
        )
        command = [sys.executable, "-c", program, str(tmp_path / "data")]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert "another control plane" in said
        with pytest.raises(DataDirectoryBusy), directory.lock():
            pass
    with directory.lock():
        pass


def test_what_ran_last_is_remembered_and_rubbish_is_nothing(tmp_path: Path) -> None:
    directory = open_data_directory(str(tmp_path))
    assert directory.last_running() is None
    directory.note_running(Running("https://a", "https://b", "off"))
    assert directory.last_running() == Running("https://a", "https://b", "off")
    (tmp_path / "running.json").write_text('{"api": 3')
    assert directory.last_running() is None


def test_a_file_in_the_way_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DirectoryUnusable, match="cannot be used"):
        open_data_directory(str(tmp_path / "data"))
