"""Definitions of every kind, as small as a case of the capability review needs them."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]
Cases = dict[str, tuple[Body, Body, list[str]]]
"""By what happens: a definition before, after, and the rules that name what is wider."""
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


def advisor(model: str) -> Body:
    return {"type": "advisor", "model": f"claude-{model}"}


def acting(type: str, **fields: str) -> Body:
    """An agent with an identity."""
    return agent(execution_identity={"type": type, **fields})


def role(arn: str) -> Body:
    return acting("aws_role", role_arn=arn)


def on(model: str, **settings: Any) -> Body:
    """An agent on a model."""
    return agent(model={"id": f"claude-{model}", **settings})


CUSTOM = {"type": "custom", "name": "refund", "description": "Refund an order", "input_schema": {"type": "object"}}
ASK, ALLOW, AUTO = policy("always_ask"), policy("always_allow"), policy("auto")
OFF: Body = {"enabled": False}


def cloud(networking: Body | None = None, **config: Any) -> Body:
    return {
        "name": "sandbox",
        "config": {"type": "cloud", **({"networking": networking} if networking else {}), **config},
    }


def limited(*hosts: str, **switches: bool) -> Body:
    return cloud({"type": "limited", "allowed_hosts": list(hosts), **switches})


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


def repository(**checkout: str) -> Body:
    """A repository at a branch or at a commit."""
    ((type, where),) = checkout.items()
    return {**REPOSITORY, "checkout": {"type": type, "name" if type == "branch" else "sha": where}}


def bucket(name: str) -> Body:
    """A resource that the API does not have."""
    return {"type": "bucket", "bucket": name}


MESSAGE = {"type": "user.message", "content": [{"type": "text", "text": "Go."}]}


def graded(**fields: int) -> Body:
    """A deployment that begins with a graded task."""
    rubric = {"type": "text", "content": "It is right."}
    return run(initial_events=[{"type": "user.define_outcome", "description": "Sum up", "rubric": rubric, **fields}])


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
