"""Deployments and the files they mount, for a Pulumi program (Anthropic SDK 2.12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi

from pulumi_managed_agents.dynamic.program.mistakes import note
from pulumi_managed_agents.dynamic.program.resource import ManagedResource, adopting, uses, with_references
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.source_files import digest_of
from pulumi_managed_agents.kinds.registry import DEPLOYMENT
from pulumi_managed_agents.reconcile.secrets import with_secrets

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.program import inputs
    from pulumi_managed_agents.dynamic.program.live_object import Live
    from pulumi_managed_agents.dynamic.program.resources import Agent, Environment, Vault

Object = Mapping[str, Any]
Text = pulumi.Input[str]


class MemoryStore(ManagedResource):
    """What agents remember from one session to the next.

    Updated in place. Destroy deletes it with all memories in it, for ever; protect what you cannot do without.
    """

    kind: ClassVar[str] = "memory_store"
    title: ClassVar[str] = "MemoryStore"
    name: pulumi.Output[str]
    description: pulumi.Output[str | None]
    memories: pulumi.Output[Sequence[Object] | None]
    strict_memories: pulumi.Output[bool | None]
    metadata: pulumi.Output[Mapping[str, str] | None]

    def __init__(  # noqa: PLR0913 - one parameter per field of the API
        self,
        resource_name: str,
        *,
        name: Text | None = None,
        description: Text | None = None,
        memories: inputs.MemoryStoreMemories | None = None,
        strict_memories: pulumi.Input[bool] | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a memory store.

        Args:
            resource_name: The resource's name in Pulumi.
            name: The store's name, 1 to 255 characters; its directory in sessions is made from it; `resource_name`
                unless given.
            description: What it holds, at most 1024 characters; part of the system prompt where it is used.
            memories: What it begins with, ``{"path": "/…", "content": …}`` each. What agents make of it is left alone.
            strict_memories: Whether one of them that an agent changed or deleted is drift; no, unless given.
            metadata: At most 15 entries of text; one more is our ownership mark.
            adopt: The id of a memory store that exists, to take over instead of making one; see `Agent`.
            opts: Pulumi's resource options.
        """
        props = {
            "description": description,
            "memories": memories,
            "strict_memories": strict_memories,
            "metadata": metadata,
        }
        self._declare(resource_name, {"name": name or resource_name, **props}, opts, adopting(adopt))


class File(ManagedResource):
    """An uploaded file, which deployments can mount.

    A file never changes: other content, another name or another life time replaces it. Destroy deletes it.
    """

    kind: ClassVar[str] = "file"
    title: ClassVar[str] = "File"
    file: pulumi.Output[str | None]
    digest: pulumi.Output[str | None]
    filename: pulumi.Output[str]
    expires_in_seconds: pulumi.Output[int | None]

    def __init__(
        self,
        resource_name: str,
        *,
        file: str | Path,
        filename: str | None = None,
        expires_in_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a file.

        Args:
            resource_name: The resource's name in Pulumi.
            file: Where the content is, relative to the program.
            filename: The name it has in the API, at most 255 characters; that of the content unless given.
            expires_in_seconds: How long it lives, one hour to ninety days; for ever unless given.
            opts: Pulumi's resource options.
        """
        digest = ""
        try:
            digest = digest_of(Path(file).read_bytes())
        except OSError as error:
            note(self, resource_name, InputError(f"file: {file} cannot be read: {error.strerror}"))
        named = {"file": str(file), "digest": digest, "filename": filename or Path(file).name}
        self._declare(resource_name, {**named, "expires_in_seconds": expires_in_seconds}, opts)


class Deployment(ManagedResource):
    """An agent with everything a session of it needs, started by schedule or on demand.

    Updated in place. Destroy archives it, for ever.
    """

    kind: ClassVar[str] = "deployment"
    title: ClassVar[str] = "Deployment"
    agent: pulumi.Output[Any]
    environment_id: pulumi.Output[str]
    initial_events: pulumi.Output[Sequence[Object]]
    name: pulumi.Output[str]
    description: pulumi.Output[str | None]
    schedule: pulumi.Output[Object | None]
    resources: pulumi.Output[Sequence[Object] | None]
    vault_ids: pulumi.Output[Sequence[str] | None]
    budget: pulumi.Output[Object | None]
    paused: pulumi.Output[bool | None]
    metadata: pulumi.Output[Mapping[str, str] | None]

    def __init__(  # noqa: PLR0913 - one parameter per field of the API
        self,
        resource_name: str,
        *,
        agent: Agent | Live | pulumi.Input[str | inputs.AgentReferenceArgsDict],
        environment_id: Environment | Live | Text,
        initial_events: inputs.DeploymentInitialEvents,
        name: Text | None = None,
        description: Text | None = None,
        schedule: inputs.DeploymentSchedule | None = None,
        resources: Sequence[
            pulumi.Input[
                inputs.GithubRepositoryArgsDict | inputs.FileResourceArgsDict | inputs.MemoryStoreResourceArgsDict
            ]
        ]
        | None = None,
        vault_ids: Sequence[Vault | Live | Text] | None = None,
        budget: inputs.DeploymentBudget | None = None,
        paused: pulumi.Input[bool] | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a deployment.

        Args:
            resource_name: The resource's name in Pulumi.
            agent: An `Agent`, which pins the version just applied, or ``{"type": "agent", "id": …, "version": …}``.
            environment_id: An `Environment`, or its id.
            initial_events: What each session is sent at its start, as the API writes events.
            name: The deployment's name; `resource_name` unless given.
            description: What it does, for people.
            schedule: ``{"type": "cron", "expression": "0 9 * * 1-5", "timezone": …}``; on demand only unless given.
            resources: Repositories, files and memory stores; `File` and `MemoryStore` may stand for their ids. A
                repository's ``authorization_token`` is a secret from here on.
            vault_ids: Vaults in order: the first credential that fits is used.
            budget: Hard cap of each session, as the API writes it.
            paused: Whether the schedule is paused; it runs unless this is true.
            metadata: At most 15 entries of text; one more is our ownership mark.
            adopt: The id of a deployment that exists, to take over instead of making one; see `Agent`.
            opts: Pulumi's resource options.
        """
        props = {
            "agent": agent,
            "environment_id": environment_id,
            "initial_events": initial_events,
            "name": name or resource_name,
            "description": description,
            "schedule": schedule,
            "resources": list(resources) if resources is not None else None,
            "vault_ids": vault_ids,
            "budget": budget,
            "paused": paused,
            "metadata": metadata,
        }
        about = {"uses": uses(props), **adopting(adopt)}
        body = with_secrets(DEPLOYMENT, with_references(props), lambda value, _: pulumi.Output.secret(value))
        self._declare(resource_name, body, opts, about)
