"""The requests behind a plan: what there is, and carrying it out."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from nimbus.cli.apply.documents import Place
from nimbus.cli.apply.kinds import KINDS, Kind, Resource, present
from nimbus.cli.apply.plan import Action, label_patch
from nimbus.cli.apply.references import KEY
from nimbus.client.client import ApiError, Client, segment
from nimbus.protocol.errors import NimbusError

MAX_VALUE_BYTES = 64 * 1024
_ATTEMPTS = 3
# What a secret has whose value is not the declared one: that one stays where it is.
_ANOTHER = {"value": "", "encoding": "text"}


def with_values(declared: Sequence[Resource]) -> list[Resource]:
    """Secrets get the value that their source has now. Raises UsageError with file and line."""
    return [
        replace(resource, fields={**resource.fields, "valueFrom": _value(resource)})
        if "valueFrom" in resource.fields
        else resource
        for resource in declared
    ]


def _value(secret: Resource) -> dict[str, str]:
    """As the API takes it. A file is taken as it is, relative to the folder of the document."""
    document, source = secret.document, secret.fields["valueFrom"]
    assert document is not None
    place = document.at("spec", "valueFrom")
    if "env" in source:
        content = os.environ.get(source["env"], "").encode(errors="surrogateescape")
        if not content:
            raise place.error(f"the variable {source['env']} is not set")
    else:
        folder = os.path.dirname(document.place.file) if document.place.file != "standard input" else ""
        try:
            with open(_below(folder, source["file"], place), "rb") as stream:
                content = stream.read(MAX_VALUE_BYTES + 1)
        except OSError as error:
            raise place.error(f"{source['file']} cannot be read: {error.strerror}") from None
    if not content or len(content) > MAX_VALUE_BYTES:
        raise place.error(f"a value must have 1 to {MAX_VALUE_BYTES} bytes")
    try:
        return {"value": content.decode(), "encoding": "text"}
    except UnicodeDecodeError:
        return {"value": base64.b64encode(content).decode(), "encoding": "base64"}


def _below(folder: str, file: str, place: Place) -> str:
    """Documents of others must not carry a file of this machine's into a secret of theirs. Links are followed
    first. Raises UsageError."""
    home = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(home, file))
    if os.path.commonpath([home, path]) != home:
        raise place.error(f"{file} is outside the document's folder: copy it beside the document")
    return path


def fetch(api: Client, declared: Sequence[Resource], *, prune: bool) -> list[Resource]:
    """What there is of the declared kinds; with `prune` of all that can be pruned."""
    resources: list[Resource] = []
    wanted = {(resource.kind, resource.key): resource for resource in declared}
    for kind in KINDS.values():
        is_declared = any(resource.kind == kind.name for resource in declared)
        if not is_declared and not (prune and kind.prunable):
            continue
        for view in api.get_all(kind.path):
            # What has expired is as if it were not there: a declared grant is given again.
            if view.get("built_in") or view.get("state") == "expired":
                continue
            resource = present(kind, view)
            resources.append(_completed(api, resource, wanted.get((resource.kind, resource.key))))
    return resources


def known_by(api: Client, kind: str) -> list[tuple[str, ...]] | None:
    """Id and names, in lower case, of all of a kind that the caller sees. None: they may not list them."""
    path, name_field = "/api/v1/keys", "name"
    if kind != KEY:
        path, name_field = KINDS[kind].path, KINDS[kind].name_field
    try:
        views = api.get_all(path)
    except ApiError as error:
        if error.code != "FORBIDDEN":
            raise
        return None
    return [(view["id"], view[name_field].lower(), *_full_name(view, name_field)) for view in views]


def _full_name(view: dict[str, Any], name_field: str) -> tuple[str, ...]:
    home = view.get("organization")
    return (f"{home}/{view[name_field]}".lower(),) if home else ()


def _completed(api: Client, resource: Resource, declared: Resource | None) -> Resource:
    """With what takes requests of its own, where it is declared."""
    path = f"{KINDS[resource.kind].path}/{resource.id}"
    if declared is None:
        return resource
    if KINDS[resource.kind].previewed:
        return _previewed(api, path, resource, declared)
    if "members" in declared.fields:
        members = sorted(member["username"] for member in api.get(f"{path}/members"))
        return replace(resource, fields={**resource.fields, "members": members})
    if "valueFrom" in declared.fields:
        declared_value = declared.fields["valueFrom"]
        found = api.request("POST", f"{path}/value/comparison", body=declared_value)["data"]
        value = declared_value if found["same"] else _ANOTHER
        return replace(resource, fields={**resource.fields, "valueFrom": value})
    return resource


def _previewed(api: Client, path: str, resource: Resource, declared: Resource) -> Resource:
    """With what is declared for each field that stays as it is: it may be written otherwise."""
    kind = KINDS[resource.kind]
    given = {name: value for name, value in declared.fields.items() if name != "description"}
    found = api.request("POST", f"{path}/preview", body=given)["data"]
    if found["problems"]:
        # It may refer to what is made before it is: the control plane has the last word then.
        return resource
    changed = {re.split(r"[.\[]", change["field"])[0] for change in found["changes"]}
    same = {name: value for name, value in given.items() if name in kind.fields and name not in changed}
    return replace(resource, fields={**resource.fields, **same})


def carry_out(api: Client, actions: Sequence[Action], on_done: Callable[[Action], None]) -> None:
    """One after another; `on_done` is called with each when it is done. After a failure or an interruption, at
    any point, applying the same documents again does the rest: it looks anew at what there is."""
    for number, action in enumerate(actions):
        try:
            _carry_out(api, action)
        except NimbusError as error:
            error.message = (
                f"{_where(action)}{error.message.rstrip('.')} ({number} of {len(actions)} are done)"
            )
            error.next_step = error.next_step or "Fix it and apply again: what is done is skipped."
            raise
        on_done(action)


def _where(action: Action) -> str:
    document = action.declared.document if action.declared else None
    at = f"{document.place.file}:{document.place.line}: " if document else ""
    return f"{at}{action.kind} {action.key}: "


def _carry_out(api: Client, action: Action) -> None:
    kind = KINDS[action.kind]
    if action.what == "delete":
        assert action.present is not None
        headers = _if_match(action.present)
        _send(api, "DELETE", f"{kind.path}/{action.present.id}", headers=headers)
        return
    assert action.declared is not None
    if action.what == "create":
        _create(api, kind, action.declared)
    else:
        assert action.present is not None
        _update(api, kind, action.present, action)


def _create(api: Client, kind: Kind, resource: Resource) -> None:
    body = {name: value for name, value in resource.fields.items() if name not in kind.apart}
    if not kind.nameless:
        body |= {kind.name_field: resource.name, "labels": resource.labels or {}}
        if kind.within == "organization" and kind.name != "User":
            body["organization"] = resource.key.partition("/")[0]
        elif kind.name == "User" and resource.document is not None:
            body["organization"] = resource.document.content["metadata"].get("organization", "")
        elif kind.within == "workspace":
            body["workspace"] = resource.key.rpartition("/")[0]
    if "valueFrom" in resource.fields:
        body |= resource.fields["valueFrom"]
    created = _send(api, "POST", kind.path, body)
    path = f"{kind.path}/{created['id']}"
    if resource.fields.get("disabled"):
        _send(api, "PATCH", path, {"disabled": True})
    _set_members(api, path, [], resource.fields.get("members", []))


def _update(api: Client, kind: Kind, have: Resource, action: Action) -> None:
    path = f"{kind.path}/{have.id}"
    changed = {change.name: change.after for change in action.changes}
    value, members = changed.pop("valueFrom", None), changed.pop("members", None)
    if "labels" in changed:
        changed["labels"] = label_patch(have.labels or {}, changed["labels"])
    if changed:
        _send(api, "PATCH", path, changed, headers=_if_match(have))
    if value is not None:
        _send(api, "POST", f"{path}/versions", value)
    if members is not None:
        _set_members(api, path, have.fields["members"], members)


def _set_members(api: Client, path: str, have: Iterable[str], want: Iterable[str]) -> None:
    have, want = set(have), set(want)
    for user in sorted(want - have):
        _send(api, "POST", f"{path}/members", {"user": user})
    for user in sorted(have - want):
        _send(api, "DELETE", f"{path}/members/{segment(user)}")


def _if_match(have: Resource) -> dict[str, str]:
    """The API compares the revision alone."""
    return {} if have.revision is None else {"If-Match": f'"{have.revision}-"'}


def _send(
    api: Client, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None
) -> Any:
    """A lost answer is asked for again under the same key: what creates is carried out once."""
    headers = dict(headers or {})
    if method == "POST":
        headers["Idempotency-Key"] = secrets.token_hex(16)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return api.request(method, path, body=body, headers=headers)["data"]
        except NimbusError as error:
            if error.code != "UNREACHABLE" or method != "POST" or attempt == _ATTEMPTS:
                raise
    raise AssertionError(path)
