"""Models of a stage's agents that the API will not serve much longer, as the API itself says: one request."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.kinds.agent.inference import models_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.stage import Stage

_ENDING = {"lifecycle[]": ["deprecated", "retired"], "limit": 1000}


@dataclass(frozen=True)
class RetiringModel:
    """A model that retires, or has retired, and the agents that name it; `day` is empty if the API says none."""

    model: str
    day: str
    retired: bool
    agents: tuple[str, ...]

    def __str__(self) -> str:
        if self.retired:
            what = f"has been retired since {self.day}" if self.day else "is retired"
        else:
            what = f"retires on {self.day}" if self.day else "is deprecated"
        return f"{self.model} {what}, says the API; used by {', '.join(self.agents)}"


def retiring_models(client: Client, agents: Mapping[str, Iterable[str]]) -> list[RetiringModel]:
    """What the API says of the models that agents have, by the agents' names; nothing if it does not say.

    A server that knows no models, or does not answer this question, is no reason to stop.
    """
    named: dict[str, list[str]] = {}
    for agent, models in agents.items():
        for model in models:
            named.setdefault(model, []).append(agent)
    ending: dict[str, Mapping[str, Any]] = {}
    with suppress(ManagedAgentsError):
        answer = client.models.page(**_ENDING) if named else {"data": []}
        ending = {_undated(str(model["id"])): model for model in answer["data"]}
    return [
        RetiringModel(
            model=model,
            day=str(end.get("retires_at") or "")[:10],
            retired=end.get("lifecycle") == "retired",
            agents=tuple(sorted(users)),
        )
        for model, users in sorted(named.items())
        if (end := ending.get(_undated(model)))
    ]


def models_in(stage: Stage) -> dict[str, tuple[str, ...]]:
    """The models that each agent of a stage's files names."""
    return {
        definition.name: tuple(models_of(definition.body))
        for definition in stage.definitions
        if definition.kind == "agent"
    }


def _undated(model: str) -> str:
    """The name that a model has in common with its dated one."""
    return re.sub(r"-\d{8}$", "", model)


def warnings(connect: Callable[[], Client], files: Stage | None) -> Iterator[str]:
    """A line for each such model of a stage's files; a program in Python has none that name one."""
    if files:
        with suppress(ManagedAgentsError), closing(connect()) as client:
            yield from (f"warning: {model}" for model in retiring_models(client, models_in(files)))
