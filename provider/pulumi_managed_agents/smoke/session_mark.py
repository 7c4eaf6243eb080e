"""What a smoke test's session carries in its metadata, so that it is known as one, and whose it is."""

from __future__ import annotations

from pulumi_managed_agents.smoke.process_name import this_process

TEST = "smoke-test"
"""The metadata of a smoke test's session that names the test."""
TIMEOUT = "smoke-timeout"
"""That which says how many seconds it may take."""
RUNNER = "smoke-runner"
"""That which names the process."""


def mark(test: str, timeout: float) -> dict[str, str]:
    """The metadata by which a session is known as a smoke test's of this process."""
    return {TEST: test, TIMEOUT: f"{timeout:g}", RUNNER: this_process()}
