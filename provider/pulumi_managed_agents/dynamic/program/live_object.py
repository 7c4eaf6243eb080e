"""What a look-up returns: an object of the workspace as it is live, which can stand for a resource of the program."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pulumi

from pulumi_managed_agents.reconcile.mark import without_mark
from pulumi_managed_agents.reconcile.record import newest_version
from pulumi_managed_agents.stage.definition import ID_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

V = TypeVar("V")


@dataclass(frozen=True)
class LiveObject(Generic[V]):
    """An object that the program looked up.

    It, or an Output of it, can be used wherever a resource can: it then refers to the version that was live.

    Attributes:
        kind: What it is: ``agent``, ``environment``, ``skill`` …
        id: The API's id.
        name: Its name, or the display name of a skill or a vault.
        version: The newest version: a number for an agent, a text for a skill, None for kinds without versions.
        fields: Everything that the API says of it, as it says it.
    """

    kind: str
    id: str
    name: str
    version: V
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def reference(self) -> Any:
        """What stands for this object where the API wants its id."""
        if self.kind == "agent":
            return {"type": "agent", ID_KEYS["agent"]: self.id, "version": self.version}
        if self.kind == "skill":
            return {"type": skill_type(self.fields), ID_KEYS["skill"]: self.id, "version": self.version}
        return self.id


Live = pulumi.Input[LiveObject[Any]]
"""What may stand for a resource that the program does not manage."""


def live_object(kind: str, live: Mapping[str, Any]) -> LiveObject[Any]:
    """The result of a look-up that found `live`; the answer of a test's mocks may hold less than the API's."""
    fields = without_mark(dict(live))
    return LiveObject(kind, str(live.get("id") or ""), label_of(live), newest_version(live), fields)


def label_of(live: Mapping[str, Any]) -> str:
    """What an object is called by people."""
    return str(live.get("name") or live.get("display_name") or "")


def skill_type(fields: Mapping[str, Any]) -> str:
    """How an agent calls the origin of a skill: ``custom``, or ``anthropic`` for a skill of the vendor."""
    source = fields.get("source")
    return str((source.get("type") if isinstance(source, dict) else source) or "custom")
