"""A resource that moves to another parent stays the object it is, and its mark follows with the next write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.dynamic.program.stack_state import Marks, Outputs
from pulumi_managed_agents.engine.trial.provider_process import to_struct
from pulumi_managed_agents.reconcile.mark import KEY
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE
from pulumi_managed_agents.stage.builder import read_skill

if TYPE_CHECKING:
    from tests.dynamic.provider_process import Props, Provider

INSIDE = "acme:support:Desk::triage"
BODIES: dict[str, Props] = {
    "agent": {"name": "Triage", "model": "claude-haiku-5-5"},
    "environment": {"name": "Triage"},
    "vault": {"display_name": "Triage"},
    "memory_store": {"name": "Triage"},
}
EDITS = {"agent": "name", "environment": "description", "vault": "display_name", "memory_store": "description"}


def live_mark(provider: Provider, kind: str, id: str) -> str | None:
    found = getattr(provider.server.hand.beta, f"{kind}s").retrieve(id)
    return (found.metadata or {}).get(KEY)


@pytest.mark.parametrize(("before", "after"), [("triage", INSIDE), (INSIDE, "triage")], ids=["in", "out"])
@pytest.mark.parametrize("kind", BODIES)
def test_a_move_writes_nothing_and_the_mark_follows_an_edit(
    provider: Provider, kind: str, before: str, after: str
) -> None:
    """Until then the state names the mark that the object bears, by which nobody takes it for another's."""
    made = provider.create(provider.declared(kind, before, **BODIES[kind]))
    provider.server.writes()
    moved = provider.declared(kind, after, **BODIES[kind])
    assert not provider.plan(made, moved).changes
    kept = provider.entry.update(made.id, made.outputs, moved).outs
    assert kept is not None
    assert provider.server.writes() == []
    assert kept["__resource"]["mark"] == live_mark(provider, kind, made.id) == f"shop/dev/{before}"

    edited = provider.declared(kind, after, **{**BODIES[kind], EDITS[kind]: "Another"})
    made.outputs = kept
    assert provider.plan(made, edited).changes
    written = provider.entry.update(made.id, made.outputs, edited).outs
    assert written is not None
    assert len(provider.server.writes()) == 1
    assert written["__resource"]["mark"] == live_mark(provider, kind, made.id) == f"shop/dev/{after}"


def test_a_skill_that_moves_keeps_its_mark_until_a_file_changes(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mark is among its files, which are uploaded for a change of theirs alone."""
    monkeypatch.chdir(tmp_path)
    made = provider.create(provider.declared("skill", "notes", **bundle(tmp_path, "Once.")))
    provider.server.writes()
    moved = provider.declared("skill", "acme:support:Desk::notes", **bundle(tmp_path, "Once."))
    provider.restart()
    assert not provider.entry.diff(made.id, made.outputs, moved).changes
    kept = provider.entry.update(made.id, made.outputs, moved).outs
    assert kept is not None
    assert (provider.server.writes(), kept["__resource"]["mark"]) == ([], "shop/dev/notes")

    edited = provider.declared("skill", "acme:support:Desk::notes", **bundle(tmp_path, "Twice."))
    written = provider.entry.update(made.id, kept, edited).outs
    assert written is not None
    assert written["__resource"]["mark"] == "shop/dev/acme:support:Desk::notes"


def bundle(folder: Path, text: str) -> Props:
    (folder / "notes").mkdir(exist_ok=True)
    (folder / "notes/SKILL.md").write_text(f"---\nname: notes\ndescription: How to.\n---\n{text}\n", encoding="utf-8")
    found = read_skill(Path("notes"))
    return {"directory": "notes", "digest": found.digest, "name": found.name}


def test_the_objects_that_bear_a_mark_are_reported_by_kind() -> None:
    """Of another resource's objects, those of the same kind alone could be taken for a resource's own."""

    def recorded(kind: str, id: str) -> Outputs:
        return Outputs(to_struct({RESOURCE: {"kind": kind, "mark": "shop/dev/triage"}, APPLIED: {"id": id}}))

    known = Marks(
        {
            "moved": recorded("agent", "agent_1"),
            "own": recorded("agent", "agent_2"),
            "namesake": recorded("environment", "env_1"),
        }
    )
    assert known.elsewhere("agent", "shop/dev/triage", "own") == ["agent_1"]
    assert known.elsewhere("environment", "shop/dev/triage", "namesake") is None
