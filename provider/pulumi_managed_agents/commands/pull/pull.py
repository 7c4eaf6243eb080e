"""`managed-agents pull`: what was changed outside Pulumi, taken into the definition files. Only reads the API.

Everything is worked out before anything is written; what cannot be worked out for a file leaves that file as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.commands.adopt.context import AdoptionContext
from pulumi_managed_agents.commands.pull.meaning import Meaning, Resources
from pulumi_managed_agents.commands.pull.pulled import Drifted, Pulled, PulledField, pull_into
from pulumi_managed_agents.commands.pull.report import rendered
from pulumi_managed_agents.commands.pull.result import PullReport
from pulumi_managed_agents.commands.pull.skill_files import merged_files
from pulumi_managed_agents.definition_files.edit_text import CannotEdit
from pulumi_managed_agents.dynamic.wire import body, with_whole_numbers
from pulumi_managed_agents.engine.plan_collection import count_of, open_for_plans, plan_folder
from pulumi_managed_agents.errors import ApiError, Conflict, InputError
from pulumi_managed_agents.files.document import decode
from pulumi_managed_agents.files.names import SKILL_FILE, nfc
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.files.source_files import sha256
from pulumi_managed_agents.files.written_files import CHANGED, FileChange, write_all
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.kinds.skill.bundle import collect, digest_of, unpacked
from pulumi_managed_agents.kinds.skill.facts import front_matter
from pulumi_managed_agents.output.console import Console
from pulumi_managed_agents.output.reports import Report, deliver_on, keeps_standard_output
from pulumi_managed_agents.output.run_summary import UNTOUCHED, must_have_worked
from pulumi_managed_agents.reconcile.context import Context, Subject
from pulumi_managed_agents.reconcile.live import LiveCache
from pulumi_managed_agents.reconcile.observation import observe
from pulumi_managed_agents.reconcile.record import APPLIED, RESOURCE
from pulumi_managed_agents.reconcile.stored_record import read_record
from pulumi_managed_agents.release.gate import gate
from pulumi_managed_agents.review.drift import stage_drift
from pulumi_managed_agents.review.plan_files import collect as collect_plans
from pulumi_managed_agents.scrubbing import KNOWN
from pulumi_managed_agents.stage.definition import is_url
from pulumi_managed_agents.stage.discovery import resource_name
from pulumi_managed_agents.stage.findings import Findings
from pulumi_managed_agents.stage.references import Index, Target
from pulumi_managed_agents.stage.values import Keys, Override, read_values
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pulumi_managed_agents.commands.pull.pulled import PullOutcome
    from pulumi_managed_agents.engine.open_stage import OpenStage
    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.reconcile.record import Record
    from pulumi_managed_agents.stage import Definition, Stage

IN_PYTHON = "is declared in a Python program, which has no files for this; change it there"
FROM_GITHUB = "is fetched from GitHub: change it there, then `managed-agents skills update`"
EXPOSED = "holds a secret of this stage in plain text; remove it there first"


def pull_stage(
    project: Path,
    stage: str,
    names: Sequence[str],
    *,
    emulator: bool,
    dry_run: bool = False,
    undeclared: bool = False,
    reports: Sequence[Report] = (Report("text"),),
) -> PullReport:
    """Take what drifted, or what of it is named, into the files of a stage, and write a report.

    With `dry_run` nothing is written, and the report shows the difference. With `undeclared` fields are written as well
    that no file names.

    Raises:
        InputError: a name is that of nothing in the stage, or its files cannot be read.
        Conflict: a file was changed while this ran; nothing was written.
    """
    console = Console(aside=keeps_standard_output(reports))
    with plan_folder() as folder:
        opened, files = open_for_plans(project, stage, console.line, folder, emulator=emulator)
        opened.learn_secrets()
        with console.following(f"looking at {stage}", count_of(files)):
            outcome = opened.engine.preview(console.count)
        console.errors(() if outcome.ok else outcome.errors)
        must_have_worked(outcome, UNTOUCHED)
        plans = collect_plans(folder)
    drifted = stage_drift(stage, plans).drifted
    chosen = _chosen(drifted, names, [plan.name for plan in plans.resources])
    report = PullReport(
        stage,
        emulator=bool(opened.emulator),
        dry_run=dry_run,
        gated_by=gate(opened.project.own_config, opened.project.name).verified_in,
    )
    if chosen:
        report = replace(report, **vars(_Puller.of(opened, chosen, undeclared=undeclared).pull(chosen)))
    if not dry_run:
        write_all(report.files)
    deliver_on(console, reports, lambda form, width: rendered(report, form, width))
    return report


def _chosen(drifted: Iterable[Plan], names: Sequence[str], known: Sequence[str]) -> list[Plan]:
    """The plans that are named, all without a name; a vault stands for its credentials as well."""
    named = {resource_name(name.removeprefix("./").removesuffix(f"/{SKILL_FILE}")) for name in names}
    for name in sorted(named - set(known)):
        raise InputError(f"nothing is called '{name}' that could be pulled{suggestion_or_some(name, known)}")
    return [plan for plan in drifted if not names or {plan.name, *_owners(plan)} & named]


def _owners(plan: Plan) -> Iterable[str]:
    if plan.kind != "credential":
        return ()
    return (plan.name[:place] for place, character in enumerate(plan.name) if character == "/")


@dataclass
class _Result:
    """What a pull comes to; the fields are those of `PullReport`."""

    pulled: tuple[Pulled, ...] = ()
    files: tuple[FileChange, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass
class _Puller:
    """Everything that pulling into a stage depends on, and the files as they will be."""

    context: AdoptionContext
    stage: Stage
    resources: Resources
    overrides: Mapping[str, Override]
    recorded: Mapping[tuple[str, str], Mapping[str, Any]]
    live: Context
    undeclared: bool
    changed: dict[Path, FileChange] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, opened: OpenStage, plans: Sequence[Plan], *, undeclared: bool) -> _Puller:
        """Read the stage, its state, and what its values file overrides."""
        from pulumi_managed_agents.stage import Stage, Values

        context = AdoptionContext.of(opened)
        recorded = {
            (about["kind"], about["name"]): resource
            for resource in opened.engine.resources()
            if (about := resource["inputs"].get(RESOURCE)) and "mark" in about
        }
        has_files = any(plan.file for plan in plans)
        stage = context.before if has_files else Stage(opened.project.stage, "", (), (), Values(""))
        names = {applied.id: name for name, applied in context.recorded.applied.items()}
        paths = _paths(stage) if has_files else {}
        fetched = {skill.file.lower(): skill.name for skill in stage.definitions if is_url(skill.file)}
        index = Index(
            {path: Target(definition.name, definition.kind) for path, definition in paths.items()},
            {
                f"{path}/{SKILL_FILE}": Target(definition.name, definition.kind)
                for path, definition in paths.items()
                if definition.kind == "skill"
            },
            lambda relative: (context.location.folder / relative).exists(),
            lambda relative: (context.location.folder / relative).is_file(),
            lambda url: Target(fetched.get(url.lower().rstrip("/"), url), "skill"),
        )
        overrides: Mapping[str, Override] = {}
        if has_files:
            keys = Keys({path: definition.name for path, definition in paths.items()})
            overrides = read_values(context.location, Findings()).overrides(keys)
        resources = Resources(index, context.recorded.applied, names)
        live = Context(context.client, LiveCache(context.client))
        return cls(context, stage, resources, overrides, recorded, live, undeclared)

    def pull(self, plans: Iterable[Plan]) -> _Result:
        """Work out what becomes of every plan."""
        pulled = tuple(self._pulled(plan) for plan in plans)
        files = tuple(change for change in self.changed.values() if change.before != change.after)
        return _Result(pulled, files, tuple(self.failures))

    def _pulled(self, plan: Plan) -> Pulled:
        definition = next(
            (known for known in self.stage.definitions if (known.kind, known.name) == (plan.kind, plan.name)), None
        )
        if plan.vanished:
            return Pulled(plan)
        if definition is None or not plan.file:
            return Pulled(plan, (PulledField("named", plan.outside, reason=IN_PYTHON),))
        if is_url(definition.file):
            return Pulled(plan, (PulledField("named", plan.outside, definition.file, FROM_GITHUB),))
        before = dict(self.changed)
        try:
            return self._skill(plan, definition) if plan.kind == "skill" else self._fields(plan, definition)
        except (CannotEdit, InputError) as error:
            self.changed = before
            reason = f"could not be edited: {error}"
            self.failures.append(f"{definition.file} {reason}; nothing of {plan.name} was written into it")
            return Pulled(plan, (PulledField("named", plan.outside, definition.file, reason),))

    def _fields(self, plan: Plan, definition: Definition) -> Pulled:
        id, record, live = self._observed(definition)
        drifted = Drifted(
            plan,
            definition,
            Meaning(
                definition.kind,
                self._facts(definition),
                self._relative(definition.file),
                id,
                self._override(definition),
                definition.within,
                self.resources,
            ),
            record.desired,
            live,
            self.context.targets(()),
            self.stage.values.file,
            self.undeclared,
        )
        path = self.context.location.project_dir / definition.file
        known = self.changed.get(path)
        before = known.before if known else path.read_bytes()
        text, ending = _text(known.after if known and known.after else before or b"", definition.file)
        if not known and sha256(nfc(text).encode()) not in definition.files.values():
            raise Conflict(CHANGED.format(definition.file))
        new, pulled = pull_into(text, drifted)
        if new != text:
            self._change(FileChange(path, definition.file, before, ending(new)))
        return pulled

    def _skill(self, plan: Plan, definition: Definition) -> Pulled:
        _, record, live = self._observed(definition)
        bundle = definition.bundle
        assert bundle is not None  # noqa: S101 - a skill has one
        relative = self._relative(bundle.directory)
        folder = self.context.location.folder / relative
        here = dict(collect(folder, bundle.directory, self.context.location.folder))
        if digest_of(here.items()) != bundle.digest:
            raise Conflict(CHANGED.format(bundle.directory))
        version = str(live["latest_version_id"])
        there = dict(unpacked(self.context.client.skills.content(live["id"], version), str(live["id"])))
        base = here if record.desired.get("digest") == digest_of(here.items()) else self._skill_base(live, record)
        files = merged_files(base, here, there)
        after = {name: content for name, content in {**here, **files.writes}.items() if content is not None}
        front_matter(bundle.directory, list(after.items()))
        for name, content in files.writes.items():
            if name not in here and (folder / name).exists():
                raise CannotEdit(f"{name} is new in it, and is left out of the skill here (.skillignore)")
            self._change(FileChange(folder / name, f"{bundle.directory}/{name}", here.get(name), content))
        outcome: PullOutcome = "clash" if files.clashes or files.kept else "merged" if files.merged else "taken"
        reasons = [f"{name}: {reason}; it stays as it is here" for name, reason in files.kept.items()]
        part = PulledField(outcome, plan.outside, reason="; ".join(reasons))
        return Pulled(plan, (part,))

    def _skill_base(self, live: Body, record: Record) -> dict[str, bytes]:
        """The files of the version last applied; none if the API has it no more."""
        try:
            content = self.context.client.skills.content(live["id"], str(record.revision.get("latest_version_id")))
        except ApiError as error:
            if error.status != 404:
                raise
            return {}
        return dict(unpacked(content, str(live["id"])))

    def _observed(self, definition: Definition) -> tuple[str, Record, Body]:
        """The id of a definition's object, what is recorded of it, and what is live."""
        resource = self.recorded[definition.kind, definition.name]
        outputs = resource["outputs"]
        record = read_record(body(outputs), with_whole_numbers(outputs.get(APPLIED) or {}))
        subject = Subject(self._facts(definition), definition.name)
        live = observe(self.live, subject, resource["id"], record)
        if live is None:
            raise CannotEdit("it was deleted while this ran")
        return str(resource["id"]), record, live

    def _facts(self, definition: Definition) -> Any:
        facts = FACTS[definition.kind]
        outputs = self.recorded[definition.kind, definition.name]["outputs"]
        return facts.within(str(outputs.get(facts.parent))) if facts.parent else facts

    def _override(self, definition: Definition) -> Node:
        owner = definition.name
        if definition.within:
            owner = next(
                vault.name
                for vault in self.stage.definitions
                if vault.kind == "vault" and vault.file == definition.file
            )
        override = self.overrides.get(owner)
        return override.fields if override else Node({}, "", 0)

    def _relative(self, file: str) -> str:
        return file.removeprefix(f"{self.stage.folder}/")

    def _change(self, change: FileChange) -> None:
        if change.after is not None and KNOWN.scrubber().finds(change.after.decode("utf-8", "replace")):
            raise CannotEdit(f"what is live {EXPOSED}")
        self.changed[change.path] = change


def _paths(stage: Stage) -> dict[str, Definition]:
    """The definitions with their own files, by path below the stage's folder; a skill by its directory."""
    top = f"{stage.folder}/"
    return {
        definition.file.removeprefix(top).removesuffix(f"/{SKILL_FILE}"): definition
        for definition in stage.definitions
        if definition.kind != "file" and not definition.within
    }


def _text(content: bytes, file: str) -> tuple[str, Any]:
    """A file's text, and how a new text of it is written: with the line ends and the mark that it has.

    Raises:
        CannotEdit: it mixes two kinds of line ends.
    """
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    returns, lines = content.count(b"\r\n"), content.count(b"\n")
    if returns not in (0, lines):
        raise CannotEdit("it mixes two kinds of line ends")
    end = "\r\n" if returns else "\n"
    return decode(content, file), lambda text: mark + text.replace("\n", end).encode()
