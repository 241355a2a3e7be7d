from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.db import Transaction
from nimbus.records.audit.records import Resource
from nimbus.records.audit.rules import MASK, difference
from tests.kit.records import ADMIN
from tests.kit.slices import slices

values = st.recursive(
    st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
states = st.dictionaries(st.text(max_size=4), values, max_size=5)


@given(states, states)
def test_only_what_differs_is_told(before: dict[str, Any], after: dict[str, Any]) -> None:
    change = difference(before, after)
    for key in before.keys() | after.keys():
        differs = before.get(key) != after.get(key)
        assert (key in change.before) is (differs and key in before)
        assert (key in change.after) is (differs and key in after)


@pytest.mark.parametrize(
    "name", ["secret_key", "Password", "join_token", "PRIVATE_KEY", "credentials", "api_key"]
)
def test_secrets_are_masked_by_name_at_any_depth(name: str) -> None:
    change = difference({}, {name: "hush", "a": [{"b": {name: ["hush"]}}], "c": {"d": ({name: "hush"},)}})
    assert "hush" not in msgspec.json.encode(change).decode()
    assert change.after[name] == MASK


async def test_a_row_is_written_with_its_change_or_not_at_all(tmp_path: Path) -> None:
    async with slices(tmp_path) as world:

        def record(tx: Transaction, *, fail: bool) -> None:
            world.audit.record(tx, ADMIN, "a.b", Resource("a", "1", "one"), before={"x": 1}, after={"x": 2})
            if fail:
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await world.database.write(lambda tx: record(tx, fail=True))
        await world.database.write(lambda tx: record(tx, fail=False))
        await world.database.write(lambda tx: record(tx, fail=False))
        rows = await world.rows(
            "SELECT sequence, actor_name, action, diff, source FROM audit_log WHERE sequence > 1"
            " ORDER BY sequence"
        )
        diff = '{"before":{"x":1},"after":{"x":2}}'
        assert rows == [(number, "admin", "a.b", diff, "127.0.0.1") for number in (2, 3)]
