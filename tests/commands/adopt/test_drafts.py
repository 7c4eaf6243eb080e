"""Live objects of an emulator, written as a stage's files and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from pulumi_managed_agents.commands.adopt.drafts import Draft, drafts
from pulumi_managed_agents.commands.adopt.import_file import acknowledged, declared
from pulumi_managed_agents.commands.adopt.inline_resources import inline_resources
from pulumi_managed_agents.commands.adopt.selection import ADOPTABLE, Candidate, list_candidates
from pulumi_managed_agents.reconcile.compare import compare
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from pulumi_managed_agents.stage import load
from tests.commands.adopt.live_objects import make_objects_of_every_kind, make_skill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_managed_agents.api import Client


@pytest.fixture(
    params=[
        pytest.param({}, id="as documented"),
        pytest.param({"toolset_configs": "expand", "domains": "lower", "schema_optionals": "null"}, id="enriching"),
        pytest.param({"unset_optionals": "absent", "skill_latest": "echo"}, id="terse"),
    ]
)
def habits(request: pytest.FixtureRequest, url: str) -> Iterator[None]:
    """The answers to what the API has not settled."""
    before = httpx.get(f"{url}/_emulator/switches", timeout=60).raise_for_status().json()
    httpx.put(f"{url}/_emulator/switches", json=request.param, timeout=60).raise_for_status()
    yield
    defaults = {name: switch["default"] for name, switch in before.items()}
    httpx.put(f"{url}/_emulator/switches", json=defaults, timeout=60).raise_for_status()


def all_drafts(client: Client, taken: tuple[str, ...] = ()) -> dict[str, Draft]:
    made = drafts(client, list_candidates(client, ADOPTABLE.values()), taken, {})
    return {draft.path: draft for draft in made}


@pytest.mark.usefixtures("habits")
def test_files_with_every_field_plan_nothing_against_what_is_live(client: Client, tmp_path: Path) -> None:
    """Written, loaded and compared with the live objects, every kind and every field is as it was."""
    make_objects_of_every_kind(client)

    planned = all_drafts(client)
    for path, content in (file for draft in planned.values() for file in draft.files):
        (tmp_path / "stacks/dev" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stacks/dev" / path).write_bytes(content)
    stage = load("dev", project_dir=tmp_path, project="shop", strict=True)

    definitions = {one.name: one for one in stage.definitions}
    inside = [part for draft in planned.values() for part in inline_resources(client, draft.adopted, definitions)]
    adopted = {one.name: one for one in (*(draft.adopted for draft in planned.values()), *inside)}
    made = {name: one.applied for name, one in adopted.items()}
    assert definitions.keys() == adopted.keys()
    for definition in stage.definitions:
        one, body = adopted[definition.name], declared(definition, made)
        record = read_record(body, record_of(one.facts, one.live, body))
        assert compare(one.facts, body, record, one.live) == []
        assert acknowledged(one.facts, body, one.known) == body


def test_agents_in_a_circle_name_each_other_by_id(client: Client) -> None:
    """Paths would make a loop that could never be created; the ids keep what is live."""
    first = client.agents.create({"name": "First", "model": "claude-sonnet-5"})

    def delegating(to: str) -> dict[str, Any]:
        return {"type": "multiagent_20261001", "subagents": {"type": "enabled", "predefined_agents": [to]}}

    second = client.agents.create({"name": "Second", "model": "claude-sonnet-5", "multiagent": delegating(first["id"])})
    client.agents.update(first["id"], {"version": 1, "multiagent": delegating(second["id"])})
    written = {path: draft.files[0][1].decode() for path, draft in all_drafts(client).items()}
    assert second["id"] in written["agents/first.md"]
    assert first["id"] in written["agents/second.md"]


def test_names_in_use_are_not_used_again_and_labels_go_to_the_values_file(client: Client) -> None:
    """Two objects of one name get a number each, and a skill's display name is kept."""
    make_skill(client, "notes", display_name="Taking notes")
    make_skill(client, "notes")
    client.agents.create({"name": "Triage", "model": "claude-sonnet-5"})
    planned = all_drafts(client, taken=("agents/triage",))
    assert sorted(planned) == ["agents/triage-2.md", "skills/notes", "skills/notes-2"]
    assert [draft.overrides for path, draft in sorted(planned.items())] == [{}, {}, {"display_name": "Taking notes"}]


def test_fields_that_nobody_knows_are_left_out_and_named(client: Client) -> None:
    """A field newer than this package may be one that the API does not take back."""
    live = {**client.environments.create({"name": "box"}), "tier": {"level": 3}}
    [draft] = drafts(client, [Candidate(ADOPTABLE["environment"], live)], (), {})
    assert (draft.files, draft.left_out) == ((("environments/box.yaml", b"name: box\n"),), ("tier",))
