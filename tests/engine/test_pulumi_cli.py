"""What a person meets beside a run of the Pulumi CLI: how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.automation import CommandError, CommandResult, EngineEvent, StackAlreadyExistsError, StackNotFoundError

from pulumi_managed_agents.engine import automation_stack
from pulumi_managed_agents.engine.events import INTERRUPTED
from pulumi_managed_agents.engine.pulumi_cli import PulumiCli, run_operation
from pulumi_managed_agents.errors import ManagedAgentsError, Refused
from pulumi_managed_agents.output.run_summary import failure
from pulumi_managed_agents.reconcile.mark import STACK_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_managed_agents.engine.events import Event


def interrupted(**_: Any) -> None:
    """An operation that Ctrl-C ends."""
    signal.raise_signal(signal.SIGINT)
    raise CommandError(CommandResult("", "", -2))


def failed(**_: Any) -> None:
    """An operation that ends with an error of its own."""
    raise CommandError(CommandResult("", "error: no such backend\n", -2))


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        pytest.param(interrupted, INTERRUPTED, id="Ctrl-C"),
        pytest.param(failed, "no such backend", id="an error"),
    ],
)
def test_an_end_is_reported_in_one_line(operation: Callable[..., None], message: str) -> None:
    """Ctrl-C is named for what it is, and never shown as the exit code and the empty output of a process."""
    outcome = run_operation(lambda _: None, operation)
    assert (outcome.ok, outcome.errors) == (False, (message,))


def test_a_listener_that_fails_is_heard_of_only_when_the_run_has_ended() -> None:
    """Who pipes the output into `head` must not leave the CLI waiting in the middle of an up."""
    outputs = []

    def operation(on_event: Callable[[EngineEvent], None], **_: Any) -> None:
        for text in ("one", "two"):
            diagnostic = {"message": text, "color": "never", "severity": "info"}
            on_event(EngineEvent.from_json({"sequence": 1, "timestamp": 1, "diagnosticEvent": diagnostic}))
            outputs.append(text)

    def closed(_: Event) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        run_operation(closed, operation)
    assert outputs == ["one", "two"]


def test_what_violates_a_plan_is_reported_without_its_values() -> None:
    """The CLI prints both values, those of secrets in clear."""
    violation = "resource urn:pulumi:dev::shop::acme:Key::one violates plan: properties changed"
    diagnostic = {"message": f"{violation}: ++text[{{&{{canary-old}}}}\n!={{&{{canary-new}}}}]", "severity": "error"}

    def operation(on_event: Callable[[EngineEvent], None], **_: Any) -> None:
        event = {"sequence": 1, "timestamp": 1, "diagnosticEvent": {**diagnostic, "color": "never"}}
        on_event(EngineEvent.from_json(event))
        raise CommandError(CommandResult("", f"error: {diagnostic['message']}\n", 255))

    outcome = run_operation(lambda _: None, operation)
    assert (outcome.ok, outcome.errors, failure(outcome)) == (False, (violation,), Refused)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose state is in a bucket."""
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nbackend: {url: 's3://states'}\n", "utf-8")
    return tmp_path


STACK = {"type": STACK_TYPE, "urn": f"urn:pulumi:dev::shop::{STACK_TYPE}::shop-dev", "custom": False}


class FakeCommand:
    """A Pulumi CLI with stacks in memory; `started` is what it was started for, without the stack."""

    def __init__(self, *stacks: str) -> None:
        self.stacks = set(stacks)
        self.started: list[str] = []

    def run(self, arguments: list[str], *_: Any) -> CommandResult:
        """Export, name, make or import a stack, as the CLI does."""
        arguments = [one for one in arguments if one not in {"--stack", "--no-select"}]
        self.started.append(" ".join(arguments[:2]))
        stack = arguments[-1]
        if arguments[1] == "init":
            if stack in self.stacks:
                raise StackAlreadyExistsError(CommandResult("", f"error: stack '{stack}' already exists", 1))
            self.stacks.add(stack)
        elif stack not in self.stacks:
            raise StackNotFoundError(CommandResult("", f"error: no stack named '{stack}' found", 6))
        return CommandResult('{"version": 3, "deployment": {}}', "", 0)


@pytest.mark.parametrize(
    ("stacks", "begins", "read", "started"),
    [
        pytest.param(["dev"], False, True, ["stack export"], id="its state was read"),
        pytest.param(["dev"], False, False, ["stack --show-name"], id="nothing was asked yet"),
        pytest.param([], False, True, ["stack export", "stack init"], id="its state was not there"),
        pytest.param([], False, False, ["stack --show-name", "stack init"], id="it is not there"),
        pytest.param([], True, False, ["stack init", "stack import"], id="it begins with a state"),
    ],
)
def test_the_cli_is_started_only_for_what_is_not_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch, stacks: list[str], begins: bool, read: bool, started: list[str]
) -> None:
    """After a state was read it is known whether there is a stack; each start takes a good part of a second."""
    command = FakeCommand(*stacks)
    for which in ("pulumi_for_reading", "pulumi_for_runs"):
        monkeypatch.setattr(automation_stack, which, lambda: command)
    state = {"version": 3, "deployment": {}} if begins else None
    engine = PulumiCli(project_dir=folder, stage="dev", env={}, begin_with=state)
    assert not read or engine.resources() == []
    engine.make_stack()
    engine.make_stack()
    assert (command.started, command.stacks) == (started, {"dev"})


def test_a_stack_that_somebody_else_makes_meanwhile_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pipelines that deploy a new stage at once both go on."""
    command = FakeCommand()
    for which in ("pulumi_for_reading", "pulumi_for_runs"):
        monkeypatch.setattr(automation_stack, which, lambda: command)
    engine = PulumiCli(project_dir=folder, stage="dev", env={})
    assert engine.resources() == []
    command.stacks.add("dev")
    engine.make_stack()
    assert engine.resources() == []


@pytest.fixture
def state(folder: Path) -> Path:
    """The file of a stack whose state is in a folder of this machine."""
    file = folder / "a state/.pulumi/stacks/shop/dev.json"
    file.parent.mkdir(parents=True)
    checkpoint = {"stack": "organization/shop/dev", "latest": {"resources": [STACK]}}
    file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}), "utf-8")
    return file


def cli_of(folder: Path, command: FakeCommand, monkeypatch: pytest.MonkeyPatch) -> PulumiCli:
    """The engine for that project, and this command instead of the CLI."""
    for which in ("pulumi_for_reading", "pulumi_for_runs"):
        monkeypatch.setattr(automation_stack, which, lambda: command)
    backend = (folder / "a state").as_uri()
    return PulumiCli(project_dir=folder, stage="dev", env={"PULUMI_BACKEND_URL": backend})


@pytest.mark.usefixtures("state")
def test_a_state_in_a_folder_is_read_without_the_cli(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows itself that its stack exists, and what is recorded: a start takes a fifth of a second."""
    command = FakeCommand("dev")
    engine = cli_of(folder, command, monkeypatch)
    assert [one["urn"] for one in engine.resources()] == [STACK["urn"]]
    engine.make_stack()
    assert command.started == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda file: file.write_text('{"version": 9, "checkpoint": {}}'), id="another version"),
        pytest.param(lambda file: file.write_text('{"version": 3'), id="half of a file"),
        pytest.param(lambda file: file.rename(file.with_suffix(".json.gz")), id="packed"),
        pytest.param(lambda file: file.with_suffix(".json.zst").touch(), id="packed as well"),
        pytest.param(lambda file: file.rename(file.parents[1] / "dev.json"), id="of an old CLI"),
    ],
)
def test_what_only_the_cli_can_read_is_left_to_it(
    folder: Path, state: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    """A state of another form is not guessed at."""
    change(state)
    command = FakeCommand("dev")
    assert cli_of(folder, command, monkeypatch).resources() == []
    assert command.started == ["stack export"]


PULUMI_TOO_OLD = """\
#!/bin/sh
echo "$*" >> started
case "$*" in
  version) echo v2.25.2 ;;
  *) echo 'error: unknown flag: --something' >&2; exit 1 ;;
esac
"""


@pytest.fixture
def pulumi_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An old Pulumi CLI on PATH; the file with what it was started for."""
    program = tmp_path / "bin/pulumi"
    program.parent.mkdir()
    program.write_text(PULUMI_TOO_OLD, "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    automation_stack.pulumi_for_runs.cache_clear()
    return tmp_path / "started"


def test_a_cli_that_is_too_old_makes_no_stack(tmp_path: Path, pulumi_too_old: Path) -> None:
    """Before a run its version is asked, and before there is anything to run on."""
    engine = PulumiCli(project_dir=tmp_path, stage="dev", env={}, begin_with={"version": 3, "deployment": {}})
    with pytest.raises(ManagedAgentsError, match=r"cannot be used: Minimum version .* is 2\.25\.2"):
        engine.make_stack()
    assert pulumi_too_old.read_text("utf-8") == "version\n"


def test_a_cli_that_cannot_read_a_state_since_it_is_too_old_is_called_that(folder: Path, pulumi_too_old: Path) -> None:
    """What an old one says of an option that it does not know tells nobody what to do."""
    with pytest.raises(ManagedAgentsError, match=r"cannot be used: Minimum version .* is 2\.25\.2"):
        PulumiCli(project_dir=folder, stage="dev", env={}).resources()
    assert pulumi_too_old.read_text("utf-8").splitlines()[-1] == "version"


def test_a_cli_that_does_not_start_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state is read and a run begun by a CLI that starts, or what is on PATH is reported in our words."""
    (folder / "pulumi").mkdir()
    monkeypatch.setenv("PATH", str(folder))
    automation_stack.pulumi_for_runs.cache_clear()
    for use in (PulumiCli.resources, PulumiCli.make_stack):
        with pytest.raises(ManagedAgentsError, match="the Pulumi CLI on PATH cannot be used"):
            use(PulumiCli(project_dir=folder, stage="dev", env={}, begin_with={"version": 3, "deployment": {}}))


@pytest.mark.pulumi_cli
def test_opening_a_stack_leaves_the_persons_choice_of_one_alone(tmp_path: Path, pulumi_home: Path) -> None:
    """After a look at one stage a plain `pulumi up` must not go there."""
    env = {
        "PULUMI_HOME": str(pulumi_home),
        "PULUMI_BACKEND_URL": tmp_path.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", "utf-8")
    PulumiCli(project_dir=tmp_path, stage="prod", env=env).make_stack()
    assert PulumiCli(project_dir=tmp_path, stage="prod", env=env).resources() == []
    command = [str(shutil.which("pulumi")), "stack", "--show-name"]
    chosen = subprocess.run(command, cwd=tmp_path, env=os.environ | env, capture_output=True, text=True, check=False)
    assert "no stack selected" in chosen.stderr
