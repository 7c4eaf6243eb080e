"""Rules about the model that an agent runs on: which one, how hard it works, how fast, and where.

Within a family a later model can do more, and among families of one generation the larger. Where an older generation of
a larger family meets a newer one of a smaller, or a model is of no family known here, nobody can tell: that is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.widening import Body, table

if TYPE_CHECKING:
    from collections.abc import Iterator

FAMILIES = ("haiku", "sonnet", "opus", "fable")
"""From less to more power, as Anthropic's overview of models orders them."""
EFFORTS = ("low", "medium", "high", "xhigh", "max")
DEFAULT_AT_MOST = "high"
"""No model does more than this by default."""

_MODEL = re.compile(rf"claude-({'|'.join(FAMILIES)})-(\d+)(?:-(\d{{1,2}}))?(?:-\d{{8}})?")


def model_changed(before: Body, after: Body) -> Iterator[str]:
    """Another model, unless it is known to be able to do less, or the same by its dated name."""
    old, new = (str(_model(side).get("id") or "") for side in (before, after))
    if old and new and may_do_more(old, new):
        yield f"runs on {new} instead of {old}"


def may_do_more(old: str, new: str) -> bool:
    """Whether one model may be able to do more than another."""
    was, now = _MODEL.fullmatch(old), _MODEL.fullmatch(new)
    if not (was and now):
        return old != new
    if was[1] == now[1]:
        return _model_version(now) > _model_version(was)
    return FAMILIES.index(now[1]) > FAMILIES.index(was[1]) or int(now[2]) > int(was[2])


def effort_raised(before: Body, after: Body) -> Iterator[str]:
    """The same model at a higher effort; a model's default effort is not known here."""
    old, new = (_model(side).get("effort") for side in (before, after))
    least = _effort(old or DEFAULT_AT_MOST)
    if _same_model(before, after) and new and _effort(new) > least:
        yield f"its effort is {new} instead of {old or 'what the model does by default'}"


def speed_raised(before: Body, after: Body) -> Iterator[str]:
    """The same model at a faster pace, which spends more."""
    old, new = (_model(side).get("speed", "standard") for side in (before, after))
    if _same_model(before, after) and new not in {old, "standard"}:
        yield f"its speed is {new} instead of {old}, at another price"


def geography_widened(before: Body, after: Body) -> Iterator[str]:
    """Inference that was pinned to a region and may happen elsewhere."""
    old, new = (_model(side).get("inference_geo") for side in (before, after))
    if old not in {None, "global", new}:
        yield f"inference may leave {old}: now {new or 'not pinned'}"


def _model(body: Body) -> Body:
    return table(body.get("model"))


def _same_model(before: Body, after: Body) -> bool:
    return bool(_model(before)) and _model(before).get("id") == _model(after).get("id")


def _model_version(model: re.Match[str]) -> tuple[int, int]:
    return int(model[2]), int(model[3] or 0)


def _effort(level: str) -> int:
    """A level that nobody knows counts as the highest."""
    return EFFORTS.index(level) if level in EFFORTS else len(EFFORTS)
