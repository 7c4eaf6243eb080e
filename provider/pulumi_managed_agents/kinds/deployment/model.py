"""The body of a deployment file: an agent that runs by schedule or on demand, always with the same setting."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field

from pulumi_managed_agents.kinds.agent_reference import AgentReference
from pulumi_managed_agents.kinds.deployment.cron import cron_complaint, frequency_complaint
from pulumi_managed_agents.kinds.events import InitialEvent
from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import Constraint, at_most, matching
from pulumi_managed_agents.schema.field import METADATA, Metadata, PathReference, Reference, Secret, Text
from pulumi_managed_agents.schema.paths import at, is_readable, named, objects
from pulumi_managed_agents.schema.problem import Problem
from pulumi_managed_agents.words import suggestion


def _timezone_complaint(name: str) -> str | None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        zones = available_timezones()
        # A machine without a time zone database cannot check it.
        return f"unknown time zone{suggestion(name, zones)}" if zones else None
    return None


class Schedule(Body):
    """When the deployment runs by itself."""

    type: Literal["cron"] = Field(description="Always cron.")
    expression: Annotated[Text, Constraint(cron_complaint), Constraint(frequency_complaint, "warning")] = Field(
        description="Five POSIX fields: minute hour day month weekday, such as 0 9 * * 1-5."
    )
    timezone: Annotated[Text, Constraint(_timezone_complaint, "warning")] = Field(
        description="IANA time zone of the expression, such as Europe/Berlin."
    )


class Branch(Body):
    """The head of a branch."""

    type: Literal["branch"] = Field(description="The head of a branch.")
    name: Text = Field(description="Name of the branch.")


class Commit(Body):
    """One commit."""

    type: Literal["commit"] = Field(description="One commit.")
    sha: Text = Field(description="Full SHA of the commit.")


class GithubRepository(Body):
    """A GitHub repository in the session's sandbox."""

    type: Literal["github_repository"] = Field(description="A GitHub repository.")
    url: Annotated[
        Text,
        matching(
            r"https://github\.com/[^/\s]+/[^/\s]+?(?<!\.git)/?", "must be https://github.com/OWNER/NAME, without .git"
        ),
    ] = Field(description="Address of the repository: https://github.com/OWNER/NAME.")
    authorization_token: Secret | None = Field(
        default=None, description="Token to clone a private repository with, by the name of a secret."
    )
    checkout: Annotated[Branch | Commit, OneOf()] | None = Field(
        default=None, description="Branch or commit to check out; the default branch when left out."
    )
    mount_path: Text | None = Field(default=None, description="Where it is put; default /workspace/NAME.")


class FileResource(Body):
    """An uploaded file in the session's sandbox."""

    type: Literal["file"] = Field(description="An uploaded file.")
    file_id: Reference = Field(description="Id of the file, or the relative path of one to upload.")
    mount_path: Text | None = Field(default=None, description="Where it is put; default /mnt/session/uploads/ID.")


Access = Literal["read_write", "read_only"]


class MemoryStoreResource(Body):
    """A memory store in the session's sandbox."""

    type: Literal["memory_store"] = Field(description="A memory store.")
    memory_store_id: Reference = Field(description="Id of the store, or the relative path of its file.")
    access: Access | None = Field(default=None, description="What the agent may do; default read_write.")
    instructions: str | None = Field(
        default=None, max_length=4096, description="How the agent should use the store in these sessions."
    )


class ResourceByPath(Body):
    """A resource by the relative path of its file; the other fields are those of its kind."""

    path: Text = Field(description="Relative path of a memory store's file, or of any file to upload.")
    type: Text | None = Field(default=None, description="The kind of resource; known from the path.")
    access: Access | None = Field(default=None, description="Of a memory store: what the agent may do.")
    instructions: str | None = Field(default=None, max_length=4096, description="Of a memory store: how to use it.")
    mount_path: Text | None = Field(default=None, description="Of a file: where it is put.")


Resource = Annotated[Reference | GithubRepository | FileResource | MemoryStoreResource | ResourceByPath, OneOf()]


class MonetaryAmount(Body):
    """An amount of money."""

    amount: Annotated[Text, matching("0*[1-9][0-9]*", 'must be whole cents above 0 in quotes, such as "2500"')] = Field(
        description='Whole US cents as text: "2500" is 25 dollars.'
    )
    currency: Literal["USD"] = Field(description="Always USD.")


class Budget(Body):
    """A hard cap: the session stops when it is reached."""

    type: Literal["limit"] = Field(description="Always limit.")
    max_list_cost: MonetaryAmount = Field(description="Most that one session may cost at list price.")


class Deployment(Body):
    """A deployment: an agent with everything a session of it needs, started by schedule or on demand."""

    type: Literal["deployment"] | None = Field(
        default=None, description="Says what kind of file this is; not sent to the API."
    )
    name: Text = Field(description="Name of the deployment, for people.")
    agent: Annotated[Reference | AgentReference | PathReference, OneOf()] = Field(
        description="The agent: path of its file, its id, or an object with version."
    )
    environment_id: Annotated[Reference | PathReference, OneOf()] = Field(
        description="The environment: path of its file, or its id."
    )
    initial_events: Annotated[list[InitialEvent], Field(min_length=1), at_most(50)] = Field(
        description="What each session is sent at its start; in a Markdown file the prose is the first message."
    )
    description: str | None = Field(default=None, max_length=2048, description="What it does, for people.")
    schedule: Schedule | None = Field(default=None, description="When it runs by itself; on demand only if left out.")
    resources: Annotated[list[Resource], at_most(500)] | None = Field(
        default=None, description="Repositories, files and memory stores in each sandbox; a path alone will do."
    )
    vault_ids: Annotated[list[Annotated[Reference | PathReference, OneOf()]], at_most(50)] | None = Field(
        default=None, description="Vaults by path or id, in order: the first credential that fits is used."
    )
    budget: Budget | None = Field(default=None, description="Hard cap of each session; sessions are uncapped without.")
    metadata: Metadata | None = Field(default=None, description=METADATA)
    paused: bool | None = Field(
        default=None, description="Whether the schedule is paused; set by a separate call, not with the other fields."
    )


def rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check a deployment's raw body across its fields."""
    kinds = list(named(objects(body, "initial_events"), "type"))
    if kinds and is_readable(at(body, "initial_events")) and all(kind == "system.message" for _, kind in kinds):
        yield Problem(("initial_events",), "must hold a user.message or a user.define_outcome")
    for path, kind in kinds[:-1]:
        if kind == "system.message":
            yield Problem(path, "a system.message must be the last event")
