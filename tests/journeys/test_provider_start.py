"""A preview starts the provider while the program reads its files, and nobody sees anything of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.journey_stack import needs_pulumi

if TYPE_CHECKING:
    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

DECLARES_NOTHING = """\
import threading
from pulumi_managed_agents.dynamic.program.provider_start import THREAD, start_provider

start_provider()
for thread in threading.enumerate():
    if thread.name == THREAD:
        thread.join(60)
"""
LAUNCHED = "Launching plugin 'pulumi-python"


def test_a_preview_starts_the_provider_before_there_is_a_resource(stack: Stack) -> None:
    """The engine starts it for a program that declares nothing, shows nothing of it, and has nothing to do."""
    stack.write("__main__.py", DECLARES_NOTHING)
    assert "Diagnostics:" not in stack.preview().succeeded().text
    assert LAUNCHED in stack.preview("--logtostderr", "--logflow", "-v=9").text


def test_an_up_whose_files_are_wrong_records_no_provider(stack: Stack, server: Server) -> None:
    """The state of a stage that was never deployed stays empty, and the API is not called."""
    stack.write("stacks/dev/agents/desk.yaml", "name: Desk\nmodle: claude-haiku-5-5\n")
    stack.preview().stopped("stacks/dev/agents/desk.yaml:1: model: is required")
    stack.up().stopped("stacks/dev/agents/desk.yaml:1: model: is required")
    assert "pulumi:providers:" not in stack.export()
    assert server.requests() == []
