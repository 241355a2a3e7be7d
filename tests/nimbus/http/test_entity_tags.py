from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.http.entity_tags import entity_tag, is_known, revision_of
from nimbus.kernel.errors import PreconditionFailed, ValidationError


class Thing(msgspec.Struct):
    revision: int


@given(st.integers(1, 10**14), st.binary())
def test_a_tag_says_its_revision_and_knows_itself(revision: int, content: bytes) -> None:
    tag = entity_tag(Thing(revision), content)
    assert revision_of(tag) == revision
    assert is_known(tag, tag)
    assert is_known(f'"x", W/{tag}', tag)
    assert not is_known(entity_tag(Thing(revision), content + b"."), tag)
    assert not is_known("", tag)
    packed = entity_tag(Thing(revision), content, "gzip")
    assert not is_known(tag, packed)
    assert revision_of(packed) == revision
    with pytest.raises(PreconditionFailed):
        revision_of(f"W/{tag}")
    assert is_known("*", tag)


@given(st.text(max_size=100))
def test_no_header_breaks_it(header: str) -> None:
    is_known(header, '"1-a"')
    try:
        revision = revision_of(header)
    except (PreconditionFailed, ValidationError):
        return
    assert revision is None or revision >= 0


def test_what_has_no_revision_has_no_number_to_match() -> None:
    tag = entity_tag([1, 2], b"x")
    assert is_known(tag, tag)
    with pytest.raises(ValidationError):
        revision_of(tag)
