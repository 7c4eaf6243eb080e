"""What has to be confirmed before it is removed, and what is an everyday change."""

from __future__ import annotations

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage.moves import ProbableMove
from pulumi_managed_agents.stage.removal import CONFIRMED, as_variable, confirmed, to_confirm, wholesale

MOVE = ProbableMove("agent", "agents/old", "agents/new", "the same content", "write into x", "overrides: {}")


@pytest.mark.parametrize(
    ("removed", "recorded", "message"),
    [
        pytest.param(0, 0, "", id="nothing at all"),
        pytest.param(0, 9, "", id="nothing removed"),
        pytest.param(1, 1, "the only resource", id="the only one"),
        pytest.param(3, 4, "", id="most of a small stage"),
        pytest.param(4, 4, "all 4 resources", id="all of a small stage"),
        pytest.param(2, 5, "", id="less than half"),
        pytest.param(3, 6, "", id="just half"),
        pytest.param(3, 5, "3 of 5 resources", id="more than half of five"),
        pytest.param(9, 9, "all 9 resources", id="everything"),
    ],
)
def test_a_stage_that_loses_too_much_is_stopped(removed: int, recorded: int, message: str) -> None:
    """Everything, or more than half of five or more; the sentence says how much, and names some."""
    said = wholesale([f"agents/{index}" for index in range(removed)], recorded)
    assert said.startswith(message)
    assert bool(said) is bool(message)
    assert ("agents/0" in said) is bool(message)


def test_names_are_confirmed_one_by_one_or_all_at_once() -> None:
    """What is confirmed, or is a probable move, is not counted again as too much."""
    gone = ["agents/old", "agents/b"]
    assert to_confirm([MOVE], gone, 2, []).moves == (MOVE,)
    assert to_confirm([MOVE], ["agents/old"], 1, []).wholesale == ""
    assert to_confirm([MOVE], gone, 3, ["agents/old"]).is_empty
    assert to_confirm([], gone, 2, []).wholesale
    assert to_confirm([], gone, 2, gone).is_empty
    assert to_confirm([MOVE], gone, 2, ["all"]).is_empty


def test_the_reason_says_the_line_and_both_ways_to_confirm() -> None:
    """A log holds all that is needed."""
    (line,) = to_confirm([MOVE], ["agents/old"], 9, []).reasons("dev")
    assert "write into x: `overrides: {}`" in line
    assert "--confirm-removal agents/old to `managed-agents up dev`" in line
    assert 'managed-agents:confirmRemoval to ["agents/old"]' in line


def test_names_come_from_the_configuration_and_from_the_variable() -> None:
    """A list or one name; anything else is an error that names where it stands."""
    both = confirmed({"confirmRemoval": '["agents/a"]'}, {CONFIRMED: as_variable(["agents/b", "agents/c"])})
    assert both == {"agents/a", "agents/b", "agents/c"}
    assert confirmed({"confirmRemoval": "all"}, {}) == {"all"}
    assert confirmed({}, {}) == frozenset()
    with pytest.raises(InputError, match="managed-agents:confirmRemoval must be a list"):
        confirmed({"confirmRemoval": "{}"}, {})
    with pytest.raises(InputError, match=CONFIRMED):
        confirmed({}, {CONFIRMED: "[1]"})
