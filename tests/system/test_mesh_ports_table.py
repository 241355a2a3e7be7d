"""What the kernel makes of the table of ports, against the sets that it was made from: a machine that is its own
peer, on its loopback, so that each packet is looked at going out and coming in."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest

from agent.firewall.nft import Nft
from agent.mesh_ports.table import NAME, change, has_peers, removal, whole
from nimbus.protocol.messages import MeshPorts
from nimbus.protocol.port_set import EVERYTHING, PortSet, Ranges, parse
from nimbus.wireguard.relay_frame import PORT as RELAY_PORT
from tests.kit.lab import ownership
from tests.kit.lab.network import Namespace

pytestmark = pytest.mark.root
ADDRESS, LINK = "127.0.0.1", "lo"
PORTS = (22, 23, RELAY_PORT - 1, 60000)
# What is open answers within this; what is closed, never.
OPEN_S, CLOSED_S = 10.0, 0.2
# Several fragments.
DATAGRAM = b"x" * 5000


@pytest.fixture
def machine() -> Iterator[Namespace]:
    with ownership.owned("ip", "nft", "nsenter") as (prefix, stack):
        made = Namespace(f"{prefix}-own")
        stack.callback(made.remove)
        made.ip("link", "set", LINK, "mtu", "1500")
        yield made


def has(ranges: Ranges, port: int) -> bool:
    return any(first <= port <= last for first, last in ranges)


def some(dice: random.Random) -> PortSet:
    words = []
    for _ in range(dice.randrange(4)):
        first = dice.choice([*PORTS, 0, 1, RELAY_PORT, 65535])
        last = min(65535, first + dice.choice([0, 1, 200, 65535]))
        words.append(
            dice.choice(["tcp", "udp", "icmp", "other", f"tcp/{first}-{last}", f"udp/{first}-{last}"])
        )
    return EVERYTHING - parse(words) if dice.random() < 0.3 else parse(words)


def udp(port: int = 0) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(OPEN_S)
    made.bind((ADDRESS, port))
    return made


def send(sender: socket.socket, port: int) -> None:
    try:
        sender.sendto(DATAGRAM, (ADDRESS, port))
    except PermissionError:
        assert port != RELAY_PORT, "it is always open"


def passes(sender: socket.socket, server: socket.socket, port: int) -> None:
    """The datagram comes, and so does the answer."""
    send(sender, port)
    received, source = server.recvfrom(len(DATAGRAM))
    server.sendto(b"answer", source)
    assert (received, sender.recv(100)) == (DATAGRAM, b"answer")


def is_dropped(sender: socket.socket, servers: dict[int, socket.socket], port: int) -> None:
    """What was sent after it has come."""
    send(sender, port)
    passes(sender, servers[RELAY_PORT], RELAY_PORT)
    servers[port].settimeout(0)
    with pytest.raises(BlockingIOError):
        servers[port].recv(len(DATAGRAM))
    servers[port].settimeout(OPEN_S)


def test_datagrams_and_their_fragments_pass_where_both_ends_let_them(machine: Namespace) -> None:
    nft, dice = Nft(table=NAME), random.Random(7)

    def play() -> None:
        servers = {port: udp(port) for port in (*PORTS, RELAY_PORT)}
        before: dict[str, MeshPorts] = {}
        for turn in range(30):
            incoming, outgoing = some(dice), some(dice)
            peers = {ADDRESS: MeshPorts(incoming.words, outgoing.words)}
            nft.apply(change(before, peers) if turn % 3 else whole(peers, LINK))
            assert has_peers(nft.read(), peers)
            before = peers
            for port in PORTS:
                with udp() as sender:
                    if has(incoming.udp, port) and has(outgoing.udp, port):
                        passes(sender, servers[port], port)
                    else:
                        is_dropped(sender, servers, port)
        nft.apply(removal())
        assert nft.read() == []

    machine.call_now(play)


@pytest.mark.parametrize(
    ("incoming", "outgoing", "is_open"),
    [
        ("tcp/22", "tcp", True),
        ("tcp", "tcp/20-22", True),
        ("everything", "tcp/22", True),
        ("tcp/23", "everything", False),
        ("udp", "everything", False),
        ("tcp/0-21", "tcp", False),
    ],
)
def test_connections_pass_where_both_ends_let_them(
    machine: Namespace, incoming: str, outgoing: str, is_open: bool
) -> None:
    def play() -> None:
        Nft(table=NAME).apply(whole({ADDRESS: MeshPorts((incoming,), (outgoing,))}, LINK))
        with socket.create_server((ADDRESS, 22)) as server, socket.socket() as client:
            client.settimeout(OPEN_S if is_open else CLOSED_S)
            if is_open:
                client.connect((ADDRESS, 22))
                client.sendall(b"there?")
                assert server.accept()[0].recv(100) == b"there?"
            else:
                with pytest.raises(TimeoutError):
                    client.connect((ADDRESS, 22))

    machine.call_now(play)
