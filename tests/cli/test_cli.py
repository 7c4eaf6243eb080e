"""The command line: exit codes, messages, and that it starts at once."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pulumi_managed_agents.cli import main
from pulumi_managed_agents.cli.options import confirm
from pulumi_managed_agents.errors import Refused

HEAVY = {"pulumi", "httpx", "jinja2", "deepdiff", "rich", "starlette", "yaml", "jsonschema", "pydantic", "grpc"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="managed-agents")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run("init", ".", "--name", "mine").exit_code == 0
    return tmp_path


@pytest.mark.parametrize("module", ["pulumi_managed_agents", "pulumi_managed_agents.cli"])
def test_importing_the_package_and_its_command_line_loads_nothing_heavy(module: str) -> None:
    """Help and shell completion answer at once because heavy packages are imported when they are needed."""
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.isdisjoint(loaded)


def test_a_program_loads_what_declares_resources_and_no_more() -> None:
    """Each run starts a process of its own; only the provider talks to the API."""
    code = "import sys, pulumi_managed_agents.dynamic.program.declare; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.intersection(loaded) == {"pulumi", "grpc", "yaml"}


def test_init_writes_a_project_that_validates(project: Path) -> None:
    """What `init` writes is well formed, and the project has the name that was given."""
    assert "name: mine" in (project / "Pulumi.yaml").read_text(encoding="utf-8")
    result = run("validate", "--strict")
    assert (result.exit_code, result.output) == (
        0,
        "stacks/dev: 2 resources and 1 smoke test, well formed\n",
    )


def test_init_overwrites_nothing(project: Path) -> None:
    """A file that is there already is kept, and said to be."""
    (project / "__main__.py").write_text("# mine\n", encoding="utf-8")
    result = run("init", ".")
    assert (project / "__main__.py").read_text(encoding="utf-8") == "# mine\n"
    assert "kept   __main__.py" in result.output
    assert "wrote" not in result.output


def test_init_refuses_a_name_that_pulumi_would_not_take(tmp_path: Path) -> None:
    """A bad name is bad input, told before anything is written."""
    result = run("init", str(tmp_path / "new"), "--name", "my project")
    assert result.exit_code == 2
    assert "cannot be a project's name" in result.stderr
    assert not (tmp_path / "new").exists()


def test_init_lists_the_templates_for_a_mistyped_one(tmp_path: Path) -> None:
    """A template that is none is bad input, and the message names those that are."""
    result = run("init", str(tmp_path / "new"), "--template", "misc")
    assert result.exit_code == 2
    assert "'minimal', 'mcp', 'team', 'scheduled', 'skill'" in result.stderr
    assert not (tmp_path / "new").exists()


def test_validate_reports_every_mistake_of_every_stage_and_exits_with_2(project: Path) -> None:
    """All mistakes come at once, each with file and line, and nothing is called."""
    agent = project / "stacks/dev/agents/assistant.md"
    agent.write_text(agent.read_text(encoding="utf-8").replace("model:", "modle:"), encoding="utf-8")
    (project / "stacks/dev/vaults").mkdir()
    (project / "stacks/dev/vaults/other.yaml").write_text("metadata: {team: crm}\n", encoding="utf-8")
    result = run("validate")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "stacks/dev/agents/assistant.md:3: model: is required",
        "stacks/dev/agents/assistant.md:5: warning: modle: unknown field; did you mean 'model'?",
        "stacks/dev/vaults/other.yaml:1: display_name: is required",
    ]


@pytest.mark.parametrize(
    ("stack_file", "message"),
    [
        pytest.param(
            "config: {managed-agents:verifedIn: staging}",
            "managed-agents:verifedIn: is not a setting of a stage; did you mean 'verifiedIn'?",
            id="a gate spelled wrong",
        ),
        pytest.param(
            "config: {managed-agents:apiKey: in-clear}",
            "managed-agents:apiKey: is in plain text; set it with `pulumi config set --secret managed-agents:apiKey`",
            id="a key in clear",
        ),
        pytest.param("config: {managed-agents:onDrift: hael}", "it must be one of heal, fail, ignore", id="a value"),
        pytest.param("config: [a, b]", "config must hold settings by name", id="a list"),
        pytest.param("just text", "the file must hold settings by name", id="no settings"),
    ],
)
def test_a_stack_file_that_would_do_nothing_is_refused(project: Path, stack_file: str, message: str) -> None:
    """Above all a gate that is no gate for a slip of the pen."""
    (project / "stacks/Pulumi.dev.yaml").write_text(stack_file, encoding="utf-8")
    result = run("validate")
    assert (result.exit_code, result.exception.__class__) == (2, SystemExit)
    assert message in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("{", "Pulumi.yaml:1: not valid YAML: ", id="no YAML"),
        pytest.param("[" * 900 + "]" * 900, "Pulumi.yaml:1: nested more than 64 levels deep", id="deep nesting"),
        pytest.param("runtime: python", "Pulumi.yaml: name: is required", id="no name"),
        pytest.param("{name: mine, stackConfigDir: 5}", "Pulumi.yaml: stackConfigDir: must be a path", id="no path"),
    ],
)
def test_a_project_file_that_is_no_good_is_reported_in_one_line(project: Path, content: str, message: str) -> None:
    """With its line, and without what a parser says to itself."""
    (project / "Pulumi.yaml").write_text(content, encoding="utf-8")
    result = run("validate")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.removeprefix("error: ").startswith(message)


@pytest.mark.parametrize("option", ["--output", "--log-file"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_runs(project: Path, option: str) -> None:
    """Not after a deployment of which the report was all that was wanted."""
    assert project.exists()
    result = run("preview", "dev", "--emulator", option, "Pulumi.yaml/report.json")
    assert (result.exit_code, "Pulumi.yaml is not a directory" in result.stderr) == (2, True)
    assert not (project / ".managed-agents").exists()


def test_what_the_system_refuses_is_one_line(project: Path) -> None:
    """A path that cannot be, a file without permission, a full disk: none of them is a bug."""
    assert project.exists()
    result = run("schema", "Pulumi.yaml/schemas")
    assert (result.exit_code, result.stderr) == (1, "error: Pulumi.yaml/schemas: Not a directory\n")


def test_a_question_that_nobody_answers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline that forgot --yes is told of it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(Refused, match="with --yes nothing is asked"):
        confirm("Deploy?")


def test_an_emulator_that_nobody_can_know_is_none(project: Path) -> None:
    """A note about it that was cut off, or written by somebody else, is not taken for one."""
    note = project / ".managed-agents/emulator.json"
    note.parent.mkdir()
    note.write_text('{"pid": 1}', encoding="utf-8")
    assert run("emulator", "--stop").output == "no emulator was started here\n"


def test_a_session_is_not_looked_for_where_no_stage_is_known(project: Path) -> None:
    """A program that declares its resources in Python has no list of its stages: one has to be named."""
    shutil.rmtree(project / "stacks")
    result = run("explain", "sesn_1", "--emulator")
    assert (result.exit_code, " explain sesn_1 STAGE --emulator`" in result.stderr) == (2, True)
    (project / "Pulumi.yaml").unlink()
    assert "there is no Pulumi project here" in run("explain", "sesn_1").stderr


def test_where_there_is_no_project_nothing_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a wrong directory a pipeline's check fails, and `doctor` asks for no key before it knows what for."""
    monkeypatch.chdir(tmp_path)
    assert run("validate").exit_code == 2
    doctor = run("doctor", "dev", "--emulator")
    assert doctor.exit_code == 1
    assert "BAD  project: Pulumi.yaml: there is no Pulumi project here" in doctor.stdout
    assert "credential" not in doctor.stdout


def test_doctor_knows_the_stages(project: Path) -> None:
    """A mistyped stage is not well."""
    assert project.exists()
    result = run("doctor", "prd", "--emulator")
    assert result.exit_code == 1
    assert "BAD  project: there is no stage 'prd'; there is dev" in result.stdout


def test_a_stage_that_is_not_there_is_named_with_those_that_are(project: Path) -> None:
    """A mistyped stage is bad input, and the message helps."""
    assert project.exists()
    result = run("preview", "prod", "--emulator")
    assert result.exit_code == 2
    assert "there is no stage 'prod'" in result.stderr
    assert "; there is dev" in result.stderr


def test_schema_writes_one_file_per_kind_of_file(tmp_path: Path) -> None:
    """The schemas for editors can be had anywhere the package is installed."""
    assert run("schema", str(tmp_path)).exit_code == 0
    committed = Path(__file__).parents[2] / "schemas"
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in committed.iterdir()}
