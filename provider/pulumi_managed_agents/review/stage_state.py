"""What a stage's state records, as plain values: its objects, its release, its smoke tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.release.rollback import Released

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class RecordedResource:
    """A resource as a stage's state records it.

    `agent` and `agent_version` are what a deployment runs: the agent's name and its version. `models` are those that an
    agent has, its advisor's among them.
    """

    kind: str
    name: str
    id: str = ""
    file: str = ""
    version: int | None = None
    agent: str = ""
    agent_version: int | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class StageState:
    """What a stage's state records; without resources it was never deployed.

    Attributes:
        stage: Its name.
        resources: Its managed objects.
        workspace: The workspace it was deployed to, or empty.
        released: What its release records; of a Python program without one, nothing but the versions applied.
        tests: The recorded outputs of its smoke tests; empty if an up never came to them.
        digests: Of each root the digest of its definitions as they were last deployed.
        has_release: Whether it is a stage of files, which has a release.
        folder: The folder of its definitions, or empty.
    """

    stage: str
    resources: tuple[RecordedResource, ...] = ()
    workspace: str = ""
    released: Released = field(default_factory=Released)
    tests: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    has_release: bool = True
    folder: str = ""
