"""Places: the fields in which a stage behind a gate may differ from what was proved, each named exactly.

A place is a kind and the path of a field in its effective form, as ``agent.mcp_servers.*.url``, in which ``*`` is any
one step; it stands for all below it. With the name of a resource in the place of the kind, as
``environments/box:config.networking.allowed_hosts``, it is that resource's field alone. Credentials are fields of their
vault.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.names import FOLDERS
from pulumi_managed_agents.kinds.registry import ENTRIES
from pulumi_managed_agents.reconcile.effective import FIELDS, OPEN
from pulumi_managed_agents.schema.identity import entries_at
from pulumi_managed_agents.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GROUPS: Mapping[str, tuple[str, ...]] = {
    "name": ("agent.name", "environment.name", "memory_store.name", "deployment.name"),
    "metadata": (
        "agent.metadata",
        "environment.metadata",
        "memory_store.metadata",
        "vault.metadata",
        "vault.credentials.*.metadata",
        "deployment.metadata",
    ),
    "model": ("agent.model",),
    "urls": ("agent.mcp_servers.*.url", "vault.credentials.*.auth.mcp_server_url", "deployment.resources.*.url"),
    "hosts": (
        "environment.config.networking.allowed_hosts",
        "vault.credentials.*.auth.networking.allowed_hosts",
    ),
    "schedule": ("deployment.schedule",),
    "budget": ("deployment.budget",),
}
"""The words that stand for several places.

Names are among them because those of environments are unique in a workspace, metadata because agents never see it.
"""

MAY_DIFFER = tuple(GROUPS)
"""What may differ between stages unless `managed-agents:stageMayDiffer` says otherwise: all of these."""

KINDS = tuple(FOLDERS.values())
"""The kinds with their own files; the fields of a credential are those of its vault."""
SETTING = "managed-agents:stageMayDiffer"

_STEPS = re.compile(r'\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]|([^.\[\]]+)')


@dataclass(frozen=True)
class Place:
    """A field, and all below it, of every resource of a kind; or, where it has a `name`, of one resource.

    `written` is how it, or the word that stands for it, is written.
    """

    written: str
    steps: tuple[str, ...]
    kind: str = ""
    name: str = ""

    def holds(self, name: str, kind: str, path: tuple[str, ...]) -> bool:
        """Whether a field of a resource is at this place."""
        is_about = name == self.name if self.name else kind == self.kind
        fits = (own in ("*", step) for own, step in zip(self.steps, path, strict=False))
        return is_about and len(path) >= len(self.steps) and all(fits)


def steps_of(field: str) -> tuple[str, ...]:
    """The steps of a field's path."""
    return tuple(json.loads(quoted) if quoted else number or plain for quoted, number, plain in _STEPS.findall(field))


def places(words: Iterable[str]) -> tuple[Place, ...]:
    """The places that the words of a setting stand for.

    Raises:
        InputError: a word is not a place; says how it is written.
    """
    return tuple(place for word in words for place in _places(word))


def _places(word: str) -> tuple[Place, ...]:
    if word in GROUPS:
        return tuple(Place(word, *_of_kind(place)) for place in GROUPS[word])
    name, colon, path = word.rpartition(":")
    if colon:
        steps = steps_of(path)
        if not (name and steps and steps[0] != "*"):
            raise InputError(f"{SETTING}: '{word}' is not a place; write NAME:FIELD, as environments/box:config")
        return (Place(word, steps, name=name),)
    steps, kind = _of_kind(word)
    if kind not in KINDS:
        raise InputError(f"{SETTING}: '{word}' is not a place{_advice(word)}")
    _must_exist(word, kind, steps)
    return (Place(word, steps, kind),)


def _of_kind(place: str) -> tuple[tuple[str, ...], str]:
    kind, *steps = steps_of(place) or ("",)
    return tuple(steps), kind


def _advice(word: str) -> str:
    """How a word is written that says a field but no kind, or that is near to a known one."""
    from pulumi_managed_agents.kinds import MODELS

    field = word.partition(".")[0]
    kinds = [kind for kind in KINDS if field in MODELS[kind].model_fields]
    if kinds:
        return f"; write {' or '.join(f'{kind}.{word}' for kind in kinds)}"
    near = suggestion(word, [*GROUPS, *(place for group in GROUPS.values() for place in group)])
    return near or f"; write KIND.FIELD, as agent.model, with one of the kinds {', '.join(KINDS)}"


def _must_exist(word: str, kind: str, steps: tuple[str, ...]) -> None:
    """Raise `InputError` for a path that no file of this kind can have."""
    from pulumi_managed_agents.kinds import MODELS

    fields = MODELS[kind].model_fields.keys() - {"type"}
    if not steps:
        raise InputError(f"{SETTING}: '{word}' is not a place; name a field of it, as {kind}.{min(fields)}")
    if steps[0] not in fields:
        near = suggestion(steps[0], fields)
        raise InputError(f"{SETTING}: '{word}' is not a place: {kind.replace('_', ' ')}s have no such field{near}")
    for depth, step in enumerate(steps[1:], 1):
        above = steps[depth - 1]
        # An entry of a list, a custom key, and a tool in its tool set may have any name.
        free = step == "*" or above == "*" or above in OPEN or entries_at(ENTRIES[kind], steps[:depth]) is not None
        if not free and step not in FIELDS:
            raise InputError(
                f"{SETTING}: '{word}' is not a place: there is no field '{step}'{suggestion(step, FIELDS)}"
            )
