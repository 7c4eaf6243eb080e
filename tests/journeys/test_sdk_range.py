"""Two checkouts of one stack, with different SDKs and versions of Python, as in a team whose machines are not alike."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import FILES
from tests.journeys.test_program import DECLARED, PROGRAM

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

VARIABLE = "MANAGED_AGENTS_OTHER_ENVIRONMENT"
OTHER = os.environ.get(VARIABLE, "")
pytestmark = [
    needs_pulumi,
    pytest.mark.skipif(not OTHER, reason=f"{VARIABLE} names no environment; `make other-sdk` makes one"),
]
VERSIONS = "import sys; from importlib.metadata import version; print(version('pulumi'), *sys.version_info[:2])"


def versions(environment: str) -> str:
    command = [f"{environment}/bin/python", "-c", VERSIONS]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("began", ["here", "there"])
def test_a_state_goes_from_one_sdk_to_the_other_and_back(stack: Stack, server: Server, began: str) -> None:
    """What one wrote the other finds unchanged, refreshes, changes a part of, and hands back."""
    assert versions(OTHER) != versions(sys.prefix)
    first, second = (sys.prefix, OTHER) if began == "here" else (OTHER, sys.prefix)
    stack.write("notes/SKILL.md", FILES["skills/notes/SKILL.md"])
    stack.write("prices.csv", "a,b\n")
    stack.write("__main__.py", PROGRAM)
    stack.run_in(first)
    stack.up().succeeded()
    server.writes()

    stack.run_in(second)
    assert stack.preview("--diff").succeeded().tally == {"unchanged": DECLARED}
    assert stack.refresh().succeeded().tally == {"unchanged": DECLARED}
    assert stack.up().succeeded().tally == {"unchanged": DECLARED}
    assert server.writes() == []
    stack.write("__main__.py", PROGRAM.replace("gently", "firmly"))
    assert stack.up("--diff").succeeded().tally == {"updated": 3, "unchanged": DECLARED - 3}
    server.writes()

    stack.run_in(first)
    assert stack.up().succeeded().tally == {"unchanged": DECLARED}
    assert stack.preview("--refresh", "--expect-no-changes").succeeded().tally == {"unchanged": DECLARED}
    assert server.writes() == []
