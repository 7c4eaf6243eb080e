"""A project and a stage of it, as Pulumi.yaml and the stack file describe them: name, program, configuration."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.config.settings import NAMESPACE, must_be_encrypted, must_be_known
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import read_text
from pulumi_managed_agents.files.parsing import parse_yaml
from pulumi_managed_agents.smoke.side_effects import protected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_managed_agents.stage import Stage


NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
NAME_RULE = "letters, digits, '_', '.' and '-' only, at most 100 of them"
"""What Pulumi takes as the name of a project."""
INSTALL = "https://www.pulumi.com/docs/install/"
NEEDS_CLI = f"the trial engine does not do this; the Pulumi CLI does: {INSTALL}"


@dataclass(frozen=True)
class Project:
    """A project, and one stage of it.

    `config` maps ``namespace:key`` to text, as providers receive it; `secrets` are the keys whose values only the
    Pulumi CLI can read. `stack_file` need not exist; `settings` is all of Pulumi.yaml. `has_imports` says that the
    stack file imports Pulumi environments (ESC), whose values are not known here. `ciphers` are the values of `secrets`
    as they stand in the file.
    """

    name: str
    stage: str
    root: Path
    program: Path
    config: dict[str, str]
    secrets: frozenset[str]
    stack_file: Path
    settings: dict[str, Any]
    has_imports: bool = False
    ciphers: Mapping[str, str] = field(default_factory=dict)

    @property
    def encrypted(self) -> frozenset[str]:
        """The keys of configuration in which something is encrypted, be it all or a part of an object."""
        return self.secrets | {key for key, text in self.config.items() if '{"secure": ' in text}

    @property
    def own_config(self) -> dict[str, str]:
        """The stage's configuration in our namespace, without it; what is encrypted is left out."""
        named = ((key.partition(":"), value) for key, value in self.config.items())
        return {key: value for (space, _, key), value in named if space == NAMESPACE}

    def load(self, *, strict: bool = False) -> Stage:
        """The stage's files; raises `InputError` with every finding."""
        from pulumi_managed_agents.stage import load

        folder = self.own_config.get("definitions")
        return load(self.stage, project_dir=self.root, project=self.name, definitions=folder, strict=strict)

    def must_have_known_settings(self) -> None:
        """Raise `InputError` for a setting in our namespace that is unknown, or not encrypted as it must be."""
        ours = [key.partition(":")[2] for key in (*self.config, *self.secrets) if key.startswith(f"{NAMESPACE}:")]
        shown = self.stack_file.relative_to(self.root).as_posix()
        must_be_known(ours, shown)
        must_be_encrypted(self.own_config, shown)


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
    named = {key if ":" in key else f"{name}:{key}": value for key, value in given.items() if value is not None}
    secrets = frozenset(key for key, value in named.items() if isinstance(value, dict) and "secure" in value)
    config = {key: _text(value) for key, value in named.items() if key not in secrets}
    program, has_imports = root / settings.get("main", ""), "environment" in stack
    ciphers = {key: str(named[key]["secure"]) for key in secrets}
    return Project(name, stage, root, program, config, secrets, stack_file, settings, has_imports, ciphers)


def command_line(command: str, *, emulator: bool) -> str:
    """One of our commands as a person types it: ``.venv/bin/managed-agents up dev --emulator``."""
    program = sys.argv[0] if sys.argv[0].startswith(".") else "managed-agents"
    return f"{program} {command}" + (" --emulator" if emulator else "")


def is_protected(project_dir: Path, stage: str) -> bool:
    """Whether a stage's configuration protects it. Raises `InputError` for a value that is neither true nor false."""
    return protected(read_project(project_dir.resolve(), stage).own_config)


def stages(root: Path) -> list[str]:
    """The stages of a project: folders in ``stacks/``, and stack files that share a folder."""
    folder = root / "stacks"
    folders = {path.name for path in folder.glob("*/") if not path.name.startswith(".")}
    return sorted(folders | {path.name.split(".")[1] for path in folder.glob("Pulumi.*.yaml")})


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
