"""Every failure that this package reports to a person, as one small tree.

    ManagedAgentsError            exit 1   anything below; its text is one readable message
    ├── InputError                exit 2   files, values or configuration that cannot be used; holds the findings
    ├── Unreachable               exit 1   the API did not answer (host, network, time)
    ├── ApiError                  exit 1   the API answered with an error; carries status, type and request id
    ├── WrongWorkspace            exit 1   the credential belongs to another workspace than the stage
    ├── Conflict                  exit 6   somebody else changed what we were about to change
    ├── SmokeFailed               exit 4   a smoke test's assertion does not hold
    └── Refused                   exit 7   a gate or a safety rule says no

Messages say what happened, where (file and line, or kind and name) and what to do. They never hold a secret.
Bugs are not in this tree: they keep their traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to say about one place in a stage's files; prints as ``FILE:LINE: FIELD: message``.

    Attributes:
        file: The file, relative to the project's root or as the user gave it.
        line: The line, from 1; 0 means the whole file.
        field: A path as ``tools[1].name``, or empty.
        message: What is to be said.
        severity: ``error`` or ``warning``.
    """

    file: str
    line: int
    field: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        label = "warning: " if self.severity == "warning" else ""
        field = f"{self.field}: " if self.field else ""
        return f"{place}: {label}{field}{self.message}"


class ManagedAgentsError(Exception):
    """A failure with a message for a person; `exit_code` is what `managed-agents` exits with.

    Where `cause_is_shown`, a person has read already what went wrong, and the message only says how things stand now.
    """

    exit_code: ClassVar[int] = 1
    cause_is_shown: bool = False

    def with_cause_shown(self) -> Self:
        """The same, for somebody who has read what went wrong."""
        self.cause_is_shown = True
        return self


class InputError(ManagedAgentsError):
    """What the user gave cannot be used. `findings` holds every reason at once, in the order of files and lines."""

    exit_code: ClassVar[int] = 2

    def __init__(self, findings: Iterable[Finding] | str) -> None:
        self.findings: tuple[Finding, ...] = () if isinstance(findings, str) else tuple(sorted(findings))
        super().__init__(findings if isinstance(findings, str) else "\n".join(map(str, self.findings)))


class Unreachable(ManagedAgentsError):
    """The API could not be reached, or did not answer in time."""


class ApiError(ManagedAgentsError):
    """The API refused a request.

    `status` is the HTTP status, `type` and `code` are the body's `error.type` and `error.details.error_code`
    (either may be empty), `request_id` is the `request-id` header.
    """

    def __init__(self, message: str, *, status: int, type: str = "", code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.code = code
        self.request_id = request_id


class WrongWorkspace(ManagedAgentsError):
    """The credential's workspace is not the one the stage was deployed to; nothing was written."""


class Conflict(ManagedAgentsError):
    """The live object moved under a change of ours, or both sides changed the same field."""

    exit_code: ClassVar[int] = 6


class SmokeFailed(ManagedAgentsError):
    """A smoke test ran and an assertion does not hold."""

    exit_code: ClassVar[int] = 4


class Refused(ManagedAgentsError):
    """A gate or a safety rule refuses; nothing was changed."""

    exit_code: ClassVar[int] = 7
