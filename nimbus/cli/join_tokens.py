"""`nimbus node tokens` and `nimbus node revoke-token`: join tokens that were created."""

from __future__ import annotations

from typing import Any

from nimbus.cli.noun import Field, Noun, Options
from nimbus.cli.options import client
from nimbus.cli.output import Column, labels_of, show, shown_time, watched


def _what_for(token: dict[str, Any]) -> str | None:
    if token["rejoins"]:
        return f"{token['rejoins']} (joins again)"
    return token["name"] or None


def _uses(token: dict[str, Any]) -> str:
    joining = f", {token['claimed']} joining" if token["claimed"] else ""
    return f"{token['used']} of {token['uses']}{joining}"


_COLUMNS = (
    Column("ID", "id"),
    Column("STATE", "state"),
    Column("USED", _uses),
    Column("EXPIRES", lambda t: shown_time(t["expires_at"])),
    Column("WORKSPACE", "workspace"),
    Column("NODE", _what_for),
    Column("LABELS", labels_of),
    Column("CREATED BY", "created_by"),
    Column("CREATED", lambda t: shown_time(t["created_at"]), wide=True),
    Column("JOINED", lambda t: ", ".join(node["name"] for node in t["nodes"]) or None, wide=True),
    Column("REVOKED BY", "revoked_by", wide=True),
)
_TOKEN = Noun(
    name="token",
    path="/api/v1/join-tokens",
    columns=_COLUMNS,
    empty="No open join tokens. Create one: nimbus node token",
    reference="id",
    scoped=True,
)


def add_arguments(verbs: Any) -> None:
    everything = Field(
        "--all", action="store_true", help="also those that were used, have expired or were revoked"
    )
    _TOKEN.verb(
        verbs, "tokens", "list open join tokens", _list, everything, of_one=False, watch=True, rows=True
    )
    _TOKEN.delete(
        verbs,
        "revoke a join token; nodes that joined with it stay",
        "Revoke the join token {name}? No machine can join with it any more.",
        "Join token {id} revoked.",
        word="revoke-token",
    )


def _list(options: Options) -> None:
    api = client(options)
    query = {} if options.all else {"state": "open"}
    empty = "No join tokens yet. Create one: nimbus node token" if options.all else _TOKEN.empty
    watched(options, lambda: show(options, api.get_all(_TOKEN.path, **query), _COLUMNS, empty=empty))
