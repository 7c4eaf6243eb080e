"""The effective definition that receipts hold: what the kinds call a definition's effective form, by readable keys.

A field is called ``agents/triage:mcp_servers.crm.url`` and is told by a short digest of its value. Whatever a kind
calls the same (another order of a set, a default that is written out) has the same fields here, and nothing else has.
Two things are added: secrets by their names, since their values stand in no file; and what goes by its address goes by
its type instead, with the address as a field of it, since addresses are what stages differ in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.definitions.identity import ENTRIES, body_path, identity, keyed, keyed_path, numbered
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.effective import canonical, desired_leaves
from pulumi_managed_agents.stage.node import field_name
from pulumi_managed_agents.stage.resolution import properties
from pulumi_managed_agents.stage.secrets import named_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.kinds.leaves import Body, Leaves, Path
    from pulumi_managed_agents.stage import Definition
    from pulumi_managed_agents.stage.node import Path as FilePath

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


def _fields(definition: Definition, name: str, prefix: Path) -> Iterator[tuple[str, Field]]:
    body = _body(definition)
    for shown, path, value in _shown(definition, body):
        yield (
            f"{name}:{field_name((*prefix, *shown))}",
            Field(value, definition, body_path(definition.kind, body, path)),
        )


def _body(definition: Definition) -> Body:
    """The request body, with names in the place of ids."""
    return properties(definition, {one.target: _Named(one.target) for one in definition.references})


def _leaves(definition: Definition, body: Body) -> Leaves:
    """What the definition asks for, secrets by their names."""
    secrets = {(*keyed_path(definition.kind, body, path), "secret"): name for path, name in named_secrets(definition)}
    return desired_leaves(FACTS[definition.kind], body) | secrets


def _shown(definition: Definition, body: Body) -> Iterator[tuple[Path, Path, Any]]:
    """Each leaf: its path as receipts have it, its effective path, its value."""
    leaves = _leaves(definition, body)
    renamed: dict[Path, Path] = {}
    for rule in (one for one in ENTRIES.get(definition.kind, ()) if one.address):
        entries = keyed(definition.kind, rule.place, body.get(rule.place[0]))
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


def _contents(leaves: Leaves, place: Path) -> dict[str, Leaves]:
    """The leaves below a table, by its keys."""
    found: dict[str, Leaves] = {}
    for path, value in leaves.items():
        if path[: len(place)] == place:
            found.setdefault(path[len(place)], {})[path[len(place) + 1 :]] = value
    return found


def _called(definition: Definition, all_of_them: Iterable[Definition]) -> tuple[str, Path]:
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
