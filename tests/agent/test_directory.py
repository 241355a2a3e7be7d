"""The data directory: an identity is replaced as a whole, whatever is interrupted, and damage has a name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.damage import IdentityDamaged, read_mesh_key
from agent.directory import AgentDirectory, NodeRecord, NotJoined, open_agent_directory
from agent.link import agent_context
from nimbus.kernel.clock import SystemClock
from nimbus.protocol.files import private_directory
from nimbus.protocol.messages import NodeAuth
from nimbus.trust.pki import authority
from nimbus.wireguard.keys import generate_private_key
from tests.kit.records import key_and_csr

FILES = ("node.json", "node.key", "wireguard.key", "ca.crt", "node.crt", "session.json")


def record(node_id: str, auth: NodeAuth = "mtls") -> NodeRecord:
    return NodeRecord(
        node_id=node_id,
        name=f"name-{node_id}",
        workspace="w",
        agent_api="https://10.0.0.1:8444",
        heartbeat_interval_s=10,
        joined_at=0,
        auth=auth,
    )


def write(directory: AgentDirectory, which: str, node_id: str, auth: NodeAuth = "mtls") -> None:
    private_directory(directory.root)
    directory.key.write_text(f"key {which}")
    directory.wireguard_key.write_text(f"mesh key {which}")
    directory.ca.write_text(f"ca {which}")
    (directory.session if auth == "session-key" else directory.certificate).write_text(f"identity {which}")
    directory.save_node(record(node_id, auth))


def content(directory: AgentDirectory) -> dict[str, str]:
    found = {name: directory.root / name for name in FILES}
    return {name: file.read_text() for name, file in found.items() if file.exists()}


class Crash(BaseException):
    pass


@pytest.mark.parametrize("auth", ["mtls", "session-key"])
@pytest.mark.parametrize("step", range(1, 7))
def test_a_crash_in_the_middle_of_taking_over_is_made_good(
    tmp_path: Path, step: int, auth: NodeAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = open_agent_directory(str(tmp_path / "agent"))
    write(directory, "old", "n1", "session-key" if auth == "mtls" else "mtls")
    write(directory.staged(), "new", "n1", auth)
    calls = 0

    def replace(source: os.PathLike[str], target: os.PathLike[str]) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            raise Crash
        Path(source).rename(target)

    with monkeypatch.context() as patch:
        patch.setattr("agent.directory.os.replace", replace)
        try:
            directory.take_over()
        except Crash:
            assert directory.load_node().node_id == "n1", "there is a record at any moment"
    again = open_agent_directory(str(tmp_path / "agent"))
    expected = {"node.key": "key new", "wireguard.key": "mesh key new", "ca.crt": "ca new"}
    identity = "session.json" if auth == "session-key" else "node.crt"
    found = content(again)
    assert again.load_node().auth == auth
    found.pop("node.json")
    assert found == {**expected, identity: "identity new"}
    assert not again.staged().root.exists()


def test_one_that_is_not_whole_changes_nothing(tmp_path: Path) -> None:
    directory = open_agent_directory(str(tmp_path / "agent"))
    write(directory, "old", "n1")
    before = content(directory)
    write(directory.staged(), "new", "n1")
    directory.staged().node.unlink()
    assert content(open_agent_directory(str(tmp_path / "agent"))) == before


@pytest.mark.parametrize(("node_id", "kept"), [("n1", True), ("n2", False)])
def test_what_belongs_to_another_node_goes(tmp_path: Path, node_id: str, kept: bool) -> None:
    directory = open_agent_directory(str(tmp_path / "agent"))
    write(directory, "old", "n1")
    directory.state.write_text("")
    (directory.root / "journal.jsonl").write_text("")
    write(directory.staged(), "new", node_id)
    directory.take_over()
    assert directory.state.exists() is kept
    assert (directory.root / "journal.jsonl").exists() is kept
    assert directory.load_node().node_id == node_id


@pytest.mark.parametrize("damage", [b"", b"\0\0\0", b"{", b'{"node_id": 1}', b"\xff\xfe"])
def test_a_record_of_no_use_is_named(tmp_path: Path, damage: bytes) -> None:
    directory = open_agent_directory(str(tmp_path / "agent"))
    with pytest.raises(NotJoined):
        directory.load_node()
    directory.node.write_bytes(damage)
    with pytest.raises(IdentityDamaged, match=r"node\.json cannot be used: it is (empty|damaged)"):
        directory.load_node()
    assert directory.known_node() is None


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b'{"key": "x"}', b"[]", b"\xff"])
def test_a_renewal_of_no_use_is_let_go(tmp_path: Path, damage: bytes) -> None:
    directory = open_agent_directory(str(tmp_path / "agent"))
    write(directory, "old", "n1")
    before = content(directory)
    directory.renewal.write_bytes(damage)
    assert content(open_agent_directory(str(tmp_path / "agent"))) == before
    assert not directory.renewal.exists()


@pytest.mark.parametrize("name", ["ca.crt", "node.crt", "node.key"])
@pytest.mark.parametrize("damage", [None, b"", b"\0" * 64, b"rubbish", "cut"])
def test_the_file_that_is_to_blame_is_named(tmp_path: Path, name: str, damage: bytes | str | None) -> None:
    ca = authority.load_or_create(tmp_path / "pki", SystemClock().now())
    key, csr = key_and_csr()
    files = open_agent_directory(str(tmp_path / "agent"))
    files.key.write_text(key)
    files.save_identity(ca.sign_node(csr, "n1", SystemClock().now()).pem, ca.certificate_pem)
    agent_context(str(files.ca), str(files.certificate), str(files.key))
    file = files.root / name
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:60] if isinstance(damage, str) else damage)
    with pytest.raises(IdentityDamaged, match=name.replace(".", r"\.")) as caught:
        agent_context(str(files.ca), str(files.certificate), str(files.key))
    assert "nimbus node token --rejoin" in caught.value.next_step
    assert "SSL" not in caught.value.line()


def test_a_pair_that_does_not_fit_is_named(tmp_path: Path) -> None:
    ca = authority.load_or_create(tmp_path / "pki", SystemClock().now())
    files = open_agent_directory(str(tmp_path / "agent"))
    files.key.write_text(key_and_csr(1)[0])
    files.save_identity(ca.sign_node(key_and_csr(0)[1], "n1", SystemClock().now()).pem, ca.certificate_pem)
    with pytest.raises(IdentityDamaged, match="do not belong together"):
        agent_context(str(files.ca), str(files.certificate), str(files.key))


@pytest.mark.parametrize("damage", [None, b"", b"rubbish", b"\xff\xff"])
def test_a_mesh_key_of_no_use_is_named(tmp_path: Path, damage: bytes | None) -> None:
    file = tmp_path / "wireguard.key"
    file.write_text(generate_private_key() + "\n")
    assert len(read_mesh_key(file)) == 44
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    with pytest.raises(IdentityDamaged, match=r"wireguard\.key"):
        read_mesh_key(file)


@pytest.mark.parametrize("content", [b"", b"\0" * 300, b"{", b"{}"])
def test_an_interrupted_join_whose_record_is_damaged_stands_in_nobodys_way(
    tmp_path: Path, content: bytes
) -> None:
    directory = open_agent_directory(str(tmp_path / "agent"))
    write(directory, "old", "n1")
    write(directory.staged(), "new", "n1")
    directory.staged().node.write_bytes(content)
    again = open_agent_directory(str(tmp_path / "agent"))
    assert again.load_node().node_id == "n1"
    assert again.key.read_text() == "key old"
    assert again.staged().key.read_text() == "key new", "the join is given again with the same keys"
