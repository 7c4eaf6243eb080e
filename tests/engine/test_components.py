"""Components, nested ones too, and what their children have of them, with either engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.engine_project import operations

if TYPE_CHECKING:
    from pulumi_managed_agents.engine.events import RunOutcome
    from tests.engine.engine_project import Project

COMPONENTS = """
class Desk(pulumi.ComponentResource):
    def __init__(self, name, opts=None, **more):
        super().__init__("acme:support:Desk", name, None, opts)
        self.clerk = Entry("clerk", opts=Options(parent=self, **more))
        self.named = Entry(f"{name}-named", opts=Options(parent=self, depends_on=[self.clerk]))
        self.register_outputs({"clerk": self.clerk.id})


class Team(pulumi.ComponentResource):
    def __init__(self, name, opts=None, **more):
        super().__init__("acme:support:Team", name, None, opts)
        self.desk = Desk(f"{name}-desk", Options(parent=self), **more)
        self.register_outputs({})

"""
NESTED = """
team = Team("team")
night = Desk("night", Options(depends_on=[team]))
inner = Entry("inner", opts=Options(parent=night.clerk, depends_on=[night]))
pulumi.export("clerk", night.clerk.id)
"""
ENTRY = "pulumi-python:dynamic/ledger:Entry"
URNS = {
    f"acme:support:Desk${ENTRY}::clerk",
    f"acme:support:Desk${ENTRY}::night-named",
    f"acme:support:Desk${ENTRY}${ENTRY}::inner",
    f"acme:support:Team$acme:support:Desk${ENTRY}::clerk",
    f"acme:support:Team$acme:support:Desk${ENTRY}::team-desk-named",
}


def steps(outcome: RunOutcome) -> list[str]:
    return sorted(f"{step.op} {step.name}" for step in outcome.steps if "ledger" in step.type)


def test_children_of_components_are_resources_like_any_other(project: Project) -> None:
    """Two of a name, nested, depending on a component: made once, then the same; and taken away in reverse."""
    made = project.run("up", COMPONENTS + NESTED)
    ids = {one["urn"].split("::", 2)[2]: one["id"] for one in project.engine.resources() if "ledger" in one["type"]}

    assert made.ok
    assert steps(made) == sorted(f"create {urn.rpartition('::')[2]}" for urn in URNS)
    assert ids.keys() == URNS
    assert made.outputs == {"clerk": ids[f"acme:support:Desk${ENTRY}::clerk"]}
    assert project.calls()[:2] == ["create clerk", "create team-desk-named"]

    assert {step.op for step in project.run("up").steps if "ledger" in step.type} == {"same"}
    assert project.calls() == []
    assert project.run("destroy").ok
    assert project.calls()[-2:] == ["delete team-desk-named", "delete clerk"]
    assert project.live() == {}


OUTSIDE = """
Team("team")
Desk("night")
Entry("single")
Entry("writer", opts=Options(parent=pulumi.ComponentResource("acme:support:Room", "bureau")))
"""
MOVED = """
class Office(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("acme:support:Office", name, None, opts)
        was_outside = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        Desk("day", Options(parent=self, aliases=[pulumi.Alias(name="night", parent=pulumi.ROOT_STACK_RESOURCE)]))
        Entry("single", opts=Options(parent=self, aliases=[was_outside]))
        self.register_outputs({})

class Bureau(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("acme:support:Bureau", name, None, opts)
        Entry("writer", opts=Options(parent=self))
        self.register_outputs({})

office = Office("office")
Bureau("bureau", Options(aliases=[pulumi.Alias(type_="acme:support:Room")]))
desk = pulumi.create_urn("team-desk", "acme:support:Desk", pulumi.create_urn("team", "acme:support:Team"))
Entry("clerk", opts=Options(aliases=[pulumi.Alias(parent=desk)]))
Entry("named", opts=Options(aliases=[pulumi.Alias(name="team-desk-named", parent=desk)]))
"""


def test_what_moves_into_or_out_of_a_component_is_the_same_object(project: Project) -> None:
    """By aliases of its own, or of the component that it is in; a name that begins with the component's follows."""
    project.run("up", COMPONENTS + OUTSIDE)
    before = sorted(project.live())
    moved = project.run("up", COMPONENTS + MOVED)

    assert moved.ok, moved.errors
    assert [step.op for step in moved.steps if "ledger" in step.type].count("create") == 0
    assert project.calls("create", "delete") == []
    assert sorted(project.live()) == before
    assert sorted(one["id"] for one in project.engine.resources() if "ledger" in one["type"]) == before


PROTECTED = """
Team("team", Options({0}))
"""


def test_a_component_hands_down_protection_and_retention(project: Project) -> None:
    """Its children's children are kept as it is to be kept, unless they say otherwise."""
    project.run("up", COMPONENTS + PROTECTED.format("protect=True"))
    refused = project.run("destroy")
    assert not refused.ok
    assert any("protect" in error for error in refused.errors)
    assert len(project.live()) == 2

    project.run("up", COMPONENTS + PROTECTED.format("retain_on_delete=True"))
    assert operations(project.run("up", "")) == {"clerk": "delete", "team-desk-named": "delete"}
    assert len(project.live()) == 2
    assert project.calls() == []


def test_two_components_of_one_type_cannot_share_the_names_of_children(project: Project) -> None:
    """A URN holds the types of the parents, not their names: what is twice is refused, as Pulumi does."""
    outcome = project.run("up", COMPONENTS + 'Desk("one")\nDesk("two")\n')

    assert not outcome.ok
    assert any("Duplicate resource URN" in error and "::clerk" in error for error in outcome.errors)
