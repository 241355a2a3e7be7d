"""Each line that nginx wrote arrives once, whatever is rotated, killed or lost on the way."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from agent.access_logs.files import log_files
from agent.access_logs.redaction import masked, redacted
from agent.access_logs.rotation import make_private, rotate, tidy
from agent.access_logs.shipper import AccessLogs
from agent.link import LinkDown, Reply
from agent.state.documents import Section
from agent.state.log_positions import LogPositions
from nimbus.protocol.access_logs import FILE_NAME, LogBatchTaken, decode_batch


class ControlPlane:
    """Takes batches as the real one does; `lose` says which answers are lost on the way."""

    def __init__(self) -> None:
        self.stored: dict[str, int] = {}
        self.lines: list[bytes] = []
        self.lost = 0
        self.lose: Callable[[], bool] = lambda: False
        self.status = 200

    async def request(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        timeout: float = 60,
        headers: Mapping[str, str] = {},
    ) -> Reply:
        assert (method, target) == ("POST", "/v1/internal/access-logs")
        if self.status != 200:
            return Reply(self.status, b"")
        head, text = decode_batch(body)
        if head.start >= self.stored.get(head.file, 0):
            self.stored[head.file] = head.end
            self.lines += text.splitlines()
            self.lost += head.lost
        if self.lose():
            raise LinkDown
        return Reply(200, msgspec.json.encode(LogBatchTaken(self.stored[head.file])))


def shipper(folder: Path, plane: ControlPlane, positions: LogPositions | None = None) -> AccessLogs:
    return AccessLogs(folder, plane, positions or LogPositions(), lambda: True, text_bytes=4096)  # type: ignore[arg-type]


def line(number: int) -> bytes:
    return json.dumps({"time": f"{number}.5", "request_id": f"{number:032x}"}).encode()


class Nginx:
    """Writes as nginx does: into what it has open, until it is told to open it again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.written: list[bytes] = []
        self.reopen()

    def reopen(self) -> None:
        self.stream = self.path.open("ab", buffering=0)

    def write(self, lines: int) -> None:
        for _ in range(lines):
            self.written.append(line(len(self.written)))
            self.stream.write(self.written[-1] + b"\n")


async def settle(logs: AccessLogs, plane: ControlPlane, nginx: Nginx) -> None:
    for _ in range(2000):
        await logs.turn()
        if len(plane.lines) >= len(nginx.written):
            return


@pytest.mark.parametrize("seed", range(8))
async def test_every_line_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    plane, nginx = ControlPlane(), Nginx(tmp_path)
    plane.lose = lambda: chance.random() < 0.3
    positions, kept = LogPositions(), LogPositions()
    logs = shipper(tmp_path, plane, positions)
    for step in range(60):
        nginx.write(chance.randrange(40))
        event = chance.randrange(8)
        if event == 0:
            nginx.path.rename(tmp_path / f"{FILE_NAME}.{step:03}")
            nginx.write(chance.randrange(3))
            nginx.reopen()
        elif event == 1:
            # copytruncate; what is written in between is lost by it, here nothing is.
            shutil.copy(nginx.path, tmp_path / f"{FILE_NAME}.{step:03}")
            nginx.path.open("wb").close()
        elif event == 2:
            # Killed: what it had written down of its positions is older, or gone.
            positions = LogPositions()
            positions.offsets = dict(chance.choice([kept.offsets, {}]))
            logs = shipper(tmp_path, plane, positions)
        elif event == 3:
            kept.offsets = dict(positions.offsets)
        elif event == 4:
            (tmp_path / f"{FILE_NAME}.{step:03}.gz").write_bytes(b"\x1f\x8b packed by another\n")
        else:
            await logs.turn()
    plane.lose = lambda: False
    await settle(logs, plane, nginx)
    assert Counter(plane.lines) == Counter(nginx.written)
    assert plane.lost == 0


async def test_what_is_gone_is_counted(tmp_path: Path) -> None:
    plane, nginx = ControlPlane(), Nginx(tmp_path)
    logs = shipper(tmp_path, plane)
    nginx.write(5)
    await logs.turn()
    nginx.write(10)
    plane.status = 503
    assert await logs.turn() > 1
    nginx.path.unlink()
    nginx.reopen()
    plane.status = 200
    nginx.write(1)
    for _ in range(3):
        await logs.turn()
    assert len(plane.lines) == 6
    gone = sum(len(each) + 1 for each in nginx.written[5:15])
    nginx.write(1)
    await logs.turn()
    assert plane.lost == gone


async def test_hostile_lines_do_not_stop_the_others(tmp_path: Path) -> None:
    plane = ControlPlane()
    nginx = Nginx(tmp_path)
    logs = shipper(tmp_path, plane)
    nginx.write(1)
    nginx.stream.write(b"x" * 1_000_000 + b"\n" + b"\xff\x00\xfe\n" + b"half")
    for _ in range(4):
        await logs.turn()
    assert plane.lines == [line(0), b"\xff\x00\xfe"]
    assert plane.lost == 1_000_001
    # The rest of a line comes later; what never gets an end is sent when the file is not written into any more.
    nginx.stream.write(b" a line\nand half")
    await logs.turn()
    assert plane.lines[-1] == b"half a line"
    nginx.path.rename(tmp_path / f"{FILE_NAME}.1")
    await logs.turn()
    assert plane.lines[-1] == b"and half"


async def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret of this machine\n")
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "secret")
    assert log_files(tmp_path) == []
    assert log_files(tmp_path / "nowhere") == []


async def test_a_refused_batch_is_not_sent_for_ever(tmp_path: Path) -> None:
    plane, nginx = ControlPlane(), Nginx(tmp_path)
    logs = shipper(tmp_path, plane)
    nginx.write(3)
    plane.status = 422
    await logs.turn()
    plane.status = 200
    nginx.write(1)
    await logs.turn()
    assert plane.lines == nginx.written[3:]
    assert plane.lost == sum(len(each) + 1 for each in nginx.written[:3])


async def test_positions_are_kept_for_files_that_are_there() -> None:
    positions = LogPositions(Section(1, "", {"a": b"5", "b": b"x", "c": b"7"}))
    assert positions.offsets == {"a": 5, "c": 7}
    await positions.keep({"a"})
    assert positions.offsets == {"a": 5}


def test_rotation_is_bounded_and_private(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path)
    nginx.write(10)
    make_private(tmp_path)
    assert nginx.path.stat().st_mode & 0o077 == 0
    rotate(tmp_path, log_files(tmp_path), larger_than=10_000)
    assert len(log_files(tmp_path)) == 1
    rotate(tmp_path, log_files(tmp_path), larger_than=1)
    assert nginx.path.stat().st_size == 0
    assert nginx.path.stat().st_mode & 0o077 == 0
    [renamed] = log_files(tmp_path)
    assert tidy(tmp_path, [renamed], {}, most=10**9) == 0
    assert renamed.path.exists()
    assert tidy(tmp_path, [renamed], {renamed.id: 10}, most=1) == renamed.size - 10
    assert not renamed.path.exists()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("2001:db8:1:2:3::4", "2001:db8:1::"),
        ("::ffff:192.0.2.1", "::"),
        ("unix:", ""),
        ("", ""),
    ],
)
def test_addresses_are_masked(address: str, expected: str) -> None:
    assert masked(address) == expected


def test_lines_are_redacted_as_their_host_wants() -> None:
    plain = b'{"remote_addr":"192.0.2.7","uri":"/a?b=\\"privacy\\":\\"m\\""}'
    both = (
        b'{"privacy":"mq","remote_addr":"192.0.2.7","uri":"/a?b=c","referer":"https://x/?q=1","status":"200"}'
    )
    broken = b'{"privacy":"m","remote_addr":"192.0.2.7'
    first, second, third, last = redacted(b"\n".join([plain, both, broken, b""])).split(b"\n")
    assert (first, third, last) == (plain, b"{}", b"")
    assert json.loads(second) == {
        "remote_addr": "192.0.2.0",
        "uri": "/a",
        "referer": "https://x/",
        "status": "200",
    }
