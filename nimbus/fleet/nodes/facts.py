"""Facts of nodes as they are stored, and shown in every list: cut to what an honest machine has."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from nimbus.protocol.messages import Facts

# Characters of a text; disks; GPUs, addresses and capabilities, of each.
MAX_TEXT, MAX_DISKS, MAX_ENTRIES = 256, 128, 64
T = TypeVar("T", bound=msgspec.Struct)


def kept_facts(facts: Facts) -> Facts:
    return msgspec.structs.replace(
        _cut(facts),
        disks=tuple(_cut(disk) for disk in facts.disks[:MAX_DISKS]),
        gpus=tuple(_cut(gpu) for gpu in facts.gpus[:MAX_ENTRIES]),
        addresses=_cut_texts(facts.addresses),
        capabilities=_cut_texts(facts.capabilities),
    )


def _cut(record: T) -> T:
    fields = msgspec.structs.asdict(record)
    texts = {name: value[:MAX_TEXT] for name, value in fields.items() if isinstance(value, str)}
    return msgspec.structs.replace(record, **texts)


def _cut_texts(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text[:MAX_TEXT] for text in texts[:MAX_ENTRIES])
