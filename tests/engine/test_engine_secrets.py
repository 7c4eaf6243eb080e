from __future__ import annotations

import json

from engine_project import Project, ended, operations

PROGRAM = """
a = Entry("a", text=pulumi.Output.secret("{0}"), nested={{"key": pulumi.Output.secret("{0}"), "open": "open"}},
          opts=Options(additional_secret_outputs=["token"]))
pulumi.export("text", a.text)
pulumi.export("token", a.token)
"""
CANARY = "tweet-7c1d"


def files_holding(project: Project, text: str) -> list[str]:
    """The files below the test's folder, API and program aside, that hold a text."""
    aside = (project.root / "api", project.root / "calls.jsonl", project.root / "__main__.py")
    found = [path for path in project.root.parent.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
    return [str(path) for path in found if not any(path.is_relative_to(other) for other in aside)]


def test_a_secret_reaches_the_provider_and_nothing_else(project: Project) -> None:
    """The provider is sent the plain value; state, events, messages and outputs never show it."""
    preview = project.run("preview", PROGRAM.format(CANARY))
    outcome = project.run("up")
    (create,) = [call for call in project.arguments() if call["kind"] == "create"]
    (live,) = project.live().values()

    assert (create["props"]["text"], create["props"]["nested"]) == (CANARY, {"key": CANARY, "open": "open"})
    assert live["text"] == CANARY
    assert outcome.outputs == {"text": "[secret]", "token": "[secret]"}
    assert '"text": "[secret]"' in json.dumps(ended(outcome, "a").new)
    assert project.recorded()["a"]["inputs"]["text"] == project.recorded()["a"]["outputs"]["text"] == "[secret]"
    assert project.recorded()["a"]["outputs"]["nested"]["open"] == "open"
    assert CANARY not in repr((preview, outcome, project.events, project.recorded()))
    assert files_holding(project, CANARY) == []
    assert files_holding(project, live["token"]) == []


def test_a_secret_that_stays_is_no_change(project: Project) -> None:
    """The provider is shown the old secret where the new one is the same, so nothing differs."""
    project.run("up", PROGRAM.format(CANARY))
    outcome = project.run("up")
    (diff,) = [call for call in project.arguments() if call["kind"] == "diff"]

    assert operations(outcome) == {"a": "same"}
    assert diff["olds"]["text"] == diff["news"]["text"] == CANARY
    assert outcome.outputs == {"text": "[secret]", "token": "[secret]"}


def test_a_secret_that_changes_is_an_update(project: Project) -> None:
    """A new secret is noticed, sent, and kept as well as the first."""
    project.run("up", PROGRAM.format("another"))
    outcome = project.run("up", PROGRAM.format(CANARY))

    assert operations(outcome) == {"a": "update"}
    assert [live["text"] for live in project.live().values()] == [CANARY]
    assert files_holding(project, CANARY) == []


def test_a_blind_comparison_sees_secrets(project: Project) -> None:
    """Where the engine compares, an equal secret is the same and another one a change."""
    program = 'Entry("a", blind=True, text=pulumi.Output.secret("{}"))'
    project.run("up", program.format("one"))

    assert operations(project.run("preview")) == {"a": "same"}
    assert operations(project.run("preview", program.format("two"))) == {"a": "update"}


def test_a_refresh_keeps_secrets_secret(project: Project) -> None:
    """What is read back is marked as it was; the next up still knows it as the same."""
    project.run("up", PROGRAM.format(CANARY))
    outcome = project.run("refresh")

    assert outcome.ok
    assert project.recorded()["a"]["outputs"]["text"] == project.recorded()["a"]["outputs"]["token"] == "[secret]"
    assert files_holding(project, CANARY) == []
    assert operations(project.run("up")) == {"a": "same"}
    assert project.run("destroy").ok
