"""Which proven version an agent goes back to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pulumi_managed_agents.promotion.sides import Released
    from pulumi_managed_agents.receipts.receipt import Receipt


@dataclass(frozen=True)
class Move:
    """An agent that serves an earlier version again.

    `applied` is the newest version there is, `serving` the one to leave, `to` the one to go back to.
    """

    agent: str
    id: str
    applied: int
    serving: int
    to: int


def moves(released: Released, only: Collection[str]) -> tuple[list[Move], dict[str, str]]:
    """The agents to move, and of the others why they stay.

    Without `only` it is what the last up brought into service: the agents whose serving version is the newest proof, or
    whose proof was revoked since.
    """
    wanted = {name for name in released.pins if name in only} if only else _newest(released)
    found, staying = [], dict.fromkeys(set(only) - released.pins.keys(), "serves nothing on this stage")
    for name in sorted(released.pins):
        serving = int(released.pins[name]["version"])
        to = _before(released, name, serving)
        if name not in wanted:
            staying[name] = f"serves version {serving} since before; `--only {name}` moves it as well"
        elif to is None:
            staying[name] = f"has no proven version before {serving}"
        else:
            found.append(Move(name, released.pins[name]["id"], released.applied.get(name, serving), serving, to))
    return found, staying


def brought_along(agents: Mapping[str, Mapping[str, Any]], found: Iterable[Move]) -> Iterator[str]:
    """A line for each coordinator that would go on bringing a version into service that is left.

    `agents` are those of the smoke tests: by name, with the members' ids and versions that each one `uses`.
    """
    leaving = {(move.id, move.serving): move.agent for move in found}
    moved = set(leaving.values())
    for name, agent in agents.items():
        for member in agent.get("uses") or ():
            left = leaving.get((member["id"], member.get("version")))
            if left and name not in moved:
                yield f"  {name} goes on using version {member['version']} of {left}: move it as well (`--only {name}`)"


def _newest(released: Released) -> set[str]:
    since = {name: _since(released, name, int(pin["version"])) for name, pin in released.pins.items()}
    newest = max(filter(None, since.values()), default="")
    return {name for name, time in since.items() if time == newest or time is None}


def _since(released: Released, name: str, version: int) -> str | None:
    """Since when a version stands proven: empty if nothing is known of it, None if it was revoked."""
    receipt = next((one for number, one in _versions(released, name) if number == version), None)
    if receipt is None:
        return ""
    return receipt.since if receipt.passed else None


def _before(released: Released, name: str, version: int) -> int | None:
    proven = (number for number, receipt in _versions(released, name) if receipt.passed and number < version)
    return max(proven, default=None)


def _versions(released: Released, name: str) -> Iterator[tuple[int, Receipt]]:
    """The versions of an agent that were tested, with their receipts."""
    for one in released.receipts:
        if one.root == name and name in one.versions:
            yield int(one.versions[name]["version"]), one
