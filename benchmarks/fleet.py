"""A fleet of simulated agents in one process: real certificates, real mTLS, the real protocol, no machines.

    python -m benchmarks.fleet FLEET.json HOST PORT COUNT REVISION HEARTBEAT_S

Each agent has one connection, from its own overlay address (a loopback one). It sends heartbeats and long polls on
it as `agent/app.py` does, takes the mesh delta out of an answer or fetches it, acknowledges by polling again
with the new revision, takes leased tasks and posts their results. Simulated: no device and no journal (a delta
is decoded and counts as applied, a task succeeds at once), one private key for all, and agents do not verify
the server's certificate. One epoll loop, no thread: what the machine has is left to the control plane.

Commands come on standard input, reports go to standard output as JSON lines; times are CLOCK_MONOTONIC.
"""

from __future__ import annotations

import gc
import json
import math
import os
import select
import socket
import ssl
import struct
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import msgspec

from nimbus.protocol.messages import HealthCheck, Heartbeat, MeshDelta, PollAnswer, SystemMetrics, TaskResult
from nimbus.protocol.version import VERSION

HANDSHAKES_AT_ONCE = 64
TCP_INFO_BYTES = struct.Struct("QQ")
TCP_INFO_OFFSET = 120  # tcpi_bytes_acked, tcpi_bytes_received: linux/tcp.h, struct tcp_info
POLL, BEAT, RESULT, FETCH = "poll", "beat", "result", "fetch"
_poll_answer = msgspec.json.Decoder(PollAnswer)
_delta = msgspec.json.Decoder(MeshDelta)
_encoder = msgspec.json.Encoder()


def load_of(number: int, at: float) -> SystemMetrics:
    """A made-up load: each machine has its own level, and all are busier once an hour."""
    level = (number * 37 % 100) / 100
    wave = (1 + math.sin(at / 573 + number)) / 2
    memory, disk = 2 ** (33 + number % 4), 2 ** (37 + number % 3)
    return SystemMetrics(
        cpu_percent=round(4 + 60 * level * level + 25 * wave, 1),
        load_1m=round(0.1 + 3 * level + wave, 2),
        memory_used_bytes=int(memory * (0.25 + 0.5 * level + 0.1 * wave)),
        memory_total_bytes=memory,
        disk_used_bytes=int(disk * (0.2 + 0.74 * level)),
        disk_total_bytes=disk,
        network_rx_bytes=int(at * 4000 * (1 + 9 * level) + 3_000_000 * math.sin(at / 300)) % 2**53,
        network_tx_bytes=int(at * 2500 * (1 + 9 * level) + 1_000_000 * math.sin(at / 300)) % 2**53,
        uptime_s=86_400.0 * (1 + number % 90) + at % 86_400,
    )


def checks_of(number: int) -> tuple[HealthCheck, ...]:
    healthy = number % 23 != 9
    return (
        HealthCheck("mesh", True),
        HealthCheck("disk", healthy, "" if healthy else "/var/lib is read-only"),
    )


class Agent:
    """One node: a connection, the requests that are under way on it, what it has applied."""

    __slots__ = (
        "address",
        "buffer",
        "fleet",
        "head",
        "held",
        "node_id",
        "number",
        "pem",
        "poll_head",
        "revision",
        "sock",
        "waiting",
    )

    def __init__(self, fleet: Fleet, node_id: str, address: str, pem: str, revision: int) -> None:
        self.fleet = fleet
        self.node_id = node_id
        self.address = address
        self.pem = pem
        self.revision = revision
        self.number = int.from_bytes(socket.inet_aton(address), "big") % 65_536 - 2
        self.held: list[str] = []
        self.waiting: deque[tuple[str, str]] = deque()
        self.buffer = b""
        self.head = (
            f" HTTP/1.1\r\nHost: {fleet.authority}\r\nUser-Agent: nimbus-agent/{VERSION}\r\n"
            "X-Nimbus-Protocol: 1\r\nContent-Type: application/json\r\nContent-Length: "
        )
        self.poll_head = f"/v1/internal/tasks/{node_id}?wait=25&capacity=8&mesh="
        self.sock: ssl.SSLSocket

    def connect(self) -> int:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tcp.bind((self.address, 0))
        tcp.connect(self.fleet.server)
        tcp.setblocking(False)
        context = self.fleet.context(self.pem)
        self.sock = context.wrap_socket(tcp, do_handshake_on_connect=False)
        return self.sock.fileno()

    def handshake(self) -> int:
        """What to wait for (an epoll mask), 0 when it is done."""
        try:
            self.sock.do_handshake()
        except ssl.SSLWantReadError:
            return select.EPOLLIN
        except ssl.SSLWantWriteError:
            return select.EPOLLOUT
        return 0

    # What it sends.

    def poll(self) -> None:
        held = f"&held={','.join(self.held)}" if self.held else ""
        self._send(POLL, "", f"GET {self.poll_head}{self.revision}{held}{self.head}0\r\n\r\n".encode())

    def beat(self, body: bytes) -> None:
        self._send(BEAT, "", f"POST /v1/internal/heartbeat{self.head}{len(body)}\r\n\r\n".encode() + body)

    def result(self, task_id: str, attempt: int) -> None:
        result = TaskResult(attempt=attempt, outcome="succeeded", result={"hostname": "simulated"})
        body = _encoder.encode(result)
        target = f"POST /v1/internal/tasks/{task_id}/result"
        self._send(RESULT, task_id, f"{target}{self.head}{len(body)}\r\n\r\n".encode() + body)

    def fetch(self) -> None:
        target = f"GET /v1/internal/desired/{self.node_id}/mesh?revision={self.revision}"
        self._send(FETCH, "", f"{target}{self.head}0\r\n\r\n".encode())

    def _send(self, kind: str, subject: str, data: bytes) -> None:
        self.waiting.append((kind, subject))
        if self.sock.send(data) != len(data):
            raise RuntimeError("a request did not go out whole")

    # What it gets.

    def readable(self) -> None:
        while True:
            try:
                data = self.sock.recv(65536)
            except ssl.SSLWantReadError:
                return
            if not data:
                raise RuntimeError(f"the control plane closed the connection of {self.node_id}")
            self.buffer += data
            while self.buffer and self._answer():
                pass
            if not self.sock.pending() and len(data) < 16384:
                return

    def _answer(self) -> bool:
        """Take one whole answer out of the buffer; False when there is none."""
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return False
        status = head[9:12]
        length = 0
        if status not in (b"204", b"304"):
            lowered = head.lower()
            start = lowered.index(b"content-length:") + 15
            length = int(lowered[start:].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return False
        body, self.buffer = rest[:length], rest[length:]
        kind, subject = self.waiting.popleft()
        if status not in (b"200", b"204", b"304"):
            raise RuntimeError(f"{kind} was answered {status.decode()}: {body[:200].decode()}")
        if kind == POLL:
            self._polled(body)
        elif kind == FETCH and body:
            self.revision = _delta.decode(body).revision
            self.fleet.fetched += 1
            self.poll()
        elif kind == RESULT:
            self.held.remove(subject)
        return True

    def _polled(self, body: bytes) -> None:
        answer: PollAnswer = _poll_answer.decode(body)
        for lease in answer.tasks:
            self.fleet.tell({"task": lease.id, "at": time.monotonic()})
            self.held.append(lease.id)
        published = answer.revisions["mesh"]
        if published != self.revision:
            if answer.mesh is None or answer.mesh.since != self.revision:
                self.fetch()
                return
            self.revision = answer.mesh.revision
        self.poll()
        for lease in answer.tasks:
            self.result(lease.id, lease.attempt)

    def wire_bytes(self) -> tuple[int, int]:
        """TCP payload bytes, TLS included: received, and sent and acknowledged."""
        info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        sent, received = TCP_INFO_BYTES.unpack_from(info, TCP_INFO_OFFSET)
        return received, sent


class Fleet:
    def __init__(
        self, file: Path, server: tuple[str, int], count: int, revision: int, heartbeat: float
    ) -> None:
        self.server = server
        self.authority = f"{server[0]}:{server[1]}"
        given = json.loads(file.read_text("utf-8"))
        self._key = given["key"].encode()
        self._pair = os.memfd_create("certificate")
        self.agents = [
            Agent(self, node_id, address, pem, revision) for node_id, address, pem in given["nodes"][:count]
        ]
        self.epoll = select.epoll()
        self.by_descriptor: dict[int, Agent] = {}
        self.heartbeat = heartbeat
        self.fetched = 0
        self._commands = ""

    def context(self, pem: str) -> ssl.SSLContext:
        """load_cert_chain reads files only: one in memory, written anew for each agent."""
        os.ftruncate(self._pair, 0)
        os.pwrite(self._pair, pem.encode() + self._key, 0)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(f"/proc/self/fd/{self._pair}")
        return context

    def tell(self, message: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def connect(self) -> None:
        """Connect all, a few at a time, each with a heartbeat and then its first poll."""
        began = time.monotonic()
        waiting = deque(self.agents)
        shaking: dict[int, Agent] = {}
        while waiting or shaking:
            while waiting and len(shaking) < HANDSHAKES_AT_ONCE:
                agent = waiting.popleft()
                descriptor = agent.connect()
                shaking[descriptor] = self.by_descriptor[descriptor] = agent
                self.epoll.register(descriptor, agent.handshake() or select.EPOLLOUT)
            for descriptor, _events in self.epoll.poll(10):
                agent = self.by_descriptor[descriptor]
                if descriptor not in shaking:
                    agent.readable()
                    continue
                mask = agent.handshake()
                self.epoll.modify(descriptor, mask or select.EPOLLIN)
                if not mask:
                    del shaking[descriptor]
                    agent.beat(self._beat(agent))
                    agent.poll()
        gc.collect()
        gc.freeze()
        gc.disable()
        self.tell({"ready": len(self.agents), "seconds": time.monotonic() - began})

    def _beat(self, agent: Agent) -> bytes:
        beat = Heartbeat(
            sent_at=time.time(),
            metrics=load_of(agent.number, time.time()),
            checks=checks_of(agent.number),
            version=VERSION,
            applied={"mesh": agent.revision},
            running=tuple(agent.held),
        )
        return _encoder.encode(beat)

    def run(self) -> None:
        """Until standard input ends. Heartbeats are spread evenly over the interval."""
        self.epoll.register(0, select.EPOLLIN)
        agents, count = self.agents, len(self.agents)
        began, beats = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - began) / self.heartbeat * count)
            # A few at a time: what comes meanwhile is read first.
            for _ in range(min(8, due - beats)):
                agent = agents[beats % count]
                agent.beat(self._beat(agent))
                beats += 1
            late = due > beats
            for descriptor, _events in self.epoll.poll(0 if late else self.heartbeat / count, 64):
                if descriptor == 0:
                    if not self._command():
                        return
                else:
                    self.by_descriptor[descriptor].readable()

    def _command(self) -> bool:
        """Do what standard input asks for; False at its end."""
        data = os.read(0, 4096)
        if data.strip() == b"bytes":
            counts = [agent.wire_bytes() for agent in self.agents]
            received, sent = [count[0] for count in counts], [count[1] for count in counts]
            self.tell({"bytes": {"received": received, "sent": sent, "fetched": self.fetched}})
        return bool(data)


def main(arguments: list[str]) -> None:
    file, host, port, count, revision, heartbeat = arguments
    fleet = Fleet(Path(file), (host, int(port)), int(count), int(revision), float(heartbeat))
    fleet.connect()
    fleet.run()


if __name__ == "__main__":
    main(sys.argv[1:])
