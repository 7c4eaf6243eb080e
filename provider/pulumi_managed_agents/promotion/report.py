"""A promotion in words: for the terminal, and for the body of a pull request. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.definitions.counting import counted
from pulumi_managed_agents.engine.invocation import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.promotion.promote import Promotion
    from pulumi_managed_agents.receipts.receipt import Receipt


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
    writes = [("~" if promotion.target.read(path) else "+", path) for path in promotion.selection.plan.writes]
    return sorted([*writes, *(("-", path) for path in promotion.selection.plan.removes)], key=lambda one: one[1])


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
    parts += _section("Names in both stages", [f"- {one}" for one in promotion.namesakes])
    parts += _section(f"Still refused by {target.name}'s gate", [f"- {one}" for one in promotion.open_questions])
    return "\n\n".join(parts) + "\n"


def _section(title: str, items: list[str]) -> list[str]:
    return [f"### {title}", "\n".join(items)] if items else []


def _row(promotion: Promotion, name: str) -> str:
    receipt, root = promotion.receipts.get(name), promotion.selection.chosen[name].root
    if receipt is None:
        proof = "allowed without proof (`managed-agents:unproven`)" if root else "no root: needs no proof"
        return f"| `{name}` | {proof} | | | {f'`{root.digest[:12]}`' if root else ''} |"
    tests = ", ".join(f"`{test}`" for test in sorted(receipt.tests))
    commit = f" at {receipt.commit[:12]}" if receipt.commit else ""
    return f"| `{name}` | {tests} | {_cost(receipt)} | {receipt.since}{commit} | `{receipt.digest[:12]}` |"


def _proof(promotion: Promotion, name: str) -> str:
    receipt = promotion.receipts.get(name)
    if receipt is None:
        root = promotion.selection.chosen[name].root
        return "allowed without proof (managed-agents:unproven)" if root else "no root uses it, so it needs no proof"
    return f"proven in {receipt.stage} by {', '.join(sorted(receipt.tests))} ({_cost(receipt)}, {receipt.finished_at})"


def _cost(receipt: Receipt) -> str:
    return "cost unknown" if receipt.cost_usd is None else f"${receipt.cost_usd:.2f}"


def _afterwards(promotion: Promotion, *, written: bool) -> Iterator[str]:
    target = promotion.target
    yield from (f"  {one}" for one in promotion.namesakes)
    yield from (f"  {target.name}'s gate still refuses: {one}" for one in promotion.open_questions)
    if not target.gate.verified_in:
        yield (
            f"  ({target.name} has no gate; `managed-agents:verifiedIn: {promotion.source.name}` in "
            f"stacks/Pulumi.{target.name}.yaml makes it refuse what has no receipt)"
        )
    up = typed(f"up {target.name}", emulator=promotion.emulator)
    then = f"settle what the gate still refuses, then `{up}`" if promotion.open_questions else f"`{up}`"
    if not promotion.changes:
        yield f"{target.name} has all of this already; nothing was written. Next: {then}"
    elif not written:
        yield f"Nothing was written (--dry-run): {counted(len(promotion.changes), 'file')} would be."
    else:
        yield f"Wrote {counted(len(promotion.changes), 'file')}; values and configuration stay as they are."
        yield f"Next: review with `git diff`, commit, {'' if promotion.open_questions else 'then '}{then}"
