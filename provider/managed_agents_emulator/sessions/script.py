"""The script that stands in for a model: rules that turn a message to an agent into what the agent does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from managed_agents_emulator.fields import Pattern

if TYPE_CHECKING:
    from pathlib import Path


_LARGEST = 1_000_000
_MOST_VALUES = 100_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Part):
    """When a rule applies: the agent's exact name, a pattern searched for in the message; both where both are given."""

    agent: str | None = None
    message: Pattern | None = None


class ToolCall(_Part):
    """A call of a built-in tool, and what it returns. `judge` is the verdict where the policy is `auto`."""

    name: str
    input: dict[str, Any] = {}
    result: str = "ok"
    is_error: bool = False
    judge: Literal["allow", "ask", "deny"] = "allow"


class McpCall(ToolCall):
    """A call of an MCP server's tool."""

    server: str


class CustomCall(_Part):
    """A call of a custom tool, which the client answers."""

    name: str
    input: dict[str, Any] = {}


class OutputFile(_Part):
    """A file the agent writes where the session's output files are."""

    name: str = Field(min_length=1, max_length=255)
    content: str = ""


class Delegation(_Part):
    """A task for the agent of that name in the roster, done in a new thread, and what it answers."""

    agent: str
    message: str = "$message"
    reply: str = "Done."


class Failure(_Part):
    """A `session.error`; `details` are the further fields of its type, such as `mcp_server_name`."""

    type: str = "model_request_failed_error"
    message: str = "The script says that this request fails."
    retry_status: Literal["retrying", "exhausted", "terminal"] = "exhausted"
    details: dict[str, str] = {}


class Refusal(_Part):
    """A turn that ends because the model's answer was refused."""

    category: Literal["cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"] | None = None
    explanation: str | None = None


class Usage(_Part):
    """What a model request costs; what is left out is computed from the length of the texts."""

    input_tokens: int | None = Field(None, ge=0)
    output_tokens: int | None = Field(None, ge=0)
    cost_cents: float | None = Field(None, ge=0)


class Verdict(_Part):
    """What an outcome evaluation finds."""

    result: Literal["satisfied", "needs_revision", "failed"]
    explanation: str = "The script says so."


class Action(_Part):
    """One thing an agent does; exactly one field is set."""

    reply: str | None = None
    thinking: Literal[True] | None = None
    tool: ToolCall | None = None
    mcp: McpCall | None = None
    custom: CustomCall | None = None
    delegate: Delegation | None = None
    file: OutputFile | None = None
    error: Failure | None = None
    refusal: Refusal | None = None
    usage: Usage | None = None
    delay_ms: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _one_action(self) -> Action:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError(f"exactly one of {', '.join(type(self).model_fields)} is needed")
        return self


def _verdict(value: object) -> object:
    return {"result": value} if isinstance(value, str) else value


class Rule(_Part):
    """What an agent does when a message matches, and how outcomes are judged (the last verdict repeats).

    Texts may hold `$agent`, `$message`, `$results` (what the last tools returned) and the pattern's named groups.
    """

    match: Match = Match()
    do: list[Action] = Field(default=[], min_length=1)
    outcome: list[Annotated[Verdict, BeforeValidator(_verdict)]] = Field(
        default=[Verdict(result="satisfied")], min_length=1
    )


class Script(_Part):
    """Rules in order of preference; the first that matches is followed."""

    rules: list[Rule] = []

    def rule_for(self, agent: str, message: str) -> tuple[Rule, dict[str, str]] | None:
        """The first rule for a message to an agent, with the groups its pattern named."""
        for rule in self.rules:
            match = re.search(rule.match.message or "", message)
            if match and rule.match.agent in (None, agent):
                return rule, {name: text or "" for name, text in match.groupdict().items()}
        return None


def read_script(text: str) -> Script:
    """Read a script in YAML, of which JSON is a part.

    Raises:
        ValueError: the text is no script; the message is one line that names the place.
    """
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root and _expanded(root, {}) > _MOST_VALUES:
            raise ValueError(f"the script holds more than {_MOST_VALUES} values, counting what aliases repeat")
        content = loader.construct_document(root) if root else {}
    except yaml.YAMLError as error:
        raise ValueError(f"not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ValueError("the script is nested too deeply, or an alias in it leads back to itself") from None
    try:
        json.dumps(content, allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError("the script holds a value that JSON has no form for, such as a date; quote it") from None
    try:
        return Script.model_validate({} if content is None else content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the script"
        unknown = first["type"] == "extra_forbidden"
        message = "unknown field" if unknown else first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{place}: {message}") from None


def load_script(path: Path) -> Script:
    """Read the script in a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no script; the message is one line that names the file and the place.
    """
    try:
        if not path.is_file() and path.exists():
            raise ValueError("not a regular file")
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"larger than {_LARGEST // 1_000_000} MB")
        return read_script(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _expanded(node: Any, known: dict[int, int]) -> int:
    """Count the values below a YAML node, an alias as often as it is used."""
    if id(node) not in known:
        inner = node.value if isinstance(node.value, list) else []
        flat = [part for entry in inner for part in (entry if isinstance(entry, tuple) else (entry,))]
        known[id(node)] = 1 + sum(_expanded(part, known) for part in flat)
    return known[id(node)]
