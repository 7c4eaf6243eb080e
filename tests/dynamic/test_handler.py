"""How a plan becomes the answer to `diff`: which inputs change, how, and what forces a new object."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.dynamic.handler import ChangedField, changed_fields
from tests.review.plans import planned

Body = dict[str, Any]
AGENT: Body = {"name": "Triage", "model": "claude-sonnet-5-5", "description": "Sorts."}


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
            [ChangedField(("description",), outside=True)],
            id="what somebody else changed",
        ),
        pytest.param(
            "agent",
            AGENT,
            {**AGENT, "tools": [{"type": "agent_toolset_20260401"}]},
            AGENT,
            [ChangedField(("tools",))],
            id="all of a list, whose entries go by identity",
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
    assert list(changed_fields(plan, after)) == expected
