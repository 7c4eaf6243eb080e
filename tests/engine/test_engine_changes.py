from __future__ import annotations

import json

from engine_project import Project, ended, operations

from pulumi_managed_agents.engine.events import UNKNOWN, Message

PAIR = """
a = Entry("a", text="one")
b = Entry("b", text=a.token)
pulumi.export("token", b.token)
"""


def test_a_preview_tells_all_and_changes_nothing(project: Project) -> None:
    """A preview names every step, knows what cannot be known yet, and writes to neither the API nor the state."""
    outcome = project.run("preview", PAIR)

    assert outcome.ok
    assert outcome.changes == 2
    assert operations(outcome) == {"a": "create", "b": "create"}
    assert ended(outcome, "b").new == {"name": "b", "text": UNKNOWN, "checked": True}
    assert ended(outcome, "b").id == ""
    assert project.calls() == []
    assert project.recorded() == {}


def test_up_creates_in_the_order_of_dependencies(project: Project) -> None:
    """What a resource takes from another is there when it is created; all of it is recorded and exported."""
    outcome = project.run("up", PAIR)
    a, b = project.recorded()["a"], project.recorded()["b"]

    assert outcome.ok
    assert project.calls() == ["create a", "create b"]
    assert b["inputs"] == {"name": "b", "text": f"token of {a['id']}", "checked": True}
    assert set(project.live()) == {a["id"], b["id"]}
    assert ended(outcome, "a").id == a["id"]
    assert ended(outcome, "a").new == a["outputs"]
    assert outcome.outputs == {"token": f"token of {b['id']}"}
    assert Message("info", "created a") in outcome.messages


def test_a_second_up_writes_nothing(project: Project) -> None:
    """A stage that is as the program says plans nothing and calls nothing that writes."""
    first = project.run("up", PAIR)
    again = project.run("up")
    preview = project.run("preview")

    assert (again.ok, again.changes, again.outputs) == (True, 0, first.outputs)
    assert (preview.ok, preview.changes) == (True, 0)
    assert operations(again) == {"a": "same", "b": "same"}
    assert project.calls() == []


def test_an_update_reaches_those_that_use_its_outputs(project: Project) -> None:
    """In the preview of an update its id and new inputs are known, its other outputs are not."""
    program = """
a = Entry("a", text="{}")
Entry("by_id", text=a.id)
Entry("by_text", text=a.text)
Entry("by_version", text=a.version.apply(str))
"""
    project.run("up", program.format("one"))
    preview = project.run("preview", program.format("two"))
    outcome = project.run("up")

    assert operations(preview) == {"a": "update", "by_id": "same", "by_text": "update", "by_version": "update"}
    assert ended(preview, "by_text").new == {"name": "by_text", "text": "two", "checked": True}
    assert ended(preview, "by_version").new == {"name": "by_version", "text": UNKNOWN, "checked": True}
    assert operations(outcome) == operations(preview)
    assert project.recorded()["by_version"]["inputs"]["text"] == "2.0"
    assert project.recorded()["a"]["outputs"]["version"] == 2


def test_the_provider_sees_old_outputs_and_new_inputs(project: Project) -> None:
    """`check` gets old inputs, `diff` and `update` old outputs, each beside the new inputs."""
    project.run("up", 'Entry("a", text="one")')
    project.run("up", 'Entry("a", text="two")')
    check, diff, update = project.arguments()

    assert (check["kind"], diff["kind"], update["kind"]) == ("check", "diff", "update")
    assert (check["olds"]["text"], check["news"]["text"]) == ("one", "two")
    assert "version" not in check["olds"]
    assert (diff["olds"]["version"], diff["news"]["text"], diff["news"]["checked"]) == (1.0, "two", True)
    assert (update["olds"]["text"], update["news"]["text"]) == ("one", "two")


def test_a_replacement_creates_before_it_deletes(project: Project) -> None:
    """The old object lives until those that used it have moved to the new one."""
    program = 'a = Entry("a", kind="{}")\nEntry("b", text=a.id)'
    project.run("up", program.format("x"))
    preview = project.run("preview", program.format("y"))
    outcome = project.run("up")

    assert operations(preview) == {"a": "delete-replaced", "b": "update"}
    assert [step.op for step in outcome.steps if step.name == "a"] == ["replace", "delete-replaced"]
    assert project.calls() == ["create a", "update b", "delete a"]
    assert outcome.changes == 2
    assert set(project.live()) == {project.recorded()["a"]["id"], project.recorded()["b"]["id"]}


def test_a_provider_can_want_deletion_first(project: Project) -> None:
    """The order a provider asks for is kept, unless the program's option overrules it."""
    program = 'Entry("a", kind="{}", first=True, opts=Options(delete_before_replace={}))'
    project.run("up", program.format("x", None))
    project.run("up", program.format("y", None))
    assert project.calls() == ["delete a", "create a"]

    project.run("up", program.format("z", False))
    assert project.calls() == ["create a", "delete a"]


def test_deletion_first_takes_along_what_cannot_stay(project: Project) -> None:
    """What would itself be replaced goes before what it needs; what can be updated stays."""
    program = """
a = Entry("a", kind="{}", first=True)
b = Entry("b", kind=a.token)
Entry("c", text=b.token)
Entry("d", text="d", opts=Options(depends_on=[a]))
"""
    project.run("up", program.format("x"))
    outcome = project.run("up", program.format("y"))

    assert project.calls() == ["delete b", "delete a", "create a", "create b", "update c"]
    assert [step.op for step in outcome.steps if step.name == "b"] == ["delete-replaced", "replace"]


def test_what_the_program_no_longer_names_is_deleted_last(project: Project) -> None:
    """Removal follows the creation of what is new, dependents first."""
    project.run("up", PAIR)
    preview = project.run("preview", 'Entry("c")')
    outcome = project.run("up")

    assert operations(preview) == {"a": "delete", "b": "delete", "c": "create"}
    assert operations(outcome) == operations(preview)
    assert project.calls() == ["create c", "delete b", "delete a"]
    assert outcome.outputs == {}
    assert list(project.live()) == [project.recorded()["c"]["id"]]


def test_destroy_deletes_dependents_first(project: Project) -> None:
    """Nothing is deleted while something that depends on it exists; in the end nothing is recorded."""
    project.run("up", 'a = Entry("a")\nb = Entry("b", opts=Options(depends_on=[a]))\nEntry("c", text=b.id)')
    outcome = project.run("destroy")

    assert outcome.ok
    assert project.calls() == ["delete c", "delete b", "delete a"]
    assert project.recorded() == {}
    assert project.live() == {}


def test_independent_resources_are_created_side_by_side(project: Project) -> None:
    """Creates that wait for each other succeed, so they do run at the same time."""
    outcome = project.run("up", 'for name in "abc": Entry(name, meet=3)')

    assert outcome.ok
    assert sorted(project.calls()) == ["create a", "create b", "create c"]


def test_a_provider_can_leave_the_comparison_to_the_engine(project: Project) -> None:
    """Where `diff` does not say, inputs that differ are a change."""
    program = 'Entry("a", blind=True, text="{}")'
    project.run("up", program.format("one"))
    assert operations(project.run("preview")) == {"a": "same"}
    assert operations(project.run("preview", program.format("two"))) == {"a": "update"}


def test_refresh_records_what_is_there(project: Project) -> None:
    """A refresh takes over changed values and forgets what is gone; it changes nothing itself."""
    program = 'Entry("changed", text="one")\nEntry("gone")\nEntry("same")'
    project.run("up", program)
    before = project.recorded()
    api = project.root / "api"
    (api / f"{before['gone']['id']}.json").unlink()
    live = project.live()[before["changed"]["id"]]
    (api / f"{before['changed']['id']}.json").write_text(json.dumps(live | {"text": "by hand"}), "utf-8")

    outcome = project.run("refresh")
    assert outcome.ok
    assert project.calls() == []
    assert operations(outcome) == {"changed": "update", "gone": "delete", "same": "same"}
    assert set(project.recorded()) - {"ledger-dev"} == {"changed", "same"}
    assert project.recorded()["changed"]["outputs"]["text"] == "by hand"
    assert project.recorded()["changed"]["inputs"]["text"] == "by hand"

    assert operations(project.run("up")) == {"changed": "update", "gone": "create", "same": "same"}


def test_configuration_reaches_program_and_provider(project: Project) -> None:
    """The stage's values win over the project's, in every namespace; structured values are JSON."""
    outcome = project.run("up", 'Entry("a")\npulumi.export("limit", pulumi.Config().require_int("limit"))')

    assert outcome.outputs == {"limit": 3}
    settings = json.loads(project.recorded()["a"]["outputs"]["settings"])
    tags = json.loads(settings.pop("ledger:tags"))
    assert tags == ["a", "b"]
    assert settings == {"ledger:colour": "blue", "ledger:limit": "3", "managed-agents:mode": "own"}


def test_components_group_their_children(project: Project) -> None:
    """A component is recorded with its outputs, names its children's URNs, and needs no provider."""
    program = 'Entry("a", opts=Options(parent=Group("g", size={})))'
    project.run("up", program.format(1))
    recorded = project.recorded()
    changed = project.run("up", program.format(2))

    assert recorded["a"]["urn"].endswith("::ledger:index:Group$pulumi-python:dynamic/ledger:Entry::a")
    assert recorded["g"]["outputs"] == {"size": 1}
    assert operations(changed) == {"g": "update", "a": "same"}
    assert project.run("destroy").ok


def test_an_alias_keeps_a_moved_resource(project: Project) -> None:
    """A renamed resource, and the children of a renamed component, keep their objects."""
    project.run("up", 'Entry("old", name="x")\nEntry("g-a", name="y", opts=Options(parent=Group("g")))')
    before = {entry["inputs"]["name"]: entry["id"] for entry in project.recorded().values() if entry["id"]}
    program = """
moved = Entry("new", name="x", opts=Options(aliases=[pulumi.Alias(name="old")]))
Entry("h-a", name="y", opts=Options(parent=Group("h", opts=Options(aliases=[pulumi.Alias(name="g")]))))
Entry("z", text=moved.id)
"""
    preview = project.run("preview", program)
    outcome = project.run("up")

    assert operations(preview) == {"new": "same", "h": "same", "h-a": "same", "z": "create"}
    assert operations(outcome) == operations(preview)
    assert project.calls() == ["create z"]
    after = {entry["inputs"]["name"]: entry["id"] for entry in project.recorded().values() if entry["id"]}
    assert after == {**before, "z": after["z"]}
    assert project.run("destroy").ok


def test_a_retained_resource_is_only_forgotten(project: Project) -> None:
    """`retain_on_delete` takes a resource out of the state and leaves its object alone."""
    project.run("up", 'Entry("a", opts=Options(retain_on_delete=True))')
    outcome = project.run("destroy")

    assert outcome.ok
    assert project.calls() == []
    assert len(project.live()) == 1
    assert project.recorded() == {}


def test_a_stage_can_read_what_another_recorded(project: Project) -> None:
    """The functions a gate asks answer from the same backend; an unknown stage is an error the program may catch."""
    project.run("up", 'pulumi.export("pin", Entry("a").id)')
    program = """
ask = lambda function, **args: pulumi.runtime.invoke(f"pulumi:pulumi:{function}", args).value["outputs"]
Entry("a")
pulumi.export("pin", ask("readStackOutputs", name="organization/ledger/dev")["pin"])
read = ask("readStackResourceOutputs", stackName="organization/ledger/dev")
pulumi.export("names", [entry["outputs"]["name"] for entry in read.values() if "Entry" in entry["type"]])
try:
    ask("readStackOutputs", name="organization/ledger/nowhere")
except Exception as error:
    pulumi.export("error", str(error))
"""
    outcome = project.run("up", program)

    assert outcome.ok
    assert outcome.outputs["pin"] == project.recorded()["a"]["id"]
    assert outcome.outputs["names"] == ["a"]
    assert "unknown stack" in outcome.outputs["error"]
