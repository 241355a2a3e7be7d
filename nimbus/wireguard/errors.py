"""What can go wrong with WireGuard on this machine."""

from __future__ import annotations

from nimbus.protocol.errors import NimbusError


class MeshUnavailable(NimbusError):
    """This machine cannot have a WireGuard interface.

    `cause` is stable: `not_root`, `no_netlink`, `no_module`, `no_program`, `no_module_no_program`, `no_tun`.
    """

    code = "MESH_UNAVAILABLE"

    def __init__(self, message: str, *, cause: str, next_step: str) -> None:
        super().__init__(message, next_step=next_step)
        self.cause = cause


class DeviceError(NimbusError):
    """The interface could not be read or changed. `errno` is the kernel's or the program's, 0 if none."""

    code = "MESH_DEVICE_FAILED"

    def __init__(self, message: str, *, next_step: str = "", errno: int = 0, code: str | None = None) -> None:
        super().__init__(message, next_step=next_step, code=code)
        self.errno = errno


class ForeignDevice(DeviceError):
    """An interface or a control socket has our name but is not ours to change."""

    code = "MESH_DEVICE_FOREIGN"


class InvalidWireGuard(NimbusError, ValueError):
    """A key, address, endpoint or name that WireGuard cannot take. Also a ValueError, so that msgspec
    reports it as a validation error while decoding."""

    code = "INVALID_WIREGUARD"
