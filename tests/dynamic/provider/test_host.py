"""How a provider's process answers: as many calls at once as it can, and what a person sees of a failure."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pulumi_managed_agents
from pulumi_managed_agents.dynamic.provider import host
from pulumi_managed_agents.scrubbing import Scrubber

CANARY = "canary_secret"


def raised(where: object) -> Exception:
    try:
        getattr(where, CANARY)
    except AttributeError as error:
        return error
    raise AssertionError


def test_a_defect_is_one_line_that_can_be_reported_and_holds_no_secret() -> None:
    """It names the exception and the places in our code, the innermost first."""
    text = host.shown_error(raised(pulumi_managed_agents), Scrubber([CANARY]))
    pattern = r"a defect of managed-agents, please report it: AttributeError: .*\[secret\].* \(__init__\.py:\d+\)"
    assert re.fullmatch(pattern, text)


def test_the_failure_of_another_provider_in_the_process_keeps_its_traceback() -> None:
    """A program may have dynamic providers of its own; what they fail with may quote a secret all the same."""
    text = host.shown_error(raised(object()), Scrubber([CANARY]))
    assert text.startswith("Traceback")
    assert "object has no attribute" in text
    assert CANARY not in text


def test_all_calls_are_answered_at_once_also_those_that_came_before_the_first_was_answered() -> None:
    """An engine that takes a stage down asks for all of it at the same time, and each call waits for the API."""
    have_come, together = threading.Event(), threading.Barrier(host.CALLS_AT_ONCE, timeout=60)

    def answer(number: int) -> None:
        if number == 0:
            assert have_come.wait(timeout=60)
            host._widen_pool()  # noqa: SLF001 - what the first call of a process does
        together.wait()

    with ThreadPoolExecutor(host.SDK_DEFAULT) as pool:
        calls = [pool.submit(answer, number) for number in range(host.CALLS_AT_ONCE)]
        have_come.set()
        for call in calls:
            call.result()
