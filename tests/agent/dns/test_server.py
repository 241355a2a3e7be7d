"""The name server's sockets: who is answered, and by what port."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

import pytest
import trio
import trio.testing
from dnslib import RCODE, DNSRecord

from agent.dns import server
from agent.dns.resolved import ResolvedUnusable, SplitDns
from agent.dns.server import NameServer
from agent.dns.zone import Zone, zone_of
from nimbus.protocol.messages import MeshMembership, MeshPeer
from tests.kit.polling import eventually
from tests.kit.ports import free_ports

NAME = "web-1.default.nimbus.internal"
PEERS = [MeshPeer("n2", "web-1", "k", "127.0.0.2", workspace="default")]
ZONE = zone_of(MeshMembership("127.0.0.1/8", "hub", "", "127.0.0.9"), "n1", PEERS, 1)
STRANGE = zone_of(MeshMembership("10.0.0.1/24", "hub", "", "10.0.0.2"), "n1", [], 1)


def address_of(reply: bytes) -> str:
    return str(DNSRecord.parse(reply).rr[0].rdata)


async def asked(port: int, query: bytes) -> bytes:
    with trio.socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        await channel.sendto(query, ("127.0.0.1", port))
        with trio.fail_after(10):
            return (await channel.recvfrom(4096))[0]


async def is_closed(stream: trio.SocketStream) -> bool:
    """By a reset too, where something was not read."""
    with trio.fail_after(10):
        try:
            return await stream.receive_some(1) == b""
        except trio.BrokenResourceError:
            return True


async def started(nursery: trio.Nursery, zone: Zone = ZONE, port: int = 0) -> NameServer:
    port = port or free_ports(1)[0]
    made = NameServer("127.0.0.1", lambda: zone, port)
    nursery.start_soon(made.run)
    await trio.testing.wait_all_tasks_blocked()
    return made


async def test_queries_are_answered_by_udp_and_tcp() -> None:
    async with trio.open_nursery() as nursery:
        made = await started(nursery)
        query = DNSRecord.question(NAME).pack()
        assert address_of(await asked(made._port, query)) == "127.0.0.2"
        async with await trio.open_tcp_stream("127.0.0.1", made._port) as stream:
            # Several on one connection, in pieces.
            whole = (struct.pack("!H", len(query)) + query) * 2
            for piece in (whole[:1], whole[1:20], whole[20:]):
                await stream.send_all(piece)
            received = b""
            with trio.fail_after(10):
                while len(received) < 2 * (
                    struct.unpack("!H", received[:2])[0] + 2 if len(received) > 1 else 1
                ):
                    received += await stream.receive_some(4096)
            size = struct.unpack("!H", received[:2])[0]
            assert address_of(received[2 : 2 + size]) == "127.0.0.2"
        assert made.alert == ""
        nursery.cancel_scope.cancel()


async def test_strangers_and_what_is_too_long_hear_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with trio.open_nursery() as nursery:
        strange, known = await started(nursery, STRANGE), await started(nursery)
        query = DNSRecord.question(NAME).pack()
        assert strange._answer(query, "127.0.0.1") is None
        assert known._answer(query + b"x" * server.MOST_BYTES, "127.0.0.1") is None
        async with await trio.open_tcp_stream("127.0.0.1", known._port) as stream:
            await stream.send_all(struct.pack("!H", server.MOST_BYTES + 1) + b"x")
            assert await is_closed(stream)
        # It goes on.
        assert DNSRecord.parse(await asked(known._port, query)).header.rcode == RCODE.NOERROR
        nursery.cancel_scope.cancel()


async def test_connections_are_counted_and_silent_ones_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 1)
    monkeypatch.setattr(server, "IDLE_S", 0.2)
    async with trio.open_nursery() as nursery:
        made = await started(nursery)
        first = await trio.open_tcp_stream("127.0.0.1", made._port)
        await eventually(lambda: made._connections == 1, "the first is served")
        async with await trio.open_tcp_stream("127.0.0.1", made._port) as second:
            assert await is_closed(second)
        assert await is_closed(first)
        await first.aclose()
        nursery.cancel_scope.cancel()


async def test_a_port_that_another_has_is_named_and_taken_when_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "RETRY_S", 0.05)
    [port] = free_ports(1)
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("0.0.0.0", port))
    async with trio.open_nursery() as nursery:
        made = await started(nursery, port=port)
        await eventually(lambda: f"port {port} of 127.0.0.1" in made.alert, "it says that it is taken")
        assert "Address already in use" in made.alert
        other.close()
        await eventually(lambda: made.alert == "", "it has the port")
        assert address_of(await asked(port, DNSRecord.question(NAME).pack())) == "127.0.0.2"
        nursery.cancel_scope.cancel()


RESOLVECTL = """\
#!/bin/sh
echo "$@" >>"$0.log"
if [ -n "$3" ]; then echo "$3" >"$0.$1"; exit; fi
printf 'Link 7 (nimbus0): %s\\n' "$(cat "$0.$1" 2>/dev/null)"
"""


@pytest.fixture
def resolvectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the place of systemd-resolved's: prints and keeps what it was told, as that one does."""
    program = tmp_path / "resolvectl"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    program.write_text(RESOLVECTL)
    program.chmod(0o755)
    return program


def test_resolved_is_told_once_and_again_when_it_has_forgotten(resolvectl: Path) -> None:
    split = SplitDns("nimbus0", "10.106.103.2")
    told = ["dns nimbus0 10.106.103.2", "domain nimbus0 ~nimbus.internal"]
    log = Path(f"{resolvectl}.log")
    for times in (1, 1, 2):
        if times == 2:
            Path(f"{resolvectl}.domain").unlink()
            told.append(told[1])
        split.tell()
        assert [line for line in log.read_text().splitlines() if line.count(" ") == 2] == told


def test_what_resolved_says_is_told(resolvectl: Path) -> None:
    resolvectl.write_text(
        "#!/bin/sh\necho 'Failed to resolve interface \"nimbus0\": No such device' >&2; exit 1\n"
    )
    with pytest.raises(ResolvedUnusable, match="resolvectl dns: Failed to resolve interface"):
        SplitDns("nimbus0", "10.106.103.2").tell()


def test_without_resolved_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ResolvedUnusable, match="install systemd-resolved"):
        SplitDns("nimbus0", "10.106.103.2").tell()


async def test_a_connection_that_is_reset_before_it_is_taken_ends_nothing() -> None:
    async with trio.open_nursery() as nursery:
        made = await started(nursery)
        for _ in range(3):
            caller = socket.create_connection(("127.0.0.1", made._port))
            # With nothing to wait for (SO_LINGER) a close is a reset.
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            caller.close()
        query = DNSRecord.question(NAME).pack()
        assert address_of(await asked(made._port, query)) == "127.0.0.2"
        await trio.testing.wait_all_tasks_blocked()
        assert not made.alert
        nursery.cancel_scope.cancel()
