"""Files as `ant apply` takes them, written as in the repositories that use it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, PROSE_AGENT, SKILL, SMOKE, Files, FindingsOf, Load

if TYPE_CHECKING:
    from pulumi_managed_agents.stage import Stage

NAMELESS = "---\nmodel: claude-haiku-5-5\n---\nA brief.\n"
EVENTS = "initial_events: [{type: user.message, content: [{type: text, text: Go.}]}]\n"
JOB = f"agent: ./agent.md\nenvironment_id: ./environment.yaml\n{EVENTS}"


def names(stage: Stage) -> dict[str, str]:
    """Return what each resource is called in the API, by its name in the stage."""
    return {one.name: one.body["name"] for one in stage.definitions}


def kinds(stage: Stage) -> dict[str, str]:
    """Return the kinds of a stage's resources by name."""
    return {one.name: one.kind for one in stage.definitions}


def test_names_default_to_the_directory(loaded: Load) -> None:
    """A folder with all of one agent names each thing in it, whatever its kind and format."""
    stage = loaded(
        {
            "agents/daily-brief/agent.md": NAMELESS,
            "agents/daily-brief/environment.yaml": "config: {type: cloud}\n",
            "agents/daily-brief/deployment-daily.yaml": JOB,
            "agents/daily-brief/memory_store-notes.json": '{"description": "notes"}',
        },
        strict=True,
    )
    assert names(stage) == {
        "agents/daily-brief/agent": "daily-brief",
        "agents/daily-brief/deployment-daily": "daily-brief",
        "agents/daily-brief/environment": "daily-brief",
        "agents/daily-brief/memory_store-notes": "daily-brief",
    }


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"agents/triage.md": NAMELESS}, {"agents/triage": "triage"}, id="Markdown"),
        pytest.param({"agents/t.yaml": "model: claude-haiku-5-5"}, {"agents/t": "t"}, id="YAML"),
        pytest.param({"agents/t.yaml.j2": "model: claude-haiku-5-5"}, {"agents/t": "t"}, id="template"),
        pytest.param({"environments/cloud.json": '{"config": {"type": "cloud"}}'}, {"environments/cloud": "cloud"}),
        pytest.param({"memory_stores/notes.md": "---\nmetadata: {}\n---\nNotes."}, {"memory_stores/notes": "notes"}),
        pytest.param({"agent.md": NAMELESS}, {"agent": "agent"}, id="at the root"),
        pytest.param({"team/x.md": NAMELESS.replace("---\n", "---\ntype: agent\n", 1)}, {"team/x": "team"}, id="type"),
        pytest.param({"agents/t.md": PROSE_AGENT}, {"agents/t": "helper"}, id="a name that is written"),
    ],
)
def test_names_default_to_the_file_where_the_directory_is_the_kinds(
    loaded: Load, files: Files, found: dict[str, str]
) -> None:
    """``agents`` names nobody, so that the file does; a name that is written counts."""
    assert names(loaded(files)) == found


def test_an_override_may_give_the_name(loaded: Load) -> None:
    """What stands in the values file goes before the default."""
    stage = loaded({"agents/t.md": NAMELESS, "/stacks/dev.values.yaml": "overrides: {agents/t: {name: T of dev}}"})
    assert names(stage) == {"agents/t": "T of dev"}


def test_an_empty_name_is_no_name(findings_of: FindingsOf) -> None:
    """Only a name that is left out has a default."""
    assert any(": name: " in one for one in findings_of({"agents/t.yaml": "name:\nmodel: claude-haiku-5-5"}))
    assert any(": name: " in one for one in findings_of({"agents/t.yaml": "name: ''\nmodel: claude-haiku-5-5"}))


@pytest.mark.parametrize(
    ("entry", "reference"),
    [
        pytest.param("./memory_store-notes.yaml", ("agents/job/memory_store-notes", "memory_store"), id="store"),
        pytest.param("memory_store-notes.yaml", ("agents/job/memory_store-notes", "memory_store"), id="no ./"),
        pytest.param("./seed.csv", ("agents/job/seed.csv", "file"), id="file"),
        pytest.param("data/seed.csv", ("agents/job/data/seed.csv", "file"), id="file without ./"),
    ],
)
def test_resources_take_bare_paths(loaded: Load, entry: str, reference: tuple[str, str]) -> None:
    """A path alone stands for the store or the file that it names."""
    stage = loaded(
        {
            "agents/job/agent.md": PROSE_AGENT,
            "agents/job/environment.yaml": ENVIRONMENT,
            "agents/job/memory_store-notes.yaml": "name: notes\n",
            "agents/job/seed.csv": "a,b\n",
            "agents/job/data/seed.csv": "a,b\n",
            "agents/job/deployment-weekly.yaml": f"name: weekly\n{JOB}resources:\n  - {entry}\n",
        },
        strict=True,
    )
    (deployment,) = (one for one in stage.definitions if one.kind == "deployment")
    found = deployment.body["resources"][0]
    assert (found.target, found.kind) == reference


@pytest.mark.parametrize(
    ("id", "sent"),
    [
        ("memstore_01abc", {"type": "memory_store", "memory_store_id": "memstore_01abc"}),
        ("file_01abc", {"type": "file", "file_id": "file_01abc"}),
    ],
)
def test_resources_take_bare_ids(loaded: Load, id: str, sent: dict[str, str]) -> None:
    """An id alone becomes the object that the API wants."""
    deployment = f"{DEPLOYMENT}resources: [{id}]\n"
    stage = loaded(
        {"agents/helper.yaml": AGENT, "environments/cloud.yaml": ENVIRONMENT, "deployments/d.yaml": deployment}
    )
    assert stage.definitions[-1].body["resources"] == [sent]


def test_a_bare_resource_that_names_nothing_is_reported(findings_of: FindingsOf) -> None:
    """The message names the text and the place."""
    files = {"agents/helper.yaml": AGENT, "environments/cloud.yaml": ENVIRONMENT}
    assert findings_of({**files, "deployments/d.yaml": f"{DEPLOYMENT}resources: [./nowhere.yaml]\n"}) == [
        "stacks/dev/deployments/d.yaml:5: resources[0]: './nowhere.yaml' does not exist; there is none"
    ]


@pytest.mark.parametrize("separator", [".", "-", "_"])
@pytest.mark.parametrize(
    ("kind", "suffix", "text"),
    [
        ("agent", "md", PROSE_AGENT),
        ("environment", "yaml", "description: Small.\n"),
        ("environment", "json.j2", '{"description": "Small."}'),
        ("memory_store", "yml", "name: notes\n"),
    ],
)
def test_a_file_name_says_the_kind(loaded: Load, kind: str, separator: str, suffix: str, text: str) -> None:
    """The kind, then a dot, a hyphen or an underscore, in any folder."""
    stage = loaded({f"{kind}{separator}prod.{suffix}": text, f"team/{kind}{separator}a.b.{suffix}": text}, strict=True)
    assert kinds(stage) == {f"{kind}{separator}prod": kind, f"team/{kind}{separator}a.b": kind}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"agents/a.json": '{"$schema": "x.json", "name": "a", "model": "claude-opus-5"}'}, id="agent"),
        pytest.param({"agents/a.yaml": f"$schema: x.json\n{AGENT}"}, id="YAML"),
        pytest.param({"agents/a.md": PROSE_AGENT.replace("---\n", "---\n$schema: x.json\n", 1)}, id="Markdown"),
        pytest.param({"agents/a.yaml": f"# yaml-language-server: $schema=https://x/agent.json\n{AGENT}"}, id="comment"),
        pytest.param({"e.json": '{"$schema": "x.json", "type": "environment", "name": "a"}'}, id="with a type"),
        pytest.param({"memory_stores/m.json": '{"$schema": "x.json", "name": "m"}'}, id="memory store"),
        pytest.param({"vaults/v.json": '{"$schema": "x.json", "display_name": "m"}'}, id="vault"),
        pytest.param(
            {
                "agents/helper.yaml": AGENT,
                "environments/cloud.yaml": ENVIRONMENT,
                "deployments/d.yaml": f"$schema: x.json\n{DEPLOYMENT}",
                "smoke/s.yaml": f"$schema: x.json\n{SMOKE}",
                "/stacks/dev.values.yaml": "$schema: x.json\nvalues: {}\n",
            },
            id="deployment, smoke test and values",
        ),
    ],
)
def test_what_names_a_schema_is_for_editors(loaded: Load, files: Files) -> None:
    """A comment or a key says to an editor what a file holds; neither is sent or warned of."""
    stage = loaded(files, strict=True)
    assert stage.definitions
    bodies = [*(one.body for one in stage.definitions), *(one.body for one in stage.smoke)]
    assert all("$schema" not in body for body in bodies)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"chart/vault.yaml": "image: registry/vault\nreplicas: 3\n"}, id="Helm"),
        pytest.param({"group_vars/all/vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n3961\n"}, id="Ansible, encrypted"),
        pytest.param({"vault.yml": "vault_db_password: x\n"}, id="Ansible"),
        pytest.param({"vault-values.yaml": "server: {enabled: true}\n"}, id="another's values"),
        pytest.param({"vault.yaml": "credentials: {user: x}\n"}, id="another's credentials"),
        pytest.param({"vault.json": "[1]"}, id="no mapping"),
        pytest.param({"vault.md": "# How we use Vault\n"}, id="documentation"),
        pytest.param({"deploy/deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {}\n"}, id="k8s"),
        pytest.param({"environment.yml": "name: x\nchannels: [c]\ndependencies: [python]\n"}, id="conda"),
        pytest.param({"docs/deployment-guide.md": "# How we deploy\n\nBy hand.\n"}, id="a guide"),
        pytest.param({"docs/agent.md": "\n# Agents\n"}, id="a page"),
        pytest.param({"docs/format.md": "# Format\n```yaml\ntype: agent\n```\ntype: agent\n"}, id="a type in prose"),
        pytest.param({"tsconfig.json": '{\n  // x\n  "a": {\n    "type": "agent"\n  }\n}'}, id="a type in broken JSON"),
        pytest.param(
            {"schemas/agent.schema.json": '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}'},
            id="a schema",
        ),
        pytest.param({"agents/x/kickoff.yaml": "events: []\n", "agents/x/agent.md": PROSE_AGENT}, id="kickoff"),
        pytest.param({"agents/x/data/notes-seed.md": "# seed", "agents/x/data/f.json": "[1]"}, id="data of an agent"),
        pytest.param({"agents/x/evals/a.yaml": "name: first\ninput: Hello\n"}, id="evals of an agent"),
        pytest.param({"deployment/Dockerfile": "FROM x", "deployment/values.yaml": "replicas: 2"}, id="near a folder"),
        pytest.param({"agent/settings.json": '{"port": 1}'}, id="near agents/"),
        pytest.param({"skills/index.json": "{}", "skills/CONTRIBUTING.md": "# How to"}, id="among skills"),
        pytest.param({"skill/s/SKILL.md": SKILL}, id="skills elsewhere"),
        pytest.param({"agents/pyproject.toml": "[tool.x]\n"}, id="TOML among agents"),
    ],
)
def test_other_peoples_files_are_no_fault(loaded: Load, other: Files) -> None:
    """What stands beside definitions and is nobody's neither stops a stage nor is warned of, even with --strict."""
    stage = loaded({"agents/a.yaml": AGENT, **other}, strict=True)
    others = {"agents/x/agent": "agent", "skill/s": "skill"}
    assert kinds(stage).items() <= {"agents/a": "agent", **others}.items()


@pytest.mark.parametrize("name", ["vault.yaml", "vault-crm.yaml", "team/vault_crm.json", "vault.crm.yaml.j2"])
def test_a_vault_by_its_name_is_one_by_its_content(loaded: Load, name: str) -> None:
    """A file of ours goes on being read; another tool's file of that name has no such fields."""
    text = '{"display_name": "CRM"}' if ".json" in name else "display_name: CRM\n"
    assert set(kinds(loaded({name: text})).values()) == {"vault"}


@pytest.mark.parametrize("lock", ["claude-lock.json", "staging.lock.json", "prod.json"])
def test_markdown_that_a_lockfile_names_is_an_agent(loaded: Load, lock: str) -> None:
    """A Markdown file that was named on the command line of `ant apply` is an agent, wherever it stands."""
    entries = {
        "./managed-agents/specialist.md": {"kind": "agent", "id": "agent_01", "version": "1"},
        "./managed-agents/gone.md": {"kind": "agent", "id": "agent_02", "version": "1"},
        "./notes.md": {"kind": "memory_store", "id": "memstore_01"},
        "../outside.md": {"kind": "agent", "id": "agent_03", "version": "1"},
    }
    text = json.dumps({"version": 1, "origin": {"base_url": "https://x"}, "resources": entries})
    files = {"managed-agents/specialist.md": NAMELESS, "notes.md": "Notes.", "managed-agents/other.md": "Text."}
    stage = loaded({lock: text, **files}, strict=True)
    assert names(stage) == {"managed-agents/specialist": "managed-agents"}


@pytest.mark.parametrize("text", ["{", "[]", '{"origin": {}, "resources": []}', '{"origin": 1, "resources": {"a": 1}}'])
def test_a_file_that_only_looks_like_a_lockfile_is_left_alone(loaded: Load, text: str) -> None:
    """No shape of another's JSON stops a stage."""
    assert kinds(loaded({"agents/a.yaml": AGENT, "some.json": text}, strict=True)) == {"agents/a": "agent"}
