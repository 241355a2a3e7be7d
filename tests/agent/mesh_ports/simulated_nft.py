"""A kernel that has what nft was told: tables, chains, maps and their elements, all or nothing."""

from __future__ import annotations

import copy
from typing import Any

from agent.firewall.nft import NftFailed


class SimulatedNft:
    """Stands in for `agent.firewall.nft.Nft`. `failure`: what it says instead of doing anything."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.applied: list[dict[str, Any]] = []
        self.checked = 0
        self.failure = ""

    def apply(self, commands: dict[str, Any]) -> None:
        self._fail()
        self.entries = self._after(commands)
        self.applied.append(commands)

    def check(self, commands: dict[str, Any]) -> None:
        self.checked += 1
        self._fail()
        self._after(commands)

    def read(self) -> list[Any]:
        self._fail()
        return copy.deepcopy(self.entries)

    def _fail(self) -> None:
        if self.failure:
            raise NftFailed(self.failure)

    def _after(self, commands: dict[str, Any]) -> list[Any]:
        entries = copy.deepcopy(self.entries)
        for command in commands["nftables"]:
            for verb in command.keys() & {"add", "delete"}:
                [(kind, value)] = command[verb].items()
                entries = _add(entries, kind, value) if verb == "add" else _delete(entries, kind, value)
        return entries

    @property
    def elements(self) -> dict[str, dict[str, str]]:
        """By map, the chain of each address."""
        maps = [value for kind, value in self.entries if kind == "map"]
        return {
            each["name"]: {address: to["goto"]["target"] for address, to in each.get("elem", ())}
            for each in maps
        }

    @property
    def names(self) -> set[str]:
        return {value["name"] for kind, value in self.entries if kind == "chain"}


def _add(entries: list[Any], kind: str, value: dict[str, Any]) -> list[Any]:
    if kind == "element":
        known = {each["name"] for other, each in entries if other == "chain"}
        targets = {to["goto"]["target"] for _, to in value["elem"]}
        assert targets <= known, "a map may only lead to chains that there are"
        elements = _map(entries, value["name"]).setdefault("elem", [])
        assert not {each[0] for each in elements} & {each[0] for each in value["elem"]}
        elements += value["elem"]
        return entries
    if kind == "table" and any(other == "table" for other, _ in entries):
        return entries
    assert kind == "table" or any(other == "table" for other, _ in entries), "there is no table"
    return [*entries, (kind, copy.deepcopy(value))]


def _delete(entries: list[Any], kind: str, value: dict[str, Any]) -> list[Any]:
    if kind == "table":
        return []
    if kind == "element":
        elements = _map(entries, value["name"])["elem"]
        there = {each[0] for each in elements}
        assert set(value["elem"]) <= there, "only what there is can be deleted"
        elements[:] = [each for each in elements if each[0] not in value["elem"]]
        return entries
    assert kind == "chain"
    used = {
        to["goto"]["target"] for other, each in entries if other == "map" for _, to in each.get("elem", ())
    }
    assert value["name"] not in used, "a chain that is in use cannot be deleted"
    return [
        (other, each)
        for other, each in entries
        if not (other == "chain" and each["name"] == value["name"])
        and not (other == "rule" and each["chain"] == value["name"])
    ]


def _map(entries: list[Any], name: str) -> dict[str, Any]:
    return next(value for kind, value in entries if kind == "map" and value["name"] == name)
