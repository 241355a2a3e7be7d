"""The agent's data directory: who the node is, its keys, and where each file is."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from agent.damage import IdentityDamaged, condition
from agent.state.old_files import OldFiles
from nimbus.protocol.errors import NimbusError
from nimbus.protocol.files import (
    PUBLIC_MODE,
    DirectoryUnusable,
    private_directory,
    sync_directory,
    write_atomically,
)
from nimbus.protocol.messages import MeshMembership, NodeAuth

log = logging.getLogger("nimbus.agent")


class NodeRecord(msgspec.Struct, kw_only=True):
    """`node.json`. `pending_secret` is the one-time secret until the control plane knows that the join is
    complete; `listen_port` is the UDP port that WireGuard keeps across restarts, `mesh_key` the node's own public
    key there, `mtu` what its token said of the mesh (0: nothing); `public_api` are URLs of the API outside of the
    mesh, `api_trust` the certificates (DER) that it may have besides those of the CA; `via_tls`: UDP was blocked
    when the node joined. `auth` is how requests are authenticated, `pins` (`agent.pinning`) the only server
    certificates that are accepted; `pinned`: they are what makes a proxy's certificate valid; `waiting`: an
    operator had not approved the node when it joined."""

    node_id: str
    name: str
    workspace: str
    agent_api: str
    heartbeat_interval_s: float
    joined_at: float
    interface: str = ""
    mesh_mode: str = "off"
    listen_port: int = 0
    mesh: MeshMembership | None = None
    mesh_key: str = ""
    mtu: int = 0
    public_api: tuple[str, ...] = ()
    api_trust: tuple[bytes, ...] = ()
    via_tls: bool = False
    pending_secret: str = ""
    auth: NodeAuth = "mtls"
    pins: tuple[str, ...] = ()
    pinned: bool = False
    waiting: bool = False

    def __repr__(self) -> str:
        return f"NodeRecord({self.node_id!r}, name={self.name!r})"


class NotJoined(NimbusError):
    code = "NOT_JOINED"


class AgentRunning(NimbusError):
    code = "AGENT_RUNNING"


class AgentDirectory:
    """The data directory, by default /var/lib/nimbus-agent."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.node = root / "node.json"
        self.ca = root / "ca.crt"
        self.certificate = root / "node.crt"
        self.key = root / "node.key"
        self.renewal = root / "renewal.pem"
        self.proxy = root / "proxy.json"
        self.session = root / "session.json"
        self.wireguard_key = root / "wireguard.key"
        self.state = root / "state.db"
        self.status = root / "status.json"
        self.generation = root / "generation.json"
        self.artifacts = root / "artifacts"
        # Beside it: workers of nginx, which are no user in particular, connect to a socket in there.
        self.edge = root.with_name(f"{root.name}-edge")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One agent at a time. Raises AgentRunning, DirectoryUnusable. The kernel drops the lock with the
        process."""
        handle = self._open_lock()
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AgentRunning(
                    f"another nimbus-agent runs on {self.root}",
                    next_step="Stop that one (systemctl stop nimbus-agent), or name another with --data-dir.",
                ) from None
            yield
        finally:
            os.close(handle)

    def _open_lock(self) -> int:
        file = self.root / "lock"
        try:
            try:
                return os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            except OSError as error:
                if error.errno != errno.EROFS:
                    raise
                # An agent that ran here before has left it.
                return os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise DirectoryUnusable(
                f"{file} cannot be opened: {error.strerror or error}",
                next_step="Run as the owner of the directory, or name another with --data-dir.",
            ) from None

    def load_node(self) -> NodeRecord:
        """Raises NotJoined, and IdentityDamaged when the file is of no use."""
        try:
            return msgspec.json.decode(self.node.read_bytes(), type=NodeRecord)
        except FileNotFoundError:
            raise NotJoined(
                f"this machine is not a node: there is no {self.node}",
                next_step="Join with: nimbus-agent join TOKEN",
            ) from None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            problem = condition(self.node, "") or "it is damaged"
            raise IdentityDamaged(f"{self.node} cannot be used: {problem}") from None

    def known_node(self) -> NodeRecord | None:
        """None also when the file is of no use."""
        try:
            return self.load_node()
        except (NotJoined, IdentityDamaged):
            return None

    def save_node(self, record: NodeRecord) -> None:
        write_atomically(self.node, msgspec.json.encode(record))

    def save_identity(self, certificate: str, ca: str) -> None:
        """An empty certificate is none: the node signs its requests."""
        write_atomically(self.ca, ca.encode(), mode=PUBLIC_MODE)
        if certificate:
            write_atomically(self.certificate, certificate.encode(), mode=PUBLIC_MODE)

    def trust(self, authorities: str) -> bool:
        """These (PEM) and no others from now on. Whether they are other ones than before. Blocks. Raises OSError,
        and ssl.SSLError when they are none."""
        if self.ca.read_text("ascii") == authorities:
            return False
        ssl.create_default_context(cadata=authorities)
        write_atomically(self.ca, authorities.encode(), mode=PUBLIC_MODE)
        return True

    def begin_renewal(self, key_pem: str, certificate: str, ca: str) -> None:
        """Put a new pair in place. It is written whole to one file first, so that a crash in between is made
        good by `finish_renewal` at the next start."""
        write_atomically(self.ca, ca.encode(), mode=PUBLIC_MODE)
        write_atomically(self.renewal, msgspec.json.encode({"key": key_pem, "certificate": certificate}))
        self.finish_renewal()

    def finish_renewal(self) -> None:
        try:
            pair = msgspec.json.decode(self.renewal.read_bytes(), type=dict[str, str])
            key, certificate = pair["key"], pair["certificate"]
        except FileNotFoundError:
            return
        except (KeyError, msgspec.DecodeError, UnicodeDecodeError):
            # A file system that lost it in a power cut. The pair before it is good, or the link names what is not.
            self.renewal.unlink()
            return
        write_atomically(self.key, key.encode())
        write_atomically(self.certificate, certificate.encode(), mode=PUBLIC_MODE)
        self.renewal.unlink()

    def staged(self) -> AgentDirectory:
        """Where a join puts the identity that it is about to get; nothing is made."""
        return AgentDirectory(self.root / "joining")

    def take_over(self) -> None:
        """Put the staged identity in the place of the present one. It is whole when it has its record, which goes
        last: a crash in between is made good at the next start."""
        staged = self.staged()
        record, before = staged.known_node(), self.known_node()
        if record is None:
            # One that is of no use is none: the join that left it is given again, and has the same keys.
            staged.node.unlink(missing_ok=True)
            return
        if before is None or before.node_id != record.node_id:
            self.forget_work()
        unused = self.certificate if record.auth == "session-key" else self.session
        for file in (unused, self.renewal, *(() if staged.proxy.exists() else (self.proxy,))):
            file.unlink(missing_ok=True)
        for name in ("key", "wireguard_key", "ca", "certificate", "session", "proxy", "node"):
            if getattr(staged, name).exists():
                os.replace(getattr(staged, name), getattr(self, name))
                sync_directory(self.root)
        shutil.rmtree(staged.root)

    def forget(self) -> None:
        """Remove every trace of the membership; keys first."""
        if self.staged().root.is_dir():
            shutil.rmtree(self.staged().root)
        for file in (
            self.key,
            self.session,
            self.proxy,
            self.wireguard_key,
            self.renewal,
            self.node,
            self.certificate,
            self.ca,
        ):
            file.unlink(missing_ok=True)
        self.forget_work()

    def forget_work(self) -> None:
        """What belongs to the node and is not its identity: tasks, desired state, metrics, and which copy of the
        control plane's database it has heard of."""
        for file in (self.status, self.generation, *self.root.glob(self.state.name + "*")):
            file.unlink(missing_ok=True)
        OldFiles(self.root).remove()
        if self.artifacts.is_dir():
            shutil.rmtree(self.artifacts)


def existing_agent_directory(path: str) -> AgentDirectory:
    """The directory as it is, whatever is in it; nothing is made. Raises NotJoined when there is none."""
    directory = AgentDirectory(Path(path).resolve())
    if not directory.root.is_dir():
        raise NotJoined(
            f"this machine is not a node: there is no {directory.root}",
            next_step="Join with: nimbus-agent join TOKEN",
        )
    return directory


def find_agent_directory(path: str) -> AgentDirectory:
    """The directory as it is; nothing is made, nor need it be writable. Raises NotJoined when there is no node in
    it, IdentityDamaged."""
    directory = AgentDirectory(Path(path).resolve())
    directory.load_node()
    return directory


def find_agent_to_run(path: str) -> AgentDirectory:
    """The same, with a renewal or a join that was interrupted brought to its end, where the disk lets it. Raises
    NotJoined, IdentityDamaged."""
    directory = find_agent_directory(path)
    try:
        directory.finish_renewal()
        directory.take_over()
    except OSError as error:
        # What there was before is good still.
        log.error("the new identity cannot be installed yet: %s", error)
    return directory


def open_agent_directory(path: str) -> AgentDirectory:
    """Raises DirectoryUnusable."""
    directory = AgentDirectory(private_directory(Path(path)).resolve())
    directory.finish_renewal()
    directory.take_over()
    return directory
