"""Which vanished and appeared resources are taken for one, and which are not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.kinds.names import KINDS
from pulumi_managed_agents.reconcile.fingerprint import fingerprint
from pulumi_managed_agents.stage.definition import Reference
from pulumi_managed_agents.stage.moves import MOVABLE, MoveCandidate, candidate, probable_moves

HOUSE_STYLE = (
    "Write to customers as a colleague would. Never promise a date. Say what happens next, and when they hear from us. "
    "Do not quote internal tickets, and never name another customer. Answer in the language of the question."
)
TRIAGE = (
    "You sort the issues that come in over night. Read each one, decide how urgent it is, and put a label on it. An "
    "issue without steps to reproduce gets the label unclear. Leave everything about security to the people on call. "
    "When two issues are about the same fault, link the later one to the earlier one and close it."
)
BILLING = (
    "Explain invoices. Look up the account before anything else, compare the amount with the plan, and name the "
    "difference line by line. Refunds above fifty euros go to a person. Taxes are never your business."
)
EDITED = TRIAGE.replace("over night", "during the day").replace("unclear", "needs-info")
LIMITED = {"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["pypi.org", "files.example"]}}


def agent(name: str, title: str, system: str, **fields: Any) -> MoveCandidate:
    return candidate("agent", name, {"name": title, "model": "claude-opus-5", "system": system, **fields})


def environment(name: str, title: str, config: dict[str, Any]) -> MoveCandidate:
    return candidate("environment", name, {"name": title, "config": config})


def skill(name: str, title: str, files: dict[str, str], digest: str = "", salt: str = "") -> MoveCandidate:
    body = {"name": title, "digest": digest or f"sha256:{hash(tuple(sorted(files.items())))}"}
    return candidate("skill", name, body, files=files, salt=salt)


SHA = {"SKILL.md": "aa", "scripts/check.py": "bb", "LICENSE": "cc"}


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        pytest.param(agent("a", "T", TRIAGE), agent("b", "T", TRIAGE), "the same content", id="the file alone"),
        pytest.param(
            agent("a", "T", TRIAGE), agent("b", "U", TRIAGE), "the same content except for the name", id="name"
        ),
        pytest.param(agent("a", "T", TRIAGE), agent("b", "T", EDITED), "the same name 'T'", id="edited as well"),
        pytest.param(agent("a", "T", TRIAGE), agent("b", "T", BILLING), "the same name 'T'", id="rewritten"),
        pytest.param(agent("a", "T", TRIAGE), agent("b", "U", EDITED), "87% of its text", id="edited and renamed"),
        pytest.param(
            agent("a", "T", TRIAGE), agent("b", "U", TRIAGE, model="claude-haiku-5-5"), "100% of its text", id="model"
        ),
        pytest.param(agent("a", "T", f"{TRIAGE} {BILLING}"), agent("b", "U", TRIAGE), "77% of its text", id="halved"),
        pytest.param(
            agent("a", "T", "Be kind and brief."),
            agent("b", "U", "Be kind and brief."),
            "the same content except for the name",
            id="a short text",
        ),
        pytest.param(
            environment("a", "e", LIMITED),
            environment("b", "f", LIMITED),
            "the same content except for the name",
            id="no prose",
        ),
        pytest.param(
            skill("a", "s", SHA, "d"), skill("b", "s", SHA, "d"), "the same content", id="a skill's directory"
        ),
        pytest.param(
            skill("a", "s", SHA, "d"),
            skill("b", "t", {**SHA, "SKILL.md": "zz"}),
            "67% of its files",
            id="a skill and its name",
        ),
        pytest.param(
            skill("a", "s", {"SKILL.md": "aa"}),
            skill("b", "s", {"SKILL.md": "zz"}),
            "the same name 's'",
            id="a skill of one file",
        ),
        pytest.param(
            candidate("vault", "a", {"display_name": "CRM"}),
            candidate("vault", "b", {"display_name": "CRM"}),
            "the same name 'CRM'",
            id="a vault",
        ),
    ],
)
def test_a_move_is_recognised(old: MoveCandidate, new: MoveCandidate, same: str) -> None:
    """By its content, by the name that people know it by, or by most of its text."""
    found = probable_moves([old], [new])
    assert [(move.kind, move.old, move.new, move.same) for move in found] == [(old.kind, "a", "b", same)]


@pytest.mark.parametrize(
    ("old", "new", "staying"),
    [
        pytest.param(agent("a", "T", TRIAGE), agent("b", "U", BILLING), [], id="unrelated"),
        pytest.param(agent("a", "T", TRIAGE), environment("b", "T", LIMITED), [], id="of another kind"),
        pytest.param(agent("a", "T", "Sum up."), agent("b", "U", "Sum up the week."), [], id="short texts"),
        pytest.param(
            environment("a", "e", {"type": "cloud"}), environment("b", "f", {"type": "cloud"}), [], id="a usual body"
        ),
        pytest.param(
            agent("a", "T", f"{HOUSE_STYLE} Sort the issues."),
            agent("b", "U", f"{HOUSE_STYLE} Explain our invoices."),
            [agent("c", "V", f"{HOUSE_STYLE} Sell.")],
            id="a beginning that all share",
        ),
        pytest.param(
            agent("a", "T", TRIAGE), agent("b", "T", BILLING), [agent("c", "T", "Sell.")], id="a name that all share"
        ),
        pytest.param(
            environment("a", "e", LIMITED),
            environment("b", "f", LIMITED),
            [environment("c", "g", LIMITED)],
            id="a body that all share",
        ),
        pytest.param(
            skill("a", "s", {"SKILL.md": "aa", "LICENSE": "cc"}),
            skill("b", "t", {"SKILL.md": "zz", "LICENSE": "cc"}),
            [skill("c", "u", {"SKILL.md": "yy", "LICENSE": "cc"})],
            id="a licence that all share",
        ),
        pytest.param(
            candidate("credential", "v/KEY", {"auth": {"secret_name": "KEY", "type": "x", "why": "y"}}),
            candidate("credential", "w/KEY", {"auth": {"secret_name": "KEY", "type": "x", "why": "y"}}),
            [],
            id="a credential, which moves with its vault",
        ),
    ],
)
def test_what_is_only_alike_is_no_move(old: MoveCandidate, new: MoveCandidate, staying: list[MoveCandidate]) -> None:
    """A false alarm stops a deployment for nothing."""
    assert probable_moves([old], [new], staying) == []


def test_what_the_state_records_is_compared_with_what_a_file_says() -> None:
    """Numbers come back as floats, references as ids, fields in any order, of a skill's files only salted digests."""
    written = {
        "name": "T",
        "system": TRIAGE,
        "limits": {"steps": 3},
        "multiagent": {"note": BILLING},
        "environment": Reference("e", "environment", "id"),
    }
    recorded: dict[str, Any] = {"limits": {"steps": 3.0}, "environment": "env_1", "metadata": None}
    recorded |= {"multiagent": {"note": BILLING}, "system": TRIAGE, "name": "T"}
    sides = candidate("agent", "a", recorded, uses=["environment"]), candidate("agent", "b", written)
    assert [move.same for move in probable_moves(sides[:1], sides[1:])] == ["the same content"]

    kept = {name: fingerprint(("files", name), digest, "salt") for name, digest in SHA.items()}
    old, new = skill("a", "s", kept, "d", "salt"), skill("b", "t", {**SHA, "SKILL.md": "zz"}, "e")
    assert [move.same for move in probable_moves([old], [new])] == ["67% of its files"]


def test_each_resource_is_in_one_move_and_the_surest_pair_wins() -> None:
    """Two that share their text are distinguished by their names."""
    vanished = [agent("a", "Day", TRIAGE), agent("b", "Night", EDITED)]
    appeared = [agent("y", "Night", EDITED), agent("z", "Daylight", TRIAGE)]
    found = [(move.old, move.new) for move in probable_moves(vanished, appeared)]
    assert found == [("a", "z"), ("b", "y")]


WORDS = st.integers(0, 10**6).map("w{}".format)
TEXTS = st.lists(WORDS, min_size=12, max_size=60, unique=True).map(" ".join)
MOVING = st.sampled_from(sorted(MOVABLE - {"skill"}))


@given(st.sampled_from(KINDS), TEXTS, TEXTS, st.booleans())
def test_nothing_moves_without_both_sides(kind: str, before: str, after: str, vanishes: bool) -> None:
    """An edit, a swap of two files, a removal without a successor, a new file: none of them is a move."""
    one, other = (candidate(kind, "a", {"name": text[:9], "system": text}) for text in (before, after))
    sides = ([one], []) if vanishes else ([], [other])
    assert probable_moves(*sides, [one, other]) == []


@given(MOVING, st.lists(TEXTS, min_size=1, max_size=5, unique=True), st.randoms())
def test_every_unchanged_resource_is_found_again(kind: str, texts: list[str], random: Any) -> None:
    """However many move at once, each is matched with itself."""
    bodies = {f"old/{index}": {"name": f"n{index}", "system": text} for index, text in enumerate(texts)}
    vanished = [candidate(kind, name, body) for name, body in bodies.items()]
    appeared = [candidate(kind, name.replace("old", "new"), body) for name, body in bodies.items()]
    random.shuffle(appeared)
    found = {(move.old, move.new) for move in probable_moves(vanished, appeared)}
    assert found == {(name, name.replace("old", "new")) for name in bodies}


@given(MOVING, st.lists(TEXTS, min_size=2, max_size=6, unique=True))
def test_what_has_no_words_in_common_is_never_one(kind: str, texts: list[str]) -> None:
    """Half of the resources went, the others came: they only share that nobody can tell them apart by number."""
    bodies = [{"name": f"n{index}", "system": _renamed(text, index)} for index, text in enumerate(texts)]
    sides = [candidate(kind, str(index), body) for index, body in enumerate(bodies)]
    assert probable_moves(sides[::2], sides[1::2]) == []


def _renamed(text: str, index: int) -> str:
    return " ".join(f"{word}x{index}" for word in text.split())
