"""What has no definition file of its own: credentials with their secrets, and files of deployments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from pulumi_managed_agents.commands.adopt.drafts import drafts
from pulumi_managed_agents.commands.adopt.import_file import IdAndVersion, StackIdentity, managed_entry
from pulumi_managed_agents.commands.adopt.inline_resources import credential_body, inline_resources
from pulumi_managed_agents.commands.adopt.selection import ADOPTABLE, Candidate
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import compare
from pulumi_managed_agents.reconcile.packed_record import unpacked
from pulumi_managed_agents.reconcile.record import APPLIED
from pulumi_managed_agents.reconcile.stored_record import read_record
from pulumi_managed_agents.stage import load
from pulumi_managed_agents.stage.secrets import with_values

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.commands.adopt.drafts import Draft
    from pulumi_managed_agents.stage import Stage

HOME = StackIdentity("shop", "dev", "wrkspc_1")
BEARER = {"type": "static_bearer", "mcp_server_url": "https://crm.example.com/mcp", "token": "s3cret"}
HELLO = [{"type": "user.message", "content": [{"type": "text", "text": "Hello"}]}]


def written(draft: Draft, folder: Path) -> Stage:
    """The stage that has one definition."""
    for path, content in draft.files:
        (folder / "stacks/dev" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "stacks/dev" / path).write_bytes(content)
    return load("dev", project_dir=folder, project="shop")


@pytest.mark.parametrize(
    ("value", "later", "moved"),
    [
        pytest.param("s3cret", "s3cret", False, id="known and the same"),
        pytest.param("s3cret", "another", True, id="known and another"),
        pytest.param("", "anything", False, id="never known"),
    ],
)
def test_a_secret_is_recorded_by_its_mark_alone(
    client: Client, tmp_path: Path, value: str, later: str, moved: bool
) -> None:
    """Another value is an edit where the first one was known; the entry holds neither."""
    vault = client.vaults.create({"display_name": "CRM"})
    client.vaults.within(vault["id"]).create({"auth": BEARER})
    [draft] = drafts(client, [Candidate(ADOPTABLE["vault"], vault)], (), {})
    stage = written(draft, tmp_path)
    definitions = {one.name: one for one in stage.definitions}
    [credential] = inline_resources(client, draft.adopted, definitions)
    definition = definitions[credential.name]
    made = {draft.adopted.name: IdAndVersion(vault["id"])}
    given = {"CRM_EXAMPLE_COM_TOKEN": value} if value else {}
    entry = managed_entry(credential, definition, stage, HOME, made, given)
    assert "s3cret" not in str({**entry, "outputs": unpacked(entry["outputs"])})

    body = {"vault_id": vault["id"], **with_values("credential", definition.body, lambda _: later)}
    record = read_record(
        {"vault_id": vault["id"], "auth": entry["inputs"]["auth"]}, unpacked(entry["outputs"])[APPLIED]
    )
    changes = compare(credential.facts, {**body, "vault_id": vault["id"]}, record, credential.live)
    assert [one.path for one in changes] == [("auth", "token")] * moved


def test_secrets_of_all_credentials_get_names_of_their_own() -> None:
    """Two tokens for one server are two secrets, and a name that the stage uses is not taken."""
    used = {"api_token"}
    variable = {"type": "environment_variable", "secret_name": "API_TOKEN", "networking": {"type": "unrestricted"}}
    names = [
        credential_body({"id": "vcrd_1", "auth": auth}, used)["auth"]
        for auth in (variable, {**BEARER}, {**BEARER, "mcp_server_url": "https://crm.example.com/other"})
    ]
    assert [auth.get("secret_value", auth.get("token")) for auth in names] == [
        {"secret": "API_TOKEN-2"},
        {"secret": "CRM_EXAMPLE_COM_TOKEN"},
        {"secret": "CRM_EXAMPLE_COM_TOKEN-2"},
    ]


@pytest.fixture
def session_file(client: Client, url: str) -> str:
    """The id of a file that a session wrote."""
    rules = {"rules": [{"do": [{"file": {"name": "prices.csv", "content": "a,b"}}]}]}
    httpx.put(f"{url}/_emulator/script", json=rules, timeout=60).raise_for_status()
    agent = client.agents.create({"name": "a", "model": "claude-opus-5-5"})["id"]
    environment = client.environments.create({"name": "box"})["id"]
    session = client.sessions.create({"agent": agent, "environment_id": environment})["id"]
    with client.sessions.stream(session) as stream:
        client.sessions.send(session, HELLO)
        next(event for event in stream if event["type"] == "session.status_idle")
    httpx.put(f"{url}/_emulator/script", json={}, timeout=60).raise_for_status()
    return str(client.files.of_session(session)[0]["id"])


def test_a_file_that_can_be_had_becomes_a_file_of_the_stage(client: Client, tmp_path: Path, session_file: str) -> None:
    """What was uploaded stays an id and is named; what a session wrote is downloaded, and plans nothing."""
    agent = client.agents.create({"name": "a", "model": "claude-opus-5-5"})["id"]
    environment = client.environments.create({"name": "other"})["id"]
    uploaded = client.files.upload("terms.txt", b"x")["id"]
    resources = [{"type": "file", "file_id": file} for file in (uploaded, session_file)]
    base = {"name": "Nightly", "agent": agent, "environment_id": environment, "initial_events": HELLO}
    deployment = client.deployments.create({**base, "resources": resources})
    [draft] = drafts(client, [Candidate(ADOPTABLE["deployment"], deployment)], ("files/prices.csv",), {})
    assert draft.remarks == (f"{uploaded} stays an id: the API does not hand out what was uploaded",)
    path = f"files/{session_file}/prices.csv"
    assert draft.files[1] == (path, b"a,b")

    stage = written(draft, tmp_path)
    definitions = {one.name: one for one in stage.definitions}
    [file] = inline_resources(client, draft.adopted, definitions)
    assert (file.name, file.id) == (path, session_file)
    entry = managed_entry(file, definitions[path], stage, HOME, {}, {})
    record = read_record(definitions[path].body, unpacked(entry["outputs"])[APPLIED])
    assert {field: entry["inputs"][field] for field in definitions[path].body} == definitions[path].body
    assert compare(FACTS["file"], definitions[path].body, record, file.live) == []
