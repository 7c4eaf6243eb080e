"""The wrapper around the SDK's server: it fits the installed one, and keeps away from any other."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic import DiffResult, ResourceProvider
from pulumi.runtime.proto.provider_pb2 import DiffResponse, PropertyDiff

from pulumi_managed_agents.dynamic.provider import diff_call
from pulumi_managed_agents.dynamic.provider.handler import ChangedField, DiffAnswer
from pulumi_managed_agents.dynamic.provider.ignored_changes import parsed
from pulumi_managed_agents.dynamic.provider_reference import PROVIDER
from tests.dynamic.sdk_server import sdk_server, server_diff

if TYPE_CHECKING:
    from collections.abc import Callable

PROPS = {"__provider": PROVIDER}
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/managedagents:Agent::agents/desk"
ANSWER = DiffAnswer(
    changes=True,
    fields=(
        ChangedField(("name",), "add"),
        ChangedField(("auth", "a.b"), "delete", replaces=True),
        ChangedField(("tools", 0, "name"), replaces=True),
    ),
    replaces=("auth", "tools"),
)


@dataclass
class Answering(ResourceProvider):
    """A provider that always has the same answer, and remembers what it was told."""

    answer: DiffAnswer = ANSWER
    ignored: list[tuple[str, ...]] = field(default_factory=list)
    stacks: list[str] = field(default_factory=list)

    def diff(self, _id: str, _olds: Any, _news: Any) -> DiffResult:
        """Pass the fields on, as ours does."""
        self.ignored.append(diff_call.ignored())
        self.stacks.append(diff_call.stack())
        diff_call.pass_on(self.answer)
        return DiffResult(changes=self.answer.changes, replaces=list(self.answer.replaces))


def test_the_installed_sdk_passes_on_what_a_diff_finds() -> None:
    """Changed properties, their kinds, and what replaces; the provider in turn hears whose they are and what to ignore.

    If this fails, a new SDK has moved what `diff_call` wraps, and must be told to it: until then previews mark no
    properties, and neither `replace_on_changes` nor `ignore_changes` of live drift has an effect.
    """
    provider = Answering()
    answer = server_diff(provider, "x_1", PROPS, PROPS, ["system"], URN)
    kinds = {path: (PropertyDiff.Kind.Name(one.kind), one.inputDiff) for path, one in answer.detailedDiff.items()}
    assert kinds == {
        "name": ("ADD", True),
        'auth["a.b"]': ("DELETE_REPLACE", True),
        "tools[0].name": ("UPDATE_REPLACE", True),
    }
    assert (list(answer.diffs), answer.hasDetailedDiff) == (["name", "auth", "tools"], True)
    assert (answer.changes, list(answer.replaces)) == (DiffResponse.DIFF_SOME, ["auth", "tools"])
    assert (provider.ignored, provider.stacks) == ([("system",)], ["shop/dev"])


def test_a_call_says_nothing_of_another() -> None:
    """What one call has passed on is forgotten with it, also where the next one raises or finds nothing."""
    server_diff(Answering(), "x_1", PROPS, PROPS, ["system"], URN)
    assert (diff_call.ignored(), diff_call.stack()) == ((), "")
    quiet = Answering(DiffAnswer(changes=False, fields=ANSWER.fields))
    answer = server_diff(quiet, "x_1", PROPS, PROPS)
    assert (answer.changes, dict(answer.detailedDiff), answer.hasDetailedDiff) == (DiffResponse.DIFF_NONE, {}, False)
    assert (quiet.ignored, quiet.stacks) == ([()], [""])


def test_it_is_wrapped_once() -> None:
    """A process that configures several providers has one wrapper."""
    servicer = sdk_server().DynamicResourceProviderServicer
    assert diff_call.install(servicer)
    wrapped = servicer.Diff.__closure__[0].cell_contents
    assert diff_call.install(servicer)
    assert servicer.Diff.__closure__[0].cell_contents is wrapped


def plain(fn: Callable[..., Any]) -> Callable[..., Any]:
    return fn


def renamed(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(self: Any, request: Any, context: Any) -> Any:
        return function(self, request, context)

    return wrapper


def as_today(fn: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(self: Any, request: Any, context: Any) -> Any:
        return fn(self, request, context)

    return wrapper


@pytest.mark.parametrize("decorate", [plain, renamed, as_today])
def test_a_server_that_is_not_as_we_know_it_is_left_alone(decorate: Callable[..., Any]) -> None:
    """Not decorated, decorated otherwise, or without the messages that we fill: it goes on to work as it does."""

    class Servicer:
        @decorate
        def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802 - the SDK's name
            return request, context

    assert not diff_call.install(Servicer)
    assert Servicer().Diff(1, 2) == (1, 2)
    assert not diff_call.install(object)


@given(st.lists(st.text(min_size=1) | st.integers(0, 10**6), min_size=1).filter(lambda path: isinstance(path[0], str)))
def test_a_path_is_written_as_the_engine_reads_it(path: list[str | int]) -> None:
    """Whatever a key is made of, it comes back from its text."""
    if "*" not in path and not any("\\" in step for step in path if isinstance(step, str)):
        assert parsed(diff_call.written(tuple(path))) == tuple(path)
