"""The one adapter between Pulumi's dynamic provider protocol and our handlers.

It finds the handler of a resource's kind, shows the messages of its answers, and turns these into Pulumi's results.
"""

from __future__ import annotations

import os
from functools import cache
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
from pulumi.output import Unknown

from pulumi_managed_agents.dynamic.provider import diff_call, process
from pulumi_managed_agents.dynamic.state_entry import FOR_CREATE
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.reconcile.packed_record import PLAIN_INPUTS, packed, unpacked
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.provider.handler import Handler

Props = dict[str, Any]


class ManagedAgentsProvider(ResourceProvider):
    """The provider of every resource; a resource's own inputs say which kind it is.

    It has no attributes, since Pulumi pickles them into the state: what a process shares is in `process`.
    """

    # Otherwise the SDK stores the reference to the provider as a secret: every resource would need decryption.
    serialize_as_secret_always: bool = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take over the stage's configuration; called once per process."""
        process.configure(req.config)

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Refuse inputs that cannot work, each reason as a separate line."""
        # Before a create, also one that replaces a recorded object, the engine calls `check` without old inputs.
        from pulumi_managed_agents.dynamic.default_name import with_default_name

        apart, news = _plain(news), unpacked(news)
        news = process.in_own_workspace(with_default_name(_without_create_only_inputs(news) if _olds else news, _olds))
        failures = _handler(news).check(news, is_new=not _olds)
        # A failure with a property name makes the engine print that property's value, secrets included.
        refusals = [CheckFailure("", KNOWN.scrubber().text(reason)) for reason in failures]
        return CheckResult(packed(news, apart), refusals)

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Compare desired, recorded and live."""
        if _is_left_out(_news):
            return DiffResult(changes=False)
        _olds, _news = unpacked(_olds), unpacked(_news)
        process.ignored_changes[process.identity(_news)] = diff_call.ignored()
        answer = _handler(_news).diff(_id, _olds, _news)
        diff_call.pass_on(answer)
        _show(answer.messages)
        if not answer.changes:
            process.applied.add(process.identity(_news))
        return DiffResult(
            changes=answer.changes,
            replaces=list(answer.replaces),
            delete_before_replace=answer.delete_before_replace,
        )

    def create(self, props: Props) -> CreateResult:
        """Make the object."""
        _refuse_in_preview()
        apart, props = _plain(props) - PLAIN_INPUTS, unpacked(props)
        answer = _handler(props).create(props)
        _show(answer.messages)
        process.applied.add(process.identity(props))
        return CreateResult(answer.id, packed(_without_create_only_inputs(answer.outputs), apart))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Change the object."""
        _refuse_in_preview()
        apart, _olds, _news = _plain(_news) - PLAIN_INPUTS, unpacked(_olds), unpacked(_news)
        outputs = _handler(_news).update(_id, _olds, _news)
        process.applied.add(process.identity(_news))
        return UpdateResult(packed(outputs, apart))

    def read(self, id_: str, props: Props) -> ReadResult:
        """Read the object; an empty id says that it is gone."""
        apart, props = _plain(props), unpacked(props)
        answer = _handler(props).read(id_, props)
        _show(answer.messages)
        return ReadResult(answer.id, packed(answer.outputs, apart), answer.inputs)

    def delete(self, _id: str, _props: Props) -> None:
        """Archive or delete the object."""
        _refuse_in_preview()
        props = unpacked(_props)
        _show(_handler(props).delete(_id, props))


def _plain(props: Props) -> frozenset[str]:
    """The properties that came as they are, and are answered so: the engine marks what is secret by its place."""
    return frozenset(key for key, value in props.items() if isinstance(value, dict))


def _is_left_out(news: Props) -> bool:
    """Whether a run for a part of a stage asks about a resource outside that part.

    The engine asks what would become of all that depends on a target, with what it needs unknown, and would delete what
    had to be replaced then.
    """
    # Imported here for the same reason as the handlers.
    from pulumi_managed_agents.kinds.registry import FACTS
    from pulumi_managed_agents.release.part_of_stage import chosen

    names, about = chosen(os.environ), news[RESOURCE]
    if names is None:
        return False
    return isinstance(about, Unknown) or (about["kind"] in FACTS and about["name"] not in names)


def _handler(props: Props) -> Handler:
    """The handler of a resource, given its inputs or outputs."""
    return _handlers()[props[RESOURCE]["kind"]]


@cache
def _handlers() -> dict[str, Handler]:
    # Imported by the first call: the program's process imports this module too, for the name of the class alone.
    from pulumi_managed_agents.dynamic.provider.deployment_handler import DeploymentHandler
    from pulumi_managed_agents.dynamic.provider.release_handlers import ProofHandler, ReleaseHandler, WorkspaceHandler
    from pulumi_managed_agents.dynamic.provider.resource_handler import ResourceHandler
    from pulumi_managed_agents.dynamic.provider.smoke_tests_handler import SmokeTestsHandler
    from pulumi_managed_agents.kinds.registry import FACTS

    return {
        **{kind: ResourceHandler(facts) for kind, facts in FACTS.items()},
        "deployment": DeploymentHandler(FACTS["deployment"]),
        "workspace": WorkspaceHandler(),
        "smoke tests": SmokeTestsHandler(),
        "release": ReleaseHandler(),
        "proof": ProofHandler(),
    }


def _show(messages: tuple[str, ...]) -> None:
    for message in messages:
        process.say(message)


def _without_create_only_inputs(props: Props) -> Props:
    return {**props, RESOURCE: {key: value for key, value in props[RESOURCE].items() if key not in FOR_CREATE}}


def _refuse_in_preview() -> None:
    """Refuse to write in a preview that goes on after a conflict."""
    from pulumi_managed_agents.review.plan_files import GO_ON_PAST_STOPS

    if os.environ.get(GO_ON_PAST_STOPS):
        raise Refused(f"{GO_ON_PAST_STOPS} is set, which is for previews alone; unset it")
