"""HTTP as no client would send it: bytes over TLS, and a small HTTP/2 client. They block: use them in a thread."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from typing import Any

from tests.kit.control_plane import ControlPlane

# The h2 library comes with the server; it has no types.
h2_config: Any = __import__("h2.config", fromlist=["config"])
h2_connection: Any = __import__("h2.connection", fromlist=["connection"])
h2_events: Any = __import__("h2.events", fromlist=["events"])

TIMEOUT_S = 20.0
Headers = Sequence[tuple[bytes, bytes]]


def connect(plane: ControlPlane, *, alpn: str = "http/1.1") -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=plane.profile.ca_file)
    context.set_alpn_protocols([alpn])
    plain = socket.create_connection(plane.api_address, timeout=TIMEOUT_S)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def exchange(plane: ControlPlane, request: bytes) -> bytes:
    """All that is answered to these bytes until the end of the connection; b"" when it was only closed. After the
    request nothing more is sent."""
    with connect(plane) as sock:
        try:
            sock.sendall(request)
            return received(sock)
        except (ConnectionError, ssl.SSLError):
            return b""


def received(sock: ssl.SSLSocket) -> bytes:
    """One answer, or what there is of it when the other side closes."""
    data = b""
    while not is_complete(data):
        try:
            more = sock.recv(65536)
        except (ConnectionError, ssl.SSLError):
            return data
        if not more:
            return data
        data += more
    return data


def is_complete(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(body) >= int(value)
        if name.lower() == b"transfer-encoding":
            return body.endswith(b"0\r\n\r\n")
    return head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304"))


def status_of(answer: bytes) -> int:
    """0: the connection was closed without an answer."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


class Http2:
    """One connection; requests one after the other, with whatever headers."""

    def __init__(self, plane: ControlPlane) -> None:
        self._socket = connect(plane, alpn="h2")
        assert self._socket.selected_alpn_protocol() == "h2"
        # As a client that checks nothing: what is wrong has to leave.
        config = h2_config.H2Configuration(
            header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self._connection = h2_connection.H2Connection(config=config)
        self._connection.initiate_connection()
        self._socket.sendall(self._connection.data_to_send())

    def close(self) -> None:
        self._socket.close()

    def request(self, headers: Headers, body: bytes = b"") -> tuple[int, bytes]:
        """Status (0: the stream was reset or the connection closed) and body."""
        stream = self._connection.get_next_available_stream_id()
        self._connection.send_headers(stream, headers, end_stream=not body)
        if body:
            self._connection.send_data(stream, body, end_stream=True)
        status, content = 0, b""
        try:
            self._socket.sendall(self._connection.data_to_send())
            while data := self._socket.recv(65536):
                for event in self._connection.receive_data(data):
                    if isinstance(event, h2_events.ResponseReceived):
                        status = int(dict(event.headers)[b":status"])
                    elif isinstance(event, h2_events.DataReceived):
                        content += event.data
                        self._connection.acknowledge_received_data(event.flow_controlled_length, stream)
                    elif isinstance(event, h2_events.StreamEnded):
                        return status, content
                    elif isinstance(event, h2_events.StreamReset | h2_events.ConnectionTerminated):
                        return 0, b""
                self._socket.sendall(self._connection.data_to_send())
        except (ConnectionError, ssl.SSLError):
            return 0, b""
        return status, content
