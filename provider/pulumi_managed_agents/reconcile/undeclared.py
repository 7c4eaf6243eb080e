"""What no file names: which of it is watched, how it is recorded, and how it is put back.

Every field that a definition of some kind may name is a field that a client of the API can write (`effective.FIELDS`).
Those that a file leaves out are recorded as the server answered them, also those it showed without a value; so one rule
holds for all kinds, and no field has to be listed to be watched. A field that the recorded answer did not have at all
may be a new one of a later API: what is in it is nobody's change. Pure functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.effective import FIELDS, familiar, live_form, live_leaves
from pulumi_managed_agents.reconcile.fingerprint import fingerprint, is_digest, recorded_value
from pulumi_managed_agents.reconcile.leaves import leaves, tree, without_nulls
from pulumi_managed_agents.reconcile.mark import without_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath, Leaves
    from pulumi_managed_agents.reconcile.record import Record

METADATA = "metadata"


def is_declared(facts: Facts, path: LeafPath, declared: Body) -> bool:
    """Whether a file says what is at a path: of metadata it names single keys, of the rest whole fields."""
    if path[0] == METADATA:
        return path[1] in (declared.get(METADATA) or {})
    return path[0] in declared or path[0] in facts.watched


def is_watched(facts: Facts, record: Record, path: LeafPath) -> bool:
    """Whether a move at a path that no file names counts."""
    field = path[0]
    if record.blank is None or field not in FIELDS:
        return False
    shown = field == METADATA and facts.marked  # our mark is there, so the API always shows it
    return shown or field in record.blank or any(recorded[0] == field for recorded in record.live)


def recorded_leaves(facts: Facts, live: Body, declared: Body, salt: str) -> Leaves:
    """What is recorded of a live object: of what the file says the fingerprints, of the rest the value if it can be."""
    return {
        path: (fingerprint if is_declared(facts, path, declared) else recorded_value)(path, value, salt)
        for path, value in live_leaves(facts, live, declared).items()
    }


def blank_fields(facts: Facts, live: Body, declared: Body) -> list[str]:
    """The fields without a value that no file names, also those that the API leaves out of its answer."""
    form = live_form(facts, live, declared)
    known = {field for field in (*form, *facts.clearable) if field in FIELDS and field != METADATA}
    valued = {path[0] for path in leaves(form)}
    return sorted(field for field in known - valued if not is_declared(facts, (field,), declared))


def put_back(facts: Facts, record: Record, path: LeafPath) -> Body | None:
    """The part of a request that puts the recorded value at a path back; None if that value is not known."""
    field = path[0]
    earlier = without_mark(record.earlier.get(field) or {})
    if field == METADATA:
        recorded = record.live.get(path)
        value = (earlier.get(METADATA) or {}).get(path[1], recorded)
        return None if is_digest(value) else {METADATA: {path[1]: value}}
    if earlier:
        return {field: without_nulls(familiar({field: earlier.get(field)}, {})[field])}
    was = {place: value for place, value in record.live.items() if place[0] == field}
    if not was:
        return {field: None} if field in facts.clearable else None
    is_table = any(entries.by and entries.place[0] == field for entries in facts.entries)
    unknown = is_table or not facts.marked or any(map(is_digest, was.values()))
    return None if unknown else tree(was)


def recorded_as(facts: Facts, record: Record, path: LeafPath) -> Any:
    """What is recorded at a path: the value itself where an earlier version has it."""
    earlier = record.earlier.get(path[0])
    return live_leaves(facts, earlier, record.desired).get(path) if earlier else record.live.get(path)


def restored_form(facts: Facts, record: Record, fields: set[str]) -> Iterator[tuple[LeafPath, Any]]:
    """The recorded leaves of whole fields that are put back."""
    for path in record.live:
        if path[0] in fields and not is_declared(facts, path, record.desired):
            yield path, recorded_as(facts, record, path)


def with_standing(
    facts: Facts, record: Record, declared: Body, table: Leaves, blank: list[str]
) -> tuple[Leaves, list[str]]:
    """What is recorded after a write; fields that had drifted before keep what was recorded of them, in `record`."""
    standing = set(record.standing)

    def stands(path: LeafPath) -> bool:
        return path[0] in standing and not is_declared(facts, path, declared)

    table = {path: value for path, value in table.items() if not stands(path)}
    table |= {path: value for path, value in record.live.items() if stands(path)}
    return table, sorted({*blank} - standing | ({*(record.blank or ())} & standing))
