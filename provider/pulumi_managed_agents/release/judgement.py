"""The gate's judgement of a stage: it may deploy only what another stage has proven, or what its configuration allows.

Pure functions over a loaded stage, its roots, and the receipts available to it. All refusals come at once, for every
root, before anything changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.release.gate import ALLOW, SHORT
from pulumi_managed_agents.release.proof import exempted, exemption, fault, newest
from pulumi_managed_agents.release.receipt import FORM, time_of
from pulumi_managed_agents.release.smoke_results import RETEST
from pulumi_managed_agents.release.stage_differences import StageDifferences
from pulumi_managed_agents.words import first_of, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from pulumi_managed_agents.release.gate import Gate
    from pulumi_managed_agents.release.receipt import Content, Receipt
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Definition, Stage

NAMED = 12
"""How many names a line holds of what no smoke test covers: a large stage has hundreds of environments."""


@dataclass(frozen=True)
class Judgement:
    """What a gate says to a stage, in lines.

    Attributes:
        refusals: Why the stage may not become what its files say.
        notes: Where it differs from what was proved, as it may.
        uncovered: What no smoke test covers.
        warnings: What is deployed without proof because somebody allows it.
    """

    refusals: list[Finding]
    notes: list[str]
    uncovered: list[str]
    warnings: list[str]

    @property
    def known(self) -> list[str]:
        """Everything else to report, beside the refusals."""
        return [*self.notes, *self.uncovered, *self.warnings]


def judge(
    stage: Stage,
    roots: Mapping[str, Root],
    receipts: Iterable[Receipt],
    gate: Gate,
    now: datetime,
    typed: Callable[[str], str],
    only: Collection[str] | None = None,
) -> Judgement:
    """Judge the stage as its files say it should be.

    `receipts` may come from several places; the newest one for a root's content counts. `typed` gives one of our
    commands as a person would type it. `only` are the roots that are asked about, all unless given.

    Raises:
        InputError: the stage names itself as the one that proves it.
    """
    gate.must_ask_another_than(stage.name)
    given_away = [*_drift_ignored(stage), *map(_ignoring, gate.ignores)] if gate.verified_in else []
    case = _Case(stage, roots, list(receipts), gate, now, typed, only)
    if not gate.verified_in:
        untested = not_covered(stage, roots, {name for root in roots.values() for name in root.run_in(stage.name)})
        return Judgement(sorted(case.untested()), [], list(_named(untested, stage)), given_away)
    return Judgement(
        sorted({*case.untested(), *case.refusals(), *case.unknown_names()}),
        case.differences(),
        list(_named([], stage)),
        [*exempted(roots, gate), *case.allowed(), *given_away],
    )


def _named(definitions: Iterable[Definition], stage: Stage) -> Iterator[str]:
    """What no proof covers, in one line."""
    names = [*(definition.name for definition in definitions), *schedules(stage)]
    if names:
        yield f"no smoke test covers {first_of(names, NAMED)}"


def _drift_ignored(stage: Stage) -> Iterator[str]:
    for name, fields in sorted(stage.values.drift_ignore.items()):
        yield (
            f"{stage.values.file}: drift.ignore: nobody undoes changes by hand of {', '.join(fields)} of {name}, and "
            "no proof covers them"
        )


def _ignoring(setting: str) -> str:
    return f"managed-agents:{setting} is 'ignore': nobody undoes changes by hand, and no proof covers them"


@dataclass(frozen=True)
class _Case:
    """A stage before its gate."""

    stage: Stage
    roots: Mapping[str, Root]
    receipts: list[Receipt]
    gate: Gate
    now: datetime
    typed: Callable[[str], str]
    only: Collection[str] | None = None

    @property
    def asked(self) -> list[Root]:
        """The roots that are asked about."""
        return [root for name, root in self.roots.items() if self.only is None or name in self.only]

    @cached_property
    def proofs(self) -> dict[str, Receipt]:
        """The receipt of each root that one proves."""
        gated = (root for root in self.asked if not exemption(root, self.gate))
        newest_receipts = {root.name: receipt for root in gated if (receipt := newest(root, self.receipts, self.gate))}
        return {name: receipt for name, receipt in newest_receipts.items() if not self._fault(receipt)}

    @cached_property
    def uncovered(self) -> list[Definition]:
        """The definitions that no proof covers."""
        return not_covered(self.stage, self.roots, set(self._tested()))

    @cached_property
    def stage_differences(self) -> StageDifferences:
        """How the stage differs from what receipts hold."""
        return StageDifferences(self.stage, self.gate)

    def untested(self) -> Iterator[Finding]:
        """The agents without a test, where each needs one."""
        if self.gate.require_smoke == "all":
            for root in self.asked:
                if root.kind == "agent" and not root.tests:
                    message = f"no smoke test is about it that runs in {self.stage.name}"
                    yield Finding(root.file, 0, "", f"{message} (managed-agents:requireSmoke is 'all')")

    def refusals(self) -> Iterator[Finding]:
        """Why the stage may not become what its files say."""
        for root in self.asked:
            if exemption(root, self.gate):
                continue
            receipt = newest(root, self.receipts, self.gate)
            if receipt is None:
                yield self._refusal(root, self._missing(root))
            elif why := self._fault(receipt):
                yield self._refusal(root, f"{why}{self._again(root, receipt)}")
            else:
                yield from self._other_tests(root, receipt)
                yield from self._compared(root.effective_in(receipt.form), receipt, root, receipt.form)
                for name, content in root.run_in(self.gate.verified_in).items():
                    yield from self._other_content(root, name, content, receipt)
        for definition in self.uncovered:
            if not self.gate.uncovered & {ALLOW, definition.name}:
                yield Finding(definition.file, 0, "", f"{definition.name}: {self._not_covered(definition)}")

    def unknown_names(self) -> Iterator[Finding]:
        """The names in `stageMayDiffer` that the stage does not have."""
        known = {definition.name for definition in self.stage.definitions}
        for name in {place.name for place in self.gate.may_differ} - known - {""}:
            message = f"managed-agents:stageMayDiffer names {name}, which the stage does not have"
            yield Finding(self.stage.folder, 0, "", f"{message}{suggestion(name, known)}")

    def differences(self) -> list[str]:
        """One line for each field that differs where it may, and for the power that comes of it."""
        lines: dict[str, None] = {}
        for name, receipt in self.proofs.items():
            root = self.roots[name]
            here = root.effective_in(receipt.form)
            lines |= dict.fromkeys(self.stage_differences.allowed(here, receipt, root.members))
            for place, content in root.run_in(self.gate.verified_in).items():
                if known := receipt.ran_in.get(place):
                    lines |= dict.fromkeys(self.stage_differences.allowed(content.effective, known, content.members))
        return list(lines)

    def allowed(self) -> Iterator[str]:
        """One line for each definition that may be deployed although no proof covers it."""
        for definition in self.uncovered:
            if self.gate.uncovered & {ALLOW, definition.name}:
                yield f"{definition.name}: no proof covers it, allowed by managed-agents:uncovered"

    def _tested(self) -> Iterator[str]:
        """The names of what tests ran in that passed where the gate asks, as it is here."""
        here = {name: content for root in self.roots.values() for name, content in root.contents.items()}
        proving_stage = (self.gate.project, self.gate.verified_in)
        for receipt in self.receipts:
            if receipt.passed and (receipt.project, receipt.stage) == proving_stage and not fault(receipt, self.now):
                for name, known in receipt.ran_in.items():
                    content = here.get(name)
                    if content and content.digest == known.digest:
                        members = content.members
                        if not any(self.stage_differences.refused(content.effective, known, members)):
                            yield name

    def _missing(self, root: Root) -> str:
        place, short = self.gate.verified_in, root.digest[:SHORT]
        if not any(test.agent == root.agent and test.runs_on(place) for test in root.all_tests):
            return (
                f"no smoke test is about it that runs in {place}, so nothing can prove it; write one, or allow exactly "
                f"this content with managed-agents:unproven: [{{root: {root.name}, digest: {short}, "
                f"effective: {root.effective_digest[:SHORT]}, reason: …, by: …}}]"
            )
        other = any((receipt.root, receipt.stage) == (root.name, place) for receipt in self.receipts)
        what = f"{place} has proved other content than this" if other else f"{place} has not proved it"
        digests = f"no receipt for {short}, effective {root.effective_digest[:SHORT]}"
        return f"{what} ({digests}); run {self._advice(root)}"

    def _fault(self, receipt: Receipt) -> str:
        """Why the receipt proves nothing, or an empty string."""
        place, gate = self.gate.verified_in, self.gate
        if why := fault(receipt, self.now):
            return f"its receipt from {place} {why}"
        if not receipt.passed:
            return f"it failed in {place} at {receipt.finished_at}: {receipt.reason}"
        if gate.min_age and not receipt.since:
            return f"its receipt from {place} does not say since when it is valid, which managed-agents:minAge requires"
        if gate.min_age and (ready := time_of(receipt.since) + gate.min_age) > self.now:
            return f"proven in {place} since {receipt.since}, which is too short; wait until {ready.isoformat()}"
        return ""

    def _again(self, root: Root, receipt: Receipt) -> str:
        if receipt.edited or fault(receipt, self.now):
            return f"; get a new one with {self._advice(root)}"
        return "" if receipt.passed else f"; correct it there, then run {self._advice(root)}"

    def _other_tests(self, root: Root, receipt: Receipt) -> Iterator[Finding]:
        """The tests that are not those that passed."""
        place = self.gate.verified_in
        here = root.tests_on(place)
        for test in (test for test in root.all_tests if test.name in here and test.runs_on(place)):
            if test.name not in receipt.tests:
                message = f"did not run in {place} when that proved {root.name}"
                advice = f"run {self._advice(root)}, or limit it to other stages with `stages`"
                yield Finding(test.file, 0, "", f"{message}; {advice}{self._because()}")
            elif here[test.name] != receipt.tests[test.name]:
                message = f"differs from the test that passed in {place}"
                yield Finding(test.file, 0, "", f"{message}; run {self._advice(root)}{self._because()}")
        for name in sorted(receipt.tests.keys() - here.keys()):
            message = f"the smoke test {name}, with which {place} proved it, is not here; run {self._advice(root)}"
            yield self._refusal(root, message)

    def _other_content(self, root: Root, name: str, content: Content, receipt: Receipt) -> Iterator[Finding]:
        """What tests ran in that is not as it was then."""
        known = receipt.ran_in.get(name)
        if known is None:  # not covered by this receipt; maybe by another one
            return
        if known.digest != content.digest:
            file = next(definition.file for definition in self.stage.definitions if definition.name == name)
            message = f"{name}: is not as it was when {self.gate.verified_in} proved {root.name} in it"
            yield Finding(file, 0, "", f"{message}; run {self._advice(root)}{self._because()}")
        else:
            yield from self._compared(content.effective, known, content)

    def _compared(
        self, here: Mapping[str, str], known: Receipt | Content, of: Root | Content, form: int = FORM
    ) -> Iterator[Finding]:
        for place, message in self.stage_differences.refused(here, known, of.members, form):
            yield Finding(*place, message + self._because())

    def _not_covered(self, definition: Definition) -> str:
        place = self.gate.verified_in
        silent = sorted(
            name
            for name, receipt in self.proofs.items()
            if definition.name in self.roots[name].run_in(place) and not receipt.ran_in
        )
        if silent:
            why = (
                f"an earlier release made the receipt of {silent[0]}, which does not say what the tests ran in; run "
                f"them again with `{RETEST}=1 {self.typed(f'up {place}')}`"
            )
        else:
            why = f"no agent or deployment uses it, and no test that passed in {place} ran in it as it is"
        allow = f"allow it with managed-agents:uncovered: [{definition.name}]"
        return f"no proof covers it: {why}, or {allow}{self._because()}"

    def _refusal(self, root: Root, message: str) -> Finding:
        return Finding(root.file, 0, "", f"{root.name}: {message}{self._because()}")

    def _because(self) -> str:
        return f" (managed-agents:verifiedIn is '{self.gate.verified_in}')"

    def _advice(self, root: Root) -> str:
        promote = f"`{self.typed(f'promote {self.gate.verified_in} {self.stage.name} --only {root.name}')}`"
        if self.stage.folder == f"stacks/{self.stage.name}":
            return promote
        up = self.typed(f"up {self.gate.verified_in}")
        return f"`{up}` to prove it, then {promote} to hand its receipt over"


WITH_OTHERS = ("agent", "deployment", "credential")
"""Kinds that are roots, or are a part of another definition."""


def not_covered(stage: Stage, roots: Mapping[str, Root], tested: Collection[str]) -> list[Definition]:
    """The definitions that are neither a part of a root nor `tested`: what sessions of tests that passed ran in."""
    covered = {*tested}.union(*(root.members for root in roots.values()))
    return [
        definition
        for definition in stage.definitions
        if definition.kind not in WITH_OTHERS and definition.name not in covered
    ]


def schedules(stage: Stage) -> list[str]:
    """The schedules of deployments: they are a part of what is proved, but no smoke test waits for one."""
    scheduled = (
        definition
        for definition in stage.definitions
        if definition.kind == "deployment" and definition.body.get("schedule")
    )
    return [f"{deployment.name}: schedule" for deployment in scheduled]
