"""An interface that a userspace program (wireguard-go or another) carries: a TUN link, a control socket."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Literal

from nimbus.wireguard import uapi, userspace_process
from nimbus.wireguard.addresses import interface_name
from nimbus.wireguard.errors import DeviceError, ForeignDevice, MeshUnavailable
from nimbus.wireguard.link_setup import apply_link, port_in_use, read_link
from nimbus.wireguard.links import Link, Links
from nimbus.wireguard.model import Interface, InterfaceState, PeerState
from nimbus.wireguard.ownership import Owner, check_ours, make_ours
from nimbus.wireguard.plan import Plan, plan

_TIMEOUT_SECONDS = 10.0
_ANSWER_LIMIT_BYTES = 64 * 1024 * 1024


class _ProgramEnded(DeviceError):
    """The program went away between being found and answering."""


class UserspaceDevice:
    """See `nimbus.wireguard.device.Device`. `program` is a path or a name on PATH; default: the first."""

    kind: Literal["userspace"] = "userspace"

    def __init__(
        self,
        name: str,
        owner: Owner | None = None,
        *,
        program: str | None = None,
        run_dir: Path = userspace_process.RUN_DIR,
    ) -> None:
        self.name = interface_name(name)
        self._owner = owner or Owner()
        self._program = program
        self._path = run_dir / f"{name}.sock"
        self._pid = 0

    def read(self) -> InterfaceState:
        """The interface as it is; `exists` is false when the program or its link is gone."""
        with Links() as links:
            link = links.find(self.name)
            connection = self._connect(link)
            if connection is None:
                return InterfaceState(name=self.name)
            state = self._get(connection)
            # Without a link the program is about to end: it is as good as gone.
            if link is None or not state.exists:
                return InterfaceState(name=self.name)
            return read_link(links, link, state)

    def read_peers(self) -> dict[str, PeerState]:
        """The peers alone, without a look at the link; empty when the program is gone."""
        with Links() as links:
            connection = self._connect(links.find(self.name))
        if connection is None:
            return {}
        return self._get(connection).peers

    def apply(self, plan: Plan, want: Interface) -> None:
        """Do what `plan` says, starting the program if it does not run. All of it may be repeated."""
        try:
            self._apply(plan, want)
        except _ProgramEnded:
            self._apply(plan, want)

    def _apply(self, plan: Plan, want: Interface) -> None:
        with Links() as links:
            link = links.find(self.name)
            connection = self._connect(link)
            if connection is None or link is None:
                if connection is not None:
                    connection.close()
                plan = _from_nothing(want)
                if link is not None:
                    if link.kind not in ("tun", ""):
                        raise _other_kind(link)
                    check_ours(link, self._owner, self._without_program)
                link, connection = self._create(links, link)
            with connection:
                make_ours(links, link, self._owner, self.read, want.private_key)
                if plan.configures_wireguard:
                    self._set(connection, plan, want)
                apply_link(links, link.index, plan, want.listen_port)

    def delete(self) -> None:
        """Remove the interface and end its program. Nothing happens when they are gone."""
        with Links() as links:
            link = links.find(self.name)
            if link is not None:
                check_ours(link, self._owner, self.read)
            connection = self._connect(link)
            if connection is not None:
                connection.close()
            self._end(links, link)

    def _create(self, links: Links, link: Link | None) -> tuple[Link, socket.socket]:
        program = userspace_process.find_program(self._program)
        if program is None:
            raise no_program(self._program)
        self._end(links, link)
        userspace_process.start(program, self.name, self._path)
        link = links.find(self.name)
        connection = self._connect(link)
        if link is None or connection is None:
            raise DeviceError(f"The WireGuard program for {self.name} ended as soon as it had started")
        return link, connection

    def _end(self, links: Links, link: Link | None) -> None:
        """End every program of ours for this name, with its link and its socket."""
        ours = [
            pid
            for pid in userspace_process.processes_for(self.name, self._program)
            if userspace_process.in_this_namespace(pid)
        ]
        if ours and link is not None:
            links.delete(link.index)
        # Programs end when their socket's file goes; what is left is a dead one's file.
        self._path.unlink(missing_ok=True)
        for pid in ours:
            userspace_process.end(pid, self.name, self._program)
        self._pid = 0

    def _connect(self, link: Link | None) -> socket.socket | None:
        """A connection to our program; None when there is none. Raises ForeignDevice for a stranger's socket.

        /var/run is shared by network namespaces, so the socket may belong to an interface in another one.
        """
        connection = userspace_process.connect(self._path, _TIMEOUT_SECONDS)
        if connection is None:
            return None
        owner = self._server_of(connection)
        here = userspace_process.in_this_namespace(owner) if owner else None
        # Who serves the socket cannot be seen from another PID namespace: then the link must be here.
        if here or (here is None and link is not None):
            return connection
        connection.close()
        raise ForeignDevice(
            f"The WireGuard control socket {self._path} belongs to another network namespace",
            next_step=f"Choose another interface name than {self.name}: names are shared by all namespaces.",
        )

    def _server_of(self, connection: socket.socket) -> int:
        """The process that serves the socket, 0 when it cannot be told."""
        maker = userspace_process.socket_maker(connection)
        for pid in (self._pid, maker):
            if userspace_process.serves(pid, self.name, self._program):
                self._pid = pid
                return pid
        pids = list(userspace_process.processes_for(self.name, self._program))
        ours = [pid for pid in pids if userspace_process.in_this_namespace(pid)]
        self._pid = next(iter(ours or pids), 0)
        return self._pid

    def _without_program(self) -> InterfaceState:
        """A link that no program of ours carries: only its mark can make it ours."""
        return InterfaceState(name=self.name, private_key_digest="nobody's")

    def _get(self, connection: socket.socket) -> InterfaceState:
        try:
            with connection:
                return uapi.decode_get(self.name, self._ask(connection, uapi.GET))
        except _ProgramEnded:
            return InterfaceState(name=self.name)

    def _set(self, connection: socket.socket, plan: Plan, want: Interface) -> None:
        number = uapi.decode_status(self._ask(connection, uapi.encode_set(plan, want)))
        if number == errno.EADDRINUSE:
            raise port_in_use(want.listen_port)
        if number:
            raise DeviceError(
                f"The WireGuard program refused the settings of {self.name}: errno {number}", errno=number
            )

    def _ask(self, connection: socket.socket, request: bytes) -> bytes:
        answer = bytearray()
        try:
            connection.sendall(request)
            while not answer.endswith(uapi.END):
                piece = connection.recv(1 << 18)
                if not piece:
                    raise _ProgramEnded(f"The WireGuard program of {self.name} ended while it was asked")
                answer += piece
                if len(answer) > _ANSWER_LIMIT_BYTES:
                    raise DeviceError(f"The WireGuard program of {self.name} answers without end")
        except (ConnectionResetError, BrokenPipeError) as error:
            raise _ProgramEnded(f"The WireGuard program of {self.name} ended while it was asked") from error
        except OSError as error:
            raise DeviceError(f"The WireGuard program of {self.name} does not answer: {error}") from error
        return bytes(answer)


def _from_nothing(want: Interface) -> Plan:
    return plan(InterfaceState(name=want.name), want)


def _other_kind(link: Link) -> ForeignDevice:
    return ForeignDevice(
        f"{link.name} exists already and is a {link.kind} interface",
        next_step=f"Choose another interface name, or remove it with `ip link delete {link.name}`.",
    )


def no_program(program: str | None) -> MeshUnavailable:
    """No program for userspace WireGuard is installed."""
    return MeshUnavailable(
        f"The userspace WireGuard program {program!r} is not there"
        if program
        else "No userspace WireGuard program is installed",
        cause="no_program",
        next_step="Install one: `apt-get install wireguard-go`.",
    )
