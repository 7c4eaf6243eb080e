"""Which tests must run, and what to say of their results; what may serve then is in `serving`. Pure functions."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Record = dict[str, Any]

EFFECTIVE, WRITTEN = "environment_effective", "environment_digest"
"""The keys of a test's record under which digests of its environment stand: of its effective form, and of its text."""


def due(tests: Mapping[str, Record], results: Mapping[str, Record]) -> dict[str, str]:
    """The tests that must run, with the digest of what they are about.

    A test is due when its own text, its agent, or its environment is another than when it last ran, or when it is red.
    A skill or a roster member moves its agent's version.
    """
    return {
        name: subject(test)
        for name, test in tests.items()
        if name not in results
        or not results[name].get("passed")
        or results[name].get("subject") not in {subject(test), earlier_subject(test)}
    }


def subject(test: Record) -> str:
    """A digest of everything a test's result depends on."""
    return _digest(test, {"file", WRITTEN})


def earlier_subject(test: Record) -> str:
    """The same as earlier releases recorded it, to whom another spelling of an environment was another environment."""
    return _digest(test, {"file", EFFECTIVE})


def _digest(test: Record, besides: Collection[str]) -> str:
    text = json.dumps({key: value for key, value in test.items() if key not in besides}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def untested(
    agents: Mapping[str, Record], tests: Mapping[str, Record], proved: Mapping[str, Sequence[int]]
) -> list[str]:
    """The agents that no test is about and whose version never served; `proved` are the versions that did, by id."""
    tested = {test["agent"] for test in tests.values()}
    new = (name for name, agent in agents.items() if agent["version"] not in proved.get(agent["id"], ()))
    return sorted(name for name in new if name not in tested)


def lacking(agents: Mapping[str, Record], names: Iterable[str]) -> list[str]:
    """One line per agent that `managed-agents:requireSmoke` wants a test of, naming its file."""
    return [
        f"{agents[name].get('file', name)}: version {agents[name]['version']} of {name} is not proven: no smoke test "
        "is about it (managed-agents:requireSmoke is 'changed')"
        for name in names
    ]


def verdicts(results: Mapping[str, Record]) -> dict[str, Record]:
    """What of the results counts for a receipt: no replies, no transcripts."""
    told = ("passed", "conclusive", "cost_usd", "finished_at")
    return {
        name: {**{key: result[key] for key in told if key in result}, "failures": (result.get("failures") or [])[:1]}
        for name, result in results.items()
    }


def coverage(agents: Collection[str], tests: Iterable[Record]) -> str:
    """How many of a stage's agents a smoke test is about, in words: ``41 of 60 agents tested``."""
    tested = {test["agent"] for test in tests} & set(agents)
    return f"{len(tested)} of {len(agents)} agent{'' if len(agents) == 1 else 's'} tested"


def failures(tests: Mapping[str, Record], results: Mapping[str, Record]) -> list[str]:
    """One line per assertion that does not hold, naming the test's file and where the transcript is."""
    return [
        f"{tests[name].get('file', name)}: {line} "
        f"(session {result.get('session_id')}, transcript {result.get('transcript')})"
        for name, result in results.items()
        for line in result.get("failures") or ()
    ]
