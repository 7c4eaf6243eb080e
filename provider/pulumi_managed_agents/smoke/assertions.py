"""Assertions: checks what a step's `expect` demands against what happened. Pure.

Failure lines quote the actual values in full: secrets are scrubbed and lines clipped later, in that order.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.effective import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jsonschema import ValidationError

    from pulumi_managed_agents.smoke.result import Usage
    from pulumi_managed_agents.smoke.turn import ToolUse, Turn

Call = str | Mapping[str, Any]
LONGEST_MATCH = 2.0
"""Seconds for one regular expression on one text."""
TOO_SLOW = "write it without repetitions inside repetitions, such as (a+)+"
FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class FinishedStep:
    """A finished step: its turn, its time in seconds, its usage, and the text of the session's files by name.

    A file's text is None if it is no text, is not readable, or no assertion looks at it.
    """

    turn: Turn
    seconds: float
    usage: Usage
    files: Mapping[str, str | None] = field(default_factory=dict)


def failed_assertions(expect: Mapping[str, Any], finished: FinishedStep) -> tuple[str, ...]:
    """A sentence for each assertion in `expect` that does not hold; an empty result is a pass.

    `expect` is that of a step in a smoke test file. ``contains``, ``matches`` and ``json_schema`` look at the reply,
    ``excludes`` at all messages of the agent; a tool counts as used when the agent asked for it, even if it was denied.
    """
    turn = finished.turn
    return tuple(
        line
        for lines in (
            # A reply that was cut short is no reply, so a step without `stop_reason` expects the regular end.
            _stop_reason(expect.get("stop_reason") or "end_turn", turn),
            _outcome(expect.get("outcome"), turn),
            _reply(expect.get("reply") or {}, turn),
            _tools(expect.get("tools") or {}, turn.tools),
            _files(expect.get("files") or (), finished.files),
            _limits(expect, finished),
            _no_errors(expect, turn),
        )
        for line in lines
    )


def quote(text: str) -> str:
    """Text in quotation marks, or ``nothing`` for none."""
    return f'"{text}"' if text.strip() else "nothing"


def _stop_reason(expected: str | Sequence[str], turn: Turn) -> Iterator[str]:
    allowed = [expected] if isinstance(expected, str) else list(expected)
    if turn.stop not in allowed:
        yield f"stop_reason should be {' or '.join(allowed)}, got {_stop(turn)}"


def _stop(turn: Turn) -> str:
    detail = turn.stop_details or str(turn.fatal_error or "")
    return f"{turn.stop or 'none'} ({detail})" if detail else turn.stop or "none"


def _outcome(expected: str | None, turn: Turn) -> Iterator[str]:
    if expected and not turn.verdict:
        yield f"should be {expected}, but was never evaluated"
    elif expected and turn.verdict != expected:
        yield f"should be {expected}, got {turn.verdict}: {quote(turn.explanation)}"


def _reply(expect: Mapping[str, Any], turn: Turn) -> Iterator[str]:
    return _text(expect, turn.reply, turn.messages, "reply")


def _text(expect: Mapping[str, Any], text: str, everything: Sequence[str], what: str) -> Iterator[str]:
    got = quote(text)
    for part in _many(expect.get("contains")):
        if part not in text:
            yield f"{what} should contain {quote(part)}, got {got}"
    for pattern in _many(expect.get("matches")):
        try:
            if not _is_found(pattern, text, LONGEST_MATCH):
                yield f"{what} should match /{pattern}/, got {got}"
        except TimeoutError:
            yield f"{what} should match /{pattern}/, but that took more than {LONGEST_MATCH:g} s; {TOO_SLOW}"
    for part in _many(expect.get("excludes")):
        for message in (message for message in everything if part in message):
            yield f"{what} should not contain {quote(part)}, got {quote(message)}"
    if expect.get("json_schema") is not None:
        yield from _json_schema(expect["json_schema"], text, what)


def _is_found(pattern: str, text: str, seconds: float) -> bool:
    """Whether a regular expression is found in a text; raises TimeoutError."""
    import regex  # which, unlike the standard library, has a timeout

    if seconds <= 0:
        raise TimeoutError
    return regex.search(pattern, text, timeout=seconds) is not None


def _json_schema(schema: Mapping[str, Any], text: str, what: str) -> Iterator[str]:
    from referencing.exceptions import Unresolvable

    has_json, value = find_json(text)
    if not has_json:
        yield f"{what} should hold JSON, alone or in a ```json fence, got {quote(text)}"
        return
    try:
        with _BOUNDED.for_seconds(LONGEST_MATCH):
            errors = list(_validator(schema).iter_errors(value))
        for error in errors:
            yield f"{what}'s JSON should fit the schema: {error.json_path}: {error.message}"
    except TimeoutError:
        yield f"{what}'s JSON cannot be checked: a pattern in the schema took too long; {TOO_SLOW}"
    except RecursionError:
        yield f"{what}'s JSON cannot be checked: it, or the schema, is nested too deep"
    except Unresolvable as error:
        yield f"{what}'s JSON cannot be checked: the schema refers to {error.ref}, which it does not contain"


def _validator(schema: Mapping[str, Any]) -> Any:
    """A validator of a schema that makes no request, and whose searches can be bounded."""
    import jsonschema
    from jsonschema.validators import extend, validator_for
    from referencing import Registry

    # The library's modules search with `re`, in a dozen places, and offers no other way in.
    for module in (getattr(jsonschema, name, None) for name in ("_keywords", "_legacy_keywords", "_utils")):
        if getattr(module, "re", None) is re:
            vars(module)["re"] = _BOUNDED
    dialect = validator_for(schema, jsonschema.Draft202012Validator)
    offline: Registry[Any] = Registry()  # a schema that refers to a URL must not make a test call it
    return extend(dialect, {"uniqueItems": _unique_items})(schema, registry=offline)  # type: ignore[no-untyped-call]


class _BoundedPatterns:
    """Stands in for the module `re` where a library uses it: within `for_seconds`, a thread's searches are bounded."""

    def __init__(self) -> None:
        self._until = threading.local()

    @contextmanager
    def for_seconds(self, seconds: float) -> Iterator[None]:
        """Let all that this thread searches for in the block take so long, together."""
        self._until.time = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._until.time

    def search(self, pattern: str, text: str) -> bool:
        """Whether a pattern is found in a text; raises TimeoutError."""
        until = getattr(self._until, "time", None)
        if until is None:
            return re.search(pattern, text) is not None
        return _is_found(pattern, text, until - time.monotonic())

    def __getattr__(self, name: str) -> Any:
        return getattr(re, name)


_BOUNDED = _BoundedPatterns()


def _unique_items(_: Any, expected: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    from jsonschema import ValidationError

    # The library compares each item with each other one.
    if expected and isinstance(instance, list) and len({canonical(item) for item in instance}) < len(instance):
        yield ValidationError("has items that are the same")


def find_json(reply: str) -> tuple[bool, Any]:
    """Whether there is JSON in a reply, and its value: the whole reply, or else its last fenced block that is JSON."""
    for candidate in (reply, *reversed(FENCE.findall(reply))):
        try:
            return True, json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return False, None


def _tools(expect: Mapping[str, Any], used: Sequence[ToolUse]) -> Iterator[str]:
    for call in _many(expect.get("used")):
        if not any(_is(call, tool) for tool in used):
            yield f"tools should include {_call(call)}, got {_got(used, call)}"
    for call in _many(expect.get("not_used")):
        if any(_is(call, tool) for tool in used):
            yield f"tools should not include {_call(call)}, got {_got(used, call)}"
    at_most = expect.get("at_most")
    if at_most is not None and len(used) > at_most:
        yield f"tools should be called at most {_times(int(at_most))}, got {len(used)}: {_got(used)}"
    expected = _many(expect.get("in_order"))
    if not _in_order(expected, used):
        yield f"tools should be called in the order {', '.join(map(_call, expected))}, got {_got(used, *expected)}"


def _is(call: Call, tool: ToolUse) -> bool:
    name, input = (call, {}) if isinstance(call, str) else (call["name"], call.get("input") or {})
    return bool(tool.name == name or tool.name.endswith("/" + name)) and matches(input, tool.input)


def matches(expected: Any, got: Any) -> bool:
    """Whether a value is as expected: an object may have further keys, a list has exactly the expected entries."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(key in got and matches(value, got[key]) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(matches, expected, got))
    return bool(expected == got)


def _in_order(expected: Iterable[Call], used: Iterable[ToolUse]) -> bool:
    rest = iter(used)
    # Each search uses up `rest` as far as the call that it finds, so that the next one looks behind it.
    return all(any(_is(call, tool) for tool in rest) for call in expected)


def _call(call: Call) -> str:
    return call if isinstance(call, str) else f"{call['name']}({_arguments(call.get('input') or {})})"


def _got(used: Sequence[ToolUse], *expected: Call) -> str:
    """The tools as they were called, with arguments where some are asked for."""
    plain = all(isinstance(call, str) for call in expected)
    return ", ".join(tool.name if plain else f"{tool.name}({_arguments(tool.input)})" for tool in used) or "none"


def _arguments(input: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in input.items())


def _files(expect: Sequence[str] | Mapping[str, Any], files: Mapping[str, str | None]) -> Iterator[str]:
    content = expect if isinstance(expect, dict) else {name: {} for name in _many(expect)}
    for pattern, expected in content.items():
        named = {name: text for name, text in files.items() if fnmatchcase(name, pattern)}
        if not named:
            yield f"files should include {pattern}, got {', '.join(files) or 'none'}"
        for name, text in named.items() if expected else ():
            what = f"file {name}"
            yield from [f"{what} should be a text"] if text is None else _text(expected, text, [text], what)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _limits(expect: Mapping[str, Any], finished: FinishedStep) -> Iterator[str]:
    seconds, usage = finished.seconds, finished.usage
    most_seconds, most_usd, most_tokens = (expect.get(key) for key in ("max_seconds", "max_cost_usd", "max_tokens"))
    if most_seconds is not None and seconds > most_seconds:
        yield f"should take at most {most_seconds:g} s, took {seconds:.1f} s"
    if most_usd is not None and usage.cost_usd is None:
        yield f"should cost at most ${most_usd:g}, but the API reported no cost"
    if most_usd is not None and (usage.cost_usd or 0) > most_usd:
        yield f"should cost at most ${most_usd:g}, cost ${usage.cost_usd:g}"
    if most_tokens is not None and usage.tokens > most_tokens:
        yield f"should use at most {int(most_tokens)} tokens, used {usage.tokens}"


def _no_errors(expect: Mapping[str, Any], turn: Turn) -> Iterator[str]:
    if expect.get("no_errors"):
        for error in turn.errors:
            yield f"should have no errors, got {error}"


def _many(value: Any) -> Sequence[Any]:
    """A list; a single entry may be written without one."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str | dict) else value
