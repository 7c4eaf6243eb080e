"""`managed-agents destroy`: take a stage down, after saying what becomes of each object."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.policy import policy
from pulumi_managed_agents.engine.open_stage import open_and_announce
from pulumi_managed_agents.engine.own_state import variables_of_destroy
from pulumi_managed_agents.engine.stage_results import outputs_of, recorded_workspace
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.run_summary import must_have_worked, tally
from pulumi_managed_agents.reconcile.record import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.config.policy import OnRemoval
    from pulumi_managed_agents.engine.open_stage import OpenStage

SPARED = {
    "retain": "left as it is, and forgotten (managed-agents:onRemoval is 'retain')",
    "refuse": "refused (managed-agents:onRemoval is 'refuse'; set it to 'archive' and run `up` first)",
}


def destroy_stage(project: Path, stage: str, *, emulator: bool, confirm: Callable[[str], bool] | None) -> None:
    """Take a stage down, after saying what becomes of each object, and after a question unless `confirm` is None."""
    console = Console()
    opened = open_and_announce(project, stage, console.line, emulator=emulator)
    resources = opened.engine.resources()
    on_removal = policy(opened.project.own_config).on_removal
    fates = list(removals(resources, on_removal))
    console.lines(fates)
    if fates and on_removal == "refuse":
        raise Refused(f"'{stage}' cannot be taken down as it is configured; nothing was changed")
    if confirm and not confirm(f"Take down '{stage}' in {opened.workspace()}, as listed above?"):
        raise Refused("nothing was changed").with_cause_shown()
    _end_leftover_sessions(opened, resources, console)
    recording = variables_of_destroy(opened, resources)
    removing = open_and_announce(project, stage, Console(quiet=True).line, emulator=emulator, variables=recording)
    with console.following(f"taking {stage} down"):
        outcome = removing.engine.destroy(console)
    must_have_worked(outcome)
    console.lines([tally(outcome)])


def removals(resources: Iterable[Mapping[str, Any]], on_removal: OnRemoval) -> Iterator[str]:
    """One line for each managed object among an engine's recorded resources: ``agent agents/lead: archived for ever``.

    What never was made, such as a deployment that waits for a proof, is left out.
    """
    for resource in resources:
        about = resource["inputs"].get(RESOURCE) or {}
        facts = FACTS.get(about.get("kind", ""))
        if facts and "__applied" in resource["outputs"]:
            fate = SPARED.get(on_removal) or facts.fate
            yield f"{facts.kind.replace('_', ' ')} {about['name']}: {fate}"


def _end_leftover_sessions(opened: OpenStage, resources: list[dict[str, Any]], console: Console) -> None:
    """End sessions that killed smoke runs left: an environment that one refers to could only be archived."""
    from pulumi_managed_agents.smoke.leftover_sessions import delete_leftovers

    tests = outputs_of(resources, "SmokeTests").get("tests") or {}
    if tests:
        agents = (test["agent_id"] for test in tests.values())
        with closing(opened.client()) as client:
            client.expect(recorded_workspace(resources))
            delete_leftovers(client, agents, {"stage": opened.project.stage}, console.line)
