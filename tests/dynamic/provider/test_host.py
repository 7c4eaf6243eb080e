"""What a person sees when a provider fails in a way that nobody has foreseen."""

from __future__ import annotations

import re

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
