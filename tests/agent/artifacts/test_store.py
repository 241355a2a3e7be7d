"""Artifacts on the node, from a control plane that is played: cut off, slow, wrong, too large, hostile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from agent.artifacts import fetching
from agent.artifacts.cache import ArtifactCache
from agent.artifacts.store import Artifacts
from agent.link import LinkDown, Reply
from agent.operations.failure import OperationFailed

CONTENT = os.urandom(3_000_003)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUOTA = 10_000_000


class PlayedSource:
    """The way to a control plane that has CONTENT. `replies` come before that, each once."""

    connected, failure = True, ""

    def __init__(self, content: bytes = CONTENT, piece: int = fetching.PIECE_BYTES) -> None:
        self.content, self.piece = content, piece
        self.replies: list[Reply | None] = []
        self.asked: list[int] = []
        self.links = 0

    def another(self) -> PlayedSource:
        self.links += 1
        return self

    async def run(self) -> None:
        await trio.sleep_forever()

    async def wait_connected(self) -> None:
        await trio.lowlevel.checkpoint()

    async def request(
        self,
        _method: str,
        target: str,
        body: bytes = b"",
        timeout: float = 60,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        await trio.lowlevel.checkpoint()
        assert target.startswith("/v1/internal/artifacts/")
        first, last = map(int, (headers or {})["Range"].removeprefix("bytes=").split("-"))
        self.asked.append(first)
        if self.replies:
            reply = self.replies.pop(0)
            if reply is None:
                raise LinkDown
            return reply
        return piece(self.content, first, min(last + 1, first + self.piece))


def piece(content: bytes, first: int, end: int, total: int | None = None) -> Reply:
    data = content[first:end]
    size = len(content) if total is None else total
    return Reply(206, data, content_range=f"bytes {first}-{first + len(data) - 1}/{size}")


@pytest.fixture
def autojump_clock() -> MockClock:
    return MockClock(rate=100)


@pytest.fixture
def cache(tmp_path: Path) -> ArtifactCache:
    return ArtifactCache(tmp_path / "artifacts", QUOTA)


def artifacts(cache: ArtifactCache, source: PlayedSource) -> Artifacts:
    return Artifacts(cache, source)  # type: ignore[arg-type]


async def test_it_is_fetched_once_and_kept_for_this_process_alone(cache: ArtifactCache) -> None:
    source, seen = PlayedSource(), list[tuple[int, int]]()
    kept = artifacts(cache, source)
    async with kept.path(SHA256, len(CONTENT), lambda *at: seen.append(at)) as path:
        assert path.read_bytes() == CONTENT
        assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (seen[0][0], seen[-1]) == (0, (len(CONTENT), len(CONTENT)))
    assert await kept.fetch(SHA256, len(CONTENT)) == 0
    assert source.links == 1


async def test_what_was_cut_off_goes_on_where_it_was(cache: ArtifactCache, autojump_clock: MockClock) -> None:
    cache.prepare()
    cache.append(SHA256, 0, CONTENT[:1_000_001])
    source = PlayedSource()
    source.replies = [None] * fetching.AHEAD
    kept = artifacts(cache, source)
    assert await kept.fetch(SHA256, len(CONTENT)) == len(CONTENT) - 1_000_001
    assert min(source.asked) == 1_000_001
    assert cache.path(SHA256).read_bytes() == CONTENT
    assert not cache.part(SHA256).exists()


async def test_shorter_pieces_than_were_asked_for_leave_no_gap(cache: ArtifactCache) -> None:
    await artifacts(cache, PlayedSource(piece=100_000)).fetch(SHA256, len(CONTENT))
    assert cache.path(SHA256).read_bytes() == CONTENT


async def test_a_busy_control_plane_is_asked_later(cache: ArtifactCache, autojump_clock: MockClock) -> None:
    source = PlayedSource()
    source.replies = [Reply(status, b"") for status in (503, 429, 503, 500) * 8]
    await artifacts(cache, source).fetch(SHA256, len(CONTENT))
    assert cache.path(SHA256).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(404, b'{"error":{"code":"NOT_FOUND","message":"gone"}}'), "NOT_FOUND"),
        (Reply(403, b"<html>"), "NOT_FETCHED"),
        (Reply(416, b""), "WRONG_SIZE"),
        (Reply(200, CONTENT), "NOT_FETCHED"),
        (piece(CONTENT, 0, 1000, total=10**9), "WRONG_SIZE"),
        (piece(CONTENT, 5, 1000), "MALFORMED"),
        (Reply(206, CONTENT[:9], content_range=f"bytes 0-1/{len(CONTENT)}"), "MALFORMED"),
        (Reply(206, b"", content_range="nonsense"), "MALFORMED"),
        (Reply(206, CONTENT + b"x", content_range=f"bytes 0-{len(CONTENT)}/{len(CONTENT)}"), "MALFORMED"),
    ],
)
async def test_what_was_not_asked_for_is_refused(cache: ArtifactCache, reply: Reply, code: str) -> None:
    source = PlayedSource()
    source.replies = [reply]
    with pytest.raises(OperationFailed) as caught:
        await artifacts(cache, source).fetch(SHA256, len(CONTENT))
    assert caught.value.code == code
    assert not cache.path(SHA256).exists()


async def test_a_wrong_sum_leaves_nothing_behind(cache: ArtifactCache) -> None:
    source = PlayedSource(CONTENT[:-1] + b"!")
    with pytest.raises(OperationFailed) as caught:
        await artifacts(cache, source).fetch(SHA256, len(CONTENT))
    assert (caught.value.code, caught.value.retryable) == ("CHECKSUM_MISMATCH", True)
    assert list(cache.folder.iterdir()) == []


async def test_a_damaged_file_and_an_overlong_part_are_fetched_anew(cache: ArtifactCache) -> None:
    kept = artifacts(cache, PlayedSource())
    await kept.fetch(SHA256, len(CONTENT))
    cache.path(SHA256).write_bytes(b"x" * len(CONTENT))
    cache.append(SHA256, 0, CONTENT + b"too much")
    assert await kept.fetch(SHA256, len(CONTENT)) == len(CONTENT)
    assert cache.path(SHA256).read_bytes() == CONTENT


async def test_two_who_want_the_same_fetch_it_once(cache: ArtifactCache) -> None:
    kept, fetched = artifacts(cache, PlayedSource()), list[int]()

    async def fetch() -> None:
        fetched.append(await kept.fetch(SHA256, len(CONTENT)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(fetch)
        nursery.start_soon(fetch)
    assert sorted(fetched) == [0, len(CONTENT)]


def other(number: int) -> tuple[str, bytes]:
    content = number.to_bytes(4, "big") * 1_000_000
    return hashlib.sha256(content).hexdigest(), content


async def test_the_least_recently_used_makes_room_and_what_is_in_use_stays(cache: ArtifactCache) -> None:
    (first, one), (second, two), (third, three) = other(1), other(2), other(3)
    for number, (sha256, content) in enumerate(((first, one), (second, two))):
        await artifacts(cache, PlayedSource(content)).fetch(sha256, len(content))
        os.utime(cache.path(sha256), (number, number))
    assert {path.name for path in cache.folder.iterdir()} == {first, second}
    # It is used again: now the other is the one that was not used for longest.
    kept = artifacts(cache, PlayedSource(three))
    assert await kept.fetch(first, len(one)) == 0
    await kept.fetch(third, len(three))
    assert {path.name for path in cache.folder.iterdir()} == {first, third}
    async with kept.path(first, len(one)), kept.path(third, len(three)):
        with pytest.raises(OperationFailed) as caught:
            await kept.fetch(second, len(two))
    assert (caught.value.code, "in use" in caught.value.message) == ("NO_ROOM", True)
    with pytest.raises(OperationFailed) as caught:
        await kept.fetch(SHA256, QUOTA + 1)
    assert (caught.value.code, caught.value.retryable) == ("NO_ROOM", False)
    assert {path.name for path in cache.folder.iterdir()} == {first, third}


async def test_cancelled_half_way_it_goes_on_the_next_time(cache: ArtifactCache) -> None:
    source = PlayedSource(piece=10_000)
    kept = artifacts(cache, source)
    with trio.CancelScope() as scope:

        def stop(here: int, _size: int) -> None:
            if here > 100_000:
                scope.cancel()

        await kept.fetch(SHA256, len(CONTENT), stop)
    assert scope.cancelled_caught
    here = cache.part(SHA256).stat().st_size
    assert 100_000 < here < len(CONTENT)
    source.asked.clear()
    assert await kept.fetch(SHA256, len(CONTENT)) == len(CONTENT) - here
    assert min(source.asked) == here
