"""Which live objects are chosen for adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from pulumi_managed_agents.commands.adopt.selection import AdoptionChoice, chosen_candidates

if TYPE_CHECKING:
    from pulumi_managed_agents.api import Client


def test_what_a_list_still_shows_and_is_gone_is_not_adopted(client: Client, url: str) -> None:
    """A list may lag behind: what was archived a moment ago is left out, and what changed is taken as it is now."""
    kept, gone = (client.agents.create({"name": name, "model": "claude-haiku-5-5"}) for name in ("kept", "gone"))
    fault = {"method": "GET", "path": "/v1/agents", "lag_ms": 60_000, "times": 1}
    httpx.post(f"{url}/_emulator/faults", json=[fault]).raise_for_status()
    client.agents.archive(gone["id"])
    client.agents.update(kept["id"], {"version": 1, "description": "Changed."})
    (found,) = chosen_candidates(client, AdoptionChoice(kind="agent", everything=True))
    assert (found.id, found.live["description"], found.live["version"]) == (kept["id"], "Changed.", 2)
