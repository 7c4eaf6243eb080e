"""Entries for `pulumi import --file`: what the state would hold if Pulumi had created the object. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.definition_files.minimal import minimal
from pulumi_managed_agents.dynamic.program.resource import token
from pulumi_managed_agents.dynamic.state_entry import inputs, origin, outputs, ownership
from pulumi_managed_agents.reconcile.effective import live_leaves, same
from pulumi_managed_agents.reconcile.leaves import dotted, leaves
from pulumi_managed_agents.reconcile.packed_record import packed
from pulumi_managed_agents.reconcile.record import APPLIED
from pulumi_managed_agents.reconcile.secrets import seal
from pulumi_managed_agents.schema.identity import entry_at
from pulumi_managed_agents.stage.definition import properties, references_in
from pulumi_managed_agents.stage.secrets import named_secrets, with_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath
    from pulumi_managed_agents.stage import Definition, Stage


@dataclass(frozen=True)
class IdAndVersion:
    """An object as references to it resolve: its id and version."""

    id: str
    version: Any = None


@dataclass(frozen=True)
class Adopted:
    """A live object that gets, or has, the definition `name`; `known` is what its kind's `inspect` returns."""

    facts: Facts
    name: str
    live: Body
    known: Body

    @property
    def id(self) -> str:
        """The API's id."""
        return str(self.live["id"])

    @property
    def applied(self) -> IdAndVersion:
        """What references to it resolve to."""
        return IdAndVersion(self.id, self.live.get("version") or self.live.get("latest_version_id"))


@dataclass(frozen=True)
class StackIdentity:
    """The project, stack and workspace that every object of a stage is marked with."""

    project: str
    stack: str
    workspace: str


def managed_entry(
    adopted: Adopted,
    definition: Definition,
    stage: Stage,
    identity: StackIdentity,
    applied: Mapping[str, IdAndVersion],
    secrets: Mapping[str, str],
) -> Body:
    """The entry of a definition for an object that exists.

    `applied` holds, by name, what the definition may refer to, `secrets` the values of those secrets that have one. Of
    a secret only its fingerprint is recorded; of one without a value, that it is not known.
    """
    facts, name = adopted.facts, definition.name
    about = {
        **ownership(facts.kind, name, project=identity.project, stack=identity.stack, workspace=identity.workspace),
        **origin(definition, stage),
    }
    entry_inputs = inputs(name, about, acknowledged(facts, declared(definition, applied), adopted.known))
    recorded = outputs(facts, entry_inputs, adopted.known)
    named = {dotted(tuple(map(str, path))): secrets.get(secret, "") for path, secret in named_secrets(definition)}
    if named:
        recorded[APPLIED]["sealed"] = seal(named)
    title = facts.kind.title().replace("_", "")
    return _entry(title, name, adopted.id, entry_inputs, recorded)


def workspace_entry(workspace: str) -> Body:
    """The entry of the stage's workspace, without which every other resource would wait to learn its name."""
    entry_inputs = inputs("workspace", {"kind": "workspace"}, {})
    return _entry("Workspace", "workspace", workspace, entry_inputs, {**entry_inputs, "workspace": workspace})


def _entry(title: str, name: str, id: str, entry_inputs: Body, recorded: Body) -> Body:
    return {"type": token(title), "name": name, "id": id, "inputs": entry_inputs, "outputs": packed(recorded)}


def declared(definition: Definition, applied: Mapping[str, IdAndVersion]) -> Body:
    """The request body without its secrets, with null for the fields that refer to what does not exist yet."""
    waiting = {str(path[0]) for path, reference in references_in(definition.body) if reference.target not in applied}
    body = with_values(definition.kind, definition.body, lambda _: None)
    ready = {field: value for field, value in body.items() if field not in waiting}
    return properties(replace(definition, body=ready), applied) | dict.fromkeys(waiting)


def acknowledged(facts: Facts, desired: Body, live: Body) -> Body:
    """The body to record as applied: what the file says where that is live, and what is live where it is not.

    So a field in which they differ shows as an edit of the file in the next preview, and all others do not.
    """
    seen = minimal(facts, live)
    now = live_leaves(facts, live, desired)
    recorded = {}
    for field, value in desired.items():
        if _is_live(facts, field, desired, now, str(live["id"])):
            recorded[field] = value
        elif field == "metadata":
            recorded[field] = {key: seen[field][key] for key in value or {} if key in seen.get(field, {})}
        elif field in seen:
            recorded[field] = seen[field]
    return recorded


def _is_live(facts: Facts, field: str, desired: Body, now: Mapping[LeafPath, Any], own_id: str) -> bool:
    """Whether a field is live as desired: nothing missing, and no entry too many.

    Other additions are what the API fills in by itself, such as a model's default effort.
    """
    effective = leaves(facts.effective({field: desired[field]}, desired, own_id))
    expected = {path: value for path, value in effective.items() if path[0] == field and path not in facts.unsteady}
    there = {path: value for path, value in now.items() if path[0] == field}
    if not expected:
        return not there
    entries = {entry_at(facts.entries, path) for path in expected}
    extra = any(entry and entry not in entries for entry in (entry_at(facts.entries, path) for path in there))
    return not extra and all(_is_spelled(there.get(path), path, value) for path, value in expected.items())


def _is_spelled(live: Any, path: LeafPath, value: Any) -> bool:
    """Whether a value is shown as live; a skill's version may stay the word it was attached by."""
    return same(live, value) or (path[0] == "skills" and path[-1] == "version" and live == "latest")
