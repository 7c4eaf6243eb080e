"""A definition of every kind, for what must hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files.source_files import digest_of
from pulumi_managed_agents.kinds.skill import bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kinds.emulated_stack import EmulatedStack
    from tests.kinds.server_habits import Body

MESSAGE: Body = {"type": "user.message", "content": [{"type": "text", "text": "Sum up the day."}]}
BEARER: Body = {"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "secret-one"}


def skill(_: EmulatedStack) -> Body:
    """A skill whose files are below the working directory."""
    folder = Path("skills/pdf")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text("---\nname: pdf\ndescription: Fills forms.\n---\n", "utf-8")
    digest = bundle.digest_of(bundle.collect(folder, str(folder), boundary=Path.cwd()))
    return {"directory": str(folder), "digest": digest, "name": "pdf"}


def file(_: EmulatedStack) -> Body:
    """A file in the working directory."""
    Path("prices.csv").write_bytes(b"a,b\n")
    return {"file": "prices.csv", "digest": digest_of(b"a,b\n"), "filename": "prices.csv"}


def credential(stack: EmulatedStack) -> Body:
    """A credential in a new vault."""
    vault = stack.hand.vaults.create({"display_name": "CRM"})
    return {"vault_id": vault["id"], "display_name": "CRM", "auth": BEARER}


def deployment(stack: EmulatedStack) -> Body:
    """A deployment that is to rest."""
    agent = stack.hand.agents.create({"name": "Another", "model": "claude-opus-5-5"})
    box = stack.hand.environments.create({"name": "another"})
    about = {"agent": {"type": "agent", "id": agent["id"], "version": 1}, "environment_id": box["id"], "paused": True}
    return {"name": "Nightly", "initial_events": [MESSAGE], "description": "Every night.", **about}


AGENT: Body = {
    "name": "triage",
    "model": {"id": "claude-opus-5-5", "effort": "low"},
    "description": "Triages.",
    "tools": [
        {"type": "agent_toolset_20260401"},
        {"type": "custom", "name": "lookup", "description": "Looks up.", "input_schema": {"type": "object"}},
    ],
    "metadata": {"team": "support"},
}
BOX: Body = {"name": "box", "description": "A box.", "config": {"type": "cloud", "packages": {"pip": ["ruff"]}}}
SEEDS = [{"path": "/style.md", "content": "Be brief."}, {"path": "/faq.md", "content": "See the list."}]
NOTES: Body = {"name": "Notes", "description": "What customers said.", "memories": SEEDS}


@dataclass(frozen=True)
class Sample:
    """One kind: its definition, `less` of it, and where its objects are made by POST."""

    body: Callable[[EmulatedStack], Body]
    path: str
    less: Callable[[Body], Body]


def without(*fields: str) -> Callable[[Body], Body]:
    """The body without these fields."""
    return lambda body: {key: value for key, value in body.items() if key not in fields}


def _agent_less(body: Body) -> Body:
    return {"name": body["name"], "model": body["model"]["id"], "tools": body["tools"][:1]}


KINDS: dict[str, Sample] = {
    "agent": Sample(lambda _: AGENT, "/v1/agents", _agent_less),
    "environment": Sample(lambda _: BOX, "/v1/environments", without("description", "config")),
    "skill": Sample(skill, "/v1/skills", without()),
    "memory_store": Sample(lambda _: NOTES, "/v1/memory_stores", without("description")),
    "vault": Sample(lambda _: {"display_name": "CRM", "metadata": {"team": "x"}}, "/v1/vaults", without("metadata")),
    "credential": Sample(credential, "/v1/vaults/[^/]+/credentials", without("display_name")),
    "deployment": Sample(deployment, "/v1/deployments", without("description", "paused")),
    "file": Sample(file, "/v1/files", without()),
}


def objects(stack: EmulatedStack, kind: str, body: Body) -> dict[str, Any]:
    """The unarchived objects of a kind by id, without those that other definitions need."""
    from pulumi_managed_agents.kinds.registry import FACTS

    facts = FACTS[kind].within(body.get(FACTS[kind].parent, ""))
    filters = {key: value for key, value in facts.list_filters.items() if key != "include_archived"}
    found = facts.endpoints(stack.hand).list(**filters)
    return {one["id"]: one for one in found if not str(one.get("name")).lower().startswith("another")}
