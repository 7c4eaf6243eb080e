"""The changes of a resource as rows for people: one per field, entry or group of tools that change alike.

A new tool set has some twenty leaves, and a changed default moves every built-in tool: each becomes one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.fingerprint import is_digest
from pulumi_managed_agents.kinds.leaves import tree
from pulumi_managed_agents.kinds.tools import EVERY_OTHER
from pulumi_managed_agents.preview.capability.tools import BUILT_IN_SET, describe
from pulumi_managed_agents.preview.record import PENDING, SECRET
from pulumi_managed_agents.preview.sides import OUTSIDE
from pulumi_managed_agents.preview.wording import difference, shown, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.preview.record import FieldChange
    from pulumi_managed_agents.preview.review import ResourceReview

Path = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line about a change, and the lines of a diff below it. `cause` is in words."""

    label: str
    text: str
    cause: str
    diff: tuple[str, ...] = ()


def rows(resource: ResourceReview) -> list[Row]:
    """A resource's changes; empty where it is new, since all of it is."""
    if resource.action in {"create", "delete"}:
        return []
    made: dict[Path, list[FieldChange]] = {entry: [] for entry in (*resource.added, *resource.removed)}
    single: list[FieldChange] = []
    for change in resource.changes:
        entry = next((path for path in made if change.path[: len(path)] == path), None)
        (single if entry is None else made[entry]).append(change)
    entries = [_entry_row(resource, entry, changes) for entry, changes in made.items() if changes]
    return [*entries, *(row for group in _alike(single) for row in _rows(resource, group))]


def _entry_row(resource: ResourceReview, entry: Path, changes: list[FieldChange]) -> Row:
    added = entry in resource.added
    details = {change.path[len(entry) :]: change.desired if added else was(change) for change in changes}
    return Row(
        _label(entry), f"{'added' if added else 'removed'}{_summary(entry, details)}", _cause(resource, changes[0])
    )


def _summary(entry: Path, details: dict[Path, Any]) -> str:
    """The few values that tell one entry from another."""
    if entry[0] == "tools" and all(len(key) == 2 for key in details):
        return f" ({describe(tree(details), built_in=entry[1] == BUILT_IN_SET)})"
    words = [shown(value) for key, value in details.items() if key[-1] in _TELLING and value != PENDING]
    return f" ({', '.join(words)})" if words else ""


_TELLING = ("url", "version", "description", "model")


def _alike(changes: Iterable[FieldChange]) -> list[list[FieldChange]]:
    """Changes of several tools of one set that are the same change."""
    groups: dict[Any, list[FieldChange]] = {}
    for place, change in enumerate(changes):
        key: Any = place
        if change.path[0] == "tools" and len(change.path) == 4:
            values = (change.recorded, change.desired, change.live)
            key = (change.path[1], change.path[3], change.cause, repr(values))
        groups.setdefault(key, []).append(change)
    return list(groups.values())


def _rows(resource: ResourceReview, group: list[FieldChange]) -> Iterator[Row]:
    first = group[0]
    label, cause = _group_label(group), _cause(resource, first)
    if first.cause == "conflict":
        yield _conflict_row(label, cause, first)
    elif first.desired == SECRET:
        yield Row(label, "another secret" if was(first) else "a secret, where there was none", cause)
    elif first.path == ("digest",) and resource.items:
        yield Row(label, ", ".join(map(visible, resource.items)), cause)
    else:
        told = difference(was(first), first.desired)
        yield Row(label, told.text, cause, told.diff)


def _conflict_row(label: str, cause: str, change: FieldChange) -> Row:
    """All three values; of long texts what the file made of the recorded one, and what somebody else did."""
    file, outside = (difference(change.recorded, now) for now in (change.desired, change.live))
    if is_digest(change.recorded) or not (file.diff or outside.diff):
        text = f"was {shown(change.recorded)}; the file says {shown(change.desired)}; live is {shown(change.live)}"
        return Row(label, text, cause, difference(change.live, change.desired).diff)
    diff = ("in the file:", *(file.diff or [file.text]), "outside:", *(outside.diff or [outside.text]))
    return Row(label, f"the file {file.text}; outside {outside.text}", cause, diff)


def _group_label(group: list[FieldChange]) -> str:
    """The field of a single change, or all tools that share one."""
    first = group[0]
    if len(group) == 1:
        return _label(first.path)
    tools = [one.path[2] for one in group if one.path[1] != BUILT_IN_SET or one.path[2] != EVERY_OTHER]
    return _label((*first.path[:2], "{" + ", ".join(tools) + "}" if len(tools) > 1 else tools[0], first.path[3]))


def outside_rows(changes: Iterable[FieldChange]) -> list[Row]:
    """What somebody else made of fields: from what was recorded to what is live; the cause names a conflict."""
    found = []
    for group in _alike(changes):
        first = group[0]
        told = difference(first.recorded, first.live)
        found.append(Row(_group_label(group), told.text + _file_too(first), first.cause, told.diff))
    return found


def _file_too(change: FieldChange) -> str:
    """That the file changed the same field, to another value; a long one is not shown by its beginning."""
    if change.cause != "conflict":
        return ""
    is_long = difference(change.live, change.desired).diff
    return "; the file changed it as well" if is_long else f"; the file says {shown(change.desired)}"


def was(change: FieldChange) -> Any:
    """The value that a change starts from: the live one where somebody else changed it."""
    return change.live if change.cause in OUTSIDE else change.recorded


def _label(path: Path) -> str:
    """A path as people write it; the built-in tools need no name of their set."""
    shorter = (path[0], *path[2:]) if path[:2] == ("tools", BUILT_IN_SET) and len(path) > 2 else path
    names = {("digest",): "files", ("tools", BUILT_IN_SET): "tools.built-in"}
    return visible(names.get(shorter) or ".".join(shorter))


def _cause(resource: ResourceReview, change: FieldChange) -> str:
    before, now = resource.recorded_version, resource.live_version
    versions = f" {version(before)} → {version(now)}" if before != now and before and now else ""
    if change.cause == "new version":
        return f"new version of {visible(change.source)}"
    if change.cause == "drift":
        return f"drift{versions}: changed outside, put back" if resource.action != "refused" else f"drift{versions}"
    if change.cause == "edit" and change.desired is not None and change.desired == change.live != change.recorded:
        return "edit: live already"
    accepted = ", accepted: the file wins" if resource.action not in {"conflict", "refused"} else ""
    return f"conflict{versions}{accepted}" if change.cause == "conflict" else "edit"


def version(number: str) -> str:
    """A version as people say it: agents count theirs, those of skills are ids."""
    return f"v{number}" if number.isdigit() else number


def forecast(resource: ResourceReview) -> str:
    """The versions before and after the up, or an empty text where there are none."""
    live, then = resource.live_version, resource.next_version
    recorded = resource.recorded_version
    aside = f" (recorded {version(recorded)})" if recorded and live and recorded != live else ""
    if resource.action in {"create", "delete", "replace"}:
        return " → ".join(filter(None, (live and version(live), then and version(then))))
    return f"{version(live)} → {version(then)}{aside}" if then and then != live else f"{version(live)}{aside}".strip()
