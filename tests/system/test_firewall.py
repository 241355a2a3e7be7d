"""The node's firewall with a real nft and real packets: two hosts joined by an underlay and by an overlay (a second
link, which stands for the mesh's interface)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.firewall.applier import remove_table
from agent.firewall.nft import Nft
from agent.firewall.table import comments, listed_comments, replacement
from nimbus.protocol.firewall import FirewallRule
from tests.kit.lab import ownership
from tests.kit.lab.network import Namespace

pytestmark = pytest.mark.root
PORT, OTHER_PORT = 2377, 22
UNDERLAY, OVERLAY = "10.77.0", "10.106.103"
ANSWER_S = 1.0
FOREIGN = """
table ip filter {
    chain INPUT {
        type filter hook input priority filter; policy accept;
        tcp dport 9 counter packets 0 bytes 0 drop comment "somebody else's"
    }
}
table inet theirs {
    set known {
        type ipv4_addr; flags interval; elements = { 192.0.2.0/24 }
    }
    chain incoming {
        type filter hook prerouting priority -150; policy accept;
        ip saddr @known accept
    }
}
"""


class Hosts:
    """`server` has services on all of its addresses; `client` reaches it by both links."""

    def __init__(self, prefix: str, folder: Path) -> None:
        self.server, self.client = Namespace(f"{prefix}-server"), Namespace(f"{prefix}-client")
        for link, network in (("under0", UNDERLAY), ("nimbus0", OVERLAY)):
            self.server.ip(
                "link", "add", link, "type", "veth", "peer", "name", link, "netns", self.client.name
            )
            for number, host in ((1, self.server), (2, self.client)):
                host.ip("address", "add", f"{network}.{number}/24", "dev", link)
                host.ip(
                    "-6",
                    "address",
                    "add",
                    f"fd00:{network[-2:].strip('.')}::{number}/64",
                    "dev",
                    link,
                    "nodad",
                )
                host.ip("link", "set", link, "up")
        nft = shutil.which("nft") or "/usr/sbin/nft"
        script = folder / "nft-in-server"
        script.write_text(f'#!/bin/sh\nexec {" ".join(self.server.prefix)} {nft} "$@"\n')
        script.chmod(0o755)
        self.nft = Nft(str(script))

    def apply(self, *rules: FirewallRule) -> None:
        self.nft.apply(replacement(rules, "nimbus0"))
        assert listed_comments(self.nft.read()) == comments(rules, "nimbus0")

    def serve(self, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> None:
        """Answers on every address, until the process ends."""

        def opened() -> socket.socket:
            sock = socket.socket(socket.AF_INET6, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("::", port))
            if kind is socket.SOCK_STREAM:
                sock.listen()
            return sock

        def answer(sock: socket.socket) -> None:
            while True:
                if kind is socket.SOCK_STREAM:
                    sock.accept()[0].close()
                else:
                    sock.sendto(b"yes", sock.recvfrom(64)[1])

        threading.Thread(target=answer, args=(self.server.call_now(opened),), daemon=True).start()

    def reaches(self, address: str, port: int = PORT, kind: socket.SocketKind = socket.SOCK_STREAM) -> bool:
        """Whether the client gets an answer."""

        def asked() -> bool:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family, kind) as sock:
                sock.settimeout(ANSWER_S)
                try:
                    sock.connect((address, port))
                    if kind is socket.SOCK_DGRAM:
                        sock.send(b"there?")
                        return sock.recv(64) == b"yes"
                except OSError:
                    return False
                return True

        return self.client.call_now(asked)


def rule(
    *sources: str, protocol: str = "tcp", first: int = PORT, last: int = PORT, resource: str = "swarm/a"
) -> FirewallRule:
    return FirewallRule(resource, protocol, first, last, sources)  # type: ignore[arg-type]


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Hosts]:
    with ownership.owned("ip", "nft", "nsenter") as (prefix, stack):
        made = Hosts(prefix, tmp_path)
        stack.callback(made.server.remove)
        stack.callback(made.client.remove)
        yield made


def test_an_overlay_port_answers_on_the_overlay_and_not_on_the_underlay(hosts: Hosts) -> None:
    hosts.serve(PORT)
    hosts.serve(OTHER_PORT)
    assert hosts.reaches(f"{UNDERLAY}.1")
    assert hosts.reaches(f"{OVERLAY}.1")
    hosts.apply(rule("overlay"))
    assert hosts.reaches(f"{OVERLAY}.1")
    assert not hosts.reaches(f"{UNDERLAY}.1")
    # Nothing else is touched.
    assert hosts.reaches(f"{UNDERLAY}.1", OTHER_PORT)
    assert hosts.server.call_now(lambda: _connects(f"{UNDERLAY}.1")), "the host itself is let in"
    # A host answers on any interface for all of its addresses: the interface counts, not the address.
    hosts.client.ip("route", "add", f"{OVERLAY}.1/32", "via", f"{UNDERLAY}.1")
    assert not hosts.reaches(f"{OVERLAY}.1")
    hosts.apply()
    assert hosts.reaches(f"{OVERLAY}.1")
    assert hosts.reaches(f"{UNDERLAY}.1")


def _connects(address: str) -> bool:
    with socket.create_connection((address, PORT), timeout=ANSWER_S):
        return True


def test_the_same_of_udp_and_of_ipv6(hosts: Hosts) -> None:
    hosts.serve(PORT)
    hosts.serve(PORT, socket.SOCK_DGRAM)
    over, under = (f"fd00:{network[-2:].strip('.')}::1" for network in (OVERLAY, UNDERLAY))
    assert hosts.reaches(under)
    assert hosts.reaches(f"{UNDERLAY}.1", kind=socket.SOCK_DGRAM)
    hosts.apply(rule("overlay"), rule("overlay", protocol="udp", last=PORT + 10))
    for address, answers in ((over, True), (under, False), (f"{OVERLAY}.1", True), (f"{UNDERLAY}.1", False)):
        assert hosts.reaches(address) is answers, address
        assert hosts.reaches(address, kind=socket.SOCK_DGRAM) is answers, address


def test_networks_and_anywhere(hosts: Hosts) -> None:
    hosts.serve(PORT)
    hosts.apply(rule("192.0.2.0/24", "2001:db8::/32"))
    assert not hosts.reaches(f"{UNDERLAY}.1")
    assert not hosts.reaches(f"{OVERLAY}.1")
    hosts.apply(rule("192.0.2.0/24", f"{UNDERLAY}.2/32"))
    assert hosts.reaches(f"{UNDERLAY}.1")
    assert not hosts.reaches(f"{OVERLAY}.1")
    hosts.apply(rule("overlay"), rule("anywhere", resource="site/b"))
    assert hosts.reaches(f"{UNDERLAY}.1")


def test_what_this_host_asks_from_such_a_port_is_answered(hosts: Hosts) -> None:
    """A port of a rule may be the one that the kernel gave to a request of our own."""
    answering = hosts.client.call_now(_listening)
    threading.Thread(target=lambda: answering.accept()[0].close(), daemon=True).start()
    hosts.apply(rule("overlay", first=1024, last=65535))

    def asks() -> bool:
        with socket.create_connection((f"{UNDERLAY}.2", PORT), timeout=3):
            return True

    assert hosts.server.call_now(asks)


def _listening() -> socket.socket:
    return socket.create_server(("0.0.0.0", PORT))


def others(hosts: Hosts) -> tuple[str, ...]:
    """The tables of somebody else, as nft prints them, without what counts packets."""
    return tuple(
        hosts.server.run_now("nft", "-s", "list", "table", *table.split())
        for table in ("ip filter", "inet theirs")
    )


def test_tables_of_others_are_kept_to_the_byte(hosts: Hosts, tmp_path: Path) -> None:
    file = tmp_path / "foreign.nft"
    file.write_text(FOREIGN)
    hosts.server.run_now("nft", "-f", str(file))
    everything, theirs = hosts.server.run_now("nft", "-s", "list", "ruleset"), others(hosts)
    hosts.apply(rule("overlay"), rule("10.0.0.0/8", resource="bucket/b", first=9000, last=9010))
    assert others(hosts) == theirs
    hosts.apply(rule("anywhere"))
    assert others(hosts) == theirs
    remove_table(hosts.nft, replacement((), ""))
    assert hosts.server.run_now("nft", "-s", "list", "ruleset") == everything
    assert hosts.nft.read() == []


def test_a_replacement_is_whole_or_not_there_whenever_the_agent_is_killed(hosts: Hosts) -> None:
    """kill -9 while one set of rules takes the place of another, again and again: what is there is one of them, and
    the port is never open to the underlay in between."""
    hosts.serve(PORT)
    first = (rule("overlay"),)
    second = (rule("overlay"), rule("overlay", resource="swarm/b", first=4000, last=4100))
    hosts.apply(*first)
    program = (
        "import sys; from agent.firewall.nft import Nft; from agent.firewall.table import replacement\n"
        "from nimbus.protocol.firewall import FirewallRule as R\n"
        "a = R('swarm/a', 'tcp', 2377, 2377, ('overlay',)); b = R('swarm/b', 'tcp', 4000, 4100, ('overlay',))\n"
        "nft = Nft(sys.argv[1])\n"
        "print('begun', flush=True)\n"
        "while True:\n    nft.apply(replacement((a, b), 'nimbus0')); nft.apply(replacement((a,), 'nimbus0'))\n"
    )
    allowed = (comments(first, "nimbus0"), comments(second, "nimbus0"))
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", program, hosts.nft._program],
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as agent:
            assert agent.stdout is not None
            assert agent.stdout.readline() == b"begun\n"
            for _ in range(5):
                assert not hosts.reaches(f"{UNDERLAY}.1")
            os.killpg(agent.pid, signal.SIGKILL)
        assert listed_comments(hosts.nft.read()) in allowed
    hosts.apply(*second)
