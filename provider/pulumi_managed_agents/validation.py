"""Checking stages without an engine, a key or a network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.definitions.counting import counted
from pulumi_managed_agents.engine.invocation import typed
from pulumi_managed_agents.errors import Finding, InputError, Refused
from pulumi_managed_agents.kinds.policy import policy
from pulumi_managed_agents.receipts.gate import exempted, gate, notes, refusals
from pulumi_managed_agents.receipts.ledger import at_hand
from pulumi_managed_agents.receipts.root import roots
from pulumi_managed_agents.smoke.rollback import rolled_back
from pulumi_managed_agents.smoke.side_effects import must_be_accepted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.stage import Stage


def validate_stages(root: Path, names: Sequence[str], *, strict: bool) -> Iterator[Finding | str]:
    """Check the named stages, or all; the warnings, and a line per stage.

    Raises:
        InputError: holds every error of every stage, and the warnings beside them; or there is no project.
        Refused: all files are well formed, but a gate refuses what they say.
    """
    from pulumi_managed_agents.engine.opening import stages
    from pulumi_managed_agents.engine.project import read_project

    found: list[Finding] = []
    refused: list[Finding] = []
    known = names or stages(root)
    if not known:
        yield f"{read_project(root, 'dev').name}: no stages in {root / 'stacks'}, so there is nothing to check"
    for name in known:
        project = read_project(root, name)
        config = project.own_config
        try:
            project.must_have_known_settings()
            stage = project.load(strict=strict)
            must_be_accepted(stage, config)
            judged = judge(stage, root, project.name, config)
        except InputError as error:
            if not error.findings:
                raise
            found += error.findings
            continue
        yield from stage.warnings
        parts = counted(len(stage.definitions), "resource"), counted(len(stage.smoke), "smoke test")
        yield f"{stage.folder}: {' and '.join(parts)}, well formed"
        yield from judged.notes
        refused += judged.refusals
    if found:
        raise InputError(found)
    if refused:
        raise Refused("a gate refuses this:\n" + "\n".join(map(str, sorted(refused))))


def judge(stage: Stage, root: Path, project: str, config: Mapping[str, str]) -> Judgement:
    """What the stage's gate says, by the receipts that stand in files; another stage's state is not asked."""
    asked = gate(config, project)
    policy(config)
    rolled_back(config)
    receipts = at_hand(root, stage.name, config, os.environ) if asked.verified_in else []
    found = roots(stage)
    refused = refusals(stage, found, receipts, asked, datetime.now(UTC), partial(typed, emulator=False))
    return Judgement(refused, [*notes(found, receipts, asked), *exempted(found, asked)])


@dataclass(frozen=True)
class Judgement:
    """What a gate refuses, and a line for each root that differs where it may, or goes without proof."""

    refusals: list[Finding]
    notes: list[str]
