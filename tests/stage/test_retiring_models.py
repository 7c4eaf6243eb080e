"""Models that retire, as the API says it; no Pulumi CLI."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from managed_agents_emulator.server import running
from managed_agents_emulator.settings import Settings as Emulator
from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.stage import Stage
from pulumi_managed_agents.stage.definition import Definition, Values
from pulumi_managed_agents.stage.retiring_models import models_in, retiring_models
from tests.command_project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODELS: list[dict[str, Any]] = [
    {"id": "claude-opus-4-5-20251101", "lifecycle": "deprecated", "retires_at": "2027-02-03T00:00:00Z"},
    {"id": "claude-sonnet-4-5-20250929", "lifecycle": "retired", "retires_at": "2026-11-30T00:00:00Z"},
    {"id": "claude-haiku-5-5", "lifecycle": "deprecated", "retires_at": None},
]


def stage_of(**models: Any) -> Stage:
    """A stage of agents by name, each with the value of its `model`, or with a whole body."""
    bodies = {name: value if name == "lead" else {"model": value} for name, value in models.items()}
    agents = (Definition("agent", f"agents/{name}", "", body) for name, body in bodies.items())
    return Stage("dev", "stacks/dev", tuple(agents), (), Values(""))


def warned(stage: Stage, answer: httpx.Response) -> tuple[list[str], int]:
    """What is said where the API gives an answer, and how many requests that took."""
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer

    settings = Settings("https://api.example", {"x-api-key": "k"}, "a key")
    with closing(Client(settings, transport=httpx.MockTransport(handler), backoff=0)) as client:
        return [str(model) for model in retiring_models(client, models_in(stage))], len(asked)


def test_each_ending_model_is_reported_once_with_its_day_and_its_agents() -> None:
    """An alias is the model behind it, an advisor counts, and however many agents there are one request is sent."""
    stage = stage_of(
        a="claude-opus-4-5",
        b={"id": "claude-opus-4-5"},
        c={"id": "claude-sonnet-4-5-20250929"},
        d="claude-opus-5-5",
        lead={"model": "claude-opus-5-5", "multiagent": {"advisor": {"type": "enabled", "model": "claude-haiku-5-5"}}},
    )
    assert warned(stage, httpx.Response(200, json={"data": MODELS})) == (
        [
            "claude-haiku-5-5 is deprecated, says the API; used by agents/lead",
            "claude-opus-4-5 retires on 2027-02-03, says the API; used by agents/a, agents/b",
            "claude-sonnet-4-5-20250929 has been retired since 2026-11-30, says the API; used by agents/c",
        ],
        1,
    )


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_api_that_tells_nothing_of_models_stops_nothing(status: int) -> None:
    """Servers of one's own may not know the question."""
    answer = httpx.Response(status, json={"type": "error", "error": {"type": "not_found_error", "message": "no"}})
    assert warned(stage_of(a="claude-opus-4-5"), answer) == ([], 1)


def test_a_stage_without_agents_asks_nothing() -> None:
    """What costs nothing must not begin to cost a request."""
    assert warned(stage_of(), httpx.Response(500)) == ([], 0)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose agent runs on a model that ends."""
    made = Project(tmp_path / "mine")
    made.init()
    made.spell_out()
    (made.folder / ".venv").mkdir()
    agent = made.folder / "stacks/dev/agents/assistant.md"
    agent.write_text(agent.read_text().replace("claude-haiku-5-5", "claude-opus-4-5"))
    with running(Emulator(port=0, keys={"key": "wrkspc_one"})) as url:
        made.environment |= {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "key"}
        yield made


def test_preview_up_doctor_and_status_say_it(project: Project) -> None:
    """A person who deploys or looks learns of it before the model is gone."""
    assert project.run("up", "dev", "--yes")[0] == 0
    for command in (("preview", "dev"), ("up", "dev", "--yes"), ("doctor", "dev"), ("status", "dev")):
        output = project.run(*command)[1]
        lines = [line for line in output.splitlines() if "says the API; used by agents/assistant" in line]
        assert len(lines) == 1, output
        assert "claude-opus-4-5 " in lines[0]
        assert "2027-01-22" in lines[0]
