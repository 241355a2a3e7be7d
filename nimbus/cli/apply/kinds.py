"""What can be declared: one table. A later kind is one more row here."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Literal

from nimbus.cli.apply.documents import Document, unknown

DEFAULT_ORGANIZATION = "default"
DEFAULT_WORKSPACE = "default/default"
Form = Literal["text", "flag", "number", "names", "source", "list", "parts"]
_NOUNS = {
    "text": "text",
    "flag": "true or false",
    "number": "a whole number",
    "names": "a list of texts",
    "source": "a mapping",
    "list": "a list",
    "parts": "a mapping, or null",
}


@dataclass(frozen=True)
class Kind:
    """`path`: the collection in the API. `within`: what metadata says besides the name. `fields`: of spec, by
    form, with the API's names. `name_field`: what the API calls the name. `rank`: kinds of a lower one are made
    before, and deleted after. `only_existing`: neither made nor deleted here. `prunable`: has labels, and can be
    deleted."""

    name: str
    path: str
    rank: int
    fields: dict[str, Form]
    within: Literal["", "organization", "workspace"] = ""
    name_field: str = "name"
    required: tuple[str, ...] = ()
    only_existing: bool = False
    prunable: bool = True
    # Told apart from the others by these fields, not by a name.
    nameless: bool = False
    # Fields that are not part of the resource's own requests: carried out by run.py.
    apart: tuple[str, ...] = ()
    # The control plane says which fields would change: it knows usual values, and ids for names.
    previewed: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "Organization",
            "/api/v1/organizations",
            0,
            {"description": "text", "cross_workspace_visibility": "flag", "require_second_factor": "flag"},
        ),
        Kind("Workspace", "/api/v1/workspaces", 1, {"description": "text"}, "organization"),
        Kind(
            "Role",
            "/api/v1/roles",
            2,
            {"description": "text", "permissions": "names"},
            "organization",
            required=("permissions",),
        ),
        Kind(
            "User",
            "/api/v1/users",
            3,
            {"display_name": "text", "email": "text", "is_admin": "flag", "disabled": "flag"},
            "organization",
            name_field="username",
            apart=("disabled",),
        ),
        Kind(
            "Group",
            "/api/v1/groups",
            4,
            {"description": "text", "members": "names"},
            "organization",
            apart=("members",),
        ),
        Kind(
            "Grant",
            "/api/v1/grants",
            5,
            {
                "role": "text",
                "user": "text",
                "group": "text",
                "key": "text",
                "workspace": "text",
                "organization": "text",
                "expires_at": "text",
            },
            required=("role",),
            prunable=False,
            nameless=True,
        ),
        Kind(
            "Secret",
            "/api/v1/secrets",
            6,
            {"description": "text", "valueFrom": "source"},
            "workspace",
            apart=("valueFrom",),
        ),
        Kind(
            "Node",
            "/api/v1/nodes",
            7,
            {
                "maintenance": "flag",
                "maintenance_reason": "text",
                "maintenance_until": "text",
                "description": "text",
                "wanted_port": "number",
                "wanted_mtu": "number",
            },
            "workspace",
            only_existing=True,
            prunable=False,
        ),
        Kind(
            "Template",
            "/api/v1/templates",
            8,
            {"description": "text", "text": "text"},
            "workspace",
            required=("text",),
            previewed=True,
        ),
        Kind(
            "Upstream",
            "/api/v1/upstreams",
            9,
            {
                "description": "text",
                "servers": "list",
                "algorithm": "text",
                "health_check": "parts",
                "tls": "parts",
                "keepalive": "number",
                "keepalive_timeout": "number",
            },
            "workspace",
            required=("servers",),
            previewed=True,
        ),
        Kind(
            "VirtualHost",
            "/api/v1/virtual-hosts",
            10,
            {
                "description": "text",
                "server_name": "list",
                "listen_port": "number",
                "ssl_enabled": "flag",
                "ssl_certificate_id": "text",
                "redirect_http": "flag",
                "http2": "flag",
                "http3": "flag",
                "gzip": "flag",
                "hsts": "number",
                "max_body": "number",
                "rate_limiting": "parts",
                "trusted_proxies": "list",
                "locations": "list",
                "template": "text",
                "target_agents": "parts",
                "logging": "parts",
            },
            "workspace",
            required=("server_name", "locations"),
            previewed=True,
        ),
    )
}


@dataclass(frozen=True)
class Resource:
    """A declared one or a present one, in the same form, so that they can be compared. `key` tells it from all
    others of its kind. Of a declared one a field that is not there, and labels of None, are left as they are."""

    kind: str
    key: str
    fields: dict[str, Any] = field(default_factory=dict, repr=False)
    labels: dict[str, str] | None = None
    # Of a present one.
    id: str = ""
    revision: int | None = None
    # Of a declared one.
    document: Document | None = field(default=None, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]


def declared(document: Document, *, workspace: str = "") -> Resource:
    """Checked. `workspace`: of resources that say none. Raises UsageError with file and line."""
    content = document.content
    for word in content:
        if word not in ("kind", "metadata", "spec"):
            raise unknown(document, (word,), ("kind", "metadata", "spec"))
    kind = _kind(document)
    metadata = _mapping(document, "metadata")
    spec = _mapping(document, "spec")
    _check_metadata(document, kind, metadata)
    _check_spec(document, kind, spec)
    fields = {
        name: sorted(set(value)) if kind.fields[name] == "names" else value for name, value in spec.items()
    }
    if kind.nameless:
        fields = _grant_fields(document, fields, workspace)
        return Resource(kind.name, grant_key(fields), fields, document=document)
    labels = metadata.get("labels")
    return Resource(kind.name, _key(document, kind, metadata, workspace), fields, labels, document=document)


def _kind(document: Document) -> Kind:
    name = document.content.get("kind")
    if name is None:
        raise document.place.error("kind is missing", next_step=f"Known: {', '.join(KINDS)}.")
    if name == "ServiceKey":
        raise document.at("kind").error(
            "keys cannot be declared, because their secret is shown only once",
            next_step="Create it with: nimbus iam create-key NAME --service --role ROLE",
        )
    if not isinstance(name, str) or name not in KINDS:
        import difflib

        near = difflib.get_close_matches(str(name), KINDS, n=1, cutoff=0.5)
        step = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(KINDS)}."
        raise document.at("kind").error(f"there is no kind {name!r}", next_step=step)
    return KINDS[name]


def _mapping(document: Document, name: str) -> dict[str, Any]:
    value = document.content.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise document.at(name).error(f"{name} must be a mapping")
    return value


def _check_metadata(document: Document, kind: Kind, metadata: dict[str, Any]) -> None:
    known = ["name", "labels"]
    if kind.within:
        known.append("organization")
    if kind.within == "workspace":
        known.append("workspace")
    known = [] if kind.nameless else known
    for name, value in metadata.items():
        if name not in known:
            raise unknown(document, ("metadata", name), known)
        if name == "labels":
            _check_labels(document, value)
        elif not isinstance(value, str) or not value:
            raise document.at("metadata", name).error(f"metadata.{name} must be text", next_step="Quote it.")
    if not kind.nameless and "name" not in metadata:
        raise document.at("metadata").error("metadata.name is missing")
    if "/" in metadata.get("name", ""):
        raise document.at("metadata", "name").error("metadata.name must not contain a slash")


def _check_labels(document: Document, labels: Any) -> None:
    if not isinstance(labels, dict):
        raise document.at("metadata", "labels").error("metadata.labels must be a mapping")
    for key, value in labels.items():
        if not isinstance(value, str):
            raise document.at("metadata", "labels", key).error(
                f"the label {key!r} must be text", next_step="Quote it."
            )


def _check_spec(document: Document, kind: Kind, spec: dict[str, Any]) -> None:
    for name, value in spec.items():
        if name not in kind.fields:
            raise unknown(document, ("spec", name), kind.fields)
        form = kind.fields[name]
        if not _has_form(value, form):
            raise document.at("spec", name).error(f"spec.{name} must be {_NOUNS[form]}")
    for name in kind.required:
        if name not in spec:
            raise document.at("spec").error(f"spec.{name} is missing")
    if "valueFrom" in spec:
        _check_source(document, spec["valueFrom"])


def _has_form(value: Any, form: Form) -> bool:
    if form == "names":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if form == "number":
        return isinstance(value, int) and not isinstance(value, bool)
    if form == "parts":
        return value is None or isinstance(value, dict)
    return isinstance(value, {"text": str, "flag": bool, "source": dict, "list": list}[form])


def _check_source(document: Document, source: dict[str, Any]) -> None:
    for name in source:
        if name not in ("file", "env"):
            raise unknown(document, ("spec", "valueFrom", name), ("file", "env"))
    if len(source) != 1 or not all(isinstance(text, str) and text for text in source.values()):
        raise document.at("spec", "valueFrom").error("spec.valueFrom must have one of file and env, as text")


def _key(document: Document, kind: Kind, metadata: dict[str, Any], workspace: str) -> str:
    name = metadata["name"].lower()
    organization = metadata.get("organization", "").lower()
    if kind.name == "User" or not kind.within:
        return str(name)
    if kind.within == "organization":
        return f"{organization or DEFAULT_ORGANIZATION}/{name}"
    place = metadata.get("workspace", "").lower()
    if organization and "/" in place and not place.startswith(organization + "/"):
        raise document.at("metadata", "workspace").error("metadata.workspace is of another organization")
    if not place and not organization:
        place = workspace
    return f"{full_workspace(place, organization)}/{name}"


def full_workspace(name: str, organization: str = "") -> str:
    """`organization/workspace`."""
    if not name and not organization:
        return DEFAULT_WORKSPACE
    return name if "/" in name else f"{organization or DEFAULT_ORGANIZATION}/{name or 'default'}"


def _grant_fields(document: Document, spec: dict[str, Any], workspace: str) -> dict[str, Any]:
    whom = [name for name in ("user", "group", "key") if spec.get(name)]
    if len(whom) != 1:
        raise document.at("spec").error("spec must have one of user, group and key")
    if spec.get("workspace") and spec.get("organization"):
        raise document.at("spec", "organization").error("spec has a workspace or an organization, not both")
    fields = {name: value.lower() for name, value in spec.items()}
    if "expires_at" in spec:
        fields["expires_at"] = _end(document, spec["expires_at"])
    if not spec.get("organization"):
        fields["workspace"] = full_workspace(fields.get("workspace", "") or workspace)
    return fields


def _end(document: Document, text: str) -> str:
    """As the API shows it; "" is never."""
    if not text:
        return ""
    try:
        read = datetime.datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise document.at("spec", "expires_at").error(
            "spec.expires_at must be a time like 2026-11-30T12:00:00Z, or empty", next_step="Quote it."
        )
    return read.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def grant_key(fields: dict[str, Any]) -> str:
    kind = next(name for name in ("user", "group", "key") if fields.get(name))
    where = fields.get("workspace") or fields.get("organization")
    return f"{fields['role']} for {kind}:{fields[kind]} in {where}"


def present(kind: Kind, view: dict[str, Any]) -> Resource:
    """What the API shows, in the form of declarations. What takes more requests is added by run.py."""
    if kind.nameless:
        fields = {"role": view["role"], view["principal_kind"]: view["principal"]}
        fields |= (
            {"workspace": view["workspace"]} if view["workspace"] else {"organization": view["organization"]}
        )
        fields["expires_at"] = view["expires_at"] or ""
        return Resource(kind.name, grant_key(fields), fields, id=view["id"])
    name = view[kind.name_field]
    if kind.within == "workspace":
        key = f"{view['workspace']}/{name}"
    elif kind.within == "organization" and kind.name != "User":
        key = f"{view['organization']}/{name}"
    else:
        key = name
    fields = {field: view[field] for field in kind.fields if field in view}
    if kind.name == "Node":
        maintenance = view["maintenance"] or {}
        fields |= {
            "maintenance": bool(maintenance),
            "maintenance_reason": maintenance.get("reason", ""),
            "maintenance_until": maintenance.get("until") or "",
        }
    fields = {
        field: sorted(value) if kind.fields[field] == "names" and isinstance(value, list) else value
        for field, value in fields.items()
    }
    return Resource(kind.name, key, fields, view["labels"], view["id"], view["revision"])
