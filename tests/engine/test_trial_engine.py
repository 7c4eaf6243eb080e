from __future__ import annotations

import json
import os
import select
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.engine.trial import TrialEngine
from pulumi_managed_agents.errors import InputError, Refused
from tests.engine.engine_project import Project, operations

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.parametrize("project", ["trial"], indirect=True)

RUN = """
import sys
from pathlib import Path
from pulumi_managed_agents.engine.trial import TrialEngine
root = Path(sys.argv[1])
env = {"ANTHROPIC_BASE_URL": "http://localhost:9", "PATH": "/usr/bin:/bin"}
engine = TrialEngine(project_dir=root, stage="dev", state_dir=root.parent / "state", env=env)
outcome = engine.up(lambda event: print(getattr(event, "text", event), flush=True))
print("ended", outcome.ok, flush=True)
"""


def state_file(project: Project) -> Path:
    return project.root.parent / "state" / "ledger" / "dev.json"


def engine_at(project: Project, url: str) -> TrialEngine:
    return TrialEngine(
        project_dir=project.root, stage="dev", state_dir=project.root.parent, env={"ANTHROPIC_BASE_URL": url}
    )


def test_it_says_what_it_is(project: Project) -> None:
    """The first thing told is that this is not Pulumi's CLI."""
    text = project.run("preview", "pass").messages[0].text

    assert text.startswith("trial engine: ")
    assert "not Pulumi's CLI" in text


OPTIONS = """
b = Entry("b")
text = ["text"]
Entry("a", opts=Options(import_="x", ignore_changes=text, replace_on_changes=text, deleted_with=b, replace_with=[b],
      additional_secret_outputs=text, delete_before_replace=False, aliases=[pulumi.Alias(project="other")]))
"""
OPTION_NAMES = (
    "additionalSecretOutputs, aliases of another stack or project, deleteBeforeReplaceDefined, deletedWith, "
    "ignoreChanges, importId, replaceOnChanges, replace_with"
)
HOOK = 'Entry("a", opts=Options(hooks=pulumi.ResourceHookBinding(before_create=[lambda a: None])))'
COMPONENT = 'pulumi.ComponentResource("x:y:Z", "a", opts=Options(deleted_with=Entry("b")))'
OTHER = """\
args = {{"stackName": "organization/ledger/{0}"}}
pulumi.export("{0}", pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", args).value["outputs"])
"""
READ = 'pulumi.runtime.invoke("pulumi:pulumi:{}", {{"{}": "organization/ledger/prod"}})'


@pytest.mark.parametrize(
    ("program", "names"),
    [
        pytest.param(OPTIONS, OPTION_NAMES, id="options"),
        pytest.param(HOOK, "RegisterResourceHook", id="hook"),
        pytest.param('pulumi.StackReference("organization/ledger/prod")', "ReadResource", id="stack-reference"),
        pytest.param(READ.format("readStackOutputs", "name"), "readStackOutputs", id="stack-outputs"),
        pytest.param('pulumi.runtime.invoke("aws:index:getRegion", {})', "aws:index:getRegion", id="function"),
        pytest.param('pulumi.CustomResource("aws:s3:Bucket", "a")', "aws:s3:Bucket", id="other-provider"),
        pytest.param('pulumi.ProviderResource("pulumi-python", "p", {})', "pulumi:providers", id="explicit-provider"),
        pytest.param('pulumi.ComponentResource("x:y:Z", "a", remote=True)', "type x:y:Z", id="remote-component"),
        pytest.param(COMPONENT, "deletedWith", id="option-of-a-component"),
        pytest.param("pulumi.runtime.register_resource_transform(print)", "RegisterStackTransform", id="transform"),
    ],
)
def test_what_it_cannot_do_it_refuses_by_name(project: Project, program: str, names: str) -> None:
    """What only the CLI can do ends the run before it happens, and says how to get the CLI."""
    outcome = project.run("up", program)

    assert not outcome.ok
    assert any(names in error and "https://www.pulumi.com/docs/install/" in error for error in outcome.errors)
    assert "create a" not in project.calls()


def test_a_program_can_read_what_a_stack_recorded(project: Project) -> None:
    """It is told the outputs of each resource by URN, of its own stack and others; of one that is none, nothing."""
    project.run("up", 'Entry("a")')
    state_file(project).with_name("staging.json").write_bytes(state_file(project).read_bytes())
    program = 'Entry("a")\n' + "".join(OTHER.format(stack) for stack in ("dev", "staging", "prod"))
    output = project.run("up", program).outputs
    recorded = project.recorded()["a"]

    assert [list(output[stack]) for stack in ("dev", "staging", "prod")] == [[recorded["urn"]]] * 2 + [[]]
    assert output["dev"][recorded["urn"]]["outputs"] == recorded["outputs"]


@pytest.mark.parametrize("url", ["https://api.anthropic.com", "http://127.0.0.1.example.com", "http://10.0.0.1:80", ""])
def test_it_is_never_used_against_another_machine(project: Project, url: str) -> None:
    """Only an API on this machine is accepted; no address means the real one."""
    with pytest.raises(Refused, match="this machine"):
        engine_at(project, url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080/v1"])
def test_it_accepts_this_machine(project: Project, url: str) -> None:
    """Every way to write loopback is fine."""
    assert engine_at(project, url).resources() == []


def test_the_stages_own_base_url_is_judged_too(project: Project) -> None:
    """A stage that is configured for another machine is refused even where the environment is not."""
    (project.root / "stacks" / "Pulumi.dev.yaml").write_text(
        "config: {managed-agents:baseUrl: https://api.example.com}"
    )
    with pytest.raises(Refused, match=r"api\.example\.com"):
        engine_at(project, "http://127.0.0.1:1")


def test_encrypted_configuration_is_refused(project: Project) -> None:
    """A secret that only the CLI can decrypt is named."""
    (project.root / "stacks" / "Pulumi.dev.yaml").write_text("config: {ledger:key: {secure: v1:abc}}", "utf-8")
    with pytest.raises(Refused, match=r"Pulumi\.dev\.yaml: ledger:key: secret .*install"):
        engine_at(project, "http://127.0.0.1:1")


def test_a_folder_without_a_project_is_an_input_error(project: Project, tmp_path: Path) -> None:
    """Where there is no Pulumi.yaml the error says so."""
    with pytest.raises(InputError, match=r"Pulumi\.yaml"):
        engine_at(Project(tmp_path, project.new_engine), "http://127.0.0.1:1")


def test_the_state_is_readable_by_its_owner_alone(project: Project) -> None:
    """The state file is JSON with mode 0600."""
    project.run("up", 'Entry("a")')

    assert stat.S_IMODE(state_file(project).stat().st_mode) == 0o600
    assert len(json.loads(state_file(project).read_text("utf-8"))["resources"]) == 1


def test_a_secret_that_is_not_known_any_more_is_not_sent(project: Project) -> None:
    """A fingerprint is never mistaken for the secret: what would have to be written is refused."""
    program = 'a = Entry("a", blind=True, token=pulumi.Output.secret("hidden"))\n'
    project.run("up", program)
    outcome = project.run("up", program + 'Entry("b", text=a.token)')

    assert not outcome.ok
    assert any("fingerprint" in error for error in outcome.errors)
    assert project.calls() == []


def test_a_comparison_that_is_left_to_the_engine(project: Project) -> None:
    """Where `diff` does not say, inputs that differ are a change, secret ones too."""
    program = 'Entry("a", blind=True, text=pulumi.Output.secret("{}"))'
    project.run("up", program.format("one"))

    assert operations(project.run("preview")) == {"a": "same"}
    assert operations(project.run("preview", program.format("two"))) == {"a": "update"}


def test_a_secret_that_changes_is_an_update(project: Project) -> None:
    """Another secret is noticed, sent to all that take it, and kept as well as the first."""
    program = 'a = Entry("a", text=pulumi.Output.secret("{}"))\nEntry("b", text=a.text)'
    project.run("up", program.format("canary-one"))
    outcome = project.run("up", program.format("canary-two"))

    assert operations(outcome) == {"a": "update", "b": "update"}
    assert "canary" not in state_file(project).read_text("utf-8")


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        pytest.param("import sys; sys.exit(3)", "program exited with non-zero exit code: 3", id="exit"),
        pytest.param("pulumi.log.error('not today'); import sys; sys.exit(32)", "not today", id="said-why"),
        pytest.param("raise pulumi.RunError('not like this')", "not like this", id="run-error"),
    ],
)
def test_a_program_that_ends_badly_says_why_once(project: Project, ending: str, text: str) -> None:
    """There is one error, in the program's words where it had some."""
    outcome = project.run("preview", ending)

    assert not outcome.ok
    assert outcome.errors == (text,)


def test_a_create_that_runs_while_another_fails_is_recorded(project: Project) -> None:
    """Independent resources are made side by side, and what is under way is waited for."""
    outcome = project.run("up", 'Entry("broken", meet=2, fails=["create"])\nEntry("slow", meet=2, lingers=0.5)')

    assert not outcome.ok
    assert set(project.recorded()) == {"slow"}
    assert list(project.live()) == [project.recorded()["slow"]["id"]]


def test_a_replaced_object_that_cannot_be_deleted_stays_listed(project: Project) -> None:
    """It is tried again by each later run, and what it needs is not deleted before it."""
    program = 'b = Entry("b", kind="{0}")\nEntry("a", kind=b.id, fails={1})'
    project.run("up", program.format("x", ["delete"]))
    outcome = project.run("up", program.format("y", []))
    assert not outcome.ok
    assert project.calls() == ["create b", "create a", "delete a"]
    assert len(json.loads(state_file(project).read_text("utf-8"))["resources"]) == 4
    assert set(project.recorded()) == {"a", "b"}

    assert not project.run("destroy").ok
    assert "delete a" in project.calls()
    assert "delete b" not in project.calls()


def run_apart(project: Project) -> subprocess.Popen[str]:
    """Start an up in a process of its own, and wait until its first create is under way."""
    process = subprocess.Popen([sys.executable, "-c", RUN, str(project.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while "name='slow'" not in process.stdout.readline():
        pass
    return process


SLOW = 'quick = Entry("quick")\nslow = Entry("slow", text=quick.id, lingers={})\nEntry("after", text=slow.id)'


def test_one_writer_at_a_time(project: Project) -> None:
    """A second run is refused with the first one's process id; a preview is not; a dead holder is no holder."""
    project.run("preview", SLOW.format(0.5))
    process = run_apart(project)
    with process, pytest.raises(Refused, match=f"process {process.pid}"):
        project.run("up")
    state_file(project).with_suffix(".lock").write_text(str(process.pid), "ascii")

    assert project.run("up").ok
    assert operations(project.run("preview")) == {"quick": "same", "slow": "same", "after": "same"}


def test_without_room_for_the_state_nothing_is_done(project: Project) -> None:
    """What cannot be recorded is not begun; one sentence says why, and the next run goes on as if nothing had been."""
    project.run("up", 'Entry("a")')
    draft = state_file(project).with_suffix(".tmp")
    draft.mkdir()
    run = project.run("up", 'Entry("a")\nEntry("b")')
    assert [error.partition(": ")[2] for error in run.errors] == [
        "the state cannot be written: Is a directory. Mend that and run again: what was made and is not recorded is "
        "found by this stage's marks"
    ]
    assert set(project.recorded()) == {"a"}
    draft.rmdir()
    assert operations(project.run("up")) == {"a": "same", "b": "create"}


def test_a_linked_state_is_refused(project: Project) -> None:
    """A save would put a file in the place of the link, and leave what it leads to behind."""
    project.run("up", 'Entry("a")')
    file = state_file(project)
    file.rename(file.with_name("elsewhere.json"))
    file.symlink_to("elsewhere.json")
    with pytest.raises(InputError, match=r"dev\.json: is a link"):
        project.run("up")


def test_a_lock_that_is_no_file_is_refused(project: Project) -> None:
    """A pipe in its place is not waited for."""
    project.run("preview", "pass")
    lock = state_file(project).with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.symlink_to("/dev/null")
    with pytest.raises(InputError, match=r"dev\.lock: cannot be opened: .*; delete it"):
        project.run("up")


def test_an_interrupted_run_finishes_its_steps(project: Project) -> None:
    """Ctrl-C lets what is under way end and be recorded, begins nothing else, and says so."""
    project.run("preview", SLOW.format(2))
    with run_apart(project) as process:
        process.send_signal(signal.SIGINT)
        shown = process.communicate()[0]

    assert "cancelled: what has finished is recorded" in shown
    assert "ended False" in shown
    assert set(project.recorded()) == {"quick", "slow"}
    assert operations(project.run("up")) == {"quick": "same", "slow": "same", "after": "create"}


def test_a_killed_run_leaves_a_good_state(project: Project) -> None:
    """What was created before the engine died is recorded; its children end, and the next run goes on from there."""
    note = "import os, pathlib; pathlib.Path('pid').write_text(str(os.getpid()))\n"
    project.run("preview", note + SLOW.format(0.2))
    with run_apart(project) as process:
        program = os.pidfd_open(int((project.root / "pid").read_text("ascii")))
        provider = os.pidfd_open(project.arguments()[-1]["pid"])
        process.kill()

    for child in (program, provider):
        assert select.select([child], [], [], 10)[0] == [child]
        os.close(child)
    assert set(project.recorded()) == {"quick"}
    assert operations(project.run("up")) == {"quick": "same", "slow": "create", "after": "create"}
