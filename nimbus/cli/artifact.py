"""`nimbus artifact`."""

from __future__ import annotations

import argparse
from pathlib import Path

from nimbus.cli.noun import DESCRIPTION, LABEL_CHANGES, LABEL_FILTER, LABELS, Field, Noun, sent, verbs_of
from nimbus.cli.operation import follow
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, labels_of, report, size
from nimbus.cli.progress import Progress
from nimbus.cli.uploading import Upload, default_name, sum_of

_CPUS = ("any", "x86_64", "aarch64")
_ARTIFACT = Noun(
    name="artifact",
    path="/api/v1/artifacts",
    columns=(
        Column("NAME", "name"),
        Column("VERSION", "version"),
        Column("CPU", "cpu"),
        Column("SIZE", lambda a: size(a["size"]), right=True),
        Column("SHA-256", lambda a: a["sha256"][:12]),
        Column("CREATED", lambda a: age(a["created_at"])),
        Column("DAMAGE", lambda a: a["damage"] or None),
        Column("LABELS", labels_of),
        Column("ID", "id", wide=True),
        Column("WORKSPACE", "workspace", wide=True),
        Column("BY", "created_by", wide=True),
        Column("DESCRIPTION", "description", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Version", "version"),
        Column("CPU", "cpu"),
        Column("Id", "id"),
        Column("Workspace", "workspace"),
        Column("Description", "description"),
        Column("Labels", labels_of),
        Column("Size", lambda a: f"{a['size']} bytes"),
        Column("SHA-256", "sha256"),
        Column("Content type", "content_type"),
        Column("Created", lambda a: f"{a['created_at']} by {a['created_by']}"),
        Column("Damage", lambda a: a["damage"] or None),
    ),
    empty="No artifacts yet. Upload one: nimbus artifact add FILE",
    metavar="ARTIFACT",
    reference="NAME, NAME:VERSION, NAME:VERSION:CPU or id",
    scoped=True,
    answers_with_details=True,
)
_NEW = (
    Field("--name", metavar="NAME", help="name (default: from the file's name)"),
    Field("--version", metavar="VERSION", help="version (default: first 12 digits of the SHA-256)"),
    Field("--cpu", choices=_CPUS, help="CPU architecture (default: any)"),
    Field("--content-type", metavar="TYPE", help="media type (default: application/octet-stream)"),
    DESCRIPTION,
    LABELS,
)
_FETCH = (
    Field("--node", "nodes", action="append", metavar="NODE", help="node name or id, can be repeated"),
    Field("--label", metavar="KEY=VALUE", help="all nodes with this label"),
    Field(
        "--at-once", type=int, metavar="N", help="number of nodes at the same time; 0 for all (default: 8)"
    ),
    Field(
        "--failure-budget",
        type=int,
        metavar="N",
        help="number of nodes that can fail before the rest is not started",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    add = _ARTIFACT.verb(verbs, "add", "upload a file, or resume its upload", _add, *_NEW, of_one=False)
    add.add_argument("file", metavar="FILE", help="file to upload")
    _ARTIFACT.list(
        verbs, "list artifacts", LABEL_FILTER, Field("--cpu", choices=_CPUS, help="only those for this CPU")
    )
    _ARTIFACT.show(verbs, "show an artifact")
    _ARTIFACT.update(verbs, "describe or label an artifact", DESCRIPTION, LABEL_CHANGES)
    fetch = _ARTIFACT.verb(verbs, "fetch", "download an artifact to nodes", _fetch, *_FETCH)
    fetch.add_argument("--wait", action="store_true", help="wait until it ends")
    _ARTIFACT.delete(verbs, "delete an artifact", "Delete artifact {name}?", "Artifact {reference} deleted.")


def _add(options: argparse.Namespace) -> None:
    file = Path(options.file)
    api = client(options)
    with Progress(quiet=options.output in ("json", "yaml")) as progress:
        sha256, length = sum_of(file, progress)
        body = {
            "name": default_name(file),
            "version": sha256[:12],
            "workspace": api.workspace,
            **sent(_NEW, options),
            "sha256": sha256,
            "size": length,
        }
        artifact = Upload(api, file, body, progress).run()
    report(
        options,
        artifact,
        f"Artifact {artifact['reference']} uploaded ({size(artifact['size'])}, SHA-256 {sha256})."
        f" Download it to nodes: nimbus artifact fetch {artifact['reference']} --node NODE",
    )


def _fetch(options: argparse.Namespace) -> int:
    api = client(options)
    operation = api.post(f"{_ARTIFACT.path_of(api, options)}/fetch", sent(_FETCH, options))
    return follow(options, api, operation, wait=options.wait)
