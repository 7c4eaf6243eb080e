"""Plans that are saved by `preview --save-plan` and applied by `up --plan`: what was reviewed is what is applied."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.engine.events import is_secret
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import command_line, read_project
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.output.run_summary import UNTOUCHED, must_have_worked
from pulumi_managed_agents.reconcile.fingerprint import slow_digest
from pulumi_managed_agents.reconcile.live import LiveCache
from pulumi_managed_agents.reconcile.mark import qualified_name
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.record import RESOURCE, newest_version
from pulumi_managed_agents.review.json import as_tree
from pulumi_managed_agents.review.plan_files import collect, engine_plan, salt_of
from pulumi_managed_agents.review.plan_moves import moves, was_applied
from pulumi_managed_agents.review.saved_plan import (
    LARGEST,
    Surroundings,
    age,
    read,
    saved_plan,
    with_digest,
)
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.words import counted, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.engine.events import RunOutcome
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.review.review import StageReview
    from pulumi_managed_agents.review.saved_plan import Tree


@dataclass(frozen=True)
class PlanFile:
    """A saved plan that is to be applied: its path as it was given, and what it holds."""

    path: Path
    plan: Tree

    @property
    def origin(self) -> str:
        """Where what is applied was reviewed, and how long ago that was saved."""
        ago = age(self.plan["saved_at"], datetime.now(UTC))
        return f"as reviewed in {self.path}, saved {ago} by managed-agents {visible(self.plan['made_by'])}"

    @property
    def salt(self) -> str:
        """The salt of its fingerprints."""
        return str(self.plan["rests_on"]["salt"])


def read_plan(path: Path, project: Path, stage: str) -> PlanFile:
    """The plan in a file.

    Raises:
        InputError: there is no plan in it, or not a whole one.
        Refused: it is another project's or another stage's.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    plan = read(content, str(path))
    name = read_project(project.resolve(), stage).name
    if (plan["project"], plan["stage"]) != (name, stage):
        raise Refused(
            f"{path} is a plan for stage '{visible(plan['stage'])}' of project '{visible(plan['project'])}', "
            f"not for stage '{stage}' of project '{name}'; {UNTOUCHED}"
        )
    return PlanFile(path, plan)


def save_plan(path: Path, project: Path, review: StageReview, folder: Path, *, emulator: bool) -> list[str]:
    """Save what a preview planned, from the plans in `folder`; returns lines for people."""
    plan = _fresh(project, review, folder, emulator=emulator)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, json.dumps(with_digest(plan), indent=1, ensure_ascii=False) + "\n")
    apply = command_line(f"up {review.stage} --plan {shlex.quote(str(path))}", emulator=emulator)
    lines = [f"wrote {path}: `{apply}` applies this, and nothing else"]
    if engine_plan(folder) and plan["engine_plan"] is None:
        lines.append("Pulumi's own plan is not in it: it would hold a secret that is not encrypted")
    return lines


def must_be_unmoved(
    approved: PlanFile, project: Path, outcome: RunOutcome, review: StageReview, folder: Path, *, emulator: bool
) -> None:
    """Stop unless a fresh preview plans what was reviewed, from the same files and settings.

    Raises:
        Refused: the plan was applied already, or something moved; names each.
    """
    if not review.complete:
        must_have_worked(outcome, UNTOUCHED)
    now = _fresh(project, review, folder, emulator=emulator)
    plan = f"the plan {approved.path}"
    again = command_line(f"preview {review.stage} --save-plan {shlex.quote(str(approved.path))}", emulator=emulator)
    if was_applied(approved.plan, now):
        due = len(now["review"]["tests"]["due"])
        left = f"only {counted(due, 'smoke test')} would run again" if due else "nothing of it is left to do"
        raise Refused(f"{plan} was applied already: {left}; {UNTOUCHED}")
    if moved := moves(approved.plan, now):
        listed = "".join(f"\n  {line}" for line in moved)
        raise Refused(f"{plan} is not what would be done now:{listed}\n{UNTOUCHED}; review it again with `{again}`")


def _fresh(project: Path, review: StageReview, folder: Path, *, emulator: bool) -> Tree:
    """The plan of a preview that has just been made."""
    from importlib.metadata import version

    opened, plans = open_stage(project, review.stage, emulator=emulator), collect(folder)
    plan = saved_plan(
        opened.project.name,
        review,
        replace(plans, resources=(*plans.resources, *_removed(opened, review))),
        _surroundings(opened, salt_of(folder)),
        made_by=version("managed-agents-pulumi"),
        at=datetime.now(UTC),
        engine_plan=_encrypted(engine_plan(folder)),
    )
    # As it is read back: a tuple is a list in JSON.
    tree: Tree = json.loads(json.dumps(as_tree(plan)))
    return tree


def _removed(opened: OpenStage, review: StageReview) -> Iterator[Plan]:
    """What is live of the resources that the up removes; the engine's preview does not ask the provider about them."""
    names = {(plan.kind, plan.name) for plan in review.resources if plan.decision == "delete"}
    cache = LiveCache(opened.client())
    for recorded in opened.engine.resources() if names else ():
        kind, name = (recorded["inputs"].get(RESOURCE) or {}).get("kind", ""), qualified_name(recorded["urn"])
        if (kind, name) in names:
            facts = FACTS[kind]
            live = cache.get(facts.within(recorded["outputs"].get(facts.parent, "")), recorded["id"]) or {}
            version = newest_version(live) or ""
            changed = live.get("archived_at") or live.get("updated_at") or ""
            yield Plan(kind, name, live_version=str(version), live_at=str(changed))


def _surroundings(opened: OpenStage, salt: str) -> Surroundings:
    project, client = opened.project, opened.client()
    prefix = f"{NAMESPACE}:"
    encrypted = [key for key in project.encrypted if key.startswith(prefix)]
    # The ciphertext stands for its secret: it changes when somebody sets the secret, and reveals nothing about it.
    secrets = {key: project.ciphers.get(key) or project.config[key] for key in encrypted}
    settings = {key: value for key, value in project.own_config.items() if f"{prefix}{key}" not in encrypted}
    return Surroundings(
        engine=opened.engine_name,
        workspace=client.identify() or "",
        api=client.settings.base_url,
        settings=KNOWN.scrubber().value(settings),
        sealed={key: slow_digest(value, salt) for key, value in secrets.items()},
        salt=salt,
    )


def _encrypted(file: Path | None) -> Tree | None:
    """The engine's own plan as it wrote it; None if it makes none, or if a secret in it is not encrypted."""
    plan: Tree | None = json.loads(file.read_bytes()) if file else None
    return None if _holds_a_secret_in_clear(plan) else plan


def _holds_a_secret_in_clear(value: Any) -> bool:
    if is_secret(value):
        return not isinstance(value.get("ciphertext"), str) or "plaintext" in value
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_a_secret_in_clear, entries))


def _write(file: Path, text: str) -> None:
    """Write a file that nobody else can read, whole or not at all."""
    draft = file.with_name(f"{file.name}.half")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as opened:
        os.fchmod(opened.fileno(), 0o600)
        opened.write(text)
    draft.replace(file)
