"""What a program sends of its resources: nothing of the machine that it runs on."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pulumi.runtime.proto import resource_pb2, source_pb2

from pulumi_managed_agents.dynamic.registration import cut_down

if TYPE_CHECKING:
    import pytest

AGENT = "pulumi-python:dynamic/managedagents:Agent"


def sent(monkeypatch: pytest.MonkeyPatch, type: str, file: Path, **dependencies: list[str]) -> Any:
    """The registration of a resource as the engine gets it."""
    requests: list[Any] = []
    monitor = SimpleNamespace(RegisterResource=requests.append)
    monkeypatch.setattr("pulumi_managed_agents.dynamic.registration.get_monitor", lambda: monitor)
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
