"""`managed-agents rollback STAGE --pins`: what serves is the last proven version again, in seconds.

No agent gets a new version and no file is read: the pins move, and the deployments with them. The stack file keeps the
decision, which ends by itself with the agent's next version.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.promote.result import ChangedFile, RollbackReport, left
from pulumi_managed_agents.commands.promote.stage_folder import released
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.engine.events import HIDDEN
from pulumi_managed_agents.engine.open_stage import open_and_announce, open_stage
from pulumi_managed_agents.engine.project import NEEDS_CLI, command_line
from pulumi_managed_agents.engine.stage_results import title_of
from pulumi_managed_agents.errors import ManagedAgentsError, Refused
from pulumi_managed_agents.files.written_files import changes_to, content_of, write_all
from pulumi_managed_agents.files.yaml_entry import with_config
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.reports import Report, deliver_result, keeps_standard_output
from pulumi_managed_agents.output.run_summary import must_have_worked
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.rollback import (
    ROLLED_BACK,
    ROLLING_BACK,
    Declaration,
    Move,
    Recorded,
    coordinators_staying,
    rollback_moves,
    rolled_back,
)
from pulumi_managed_agents.review.json import as_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from pulumi_managed_agents.engine.project import Project

Record = dict[str, Any]


def roll_back_pins(
    root: Path,
    stage: str,
    only: Collection[str],
    *,
    emulator: bool,
    confirm: Callable[[str], bool] | None,
    reports: Sequence[Report] = (Report("text"),),
) -> None:
    """Move pins and deployments back, after a question unless `confirm` is None, and say how to make git agree.

    Raises:
        Refused: there is nothing to go back to, or the answer is no.
    """
    console = Console(aside=keeps_standard_output(reports))
    opened = open_stage(root, stage, emulator=emulator)
    resources, recorded = opened.engine.resources(), released(opened)
    steps_back, staying = rollback_moves(recorded, only)
    # An agent that names one of these has to move with it.
    along = {move.agent for move in steps_back if only and move.agent not in only}
    console.lines(
        f"  {move.agent}: version {move.serving} → {move.to}{' (it names what is left)' if move.agent in along else ''}"
        for move in steps_back
    )
    console.lines(f"  {name} stays: it {why}" for name, why in sorted(staying.items()))
    if not steps_back:
        raise Refused(f"no agent of {stage} can go back; nothing was changed")
    console.lines(coordinators_staying(recorded, _only(resources, "SmokeTests")["inputs"]["agents"], steps_back))
    declaration, targets = _declaration(resources, steps_back)
    _must_be_possible(declaration)
    if confirm and not confirm(f"Let '{stage}' in {opened.workspace()} serve these versions, at once?"):
        raise Refused("nothing was changed").with_cause_shown()
    path = opened.project.stack_file
    before = content_of(path)
    stack_file = _record_decision(opened.project, steps_back, recorded.applied)
    with tempfile.TemporaryDirectory(prefix="managed-agents-rollback-") as folder:
        file = Path(folder, "declaration.json")
        declaration.write(file)
        running = open_and_announce(root, stage, console.line, emulator=emulator, variables={ROLLING_BACK: str(file)})
        with console.following(f"moving pins of {stage}", len(targets)):
            outcome = running.engine.up(console, targets)
    if not (outcome.ok or outcome.began):  # nothing was tried, so that the decision does not hold
        write_all(changes_to({path: before}))
    must_have_worked(outcome)
    _must_serve(released(running).pins, steps_back)
    console.lines(f"{move.agent} serves version {move.to} ({move.id})" for move in steps_back)
    console.lines(_next_steps(stage, stack_file, only, emulator=emulator))
    changed_file = ChangedFile(stack_file, "added" if before is None else "changed")
    report = RollbackReport(stage, pins=True, moved=tuple(steps_back), left=left(staying), files=(changed_file,))
    deliver_result(console, reports, lambda: as_tree(report))


def _record_decision(project: Project, moves: Iterable[Move], applied: Mapping[str, int]) -> str:
    """Write the decision into the stack file, without earlier ones that have ended; returns its path as shown."""
    path = project.stack_file
    shown = path.relative_to(project.root).as_posix()
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    earlier = rolled_back(project.own_config).items()
    # A decision ends with the agent's next version; one of an earlier version would only confuse readers
    # of the file.
    decided = {name: move for name, move in earlier if applied.get(name) == move["from"]}
    decided |= {rollback.agent: {"from": rollback.applied, "to": rollback.to} for rollback in moves}
    content = with_config(text, f"{NAMESPACE}:{ROLLED_BACK}", decided, shown)
    write_all(changes_to({path: content.encode()}))
    return shown


def _must_be_possible(declaration: Declaration) -> None:
    """Refuse to move deployments with secrets without the CLI: the trial engine knows only fingerprints of them."""
    with_secrets = [resource.inputs[RESOURCE]["name"] for resource in declaration.deployments if resource.unknown]
    if with_secrets and not shutil.which("pulumi"):
        raise Refused(
            f"{', '.join(with_secrets)}: holds a secret, and so cannot be moved; {NEEDS_CLI}. Nothing was changed"
        )


def _declaration(resources: Iterable[Record], moves: Collection[Move]) -> tuple[Declaration, list[str]]:
    """What the program declares instead of the stage's files, and the URNs to touch."""
    ours = [resource for resource in resources if RESOURCE in resource["inputs"]]
    smoke, release = (_only(ours, title) for title in ("SmokeTests", "Release"))
    deployments = [resource for resource in ours if title_of(resource["type"]) == "Deployment"]
    moving = [resource for resource in deployments if _follows(resource["inputs"].get("agent"), moves)]
    depending = [resource for resource in deployments if resource not in moving] + [_only(ours, "Proof")]
    needed = _closure(ours, deployments)
    declaration = Declaration(
        smoke_tests=_as_recorded(smoke),
        release=_as_recorded(release),
        deployments=tuple(map(_as_recorded, moving)),
        before=tuple(_as_recorded(resource) for resource in ours if resource["urn"] in needed),
        after=tuple(map(_as_recorded, depending)),
    )
    return declaration, [resource["urn"] for resource in (smoke, *moving, release)]


def _as_recorded(resource: Record) -> Recorded:
    inputs = resource["inputs"]
    unknown = tuple(key for key, value in inputs.items() if f'"{HIDDEN}"' in json.dumps(value))
    return Recorded(title_of(resource["type"]), inputs, unknown)


def _only(resources: Iterable[Record], title: str) -> Record:
    """The one resource of a type of which a stage has one."""
    return next(resource for resource in resources if title_of(resource["type"]) == title)


def _follows(agent: Any, moves: Iterable[Move]) -> bool:
    """Whether a deployment runs the version that is left, and not one it holds back to."""
    served = {(resource.id, resource.serving) for resource in moves}
    return isinstance(agent, dict) and (agent.get("id"), agent.get("version")) in served


def _closure(ours: Collection[Record], moving: Iterable[Record]) -> set[str]:
    """The URNs of everything that the deployments refer to."""
    by_name = {
        resource["inputs"][RESOURCE]["name"]: resource for resource in ours if title_of(resource["type"]) != "Workspace"
    }
    waiting, closure = [name for resource in moving for name in _uses(resource)], set[str]()
    while waiting:
        reached = by_name.get(waiting.pop())
        if reached and reached["urn"] not in closure:
            closure.add(reached["urn"])
            waiting += _uses(reached)
    return closure


def _uses(resource: Record) -> list[str]:
    return list((resource["inputs"][RESOURCE].get("uses") or {}).values())


def _must_serve(pins: Any, moves: Iterable[Move]) -> None:
    for move in moves:
        served = (pins.get(move.agent) or {}).get("version")
        if served != move.to:
            raise ManagedAgentsError(f"{move.agent} still serves version {served} and not {move.to}")


def _next_steps(stage: str, file: str, only: Collection[str], *, emulator: bool) -> Iterator[str]:
    named = "".join(f" --only {name}" for name in sorted(only))
    files = command_line(f"rollback {stage}{named}", emulator=emulator)
    yield f"Written into {file}, so that the next up keeps it: commit that. It ends with each agent's next version."
    yield f"Next, to make git agree: `{files}` restores the files of those versions; or correct the files."
