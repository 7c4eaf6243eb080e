"""The review as Markdown for a comment on a pull request.

Values come from files and from whoever edits agents elsewhere: nothing in them becomes markup.
"""

from __future__ import annotations

import html
import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.preview import phrases
from pulumi_managed_agents.preview.blocks import LIMIT, Block, fitted, left_out
from pulumi_managed_agents.preview.review import WORDS
from pulumi_managed_agents.preview.wording import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_managed_agents.preview.review import Review, StageReview

MARKER = "<!-- managed-agents:preview -->"
COMMAND = "managed-agents preview --output-format json"
PRESSING = frozenset({"conflict", "refused", "replace", "delete"})

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~@&$!]|(?<=:)/(?=/)|(?<=www)\.")
_ENTITIES = frozenset("<>@&#/.")


def markdown(review: Review, *, limit: int = LIMIT, artifact: str = "") -> str:
    """The comment, never longer than `limit` characters; `artifact` is where people find the whole review."""
    return fitted(_blocks(review), limit, lambda count: left_out(count, COMMAND, artifact))


def _blocks(review: Review) -> Iterator[Block]:
    page = _page()
    yield Block(0, page.title(review))
    gained = [(stage, one) for stage in review.stages for one in phrases.powers(stage)]
    if gained:
        yield Block(0, page.power_heading())
        several = len(review.stages) > 1
        yield from (Block(1, page.power(stage.stage if several else "", one), tight=True) for stage, one in gained)
    for stage in review.stages:
        yield from _stage(page, stage)


def _stage(page: Any, stage: StageReview) -> Iterator[Block]:
    yield Block(0, page.stage(stage))
    if reasons := phrases.reasons(stage):
        yield Block(2, page.errors(reasons))
    for alike in phrases.detailed(stage):
        first = alike.resource
        yield Block(3 if first.action in PRESSING or first.is_changed_outside else 5, page.resource(alike))
    if stage.fan_out:
        yield Block(4, page.fan_out_heading())
        yield from (Block(4, page.fan_out(one), tight=True) for one in stage.fan_out)
    if stage.tests.due:
        yield Block(4, page.tests(stage.tests))
        yield from (Block(6, page.test(line), tight=True) for line in phrases.due_tests(stage.tests))
    if untested := phrases.untested(stage):
        yield Block(4, page.untested(untested))
    if results := phrases.last_results(stage):
        yield Block(4, page.last_results_heading())
        yield from (Block(6, page.test(line), tight=True) for line in results)


@cache
def _page() -> Any:
    """The template's macros, one per kind of block."""
    from jinja2 import Environment, PackageLoader

    # HTML escaping would show in code; each value is escaped for the place it stands in.
    environment = Environment(loader=PackageLoader("pulumi_managed_agents.preview"), trim_blocks=True)  # noqa: S701 - escaped for Markdown
    environment.globals |= {
        "attention": _wants_attention,
        "code": code,
        "fan_out_line": phrases.fan_out,
        "fenced": fenced,
        "gist": phrases.gist,
        "heading": phrases.heading,
        "row": phrases.row,
        "html": _html,
        "lines": partial(phrases.lines, diff_indent=""),
        "overall": phrases.overall,
        "power_line": phrases.power,
        "pressing": PRESSING,
        "prose": prose,
        "signs": phrases.SIGNS,
        "summary": phrases.summary,
        "tests_line": phrases.tests,
        "words": WORDS,
    }
    return environment.get_template("review.md.j2").module


def _wants_attention(review: Review) -> bool:
    return any(stage.capability or stage.ending != "planned" for stage in review.stages)


def code(text: str) -> str:
    """A text as inline code, whatever backticks it holds."""
    shown = visible(text)
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fenced(lines: Iterable[str], language: str) -> str:
    """Lines as a code block, behind a fence that none of them can close."""
    body = [visible(part) for line in lines for part in line.split("\n")]
    fence = "`" * max(3, _longest_run("\n".join(body)) + 1)
    return "\n".join([f"{fence}{language}", *body, fence])


def prose(text: str) -> str:
    """A text in which nothing is markup: no link, no mention, no image."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};" if match[0] in _ENTITIES else f"\\{match[0]}", visible(text))


def _html(text: str) -> str:
    return html.escape(visible(text)).replace("@", "&#64;")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
