"""In limited networking an environment's hosts bind the web tools of its sessions."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest

GO: Any = {"type": "user.message", "content": [{"type": "text", "text": "Go."}]}


@pytest.fixture
def limited(sdk: anthropic.Anthropic) -> str:
    networking: Any = {
        "type": "limited",
        "allowed_hosts": ["docs.a.io", "*.b.io"],
        "allow_mcp_servers": True,
        "allow_package_managers": True,
    }
    return sdk.beta.environments.create(name="limited", config={"type": "cloud", "networking": networking}).id


def web(tool: str, *domains: str, **settings: Any) -> Any:
    """A tool set in which one tool has an allow list."""
    config = {"name": tool, "allowed_domains": list(domains), **settings}
    return [{"type": "agent_toolset_20260401", "configs": [{"name": "bash", "enabled": False}, config]}]


def agent_with(sdk: anthropic.Anthropic, tools: Any) -> str:
    return sdk.beta.agents.create(name="reader", model="claude-opus-5-5", tools=tools).id


@pytest.mark.parametrize(
    "tools",
    [
        pytest.param(web("web_fetch", "docs.a.io", "Docs.B.io"), id="exact and below a wildcard"),
        pytest.param(web("web_search", "docs.a.io/guide"), id="a path of a host"),
        pytest.param(web("web_fetch", "elsewhere.io", enabled=False), id="a tool that is off"),
        pytest.param([{"type": "agent_toolset_20260401"}], id="no list"),
    ],
)
def test_domains_within_the_hosts_are_let_in(sdk: anthropic.Anthropic, limited: str, tools: Any) -> None:
    """An allow list inside the hosts, and a tool without one, make a session as before."""
    assert sdk.beta.sessions.create(agent=agent_with(sdk, tools), environment_id=limited).status == "idle"


@pytest.mark.parametrize(
    "tools",
    [
        pytest.param(web("web_fetch", "a.io"), id="above a host"),
        pytest.param(web("web_fetch", "www.docs.a.io"), id="below an exact host"),
        pytest.param(web("web_search", "b.io"), id="a wildcard without its own name"),
        pytest.param(web("web_fetch", "evilb.io"), id="a look-alike"),
        pytest.param(web("web_search", "elsewhere.io/docs.a.io"), id="a host in the path"),
    ],
)
def test_domains_beyond_the_hosts_are_refused(
    sdk: anthropic.Anthropic, limited: str, environment: str, tools: Any
) -> None:
    """The session is refused with the place of the entry; an unrestricted environment limits nothing."""
    agent = agent_with(sdk, tools)
    with pytest.raises(
        anthropic.BadRequestError, match=r"agent\.tools\.0\.configs\.1\.allowed_domains\.0: .*allowed_hosts"
    ):
        sdk.beta.sessions.create(agent=agent, environment_id=limited)
    assert sdk.beta.sessions.create(agent=agent, environment_id=environment).status == "idle"


def test_an_update_may_not_add_what_is_out_of_reach(sdk: anthropic.Anthropic, limited: str) -> None:
    """A session keeps what it was made with when its environment narrows, and takes nothing new beyond it."""
    session = sdk.beta.sessions.create(agent=agent_with(sdk, web("web_fetch", "x.b.io")), environment_id=limited)
    with pytest.raises(anthropic.BadRequestError, match=r"elsewhere\.io"):
        sdk.beta.sessions.update(session.id, agent={"tools": web("web_fetch", "x.b.io", "elsewhere.io")})
    sdk.beta.environments.update(
        limited, config={"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["docs.a.io"]}}
    )
    changed = sdk.beta.sessions.update(session.id, agent={"tools": web("web_fetch", "x.b.io", "docs.a.io")})
    assert "docs.a.io" in changed.agent.to_json()


def test_a_deployment_run_says_that_its_session_was_refused(sdk: anthropic.Anthropic, limited: str) -> None:
    """A deployment may name the pair; each of its runs holds the refusal and no session."""
    agent = agent_with(sdk, web("web_fetch", "elsewhere.io"))
    deployment = sdk.beta.deployments.create(name="nightly", agent=agent, environment_id=limited, initial_events=[GO])
    run = sdk.beta.deployments.run(deployment.id)
    assert run.error is not None
    assert (run.session_id, run.error.type) == (None, "session_creation_rejected_error")
    assert "elsewhere.io" in run.error.message
