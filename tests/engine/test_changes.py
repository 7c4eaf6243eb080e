"""What both engines do alike when all goes well. A call of the CLI takes seconds, so tests share a journey."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.engine.events import UNKNOWN, Message
from tests.engine.engine_project import ENGINES, Project, ended, operations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_managed_agents.engine.events import RunOutcome

LIFE = """
a = Entry("a", text="{}")
Entry("by_id", text=a.id)
Entry("by_text", text=a.text)
Entry("by_version", text=a.version.apply(str))
"""
BEGINNING = """
Entry("old", name="x")
b = Entry("b")
Entry("c", text=b.token)
Entry("kept", opts=Options(retain_on_delete=True, depends_on=[b]))
pulumi.export("limit", pulumi.Config().require_int("limit"))
pulumi.export("token", a.token)
"""
ENDING = """
moved = Entry("new", name="x", opts=Options(aliases=[pulumi.Alias(name="old")]))
Entry("d", text=moved.id)
"""


@dataclass(frozen=True)
class EngineRun:
    """One run of an engine: what came of it, what the provider was asked, and what state and API held afterwards."""

    outcome: RunOutcome
    calls: list[str]
    arguments: list[dict[str, Any]]
    recorded: dict[str, dict[str, Any]]
    live: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Life:
    """A stage from its first preview to its end, step by step."""

    preview: EngineRun
    up: EngineRun
    second_up: EngineRun
    preview_of_edit: EngineRun
    up_of_edit: EngineRun
    destroy: EngineRun


@pytest.fixture(scope="module", params=ENGINES)
def life(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    new_project: Callable[[str, Path], Project],
) -> Life:
    """The steps of one stage, taken once for all tests that look at one of them."""
    project = new_project(request.param, tmp_path_factory.mktemp("life"))

    def take(operation: str, program: str | None = None) -> EngineRun:
        outcome = project.run(operation, program)
        return EngineRun(outcome, project.calls(), project.arguments(), project.recorded(), project.live())

    return Life(
        preview=take("preview", LIFE.format("one") + BEGINNING),
        up=take("up"),
        second_up=take("up"),
        preview_of_edit=take("preview", LIFE.format("two") + ENDING),
        up_of_edit=take("up"),
        destroy=take("destroy"),
    )


def test_a_preview_tells_what_an_up_would_do_and_writes_nothing(life: Life) -> None:
    """All is to be created; what depends on an object that is not there yet is not known."""
    preview = life.preview.outcome
    assert preview.ok
    assert preview.changes == 8
    assert set(operations(preview).values()) == {"create"}
    assert ended(preview, "by_id").new == {"name": "by_id", "text": UNKNOWN, "checked": True}
    assert ended(preview, "a").id == ""
    assert (life.preview.calls, life.preview.recorded) == ([], {})


def test_an_up_makes_what_others_depend_on_first(life: Life) -> None:
    """Every object is made, told and recorded, with the values of those that it depends on."""
    first, made, calls = life.up.outcome, life.up.recorded, life.up.calls
    assert first.ok
    assert calls.index("create a") < calls.index("create by_id")
    assert calls.index("create b") < calls.index("create c")
    assert made["by_id"]["inputs"] == {"name": "by_id", "text": made["a"]["id"], "checked": True}
    assert set(life.up.live) == {entry["id"] for entry in made.values()}
    assert (ended(first, "a").id, ended(first, "a").new) == (made["a"]["id"], made["a"]["outputs"])
    assert first.outputs == {"limit": 3, "token": f"token of {made['a']['id']}"}
    assert Message("info", "created a") in first.messages


def test_a_provider_is_given_the_configuration_of_the_stage(life: Life) -> None:
    """The stage's own values beat the project's, and what is no text arrives as JSON."""
    settings = json.loads(life.up.recorded["a"]["outputs"]["settings"])
    assert json.loads(settings.pop("ledger:tags")) == ["a", "b"]
    assert settings == {"ledger:colour": "blue", "ledger:limit": "3", "managed-agents:mode": "own"}


def test_a_second_up_changes_nothing(life: Life) -> None:
    """Nothing is written, and the outputs stay."""
    again = life.second_up.outcome
    assert (again.ok, again.changes, again.outputs) == (True, 0, life.up.outcome.outputs)
    assert set(operations(again).values()) == {"same"}
    assert life.second_up.calls == []


def test_a_preview_of_an_edit_tells_how_far_it_reaches(life: Life) -> None:
    """What only uses the id stays; what uses a text is told the new one, and of a version that it is not known."""
    preview = life.preview_of_edit.outcome
    kept = {"a": "update", "by_id": "same", "by_text": "update", "by_version": "update", "new": "same", "d": "create"}
    assert operations(preview) == {**kept, "b": "delete", "c": "delete", "kept": "delete"}
    assert ended(preview, "by_text").new == {"name": "by_text", "text": "two", "checked": True}
    assert ended(preview, "by_version").new == {"name": "by_version", "text": UNKNOWN, "checked": True}


def test_an_up_of_an_edit_sends_what_differs_and_keeps_what_moved(life: Life) -> None:
    """It does what was previewed: providers are told old and new, an alias is the same object, dependents go first."""
    outcome, step = life.up_of_edit.outcome, life.up_of_edit
    made, recorded = life.up.recorded, life.up_of_edit.recorded
    check, diff, update = (call for call in step.arguments if call["name"] == "a")
    assert operations(outcome) == operations(life.preview_of_edit.outcome)
    assert step.calls[-2:] == ["delete c", "delete b"]
    assert (check["olds"]["text"], check["news"]["text"]) == ("one", "two")
    assert "version" not in check["olds"]
    assert (diff["olds"]["version"], diff["news"]["text"], diff["news"]["checked"]) == (1.0, "two", True)
    assert (update["olds"]["text"], update["news"]["text"]) == ("one", "two")
    assert recorded["by_version"]["inputs"]["text"] == "2.0"
    assert recorded["new"]["id"] == made["old"]["id"]
    assert set(step.live) == {entry["id"] for entry in recorded.values()} | {made["kept"]["id"]}
    assert outcome.outputs == {}


def test_a_destroy_leaves_what_is_to_be_retained(life: Life) -> None:
    """Dependents go first, and nothing is recorded any more."""
    assert life.destroy.outcome.ok
    assert life.destroy.calls.index("delete d") < life.destroy.calls.index("delete x")
    assert life.destroy.recorded == {}
    assert list(life.destroy.live) == [life.up.recorded["kept"]["id"]]


REPLACED = """
a = Entry("a", kind="{0}")
Entry("b", text=a.id)
first = Entry("first", kind="{0}", first=True)
Entry("c", text=first.token)
Entry("d", text="d", opts=Options(depends_on=[first]))
"""


def test_a_replacement_while_others_depend_on_it(project: Project) -> None:
    """The old object goes last, or first where the provider wants that; its dependents get the new one's values."""
    project.run("up", REPLACED.format("x"))
    preview = project.run("preview", REPLACED.format("y"))
    outcome = project.run("up")
    recorded = project.recorded()

    for run in (preview, outcome):
        assert run.ok
        assert [step.op for step in run.steps if step.name == "a"] == ["replace", "delete-replaced"]
        assert [step.op for step in run.steps if step.name == "first"] == ["delete-replaced", "replace"]
        assert (ended(run, "b").op, ended(run, "c").op, ended(run, "d").op) == ("update", "update", "same")
    calls = [call for call in project.calls() if call[-1] in "ab"]
    assert calls == ["create a", "update b", "delete a"]
    assert [call for call in project.calls() if call not in calls] == ["delete first", "create first", "update c"]
    assert outcome.changes == 4
    assert recorded["c"]["inputs"]["text"] == f"token of {recorded['first']['id']}"
    assert set(project.live()) == {entry["id"] for entry in recorded.values()}


CANARY = "tweet-7c1d"
SEEN = """
Entry("changed", text="one")
Entry("gone")
Entry("same")
secret = Entry("secret", text=pulumi.Output.secret("{0}"), nested={{"key": pulumi.Output.secret("{0}"), "open": "x"}})
Entry("user", text=secret.text)
pulumi.export("text", secret.text)
"""


def files_holding(project: Project, text: str) -> list[str]:
    """The files below the test's folder, API and program (and its byte code) aside, that hold a text."""
    aside = [project.root / name for name in ("api", "calls.jsonl", "__main__.py", "__pycache__")]
    found = [path for path in project.root.parent.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]
    return [str(path) for path in found if not any(path.is_relative_to(other) for other in aside)]


def test_what_a_refresh_sees_and_what_nobody_may_see(project: Project) -> None:
    """A refresh records what changed or is gone; a secret reaches the provider alone, and is known again."""
    first = project.run("up", SEEN.format(CANARY))
    made = project.recorded()
    (create,) = [call for call in project.arguments() if (call["kind"], call["name"]) == ("create", "secret")]
    assert (create["props"]["text"], create["props"]["nested"]) == (CANARY, {"key": CANARY, "open": "x"})
    assert first.outputs == {"text": "[secret]"}
    assert '"text": "[secret]"' in json.dumps(ended(first, "secret").new)
    assert made["secret"]["inputs"]["text"] == made["secret"]["outputs"]["text"] == "[secret]"
    assert made["secret"]["outputs"]["nested"]["open"] == "x"

    (project.root / "api" / f"{made['gone']['id']}.json").unlink()
    live = project.live()[made["changed"]["id"]]
    (project.root / "api" / f"{made['changed']['id']}.json").write_text(json.dumps(live | {"text": "by hand"}), "utf-8")
    refresh = project.run("refresh")
    seen = project.recorded()
    assert refresh.ok
    assert project.calls() == []
    same = {"same": "same", "secret": "same", "user": "same"}
    assert operations(refresh) == {"changed": "update", "gone": "delete", **same}
    assert seen["changed"]["outputs"]["text"] == seen["changed"]["inputs"]["text"] == "by hand"
    assert seen["secret"]["outputs"]["text"] == "[secret]"

    again = project.run("up")
    (diff,) = [call for call in project.arguments() if (call["kind"], call["name"]) == ("diff", "secret")]
    assert operations(again) == {"changed": "update", "gone": "create", **same}
    assert diff["olds"]["text"] == diff["news"]["text"] == CANARY
    assert CANARY not in repr((first, refresh, again, project.recorded()))
    assert files_holding(project, CANARY) == []
