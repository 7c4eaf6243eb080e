"""A project and a stage of it, as Pulumi.yaml and the stack file describe them: name, program, configuration."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.settings import NAMESPACE, must_be_encrypted, must_be_known
from pulumi_managed_agents.config.stack_settings import line_of, meant, must_be_sound
from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.document import read_bytes, read_text
from pulumi_managed_agents.files.parsing import parse_yaml
from pulumi_managed_agents.smoke.side_effects import protected
from pulumi_managed_agents.words import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.stage import Stage


STACK_FILE = frozenset({"config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"})
"""The keys of a stack file that Pulumi reads."""
NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
NAME_RULE = "letters, digits, '_', '.' and '-' only, at most 100 of them"
"""What Pulumi takes as the name of a project."""
INSTALL = "https://www.pulumi.com/docs/install/"
TRIAL = "the trial engine"
NEEDS_CLI = f"{TRIAL} does not do this; the Pulumi CLI does: {INSTALL}"


@dataclass(frozen=True)
class Project:
    """A project, and one stage of it.

    `config` maps ``namespace:key`` to text, as providers receive it; `secrets` are the keys whose values only the
    Pulumi CLI can read; `written` are all values as they are in the files, and `outside` the keys beside ``config``
    that Pulumi does not read. `stack_file` need not exist; `settings` is all of Pulumi.yaml. `has_imports` says that
    the stack file imports Pulumi environments (ESC), whose values are not known here. `ciphers` are the values of
    `secrets` as they are in the file.
    """

    name: str
    stage: str
    root: Path
    program: Path
    config: dict[str, str]
    secrets: frozenset[str]
    written: dict[str, Any]
    stack_file: Path
    settings: dict[str, Any]
    has_imports: bool = False
    ciphers: Mapping[str, str] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()

    @property
    def encrypted(self) -> frozenset[str]:
        """The keys of configuration in which something is encrypted: all of a value or a part of it."""
        # An object with encrypted values inside reaches `config` as JSON.
        return self.secrets | {key for key, text in self.config.items() if '{"secure": ' in text}

    @property
    def own_config(self) -> dict[str, str]:
        """The stage's configuration in our namespace, without it; what is encrypted is left out."""
        named = ((key.partition(":"), value) for key, value in self.config.items())
        return {key: value for (space, _, key), value in named if space == NAMESPACE}

    @property
    def has_files(self) -> bool:
        """Whether its stages are definition files, and no Python program."""
        return bool(stages(self.root)) or "definitions" in self.own_config

    @property
    def unseen(self) -> str:
        """What cannot be known of its settings without Pulumi, in a line; empty if all of them are in files."""
        if not self.has_imports:
            return ""
        shown = self.stack_file.relative_to(self.root).as_posix()
        return (
            f"{shown}: imports Pulumi environments, which only Pulumi reads: a gate in them is asked by `up` and "
            "`preview`, not here; managed-agents:protectedStage has an effect in this file only"
        )

    def load(self, *, strict: bool = False, sessions: bool = False, fetch: bool = False) -> Stage:
        """The stage's files, as `stage.load` reads them; raises `InputError` with every finding."""
        from pulumi_managed_agents.stage import load

        folder = self.own_config.get("definitions")
        return load(
            self.stage,
            project_dir=self.root,
            project=self.name,
            definitions=folder,
            strict=strict,
            sessions=sessions,
            config=self.own_config,
            fetch=fetch,
        )

    def must_have_known_settings(self) -> None:
        """Raise `InputError` for a setting of ours that is unknown, unreadable, or written where nobody reads it."""
        ours = [key.partition(":")[2] for key in self.written if key.startswith(f"{NAMESPACE}:")]
        shown = self.stack_file.relative_to(self.root).as_posix()
        text = self.stack_file.read_text("utf-8") if self.stack_file.is_file() else ""
        must_be_sound(self.written, self.name, self.encrypted, shown, text)
        must_be_known(ours, shown)
        if misplaced := [*self._outside_config(shown, text), *self._unread_files()]:
            raise InputError(misplaced)
        must_be_encrypted(self.own_config, shown)

    def _outside_config(self, shown: str, text: str) -> Iterator[Finding]:
        for key in sorted(self.outside):
            ours = meant(key if ":" in key else f"{self.name}:{key}", self.name) is not None
            if ours or key.startswith(NAMESPACE) or key.lower() == "config":
                yield Finding(shown, line_of(key, text), key, "is not read; write it below config:")

    def _unread_files(self) -> Iterator[Finding]:
        """Files with settings of ours that somebody may take for those of the stage, and Pulumi does not."""
        own = self.stack_file
        for path in sorted(path for folder in {self.root, own.parent} for path in folder.glob("[Pp]ulumi.*")):
            looks_alike = path.stem.lower() == own.stem.lower() and path.suffix in (".yaml", ".yml", ".json")
            another_stage = path.parent == own.parent and path.suffix == own.suffix and own.exists()
            if looks_alike and path != own and not another_stage and NAMESPACE.encode() in read_bytes(path, path.name):
                shown, where = path.relative_to(self.root).as_posix(), own.relative_to(self.root).as_posix()
                yield Finding(shown, 0, "", f"is not read; the settings of {self.stage} are in {where}")


def read_project(root: Path, stage: str) -> Project:
    """Read Pulumi.yaml in `root` and, if there is one, the stage's file; the stage's values win."""
    settings = _read(root / "Pulumi.yaml")
    if not settings:
        raise InputError(f"{root / 'Pulumi.yaml'}: there is no Pulumi project here; run `managed-agents init`")
    if not isinstance(name := settings.get("name"), str):
        raise InputError(f"{root / 'Pulumi.yaml'}: name: is required")
    if not NAME.fullmatch(name):
        raise InputError(f"{root / 'Pulumi.yaml'}: name: '{name}' cannot be a project's name: {NAME_RULE}")
    for key in ("main", "stackConfigDir"):
        if not isinstance(settings.get(key, ""), str):
            raise InputError(f"{root / 'Pulumi.yaml'}: {key}: must be a path")
    shared = _config(settings, root / "Pulumi.yaml")
    stack_file = root / settings.get("stackConfigDir", "") / f"Pulumi.{stage}.yaml"
    stack = _read(stack_file)
    own = _config(stack, stack_file)
    given = {key: _declared(value) for key, value in shared.items()} | own
    written = {key if ":" in key else f"{name}:{key}": value for key, value in given.items()}
    named = {key: value for key, value in written.items() if value is not None}
    secrets = frozenset(key for key, value in named.items() if isinstance(value, dict) and "secure" in value)
    config = {key: _text(value) for key, value in named.items() if key not in secrets}
    program, has_imports = root / settings.get("main", ""), "environment" in stack
    ciphers = {key: str(named[key]["secure"]) for key in secrets}
    outside = frozenset(map(str, stack.keys() - STACK_FILE))
    return Project(
        name, stage, root, program, config, secrets, written, stack_file, settings, has_imports, ciphers, outside
    )


def command_line(command: str, *, emulator: bool) -> str:
    """One of our commands as a person types it: ``.venv/bin/managed-agents up dev --emulator``."""
    # One that was called by its path, as in a virtual environment that is not active, is not on PATH.
    program = sys.argv[0] if sys.argv[0].startswith(".") else "managed-agents"
    return f"{program} {command}" + (" --emulator" if emulator else "")


def unknown_stage(stage: str, known: Iterable[str]) -> str:
    """That there is no such stage, and which one may be meant."""
    names = sorted(known)
    there = f"; there is {', '.join(names)}" if names else ""
    return f"there is no stage '{stage}'{suggestion(stage, names) or there}"


def must_be_stage(root: Path, stage: str) -> None:
    """Refuse a mistyped stage; a program that declares its resources in Python has no stages of ours."""
    known = stages(root)
    if known and stage not in known:
        raise InputError(unknown_stage(stage, known))


def project_above(folder: Path) -> Path | None:
    """The nearest folder with a Pulumi.yaml, this one or one above, as a path from here; None if there is none."""
    folder = folder.resolve()
    project = next((parent for parent in (folder, *folder.parents) if (parent / "Pulumi.yaml").is_file()), None)
    return project and Path(os.path.relpath(project))


def is_protected(project_dir: Path, stage: str) -> bool:
    """Whether a stage's configuration protects it. Raises `InputError` for settings that cannot be read."""
    project = read_project(project_dir.resolve(), stage)
    project.must_have_known_settings()
    return protected(project.own_config)


def stages(root: Path) -> list[str]:
    """The stages of a project: folders in ``stacks/``, and stack files that share a folder."""
    folder = root / "stacks"
    folders = {path.name for path in folder.glob("*/") if not path.name.startswith(".")}
    return sorted(folders | {path.name[len("Pulumi.") : -len(".yaml")] for path in folder.glob("Pulumi.?*.yaml")})


def _read(path: Path) -> dict[str, Any]:
    root = parse_yaml(read_text(path, str(path)), str(path)) if path.exists() else None
    return _mapping((root.plain() if root else None) or {}, f"{path}: the file")


def _config(settings: dict[str, Any], path: Path) -> dict[str, Any]:
    return _mapping(settings.get("config") or {}, f"{path}: config")


def _mapping(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{what} must hold settings by name, such as `name: value`")
    return value


def _declared(value: Any) -> Any:
    """The value of a key in Pulumi.yaml, which may also declare it with a default."""
    return value.get("value", value.get("default")) if isinstance(value, dict) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
