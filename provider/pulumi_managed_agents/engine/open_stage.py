"""Open a stage: which engine runs it, in which environment, and how this process reaches the same API."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pulumi_managed_agents.api.run_log import log_file
from pulumi_managed_agents.api.settings import Settings, resolve
from pulumi_managed_agents.engine import emulator as emulation
from pulumi_managed_agents.engine import local_state
from pulumi_managed_agents.engine.cli_garbage import garbage_pace
from pulumi_managed_agents.engine.log import LoggedEngine
from pulumi_managed_agents.engine.own_program import own_program
from pulumi_managed_agents.engine.project import TRIAL, must_be_stage, read_project
from pulumi_managed_agents.engine.recorded import without_encrypted
from pulumi_managed_agents.engine.stack_secrets import readable_secrets, stack_secrets, whole_config
from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.release.part_of_stage import ONLY
from pulumi_managed_agents.review.plan_files import (
    AHEAD_PLANS,
    AS_REVIEWED,
    GO_ON_PAST_STOPS,
    JUDGED,
    REVIEWED_PLANS,
    VARIABLE,
)
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.engine.events import Engine
    from pulumi_managed_agents.engine.project import Project
    from pulumi_managed_agents.engine.recorded import RecordedState
    from pulumi_managed_agents.stage import Stage


@dataclass(frozen=True)
class OpenStage:
    """A stage ready to run. `title` says which engine and which API; `emulator` is its URL, or empty.

    `runs_program` says that this process may run the stage's program.
    """

    engine: Engine
    title: str
    project: Project
    environment: Mapping[str, str]
    emulator: str = ""
    runs_program: bool = False

    @property
    def engine_name(self) -> str:
        """What runs the stage, in words."""
        return self.title.partition(" against ")[0]

    @cached_property
    def settings(self) -> Settings:
        """How to reach the API from this process, with the same credential that the provider uses.

        Raises:
            InputError: there is none, or the CLI cannot decrypt it.
        """
        return resolve(whole_config(self.project, self.environment), self.environment)

    def client(self) -> Client:
        """A connection of this process's own."""
        from pulumi_managed_agents.api import Client

        return Client(self.settings)

    def learn_secrets(self) -> None:
        """Read all secrets of the stage, so that none gets into what this process writes.

        Raises:
            InputError: one is encrypted, and the CLI cannot decrypt it.
        """
        KNOWN.add(stack_secrets(self.project, self.environment))

    def workspace(self) -> str:
        """Where a deployment would go, in words."""
        with closing(self.client()) as client:
            return f"workspace {client.identify() or 'unnamed'} at {client.settings.base_url}"

    def stage(self) -> Stage:
        """The stage's files.

        Raises:
            InputError: holds every finding, or says that a Python program has no files.
        """
        if not self.has_files:
            raise InputError(f"{self.project.name} declares its resources in Python, so there are no files for this")
        from pulumi_managed_agents.smoke.side_effects import side_effects_must_be_accepted

        stage = self.project.load(fetch=True)
        side_effects_must_be_accepted(stage, self.project.own_config)
        return stage

    @property
    def has_files(self) -> bool:
        """Whether it is a stage of definition files, and no Python program."""
        return self.project.has_files

    def must_be_well_formed(self) -> Stage | None:
        """Raise `InputError` with every finding about files and settings, before the engine starts; the stage's files.

        The program would find the same, but its exit code is always 1. A program in Python has no files.
        """
        from pulumi_managed_agents.config.policy import policy
        from pulumi_managed_agents.release.gate import gate
        from pulumi_managed_agents.release.rollback import rolled_back

        config = self.project.own_config
        policy(config)
        gate(config, self.project.name).must_ask_another_than(self.project.stage)
        rolled_back(config)
        return self.stage() if self.has_files else None


def cost_cap(files: Stage | None) -> str:
    """What one run of all smoke tests of a stage's files may cost at most, in words; a program in Python has none."""
    tests = files.smoke if files else ()
    most = sum(float(test.body.get("budget_usd", 0)) * int(test.body.get("repeat", 1)) for test in tests)
    return f"at most ${most:.2f}"


def open_stage(
    project_dir: Path,
    stage: str,
    *,
    emulator: bool,
    variables: Mapping[str, str] | None = None,
    recorded: RecordedState | None = None,
) -> OpenStage:
    """Choose the Pulumi CLI where it is on PATH; else the trial engine, if the API is on this machine.

    `variables` are added to the environment of the program and the provider. With `recorded` the state is that, and
    nothing that is encrypted is read.

    Raises:
        InputError: there is no such project or stage, or a setting is misspelt, misplaced or cannot be read.
        ManagedAgentsError: the CLI is missing and the API is the real one.
    """
    project = read_project(project_dir.resolve(), stage)
    must_be_stage(project.root, stage)
    project.must_have_known_settings()
    url = emulation.ensure(project.root) if emulator else ""
    inherited = emulation.environment_for(url, os.environ) if url else os.environ
    # These are for one run, its plans or its part: a run of this process must not inherit them.
    one_run = dict.fromkeys((VARIABLE, GO_ON_PAST_STOPS, REVIEWED_PLANS, AHEAD_PLANS, AS_REVIEWED, JUDGED, ONLY), "")
    environment = {**inherited, **one_run, **(variables or {})}
    if recorded:
        project = without_encrypted(project)
    KNOWN.add_source(partial(readable_secrets, project, environment))
    api = f"the local emulator at {url} (no key, no cost, no model)" if url else "the API"
    if shutil.which("pulumi"):
        from pulumi_managed_agents.engine.pulumi_cli import PulumiCli

        own = recorded.folder if recorded else None
        folder, state_settings = local_state.prepare(project, own) if url or own else (project.root, {})
        state = recorded.of(PulumiCli.kind) if recorded else None
        env = {**environment, **state_settings, **garbage_pace(project, environment)}
        program = own_program(project, env, emulator=bool(url))
        cli = PulumiCli(project_dir=folder, stage=stage, env=env, begin_with=state, program=program)
        return OpenStage(cli, f"the Pulumi CLI against {api}", project, environment, url, runs_program=bool(program))
    if not resolve(whole_config(project, environment), environment).loopback:
        raise ManagedAgentsError(
            "the Pulumi CLI is not on PATH, and without it only an API on this machine can be used; install it "
            "(https://www.pulumi.com/docs/install/), or try the stage with --emulator"
        )
    from pulumi_managed_agents.engine.trial import TrialEngine
    from pulumi_managed_agents.engine.trial.state import state_file, write_state

    trial_state = project.root / emulation.FOLDER / "trial"
    if recorded:
        trial_state = recorded.folder
        write_state(state_file(trial_state, project.name, stage), recorded.of(TrialEngine.kind))
    trial = TrialEngine(project_dir=project.root, stage=stage, state_dir=trial_state, env=environment)
    return OpenStage(trial, f"{TRIAL} against {api}", project, environment, url)


def open_and_announce(
    project: Path,
    stage: str,
    announce: Callable[[str], None],
    *,
    emulator: bool,
    variables: Mapping[str, str] | None = None,
    recorded: RecordedState | None = None,
) -> OpenStage:
    """Open a stage, announce its engine and API, and log the run where `run_log` has a file for it."""
    opened = open_stage(project, stage, emulator=emulator, variables=variables, recorded=recorded)
    announce(f"{opened.project.name}, stage {stage}: {opened.title}")
    if opened.project.unseen and not opened.emulator:
        announce(opened.project.unseen)
    file = log_file()
    return replace(opened, engine=LoggedEngine(opened.engine, stage, file)) if file else opened
