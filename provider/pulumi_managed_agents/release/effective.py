"""The effective definition that receipts hold: what the kinds call a definition's effective form, by readable keys.

A field is called ``agents/triage:mcp_servers.crm.url`` and is told by a short digest of its value. Whatever a kind
calls the same (another order of a set, a default that is written out) has the same fields here, and nothing else has.
Two things are added: secrets by their names, since their values stand in no file; and what goes by its address goes by
its type instead, with the address as a field of it, since addresses are what stages differ in.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.effective import canonical, desired_leaves
from pulumi_managed_agents.release.first_form import first_form_paths
from pulumi_managed_agents.release.receipt import FORM
from pulumi_managed_agents.schema.identity import body_path, identity, keyed, keyed_path, numbered
from pulumi_managed_agents.stage.definition import properties
from pulumi_managed_agents.stage.secrets import named_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pulumi_managed_agents.files.node import FieldPath as FilePath
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath, Leaves
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.root import Root
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


SHORT = 12
"""Hex digits of a field's digest."""


@dataclass(frozen=True)
class Field:
    """One field of an effective definition: its value, whose it is, and where in that definition's body it stands."""

    value: Any
    definition: Definition
    path: FilePath

    @property
    def digest(self) -> str:
        """The beginning of the SHA-256 of its value."""
        return hashlib.sha256(canonical(self.value).encode()).hexdigest()[:SHORT]

    @property
    def place(self) -> tuple[str, int]:
        """File and line of it; the values file where an override set it."""
        return self.definition.place(self.path)


@dataclass(frozen=True)
class _Named:
    """Stands for what a definition refers to: the id of it is its name."""

    id: str


def fields(definitions: Iterable[Definition]) -> dict[str, dict[str, Field]]:
    """The effective fields of each definition, by its name and then by their keys; a credential's begin as its vault's.

    `definitions` are all of a stage: what a credential is called depends on what else is in its vault.
    """
    known = list(definitions)
    named = {one.name: _called(one, known) for one in known}
    return {one.name: dict(_fields(one, *named[one.name])) for one in known}


def digest_of(leaves: Mapping[str, str]) -> str:
    """SHA-256 in hex over the digests of fields."""
    return hashlib.sha256(canonical(dict(leaves)).encode()).hexdigest()


def _fields(definition: Definition, name: str, prefix: LeafPath) -> Iterator[tuple[str, Field]]:
    body = _body(definition)
    for shown, path, value in _shown(definition, body):
        yield (
            f"{name}:{field_name((*prefix, *shown))}",
            Field(value, definition, body_path(FACTS[definition.kind].entries, body, path)),
        )


def _body(definition: Definition) -> Body:
    """The request body, with names in the place of ids."""
    return properties(definition, {one.target: _Named(one.target) for one in definition.references})


def _leaves(definition: Definition, body: Body) -> Leaves:
    """What the definition asks for, secrets by their names."""
    facts = FACTS[definition.kind]
    secrets = {(*keyed_path(facts.entries, body, path), "secret"): name for path, name in named_secrets(definition)}
    return desired_leaves(facts, body) | secrets


def _shown(definition: Definition, body: Body) -> Iterator[tuple[LeafPath, LeafPath, Any]]:
    """Each leaf: its path as receipts have it, its effective path, its value."""
    leaves, lists = _leaves(definition, body), FACTS[definition.kind].entries
    renamed: dict[LeafPath, LeafPath] = {}
    for rule in (one for one in lists if one.address):
        entries = keyed(lists, rule.place, body.get(rule.place[0]))
        found = {key: identity(entry, rule) for key, entry in entries.items()}
        addresses = {key: one[1] for key, one in found.items() if one and one[0] == rule.address}
        types = {key: str(entries[key].get("type")) for key in addresses}
        called = _numbered(types, _contents(leaves, rule.place), entries.keys() - addresses.keys())
        for key, address in addresses.items():
            renamed[*rule.place, key] = (*rule.place, called[key])
            yield (*rule.place, called[key], rule.address), (*rule.place, key, rule.address), address
    for path, value in leaves.items():
        start = next((one for one in renamed if path[: len(one)] == one), ())
        yield (*renamed.get(start, ()), *path[len(start) :]), path, value


def _contents(leaves: Leaves, place: LeafPath) -> dict[str, Leaves]:
    """The leaves below a table, by its keys."""
    found: dict[str, Leaves] = {}
    for path, value in leaves.items():
        if path[: len(place)] == place:
            found.setdefault(path[len(place)], {})[path[len(place) + 1 :]] = value
    return found


def _called(definition: Definition, all_of_them: Iterable[Definition]) -> tuple[str, LeafPath]:
    """What the keys of a definition's fields begin with: a name, and for a credential its place in its vault."""
    vault = _vault(definition)
    if not vault:
        return definition.name, ()
    others = {one.name: one for one in all_of_them if _vault(one) == vault}
    types = {name: _credential_type(one) for name, one in others.items()}
    called = _numbered(types, {name: _leaves(one, _body(one)) for name, one in others.items()})
    return vault, ("credentials", called[definition.name])


def _vault(definition: Definition) -> str:
    references = definition.references if definition.kind == "credential" else ()
    return next((one.target for one in references if one.kind == "vault"), "")


def _credential_type(credential: Definition) -> str:
    """The variable that it sets, or of one that is for an address how it is used there."""
    auth = credential.body.get("auth") or {}
    return str(auth.get("secret_name") or auth.get("type"))


def _numbered(names: Mapping[str, str], contents: Mapping[str, Leaves], taken: Iterable[str] = ()) -> dict[str, str]:
    """Names by key; one that is `taken` or stands there before gets a number, in the order of what the entries hold.

    Addresses count last, so that what stands at another address on another stage has the same number there.
    """

    def rank(key: str) -> tuple[str, str, str]:
        rest = {".".join(path): value for path, value in contents.get(key, {}).items()}
        own = {path: value for path, value in rest.items() if not path.endswith("url")}
        return canonical(own), canonical(rest), key

    used = [*taken]
    called: dict[str, str] = {}
    for key in sorted(names, key=rank):
        called[key] = numbered(names[key], used)
        used.append(called[key])
    return called
