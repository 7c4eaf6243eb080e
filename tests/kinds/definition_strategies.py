"""Random definitions of agents and environments, as people write them: fields left out, null, blank, short or long."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.kinds.server_habits import Body, Habits

HABITS = st.builds(
    Habits,
    unset=st.sampled_from(["null", "absent", "empty"]),
    defaults=st.booleans(),
    expanded=st.booleans(),
    objects=st.booleans(),
    turned=st.booleans(),
    news=st.booleans(),
)

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])
TEXTS = st.one_of(st.sampled_from([None, "", "Short.", "Long. " * 20]), st.text(max_size=80))
LEVELS = st.sampled_from(["low", "medium", "high", "max"])
METADATA = st.none() | st.dictionaries(
    st.sampled_from(["team", "tier", "owner"]), st.sampled_from(["a", "b", "c" * 60])
)


def _object(required: Body, optional: Body | None = None) -> st.SearchStrategy[Body]:
    """A dictionary in which every optional field may also be missing or null."""
    optional = {key: st.none() | value for key, value in (optional or {}).items()}
    return st.fixed_dictionaries(required, optional=optional)


def _type(name: str) -> st.SearchStrategy[Body]:
    return st.just({"type": name})


MODELS = st.one_of(
    st.sampled_from(["claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5"]),
    _object(
        {"id": st.sampled_from(["claude-opus-5-5", "claude-sonnet-5"])},
        {
            "effort": LEVELS | LEVELS.map(lambda level: {"type": level}),
            "speed": st.sampled_from(["standard", "fast"]),
            "inference_geo": st.sampled_from(["us", "global"]),
        },
    ),
)

POLICIES = st.sampled_from(["always_allow", "always_ask", "auto"]).map(lambda name: {"type": name})
SWITCHES: Body = {"enabled": st.booleans(), "permission_policy": POLICIES}
DOMAINS = st.lists(st.sampled_from(["Example.com", "example.org/", "docs.example.net"]), min_size=1, unique=True)
SOURCE = st.sampled_from(["all", "none", {"type": "all"}])
FETCH: Body = {
    "allowed_domains": DOMAINS,
    "max_content_tokens": st.integers(1, 9000),
    "url_sources": st.fixed_dictionaries({"user_input": st.just("all")}, optional={"server_tool_results": SOURCE}),
}
SEARCH: Body = {
    "blocked_domains": DOMAINS,
    "user_location": _object({"type": st.just("approximate")}, {"city": NAMES, "country": st.just("DE")}),
}
BUILT_IN_CONFIGS = st.one_of(
    _object({"name": st.sampled_from(["bash", "read", "write"])}, SWITCHES),
    _object({"name": st.just("web_fetch")}, {**SWITCHES, **FETCH}),
    _object({"name": st.just("web_search")}, {**SWITCHES, **SEARCH}),
)


def _configs(entries: st.SearchStrategy[Body]) -> st.SearchStrategy[list[Body]]:
    return st.lists(entries, max_size=4, unique_by=lambda config: config["name"])


AGENT_TOOLSET = _object(
    {"type": st.just("agent_toolset_20260401")},
    {"default_config": _object({}, SWITCHES), "configs": _configs(BUILT_IN_CONFIGS)},
)
MCP_CONFIGS = _configs(_object({"name": NAMES}, SWITCHES))
SCHEMAS = _object(
    {"type": st.just("object")},
    {
        "properties": st.dictionaries(NAMES, st.sampled_from([{}, {"type": "string"}, {"enum": ["x", ""]}])),
        "required": st.lists(NAMES, unique=True),
    },
).map(lambda schema: {key: value for key, value in schema.items() if value is not None})


def _custom(name: str) -> st.SearchStrategy[Body]:
    return _object(
        {
            "type": st.just("custom"),
            "name": st.just(name),
            "description": st.just(f"Does {name}."),
            "input_schema": SCHEMAS,
        }
    )


def _mcp_toolset(server: str) -> st.SearchStrategy[Body]:
    return _object(
        {"type": st.just("mcp_toolset"), "mcp_server_name": st.just(server)},
        {"default_config": _object({}, SWITCHES), "configs": MCP_CONFIGS},
    )


@st.composite
def _tooling(draw: st.DrawFn) -> Body:
    """Tools and MCP servers that belong together; both fields may be missing, null or empty."""
    servers = draw(st.lists(NAMES, max_size=2, unique=True))
    customs = draw(st.lists(st.sampled_from(["lookup", "refund"]), max_size=2, unique=True))
    toolsets = draw(st.lists(AGENT_TOOLSET, max_size=1))
    tools = [*toolsets, *(draw(_mcp_toolset(name)) for name in servers), *(draw(_custom(name)) for name in customs)]
    urls = [{"type": "url", "name": name, "url": f"https://{name}.example/mcp"} for name in servers]
    return {**draw(_field("tools", draw(st.permutations(tools)))), **draw(_field("mcp_servers", urls))}


def _field(name: str, items: list[Body]) -> st.SearchStrategy[Body]:
    """A field with these items; without any it may be missing, null or empty."""
    return st.just({name: items}) if items else st.sampled_from([{}, {name: None}, {name: []}])


SKILLS = st.lists(
    _object(
        {"type": st.just("custom"), "skill_id": st.sampled_from(["skill_a", "skill_b", "skill_c"])},
        {"version": st.sampled_from(["latest", "skver_1", "skver_2"])},
    ),
    max_size=3,
    unique_by=lambda skill: skill["skill_id"],
)

MEMBERS = st.lists(
    st.one_of(
        st.sampled_from(["agent_x", "agent_y"]),
        _object(
            {"type": st.just("agent"), "id": st.sampled_from(["agent_z", "agent_w"])}, {"version": st.integers(1, 5)}
        ),
        _type("self"),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda member: member if isinstance(member, str) else member.get("id", "self"),
)
DISABLED = _type("disabled")
DELEGATIONS = DISABLED | _object(
    {"type": st.just("enabled")},
    {"inline_agents": _type("enabled") | DISABLED, "predefined_agents": MEMBERS},
)
ADVISOR = st.just({"type": "advisor", "model": "claude-opus-5-5"})
MULTIAGENTS = st.one_of(
    st.none(),
    st.tuples(MEMBERS, st.lists(ADVISOR, max_size=1)).map(
        lambda parts: {"type": "coordinator", "agents": [*parts[1], *parts[0]]}
    ),
    _object(
        {"type": st.just("multiagent_20261001")},
        {
            "subagents": DELEGATIONS,
            "workflows": DELEGATIONS,
            "advisor": DISABLED | st.just({"type": "enabled", "model": "claude-opus-5-5"}),
        },
    ),
)
IDENTITIES = st.none() | _type("service_account") | st.just({"type": "aws_role", "role_arn": "arn:aws:iam::1:role/a"})


@st.composite
def agents(draw: st.DrawFn) -> Body:
    """The body of an agent's definition."""
    optional: dict[str, st.SearchStrategy[Any]] = {
        "system": TEXTS,
        "description": TEXTS,
        "skills": st.none() | SKILLS,
        "multiagent": MULTIAGENTS,
        "metadata": METADATA,
        "execution_identity": IDENTITIES,
    }
    fields = draw(st.fixed_dictionaries({"name": NAMES, "model": MODELS}, optional=optional))
    return {**fields, **draw(_tooling())}


PACKAGES = _object(
    {},
    {
        "type": st.just("packages"),
        "pip": st.lists(st.sampled_from(["pandas==3.0.0", "httpx", "rich"]), unique=True),
        "apt": st.lists(st.sampled_from(["ripgrep", "jq"]), unique=True),
    },
)
NETWORKS = _type("unrestricted") | _object(
    {"type": st.just("limited")},
    {
        "allowed_hosts": st.lists(st.sampled_from(["example.com", "*.example.org", "b.example"]), unique=True),
        "allow_mcp_servers": st.booleans(),
        "allow_package_managers": st.booleans(),
    },
)
CLOUDS = _object({"type": st.just("cloud")}, {"networking": NETWORKS, "packages": PACKAGES})


def environments() -> st.SearchStrategy[Body]:
    """The body of an environment's definition."""
    return st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "description": TEXTS,
            "config": st.none() | CLOUDS | _type("self_hosted"),
            "scope": st.just("organization"),
            "metadata": METADATA,
        },
    )
