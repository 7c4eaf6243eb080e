"""`adopt=` in a program: the live object is taken over, changed only where it differs, or refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.apply import adopt
from pulumi_managed_agents.reconcile.context import Subject
from pulumi_managed_agents.reconcile.mark import mark_of
from pulumi_managed_agents.reconcile.observation import plan_resource
from pulumi_managed_agents.reconcile.stored_record import read_record
from pulumi_managed_agents.stage.builder import read_skill

if TYPE_CHECKING:
    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.context import Context

MARK = "shop/dev/agents/triage"
BODY = {"name": "Triage", "model": "claude-opus-5-5", "system": "You sort."}


def subject(kind: str) -> Subject:
    return Subject(FACTS[kind], "triage", mark=MARK)


def test_an_object_that_is_as_declared_is_taken_over_without_a_write(context: Context, client: Client) -> None:
    """Adopting what is right already changes neither version nor metadata."""
    made = client.agents.create({**BODY, "description": "Not declared."})
    assert adopt(context, subject("agent"), BODY, made["id"]) == made
    assert client.agents.get(made["id"]) == made


def test_an_object_that_differs_becomes_what_is_declared_and_gets_the_mark(context: Context, client: Client) -> None:
    """One update brings it there; what is not declared stays."""
    made = client.agents.create({**BODY, "system": "You guess.", "description": "Stays."})
    live = adopt(context, subject("agent"), BODY, made["id"])
    assert (live["version"], live["system"], live["description"]) == (2, "You sort.", "Stays.")
    assert mark_of(live) == MARK


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        pytest.param(
            {"pulumi-managed-agents": "shop/prod/agents/triage"}, "belongs to shop/prod", id="another stack's"
        ),
        pytest.param(
            {"pulumi-managed-agents": "shop/dev/agents/b"}, "belongs to shop/dev/agents/b", id="another name's"
        ),
    ],
)
def test_what_belongs_to_somebody_else_is_refused(
    context: Context, client: Client, metadata: dict[str, str], message: str
) -> None:
    """Two resources never manage one object."""
    made = client.agents.create({**BODY, "metadata": metadata})
    with pytest.raises(Refused, match=message):
        adopt(context, subject("agent"), {**BODY, "system": "Mine."}, made["id"])
    assert client.agents.get(made["id"]) == made


def test_what_is_archived_or_gone_is_refused(context: Context, client: Client) -> None:
    """A typo or a dead object is reported as such."""
    made = client.agents.create(BODY)
    client.agents.archive(made["id"])
    with pytest.raises(Refused, match="is archived and cannot be adopted"):
        adopt(context, subject("agent"), BODY, made["id"])
    with pytest.raises(Refused, match="does not exist and cannot be adopted"):
        adopt(context, subject("agent"), BODY, "agent_none")


def test_a_type_that_can_never_change_is_refused(context: Context, client: Client) -> None:
    """The API cannot turn a cloud environment into a host of one's own, so adoption does not try."""
    made = client.environments.create({"name": "box"})
    with pytest.raises(Refused, match=r"another config\.type"):
        adopt(context, subject("environment"), {"name": "box", "config": {"type": "self_hosted"}}, made["id"])


def test_an_object_that_is_being_replaced_is_not_adopted_again(context: Context, client: Client) -> None:
    """Once the resource exists, `adopt` says nothing: a replacement is a new object."""
    made = client.agents.create(BODY)
    client.agents.archive(made["id"])
    assert plan_resource(context, subject("agent"), made["id"], BODY, read_record(BODY, {})).replaces
    assert adopt(context, subject("agent"), BODY, made["id"])["id"] != made["id"]


def test_another_object_can_be_adopted_in_the_place_of_the_recorded_one(context: Context, client: Client) -> None:
    """Where the argument has come to name another object, that one is taken over, and the old one gives up its mark."""
    old, other = (client.agents.create(BODY) for _ in range(2))
    about = replace(subject("agent"), replaces=old["id"])
    assert adopt(context, about, BODY, old["id"])["id"] not in {old["id"], other["id"]}
    assert adopt(context, about, BODY, other["id"])["id"] == other["id"]
    assert mark_of(client.agents.get(old["id"])) == f"{about.mark} (replaced)"


@pytest.fixture
def skill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    directory = Path("skills/notes")
    directory.mkdir(parents=True)
    (directory / "SKILL.md").write_text("---\nname: notes\ndescription: Notes.\n---\nWrite.\n", encoding="utf-8")
    return directory


def declared(directory: Path) -> dict[str, Any]:
    bundle = read_skill(directory)
    return {"directory": bundle.directory, "digest": bundle.digest, "name": bundle.name}


def upload(client: Client, name: str = "notes") -> dict[str, Any]:
    text = f"---\nname: {name}\ndescription: Notes.\n---\nWrite.\n"
    return client.skills.upload([(f"{name}/SKILL.md", text.encode())])


def test_a_skill_is_uploaded_only_where_its_files_differ(context: Context, client: Client, skill: Path) -> None:
    """Equal files make no version; changed ones make one of the same skill."""
    made = upload(client)
    assert (
        adopt(context, subject("skill"), declared(skill), made["id"])["latest_version_id"] == made["latest_version_id"]
    )
    (skill / "more.txt").write_text("more", encoding="utf-8")
    live = adopt(context, subject("skill"), declared(skill), upload(client)["id"])
    assert live["latest_version_id"] != made["latest_version_id"]


def test_a_skill_of_another_name_is_refused(context: Context, client: Client, skill: Path) -> None:
    """The first upload fixes a skill's name."""
    with pytest.raises(Refused, match="another name"):
        adopt(context, subject("skill"), declared(skill), upload(client, "other")["id"])
