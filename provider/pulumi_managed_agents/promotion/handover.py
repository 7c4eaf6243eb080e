"""Which receipts a stage keeps beside its files when it is given new ones. Pure."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pulumi_managed_agents.receipts.ledger import in_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pulumi_managed_agents.receipts.receipt import Receipt

KEPT = 5
"""Receipts per root: for the present content and for going back."""


def ledger_with(kept: Iterable[Receipt], handed: Collection[Receipt], told: Iterable[Receipt]) -> list[Receipt]:
    """The receipts a stage has had with those it is handed, each as the stage that made it tells it last (`told`).

    A receipt that was edited is left out: writing it anew would make it look as if it was not.
    """
    subjects = {_subject(one): one for one in kept if not one.edited}
    for one in (*told, *handed):
        if _subject(one) in subjects or one in handed:
            known = subjects.get(_subject(one), one)
            subjects[_subject(one)] = max(known, one, key=lambda receipt: receipt.finished_at)
    by_root = groupby(in_order(subjects.values()), key=lambda one: one.root)
    return [one for _, receipts in by_root for one in list(receipts)[:KEPT]]


def _subject(receipt: Receipt) -> tuple[str, str, str]:
    return receipt.root, receipt.digest, receipt.stage
