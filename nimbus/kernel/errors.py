"""The errors that the API answers with; `nimbus.http.errors` maps each code to its HTTP status."""

from __future__ import annotations

from collections.abc import Callable

from nimbus.protocol.errors import EXIT_FORBIDDEN, EXIT_NOT_FOUND, NimbusError


class ValidationError(NimbusError):
    code = "VALIDATION_ERROR"


class Unauthenticated(NimbusError):
    code = "UNAUTHENTICATED"
    exit_status = EXIT_FORBIDDEN


class Forbidden(NimbusError):
    code = "FORBIDDEN"
    exit_status = EXIT_FORBIDDEN


class NotFound(NimbusError):
    code = "NOT_FOUND"
    exit_status = EXIT_NOT_FOUND


class Conflict(NimbusError):
    code = "CONFLICT"


class LastOwner(Conflict):
    """An organization that has an owner would be left without one."""

    code = "LAST_OWNER"


class LastAdministrator(Conflict):
    """The control plane would be left without an administrator who may sign in."""

    code = "LAST_ADMINISTRATOR"


class PreconditionFailed(NimbusError):
    code = "PRECONDITION_FAILED"


class RateLimited(NimbusError):
    """`retry_after` is whole seconds, 1 or more."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after: int, next_step: str = "") -> None:
        super().__init__(message, next_step=next_step or f"Try again in {retry_after} s.")
        self.retry_after = retry_after


class PayloadTooLarge(NimbusError):
    code = "PAYLOAD_TOO_LARGE"


class StorageFull(NimbusError):
    code = "STORAGE_FULL"


class Unavailable(NimbusError):
    code = "UNAVAILABLE"


def all_valid(*checks: Callable[[], object]) -> None:
    """Makes every check, so that all fields can be mended in one go. Raises the ValidationError of the one that was
    refused, or one that names all."""
    refused: list[ValidationError] = []
    for check in checks:
        try:
            check()
        except ValidationError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise ValidationError(
            "; ".join(error.message for error in refused),
            details=[detail for error in refused for detail in error.details],
            next_step=refused[0].next_step,
        )


def invalid(field: str, message: str, *, next_step: str = "") -> ValidationError:
    """A validation error of one field."""
    return ValidationError(
        f"{field}: {message}", details=[{"field": field, "message": message}], next_step=next_step
    )
