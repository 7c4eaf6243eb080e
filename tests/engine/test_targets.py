"""An up of some resources only, which both engines do alike."""

from __future__ import annotations

from tests.engine.engine_project import Project, operations


def test_only_targets_move_and_all_others_stay_as_recorded(project: Project) -> None:
    """What is no target is neither updated nor deleted, and gives its recorded outputs to what is."""
    project.run("up", 'a = Entry("a", text="one")\nEntry("b", text=a.text)\nEntry("gone")\nEntry("c", text="one")')
    before = project.recorded()
    program = 'a = Entry("a", text="two")\nEntry("b", text=a.text.apply(lambda text: f"{text}!"))\nEntry("c")'
    outcome = project.run("up", program, [before["b"]["urn"]])
    after = project.recorded()

    assert outcome.ok
    assert operations(outcome)["b"] == "update"
    assert project.calls() == ["update b"]
    assert after["b"]["inputs"]["text"] == "one!"
    assert {name: after[name] for name in ("a", "c", "gone")} == {name: before[name] for name in ("a", "c", "gone")}
