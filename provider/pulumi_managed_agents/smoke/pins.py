"""Which tests must run, and which version of each agent may serve afterwards. Pure functions over plain records."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Record = dict[str, Any]


def due(tests: Mapping[str, Record], results: Mapping[str, Record]) -> dict[str, str]:
    """The tests that must run, with the digest of what they are about.

    A test is due when its own text, its agent, or its environment is another than when it last ran, or when it is red.
    A skill or a roster member moves its agent's version.
    """
    subjects = {name: subject(test) for name, test in tests.items()}
    return {
        name: digest
        for name, digest in subjects.items()
        if name not in results or not results[name].get("passed") or results[name].get("subject") != digest
    }


def subject(test: Record) -> str:
    """A digest of everything a test's result depends on."""
    text = json.dumps({key: value for key, value in test.items() if key != "file"}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def proven(
    agents: Mapping[str, Record],
    tests: Mapping[str, Record],
    results: Mapping[str, Record],
    before: Mapping[str, Record],
) -> dict[str, Record]:
    """The version each agent serves: the one just applied, unless a test of it is red; then the last proven one.

    A coordinator is held back with any of its members (`uses`), since its new version brings theirs into service. An
    agent is known by its id, so that a renamed one keeps its pin; one that was never proven has none.
    """
    red = {test["agent"] for name, test in tests.items() if not results[name].get("passed")}
    held = red | {name for name, agent in agents.items() if red & set(agent.get("uses") or ())}
    proven_before = {pin["id"]: pin for pin in before.values()}
    pins = {
        name: proven_before.get(agent["id"]) if name in held else {"id": agent["id"], "version": agent["version"]}
        for name, agent in agents.items()
    }
    return {name: pin for name, pin in pins.items() if pin}


def failures(tests: Mapping[str, Record], results: Mapping[str, Record]) -> list[str]:
    """One line per assertion that does not hold, naming the test's file and where the transcript is."""
    return [
        f"{tests[name].get('file', name)}: {line} "
        f"(session {result.get('session_id')}, transcript {result.get('transcript')})"
        for name, result in results.items()
        for line in result.get("failures") or ()
    ]
