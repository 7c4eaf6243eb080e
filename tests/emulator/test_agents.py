from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest

if TYPE_CHECKING:
    import httpx

    from tests.emulator.emulator_control import Control

BASE: dict[str, Any] = {"name": "triage", "model": "claude-opus-5-5"}
TOOLSET = {"type": "agent_toolset_20260401"}
ALLOW, ASK = {"type": "always_allow"}, {"type": "always_ask"}


def custom(name: str = "lookup_order", **schema: Any) -> dict[str, Any]:
    return {
        "type": "custom",
        "name": name,
        "description": "Looks an order up.",
        "input_schema": {"type": "object"} | schema,
    }


def mcp(name: str = "crm", **fields: Any) -> dict[str, Any]:
    return {
        "mcp_servers": [{"type": "url", "name": name, "url": "https://crm.example.com/mcp"}],
        "tools": [{"type": "mcp_toolset", "mcp_server_name": name} | fields],
    }


ENRICHED = [
    pytest.param(
        {},
        {
            "model": {
                "id": "claude-opus-5-5",
                "effort": {"type": "high"},
                "speed": "standard",
                "inference_geo": None,
            },
            "system": None,
            "description": None,
            "multiagent": None,
            "tools": [],
            "skills": [],
            "mcp_servers": [],
            "metadata": {},
            "execution_identity": {"type": "service_account"},
            "archived_at": None,
            "version": 1,
        },
        id="omitted fields",
    ),
    pytest.param({"system": "", "description": ""}, {"system": None, "description": None}, id="empty texts"),
    pytest.param(
        {"model": {"id": "claude-opus-5-5", "effort": "low", "speed": "fast", "inference_geo": "us"}},
        {
            "model": {
                "id": "claude-opus-5-5",
                "effort": {"type": "low"},
                "speed": "fast",
                "inference_geo": "us",
            }
        },
        id="effort as a string",
    ),
    pytest.param(
        {"model": "claude-haiku-4-5"},
        {"model": {"id": "claude-haiku-4-5", "effort": None, "speed": "standard", "inference_geo": None}},
        id="a model without effort",
    ),
    pytest.param(
        {"tools": [TOOLSET]},
        {"tools": [TOOLSET | {"default_config": {"enabled": True, "permission_policy": ALLOW}, "configs": []}]},
        id="bare toolset",
    ),
    pytest.param(
        {"tools": [TOOLSET | {"default_config": {"permission_policy": ASK}, "configs": [{"name": "bash"}]}]},
        {
            "tools": [
                TOOLSET
                | {
                    "default_config": {"enabled": True, "permission_policy": ASK},
                    "configs": [{"name": "bash", "type": "bash", "enabled": True, "permission_policy": ASK}],
                }
            ]
        },
        id="a config inherits the default",
    ),
    pytest.param(
        {"tools": [TOOLSET | {"configs": [{"name": "web_fetch", "url_sources": {"user_input": "none"}}]}]},
        {
            "tools": [
                TOOLSET
                | {
                    "default_config": {"enabled": True, "permission_policy": ALLOW},
                    "configs": [
                        {
                            "name": "web_fetch",
                            "type": "web_fetch",
                            "enabled": True,
                            "permission_policy": ALLOW,
                            "allowed_domains": None,
                            "blocked_domains": None,
                            "max_content_tokens": None,
                            "url_sources": {
                                "client_tool_results": {"type": "all"},
                                "server_tool_results": {"type": "all"},
                                "user_input": {"type": "none"},
                            },
                        }
                    ],
                }
            ]
        },
        id="web settings",
    ),
    pytest.param(
        mcp(configs=[{"name": "search", "enabled": False}]),
        {
            "tools": [
                {
                    "type": "mcp_toolset",
                    "mcp_server_name": "crm",
                    "default_config": {"enabled": True, "permission_policy": ASK},
                    "configs": [{"name": "search", "enabled": False, "permission_policy": ASK}],
                }
            ]
        },
        id="MCP tools ask and have no type",
    ),
    pytest.param(
        {"tools": [custom(properties={"id": {"type": "string"}}, additionalProperties=False)]},
        {"tools": [custom(properties={"id": {"type": "string"}}, additionalProperties=False)]},
        id="a custom tool's schema as it was sent",
    ),
    pytest.param(
        {"skills": [{"type": "anthropic", "skill_id": "xlsx"}]},
        {"skills": [{"type": "anthropic", "skill_id": "xlsx", "version": "20251013"}]},
        id="a skill's version is resolved",
    ),
    pytest.param(
        {"multiagent": {"type": "multiagent_20261001"}},
        {
            "multiagent": {
                "type": "multiagent_20261001",
                "subagents": {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []},
                "workflows": {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []},
                "advisor": {"type": "disabled"},
            }
        },
        id="multiagent members",
    ),
]


@pytest.mark.parametrize(("sent", "returned"), ENRICHED)
def test_create_returns_every_default(
    sdk: anthropic.Anthropic, http: httpx.Client, sent: dict[str, Any], returned: dict[str, Any]
) -> None:
    """What a create request leaves out or abbreviates comes back complete, and the same from every read."""
    created = sdk.beta.agents.create(**(BASE | sent))
    answer = http.get(f"/v1/agents/{created.id}").json()
    assert {field: answer[field] for field in returned} == returned
    assert http.get("/v1/agents").json()["data"] == [answer]
    assert http.get(f"/v1/agents/{created.id}/versions").json()["data"] == [answer]


REFUSED = [
    pytest.param({"name": ""}, "name: ", id="empty name"),
    pytest.param({"name": "n" * 257}, "name: ", id="long name"),
    pytest.param({"system": "s" * 100_001}, "system: ", id="long system"),
    pytest.param({"description": "d" * 2049}, "description: ", id="long description"),
    pytest.param({"temprature": 1}, "temprature: Extra inputs are not permitted", id="unknown field"),
    pytest.param({"model": {"id": "claude-haiku-4-5", "effort": "low"}}, "model.effort: ", id="effort"),
    pytest.param({"model": {"id": "claude-sonnet-5", "speed": "fast"}}, "model.speed: ", id="speed"),
    pytest.param({"model": {"id": "claude-opus-5", "effort": "extreme"}}, "model.effort: ", id="no such effort"),
    pytest.param({"metadata": {"k" * 65: "v"}}, "metadata: ", id="long metadata key"),
    pytest.param({"metadata": {"k": "v" * 513}}, "metadata: ", id="long metadata value"),
    pytest.param({"metadata": {f"k{n}": "v" for n in range(17)}}, "metadata: at most 16", id="too many pairs"),
    pytest.param({"tools": [TOOLSET, TOOLSET]}, "tools: ", id="two toolsets"),
    pytest.param({"tools": [TOOLSET | {"configs": [{"name": "bsh"}]}]}, "tools.0.configs.0: ", id="no such tool"),
    pytest.param(
        {"tools": [TOOLSET | {"configs": [{"name": "bash"}, {"name": "bash"}]}]}, "tools.0.configs: ", id="same config"
    ),
    pytest.param({"tools": [custom(), custom()]}, "tools: 'lookup_order'", id="same custom tool"),
    pytest.param({"tools": [custom("bash")]}, "tools.0.name: ", id="a built-in tool's name"),
    pytest.param({"tools": [custom("mcp__crm")]}, "tools.0.name: ", id="an MCP tool's prefix"),
    pytest.param({"tools": [custom("has space")]}, "tools.0.name: ", id="characters of a name"),
    pytest.param({"tools": [custom(anyOf=[])]}, "tools.0.input_schema: anyOf", id="top-level anyOf"),
    pytest.param({"tools": [custom(properties={"a": {"$ref": "#"}})]}, "tools.0.input_schema: $ref", id="$ref"),
    pytest.param({"tools": [custom(properties={"a b": {}})]}, "tools.0.input_schema: property", id="property name"),
    pytest.param({"tools": [custom(type="array")]}, "tools.0.input_schema: type", id="not an object"),
    pytest.param({"tools": [custom(f"t{n}") for n in range(257)]}, "tools: at most 256", id="too many tools"),
    pytest.param({"tools": mcp()["tools"]}, "tools: mcp_toolset refers to the MCP server 'crm'", id="no such server"),
    pytest.param({"mcp_servers": mcp()["mcp_servers"]}, "mcp_servers: 'crm' is not referenced", id="unused server"),
    pytest.param({"mcp_servers": mcp()["mcp_servers"] * 21}, "mcp_servers: ", id="too many servers"),
    pytest.param({"skills": [{"type": "custom", "skill_id": "skill_0"}]}, "skills: custom skill", id="no such skill"),
    pytest.param(
        {"skills": [{"type": "anthropic", "skill_id": "pdf", "version": "1"}]}, "skills: skill 'pdf'", id="no version"
    ),
    pytest.param(
        {"tools": [TOOLSET | {"configs": [{"name": "web_fetch", "allowed_domains": []}]}]},
        "tools.0.configs.0.allowed_domains: ",
        id="empty domain list",
    ),
    pytest.param(
        {"tools": [TOOLSET | {"configs": [{"name": "web_fetch", "allowed_domains": ["https://a.io"]}]}]},
        "tools.0.configs.0.allowed_domains.0: ",
        id="domain with a scheme",
    ),
    pytest.param(
        {"tools": [TOOLSET | {"configs": [{"name": "web_search", "blocked_domains": ["10.0.0.1"]}]}]},
        "tools.0.configs.0.blocked_domains.0: ",
        id="address instead of a domain",
    ),
    *(
        pytest.param(
            {"tools": [TOOLSET | {"configs": [{"name": "web_search", "allowed_domains": domains}]}]},
            f"tools.0.configs.0.allowed_domains{field}",
            id=name,
        )
        for name, domains, field in (
            ("domain of one label", ["intranet"], ".0: "),
            ("domain with a port", ["a.io:8080"], ".0: "),
            ("domain of a private network", ["wiki.internal"], ".0: "),
            ("domain given twice", ["a.io", "a.io"], ": "),
        )
    ),
    pytest.param(
        {
            "tools": [
                TOOLSET
                | {
                    "configs": [
                        {
                            "name": "web_fetch",
                            "url_sources": {
                                "client_tool_results": {
                                    "type": "only",
                                    "tools": [{"type": "tool_reference", "name": "lookup"}],
                                }
                            },
                        }
                    ]
                }
            ]
        },
        "tools: url_sources.client_tool_results names the unknown tool 'lookup'",
        id="addresses from an unknown tool",
    ),
    pytest.param(
        {"skills": [{"type": "anthropic", "skill_id": "pdf"}] * 501}, "skills: at most 500", id="too many skills"
    ),
    pytest.param({"multiagent": {"type": "coordinator", "agents": []}}, "multiagent.agents: ", id="empty roster"),
    pytest.param(
        {"multiagent": {"type": "coordinator", "agents": ["agent_0"]}}, "multiagent.agents: agent", id="no such member"
    ),
    pytest.param(
        {"multiagent": {"type": "coordinator", "agents": [{"type": "self"}] * 2}},
        "multiagent.agents: ",
        id="two selves",
    ),
    pytest.param(
        {"multiagent": {"type": "coordinator", "agents": [{"type": "advisor", "model": "m"}] * 2}},
        "multiagent.agents: ",
        id="two advisors",
    ),
    pytest.param(
        {
            "multiagent": {
                "type": "multiagent_20261001",
                "workflows": {"type": "enabled", "inline_agents": {"type": "disabled"}},
            }
        },
        "multiagent.workflows.predefined_agents: ",
        id="nobody to delegate to",
    ),
]


@pytest.mark.parametrize(("sent", "message"), REFUSED)
def test_create_refuses_what_breaks_a_rule(sdk: anthropic.Anthropic, sent: dict[str, Any], message: str) -> None:
    """A definition that breaks a rule is refused with 400 and the name of the field, and leaves nothing behind."""
    with pytest.raises(anthropic.BadRequestError) as refusal:
        sdk.beta.agents.create(**(BASE | {"extra_body": sent}))
    assert refusal.value.body["error"]["message"].startswith(message)  # type: ignore[index]
    assert sdk.beta.agents.list().data == []


def test_update_makes_a_version_only_of_a_change(sdk: anthropic.Anthropic) -> None:
    """A real change moves the version; sending the stored values again does not."""
    agent = sdk.beta.agents.create(**BASE, system="Be brief.")
    changed = sdk.beta.agents.update(agent.id, version=1, system="Be kind.")
    assert (changed.version, changed.updated_at > agent.updated_at) == (2, True)
    again = sdk.beta.agents.update(agent.id, version=2, system="Be kind.", name="triage", model="claude-opus-5-5")
    assert again == changed
    assert [version.system for version in sdk.beta.agents.versions.list(agent.id)] == ["Be kind.", "Be brief."]
    assert sdk.beta.agents.retrieve(agent.id, version=1) == agent


def test_stale_version_conflicts_even_without_a_change(sdk: anthropic.Anthropic) -> None:
    """A version that is not the current one is a 409, also where nothing would change."""
    agent = sdk.beta.agents.create(**BASE)
    sdk.beta.agents.update(agent.id, system="changed")
    with pytest.raises(anthropic.ConflictError) as conflict:
        sdk.beta.agents.update(agent.id, version=1, system="changed")
    assert conflict.value.body["error"]["type"] == "conflict_error"  # type: ignore[index]
    assert sdk.beta.agents.retrieve(agent.id).version == 2


CLEARED = [
    pytest.param({"system": "s"}, {"system": None}, {"system": None}, id="system by null"),
    pytest.param({"description": "d"}, {"description": ""}, {"description": None}, id="description by empty text"),
    pytest.param({"tools": [TOOLSET]}, {"tools": None}, {"tools": []}, id="tools by null"),
    pytest.param({"tools": [TOOLSET]}, {"tools": []}, {"tools": []}, id="tools by an empty list"),
    pytest.param(mcp(), {"tools": [], "mcp_servers": []}, {"tools": [], "mcp_servers": []}, id="servers"),
    pytest.param(
        {"execution_identity": {"type": "aws_role", "role_arn": "arn:x"}},
        {"execution_identity": None},
        {"execution_identity": {"type": "service_account"}},
        id="identity by null",
    ),
    pytest.param(
        {"multiagent": {"type": "multiagent_20261001"}}, {"multiagent": None}, {"multiagent": None}, id="roster"
    ),
    pytest.param(
        {"metadata": {"a": "1", "b": "2"}},
        {"metadata": {"a": None, "c": "3"}},
        {"metadata": {"b": "2", "c": "3"}},
        id="metadata is patched",
    ),
    pytest.param(
        {"model": {"id": "claude-opus-5-5", "effort": "max", "speed": "fast", "inference_geo": "us"}},
        {"model": "claude-opus-5-5"},
        {"model": {"id": "claude-opus-5-5", "effort": {"type": "max"}, "speed": "standard", "inference_geo": None}},
        id="effort is kept with the model",
    ),
    pytest.param(
        {"model": {"id": "claude-opus-5-5", "effort": "max"}},
        {"model": "claude-sonnet-5"},
        {"model": {"id": "claude-sonnet-5", "effort": {"type": "high"}, "speed": "standard", "inference_geo": None}},
        id="effort is reset with another model",
    ),
]


@pytest.mark.parametrize(("created", "sent", "returned"), CLEARED)
def test_update_replaces_clears_or_patches(
    http: httpx.Client, created: dict[str, Any], sent: dict[str, Any], returned: dict[str, Any]
) -> None:
    """Each field follows its own update rule."""
    agent = http.post("/v1/agents", json=BASE | created).json()
    answer = http.post(f"/v1/agents/{agent['id']}", json=sent).json()
    assert {field: answer[field] for field in returned} == returned
    assert answer["version"] == 2


def test_coordinator_roster_is_pinned_and_reordered(sdk: anthropic.Anthropic) -> None:
    """Members are pinned, `self` becomes its owner, the advisor comes last, and sending it again changes nothing."""
    member = sdk.beta.agents.create(**BASE)
    roster: Any = {
        "type": "coordinator",
        "agents": [{"type": "advisor", "model": "claude-opus-5-5"}, member.id, {"type": "self"}],
    }
    lead = sdk.beta.agents.create(name="lead", model="claude-opus-5-5", multiagent=roster)
    assert lead.multiagent is not None
    assert lead.multiagent.to_dict()["agents"] == [
        {"type": "agent", "id": member.id, "version": 1},
        {"type": "agent", "id": lead.id, "version": 1},
        {"type": "advisor", "model": "claude-opus-5-5"},
    ]
    assert sdk.beta.agents.update(lead.id, multiagent=roster).version == 1
    sdk.beta.agents.update(member.id, system="new")
    assert sdk.beta.agents.retrieve(lead.id).multiagent == lead.multiagent
    assert sdk.beta.agents.update(lead.id, multiagent=roster).version == 2


def test_coordinator_refuses_archived_and_nested_members(sdk: anthropic.Anthropic) -> None:
    """A roster takes no archived agent, and no agent that has a roster itself."""
    archived = sdk.beta.agents.create(**BASE)
    sdk.beta.agents.archive(archived.id)
    lead = sdk.beta.agents.create(**BASE, multiagent={"type": "coordinator", "agents": [{"type": "self"}]})
    for member in (archived.id, lead.id):
        with pytest.raises(anthropic.BadRequestError, match="multiagent"):
            sdk.beta.agents.create(**BASE, multiagent={"type": "coordinator", "agents": [member]})


def test_multiagent_20261001_merges_level_by_level(http: httpx.Client) -> None:
    """An update keeps what it omits at every level, and null brings a default back."""
    disabled = {"type": "disabled"}
    agent = http.post(
        "/v1/agents",
        json=BASE
        | {
            "multiagent": {
                "type": "multiagent_20261001",
                "subagents": {"type": "enabled", "predefined_agents": [{"type": "self"}], "inline_agents": disabled},
                "workflows": disabled,
            }
        },
    ).json()
    update = {"type": "multiagent_20261001", "subagents": {"type": "enabled", "inline_agents": None}, "workflows": None}
    answer = http.post(f"/v1/agents/{agent['id']}", json={"multiagent": update}).json()
    enabled = {"type": "enabled", "inline_agents": {"type": "enabled"}}
    assert answer["multiagent"] == {
        "type": "multiagent_20261001",
        "subagents": enabled | {"predefined_agents": [{"type": "agent", "id": agent["id"], "version": 2}]},
        "workflows": enabled | {"predefined_agents": []},
        "advisor": disabled,
    }


def test_archive_is_permanent_and_repeatable(sdk: anthropic.Anthropic) -> None:
    """An archived agent leaves the list, keeps its version, and takes no update; archiving again changes nothing."""
    agent = sdk.beta.agents.create(**BASE)
    archived = sdk.beta.agents.archive(agent.id)
    assert (archived.version, archived.archived_at is not None) == (1, True)
    assert sdk.beta.agents.archive(agent.id) == archived
    assert sdk.beta.agents.list().data == []
    assert sdk.beta.agents.list(include_archived=True).data == [archived]
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.agents.update(agent.id, system="x")


def test_unknown_agents_and_versions_are_not_found(sdk: anthropic.Anthropic) -> None:
    """An id or version that does not exist is a 404; versions start at 1."""
    agent = sdk.beta.agents.create(**BASE)
    with pytest.raises(anthropic.NotFoundError):
        sdk.beta.agents.retrieve("agent_0")
    with pytest.raises(anthropic.NotFoundError):
        sdk.beta.agents.retrieve(agent.id, version=2)
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.agents.retrieve(agent.id, version=0)


SWITCHES = [
    pytest.param(
        {"skill_latest": "echo"},
        {"skills": [{"type": "anthropic", "skill_id": "pdf"}]},
        {"skills": [{"type": "anthropic", "skill_id": "pdf", "version": "latest"}]},
        id="skill latest",
    ),
    pytest.param(
        {"schema_optionals": "null"},
        {"tools": [custom()]},
        {"tools": [custom(properties=None, required=None)]},
        id="schema optionals",
    ),
    pytest.param(
        {"unknown_fields": "ignore"},
        {"surprise": 1, "tools": [TOOLSET | {"novel": True}]},
        {"name": "triage"},
        id="unknown fields",
    ),
]


@pytest.mark.parametrize(("switches", "sent", "returned"), SWITCHES)
def test_switches_change_the_answer(
    http: httpx.Client, control: Control, switches: dict[str, Any], sent: dict[str, Any], returned: dict[str, Any]
) -> None:
    """Each unsettled fact can be had the other way round."""
    control.put("switches", switches)
    answer = http.post("/v1/agents", json=BASE | sent).json()
    assert {field: answer[field] for field in returned} == returned


def test_a_skill_may_need_the_tool_that_reads_it(sdk: anthropic.Anthropic, control: Control) -> None:
    """Where the switch says so, an agent with skills is refused until its tools include `read`."""
    control.put("switches", {"skills_without_read_tool": "refuse"})
    skills = {"skills": [{"type": "anthropic", "skill_id": "pdf"}]}
    with pytest.raises(anthropic.BadRequestError, match="the read tool must be enabled"):
        sdk.beta.agents.create(**(BASE | {"extra_body": skills}))
    assert sdk.beta.agents.create(**(BASE | {"extra_body": skills | {"tools": [TOOLSET]}})).skills


def test_expanded_configs_name_every_built_in_tool(http: httpx.Client, control: Control) -> None:
    """With expanded configs a bare toolset comes back with one config per built-in tool."""
    control.put("switches", {"toolset_configs": "expand"})
    toolset = http.post("/v1/agents", json=BASE | {"tools": [TOOLSET]}).json()["tools"][0]
    names = {config["name"] for config in toolset["configs"]}
    assert names == {"bash", "read", "write", "edit", "glob", "grep", "web_fetch", "web_search"}


def test_absent_optionals_leave_no_null_but_the_documented(http: httpx.Client, control: Control) -> None:
    """With absent optionals an unset field is missing, but archived_at and what the user wrote stay."""
    control.put("switches", {"unset_optionals": "absent"})
    answer = http.post("/v1/agents", json=BASE | {"tools": [custom(default=None)]}).json()
    assert "system" not in answer
    assert "inference_geo" not in answer["model"]
    assert answer["archived_at"] is None
    assert answer["tools"][0]["input_schema"] == {"type": "object", "default": None}


def test_metadata_alone_may_keep_the_version(sdk: anthropic.Anthropic, control: Control) -> None:
    """With the switch set, an update of metadata alone changes the agent in place."""
    agent = sdk.beta.agents.create(**BASE)
    assert sdk.beta.agents.update(agent.id, metadata={"a": "1"}).version == 2
    control.put("switches", {"metadata_only_update": "same_version"})
    assert sdk.beta.agents.update(agent.id, metadata={"a": "2"}).version == 2
    assert [version.metadata for version in sdk.beta.agents.versions.list(agent.id)] == [{"a": "2"}, {}]
