"""The review as plain text for a terminal."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.preview import phrases
from pulumi_managed_agents.preview.wording import visible

if TYPE_CHECKING:
    from jinja2 import Template

    from pulumi_managed_agents.preview.phrases import Alike
    from pulumi_managed_agents.preview.review import Review, StageReview

INDENT = 6


def text(review: Review, width: int = 100) -> str:
    """The whole review; lines are at most `width` characters, except where a name or a line of a diff is longer."""
    written = _template().render(
        stages=review.stages,
        visible=visible,
        heading=_heading,
        title=partial(_title, width=width),
        reasons=phrases.reasons,
        powers=phrases.powers,
        power=phrases.power,
        due_tests=phrases.due_tests,
        untested=phrases.untested,
        last_results=phrases.last_results,
        bullet=partial(_bullet, width=width),
        lines=partial(phrases.lines, width=width - INDENT),
        detailed=phrases.detailed,
        fan_out=phrases.fan_out,
        tests=phrases.tests,
        summary=phrases.summary,
    )
    return "\n".join(line.rstrip() for line in written.split("\n"))


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader

    # Nothing is escaped, since plain text knows no markup.
    environment = Environment(  # noqa: S701 - it is no HTML
        loader=PackageLoader("pulumi_managed_agents.preview"), trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("review.txt.j2")


def _heading(stage: StageReview) -> str:
    return f"Stage {visible(stage.stage)}"


def _title(alike: Alike, width: int) -> str:
    first = alike.resource
    file = f" ({visible(first.file)})" if first.file and len(alike.names) == 1 else ""
    head, *rest = phrases.wrapped(phrases.title(alike) + file, width - 4)
    return "\n".join([f"  {phrases.SIGNS[first.action]} {head}", *(f"    {more}" for more in rest)])


def _bullet(line: str, width: int, indent: int = 4) -> str:
    first, *rest = phrases.wrapped(line, width - indent - 2)
    return "\n".join([" " * indent + first, *(" " * (indent + 2) + more for more in rest)])
