"""The load of agent_listener: connections that each have one request under way.

python -m benchmarks.agent_load FOLDER KIND PID HOST PORT SECONDS
"""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
import sys
import time
from pathlib import Path

import msgspec
import psutil

from nimbus.protocol.messages import Heartbeat, SystemMetrics, TaskResult

WARM_UP_S = 0.5
CONNECT_S = 30.0
BEAT = Heartbeat(
    sent_at=1.75e9,
    metrics=SystemMetrics(
        cpu_percent=12.5,
        load_1m=0.5,
        memory_used_bytes=4 << 30,
        memory_total_bytes=16 << 30,
        disk_used_bytes=123 << 30,
        disk_total_bytes=512 << 30,
        network_rx_bytes=123456789,
        network_tx_bytes=98765432,
        uptime_s=1234567.0,
    ),
    version="0.1.0",
    applied={"mesh": 256},
)
RESULT = TaskResult(
    attempt=1,
    outcome="succeeded",
    result={"hostname": "sim", "os": "Debian GNU/Linux 12", "kernel": "6.1.0-28-amd64", "cpu_count": 8},
    started_at=1.75e9,
    finished_at=1.75e9,
)


class OutOfTasks(Exception):
    """A connection has no task left: the measurement ends here."""


class Load:
    def __init__(self, folder: Path, kind: str, server: tuple[str, int]) -> None:
        fleet = json.loads((folder / "fleet.json").read_text("utf-8"))
        tasks = json.loads((folder / "tasks.json").read_text("utf-8"))
        self.kind = kind
        self.epoll = select.epoll()
        self.clients: dict[int, tuple[ssl.SSLSocket, str, list[str]]] = {}
        self.partial: dict[int, bytes] = {}
        pair = os.memfd_create("certificate")
        for node_id, address, pem in fleet["nodes"]:
            os.ftruncate(pair, 0)
            os.pwrite(pair, (pem + fleet["key"]).encode(), 0)
            context = ssl.create_default_context(cafile=str(folder / "data/pki/ca.crt"))
            context.check_hostname = False
            context.load_cert_chain(f"/proc/self/fd/{pair}")
            tcp = socket.create_connection(server, timeout=CONNECT_S, source_address=(address, 0))
            sock = context.wrap_socket(tcp)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            self.clients[sock.fileno()] = (sock, node_id, tasks[node_id])
            self.epoll.register(sock.fileno(), select.EPOLLIN)

    def send(self, descriptor: int) -> None:
        sock, node_id, tasks = self.clients[descriptor]
        if self.kind == "heartbeat":
            path, body = "/v1/internal/heartbeat", msgspec.json.encode(BEAT)
        elif tasks:
            path, body = f"/v1/internal/tasks/{tasks.pop()}/result", msgspec.json.encode(RESULT)
        else:
            raise OutOfTasks
        # The stock server cannot see the certificate: it is told who asks. Ours does not look at it.
        head = (
            f"POST {path} HTTP/1.1\r\nHost: cp.nimbus.internal\r\nUser-Agent: nimbus-agent\r\n"
            f"X-Node: {node_id}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        sock.send(head.encode() + body)

    def run(self, seconds: float) -> int:
        """Keep every client busy; how many answers came."""
        answers = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for descriptor, _ in self.epoll.poll(0.1):
                try:
                    data = self.partial.pop(descriptor, b"") + self.clients[descriptor][0].recv(65536)
                except ssl.SSLWantReadError:
                    continue
                if not complete(data):
                    self.partial[descriptor] = data
                    continue
                answers += 1
                try:
                    self.send(descriptor)
                except OutOfTasks:
                    return answers
        return answers


def complete(data: bytes) -> bool:
    """A whole answer, and one that says that all went well."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not data:
        raise RuntimeError("the server closed a connection")
    if not separator:
        return False
    if head[9:12] not in (b"200", b"204"):
        raise RuntimeError(f"the server answered {data[:200]!r}")
    if head[9:12] == b"204":
        return True
    lowered = head.lower()
    start = lowered.index(b"content-length:") + 15
    return len(body) >= int(lowered[start:].split(b"\r\n", 1)[0])


def main(arguments: list[str]) -> None:
    folder, kind, pid, host, port, seconds = arguments
    load = Load(Path(folder), kind, (host, int(port)))
    server = psutil.Process(int(pid))
    for descriptor in load.clients:
        load.send(descriptor)
    load.run(WARM_UP_S)
    before = server.cpu_times()
    requests = load.run(float(seconds))
    after = server.cpu_times()
    print(json.dumps({"requests": requests, "cpu": after.user + after.system - before.user - before.system}))


if __name__ == "__main__":
    main(sys.argv[1:])
