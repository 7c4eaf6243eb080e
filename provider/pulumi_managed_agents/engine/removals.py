"""What taking a stage down does to each of its objects, for a person to read before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.record import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.kinds.policy import OnRemoval

SPARED = {
    "retain": "left as it is, and forgotten (managed-agents:onRemoval is 'retain')",
    "refuse": "refused (managed-agents:onRemoval is 'refuse'; set it to 'archive' and run `up` first)",
}


def removals(resources: Iterable[Mapping[str, Any]], on_removal: OnRemoval) -> Iterator[str]:
    """One line for each managed object among an engine's recorded resources: ``agent agents/lead: archived for ever``.

    What never was made, such as a deployment that waits for a proof, is left out.
    """
    for resource in resources:
        about = resource["inputs"].get(RESOURCE) or {}
        facts = FACTS.get(about.get("kind", ""))
        if facts and "__applied" in resource["outputs"]:
            fate = SPARED.get(on_removal) or facts.fate
            yield f"{facts.kind.replace('_', ' ')} {about['name']}: {fate}"
