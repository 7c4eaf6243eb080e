"""What is tried again, and what never is.

Reads are repeated after anything transient. A write is repeated only where the API said that it did nothing (429,
503, 529) or was never reached: after a lost answer it may have been committed, and the reconciler looks before it
writes again. A 409 is never repeated (the official SDK does, in vain, when a version is stale).
"""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, NamedTuple

import httpx
from httpx_retries import Retry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


log = logging.getLogger(__name__)

BACKOFF = 0.5
LONGEST_WAIT = 60.0
CONNECT_AGAIN = 2
NUMBER = re.compile(r"\d+(\.\d+)?")
UNITS = {"retry-after-ms": 0.001, "retry-after": 1.0}


class PatientRetry(Retry):
    """Waits as the API asks, and says so when a person would notice."""

    connect_again = CONNECT_AGAIN
    """How often a host that cannot be reached is tried again."""

    def sleep(self, response: httpx.Response | Exception) -> None:
        """Sleep for `retry-after-ms`, `retry-after` or a growing back-off, announced from two seconds on."""
        wait = self.wait(_headers(response))
        if wait >= 2:
            log.warning("%s; waiting %.0f s before trying again", _reason(response), wait)
        time.sleep(wait)

    def wait(self, headers: Mapping[str, str]) -> float:
        """Seconds to wait, a minute at most; zero means at once."""
        for header, unit in UNITS.items():
            if NUMBER.fullmatch(headers.get(header, "")):
                return min(float(headers[header]) * unit, LONGEST_WAIT)
        return self._calculate_sleep(headers)  # an HTTP date, or the back-off

    def is_retryable_exception(self, exception: Exception) -> bool:
        """Whether the exception belongs to this policy; an unreachable host gets few tries."""
        away = isinstance(exception, (httpx.ConnectError, httpx.ConnectTimeout))
        return super().is_retryable_exception(exception) and not (away and self.attempts_made >= self.connect_again)

    def is_retryable_status_code(self, status_code: int) -> bool:
        """Whether the status belongs to this policy."""
        return status_code in self.status_forcelist


class LocalRetry(PatientRetry):
    """The same for this machine, where a refused port has no server and no network will come back."""

    connect_again = 0


def _headers(response: httpx.Response | Exception) -> Mapping[str, str]:
    return response.headers if isinstance(response, httpx.Response) else {}


def _reason(response: httpx.Response | Exception) -> str:
    if isinstance(response, httpx.Response):
        return "the API is rate limiting" if response.status_code == 429 else f"the API answered {response.status_code}"
    return f"the API could not be reached ({type(response).__name__})"


class Policies(NamedTuple):
    """How a client tries again. `creates` is for callers that look whether the object exists before they create it."""

    reads: PatientRetry
    writes: PatientRetry
    creates: PatientRetry


def _policies(kind: type[PatientRetry]) -> Policies:
    def policy(statuses: Iterable[int], exceptions: Iterable[type[Exception]]) -> PatientRetry:
        return kind(
            total=5,
            backoff_factor=BACKOFF,
            backoff_jitter=0.5,
            max_backoff_wait=LONGEST_WAIT,
            allowed_methods=["GET", "POST", "DELETE"],
            status_forcelist=statuses,
            retry_on_exceptions=exceptions,
        )

    never_reached = {httpx.ConnectError, httpx.ConnectTimeout}
    return Policies(
        reads=policy(
            {408, 429, 500, 502, 503, 504, 529},
            {httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError},
        ),
        writes=policy({429, 503, 529}, never_reached),
        creates=policy({429}, never_reached),  # a proxy may say 503 of what was done
    )


ANYWHERE = _policies(PatientRetry)
HERE = _policies(LocalRetry)
READS = ANYWHERE.reads
OVERLOADED = frozenset({503, 529})
