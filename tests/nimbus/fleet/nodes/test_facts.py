from __future__ import annotations

import msgspec

from nimbus.fleet.nodes.facts import MAX_DISKS, MAX_TEXT, kept_facts
from nimbus.protocol.messages import Disk, Facts, Gpu


def test_facts_are_cut_to_what_an_honest_machine_has() -> None:
    honest = Facts(
        hostname="web-1",
        os="Debian 12",
        memory_bytes=2**40,
        disks=(Disk("/", "/dev/sda1", "ext4", 2**40, 2**39),) * 100,
        gpus=(Gpu(0, "u", "A100", 2**36),) * 8,
        addresses=("192.0.2.1",),
    )
    assert kept_facts(honest) == honest
    huge = "x" * 50_000
    facts = Facts(
        hostname=huge,
        os=huge,
        disks=(Disk(huge, huge, huge, 1, 1),) * 1000,
        gpus=(Gpu(0, huge, huge, 1),) * 1000,
        addresses=(huge,) * 1000,
        capabilities=(huge,) * 1000,
    )
    assert len(msgspec.json.encode(kept_facts(facts))) < 8 * MAX_DISKS * (MAX_TEXT + 50)
