"""Which roots a promotion takes: those that are proven, and only together with what they share files with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.promote.file_changes import FileChanges, ThreeWay, file_changes
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.proof import exemption, fault, newest
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime

    from pulumi_managed_agents.commands.promote.closure_files import PromotablePart
    from pulumi_managed_agents.commands.promote.origins import Origins
    from pulumi_managed_agents.release.gate import Gate
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.root import Root


@dataclass(frozen=True)
class Proofs:
    """What the stage `gate.verified_in` has proved; `up` and `folder` are for the advice in messages."""

    gate: Gate
    receipts: tuple[Receipt, ...]
    up: str
    folder: str
    now: datetime

    def receipt(self, root: Root) -> Receipt | None:
        """The receipt that proves a root with its tests, and what they run in, as they are now; None without one."""
        receipt = newest(root, self.receipts, self.gate)
        sound = receipt and receipt.passed and not fault(receipt, self.now)
        return receipt if receipt and sound and not root.tested_otherwise(receipt) else None

    def allows(self, root: Root, *, elsewhere: bool = False) -> bool:
        """Whether a root of the target may go on, or one of the source (`elsewhere`): it is proven, or it is exempt."""
        return self.receipt(root) is not None or exemption(root, self.gate, elsewhere=elsewhere) is not None

    def reason(self, root: Root) -> str:
        """Why a root may not go on, and what to do."""
        stage, receipt = self.gate.verified_in, newest(root, self.receipts, self.gate)
        if receipt and (why := fault(receipt, self.now)):
            return f"its receipt {why}; `{self.up}` makes a new one"
        if receipt and receipt.passed:
            others = ", ".join(root.tested_otherwise(receipt))
            return f"{stage} has proved it with other content of {others}; `{self.up}` runs its smoke tests"
        if receipt:
            return f"failed in {stage} at {receipt.finished_at}: {receipt.reason}; correct it, then `{self.up}`"
        if not root.tests:
            return f"no smoke test in {self.folder}/smoke runs it in {stage}; write one, then `{self.up}`"
        return f"{stage} has not proved it as its files are now; `{self.up}` runs its smoke tests"


@dataclass(frozen=True)
class Selection:
    """What is promoted (`chosen`, parts of the source by name), what leaves the target, what stays and why."""

    chosen: Mapping[str, PromotablePart]
    gone: tuple[str, ...]
    skipped: Mapping[str, str]
    file_changes: FileChanges


@dataclass(frozen=True)
class Selector:
    """Chooses among the source's parts.

    `parts` are the source's, `present` the target's before the promotion, `origins` what was promoted into it, and
    `after` returns the target's roots as they would be after such changes to its files.
    """

    parts: Mapping[str, PromotablePart]
    present: Mapping[str, PromotablePart]
    origins: Origins
    three_way: ThreeWay
    proofs: Proofs
    after: Callable[[FileChanges], Mapping[str, Root]]

    def select(self, only: Collection[str]) -> Selection:
        """Take what is named and proven, without what would make an unproven root of the target."""
        candidates = named(self.parts, only, self.origins)
        gone = tuple(sorted(self._gone(only)))
        skipped = self._unproven(with_members(self.parts, candidates))
        # To leave a part out, or to add a root that comes along, changes what else the target becomes: repeat until
        # neither happens. Each round settles at least one part, so it ends.
        while True:
            going = with_members(self.parts, candidates - skipped.keys())
            chosen = {name: part for name, part in going.items() if name not in skipped}
            changes = self.file_changes(chosen, gone)
            if changes.conflicts:
                return Selection(chosen, gone, skipped, changes)
            after = self.after(changes)
            faults, completed = self._faults(chosen, changes, after), self._completed_roots({*chosen, *skipped}, after)
            if not faults and not completed:
                return Selection(chosen, gone, skipped, changes)
            skipped |= faults
            candidates |= completed

    def file_changes(self, chosen: Mapping[str, PromotablePart], gone: Iterable[str]) -> FileChanges:
        """What happens to the target's files when the chosen parts come and the roots `gone` leave."""
        moving = {*chosen, *gone}
        earlier = (path for name in moving if name in self.origins for path in self.origins[name].files)
        still_used = {path for name, part in self.present.items() if name not in moving for path in part.all_files}
        source_files = {path for part in chosen.values() for path in part.all_files}
        return file_changes(source_files, earlier, still_used, self.three_way)

    def _gone(self, only: Collection[str]) -> set[str]:
        stage = self.proofs.gate.verified_in
        gone = {name for name, origin in self.origins.items() if origin.stage == stage and name not in self.parts}
        return gone & set(only) if only else gone

    def _unproven(self, parts: Mapping[str, PromotablePart]) -> dict[str, str]:
        """The roots without proof, and those that use one."""
        roots = {name: part.root for name, part in parts.items() if part.root}
        refused = {name: root for name, root in roots.items() if not self.proofs.allows(root, elsewhere=True)}
        unproven = {name: self.proofs.reason(root) for name, root in refused.items()}
        uses = {name: sorted((parts[name].members & unproven.keys()) - {name}) for name in roots}
        return {name: f"uses {', '.join(used)}, which is not proven" for name, used in uses.items() if used} | unproven

    def _faults(
        self, chosen: Mapping[str, PromotablePart], changes: FileChanges, after: Mapping[str, Root]
    ) -> dict[str, str]:
        """The chosen parts that would make a root of the target what nobody has proved, and why."""
        faults: dict[str, str] = {}
        for name, root in after.items():
            if self._moves(name, root, chosen) and not self.proofs.allows(root):
                shared = {*root.files, *root.test_files} & changes.touched
                blamed = {name} & chosen.keys() or {other for other, part in chosen.items() if part.all_files & shared}
                # Where no shared file explains it, nothing is promoted rather than something unproven.
                faults |= dict.fromkeys(blamed or chosen, self._fault(name, root, chosen))
        return faults

    def _fault(self, name: str, root: Root, chosen: Mapping[str, PromotablePart]) -> str:
        if name in chosen:
            return "the target's own values file makes it, or its smoke tests, other than what was proven"
        source = self.parts[name].root if name in self.parts else None
        stage = self.proofs.gate.verified_in
        if source and source.subject(stage) == root.subject(stage):
            return f"shares files with {name}, which is not proven: {self.proofs.reason(source)}"
        return f"shares files with {name}, which would become something unproven; promote both (--only for each)"

    def _completed_roots(self, known: Collection[str], after: Mapping[str, Root]) -> set[str]:
        """The proven roots that come along because all of their files are promoted."""
        others = {name: root for name, root in after.items() if name in self.parts and name not in known}
        moving = {name: root for name, root in others.items() if self._moves(name, root, ())}
        return {name for name, root in moving.items() if self.proofs.receipt(root) is not None}

    def _moves(self, name: str, root: Root, chosen: Collection[str]) -> bool:
        before = self.present[name].root if name in self.present else None
        stage = self.proofs.gate.verified_in
        return name in chosen or before is None or before.subject(stage) != root.subject(stage)


def named(parts: Mapping[str, PromotablePart], only: Collection[str], also_known: Collection[str] = ()) -> set[str]:
    """The parts named in `only`, or all without it; names in `also_known` are no mistakes either.

    Raises `InputError` for an unknown name.
    """
    for name in sorted(set(only) - parts.keys() - set(also_known)):
        raise InputError(f"nothing is called '{name}' that can be promoted{suggestion_or_some(name, parts)}")
    return set(only) & parts.keys() if only else set(parts)


def with_members(parts: Mapping[str, PromotablePart], names: Collection[str]) -> dict[str, PromotablePart]:
    """Parts by name, with the agents that they use, which are roots themselves."""
    members = {member for name in names for member in parts[name].members}
    return {name: part for name, part in parts.items() if name in names or (part.root and name in members)}
