"""How an operation of the Pulumi CLI ends, without the CLI: by the Automation API's error, or by Ctrl-C."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.automation import CommandError, CommandResult

from pulumi_managed_agents.engine.events import INTERRUPTED
from pulumi_managed_agents.engine.pulumi_cli import run_operation

if TYPE_CHECKING:
    from collections.abc import Callable


def ending(*, interrupted: bool, stderr: str) -> Callable[..., None]:
    """An operation that ends with an error, after Ctrl-C or without."""

    def operation(**_: Any) -> None:
        for signal_ in [signal.SIGINT] if interrupted else []:
            signal.raise_signal(signal_)
        raise CommandError(CommandResult("", stderr, -2))

    return operation


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        pytest.param(ending(interrupted=True, stderr=""), INTERRUPTED, id="Ctrl-C"),
        pytest.param(ending(interrupted=False, stderr="error: no such backend\n"), "no such backend", id="an error"),
    ],
)
def test_an_end_is_told_in_one_line(operation: Callable[..., None], told: str) -> None:
    """Ctrl-C is named for what it is, and never shown as the exit code and the empty output of a process."""
    outcome = run_operation(lambda _: None, operation)
    assert (outcome.ok, outcome.errors) == (False, (told,))
