"""Live objects whose fields are of other types than the kind has: nonsense of the API's, and no defect of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.effective import live_leaves
from tests.kinds.one_of_each import AGENT, KINDS, objects

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kinds.emulated_stack import EmulatedStack


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("agent", "model", 7),
        ("agent", "model", [[]]),
        ("agent", "tools", [None]),
        ("agent", "tools", [{"type": [1]}]),
        ("agent", "tools", [{"type": "agent_toolset_20260401", "configs": 7}]),
        ("agent", "skills", 7),
        ("agent", "multiagent", "x"),
        ("environment", "config", "x"),
        ("environment", "config", {"type": "cloud", "networking": "x"}),
        ("environment", "config", {"type": "cloud", "packages": ["x"]}),
        ("credential", "auth", "x"),
        ("credential", "auth", {"type": "environment_variable", "networking": {"allowed_hosts": [1, "a"]}}),
        ("memory_store", "memories", 7),
        ("deployment", "schedule", [7]),
        ("deployment", "initial_events", [7]),
        ("deployment", "budget", {"max_list_cost": 7}),
        ("deployment", "agent", 7),
    ],
)
def test_a_field_of_another_form_is_named(kind: str, field: str, value: Any) -> None:
    """One sentence says which field of which object."""
    live = {"id": "x_1", "name": "x", "status": "active", field: value}
    with pytest.raises(ApiError, match=rf"unexpected: {kind} x_1 with a `{field}` of another form"):
        live_leaves(FACTS[kind], live, {"name": "x", "description": "x"})


class _Mixed(httpx.BaseTransport):
    """Answers a write with an object of another kind."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if request.method == "GET":
            return answer
        return httpx.Response(200, json={"id": "vlt_1", "type": "vault"})


@pytest.mark.parametrize("kind", ["agent", "environment", "memory_store", "file"])
def test_an_object_of_another_kind_is_not_recorded(
    stack: EmulatedStack, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that mixes up its answers is reported, and the next run finds what was made."""
    monkeypatch.chdir(tmp_path)
    body = KINDS[kind].body(stack)
    body = {key: value for key, value in body.items() if key != "memories"}
    with pytest.raises(ApiError, match=rf"vlt_1 in the place of the {kind} \(POST /v1/"):
        replace(stack, connections=_Mixed(stack.connections)).create(kind, body)
    stack.create(kind, body)
    assert len(objects(stack, kind, body)) == 1


class _Changed(httpx.BaseTransport):
    """Passes on, and gives every agent another model on the way back."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        body = json.loads(answer.read())
        for one in body.get("data", [body]):
            one["model"] = [7]
        return httpx.Response(answer.status_code, json=body)


def test_a_plan_of_such_an_object_names_the_request(stack: EmulatedStack) -> None:
    """The server's operator can find what it answered."""
    one = stack.create("agent", AGENT)
    with pytest.raises(ApiError, match=r"with a `model` of another form \(GET /v1/agents"):
        replace(stack, connections=_Changed(stack.connections)).look(one)
