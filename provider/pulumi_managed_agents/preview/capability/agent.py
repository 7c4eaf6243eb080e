"""Rules about an agent beside its tools, servers and other agents: skills, identity, model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.preview.capability.widening import Body, table
from pulumi_managed_agents.preview.record import PENDING

if TYPE_CHECKING:
    from collections.abc import Iterator


def skills_added(before: Body, after: Body) -> Iterator[str]:
    """A skill that was not attached: instructions and code of it become the agent's."""
    for name in sorted(table(after.get("skills")).keys() - table(before.get("skills")).keys()):
        yield f"gets the skill {name}"


def skill_repinned(before: Body, after: Body) -> Iterator[str]:
    """A skill held at another version than before, or no longer held: other code under the same name.

    A version of this very stage that only the up will tell is not named here: the skill's own change is.
    """
    was, now = table(before.get("skills")), table(after.get("skills"))
    for name in sorted(was.keys() & now.keys()):
        old, new = (table(side[name]).get("version") for side in (was, now))
        if new not in {old, PENDING}:
            yield f"uses skill {name} at {_version(new)} instead of {_version(old)}"


def _version(version: Any) -> str:
    return f"version {version}" if version else "the latest version, whatever that is"


def identity_changed(before: Body, after: Body) -> Iterator[str]:
    """Another identity to act as, in either direction: which of two can do more only their owners know."""
    old, new = identity(before), identity(after)
    if old != new:
        yield f"acts as {new} instead of {old}"


def identity(body: Body) -> str:
    """As whom an agent acts, in words."""
    execution = table(body.get("execution_identity"))
    kind = str(execution.get("type") or "service_account")
    return f"AWS role {execution.get('role_arn')}" if kind == "aws_role" else kind.replace("_", " ")


def model_changed(before: Body, after: Body) -> Iterator[str]:
    """Another model: which of two can do more, nobody here knows."""
    old, new = (table(side.get("model")).get("id") for side in (before, after))
    if old and new and old != new:
        yield f"runs on {new} instead of {old}"


def geography_widened(before: Body, after: Body) -> Iterator[str]:
    """Inference that was pinned to a region and may happen elsewhere."""
    old, new = (table(side.get("model")).get("inference_geo") for side in (before, after))
    if old not in {None, "global", new}:
        yield f"inference may leave {old}: now {new or 'not pinned'}"
