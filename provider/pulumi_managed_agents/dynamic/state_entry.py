"""What the state holds of a managed object: the inputs that a program declares and the outputs a provider records.

Adoption writes both without a program or a provider, which is why they are made here, by pure functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic.provider_reference import PROVIDER
from pulumi_managed_agents.dynamic.wire import body
from pulumi_managed_agents.reconcile.leaves import without_nulls
from pulumi_managed_agents.reconcile.mark import mark_for
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE, version_number
from pulumi_managed_agents.reconcile.stored_record import record_of
from pulumi_managed_agents.stage.definition import references_in
from pulumi_managed_agents.stage.graph import by_kind, reached

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.record import Record
    from pulumi_managed_agents.stage import Definition, Stage

Props = dict[str, Any]

FOR_CREATE = frozenset({"replaces", "unread"})
"""Hidden inputs for a create alone; they are not stored, since the next run would find them outdated."""

IGNORED = "ignore"
"""The key of a definition's ignored drift, a list that may be empty: it tells what a stage's file declares."""

VERSIONED = ("skill", "agent")
"""The kinds whose new versions their users take over in the same run."""


def ownership(kind: str, name: str, *, project: str, stack: str, workspace: Any) -> Props:
    """The part of the hidden input that says whose object it is. `workspace` may be an Output.

    `name` is the qualified one.
    """
    return {"kind": kind, "mark": mark_for(project, stack, name), "workspace": workspace}


def origin(definition: Definition, stage: Stage) -> Props:
    """What a definition adds to its hidden input: file, ignored drift, references by path, dependents by kind."""
    uses = {".".join(map(str, path)): reference.target for path, reference in references_in(definition.body)}
    ignored = list(stage.values.drift_ignore.get(definition.name, ()))
    users = reached(definition.name, stage.users) if definition.kind in VERSIONED else ()
    reach = by_kind(stage.roles[name] for name in users)
    optional = {"uses": uses, "reach": reach}
    return {"file": definition.file, IGNORED: ignored, **{key: value for key, value in optional.items() if value}}


def is_defined(about: Props) -> bool:
    """Whether a file of a stage defines a resource, by its hidden input."""
    # A skill that a program declares has a file for its content, too, but nothing else that `origin` says.
    return bool(about.get("file")) and (about.get("kind") != "skill" or "ignore" in about)


def inputs(name: str, about: Props, declared: Props) -> Props:
    """A resource's inputs as the engine stores them, which keeps no nulls."""
    return {"__provider": PROVIDER, RESOURCE: {"name": name, **about}, **without_nulls(declared)}


def outputs(facts: Facts, inputs: Props, live: Props, before: Record | None = None) -> Props:
    """What is recorded for an object that was given these inputs and is `live` now; `before` as for `record_of`.

    Raises:
        ApiError: the API's answer has no version, and each object of the kind has one.
    """
    version = version_number(live["version"] if facts.versioned else live.get("version"))
    version = version or live.get("latest_version_id")
    computed = {"version": version} if version else {}
    return {**inputs, **computed, APPLIED: record_of(facts, live, body(inputs), before=before)}
