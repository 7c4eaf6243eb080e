"""The gate in the program: decided at once and before the first resource, so that a refused stage stays as it is.

Receipts come from the stage's file, from a configured directory, and from the release of the stage that they are asked
of, where that is in the same backend: so a receipt that was revoked is noticed. Where the engine cannot answer for the
other stage (another backend, no such stack yet), the files decide.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE
from pulumi_managed_agents.dynamic.stack_state import state_of
from pulumi_managed_agents.kinds.record import RESOURCE
from pulumi_managed_agents.receipts.gate import exempted, notes, refusals
from pulumi_managed_agents.receipts.ledger import at_hand, of_release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.errors import Finding
    from pulumi_managed_agents.receipts.gate import Gate
    from pulumi_managed_agents.receipts.receipt import Receipt
    from pulumi_managed_agents.receipts.root import Root
    from pulumi_managed_agents.stage import Stage


def refused(stage: Stage, roots: Mapping[str, Root], gate: Gate, config: Mapping[str, str]) -> list[Finding]:
    """Why the stage may not be deployed as its files are; warns of what goes without proof.

    `config` is the stage's configuration without namespace.

    Raises:
        InputError: receipts cannot be read.
    """
    receipts: list[Receipt] = []
    if gate.verified_in:
        receipts = [*at_hand(Path.cwd(), stage.name, config, os.environ), *_released(gate.verified_in)]
    for line in notes(roots, receipts, gate):
        pulumi.log.info(line)
    for line in exempted(roots, gate):
        pulumi.log.warn(line)
    return refusals(stage, roots, receipts, gate, datetime.now(UTC), _typed)


def _typed(command: str) -> str:
    """A command of ours, against the emulator where this run is."""
    return f"managed-agents {command}" + (" --emulator" if os.environ.get(EMULATOR_VARIABLE) else "")


def _released(stage: str) -> list[Receipt]:
    """The receipts that another stage's release holds; none where that cannot be asked."""
    recorded = [entry.get("outputs") or {} for entry in state_of(stage).values()]
    releases = [outputs for outputs in recorded if (outputs.get(RESOURCE) or {}).get("kind") == "release"]
    return [receipt for outputs in releases for receipt in of_release(outputs, f"the release of {stage}")]
