"""A stage's state without secrets, to compare with where the state itself and its secrets are out of reach."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.api.settings import SECRET_KEYS
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.engine.events import HIDDEN
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from pulumi_managed_agents.engine.project import Project

FORMAT = 1


@dataclass(frozen=True)
class RecordedState:
    """A stage's state without secrets: which engine's, when and at which commit it was recorded.

    A stage that was never deployed has no `state`. `folder` is where an engine may keep it meanwhile.
    """

    project: str
    stage: str
    engine: str = ""
    recorded_at: str = ""
    commit: str = ""
    state: dict[str, Any] | None = None
    format: int = FORMAT
    folder: Path = field(default=Path(), compare=False)

    @property
    def line(self) -> str:
        """What a report says of it."""
        if self.state is None:
            return "compared with nothing, as no deployment has left a record"
        commit = f" at commit {self.commit[:7]}" if self.commit else ""
        return f"compared with the record of {self.recorded_at[:16].replace('T', ' ')} UTC{commit}, without secrets"

    def of(self, engine: str) -> dict[str, Any] | None:
        """The state, for an engine of that kind.

        Raises:
            InputError: another kind of engine has recorded it.
        """
        if self.state is not None and self.engine != engine:
            raise InputError(
                f"this record of '{self.stage}' is the {self.engine} engine's, and here the {engine} engine would read "
                "it; use the Pulumi CLI on both sides"
            )
        return self.state


def without_encrypted(project: Project) -> Project:
    """The project as it runs where nothing can be decrypted.

    A word stands for each secret of another package, so that a program finds all that it asks for.
    """
    ours = {f"{NAMESPACE}:{key}" for key in (*SECRET_KEYS, "secrets")}
    config = {key: _blanked(text) for key, text in project.config.items()} | dict.fromkeys(project.secrets, HIDDEN)
    readable = {key: text for key, text in config.items() if key not in ours & project.encrypted}
    return replace(project, config=readable, secrets=frozenset(), ciphers={}, has_imports=False)


def _blanked(text: str) -> str:
    """A configured value in which a word stands for all that is encrypted."""
    return json.dumps(_cleared(json.loads(text))) if '{"secure": ' in text else text


def _cleared(value: Any) -> Any:
    if isinstance(value, dict):
        return HIDDEN if value.keys() == {"secure"} else {key: _cleared(item) for key, item in value.items()}
    return [_cleared(item) for item in value] if isinstance(value, list) else value
