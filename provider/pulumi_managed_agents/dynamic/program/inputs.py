"""What nested fields of the resource classes take, for type checkers and editors.

Made by ``make generate`` from the models that definition files are held to; do not edit. A field or a value that this
release does not know is written in `unchecked`.
"""

# ruff: noqa
# fmt: off

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict, Union

import pulumi

from pulumi_managed_agents.dynamic.program.live_object import LiveObject
from pulumi_managed_agents.dynamic.program.resource import ManagedResource

Reference = Union[str, ManagedResource, LiveObject[Any]]
"""An id, or what stands for one: a resource of the program, or an object that it looked up."""


def unchecked(value: Mapping[str, Any]) -> Any:
    """The same value, which type checkers take as it is: for fields and values that this release does not know."""
    return value


class EffortArgsDict(TypedDict):
    """How hard the model works, in the API's object form."""

    type: pulumi.Input[Literal['low', 'medium', 'high', 'xhigh', 'max']]
    """The level; not every model takes every level."""


class ModelConfigArgsDict(TypedDict):
    """A model with settings."""

    id: pulumi.Input[str]
    """Id of the model, such as claude-opus-5-5."""
    effort: NotRequired[pulumi.Input[Union[Literal['low', 'medium', 'high', 'xhigh', 'max'], EffortArgsDict]] | None]
    """How hard the model works on each call: low, medium, high, xhigh or max; default by model."""
    speed: NotRequired[pulumi.Input[Literal['standard', 'fast']] | None]
    """fast costs more and is offered by few models; default standard."""
    inference_geo: NotRequired[pulumi.Input[str] | None]
    """Region where the model runs; the workspace's default when left out."""


class PermissionPolicyArgsDict(TypedDict):
    """Whether a tool call runs at once, waits for a person, or is judged by the server."""

    type: pulumi.Input[Literal['always_allow', 'always_ask', 'auto']]
    """always_allow runs calls at once, always_ask waits for a confirmation, auto lets the server judge."""


class ToolDefaultsArgsDict(TypedDict):
    """What holds for every tool of a set without an entry in `configs`."""

    enabled: NotRequired[pulumi.Input[bool] | None]
    """Whether the tools are available to the agent; default true."""
    permission_policy: NotRequired[pulumi.Input[PermissionPolicyArgsDict] | None]
    """Whether calls need a confirmation; default always_allow, for MCP tools always_ask."""


class ToolConfigArgsDict(TypedDict):
    """Settings of a built-in tool that has nothing more to set."""

    enabled: NotRequired[pulumi.Input[bool] | None]
    """Whether this tool is available to the agent."""
    permission_policy: NotRequired[pulumi.Input[PermissionPolicyArgsDict] | None]
    """Whether calls of this tool need a confirmation."""
    name: pulumi.Input[Literal['bash', 'read', 'write', 'edit', 'glob', 'grep']]
    """The built-in tool."""
    type: NotRequired[pulumi.Input[Literal['bash', 'read', 'write', 'edit', 'glob', 'grep']] | None]
    """The same as name; may be left out."""


class ToolsetUrlSourceArgsDict(TypedDict):
    """All or none of a source's URLs."""

    type: pulumi.Input[Literal['all', 'none']]
    """all allows every URL of the source to be fetched, none not a single one."""


class ToolReferenceArgsDict(TypedDict):
    """Names one tool in an `only` or `except` list."""

    type: pulumi.Input[Literal['tool_reference']]
    """Always tool_reference."""
    name: pulumi.Input[str]
    """Name of the tool, upper and lower case as it is."""


class UrlSourceFilterArgsDict(TypedDict):
    """The URLs in the results of some tools."""

    type: pulumi.Input[Literal['only', 'except']]
    """only the named tools count, or all except them."""
    tools: pulumi.Input[Sequence[pulumi.Input[ToolReferenceArgsDict]]]
    """The tools that are meant, each once."""


class UrlSourcesArgsDict(TypedDict):
    """Where URLs may come from that `web_fetch` fetches; each source is open unless narrowed here."""

    client_tool_results: NotRequired[pulumi.Input[Union[Literal['all', 'none'], ToolsetUrlSourceArgsDict, UrlSourceFilterArgsDict]] | None]
    """URLs in results of custom tools: all (default), none, or a list of this agent's tools."""
    server_tool_results: NotRequired[pulumi.Input[Union[Literal['all', 'none'], ToolsetUrlSourceArgsDict, UrlSourceFilterArgsDict]] | None]
    """URLs in results of web_search and web_fetch: all (default), none, or a list of the two."""
    user_input: NotRequired[pulumi.Input[Union[Literal['all', 'none'], ToolsetUrlSourceArgsDict]] | None]
    """URLs in what users write: all (default) or none."""


class WebFetchConfigArgsDict(TypedDict):
    """Settings of `web_fetch`."""

    enabled: NotRequired[pulumi.Input[bool] | None]
    """Whether this tool is available to the agent."""
    permission_policy: NotRequired[pulumi.Input[PermissionPolicyArgsDict] | None]
    """Whether calls of this tool need a confirmation."""
    name: pulumi.Input[Literal['web_fetch']]
    """The built-in tool."""
    type: NotRequired[pulumi.Input[Literal['web_fetch']] | None]
    """The same as name; may be left out."""
    allowed_domains: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Fetch from these domains and their subdomains only; not together with blocked_domains."""
    blocked_domains: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Never fetch from these domains or their subdomains; not together with allowed_domains."""
    max_content_tokens: NotRequired[pulumi.Input[int] | None]
    """Most tokens of fetched text that enter the context per call; does not apply to PDFs."""
    url_sources: NotRequired[pulumi.Input[UrlSourcesArgsDict] | None]
    """Which sources contribute URLs the tool may fetch; all of them when left out."""


class UserLocationArgsDict(TypedDict):
    """Roughly where the user is, for search results that fit."""

    type: pulumi.Input[Literal['approximate']]
    """Always approximate."""
    city: NotRequired[pulumi.Input[str] | None]
    """Name of the city."""
    country: NotRequired[pulumi.Input[str] | None]
    """Two-letter ISO 3166-1 country code in capitals."""
    region: NotRequired[pulumi.Input[str] | None]
    """Name of the region or state."""
    timezone: NotRequired[pulumi.Input[str] | None]
    """IANA time zone, such as Europe/Berlin."""


class WebSearchConfigArgsDict(TypedDict):
    """Settings of `web_search`."""

    enabled: NotRequired[pulumi.Input[bool] | None]
    """Whether this tool is available to the agent."""
    permission_policy: NotRequired[pulumi.Input[PermissionPolicyArgsDict] | None]
    """Whether calls of this tool need a confirmation."""
    name: pulumi.Input[Literal['web_search']]
    """The built-in tool."""
    type: NotRequired[pulumi.Input[Literal['web_search']] | None]
    """The same as name; may be left out."""
    allowed_domains: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Return results from these domains only (a path may follow); not with blocked_domains."""
    blocked_domains: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Never return results from these domains (a path may follow); not with allowed_domains."""
    user_location: NotRequired[pulumi.Input[UserLocationArgsDict] | None]
    """Roughly where the user is, to localise results."""


class AgentToolsetArgsDict(TypedDict):
    """The built-in tools: bash, files, search, web."""

    type: pulumi.Input[Literal['agent_toolset_20260401']]
    """The built-in tools, in their version of April 2026."""
    default_config: NotRequired[pulumi.Input[ToolDefaultsArgsDict] | None]
    """What holds for every built-in tool without an entry in configs."""
    configs: NotRequired[pulumi.Input[Sequence[pulumi.Input[Union[ToolConfigArgsDict, WebFetchConfigArgsDict, WebSearchConfigArgsDict]]]] | None]
    """Settings for single tools, each named once."""


class McpToolConfigArgsDict(TypedDict):
    """Settings of one tool of an MCP server."""

    enabled: NotRequired[pulumi.Input[bool] | None]
    """Whether this tool is available to the agent."""
    permission_policy: NotRequired[pulumi.Input[PermissionPolicyArgsDict] | None]
    """Whether calls of this tool need a confirmation."""
    name: pulumi.Input[str]
    """Name of the tool as the server gives it."""


class McpToolsetArgsDict(TypedDict):
    """The tools of one of the agent's MCP servers."""

    type: pulumi.Input[Literal['mcp_toolset']]
    """The tools of an MCP server."""
    mcp_server_name: pulumi.Input[str]
    """Name of the server in mcp_servers."""
    default_config: NotRequired[pulumi.Input[ToolDefaultsArgsDict] | None]
    """What holds for every tool of the server without an entry in configs."""
    configs: NotRequired[pulumi.Input[Sequence[pulumi.Input[McpToolConfigArgsDict]]] | None]
    """Settings for single tools, each named once."""


class CustomToolArgsDict(TypedDict):
    """A tool that the application runs: the session waits until it sends the result."""

    type: pulumi.Input[Literal['custom']]
    """A tool of your own."""
    name: pulumi.Input[str]
    """Name of the tool: letters, digits, _ and -, different from every other tool's."""
    description: pulumi.Input[str]
    """What the tool does, so that the agent knows when to call it."""
    input_schema: pulumi.Input[Mapping[str, Any]]
    """JSON Schema of the input: an object, without references."""


class McpServerArgsDict(TypedDict):
    """A remote MCP server the agent connects to."""

    type: pulumi.Input[Literal['url']]
    """Always url."""
    name: pulumi.Input[str]
    """Name that an mcp_toolset refers to; different from the others."""
    url: pulumi.Input[str]
    """Address of the server's endpoint."""


class AnthropicSkillArgsDict(TypedDict):
    """A skill that Anthropic maintains."""

    type: pulumi.Input[Literal['anthropic']]
    """A skill by Anthropic."""
    skill_id: pulumi.Input[str]
    """Id, such as xlsx."""
    version: NotRequired[pulumi.Input[str] | None]
    """Version to hold it at; the latest if left out."""


class CustomSkillArgsDict(TypedDict):
    """A skill of your own."""

    type: pulumi.Input[Literal['custom']]
    """A skill of your own."""
    skill_id: pulumi.Input[Reference]
    """Id of the skill, or the relative path of its directory."""
    version: NotRequired[pulumi.Input[str] | None]
    """Version to hold it at; the latest if left out."""


class AgentReferenceArgsDict(TypedDict):
    """An agent by id, at one version or the latest."""

    type: pulumi.Input[Literal['agent']]
    """Always agent."""
    id: pulumi.Input[Reference]
    """Id of the agent, or the relative path of its file."""
    version: NotRequired[pulumi.Input[int] | None]
    """The version to use; the latest if left out."""


class SelfReferenceArgsDict(TypedDict):
    """The agent this configuration belongs to."""

    type: pulumi.Input[Literal['self']]
    """The agent itself."""


class AdvisorArgsDict(TypedDict):
    """A model that the session's main thread may ask in the middle of a turn."""

    type: pulumi.Input[Literal['advisor']]
    """An advisor, listed last; at most one."""
    model: pulumi.Input[str]
    """Id of the advising model; it must be permitted for this agent's model."""


class CoordinatorArgsDict(TypedDict):
    """An agent with a fixed roster of agents it may start as threads."""

    type: pulumi.Input[Literal['coordinator']]
    """A coordinator with a roster."""
    agents: pulumi.Input[Sequence[pulumi.Input[Union[Reference, AgentReferenceArgsDict, SelfReferenceArgsDict, AdvisorArgsDict]]]]
    """1 to 20 distinct agents: path of a file, id, reference with version, self, or an advisor."""


class InlineAgentsArgsDict(TypedDict):
    """Whether agents may be made up on the spot."""

    type: pulumi.Input[Literal['enabled', 'disabled']]
    """Whether agents that are not saved may be defined."""


class DelegationArgsDict(TypedDict):
    """Switched on, with the agents that may be used."""

    type: pulumi.Input[Literal['enabled']]
    """Switched on."""
    inline_agents: NotRequired[pulumi.Input[InlineAgentsArgsDict] | None]
    """Whether agents may be defined on the spot; default yes."""
    predefined_agents: NotRequired[pulumi.Input[Sequence[pulumi.Input[Union[Reference, AgentReferenceArgsDict, SelfReferenceArgsDict]]]] | None]
    """At most 20 saved agents: path of a file, id, reference with version, or self."""


class DisabledArgsDict(TypedDict):
    """Switched off."""

    type: pulumi.Input[Literal['disabled']]
    """Switched off."""


class AdvisorEnabledArgsDict(TypedDict):
    """An advising model."""

    type: pulumi.Input[Literal['enabled']]
    """Switched on."""
    model: pulumi.Input[str]
    """Id of the advising model; it must be permitted for this agent's model."""


class Multiagent20261001ArgsDict(TypedDict):
    """Subagents, workflows and an advisor, each switched on or off on its own."""

    type: pulumi.Input[Literal['multiagent_20261001']]
    """The form of October 2026."""
    subagents: NotRequired[pulumi.Input[Union[DelegationArgsDict, DisabledArgsDict]] | None]
    """Whether the agent can start session threads; default enabled."""
    workflows: NotRequired[pulumi.Input[Union[DelegationArgsDict, DisabledArgsDict]] | None]
    """Whether the agent can start workflow runs; default enabled."""
    advisor: NotRequired[pulumi.Input[Union[AdvisorEnabledArgsDict, DisabledArgsDict]] | None]
    """Whether the main thread can ask an advising model; default disabled."""


class ServiceAccountArgsDict(TypedDict):
    """The account that Anthropic manages, which is the default."""

    type: pulumi.Input[Literal['service_account']]
    """The managed service account."""


class AwsRoleArgsDict(TypedDict):
    """An AWS role the agent runs as."""

    type: pulumi.Input[Literal['aws_role']]
    """An AWS IAM role."""
    role_arn: pulumi.Input[str]
    """ARN of the role: arn:aws:iam::123456789012:role/name."""


class UnrestrictedNetworkArgsDict(TypedDict):
    """The sandbox reaches every host."""

    type: pulumi.Input[Literal['unrestricted']]
    """Every host can be reached."""


class LimitedNetworkArgsDict(TypedDict):
    """The sandbox reaches what is listed."""

    type: pulumi.Input[Literal['limited']]
    """Only what is listed can be reached."""
    allowed_hosts: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Hosts that can be reached, also by web_search and web_fetch: bare names or wildcards such as *.example.com;
    default none, which leaves these tools without any web."""
    allow_mcp_servers: NotRequired[pulumi.Input[bool] | None]
    """Whether the agent's MCP servers can be reached as well; default false."""
    allow_package_managers: NotRequired[pulumi.Input[bool] | None]
    """Whether public package registries can be reached as well; default false."""


class PackagesArgsDict(TypedDict):
    """Packages to install, with versions as each package manager spells them."""

    type: NotRequired[pulumi.Input[Literal['packages']] | None]
    """Always packages; may be left out."""
    apt: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Debian packages."""
    cargo: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Rust packages."""
    gem: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Ruby packages."""
    go: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Go packages."""
    npm: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Node.js packages."""
    pip: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Python packages, such as pandas==3.0.0."""


class CloudArgsDict(TypedDict):
    """A sandbox that Anthropic runs."""

    type: pulumi.Input[Literal['cloud']]
    """A sandbox run by Anthropic."""
    networking: NotRequired[pulumi.Input[Union[UnrestrictedNetworkArgsDict, LimitedNetworkArgsDict]] | None]
    """Which hosts the sandbox can reach; default unrestricted."""
    packages: NotRequired[pulumi.Input[PackagesArgsDict] | None]
    """Packages to install; with limited networking they need allow_package_managers."""


class SelfHostedArgsDict(TypedDict):
    """Workers of your own."""

    type: pulumi.Input[Literal['self_hosted']]
    """Workers of your own; there is nothing more to set."""


class SeedArgsDict(TypedDict):
    """A memory that the store begins with."""

    path: pulumi.Input[str]
    """Its path in the store, such as /style/tone.md."""
    content: pulumi.Input[str]
    """What it says."""


class StaticBearerArgsDict(TypedDict):
    """A fixed token for an MCP server."""

    type: pulumi.Input[Literal['static_bearer']]
    """A fixed bearer token."""
    mcp_server_url: pulumi.Input[str]
    """The MCP server it is for; another one is another credential."""
    token: pulumi.Input[str]
    """The token, by the name of a secret."""


class NoEndpointAuthArgsDict(TypedDict):
    """The token endpoint asks for no secret."""

    type: pulumi.Input[Literal['none']]
    """No client authentication."""


class EndpointAuthArgsDict(TypedDict):
    """The token endpoint asks for a client secret."""

    type: pulumi.Input[Literal['client_secret_basic', 'client_secret_post']]
    """Whether the secret goes into the HTTP Basic header or the body."""
    client_secret: pulumi.Input[str]
    """The client secret, by the name of a secret."""


class OAuthRefreshArgsDict(TypedDict):
    """How a new access token is got."""

    client_id: pulumi.Input[str]
    """OAuth client id; another one is another credential."""
    refresh_token: pulumi.Input[str]
    """The refresh token, by the name of a secret."""
    token_endpoint: pulumi.Input[str]
    """Where tokens are refreshed; another one is another credential."""
    token_endpoint_auth: pulumi.Input[Union[NoEndpointAuthArgsDict, EndpointAuthArgsDict]]
    """How the client shows who it is at the token endpoint."""
    scope: NotRequired[pulumi.Input[str] | None]
    """OAuth scope of the refreshed token."""
    resource: NotRequired[pulumi.Input[str] | None]
    """OAuth resource indicator."""


class McpOAuthArgsDict(TypedDict):
    """An OAuth login at an MCP server."""

    type: pulumi.Input[Literal['mcp_oauth']]
    """An OAuth access token."""
    mcp_server_url: pulumi.Input[str]
    """The MCP server it is for; another one is another credential."""
    access_token: pulumi.Input[str]
    """The access token, by the name of a secret."""
    expires_at: NotRequired[pulumi.Input[str] | None]
    """When the access token expires: a time in the future, in RFC 3339."""
    refresh: NotRequired[pulumi.Input[OAuthRefreshArgsDict] | None]
    """How a new access token is got; never if left out."""


class AnyHostArgsDict(TypedDict):
    """The secret may go to every host."""

    type: pulumi.Input[Literal['unrestricted']]
    """Every host."""


class SomeHostsArgsDict(TypedDict):
    """The secret may go to the listed hosts."""

    type: pulumi.Input[Literal['limited']]
    """The listed hosts only."""
    allowed_hosts: pulumi.Input[Sequence[pulumi.Input[str]]]
    """1 to 16 hosts: bare names, IPv4 addresses or wildcards such as *.example.com."""


class InjectionLocationArgsDict(TypedDict):
    """Where in a request the secret may be put; a location that is left out is off."""

    header: NotRequired[pulumi.Input[bool] | None]
    """In the value of a header."""
    body: NotRequired[pulumi.Input[bool] | None]
    """In the request's body."""


class EnvironmentVariableArgsDict(TypedDict):
    """A secret the sandbox sees as a placeholder in an environment variable."""

    type: pulumi.Input[Literal['environment_variable']]
    """A secret behind an environment variable."""
    secret_name: pulumi.Input[str]
    """Name of the variable; another one is another credential."""
    secret_value: pulumi.Input[str]
    """The value, by the name of a secret."""
    networking: pulumi.Input[Union[AnyHostArgsDict, SomeHostsArgsDict]]
    """Hosts whose requests get the secret."""
    injection_location: NotRequired[pulumi.Input[InjectionLocationArgsDict] | None]
    """Where in a request the secret is put; header and body when left out."""


class TextBlockArgsDict(TypedDict):
    """Text."""

    type: pulumi.Input[Literal['text']]
    """A text."""
    text: pulumi.Input[str]
    """The text itself."""


class Base64SourceArgsDict(TypedDict):
    """Data in the file itself."""

    type: pulumi.Input[Literal['base64']]
    """Data that is given here."""
    data: pulumi.Input[str]
    """The data in base64."""
    media_type: pulumi.Input[str]
    """MIME type of the data, such as image/png or application/pdf."""


class EventsUrlSourceArgsDict(TypedDict):
    """Data from the web."""

    type: pulumi.Input[Literal['url']]
    """Data that is fetched."""
    url: pulumi.Input[str]
    """Where it is fetched from."""


class FileSourceArgsDict(TypedDict):
    """Data from a file."""

    type: pulumi.Input[Literal['file']]
    """A file."""
    file_id: pulumi.Input[Reference]
    """Id of the file, or the relative path of one to upload."""


class ImageBlockArgsDict(TypedDict):
    """An image."""

    type: pulumi.Input[Literal['image']]
    """An image."""
    source: pulumi.Input[Union[Base64SourceArgsDict, EventsUrlSourceArgsDict, FileSourceArgsDict]]
    """Where the image is."""


class PlainTextSourceArgsDict(TypedDict):
    """Plain text as a document."""

    type: pulumi.Input[Literal['text']]
    """Plain text that is given here."""
    data: pulumi.Input[str]
    """The text itself."""
    media_type: pulumi.Input[Literal['text/plain']]
    """Always text/plain."""


class DocumentBlockArgsDict(TypedDict):
    """A document."""

    type: pulumi.Input[Literal['document']]
    """A document."""
    source: pulumi.Input[Union[Base64SourceArgsDict, PlainTextSourceArgsDict, EventsUrlSourceArgsDict, FileSourceArgsDict]]
    """Where the document is."""
    title: NotRequired[pulumi.Input[str] | None]
    """Title of the document."""
    context: NotRequired[pulumi.Input[str] | None]
    """What the model should know about the document."""


class UserMessageArgsDict(TypedDict):
    """A message to the agent."""

    type: pulumi.Input[Literal['user.message']]
    """A message to the agent."""
    content: pulumi.Input[Sequence[pulumi.Input[Union[TextBlockArgsDict, ImageBlockArgsDict, DocumentBlockArgsDict]]]]
    """Texts, images and documents of the message."""


class TextRubricArgsDict(TypedDict):
    """A rubric as text."""

    type: pulumi.Input[Literal['text']]
    """A rubric that is given here."""
    content: pulumi.Input[str]
    """How the result is graded, as free text."""


class FileRubricArgsDict(TypedDict):
    """A rubric in a file."""

    type: pulumi.Input[Literal['file']]
    """A rubric in a file."""
    file_id: pulumi.Input[Reference]
    """Id of the file, or the relative path of one to upload."""


class DefineOutcomeArgsDict(TypedDict):
    """A task with a rubric; the agent begins to work on it at once."""

    type: pulumi.Input[Literal['user.define_outcome']]
    """A task that is graded."""
    description: pulumi.Input[str]
    """What the agent should produce."""
    rubric: pulumi.Input[Union[TextRubricArgsDict, FileRubricArgsDict]]
    """How the result is graded."""
    max_iterations: NotRequired[pulumi.Input[int] | None]
    """Most rounds of grading and revision; default 3, at most 20."""


class SystemMessageArgsDict(TypedDict):
    """Instructions added to the system prompt for the turn it follows and all later ones."""

    type: pulumi.Input[Literal['system.message']]
    """An addition to the system prompt; the last event."""
    content: pulumi.Input[Sequence[pulumi.Input[TextBlockArgsDict]]]
    """The texts that are added."""


class ScheduleArgsDict(TypedDict):
    """When the deployment runs by itself."""

    type: pulumi.Input[Literal['cron']]
    """Always cron."""
    expression: pulumi.Input[str]
    """Five POSIX fields: minute hour day month weekday, such as 0 9 * * 1-5."""
    timezone: pulumi.Input[str]
    """IANA time zone of the expression, such as Europe/Berlin."""


class BranchArgsDict(TypedDict):
    """The head of a branch."""

    type: pulumi.Input[Literal['branch']]
    """The head of a branch."""
    name: pulumi.Input[str]
    """Name of the branch."""


class CommitArgsDict(TypedDict):
    """One commit."""

    type: pulumi.Input[Literal['commit']]
    """One commit."""
    sha: pulumi.Input[str]
    """Full SHA of the commit."""


class GithubRepositoryArgsDict(TypedDict):
    """A GitHub repository in the session's sandbox."""

    type: pulumi.Input[Literal['github_repository']]
    """A GitHub repository."""
    url: pulumi.Input[str]
    """Address of the repository: https://github.com/OWNER/NAME."""
    authorization_token: NotRequired[pulumi.Input[str] | None]
    """Token to clone a private repository with, by the name of a secret."""
    checkout: NotRequired[pulumi.Input[Union[BranchArgsDict, CommitArgsDict]] | None]
    """Branch or commit to check out; the default branch when left out."""
    mount_path: NotRequired[pulumi.Input[str] | None]
    """Where it is put; default /workspace/NAME."""


class FileResourceArgsDict(TypedDict):
    """An uploaded file in the session's sandbox."""

    type: pulumi.Input[Literal['file']]
    """An uploaded file."""
    file_id: pulumi.Input[Reference]
    """Id of the file, or the relative path of one to upload."""
    mount_path: NotRequired[pulumi.Input[str] | None]
    """Where it is put; default /mnt/session/uploads/ID."""


class MemoryStoreResourceArgsDict(TypedDict):
    """A memory store in the session's sandbox."""

    type: pulumi.Input[Literal['memory_store']]
    """A memory store."""
    memory_store_id: pulumi.Input[Reference]
    """Id of the store, or the relative path of its file."""
    access: NotRequired[pulumi.Input[Literal['read_write', 'read_only']] | None]
    """What the agent may do; default read_write."""
    instructions: NotRequired[pulumi.Input[str] | None]
    """How the agent should use the store in these sessions."""


class MonetaryAmountArgsDict(TypedDict):
    """An amount of money."""

    amount: pulumi.Input[str]
    """Whole US cents as text: "2500" is 25 dollars."""
    currency: pulumi.Input[Literal['USD']]
    """Always USD."""


class BudgetArgsDict(TypedDict):
    """A hard cap: the session stops when it is reached."""

    type: pulumi.Input[Literal['limit']]
    """Always limit."""
    max_list_cost: pulumi.Input[MonetaryAmountArgsDict]
    """Most that one session may cost at list price."""


AgentModel = pulumi.Input[Union[str, ModelConfigArgsDict]]
"""The model that powers the agent: its id, or an object with id, effort, speed and inference_geo."""
AgentTools = pulumi.Input[Sequence[pulumi.Input[Union[AgentToolsetArgsDict, McpToolsetArgsDict, CustomToolArgsDict]]]]
"""What the agent may call: built-in tools, MCP servers' tools, tools of your own."""
AgentMcpServers = pulumi.Input[Sequence[pulumi.Input[McpServerArgsDict]]]
"""MCP servers to connect to; each must be used by an mcp_toolset in tools."""
AgentSkills = pulumi.Input[Sequence[pulumi.Input[Union[Reference, AnthropicSkillArgsDict, CustomSkillArgsDict]]]]
"""Skills: relative path of a skill directory, its URL on GitHub, an id, or an object with version."""
AgentMultiagent = pulumi.Input[Union[CoordinatorArgsDict, Multiagent20261001ArgsDict]]
"""Other agents this one may hand work to."""
AgentExecutionIdentity = pulumi.Input[Union[ServiceAccountArgsDict, AwsRoleArgsDict]]
"""Who the agent's runs act as; default the managed service account."""
EnvironmentConfig = pulumi.Input[Union[CloudArgsDict, SelfHostedArgsDict]]
"""Cloud sandbox or workers of your own; a change of type replaces the environment."""
MemoryStoreMemories = pulumi.Input[Sequence[pulumi.Input[SeedArgsDict]]]
"""What the store begins with; what agents make of it later is theirs, and is left alone."""
CredentialAuth = pulumi.Input[Union[StaticBearerArgsDict, McpOAuthArgsDict, EnvironmentVariableArgsDict]]
"""What the credential is: a bearer token, an OAuth login, or an environment variable."""
DeploymentAgent = pulumi.Input[Union[Reference, AgentReferenceArgsDict]]
"""The agent: path of its file, its id, or an object with version."""
DeploymentInitialEvents = pulumi.Input[Sequence[pulumi.Input[Union[UserMessageArgsDict, DefineOutcomeArgsDict, SystemMessageArgsDict]]]]
"""What each session is sent at its start; in a Markdown file the prose is the first message."""
DeploymentSchedule = pulumi.Input[ScheduleArgsDict]
"""When it runs by itself; on demand only if left out."""
DeploymentResources = pulumi.Input[Sequence[pulumi.Input[Union[Reference, GithubRepositoryArgsDict, FileResourceArgsDict, MemoryStoreResourceArgsDict]]]]
"""Repositories, files and memory stores in each sandbox; a path alone will do."""
DeploymentBudget = pulumi.Input[BudgetArgsDict]
"""Hard cap of each session; sessions are uncapped without."""
