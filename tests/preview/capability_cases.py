"""Pairs of definitions, before and after, and the rules that name what is wider: one table per kind."""

from __future__ import annotations

from typing import Any

from pulumi_managed_agents.preview.record import PENDING

Body = dict[str, Any]
TOOLSET = "agent_toolset_20260401"
BUILT_IN = ("bash", "read", "write", "edit", "glob", "grep", "web_fetch", "web_search")


def agent(**fields: Any) -> Body:
    return {"name": "triage", "model": "claude-sonnet-5-5", **fields}


def tools(*configs: Body, **default: Any) -> Body:
    """An agent with the built-in tools."""
    return agent(tools=[{"type": TOOLSET, "default_config": default, "configs": list(configs)}])


def policy(name: str) -> Body:
    return {"permission_policy": {"type": name}}


def mcp(*configs: Body, name: str = "crm", url: str = "https://mcp.example.com/mcp", **default: Any) -> Body:
    """An agent with one MCP server."""
    toolset = {"type": "mcp_toolset", "mcp_server_name": name, "default_config": default, "configs": list(configs)}
    return agent(tools=[toolset], mcp_servers=[{"type": "url", "name": name, "url": url}])


def both(crm_at: str = "crm.example.com", mail_at: str = "mail.example.com", **of: Body) -> Body:
    """An agent with the MCP servers `crm` and `mail`, and what holds for all tools of each."""
    places = {"crm": crm_at, "mail": mail_at}
    parts = [mcp(name=name, url=f"https://{host}/mcp", **of.get(name, {})) for name, host in places.items()]
    return {key: [one for part in parts for one in part[key]] for key in ("tools", "mcp_servers")} | agent()


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
OFF: Body = {"enabled": False}

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
    "tool set added in which nothing is enabled": (agent(), tools(**OFF), []),
    "tool set added in which one tool is enabled": (
        agent(),
        tools({"name": "read", "enabled": True}, **OFF),
        ["tool-added"],
    ),
    "tool set of an unknown kind set up otherwise": (
        agent(tools=[{"type": "browser_2027", "mode": "read"}]),
        agent(tools=[{"type": "browser_2027", "mode": "write"}]),
        ["toolset-changed"],
    ),
    "one custom tool in the place of another": (
        agent(tools=[CUSTOM]),
        agent(tools=[{**CUSTOM, "name": "refund_all"}]),
        ["tool-added"],
    ),
    "tool sets in another order": (
        agent(tools=[CUSTOM, *tools()["tools"]]),
        agent(tools=[*tools()["tools"], CUSTOM]),
        [],
    ),
    "entries in another order": (
        tools({"name": "bash", **ASK}, {"name": "read", **AUTO}),
        tools({"name": "read", **AUTO}, {"name": "bash", **ASK}),
        [],
    ),
    "all off but some, said from the other side": (
        tools({"name": "read", "enabled": True}, {"name": "grep", "enabled": True}, **OFF),
        tools(*({"name": one, **OFF} for one in ("bash", "write", "edit", "glob", "web_fetch", "web_search"))),
        [],
    ),
    "ask by default, said for every tool": (
        tools(**ASK),
        tools(*({"name": one, **ASK} for one in BUILT_IN)),
        [],
    ),
    "one entry forgotten among those for every tool": (
        tools(**ASK),
        tools(*({"name": one, **ASK} for one in BUILT_IN if one != "bash")),
        ["permission-widened"],
    ),
    "a tool disabled while the default widens": (
        tools({"name": "bash", **OFF}, **ASK),
        tools(**ASK),
        ["tool-enabled"],
    ),
    "from an unknown policy to one that always asks": (tools(**policy("ask_sometimes")), tools(**ASK), []),
    "from a policy that never asks to an unknown one": (tools(), tools(**policy("ask_sometimes")), []),
    "two changes of one tool that take power away": (
        tools({"name": "bash", **ALLOW}),
        tools({"name": "bash", **OFF, **ASK}),
        [],
    ),
    "the tools of two servers exchanged": (
        both(crm=ALLOW, mail=ASK),
        both(crm=ASK, mail=ALLOW),
        ["permission-widened"],
    ),
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
    "server by another name": (mcp(), mcp(name="crm-eu"), []),
    "server by another name, asking less": (mcp(), mcp(name="crm-eu", **ALLOW), ["permission-widened"]),
    "another server by another name": (
        mcp(),
        mcp(name="mail", url="https://mail.example.com/mcp"),
        ["tool-added", "server-added"],
    ),
    "two servers that exchange their names": (
        both(),
        both(crm_at="mail.example.com", mail_at="crm.example.com"),
        ["server-moved"] * 2,
    ),
    "a server's tool set in which nothing is enabled": (agent(), mcp(**OFF), ["server-added"]),
    "MCP tool widened by an entry under a narrow default": (
        mcp(**ASK),
        mcp({"name": "a", **ALLOW}, {"name": "b", **ASK}, **ASK),
        ["permission-widened"],
    ),
    "MCP entries that say what the default says": (mcp(**ASK), mcp({"name": "a", **ASK}, {"name": "b", **ASK}), []),
    "MCP default widened under an entry that holds": (
        mcp({"name": "delete", **ASK}, **ASK),
        mcp({"name": "delete", **ASK}, **ALLOW),
        ["permission-widened"],
    ),
    "MCP default off, one tool on": (
        mcp(**OFF),
        mcp({"name": "search", "enabled": True}, **OFF),
        ["tool-enabled"],
    ),
    "MCP allow list instead of everything": (mcp(), mcp({"name": "search", "enabled": True}, **OFF), []),
    "servers in another order": (
        both(),
        {**both(), "mcp_servers": both()["mcp_servers"][::-1], "tools": both()["tools"][::-1]},
        [],
    ),
    "host with a dot at its end": (mcp(), mcp(url="https://mcp.example.com./mcp"), []),
    "subdomain of the host": (mcp(), mcp(url="https://eu.mcp.example.com/mcp"), ["server-moved"]),
    "a look-alike of the host": (mcp(), mcp(url="https://mcp.example.com.evil.example/mcp"), ["server-moved"]),
    "the host as a user name": (mcp(), mcp(url="https://mcp.example.com@evil.example/mcp"), ["server-moved"]),
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
    "domains in another order": (
        fetch(allowed_domains=["a.com", "b.com"]),
        fetch(allowed_domains=["b.com", "a.com"]),
        [],
    ),
    "one domain for another": (fetch(allowed_domains=["a.com"]), fetch(allowed_domains=["b.com"]), ["domains-widened"]),
    "an empty allow list is none": (fetch(allowed_domains=["a.com"]), fetch(allowed_domains=[]), ["domains-widened"]),
    "only nothing is none": (
        sources("client_tool_results", "none"),
        sources("client_tool_results", only()),
        [],
    ),
    "except nothing is all": (
        sources("client_tool_results", only(type="except")),
        sources("client_tool_results", "all"),
        [],
    ),
    "URLs of a tool where there were none": (
        sources("client_tool_results", "none"),
        sources("client_tool_results", only("a")),
        ["url-sources-widened"],
    ),
    "one source narrowed, another opened": (
        fetch(url_sources={"user_input": "none"}),
        fetch(url_sources={"server_tool_results": "none"}),
        ["url-sources-widened"],
    ),
    "url_sources dropped": (sources("server_tool_results", "none"), fetch(), ["url-sources-widened"]),
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
    "roster in another order": (roster("agent_a", "agent_b"), roster("agent_b", "agent_a"), []),
    "one member for another": (roster("agent_a"), roster("agent_b"), ["roster-grown"]),
    "roster member no longer held": (
        roster({"type": "agent", "id": "agent_a", "version": 1}),
        roster("agent_a"),
        [],
    ),
    "a roster in the newer form": (roster("agent_a"), sections(subagents=enabled("agent_a")), []),
    "a roster in the newer form with its defaults": (
        roster("agent_a"),
        agent(multiagent={"type": "multiagent_20261001"}),
        ["delegation-enabled"] * 2,
    ),
    "the newer form with its defaults": (
        agent(),
        agent(multiagent={"type": "multiagent_20261001"}),
        ["delegation-enabled"] * 2,
    ),
    "the newer form given up": (sections(subagents=enabled("agent_a", inline="enabled")), roster("agent_a"), []),
    "one more predefined agent": (
        sections(workflows=enabled("agent_a")),
        sections(workflows=enabled("agent_a", "agent_b")),
        ["roster-grown"],
    ),
    "a predefined agent of subagents in workflows": (
        sections(subagents=enabled("agent_a"), workflows=enabled("agent_b")),
        sections(subagents=enabled("agent_a"), workflows=enabled("agent_b", "agent_a")),
        [],
    ),
    "predefined agents of what is switched off": (
        sections(),
        sections(subagents={"type": "disabled", "predefined_agents": ["agent_a"]}),
        [],
    ),
    "inline agents by default": (
        sections(subagents=enabled("agent_a")),
        sections(subagents={"type": "enabled", "predefined_agents": ["agent_a"]}),
        ["delegation-enabled"],
    ),
    "a form that nobody knows": (agent(), agent(multiagent={"type": "swarm_2027"}), ["delegation-enabled"]),
    "delegation given up": (sections(workflows=enabled("agent_a", inline="enabled")), agent(), []),
    "advisor in the newer form": (
        roster("agent_a", {"type": "advisor", "model": "m"}),
        sections(subagents=enabled("agent_a"), advisor={"type": "enabled", "model": "m"}),
        [],
    ),
    "another advisor": (
        sections(advisor={"type": "enabled", "model": "m"}),
        sections(advisor={"type": "enabled", "model": "n"}),
        ["advisor-changed"],
    ),
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
    "from no host to every host": (limited(), cloud({"type": "unrestricted"}), ["network-opened"]),
    "from no host to some": (limited(), limited("a.com"), ["hosts-added"]),
    "hosts left out are none": (cloud({"type": "limited"}), limited(), []),
    "every host, said in two ways": (cloud(), cloud({"type": "unrestricted"}), []),
    "a wildcard that covers more": (limited("*.a.com"), limited("*.com"), ["hosts-added"]),
    "a wildcard one level up": (limited("*.eu.a.com"), limited("*.a.com"), ["hosts-added"]),
    "a wildcard for everything": (limited("*.a.com"), limited("*"), ["hosts-added"]),
    "hosts that a wildcard sums up and more": (limited("x.a.com", "y.a.com"), limited("*.a.com"), ["hosts-added"]),
    "a wildcard broken up": (limited("*.a.com"), limited("x.a.com", "y.a.com"), []),
    "a wildcard between": (limited("*.com"), limited("*.a.com"), []),
    "one host for another": (limited("a.com"), limited("b.com"), ["hosts-added"]),
    "another port of a host": (limited("a.com"), limited("a.com:8443"), ["hosts-added"]),
    "host with a dot at its end": (limited("a.com"), limited("a.com."), []),
    "the same host twice": (limited("a.com"), limited("a.com", "a.com"), []),
    "package registries in an open network": (cloud(), limited(allow_package_managers=True), []),
    "both switches, and hosts": (
        limited("a.com"),
        limited("b.com", allow_mcp_servers=True, allow_package_managers=True),
        ["hosts-added", "network-switch-on", "network-switch-on"],
    ),
    "a network of an unknown kind": (limited("a.com"), cloud({"type": "vpc"}), ["network-opened"]),
    "a network of an unknown kind opened": (cloud({"type": "vpc"}), cloud(), ["network-opened"]),
    "an open network of an unknown kind": (cloud(), cloud({"type": "vpc"}), []),
    "renamed and described": (limited("a.com"), {**limited("a.com"), "name": "b", "description": "c"}, []),
    "for the whole organization": ({**cloud(), "scope": "account"}, cloud(), ["scope-widened"]),
    "for one account": (cloud(), {**cloud(), "scope": "account"}, []),
}
SKILLS: dict[str, tuple[Body, Body, list[str]]] = {
    "other files": ({"digest": "sha256:a"}, {"digest": "sha256:b"}, ["skill-content-changed"]),
    "the same files": ({"digest": "sha256:a"}, {"digest": "sha256:a", "display_name": "A"}, []),
}


def run(**fields: Any) -> Body:
    """A deployment."""
    return {"name": "Nightly", "agent": "agent_a", "environment_id": "env_a", **fields}


def cron(expression: str, timezone: str = "Europe/Berlin", **fields: Any) -> Body:
    return run(schedule={"type": "cron", "expression": expression, "timezone": timezone}, **fields)


def capped(amount: str, currency: str = "USD") -> Body:
    return run(budget={"type": "limit", "max_list_cost": {"amount": amount, "currency": currency}})


def holding(*resources: Body) -> Body:
    return run(resources=list(resources))


def store(id: str = "memstore_a", **fields: Any) -> Body:
    return {"type": "memory_store", "memory_store_id": id, **fields}


def version(number: int) -> Body:
    return run(agent={"type": "agent", "id": "agent_a", "version": number})


REPOSITORY = {"type": "github_repository", "url": "https://github.com/acme/shop"}
FILE = {"type": "file", "file_id": "file_a"}
MESSAGE = {"type": "user.message", "content": [{"type": "text", "text": "Go."}]}
DEPLOYMENTS: dict[str, tuple[Body, Body, list[str]]] = {
    # Schedule
    "schedule added": (run(), cron("0 3 * * *"), ["schedule-added"]),
    "schedule removed": (cron("0 3 * * *"), run(), []),
    "schedule added that rests": (run(), cron("0 3 * * *", paused=True), []),
    "paused": (cron("0 3 * * *"), cron("0 3 * * *", paused=True), []),
    "goes on": (cron("0 3 * * *", paused=True), cron("0 3 * * *"), ["schedule-resumed"]),
    "goes on, more often": (cron("0 3 * * *", paused=True), cron("0 * * * *"), ["schedule-resumed"]),
    "goes on without a schedule": (run(paused=True), run(), []),
    "said not to be paused": (cron("0 3 * * *"), cron("0 3 * * *", paused=False), []),
    "paused and more often": (cron("0 3 * * *"), cron("0 * * * *", paused=True), []),
    "hourly instead of daily": (cron("0 3 * * *"), cron("0 * * * *"), ["schedule-busier"]),
    "daily instead of hourly": (cron("0 * * * *"), cron("0 3 * * *"), []),
    "every ten minutes instead of fifteen": (cron("*/15 * * * *"), cron("*/10 * * * *"), ["schedule-busier"]),
    "at another hour": (cron("0 3 * * *"), cron("30 5 * * *"), []),
    "in another time zone": (cron("0 3 * * *"), cron("0 3 * * *", "UTC"), []),
    "weekends as well": (cron("0 9 * * 1-5"), cron("0 9 * * *"), ["schedule-busier"]),
    "workdays only": (cron("0 9 * * *"), cron("0 9 * * 1-5"), []),
    "the weekday by its name": (cron("0 9 * * 1"), cron("0 9 * * MON"), []),
    "Sunday by its other number": (cron("0 9 * * 0"), cron("0 9 * * 7"), []),
    "the same days in a list": (cron("0 9 * * 1-5"), cron("0 9 * * 1,2,3,4,5"), []),
    "day or weekday": (cron("0 9 1 * *"), cron("0 9 1 * 1"), ["schedule-busier"]),
    "in one month only": (cron("0 9 1 * *"), cron("0 9 1 6 *"), []),
    "a schedule that cannot be read": (cron("0 9 * * *"), cron("@hourly"), ["schedule-busier"]),
    # Budget
    "budget raised": (capped("100"), capped("2500"), ["budget-raised"]),
    "budget lowered": (capped("2500"), capped("100"), []),
    "budget by one digit more": (capped("999"), capped("1000"), ["budget-raised"]),
    "budget with a zero in front": (capped("100"), capped("0100"), []),
    "budget removed": (capped("100"), run(), ["budget-raised"]),
    "budget added": (run(), capped("100"), []),
    "budget in another currency": (capped("100"), capped("100", "JPY"), ["budget-raised"]),
    # What it runs, and where
    "another agent": (run(), run(agent="agent_b"), ["deployment-agent-changed"]),
    "another version of the agent": (version(1), version(2), []),
    "version of the agent no longer held": (version(1), run(), []),
    "another environment": (run(), run(environment_id="env_b"), ["deployment-environment-changed"]),
    # What it has at hand
    "vault attached": (run(), run(vault_ids=["vlt_a"]), ["vault-attached"]),
    "another vault attached": (run(vault_ids=["vlt_a"]), run(vault_ids=["vlt_b"]), ["vault-attached"]),
    "vaults in another order": (run(vault_ids=["vlt_a", "vlt_b"]), run(vault_ids=["vlt_b", "vlt_a"]), []),
    "vault detached": (run(vault_ids=["vlt_a"]), run(), []),
    "memory store attached": (run(), holding(store()), ["memory-store-attached"]),
    "memory store attached to be read": (run(), holding(store(access="read_only")), ["memory-store-attached"]),
    "memory store detached": (holding(store()), run(), []),
    "memory store to be written": (
        holding(store(access="read_only")),
        holding(store(access="read_write")),
        ["memory-store-writable"],
    ),
    "memory store to be written by default": (
        holding(store(access="read_only")),
        holding(store()),
        ["memory-store-writable"],
    ),
    "memory store to be read only": (holding(store()), holding(store(access="read_only")), []),
    "memory store's access said to be what it is": (holding(store()), holding(store(access="read_write")), []),
    "memory store with other instructions": (holding(store()), holding(store(instructions="Look first.")), []),
    "file mounted": (run(), holding(FILE), ["file-mounted"]),
    "file mounted elsewhere": (holding(FILE), holding({**FILE, "mount_path": "/x"}), []),
    "file taken away": (holding(FILE), run(), []),
    "repository mounted": (run(), holding(REPOSITORY), ["file-mounted"]),
    "repository at another branch": (
        holding(REPOSITORY),
        holding({**REPOSITORY, "checkout": {"type": "branch", "name": "next"}}),
        ["repository-changed"],
    ),
    "repository held at a commit": (
        holding({**REPOSITORY, "checkout": {"type": "branch", "name": "main"}}),
        holding({**REPOSITORY, "checkout": {"type": "commit", "sha": "4f2a"}}),
        ["repository-changed"],
    ),
    "repository mounted elsewhere": (holding(REPOSITORY), holding({**REPOSITORY, "mount_path": "/workspace/x"}), []),
    "resources in another order": (holding(FILE, store()), holding(store(), FILE), []),
    # What is not power
    "other first events": (run(initial_events=[MESSAGE]), run(initial_events=[MESSAGE, MESSAGE]), []),
    "name, description and metadata": (run(), run(name="x", description="y", metadata={"a": "b"}), []),
}


def secret(auth: Body, **fields: Any) -> Body:
    return {"vault_id": "vlt_a", "auth": auth, **fields}


def bearer(url: str = "https://mcp.crm.example/sse", **fields: Any) -> Body:
    return secret({"type": "static_bearer", "mcp_server_url": url, "token": "t"}, **fields)


def variable(*hosts: str, **auth: Any) -> Body:
    """A secret behind a variable, for some hosts or, if there are none, for every host."""
    networking = {"type": "limited", "allowed_hosts": list(hosts)} if hosts else {"type": "unrestricted"}
    named = {"type": "environment_variable", "secret_name": "KEY", "secret_value": "v"}
    return secret({**named, "networking": networking, **auth})


def login(**refresh: Any) -> Body:
    auth = {"type": "mcp_oauth", "mcp_server_url": "https://mcp.mail.example/sse", "access_token": "a"}
    known = {"client_id": "us", "refresh_token": "r", "token_endpoint": "https://login.mail.example/token"}
    return secret({**auth, "refresh": {**known, "token_endpoint_auth": {"type": "none"}, **refresh}})


def unrefreshed() -> Body:
    made = login()
    return secret({key: value for key, value in made["auth"].items() if key != "refresh"})


HEADER, BOTH = {"header": True}, {"header": True, "body": True}
CREDENTIALS: dict[str, tuple[Body, Body, list[str]]] = {
    "another token": (bearer(), secret({**bearer()["auth"], "token": "u"}), []),
    "another name": (bearer(), bearer(display_name="CRM"), []),
    "another vault": (bearer(), {**bearer(), "vault_id": "vlt_b"}, ["credential-vault-changed"]),
    "server on another host": (bearer(), bearer("https://mcp.evil.example/sse"), ["credential-server-moved"]),
    "another endpoint of the server": (bearer(), bearer("https://mcp.crm.example/x"), ["credential-server-moved"]),
    "server no longer over https": (bearer(), bearer("http://mcp.crm.example/sse"), ["credential-server-moved"]),
    "the server's URL in another spelling": (bearer(), bearer("https://MCP.crm.example:443/sse/"), []),
    "a variable instead of a token": (bearer(), variable("a.com"), ["credential-type-changed"]),
    "host added": (variable("a.com"), variable("a.com", "b.com"), ["secret-hosts-widened"]),
    "host removed": (variable("a.com", "b.com"), variable("a.com"), []),
    "one host for another": (variable("a.com"), variable("b.com"), ["secret-hosts-widened"]),
    "host widened to a wildcard": (variable("api.a.com"), variable("*.a.com"), ["secret-hosts-widened"]),
    "wildcard narrowed to a host": (variable("*.a.com"), variable("api.a.com"), []),
    "wildcard that covers more": (variable("*.a.com"), variable("*.com"), ["secret-hosts-widened"]),
    "every host": (variable("a.com"), variable(), ["secret-hosts-widened"]),
    "no longer every host": (variable(), variable("a.com"), []),
    "hosts of an unknown kind": (
        variable("a.com"),
        variable(networking={"type": "tunnel"}),
        ["secret-hosts-widened"],
    ),
    "in the body as well": (
        variable("a.com", injection_location=HEADER),
        variable("a.com", injection_location=BOTH),
        ["secret-injected-elsewhere"],
    ),
    "anywhere by default": (
        variable("a.com", injection_location=HEADER),
        variable("a.com"),
        ["secret-injected-elsewhere"],
    ),
    "in the header only": (variable("a.com"), variable("a.com", injection_location=HEADER), []),
    "the location said to be what it is": (variable("a.com"), variable("a.com", injection_location=BOTH), []),
    "in the body instead of the header": (
        variable("a.com", injection_location=HEADER),
        variable("a.com", injection_location={"body": True}),
        ["secret-injected-elsewhere"],
    ),
    "another variable": (variable("a.com"), variable("a.com", secret_name="TOKEN"), []),
    "token endpoint on another host": (
        login(),
        login(token_endpoint="https://login.evil.example/token"),
        ["token-endpoint-moved"],
    ),
    "refreshed from now on": (unrefreshed(), login(), ["token-endpoint-moved"]),
    "no longer refreshed": (login(), unrefreshed(), []),
    "one more scope": (login(scope="read"), login(scope="read write"), ["token-scope-widened"]),
    "one scope less": (login(scope="read write"), login(scope="read"), []),
    "scopes in another order": (login(scope="read write"), login(scope="write read"), []),
    "scope dropped": (login(scope="read"), login(), ["token-scope-widened"]),
    "scope given": (login(), login(scope="read"), []),
    "token for another resource": (login(resource="a"), login(resource="b"), ["token-scope-widened"]),
    "expires later": (login(), secret({**login()["auth"], "expires_at": "2099-01-01T00:00:00Z"}), []),
}
FILES: dict[str, tuple[Body, Body, list[str]]] = {
    "another content": ({"digest": "sha256:a"}, {"digest": "sha256:b"}, ["file-content-changed"]),
    "another name": ({"digest": "sha256:a"}, {"digest": "sha256:a", "filename": "x"}, []),
}
VAULTS: dict[str, tuple[Body, Body, list[str]]] = {
    "another name": ({"display_name": "CRM"}, {"display_name": "Mail"}, []),
}
MEMORY_STORES: dict[str, tuple[Body, Body, list[str]]] = {
    "another description": ({"name": "a"}, {"name": "a", "description": "b"}, []),
    "another memory to begin with": ({"name": "a"}, {"name": "a", "memories": [{"path": "/a", "content": "b"}]}, []),
}
TABLES = {
    "agent": AGENTS,
    "environment": ENVIRONMENTS,
    "deployment": DEPLOYMENTS,
    "credential": CREDENTIALS,
    "skill": SKILLS,
    "file": FILES,
    "vault": VAULTS,
    "memory_store": MEMORY_STORES,
}
