"""`nimbus certificate`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from nimbus.cli.files import text_of
from nimbus.cli.noun import (
    DESCRIPTION,
    LABEL_CHANGES,
    LABEL_FILTER,
    LABELS,
    RENAME,
    Field,
    Noun,
    sent,
    verbs_of,
)
from nimbus.cli.options import client
from nimbus.cli.output import Column, age, labels_of, printable, report, show
from nimbus.protocol.errors import NimbusError

_CERTIFICATE = Noun(
    name="certificate",
    path="/api/v1/certificates",
    columns=(
        Column("NAME", "name"),
        Column("STATE", "state"),
        Column("NAMES", lambda c: _shortly(c["names"])),
        Column("ENDS", lambda c: (c["not_after"] or "")[:10] or None),
        Column("ISSUER", "issuer"),
        Column("USED BY", lambda c: len(c["used_by"]) or None, right=True),
        Column("VERSION", "version", right=True),
        Column("LABELS", labels_of),
        Column("ID", "id", wide=True),
        Column("WORKSPACE", "workspace", wide=True),
        Column("KEY", "key_type", wide=True),
        Column("UPDATED", lambda c: age(c["updated_at"]), wide=True),
        Column("DESCRIPTION", "description", wide=True),
    ),
    details=(
        Column("Name", "name"),
        Column("Id", "id"),
        Column("Workspace", "workspace"),
        Column("Description", "description"),
        Column("Labels", labels_of),
        Column("State", "state"),
        Column("Names", lambda c: ", ".join(c["names"])),
        Column("Valid from", "not_before"),
        Column("Valid until", "not_after"),
        Column("Key", "key_type"),
        Column("Issuer", "issuer"),
        Column("Serial", "serial"),
        Column("SHA-256", "fingerprint"),
        Column("Version", "version"),
        Column("Ordered for", lambda c: c["issuance"] and ", ".join(c["issuance"]["domains"])),
        Column(
            "Order", lambda c: c["issuance"] and f"{c['issuance']['state']}, {c['issuance']['challenge']}"
        ),
        Column("Renewed at", lambda c: c["issuance"] and c["issuance"]["renew_at"]),
        Column("Problem", lambda c: c["issuance"] and _problem(c["issuance"])),
        Column(
            "Used by", lambda c: ", ".join(f"{_words(use['kind'])} {use['name']}" for use in c["used_by"])
        ),
        Column("Created", lambda c: f"{c['created_at']} by {c['created_by']}"),
        Column("Updated", "updated_at"),
        Column("Notes", lambda c: "; ".join(c["notes"]) or None),
    ),
    empty="No certificates yet. Order one: nimbus certificate create NAME --domain DOMAIN, or upload one:"
    " nimbus certificate upload NAME --chain FILE --key FILE",
    metavar="CERTIFICATE",
    scoped=True,
    answers_with_details=True,
)
_VERSIONS = (
    Column("VERSION", "number", right=True),
    Column("CURRENT", "current"),
    Column("NAMES", lambda v: _shortly(v["names"])),
    Column("ENDS", lambda v: v["not_after"][:10]),
    Column("ISSUER", "issuer"),
    Column("SERIAL", "serial"),
    Column("CREATED", "created_at"),
    Column("BY", "created_by"),
)
_SHOWN_NAMES = 2
_FILES = (
    Field(
        "--chain",
        required=True,
        metavar="FILE",
        help="PEM file of the certificate and those that vouch for it (- for standard input)",
        value=text_of,
    ),
    Field(
        "--key",
        "private_key",
        required=True,
        metavar="FILE",
        help="PEM file of its private key (- for standard input)",
        value=text_of,
    ),
)


_ORDER = (
    Field(
        "--domain",
        "domains",
        required=True,
        action="append",
        metavar="DOMAIN",
        help="domain that it is for (repeat for several)",
    ),
    Field(
        "--challenge",
        choices=("http-01",),
        help="how the domains are proven: http-01, by the workspace's edges (default: http-01)",
    ),
    Field("--key-type", choices=("ecdsa", "rsa"), help="kind of its private key (default: ecdsa)"),
)


def _shortly(names: list[str]) -> str:
    more = f" +{len(names) - _SHOWN_NAMES}" if len(names) > _SHOWN_NAMES else ""
    return ", ".join(names[:_SHOWN_NAMES]) + more


def _problem(issuance: dict[str, Any]) -> str | None:
    if not issuance["attempts"]:
        return None
    return f"{issuance['problem']}; the next attempt is at {issuance['next_attempt_at']}"


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = verbs_of(parser)
    create = _CERTIFICATE.verb(
        verbs,
        "create",
        "order a certificate, which is renewed before it ends",
        _create,
        *_ORDER,
        DESCRIPTION,
        LABELS,
        of_one=False,
    )
    create.add_argument("name", metavar="NAME", help="name")
    upload = _CERTIFICATE.verb(
        verbs,
        "upload",
        "upload a certificate with its private key",
        _upload,
        *_FILES,
        DESCRIPTION,
        LABELS,
        of_one=False,
    )
    upload.add_argument("name", metavar="NAME", help="name")
    _CERTIFICATE.list(verbs, "list certificates", LABEL_FILTER)
    _CERTIFICATE.show(verbs, "show a certificate without its private key")
    _CERTIFICATE.verb(verbs, "replace", "replace a certificate and its private key", _replace, *_FILES)
    _CERTIFICATE.verb(verbs, "renew", "renew a certificate that was ordered, now", _renew)
    _CERTIFICATE.update(verbs, "rename, describe or label a certificate", RENAME, DESCRIPTION, LABEL_CHANGES)
    _CERTIFICATE.verb(verbs, "versions", "list the versions of a certificate", _versions, rows=True)
    export = _CERTIFICATE.verb(verbs, "export", "write a certificate and its private key to files", _export)
    export.add_argument("--chain-file", required=True, metavar="FILE", help="new file for the chain")
    export.add_argument(
        "--key-file",
        required=True,
        metavar="FILE",
        help="new file for the private key, which only you can read",
    )
    _CERTIFICATE.delete(
        verbs,
        "delete a certificate that nothing uses",
        "Delete certificate {name} with its private key?",
        "Certificate {name} deleted.",
    )


def _create(options: argparse.Namespace) -> None:
    body = {"name": options.name, **sent((*_ORDER, DESCRIPTION, LABELS), options)}
    certificate = client(options).post(f"{_CERTIFICATE.path}/issue", body)
    _say_ordered(options, certificate)


def _renew(options: argparse.Namespace) -> None:
    api = client(options)
    _say_ordered(options, api.post(f"{_CERTIFICATE.path_of(api, options)}/renew", {}))


def _say_ordered(options: argparse.Namespace, certificate: dict[str, Any]) -> None:
    name, names = certificate["name"], _shortly(certificate["issuance"]["domains"])
    report(
        options,
        certificate,
        f"Certificate {name} is being ordered for {names}. How far it is: nimbus certificate show {name}",
    )


def _upload(options: argparse.Namespace) -> None:
    body = {"name": options.name, **sent((*_FILES, DESCRIPTION, LABELS), options)}
    _say(options, client(options).post(_CERTIFICATE.path, body), "uploaded")


def _replace(options: argparse.Namespace) -> None:
    api = client(options)
    path = f"{_CERTIFICATE.path_of(api, options)}/replace"
    _say(options, api.post(path, sent(_FILES, options)), "replaced")


def _say(options: argparse.Namespace, certificate: dict[str, Any], done: str) -> None:
    for line in certificate["notes"]:
        print(f"Note: {printable(line)}.", file=sys.stderr)
    names = _shortly(certificate["names"])
    report(
        options,
        certificate,
        f"Certificate {certificate['name']} {done}: for {names}, until {certificate['not_after'][:10]}.",
    )


def _versions(options: argparse.Namespace) -> None:
    api = client(options)
    show(options, api.get(f"{_CERTIFICATE.path_of(api, options)}/versions"), _VERSIONS)


def _export(options: argparse.Namespace) -> None:
    from nimbus.protocol.files import write_atomically

    api = client(options)
    chain, key = Path(options.chain_file), Path(options.key_file)
    exported = api.get(f"{_CERTIFICATE.path_of(api, options)}/export")
    for file, text in ((chain, exported["chain"]), (key, exported["private_key"])):
        try:
            write_atomically(file, text.encode())
        except OSError as error:
            raise NimbusError(f"{file} cannot be written: {error.strerror}") from None
    exported = {"name": exported["name"], "version": exported["version"]}
    report(options, exported, f"Certificate {exported['name']} written to {chain}, its private key to {key}.")
