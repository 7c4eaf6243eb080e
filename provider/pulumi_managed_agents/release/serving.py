"""Which version each agent of a stage serves, since when, and why it is not the newest one where it is not.

Pure functions over what Pulumi records of a stage's smoke tests, under the names that `smoke_results` gives. Whatever
shows a version that serves (the table after an up, a preview, the review, `status`) reads this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.release.smoke_results import failing_agents, rollbacks_in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Record = dict[str, Any]
TURNS_KEPT = 10
"""How many turns of one agent are remembered."""
Why = Literal["", "rolled back", "red", "not run", "untested", "member", "file"]


@dataclass(frozen=True)
class Serving:
    """The version of an agent that serves.

    Attributes:
        agent: The agent's name.
        serves: The version that serves; null if none does yet.
        newest: The version last applied.
        why: Why that is not what serves: ``rolled back``; a smoke test is ``red``, or did not run on it yet (``not
            run``); it is ``untested`` where the stage wants tests; a ``member`` that it uses is held back itself;
            a deployment's ``file`` names the version that it runs. Empty if it serves.
        by: The names of the red tests, or of the members.
        since: Since when the version serves, ISO 8601 in UTC, or empty.
        replaced: Whether what serves is the agent that this one is to replace.
    """

    agent: str
    serves: int | None
    newest: int
    why: Why = ""
    by: tuple[str, ...] = ()
    since: str = ""
    replaced: bool = False

    @property
    def is_newest(self) -> bool:
        """Whether the version last applied serves."""
        return self.serves == self.newest and not self.replaced


def serving(
    tests: Mapping[str, Any],
    pins: Mapping[str, Mapping[str, Any]] | None = None,
    applied: Mapping[str, int] | None = None,
) -> tuple[Serving, ...]:
    """Every agent that is deployed, by name.

    Args:
        tests: The recorded outputs of the smoke tests; empty if an up never came to them.
        pins: What serves; as the smoke tests decided unless given.
        applied: The version last applied by agent, where that is known apart from the tests, which an up that was
            interrupted did not reach.
    """
    agents: Mapping[str, Record] = tests.get("agents") or {}
    newest = {name: int(agent["version"]) for name, agent in agents.items()} if applied is None else dict(applied)
    pinned = (tests.get("pins") or {}) if pins is None else pins
    turns: Mapping[str, list[Record]] = tests.get("served") or {}
    held_back = {
        name for name, version in newest.items() if not _is_served(pinned.get(name), agents.get(name), version)
    }
    return tuple(
        _serving(name, newest[name], pinned.get(name), tests, held_back, turns.get(name) or [])
        for name in sorted(newest)
    )


def held_back(servings: Iterable[Serving]) -> tuple[Serving, ...]:
    """Those that serve another version than their newest, or none."""
    return tuple(serving for serving in servings if not serving.is_newest)


def sentence(serving: Serving) -> str:
    """What serves and why: ``serves 3, newest 5: held back by smoke test answers``."""
    what = "nothing" if serving.serves is None else str(serving.serves)
    of_old = " of the agent that it replaces" if serving.replaced else ""
    head = f"serves {what}{of_old}, newest {serving.newest}"
    why = reason(serving)
    return f"{head}: {why}" if why else head


def reason(serving: Serving) -> str:
    """Why the newest version does not serve, in words, or empty."""
    names = ", ".join(serving.by)
    reasons: dict[Why, str] = {
        "": "",
        "rolled back": "rolled back",
        "red": f"held back by smoke test{'' if len(serving.by) == 1 else 's'} {names}",
        "not run": "its smoke tests did not run on it yet",
        "untested": "held back, as no smoke test is about it",
        "member": f"held back with {names}, which it uses",
        "file": "its file names that version",
    }
    return reasons[serving.why]


def served(
    pins: Mapping[str, Record], before: Mapping[str, Record], earlier: Mapping[str, list[Record]], now: Record
) -> dict[str, list[Record]]:
    """What each agent served, the latest first: id, version, `since` and `commit` of each turn, at most `TURNS_KEPT`.

    A pin that was not there `before` begins a turn `now`, which has `since` and `commit`. A pin that was there without
    a turn, as releases recorded it that noted none, has none.
    """
    by_id = {turn["id"]: turns for turns in earlier.values() for turn in turns}
    known = {_key(pin) for pin in before.values()}
    turns: dict[str, list[Record]] = {}
    for name, pin in pins.items():
        # A renamed agent keeps its id, an agent that took the place of another one its name.
        past = by_id.get(pin["id"]) or earlier.get(name) or []
        # A version that serves again was made of the commit of its first turn, wherever the working tree is now.
        first = next((turn["commit"] for turn in reversed(past) if _key(turn) == _key(pin)), now["commit"])
        begun = {"id": pin["id"], "version": pin["version"], "since": now["since"], "commit": first}
        turns[name] = [*([] if _key(pin) in known else [begun]), *past][:TURNS_KEPT]
    return {name: of_agent for name, of_agent in turns.items() if of_agent}


def _serving(
    name: str,
    newest: int,
    pin: Mapping[str, Any] | None,
    tests: Mapping[str, Any],
    held_back: set[str],
    turns: list[Record],
) -> Serving:
    agent = (tests.get("agents") or {}).get(name)
    version = int(pin["version"]) if pin else None
    replaced = bool(pin and agent and pin["id"] != agent["id"])
    why, by = _cause(name, newest, version, tests, held_back) if name in held_back else ("", ())
    since = turns[0]["since"] if pin and turns and _key(turns[0]) == _key(pin) else ""
    return Serving(name, version, newest, why, by, since, replaced)


def _is_served(pin: Mapping[str, Any] | None, agent: Record | None, newest: int) -> bool:
    if pin is None or int(pin["version"]) != newest:
        return False
    return agent is None or bool(pin["id"] == agent["id"])


def _cause(
    name: str, newest: int, serves: int | None, tests: Mapping[str, Any], held_back: set[str]
) -> tuple[Why, tuple[str, ...]]:
    """Why the newest version does not serve; the first cause that would hold it back alone."""
    agents: Mapping[str, Record] = tests.get("agents") or {}
    agent = agents.get(name)
    if agent is None or int(agent["version"]) != newest:
        return "not run", ()
    if name in (back := rollbacks_in_force(agents, tests.get("rolled_back") or {})) and back[name] == serves:
        return "rolled back", ()
    results: Mapping[str, Record] = tests.get("results") or {}
    own = [test for test, record in (tests.get("tests") or {}).items() if record.get("agent") == name]
    if red := sorted(test for test in own if not (results.get(test) or {}).get("passed")):
        return "red", tuple(red)
    if not own and tests.get("require_smoke") == "changed":
        return "untested", ()
    members = tuple(sorted((held_back | _with_a_red_test(tests)) & _used_by(agent, agents)))
    return ("member", members) if members else ("", ())


def _with_a_red_test(tests: Mapping[str, Any]) -> set[str]:
    """The agents with a test that did not pass, and those that use one of them, directly or through others."""
    agents: Mapping[str, Record] = tests.get("agents") or {}
    failing = failing_agents(tests.get("tests") or {}, tests.get("results") or {})
    while more := {name for name, agent in agents.items() if _used_by(agent, agents) & failing} - failing:
        failing |= more
    return failing


def _used_by(agent: Record, agents: Mapping[str, Record]) -> set[str]:
    used = {member["id"] for member in agent.get("uses") or ()}
    return {name for name, other in agents.items() if other["id"] in used}


def _key(pin: Mapping[str, Any]) -> tuple[str, int]:
    return str(pin["id"]), int(pin["version"])
