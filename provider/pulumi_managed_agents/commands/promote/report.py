"""A promotion in words: for the terminal, and for the body of a pull request. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.project import command_line
from pulumi_managed_agents.errors import Conflict
from pulumi_managed_agents.files.names import TEMPLATE_SUFFIX
from pulumi_managed_agents.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from pulumi_managed_agents.commands.promote.file_changes import Verdict
    from pulumi_managed_agents.commands.promote.selection import Selection
    from pulumi_managed_agents.commands.promote.stage_folder import StageFolder
    from pulumi_managed_agents.release.judgement import Judgement
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.stage import Stage


@dataclass(frozen=True)
class Promotion:
    """A promotion that is worked out and not written yet.

    `changes` are all files to write (content) or remove (None), by absolute path; `receipts` prove the chosen roots;
    `judgement` is what the target's gate says then, such as that a receipt is too young, `name_collisions` are lines on
    names that may be refused.
    """

    source: StageFolder
    target: StageFolder
    selection: Selection
    receipts: Mapping[str, Receipt]
    changes: Mapping[Path, bytes | None]
    judgement: Judgement
    name_collisions: tuple[str, ...]
    emulator: bool = False


LONGEST = 60
"""The most lines of a difference that are shown."""


def must_have_no_conflicts(
    source: StageFolder, target: StageFolder, conflicts: Mapping[str, Verdict], *, emulator: bool
) -> None:
    """Raise `Conflict` with every difference and what to do about it, if there is a conflict."""
    if conflicts:
        files = counted(len(conflicts), "file")
        changed = f"{target.name} was changed since the last promotion, in {files}"
        headline = f"{changed}; nothing was overwritten, nothing written"
        shown = [line for path, verdict in conflicts.items() for line in _shown(source, target, path, verdict)]
        raise Conflict("\n".join([headline, *shown, *_ways_out(source, target, conflicts, emulator)]))


def difference(source: StageFolder, target: StageFolder, path: str) -> list[str]:
    """The unified difference from the source's file to the target's, shortened."""
    before, after = _lines(source.read(path)), _lines(target.read(path))
    lines = list(difflib.unified_diff(before, after, source.shown(path), target.shown(path), n=2, lineterm=""))
    more = [f"… {len(lines) - LONGEST} more lines"] if len(lines) > LONGEST else []
    return lines[:LONGEST] + more


def _shown(source: StageFolder, target: StageFolder, path: str, verdict: Verdict) -> Iterator[str]:
    what = {
        "changed": f"changed in {target.name} only",
        "both": f"changed in {source.name} and in {target.name}",
        "unknown": f"differs from {source.shown(path)}, and nothing shows which of them is newer",
    }
    removed = " (removed there)" if target.read(path) is None else ""
    yield f"  {target.shown(path)}: {what[verdict]}{removed}"
    yield from (f"      {line}" for line in difference(source, target, path))


def _ways_out(
    source: StageFolder, target: StageFolder, conflicts: Mapping[str, Verdict], emulator: bool
) -> Iterator[str]:
    verdicts = set(conflicts.values())
    if verdicts != {"both"}:
        backport = command_line(f"promote {source.name} {target.name} --backport", emulator=emulator)
        yield f"Next: `{backport}` takes {target.name}'s change into {source.shown()}, to be proved like any other."
    if "both" in verdicts:
        yield "Changed on both sides: write what should hold into both files, then promote again."
    if "unknown" in verdicts:
        yield f"If {source.name}'s file is the right one, copy it over {target.name}'s, then promote again."
    yield f"Or give up {target.name}'s change: `git checkout` the file as it was promoted."


def _lines(content: bytes | None) -> list[str]:
    if content is None:
        return []
    try:
        return content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return [f"({len(content):,} bytes that are not text)"]


def name_collisions(source: Stage, target: Stage, files: Collection[str]) -> Iterator[str]:
    """A line for each of the target's environments in `files` that has the name of one of the source's.

    Nothing is refused for it: only a deployment shows whether both stages are in one workspace.
    """
    taken = {defined.body.get("name") for defined in source.definitions if defined.kind == "environment"}
    for defined in target.definitions:
        name = defined.body.get("name")
        if defined.kind == "environment" and defined.file in files and name in taken:
            path = defined.file.removeprefix(f"{target.folder}/").removesuffix(TEMPLATE_SUFFIX)
            override = f"`overrides: {{{path}: {{name: …}}}}` in stacks/{target.name}.values.yaml"
            yield (
                f"{defined.file}: name: {source.name} has an environment '{name}' as well; if both stages are in one "
                f"workspace, {target.name} needs a name of its own: {override}"
            )


def lines(promotion: Promotion, *, written: bool) -> Iterator[str]:
    """What is promoted, what is not and why, which files changed, and what to type next."""
    source, target, selection = promotion.source, promotion.target, promotion.selection
    yield f"{source.name} → {target.name}: {counted(len(selection.chosen), 'part')} promoted"
    yield from (f"  {name}: {_proof(promotion, name)}" for name in sorted(selection.chosen))
    yield from (f"  {name}: gone from {source.name}, so removed" for name in selection.gone)
    yield from (f"  not promoted: {name}: {reason}" for name, reason in sorted(selection.skipped.items()))
    if source.shares_folder_with(target):
        yield f"  both stages are made of {source.shown()}, so only receipts are handed over"
    yield from (f"  {sign} {target.shown(path)}" for sign, path in changed_files(promotion))
    yield from _afterwards(promotion, written=written)


def changed_files(promotion: Promotion) -> list[tuple[str, str]]:
    """The target's definition files that change, by path below its folder, each with ``+``, ``~`` or ``-``."""
    writes = [("~" if promotion.target.read(path) else "+", path) for path in promotion.selection.file_changes.writes]
    return sorted(
        [*writes, *(("-", path) for path in promotion.selection.file_changes.removes)], key=lambda file: file[1]
    )


def pull_request(promotion: Promotion) -> str:
    """The body of a pull request in Markdown: the proof of every root, the files, what stays behind."""
    source, target, selection = promotion.source, promotion.target, promotion.selection
    rows = [
        "| | proved by | cost | proven since | content |",
        "|---|---|---|---|---|",
        *(_row(promotion, name) for name in sorted(selection.chosen)),
    ]
    parts = [f"## Promote {source.name} → {target.name}", "\n".join(rows)]
    parts += _section("Removed", [f"- `{name}`, which is gone from {source.name}" for name in selection.gone])
    parts += _section("Files", [f"- `{sign} {target.shown(path)}`" for sign, path in changed_files(promotion)])
    skipped = [f"- `{name}`: {reason}" for name, reason in sorted(selection.skipped.items())]
    parts += _section("Not promoted", skipped)
    parts += _section("Names in both stages", [f"- {line}" for line in promotion.name_collisions])
    parts += _section("To be known", [f"- {line}" for line in promotion.judgement.known])
    parts += _section(f"Still refused by {target.name}'s gate", [f"- {line}" for line in promotion.judgement.refusals])
    return "\n\n".join(parts) + "\n"


def _section(title: str, items: list[str]) -> list[str]:
    return [f"### {title}", "\n".join(items)] if items else []


def _row(promotion: Promotion, name: str) -> str:
    receipt, root = promotion.receipts.get(name), promotion.selection.chosen[name].root
    if receipt is None:
        proof = "allowed without proof (`managed-agents:unproven`)" if root else "no proof covers it"
        return f"| `{name}` | {proof} | | | {f'`{root.digest[:12]}`' if root else ''} |"
    tests = ", ".join(f"`{test}`" for test in sorted(receipt.tests))
    tests += f" in {', '.join(f'`{environment}`' for environment in sorted(receipt.ran_in))}" if receipt.ran_in else ""
    commit = f" at {receipt.commit[:12]}" if receipt.commit else ""
    return f"| `{name}` | {tests} | {_cost(receipt)} | {receipt.since}{commit} | `{receipt.digest[:12]}` |"


def _proof(promotion: Promotion, name: str) -> str:
    receipt = promotion.receipts.get(name)
    if receipt is None:
        root = promotion.selection.chosen[name].root
        return "allowed without proof (managed-agents:unproven)" if root else "no proof covers it"
    tests, ran_in = ", ".join(sorted(receipt.tests)), ", ".join(sorted(receipt.ran_in))
    where = f", in {ran_in}" if ran_in else ""
    return f"proven in {receipt.stage} by {tests} ({_cost(receipt)}, {receipt.finished_at}{where})"


def _cost(receipt: Receipt) -> str:
    return "cost unknown" if receipt.cost_usd is None else f"${receipt.cost_usd:.2f}"


def _afterwards(promotion: Promotion, *, written: bool) -> Iterator[str]:
    target = promotion.target
    yield from (f"  {line}" for line in promotion.name_collisions)
    yield from (f"  {target.name}: {line}" for line in promotion.judgement.known)
    yield from (f"  {target.name}'s gate still refuses: {line}" for line in promotion.judgement.refusals)
    if not target.gate.verified_in:
        yield (
            f"  ({target.name} has no gate; `managed-agents:verifiedIn: {promotion.source.name}` in "
            f"stacks/Pulumi.{target.name}.yaml makes it refuse what has no receipt)"
        )
    up = command_line(f"up {target.name}", emulator=promotion.emulator)
    then = f"settle what the gate still refuses, then `{up}`" if promotion.judgement.refusals else f"`{up}`"
    if not promotion.changes:
        yield f"{target.name} has all of this already; nothing was written. Next: {then}"
    elif not written:
        yield f"Nothing was written (--dry-run): {counted(len(promotion.changes), 'file')} would be."
    else:
        yield f"Wrote {counted(len(promotion.changes), 'file')}; values and configuration stay as they are."
        yield f"Next: review with `git diff`, commit, {'' if promotion.judgement.refusals else 'then '}{then}"
