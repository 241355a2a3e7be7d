"""Names of the mesh's members: `<node>.<workspace>.nimbus.internal`.

`.internal` is set aside for private use (ICANN Board, 29 July 2024): no name server of the internet answers for it.
"""

from __future__ import annotations

ZONE = "nimbus.internal"
CONTROL_PLANE = f"control-plane.{ZONE}"


def mesh_name(node: str, workspace: str) -> str:
    """`workspace` without its organization."""
    return f"{node}.{workspace}.{ZONE}"
