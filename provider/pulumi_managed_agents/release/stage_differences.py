"""Where a stage differs from what was proved: with both values, by the rules of the capability review."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.kinds.addresses import beyond, host_covers
from pulumi_managed_agents.kinds.power import widened
from pulumi_managed_agents.kinds.widening import listed
from pulumi_managed_agents.reconcile.leaves import tree
from pulumi_managed_agents.release.effective import differing, fields, split
from pulumi_managed_agents.release.first_form import first_form_paths
from pulumi_managed_agents.release.places import steps_of
from pulumi_managed_agents.release.receipt import FORM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.release.effective import Field
    from pulumi_managed_agents.release.gate import Gate
    from pulumi_managed_agents.release.receipt import Content, Receipt
    from pulumi_managed_agents.stage import Definition, Stage

LONGEST = 80
"""The most characters of a value that are shown in a line."""
HOSTS = ("networking", "allowed_hosts")
_UNKNOWN = object()

FilePlace = tuple[str, int, str]


@dataclass(frozen=True)
class StageDifferences:
    """Compares the fields of a stage with those that receipts hold, by its gate's `may_differ`."""

    stage: Stage
    gate: Gate

    def refused(
        self, here: Mapping[str, str], known: Receipt | Content, members: tuple[str, ...], form: int = FORM
    ) -> Iterator[tuple[FilePlace, str]]:
        """Each field that differs where it may not, or by a wildcard that nobody named: its place, and why not."""
        words = dict.fromkeys(place.written for place in self.gate.may_differ)
        allowed = ", ".join(words) or "nothing"
        for key in differing(here, known.effective):
            file = self._place(key, members, form)
            if not self._may_differ(key, members):
                yield file, self._refused(key, known, self._written(key, members), allowed)
            elif hosts := self._wildcards(key, known, members):
                reach = f"{', '.join(hosts)} reaches further than what {self.gate.verified_in} has proved"
                advice = f"name what may: managed-agents:stageMayDiffer: [{key}, …]"
                yield file, f"{reach}; a wildcard is not allowed for all definitions, so {advice}"

    def _refused(self, key: str, known: Receipt | Content, place: str, allowed: str) -> str:
        proved_in = self.gate.verified_in
        return (
            f"differs from what {proved_in} has proved{self._values(key, known)}; only {allowed} may differ: prove it "
            f"in {proved_in} as well, or let it differ with managed-agents:stageMayDiffer: [{place}, …]"
        )

    def allowed(self, here: Mapping[str, str], known: Receipt | Content, members: tuple[str, ...]) -> Iterator[str]:
        """A line for each field that differs where it may, then one for each power that comes of them."""
        keys = [key for key in differing(here, known.effective) if self._may_differ(key, members)]
        for key in keys:
            yield f"{key}: proven in {self.gate.verified_in} with another value{self._values(key, known)}"
        for definition in self.stage.definitions if keys else ():
            own = self._known[definition.name]
            gone = [key for key in keys if key not in self._flat and split(key, members)[0] == definition.name]
            for text in self._gains(definition, own, [key for key in keys if key in own] + gone, known):
                yield f"{definition.name}: new power over what {self.gate.verified_in} has proved: {text}"

    @cached_property
    def _known(self) -> dict[str, dict[str, Field]]:
        return fields(self.stage.definitions)

    @cached_property
    def _flat(self) -> dict[str, Field]:
        return {key: field for own in self._known.values() for key, field in own.items()}

    @cached_property
    def _first(self) -> dict[str, tuple[Definition, Any]]:
        return {
            key: (definition, path)
            for definition in self.stage.definitions
            for key, path in first_form_paths(definition).items()
        }

    @cached_property
    def _kinds(self) -> dict[str, str]:
        return {definition.name: definition.kind for definition in self.stage.definitions}

    def _may_differ(self, key: str, members: tuple[str, ...]) -> bool:
        name, field = split(key, members)
        path, kind = steps_of(field), self._kinds.get(name, "")
        return any(place.holds(name, kind, path) for place in self.gate.may_differ)

    def _written(self, key: str, members: tuple[str, ...]) -> str:
        name, field = split(key, members)
        return f"{self._kinds.get(name, 'KIND')}.{field}"

    def _values(self, key: str, known: Receipt | Content) -> str:
        field = self._flat.get(key)
        there = "nothing" if key not in known.effective else _shown(known.values.get(key, _UNKNOWN))
        return f" ({there} there, {_shown(field.value) if field else 'nothing'} here)"

    def _wildcards(self, key: str, known: Receipt | Content, members: tuple[str, ...]) -> list[str]:
        """The wildcards among a field's hosts that reach further than was proved, where nobody names the definition."""
        name, field = split(key, members)
        path = steps_of(field)
        here = self._flat.get(key)
        if path[-2:] != HOSTS or here is None:
            return []
        if any(place.name and place.holds(name, "", path) for place in self.gate.may_differ):
            return []
        proved = listed(known.values.get(key))
        return [host for host in beyond(listed(here.value), proved, host_covers) if "*" in host]

    def _gains(
        self, definition: Definition, own: Mapping[str, Field], keys: list[str], known: Receipt | Content
    ) -> Iterator[str]:
        """What a definition may do that it could not do with the values that were proved, in words."""
        keys_shown = [key for key in keys if key in known.values or key not in known.effective]
        if not keys_shown:
            return
        # In receipts the path of a credential's field begins with the credential's place in its vault.
        skipped = 2 if definition.kind == "credential" else 0
        after = {field.path_shown[skipped:]: field.value for field in own.values()}
        before = dict(after)
        for key in keys_shown:
            path = own[key].path_shown[skipped:] if key in own else steps_of(key[len(definition.name) + 1 :])
            before.pop(path, None)
            if key in known.values:
                before[path] = known.values[key]
        for _, text in widened(definition.kind, tree(before), tree(after)):
            yield text

    def _place(self, key: str, members: tuple[str, ...], form: int) -> FilePlace:
        """File, line and name of a field; the values file where an override set it."""
        name, field = split(key, members)
        if form == FORM and key in self._flat:
            return (*self._flat[key].place, field)
        if form != FORM and key in self._first:
            definition, path = self._first[key]
            return (*definition.place(path), field)
        file = next(
            (definition.file for definition in self.stage.definitions if definition.name == name), self.stage.folder
        )
        return file, 0, field


def _shown(value: Any) -> str:
    if value is _UNKNOWN:
        return "another value"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
