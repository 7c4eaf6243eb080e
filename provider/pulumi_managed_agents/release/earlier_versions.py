"""Which proven version an agent goes back to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.serving import Released


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
    whose proof was revoked since. A coordinator whose roster would go on bringing a left version into service moves
    along, where it has an earlier proven version that does not.
    """
    wanted = {name for name in released.pins if name in only} if only else _newest(released)
    going = {name: to for name in wanted if (to := _before(released, name))}
    while along := _along(released, going):
        going |= along
    left = _left(released, going)
    found = [_move(released, name, _before(released, name, left) or to) for name, to in sorted(going.items())]
    staying = dict.fromkeys(set(only) - released.pins.keys(), "serves nothing on this stage")
    for name in released.pins.keys() - going.keys():
        serving = _serving(released, name)
        known = f"has no proven version before {serving}"
        since = f"serves version {serving} since before; `--only {name}` moves it as well"
        staying[name] = known if name in wanted else since
    return found, staying


def _along(released: Released, going: Collection[str]) -> dict[str, int]:
    """The coordinators not yet `going` whose serving version names a version that is left, and where they go."""
    left, found = _left(released, going), {}
    for name in released.pins.keys() - set(going):
        serving = _serving(released, name)
        bringing = any(number == serving and _brings(one, left) for number, one in _versions(released, name))
        if bringing and (to := _before(released, name, left)):
            found[name] = to
    return found


def _left(released: Released, going: Collection[str]) -> set[tuple[str, int]]:
    return {(str(released.pins[name]["id"]), _serving(released, name)) for name in going}


def _brings(receipt: Receipt, left: Collection[tuple[str, int]]) -> bool:
    return any((one["id"], int(one["version"])) in left for one in receipt.versions.values())


def _serving(released: Released, name: str) -> int:
    return int(released.pins[name]["version"])


def _move(released: Released, name: str, to: int) -> Move:
    serving = _serving(released, name)
    return Move(name, released.pins[name]["id"], released.applied.get(name, serving), serving, to)


def brought_along(
    released: Released, agents: Mapping[str, Mapping[str, Any]], found: Collection[Move]
) -> Iterator[str]:
    """A line for each coordinator that goes on bringing a version into service that is left.

    It has no earlier proven version without it, or `moves` would have taken it along. `agents` are those of the smoke
    tests: by name, with the members' ids and versions that the newest version of each one `uses`.
    """
    left = {(move.id, move.serving): move.agent for move in found}
    for name in sorted(released.pins.keys() - {move.agent for move in found}):
        for id, version in _members(released, name, agents.get(name) or {}):
            if member := left.get((id, version)):
                yield (
                    f"  {name} goes on using version {version} of {member}, and has no earlier proven version that "
                    f"does not: put the files of {member} back and deploy them, which moves {name} as well"
                )


def _members(released: Released, name: str, newest: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """What the serving version brings along, by its receipt; of an agent that has none, what its newest one does."""
    serving = _serving(released, name)
    proven = next((one for number, one in _versions(released, name) if number == serving), None)
    members = proven.versions.values() if proven else newest.get("uses") or ()
    yield from ((one["id"], int(one["version"])) for one in members if one.get("version"))


def _newest(released: Released) -> set[str]:
    since = {name: _since(released, name, _serving(released, name)) for name in released.pins}
    newest = max(filter(None, since.values()), default="")
    return {name for name, time in since.items() if time == newest or time is None}


def _since(released: Released, name: str, version: int) -> str | None:
    """Since when a version stands proven: empty if nothing is known of it, None if it was revoked."""
    receipt = next((one for number, one in _versions(released, name) if number == version), None)
    if receipt is None:
        return ""
    return receipt.since if receipt.passed else None


def _before(released: Released, name: str, left: Collection[tuple[str, int]] = ()) -> int | None:
    """The last proven version before the one that serves, of those that bring nothing along of what is `left`."""
    serving = _serving(released, name)
    proven = (
        number
        for number, receipt in _versions(released, name)
        if receipt.passed and number < serving and not _brings(receipt, left)
    )
    return max(proven, default=None)


def _versions(released: Released, name: str) -> Iterator[tuple[int, Receipt]]:
    """The versions of an agent that were tested, with their receipts."""
    for one in released.receipts:
        if one.root == name and name in one.versions:
            yield int(one.versions[name]["version"]), one
