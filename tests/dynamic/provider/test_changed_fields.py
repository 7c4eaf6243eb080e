"""How a plan becomes the answer to `diff`: which inputs change, how, and what forces a new object."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.dynamic.provider.changed_fields import changed_fields
from pulumi_managed_agents.dynamic.provider.handler import ChangedField
from tests.review.plans import planned

Body = dict[str, Any]
AGENT: Body = {"name": "Triage", "model": "claude-sonnet-5-5", "description": "Sorts."}
BUILT_IN: Body = {"type": "agent_toolset_20260401"}


def custom(name: str, description: str = "Does.") -> Body:
    return {"type": "custom", "name": name, "description": description, "input_schema": {"type": "object"}}


def credential(server: str, bearer: str = "one") -> Body:
    return {"auth": {"type": "static_bearer", "mcp_server_url": server, "token": bearer}}


@pytest.mark.parametrize(
    ("kind", "before", "after", "live", "expected"),
    [
        pytest.param(
            "agent",
            AGENT,
            {**AGENT, "description": "Sorts mail."},
            AGENT,
            [ChangedField(("description",))],
            id="another value",
        ),
        pytest.param(
            "agent", AGENT, {**AGENT, "system": "Sort."}, AGENT, [ChangedField(("system",), "add")], id="a field more"
        ),
        pytest.param(
            "agent",
            AGENT,
            {key: AGENT[key] for key in ("name", "model")},
            AGENT,
            [ChangedField(("description",), "delete")],
            id="a field less",
        ),
        pytest.param(
            "agent",
            AGENT,
            AGENT,
            {**AGENT, "description": "By hand."},
            [ChangedField(("description",))],
            id="what somebody else changed",
        ),
        pytest.param(
            "agent",
            AGENT,
            {**AGENT, "tools": [{"type": "agent_toolset_20260401"}]},
            AGENT,
            [ChangedField(("tools",), "add")],
            id="all of a list that is new",
        ),
        pytest.param(
            "agent",
            AGENT,
            {**AGENT, "system": "Sort."},
            {**AGENT, "system": "By hand."},
            [ChangedField(("system",), "add")],
            id="what both sides added",
        ),
        pytest.param(
            "agent",
            {**AGENT, "system": "Sort."},
            {**AGENT, "system": "Sort."},
            AGENT,
            [ChangedField(("system",), "add")],
            id="what somebody else removed, which an up adds again",
        ),
        pytest.param(
            "agent",
            {**AGENT, "metadata": {"team.lead": "a"}},
            {**AGENT, "metadata": {"team.lead": "b", "cost": "c"}},
            {**AGENT, "metadata": {"team.lead": "a"}},
            [ChangedField(("metadata", "cost"), "add"), ChangedField(("metadata", "team.lead"))],
            id="a key inside a field",
        ),
        pytest.param(
            "agent",
            {**AGENT, "tools": [BUILT_IN, custom("x"), custom("y")]},
            {**AGENT, "tools": [BUILT_IN, custom("x"), custom("y", "Another.")]},
            {**AGENT, "tools": [BUILT_IN, custom("x"), custom("y")]},
            [ChangedField(("tools", 2, "description"))],
            id="an entry of a list by its position, where that stays",
        ),
        pytest.param(
            "agent",
            {**AGENT, "tools": [BUILT_IN, custom("x")]},
            {**AGENT, "tools": [BUILT_IN, custom("x"), custom("y")]},
            {**AGENT, "tools": [BUILT_IN, custom("x")]},
            [ChangedField(("tools", 2), "add")],
            id="an entry more, as one thing",
        ),
        pytest.param(
            "agent",
            {**AGENT, "tools": [BUILT_IN, custom("x")]},
            {**AGENT, "tools": [BUILT_IN]},
            {**AGENT, "tools": [BUILT_IN, custom("x")]},
            [ChangedField(("tools", 1), "delete")],
            id="an entry less, as one thing",
        ),
        pytest.param(
            "agent",
            {**AGENT, "tools": [custom("x"), BUILT_IN]},
            {**AGENT, "tools": [BUILT_IN, custom("x", "Another.")]},
            {**AGENT, "tools": [custom("x"), BUILT_IN]},
            [ChangedField(("tools",))],
            id="all of a list in which a changed entry has moved",
        ),
        pytest.param(
            "agent",
            {**AGENT, "tools": [BUILT_IN, custom("x")]},
            {**AGENT, "tools": [BUILT_IN, custom("x")]},
            {**AGENT, "tools": [custom("x")]},
            [ChangedField(("tools", 0), "add")],
            id="an entry that somebody else removed, as one thing",
        ),
        pytest.param(
            "agent",
            {**AGENT, "tools": [BUILT_IN]},
            {**AGENT, "tools": [BUILT_IN]},
            {**AGENT, "tools": [{**BUILT_IN, "configs": [{"name": "bash", "enabled": False}]}]},
            [ChangedField(("tools", 0))],
            id="a setting that the inputs leave to the API, at the place above it",
        ),
        pytest.param(
            "credential",
            credential("https://a.com/sse"),
            credential("https://b.com/sse"),
            credential("https://a.com/sse"),
            [ChangedField(("auth", "mcp_server_url"), replaces=True)],
            id="what forces a new object, at its place inside a field",
        ),
        pytest.param(
            "credential",
            credential("https://a.com/sse"),
            credential("https://a.com/sse", "two"),
            credential("https://a.com/sse"),
            [ChangedField(("auth", "token"))],
            id="a secret at its place",
        ),
    ],
)
def test_a_diff_names_the_inputs_that_change(
    kind: str, before: Body, after: Body, live: Body, expected: list[ChangedField]
) -> None:
    """Enough for an engine to mark each changed property, and to know what replaces."""
    plan = planned(kind, "a", before, after, live=live, versions=(7, 8 if live != before else 7))
    assert list(changed_fields(plan, before, after)) == expected


def test_what_is_not_known_yet_is_reported_whole() -> None:
    """An id that only the up will know is no change of a plan, and still what an engine must mark."""
    plan = planned("agent", "a", AGENT, {**AGENT, "description": "Sorts mail."})
    fields = changed_fields(plan, AGENT, {**AGENT, "description": "Sorts mail."}, ["skills", "description"])
    assert fields == (ChangedField(("description",)), ChangedField(("skills",)))
