from __future__ import annotations

from pulumi_managed_agents.stage.graph import by_kind, reached

USERS = {"skill": ["a", "b"], "a": ["lead"], "b": ["lead", "nightly"], "lead": ["weekly"], "x": ["y"], "y": ["x"]}


def test_who_is_reached_through_others_is_reached() -> None:
    """Everybody downstream, each once and never the start, also where names go round."""
    assert reached("skill", USERS) == ("a", "b", "lead", "nightly", "weekly")
    assert reached("weekly", USERS) == ()
    assert reached("x", USERS) == ("y",)


def test_the_reached_are_counted_in_the_order_of_the_flow() -> None:
    """Agents before coordinators before deployments, one of a kind in the singular."""
    assert (
        by_kind(["deployment", "agent", "deployment", "coordinator", "agent"])
        == "2 agents, 1 coordinator, 2 deployments"
    )
    assert by_kind([]) == ""
