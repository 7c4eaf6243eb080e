"""The comment on a pull request: it fits, its blocks are whole, and no value becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.kinds.power import Widening
from pulumi_managed_agents.reconcile.compare import Change
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.reconcile.plan_text import sentence
from pulumi_managed_agents.review.blocks import code, fenced, prose
from pulumi_managed_agents.review.markdown import LIMIT, MARKER, markdown
from pulumi_managed_agents.review.plan_files import DueTest
from pulumi_managed_agents.review.review import FanOut, Gone, Review, StageReview, Tests
from pulumi_managed_agents.review.style import ORDER
from pulumi_managed_agents.review.text import text
from pulumi_managed_agents.stage.moves import ProbableMove

if TYPE_CHECKING:
    from collections.abc import Callable

names = st.text(min_size=1, max_size=30) | st.sampled_from(["`", "```", "</details>", "@team", "[x](y)", "<!-- -->"])
values = st.none() | st.booleans() | names | st.lists(names, max_size=3) | st.text(max_size=300)
changes = st.builds(
    Change,
    path=st.lists(names, min_size=1, max_size=4).map(tuple),
    cause=st.sampled_from(["edit", "drift", "conflict", "new version"]),
    recorded=values,
    desired=values,
    live=values,
    source=names | st.just(""),
)
resources = st.builds(
    Plan,
    kind=st.sampled_from(["agent", "environment", "skill"]),
    name=names,
    file=names | st.just(""),
    decision=st.sampled_from(ORDER[:-1]),
    changes=st.lists(changes, max_size=3).map(tuple),
    left=st.lists(changes, max_size=2).map(tuple),
    lost=names | st.just(""),
    waits=names | st.just(""),
    adopts=names | st.just(""),
)
stages = st.builds(
    StageReview,
    stage=names,
    ending=st.sampled_from(["planned", "conflict", "refused", "failed"]),
    capability=st.lists(st.builds(Widening, st.just("agent"), names, st.just("new"), names), max_size=3).map(tuple),
    resources=st.lists(resources, max_size=4).map(tuple),
    left=st.lists(
        resources.map(lambda plan: replace(plan, decision="same", changes=(), left=plan.left[:1])), max_size=2
    ).map(tuple),
    fan_out=st.lists(st.builds(FanOut, st.just("skill"), names, st.tuples(names)), max_size=2).map(tuple),
    tests=st.builds(Tests, st.lists(st.builds(DueTest, names, names, names, st.just(0.5)), max_size=2).map(tuple)),
    errors=st.lists(names, max_size=2).map(tuple),
)
reviews = st.builds(Review, st.lists(stages, max_size=3).map(tuple))


def outside_code(comment: str) -> str:
    """The comment without its code blocks, each of which must be closed by its own fence."""
    kept, fence = [], ""
    for line in comment.split("\n"):
        opened = re.match(r"`{3,}(?=[^`]*$)", line)
        mark = opened[0] if opened else ""
        kept += [line] * (not fence and not mark)
        fence = "" if fence and line == fence else fence or mark
    assert fence == ""
    return "\n".join(kept)


@given(reviews, st.integers(1_000, 5_000))
def test_a_comment_fits_and_is_whole_whatever_it_is_about(review: Review, limit: int) -> None:
    """Never a character too many, never half a block, and what is left out is counted."""
    comment = markdown(review, limit=limit)
    assert len(comment) <= limit
    assert comment.startswith(MARKER)
    lines = outside_code(comment).split("\n")
    opened = sum(line.startswith("<details") and line.endswith("</summary>") for line in lines)
    assert opened == lines.count("</details>")
    assert comment == markdown(review, limit=10**9) or "did not fit into a comment" in comment


@given(reviews, st.integers(40, 200))
def test_text_says_every_stage_whatever_it_is_about(review: Review, width: int) -> None:
    """Rendering never fails, and holds nothing that steers a terminal."""
    written = str(text(review, width))
    assert written.replace("\n", "").isprintable()


def fleet(count: int) -> Review:
    """Many agents, each with another long prompt."""
    change = Change(("system",), "edit", "old\n" * 50, "new\n" * 50, "old\n" * 50)
    found = [
        Plan("agent", f"agents/{number}", "", "update", changes=(change,), live_version=str(number), next_version="9")
        for number in range(count)
    ]
    conflict = Plan("agent", "agents/stuck", "", "conflict", changes=(Change(("x",), "conflict", 1, 2, 3),))
    gained = tuple(Widening("agent", f"agents/{number}", "model-changed", f"runs on m{number}") for number in range(40))
    return Review((StageReview("prod", "conflict", gained, (conflict, *found)),))


def test_a_large_review_keeps_what_matters_most() -> None:
    """New power and conflicts stay; the pointer says how much else there is, and where."""
    comment = markdown(fleet(300), artifact="the artifact `review.json`")
    assert LIMIT - 2_000 < len(comment) <= LIMIT
    assert comment.count("runs on m") == 40
    assert "in conflict: <b>agent agents/stuck</b>" in comment
    left_out = 300 - comment.count("to update: <b>agent")
    assert f"{left_out} parts of this report did not fit" in comment
    assert "the artifact `review.json`" in comment


def test_the_most_urgent_comes_first() -> None:
    """A reader who stops after the first screen has seen the new power and what stops the up."""
    comment = markdown(fleet(3))
    order = [
        "| `prod` |",
        "New power",
        "### `prod`",
        "An up would stop",
        "in conflict: <b>agent",
        "to update: <b>agent",
    ]
    places = [comment.index(one) for one in order]
    assert places == sorted(places)


@pytest.mark.parametrize("form", [text, markdown])
def test_why_an_up_would_be_refused_stands_right_below_that_it_would(form: Callable[[Review], object]) -> None:
    """The review alone says what is missing and what to type; nothing about a resource is said twice."""
    missing = "agents/a.md: agents/a: dev has not proved it; run `managed-agents promote dev prod`"
    drifted = Plan("agent", "agents/b", "", "refused", changes=(Change(("description",), "drift", "a", "a", "b"),))
    errors = (missing, f"{sentence(drifted)}; see there")
    review = str(form(Review((StageReview("prod", "refused", resources=(drifted,), errors=errors),))))
    assert " ".join(review.partition("An up would stop (refused).")[2].replace("```text", "").split()).startswith(
        missing
    )
    assert "see there" not in review


def test_what_gains_power_stands_before_what_does_not_and_is_marked() -> None:
    """Among a hundred folded updates the few that need a second look can be found."""
    change = Change(("description",), "edit", "a", "b", "a")
    found = [Plan("agent", f"agents/{name}", "", "update", changes=(change,)) for name in "abc"]
    found[2] = replace(found[2], changes=(Change(("model", "id"), "edit", "x", "y", "x"),))
    gained = Widening("agent", "agents/c", "model-changed", "runs on y")
    comment = markdown(Review((StageReview("dev", capability=(gained,), resources=tuple(found)),)))
    assert re.findall("<summary>.*</summary>", comment) == [
        "<summary>~ to update: <b>agent agents/c</b> · model.id x → y ⚠️</summary>",
        "<summary>~ to update: <b>2 agents</b> · description a → b</summary>",
    ]


def test_what_is_easily_missed_is_counted() -> None:
    """A deleted rule in a folded prompt, what somebody changed by hand, and agents that no test is about."""
    rule = Change(("system",), "edit", "Be brief.\nReveal nothing.", "Be brief.", "Be brief.\nReveal nothing.")
    by_hand = Change(("description",), "drift", "a", "a", "b")
    found = (
        Plan("agent", "agents/a", "", "update", changes=(rule,)),
        Plan("agent", "agents/b", "", "update", changes=(by_hand,)),
    )
    tests = Tests((DueTest("t", "agents/b", "new", 0.1),), 1, coverage="1 of 2 agents tested")
    comment = markdown(Review((StageReview("dev", resources=found, tests=tests),)))
    assert "| `dev` | 2 to update, 1 changed outside |" in comment
    assert "<b>agent agents/a</b> · system (+0 -1)</summary>" in comment
    assert "**Not tested**: no smoke test is about 1 of 2 agents that change: agents/a" in comment


def test_no_changes_is_one_line_per_stage() -> None:
    """An empty preview says so in its table and nothing else."""
    review = Review((StageReview("dev", unchanged=4), StageReview("prod", unchanged=4)))
    assert markdown(review).splitlines()[1:] == [
        "## ✅ Agents: nothing to change",
        "",
        "| stage | change | new power | gone for ever | refused by the gate | tests and cost |",
        "| --- | --- | --- | --- | --- | --- |",
        "| `dev` | nothing to change, 4 unchanged | none | none | none | none |",
        "| `prod` | nothing to change, 4 unchanged | none | none | none | none |",
    ]


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        pytest.param("@everyone", "&#64;everyone", id="mention"),
        pytest.param("[x](https://evil.example)", r"\[x\](https:&#47;/evil.example)", id="link"),
        pytest.param("<img src=x>", "&#60;img src=x&#62;", id="HTML"),
        pytest.param("fixes #12", "fixes &#35;12", id="issue"),
        pytest.param("$a$", r"\$a\$", id="formula"),
        pytest.param("a|b", r"a\|b", id="table"),
    ],
)
def test_prose_holds_no_markup(value: str, escaped: str) -> None:
    """Nobody is notified or led astray by what stands in a prompt."""
    assert prose(value) == escaped


@given(st.text())
def test_a_fence_cannot_be_closed_from_inside(value: str) -> None:
    """Whatever backticks a text holds, its block ends where it should."""
    assert outside_code(fenced([value], "diff")) == ""


@given(st.text(alphabet="`a ", min_size=1))
def test_inline_code_cannot_be_closed_from_inside(value: str) -> None:
    """The delimiter is longer than any run of backticks in the text."""
    written = code(value)
    ticks = re.match("`+", written)
    assert ticks is not None
    assert max((len(run) for run in re.findall("`+", value)), default=0) < len(ticks[0])


def test_what_is_gone_and_what_moved_stand_before_all_stages() -> None:
    """Each with its stage where there are several; the line to write is code, so that nothing of it becomes markup."""
    line = "overrides: {agents/*b*.md: {was: agents/a}}"
    move = ProbableMove(
        "agent", "agents/a", "agents/*b*", "the same content", "write into stacks/dev.values.yaml", line
    )
    gone = Gone("agent", "agents/a", "archived for ever")
    shown = markdown(Review((StageReview("dev", gone=(gone,), moves=(move,)), StageReview("prod"))))
    lines = [line for line in shown.splitlines() if line]
    assert lines[6:10] == [
        "### ⛔ Gone for ever",
        "- `dev`: agent agents/a: archived for ever",
        "### ❓ Probably moved",
        "- `dev`: agent agents/a → agents/\\*b\\* (the same content): write into stacks/dev.values.yaml, or remove "
        f"the old one with --confirm-removal agents/a: `{line}`",
    ]
