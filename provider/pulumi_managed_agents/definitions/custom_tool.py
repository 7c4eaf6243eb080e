"""Custom tools: what the agent may call and the application (or a smoke test) answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from pulumi_managed_agents.definitions.body import Body
from pulumi_managed_agents.definitions.constraint import matching
from pulumi_managed_agents.definitions.field import Text
from pulumi_managed_agents.definitions.problem import Path, Problem, quoted
from pulumi_managed_agents.definitions.reading import named, objects, repeated
from pulumi_managed_agents.definitions.toolset import BUILT_IN_TOOLS

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
    """Checks the custom tools of an agent's raw body against each other and the API's rules for schemas."""
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


def _schema_rules(path: Path, schema: Mapping[str, Any]) -> Iterator[Problem]:
    for keyword in ("oneOf", "anyOf", "allOf"):
        if keyword in schema:
            yield Problem((*path, keyword), "is not allowed at the top of an input schema")
    yield from (Problem(place, "references are not allowed; write the schema out") for place in _refs(path, schema))
    properties = schema.get("properties")
    for name in properties if isinstance(properties, Mapping) else ():
        if not PROPERTY_NAME.fullmatch(str(name)):
            yield Problem((*path, "properties", name), "may be 1 to 64 letters, digits, _, . and - only")


def _refs(path: Path, schema: Any) -> Iterator[Path]:
    rest: list[tuple[Path, Any]] = [(path, schema)]
    while rest:
        place, value = rest.pop()
        if isinstance(value, Mapping):
            if "$ref" in value:
                yield (*place, "$ref")
            rest.extend(((*place, key), inner) for key, inner in value.items())
        elif isinstance(value, list):
            rest.extend(((*place, index), inner) for index, inner in enumerate(value))
