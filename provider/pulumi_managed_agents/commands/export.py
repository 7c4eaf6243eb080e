"""`managed-agents export`: what a stage records, in a file without any secret, for previews where its state is not.

A pull request's job cannot be trusted with what opens production's state. It is handed this file instead. Of a secret
it holds neither the value, nor its cipher, nor a digest that could be tried; so a preview against it shows every other
change, and takes each secret for the one that was applied.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.dynamic.provider.process import git_commit
from pulumi_managed_agents.engine.events import HIDDEN, is_secret
from pulumi_managed_agents.engine.open_stage import open_stage
from pulumi_managed_agents.engine.project import read_project
from pulumi_managed_agents.engine.recorded import FORMAT, RecordedState
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import read_json
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.packed_record import unpacked
from pulumi_managed_agents.reconcile.record import APPLIED, OBSERVED, RESOURCE
from pulumi_managed_agents.reconcile.secrets import MARKS, SALT, UNSEEN, with_secrets
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.engine.project import Project

DROPPED = frozenset({"secrets_providers", "pending_operations"})
"""What a state says of how its secrets are encrypted, and of runs that were interrupted."""
WRITTEN = [field.name for field in fields(RecordedState) if field.name != "folder"]


def export_stage(project: Path, stage: str, file: Path, *, emulator: bool) -> str:
    """Write what a stage records to a file, without its secrets; what was done, in a line.

    Raises:
        InputError: secrets stand in its configuration, and the CLI cannot decrypt them, so that none can be looked for.
        ManagedAgentsError: its state cannot be read.
    """
    opened = open_stage(project, stage, emulator=emulator)
    opened.learn_secrets()
    state = opened.engine.state()
    recorded = RecordedState(
        project=opened.project.name,
        stage=stage,
        engine=opened.engine.kind,
        recorded_at=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=git_commit(),
        state=None if state is None else KNOWN.scrubber().value(without_secrets(state)),
    )
    tree = {key: value for key, value in asdict(recorded).items() if key in WRITTEN}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(tree, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return f"wrote {file}: what {stage} records, without secrets"


@contextmanager
def read_export(file: Path | None, root: Path, stage: str) -> Iterator[RecordedState | None]:
    """Such a file for as long as the block takes, or None for none; ``{}`` says that nothing was ever deployed.

    Raises:
        InputError: it is none, or another stage's.
    """
    if file is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="managed-agents-recorded-") as folder:
        yield replace(_read(file, read_project(root.resolve(), stage)), folder=Path(folder))


def _read(file: Path, project: Project) -> RecordedState:
    tree = read_json(file, str(file))
    if tree == {}:
        return RecordedState(project.name, project.stage)
    advice = f"write it again: `managed-agents export {project.stage} --output {file}`"
    if not isinstance(tree, dict) or sorted(tree) != sorted(WRITTEN) or tree["format"] != FORMAT:
        raise InputError(f"{file}: this release cannot read it as the record of a stage; {advice}")
    texts = (tree[key] for key in ("project", "stage", "engine", "recorded_at", "commit"))
    if not all(isinstance(text, str) for text in texts) or not isinstance(tree["state"], (dict, type(None))):
        raise InputError(f"{file}: it is damaged; {advice}")
    if (tree["project"], tree["stage"]) != (project.name, project.stage):
        raise InputError(f"{file}: it is of stage '{tree['stage']}' of project '{tree['project']}'; {advice}")
    return RecordedState(**tree)


def without_secrets(state: Any) -> Any:
    """A state in which nothing is left of its secrets, and which its engine can still read."""
    if isinstance(state, list):
        return [without_secrets(item) for item in state]
    if not isinstance(state, dict):
        return state
    if is_secret(state):
        return HIDDEN
    about, state = state.get(RESOURCE), unpacked(state)
    props = _opened(state, about) if isinstance(about, dict) else state
    cleared = {key: without_secrets(item) for key, item in props.items() if key not in DROPPED}
    secret = (about.get("secret") if isinstance(about, dict) else None) or ()
    return cleared | {
        key: _unmarked(cleared[key], secret) for key in (APPLIED, OBSERVED) if isinstance(cleared.get(key), dict)
    }


def _opened(props: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    """A resource's properties, of which an engine marks a whole list as secret where a part of it is.

    Where its kind says which part that is, all the rest is shown; not where a program has marked it itself.
    """
    facts, hidden = FACTS.get(str(about.get("kind"))), about.get("secret") or ()

    def bare(name: str, value: Any) -> Any:
        if facts is None or name in hidden or not is_secret(value) or "plaintext" not in value:
            return value
        whole = {name: json.loads(value["plaintext"])}
        less = with_secrets(facts, whole, lambda *_: HIDDEN)
        return value if less == whole else less[name]

    return {name: bare(name, value) for name, value in props.items()}


def _unmarked(record: dict[str, Any], secret: Any) -> dict[str, Any]:
    """A record without digests of secrets: those of its kind, and all of each field that a program marked as secret."""
    marks = (record.get("sealed") or {}).get(MARKS)
    sealed = {"sealed": {SALT: "", MARKS: dict.fromkeys(marks, UNSEEN)}} if marks else {}
    live = {key: value for key, value in (record.get("live") or {}).items() if key not in secret}
    return {**record, **sealed, **({"live": live} if "live" in record else {})}
