"""What a caller is told when something is wrong with the control plane itself."""

from __future__ import annotations

import logging

import pytest
from quart import Response
from quart_trio import QuartTrio

from nimbus.http.application import guarded
from nimbus.protocol.errors import NimbusError
from nimbus.trust.secrets.master_key import MasterKey


async def test_a_value_that_does_not_open_is_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    application = QuartTrio("nimbus", static_folder=None)
    key = MasterKey.generate()

    async def reveal(_request_id: str) -> Response:
        key.open(key.seal("swordfish", "one row"), "another row")
        raise AssertionError

    application.add_url_rule("/value", view_func=guarded(reveal))
    with caplog.at_level(logging.ERROR):
        answer = await application.test_client().get("/value")
    body = str(await answer.get_data(as_text=True))
    assert answer.status_code == 500
    assert '"code":"INTERNAL"' in body
    assert key.key_id not in body
    assert answer.headers["X-Request-Id"] in body
    assert "set it again" in caplog.text


async def test_what_is_wrong_with_the_request_is_told() -> None:
    application = QuartTrio("nimbus", static_folder=None)

    async def refuse(_request_id: str) -> Response:
        raise NimbusError("there is one already", code="CONFLICT")

    application.add_url_rule("/value", view_func=guarded(refuse))
    answer = await application.test_client().get("/value")
    assert answer.status_code == 409
    assert "there is one already" in str(await answer.get_data(as_text=True))
