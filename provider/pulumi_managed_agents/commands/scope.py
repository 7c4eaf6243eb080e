"""How far an up or a preview may go: which part of a stage, and what may be removed although it looks moved."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.engine.project import read_project, stages
from pulumi_managed_agents.errors import InputError, Refused
from pulumi_managed_agents.release import part_of_stage
from pulumi_managed_agents.review.phrases import names_of
from pulumi_managed_agents.stage.removal import CONFIRMED, as_variable, confirmed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from pulumi_managed_agents.engine.project import Project
    from pulumi_managed_agents.engine.recorded import RecordedState
    from pulumi_managed_agents.review.review import StageReview

STAGE_WIDE = {"Workspace": "workspace", "SmokeTests": "smoke-tests", "Release": "release", "Proof": "proof"}
"""The resources that keep records about a whole stage, by the title of their type; every part includes them."""


@dataclass(frozen=True)
class Reach:
    """A scope in the form in which a run of one stage gets it.

    Attributes:
        variables: For the program and the provider.
        targets: The URNs that the engine may touch; empty for all.
        line: What to say about it before the run, or empty.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    line: str = ""


@dataclass(frozen=True)
class Scope:
    """What the person at the command line chose.

    Attributes:
        confirmed: The names that may be removed although they look moved, or ``all``.
        only: The names of what is to be deployed with all that it needs; empty for the whole stage.
        plan: A saved plan, which is to be applied and nothing else.
        asks: Whether the person can be asked about what probably only moved.
        wide: Whether lines may be wider than the terminal.
        recorded: What a preview compares with in place of the stage's state.
    """

    confirmed: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()
    plan: Path | None = None
    asks: bool = False
    wide: bool = False
    recorded: RecordedState | None = None

    def of(self, root: Path, stage: str) -> Reach:
        """The scope in a stage.

        Raises:
            InputError: a name is unknown, or the stage has no files to know it from.
        """
        names = confirmed({}, os.environ) | self.confirmed
        variables = {CONFIRMED: as_variable(names)} if names else {}
        if not self.only:
            return Reach(variables)
        project = read_project(root.resolve(), stage)
        if not (stages(project.root) or "definitions" in project.own_config):
            raise InputError(
                f"--only is for definition files, and {project.name} declares its resources in Python; "
                "`pulumi up --target URN` deploys some of them"
            )
        loaded = project.load()
        part = part_of_stage.members(loaded, self.only)
        kinds = {definition.name: definition.kind for definition in loaded.definitions}
        needed = f" and what it needs: {names_of(tuple(sorted(part - {*self.only})))}" if part - {*self.only} else ""
        return Reach(
            {**variables, part_of_stage.ONLY: part_of_stage.as_variable(part)},
            tuple(_urns(project, {name: kinds[name] for name in sorted(part)})),
            f"only {names_of(self.only)}{needed}; {len(part)} of {len(kinds)} resources",
        )

    def with_moves_confirmed(self, review: StageReview, confirm: Callable[[str], bool]) -> Scope:
        """The same scope, after asking about each probable move.

        Raises:
            Refused: one of them is not to be removed.
        """
        if not review.moves:
            return self
        names = names_of(tuple(move.old for move in review.moves))
        if not confirm(f"Probably only moved: {names}. Remove the old one for ever all the same?"):
            raise Refused("nothing was changed").with_cause_shown()
        return replace(self, confirmed=self.confirmed | {move.old for move in review.moves})


WHOLE = Scope()


def _urns(project: Project, kinds: Mapping[str, str]) -> Collection[str]:
    """The URNs of a part's resources, whose kinds are given by name, and of those that keep records about the stage."""
    from pulumi_managed_agents.dynamic.program.deployed_stage import CLASSES
    from pulumi_managed_agents.dynamic.program.resource import token

    titles = [*((CLASSES[kind].title, name) for name, kind in kinds.items()), *STAGE_WIDE.items()]
    return [f"urn:pulumi:{project.stage}::{project.name}::{token(title)}::{name}" for title, name in titles]
