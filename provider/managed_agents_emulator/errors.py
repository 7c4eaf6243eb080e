"""The refusals of the API, each with its HTTP status and its place in the error envelope.

Codes (`error.details.error_code`) are given only where the API documents one; clients must not depend on messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class ApiError(Exception):
    """A refusal that is answered with the API's error envelope."""

    def __init__(
        self,
        status: int,
        type_: str,
        message: str,
        *,
        code: str | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type_
        self.message = message
        self.code = code
        self.details = details or {}
        self.retry_after = retry_after

    def envelope(self, request_id: str) -> dict[str, Any]:
        """The JSON body: `{"type": "error", "error": {...}, "request_id": ...}`."""
        error: dict[str, Any] = {"type": self.type, "message": self.message}
        if self.code:
            error["details"] = {"error_code": self.code, **self.details}
        return {"type": "error", "error": error, "request_id": request_id}


TYPE_BY_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def refused(status: int, message: str, *, code: str | None = None, retry_after: float | None = None) -> ApiError:
    """An error whose type is the usual one of its HTTP status."""
    type_ = TYPE_BY_STATUS.get(status, "invalid_request_error" if status < 500 else "api_error")
    return ApiError(status, type_, message, code=code, retry_after=retry_after)


def invalid(message: str, *, code: str | None = None) -> ApiError:
    """A 400: the request can never succeed as it was sent."""
    return refused(400, message, code=code)


def not_found(noun: str, id_: str) -> ApiError:
    """A 404, also for what exists in another workspace."""
    return refused(404, f"{noun} {id_!r} was not found.")
