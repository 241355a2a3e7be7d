"""Whose an interface is.

An interface of ours says so in its alias (`ip link show`): a mark that names the program and its data directory.
One without it is ours when it has a key of ours, as those do that were made before there were marks, or when it has
neither key nor peers, as after a crash between its making and its first settings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from nimbus.wireguard.errors import ForeignDevice
from nimbus.wireguard.keys import key_bytes, key_digest
from nimbus.wireguard.model import InterfaceState

if TYPE_CHECKING:  # the library for netlink is large
    from nimbus.wireguard.links import Link, Links

# linux/if_link.h, IFALIASZ: with the NUL.
_ALIAS_BYTES = 255


class Owner(msgspec.Struct, frozen=True):
    """`mark` is the same for as long as an interface lives; `keys` are private keys that it may have."""

    mark: str = "nimbus"
    keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        short = self.mark.encode()[:_ALIAS_BYTES].decode("utf-8", "ignore")
        msgspec.structs.force_setattr(self, "mark", short)

    def __repr__(self) -> str:
        return f"Owner(mark={self.mark!r})"

    def owns(self, alias: str, state: InterfaceState) -> bool:
        if alias == self.mark or state.private_key_digest in {
            key_digest(key_bytes(key)) for key in self.keys
        }:
            return True
        return not (alias or state.private_key_digest or state.peers)


def check_ours(link: Link, owner: Owner, read: Callable[[], InterfaceState], *keys: str) -> None:
    """`read` is asked only where the mark does not tell; `keys` are further ones of ours. Raises ForeignDevice."""
    if link.alias == owner.mark:
        return
    known = msgspec.structs.replace(owner, keys=(*owner.keys, *keys))
    if not known.owns(link.alias, read()):
        raise _foreign(link)


def make_ours(links: Links, link: Link, owner: Owner, read: Callable[[], InterfaceState], *keys: str) -> None:
    """Check, and mark what has no mark yet. Raises ForeignDevice."""
    check_ours(link, owner, read, *keys)
    if link.alias != owner.mark:
        links.set_alias(link.index, owner.mark)


def _foreign(link: Link) -> ForeignDevice:
    whose = (
        f"belongs to {link.alias}" if link.alias else "exists already, with a WireGuard key that is not ours"
    )
    return ForeignDevice(
        f"the interface {link.name} {whose}",
        next_step=f"Choose another name with --interface, or remove it with `ip link delete {link.name}` if "
        "nothing needs it.",
    )
