"""One program of the benchmark `relay`, in the namespace of its host: what runs on a node or on the control plane.

relay INTERFACE ADDRESS MEMBER MEMBER     the control plane's relay; says `ready`
node INTERFACE OWN HUB OTHER PORT         an agent's sockets; says WireGuard's endpoint for the other node
sink ADDRESS PORT                         reads one TCP connection to its end; says bytes and seconds
source ADDRESS PORT SECONDS               writes to it for so long
"""

from __future__ import annotations

import socket
import sys
import time

import trio

from agent.relay.relays import Relays
from nimbus.wireguard.forwarding import Forwarder
from nimbus.wireguard.relay_server import RelayServer

CHUNK = 256 * 1024


async def relay(interface: str, address: str, *members: str) -> None:
    forwarder = Forwarder(lambda source, to: source != to and {source, to} <= set(members))
    async with trio.open_nursery() as nursery:
        await nursery.start(RelayServer(interface, address, forwarder).run)
        print("ready", flush=True)


async def node(interface: str, own: str, hub: str, other: str, port: str) -> None:
    relays = Relays(interface, own, hub, lambda address: address == other)
    relays.use_port(int(port))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relays.run)
        while not relays.is_open:
            await trio.sleep(0.01)
        print(relays.endpoint_for(other), flush=True)


def sink(address: str, port: str) -> None:
    with socket.create_server((address, int(port))) as listening:
        print("ready", flush=True)
        connection, _ = listening.accept()
    buffer, total, began = bytearray(CHUNK), 0, 0.0
    with connection:
        while size := connection.recv_into(buffer):
            began = began or time.monotonic()
            total += size
    print(total, time.monotonic() - began, flush=True)


def source(address: str, port: str, seconds: str) -> None:
    with socket.create_connection((address, int(port)), timeout=30) as connection:
        until, content = time.monotonic() + float(seconds), bytes(CHUNK)
        while time.monotonic() < until:
            connection.sendall(content)


def main() -> None:
    role, *arguments = sys.argv[1:]
    if role == "relay":
        interface, address, *members = arguments
        trio.run(relay, interface, address, *members)
    elif role == "node":
        interface, own, hub, other, port = arguments
        trio.run(node, interface, own, hub, other, port)
    elif role == "sink":
        sink(*arguments)
    else:
        source(*arguments)


if __name__ == "__main__":
    main()
