from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.stage import Reference
from pulumi_managed_agents.stage.secrets import named_secrets, with_values
from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, SMOKE, FindingsOf, Load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stage.stage_files import Files

VAULT = """\
display_name: CRM
credentials:
- display_name: Server
  auth: {type: static_bearer, mcp_server_url: https://mcp.crm.example/sse/, token: {secret: CRM_TOKEN}}
- auth:
    type: environment_variable
    secret_name: API_KEY
    secret_value: {secret: API_KEY}
    networking: {type: unrestricted}
"""
FOLDER = {"agents/helper.yaml": AGENT, "environments/cloud.yaml": ENVIRONMENT}
MOUNTED = DEPLOYMENT + "resources: [{path: ../files/prices.csv, mount_path: prices.csv}]\n"


def test_each_credential_of_a_vault_is_a_resource_inside_it(loaded: Load) -> None:
    """It is named for what it is for, refers to its vault, comes after it, and knows its place in the vault's file."""
    vault, *credentials = sorted(loaded({"vaults/crm.yaml": VAULT}).definitions, key=lambda one: one.kind, reverse=True)
    assert (vault.name, vault.body) == ("vaults/crm", {"display_name": "CRM"})
    assert {one.name: one.line(("auth",)) for one in credentials} == {
        "vaults/crm/mcp.crm.example/sse": 4,
        "vaults/crm/API_KEY": 5,
    }
    assert [one.body["vault_id"] for one in credentials] == [Reference("vaults/crm", "vault", "id")] * 2


def test_a_renamed_vault_keeps_its_credentials(loaded: Load) -> None:
    """What a vault was called before, its credentials were called after it."""
    values = "overrides: {vaults/crm.yaml: {was: vaults/old}}\n"
    stage = loaded({"vaults/crm.yaml": VAULT, "/stacks/dev.values.yaml": values})
    assert {one.was for one in stage.definitions} == {
        ("vaults/old",),
        ("vaults/old/API_KEY",),
        ("vaults/old/mcp.crm.example/sse",),
    }


def test_secrets_are_found_by_place_and_filled_in(loaded: Load) -> None:
    """Only where the API takes a secret: metadata may hold a key that is called so."""
    stage = loaded({"vaults/crm.yaml": VAULT.replace("- auth:", "- metadata: {secret: METADATA}\n  auth:")})
    one = next(one for one in stage.definitions if one.name == "vaults/crm/API_KEY")
    assert list(named_secrets(one)) == [(("auth", "secret_value"), "API_KEY")]
    filled = with_values(one.kind, one.body, {"API_KEY": "value"}.__getitem__)
    assert (filled["auth"]["secret_value"], filled["metadata"]) == ("value", {"secret": "METADATA"})


def test_a_file_that_a_deployment_mounts_is_a_resource(loaded: Load) -> None:
    """Its content has a digest, its path is its name, and the deployment refers to it with what else is said there."""
    stage = loaded({**FOLDER, "deployments/d.yaml": MOUNTED, "files/prices.csv": b"a,b\n"})
    file = next(one for one in stage.definitions if one.kind == "file")
    deployment = stage.definitions[-1]
    assert (file.name, file.body["file"], file.body["filename"]) == (
        "files/prices.csv",
        "stacks/dev/files/prices.csv",
        "prices.csv",
    )
    assert deployment.body["resources"][0].value("ID") == {
        "type": "file",
        "file_id": "ID",
        "mount_path": "prices.csv",
    }


OUTCOME = """\
name: nightly
agent: ../agents/helper.yaml
environment_id: ../environments/cloud.yaml
initial_events:
- {type: user.message, content: [{type: document, source: {type: file, file_id: PLACE}}]}
- {type: user.define_outcome, description: A table., rubric: {path: ../files/rubric.md}}
"""


def test_events_name_files_by_path(loaded: Load) -> None:
    """What a message shows and what an outcome is graded by are uploaded; an id of a file stays as it is."""
    files: Files = {"files/a.pdf": b"%PDF", "files/rubric.md": "Right.\n"}
    stage = loaded({**FOLDER, **files, "deployments/d.yaml": OUTCOME.replace("PLACE", "../files/a.pdf")})
    assert [one.name for one in stage.definitions if one.kind == "file"] == ["files/a.pdf", "files/rubric.md"]
    message, outcome = stage.definitions[-1].body["initial_events"]
    assert message["content"][0]["source"].value("ID") == {"type": "file", "file_id": "ID"}
    assert outcome["rubric"].value("ID") == {"type": "file", "file_id": "ID"}
    stage = loaded({**FOLDER, **files, "deployments/d.yaml": OUTCOME.replace("PLACE", "file_01abc")})
    source = stage.definitions[-1].body["initial_events"][0]["content"][0]["source"]
    assert source == {"type": "file", "file_id": "file_01abc"}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        pytest.param("a.pdf", "'a.pdf' is neither the path of a file here nor an id (file_…)", id="neither"),
        pytest.param("./a.pdf", "'./a.pdf' does not exist", id="no file"),
        pytest.param("../agents/helper.yaml", "'../agents/helper.yaml' is an agent; a file belongs here", id="agent"),
    ],
)
def test_what_is_no_file_is_refused_in_events(findings_of: FindingsOf, written: str, complaint: str) -> None:
    """Nothing goes to the API as the id of a file that can be none."""
    findings = findings_of({**FOLDER, "files/rubric.md": "x", "deployments/d.yaml": OUTCOME.replace("PLACE", written)})
    place = "stacks/dev/deployments/d.yaml:5: initial_events[0].content[0].source.file_id: "
    assert findings == [place + complaint]


def test_a_smoke_test_sends_files_by_path(loaded: Load) -> None:
    """They are uploaded with the stage, and the test is another one when the content of one changes."""
    smoke = SMOKE.replace("send: Hello", "send: [{type: image, source: {path: ../files/a.png}}]")
    smoke += "outcome: {description: A table., rubric: {path: ../files/rubric.md}}\n"
    files: Files = {**FOLDER, "smoke/a.yaml": smoke, "files/a.png": b"\x89PNG", "files/rubric.md": "Right.\n"}
    before = loaded(files)
    assert [one.name for one in before.definitions if one.kind == "file"] == ["files/a.png", "files/rubric.md"]
    after = loaded({**files, "files/rubric.md": "Wrong.\n"})
    assert before.smoke[0].digest != after.smoke[0].digest


def test_a_rubric_as_text_is_no_path(loaded: Load) -> None:
    """What a smoke test's rubric says in words is sent in words."""
    smoke = SMOKE + "outcome: {description: A table., rubric: It is good.}\n"
    assert loaded({**FOLDER, "smoke/a.yaml": smoke}).smoke[0].body["outcome"]["rubric"] == "It is good."


def test_another_content_is_another_digest(loaded: Load) -> None:
    """The digest is what decides about an upload."""
    digests = set()
    for content in (b"a,b\n", b"c,d\n", b"a,b\n"):
        stage = loaded({**FOLDER, "deployments/d.yaml": MOUNTED, "files/prices.csv": content})
        digests.add(next(one for one in stage.definitions if one.kind == "file").body["digest"])
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("resource", "finding"),
    [
        pytest.param("{path: ../files/none.csv}", "resources[0].path: '../files/none.csv' does not exist", id="none"),
        pytest.param("{path: ../files}", "resources[0].path: '../files' exists but is not a definition", id="folder"),
        pytest.param("{path: ../../x.csv}", "resources[0].path: '../../x.csv' leaves the stage folder", id="outside"),
        pytest.param(
            "{type: file, file_id: ../files/none.csv}",
            "resources[0].file_id: '../files/none.csv' does not exist",
            id="by id",
        ),
        pytest.param(
            "{type: memory_store, path: ../files/a.csv}",
            "resources[0].type: has to be file for a file, or left out",
            id="another type",
        ),
    ],
)
def test_a_file_that_cannot_be_mounted_is_an_error(findings_of: FindingsOf, resource: str, finding: str) -> None:
    """It is found before anything is sent, with its place."""
    files = {**FOLDER, "deployments/d.yaml": f"{DEPLOYMENT}resources: [{resource}]\n", "files/a.csv": "a"}
    assert any(one.startswith(f"stacks/dev/deployments/d.yaml:5: {finding}") for one in findings_of(files)), (
        findings_of(files)
    )


def test_a_link_out_of_the_stage_is_not_uploaded(findings_of: FindingsOf, tmp_path: Path) -> None:
    """A link must not send a file of the machine to the API."""
    (tmp_path / "secret.txt").write_text("x", "utf-8")
    (tmp_path / "stacks/dev/files").mkdir(parents=True)
    (tmp_path / "stacks/dev/files/prices.csv").symlink_to(tmp_path / "secret.txt")
    (finding,) = findings_of({**FOLDER, "deployments/d.yaml": MOUNTED})
    assert "files/prices.csv is a link that leaves the stage folder" in finding
