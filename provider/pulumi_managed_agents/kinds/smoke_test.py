"""A smoke test: what is sent to an agent in a real session, and what must come back."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pulumi_managed_agents.kinds.events import ContentBlock, FileByPath, FileRubric, TextRubric
from pulumi_managed_agents.schema.body import Body, OneOf
from pulumi_managed_agents.schema.constraint import Constraint, known
from pulumi_managed_agents.schema.field import PathReference, Reference, Text
from pulumi_managed_agents.schema.paths import at, is_readable, objects, texts
from pulumi_managed_agents.schema.problem import Problem, quoted

STOP_REASONS = ("end_turn", "requires_action", "retries_exhausted", "budget_reached", "refusal", "terminated")


def _not_a_pattern(text: str) -> str | None:
    import regex

    try:
        regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
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

    contains: Texts = Field(default=[], description="Texts that it must contain, all of them; one text needs no list.")
    matches: Patterns = Field(default=[], description="Regular expressions that are all found in it.")
    excludes: Texts = Field(default=[], description="Texts that it must not contain.")
    json_schema: JsonSchema | None = Field(default=None, description="It is JSON that is valid under this schema.")


class ToolCall(Body):
    """A call of a tool with certain arguments."""

    name: Text = Field(description="The tool's name; server/tool for one certain MCP server's.")
    input: dict[str, Any] = Field(
        default={}, description="Arguments that the call has, with these values; it may have others beside them."
    )


Call = Annotated[Text | ToolCall, OneOf()]
Calls = Annotated[list[Call], BeforeValidator(_listed), _OneOrMore()]


class ExpectedTools(Body):
    """Which tools the agent must and must not call."""

    used: Calls = Field(default=[], description="Calls that all occur: a tool's name, or its name and input.")
    not_used: Calls = Field(default=[], description="Calls that must not occur.")
    in_order: Calls = Field(default=[], description="Calls that occur in this order; others may occur in between.")
    at_most: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Most calls of tools, over all tools."
    )


class Expectation(Body):
    """What must hold after a step; each field that is given is one assertion."""

    stop_reason: StopReasons = Field(
        default=[], description="Why the agent stopped: one reason, or a list of those that are right."
    )
    reply: Reply = Field(default_factory=Reply, description="What the answer must and must not contain.")
    tools: ExpectedTools = Field(default_factory=ExpectedTools, description="Which tools must and must not be called.")
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


Answer = Literal["deny", "allow"]
Message = Annotated[Text | list[ContentBlock], OneOf()]
Rubric = Annotated[Text, Field(max_length=262_144)]


class CustomToolAnswer(Body):
    """What a custom tool answers when the agent calls it."""

    returns: Any = Field(default="", description="The tool's result: text, or data that is sent as JSON.")
    is_error: bool = Field(default=False, description="Whether the result tells the agent that the tool failed.")


class MemoryStoreAccess(Body):
    """What the session may do with a memory store."""

    access: Literal["read_only", "read_write"] = Field(
        default="read_only", description="What the agent may do; default read_only."
    )
    instructions: str | None = Field(default=None, max_length=4096, description="How the agent should use the store.")


class MemoryStoreByPath(MemoryStoreAccess):
    """A memory store of the stage."""

    path: Text = Field(description="Relative path of the memory store's file.")


class MemoryStoreById(MemoryStoreAccess):
    """A memory store that the stage does not manage."""

    memory_store_id: Text = Field(description="Id of the memory store.")


class Step(Body):
    """One message to the agent, and what must hold when it has answered."""

    send: Message = Field(description="The user's message: a text, or a list of content blocks.")
    expect: Expectation = Field(default_factory=Expectation, description="What must hold when the agent has answered.")


class Outcome(Body):
    """A task with a rubric, which the API itself grades and lets the agent revise."""

    description: Text = Field(description="What the agent should produce.")
    rubric: Annotated[Rubric | TextRubric | FileRubric | FileByPath, OneOf()] = Field(
        description="How the result is graded: free text, or a file to upload."
    )
    max_iterations: Annotated[int, Field(ge=1, le=20)] = Field(
        default=3, description="Most rounds of grading and revision."
    )
    expect: Literal["satisfied", "max_iterations_reached", "failed", "interrupted"] = Field(
        default="satisfied", description="The grading that passes the test."
    )


class SmokeTest(Body):
    """A test that runs one session against the version of an agent that has just been applied."""

    for_api = False

    agent: Annotated[Reference | PathReference, OneOf()] = Field(
        description="Path of the agent's file, or an agent's id."
    )
    environment: Annotated[Reference | PathReference, OneOf()] = Field(
        description="Path of the environment's file, or an environment's id."
    )
    budget_usd: Annotated[float, Field(ge=0.01, allow_inf_nan=False)] = Field(
        description="Hard cap for one session in US dollars at list price; the API stops the session there."
    )
    description: str | None = Field(default=None, description="What the test proves, for people.")
    timeout_seconds: Annotated[float, Field(gt=0, le=14_400, allow_inf_nan=False)] = Field(
        default=120, description="Longest time one session may take, in seconds."
    )
    stages: Annotated[list[Text], Field(min_length=1)] = Field(
        default=[], description="Stages the test runs on; all of them when left out."
    )
    repeat: Annotated[int, Field(ge=1, le=100)] = Field(default=1, description="How many sessions are run.")
    pass_rate: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0, description="Share of the sessions that must pass."
    )
    on_tool_request: Annotated[Answer | dict[str, Answer], OneOf()] = Field(
        default="deny",
        description="What is answered when a tool asks for permission: deny, allow, or one of them by tool.",
    )
    custom_tools: dict[str, CustomToolAnswer] = Field(
        default={}, description="What each custom tool answers, by the tool's name."
    )
    vaults: list[Annotated[Reference | PathReference, OneOf()]] = Field(
        default=[], description="Vaults the session may use, by path or id; real credentials have real side effects."
    )
    memory_stores: list[Annotated[Reference | MemoryStoreByPath | MemoryStoreById, OneOf()]] = Field(
        default=[], description="Memory stores the session may use, by path or id; read_only unless said otherwise."
    )
    side_effects: Literal["accepted"] | None = Field(
        default=None,
        description="accepted says that effects through vaults are wanted, which protected stages ask for.",
    )
    steps: Annotated[list[Step], Field(min_length=1)] | None = Field(
        default=None, description="Messages sent one after the other, each with what must hold then."
    )
    send: Message | None = Field(default=None, description="The message of a test with one step, instead of steps.")
    expect: Expectation | None = Field(default=None, description="What must hold after the one step, instead of steps.")
    outcome: Outcome | None = Field(default=None, description="A graded task, after the steps or instead of them.")

    @property
    def normalised_steps(self) -> tuple[Step, ...]:
        """The steps, also where one step was written flat; empty when the test is an outcome alone."""
        if self.send is not None:
            return (Step(send=self.send, expect=self.expect or Expectation()),)
        return tuple(self.steps or ())


def rules(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Check a smoke test's raw body across its fields."""
    flat = [key for key in ("send", "expect") if body.get(key) is not None]
    if flat and body.get("steps") is not None:
        yield Problem((flat[0],), "is given beside steps; move it into a step")
    elif flat == ["expect"]:
        yield Problem(("send",), "is required with expect")
    elif not flat and body.get("steps") is None and body.get("outcome") is None:
        yield Problem(("steps",), "is required: steps, send or outcome")
    elif not _asserts_anything(body):
        place = ("expect",) if flat else ("steps",)
        yield Problem(place, "the test asserts nothing; expect something of the reply, the tools or the end")
    yield from _contradictions(body)


def _asserts_anything(body: Mapping[str, Any]) -> bool:
    expected = [body.get("expect"), *(step.get("expect") for _, step in objects(body, "steps"))]
    readable = is_readable([body.get("steps"), expected])
    return not readable or body.get("outcome") is not None or any(map(_says_something, expected))


def _says_something(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value.get("files")) or any(map(_says_something, value.values()))
    return value is not None and value is not False and value not in ("", [])


def _contradictions(body: Mapping[str, Any]) -> Iterator[Problem]:
    for path, step in [((), body), *objects(body, "steps")]:
        for key in ("used", "in_order"):
            for name in sorted(_tool_names(step, key) & _tool_names(step, "not_used")):
                yield Problem((*path, "expect", "tools", key), f"{quoted(name)} is in not_used as well")


def _tool_names(step: Mapping[str, Any], key: str) -> set[str]:
    place = ("expect", "tools", key)
    single = at(step, *place)
    return {single} if isinstance(single, str) else {name for _, name in texts(step, *place)}
