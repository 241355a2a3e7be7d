"""The types of requests and answers, made of a specification: its fields stand beside name and labels."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from nimbus.edge.objects.records import NamedReference, Note, Use
from nimbus.edge.templates.records import TemplateSpec
from nimbus.edge.upstreams.records import UpstreamSpec
from nimbus.edge.virtual_hosts.records import VirtualHostSpec
from nimbus.kernel.naming import LabelChanges, Labels, Line, Name

_Fields = list[tuple[str, Any, Any]]
_FACTS: list[tuple[str, Any]] = [
    ("id", str),
    ("workspace_id", str),
    ("workspace", str),
    ("name", str),
    ("description", str),
    ("labels", dict[str, str]),
    ("version", int),
    ("sha256", str),
    ("summary", str),
    ("references", tuple[NamedReference, ...]),
    ("used_by", tuple[Use, ...]),
    ("notes", tuple[Note, ...]),
    ("created_at", str),
    ("created_by", str),
    ("updated_at", str),
    ("updated_by", str),
    ("revision", int),
]


def _view(name: str, spec: type[msgspec.Struct], said: str, *more: tuple[str, Any]) -> type[msgspec.Struct]:
    fields = [*_FACTS, *more, *((field.name, field.type) for field in msgspec.structs.fields(spec))]
    return msgspec.defstruct(
        name, fields, frozen=True, kw_only=True, module=__name__, namespace={"__doc__": said}
    )


def _request(name: str, spec: type[msgspec.Struct], said: str) -> type[msgspec.Struct]:
    beside: _Fields = [
        ("description", Line, ""),
        ("labels", Labels, msgspec.field(default_factory=dict)),
        ("summary", Line, ""),
        ("workspace", str, ""),
    ]
    return _taken(name, [("name", Name), *beside, *_own_fields(spec)], said)


def _preview(name: str, spec: type[msgspec.Struct], said: str) -> type[msgspec.Struct]:
    """As a request; what it is called does not matter yet."""
    return _taken(name, [("name", str, ""), ("workspace", str, ""), *_own_fields(spec)], said)


def _patch(name: str, spec: type[msgspec.Struct], said: str) -> type[msgspec.Struct]:
    beside: _Fields = [
        ("name", Name | None, None),
        ("description", Line | None, None),
        ("labels", LabelChanges | None, None),
        ("summary", Line, ""),
    ]
    own = [(field.name, field.type | UnsetType, UNSET) for field in msgspec.structs.fields(spec)]
    return _taken(name, [*beside, *own], said)


def _taken(name: str, fields: list[Any], said: str) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        name, fields, forbid_unknown_fields=True, kw_only=True, module=__name__, namespace={"__doc__": said}
    )


def _own_fields(spec: type[msgspec.Struct]) -> list[Any]:
    return [
        (field.name, field.type) if field.required else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(spec)
    ]


_SHOWN = "With its current version."
_CHANGED = "Fields that are not given stay as they are. A label set to null is removed."
_SUMMARY = "`summary` says why, in the list of versions."

VirtualHostView = _view("VirtualHostView", VirtualHostSpec, _SHOWN)
VirtualHostRequest = _request("VirtualHostRequest", VirtualHostSpec, _SUMMARY)
VirtualHostPatch = _patch("VirtualHostPatch", VirtualHostSpec, _CHANGED)
VirtualHostPreview = _preview("VirtualHostPreview", VirtualHostSpec, "Nothing of it is kept.")
UpstreamView = _view("UpstreamView", UpstreamSpec, _SHOWN)
UpstreamRequest = _request("UpstreamRequest", UpstreamSpec, _SUMMARY)
UpstreamPatch = _patch("UpstreamPatch", UpstreamSpec, _CHANGED)
UpstreamPreview = _preview("UpstreamPreview", UpstreamSpec, "Nothing of it is kept.")
TemplateView = _view("TemplateView", TemplateSpec, _SHOWN, ("built_in", bool))
TemplateRequest = _request("TemplateRequest", TemplateSpec, _SUMMARY)
TemplatePatch = _patch("TemplatePatch", TemplateSpec, _CHANGED)
TemplatePreview = _preview("TemplatePreview", TemplateSpec, "Nothing of it is kept.")
