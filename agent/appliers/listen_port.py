"""The UDP port that WireGuard listens on, where another program may have it already."""

from __future__ import annotations


class ListenPort:
    """The wanted port, or whichever is free from when it was found taken until another one is wanted."""

    def __init__(self) -> None:
        self._taken = 0

    def choose(self, wanted: int) -> int:
        """The port to set; 0: any that is free, and the present one while there is one."""
        return 0 if wanted == self._taken else wanted

    def is_taken(self, port: int) -> None:
        self._taken = port

    def wanted_anew(self) -> None:
        """By an operator, who may have made room."""
        self._taken = 0

    @property
    def alert(self) -> str:
        if not self._taken:
            return ""
        return (
            f"UDP port {self._taken} is in use by another program: WireGuard listens on another one. "
            "Restart the agent when it is free"
        )
