"""`managed-agents init`: write a project from a template, over the files that all templates share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.resources.abc import Traversable


def write_missing(directory: Path, texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Write the files that are not there yet, by relative path, and say of each what was done."""
    for relative, text in texts:
        target = directory / relative
        if target.exists():
            yield f"kept   {target}"
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        yield f"wrote  {target}"


def texts_below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every text file below a folder of the package, by the relative path that it gets in a repository.

    The dot of a hidden file is spelled out in the package (``dot.gitignore``), so that no tool takes the file for one
    of the package's own. An installer compiles the templates' programs like the package's own: what that leaves beside
    them is none of theirs.
    """
    for entry in folder.iterdir():
        if entry.name == "__pycache__":
            continue
        name = prefix + entry.name.replace("dot.", ".")
        if entry.is_dir():
            yield from texts_below(entry, f"{name}/")
        else:
            yield name, entry.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Template:
    """What a template shows, and the variables that its secrets are read from."""

    description: str
    secrets: tuple[str, ...] = ()


TEMPLATES: Mapping[str, Template] = {
    "minimal": Template("One hosted agent from files, with an environment and a smoke test"),
    "mcp": Template(
        "An agent that uses an MCP server, and a vault with the server's token",
        secrets=("MANAGED_AGENTS_SECRET_TICKETS_TOKEN",),
    ),
    "team": Template("A coordinator with two agents that it hands work to"),
    "scheduled": Template("An agent that runs each working day under a cost cap, and remembers the last time"),
    "skill": Template("An agent with a skill that holds a house style and a script to check it"),
}


def write_project(directory: Path, template: str, name: str | None = None) -> Iterator[str]:
    """Write the files that are missing, and say of each file what was done; none is ever overwritten.

    `template` is one of `TEMPLATES`; `name` is the project's, by default the directory's.

    Raises:
        InputError: the name is none that Pulumi takes.
    """
    from pulumi_managed_agents.engine.project import NAME, NAME_RULE
    from pulumi_managed_agents.kinds.json_schema import write

    project = name or directory.resolve().name
    if not NAME.fullmatch(project):
        proposed = re.sub(r"[^A-Za-z0-9_.]+", "-", project).strip("-.")[:100] or "agents"
        raise InputError(f"'{project}' cannot be a project's name: {NAME_RULE}; add `--name {proposed}`, or another")
    yield from write_missing(directory, sorted(_files(template, project).items()))
    if not (directory / "schemas").exists():
        write(directory / "schemas")
        yield f"wrote  {directory / 'schemas'}: JSON Schemas for your editor"
    enter = [] if directory.resolve() == Path.cwd() else [f"cd {quote(str(directory))}"]
    secrets = [f"export {variable}=any-text-does-for-the-emulator" for variable in TEMPLATES[template].secrets]
    first = ", ".join(f"`{command}`" for command in (*enter, *secrets, "managed-agents validate"))
    yield f"Next: {first}, then `managed-agents up dev --emulator`, which needs no key."


def _files(template: str, project: str) -> dict[str, str]:
    """The text of each file by its relative path; where the template has a file that all share, its own counts."""
    from importlib.metadata import version
    from importlib.resources import files

    folder = files("pulumi_managed_agents") / "templates"
    texts = dict(texts_below(folder / "shared")) | dict(texts_below(folder / template))
    placeholders = {
        "PROJECT_NAME": project,
        "TEMPLATE_DESCRIPTION": TEMPLATES[template].description,
        "PACKAGE_VERSION": version("managed-agents-pulumi"),
    }
    for placeholder, value in placeholders.items():
        texts = {path: text.replace(placeholder, value) for path, text in texts.items()}
    return texts
