"""A stage's folder and values file become definitions, with findings that carry file and line.

`load` reads everything and reports everything at once; the values it returns are plain frozen data. Nothing here
knows Pulumi or the API; what a body may hold is checked by `pulumi_managed_agents.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents import one_command
from pulumi_managed_agents.kinds.skill.bundle import Bundle
from pulumi_managed_agents.stage.definition import Definition, Reference, SmokeFile, Stage, Values, references_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Bundle", "Definition", "Reference", "SmokeFile", "Stage", "Values", "load", "references_in"]


def load(  # noqa: PLR0913 - keywords, one for each question
    name: str,
    *,
    project_dir: Path,
    project: str,
    definitions: str | None = None,
    strict: bool = False,
    sessions: bool = False,
    config: Mapping[str, str] | None = None,
    fetch: bool = False,
) -> Stage:
    """Load the stage `name` from ``stacks/<name>/`` (or the folder `definitions`) and ``stacks/<name>.values.yaml``.

    Paths are relative to `project_dir`; `project` is its name, for templates. With `strict`, warnings are errors;
    with `sessions`, so is what lets the API refuse a session. A stage that is deployed as it is may have that.
    `config` is the stage's configuration without namespace, which says where skills come from that are named by URL;
    only with `fetch` are those fetched that are not on this machine, and pinned those that nobody has pinned.
    Raises `InputError` with every finding of the whole stage, warnings included, if one of them is an error.

    A program that the process of a command runs gets what the command has read, if it asks for the same.
    """
    from pulumi_managed_agents.stage.fetched_skills import SETTINGS
    from pulumi_managed_agents.stage.loading import load_stage

    settings = {key: value for key, value in (config or {}).items() if key in SETTINGS}
    read_by = tuple(sorted(settings.items()))
    asked = (name, project_dir.resolve(), project, definitions, strict, sessions, read_by, fetch)
    if known := one_command.handed_over(asked):
        return known  # type: ignore[no-any-return]  # what is handed over below
    stage = load_stage(
        name,
        project_dir=project_dir,
        project=project,
        definitions=definitions,
        strict=strict,
        sessions=sessions,
        config=settings,
        fetch=fetch,
    )
    one_command.hand_over(asked, stage)
    return stage
