"""A stage's smoke tests as plain records: what each one runs, and on which exact versions."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.effective import canonical, desired_leaves
from pulumi_managed_agents.release.effective import fields
from pulumi_managed_agents.release.receipt import digest_of
from pulumi_managed_agents.release.root import closure, given
from pulumi_managed_agents.release.smoke_results import (
    ATTACHED_EFFECTIVE,
    ENVIRONMENT_EFFECTIVE,
    ENVIRONMENT_TEXT,
    RAN_IN,
)
from pulumi_managed_agents.smoke.result import AttachedStore, RunnableTest, SmokeTarget
from pulumi_managed_agents.stage.definition import resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pulumi_managed_agents.stage import Definition, SmokeFile, Stage
    from pulumi_managed_agents.stage.definition import Applied

TRANSCRIPTS = Path(".managed-agents/transcripts")
CONCURRENCY = 8
NOT_THE_TEST = frozenset({"agent", "environment", "stages"})


def stage_tests(stage: Stage, resources: Mapping[str, Applied]) -> dict[str, dict[str, Any]]:
    """The tests that run on this stage, by name; ids and versions are Outputs where `resources` are Pulumi's."""
    definitions = {definition.name: definition for definition in stage.definitions}
    return {
        file.name: _test(file, resources, definitions)
        for file in stage.smoke
        if stage.name in file.body.get("stages", [stage.name])
    }


def runnable(name: str, test: Mapping[str, Any]) -> RunnableTest:
    """The test of a record whose ids and versions are known."""
    body = test["body"]
    stores = (
        AttachedStore(store["memory_store_id"], store.get("access", "read_only"), store.get("instructions"))
        for store in body.get("memory_stores", [])
    )
    target = SmokeTarget(
        test["agent_id"], test["agent_version"], test["environment_id"], tuple(body.get("vaults", [])), tuple(stores)
    )
    return RunnableTest(name, body, target)


def must_be_affordable(tests: Collection[Mapping[str, Any]], cap: float | None) -> None:
    """Refuse, before the first session, tests that may cost more than the stage allows in one run.

    Raises:
        Refused: the sum of their budgets is above `cap`, in US dollars.
    """
    most = sum(test["body"]["budget_usd"] * test["body"].get("repeat", 1) for test in tests)
    if cap is not None and most > cap:
        raise Refused(
            f"{len(tests)} smoke tests are due and may cost ${most:.2f}, more than smoke.budget_usd in the stage's "
            f"values (${cap:.2f}); none was run"
        )


def _test(file: SmokeFile, resources: Mapping[str, Applied], definitions: Mapping[str, Definition]) -> dict[str, Any]:
    agent, environment = resources[file.agent], resources.get(file.environment)
    body = {key: value for key, value in file.body.items() if key not in NOT_THE_TEST}
    return {
        "file": file.file,
        "digest": file.digest,
        "agent": file.agent,
        "agent_id": agent.id,
        "agent_version": getattr(agent, "version"),  # noqa: B009 - only kinds with versions have it
        "environment_id": environment.id if environment else file.environment,
        **(_digests(definitions[file.environment].body) if file.environment in definitions else _UNKNOWN),
        **_attached(file, definitions),
        RAN_IN: list(given(file, definitions)),
        "body": resolved(body, resources),
    }


def _digests(environment: dict[str, Any]) -> dict[str, str]:
    """The digests that stand for an environment, which has no version: by its effective form, and by its text."""
    fields = {".".join(path): value for path, value in desired_leaves(FACTS["environment"], environment).items()}
    texts = (canonical(fields), json.dumps(environment, sort_keys=True, default=str))
    effective, written = (hashlib.sha256(text.encode()).hexdigest()[:16] for text in texts)
    return {ENVIRONMENT_EFFECTIVE: effective, ENVIRONMENT_TEXT: written}


def _attached(file: SmokeFile, definitions: Mapping[str, Definition]) -> dict[str, str]:
    """The digest that stands for the vaults and memory stores of a test, whose ids alone say nothing of a change."""
    names = [name for name in given(file, definitions) if definitions[name].kind != "environment"]
    members = sorted({member for name in names for member in closure(definitions, name)})
    known = fields(definitions[member] for member in members)
    digests = {key: field.digest for of_one in known.values() for key, field in of_one.items()}
    return {ATTACHED_EFFECTIVE: digest_of(digests)[:16]} if names else {}


_UNKNOWN = {ENVIRONMENT_EFFECTIVE: "", ENVIRONMENT_TEXT: ""}
