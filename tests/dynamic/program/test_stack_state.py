"""What the provider is told of the objects that the state records, and when."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import grpc  # type: ignore[import-untyped]
import pytest
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.settings import SETTINGS

from pulumi_managed_agents.dynamic import Entry
from pulumi_managed_agents.dynamic.program.resource import token
from pulumi_managed_agents.dynamic.program.stack_state import Marks, marks_in_state, own_state, recorded_id
from pulumi_managed_agents.engine.events import SECRET, SIGNATURE
from pulumi_managed_agents.engine.trial.provider_process import to_struct
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

START = f"urn:pulumi:dev::shop::{token('Agent')}::"


def recorded(id: str) -> dict[str, Any]:
    return {"outputs": {RESOURCE: {"kind": "agent", "mark": "shop/dev/agents/a"}, APPLIED: {"id": id}}}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Chooses what the engine answers to the question for the state, or which exception that leads to."""

    def answer(what: Any) -> None:
        def invoke(_: Any) -> Any:
            if isinstance(what, Exception):
                raise what
            found = {} if what is None else {"outputs": what}
            return provider_pb2.InvokeResponse(**{"return": to_struct(found)})

        monkeypatch.setattr(SETTINGS, "monitor", SimpleNamespace(Invoke=invoke))

    return answer


def id_of(name: str, *aliases: str) -> str | None:
    """The id that the state records for the resource of that name."""
    resource: Any = SimpleNamespace(_aliases=[f"{START}{alias}" for alias in aliases])

    async def asked() -> str | None:
        return await recorded_id(marks_in_state() or Marks({}), f"{START}{name}", resource)

    return asyncio.run(asked())


def test_a_resource_is_told_of_its_own_recorded_object(engine: Callable[[Any], None]) -> None:
    """By its URN, or by one that it had before; a new resource has none."""
    engine({f"{START}agents/a": recorded("agent_1"), f"{START}agents/b": {"outputs": {}}})
    assert marks_in_state() is not None
    assert id_of("agents/a") == "agent_1"
    assert id_of("agents/moved", "agents/a") == "agent_1"
    assert id_of("agents/b") is id_of("agents/new") is None


@pytest.mark.parametrize("answer", [grpc.RpcError("no passphrase"), None], ids=["refused", "nothing"])
def test_a_state_that_cannot_be_read_is_reported(engine: Callable[[Any], None], answer: Any) -> None:
    """To know nothing is another thing than to know that nothing is recorded."""
    engine(answer)
    assert marks_in_state() is None
    assert id_of("agents/a") is None


def test_secrets_and_values_of_every_form_are_read(engine: Callable[[Any], None]) -> None:
    """As Pulumi's own function reads them: a secret as what it holds, also inside of another value."""
    secret = {SIGNATURE: SECRET, "value": "hidden"}
    values = {"plain": 1, "own": secret, "inside": {"list": [secret, None, True]}}
    engine({START: {"outputs": values}})
    state = own_state()
    assert state is not None
    assert dict(state[START]) == {"plain": 1, "own": "hidden", "inside": {"list": ["hidden", None, True]}}
    assert len(state[START]) == len(values)
    assert "other" not in state[START]
    assert state[START].get("other") is None


def test_only_a_create_gets_the_recorded_values() -> None:
    """The engine checks without old inputs what it is about to make; anything else keeps its inputs as they are."""
    about = {"kind": "release", "name": "release"}
    news = {RESOURCE: {**about, "replaces": "agent_1", "unread": True}}
    assert Entry().check({}, news).inputs == news
    assert Entry().check({RESOURCE: about}, news).inputs == {RESOURCE: about}
