"""The errors that the API answers with; `nimbus.http.errors` maps each code to its HTTP status."""

from __future__ import annotations

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


class RateLimited(NimbusError):
    code = "RATE_LIMITED"


class PayloadTooLarge(NimbusError):
    code = "PAYLOAD_TOO_LARGE"


class StorageFull(NimbusError):
    code = "STORAGE_FULL"


class Unavailable(NimbusError):
    code = "UNAVAILABLE"


def invalid(field: str, message: str, *, next_step: str = "") -> ValidationError:
    """A validation error of one field."""
    return ValidationError(
        f"{field}: {message}", details=[{"field": field, "message": message}], next_step=next_step
    )
