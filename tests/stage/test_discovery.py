from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage import Stage, discovery, load
from tests.stage.stage_files import (
    AGENT,
    DEPLOYMENT,
    ENVIRONMENT,
    PROSE_AGENT,
    SKILL,
    SMOKE,
    Files,
    FindingsOf,
    Load,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


def kinds(stage: Stage) -> dict[str, str]:
    """Return the kinds of a stage's resources by name."""
    return {definition.name: definition.kind for definition in stage.definitions}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param({"agents/a.yaml": AGENT}, {"agents/a": "agent"}, id="its directory"),
        pytest.param({"agents/a.yml": AGENT}, {"agents/a": "agent"}, id="yml"),
        pytest.param({"agents/a.json": '{"name": "a", "model": "claude-opus-5"}'}, {"agents/a": "agent"}, id="json"),
        pytest.param({"team/agents/a.md": PROSE_AGENT}, {"team/agents/a": "agent"}, id="a directory further down"),
        pytest.param({"vaults/v.yaml": "display_name: v"}, {"vaults/v": "vault"}, id="vault"),
        pytest.param({"memory_stores/m.yaml": "name: m"}, {"memory_stores/m": "memory_store"}, id="memory store"),
        pytest.param({"x.yaml": "type: agent\n" + AGENT}, {"x": "agent"}, id="its type"),
        pytest.param({"x.json": '{"name": "e", "type": "environment"}'}, {"x": "environment"}, id="type in JSON"),
        pytest.param({"docs/x.md": "---\ntype: environment\nname: e\n---\n"}, {"docs/x": "environment"}, id="in prose"),
        pytest.param({"agents/e.yaml": "type: environment\nname: e"}, {"agents/e": "environment"}, id="type wins"),
        pytest.param(
            {"environment_staging.md": "---\nname: e\n---\n"}, {"environment_staging": "environment"}, id="name"
        ),
        pytest.param({"agent.yaml": AGENT}, {"agent": "agent"}, id="the bare kind"),
        pytest.param({"memory-store-x.yaml": "name: m"}, {"memory-store-x": "memory_store"}, id="with hyphens"),
        pytest.param({"agents/v1.2.yaml": AGENT}, {"agents/v1.2": "agent"}, id="dots in the name stay"),
        pytest.param({"agents/a.md.j2": PROSE_AGENT}, {"agents/a": "agent"}, id="template"),
        pytest.param({"skills/s/SKILL.md": SKILL}, {"skills/s": "skill"}, id="skill"),
        pytest.param({"team/s/SKILL.md": SKILL}, {"team/s": "skill"}, id="skill elsewhere"),
        pytest.param({"skills/team/s/SKILL.md": SKILL}, {"skills/team/s": "skill"}, id="grouped skills"),
        pytest.param(
            {"skills/s/SKILL.md": SKILL, "skills/s/agents/a.yaml": AGENT}, {"skills/s": "skill"}, id="files in a skill"
        ),
        pytest.param({"agents/README.md": "# Agents", "agents/a.yaml": AGENT}, {"agents/a": "agent"}, id="a README"),
        pytest.param({"agents/readme.md": PROSE_AGENT}, {"agents/readme": "agent"}, id="an agent called readme"),
    ],
)
def test_the_kind_of_a_file_is_found(loaded: Load, files: Files, found: dict[str, str]) -> None:
    """Type field, then directory, then file name say what a file defines; a skill is a directory."""
    stage = loaded(files)
    assert kinds(stage) == found
    assert stage.warnings == ()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"README.md": "# Stage"}, id="README"),
        pytest.param({".github/workflows/agents/ci.yaml": "on: push"}, id="hidden folder"),
        pytest.param({"agents/.a.yaml.swp": "x", "agents/.b.yaml": "x"}, id="hidden files"),
        pytest.param({"ci.yaml": "type: pipeline\nname: [broken"}, id="another type"),
        pytest.param({"ci.yaml": "jobs:\n  type: agent\n  - broken"}, id="a type further down"),
        pytest.param({"openapi.json": '{"schema": {"type": "agent"}}'}, id="type inside JSON"),
        pytest.param({"agentic.yaml": "x: 1"}, id="a name that only begins like a kind"),
        pytest.param({"notes.md": b"\xff\xfe type: agent"}, id="not text"),
        pytest.param({"claude-lock.json": '{"version": 1, "resources": {}}'}, id="lockfile"),
        pytest.param({"prompts/shared.md": "Be kind."}, id="text for templates"),
        pytest.param({"skills/README.md": "# Skills", "smoke/README.md": "# Tests"}, id="READMEs in our folders"),
        pytest.param({"skills/old/__pycache__/x.pyc": b"\0"}, id="litter of a skill that is gone"),
        pytest.param({"node_modules/x/agents/a.yaml": "x"}, id="installed packages"),
        pytest.param({"page.md": "---\ntitle: A page\nmodel: T-Ford\n---\nText."}, id="another's front matter"),
        pytest.param({"car.yaml": "name: Golf\nmodel: GTI\nyear: 1985\n"}, id="another's model"),
        pytest.param({"compose.yaml": "name: x\nservices: {web: {image: nginx}}\n"}, id="compose"),
        pytest.param({"ci.yaml": "name: CI\non: push\njobs:\n  a:\n    steps: []\n"}, id="workflow"),
        pytest.param({"chart.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"}, id="Kubernetes"),
        pytest.param({"package.json": '{"name": "x", "version": "1", "config": {"port": 1}}'}, id="package.json"),
        pytest.param({"settings.yaml": "name: x\nconfig: {type: postgres}\n"}, id="another's configuration"),
        pytest.param({"values.yaml": "replicas: 2\nimage: x\n"}, id="another's values"),
        pytest.param({"fixtures/broken.json": '{"model": '}, id="broken JSON"),
        pytest.param({"type-agent.yaml": "type: [agent]"}, id="a list as type"),
    ],
)
def test_other_files_are_left_alone(loaded: Load, other: Files) -> None:
    """What matches no kind is somebody else's business, and nothing is said about it."""
    stage = loaded({"agents/a.yaml": AGENT, **other})
    assert kinds(stage) == {"agents/a": "agent"}
    assert stage.warnings == ()


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        pytest.param(
            {"agents/a.yaml": AGENT, "agents/a.json": "{}"},
            "stacks/dev/agents/a.yaml: gives the name agents/a, and so does stacks/dev/agents/a.json; rename one",
            id="one name twice",
        ),
        pytest.param(
            {"agents/a.yaml": AGENT, "agents/a/SKILL.md": SKILL},
            "stacks/dev/agents/a/SKILL.md: gives the name agents/a, and so does stacks/dev/agents/a.yaml; rename one",
            id="a skill and a file",
        ),
        pytest.param(
            {"smoke/s.yaml": SMOKE, "smoke/s.yml": SMOKE},
            "stacks/dev/smoke/s.yml: gives the name smoke/s, and so does stacks/dev/smoke/s.yaml; rename one",
            id="smoke test twice",
        ),
        pytest.param(
            {"skills/s/notes.md": "x"},
            "stacks/dev/skills/s: a skill has a SKILL.md at its root; there is none",
            id="skill without SKILL.md",
        ),
        pytest.param(
            {"skills/s/skill.md": SKILL}, "stacks/dev/skills/s/skill.md: has to be named SKILL.md", id="wrong case"
        ),
        pytest.param(
            {"skills/s.md": SKILL},
            "stacks/dev/skills/s.md: warning: not read: a skill is a folder with a SKILL.md",
            id="skill as a file",
        ),
        pytest.param(
            {"agents/team/a.yaml": AGENT},
            "stacks/dev/agents/team/a.yaml: warning: not read: definitions belong directly in agents/",
            id="too deep",
        ),
        pytest.param(
            {"agent/a.yaml": AGENT},
            "stacks/dev/agent: warning: files in it are not read because of their folder; did you mean agents/?",
            id="singular folder",
        ),
        pytest.param(
            {"agents/a.markdown": PROSE_AGENT},
            "stacks/dev/agents/a.markdown: warning: not read: definitions end in .md, .yaml, .yml or .json, "
            "not .markdown",
            id="suffix",
        ),
        pytest.param(
            {"agents/A.YAML": AGENT},
            "stacks/dev/agents/A.YAML: warning: not read: definitions end in .md, .yaml, .yml or .json, not .YAML",
            id="suffix in capitals",
        ),
        pytest.param(
            {"agents/a.toml": 'name = "a"\nmodel = "claude-opus-5"\n'},
            "stacks/dev/agents/a.toml: warning: not read: definitions end in .md, .yaml, .yml or .json, not .toml",
            id="TOML",
        ),
        pytest.param(
            {"environments/eu/box.yaml": "description: Small.\nname: box\n"},
            "stacks/dev/environments/eu/box.yaml: warning: not read: definitions belong directly in environments/",
            id="an environment too deep",
        ),
        pytest.param(
            {"environment/box.yaml": ENVIRONMENT},
            "stacks/dev/environment: warning: files in it are not read because of their folder; did you mean "
            "environments/?",
            id="an environment in a singular folder",
        ),
        pytest.param(
            {"smokes/a.yaml": SMOKE},
            "stacks/dev/smokes: warning: files in it are not read because of their folder; did you mean smoke/?",
            id="a smoke test in a plural folder",
        ),
        pytest.param(
            {"smoke/sub/s.yaml": SMOKE},
            "stacks/dev/smoke/sub/s.yaml: warning: not read: smoke tests belong directly in smoke/",
            id="smoke test too deep",
        ),
        pytest.param(
            {"triage.md": PROSE_AGENT},
            "stacks/dev/triage.md: warning: not read: looks like an agent; put it into agents/, or write `type: agent` "
            "into it",
            id="an agent at the root",
        ),
        pytest.param(
            {"team/a.yaml": "name: a\nmodel:\n  effort: high\n  id: claude-opus-5\n"},
            "stacks/dev/team/a.yaml: warning: not read: looks like an agent; put it into agents/, or write "
            "`type: agent` into it",
            id="an agent in another folder",
        ),
        pytest.param(
            {"a.json": '{"name": "a", "model": "m", "system": "You help."}'},
            "stacks/dev/a.json: warning: not read: looks like an agent; put it into agents/, or write `type: agent` "
            "into it",
            id="an agent in JSON",
        ),
        pytest.param(
            {"a.md.j2": "---\nname: a\nmodel: {{ values.model }}\n---\nYou help.\n"},
            "stacks/dev/a.md.j2: warning: not read: looks like an agent; put it into agents/, or write `type: agent` "
            "into it",
            id="a template",
        ),
        pytest.param(
            {"box.yaml": "name: box\nconfig:\n  type: cloud\n"},
            "stacks/dev/box.yaml: warning: not read: looks like an environment; put it into environments/, or write "
            "`type: environment` into it",
            id="an environment at the root",
        ),
        pytest.param(
            {"nightly.yaml": DEPLOYMENT},
            "stacks/dev/nightly.yaml: warning: not read: looks like a deployment; put it into deployments/, or write "
            "`type: deployment` into it",
            id="a deployment at the root",
        ),
        pytest.param(
            {"store.yaml": "name: s\nmemories: []\n"},
            "stacks/dev/store.yaml: warning: not read: looks like a memory store; put it into memory_stores/, or write "
            "`type: memory_store` into it",
            id="a memory store at the root",
        ),
        pytest.param(
            {"crm.yaml": "display_name: CRM\ncredentials: []\n"},
            "stacks/dev/crm.yaml: warning: not read: looks like a vault; put it into vaults/, or write `type: vault` "
            "into it",
            id="a vault at the root",
        ),
        pytest.param(
            {"tests/greets.yaml": SMOKE},
            "stacks/dev/tests/greets.yaml: warning: not read: looks like a smoke test; these belong directly in smoke/",
            id="a smoke test elsewhere",
        ),
        pytest.param(
            {"dev.values.yaml": "overrides: {}\n"},
            "stacks/dev/dev.values.yaml: warning: not read: the values file of a stage is "
            "stacks/<stage>.values.yaml, beside the folder",
            id="the values file inside",
        ),
        pytest.param(
            {"README.md": "# Nothing yet"},
            "stacks/dev: warning: no definitions here: every resource of the stage would be removed",
            id="nothing at all",
        ),
    ],
)
def test_near_misses_are_pointed_out(findings_of: FindingsOf, files: Files, finding: str) -> None:
    """A file that was meant to count, and does not, is not passed over in silence."""
    assert finding in findings_of(files)


@pytest.mark.parametrize(
    ("link", "target", "finding"),
    [
        pytest.param(
            "agents", "../../elsewhere", "stacks/dev/agents: a symlink that leaves the stage folder", id="folder"
        ),
        pytest.param(
            "agents/a.yaml", "../../../elsewhere/b.yaml", "stacks/dev/agents/a.yaml: a symlink that leaves", id="file"
        ),
        pytest.param("agents/a.yaml", "nowhere", "stacks/dev/agents/a.yaml: a symlink to nothing", id="dangling"),
        pytest.param("agents/loop", "..", "stacks/dev/agents/loop: a symlink", id="loop"),
    ],
)
def test_symlinks_stay_inside_the_stage_folder(
    findings_of: FindingsOf, tmp_path: Path, link: str, target: str, finding: str
) -> None:
    """A definition never depends on files outside the reviewed folder, and loops end."""
    path = tmp_path / "stacks/dev" / link
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/b.yaml").write_text(AGENT)
    assert any(one.startswith(finding) for one in findings_of({"environments/e.yaml": ENVIRONMENT}))


def test_symlinks_inside_the_stage_folder_are_followed(loaded: Load, tmp_path: Path) -> None:
    """Two folders of one stage may share a file or a folder."""
    (tmp_path / "stacks/dev/skills").mkdir(parents=True)
    (tmp_path / "stacks/dev/skills/b").symlink_to("a")
    stage = loaded({"skills/a/SKILL.md": SKILL})
    assert [definition.name for definition in stage.definitions] == ["skills/a", "skills/b"]


@pytest.mark.skipif(os.name == "nt", reason="named pipes are a matter of POSIX")
def test_what_is_no_file_is_refused_without_opening_it(findings_of: FindingsOf, tmp_path: Path) -> None:
    """A named pipe would block for ever."""
    (tmp_path / "stacks/dev/agents").mkdir(parents=True)
    os.mkfifo(tmp_path / "stacks/dev/agents/a.yaml")
    assert "stacks/dev/agents/a.yaml: neither a file nor a folder" in findings_of({})


@pytest.mark.parametrize(
    ("stage", "definitions", "message"),
    [
        pytest.param("prd", None, "no folder stacks/prd for stage prd; did you mean prod?", id="misspelt"),
        pytest.param("x", None, "no folder stacks/x for stage x; there are: dev, prod", id="unlike any"),
        pytest.param("dev", "../agents", "the definitions of stage dev: ../agents does not exist", id="definitions"),
        pytest.param("dev", "stacks/f", "the definitions of stage dev: stacks/f is not a folder", id="a file"),
        pytest.param("dev", "/", "the definitions of stage dev: / is the root of the file system", id="everything"),
        pytest.param("dev", "a" * 5000, f"the definitions of stage dev: {'a' * 200}… cannot be read", id="too long"),
        pytest.param("../dev", None, "'../dev' cannot be the name of a stage", id="path as name"),
        pytest.param("..", None, "'..' cannot be the name of a stage", id="dots as name"),
    ],
)
def test_a_missing_stage_folder_names_those_there_are(
    tmp_path: Path, stage: str, definitions: str | None, message: str
) -> None:
    """The likeliest cause is a typing mistake."""
    for name in ("dev", "prod"):
        (tmp_path / "stacks" / name).mkdir(parents=True)
    (tmp_path / "stacks/f").touch()
    with pytest.raises(InputError) as raised:
        load(stage, project_dir=tmp_path, project="shop", definitions=definitions)
    assert str(raised.value).startswith(message)


def test_a_folder_that_holds_far_more_than_definitions_is_not_read_to_its_end(
    findings_of: FindingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting that leads to somebody's whole disk is reported at once."""
    monkeypatch.setattr(discovery, "MOST_ENTRIES", 4)
    assert findings_of({f"usr/{number}.txt": "" for number in range(10)}) == [
        "stacks/dev: holds more than 4 files and folders; a stage's folder holds its definitions alone"
    ]


def test_definitions_may_stand_elsewhere_and_the_values_stay(loaded: Load, tmp_path: Path) -> None:
    """In trunk mode all stages share one folder; each keeps its values file in stacks/."""
    (tmp_path / "elsewhere").mkdir()
    stage = loaded(
        {
            "/agents-repo/agents/a.yaml.j2": "name: a\nmodel: {{ values.model }}\n",
            "/stacks/dev.values.yaml": "values: {model: claude-haiku-5-5}",
        },
        definitions="agents-repo",
    )
    assert stage.folder == "agents-repo"
    assert stage.definitions[0].file == "agents-repo/agents/a.yaml.j2"
    assert stage.definitions[0].body["model"] == "claude-haiku-5-5"


def test_definitions_may_stand_outside_the_project(tmp_path: Path) -> None:
    """Findings then name them by the way from the project's root."""
    write(tmp_path / "shop", {"/../repo/agents/a.yaml": AGENT + "colour: red"})
    stage = load("dev", project_dir=tmp_path / "shop", project="shop", definitions="../repo")
    assert stage.definitions[0].file == "../repo/agents/a.yaml"
    assert str(stage.warnings[0]).startswith("../repo/agents/a.yaml:3: warning: colour: ")


def test_importing_the_loader_is_cheap() -> None:
    """The command line starts without YAML, templates, models or gitignore patterns."""
    heavy = "{'yaml', 'jinja2', 'pydantic', 'pathspec'}"
    program = f"import sys, pulumi_managed_agents.stage; sys.exit(str({heavy} & set(sys.modules) or ''))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False).stderr == "\n"
