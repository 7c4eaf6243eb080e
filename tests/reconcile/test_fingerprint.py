"""What a record holds of an object: enough to see that it moved, and nothing that anybody wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.context import Subject
from pulumi_managed_agents.reconcile.fingerprint import fingerprint, is_digest, is_recorded, recorded_value
from pulumi_managed_agents.reconcile.plan_text import sentence
from pulumi_managed_agents.reconcile.planner import plan
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from typing import Any

    from pulumi_managed_agents.reconcile.leaves import Body

AGENT: Body = {
    "name": "canary",
    "model": {"id": "canary", "effort": "high"},
    "system": "canary",
    "tools": [{"type": "custom", "name": "look_up", "description": "canary", "input_schema": {"required": ["canary"]}}],
    "mcp_servers": [{"type": "url", "name": "crm", "url": "https://canary@crm.example"}],
    "metadata": {"type": "canary", "version": "canary"},
}
LIVE = {"id": "agent_1", "version": 1, **AGENT}


def test_no_text_of_a_body_stands_in_its_record() -> None:
    """Any field may hold a secret, however short it is; of words only the API's own are kept."""
    stored = record_of(FACTS["agent"], LIVE, AGENT)
    assert "canary" not in json.dumps(stored)
    assert stored["live"]["model"]["effort"] == "high"


def test_equal_values_look_different_in_every_record() -> None:
    """Nobody can tell from two states whether two prompts are the same, or try a list of likely ones on many states."""
    first, second = (record_of(FACTS["agent"], LIVE, AGENT)["live"]["system"] for _ in range(2))
    assert first != second


def test_a_second_account_of_the_same_record_is_the_same() -> None:
    """A refresh that sees nothing new writes nothing new."""
    stored = record_of(FACTS["agent"], LIVE, AGENT)
    assert record_of(FACTS["agent"], LIVE, AGENT, stored["salt"]) == stored


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("a",), None, id="nothing"),
        pytest.param(("a",), False, id="a flag"),
        pytest.param(("a",), 1.5, id="a number"),
        pytest.param(("config", "type"), "cloud", id="a word of the API's"),
        pytest.param(("skills", "skill_1", "version"), "skver_1", id="a version"),
    ],
)
def test_what_tells_nothing_is_kept_as_it_is(path: tuple[str, ...], value: Any) -> None:
    """Flags, numbers and enumerations can be shown."""
    assert fingerprint(path, value, "salt") == value


def test_a_value_known_only_by_its_fingerprint_is_another_value() -> None:
    """What somebody changed in a field that the file leaves open is reported without the digest."""
    toolset = {"type": "agent_toolset_20260401"}
    body: Body = {"name": "a", "tools": [toolset]}
    live, now = (
        {"id": "agent_1", "version": version, "name": "a", "tools": [{**toolset, "configs": [config]}]}
        for version, city in ((1, "one"), (2, "two"))
        for config in [{"name": "web_search", "user_location": {"city": city}}]
    )
    record = read_record(body, record_of(FACTS["agent"], live, body))
    line = sentence(plan(Subject(FACTS["agent"], "agents/a"), body, record, now, Policy()))
    assert "tools.web_search.user_location.city another value → two; " in line


def test_a_secret_field_is_reported_by_its_name_alone() -> None:
    """Neither side of a drift shows what is in a field that holds a secret."""
    body: Body = {"name": "a", "model": "m", "system": "canary"}
    live = {"id": "agent_1", "version": 1, **body}
    record = read_record(body, record_of(FACTS["agent"], live, body))
    now = {**live, "version": 2, "system": "canary, too"}
    about = Subject(FACTS["agent"], "agents/a", hidden=frozenset({"system"}))
    assert sentence(plan(about, body, record, now, Policy())) == (
        "agent 'agents/a' was changed outside Pulumi (version 1 → 2): system another secret; will be put back"
    )


UNSURE = [
    pytest.param("owner", "canary-of-the-stage", id="a secret that is known"),
    pytest.param("note", "sk-ant-REDACTED", id="what looks like a key"),
    pytest.param("url", "https://user:pa55@crm.example", id="an address with a user"),
    pytest.param("url", "https://crm.example?k=1", id="an address with a query"),
    pytest.param("password", "hunter2", id="below such a name"),
    pytest.param("note", "the api_key is 123", id="beside such a word"),
    pytest.param("note", "a1b2c3d4e5f6a7b8c9d0e1f2", id="letters and digits in a row"),
    pytest.param("note", "Long. " * 40, id="a long text"),
    pytest.param("note", "#0123456789abcdef", id="what looks like a fingerprint"),
]


@pytest.mark.parametrize(("name", "value"), UNSURE)
def test_what_may_be_secret_or_is_long_is_recorded_by_its_fingerprint(name: str, value: str) -> None:
    """Also of what somebody else wrote into a field that no file names; it is known again, and nothing else is it."""
    KNOWN.add(["canary-of-the-stage"])
    recorded = recorded_value(("metadata", name), value, "salt")
    assert is_digest(recorded)
    assert is_recorded(("metadata", name), value, recorded, "salt")
    assert not is_recorded(("metadata", name), recorded, recorded, "salt")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("By hand.", id="a short text"),
        pytest.param("arn:aws:iam::123456789012:role/admin", id="a role"),
        pytest.param("0 3 * * *", id="a schedule"),
        pytest.param(["vlt_01ABCDEFGHJKLMNPQRSTUV"], id="ids of the API"),
        pytest.param(["example.com", "*.example.org"], id="hosts"),
    ],
)
def test_what_no_file_names_is_recorded_itself_where_it_can_be(value: Any) -> None:
    """So that it can be told, and put back."""
    assert recorded_value(("field",), value, "salt") == value
    assert is_recorded(("field",), value, value, "salt")
    assert not is_recorded(("field",), None, value, "salt")
