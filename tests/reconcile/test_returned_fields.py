from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import Change, compare, contains, replacing
from pulumi_managed_agents.reconcile.mark import KEY
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_TOOLS
from tests.kinds.after_apply import empty_after_apply

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.leaves import Body

ALLOW = {"type": "always_allow"}
ASK = {"type": "always_ask"}
ON = {"enabled": True, "permission_policy": ALLOW}
OBJECT = {"id": "m", "effort": {"type": "high"}, "speed": "standard"}
LIMITED = {"type": "limited", "allowed_hosts": [], "allow_mcp_servers": False, "allow_package_managers": False}
PACKAGES = {"type": "packages", "apt": [], "cargo": [], "gem": [], "go": [], "npm": [], "pip": []}
CLOUD = {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": PACKAGES}
SELF = {"type": "agent", "id": "agent_own", "version": 4}
OTHER = {"type": "agent", "id": "agent_x", "version": 3}
ADVISOR = {"type": "advisor", "model": "m"}
ENABLED = {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []}
TEAM = {"type": "multiagent_20261001"}
FULL_TEAM = {**TEAM, "subagents": ENABLED, "workflows": ENABLED, "advisor": {"type": "disabled"}}


def unset(field: str, blank: object) -> list[Body]:
    """The ways to say nothing about a field."""
    return [{}, {field: None}, {field: blank}]


def toolset(**fields: Any) -> list[Body]:
    return [{"type": "agent_toolset_20260401", **fields}]


def mcp(**fields: Any) -> list[Body]:
    return [{"type": "mcp_toolset", "mcp_server_name": "crm", **fields}]


def fetch(**settings: Any) -> list[Body]:
    return toolset(configs=[{"name": "web_fetch", **settings}])


def custom(**schema: Any) -> list[Body]:
    return [{"type": "custom", "name": "t", "description": "T.", "input_schema": {"type": "object", **schema}}]


AGENT_ROWS = [
    pytest.param({"model": "m"}, {"model": {**OBJECT, "inference_geo": None}}, id="model as text"),
    pytest.param({"model": "m"}, {"model": OBJECT}, id="model as text, geography absent"),
    pytest.param(
        {"model": {"id": "m"}}, {"model": {"id": "m", "speed": None, "effort": None}}, id="model, null defaults"
    ),
    pytest.param({"model": {"id": "m", "effort": "high"}}, {"model": OBJECT}, id="effort as text"),
    pytest.param(
        {"model": {"id": "m", "effort": {"type": "high"}}},
        {"model": {"id": "m", "effort": "high"}},
        id="effort as object",
    ),
    *[
        pytest.param(sent, back, id=f"{sent} {back}")
        for field, blank in (("description", ""), ("system", ""), ("multiagent", {}))
        for sent in unset(field, blank)
        for back in ({field: None}, {})
    ],
    *[
        pytest.param(sent, {field: blank}, id=f"{field} {sent}")
        for field, blank in (("tools", []), ("skills", []), ("mcp_servers", []), ("metadata", {}))
        for sent in unset(field, blank)
    ],
    pytest.param(
        {"tools": toolset()}, {"tools": toolset(default_config=ON, configs=[])}, id="tool set with its default"
    ),
    pytest.param(
        {"tools": toolset()},
        {"tools": toolset(default_config={"permission_policy": ALLOW})},
        id="default without enabled",
    ),
    pytest.param({"tools": toolset(default_config=None, configs=None)}, {"tools": toolset()}, id="nulls in a tool set"),
    pytest.param(
        {"tools": mcp()},
        {"tools": mcp(default_config={"enabled": True, "permission_policy": ASK}, configs=[])},
        id="MCP default",
    ),
    pytest.param(
        {"tools": mcp(configs=[{"name": "a"}])},
        {"tools": mcp(configs=[{"name": "a", "enabled": True, "permission_policy": ASK}])},
        id="MCP config",
    ),
    pytest.param(
        {"tools": toolset(configs=[{"name": "bash"}])},
        {"tools": toolset(configs=[{"name": "bash", "type": "bash", **ON}])},
        id="config with a name alone",
    ),
    pytest.param(
        {"tools": toolset(default_config={"permission_policy": ASK}, configs=[{"name": "bash", "enabled": False}])},
        {
            "tools": toolset(
                default_config={"enabled": True, "permission_policy": ASK},
                configs=[{"name": "bash", "type": "bash", "enabled": False, "permission_policy": ASK}],
            )
        },
        id="config that inherits its policy",
    ),
    pytest.param(
        {"tools": toolset()},
        {
            "tools": toolset(
                default_config=ON,
                configs=[{"name": name, "type": name, **ON} for name in BUILT_IN_TOOLS],
            )
        },
        id="expanded tools",
    ),
    pytest.param(
        {"tools": fetch()},
        {"tools": fetch(allowed_domains=None, max_content_tokens=None, url_sources=None)},
        id="web settings null",
    ),
    pytest.param({"tools": fetch(allowed_domains=None)}, {"tools": fetch()}, id="web settings absent"),
    pytest.param(
        {"tools": fetch(url_sources={"user_input": "all"})},
        {"tools": fetch(url_sources={"user_input": {"type": "all"}})},
        id="url source as text",
    ),
    pytest.param(
        {"tools": fetch(allowed_domains=["B.com", "a.com/"])},
        {"tools": fetch(allowed_domains=["a.com", "b.com"])},
        id="domains normalised",
    ),
    pytest.param({"tools": custom()}, {"tools": custom(properties=None, required=None)}, id="schema optionals null"),
    pytest.param({"tools": custom(properties={}, required=[])}, {"tools": custom()}, id="schema optionals absent"),
    pytest.param({"tools": [*toolset(), *custom()]}, {"tools": [*custom(), *toolset()]}, id="tools in another order"),
    *[
        pytest.param(
            {"skills": [{"type": "custom", "skill_id": "s", **sent}]},
            {"skills": [{"type": "custom", "skill_id": "s", "version": back}]},
            id=f"skill {sent} {back}",
        )
        for sent in ({}, {"version": None}, {"version": "latest"})
        for back in ("latest", "skver_9")
    ],
    pytest.param(
        {"multiagent": {"type": "coordinator", "agents": ["agent_x"]}},
        {"multiagent": {"type": "coordinator", "agents": [OTHER]}},
        id="member as text",
    ),
    pytest.param(
        {"multiagent": {"type": "coordinator", "agents": [{"type": "agent", "id": "agent_x"}]}},
        {"multiagent": {"type": "coordinator", "agents": [OTHER]}},
        id="member without version",
    ),
    pytest.param(
        {"multiagent": {"type": "coordinator", "agents": [ADVISOR, {"type": "self"}]}},
        {"multiagent": {"type": "coordinator", "agents": [SELF, ADVISOR]}},
        id="self and advisor",
    ),
    pytest.param({"multiagent": TEAM}, {"multiagent": FULL_TEAM}, id="team with its defaults"),
    pytest.param(
        {
            "multiagent": {
                **TEAM,
                "workflows": None,
                "subagents": {"type": "enabled", "predefined_agents": ["agent_x", {"type": "self"}]},
            }
        },
        {"multiagent": {**FULL_TEAM, "subagents": {**ENABLED, "predefined_agents": [OTHER, SELF]}}},
        id="partial team",
    ),
    pytest.param(
        {"multiagent": {**TEAM, "subagents": {"type": "disabled"}}},
        {"multiagent": {**FULL_TEAM, "subagents": {"type": "disabled"}}},
        id="disabled",
    ),
    pytest.param({}, {"execution_identity": {"type": "service_account"}}, id="identity omitted"),
    pytest.param({"execution_identity": None}, {"execution_identity": {"type": "service_account"}}, id="identity null"),
    pytest.param(
        {"metadata": {"a": "1", "b": "2"}},
        {"metadata": {"b": "2", KEY: "p/s/n", "a": "1"}},
        id="metadata order and mark",
    ),
    pytest.param(
        {},
        {"status": "idle", "stats": {"runs": 7}, "usage": {"tokens": 1}, "archived_at": None},
        id="fields of the server's own",
    ),
]

ENVIRONMENT_ROWS = [
    *[
        pytest.param(sent, {"config": CLOUD}, id=f"config {sent}")
        for sent in ({}, {"config": None}, {"config": {"type": "cloud"}})
    ],
    pytest.param(
        {"config": {"type": "cloud", "networking": None, "packages": None}}, {"config": CLOUD}, id="parts null"
    ),
    pytest.param({"config": {"type": "cloud"}}, {"config": {"type": "cloud"}}, id="server that fills nothing in"),
    pytest.param(
        {"config": {"type": "cloud", "networking": {"type": "limited"}}},
        {"config": {**CLOUD, "networking": LIMITED}},
        id="partial limited",
    ),
    pytest.param(
        {
            "config": {
                "type": "cloud",
                "networking": {**LIMITED, "allowed_hosts": ["b.io", "a.io"]},
                "packages": {"pip": ["b", "a"]},
            }
        },
        {
            "config": {
                **CLOUD,
                "networking": {**LIMITED, "allowed_hosts": ["a.io", "b.io"]},
                "packages": {**PACKAGES, "pip": ["a", "b"]},
            }
        },
        id="hosts and packages in another order",
    ),
    pytest.param(
        {"config": {"type": "cloud", "packages": {"pip": ["a"]}}},
        {"config": {**CLOUD, "packages": {"pip": ["a"]}}},
        id="packages without type",
    ),
    pytest.param(
        {"config": {"type": "self_hosted"}}, {"config": {"type": "self_hosted", "networking": None}}, id="self hosted"
    ),
    pytest.param({}, {"scope": "organization"}, id="scope omitted"),
    pytest.param({}, {"description": None}, id="description omitted"),
    pytest.param({"description": ""}, {"description": ""}, id="description empty"),
    pytest.param({"description": ""}, {"description": None}, id="description empty, null"),
    pytest.param({}, {"metadata": {KEY: "p/s/n"}}, id="metadata omitted"),
]

SKILL = {"directory": "skills/pdf", "digest": "sha256:1", "name": "pdf"}
SKILL_ROWS = [
    pytest.param(
        SKILL, {"display_name": "pdf", "latest_version_id": "skver_1", "source": {"type": "custom"}}, id="name shown"
    ),
    pytest.param(
        {**SKILL, "display_name": "PDF"}, {"display_name": "PDF", "latest_version_id": "skver_1"}, id="name given"
    ),
]


@pytest.mark.parametrize(("sent", "returned"), AGENT_ROWS)
def test_what_the_api_makes_of_an_agent_is_no_change(sent: Body, returned: Body) -> None:
    """Every field that comes back otherwise than it was sent is still what was asked for."""
    sent, returned = {"name": "a", "model": "m", **sent}, {"name": "a", "model": OBJECT, **returned}
    live = empty_after_apply("agent", sent, returned)
    assert contains(FACTS["agent"], sent, live)


@pytest.mark.parametrize(("sent", "returned"), ENVIRONMENT_ROWS)
def test_what_the_api_makes_of_an_environment_is_no_change(sent: Body, returned: Body) -> None:
    """Every field that comes back otherwise than it was sent is still what was asked for."""
    sent, returned = {"name": "e", **sent}, {"name": "e", **returned}
    live = empty_after_apply("environment", sent, returned)
    assert contains(FACTS["environment"], sent, live)


@pytest.mark.parametrize(("sent", "returned"), SKILL_ROWS)
def test_what_the_api_makes_of_a_skill_is_no_change(sent: Body, returned: Body) -> None:
    """A skill comes back without its files; that is nothing to upload again."""
    empty_after_apply("skill", sent, returned)


def edit(kind: str, sent: Body, returned: Body, desired: Body) -> list[Change]:
    """What comparing finds after an edit of what was applied."""
    live = empty_after_apply(kind, sent, returned)
    return compare(FACTS[kind], desired, read_record(sent, record_of(FACTS[kind], live, sent)), live)


def edit_of_tools(before: list[Body], after: list[Body]) -> list[Change]:
    """What comparing finds after an edit of an agent's tools."""
    agent = {"name": "a", "model": "m"}
    return edit("agent", {**agent, "tools": before}, {**agent, "tools": before}, {**agent, "tools": after})


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        pytest.param({}, {"q": {}}, ("q",), id="a property of any type"),
        pytest.param({"q": {}}, {}, ("q",), id="and its removal"),
        pytest.param({"q": {"default": "x"}}, {"q": {"default": ""}}, ("q", "default"), id="an empty default"),
    ],
)
def test_a_blank_says_something_in_a_schema(before: Body, after: Body, path: tuple[str, ...]) -> None:
    """In a custom tool's schema an empty object or text is a statement, and its edit is an edit."""
    changes = edit_of_tools(custom(properties=before), custom(properties=after))
    expected = ("tools", "custom:t", "input_schema", "properties", *path)
    assert [(change.path, change.cause) for change in changes] == [(expected, "edit")]


def test_the_default_of_tools_yet_to_come_is_compared() -> None:
    """Where every tool known today has its own setting, the default still decides on those of tomorrow."""
    configs = [{"name": name, **ON} for name in BUILT_IN_TOOLS]
    changes = edit_of_tools(toolset(configs=configs), toolset(configs=configs, default_config={"enabled": False}))
    assert [change.path for change in changes] == [("tools", "agent_toolset_20260401", "default", "enabled")]


def test_tools_of_an_unknown_type_are_distinguished_by_name() -> None:
    """Two tools of a type that is newer than this package are two tools."""
    one, two = {"type": "computer_2027", "name": "one", "size": 1}, {"type": "computer_2027", "name": "two", "size": 1}
    changes = edit_of_tools([one, two], [{**one, "size": 2}, two])
    assert [change.path for change in changes] == [("tools", "computer_2027:one", "size")]


@pytest.mark.parametrize(
    ("desired", "replaced"),
    [
        pytest.param({"name": "e"}, [], id="an explicit cloud leaves the file"),
        pytest.param({"name": "e", "config": {"type": "self_hosted"}}, [("config", "type")], id="another type"),
    ],
)
def test_only_another_type_replaces_an_environment(desired: Body, replaced: list[tuple[str, ...]]) -> None:
    """Taking the default out of a file changes no type, and replaces nothing."""
    sent = {"name": "e", "config": {"type": "cloud"}}
    changes = edit("environment", sent, {"name": "e", "config": CLOUD}, desired)
    assert [change.path for change in replacing(FACTS["environment"], changes)] == replaced
