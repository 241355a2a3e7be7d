from __future__ import annotations

import pytest

from nimbus.edge.certificates.issuing.records import Issuance
from nimbus.edge.certificates.issuing.rules import (
    DAY_S,
    LAST_RETRY_S,
    LONGEST_WAIT_S,
    checked_domains,
    is_told,
    issuance_view,
    renewal_of,
    wait_after,
)
from nimbus.kernel.clock import from_seconds
from nimbus.kernel.errors import ValidationError

DAY = from_seconds(DAY_S)


@pytest.mark.parametrize(("lifetime", "left"), [(90, 30), (365, 30), (45, 15), (6, 2)])
def test_it_is_renewed_at_a_third_of_its_lifetime_and_30_days_at_most(lifetime: int, left: int) -> None:
    assert renewal_of(DAY, DAY + lifetime * DAY) == DAY + (lifetime - left) * DAY


def test_failures_wait_longer_each_time_and_as_long_as_the_authority_says() -> None:
    waits = [wait_after(attempts, 0, 0.5) for attempts in range(1, 12)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (60, LAST_RETRY_S)
    assert wait_after(500, 0, 1) < LAST_RETRY_S * 1.3
    assert wait_after(1, 3600, 0.5) == 3600
    assert wait_after(1, 1e12, 0.5) == LONGEST_WAIT_S


def test_failures_are_told_of_now_and_then() -> None:
    assert [attempts for attempts in range(31) if is_told(attempts)] == [1, 3, 10, 20, 30]


def test_domains_are_written_as_the_authority_has_them() -> None:
    assert checked_domains(["Shop.Example.com", "bücher.example", "shop.example.com"], "http-01") == (
        "shop.example.com",
        "xn--bcher-kva.example",
    )


@pytest.mark.parametrize("domain", ["*.example.com", ".example.com", "www.*", "a b", "-", "10.0.0.1", ""])
def test_what_http_cannot_prove_is_refused(domain: str) -> None:
    with pytest.raises(ValidationError):
        checked_domains([domain], "http-01")


def test_an_order_is_shown_with_its_next_attempt() -> None:
    fresh = Issuance(certificate_id="c", domains=("a.example",), challenge="http-01", key_type="ecdsa")
    assert issuance_view(fresh, DAY).state == "ordering"
    issued = Issuance(
        certificate_id="c", domains=("a.example",), challenge="http-01", key_type="ecdsa", renew_at=3 * DAY
    )
    view = issuance_view(issued, DAY)
    assert (view.state, view.next_attempt_at, view.renew_at) == (
        "issued",
        None,
        "1970-01-04T00:00:00.000000Z",
    )
