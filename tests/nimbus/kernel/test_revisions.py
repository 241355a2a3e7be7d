"""A patch laid over what is there."""

from __future__ import annotations

import msgspec
import pytest

from nimbus.kernel.errors import Conflict
from nimbus.kernel.naming import changed_labels
from nimbus.kernel.revisions import check_name_free, patched, revised


class Boat(msgspec.Struct, frozen=True):
    id: str
    name: str
    updated_at: int = 0
    revision: int = 1


def test_a_change_is_a_revision() -> None:
    assert revised(Boat("1", "ark"), 7, name="noah") == Boat("1", "noah", updated_at=7, revision=2)
    assert revised(Boat("1", "ark", 7, 2), 8) == Boat("1", "ark", updated_at=8, revision=3)


def test_what_is_left_out_stays_and_what_is_given_is_checked() -> None:
    assert patched(None, "ark", str.upper) == "ark"
    assert patched("noah", "ark", str.upper) == "NOAH"
    assert patched("", "ark", str.upper) == ""
    assert patched(False, True, bool) is False


def test_labels_are_laid_over_what_is_there() -> None:
    present = {"a": "1", "b": "2"}
    assert changed_labels(present, None) == present
    assert changed_labels(present, {}) == present
    assert changed_labels(present, {"a": None, "c": "3"}) == {"b": "2", "c": "3"}


def test_a_name_is_free_when_nobody_else_has_it() -> None:
    ark = Boat("1", "ark")
    check_name_free("boat", "ark", ark, None)
    check_name_free("boat", "ark", ark, ark)
    with pytest.raises(Conflict) as caught:
        check_name_free("boat", "ark", ark, Boat("2", "ark"))
    assert caught.value.message == "there is a boat named 'ark' already"
    assert caught.value.next_step == "Choose another name."
    assert caught.value.details == [{"field": "name", "message": "is taken"}]
    with pytest.raises(Conflict, match="there is an ark named") as caught:
        check_name_free("ark", "x", ark, Boat("2", "x"), "Sink that one.")
    assert caught.value.next_step == "Sink that one."
