"""What `adopt` lists, with the Pulumi CLI and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.commands.adopt.adopt import adopt_stage, unrecorded
from pulumi_managed_agents.commands.adopt.file_writer import ImportEntry, ImportFile
from pulumi_managed_agents.commands.adopt.report import Adoption
from pulumi_managed_agents.commands.adopt.selection import AdoptionChoice
from pulumi_managed_agents.commands.init import write_project
from pulumi_managed_agents.errors import ManagedAgentsError
from tests.command_project import WITHOUT_CLI
from tests.commands.report_schemas import valid

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.api import Client

MARK = "pulumi-managed-agents"


def made(client: Client, name: str, mark: str = "") -> str:
    """The id of a new environment that may carry a stack's mark."""
    return str(client.environments.create({"name": name, "metadata": {MARK: mark} if mark else {}})["id"])


def test_where_no_state_can_be_read_all_that_is_live_is_listed_and_the_doubt_is_reported(client: Client) -> None:
    """Also what the stage may manage itself is there, with the mark by which a person can tell."""
    made(client, "free")
    made(client, "own", "shop/dev/environments/own")
    shown = unrecorded(client, "shop", "dev", None, has_cli=False).rendered("text")
    assert "environment 'free' (env_" in shown
    assert "environment 'own' (env_" in shown
    assert ", belongs to shop/dev/environments/own" in shown
    assert "some of these may be managed already, as those that carry shop/dev" in shown


def test_what_the_state_holds_is_no_candidate(client: Client) -> None:
    """And of the others a mark is told only where it is another stack's."""
    held = made(client, "held", "shop/dev/environments/held")
    made(client, "lost", "shop/dev/environments/lost")
    made(client, "theirs", "shop/prod/environments/theirs")
    found = valid("adopt", unrecorded(client, "shop", "dev", {held}, has_cli=True).rendered("json"))
    marks = {one["name"]: one["mark"] for one in found["adoptable"]}
    assert marks == {"lost": "", "theirs": "shop/prod/environments/theirs"}
    assert found["notes"] == []


def test_without_the_cli_there_is_a_list_and_a_word_on_what_is_missing(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking needs the API alone; a choice gets advice on what to install before anything is written."""
    list(write_project(tmp_path, "minimal", "shop"))
    monkeypatch.setenv("PATH", WITHOUT_CLI)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", client.settings.base_url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", client.settings.headers["x-api-key"])
    made(client, "live")
    before = sorted((tmp_path / "stacks").iterdir())
    shown = adopt_stage(tmp_path, "dev", AdoptionChoice(), emulator=False).rendered("text")
    assert "environment 'live' (env_" in shown
    assert "To adopt needs the Pulumi CLI" in shown
    with pytest.raises(ManagedAgentsError, match=r"needs the Pulumi CLI.*nothing was written"):
        adopt_stage(tmp_path, "dev", AdoptionChoice(everything=True), emulator=False)
    assert sorted((tmp_path / "stacks").iterdir()) == before


@pytest.mark.parametrize("wants_import", [False, True])
def test_an_adoption_says_to_programs_what_is_left_to_do(wants_import: bool) -> None:
    """Where the state has the objects there is no file to import any more."""
    entry = ImportEntry("environment", "env_1", "environments/box", "stacks/dev/environments/box.yaml")
    imports = ImportFile("stacks/dev.import.json", (entry,), (), ("pulumi import", "managed-agents preview dev"))
    adopted = valid("adopt", Adoption("dev", ("a note",), (), imports, wants_import).rendered("json"))
    assert (adopted["imported"], adopted["import_file"]) == (wants_import, "" if wants_import else imports.file)
    assert adopted["next"] == list(imports.commands[wants_import:])
    assert (adopted["adopted"][0]["id"], adopted["adopted"][0]["new_file"]) == ("env_1", False)
