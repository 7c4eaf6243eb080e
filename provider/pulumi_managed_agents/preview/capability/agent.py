"""Rules about an agent beside its tools, servers, model and other agents: skills and identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.agent import AGENT
from pulumi_managed_agents.kinds.wording import PENDING
from pulumi_managed_agents.preview.capability.widening import Body, table

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVICE_ACCOUNT = AGENT.filled_in["execution_identity"]


def skills_added(before: Body, after: Body) -> Iterator[str]:
    """A skill that was not attached: instructions and code of it become the agent's."""
    for name in sorted(table(after.get("skills")).keys() - table(before.get("skills")).keys()):
        yield f"gets the skill {name}"


def skill_repinned(before: Body, after: Body) -> Iterator[str]:
    """A skill held at another version than before, or no longer held: other code under the same name.

    To hold one that was not held takes away, and so is silent. A version of this very stage that only the up will tell
    is not named here either: the skill's own change is.
    """
    was, now = table(before.get("skills")), table(after.get("skills"))
    for name in sorted(was.keys() & now.keys()):
        old, new = (table(side[name]).get("version") for side in (was, now))
        if old and new not in {old, PENDING}:
            yield f"uses skill {name} at {_version(new)} instead of {_version(old)}"


def _version(version: Any) -> str:
    return f"version {version}" if version else "the latest version, whatever that is"


def identity_changed(before: Body, after: Body) -> Iterator[str]:
    """Another identity to act as: which of two can do more only their owners know.

    The managed service account is what every agent acts as by itself; to go back to it is no new power.
    """
    old, new = _identity(before), _identity(after)
    if new not in (old, SERVICE_ACCOUNT):
        yield f"acts as {identity(after)} instead of {identity(before)}"


def identity(body: Body) -> str:
    """As whom an agent acts, in words."""
    kind, *rest = (str(value) for value in _identity(body).values())
    return " ".join(["AWS role" if kind == "aws_role" else kind.replace("_", " "), *rest])


def _identity(body: Body) -> Body:
    """The type first, then what tells one identity of that type from another."""
    known = table(body.get("execution_identity"))
    return {**SERVICE_ACCOUNT, **dict(sorted(known.items()))}
