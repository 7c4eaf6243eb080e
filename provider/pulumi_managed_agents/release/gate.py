"""The gate: a stage becomes only what another stage has proven, unless its configuration openly allows more.

Pure functions over a loaded stage, its roots, and the receipts available to it. All refusals come at once, for every
root, before anything changes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.release.effective import MAY_DIFFER, is_allowed, place_of
from pulumi_managed_agents.release.root import tests_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Stage

RequireSmoke = Literal["none", "changed", "all"]
GATE_KEYS = ("verifiedIn", "stageMayDiffer", "minAge", "unproven", "requireSmoke")
SHORT = 12
"""Hex digits of a digest in messages, and the fewest that an exemption may give."""

_AGE = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_PREFIX = re.compile(r"[0-9a-f]{12,64}")


@dataclass(frozen=True)
class Exemption:
    """Content that is allowed without proof: the beginning of its digest, why, and who allows it."""

    digest: str
    reason: str
    by: str


@dataclass(frozen=True)
class Gate:
    """What a stage's configuration demands of its definitions.

    Attributes:
        project: The Pulumi project whose receipts count.
        verified_in: The stage whose receipts are needed; empty where there is no gate.
        may_differ: What may differ from what was proved: groups of fields, or names of fields.
        min_age: How long content must have been proven there.
        unproven: What may go without a receipt.
        require_smoke: Which agents need a smoke test on this stage.
    """

    project: str
    verified_in: str = ""
    may_differ: tuple[str, ...] = MAY_DIFFER
    min_age: timedelta = timedelta()
    unproven: tuple[Exemption, ...] = ()
    require_smoke: RequireSmoke = "none"

    def must_ask_another_than(self, stage: str) -> None:
        """Raise `InputError` where a stage is verified in itself."""
        if self.verified_in == stage:
            raise InputError(f"managed-agents:verifiedIn of {stage} names that stage itself; name the one before it")


def gate(config: Mapping[str, str], project: str) -> Gate:
    """The gate in a stage's configuration (keys without namespace; structured values as JSON text).

    Raises:
        InputError: a value is none of the known ones.
    """
    smoke = config.get("requireSmoke") or "none"
    if smoke not in get_args(RequireSmoke):
        choices = ", ".join(get_args(RequireSmoke))
        raise InputError(f"managed-agents:requireSmoke is '{smoke}'; it must be one of {choices}")
    return Gate(
        project=project,
        verified_in=config.get("verifiedIn") or "",
        may_differ=_words(config.get("stageMayDiffer")),
        min_age=_age(config.get("minAge")),
        unproven=tuple(_exemptions(config.get("unproven"))),
        require_smoke=smoke,  # type: ignore[arg-type]  # looked up above
    )


def refusals(
    stage: Stage,
    roots: Mapping[str, Root],
    receipts: Iterable[Receipt],
    gate: Gate,
    now: datetime,
    typed: Callable[[str], str],
) -> list[Finding]:
    """Every reason why the stage may not become what its files say, in the order of files and lines.

    `receipts` may come from several places; the newest one for a root's content counts. `typed` gives one of our
    commands as a person would type it.

    Raises:
        InputError: the stage is verified in itself.
    """
    gate.must_ask_another_than(stage.name)
    receipts = list(receipts)
    findings = set(_untested(stage, roots, gate))
    for root in _without_exemption(roots, gate):
        findings.update(_Case(stage, root, gate, receipts, now, typed).refusals())
    return sorted(findings)


def notes(roots: Mapping[str, Root], receipts: Iterable[Receipt], gate: Gate) -> list[str]:
    """One line for each root that is proven with other values of fields that may differ."""
    receipts = list(receipts)
    lines = []
    for root in _without_exemption(roots, gate):
        receipt = newest(root, receipts, gate)
        names = root.fields_differing_from(receipt) if receipt else []
        fields = ", ".join(name for name in names if is_allowed(name, root.members, gate.may_differ))
        lines += [f"{root.name}: proven in {gate.verified_in} with other values of {fields}"] if fields else []
    return lines


def exempted(roots: Mapping[str, Root], gate: Gate) -> list[str]:
    """One line for each root that is allowed without proof, and for each exemption without effect."""
    if not gate.verified_in:
        return []
    exemptions = {name: entry for name, root in roots.items() if (entry := exemption(root, gate))}
    return [
        *(f"{name}: not proven, allowed by {entry.by}: {entry.reason}" for name, entry in exemptions.items()),
        *(
            f"managed-agents:unproven: {unused.digest} ({unused.reason}) is the digest of no agent or deployment as it "
            "is now; remove it"
            for unused in gate.unproven
            if unused not in exemptions.values()
        ),
    ]


def newest(root: Root, receipts: Iterable[Receipt], gate: Gate) -> Receipt | None:
    """The receipt that counts for a root's present content: an edited one, else the newest; None if there is none."""
    matching = [
        receipt
        for receipt in receipts
        if (receipt.root, receipt.digest) == (root.name, root.digest)
        and (receipt.project, receipt.stage) == (gate.project, gate.verified_in)
    ]
    # An edited receipt comes first, so that editing is noticed; at the same time a failure counts before a pass.
    return max(matching, key=lambda receipt: (receipt.edited, receipt.finished_at, not receipt.passed), default=None)


def exemption(root: Root, gate: Gate) -> Exemption | None:
    """The exemption that allows a root's present content without proof, or None."""
    return next((entry for entry in gate.unproven if root.digest.startswith(entry.digest)), None)


def _without_exemption(roots: Mapping[str, Root], gate: Gate) -> list[Root]:
    return [root for root in roots.values() if gate.verified_in and not exemption(root, gate)]


@dataclass(frozen=True)
class _Case:
    """One root before the gate."""

    stage: Stage
    root: Root
    gate: Gate
    receipts: list[Receipt]
    now: datetime
    typed: Callable[[str], str]

    def refusals(self) -> Iterator[Finding]:
        receipt = newest(self.root, self.receipts, self.gate)
        if receipt is None:
            yield self._refusal(self._missing())
        elif fault := self._fault(receipt):
            yield self._refusal(fault)
        else:
            yield from self._differences(receipt)

    def _missing(self) -> str:
        place, short = self.gate.verified_in, self.root.digest[:SHORT]
        definition = next(entry for entry in self.stage.definitions if entry.name == self.root.name)
        if not tests_of(self.stage, definition, place):
            return (
                f"no smoke test is about it that runs in {place}, so nothing can prove it; write one, or allow exactly "
                f"this content with managed-agents:unproven: [{{digest: {short}, reason: …, by: …}}]"
            )
        other = any((receipt.root, receipt.stage) == (self.root.name, place) for receipt in self.receipts)
        what = f"{place} has proved other content than this" if other else f"{place} has not proved it"
        return f"{what} (no receipt for {short}); run {self._advice()}"

    def _fault(self, receipt: Receipt) -> str:
        """Why the receipt proves nothing, or an empty text."""
        place = self.gate.verified_in
        if receipt.edited:
            return f"its receipt from {place} was edited after it was made; get it anew with {self._advice()}"
        if not receipt.passed:
            failure = f"it failed in {place} at {receipt.finished_at}: {receipt.reason}"
            return f"{failure}; mend it there, then run {self._advice()}"
        if self.gate.min_age and not receipt.since:
            return f"its receipt from {place} does not say since when it stands, which managed-agents:minAge asks"
        if self.gate.min_age and (ready := datetime.fromisoformat(receipt.since) + self.gate.min_age) > self.now:
            return f"proven in {place} since {receipt.since}, which is too short; wait until {ready.isoformat()}"
        return ""

    def _differences(self, receipt: Receipt) -> Iterator[Finding]:
        allowed = ", ".join(self.gate.may_differ) or "nothing"
        for key in self.root.fields_differing_from(receipt):
            if not is_allowed(key, self.root.members, self.gate.may_differ):
                file, line, field = place_of(key, self.root.members, self.stage, receipt.form)
                place = self.gate.verified_in
                message = (
                    f"differs from what {place} has proved; only {allowed} may differ: prove it in {place} as well, "
                    "or let it differ with managed-agents:stageMayDiffer"
                )
                yield Finding(file, line, field, message + self._because())

    def _refusal(self, message: str) -> Finding:
        return Finding(self.root.file, 0, "", f"{self.root.name}: {message}{self._because()}")

    def _because(self) -> str:
        return f" (managed-agents:verifiedIn is '{self.gate.verified_in}')"

    def _advice(self) -> str:
        promote = f"`{self.typed(f'promote {self.gate.verified_in} {self.stage.name} --only {self.root.name}')}`"
        if self.stage.folder == f"stacks/{self.stage.name}":
            return promote
        up = self.typed(f"up {self.gate.verified_in}")
        return f"`{up}` to prove it, then {promote} to hand its receipt over"


def _untested(stage: Stage, roots: Mapping[str, Root], gate: Gate) -> Iterator[Finding]:
    if gate.require_smoke != "all":
        return
    for root in roots.values():
        if root.kind == "agent" and not root.tests:
            message = f"no smoke test is about it that runs in {stage.name} (managed-agents:requireSmoke is 'all')"
            yield Finding(root.file, 0, "", message)


def _words(text: str | None) -> tuple[str, ...]:
    if not text:
        return MAY_DIFFER
    form = "must be a list such as [model, urls]"
    value = _json(text, "stageMayDiffer", form)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise InputError(f"managed-agents:stageMayDiffer {form}")
    return tuple(value)


def _age(text: str | None) -> timedelta:
    match = _AGE.fullmatch(text or "0m")
    if match is None:
        raise InputError(f"managed-agents:minAge is '{text}'; it must be a time such as 30m, 24h or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _exemptions(text: str | None) -> Iterator[Exemption]:
    form = "must be a list of {digest, reason, by}, with at least 12 hex digits of the digest"
    value = _json(text or "[]", "unproven", form)
    for entry in value if isinstance(value, list) else [value]:
        if not (isinstance(entry, dict) and entry.keys() == {"digest", "reason", "by"} and all(entry.values())):
            raise InputError(f"managed-agents:unproven {form}")
        digest = str(entry["digest"])
        if not _PREFIX.fullmatch(digest):
            raise InputError(f"managed-agents:unproven: '{digest}' {form}")
        yield Exemption(digest, str(entry["reason"]), str(entry["by"]))


def _json(text: str, key: str, form: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise InputError(f"managed-agents:{key} {form}") from None
