"""Rolling back by pins: an agent serves an earlier proven version again, at once, until it has a newer one.

This module decides which agents move to which version. It has the form in which the stack's configuration records that
(``managed-agents:rolledBack: {agents/triage: {from: 8, to: 7}}``), and the declaration that the command hands over to
the program. Which pins follow from the configuration is decided in `smoke_results`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.smoke_results import rollbacks_in_force

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.release.receipt import Receipt

Record = dict[str, Any]
AgentVersion = tuple[str, int]
"""An agent's id and one of its versions."""

ROLLED_BACK = "rolledBack"
ROLLING_BACK = "MANAGED_AGENTS_ROLLING_BACK"
"""The variable that names the file with a `Declaration`, while nothing but pins and deployments is to move."""


@dataclass(frozen=True)
class Released:
    """What a stage's state records of its release; all of it is empty for a stage that was never deployed.

    Attributes:
        pins: Id and version of what each agent serves, by the agent's name.
        applied: The version last applied of each agent, by its name.
        receipts: The receipts that the release holds.
    """

    pins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    applied: Mapping[str, int] = field(default_factory=dict)
    receipts: tuple[Receipt, ...] = ()

    def serving(self, agent: str) -> int:
        """The version that an agent serves."""
        return int(self.pins[agent]["version"])

    def tested_versions(self, agent: str) -> list[tuple[int, Receipt]]:
        """The versions of an agent that were tested, with their receipts; one version may have several."""
        return [
            (int(receipt.versions[agent]["version"]), receipt)
            for receipt in self.receipts
            if receipt.root == agent and agent in receipt.versions
        ]

    def serving_receipts(self, agent: str) -> list[Receipt]:
        """The receipts of the version that an agent serves; none of one that was never tested."""
        return [receipt for version, receipt in self.tested_versions(agent) if version == self.serving(agent)]


@dataclass(frozen=True)
class Move:
    """An agent that serves an earlier version again.

    Attributes:
        agent: Its name.
        id: Its id.
        applied: The newest version there is.
        serving: The version to leave.
        to: The version to go back to.
    """

    agent: str
    id: str
    applied: int
    serving: int
    to: int


def rollback_moves(released: Released, only: Collection[str]) -> tuple[list[Move], dict[str, str]]:
    """The agents to move, and for each of the others why it stays.

    Without `only` these are the agents that the last up brought into service: those whose serving version has the
    newest proof, or whose proof was revoked since. A coordinator whose serving version uses a version that is left
    moves along, to an earlier proven version that does not.
    """
    chosen = {name for name in released.pins if name in only} if only else _newest(released)
    targets = {name: to for name in chosen if (to := _version_before(released, name))}
    # A coordinator that moves along may itself be a member of another one.
    while coordinators := _coordinators(released, targets):
        targets |= coordinators
    left = _left(released, targets)
    # With all that is left known, an agent may have to go back further than to the version just before.
    moves = [_move(released, name, _version_before(released, name, left) or to) for name, to in sorted(targets.items())]
    staying = dict.fromkeys(set(only) - released.pins.keys(), "serves nothing on this stage")
    for name in released.pins.keys() - targets.keys():
        serving = released.serving(name)
        no_target = f"has no proven version before {serving}"
        not_new = f"has served version {serving} for longer; `--only {name}` moves it as well"
        staying[name] = no_target if name in chosen else not_new
    return moves, staying


def _newest(released: Released) -> set[str]:
    """The agents whose serving version has the newest proof, and those whose proof was revoked."""
    proven_since: dict[str, str] = {}
    revoked = set()
    for name in released.pins:
        receipts = released.serving_receipts(name)
        if receipts and not receipts[0].passed:
            revoked.add(name)
        else:
            proven_since[name] = receipts[0].since if receipts else ""
    # Agents that one up proved share the moment, so that they go back together.
    newest = max(proven_since.values(), default="")
    return revoked | {name for name, since in proven_since.items() if since == newest}


def _coordinators(released: Released, moving: Collection[str]) -> dict[str, int]:
    """The coordinators not yet `moving` whose serving version uses a version that is left, and where they go."""
    left = _left(released, moving)
    targets = {}
    for name in released.pins.keys() - set(moving):
        uses_left = any(_uses(receipt, left) for receipt in released.serving_receipts(name))
        if uses_left and (to := _version_before(released, name, left)):
            targets[name] = to
    return targets


def _left(released: Released, moving: Collection[str]) -> set[AgentVersion]:
    return {(str(released.pins[name]["id"]), released.serving(name)) for name in moving}


def _uses(receipt: Receipt, left: Collection[AgentVersion]) -> bool:
    return any((used["id"], int(used["version"])) in left for used in receipt.versions.values())


def _version_before(released: Released, name: str, left: Collection[AgentVersion] = ()) -> int | None:
    """The last proven version before the serving one that uses no version that is `left`."""
    return max(
        (
            version
            for version, receipt in released.tested_versions(name)
            if receipt.passed and version < released.serving(name) and not _uses(receipt, left)
        ),
        default=None,
    )


def _move(released: Released, name: str, to: int) -> Move:
    serving = released.serving(name)
    return Move(name, released.pins[name]["id"], released.applied.get(name, serving), serving, to)


def coordinators_staying(
    released: Released, agents: Mapping[str, Mapping[str, Any]], moves: Collection[Move]
) -> Iterator[str]:
    """A line for each coordinator that goes on using a version that is left.

    It has no earlier proven version without it, or `rollback_moves` would have moved it along. `agents` are those of
    the smoke tests: by name, with the members' ids and versions that the newest version of each one `uses`.
    """
    left = {(move.id, move.serving): move.agent for move in moves}
    for name in sorted(released.pins.keys() - {move.agent for move in moves}):
        for used in _used_versions(released, name, agents.get(name) or {}):
            if member := left.get(used):
                yield (
                    f"  {name} goes on using version {used[1]} of {member}, and has no earlier proven version that "
                    f"does not: put the files of {member} back and deploy them, which moves {name} as well"
                )


def _used_versions(released: Released, name: str, newest: Mapping[str, Any]) -> Iterator[AgentVersion]:
    """The members' versions that the serving version uses by its receipt, else those that the newest version uses."""
    receipts = released.serving_receipts(name)
    members = receipts[0].versions.values() if receipts else newest.get("uses") or ()
    yield from ((member["id"], int(member["version"])) for member in members if member.get("version"))


def rolled_back(config: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """`managed-agents:rolledBack` by agent, from a stage's configuration (keys without namespace, values as text).

    Raises:
        InputError: it is not of the form that `managed-agents rollback STAGE --pins` writes.
    """
    try:
        moves = json.loads(config.get(ROLLED_BACK, "{}"))
        return {name: {key: int(move[key]) for key in ("from", "to")} for name, move in moves.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            f"managed-agents:{ROLLED_BACK} must name versions by agent, such as {{agents/triage: {{from: 8, to: 7}}}}"
        ) from None


def unproven_targets(
    agents: Mapping[str, Record], moves: Mapping[str, Record], proved: Mapping[str, Sequence[int]]
) -> list[str]:
    """One line for each rollback in force that goes back to a version which was never proven on this stage."""
    return [
        f"{name}: managed-agents:{ROLLED_BACK} goes back to version {version}, which was never proven on this stage; "
        f"proven were: {', '.join(map(str, proved.get(agents[name]['id'], ()))) or 'none'}"
        for name, version in rollbacks_in_force(agents, moves).items()
        if version not in proved.get(agents[name]["id"], ())
    ]


@dataclass(frozen=True)
class Recorded:
    """A resource as the state records it.

    Attributes:
        title: The title of its type.
        inputs: Its inputs.
        unknown: The fields of secrets that the command cannot read. The inputs hold a placeholder for them, so they
            must stay what they are.
    """

    title: str
    inputs: Record
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """What a program declares while pins are rolled back, regardless of the files.

    Attributes:
        smoke_tests: The stage's smoke tests, from which the pins come.
        release: Its release, which keeps them.
        deployments: The deployments that move with them.
        before: What these refer to, in the order of its dependencies; it does not move.
        after: What refers to them. Left undeclared, the engine would delete it.
    """

    smoke_tests: Recorded
    release: Recorded
    deployments: tuple[Recorded, ...]
    before: tuple[Recorded, ...]
    after: tuple[Recorded, ...]

    def write(self, file: Path) -> None:
        """Write it for the program to read."""
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Declaration:
        """Read what the command wrote."""

        def recorded(resource: Record) -> Recorded:
            return Recorded(resource["title"], resource["inputs"], tuple(resource["unknown"]))

        content = json.loads(file.read_text(encoding="utf-8"))
        lists = {key: tuple(map(recorded, content[key])) for key in ("deployments", "before", "after")}
        return cls(recorded(content["smoke_tests"]), recorded(content["release"]), **lists)
