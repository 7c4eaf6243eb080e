from __future__ import annotations

from engine_project import Project, ended, operations

TYPE = "pulumi-python:dynamic/ledger:Entry"


def test_a_failed_create_keeps_what_was_done(project: Project) -> None:
    """One failure ends the run: what finished is recorded, what depends on it is not tried, nothing is deleted."""
    project.run("up", 'Entry("removed")')
    program = """
done = Entry("done")
broken = Entry("broken", text=done.token, fails={})
Entry("after", text=broken.id)
pulumi.export("id", broken.id)
"""
    outcome = project.run("up", program.format(["create"]))

    assert not outcome.ok
    assert project.calls() == ["create done", "create broken"]
    assert set(project.recorded()) == {"ledger-dev", "removed", "done"}
    assert "the API refuses to create broken" in ended(outcome, "broken").error
    assert any("the API refuses to create broken" in error for error in outcome.errors)

    outcome = project.run("up", program.format([]))
    assert outcome.ok
    assert project.calls() == ["create broken", "create after", "delete removed"]


def test_steps_under_way_finish_after_a_failure(project: Project) -> None:
    """A create that runs while another fails is waited for, and recorded."""
    program = 'Entry("broken", meet=2, fails=["create"])\nEntry("slow", meet=2, lingers=0.5)'
    outcome = project.run("up", program)

    assert not outcome.ok
    assert project.recorded()["slow"]["id"] in project.live()
    assert "broken" not in project.recorded()


def test_a_failed_update_changes_nothing_recorded(project: Project) -> None:
    """After a failed update the state still has what was last applied, and the next up tries again."""
    project.run("up", 'Entry("a", text="one")')
    outcome = project.run("up", 'Entry("a", text="two", fails=["update"])')

    assert not outcome.ok
    assert project.recorded()["a"]["outputs"]["text"] == "one"
    assert operations(project.run("up", 'Entry("a", text="two")')) == {"a": "update"}


def test_a_failed_diff_stops_preview_and_up(project: Project) -> None:
    """What a provider raises in `diff` is the error of the preview, too."""
    project.run("up", 'Entry("a")')
    program = 'Entry("a", fails=["diff"])'

    for operation in ("preview", "up"):
        outcome = project.run(operation, program)
        assert not outcome.ok
        assert any("the API refuses to diff a" in error for error in outcome.errors)
    assert project.calls() == []


def test_a_failed_check_is_one_clean_line_per_reason(project: Project) -> None:
    """What a provider's `check` finds is told with type and name, without a traceback, before anything is written."""
    for operation in ("preview", "up"):
        outcome = project.run(operation, 'Entry("a", text="bad")\n')
        reasons = [
            f"{TYPE} resource 'a' has a problem: text: bad is not good",
            f"{TYPE} resource 'a' has a problem: never",
        ]

        assert not outcome.ok
        assert [error for error in outcome.errors if "problem" in error] == reasons
        assert project.calls() == []


def test_a_failed_delete_is_tried_again(project: Project) -> None:
    """What could not be deleted stays recorded."""
    project.run("up", 'Entry("a", fails=["delete"])\nEntry("b")')
    outcome = project.run("up", 'Entry("b")')

    assert not outcome.ok
    assert "a" in project.recorded()
    assert operations(project.run("preview")) == {"a": "delete", "b": "same"}


def test_a_replaced_object_is_deleted_by_a_later_run(project: Project) -> None:
    """If the run that replaces it fails, the old object is left, and deleted by the next that succeeds."""
    project.run("up", 'Entry("a", kind="x")')
    program = 'a = Entry("a", kind="y")\nEntry("b", text=a.id, fails={})'
    assert not project.run("up", program.format(["create"])).ok
    assert len(project.live()) == 2

    assert project.run("up", program.format([])).ok
    assert project.calls() == ["create b", "delete a"]
    assert set(project.live()) == {project.recorded()["a"]["id"], project.recorded()["b"]["id"]}


ENDINGS = {
    "raise KeyError('surprise')": "KeyError: 'surprise'",
    "pulumi.log.error('not today'); import sys; sys.exit(32)": "not today",
    "import sys; sys.exit(3)": "program exited with non-zero exit code: 3",
    "raise pulumi.RunError('not like this')": "not like this",
}


def test_nothing_is_deleted_after_a_failed_program(project: Project) -> None:
    """A program that does not end well says why; what it did not come to name is left alone."""
    project.run("up", 'Entry("a")\nEntry("b")\npulumi.export("x", 1)\npulumi.export("y", 1)')
    for ending, text in ENDINGS.items():
        outcome = project.run("up", f'Entry("a")\npulumi.export("x", 2)\n{ending}')

        assert not outcome.ok
        assert any(text in error for error in outcome.errors)
        assert project.calls() == []

    assert {"a", "b"} < set(project.recorded())
    assert project.recorded()["ledger-dev"]["outputs"]["y"] == 1


def test_a_traceback_begins_in_the_program(project: Project) -> None:
    """The frames of the engine's own machinery are not the reader's business."""
    outcome = project.run("preview", "def outer():\n    raise KeyError('surprise')\nouter()")
    (error,) = [error for error in outcome.errors if "surprise" in error]

    assert "__main__.py" in error.splitlines()[2]
    assert "runpy" not in error


def test_a_name_can_be_used_once(project: Project) -> None:
    """Two resources of one type and name are an error that names them."""
    outcome = project.run("preview", 'Entry("a")\nEntry("a")')

    assert not outcome.ok
    assert any("Duplicate resource URN 'urn:pulumi:dev::ledger::" in error for error in outcome.errors)


def test_a_protected_resource_is_not_deleted(project: Project) -> None:
    """Neither removing it from the program nor a change that replaces it deletes a protected resource."""
    project.run("up", 'Entry("a", kind="x", opts=Options(protect=True))')
    before = project.recorded()["a"]

    for program in ("pass", 'Entry("a", kind="y", opts=Options(protect=True))'):
        for operation in ("preview", "up"):
            outcome = project.run(operation, program)
            assert not outcome.ok
            assert any(before["urn"] in error and "protect" in error for error in outcome.errors)

    assert project.recorded()["a"] == before
    assert list(project.live()) == [before["id"]]


def test_destroy_respects_protection(project: Project) -> None:
    """Destroying a stage with a protected resource fails; without the mark it can be replaced and destroyed."""
    project.run("up", 'Entry("a", kind="x", opts=Options(protect=True))')
    assert not project.run("destroy").ok
    assert len(project.live()) == 1

    assert project.run("up", 'Entry("a", kind="y")').ok
    assert project.run("destroy").ok
    assert project.live() == {}
