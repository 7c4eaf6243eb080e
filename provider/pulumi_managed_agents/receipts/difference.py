"""What differs between two effective definitions, and whether a stage may differ there."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pulumi_managed_agents.receipts.effective import fields
from pulumi_managed_agents.receipts.first_form import first_form_paths
from pulumi_managed_agents.receipts.receipt import FORM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_managed_agents.receipts.receipt import Receipt
    from pulumi_managed_agents.receipts.root import Root
    from pulumi_managed_agents.stage import Definition, Stage

MAY_DIFFER = ("name", "metadata", "model", "urls", "hosts", "schedule", "budget")
"""What stages differ in by nature, unless `managed-agents:stageMayDiffer` says otherwise.

Names, since those of environments are unique in a workspace; metadata, since agents never see it.
"""

_STEPS = re.compile(r'\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]|([^.\[\]]+)')

GROUPS: dict[str, Callable[[list[str]], bool]] = {
    "urls": lambda steps: steps[-1] == "url" or steps[-1].endswith("_url"),
    "hosts": lambda steps: "allowed_hosts" in steps,
}
"""The words that mean fields wherever they stand, by what says so of a field's path; any other word is a field."""


def differing(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """The fields of two effective definitions that one of them lacks or that have another value, sorted."""
    return sorted(key for key in here.keys() | there.keys() if here.get(key) != there.get(key))


def differing_from(receipt: Receipt, root: Root) -> list[str]:
    """The fields in which a root is not as a receipt tells, in the form of the receipt."""
    return differing(root.effective if receipt.form == FORM else root.first_form, receipt.effective)


def is_allowed(key: str, members: Iterable[str], words: Iterable[str]) -> bool:
    """Whether one of the words covers a field of an effective definition."""
    _, field = split(key, members)
    steps = [json.loads(quoted) if quoted else number or plain for quoted, number, plain in _STEPS.findall(field)]
    return any(GROUPS[word](steps) if word in GROUPS else _covers(word, field) for word in words)


def place_of(key: str, members: Iterable[str], stage: Stage, form: int) -> tuple[str, int, str]:
    """File, line and name of a field, whose key is told in this form: the values file where an override set it."""
    name, field = split(key, members)
    own = [one for one in stage.definitions if name in {one.name, *(other.target for other in one.references)}]
    place = _place(key, own, stage) if form == FORM else _first_place(key, own)
    return (*place, field) if place else (next((one.file for one in own if one.name == name), stage.folder), 0, field)


def _place(key: str, own: Iterable[Definition], stage: Stage) -> tuple[str, int] | None:
    known = fields(stage.definitions)
    return next((known[one.name][key].place for one in own if key in known[one.name]), None)


def _first_place(key: str, own: Iterable[Definition]) -> tuple[str, int] | None:
    paths = ((one, first_form_paths(one)) for one in own)
    return next((one.place(found[key]) for one, found in paths if key in found), None)


def split(key: str, members: Iterable[str]) -> tuple[str, str]:
    """The name and the field of ``agents/triage:model``; either may hold a colon."""
    name = max((one for one in members if key.startswith(f"{one}:")), key=len, default=key.partition(":")[0])
    return name, key[len(name) + 1 :]


def _covers(word: str, field: str) -> bool:
    return field == word or field.startswith((f"{word}.", f"{word}["))
