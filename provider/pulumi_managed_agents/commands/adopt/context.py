"""What adoption into a stage depends on: its files, what its state records, and the credential's workspace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pulumi_managed_agents.commands.adopt.drafts import FOLDER_OF
from pulumi_managed_agents.commands.adopt.import_file import IdAndVersion, StackIdentity
from pulumi_managed_agents.commands.adopt.inline_resources import FILES
from pulumi_managed_agents.definition_files.reference_paths import ReferenceTarget
from pulumi_managed_agents.files.location import locate
from pulumi_managed_agents.files.names import SKILL_FILE
from pulumi_managed_agents.reconcile.record import RESOURCE, UNNAMED
from pulumi_managed_agents.stage.discovery import resource_name
from pulumi_managed_agents.stage.secrets import named_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.commands.adopt.import_file import Adopted
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.stage import Stage

WORKSPACE = "workspace"
"""Kind and name of the resource that remembers it; those of a program's further providers have longer names."""


@dataclass(frozen=True)
class RecordedResources:
    """What Pulumi's state holds of a stage.

    `applied` are the managed objects by resource name; `workspace` is None before the first deployment. `ids` are those
    of all that is managed: in a Python program, resources of two kinds may share a name.
    """

    applied: Mapping[str, IdAndVersion]
    workspace: str | None
    ids: frozenset[str]


def recorded_resources(opened: OpenStage) -> RecordedResources:
    """Ask the stage's engine what it records."""
    applied, ids, workspace = {}, set(), None
    for resource in opened.engine.resources():
        about = resource["inputs"].get(RESOURCE) or {}
        if about.get("kind") == about.get("name") == WORKSPACE:
            workspace = resource["outputs"]["workspace"]
        elif "mark" in about and resource["id"]:
            applied[about["name"]] = IdAndVersion(resource["id"], resource["outputs"].get("version"))
            ids.add(resource["id"])
    return RecordedResources(applied, workspace, frozenset(ids))


@dataclass(frozen=True)
class AdoptionContext:
    """An open stage, what its state records, and who its objects belong to."""

    opened: OpenStage
    client: Client
    recorded: RecordedResources
    identity: StackIdentity

    @classmethod
    def of(cls, opened: OpenStage) -> AdoptionContext:
        """Read the stage's state, and ask for the credential's workspace.

        Raises:
            WrongWorkspace: the credential is not the stage's.
        """
        project, client, recorded = opened.project, opened.client(), recorded_resources(opened)
        client.expect(None if recorded.workspace == UNNAMED else recorded.workspace)
        return cls(opened, client, recorded, StackIdentity(project.name, project.stage, client.identify() or UNNAMED))

    @cached_property
    def location(self) -> Location:
        """Where the stage's files are; a new stage gets its folder."""
        project = self.opened.project
        (project.root / "stacks").mkdir(exist_ok=True)
        folder = project.own_config.get("definitions")
        if not folder:
            (project.root / "stacks" / project.stage).mkdir(exist_ok=True)
        return locate(project.stage, project.root, folder)

    @property
    def import_file(self) -> Path:
        """Where the import file for `pulumi import` goes."""
        return self.location.project_dir / "stacks" / f"{self.identity.stack}.import.json"

    @cached_property
    def before(self) -> Stage:
        """The stage as its files were when the command began."""
        return self.load()

    def load(self) -> Stage:
        """The stage as its files are now."""
        return self.opened.project.load(fetch=True)

    @property
    def unrecorded(self) -> set[str]:
        """Definitions whose object the state does not know."""
        return {definition.name for definition in self.before.definitions} - self.recorded.applied.keys()

    def taken_names(self) -> set[str]:
        """The resource names that are in use: those of definitions, and of all other files in their folders."""
        names = {definition.name for definition in self.before.definitions} | self.recorded.applied.keys()
        for folder in FOLDER_OF.values():
            names |= {resource_name(f"{folder}/{path.name}") for path in (self.location.folder / folder).glob("*")}
        names |= {f"{FILES}/{path.name}" for path in (self.location.folder / FILES).glob("*")}
        return names

    def secret_names(self) -> set[str]:
        """The names of secrets that are in use."""
        return {name for definition in self.before.definitions for _, name in named_secrets(definition)}

    def targets(self, known: Iterable[Adopted]) -> Mapping[str, ReferenceTarget]:
        """The stage's own objects, by id, as references name them; `known` are adopted ones with a definition."""
        top = f"{self.location.shown('')}/"
        paths = {
            definition.name: definition.file.removeprefix(top).removesuffix(f"/{SKILL_FILE}")
            for definition in self.before.definitions
        }
        applied = {**self.recorded.applied, **{adopted.name: adopted.applied for adopted in known}}
        return {
            resource.id: ReferenceTarget(paths[name], resource.version)
            for name, resource in applied.items()
            if name in paths
        }
