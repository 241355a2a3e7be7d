"""A control plane to measure: a data directory with many nodes, its process, an administrator's client."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from agent.identity import new_key, signing_request
from benchmarks.reports import Reports
from nimbus.client.client import Client
from nimbus.client.profiles import Profile
from nimbus.composition.bootstrap import Bootstrapped, bootstrap
from nimbus.composition.sealed_columns import SEALED_COLUMNS
from nimbus.db import Transaction
from nimbus.db.database import write_once
from nimbus.fleet.mesh import store as mesh_store
from nimbus.fleet.mesh.members import Members
from nimbus.fleet.mesh.policy.kinds import Kinds
from nimbus.fleet.mesh.rules import overlay_network
from nimbus.fleet.nodes.records import Node, NodeReport, NodeState
from nimbus.fleet.nodes.service import Nodes
from nimbus.kernel.clock import SystemClock
from nimbus.kernel.ids import new_id
from nimbus.people.organizations.service import Organizations
from nimbus.protocol.join_token import decode_token
from nimbus.protocol.messages import Facts, JoinComplete, JoinRequest, MeshPeer
from nimbus.protocol.version import VERSION
from nimbus.records.audit.service import AuditLog
from nimbus.settings.configuration import ControlPlaneConfig
from nimbus.settings.data_directory import open_data_directory
from nimbus.trust.pki import authority
from nimbus.trust.secrets.keyring import Keyring
from nimbus.trust.secrets.opening import open_keyring
from nimbus.wireguard.keys import generate_private_key, public_key

ROOT = Path(__file__).parents[1]
OVERLAY = "127.64.0.0/16"
FIRST_ADDRESS = int.from_bytes(socket.inet_aton("127.64.0.2"), "big")
HEARTBEAT_S = 10.0
START_S = 120.0
STOP_S = 15.0
DESCRIPTORS_BESIDE = 1_000  # what a process with a fleet opens beside the connections


def too_few_descriptors(wanted: int) -> str:
    """Raise this process's limit of open files (children inherit it); why that is not enough, or ""."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return ""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        return f"needs {wanted} open files; the limit is {hard} (ulimit -Hn)"
    return ""


@dataclass(frozen=True)
class FleetNode:
    """A node with a certificate. `pem` is the certificate; the key is shared by all of a fleet."""

    id: str
    name: str
    address: str
    pem: str


@dataclass
class DataDirectory:
    """What `prepare` made. `revision` is the mesh's."""

    folder: Path
    config: ControlPlaneConfig
    administrator: Bootstrapped
    nodes: list[FleetNode]
    key: str
    revision: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def write(self, work: Callable[[Transaction], Any]) -> Any:
        """One transaction before the control plane runs."""
        return write_once(self.database, work)

    @property
    def database(self) -> Path:
        return Path(self.config.data_dir) / "nimbus.db"

    def keyring(self, tx: Transaction) -> Keyring:
        """The data directory's own: what the control plane seals with."""
        directory = open_data_directory(self.config.data_dir)
        return open_keyring(tx, SEALED_COLUMNS, directory.master_key, self.config.master_key_file)


class Described(NamedTuple):
    """What a simulated node says of itself."""

    name: str
    labels: dict[str, str]
    facts: Facts


def plain(number: int) -> Described:
    name = f"sim-{number:05}"
    return Described(name, {}, Facts(hostname=name))


def prepare(
    folder: Path, count: int, *, mesh: bool = True, describe: Callable[[int], Described] = plain
) -> DataDirectory:
    """A control plane's data directory with `count` nodes that are members of the mesh, made by the services'
    own functions; their certificates are signed by its real CA, over one key to save time."""
    config = ControlPlaneConfig(
        data_dir=str(folder / "data"),
        listen=f"127.0.0.1:{free_port('127.0.0.1')}",
        agent_port=free_port("127.64.0.1"),
        advertise="127.0.0.1",
        endpoint="127.0.0.1:51820",
        overlay=OVERLAY,
        mesh="userspace" if mesh else "off",
        heartbeat_interval=HEARTBEAT_S,
        log_level="error",
        # Loads come from one address, with one key.
        rate_limit_per_address=0.0,
        rate_limit_per_key=0.0,
    )
    administrator = bootstrap(config, new_key=False)
    key = new_key()
    prepared = DataDirectory(folder, config, administrator, [], key)
    _Nodes(prepared, signing_request(key), describe).add(count)
    (folder / "fleet.json").write_text(
        json.dumps({"key": key, "nodes": [[n.id, n.address, n.pem] for n in prepared.nodes]}), "utf-8"
    )
    return prepared


class _Nodes:
    def __init__(self, prepared: DataDirectory, csr: str, describe: Callable[[int], Described]) -> None:
        self._prepared = prepared
        self._csr = csr
        self._describe = describe
        self._clock = SystemClock()
        directory = open_data_directory(prepared.config.data_dir)
        self._authority = authority.load_or_create(directory.pki, self._clock.now())
        organizations = Organizations(self._clock)
        self._organizations = organizations
        # Without a database: only what works inside a given transaction is used.
        self._nodes = Nodes(None, self._clock, AuditLog(self._clock), organizations)  # type: ignore[arg-type]
        overlay = overlay_network(prepared.config.overlay)
        self._members = Members(self._clock, overlay, "", Kinds(self._nodes, organizations).home)

    def add(self, count: int) -> None:
        def work(tx: Transaction) -> None:
            workspace = self._organizations.ensure_default(tx)
            for number in range(count):
                self._add(tx, workspace.id, number)
            self._prepared.revision = mesh_store.revision(tx)

        self._prepared.write(work)

    def _add(self, tx: Transaction, workspace_id: str, number: int) -> None:
        now = self._clock.now()
        address = FIRST_ADDRESS + number
        overlay_ip = socket.inet_ntoa(address.to_bytes(4, "big"))
        described = self._describe(number)
        node = Node(
            id=new_id(),
            workspace_id=workspace_id,
            name=described.name,
            hostname=described.facts.hostname,
            deployment_mode="standalone",
            version=VERSION,
            public_ip="198.51.100.7",
            overlay_ip=overlay_ip,
            state=NodeState.ONLINE,
            maintenance=False,
            capabilities=(),
            labels=described.labels,
            facts=described.facts,
            report=NodeReport(),
            last_seen_at=now,
            state_since=now,
            created_at=now,
            updated_at=now,
        )
        self._nodes.add(tx, node)
        issued = self._authority.sign_node(self._csr, node.id, now)
        self._nodes.add_certificate(tx, node.id, issued)
        mesh_store.take_address(tx, address, node.id, 0)
        peer = MeshPeer(
            node_id=node.id,
            name=node.name,
            public_key=_wireguard_key(number),
            address=overlay_ip,
            endpoint=f"198.51.100.7:{10_000 + number}",
        )
        self._members.put(tx, peer)
        self._prepared.nodes.append(FleetNode(node.id, node.name, overlay_ip, issued.pem))


def _wireguard_key(number: int) -> str:
    from nimbus.wireguard.keys import key_text

    return key_text((number + 2).to_bytes(32, "big"))


class ControlPlane:
    """A started one. Use `running`."""

    def __init__(self, prepared: DataDirectory, process: subprocess.Popen[str], reports: Reports) -> None:
        self.prepared = prepared
        self.process = psutil.Process(process.pid)
        self.reports = reports
        administrator = prepared.administrator
        self._profile = Profile(
            api=f"https://{prepared.config.listen}",
            access_key=administrator.access_key,
            secret_key=administrator.secret_key,
            ca_file=administrator.ca_file,
        )
        self.client = Client(self._profile)
        self._csr = signing_request(new_key())

    @property
    def profile(self) -> Profile:
        return self._profile

    def cpu_seconds(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def join(self, name: str) -> float:
        """One real join, as a new machine does it; seconds that it took. The mesh has one member more then."""
        began = time.monotonic()
        word = self.client.post("/api/v1/nodes/tokens", {"name": name})["token"]
        secret = decode_token(word).secret
        request = JoinRequest(
            secret=secret,
            csr=self._csr,
            facts=Facts(hostname=name),
            sent_at=time.time(),
            mesh_key=public_key(generate_private_key()),
        )
        self.client.request("POST", "/v1/join", body=_plain(request))
        self.client.request("POST", "/v1/join/complete", body=_plain(JoinComplete(secret=secret)))
        return time.monotonic() - began


def _plain(message: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(message)


@contextmanager
def running(prepared: DataDirectory, *, agents: int = 0) -> Iterator[ControlPlane]:
    """The control plane's process, until the end of the block. `agents` is how many have to acknowledge a
    change of the mesh for it to be told of."""
    import msgspec

    file = prepared.folder / "control-plane.json"
    file.write_text(json.dumps({"agents": agents, "config": msgspec.to_builtins(prepared.config)}), "utf-8")
    with started(["benchmarks.observed_api", str(file)]) as (process, reports):
        reports.wait("serving", START_S)
        control_plane = ControlPlane(prepared, process, reports)
        try:
            yield control_plane
        finally:
            control_plane.client.close()


@contextmanager
def started(arguments: list[str]) -> Iterator[tuple[subprocess.Popen[str], Reports]]:
    """`python -m ARGUMENTS`, ended at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process, Reports(process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_S)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nimbus-benchmark-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port(host: str) -> int:
    with socket.create_server((host, 0)) as sock:
        return int(sock.getsockname()[1])


class FleetProcess:
    """A simulated fleet. Use `connected_fleet`."""

    def __init__(
        self, process: subprocess.Popen[str], reports: Reports, count: int, connect_seconds: float
    ) -> None:
        self.process = psutil.Process(process.pid)
        self.reports = reports
        self.count = count
        self.connect_seconds = connect_seconds


@contextmanager
def connected_fleet(
    prepared: DataDirectory, count: int, *, heartbeat: float = HEARTBEAT_S
) -> Iterator[FleetProcess]:
    """`count` agents, connected and polling, until the end of the block."""
    arguments = [
        "benchmarks.fleet",
        str(prepared.folder / "fleet.json"),
        "127.64.0.1",
        str(prepared.config.agent_port),
        str(count),
        str(prepared.revision),
        str(heartbeat),
    ]
    with started(arguments) as (process, reports):
        ready = reports.wait("ready", START_S + count / 50)
        yield FleetProcess(process, reports, count, ready["seconds"])
