"""Rolling back by pins: an agent serves an earlier version again, at once, until it has a newer one.

The stack's configuration says from which version to which (``managed-agents:rolledBack: {agents/triage: {from: 8, to:
7}}``); which pins follow from that is in `serving`. At once means without the stage's files: the command writes down
what is recorded, and the program declares that instead.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.serving import going_back

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Record = dict[str, Any]

CONFIG = "rolledBack"
VARIABLE = "MANAGED_AGENTS_ROLLING_BACK"
"""Names the file with a `Declaration`, while nothing but pins and deployments is to move."""


@dataclass(frozen=True)
class Recorded:
    """A resource as it is recorded: the title of its type, its inputs, and the fields whose secrets are not known.

    These fields must stay what they are: what stands for a secret in them is no value.
    """

    title: str
    inputs: Record
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """What a program declares while pins are rolled back, whatever the files say by now.

    Attributes:
        smoke_tests: The stage's smoke tests, of which the pins come.
        release: Its release, which keeps them.
        deployments: The deployments that move with them.
        before: What these refer to, in the order of its dependencies; it does not move.
        after: What refers to them. The engine would take it, undeclared, for something to delete.
    """

    smoke_tests: Recorded
    release: Recorded
    deployments: tuple[Recorded, ...]
    before: tuple[Recorded, ...]
    after: tuple[Recorded, ...]

    def write(self, file: Path) -> None:
        """Hand it over to the program."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Declaration:
        """Take it over from the command."""
        found = json.loads(file.read_text(encoding="utf-8"))
        several = {key: tuple(map(_recorded, found[key])) for key in ("deployments", "before", "after")}
        return cls(_recorded(found["smoke_tests"]), _recorded(found["release"]), **several)


def _recorded(found: Record) -> Recorded:
    return Recorded(found["title"], found["inputs"], tuple(found["unknown"]))


def rolled_back(config: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """`managed-agents:rolledBack` by agent, from a stage's configuration (keys without namespace, values as text).

    Raises:
        InputError: it is not of the form that `managed-agents rollback STAGE --pins` writes.
    """
    try:
        found = json.loads(config.get(CONFIG) or "{}")
        return {name: {key: int(move[key]) for key in ("from", "to")} for name, move in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"managed-agents:{CONFIG} must name versions by agent, such as {{agents/triage: {{from: 8, to: 7}}}}"
        ) from None


def without_effect(
    agents: Mapping[str, Record], moves: Mapping[str, Record], proved: Mapping[str, Sequence[int]]
) -> list[str]:
    """One line for each roll-back that would be in force, but to a version that was never proven on this stage."""
    return [
        f"{name}: managed-agents:{CONFIG} goes back to version {version}, which was never proven on this stage; "
        f"proven were: {', '.join(map(str, proved.get(agents[name]['id'], ()))) or 'none'}"
        for name, version in going_back(agents, moves).items()
        if version not in proved.get(agents[name]["id"], ())
    ]
