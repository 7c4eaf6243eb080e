"""The effective definition that receipts hold: what the kinds call a definition's effective form, by readable keys.

A field is called ``agents/triage:mcp_servers.crm.url`` and holds a short digest of its value. Two definitions have the
same fields exactly where their kind calls them the same, as with another order of a set or a default written out.
Receipts differ from a kind's effective form in two points. Secrets have their names as values, since no file holds
the real ones. And an entry that a kind identifies by its address is called by its type here, with the address as one of
its fields, since addresses are what differs between stages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.effective import canonical, desired_leaves
from pulumi_managed_agents.release.receipt import digest_of_value
from pulumi_managed_agents.schema.identity import body_path, identity, keyed, keyed_path, numbered
from pulumi_managed_agents.stage.definition import properties
from pulumi_managed_agents.stage.secrets import named_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pulumi_managed_agents.files.node import FieldPath as FilePath
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath, Leaves
    from pulumi_managed_agents.stage import Definition


def differing(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """The fields that only one of two effective definitions has, or that have different values, sorted."""
    return sorted(key for key in here.keys() | there.keys() if here.get(key) != there.get(key))


def split(key: str, members: Iterable[str]) -> tuple[str, str]:
    """The name and the field of ``agents/triage:model``; either may hold a colon."""
    name = max((member for member in members if key.startswith(f"{member}:")), key=len, default=key.partition(":")[0])
    return name, key[len(name) + 1 :]


@dataclass(frozen=True)
class Field:
    """One field of an effective definition: its value, the definition, and the path in that definition's body.

    `path_shown` is its path in receipts; those of a credential begin with its place in its vault.
    """

    value: Any
    definition: Definition
    path: FilePath
    path_shown: LeafPath = ()

    @property
    def digest(self) -> str:
        """The beginning of the SHA-256 of its value."""
        return digest_of_value(self.value)

    @property
    def owner_kind(self) -> str:
        """The kind of the resource that its key names: of a credential's field that of its vault."""
        return "vault" if self.definition.kind == "credential" else self.definition.kind

    @property
    def place(self) -> tuple[str, int]:
        """Its file and line; the values file where an override set it."""
        return self.definition.place(self.path)


@dataclass(frozen=True)
class _Named:
    """Stands for a resource that a definition refers to, with its name in the place of its id."""

    id: str


def fields(definitions: Iterable[Definition], names: Collection[str] | None = None) -> dict[str, dict[str, Field]]:
    """The effective fields of each definition, or of those with these `names`, by its name and then by their keys.

    The keys of a credential begin with its vault's name. `definitions` must be all of a stage, since the key of a
    credential depends on what else is in its vault.
    """
    everything = list(definitions)
    return {
        definition.name: dict(_fields(definition, *_key_start(definition, everything)))
        for definition in everything
        if names is None or definition.name in names
    }


def _fields(definition: Definition, name: str, prefix: LeafPath) -> Iterator[tuple[str, Field]]:
    body = _body(definition)
    for shown, path, value in _shown(definition, body):
        yield (
            f"{name}:{field_name((*prefix, *shown))}",
            Field(value, definition, body_path(FACTS[definition.kind].entries, body, path), (*prefix, *shown)),
        )


def _body(definition: Definition) -> Body:
    """The request body, with names in the place of ids."""
    return properties(definition, {reference.target: _Named(reference.target) for reference in definition.references})


def _leaves(definition: Definition, body: Body) -> Leaves:
    """What the definition asks for, secrets by their names."""
    facts = FACTS[definition.kind]
    secrets = {(*keyed_path(facts.entries, body, path), "secret"): name for path, name in named_secrets(definition)}
    return desired_leaves(facts, body) | secrets


def _shown(definition: Definition, body: Body) -> Iterator[tuple[LeafPath, LeafPath, Any]]:
    """Each leaf: its path in receipts, its path in the effective form, and its value."""
    leaves, lists = _leaves(definition, body), FACTS[definition.kind].entries
    renamed: dict[LeafPath, LeafPath] = {}
    for rule in (rule for rule in lists if rule.address):
        entries = keyed(lists, rule.place, body.get(rule.place[0]))
        identities = {key: identity(entry, rule) for key, entry in entries.items()}
        addresses = {key: field[1] for key, field in identities.items() if field and field[0] == rule.address}
        types = {key: str(entries[key].get("type")) for key in addresses}
        names = _numbered(types, _contents(leaves, rule.place), entries.keys() - addresses.keys())
        for key, address in addresses.items():
            renamed[*rule.place, key] = (*rule.place, names[key])
            yield (*rule.place, names[key], rule.address), (*rule.place, key, rule.address), address
    for path, value in leaves.items():
        start = next((entry for entry in renamed if path[: len(entry)] == entry), ())
        yield (*renamed.get(start, ()), *path[len(start) :]), path, value


def _contents(leaves: Leaves, place: LeafPath) -> dict[str, Leaves]:
    """The leaves below a table, by its keys."""
    contents: dict[str, Leaves] = {}
    for path, value in leaves.items():
        if path[: len(place)] == place:
            contents.setdefault(path[len(place)], {})[path[len(place) + 1 :]] = value
    return contents


def _key_start(definition: Definition, everything: Iterable[Definition]) -> tuple[str, LeafPath]:
    """What the keys of a definition's fields begin with: a name, and for a credential its place in its vault."""
    vault = _vault(definition)
    if not vault:
        return definition.name, ()
    credentials = {credential.name: credential for credential in everything if _vault(credential) == vault}
    types = {name: _credential_type(credential) for name, credential in credentials.items()}
    numbered_types = _numbered(
        types, {name: _leaves(credential, _body(credential)) for name, credential in credentials.items()}
    )
    return vault, ("credentials", numbered_types[definition.name])


def _vault(definition: Definition) -> str:
    references = definition.references if definition.kind == "credential" else ()
    return next((reference.target for reference in references if reference.kind == "vault"), "")


def _credential_type(credential: Definition) -> str:
    """The environment variable that it sets; of a credential for an address, its type."""
    auth = credential.body.get("auth") or {}
    return str(auth.get("secret_name") or auth.get("type"))


def _numbered(names: Mapping[str, str], contents: Mapping[str, Leaves], taken: Iterable[str] = ()) -> dict[str, str]:
    """Unique names by key: a name that is `taken` or repeated gets a number, in the order of the entries' contents."""

    def rank(key: str) -> tuple[str, str, str]:
        rest = {".".join(path): value for path, value in contents.get(key, {}).items()}
        # Addresses count last, so that an entry with another address on another stage has the same number there.
        own = {path: value for path, value in rest.items() if not path.endswith("url")}
        return canonical(own), canonical(rest), key

    used = [*taken]
    unique: dict[str, str] = {}
    for key in sorted(names, key=rank):
        unique[key] = numbered(names[key], used)
        used.append(unique[key])
    return unique
