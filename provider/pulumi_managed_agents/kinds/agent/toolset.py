"""The tool sets an agent can hold: the built-in tools, and the tools of an MCP server."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import Constraint, at_most, matching
from pulumi_managed_agents.schema.field import Text
from pulumi_managed_agents.schema.host_name import domain_complaint, search_domain_complaint
from pulumi_managed_agents.schema.paths import at, is_readable, named, objects, repeated, texts
from pulumi_managed_agents.schema.problem import FieldPath, Problem, quoted
from pulumi_managed_agents.schema.tool_sets import BUILT_IN_SET, BUILT_IN_TOOLS, WEB_TOOLS

PROPERTY_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class InputSchema(Body):
    """JSON Schema of a tool's input; further keywords are allowed."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, matching("object", "must be 'object'")] = Field(description="Always object.")
    properties: dict[str, Any] | None = Field(default=None, description="Schema of each input, by name.")
    required: list[str] | None = Field(default=None, description="Names of the inputs that must be given.")


class CustomTool(Body):
    """A tool that the application runs: the session waits until it sends the result."""

    type: Literal["custom"] = Field(description="A tool of your own.")
    name: Annotated[Text, matching("[A-Za-z0-9_-]+", "may hold letters, digits, _ and - only")] = Field(
        max_length=128, description="Name of the tool: letters, digits, _ and -, different from every other tool's."
    )
    description: Text = Field(description="What the tool does, so that the agent knows when to call it.")
    input_schema: InputSchema = Field(description="JSON Schema of the input: an object, without references.")


def custom_tool_rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check the custom tools of an agent's raw body against each other and the API's rules for schemas."""
    tools = [(path, tool) for path, tool in objects(body, "tools") if tool.get("type") == "custom"]
    names = list(named(tools))
    for path, name in repeated(names):
        yield Problem(path, f"another tool is called {quoted(name)} already")
    for path, name in names:
        if name in BUILT_IN_TOOLS:
            yield Problem(path, f"{quoted(name)} is the name of a built-in tool")
        elif name.startswith("mcp__"):
            yield Problem(path, "must not begin with mcp__, which marks the tools of MCP servers")
    for path, tool in tools:
        if isinstance(tool.get("input_schema"), Mapping):
            yield from _schema_rules((*path, "input_schema"), tool["input_schema"])


def _schema_rules(path: FieldPath, schema: Mapping[str, Any]) -> Iterator[Problem]:
    for keyword in ("oneOf", "anyOf", "allOf"):
        if keyword in schema:
            yield Problem((*path, keyword), "is not allowed at the top of an input schema")
    yield from (Problem(place, "references are not allowed; write the schema out") for place in _refs(path, schema))
    properties = schema.get("properties")
    for name in properties if isinstance(properties, Mapping) else ():
        if not PROPERTY_NAME.fullmatch(str(name)):
            yield Problem((*path, "properties", name), "may be 1 to 64 letters, digits, _, . and - only")


def _refs(path: FieldPath, schema: Any) -> Iterator[FieldPath]:
    rest: list[tuple[FieldPath, Any]] = [(path, schema)]
    while rest:
        place, value = rest.pop()
        if isinstance(value, Mapping):
            if "$ref" in value:
                yield (*place, "$ref")
            rest.extend(((*place, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            rest.extend(((*place, index), inner) for index, inner in enumerate(value))


Domain = Annotated[str, Field(min_length=1, max_length=255)]
FetchDomains = Annotated[list[Annotated[Domain, Constraint(domain_complaint)]], Field(min_length=1), at_most(64)]
SearchDomains = Annotated[
    list[Annotated[Domain, Constraint(search_domain_complaint)]], Field(min_length=1), at_most(64)
]


class PermissionPolicy(Body):
    """Whether a tool call runs at once, waits for a person, or is judged by the server."""

    type: Literal["always_allow", "always_ask", "auto"] = Field(
        description="always_allow runs calls at once, always_ask waits for a confirmation, auto lets the server judge."
    )


class ToolDefaults(Body):
    """What holds for every tool of a set without an entry in `configs`."""

    enabled: bool | None = Field(
        default=None, description="Whether the tools are available to the agent; default true."
    )
    permission_policy: PermissionPolicy | None = Field(
        default=None, description="Whether calls need a confirmation; default always_allow, for MCP tools always_ask."
    )


class ToolSettings(Body):
    """What holds for one tool; what is left out comes from `default_config`."""

    enabled: bool | None = Field(default=None, description="Whether this tool is available to the agent.")
    permission_policy: PermissionPolicy | None = Field(
        default=None, description="Whether calls of this tool need a confirmation."
    )


class ToolConfig(ToolSettings):
    """Settings of a built-in tool that has nothing more to set."""

    name: Literal["bash", "read", "write", "edit", "glob", "grep"] = Field(description="The built-in tool.")
    type: Literal["bash", "read", "write", "edit", "glob", "grep"] | None = Field(
        default=None, description="The same as name; may be left out."
    )


class ToolReference(Body):
    """Names one tool in an `only` or `except` list."""

    type: Literal["tool_reference"] = Field(description="Always tool_reference.")
    name: Text = Field(description="Name of the tool, upper and lower case as it is.")


class UrlSource(Body):
    """All or none of a source's URLs."""

    type: Literal["all", "none"] = Field(
        description="all allows every URL of the source to be fetched, none not a single one."
    )


class UrlSourceFilter(Body):
    """The URLs in the results of some tools."""

    type: Literal["only", "except"] = Field(description="only the named tools count, or all except them.")
    tools: Annotated[list[ToolReference], Field(min_length=1), at_most(128)] = Field(
        description="The tools that are meant, each once."
    )


Shorthand = Literal["all", "none"]
FilteredSource = Annotated[Shorthand | UrlSource | UrlSourceFilter, OneOf()]


class UrlSources(Body):
    """Where URLs may come from that `web_fetch` fetches; each source is open unless narrowed here."""

    client_tool_results: FilteredSource | None = Field(
        default=None,
        description="URLs in results of custom tools: all (default), none, or a list of this agent's tools.",
    )
    server_tool_results: FilteredSource | None = Field(
        default=None,
        description="URLs in results of web_search and web_fetch: all (default), none, or a list of the two.",
    )
    user_input: Annotated[Shorthand | UrlSource, OneOf()] | None = Field(
        default=None, description="URLs in what users write: all (default) or none."
    )


class WebFetchConfig(ToolSettings):
    """Settings of `web_fetch`."""

    name: Literal["web_fetch"] = Field(description="The built-in tool.")
    type: Literal["web_fetch"] | None = Field(default=None, description="The same as name; may be left out.")
    allowed_domains: FetchDomains | None = Field(
        default=None,
        description="Fetch from these domains and their subdomains only; not together with blocked_domains.",
    )
    blocked_domains: FetchDomains | None = Field(
        default=None,
        description="Never fetch from these domains or their subdomains; not together with allowed_domains.",
    )
    max_content_tokens: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="Most tokens of fetched text that enter the context per call; does not apply to PDFs."
    )
    url_sources: UrlSources | None = Field(
        default=None, description="Which sources contribute URLs the tool may fetch; all of them when left out."
    )


class UserLocation(Body):
    """Roughly where the user is, for search results that fit."""

    type: Literal["approximate"] = Field(description="Always approximate.")
    city: str | None = Field(default=None, description="Name of the city.")
    country: Annotated[str, matching("[A-Z]{2}", "must be two capital letters, such as DE", "warning")] | None = Field(
        default=None, description="Two-letter ISO 3166-1 country code in capitals."
    )
    region: str | None = Field(default=None, description="Name of the region or state.")
    timezone: str | None = Field(default=None, description="IANA time zone, such as Europe/Berlin.")


class WebSearchConfig(ToolSettings):
    """Settings of `web_search`."""

    name: Literal["web_search"] = Field(description="The built-in tool.")
    type: Literal["web_search"] | None = Field(default=None, description="The same as name; may be left out.")
    allowed_domains: SearchDomains | None = Field(
        default=None,
        description="Return results from these domains only (a path may follow); not with blocked_domains.",
    )
    blocked_domains: SearchDomains | None = Field(
        default=None,
        description="Never return results from these domains (a path may follow); not with allowed_domains.",
    )
    user_location: UserLocation | None = Field(
        default=None, description="Roughly where the user is, to localise results."
    )


class AgentToolset(Body):
    """The built-in tools: bash, files, search, web."""

    type: Literal["agent_toolset_20260401"] = Field(description="The built-in tools, in their version of April 2026.")
    default_config: ToolDefaults | None = Field(
        default=None, description="What holds for every built-in tool without an entry in configs."
    )
    configs: list[Annotated[ToolConfig | WebFetchConfig | WebSearchConfig, OneOf("name")]] | None = Field(
        default=None, description="Settings for single tools, each named once."
    )


class McpToolConfig(ToolSettings):
    """Settings of one tool of an MCP server."""

    name: Text = Field(max_length=128, description="Name of the tool as the server gives it.")


class McpToolset(Body):
    """The tools of one of the agent's MCP servers."""

    type: Literal["mcp_toolset"] = Field(description="The tools of an MCP server.")
    mcp_server_name: Text = Field(max_length=255, description="Name of the server in mcp_servers.")
    default_config: ToolDefaults | None = Field(
        default=None, description="What holds for every tool of the server without an entry in configs."
    )
    configs: list[McpToolConfig] | None = Field(default=None, description="Settings for single tools, each named once.")


def toolset_rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check the tool sets of an agent's raw body across their fields."""
    for path, tool in objects(body, "tools"):
        for place, name in repeated(named(objects(tool, "configs"))):
            yield Problem((*path, *place), f"{quoted(name)} is configured twice in this tool set")
        if tool.get("type") == BUILT_IN_SET:
            for place, config in objects(tool, "configs"):
                yield from _config_rules((*path, *place), config, body)


def _config_rules(path: FieldPath, config: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Problem]:
    if config.get("type") in set(BUILT_IN_TOOLS) - {config.get("name")}:
        yield Problem((*path, "type"), "must be the same as name", "warning")
    lists = ("allowed_domains", "blocked_domains")
    if all(config.get(key) for key in lists):
        yield Problem((*path, lists[1]), "is given beside allowed_domains; give one of the two")
    for key in lists:
        for place, domain in repeated((place, text.lower()) for place, text in texts(config, key)):
            yield Problem((*path, *place), f"{quoted(domain)} is in the list twice")
    sources = config.get("url_sources")
    if isinstance(sources, Mapping):
        yield from _url_source_rules((*path, "url_sources"), sources, body)


def _url_source_rules(path: FieldPath, sources: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Problem]:
    keys = tuple(UrlSources.model_fields)
    if all((at(sources, key, "type") or sources.get(key)) == "none" for key in keys):
        yield Problem(path, "all sources are none, so nothing could be fetched; disable the tool instead")
    custom = {tool["name"] for _, tool in objects(body, "tools") if tool.get("type") == "custom" and "name" in tool}
    may_name = {
        "client_tool_results": (custom, "a custom tool of this agent", is_readable(body.get("tools"))),
        "server_tool_results": (set(WEB_TOOLS), "web_search or web_fetch", True),
    }
    for key, (names, meaning, certain) in may_name.items():
        places = list(named(objects(sources, key, "tools")))
        for place, name in repeated(places):
            yield Problem((*path, *place), f"{quoted(name)} is in the list twice")
        for place, name in places:
            if certain and name not in names:
                yield Problem((*path, *place), f"must name {meaning}")
