"""`managed-agents pins` and `receipts`: what a stage serves and what proves it, from its release's outputs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import UNKNOWN
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import command_line, read_project
from pulumi_managed_agents.engine.stage_results import outputs_of
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.release.ledger import SUFFIX, in_order, released_receipts, write_receipts
from pulumi_managed_agents.release.proof import newest
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.release.smoke_results import RETEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.release.receipt import Receipt


def pins_as_json(project: Path, stage: str, *, emulator: bool) -> str:
    """The version each agent of a stage serves: ``{"agents/triage": {"id": "agent_…", "version": 7}}``.

    Raises:
        InputError: the stage was never deployed.
    """
    pins = _release(project, stage, emulator=emulator).get("pins") or {}
    served = {name: {"id": pin["id"], "version": pin["version"]} for name, pin in sorted(pins.items())}
    return json.dumps(served, indent=2, ensure_ascii=False) + "\n"


def receipts_of(project: Path, stage: str, *, emulator: bool) -> list[Receipt]:
    """The receipts that a stage's release holds, by root and the newest first.

    Raises:
        InputError: the stage was never deployed.
    """
    return in_order(released_receipts(_release(project, stage, emulator=emulator), f"the release of {stage}"))


def unproven_now(project_dir: Path, stage: str, receipts: list[Receipt]) -> Iterator[str]:
    """A line for each root of a stage whose files, or those of its tests, are not what a receipt of it proves."""
    project = read_project(project_dir.resolve(), stage)
    try:
        present = roots(project.load())
    except InputError:  # what was proven is known all the same
        advice = command_line(f"validate {stage}", emulator=False)
        yield f"the files of {stage} cannot be read as they are now: `{advice}`"
        return
    asked = replace(gate({}, project.name), verified_in=project.stage)
    for root in present.values():
        receipt = newest(root, receipts, asked)
        if receipt is None or not receipt.passed:
            yield f"not proven as its files are now: {root.name}"
        elif others := root.tested_otherwise(receipt):
            yield f"not proven as its files are now: {root.name}, since it was tested with other {', '.join(others)}"
        elif silent := sorted(root.run_in(project.stage).keys() - receipt.ran_in.keys()):
            yield (
                f"{root.name}: an earlier release made its receipt, which does not cover {', '.join(silent)}; run its "
                f"tests again with {RETEST}=1"
            )


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
        raise InputError(f"'{stage}' is deployed without a release: a program in Python exports what it serves itself")
    if not outputs or UNKNOWN in json.dumps(outputs):
        raise InputError(f"stage '{stage}' serves nothing yet; run `{command_line(f'up {stage}', emulator=emulator)}`")
    return dict(outputs)
