"""In which fields a stage may differ: exact places, and what is said to a word that is none."""

from __future__ import annotations

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.places import GROUPS, MAY_DIFFER, places, steps_of


def held(word: str, name: str, kind: str, field: str) -> bool:
    return any(place.holds(name, kind, steps_of(field)) for place in places([word]))


@pytest.mark.parametrize(
    ("word", "name", "kind", "field", "expected"),
    [
        pytest.param("agent.model", "agents/a", "agent", "model.id", True, id="below it"),
        pytest.param("agent.model", "agents/a", "agent", "model", True, id="the place itself"),
        pytest.param("agent.model", "agents/a", "agent", "models", False, id="a name that begins alike"),
        pytest.param("agent.model", "deployments/a", "deployment", "model.id", False, id="another kind"),
        pytest.param("agent.mcp_servers.*.url", "agents/a", "agent", "mcp_servers.crm.url", True, id="any entry"),
        pytest.param("agent.mcp_servers.*.url", "agents/a", "agent", "mcp_servers.crm.name", False, id="another field"),
        pytest.param("agent.mcp_servers.crm.url", "agents/a", "agent", "mcp_servers.erp.url", False, id="one entry"),
        pytest.param("urls", "agents/a", "agent", "tools.t.input_schema.properties.page_url", False, id="a name alike"),
        pytest.param("urls", "vaults/v", "vault", 'credentials["a (2)"].auth.mcp_server_url', True, id="a quoted step"),
        pytest.param("agents/a:system", "agents/a", "agent", "system", True, id="one resource"),
        pytest.param("agents/a:system", "agents/ab", "agent", "system", False, id="another resource"),
        pytest.param("vaults/v/a:b:auth", "vaults/v/a:b", "vault", "auth.type", True, id="a name with a colon"),
        pytest.param("agent.metadata.team", "agents/a", "agent", "metadata.team", True, id="a key of one's own"),
    ],
)
def test_a_place_is_exact(word: str, name: str, kind: str, field: str, expected: bool) -> None:
    """It stands for a field of a kind, or of one resource, and for all below it."""
    assert held(word, name, kind, field) is expected


def test_the_words_of_before_are_lists_of_places() -> None:
    """Each is what it says, and all of them together are the default."""
    assert [place.written for place in places(MAY_DIFFER)] == [word for word in GROUPS for _ in GROUPS[word]]
    assert all(places([place]) for group in GROUPS.values() for place in group)


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        pytest.param("system", "; write agent.system", id="without kind"),
        pytest.param("description", "; write agent.description or environment.description or ", id="of several kinds"),
        pytest.param("modell", "; did you mean 'model'?", id="misspelt"),
        pytest.param("agent.modell", "agents have no such field; did you mean 'model'?", id="misspelt field"),
        pytest.param("environment.config.networking.allowed_host", "did you mean 'allowed_hosts'?", id="misspelt step"),
        pytest.param("agents.model", "; did you mean 'agent.model'?", id="misspelt kind"),
        pytest.param("agent", "name a field of it, as agent.description", id="a kind alone"),
        pytest.param("*", "write KIND.FIELD, as agent.model", id="everything"),
        pytest.param("agent.*", "agents have no such field", id="every field"),
        pytest.param("agents/a:*", "write NAME:FIELD", id="every field of one"),
        pytest.param("", "write KIND.FIELD", id="nothing"),
    ],
)
def test_what_is_no_place_is_told_how_to_be_one(word: str, advice: str) -> None:
    """A word that matches nothing would be overlooked."""
    with pytest.raises(InputError) as caught:
        places([word])
    assert str(caught.value).startswith(f"managed-agents:stageMayDiffer: '{word}' is not a place")
    assert advice in str(caught.value)
