"""What a smoke test expects of one step: how it ended, what was answered, which tools were called, what it cost."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pulumi_managed_agents.definitions.body import Body, OneOf
from pulumi_managed_agents.definitions.constraint import Constraint, known
from pulumi_managed_agents.definitions.field import Text

STOP_REASONS = ("end_turn", "requires_action", "retries_exhausted", "budget_reached", "refusal", "terminated")


def _not_a_pattern(text: str) -> str | None:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is not a regular expression: {error}"
    return None


def _not_a_schema(schema: dict[str, Any]) -> str | None:
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.validators import validator_for

    dialect = schema.get("$schema")
    validator = validator_for(schema, Draft202012Validator) if isinstance(dialect, str) else Draft202012Validator
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        return f"is not a JSON Schema: wrong at {error.json_path}"
    return None


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _one_or_more(item: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item}]})


class _OneOrMore:
    """In JSON Schema: a list, or one of its entries without the list, as `_listed` reads it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        array = handler(schema)
        return {"anyOf": [array["items"], array]}


Texts = Annotated[list[Text], BeforeValidator(_listed), _one_or_more({"type": "string", "minLength": 1})]
Pattern = Annotated[Text, Constraint(_not_a_pattern)]
Patterns = Annotated[
    list[Pattern], BeforeValidator(_listed), _one_or_more({"type": "string", "format": "regex", "minLength": 1})
]
StopReasons = Annotated[
    list[Annotated[Text, known(*STOP_REASONS)]],
    BeforeValidator(_listed),
    _one_or_more({"anyOf": [{"enum": list(STOP_REASONS)}, {"type": "string"}]}),
]
JsonSchema = Annotated[dict[str, Any], Constraint(_not_a_schema)]


class Reply(Body):
    """What the agent's answer, or a file it wrote, must and must not hold."""

    contains: Texts = Field(default=[], description="Texts that all stand in it; one text needs no list.")
    matches: Patterns = Field(default=[], description="Regular expressions that are all found in it.")
    excludes: Texts = Field(default=[], description="Texts of which none stands in it.")
    json_schema: JsonSchema | None = Field(default=None, description="It is JSON that is valid under this schema.")


class ToolCall(Body):
    """A call of a tool with certain arguments."""

    name: Text = Field(description="The tool's name; server/tool for one certain MCP server's.")
    input: dict[str, Any] = Field(
        default={}, description="Arguments that the call has, with these values; it may have others beside them."
    )


Call = Annotated[Text | ToolCall, OneOf()]
Calls = Annotated[list[Call], BeforeValidator(_listed), _OneOrMore()]


class ToolUse(Body):
    """Which tools the agent must and must not call."""

    used: Calls = Field(default=[], description="Calls that all occur: a tool's name, or its name and input.")
    not_used: Calls = Field(default=[], description="Calls of which none occurs.")
    in_order: Calls = Field(default=[], description="Calls that occur in this order; others may stand between.")
    at_most: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Most calls of tools, over all tools."
    )


class Expectation(Body):
    """What must hold after a step; each field that is given is one assertion."""

    stop_reason: StopReasons = Field(
        default=[], description="Why the agent stopped: one reason, or a list of those that are right."
    )
    reply: Reply = Field(default_factory=Reply, description="What must and must not stand in the answer.")
    tools: ToolUse = Field(default_factory=ToolUse, description="Which tools must and must not be called.")
    files: Annotated[list[Text] | dict[Text, Reply], OneOf()] = Field(
        default=[],
        description="Files the session has written: names (* stands for anything), or by name what each must hold.",
    )
    max_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="Longest time the step may take, in seconds."
    )
    max_cost_usd: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        default=None, description="Most the step may cost at list price, in US dollars."
    )
    max_tokens: Annotated[int, Field(gt=0)] | None = Field(
        default=None, description="Most tokens the step may use, input and output together."
    )
    no_errors: bool = Field(default=False, description="No error event may occur, not even one that was retried.")
