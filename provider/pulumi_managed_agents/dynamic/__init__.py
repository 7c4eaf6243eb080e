"""The Pulumi side: one dynamic provider, the resource classes, and the declaration of a whole stage.

`Entry` is what users' state refers to: the text in `PROVIDER` (its pickle by reference, base64) stands in every
resource of every stack. This path, ``pulumi_managed_agents.dynamic.Entry``, is therefore a promise and never moves.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.dynamic.dispatch import Behaviour

PROVIDER = "gASVLgAAAAAAAACMHXB1bHVtaV9tYW5hZ2VkX2FnZW50cy5keW5hbWljlIwFRW50cnmUk5QpgZQu"

Props = dict[str, Any]


class Entry(ResourceProvider):
    """The provider of every resource; which kind it is stands in the resource's own inputs.

    It carries no state: what a process shares is in `pulumi_managed_agents.dynamic.process`.
    """

    serialize_as_secret_always: bool = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take over the stage's configuration; called once per process."""
        from pulumi_managed_agents.dynamic import process

        process.configure(req.config)

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Refuse inputs that cannot work, each reason as one line of its own."""
        from pulumi_managed_agents.scrubbing import KNOWN

        # The engine checks without old inputs what it is about to create, be it in order to replace another object.
        news = _without_what_only_a_create_is_told(news) if _olds else news
        failures = _behaviour(news).check(news, is_new=not _olds)
        # A failure with a property name makes the engine print that property's value, secrets included.
        return CheckResult(news, [CheckFailure("", KNOWN.scrubber().text(reason)) for reason in failures])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Hold desired, recorded and live against each other."""
        found = _behaviour(_news).diff(_id, _olds, _news)
        _say(found.says)
        if not found.changes:
            _note_applied(_news)
        return DiffResult(
            changes=found.changes,
            replaces=list(found.replaces),
            delete_before_replace=found.delete_before_replace,
        )

    def create(self, props: Props) -> CreateResult:
        """Make the object."""
        _must_be_no_preview()
        made = _behaviour(props).create(props)
        _say(made.says)
        _note_applied(props)
        return CreateResult(made.id, _without_what_only_a_create_is_told(made.outputs))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Change the object."""
        _must_be_no_preview()
        outs = _behaviour(_news).update(_id, _olds, _news)
        _note_applied(_news)
        return UpdateResult(outs)

    def read(self, id_: str, props: Props) -> ReadResult:
        """Look at the object; an empty id says that it is gone."""
        found = _behaviour(props).read(id_, props)
        _say(found.says)
        return ReadResult(found.id, found.outputs, found.inputs)

    def delete(self, _id: str, _props: Props) -> None:
        """Archive or delete the object."""
        _must_be_no_preview()
        _say(_behaviour(_props).delete(_id, _props))


def _say(lines: Iterable[str]) -> None:
    from pulumi_managed_agents.dynamic import process

    for line in lines:
        process.say(line)


def _without_what_only_a_create_is_told(props: Props) -> Props:
    from pulumi_managed_agents.dynamic.stack_state import FOR_CREATE
    from pulumi_managed_agents.reconcile.record import RESOURCE

    return {**props, RESOURCE: {key: value for key, value in props[RESOURCE].items() if key not in FOR_CREATE}}


def _must_be_no_preview() -> None:
    """A conflict was passed over where a preview was to go on; nothing may be written then."""
    from pulumi_managed_agents.errors import Refused
    from pulumi_managed_agents.review.plan_files import GO_ON_PAST_STOPS

    if os.environ.get(GO_ON_PAST_STOPS):
        raise Refused(f"{GO_ON_PAST_STOPS} is set, which is for previews alone; unset it")


def _note_applied(props: Props) -> None:
    from pulumi_managed_agents.dynamic import process

    process.applied.add(process.identity(props))


def _behaviour(props: Props) -> Behaviour:
    from pulumi_managed_agents.dynamic.dispatch import behaviour_of

    return behaviour_of(props)
