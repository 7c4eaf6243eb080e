"""Look-ups: objects of the workspace that somebody else manages, for a program to refer to.

For each kind `get_…` answers at once with plain values, and `get_…_output` takes and gives Outputs. One function makes
all of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor
from pulumi.runtime.sync_await import _sync_await

from pulumi_managed_agents.dynamic.program.connection import place_of
from pulumi_managed_agents.dynamic.program.live_object import LiveObject, label_of, live_object
from pulumi_managed_agents.dynamic.program.resource import token
from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.live import is_gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_managed_agents.dynamic.program.connection import LookUpPlace
    from pulumi_managed_agents.reconcile.context import Context

V = TypeVar("V")
T = TypeVar("T")
Text = pulumi.Input[str]


class LookUp(Protocol[V]):
    """A function that finds an object by its id or its name."""

    def __call__(
        self, *, id: str | None = None, name: str | None = None, opts: pulumi.InvokeOptions | None = None
    ) -> LiveObject[V]:
        """The object as it is live."""


class LookUpOutput(Protocol[V]):
    """The same, taking and giving Outputs."""

    def __call__(
        self, *, id: Text | None = None, name: Text | None = None, opts: pulumi.InvokeOptions | None = None
    ) -> pulumi.Output[LiveObject[V]]:
        """The object as it is live."""


def get_models(opts: pulumi.InvokeOptions | None = None) -> list[LiveObject[None]]:
    """The models that the workspace can use, newest first; what is to be retired says so in `fields`.

    Raises:
        pulumi.RunError: the API cannot be asked.
    """
    return _now(place_of(opts), lambda place: _answered("getModels", {}, opts, lambda: _models(place)))


def get_models_output(opts: pulumi.InvokeOptions | None = None) -> pulumi.Output[list[LiveObject[None]]]:
    """The same as an Output."""
    return _later(place_of(opts), opts, lambda place: _answered("getModels", {}, opts, lambda: _models(place)))


def _models(place: LookUpPlace) -> list[LiveObject[None]]:
    return [live_object("model", live) for live in place.connection().client.models.list()]


def _look_up(kind: str, version: type[V]) -> tuple[LookUp[V], LookUpOutput[V]]:  # noqa: ARG001 - for type checkers
    """Both functions for a kind whose versions are of that type."""
    called = kind.replace("_", " ")
    article = "an" if called[0] in "aeiou" else "a"
    function = f"get{kind.title().replace('_', '')}"

    def find(criteria: dict[str, Any], opts: pulumi.InvokeOptions | None, place: LookUpPlace, *, fresh: bool) -> Any:
        fields = {key: value for key, value in criteria.items() if value is not None}
        return _answered(
            function,
            fields,
            opts,
            lambda: live_object(kind, _found(place.connection(), kind, fields, fresh=fresh)),
            kind,
        )

    def get(
        *, id: str | None = None, name: str | None = None, opts: pulumi.InvokeOptions | None = None
    ) -> LiveObject[V]:
        criteria = {"id": id, "name": name}
        _must_say_which(called, criteria)
        return _now(place_of(opts), lambda place: find(criteria, opts, place, fresh=False))

    def get_output(
        *, id: Text | None = None, name: Text | None = None, opts: pulumi.InvokeOptions | None = None
    ) -> pulumi.Output[LiveObject[V]]:
        criteria = {"id": id, "name": name}
        _must_say_which(called, criteria)
        known: pulumi.Output[Any] = pulumi.Output.all(pulumi.Output.from_input(criteria), place_of(opts))
        return _later(known, opts, lambda given: find(given[0], opts, given[1], fresh=True))

    get.__name__ = get.__qualname__ = f"get_{kind}"
    get_output.__name__ = get_output.__qualname__ = f"get_{kind}_output"
    get.__doc__ = f"""Find {article} {called} that is live, by its id or by its name.

    Args:
        id: The API's id.
        name: What it is called in the workspace.
        opts: The provider, or the parent whose provider it is; the stack's own configuration unless given.

    Raises:
        pulumi.RunError: there is none, there are several of that name (their ids are in the message), or the API
            cannot be asked.
    """
    get_output.__doc__ = f"""Find {article} {called} that is live, with Outputs; see `{get.__name__}`.

    In a preview the result is unknown as long as an argument is, or a resource that the options say it depends on.
    """
    return get, get_output


def _must_say_which(called: str, criteria: dict[str, Any]) -> None:
    if sum(value is not None for value in criteria.values()) != 1:
        raise pulumi.RunError(f"look-up of {called}: say either an id or a name")


def _found(api: Context, kind: str, criteria: dict[str, str], *, fresh: bool) -> dict[str, Any]:
    """The one object that is meant; `fresh` where an answer from earlier in this program may be outdated."""
    # Those of a vendor, which a program cannot manage but an agent can use, are listed too.
    facts = replace(FACTS[kind], list_filters={})
    called, where = kind.replace("_", " "), f"in workspace {api.client.identify() or 'of this credential'}"
    if "id" in criteria:
        live = api.live.read_again(facts, criteria["id"])
        if live is None:
            raise pulumi.RunError(f"there is no {called} {criteria['id']} {where}")
        if is_gone(live):
            raise pulumi.RunError(f"{called} {criteria['id']} is archived; nothing can use it any more")
        return live
    if fresh:
        api.live.forget(facts)
    named = [live for live in api.live.all(facts) if label_of(live) == criteria["name"]]
    if not named:
        raise pulumi.RunError(f"no {called} is called '{criteria['name']}' {where}")
    if len(named) > 1:
        ids = ", ".join(sorted(one["id"] for one in named))
        raise pulumi.RunError(
            f"{len(named)} {called}s are called '{criteria['name']}' {where}: {ids}; say which by its id"
        )
    return named[0]


def _answered(
    function: str, args: dict[str, Any], opts: pulumi.InvokeOptions | None, ask: Callable[[], T], kind: str = "model"
) -> T:
    """The answer of the API or, in a unit test, of its mocks."""
    if isinstance(get_monitor(), MockMonitor):
        answer: Any = pulumi.runtime.invoke(token(function), args, opts).value or {}
        listed = answer.get("models") if isinstance(answer, dict) else None
        mocked: Any = (
            [live_object(kind, each) for each in listed or []] if kind == "model" else live_object(kind, answer)
        )
        return mocked  # type: ignore[no-any-return]  # of the same type as what is asked
    try:
        return ask()
    except ManagedAgentsError as error:
        raise pulumi.RunError(str(error)) from None


def _now(known: pulumi.Output[Any], ask: Callable[[Any], T]) -> T:
    """The answer at once; a program that says so has nothing to do meanwhile."""
    place = _sync_await(known.future())
    if place is None:
        raise pulumi.RunError(
            "the provider of this look-up is given something that only an up will know; use the function that ends in "
            "_output"
        )
    return ask(place)


def _later(known: pulumi.Output[Any], opts: pulumi.InvokeOptions | None, ask: Callable[[Any], T]) -> pulumi.Output[T]:
    """The answer as soon as all is known that it depends on, without holding up the program."""

    async def answer(values: list[Any]) -> T:
        if isinstance(get_monitor(), MockMonitor):  # which is asked in the program's own context
            return ask(values[0])
        return await asyncio.to_thread(ask, values[0])

    before: Any = getattr(opts, "depends_on", None) or []
    listed = list(before) if isinstance(before, (list, tuple)) else [before]
    after: pulumi.Output[Any] = pulumi.Output.from_input(_applied(listed))
    return pulumi.Output.all(known, after).apply(answer)


async def _applied(resources: Any) -> pulumi.Output[Any]:
    """Known once all of these, and what is in those that are components, have been applied."""
    given = [await pulumi.Output.from_input(one).future() for one in resources]
    expanded = await rpc._expand_dependencies([one for one in given if one is not None], None)  # noqa: SLF001 - no public one
    return pulumi.Output.all(*[one.id for one in expanded.values() if isinstance(one, pulumi.CustomResource)])


get_agent, get_agent_output = _look_up("agent", int)
get_environment, get_environment_output = _look_up("environment", type(None))
get_skill, get_skill_output = _look_up("skill", str)
get_memory_store, get_memory_store_output = _look_up("memory_store", type(None))
get_vault, get_vault_output = _look_up("vault", type(None))
get_deployment, get_deployment_output = _look_up("deployment", type(None))
