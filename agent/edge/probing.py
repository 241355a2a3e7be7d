"""What the edge answers for a name: asked through nginx itself, with SNI, before and after a load.

A status of 500 and more that was not there before is told as a problem of its object. Nothing is taken back for it
here: who ordered the deploy decides.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import trio

from nimbus.protocol.access_logs import PROBES_FROM
from nimbus.protocol.edge import ConfigurationFile, EdgeCertificate, EdgeProbe, ObjectState, Problem

AT_ONCE = 16
# A probe; all of one load.
PROBE_S, ALL_S = 5.0, 20.0
MOST = 200
_LOOPBACK = "127.0.0.1"
_HEAD_BYTES = 8192


class Answer(NamedTuple):
    """`status` 0: no answer; `serial` of the leaf in hexadecimal digits, "" without TLS."""

    status: int
    serial: str = ""
    problem: str = ""


async def ask_all(probes: Iterable[EdgeProbe]) -> dict[EdgeProbe, Answer]:
    """Those that were answered, or refused, in time."""
    found: dict[EdgeProbe, Answer] = {}
    limiter = trio.CapacityLimiter(AT_ONCE)

    async def one(probe: EdgeProbe) -> None:
        async with limiter:
            found[probe] = await ask(probe)

    with trio.move_on_after(ALL_S):
        async with trio.open_nursery() as nursery:
            for probe in list(probes)[:MOST]:
                if asked_name(probe.server_name):
                    nursery.start_soon(one, probe)
    return found


def asked_name(server_name: str) -> str:
    """A name that this server name stands for; "" of those that end with anything."""
    if server_name.startswith(("*.", ".")):
        return f"nimbus-probe.{server_name.lstrip('*').lstrip('.')}"
    return "" if "*" in server_name else server_name


async def ask(probe: EdgeProbe, host: str = _LOOPBACK) -> Answer:
    name = asked_name(probe.server_name)
    try:
        with trio.fail_after(PROBE_S):
            stream: trio.abc.Stream = await trio.open_tcp_stream(host, probe.port, local_address=PROBES_FROM)
            async with stream:
                if not probe.ssl:
                    return Answer(await _status(stream, name))
                tls = trio.SSLStream(stream, _context(), server_hostname=name, https_compatible=True)
                await tls.do_handshake()
                serial = serial_of(tls.getpeercert(binary_form=True) or b"")
                return Answer(await _status(tls, name), serial)
    except trio.TooSlowError:
        return Answer(0, problem=f"no answer within {PROBE_S:.0f} s")
    except trio.BrokenResourceError as error:
        cause = error.__cause__
        reason = cause.reason if isinstance(cause, ssl.SSLError) else None
        return Answer(0, problem=f"TLS: {reason}" if reason else "the connection broke")
    except (OSError, ValueError) as error:
        return Answer(0, problem=getattr(error, "strerror", None) or str(error))


async def _status(stream: trio.abc.Stream, name: str) -> int:
    request = f"GET / HTTP/1.1\r\nHost: {name}\r\nUser-Agent: nimbus-agent\r\nConnection: close\r\n\r\n"
    await stream.send_all(request.encode("idna" if not name.isascii() else "ascii"))
    answer = b""
    while b"\r\n" not in answer and len(answer) < _HEAD_BYTES:
        piece = await stream.receive_some(_HEAD_BYTES)
        if not piece:
            break
        answer += piece
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 2 and words[1].isdigit() else 0


def _context() -> ssl.SSLContext:
    """What is shown is looked at, whoever signed it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def serial_of(certificate: bytes) -> str:
    """Of a certificate in DER (RFC 5280, section 4.1), in hexadecimal digits; "" when it cannot be read."""
    try:
        _, inside = _element(certificate)
        _, inside = _element(inside)
        kind, content = _element(inside)
        if kind == 0xA0:
            kind, content = _element(inside[_length(inside) :])
    except (IndexError, ValueError):
        return ""
    return f"{int.from_bytes(content, 'big'):x}" if kind == 0x02 else ""


def _element(data: bytes) -> tuple[int, bytes]:
    """Kind and content of the first element (X.690, section 8.1)."""
    start, size = _header(data)
    if start + size > len(data):
        raise ValueError("it is cut off")
    return data[0], data[start : start + size]


def _length(data: bytes) -> int:
    start, size = _header(data)
    return start + size


def _header(data: bytes) -> tuple[int, int]:
    first = data[1]
    if first < 0x80:
        return 2, first
    octets = first & 0x7F
    return 2 + octets, int.from_bytes(data[2 : 2 + octets], "big")


def worse(
    before: Mapping[EdgeProbe, Answer], after: Mapping[EdgeProbe, Answer], versions: Mapping[str, int]
) -> list[ObjectState]:
    """Objects of which a probe is worse than it was; each once."""
    found: dict[str, ObjectState] = {}
    for probe, answer in after.items():
        was = before.get(probe)
        if probe.owner in found or not _is_bad(answer) or (was is not None and _is_bad(was)):
            continue
        said = answer.problem or f"it answers with status {answer.status}"
        earlier = f", before with {was.status}" if was is not None and was.status else ""
        version = versions.get(probe.owner, 0)
        message = f"{probe.server_name}:{probe.port} through the edge: {said}{earlier}"
        found[probe.owner] = ObjectState(probe.owner, version, version, Problem(message))
    return [found[owner] for owner in sorted(found)]


def _is_bad(answer: Answer) -> bool:
    return not answer.status or answer.status >= 500


def changed_owners(before: Iterable[ConfigurationFile], after: Iterable[ConfigurationFile]) -> set[str]:
    """Owners of files that are otherwise."""
    was, now = set(before), set(after)
    return {file.owner for file in was ^ now if file.owner}


def serials(answers: Mapping[EdgeProbe, Answer], certificates: Iterable[EdgeCertificate]) -> dict[str, str]:
    """Which serial each certificate's names are answered with: its own where one of them shows it."""
    found: dict[str, str] = {}
    for certificate in certificates:
        shown = [
            answer.serial
            for probe, answer in answers.items()
            if answer.serial
            and any(covers(name, asked_name(probe.server_name)) for name in certificate.names)
        ]
        if shown:
            own = next((one for one in shown if same_serial(one, certificate.serial)), shown[0])
            found[certificate.id] = certificate.serial if same_serial(own, certificate.serial) else own
    return found


def same_serial(one: str, other: str) -> bool:
    return one.lower().lstrip("0") == other.lower().replace(":", "").lstrip("0")


def covers(certified: str, name: str) -> bool:
    """RFC 6125, section 6.4.3."""
    if certified.startswith("*."):
        return name.partition(".")[2].lower() == certified.removeprefix("*.").lower()
    return certified.lower() == name.lower()
