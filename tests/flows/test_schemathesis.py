"""The served OpenAPI document against the served API (`tests/kit/api_contract`), for a minute; CONTRIBUTING.md says
how to run it for long."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import trio

from tests.kit.api_contract.run import DESTRUCTIVE, GENTLE, SEQUENCES, run
from tests.kit.api_contract.world import contract_world
from tests.kit.requester import Requester, secret_of


# To the database both are the same.
@pytest.mark.parametrize("caller", [pytest.param("owner", marks=pytest.mark.one_engine), "administrator"])
async def test_the_api_is_what_its_document_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, caller: str
) -> None:
    async with contract_world(tmp_path / "world") as contract:
        key = contract.credential(caller)

        def still_there() -> int:
            with Requester(contract.plane, key) as requester:
                return requester.get("/api/v1/whoami").status

        gentle = await trio.to_thread.run_sync(
            lambda: run(contract, tmp_path / "gentle", caller, GENTLE, examples=3)
        )
        assert gentle.passed, gentle.told
        assert gentle.cases >= 3000
        assert gentle.only_unknown() == []
        # Else the requests after the key's end would have proved nothing.
        assert await trio.to_thread.run_sync(still_there) == 200
        # They go for what earlier answers named, the organization and the key itself included.
        deleting = await trio.to_thread.run_sync(
            lambda: run(contract, tmp_path / "deleting", caller, DESTRUCTIVE, examples=5)
        )
        assert deleting.passed, deleting.told
        assert deleting.cases >= 100
    # Untouched: a setting or a permission that was changed above can end every sequence at its first answer.
    async with contract_world(tmp_path / "another") as contract:
        other_key = contract.credential(caller)
        linked = await trio.to_thread.run_sync(
            lambda: run(contract, tmp_path / "linked", caller, SEQUENCES, examples=20)
        )
        assert linked.passed, linked.told
        assert linked.links > 0
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR], written
    assert secret_of(key) not in written
    assert secret_of(other_key) not in written
