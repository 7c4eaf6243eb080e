"""What to type next on a stage, most urgent first. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.words import NextStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pulumi_managed_agents.review.status import Content, RootStatus, StageStatus


def with_advice(status: StageStatus, typed: Callable[[str], str]) -> StageStatus:
    """The status with what to type next; `typed` gives one of our commands as a person types it."""
    return replace(status, next=tuple(NextStep(typed(command), does) for command, does in _steps(status)))


def _steps(status: StageStatus) -> Iterator[tuple[str, str]]:
    """Our commands, each with what it does."""
    stage, before = status.stage, status.before
    if status.condition == "not known":
        return
    if status.condition == "never deployed":
        if before:
            yield f"promote {before} {stage}", f"hands over what {before} has proved"
        yield f"up {stage}", f"deploys {stage}"
        return
    failed = any(root.proof.verdict == "failed" for root in status.roots)
    if failed:
        yield from _to_go_back(status, "what serves has lost its proof: this")
    if status.drift and status.drift.drifted:
        yield f"drift {stage}", "shows what was changed outside, field by field"
    if waiting := _names(status, lambda root: root.kind == "agent" and _waits_for_proof(root)):
        does = "once the agent or its test is corrected, tests it again and lets a version that passes serve"
        yield f"up {stage}", f"{does}: {', '.join(waiting)}"
    elif status.waiting:
        yield f"preview {stage}", "shows what the files change, and an up deploys it"
    if back := _names(status, lambda root: root.serving.why == "rolled back"):
        yield f"rollback {stage}{_only(back)}", "restores the files of the version that serves, so that git agrees"
    yield from _between(status)
    if not failed:
        yield from _to_go_back(status, "if the newest version is bad, this")


def _to_go_back(status: StageStatus, reason: str) -> Iterator[tuple[str, str]]:
    """The way back by pins."""
    if status.back:
        moves = ", ".join(f"{move.agent} {move.serving} → {move.to}" for move in status.back)
        yield f"rollback {status.stage} --pins", f"{reason} lets the version before serve at once: {moves}"


def _between(status: StageStatus) -> Iterator[tuple[str, str]]:
    """What brings this stage and the one before together."""
    stage, before = status.stage, status.before
    behind = [*_with_content(status, "behind"), *status.missing]
    # Of files that were promoted already only the up is missing; shared files wait wherever they are newer.
    if behind and (status.shares_files or not status.waiting):
        yield f"promote {before} {stage}", f"hands over what {before} has proved: {', '.join(behind)}"
    if (ahead := _with_content(status, "ahead")) and not status.shares_files:
        yield f"promote {before} {stage} --backport{_only(ahead)}", f"takes what is newer here into {before}"
    if _with_content(status, "differs"):
        yield f"compare {before} {stage}", "shows in what the two differ"


def _with_content(status: StageStatus, content: Content) -> list[str]:
    return _names(status, lambda root: root.content == content)


def _names(status: StageStatus, holds: Callable[[RootStatus], bool]) -> list[str]:
    return [root.name for root in status.roots if holds(root)]


def _waits_for_proof(root: RootStatus) -> bool:
    return not root.serving.is_newest and root.serving.why not in {"rolled back", "file"}


def _only(names: Iterable[str]) -> str:
    return "".join(f" --only {name}" for name in names)
