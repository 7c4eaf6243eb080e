"""What both engines do alike when something fails. A call of the CLI takes seconds, so each test is a journey."""

from __future__ import annotations

from tests.engine.engine_project import Project, ended

TYPE = "pulumi-python:dynamic/ledger:Entry"
BROKEN = """
a = Entry("a", kind="y")
done = Entry("done", text=a.id)
broken = Entry("broken", text=done.token, fails={})
Entry("after", text=broken.id)
pulumi.export("id", broken.id)
"""


def test_a_failed_step_ends_the_run_and_the_next_goes_on(project: Project) -> None:
    """What finished is recorded; what depends on the failed is not tried, and nothing is deleted before all is well."""
    project.run("up", 'Entry("a", kind="x")\nEntry("removed")')
    failed = project.run("up", BROKEN.format(["create"]))
    assert not failed.ok
    assert project.calls() == ["create a", "create done", "create broken"]
    assert set(project.recorded()) == {"a", "removed", "done"}
    assert len(project.live()) == 4
    assert "the API refuses to create broken" in ended(failed, "broken").error
    assert any("the API refuses to create broken" in error for error in failed.errors)

    assert project.run("up", BROKEN.format([])).ok
    assert project.calls()[:2] == ["create broken", "create after"]
    assert sorted(project.calls()[2:]) == ["delete a", "delete removed"]
    assert set(project.live()) == {entry["id"] for entry in project.recorded().values()}


def test_what_fails_stays_as_it_was_recorded(project: Project) -> None:
    """A failed update or delete is tried again; what `check` and `diff` say against a change stops it beforehand."""
    project.run("up", 'Entry("a", text="one", fails=["delete"])')
    assert not project.run("up", 'Entry("a", text="two", fails=["update"])').ok
    assert project.recorded()["a"]["outputs"]["text"] == "one"

    refused = project.run("preview", 'Entry("a", text="bad")')
    problem = f"{TYPE} resource 'a' has a problem: "
    assert not refused.ok
    assert [error for error in refused.errors if problem in error] == [
        f"{problem}text: bad is not good",
        f"{problem}never",
    ]

    refused = project.run("preview", 'Entry("a", fails=["diff"])')
    assert not refused.ok
    assert any("the API refuses to diff a" in error for error in refused.errors)

    assert not project.run("up", 'Entry("b")').ok
    assert set(project.recorded()) == {"a", "b"}


ENDINGS = {
    "def outer():\n    raise KeyError('surprise')\nouter()": "KeyError: 'surprise'",
    'Entry("a")': "Duplicate resource URN 'urn:pulumi:dev::ledger::",
}


def test_nothing_is_deleted_after_a_failed_program(project: Project) -> None:
    """A program that does not end well says why, from its own first line on; what it did not name is left alone."""
    project.run("up", 'Entry("a")\nEntry("b")')
    for ending, text in ENDINGS.items():
        outcome = project.run("up", f'Entry("a")\n{ending}')
        (error,) = [error for error in outcome.errors if text in error]

        assert not outcome.ok
        assert "runpy" not in error
        assert project.calls() == []
        assert set(project.recorded()) == {"a", "b"}


def test_a_protected_resource_is_not_deleted(project: Project) -> None:
    """Not when it leaves the program, nor to be replaced, nor by destroy; without the mark all is allowed."""
    project.run("up", 'Entry("a", kind="x", opts=Options(protect=True))')
    before = project.recorded()["a"]
    outcomes = [
        project.run("preview", 'Entry("b")'),
        project.run("up", 'Entry("a", kind="y", opts=Options(protect=True))'),
        project.run("destroy"),
    ]
    assert [outcome.ok for outcome in outcomes] == [False, False, False]
    assert [any(before["urn"] in e and "protect" in e for e in one.errors) for one in outcomes] == [True, True, True]
    assert project.recorded()["a"] == before
    assert list(project.live()) == [before["id"]]

    assert project.run("up", 'Entry("a", kind="y")').ok
    assert list(project.live()) == [project.recorded()["a"]["id"]] != [before["id"]]
