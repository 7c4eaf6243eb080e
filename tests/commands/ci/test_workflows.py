"""The workflows of `managed-agents ci init`: by the official schema, in the stages' order, with commands that exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from pulumi_managed_agents.cli import main
from pulumi_managed_agents.commands.ci_init import ACTIONS, PAGES, stages_in_order, workflows, write_workflows
from pulumi_managed_agents.commands.init import write_project
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.review.json import as_json
from pulumi_managed_agents.review.markdown import MARKER
from pulumi_managed_agents.review.review import Review, StageReview
from tests.commands.ci.workflow_expressions import filled

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK = Path(sys.executable).with_name("check-jsonschema")
SHARED = "managed-agents:definitions: definitions"


def read_yaml(path: Path) -> Any:
    """A file as YAML, by the parser that is written in C."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


class Repository:
    """A git repository with a project in a folder of it."""

    def __init__(self, root: Path) -> None:
        (root / ".git").mkdir(parents=True)
        self.root, self.project = root, root / "agents"
        list(write_project(self.project, "minimal", "mine"))

    def configure(self, **stages: str) -> None:
        """Write the stack files; the text of each is the inside of its configuration."""
        for name, text in stages.items():
            (self.project / f"stacks/Pulumi.{name}.yaml").write_text(f"config: {{{text}}}\n", encoding="utf-8")

    def workflow(self, name: str) -> Any:
        """A workflow that was written, read as YAML."""
        return read_yaml(self.root / f".github/workflows/{name}.yml")

    def scripts(self) -> Iterator[str]:
        """Every ``run:`` of every workflow and action."""
        for path in self.root.glob(".github/**/*.yml"):
            document = read_yaml(path)
            for job in [document.get("runs", {}), *document.get("jobs", {}).values()]:
                yield from (step["run"] for step in job.get("steps", ()) if "run" in step)


def inputs(job: Any) -> list[dict[str, str]]:
    """What the steps of a job give to the actions that they use."""
    return [step.get("with", {}) for step in job["steps"]]


def with_stages(root: Path, *, approve_plans: bool) -> Repository:
    """A repository with its workflows: three stages that prove for each other, and one alone."""
    made = Repository(root)
    made.configure(
        dev=SHARED,
        staging=f"{SHARED}, managed-agents:verifiedIn: dev",
        prod=f"{SHARED}, managed-agents:verifiedIn: staging, managed-agents:protectedStage: true",
        alone="",
    )
    list(write_workflows(made.project, "trunk", approve_plans=approve_plans))
    return made


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """To be read alone."""
    return with_stages(tmp_path_factory.mktemp("plain") / "repository", approve_plans=False)


@pytest.fixture(scope="module")
def approving(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The same, in which a deployment applies an approved plan."""
    return with_stages(tmp_path_factory.mktemp("approving") / "repository", approve_plans=True)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """One stage, whose report is published."""
    made = Repository(tmp_path_factory.mktemp("published") / "repository")
    made.configure(dev="")
    list(write_workflows(made.project, "main", pages=True))
    return made


@pytest.mark.parametrize(
    ("folder", "schema"), [("workflows", "vendor.github-workflows"), ("actions", "vendor.github-actions")]
)
def test_workflows_are_valid_by_the_official_schemas(
    repository: Repository,
    approving: Repository,
    published: Repository,
    odd: list[Repository],
    folder: str,
    schema: str,
) -> None:
    """What GitHub would refuse is found here, offline; no odd name is taken for a number or an expression."""
    files: list[Path] = []
    for made in (repository, approving, published, *odd):
        found = sorted((made.root / ".github" / folder).glob("**/*.yml"))
        assert found
        files += found
    command: list[str | Path] = [CHECK, "--builtin-schema", schema, *files]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "ok -- validation done\n"


def test_scripts_are_valid_shell(repository: Repository, approving: Repository) -> None:
    """A quote out of place would show only in somebody's pipeline."""
    for script in [*repository.scripts(), *approving.scripts()]:
        plain = re.sub(r"\$\{\{.*?\}\}", "x", script)
        subprocess.run(["/bin/bash", "-n"], input=plain, text=True, check=True)


def test_stages_are_deployed_one_after_the_other_where_one_proves_for_the_next(repository: Repository) -> None:
    """The order is that of `verifiedIn`, each stage is an environment of its own, and a protected one is confirmed."""
    jobs = repository.workflow("agents-deploy")["jobs"]
    assert {name: (job.get("needs"), job["environment"]) for name, job in jobs.items()} == {
        "deploy-alone": (None, "alone"),
        "deploy-dev": (None, "dev"),
        "deploy-staging": ("deploy-dev", "staging"),
        "deploy-prod": ("deploy-staging", "prod"),
    }
    ups = [
        (job["env"]["STAGE"], step["run"])
        for job in jobs.values()
        for step in job["steps"]
        if " up " in step.get("run", "")
    ]
    assert sorted(ups) == [
        ("alone", 'managed-agents -C "$PROJECT" up "$STAGE" --yes'),
        ("dev", 'managed-agents -C "$PROJECT" up "$STAGE" --yes'),
        ("prod", 'managed-agents -C "$PROJECT" up "$STAGE" --confirm-stage "$STAGE" --yes'),
        ("staging", 'managed-agents -C "$PROJECT" up "$STAGE" --yes'),
    ]


def test_an_approved_plan_is_made_by_one_job_and_applied_by_the_next(approving: Repository) -> None:
    """The plan is made by who can only read; the job that applies it is the one that reviewers hold back."""
    jobs = approving.workflow("agents-deploy")["jobs"]
    assert {name: (job.get("needs"), job["environment"]) for name, job in jobs.items()} == {
        "plan-alone": (None, "alone-plan"),
        "deploy-alone": ("plan-alone", "alone"),
        "plan-dev": (None, "dev-plan"),
        "deploy-dev": ("plan-dev", "dev"),
        "plan-staging": ("deploy-dev", "staging-plan"),
        "deploy-staging": ("plan-staging", "staging"),
        "plan-prod": ("deploy-staging", "prod-plan"),
        "deploy-prod": ("plan-prod", "prod"),
    }
    assert {name for name, job in jobs.items() if "if" in job} == {"plan-alone", "plan-dev"}
    for stage, confirmed in (("staging", ""), ("prod", ' --confirm-stage "$STAGE"')):
        plan, deploy = (jobs[f"{job}-{stage}"]["steps"] for job in ("plan", "deploy"))
        assert any('--save-plan "$plan.json"' in step.get("run", "") for step in plan)
        assert plan[-1]["with"] == {"name": f"plan-{stage}", "path": "${{ runner.temp }}/plan/"}
        assert {"name": f"plan-{stage}", "path": "${{ runner.temp }}/plan"} in [step.get("with") for step in deploy]
        up = f'managed-agents -C "$PROJECT" up "$STAGE"{confirmed} --plan "$RUNNER_TEMP/plan/$STAGE.json"'
        assert up in [step.get("run") for step in deploy]
        assert all(any("MANAGED_AGENTS_RECEIPTS" in step.get("env", {}) for step in job) for job in (plan, deploy))


def test_receipts_go_from_job_to_job_where_stages_share_a_folder(repository: Repository) -> None:
    """The next stage takes over exactly what the one before it has left; a stage alone neither gives nor takes."""
    jobs = repository.workflow("agents-deploy")["jobs"]
    handed = {
        name: [given["name"] for given in inputs(job) if given.get("name", "").startswith("receipts-")]
        for name, job in jobs.items()
    }
    assert handed == {
        "deploy-alone": [],
        "deploy-dev": ["receipts-dev"],
        "deploy-staging": ["receipts-dev", "receipts-staging"],
        "deploy-prod": ["receipts-staging"],
    }
    takes = {"MANAGED_AGENTS_RECEIPTS": "${{ runner.temp }}/receipts"}
    assert {name for name, job in jobs.items() if takes in [step.get("env") for step in job["steps"]]} == {
        "deploy-staging",
        "deploy-prod",
    }


def test_a_pull_request_is_not_held_against_proof_that_only_its_deployment_can_bring(repository: Repository) -> None:
    """Every stage is previewed; one that is handed its receipts by the pipeline may be refused for want of them."""
    jobs = repository.workflow("agents-review")["jobs"]
    assert jobs["validate"]["steps"][-1]["run"] == 'managed-agents -C "$PROJECT" validate || [ $? = 7 ]'
    assert jobs["preview"]["strategy"]["matrix"]["include"] == [
        {"stage": "alone"},
        {"stage": "dev"},
        {"stage": "staging", "may_end_with": 7},
        {"stage": "prod", "may_end_with": 7},
    ]


@pytest.mark.parametrize(
    ("ended", "may_end_with", "passes"),
    [
        pytest.param(0, "", True, id="planned"),
        pytest.param(7, "", False, id="refused"),
        pytest.param(0, "7", True, id="planned, although the proof comes later"),
        pytest.param(7, "7", True, id="refused, as the proof comes later"),
        pytest.param(6, "7", False, id="conflict"),
        pytest.param(1, "7", False, id="failed"),
    ],
)
def test_a_refused_preview_fails_its_job_unless_the_proof_comes_later(
    repository: Repository, tmp_path: Path, ended: int, may_end_with: str, passes: bool
) -> None:
    """Exit code 7 is let through where the matrix says so, and no other ever is."""
    command = tmp_path / "managed-agents"
    command.write_text(f"#!/bin/sh\nexit {ended}\n", encoding="utf-8")
    command.chmod(0o755)
    script = next(one for one in repository.scripts() if " preview " in one)
    variables = {"RUNNER_TEMP": "/t", "PROJECT": "agents", "STAGE": "prod", "MAY_END_WITH": may_end_with}
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", **variables}
    done = subprocess.run(["/bin/bash", "-e", "-c", script], env=environment, check=False)
    assert (done.returncode == 0) is passes


def test_receipts_stay_in_git_where_each_stage_has_a_folder(tmp_path: Path) -> None:
    """What `promote` has committed needs no artifact."""
    repository = Repository(tmp_path / "repository")
    repository.configure(dev="", staging="managed-agents:verifiedIn: dev", prod="")
    stages = {stage.name: stage for stage in stages_in_order(repository.project)}
    review = workflows(list(stages.values()), "agents", "trunk")[".github/workflows/agents-review.yml"]
    assert "may_end_with" not in review
    assert "MAY_END_WITH" not in review
    assert (stages["staging"].after, stages["staging"].receipts_from) == ("deploy-dev", "")
    assert not stages["dev"].hands_over


def test_a_deployment_is_of_the_branch_alone_and_is_never_cancelled(repository: Repository) -> None:
    """Started by hand on another branch it does nothing; a second one waits for the first."""
    jobs = repository.workflow("agents-deploy")["jobs"]
    assert {name for name, job in jobs.items() if job.get("if") == "github.ref == 'refs/heads/trunk'"} == {
        name for name, job in jobs.items() if "needs" not in job
    }
    assert {name: job["concurrency"] for name, job in jobs.items()} == {
        name: {"group": f"agents-{job['environment']}", "cancel-in-progress": False} for name, job in jobs.items()
    }


def test_only_a_job_that_signs_in_may_ask_who_it_is_and_no_clone_keeps_a_token(
    repository: Repository, approving: Repository
) -> None:
    """What a job's programs can reach is what that job is for."""
    names = ("agents-review", "agents-deploy", "agents-drift")
    for workflow in [*map(repository.workflow, names), approving.workflow("agents-deploy")]:
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            connects = [step["with"] for step in job["steps"] if "connect" in step.get("with", {})]
            assert ("id-token" in job.get("permissions", {})) is bool(connects)
            clones = [step for step in job["steps"] if "actions/checkout@" in step.get("uses", "")]
            assert all(step["with"] == {"persist-credentials": False} for step in clones)


def test_a_pull_request_gets_no_more_than_it_needs(repository: Repository) -> None:
    """By default a token reads; what comes from a fork has no credential, and who comments runs none of its code."""
    review = repository.workflow("agents-review")
    assert review["permissions"] == {"contents": "read"}
    assert "pull_request" in review[True]  # YAML 1.1 reads the key `on` as true
    jobs = review["jobs"]
    assert {name: job.get("permissions") for name, job in jobs.items()} == {
        "validate": None,
        "preview": {"actions": "read", "contents": "read", "id-token": "write"},
        "report": None,
        "comment": {"pull-requests": "write"},
    }
    assert "github.event.pull_request.head.repo.full_name == github.repository" in jobs["preview"]["if"]
    assert "env" not in jobs["validate"]
    assert [step["uses"].split("@")[0] for step in jobs["comment"]["steps"] if "uses" in step] == [
        "actions/download-artifact"
    ]


def test_no_secret_is_in_reach_of_a_branch(repository: Repository, approving: Repository) -> None:
    """Of secrets only the jobs of a deployment know, and each runs as an environment that is for the branch alone."""
    for made in (repository, approving):
        for path in made.root.glob(".github/**/*.yml"):
            text = path.read_text(encoding="utf-8")
            assert ("secrets." in text) is (path.stem == "agents-deploy")
            assert "pull_request_target" not in text
            assert "workflow_run:" not in text
        deployed = {job["environment"] for job in made.workflow("agents-deploy")["jobs"].values()}
        assert not any(name.endswith("-preview") for name in deployed)
        for workflow, job in (("agents-review", "preview"), ("agents-drift", "drift")):
            body = made.workflow(workflow)["jobs"][job]
            assert body["environment"] == "${{ matrix.stage }}-preview"
            wanted = {"connect": "true", "records-of": "${{ matrix.stage }}", "record-if-none": "{}"}
            assert wanted in inputs(body)
            record = '--against "$RUNNER_TEMP/records/$STAGE/record.json"'
            assert any(record in step.get("run", "") for step in body["steps"])


def test_each_deployment_leaves_its_record_also_after_a_failure(repository: Repository) -> None:
    """A failed up has moved the state, too; a job that was stopped before its up has nothing new to tell."""
    for stage in ("alone", "dev", "staging", "prod"):
        steps = repository.workflow("agents-deploy")["jobs"][f"deploy-{stage}"]["steps"]
        export, upload = (step for step in steps if "steps.deploy.outcome" in str(step.get("if")))
        assert (
            export["run"] == 'managed-agents -C "$PROJECT" export "$STAGE" --output "$RUNNER_TEMP/record/record.json"'
        )
        assert upload["with"] == {"name": f"record-{stage}", "path": "${{ runner.temp }}/record/"}


def test_how_a_record_is_fetched_is_said_once(repository: Repository) -> None:
    """Which run's artifact may be trusted is decided in one place, for previews, drift and reports alike."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in repository.root.glob(".github/**/*.yml")}
    assert [name for name, text in texts.items() if "actions/artifacts?" in text] == ["action.yml"]


def test_no_value_is_put_into_a_script(repository: Repository, approving: Repository) -> None:
    """Whatever a branch, a stage or a folder is called, bash gets it as a variable."""
    assert not any("${{" in script for made in (repository, approving) for script in made.scripts())


ODD_STAGES = ("a.b", "a-b", "a_b", "A-b-3", "a-b-2", "1.0", "on", "null", "0x1F", "_", "1e3")
ODD_FOLDERS = (
    "a: b # c",
    "${{ github.token }}",
    'it\'s "quoted" & `id` $(id) $HOME',
    "-C",
    "*?[x]!",
    "ümläut 漢字",
    "~",
    "null",
    "a\\b",
)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> list[Repository]:
    """Repositories whose project has an odd folder; all have stages with odd names."""
    found = []
    for number, folder in enumerate(ODD_FOLDERS):
        made = Repository(tmp_path_factory.mktemp(f"odd-{number}") / "repository")
        made.project = made.project.rename(made.root / folder)
        made.configure(**dict.fromkeys(ODD_STAGES[:2] if number else ODD_STAGES, ""))
        list(write_workflows(made.project, "main", approve_plans=bool(number % 2)))
        found.append(made)
    return found


def test_jobs_of_stages_with_odd_names_never_share_an_id(odd: list[Repository]) -> None:
    """Each stage is deployed as itself, and no name is read as a number or anything else but a text."""
    jobs = odd[0].workflow("agents-deploy")["jobs"]
    assert sorted(job["env"]["STAGE"] for job in jobs.values()) == sorted([*ODD_STAGES, "dev"])
    assert all(job["environment"] == job["env"]["STAGE"] for job in jobs.values())
    assert {job["env"]["STAGE"]: name for name, job in jobs.items()}["a-b"] == "deploy-a-b"
    assert len({name.lower() for name in jobs}) == len(jobs)
    listed = odd[0].workflow("agents-drift")["jobs"]["drift"]["strategy"]["matrix"]["stage"]
    assert all(isinstance(name, str) for name in listed)


@pytest.mark.parametrize("number", range(len(ODD_FOLDERS)), ids=ODD_FOLDERS)
def test_scripts_work_in_a_folder_with_an_odd_name(odd: list[Repository], number: int, tmp_path: Path) -> None:
    """Each script that names the project is run by bash; the command is told just that folder and that stage."""
    made, folder = odd[number], ODD_FOLDERS[number]
    command, calls_file = tmp_path / "managed-agents", tmp_path / "calls"
    command.write_text(f"#!/bin/bash\nprintf '%s\\0' \"$@\" >> '{calls_file}'\n", encoding="utf-8")
    command.chmod(0o755)
    for written in ("plan/a.b.md", "report/comment.md"):
        (tmp_path / written).parent.mkdir()
        (tmp_path / written).touch()
    given = made.workflow("agents-deploy")["env"]["PROJECT"]
    assert ("${{" in given.replace("${{ '${{' }}", "")) is False  # nothing is left for GitHub to work out
    project = filled(given, {})
    assert project.removeprefix("./") == folder
    variables = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        "PROJECT": project,
        "STAGE": "a.b",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }
    scripts = [script for script in made.scripts() if '"$PROJECT"' in script and "venv" not in script]
    for script in scripts:
        subprocess.run(["/bin/bash", "-e", "-c", script], cwd=made.root, env=variables, check=True)
    calls = calls_file.read_text("utf-8").split("\0")
    assert calls.count("-C") == len(scripts)
    assert all(calls[at + 1] == project for at, word in enumerate(calls) if word == "-C")
    assert (set(ODD_STAGES) - {folder}) & set(calls) == {"a.b"}
    # The one that makes the virtual environment goes into the project itself.
    python = tmp_path / "python"
    python.write_text('#!/bin/bash\nmkdir -p "$3/bin" && printf "#!/bin/sh\\n" > "$3/bin/pip"; chmod +x "$3/bin/pip"\n')
    python.chmod(0o755)
    (install,) = {script for script in made.scripts() if "venv" in script}
    paths = {"GITHUB_PATH": str(tmp_path / "path")}
    subprocess.run(["/bin/bash", "-e", "-c", install], cwd=made.root, env=variables | paths, check=True)
    assert (made.project / ".venv/bin/pip").exists()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        pytest.param(["a:b"], "'a:b' cannot be a stage's name in a workflow, nor with Pulumi", id="colon"),
        pytest.param(["${{ secrets.X }}"], "cannot be a stage's name", id="expression"),
        pytest.param(["a b"], "cannot be a stage's name", id="space"),
        pytest.param(["it's"], "cannot be a stage's name", id="quote"),
        pytest.param(["a#b"], "cannot be a stage's name", id="comment"),
        pytest.param(["-x"], "cannot be a stage's name", id="option"),
        pytest.param(["prod", "prod-preview"], "share the GitHub environment 'prod-preview'", id="for pull requests"),
        pytest.param(["prod", "Prod"], "share the GitHub environment 'prod", id="capitals"),
    ],
)
def test_a_stage_that_no_workflow_could_keep_apart_is_bad_input(tmp_path: Path, names: list[str], message: str) -> None:
    """One that every branch may run as must not be one that deploys; what Pulumi takes for no name is none here."""
    made = Repository(tmp_path / "repository")
    made.configure(**dict.fromkeys(names, ""))
    for name in names:
        (made.project / "stacks" / name).mkdir(exist_ok=True)
    with pytest.raises(InputError, match=re.escape(message)):
        list(write_workflows(made.project, "main"))
    assert not (made.root / ".github").exists()


def test_no_key_is_stored_and_every_action_is_pinned_by_its_commit(repository: Repository) -> None:
    """To move a tag of an action changes nothing here."""
    texts = [path.read_text(encoding="utf-8") for path in repository.root.glob(".github/**/*.yml")]
    assert not any("ANTHROPIC_API_KEY" in text for text in texts)
    used = {line.split("uses: ")[1] for text in texts for line in text.splitlines() if "uses: " in line}
    pinned = {f"{name}@{commit} # {version}" for name, (commit, version) in ACTIONS.items()}
    assert used == {*pinned, "./.github/actions/managed-agents"}
    assert all(re.fullmatch(r"[0-9a-f]{40}", commit) for commit, _ in (*ACTIONS.values(), *PAGES.values()))


def test_a_report_is_kept_as_an_artifact_and_published_where_that_is_wanted(
    repository: Repository, published: Repository
) -> None:
    """It is made of what deployments recorded, so that no secret is in its reach; only one job may publish it."""
    jobs = repository.workflow("agents-report")["jobs"]
    assert list(jobs) == ["report"]
    assert jobs["report"]["permissions"] == {"actions": "read", "contents": "read"}
    assert {"records-of": "alone dev staging prod"} in inputs(jobs["report"])
    assert jobs["report"]["steps"][-1]["with"]["name"] == "agents-report"
    jobs = published.workflow("agents-report")["jobs"]
    assert jobs["pages"]["permissions"] == {"id-token": "write", "pages": "write"}


def test_a_second_run_overwrites_nothing(tmp_path: Path) -> None:
    """Workflows are the team's from the first commit on."""
    repository = with_stages(tmp_path / "repository", approve_plans=False)
    path = repository.root / ".github/workflows/agents-drift.yml"
    path.write_text("mine\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["ci", "init", "--dir", str(repository.project)])
    assert result.exit_code == 0
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert "wrote" not in result.output


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        pytest.param(
            {"dev": "managed-agents:verifiedIn: tset"}, "dev: managed-agents:verifiedIn names 'tset'", id="unknown"
        ),
        pytest.param(
            {"dev": "managed-agents:verifiedIn: prod", "prod": "managed-agents:verifiedIn: dev"},
            "in a circle",
            id="circle",
        ),
    ],
)
def test_stages_without_an_order_are_bad_input(stages: dict[str, str], message: str, tmp_path: Path) -> None:
    """A pipeline that could never run is not written."""
    made = Repository(tmp_path / "repository")
    made.configure(**stages)
    with pytest.raises(InputError, match=message):
        list(write_workflows(made.project, "main"))
    assert not (made.root / ".github").exists()


def test_a_branch_that_would_be_more_than_a_name_in_an_expression_is_bad_input(repository: Repository) -> None:
    """What stands between quotes in a condition cannot end them."""
    with pytest.raises(InputError, match="cannot be the branch of a workflow"):
        list(write_workflows(repository.project, "x' || true || '"))


GH = """\
#!/bin/bash
# Stands for GitHub: notes how it was called, keeps what it was sent, and answers a question with $ANSWER.
echo "$*" >> "$CALLS"
for argument; do
  case $argument in
    body=@*) cp "${argument#body=@}" "$CALLS.body" ;;
    *.md) cp "$argument" "$CALLS.body" ;;
    --jq) printf '%s' "$ANSWER" ;;
  esac
done
"""


class GitHub:
    """A directory in which a step of a workflow runs, with a stand-in for GitHub's command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        (folder / "bin").mkdir()
        (folder / "bin/gh").write_text(GH, encoding="utf-8")
        (folder / "bin/gh").chmod(0o755)

    def step(self, repository: Repository, workflow: str, job: str, **environment: str) -> tuple[list[str], str]:
        """Run a job's last step; how GitHub was called, and the text it was sent."""
        last = repository.workflow(workflow)["jobs"][job]["steps"][-1]
        written = {name: text for name, text in last["env"].items() if "${{" not in text}
        variables = {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "CALLS": str(self.calls),
            "RUN": "https://run",
            "ANSWER": "",
        }
        command = ["bash", "-eo", "pipefail", "-c", last["run"]]
        summary = {"GITHUB_STEP_SUMMARY": str(self.folder / "summary")}
        subprocess.run(command, cwd=self.folder, env=variables | written | summary | environment, check=True)
        body = self.folder / "calls.body"
        return self.calls.read_text("utf-8").splitlines(), body.read_text("utf-8") if body.exists() else ""

    def write(self, path: str, text: str) -> None:
        """Lay down an artifact that an earlier job has left."""
        (self.folder / path).parent.mkdir(exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


@pytest.mark.parametrize(
    ("answer", "call"),
    [
        pytest.param("", "api --silent --method POST comments --field body=@report/comment.md", id="first"),
        pytest.param(
            "https://comment/7",
            "api --silent --method PATCH https://comment/7 --field body=@report/comment.md",
            id="again",
        ),
    ],
)
def test_one_comment_tells_of_every_stage(repository: Repository, github: GitHub, answer: str, call: str) -> None:
    """It is found by its marker and brought up to date, as the report was written."""
    github.write("report/comment.md", f"{MARKER}\n## all is fine\n")
    calls, body = github.step(repository, "agents-review", "comment", COMMENTS="comments", ANSWER=answer)
    assert calls[-1] == call
    assert MARKER in calls[0]
    assert body == f"{MARKER}\n## all is fine\n"


def test_one_report_is_made_of_the_previews_of_all_stages(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stage whose job ended before it could write anything must not look like one without changes."""
    step = next(step for step in repository.workflow("agents-review")["jobs"]["report"]["steps"] if "run" in step)
    for name, value in {"RUNNER_TEMP": str(tmp_path), "report": "report", "PROJECT": ".", **step["env"]}.items():
        monkeypatch.setenv(name, value)
    (command,) = (line for line in step["run"].replace("\\\n", " ").splitlines() if line.startswith("managed-agents"))
    monkeypatch.chdir(tmp_path)
    Path("preview").mkdir()
    Path("preview/alone.json").write_text(as_json(Review((StageReview("alone", unchanged=3),))), encoding="utf-8")
    done = CliRunner().invoke(main, shlex.split(os.path.expandvars(command))[1:])
    assert done.exit_code == 0, done.output
    comment = Path("report/comment.md").read_text(encoding="utf-8")
    assert comment.startswith(f"{MARKER}\n## ⚠️ Agents: an up would stop on dev, staging, prod\n")
    assert "| `alone` | nothing to change, 3 unchanged |" in comment
    assert comment.count("no preview of it was written") == 3


@pytest.mark.parametrize(
    ("reports", "answer", "everywhere", "verbs"),
    [
        pytest.param(["dev"], "", "true", ["issue list", "label create", "issue create"], id="opens"),
        pytest.param(["dev", "prod"], "4", "true", ["issue list", "issue edit"], id="brings up to date"),
        pytest.param([], "4", "true", ["issue list", "issue close"], id="closes"),
        pytest.param([], "4", "false", ["issue list"], id="leaves open what it could not look at"),
        pytest.param([], "", "true", ["issue list"], id="says nothing"),
    ],
)
def test_one_issue_tells_of_drift(
    repository: Repository, github: GitHub, reports: list[str], answer: str, everywhere: str, verbs: list[str]
) -> None:
    """However many nights it lasts, there is one issue, and it is closed once every stage was found clean."""
    for stage in reports:
        github.write(f"drift/{stage}.md", f"{stage} was changed by hand\n")
    calls, body = github.step(repository, "agents-drift", "issue", ANSWER=answer, LOOKED_EVERYWHERE=everywhere)
    assert [" ".join(call.split()[:2]) for call in calls] == verbs
    assert [stage for stage in ("dev", "staging", "prod") if f"{stage} was changed by hand" in body] == reports
