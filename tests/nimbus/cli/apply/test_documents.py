"""Reading declarations: every mistake is named with file and line."""

from __future__ import annotations

import pytest

from nimbus.cli.apply.documents import parse
from nimbus.cli.apply.kinds import Resource, declared
from nimbus.protocol.errors import NimbusError, UsageError

_ROLE = "kind: Role\nmetadata: {name: r}\nspec:\n  permissions: [agent:read]\n"


def read(text: str) -> list[Resource]:
    return [declared(document) for document in parse("x.yaml", text.encode())]


def test_several_documents() -> None:
    found = read(
        f"---\n{_ROLE}---\n# nothing\n---\nkind: Workspace\nmetadata: {{name: W, organization: Acme}}\n"
    )
    assert [(one.kind, one.key) for one in found] == [("Role", "default/r"), ("Workspace", "acme/w")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &x 1", "x.yaml:1: anchors"),
        ("a: *x", "x.yaml:1: anchors"),
        ("a: !!python/object:os.system x", "x.yaml:1: tags"),
        ("kind: Role\nkind: Role", "x.yaml:2: 'kind' is there twice"),
        ("metadata:\n  name: a\n  name: b", "x.yaml:3: 'name' is there twice"),
        ("[" * 20 + "]" * 20, "nested more than 16"),
        ("a: [", "x.yaml:1: "),
        ("- 1", "x.yaml:1: a document is a mapping"),
        ("metadata: {name: x}", "kind is missing"),
        ("metadata: {}\nkind: Rolle", "x.yaml:2: there is no kind 'Rolle'"),
        ("kind: ServiceKey", "create-key"),
        (_ROLE + "  permisions: []", "Did you mean permissions?"),
        (_ROLE + "  permisions: []", "x.yaml:5: spec has no field"),
        (_ROLE.replace("name: r", "nam: r"), "Did you mean name?"),
        (_ROLE.replace("name: r", "workspace: r"), "has no field 'workspace'"),
        (_ROLE.replace("[agent:read]", "agent:read"), "x.yaml:4: spec.permissions must be a list of texts"),
        ("kind: Role\nmetadata: {name: r}", "spec.permissions is missing"),
        ("kind: Role\nspec: {permissions: []}", "metadata.name is missing"),
        ("kind: Group\nmetadata: {name: 1}", "must be text"),
        (
            "kind: Group\nmetadata:\n  name: g\n  labels:\n    on: yes",
            "x.yaml:5: the label 'on' must be text",
        ),
        ("kind: Group\nspec: []", "spec must be a mapping"),
        ("kind: Secret\nmetadata: {name: s}\nspec: {value: x}", "Did you mean valueFrom?"),
        ("kind: Secret\nmetadata: {name: s}\nspec: {valueFrom: {file: a, env: b}}", "one of file and env"),
        ("kind: Grant\nspec: {role: r, user: u, expires_at: soon}", "must be a time like"),
        ("kind: Grant\nspec: {role: r}", "one of user, group and key"),
        ("kind: Grant\nspec: {role: r, user: u, workspace: w, organization: o}", "not both"),
        ("kind: User\nmetadata: {name: u}\nspec: {password: x}", "has no field 'password'"),
        ("kind: Workspace\nmetadata: {name: a/b}", "slash"),
        ("? [a]\n: b", "a key must be text"),
    ],
)
def test_mistakes(text: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert told in caught.value.line()
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize("content", [b"\xff", b"\x00", b"a: \x07", b"\xef\xbb\xbf- 1", b"%YAML 9.9\n--- a"])
def test_what_is_no_text(content: bytes) -> None:
    with pytest.raises(NimbusError):
        parse("x", content)


def test_dates_and_numbers_stay_what_they_are() -> None:
    [one] = read("kind: Workspace\nmetadata: {name: w, labels: {day: 2026-01-01}}")
    assert one.labels == {"day": "2026-01-01"}
