"""Agents, environments and skills, for a Pulumi program.

Fields are those of the API's create requests (Anthropic SDK 2.12: ``agent_create_params``,
``environment_create_params``, ``skill_create_params``); every argument takes plain values, Outputs, or, where the API
wants an id, a resource of this module. What nested fields take is in `inputs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi

from pulumi_managed_agents.dynamic.program.live_object import Live, skill_type
from pulumi_managed_agents.dynamic.program.mistakes import note
from pulumi_managed_agents.dynamic.program.resource import ManagedResource, adopting, uses, with_references
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.vault.facts import CREDENTIAL
from pulumi_managed_agents.reconcile.secrets import with_secrets

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.program import inputs

Object = Mapping[str, Any]
if TYPE_CHECKING:
    TextOrObject = str | Object
else:  # Pulumi converts outputs by their annotations, and takes a union for its first member.
    TextOrObject = Any
Text = pulumi.Input[str]


class Vault(ManagedResource):
    """Credentials that sessions may use without seeing them; each is a `Credential`.

    Updated in place. Destroy deletes it with everything in it; sessions that run keep what they have.
    """

    kind: ClassVar[str] = "vault"
    title: ClassVar[str] = "Vault"
    display_name: pulumi.Output[str]
    metadata: pulumi.Output[Mapping[str, str] | None]

    def __init__(
        self,
        resource_name: str,
        *,
        display_name: Text | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a vault.

        Args:
            resource_name: The resource's name in Pulumi.
            display_name: What people see, at most 255 characters; `resource_name` unless given.
            metadata: At most 15 entries of text; one more is our ownership mark.
            adopt: The id of a vault that exists, to take over instead of making one; see `Agent`.
            opts: Pulumi's resource options.
        """
        props = {"display_name": display_name or resource_name, "metadata": metadata}
        self._declare(resource_name, props, opts, adopting(adopt))


class Credential(ManagedResource):
    """One secret in a vault: a bearer token, an OAuth login, or an environment variable.

    Secrets are Pulumi's secrets from here on, also where they were given as plain text, and are never read back.
    Another secret, and where it may be used, is updated in place; what the credential is for (server, variable, OAuth
    client, vault) can only be replaced, the old one being archived first since a vault holds one credential for each.
    Destroy deletes it.
    """

    kind: ClassVar[str] = "credential"
    title: ClassVar[str] = "Credential"
    vault_id: pulumi.Output[str]
    auth: pulumi.Output[Object]
    display_name: pulumi.Output[str | None]
    metadata: pulumi.Output[Mapping[str, str] | None]

    def __init__(
        self,
        resource_name: str,
        *,
        vault: Vault | Live | Text,
        auth: inputs.CredentialAuth,
        display_name: Text | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a credential.

        Args:
            resource_name: The resource's name in Pulumi.
            vault: The vault it is in, one that was looked up, or its id.
            auth: ``{"type": "static_bearer", "mcp_server_url": …, "token": …}``, or one of type ``mcp_oauth`` or
                ``environment_variable``, as the API writes them.
            display_name: What people see, at most 255 characters.
            metadata: At most 15 entries of text; one more is our ownership mark.
            opts: Pulumi's resource options.
        """
        props = {"vault_id": vault, "auth": _secret(auth), "display_name": display_name, "metadata": metadata}
        self._declare(resource_name, with_references(props), opts, {"uses": uses(props)})


def _secret(auth: Any) -> Any:
    """The auth with its secrets marked as such; all of it where its fields are not known here."""
    if not isinstance(auth, dict):
        return pulumi.Output.secret(auth)
    return with_secrets(CREDENTIAL, {"auth": auth}, lambda value, _: pulumi.Output.secret(value))["auth"]


class Skill(ManagedResource):
    """A directory with a ``SKILL.md``, uploaded as one bundle; a changed byte makes a new version.

    Updated in place by uploading a version; another `name` in SKILL.md or another `display_name` replaces it. Destroy
    deletes the skill with all its versions.
    """

    kind: ClassVar[str] = "skill"
    title: ClassVar[str] = "Skill"
    directory: pulumi.Output[str | None]
    digest: pulumi.Output[str | None]
    name: pulumi.Output[str | None]
    display_name: pulumi.Output[str | None]
    source: pulumi.Output[Object | None]
    version: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        directory: str | Path | None = None,
        source: str | None = None,
        display_name: Text | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a skill.

        Args:
            resource_name: The resource's name in Pulumi.
            directory: Where the files are, relative to the program; what ``.skillignore`` names is left out.
            source: In its place the URL of a directory on GitHub, as
                ``https://github.com/acme/skills/tree/main/pdf``. It is fetched once and pinned in ``skills-lock.json``
                beside the program, until ``managed-agents skills update``.
            display_name: What people see, at most 255 characters; the name in SKILL.md unless given.
            adopt: The id of a skill that exists, to take over instead of making one; see `Agent`.
            opts: Pulumi's resource options.
        """
        from pulumi_managed_agents.dynamic.program.fetched_skills import bundle_at
        from pulumi_managed_agents.stage.builder import read_skill

        props: dict[str, Any] = {"directory": str(directory or source)}
        try:
            if (directory is None) == (source is None):
                raise InputError("give it a `directory`, or a `source`")
            bundle = bundle_at(source) if source else read_skill(Path(directory or ""))
            props = {"directory": bundle.directory, "digest": bundle.digest, "name": bundle.name}
        except InputError as error:
            note(self, resource_name, error)
        about = {"file": source or f"{props['directory']}/SKILL.md", **adopting(adopt)}
        self._declare(resource_name, {**props, "display_name": display_name}, opts, about)

    def reference(self) -> dict[str, Any]:
        """How an agent refers to this version of the skill."""
        # Of one that is declared it is known, of one that is looked up only once it has been found.
        source = vars(self).get("source")
        type = source.apply(lambda live: skill_type({"source": live})) if source is not None else "custom"
        return {"type": type, "skill_id": self.id, "version": self.version}


def _with_fetched(skills: Any, opts: pulumi.ResourceOptions | None) -> Any:
    """An agent's skills with resources for those that it names by their URLs: one per URL."""
    if not isinstance(skills, (list, tuple)) or not any(isinstance(one, str) for one in skills):
        return skills
    from pulumi_managed_agents.dynamic.program.fetched_skills import key_of, known_skills, name_of

    parent, provider = (opts.parent, opts.provider) if opts else (None, None)
    known = known_skills()
    for url in (one for one in skills if isinstance(one, str)):
        if (parent, provider, key_of(url)) not in known:
            siblings = (one for (place, _, _), one in known.items() if place is parent)
            name = name_of(url, {one.pulumi_resource_name for one in siblings})
            skill = Skill(name, source=url, opts=pulumi.ResourceOptions(parent=parent, provider=provider))
            known[parent, provider, key_of(url)] = skill
    return [known[parent, provider, key_of(one)] if isinstance(one, str) else one for one in skills]


class Environment(ManagedResource):
    """A container template: packages and network rules, or a self-hosted machine.

    Updated in place; another `config.type` replaces it, the old one giving up its name first since names are unique.
    Destroy deletes it, or archives it while sessions still refer to it.
    """

    kind: ClassVar[str] = "environment"
    title: ClassVar[str] = "Environment"
    name: pulumi.Output[str]
    description: pulumi.Output[str | None]
    config: pulumi.Output[Object | None]
    metadata: pulumi.Output[Mapping[str, str] | None]
    scope: pulumi.Output[str | None]

    def __init__(  # noqa: PLR0913 - one parameter per field of the API
        self,
        resource_name: str,
        *,
        name: Text | None = None,
        description: Text | None = None,
        config: inputs.EnvironmentConfig | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        scope: Text | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare an environment.

        Args:
            resource_name: The resource's name in Pulumi.
            name: The name in the workspace, where it is unique. Unless given, `resource_name` and the stack
                (``sandbox-dev``); one that is recorded keeps its name, and one that is adopted gets `resource_name`.
            description: What it is for.
            config: ``{"type": "cloud", "networking": …, "packages": …}`` or ``{"type": "self_hosted"}``.
            metadata: At most 15 entries of text; one more is our ownership mark.
            scope: ``organization`` (the API's default) or ``account``.
            adopt: The id of an environment that exists, to take over instead of making one; see `Agent`.
            opts: Pulumi's resource options.
        """
        props = {"description": description, "config": config, "metadata": metadata, "scope": scope}
        self._declare(resource_name, {"name": name, **props}, opts, adopting(adopt))


class Agent(ManagedResource):
    """A model with a system prompt, tools, MCP servers and skills; every change makes a new version.

    Updated in place. Destroy archives it, for ever: the API has no way to delete an agent or to bring one back.
    """

    kind: ClassVar[str] = "agent"
    title: ClassVar[str] = "Agent"
    model: pulumi.Output[TextOrObject]
    name: pulumi.Output[str]
    system: pulumi.Output[str | None]
    description: pulumi.Output[str | None]
    tools: pulumi.Output[Sequence[Object] | None]
    mcp_servers: pulumi.Output[Sequence[Object] | None]
    skills: pulumi.Output[Sequence[Object] | None]
    multiagent: pulumi.Output[Object | None]
    metadata: pulumi.Output[Mapping[str, str] | None]
    execution_identity: pulumi.Output[Object | None]
    version: pulumi.Output[int]

    def __init__(  # noqa: PLR0913 - one parameter per field of the API
        self,
        resource_name: str,
        *,
        model: inputs.AgentModel | Live,
        name: Text | None = None,
        system: Text | None = None,
        description: Text | None = None,
        tools: inputs.AgentTools | None = None,
        mcp_servers: inputs.AgentMcpServers | None = None,
        skills: Sequence[str | Skill | Live | pulumi.Input[inputs.AnthropicSkillArgsDict | inputs.CustomSkillArgsDict]]
        | None = None,
        multiagent: inputs.AgentMultiagent | None = None,
        metadata: pulumi.Input[Mapping[str, Text]] | None = None,
        execution_identity: inputs.AgentExecutionIdentity | None = None,
        adopt: str | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare an agent.

        Args:
            resource_name: The resource's name in Pulumi.
            model: A model id, or ``{"id": …, "effort": …, "speed": …, "inference_geo": …}``.
            name: The agent's name, 1 to 256 characters; `resource_name` unless given.
            system: The system prompt, at most 100,000 characters.
            description: What the agent is for; other agents choose by it.
            tools: Tool sets and custom tools, as the API writes them.
            mcp_servers: ``{"type": "url", "name": …, "url": …}`` each; every one needs an ``mcp_toolset`` in `tools`.
            skills: `Skill` resources, skills that were looked up, or ``{"type": …, "skill_id": …, "version": …}``; or
                URLs of directories on GitHub, each of which becomes one `Skill` of the program.
            multiagent: ``{"type": "coordinator", "agents": […]}`` or ``{"type": "multiagent_20261001", "subagents": …,
                "workflows": …, "advisor": …}``. `Agent` resources may stand for members, which pins the version just
                applied; ``{"type": "agent", "id": agent.id, "version": 3}`` holds one back, ``{"type": "self"}`` is
                the agent itself.
            metadata: At most 15 entries of text; one more is our ownership mark.
            execution_identity: As whom its runs act: ``{"type": "service_account"}``, which is the default, or
                ``{"type": "aws_role", "role_arn": …}``.
            adopt: The id of an agent that exists, to take over instead of making one: the first `up` changes it only
                where it differs from what is declared here, and refuses it where it is archived, deleted or another
                stack's. Once the resource exists, the argument says nothing any more and may go.
            opts: Pulumi's resource options. `import_` means the same as `adopt`. `pulumi import TYPE NAME ID` ends
                with ``KeyError: '__provider'``, since it cannot say which dynamic provider to ask: say `adopt` in the
                program, or type ``managed-agents adopt STAGE --id ID --import``, which writes a file as well.
        """
        props = {
            "model": model,
            "name": name or resource_name,
            "system": system,
            "description": description,
            "tools": tools,
            "mcp_servers": mcp_servers,
            "skills": _with_fetched(skills, opts),
            "multiagent": multiagent,
            "metadata": metadata,
            "execution_identity": execution_identity,
        }
        about = {"uses": uses(props), **adopting(adopt)}
        self._declare(resource_name, with_references(props), opts, about)

    def reference(self) -> dict[str, Any]:
        """How a roster refers to this version of the agent."""
        return {"type": "agent", "id": self.id, "version": self.version}
