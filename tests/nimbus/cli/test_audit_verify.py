"""`nimbus audit verify --head`: a head that was kept elsewhere, against what the log has."""

from __future__ import annotations

from typing import Any

import pytest

from nimbus.cli import audit
from nimbus.cli.main import run

_HASH = "a" * 64


class Log:
    """Entries 5 to 9; those before were deleted at the end of their retention."""

    def get(self, path: str) -> Any:
        assert path.endswith("/verification")
        return {"ok": True, "count": 5, "first": 5, "last": 9, "head_hash": _HASH, "pruned_through": 4}

    def request(self, method: str, path: str, *, query: dict[str, int]) -> Any:
        sequence = query["after"] + 1
        return {"data": [{"sequence": max(sequence, 5), "hash": _HASH}] if sequence <= 9 else []}


@pytest.mark.parametrize(
    ("head", "status", "words"),
    [
        (f"5:{_HASH}", 0, "intact: 5 entries (5 to 9)"),
        (f"5:{_HASH[1:]}b", 1, "entry 5 of the audit log is not the one of that head"),
        (f"10:{_HASH}", 1, "entry 10 of that head is not in the audit log"),
        # Nobody restored or replaced anything: that is no alarm.
        (f"4:{_HASH}", 1, "entry 4 of that head was deleted at the end of its retention"),
    ],
)
def test_a_head_that_was_kept(
    head: str, status: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "client", lambda _options: Log())
    assert run(["audit", "verify", "--head", head]) == status
    said = capsys.readouterr()
    assert words in said.out + said.err
    assert ("AUDIT_LOG_ALTERED" in said.err) == ("4:" not in head and status == 1)
    assert ("intact" in said.out) == (status == 0)
