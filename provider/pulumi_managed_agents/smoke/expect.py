"""Assertions: what a step's `expect` asks for, held against what happened. Pure.

Failures quote what was got in full: taking secrets out and clipping to a line come later, in that order.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pulumi_managed_agents.smoke.turn import Turn
    from pulumi_managed_agents.smoke.usage import Usage

FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Observed:
    """A finished step: its turn, what it took in seconds, and what it used."""

    turn: Turn
    seconds: float
    usage: Usage


def judge(expect: Mapping[str, Any], observed: Observed) -> tuple[str, ...]:
    """A sentence for everything in `expect` that does not hold; none is a pass.

    `expect` is that of a step in a smoke test file. A step that names no `stop_reason` expects ``end_turn``: a reply
    cut short is no reply. ``contains``, ``matches`` and ``json_schema`` look at the reply, ``excludes`` at everything
    the agent said; a tool counts as used when the agent asked for it, also if it was denied.
    """
    turn = observed.turn
    return tuple(
        line
        for lines in (
            _stop_reason(expect.get("stop_reason") or "end_turn", turn),
            _outcome(expect.get("outcome"), turn),
            _reply(expect.get("reply") or {}, turn),
            _tools(expect.get("tools") or {}, turn.tool_names),
            _limits(expect, observed),
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
    reply, got = turn.reply, quote(turn.reply)
    for part in _many(expect.get("contains")):
        if part not in reply:
            yield f"reply should contain {quote(part)}, got {got}"
    for pattern in _many(expect.get("matches")):
        if not re.search(pattern, reply):
            yield f"reply should match /{pattern}/, got {got}"
    for part in _many(expect.get("excludes")):
        for message in (said for said in turn.said if part in said):
            yield f"reply should not contain {quote(part)}, got {quote(message)}"
    if expect.get("json_schema") is not None:
        yield from _json_schema(expect["json_schema"], reply)


def _json_schema(schema: Mapping[str, Any], reply: str) -> Iterator[str]:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    found, value = find_json(reply)
    if not found:
        yield f"reply should hold JSON, alone or in a ```json fence, got {quote(reply)}"
        return
    for error in validator_for(schema, Draft202012Validator)(schema).iter_errors(value):
        yield f"reply's JSON should fit the schema: {error.json_path}: {error.message}"


def find_json(reply: str) -> tuple[bool, Any]:
    """Whether there is JSON in a reply, and its value: the whole reply, or else its last fenced block that is JSON."""
    for candidate in (reply, *reversed(FENCE.findall(reply))):
        try:
            return True, json.loads(candidate)
        except ValueError:
            continue
    return False, None


def _tools(expect: Mapping[str, Any], used: Sequence[str]) -> Iterator[str]:
    got = ", ".join(used) or "none"
    for name in _many(expect.get("used")):
        if not any(_is(name, tool) for tool in used):
            yield f"tools should include {name}, got {got}"
    for name in _many(expect.get("not_used")):
        if any(_is(name, tool) for tool in used):
            yield f"tools should not include {name}, got {got}"
    at_most = expect.get("at_most")
    if at_most is not None and len(used) > at_most:
        yield f"tools should be called at most {_times(int(at_most))}, got {len(used)}: {got}"
    wanted = _many(expect.get("in_order"))
    if not _in_order(wanted, used):
        yield f"tools should be called in the order {', '.join(wanted)}, got {got}"


def _is(name: str, tool: str) -> bool:
    return tool == name or tool.endswith("/" + name)


def _in_order(wanted: Iterable[str], used: Iterable[str]) -> bool:
    rest = iter(used)
    return all(any(_is(name, tool) for tool in rest) for name in wanted)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _limits(expect: Mapping[str, Any], observed: Observed) -> Iterator[str]:
    seconds, usage = observed.seconds, observed.usage
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


def _many(value: str | Sequence[str] | None) -> Sequence[str]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value
