from __future__ import annotations

import pytest

from pulumi_managed_agents.kinds import problems
from tests.kinds.definition_bodies import AGENT, DELEGATING_AGENT, load

MINIMAL = {"name": "triage", "model": "claude-opus-5-5"}
TOOLS = "agent_toolset_20260401"


def problems_of(text: str) -> list[str]:
    """What is said about an agent with a name, a model and the given fields."""
    return [f"{p.severity} {p.field}: {p.message}" for p in problems("agent", {**MINIMAL, **load(text)})]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(MINIMAL, id="only what is required"),
        pytest.param(AGENT, id="every field"),
        pytest.param(DELEGATING_AGENT, id="the newer form of multiagent"),
    ],
)
def test_a_right_body_has_no_problem(body: dict[str, object]) -> None:
    """Nothing is said about an agent the API takes."""
    assert problems("agent", body) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model: claude-opus-6-1", id="a newer model of a known family"),
        pytest.param("model: {id: claude-haiku-5-5, effort: max}", id="effort as text"),
        pytest.param("{system: null, description: null, tools: null, skills: null}", id="null clears"),
        pytest.param("{mcp_servers: [], metadata: {}, multiagent: null}", id="empty clears"),
        pytest.param("tools: [{type: agent_toolset_20260401}]", id="bare tool set"),
        pytest.param(
            "tools: [{type: agent_toolset_20260401, configs: [{name: web_fetch, url_sources: {user_input: none}}]}]",
            id="url sources in shorthand",
        ),
        pytest.param(
            "tools: [{type: agent_toolset_20260401, configs: [{name: web_fetch, allowed_domains: [a.com/]}]}]",
            id="a trailing slash is no path",
        ),
        pytest.param(
            "{tools: [{type: agent_toolset_20260401, default_config: {enabled: false}, configs: "
            "[{name: read, enabled: true}]}], skills: [../skills/x]}",
            id="read enabled alone is enough for skills",
        ),
        pytest.param("execution_identity: {type: service_account}", id="service account"),
        pytest.param("multiagent: {type: multiagent_20261001, subagents: null}", id="null takes the default"),
    ],
)
def test_other_spellings_the_api_takes(text: str) -> None:
    """Nothing is said about shorthands, nulls and models newer than this package."""
    assert problems_of(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("name: null", ["error name: must be text, but nothing is given"], id="name without value"),
        pytest.param("name: ''", ["error name: must not be empty"], id="empty name"),
        pytest.param("name: 42", ["error name: must be text; put the value in quotes"], id="number as name"),
        pytest.param("name: 2026-11-01", ["error name: must be text; put the value in quotes"], id="date as name"),
        pytest.param("system: [a]", ["error system: must be text"], id="list as text"),
        pytest.param(
            f"name: {'x' * 257}", ["warning name: is 257 characters long; at most 256 are allowed"], id="long name"
        ),
        pytest.param("sytem: Hi", ["warning sytem: unknown field; did you mean 'system'?"], id="misspelt field"),
        pytest.param("mcpServers: []", ["warning mcpServers: unknown field; did you mean 'mcp_servers'?"], id="camel"),
        pytest.param("colour: red", ["warning colour: unknown field"], id="unknown field"),
        pytest.param("7: red", ["error [7]: keys must be text; put this one in quotes"], id="number as key"),
        pytest.param("type: agnet", ["warning type: unknown value; did you mean 'agent'?"], id="misspelt kind"),
        pytest.param("model: 5", ["error model: must be text or an object (key: value)"], id="model of no shape"),
        pytest.param("model: {}", ["error model.id: is required"], id="model without id"),
        pytest.param(
            "model: claude-sonet-5",
            ["warning model: unknown value; did you mean 'claude-sonnet-5'?"],
            id="misspelt model",
        ),
        pytest.param(
            "model: claude-sonnet-4-5",
            [
                "warning model: the last day of this model is 2026-11-30, and its agents stop working then; choose "
                "another"
            ],
            id="a model that retires",
        ),
        pytest.param(
            "model: {id: claude-opus-4-5-20251101}",
            [
                "warning model.id: the last day of this model is 2027-01-22, and its agents stop working then; choose "
                "another"
            ],
            id="a model that retires, by its dated name",
        ),
        pytest.param("model: claude-mythos-5-2", [], id="a model of the mythos line"),
        pytest.param("model: claude-mythos-6", [], id="a later one of it"),
        pytest.param(
            "model: {id: claude-opus-5-5, effort: hgh}",
            ["warning model.effort: unknown value; did you mean 'high'?"],
            id="misspelt effort",
        ),
        pytest.param(
            "model: {id: claude-opus-5-5, effort: {type: 3}}",
            ["error model.effort.type: must be one of low, medium, high, xhigh, max"],
            id="effort of a wrong type",
        ),
        pytest.param(
            "model: {id: claude-opus-5-5, inference_geo: mars}",
            ["warning model.inference_geo: unknown value; known: global, us"],
            id="unknown region",
        ),
        pytest.param(
            "model: {id: claude-haiku-5-5, speed: fast}",
            ["warning model.speed: fast is offered by claude-opus-5-5, claude-opus-5, claude-opus-4-8 only"],
            id="speed the model does not offer",
        ),
        pytest.param(
            "metadata: {v: 1}", ["error metadata.v: must be text; put the value in quotes"], id="number in metadata"
        ),
        pytest.param(
            "metadata: {1: a}",
            ["error metadata[1]: keys must be text; put this one in quotes"],
            id="number as key there",
        ),
        pytest.param("metadata: [a]", ["error metadata: must be an object (key: value)"], id="metadata as list"),
        pytest.param(
            "metadata: {" + ", ".join(f"k{n}: v" for n in range(17)) + "}",
            ["warning metadata: has 17 keys; at most 16 are allowed"],
            id="too many pairs",
        ),
        pytest.param(
            f"metadata: {{{'k' * 65}: {'v' * 513}}}",
            [
                f"warning metadata.{'k' * 65}: is 65 characters long; at most 64 are allowed",
                f"warning metadata.{'k' * 65}: is 513 characters long; at most 512 are allowed",
            ],
            id="long pair",
        ),
        pytest.param(
            "execution_identity: {type: aws_role}",
            ["error execution_identity.role_arn: is required"],
            id="role without arn",
        ),
        pytest.param(
            "skills: [{}]",
            [
                "error skills[0].type: is required: one of anthropic, custom, or give path",
                "warning skills: skills are read with the read tool, which this agent does not have",
            ],
            id="no skill",
        ),
        pytest.param(
            "skills: [{type: anthropic, skill_id: xslx, version: 20251013}]",
            [
                "warning skills[0].skill_id: unknown value; did you mean 'xlsx'?",
                "error skills[0].version: must be text; put the value in quotes",
                "warning skills: skills are read with the read tool, which this agent does not have",
            ],
            id="skill misspelt, version not quoted, nothing to read it with",
        ),
        pytest.param(
            "{skills: [{path: ../skills/x, version: 1.5}], tools: [{type: agent_toolset_20260401}]}",
            ["error skills[0].version: must be a whole number or text"],
            id="held at no version",
        ),
        pytest.param(
            "{skills: [../skills/x], tools: [{type: agent_toolset_20260401, configs: [{name: read, enabled: false}]}]}",
            ["warning skills: skills are read with the read tool, which this agent does not have"],
            id="read switched off",
        ),
    ],
)
def test_fields_of_an_agent(text: str, expected: list[str]) -> None:
    """A wrong field is named with what is wrong; what the API may know better is a warning."""
    assert problems_of(text) == expected


def tool(text: str) -> list[str]:
    """What is said about an agent whose only tool is the given one, without the place it has in common."""
    return [line.replace(" tools[0]", " ", 1) for line in problems_of(f"tools: [{text}]")]


def config(text: str) -> list[str]:
    """What is said about an agent whose built-in tools have the given settings."""
    return [line.replace(".configs[0]", "", 1) for line in tool(f"{{type: {TOOLS}, configs: [{text}]}}")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("bash", ["error : must be an object (key: value)"], id="tool as text"),
        pytest.param("{}", [f"error .type: is required: one of {TOOLS}, mcp_toolset, custom"], id="without type"),
        pytest.param("{type: [a]}", [f"error .type: must be one of {TOOLS}, mcp_toolset, custom"], id="list as type"),
        pytest.param(
            "{type: agent_toolset_20270101, anything: 1}",
            [f"warning .type: unknown value; did you mean '{TOOLS}'?"],
            id="newer tool set",
        ),
        pytest.param(
            f"{{type: {TOOLS}, default_config: {{enabled: 'yes', permission_policy: {{type: always_alow}}}}}}",
            [
                "error .default_config.enabled: must be true or false",
                "warning .default_config.permission_policy.type: unknown value; did you mean 'always_allow'?",
            ],
            id="defaults",
        ),
        pytest.param(
            f"{{type: {TOOLS}, configs: {{name: bash}}}}", ["error .configs: must be a list"], id="configs as object"
        ),
        pytest.param(
            f"{{type: {TOOLS}, configs: [{{name: bash}}, {{name: read}}, {{name: bash}}]}}",
            ["error .configs[2].name: 'bash' is configured twice in this tool set"],
            id="configured twice",
        ),
        pytest.param(
            f"{{type: {TOOLS}}}, {{type: {TOOLS}}}",
            ["warning tools[1].type: the built-in tools are in the list already; put their settings in one entry"],
            id="tool set twice",
        ),
        pytest.param(
            "{type: custom}",
            [
                "error .name: is required",
                "error .description: is required",
                "error .input_schema: is required",
            ],
            id="empty custom tool",
        ),
        pytest.param(
            "{type: custom, name: look up, description: '', input_schema: {type: array}}",
            [
                "error .name: may hold letters, digits, _ and - only",
                "error .description: must not be empty",
                "error .input_schema.type: must be 'object'",
            ],
            id="custom tool wrong all over",
        ),
        pytest.param(
            "{type: custom, name: web_fetch, description: d, input_schema: {type: object}}",
            ["error .name: 'web_fetch' is the name of a built-in tool"],
            id="built-in name",
        ),
        pytest.param(
            "{type: custom, name: mcp__x, description: d, input_schema: {type: object}}",
            ["error .name: must not begin with mcp__, which marks the tools of MCP servers"],
            id="reserved prefix",
        ),
        pytest.param(
            "{type: custom, name: x, description: d, input_schema: {type: object}}, "
            "{type: custom, name: x, description: d, input_schema: {type: object}}",
            ["error tools[1].name: another tool is called 'x' already"],
            id="same name twice",
        ),
        pytest.param(
            "{type: custom, name: x, description: d, input_schema: {type: object, oneOf: [], "
            "properties: {a b: {}, c: {items: [{$ref: '#/x'}]}}}}",
            [
                "error .input_schema.oneOf: is not allowed at the top of an input schema",
                "error .input_schema.properties.c.items[0].$ref: references are not allowed; write the schema out",
                "error .input_schema.properties.a b: may be 1 to 64 letters, digits, _, . and - only",
            ],
            id="input schema",
        ),
        pytest.param(
            "{type: custom, name: x, description: d, permission_policy: {}, input_schema: {type: object}}",
            ["warning .permission_policy: unknown field"],
            id="custom tools have no policy",
        ),
    ],
)
def test_tools(text: str, expected: list[str]) -> None:
    """Tool sets and custom tools are held to the API's rules, each at its own place."""
    assert tool(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{name: bash, type: read}", ["warning .type: must be the same as name"], id="type is not name"),
        pytest.param("{name: bahs}", ["warning .name: unknown value; did you mean 'bash'?"], id="misspelt tool"),
        pytest.param(
            "{enabled: true}",
            ["error .name: is required: one of bash, read, write, edit, glob, grep, web_fetch, web_search"],
            id="without name",
        ),
        pytest.param(
            "{name: web_fetch, max_content_tokens: 0}",
            ["warning .max_content_tokens: must be greater than 0"],
            id="no tokens",
        ),
        pytest.param(
            "{name: web_fetch, max_content_tokens: 1.5}",
            ["error .max_content_tokens: must be a whole number"],
            id="half a token",
        ),
        pytest.param(
            "{name: web_fetch, allowed_domains: [a.com], blocked_domains: [b.com]}",
            ["error .blocked_domains: is given beside allowed_domains; give one of the two"],
            id="allowed and blocked",
        ),
        pytest.param(
            "{name: web_fetch, allowed_domains: []}", ["error .allowed_domains: must not be empty"], id="empty list"
        ),
        pytest.param(
            "{name: web_search, blocked_domains: [a.com, A.com]}",
            ["error .blocked_domains[1]: 'a.com' is in the list twice"],
            id="domain twice",
        ),
        pytest.param(
            "{name: web_fetch, allowed_domains: [https://a.com, 'a.com:80', a.com/x, '*.a.com', 192.0.2.1, intranet, "
            "box.local, bücher.example, a b.com]}",
            [
                "error .allowed_domains[0]: must be a bare host name, without a scheme such as https://",
                "error .allowed_domains[1]: must be a bare host name, without a port",
                "error .allowed_domains[2]: must be a bare domain, without a path",
                "error .allowed_domains[3]: takes no wildcard; a domain covers its subdomains",
                "error .allowed_domains[4]: must be a domain, not an IP address",
                "error .allowed_domains[5]: must be a public domain, such as docs.example.com",
                "error .allowed_domains[6]: must be a public domain, such as docs.example.com",
                "error .allowed_domains[7]: must be in ASCII; write an international name in punycode (xn--…)",
                "error .allowed_domains[8]: must be a host name, without blanks",
            ],
            id="domains",
        ),
        pytest.param(
            "{name: web_search, user_location: {type: approximate, country: de}}",
            ["warning .user_location.country: must be two capital letters, such as DE"],
            id="country",
        ),
        pytest.param(
            "{name: web_fetch, url_sources: {client_tool_results: none, server_tool_results: {type: none}, "
            "user_input: none}}",
            ["error .url_sources: all sources are none, so nothing could be fetched; disable the tool instead"],
            id="no source at all",
        ),
        pytest.param(
            "{name: web_fetch, url_sources: {user_input: {type: only}}}",
            ["warning .url_sources.user_input.type: unknown value; known: all, none"],
            id="user input takes no filter",
        ),
        pytest.param(
            "{name: web_fetch, url_sources: {server_tool_results: {type: only, tools: "
            "[{type: tool_reference, name: bash}, {type: tool_reference, name: bash}]}}}",
            [
                "error .url_sources.server_tool_results.tools[1].name: 'bash' is in the list twice",
                "error .url_sources.server_tool_results.tools[0].name: must name web_search or web_fetch",
                "error .url_sources.server_tool_results.tools[1].name: must name web_search or web_fetch",
            ],
            id="sources by tool",
        ),
        pytest.param(
            "{name: web_fetch, url_sources: {client_tool_results: {type: only, tools: "
            "[{type: tool_reference, name: nobody}]}}}",
            ["error .url_sources.client_tool_results.tools[0].name: must name a custom tool of this agent"],
            id="a custom tool that is not there",
        ),
    ],
)
def test_settings_of_built_in_tools(text: str, expected: list[str]) -> None:
    """Settings of single tools are checked one by one and against each other."""
    assert config(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "mcp_servers: [{type: url, name: crm, url: https://a.example}]",
            ["error mcp_servers[0].name: no mcp_toolset in tools uses server 'crm'"],
            id="server nobody uses",
        ),
        pytest.param(
            "tools: [{type: mcp_toolset, mcp_server_name: crm}]",
            ["error tools[0].mcp_server_name: no server in mcp_servers is called 'crm'"],
            id="tool set without server",
        ),
        pytest.param(
            "{mcp_servers: [{type: url, name: crm, url: https://a.example}, "
            "{type: url, name: crm, url: https://b.example}], tools: [{type: mcp_toolset, mcp_server_name: crm}]}",
            ["error mcp_servers[1].name: another server is called 'crm' already"],
            id="server name twice",
        ),
        pytest.param(
            "{mcp_servers: [{type: url, name: crm, url: crm.example.com}],"
            " tools: [{type: mcp_toolset, mcp_server_name: crm}]}",
            ["error mcp_servers[0].url: must be a URL that begins with https:// (or http://)"],
            id="url without scheme",
        ),
        pytest.param(
            "{mcp_servers: [{type: url, name: crm, url: https://a.example}],"
            " tools: [{type: mcp_toolset, mcp_server_name: crm}, {type: mcp_toolset, mcp_server_name: crm}]}",
            ["warning tools[1].mcp_server_name: server 'crm' has a tool set already"],
            id="two tool sets of one server",
        ),
        pytest.param(
            "{mcp_servers: [{type: url, name: crm, url: https://a.example}], tools: [{type: mcp_toolset_20270101}]}",
            ["warning tools[0].type: unknown value; did you mean 'mcp_toolset'?"],
            id="an unknown tool may be the one that uses the server",
        ),
        pytest.param(
            "{mcp_servers: 5, tools: [{type: mcp_toolset, mcp_server_name: crm}]}",
            ["error mcp_servers: must be a list"],
            id="unreadable servers are reported once",
        ),
    ],
)
def test_mcp_servers_and_their_tool_sets(text: str, expected: list[str]) -> None:
    """Servers and tool sets name each other; what could not be read is not reported a second time."""
    assert problems_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{type: coordinator}", ["error multiagent.agents: is required"], id="no roster"),
        pytest.param(
            "{type: coordinator, agents: []}", ["error multiagent.agents: must not be empty"], id="empty roster"
        ),
        pytest.param(
            "{type: coordinator, agents: [" + ", ".join(f"agent_{n}" for n in range(21)) + "]}",
            ["warning multiagent.agents: has 21 entries; at most 20 are allowed"],
            id="large roster",
        ),
        pytest.param(
            "{type: coordinator, agents: [./a.md, a.md, {path: a.md, version: 1}, b, {type: agent, id: b}]}",
            [
                "error multiagent.agents[1]: this entry is in the list already",
                "error multiagent.agents[2]: this entry is in the list already",
                "error multiagent.agents[4]: this entry is in the list already",
            ],
            id="the same agent in several spellings",
        ),
        pytest.param(
            "{type: coordinator, agents: [{type: self}, {type: self}, {type: advisor, model: x}, "
            "{type: advisor, model: y}]}",
            [
                "warning multiagent.agents[2].model: unknown value",
                "warning multiagent.agents[3].model: unknown value",
                "error multiagent.agents[1]: this entry is in the list already",
                "error multiagent.agents[3]: this entry is in the list already",
            ],
            id="one self and one advisor",
        ),
        pytest.param(
            "{type: multiagent_20261001, subagents: {type: enabled, inline_agents: {type: disabled}}}",
            [
                "error multiagent.subagents.predefined_agents: must name at least one agent, "
                "since inline agents are disabled"
            ],
            id="nobody left to delegate to",
        ),
        pytest.param(
            "{type: multiagent_20261001, workflows: {type: enabled, predefined_agents: [a, a, {type: advisor}]}}",
            [
                "warning multiagent.workflows.predefined_agents[2].type: unknown value; known: agent, self",
                "warning multiagent.workflows.predefined_agents[1]: this entry is in the list already",
            ],
            id="doubtful entries of the newer form",
        ),
        pytest.param(
            "{type: multiagent_20261001, advisor: {type: enabled}}",
            ["error multiagent.advisor.model: is required"],
            id="advisor without model",
        ),
    ],
)
def test_agents_that_hand_work_on(text: str, expected: list[str]) -> None:
    """Rosters hold distinct agents, one self and one advisor, and are not empty where they are needed."""
    assert problems_of(f"multiagent: {text}") == expected


def test_everything_is_reported_at_once() -> None:
    """A wrong type in one place does not hide a rule that is broken in another."""
    text = """
        model: 5
        tools: [{type: agent_toolset_20260401, configs: [{name: bash, enabled: 1}, {name: bash}]}, 3]
        multiagent: {type: coordinator, agents: [{type: self}, 7, {type: self}]}
    """
    assert problems_of(text) == [
        "error model: must be text or an object (key: value)",
        "error tools[0].configs[0].enabled: must be true or false",
        "error tools[1]: must be an object (key: value)",
        "error multiagent.agents[1]: must be text or an object (key: value)",
        "error tools[0].configs[1].name: 'bash' is configured twice in this tool set",
        "error multiagent.agents[2]: this entry is in the list already",
    ]
