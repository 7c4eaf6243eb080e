"""A whole stage as Pulumi resources: the files decide, the program only declares."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret
from pulumi.runtime.sync_await import _sync_await

from pulumi_managed_agents import one_command
from pulumi_managed_agents.api.settings import EMULATOR_VARIABLE
from pulumi_managed_agents.config.policy import POLICY_KEYS, policy
from pulumi_managed_agents.config.settings import NAMESPACE, must_be_encrypted, must_be_known
from pulumi_managed_agents.config.stack_settings import must_be_sound
from pulumi_managed_agents.dynamic.program import mistakes
from pulumi_managed_agents.dynamic.program.declare_part import LeftOut
from pulumi_managed_agents.dynamic.program.declare_release import (
    Home,
    Rules,
    held_at_proven,
    prove,
    proven_agents,
    refused_holds,
    roll_back,
    smoke_tests,
)
from pulumi_managed_agents.dynamic.program.deployed_stage import CLASSES, recorded_resources
from pulumi_managed_agents.dynamic.program.deployed_stage import Stage as DeployedStage
from pulumi_managed_agents.dynamic.program.provider_start import start_provider
from pulumi_managed_agents.dynamic.program.registration import lighten
from pulumi_managed_agents.dynamic.program.removals import deployed_stages, removals_of_files
from pulumi_managed_agents.dynamic.program.resource import token
from pulumi_managed_agents.dynamic.program.review_notes import note_files, note_judgement, note_removals
from pulumi_managed_agents.dynamic.program.secret_values import configured_secrets, plain_secrets, secret_values
from pulumi_managed_agents.dynamic.program.stack_state import own_state, state_of
from pulumi_managed_agents.dynamic.provider.process import KEYS
from pulumi_managed_agents.dynamic.state_entry import origin
from pulumi_managed_agents.errors import InputError, ManagedAgentsError
from pulumi_managed_agents.kinds.skill.github import SETTING as GITHUB_URL
from pulumi_managed_agents.reconcile.mark import qualified_name, within
from pulumi_managed_agents.reconcile.record import RESOURCE
from pulumi_managed_agents.release.gate import GATE_KEYS, gate
from pulumi_managed_agents.release.judgement import judge
from pulumi_managed_agents.release.ledger import RECEIPTS, available_receipts, released_receipts
from pulumi_managed_agents.release.part_of_stage import chosen, part
from pulumi_managed_agents.release.rollback import ROLLED_BACK, ROLLING_BACK, Declaration, rolled_back
from pulumi_managed_agents.release.root import roots
from pulumi_managed_agents.review.plan_files import JUDGED
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.smoke.side_effects import PROTECTED_STAGE, side_effects_must_be_accepted
from pulumi_managed_agents.stage import load
from pulumi_managed_agents.stage.definition import properties
from pulumi_managed_agents.stage.removal import CONFIRM_REMOVAL, Removals, confirmed
from pulumi_managed_agents.stage.secrets import with_values
from pulumi_managed_agents.words import harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.dynamic.program.resource import ManagedResource
    from pulumi_managed_agents.errors import Finding
    from pulumi_managed_agents.one_command import Question
    from pulumi_managed_agents.release.gate import Gate
    from pulumi_managed_agents.release.judgement import Judgement
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.root import Root
    from pulumi_managed_agents.stage import Definition, Stage
    from pulumi_managed_agents.stage.definition import Applied


def judged(stage: Stage, roots: Mapping[str, Root], gate: Gate, config: Mapping[str, str]) -> Judgement:
    """What the gate says to the stage as its files are; `config` is the stage's configuration without namespace.

    Raises:
        InputError: receipts cannot be read.
    """
    receipts: list[Receipt] = []
    if gate.verified_in:
        receipts = [*available_receipts(Path.cwd(), stage.name, config, os.environ), *_released(gate.verified_in)]
    return judge(stage, roots, receipts, gate, datetime.now(UTC), _typed)


def _typed(command: str) -> str:
    """A command of ours, against the emulator where this run is."""
    return f"managed-agents {command}" + (" --emulator" if os.environ.get(EMULATOR_VARIABLE) else "")


def _released(stage: str) -> list[Receipt]:
    """The receipts that another stage's release holds; none if that cannot be asked."""
    releases = [
        outputs for outputs in state_of(stage).values() if (outputs.get(RESOURCE) or {}).get("kind") == "release"
    ]
    return [receipt for outputs in releases for receipt in released_receipts(outputs, f"the release of {stage}")]


def deploy_stage(
    stage: str | None = None, *, definitions: str | None = None, opts: pulumi.ResourceOptions | None = None
) -> DeployedStage:
    """Declare everything in a stage's folder: its resources, its smoke tests, its release and its proof.

    Every mistake in the files is logged as ``FILE:LINE: FIELD: message`` and ends the program before the first
    resource, so that nothing is called.

    Args:
        stage: The stage; the Pulumi stack's name unless given.
        definitions: The folder; `managed-agents:definitions` of the stack, or ``stacks/<stage>``, unless given.
        opts: Pulumi's resource options for all of it, such as a `parent` or a `provider`. A program that deploys
            several folders gives each a parent; these are of different types, as those of any children of one name.

    Returns:
        What was declared, for the program to go on with. The stack exports ``pins``, unless there is a parent.
    """
    lighten()
    config = pulumi.Config(NAMESPACE)
    home = _home(opts)
    if declaration := os.environ.get(ROLLING_BACK):
        if opts:
            _stop((), "pins of a stage that is deployed with options cannot be rolled back; roll back its files")
        return _with_pins_back(stage or pulumi.get_stack(), Declaration.read(Path(declaration)), _settings(config))
    if not opts:
        start_provider()
    try:
        _settings_must_be_sound()
        settings = _settings(config)
        loaded = load(
            stage or pulumi.get_stack(),
            project_dir=Path.cwd(),
            project=pulumi.get_project(),
            definitions=definitions or config.get("definitions"),
            config=settings,
            fetch=True,
        )
        side_effects_must_be_accepted(loaded, settings)
        removal = _removal(settings)
        secrets = secret_values(loaded)
        stage_gate = gate(settings, pulumi.get_project())
        stage_gate.must_ask_another_than(pulumi.get_stack())
        rules = Rules(stage_gate.require_smoke, rolled_back(settings))
        stage_roots = roots(loaded, untested=bool(stage_gate.verified_in))
        judgement = judged(loaded, stage_roots, stage_gate, settings)
        state, names = own_state(), chosen(os.environ)
        if names is not None and opts:
            raise InputError("a stage that is deployed with options cannot be deployed in part; deploy all of it")
        removals = Removals()
        if names is None:
            on_removal, agreed = policy(settings).on_removal, confirmed(settings, os.environ)
            removals = removals_of_files(loaded, state, on_removal, agreed, home.within)
    except ManagedAgentsError as error:
        findings = error.findings if isinstance(error, InputError) else ()
        _stop(findings, "" if findings else str(error))
    _report_or_stop(loaded, judgement, removals, home.within)
    left_out = LeftOut()
    if names is not None:
        loaded = part(loaded, names)
        left_out = LeftOut.of(state or {}, loaded)
    if not opts:
        _must_be_allowed(loaded, state, config, rules)
    declare = _Declarer(loaded, pulumi.ResourceOptions.merge(removal, home.opts), home.within, secrets)
    # Deployments come last: they start sessions from the versions that the smoke tests prove.
    declare.all(definition for definition in loaded.definitions if definition.kind != "deployment")
    before = left_out.declare(declare.resources, removal, deployments=False)
    smoke = smoke_tests(loaded, declare.made, rules, home, left_out.smoke_tests)
    declare.made |= proven_agents(loaded, declare.made, smoke.pins, rules.may_hold_back(loaded))
    deployments = [definition for definition in loaded.definitions if definition.kind == "deployment"]
    declare.all(held_at_proven(definition, declare.made, smoke.proved) for definition in deployments)
    left_out.declare(before, removal, deployments=True, after=[smoke])
    refused = refused_holds(deployments, declare.made, smoke.proved)
    release = prove(loaded, smoke, stage_roots, declare.resources, refused, home)
    if not home.within:
        # An export is a convenience: after a failed up the engine may have stored another text in its place. The pins
        # that count are the release's own outputs.
        pulumi.export("pins", release.pins)
    return DeployedStage(loaded.name, declare.resources, release)


def _with_pins_back(stage: str, declaration: Declaration, settings: Mapping[str, str]) -> DeployedStage:
    """Declare the recorded release again with other pins, and leave the stage's resources as they are recorded."""
    release = roll_back(declaration, rolled_back(settings), _removal(settings))
    pulumi.export("pins", release.pins)
    return DeployedStage(stage, recorded_resources(state_of(pulumi.get_stack())), release)


def _must_be_allowed(
    stage: Stage, state: Mapping[str, Mapping[str, Any]] | None, config: pulumi.Config, rules: Rules
) -> None:
    """End the program, before its first resource, unless the up is agreed to, or nothing live would stop it."""
    if question := one_command.question():
        _must_be_agreed_to(question, stage, state or {}, config, rules)
    else:
        _must_not_stop_halfway(stage, state, config, rules)


def _must_not_stop_halfway(
    stage: Stage, state: Mapping[str, Mapping[str, Any]] | None, config: pulumi.Config, rules: Rules
) -> None:
    """End the program if what is live would stop this up at one of the stage's resources; a preview stops there."""
    if not state or pulumi.runtime.is_dry_run() or os.environ.get(JUDGED):
        return
    # Imported here, since it brings along the provider's planner, which a preview does not need.
    from pulumi_managed_agents.dynamic.program.stops_ahead import stops_ahead

    try:
        secrets = {**configured_secrets(), **plain_secrets(stage)}
        stops = stops_ahead(stage, state, _of_provider(config), secrets, rules)
    except ManagedAgentsError as error:
        stops = [str(error)]
    for reason in stops:
        pulumi.log.error(KNOWN.scrubber().text(harmless(reason)))
    if stops:
        mistakes.end()


def _must_be_agreed_to(
    question: Question, stage: Stage, state: Mapping[str, Mapping[str, Any]], config: pulumi.Config, rules: Rules
) -> None:
    """End the program unless somebody agrees to what it would do; where that would stop halfway, nobody is asked."""
    from pulumi_managed_agents.dynamic.program.stops_ahead import steps_ahead  # as above

    secrets = {**configured_secrets(), **plain_secrets(stage)}
    try:
        steps = steps_ahead(stage, state, _of_provider(config), secrets, rules)
    except ManagedAgentsError as error:
        _stop((), str(error))
    agreed = question.ask(steps)
    os.environ.update(dict.fromkeys(question.variables, ""))
    if not agreed:
        mistakes.end()


def _of_provider(config: pulumi.Config) -> dict[str, str]:
    """The settings that count for a provider, without namespace."""
    return {key: value for key in KEYS if (value := config.get(key)) is not None}


def _settings_must_be_sound() -> None:
    """Raise `InputError` for a setting of the stack that nobody would read, or not as it is meant."""
    names, file = _setting_names(), f"Pulumi.{pulumi.get_stack()}.yaml"
    written = CONFIG.get()
    encrypted = [key for key in written if is_config_secret(key)]
    must_be_sound(written, pulumi.get_project(), encrypted, file)
    must_be_known(names, file)
    must_be_encrypted((name for name in names if not is_config_secret(f"{NAMESPACE}:{name}")), file)


def _home(opts: pulumi.ResourceOptions | None) -> Home:
    """Where in the program a stage is to be; ends the program if another one is there."""
    within = ""
    if opts and opts.parent:
        urn = _sync_await(pulumi.create_urn("release", token("Release"), opts.parent).future()) or ""
        within = qualified_name(urn).removesuffix("release").removesuffix("::")
    taken = deployed_stages()
    if within in taken:
        place = f"inside {within}" if within else "without a parent"
        _stop((), f"the program deploys two stages {place}; give each a parent of a type of its own, by `opts`")
    taken.add(within)
    return Home(opts or pulumi.ResourceOptions(), within)


def _report_or_stop(stage: Stage, judgement: Judgement, removals: Removals, within: str) -> None:
    """Report on the files, and stop where they may not be deployed, or not without being confirmed."""
    if moved := note_files(stage.files, within):
        _stop((), "\n".join(moved))
    _report_gate(judgement, within)
    if not removals.is_empty and not note_removals(removals, within):
        _stop((), "\n".join(removals.reasons(stage.name)))
    _log(stage.warnings)


def _report_gate(judgement: Judgement, within: str) -> None:
    """Report what the gate found, and stop where it refuses; a preview that goes on records it instead."""
    if note_judgement(judgement, within):
        return
    for line in (*judgement.notes, *judgement.uncovered):
        pulumi.log.info(harmless(line))
    for line in judgement.warnings:
        pulumi.log.warn(harmless(line))
    if judgement.refusals:
        _stop(judgement.refusals)


def _log(findings: Iterable[Finding]) -> None:
    for finding in findings:
        # The engine puts the word "warning" before it.
        text = harmless(str(replace(finding, severity="error")))
        (pulumi.log.warn if finding.severity == "warning" else pulumi.log.error)(text)


def _stop(findings: Iterable[Finding], message: str = "") -> NoReturn:
    """Log why and end the program, before anything was declared."""
    _log(findings)
    if message:
        pulumi.log.error(harmless(message))
    mistakes.end()


def _setting_names() -> list[str]:
    """The names of all that the stage's configuration says in our namespace."""
    return [key.partition(":")[2] for key in CONFIG.get() if key.startswith(f"{NAMESPACE}:")]


def _settings(config: pulumi.Config) -> dict[str, str]:
    """The stage's configuration as far as the program has a use for it, without namespace."""
    keys = (*POLICY_KEYS, *GATE_KEYS, RECEIPTS, ROLLED_BACK, PROTECTED_STAGE, CONFIRM_REMOVAL, GITHUB_URL)
    return {key: value for key in keys if (value := config.get(key)) is not None}


def _removal(settings: Mapping[str, str]) -> pulumi.ResourceOptions:
    """What happens to a live object whose file is removed, by Pulumi's own means; checks all of the policy."""
    choice = policy(settings).on_removal
    return pulumi.ResourceOptions(retain_on_delete=choice == "retain", protect=choice == "refuse")


@dataclass
class _Declarer:
    """Declares definitions one after the other; `made` is what references can lead to."""

    stage: Stage
    opts: pulumi.ResourceOptions
    within: str
    secrets: Mapping[str, pulumi.Output[str]]
    made: dict[str, Applied] = field(default_factory=dict)
    resources: dict[str, ManagedResource] = field(default_factory=dict)

    def all(self, definitions: Iterable[Definition]) -> None:
        """Declare definitions, which come in dependency order."""
        for definition in definitions:
            resource = self._declare(definition)
            self.made[definition.name] = self.resources[definition.name] = resource

    def _declare(self, definition: Definition) -> ManagedResource:
        aliases: list[pulumi.Input[str | pulumi.Alias]] = [pulumi.Alias(name=earlier) for earlier in definition.was]
        opts = pulumi.ResourceOptions.merge(self.opts, pulumi.ResourceOptions(aliases=aliases))
        body = with_values(definition.kind, properties(definition, self.made), self.secrets.__getitem__)
        about = origin(definition, self.stage)
        if self.within and "uses" in about:
            about["uses"] = {path: within(self.within, name) for path, name in about["uses"].items()}
        return CLASSES[definition.kind].from_definition(definition.name, body, about, opts)
