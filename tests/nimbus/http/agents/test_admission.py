from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nimbus.http.agents.admission import Admission, Verdict
from nimbus.http.agents.limits import Limits

LIMITS = Limits(connections=8, connections_per_address=2)


def test_an_address_has_its_share_then_a_reserve_then_nothing() -> None:
    admission = Admission(LIMITS)
    verdicts = [admission.enter("a") for _ in range(8)]
    assert verdicts == [Verdict.SERVE] * 2 + [Verdict.BUSY] * 4 + [Verdict.CUT] * 2
    assert admission.enter("b") is Verdict.SERVE


def test_all_addresses_share_the_whole() -> None:
    admission = Admission(LIMITS)
    verdicts = [admission.enter(str(number)) for number in range(14)]
    assert verdicts == [Verdict.SERVE] * 8 + [Verdict.BUSY] * 4 + [Verdict.CUT] * 2


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=200))
def test_counts_follow_what_is_open(steps: list[tuple[str, bool]]) -> None:
    admission = Admission(LIMITS)
    held: list[str] = []
    for address, enters in steps:
        if enters:
            if admission.enter(address) is not Verdict.CUT:
                held.append(address)
        elif address in held:
            held.remove(address)
            admission.leave(address)
        assert admission.open == len(held) <= 12
        assert max((held.count(name) for name in "abc"), default=0) <= 6
    for address in held:
        admission.leave(address)
    assert admission.open == admission.addresses == 0
    assert admission.enter("a") is Verdict.SERVE
