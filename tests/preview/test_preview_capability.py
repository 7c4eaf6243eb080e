"""The capability review: what widens an agent's power is named, what narrows it never is."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.leaves import leaves, tree
from pulumi_managed_agents.preview.capability import RULES, widened, widenings
from pulumi_managed_agents.preview.capability.power import full_power
from pulumi_managed_agents.preview.record import PENDING, FieldChange, PlanRecord

Body = dict[str, Any]
TOOLSET = "agent_toolset_20260401"


def effective(kind: str, body: Body) -> Body:
    return tree(leaves(FACTS[kind].effective(body, body, "")))


def agent(**fields: Any) -> Body:
    return {"name": "triage", "model": "claude-sonnet-5-5", **fields}


def tools(*configs: Body, **default: Any) -> Body:
    """An agent with the built-in tools."""
    return agent(tools=[{"type": TOOLSET, "default_config": default, "configs": list(configs)}])


def policy(name: str) -> Body:
    return {"permission_policy": {"type": name}}


def mcp(*configs: Body, url: str = "https://mcp.example.com/mcp", **default: Any) -> Body:
    """An agent with the MCP server `crm`."""
    toolset = {"type": "mcp_toolset", "mcp_server_name": "crm", "default_config": default, "configs": list(configs)}
    return agent(tools=[toolset], mcp_servers=[{"type": "url", "name": "crm", "url": url}])


def fetch(**settings: Any) -> Body:
    return tools({"name": "web_fetch", **settings})


def search(**settings: Any) -> Body:
    return tools({"name": "web_search", **settings})


def sources(source: str, value: Any) -> Body:
    return fetch(url_sources={source: value})


def only(*names: str, type: str = "only") -> Body:
    return {"type": type, "tools": [{"type": "tool_reference", "name": name} for name in names]}


def skill(*skills: Any) -> Body:
    return agent(skills=list(skills))


def held(version: str) -> Body:
    return {"type": "custom", "skill_id": "skill_a", "version": version}


def roster(*members: Any) -> Body:
    return agent(multiagent={"type": "coordinator", "agents": list(members)})


def sections(**parts: Any) -> Body:
    off = {"subagents": {"type": "disabled"}, "workflows": {"type": "disabled"}}
    return agent(multiagent={"type": "multiagent_20261001", **off, **parts})


def enabled(*members: str, inline: str = "disabled") -> Body:
    return {"type": "enabled", "inline_agents": {"type": inline}, "predefined_agents": list(members)}


def role(arn: str) -> Body:
    return agent(execution_identity={"type": "aws_role", "role_arn": arn})


CUSTOM = {"type": "custom", "name": "refund", "description": "Refund an order", "input_schema": {"type": "object"}}
ASK, ALLOW, AUTO = policy("always_ask"), policy("always_allow"), policy("auto")
OFF = {"enabled": False}

AGENTS: dict[str, tuple[Body, Body, list[str]]] = {
    # Tools
    "toolset added": (agent(), tools(), ["tool-added"]),
    "toolset removed": (tools(), agent(), []),
    "custom tool added": (tools(), agent(tools=[*tools()["tools"], CUSTOM]), ["tool-added"]),
    "custom tool removed": (agent(tools=[CUSTOM]), agent(), []),
    "custom tool described otherwise": (agent(tools=[CUSTOM]), agent(tools=[{**CUSTOM, "description": "x"}]), []),
    "custom tool takes other input": (
        agent(tools=[CUSTOM]),
        agent(tools=[{**CUSTOM, "input_schema": {"type": "object", "properties": {"all": {}}}}]),
        [],
    ),
    "tool set of an unknown kind added": (agent(), agent(tools=[{"type": "browser_2027"}]), ["tool-added"]),
    "tool enabled by its entry": (tools({"name": "bash", **OFF}), tools(), ["tool-enabled"]),
    "tool enabled by the default": (tools(**OFF), tools(), ["tool-enabled"] * 8),
    "one of all off enabled": (tools(**OFF), tools({"name": "read", "enabled": True}, **OFF), ["tool-enabled"]),
    "tool disabled": (tools(), tools({"name": "bash", **OFF}), []),
    "enabled is named once, not with its policy": (
        tools({"name": "bash", **OFF, **ASK}),
        tools({"name": "bash", **ALLOW}),
        ["tool-enabled"],
    ),
    "the same default spelled out per tool": (tools(**ASK), tools({"name": "bash", **ASK}, **ASK), []),
    "the default said to be what it is": (tools(), tools(enabled=True, **ALLOW), []),
    # Permissions
    "ask to allow": (tools({"name": "bash", **ASK}), tools({"name": "bash", **ALLOW}), ["permission-widened"]),
    "ask to auto": (tools({"name": "bash", **ASK}), tools({"name": "bash", **AUTO}), ["permission-widened"]),
    "auto to allow": (tools({"name": "bash", **AUTO}), tools({"name": "bash", **ALLOW}), ["permission-widened"]),
    "allow to ask": (tools({"name": "bash", **ALLOW}), tools({"name": "bash", **ASK}), []),
    "auto to ask": (tools({"name": "bash", **AUTO}), tools({"name": "bash", **ASK}), []),
    "an entry dropped falls back to a wider default": (tools({"name": "bash", **ASK}), tools(), ["permission-widened"]),
    "an entry dropped falls back to a narrower default": (tools({"name": "bash", **ALLOW}, **ASK), tools(**ASK), []),
    "the default widened is one line": (tools(**ASK), tools(), ["permission-widened"]),
    "the default narrowed": (tools(), tools(**ASK), []),
    "the default widened under entries that hold": (
        tools(*({"name": one, **ASK} for one in ("bash", "read", "write", "edit", "glob", "grep")), **ASK),
        tools(*({"name": one, **ASK} for one in ("bash", "read", "write", "edit", "glob", "grep")), **ALLOW),
        ["permission-widened"],
    ),
    "a policy nobody knows": (tools(**ASK), tools(**policy("ask_sometimes")), ["permission-widened"]),
    "policy of a tool that is off": (
        tools({"name": "bash", **OFF, **ASK}),
        tools({"name": "bash", **OFF, **ALLOW}),
        [],
    ),
    # MCP
    "server and its tools added": (agent(), mcp(), ["tool-added", "server-added"]),
    "server removed": (mcp(), agent(), []),
    "MCP default widened": (mcp(), mcp(**ALLOW), ["permission-widened"]),
    "MCP default narrowed": (mcp(**ALLOW), mcp(), []),
    "MCP tool widened": (mcp(), mcp({"name": "delete", **ALLOW}), ["permission-widened"]),
    "MCP tool loses its narrower entry": (
        mcp({"name": "delete", **ASK}, **ALLOW),
        mcp(**ALLOW),
        ["permission-widened"],
    ),
    "MCP tool enabled": (mcp({"name": "delete", **OFF}), mcp(), ["tool-enabled"]),
    "MCP tool disabled": (mcp(), mcp({"name": "delete", **OFF}), []),
    "host changed": (mcp(), mcp(url="https://mcp.example.org/mcp"), ["server-moved"]),
    "port changed": (mcp(), mcp(url="https://mcp.example.com:8443/mcp"), ["server-moved"]),
    "no longer https": (mcp(), mcp(url="http://mcp.example.com/mcp"), ["server-moved"]),
    "now https": (mcp(url="http://mcp.example.com/mcp"), mcp(), []),
    "another endpoint of the host": (mcp(url="https://mcp.example.com/readonly"), mcp(), ["server-moved"]),
    "another query": (mcp(url="https://mcp.example.com/mcp?read_only=true"), mcp(), ["server-moved"]),
    "host in capitals": (mcp(), mcp(url="https://MCP.example.com:443/mcp/"), []),
    # Web
    "allow list dropped": (fetch(allowed_domains=["a.com"]), fetch(), ["domains-widened"]),
    "domain added to the allow list": (
        fetch(allowed_domains=["a.com"]),
        fetch(allowed_domains=["a.com", "b.com"]),
        ["domains-widened"],
    ),
    "subdomain added to the allow list": (
        fetch(allowed_domains=["a.com"]),
        fetch(allowed_domains=["a.com", "docs.a.com"]),
        [],
    ),
    "allow list shortened": (fetch(allowed_domains=["a.com", "b.com"]), fetch(allowed_domains=["a.com"]), []),
    "allow list widened to the parent": (
        fetch(allowed_domains=["docs.a.com"]),
        fetch(allowed_domains=["a.com"]),
        ["domains-widened"],
    ),
    "a look-alike is no subdomain": (
        fetch(allowed_domains=["a.com"]),
        fetch(allowed_domains=["evila.com"]),
        ["domains-widened"],
    ),
    "path added to a search domain": (search(allowed_domains=["a.com"]), search(allowed_domains=["a.com/docs"]), []),
    "path dropped from a search domain": (
        search(allowed_domains=["a.com/docs"]),
        search(allowed_domains=["a.com"]),
        ["domains-widened"],
    ),
    "an allow list where there was none": (fetch(), fetch(allowed_domains=["a.com"]), []),
    "blocked domain removed": (
        fetch(blocked_domains=["a.com", "b.com"]),
        fetch(blocked_domains=["a.com"]),
        ["domains-widened"],
    ),
    "block list dropped": (fetch(blocked_domains=["a.com"]), fetch(), ["domains-widened"]),
    "blocked domain added": (fetch(blocked_domains=["a.com"]), fetch(blocked_domains=["a.com", "b.com"]), []),
    "blocked domain covered by its parent": (
        fetch(blocked_domains=["docs.a.com"]),
        fetch(blocked_domains=["a.com"]),
        [],
    ),
    "from allow list to block list": (
        fetch(allowed_domains=["a.com"]),
        fetch(blocked_domains=["b.com"]),
        ["domains-widened"],
    ),
    "from block list to allow list": (fetch(blocked_domains=["b.com"]), fetch(allowed_domains=["a.com"]), []),
    "from block list to an allow list that reaches into it": (
        fetch(blocked_domains=["private.a.com"]),
        fetch(allowed_domains=["a.com"]),
        ["domains-widened"],
    ),
    "domains in capitals": (fetch(allowed_domains=["a.com"]), fetch(allowed_domains=["A.com/"]), []),
    "domains of a tool that is off": (
        fetch(allowed_domains=["a.com"], **OFF),
        fetch(allowed_domains=["b.com"], **OFF),
        [],
    ),
    "URLs of users opened": (sources("user_input", "none"), fetch(), ["url-sources-widened"]),
    "URLs of users closed": (fetch(), sources("user_input", "none"), []),
    "URL source said to be what it is": (fetch(), sources("user_input", {"type": "all"}), []),
    "URLs of one more tool": (
        sources("client_tool_results", only("a")),
        sources("client_tool_results", only("a", "b")),
        ["url-sources-widened"],
    ),
    "URLs of one tool less": (
        sources("client_tool_results", only("a", "b")),
        sources("client_tool_results", only("a")),
        [],
    ),
    "an exception less": (
        sources("client_tool_results", only("a", "b", type="except")),
        sources("client_tool_results", only("a", type="except")),
        ["url-sources-widened"],
    ),
    "from some to all but some": (
        sources("server_tool_results", only("web_search")),
        sources("server_tool_results", only("web_search", type="except")),
        ["url-sources-widened"],
    ),
    "from all but some to others": (
        sources("client_tool_results", only("a", type="except")),
        sources("client_tool_results", only("b")),
        [],
    ),
    # Skills
    "skill added": (agent(), skill("skill_a"), ["skill-added"]),
    "skill by Anthropic added": (agent(), skill({"type": "anthropic", "skill_id": "xlsx"}), ["skill-added"]),
    "skill removed": (skill("skill_a"), agent(), []),
    "skill held at another version": (skill(held("skver_1")), skill(held("skver_2")), ["skill-repinned"]),
    "skill no longer held": (skill(held("skver_1")), skill("skill_a"), ["skill-repinned"]),
    "skill of the stage moves": (skill(held("skver_1")), skill(held(PENDING)), []),
    # Other agents
    "roster made": (agent(), roster("agent_a"), ["roster-grown"]),
    "roster grown": (roster("agent_a"), roster("agent_a", "agent_b"), ["roster-grown"]),
    "roster shrunk": (roster("agent_a", "agent_b"), roster("agent_a"), []),
    "roster member at another version": (
        roster({"type": "agent", "id": "agent_a", "version": 1}),
        roster({"type": "agent", "id": "agent_a", "version": 2}),
        [],
    ),
    "self added": (roster("agent_a"), roster("agent_a", {"type": "self"}), ["roster-grown"]),
    "advisor added": (roster("agent_a"), roster("agent_a", {"type": "advisor", "model": "m"}), ["advisor-changed"]),
    "subagents enabled": (sections(), sections(subagents=enabled("agent_a")), ["roster-grown", "delegation-enabled"]),
    "workflows enabled": (sections(), sections(workflows=enabled("agent_a")), ["roster-grown", "delegation-enabled"]),
    "workflows disabled": (sections(workflows=enabled("agent_a")), sections(), []),
    "workflows on by default": (sections(), sections(workflows=None), ["delegation-enabled"]),
    "inline agents enabled": (
        sections(subagents=enabled("agent_a")),
        sections(subagents=enabled("agent_a", inline="enabled")),
        ["delegation-enabled"],
    ),
    "inline agents disabled": (
        sections(subagents=enabled("agent_a", inline="enabled")),
        sections(subagents=enabled("agent_a")),
        [],
    ),
    "advisor enabled": (sections(), sections(advisor={"type": "enabled", "model": "m"}), ["advisor-changed"]),
    "advisor disabled": (sections(advisor={"type": "enabled", "model": "m"}), sections(), []),
    # Identity and model
    "role taken": (agent(), role("arn:aws:iam::1:role/a"), ["identity-changed"]),
    "another role": (role("arn:aws:iam::1:role/a"), role("arn:aws:iam::1:role/b"), ["identity-changed"]),
    "role given up": (role("arn:aws:iam::1:role/a"), agent(), ["identity-changed"]),
    "identity said to be what it is": (agent(), agent(execution_identity={"type": "service_account"}), []),
    "another model": (agent(), agent(model="claude-opus-5-5"), ["model-changed"]),
    "the model as an object": (agent(), agent(model={"id": "claude-sonnet-5-5"}), []),
    "more effort": (agent(), agent(model={"id": "claude-sonnet-5-5", "effort": "max"}), []),
    "inference leaves a region": (
        agent(model={"id": "claude-sonnet-5-5", "inference_geo": "us"}),
        agent(),
        ["geography-widened"],
    ),
    "inference pinned to a region": (agent(), agent(model={"id": "claude-sonnet-5-5", "inference_geo": "us"}), []),
    # What is not power
    "another prompt": (agent(system="a"), agent(system="b"), []),
    "another description": (agent(description="a"), agent(description="b"), []),
    "metadata": (agent(), agent(metadata={"team": "x"}), []),
}


def cloud(networking: Body | None = None, **config: Any) -> Body:
    return {
        "name": "sandbox",
        "config": {"type": "cloud", **({"networking": networking} if networking else {}), **config},
    }


def limited(*hosts: str, **switches: bool) -> Body:
    return cloud({"type": "limited", "allowed_hosts": list(hosts), **switches})


ENVIRONMENTS: dict[str, tuple[Body, Body, list[str]]] = {
    "network opened": (limited("a.com"), cloud({"type": "unrestricted"}), ["network-opened"]),
    "network setting dropped": (limited("a.com"), cloud(), ["network-opened"]),
    "config dropped": (limited("a.com"), {"name": "sandbox"}, ["network-opened"]),
    "network closed": (cloud(), limited("a.com", allow_mcp_servers=True), []),
    "host added": (limited("a.com"), limited("a.com", "b.com"), ["hosts-added"]),
    "hosts in another order": (limited("a.com", "b.com"), limited("b.com", "a.com"), []),
    "host removed": (limited("a.com", "b.com"), limited("a.com"), []),
    "host covered by a wildcard": (limited("*.a.com"), limited("*.a.com", "api.a.com"), []),
    "wildcard narrowed": (limited("*.a.com"), limited("*.eu.a.com"), []),
    "host widened to a wildcard": (limited("api.a.com"), limited("*.a.com"), ["hosts-added"]),
    "a wildcard does not cover its own name": (limited("*.a.com"), limited("*.a.com", "a.com"), ["hosts-added"]),
    "a look-alike is not covered": (limited("*.a.com"), limited("*.a.com", "evila.com"), ["hosts-added"]),
    "host in capitals": (limited("a.com"), limited("A.com"), []),
    "MCP servers allowed": (limited(), limited(allow_mcp_servers=True), ["network-switch-on"]),
    "MCP servers no longer allowed": (limited(allow_mcp_servers=True), limited(), []),
    "MCP servers said to be what they are": (limited(), limited(allow_mcp_servers=False), []),
    "package registries allowed": (limited(), limited(allow_package_managers=True), ["network-switch-on"]),
    "packages added": (cloud(), cloud(packages={"pip": ["ruff"]}), []),
    "to hosts of one's own": (cloud(), {"name": "x", "config": {"type": "self_hosted"}}, ["environment-type-changed"]),
    "to the cloud": ({"name": "x", "config": {"type": "self_hosted"}}, cloud(), ["environment-type-changed"]),
    "the cloud said to be what it is": ({"name": "sandbox"}, cloud(), []),
    "for the whole organization": ({**cloud(), "scope": "account"}, cloud(), ["scope-widened"]),
    "for one account": (cloud(), {**cloud(), "scope": "account"}, []),
}
SKILLS: dict[str, tuple[Body, Body, list[str]]] = {
    "other files": ({"digest": "sha256:a"}, {"digest": "sha256:b"}, ["skill-content-changed"]),
    "the same files": ({"digest": "sha256:a"}, {"digest": "sha256:a", "display_name": "A"}, []),
}
CASES = [
    pytest.param(kind, *case, id=f"{kind}: {name}")
    for kind, table in (("agent", AGENTS), ("environment", ENVIRONMENTS), ("skill", SKILLS))
    for name, case in table.items()
]


@pytest.mark.parametrize(("kind", "before", "after", "rules"), CASES)
def test_a_change_is_named_exactly_where_it_widens_power(
    kind: str, before: Body, after: Body, rules: list[str]
) -> None:
    """Each rule speaks up for what it is about, and for nothing else."""
    assert [rule for rule, _ in widened(kind, effective(kind, before), effective(kind, after))] == rules


@pytest.mark.parametrize(("kind", "before", "after", "rules"), CASES)
def test_what_stays_is_never_named(kind: str, before: Body, after: Body, rules: list[str]) -> None:  # noqa: ARG001
    """Held against itself, no definition widens anything."""
    assert [*widened(kind, effective(kind, before), effective(kind, before))] == []
    assert [*widened(kind, effective(kind, after), effective(kind, after))] == []


def test_every_rule_has_a_case_that_it_names() -> None:
    """A rule without a case could be broken, or misspelled, for ever."""
    named = {rule for table in (AGENTS, ENVIRONMENTS, SKILLS) for *_, rules in table.values() for rule in rules}
    assert named == {rule for rules in RULES.values() for rule in rules}


@pytest.mark.parametrize(
    ("kind", "before", "after", "text"),
    [
        pytest.param(
            "agent",
            tools(**ASK),
            tools({"name": "bash", **ASK}),
            "edit, glob, grep, read, web_fetch, web_search, write: always_ask → always_allow (never asks)",
            id="tools that widen alike share a line",
        ),
        pytest.param(
            "agent",
            mcp(),
            mcp(url="https://user:password@evil.example/mcp"),
            "MCP server crm moves to another host: mcp.example.com → evil.example",
            id="a moved server without its password",
        ),
        pytest.param(
            "agent",
            agent(),
            mcp(),
            "may use tools of MCP server crm: all tools (always_ask)",
            id="the tools of a new server",
        ),
        pytest.param(
            "environment", limited("a.com"), cloud(), "every host can be reached, no longer only a.com", id="no network"
        ),
    ],
)
def test_the_words_say_what_becomes_possible(kind: str, before: Body, after: Body, text: str) -> None:
    """A reviewer who reads nothing else understands the line."""
    assert text in [words for _, words in widened(kind, effective(kind, before), effective(kind, after))]


def test_a_new_agent_is_told_in_one_line() -> None:
    """There is nothing to hold it against, so everything that it may do is said."""
    body = mcp({"name": "search", **ALLOW}, {"name": "delete", **OFF})
    body["tools"] += [CUSTOM, {"type": TOOLSET, "default_config": OFF, "configs": [{"name": "read", "enabled": True}]}]
    body |= skill("skill_a") | roster("agent_a") | role("arn:aws:iam::1:role/a") | {"name": "x", "model": "m"}
    assert full_power("agent", effective("agent", body)) == (
        "new agent on m; tools: read (always_allow); MCP server crm at mcp.example.com: search (always_allow); "
        "every other tool (always_ask); custom tools: refund; skills: skill_a; hands work to agent_a; "
        "acts as AWS role arn:aws:iam::1:role/a"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(cloud(), "new environment that reaches every host", id="open"),
        pytest.param(limited(), "new environment that reaches no host", id="closed"),
        pytest.param(
            limited("a.com", allow_package_managers=True),
            "new environment that reaches a.com; public package registries can be reached",
            id="limited",
        ),
    ],
)
def test_a_new_environment_says_what_it_reaches(body: Body, text: str) -> None:
    """The network is what an environment adds to an agent's power."""
    assert full_power("environment", effective("environment", body)) == text


def reviewed(*changes: FieldChange, desired: Body) -> list[str]:
    record = PlanRecord("agent", "agents/a", decision="update", desired=effective("agent", desired), changes=changes)
    return [one.rule for one in widenings(record)]


BASH = ("tools", TOOLSET, "bash", "permission_policy")


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        pytest.param(
            FieldChange(BASH, "edit", "always_ask", "always_allow", "always_ask"), ["permission-widened"], id="edit"
        ),
        pytest.param(
            FieldChange(BASH, "drift", "always_allow", "always_allow", "always_ask"),
            ["permission-widened"],
            id="putting back what somebody narrowed",
        ),
        pytest.param(
            FieldChange(BASH, "edit", "always_ask", "always_allow", "always_allow"),
            ["permission-widened"],
            id="taking over what somebody widened",
        ),
        pytest.param(
            FieldChange(BASH, "conflict", "always_ask", "always_allow", "auto"),
            ["permission-widened"] * 2,
            id="conflict",
        ),
    ],
)
def test_every_cause_counts(change: FieldChange, rules: list[str]) -> None:
    """What is recorded and what is live are both a yardstick."""
    assert reviewed(change, desired=tools({"name": "bash", **ALLOW})) == rules


def test_undoing_what_somebody_widened_is_no_widening() -> None:
    """The file says ask, somebody allowed it in the Console: putting that back takes power away."""
    change = FieldChange(BASH, "drift", "always_ask", "always_ask", "always_allow")
    assert reviewed(change, desired=tools({"name": "bash", **ASK})) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param("skill", "new code and instructions for the agents that use it", id="skill"),
        pytest.param("memory_store", "new memory store, into which no rule looks yet", id="a kind without rules"),
    ],
)
def test_a_new_resource_of_any_kind_is_named(kind: str, text: str) -> None:
    """What the review cannot judge it does not pass over."""
    assert [one.text for one in widenings(PlanRecord(kind, "x"))] == [text]
