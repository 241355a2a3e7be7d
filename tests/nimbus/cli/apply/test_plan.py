"""The plan: what is applied once needs nothing a second time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nimbus.cli.apply.documents import Document, Place
from nimbus.cli.apply.kinds import KINDS, Resource
from nimbus.cli.apply.plan import Plan, check_unique, label_patch, plan, selector
from nimbus.cli.apply.show import plan_data, plan_text
from nimbus.protocol.errors import UsageError

_NAMES = st.sampled_from(["a", "b", "c"])
_LABELS = st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["x", "y"]))
_DOCUMENT = Document(Place("x.yaml", 3), {"metadata": {}})
_FORMS = {
    "text": st.text(max_size=3),
    "flag": st.booleans(),
    "names": st.lists(_NAMES, unique=True).map(sorted),
    "number": st.integers(0, 3),
    "list": st.lists(st.dictionaries(st.sampled_from(["path"]), _NAMES), max_size=2),
    "parts": st.none() | st.dictionaries(st.sampled_from(["kind"]), _NAMES),
    "source": st.fixed_dictionaries({"value": st.text(max_size=3), "encoding": st.just("text")}),
}


@st.composite
def resources(draw: st.DrawFn, *, present: bool) -> Resource:
    kind = draw(
        st.sampled_from([one for one in KINDS.values() if not one.nameless and not one.only_existing])
    )
    fields = {
        name: draw(_FORMS[form])
        for name, form in kind.fields.items()
        if present or kind.name == "Secret" or draw(st.booleans())
    }
    labels = draw(_LABELS if present else st.none() | _LABELS)
    return Resource(
        kind.name,
        draw(_NAMES),
        fields,
        labels,
        "id" if present else "",
        1 if present else None,
        None if present else _DOCUMENT,
    )


def unique(found: list[Resource]) -> list[Resource]:
    return list({(one.kind, one.key): one for one in found}.values())


DECLARED = st.lists(resources(present=False), max_size=8).map(unique)
PRESENT = st.lists(resources(present=True), max_size=8).map(unique)


def carried_out(made: Plan, have: list[Resource]) -> list[Resource]:
    """A model of the control plane."""
    state = {(one.kind, one.key): one for one in have}
    for action in made.needed:
        identity = (action.kind, action.key)
        if action.what == "delete":
            del state[identity]
            continue
        before = state.get(identity)
        fields = dict(before.fields) if before else {}
        labels = dict(before.labels or {}) if before else {}
        for change in action.changes:
            if change.name == "labels":
                for key, value in label_patch(labels, change.after).items():
                    labels.pop(key, None)
                    if value is not None:
                        labels[key] = value
            else:
                fields[change.name] = change.after
        state[identity] = Resource(action.kind, action.key, fields, labels, "id", 2)
    return list(state.values())


@given(DECLARED, PRESENT, st.none() | st.dictionaries(st.just("app"), st.just("x"), min_size=1))
def test_applied_twice_there_is_nothing_to_do(
    declared: list[Resource], present: list[Resource], prune: dict[str, str] | None
) -> None:
    first = plan(declared, present, prune=prune)
    assert plan(declared, carried_out(first, present), prune=prune).needed == ()
    gone = {(one.kind, one.key) for one in first.needed if one.what == "delete"}
    assert not gone & {(one.kind, one.key) for one in declared}
    assert bool(gone) <= bool(prune)
    plan_text(first, colour=True)
    plan_data(first, applied=False)


@given(DECLARED, PRESENT)
def test_an_interrupted_run_goes_on(declared: list[Resource], present: list[Resource]) -> None:
    first = plan(declared, present)
    for done in range(len(first.needed)):
        half = carried_out(Plan(first.needed[:done]), present)
        assert len(plan(declared, half).needed) == len(first.needed) - done


@given(DECLARED, PRESENT)
def test_what_others_need_comes_first_and_goes_last(
    declared: list[Resource], present: list[Resource]
) -> None:
    made = plan(declared, present, prune={"app": "x"})
    ranks = [(one.what == "delete", KINDS[one.kind].rank) for one in made.actions]
    made_ranks = [rank for gone, rank in ranks if not gone]
    gone_ranks = [rank for gone, rank in ranks if gone]
    assert made_ranks == sorted(made_ranks)
    assert gone_ranks == sorted(gone_ranks, reverse=True)
    assert [gone for gone, _ in ranks] == sorted(gone for gone, _ in ranks)


def test_values_are_never_shown() -> None:
    value = {"value": "hunter2", "encoding": "text"}
    new = Resource("Secret", "a/b/s", {"valueFrom": value}, document=_DOCUMENT)
    old = Resource("Secret", "a/b/s", {"valueFrom": {**value, "value": "hunter1"}}, {}, "id", 1)
    for made in (plan([new], []), plan([new], [old])):
        shown = (
            plan_text(made, colour=False) + str(plan_data(made, applied=True)) + repr(made.needed[0].changes)
        )
        assert "hunter" not in shown
        assert "hunter" not in repr(made)


def test_twice_declared_unknown_nodes_and_selectors() -> None:
    role = Resource("Role", "default/r", document=_DOCUMENT)
    again = Resource("Role", "default/r", document=Document(Place("y.yaml", 9), {}))
    with pytest.raises(UsageError, match=r"y.yaml:9: .*x.yaml:3"):
        check_unique([role, again])
    with pytest.raises(UsageError, match="there is no Node"):
        plan([Resource("Node", "default/default/n", document=_DOCUMENT)], [])
    with pytest.raises(UsageError, match="valueFrom is missing"):
        plan([Resource("Secret", "default/default/s", document=_DOCUMENT)], [])
    assert selector("a=b,c=d") == {"a": "b", "c": "d"}
    for wrong in ("", "a", "=b", "a=b,"):
        with pytest.raises(UsageError):
            selector(wrong)
