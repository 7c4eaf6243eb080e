"""What a program sends of its resources, nothing of the machine that it runs on, and how it waits for the answers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]
from pulumi import _types
from pulumi.runtime import rpc
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.proto import resource_pb2, source_pb2
from pulumi.runtime.settings import SETTINGS

from pulumi_managed_agents import Agent, Environment
from pulumi_managed_agents.dynamic.program.registration import cut_down, lighten
from pulumi_managed_agents.engine.events import SECRET, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Callable

AGENT = "pulumi-python:dynamic/managedagents:Agent"


def sent(monkeypatch: pytest.MonkeyPatch, type: str, file: Path, **dependencies: list[str]) -> Any:
    """The registration of a resource as the engine gets it."""
    requests: list[Any] = []

    def register(request: Any) -> Any:
        requests.append(request)
        return resource_pb2.RegisterResourceResponse(object=request.object)

    monitor = SimpleNamespace(RegisterResource=register)
    monkeypatch.setattr("pulumi_managed_agents.dynamic.program.registration.get_monitor", lambda: monitor)
    cut_down()
    cut_down()
    position = source_pb2.SourcePosition(uri=file.as_uri(), line=3)
    monitor.RegisterResource(
        resource_pb2.RegisterResourceRequest(
            type=type,
            sourcePosition=position,
            stackTrace=source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=position)]),
            propertyDependencies={
                key: resource_pb2.RegisterResourceRequest.PropertyDependencies(urns=urns)
                for key, urns in dependencies.items()
            },
        )
    )
    (request,) = requests
    return request


def test_the_state_holds_no_path_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place in a program's own code stays, one in an installed package goes, and so do all stacks of calls."""
    own = sent(monkeypatch, AGENT, tmp_path / "team" / "desk.py")
    assert (own.sourcePosition.line, own.HasField("stackTrace")) == (3, False)
    for elsewhere in (Path(json.__file__), tmp_path / ".venv/lib/python3.11/site-packages/x.py"):
        for type in (AGENT, "pulumi:pulumi:Stack"):
            request = sent(monkeypatch, type, elsewhere)
            assert not request.HasField("sourcePosition")
            assert not request.HasField("stackTrace")
    assert sent(monkeypatch, "random:index:RandomPet", Path("/usr/lib/x.py")).HasField("stackTrace")


def test_only_dependencies_that_exist_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One name stays in any case: of none the engine would think that each property depends on everything."""
    used = sent(monkeypatch, AGENT, tmp_path, name=[], tools=[], __resource=["urn:w"])
    assert {key: [*one.urns] for key, one in used.propertyDependencies.items()} == {"__resource": ["urn:w"]}
    assert len(sent(monkeypatch, AGENT, tmp_path, name=[], tools=[]).propertyDependencies) == 1


def test_what_keeps_the_books_names_each_of_its_dependencies_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a second time by property, which would matter only where something is replaced along with another."""
    made = sent(monkeypatch, AGENT.replace("Agent", "SmokeTests"), tmp_path, agents=["urn:a", "urn:b"], tests=[])
    assert [[*one.urns] for one in made.propertyDependencies.values()] == [[]]


def test_the_types_of_a_class_are_worked_out_once_and_are_those_of_the_sdk() -> None:
    """Values from the engine become the same types as without us."""
    lighten()
    used = vars(rpc)["_types"]
    for resource in (Agent, Environment, pulumi.dynamic.Resource):
        assert used.resource_types(resource) == _types.resource_types(resource)
        assert used.resource_types(resource) is used.resource_types(resource)


def waited_for(outputs: Callable[[], list[asyncio.Task[None]]]) -> None:
    """Let the SDK wait for outputs as at the end of a program."""

    async def program() -> None:
        SETTINGS.outputs.update(outputs())
        await runtime_stack.wait_for_rpcs()

    lighten()
    asyncio.run(asyncio.wait_for(program(), 60))


def test_a_program_ends_when_all_outputs_are_there_having_waited_once_for_those_it_began_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also for what an output adds; not once more for each that is there, which costs the square of their number."""
    waits, ended = [], []
    wait = asyncio.wait

    def counted(tasks: list[Any], **options: Any) -> Any:
        waits.append(len(tasks))
        return wait(tasks, **options)

    async def output(number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(0)
        if number == 3:
            SETTINGS.outputs.add(asyncio.ensure_future(output(200)))
        ended.append(number)

    monkeypatch.setattr(asyncio, "wait", counted)
    waited_for(lambda: [asyncio.ensure_future(output(number)) for number in range(100)])
    assert waits == [100, 1]
    assert ended == [*range(100), 200]


def test_an_output_that_fails_ends_the_program_though_another_never_comes() -> None:
    """The failure is the program's."""

    async def failing() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("no such thing")

    async def never() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="no such thing"):
        waited_for(lambda: [asyncio.ensure_future(never()), asyncio.ensure_future(failing())])
    SETTINGS.outputs.clear()


SMOKE_TESTS = AGENT.replace("Agent", "SmokeTests")
PINS = {f"agents/{number}": {"id": f"agent_{number}", "version": 1.0} for number in range(200)}


def exchanged(monkeypatch: pytest.MonkeyPatch, type: str, inputs: dict[str, Any]) -> tuple[Any, Any]:
    """What the engine gets of a resource's inputs, and what the program gets of it where that is all the answer."""
    seen: list[dict[str, Any]] = []

    def register(request: Any) -> Any:
        seen.append(json_format.MessageToDict(request.object))
        return resource_pb2.RegisterResourceResponse(object=request.object)

    monitor = SimpleNamespace(RegisterResource=register)
    monkeypatch.setattr("pulumi_managed_agents.dynamic.program.registration.get_monitor", lambda: monitor)
    cut_down()
    request = resource_pb2.RegisterResourceRequest(type=type)
    request.object.update(inputs)
    answer = monitor.RegisterResource(request)
    return seen[0], json_format.MessageToDict(answer.object)


def test_a_large_record_is_one_text_for_the_engine_and_a_table_for_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short ones stay as they are."""
    short = {"roots": {"agents/a": {"digest": "d"}}}
    engine, program = exchanged(monkeypatch, SMOKE_TESTS, {"pins": PINS, **short})
    assert isinstance(engine["pins"], str)
    assert {**engine, "pins": PINS} == program == {"pins": PINS, **short}


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param({SIGNATURE: SECRET, "value": "canary"}, id="secret"),
        pytest.param(rpc.UNKNOWN, id="not known yet"),
    ],
)
def test_what_the_engine_has_to_see_is_not_packed(monkeypatch: pytest.MonkeyPatch, inside: Any) -> None:
    """A secret would stand in the state in plain text, and a preview would take for known what is not."""
    pins = {**PINS, "agents/x": {"id": inside, "version": 1.0}}
    engine, program = exchanged(monkeypatch, SMOKE_TESTS, {"pins": pins})
    assert engine == program == {"pins": pins}


def test_a_field_of_an_object_is_none_of_our_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the API will call its fields one day."""
    engine, program = exchanged(monkeypatch, AGENT, {"pins": PINS})
    assert engine == program == {"pins": PINS}
