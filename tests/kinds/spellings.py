"""Random definitions of every kind, other spellings of them that say the same, and single changes that do not.

What the API fills in and which lists are sets is stated here once more, from its documentation and not from our facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.kinds.definition_strategies import METADATA, NAMES, TEXTS, agents, environments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from tests.kinds.server_habits import Body

Step = str | int
Place = tuple[Step, ...]

WORDS = st.sampled_from(["one", "two", "three"])
SECRET_NAMES = WORDS.map(lambda name: {"secret": name})
SHA = st.sampled_from(["sha256:" + letter * 64 for letter in "abc"])


def some(required: dict[str, Any], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Body]:
    """A dictionary in which every optional field may also be missing or null."""
    return st.fixed_dictionaries(required, optional={key: st.none() | value for key, value in optional.items()})


HOSTS = st.lists(st.sampled_from(["a.example", "*.b.example", "c.example"]), min_size=1, unique=True)
NETWORKING = st.just({"type": "unrestricted"}) | some({"type": st.just("limited"), "allowed_hosts": HOSTS})
AUTH = st.one_of(
    some(
        {
            "type": st.just("environment_variable"),
            "secret_name": WORDS,
            "secret_value": SECRET_NAMES,
            "networking": NETWORKING,
        },
        injection_location=st.sampled_from([{"header": True}, {"body": True}, {"header": True, "body": True}]),
    ),
    some(
        {"type": st.just("mcp_oauth"), "mcp_server_url": WORDS, "access_token": SECRET_NAMES},
        refresh=some({"refresh_token": SECRET_NAMES, "client_id": WORDS}, scope=WORDS),
        expires_at=WORDS,
    ),
)
CHECKOUTS = WORDS.map(lambda name: {"type": "branch", "name": name})
RESOURCES = st.one_of(
    some(
        {"type": st.just("github_repository"), "url": WORDS.map("https://github.com/acme/{}".format)},
        checkout=CHECKOUTS,
        mount_path=WORDS,
        authorization_token=SECRET_NAMES,
    ),
    some({"type": st.just("file"), "file_id": WORDS.map("file_{}".format)}, mount_path=WORDS),
    some(
        {"type": st.just("memory_store"), "memory_store_id": WORDS.map("memstore_{}".format)},
        access=st.sampled_from(["read_only", "read_write"]),
        instructions=WORDS,
    ),
)
EVENTS = st.one_of(
    WORDS.map(lambda text: {"type": "user.message", "content": [{"type": "text", "text": text}]}),
    some({"type": st.just("user.define_outcome"), "description": WORDS}, max_iterations=st.integers(1, 9)),
)


def _which(resource: Body) -> str:
    return str(resource.get("url") or resource.get("file_id") or resource.get("memory_store_id"))


DEPLOYMENTS = some(
    {"name": NAMES, "environment_id": WORDS, "initial_events": st.lists(EVENTS, min_size=1, max_size=3)},
    agent=WORDS.map("agent_{}".format) | some({"type": st.just("agent"), "id": WORDS}, version=st.integers(1, 3)),
    description=TEXTS,
    schedule=some({"type": st.just("cron"), "expression": st.just("0 9 * * *"), "timezone": WORDS}),
    resources=st.lists(RESOURCES, max_size=4, unique_by=_which),
    vault_ids=st.lists(WORDS, unique=True),
    budget=some({"type": st.just("limit"), "max_list_cost": some({"amount": st.just("2500"), "currency": WORDS})}),
    paused=st.booleans(),
    metadata=METADATA,
)
SEEDS = st.lists(
    st.fixed_dictionaries({"path": WORDS.map("/{}.md".format), "content": WORDS}), unique_by=lambda one: one["path"]
)
MEMBERS = ["agent_x", {"type": "agent", "id": "agent_y", "version": 2}, {"type": "self"}]
AGENT: Body = {
    "name": "triage",
    "model": "claude-opus-5-5",
    "tools": [
        {
            "type": "agent_toolset_20260401",
            "configs": [
                {"name": "bash", "enabled": False},
                {"name": "web_fetch", "allowed_domains": ["a.example", "b.example", "c.example"]},
                {"name": "read", "permission_policy": {"type": "always_ask"}},
            ],
        },
        {"type": "mcp_toolset", "mcp_server_name": "crm", "default_config": {"enabled": False}},
        {"type": "mcp_toolset", "mcp_server_name": "erp", "configs": [{"name": "find", "enabled": False}]},
        {"type": "custom", "name": "look_up", "description": "Looks up.", "input_schema": {"type": "object"}},
    ],
    "mcp_servers": [{"type": "url", "name": name, "url": f"https://{name}.example"} for name in ("crm", "erp")],
    "skills": ["skill_a", {"type": "custom", "skill_id": "skill_b", "version": "skver_1"}],
    "multiagent": {"type": "multiagent_20261001", "subagents": {"type": "enabled", "predefined_agents": MEMBERS}},
}
LEAD: Body = {"name": "lead", "model": {"id": "claude-opus-5-5", "effort": "low"}, "skills": ["skill_a", "skill_b"]}
FULL: dict[str, list[Body]] = {
    "agent": [AGENT, {**LEAD, "multiagent": {"type": "coordinator", "agents": MEMBERS}}],
    "environment": [
        {
            "name": "box",
            "config": {
                "type": "cloud",
                "networking": {"type": "limited", "allowed_hosts": ["c.example", "a.example", "b.example"]},
                "packages": {"pip": ["ruff", "httpx", "mypy"], "apt": ["jq", "git"]},
            },
        }
    ],
    "credential": [
        {
            "vault_id": "vault_one",
            "auth": {
                "type": "environment_variable",
                "secret_name": "TOKEN",
                "secret_value": {"secret": "token"},
                "networking": {"type": "limited", "allowed_hosts": ["c.example", "a.example", "b.example"]},
            },
        }
    ],
    "deployment": [
        {
            "name": "nightly",
            "environment_id": "env_1",
            "agent": "agent_1",
            "initial_events": [{"type": "user.define_outcome", "description": "Sum up."}],
            "resources": [
                {"type": "memory_store", "memory_store_id": "memstore_1"},
                *({"type": "file", "file_id": f"file_{number}"} for number in range(3)),
                *(
                    {
                        "type": "github_repository",
                        "url": f"https://github.com/acme/{name}",
                        "authorization_token": {"secret": name},
                    }
                    for name in ("shop", "site")
                ),
            ],
        }
    ],
    "memory_store": [{"name": "Notes", "memories": [{"path": f"/{name}", "content": name} for name in "abc"]}],
}
"""Definitions with several entries in every list, which random ones rarely have."""


def bodies(kind: str) -> st.SearchStrategy[Body]:
    """Definitions of a kind, large ones as often as random ones."""
    return st.sampled_from(FULL[kind]) | BODIES[kind] if kind in FULL else BODIES[kind]


BODIES: dict[str, st.SearchStrategy[Body]] = {
    "agent": agents(),
    "environment": environments(),
    "deployment": DEPLOYMENTS,
    "credential": some({"vault_id": st.just("vault_one"), "auth": AUTH}, display_name=WORDS, metadata=METADATA),
    "vault": some({"display_name": WORDS}, metadata=METADATA),
    "memory_store": some(
        {"name": NAMES}, description=TEXTS, memories=SEEDS, strict_memories=st.booleans(), metadata=METADATA
    ),
    "skill": some({"name": WORDS, "digest": SHA}, display_name=WORDS),
    "file": some({"filename": WORDS, "digest": SHA}, expires_in_seconds=st.integers(3600, 3700)),
}
SETS = {
    "agent": ["tools", "configs", "mcp_servers", "skills", "agents", "predefined_agents", *("allowed_domains",)],
    "environment": ["allowed_hosts", "pip", "apt"],
    "credential": ["allowed_hosts"],
    "deployment": ["resources"],
    "memory_store": ["memories"],
}
"""The fields whose lists have no order."""


def respelled(kind: str, body: Body, random: Random) -> Body:
    """The same definition: its sets in another order, some of the API's defaults written out, blanks in other ways."""
    spelled: Body = _shuffled(body, SETS.get(kind, []), random)
    for write in WRITTEN_OUT.get(kind, ()):
        if random.random() < 0.5:
            spelled = write(spelled)
    blank: Any = random.choice([None, [], {}, ""])
    return {
        **spelled,
        **{field: blank for field in ("metadata", "description") if random.random() < 0.3 and not body.get(field)},
    }


def _shuffled(value: Any, sets: list[str], random: Random, field: Step = "") -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(item, sets, random, key) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items = [_shuffled(item, sets, random) for item in value]
    return random.sample(items, len(items)) if field in sets else items


def _model(body: Body) -> Body:
    model = {"id": body["model"]} if isinstance(body["model"], str) else body["model"]
    return {**body, "model": {**model, "speed": model.get("speed") or "standard"}}


def _identity(body: Body) -> Body:
    return {**body, "execution_identity": body.get("execution_identity") or {"type": "service_account"}}


def _toolsets(body: Body) -> Body:
    return {**body, "tools": [_toolset(one) for one in body.get("tools") or []]}


def _toolset(tool: Body) -> Body:
    policies = {"agent_toolset_20260401": "always_allow", "mcp_toolset": "always_ask"}
    if tool["type"] not in policies:
        return tool
    given = {key: value for key, value in (tool.get("default_config") or {}).items() if value is not None}
    default = {"enabled": True, "permission_policy": {"type": policies[tool["type"]]}, **given}
    configs = [
        {**default, **{key: item for key, item in one.items() if item is not None}} for one in tool.get("configs") or []
    ]
    if tool["type"] == "agent_toolset_20260401" and "glob" not in {one["name"] for one in configs}:
        configs.append({"name": "glob", "type": "glob", **default})
    return {**tool, "default_config": default, "configs": configs}


def _skills(body: Body) -> Body:
    objects = [{"type": "custom", "skill_id": one} if isinstance(one, str) else one for one in body.get("skills") or []]
    return {**body, "skills": [{**one, "version": one.get("version") or "latest"} for one in objects]}


def _sections(body: Body) -> Body:
    multiagent = body.get("multiagent")
    if not multiagent or multiagent["type"] != "multiagent_20261001":
        return body
    on, off = {"type": "enabled"}, {"type": "disabled"}
    sections = {name: multiagent.get(name) or on for name in ("subagents", "workflows")}
    whole = {
        name: {**one, "inline_agents": one.get("inline_agents") or on} if one["type"] == "enabled" else one
        for name, one in sections.items()
    }
    return {**body, "multiagent": {**multiagent, **whole, "advisor": multiagent.get("advisor") or off}}


def _config(body: Body) -> Body:
    config = {"type": "cloud", **{key: item for key, item in (body.get("config") or {}).items() if item is not None}}
    if config["type"] != "cloud":
        return body
    networking = config.get("networking") or {"type": "unrestricted"}
    if networking["type"] == "limited":
        switches = ("allow_mcp_servers", "allow_package_managers")
        hosts = {"allowed_hosts": networking.get("allowed_hosts") or []}
        networking = {**networking, **{key: bool(networking.get(key)) for key in switches}, **hosts}
    packages = {
        "type": "packages",
        **{name: (config.get("packages") or {}).get(name) or [] for name in ("apt", "go", "pip")},
    }
    return {**body, "config": {**config, "networking": networking, "packages": packages}}


def _scope(body: Body) -> Body:
    return {**body, "scope": body.get("scope") or "organization"}


def _accesses(body: Body) -> Body:
    def spelled(one: Body) -> Body:
        return {**one, "access": one.get("access") or "read_write"} if one["type"] == "memory_store" else one

    return {**body, "resources": [spelled(one) for one in body.get("resources") or []]}


def _rounds(body: Body) -> Body:
    def spelled(one: Body) -> Body:
        rounds = {"max_iterations": one.get("max_iterations") or 3}
        return {**one, **rounds} if one["type"] == "user.define_outcome" else one

    return {**body, "initial_events": [spelled(one) for one in body["initial_events"]]}


def _runs(body: Body) -> Body:
    return {**body, "paused": bool(body.get("paused"))}


def _locations(body: Body) -> Body:
    auth = body["auth"]
    if auth["type"] != "environment_variable":
        return body
    location = auth.get("injection_location")
    both = {"header": True, "body": True}
    spelled = {"header": False, "body": False, **location} if location else both
    return {**body, "auth": {**auth, "injection_location": spelled}}


WRITTEN_OUT: dict[str, list[Callable[[Body], Body]]] = {
    "agent": [_model, _identity, _toolsets, _skills, _sections],
    "environment": [_config, _scope],
    "deployment": [_accesses, _rounds, _runs],
    "credential": [_locations],
}
"""What the API fills in where a definition leaves it out."""

IMPLIED = {"type", "configs"}
"""A type is implied by the key that an entry goes by, and what a tool's entry is called may say nothing new."""


def changed(body: Body, random: Random) -> Body | None:
    """The definition with one value changed that means something, or None where there is none."""
    places = list(_values(body))
    return _with(body, random.choice(places)) if places else None


def _values(value: Any, place: Place = ()) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in IMPLIED:
                yield from _values(item, (*place, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _values(item, (*place, index))
    elif value not in (None, ""):
        yield place


def _with(value: Any, place: Place) -> Any:
    if not place:
        return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}x"
    step, rest = place[0], place[1:]
    if isinstance(value, list):
        return [_with(item, rest) if index == step else item for index, item in enumerate(value)]
    return {**value, step: _with(value[step], rest)}
