"""What is wrong in a program: where it stands, in Python's terms, and only what is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_managed_agents import Agent, Credential, Environment, File, Skill
from pulumi_managed_agents.dynamic.python_problems import problems_in_python
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.registry import FACTS
from tests.dynamic.mocked_program import registered

if TYPE_CHECKING:
    from collections.abc import Callable

UNKNOWN = object()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"model": 7}, ["model: must be text (str) or an object (dict)"]),
        ({"name": 7}, ["name: must be text (str)"]),
        ({"description": None, "system": True}, ["system: must be text (str)"]),
        ({"metadata": {"a": 1, 2: "b"}}, ["metadata.a: must be text (str)", "metadata.2: keys must be text (str)"]),
        ({"tools": ({"type": "agent_toolset_20260401", "configs": [{"name": "bash", "enabled": "yes"}]},)},
         ["tools.0.configs.0.enabled: must be True or False"]),
        ({"tools": {"type": "custom"}}, ["tools: must be a list"]),
        ({"multiagent": {"type": "coordinator", "agents": UNKNOWN}}, []),
        ({"tools": [{"type": UNKNOWN}, {"type": "mcp_toolset"}]}, ["tools.1.mcp_server_name: is required"]),
    ],
)  # fmt: skip
def test_mistakes_are_reported_in_terms_of_python(body: dict[str, Any], message: list[str]) -> None:
    """Nothing of YAML, nothing of what is None, and nothing around a value that an Output will have."""
    given = {"model": "claude-haiku-5-5", "name": "triage", **body}
    found = problems_in_python(FACTS["agent"], given, lambda value: value is UNKNOWN)
    lines = [f"{'.'.join(map(str, one.path))}: {one.message}" for one in found if one.severity == "error"]
    assert lines == message


def nested() -> None:
    Agent(
        "triage",
        model="claude-haiku-5-5",
        tools=[
            {"type": "agent_toolset_20260401"},
            {  # type: ignore[list-item]
                "type": "custom",
                "name": "find",
                "description": 7,
            },
        ],
        system=["one"],  # type: ignore[arg-type]
    )


def test_a_mistake_has_the_line_of_its_value() -> None:
    """As far as it is written out in the call; else that of the call."""
    first = nested.__code__.co_firstlineno
    with pytest.raises(pulumi.RunError) as raised:
        registered(nested)
    place = "tests/dynamic/program/test_mistakes.py"
    assert sorted(str(raised.value).splitlines()) == [
        f"{place}:{first + 6}: 'triage': tools[1].input_schema: is required",
        f"{place}:{first + 9}: 'triage': tools[1].description: must be text (str)",
        f"{place}:{first + 12}: 'triage': system: must be text (str)",
    ]


@pytest.mark.parametrize(
    "program",
    [
        lambda: Environment("sandbox"),
        lambda: Credential("token", vault="vlt_1", auth={"type": "static_bearer", "token": "t", "mcp_server_url": "https://crm.example"}),
        lambda: Agent("triage", model="claude-haiku-5-5", metadata={"box": Environment("box", name="Box").id}),
        lambda: Agent.get("triage", "agent_1"),
    ],
)  # fmt: skip
def test_what_is_right_is_declared(program: Callable[[], object]) -> None:
    """With a name that is made up later, a secret, an Output, or nothing at all."""
    assert registered(program)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: Skill("notes", directory="nowhere"), "nowhere/SKILL.md: cannot be read"),
        (lambda: File("prices", file="nowhere.csv"), "nowhere.csv cannot be read"),
        (
            lambda: Agent("a", model="m", adopt="agent_1", opts=pulumi.ResourceOptions(import_="agent_2")),
            "adopt says agent_1, import_ says agent_2",
        ),
    ],
)
def test_other_mistakes_of_a_resource(program: Callable[[], object], message: str) -> None:
    """A unit test of the program is told them, too."""
    with pytest.raises(InputError, match=message):
        registered(program)
