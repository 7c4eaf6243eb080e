"""`managed-agents pins` and `receipts`: what a stage serves and what proves it, from its release's outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - the schema is made from it
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import UNKNOWN
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import command_line, read_project
from pulumi_managed_agents.engine.stage_results import outputs_of
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.output.reports import CommandResult
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.release.ledger import SUFFIX, in_order, released_receipts, write_receipts
from pulumi_managed_agents.release.proof import newest
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.release.smoke_results import RETEST
from pulumi_managed_agents.review.status import Proof, proof_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.release.receipt import Receipt


@dataclass(frozen=True)
class Pin:
    """What an agent serves.

    Attributes:
        id: The agent's id.
        version: The version to start sessions from.
    """

    id: str
    version: int


@dataclass(frozen=True)
class ProvenRoot:
    """A content of an agent or a deployment that was tested.

    Attributes:
        root: Its name.
        proof: What came of it.
        versions: The agents' versions that were tested, by the agents' names.
        ran_in: The environments, vaults and memory stores that the tests ran with.
    """

    root: str
    proof: Proof
    versions: Mapping[str, Pin]
    ran_in: tuple[str, ...]


@dataclass(frozen=True)
class Unproven:
    """What is not proven as its files are now.

    Attributes:
        root: An agent or a deployment; empty if the files cannot be read.
        reason: Why, as a sentence.
    """

    root: str
    reason: str


@dataclass(frozen=True)
class ReceiptsReport:
    """What is proven in a stage.

    Attributes:
        stage: The stage.
        receipts: Each content that was tested, by root and the newest first.
        unproven: What is not proven as its files are now.
        written: The file that the receipts were written to, or empty.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    stage: str
    receipts: tuple[ProvenRoot, ...]
    unproven: tuple[Unproven, ...]
    written: str = ""
    schema_version: int = 1


def pins_as_json(project: Path, stage: str, *, emulator: bool) -> str:
    """The version each agent of a stage serves: ``{"agents/triage": {"id": "agent_…", "version": 7}}``.

    Raises:
        InputError: the stage was never deployed.
    """
    pins = _release(project, stage, emulator=emulator).get("pins") or {}
    served = {name: {"id": pin["id"], "version": pin["version"]} for name, pin in sorted(pins.items())}
    return json.dumps(served, indent=2, ensure_ascii=False) + "\n"


def receipts_report(project: Path, stage: str, output: Path | None, *, emulator: bool) -> CommandResult[ReceiptsReport]:
    """The receipts that a stage's release holds, written to a directory if one is given.

    Raises:
        InputError: the stage was never deployed.
    """
    receipts = receipts_of(project, stage, emulator=emulator)
    unproven = tuple(unproven_now(project, stage, receipts))
    written = str(hand_over(receipts, output, stage)) if output else ""
    proven = tuple(
        ProvenRoot(
            receipt.root,
            proof_by(receipt),
            {name: Pin(str(version["id"]), int(version["version"])) for name, version in receipt.versions.items()},
            tuple(sorted(receipt.ran_in)),
        )
        for receipt in receipts
    )
    lines = [
        *map(line, receipts),
        *(receipt.reason for receipt in unproven),
        *([f"wrote {written}"] if written else []),
    ]
    return CommandResult(tuple(lines), ReceiptsReport(stage, proven, unproven, written))


def receipts_of(project: Path, stage: str, *, emulator: bool) -> list[Receipt]:
    """The receipts that a stage's release holds, by root and the newest first.

    Raises:
        InputError: the stage was never deployed.
    """
    return in_order(released_receipts(_release(project, stage, emulator=emulator), f"the release of {stage}"))


def unproven_now(project_dir: Path, stage: str, receipts: list[Receipt]) -> Iterator[Unproven]:
    """A line for each root of a stage whose files, or those of its tests, are not what a receipt of it proves."""
    project = read_project(project_dir.resolve(), stage)
    try:
        present = roots(project.load())
    except InputError:  # what was proven is known all the same
        advice = command_line(f"validate {stage}", emulator=False)
        yield Unproven("", f"the files of {stage} cannot be read as they are now: `{advice}`")
        return
    own_gate = replace(gate({}, project.name), verified_in=project.stage)
    for root in present.values():
        receipt, unproven = newest(root, receipts, own_gate), f"not proven as its files are now: {root.name}"
        if receipt is None or not receipt.passed:
            yield Unproven(root.name, unproven)
        elif others := root.tested_otherwise(receipt):
            yield Unproven(root.name, f"{unproven}, since it was tested with other {', '.join(others)}")
        elif silent := sorted(root.run_in(project.stage).keys() - receipt.ran_in.keys()):
            earlier = f"{root.name}: an earlier release made its receipt, which does not cover {', '.join(silent)}"
            yield Unproven(root.name, f"{earlier}; run its tests again with {RETEST}=1")


def hand_over(receipts: list[Receipt], directory: Path, stage: str) -> Path:
    """Write a stage's receipts where the gate of another stage finds them, as ``DIR/<stage>.receipts.json``."""
    path = directory / f"{stage}{SUFFIX}"
    write_receipts(path, receipts)
    return path


def line(receipt: Receipt) -> str:
    """A receipt for people, in one line."""
    verdict = "edited" if receipt.edited else "passed" if receipt.passed else "FAILED"
    ran_in = f" in {', '.join(sorted(receipt.ran_in))}" if receipt.ran_in else ""
    tests = ", ".join(sorted(receipt.tests)) + ran_in
    commit = f" at {receipt.commit[:12]}" if receipt.commit else ""
    cost = "" if receipt.cost_usd is None else f", ${receipt.cost_usd:.2f}"
    why = f": {receipt.reason}" if receipt.reason else ""
    return f"{receipt.root} {receipt.digest[:12]} {verdict} {receipt.finished_at}{commit} ({tests}{cost}){why}"


def _release(project: Path, stage: str, *, emulator: bool) -> Mapping[str, Any]:
    resources = open_stage(project, stage, emulator=emulator).engine.resources()
    outputs = outputs_of(resources, "Release")
    if not outputs and outputs_of(resources, "Agent"):
        raise InputError(f"'{stage}' is deployed without a release: a Python program itself exports what serves")
    if not outputs or UNKNOWN in json.dumps(outputs):
        raise InputError(f"stage '{stage}' serves nothing yet; run `{command_line(f'up {stage}', emulator=emulator)}`")
    return dict(outputs)
