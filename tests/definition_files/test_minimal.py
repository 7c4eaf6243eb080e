"""The smallest body that means what a live object is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.commands.adopt.import_file import acknowledged
from pulumi_managed_agents.definition_files.minimal import minimal
from pulumi_managed_agents.definition_files.reference_paths import with_paths
from pulumi_managed_agents.definition_files.yaml_text import suffix, text_of
from pulumi_managed_agents.files.document import parse
from pulumi_managed_agents.kinds import MODELS, Problem, problems
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import compare, contains
from pulumi_managed_agents.reconcile.effective import live_leaves
from pulumi_managed_agents.reconcile.leaves import leaves
from pulumi_managed_agents.reconcile.mark import marked
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from pulumi_managed_agents.stage.reader import fill
from tests.kinds import sane_agent_server, sane_environment_server
from tests.kinds.definition_strategies import HABITS, agents, environments
from tests.kinds.server_habits import Body, Habits

if TYPE_CHECKING:
    from types import ModuleType

SERVERS: dict[str, ModuleType] = {"agent": sane_agent_server, "environment": sane_environment_server}
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
DEFINITIONS = agents().map(lambda body: ("agent", body)) | environments().map(lambda body: ("environment", body))


def live_of(kind: str, body: Body, habits: Habits) -> Body:
    shown: Body = SERVERS[kind].shown(SERVERS[kind].created(marked(body, "shop/dev/x")), habits)
    return shown


def file_of(kind: str, live: Body) -> Body:
    """The body that adoption writes into a file for a live object without relations."""
    small = minimal(FACTS[kind], live)
    known = {field: small[field] for field in MODELS[kind].model_fields if field in small}
    return with_paths(kind, known, f"{kind}s/x{suffix(kind)}", live["id"], {})


def errors(kind: str, body: Body) -> list[Problem]:
    return [one for one in problems(kind, body) if one.severity == "error"]


@given(DEFINITIONS, HABITS)
@UNHURRIED
def test_a_written_file_plans_nothing_whatever_the_server_returns(definition: tuple[str, Body], habits: Habits) -> None:
    """What is written reads back, is what is live, and compared with it shows no change."""
    kind, body = definition
    live, facts = live_of(kind, body, habits), FACTS[kind]
    written = file_of(kind, live)
    text = text_of(kind, written)
    read = fill(parse(text, f"x{suffix(kind)}", "x"), kind).plain()
    assert read == written
    assert contains(facts, read, live)
    assert acknowledged(facts, read, live) == read
    assert compare(facts, read, read_record(read, record_of(facts, live, read)), live) == []


@given(DEFINITIONS, HABITS)
@UNHURRIED
def test_nothing_that_is_live_is_lost(definition: tuple[str, Body], habits: Habits) -> None:
    """Every live field is in the file, except what the API fills in and what this version does not know."""
    kind, body = definition
    live, facts = live_of(kind, body, habits), FACTS[kind]
    written = file_of(kind, live)
    meant = leaves(facts.effective({**facts.filled_in, **written}, written, live["id"]))
    there = live_leaves(facts, live, written)
    assert {path: value for path, value in there.items() if path[0] != "tier"}.items() <= meant.items()


@given(DEFINITIONS, st.builds(Habits))
@UNHURRIED
def test_a_written_file_is_valid_and_as_small_as_can_be(definition: tuple[str, Body], habits: Habits) -> None:
    """It holds no error, none of the mark, and nothing that could still go."""
    kind, body = definition
    assume(not errors(kind, body))
    live = live_of(kind, body, habits)
    written = file_of(kind, live)
    assert errors(kind, written) == []
    assert minimal(FACTS[kind], {**written, "id": live["id"]}) == {**written}
    assert "pulumi-managed-agents" not in str(written)


TOOLSET = {"type": "agent_toolset_20260401"}


@pytest.mark.parametrize(
    ("kind", "body", "written"),
    [
        pytest.param("environment", {"name": "x"}, {"name": "x"}, id="an environment with nothing but defaults"),
        pytest.param(
            "environment",
            {"name": "x", "config": {"type": "cloud", "networking": {"type": "limited"}, "packages": {"pip": ["a"]}}},
            {"name": "x", "config": {"type": "cloud", "networking": {"type": "limited"}, "packages": {"pip": ["a"]}}},
            id="limited networking without the fields that are filled in",
        ),
        pytest.param(
            "agent",
            {"name": "x", "model": "claude-haiku-4-5", "tools": [TOOLSET]},
            {"name": "x", "model": "claude-haiku-4-5", "tools": [TOOLSET]},
            id="a model by its id, a tool set without its defaults",
        ),
        pytest.param(
            "agent",
            {"name": "x", "model": {"id": "claude-opus-5-5", "effort": "low", "speed": "standard"}},
            {"name": "x", "model": {"id": "claude-opus-5-5", "effort": "low"}},
            id="an effort as a word",
        ),
        pytest.param(
            "agent",
            {
                "name": "x",
                "model": "claude-haiku-4-5",
                "tools": [{**TOOLSET, "configs": [{"name": "bash", "enabled": False}, {"name": "read"}]}],
                "multiagent": {"type": "multiagent_20261001", "workflows": {"type": "disabled"}},
            },
            {
                "name": "x",
                "model": "claude-haiku-4-5",
                "tools": [{**TOOLSET, "configs": [{"name": "bash", "enabled": False}]}],
                "multiagent": {"type": "multiagent_20261001", "workflows": {"type": "disabled"}},
            },
            id="only the settings that differ",
        ),
    ],
)
def test_what_the_api_fills_in_is_taken_out_again(kind: str, body: Body, written: Any) -> None:
    """A file says what a person would have written."""
    assert file_of(kind, live_of(kind, body, Habits())) == written
