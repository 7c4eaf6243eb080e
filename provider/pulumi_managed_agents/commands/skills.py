"""`managed-agents skills update`: pin skills to the commits that their URLs now stand for, as a change to review."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.config.policy import VERIFIED_IN
from pulumi_managed_agents.engine.project import command_line, project_above, read_project, stages
from pulumi_managed_agents.errors import InputError, Unreachable
from pulumi_managed_agents.files.location import locate, shown
from pulumi_managed_agents.kinds.skill.cache import stored
from pulumi_managed_agents.kinds.skill.github import SETTING, github
from pulumi_managed_agents.output.reports import CommandResult
from pulumi_managed_agents.reconcile.file_diff import file_diff
from pulumi_managed_agents.stage import load
from pulumi_managed_agents.stage.definition import is_url
from pulumi_managed_agents.stage.fetched_skills import download
from pulumi_managed_agents.stage.skill_lock import LOCKFILE, lock_path, read_pins, write_pins
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulumi_managed_agents.engine.project import Project
    from pulumi_managed_agents.kinds.skill.github import GitHub
    from pulumi_managed_agents.stage.skill_lock import SkillPin


@dataclass
class Lockfile:
    """A lockfile with the skills that the stages which share it use: the name of each by its URL.

    `stages` are these stages; without any it is that of a program in Python, whose skills only a run knows.
    """

    path: Path
    shown: str
    hub: GitHub
    pins: dict[str, SkillPin]
    used: dict[str, str]
    stages: list[str]

    def urls(self, selected: Iterable[str]) -> list[str]:
        """The URLs in it that are meant by names or URLs; all of them where nothing is selected."""
        known = self.used or dict.fromkeys(self.pins, "")
        named = {self.hub.parse(word).key if is_url(word) else word for word in selected}
        return sorted(url for url, name in known.items() if not named or url in named or name in named)


@dataclass(frozen=True)
class SkillUpdate:
    """A skill, and what became of its pin.

    Attributes:
        url: The URL that agents name.
        change: What became of it.
        before: The commit that it was pinned at; empty if it was not.
        commit: The commit that it is pinned at; empty if no agent uses it.
        diff: What changes in its files, as lines of a diff; also empty if the earlier files are not on this machine.
        diff_known: Whether the earlier files are on this machine, if there are some.
    """

    url: str
    change: Literal["added", "updated", "unchanged", "removed"]
    before: str = ""
    commit: str = ""
    diff: tuple[str, ...] = ()
    diff_known: bool = True

    def lines(self) -> Iterator[str]:
        """It for people."""
        if self.change == "added":
            yield f"+ {self.url}: pinned at {self.commit[:12]}"
        elif self.change == "removed":
            yield f"- {self.url}: no agent uses it"
        elif self.change == "unchanged":
            yield f"= {self.url}: still at {self.commit[:12]}"
        else:
            same = "" if self.diff or not self.diff_known else ", the same files"
            yield f"~ {self.url}: {self.before[:12]} → {self.commit[:12]}{same}"
            yield from (f"    {line}" for line in self.diff)
            if not self.diff_known:
                yield "    (what was pinned before is not on this machine, so the difference is not shown)"


@dataclass(frozen=True)
class LockfileUpdate:
    """A lockfile, and what became of the skills in it.

    Attributes:
        file: The lockfile.
        stages: The stages that share it; none if it is that of a program in Python.
        written: Whether it was written: something changed, and it was no dry run.
        skills: Each skill that was looked at.
    """

    file: str
    stages: tuple[str, ...]
    written: bool
    skills: tuple[SkillUpdate, ...]

    def lines(self) -> Iterator[str]:
        """It for people, with what to type next."""
        for skill in self.skills:
            yield from skill.lines()
        if self.written:
            preview = command_line(f"preview {' '.join(self.stages)}", emulator=False)
            review = f"`{preview}` reviews it" if self.stages else "preview the program"
            yield f"Wrote {self.file}. Next: {review}; commit the file"


@dataclass(frozen=True)
class SkillsUpdateReport:
    """An update of skills.

    Attributes:
        dry_run: Whether nothing was to be written.
        lockfiles: Each lockfile that was looked at.
        failures: A line for each skill that could not be fetched, and keeps its pin.
        schema_version: Changes when this form changes in a way that could break a reader.
    """

    dry_run: bool
    lockfiles: tuple[LockfileUpdate, ...]
    failures: tuple[str, ...]
    schema_version: int = 1


def update(selected: Sequence[str], *, dry_run: bool) -> CommandResult[SkillsUpdateReport]:
    """Pin skills to their newest commits; `selected` are names of resources, URLs and stages, which narrow it down.

    Without a stage these are all that have no gate: what is behind one comes by promotion. What cannot be fetched
    is among the report's failures, and the rest is pinned all the same.

    Raises:
        InputError: names each selected word that is unknown, or says that there is no project.
    """
    root = project_above(Path.cwd())
    if root is None:
        raise InputError("there is no Pulumi.yaml here or above; run it in a project, or with -C DIR")
    known = stages(root)
    skills = [word for word in selected if word not in known]
    locks = _lockfiles(root, [word for word in selected if word in known])
    if unknown := list(_unknown(locks, skills)):
        raise InputError("\n".join(unknown))
    failures: list[str] = []
    updates = tuple(_pinned_anew(lock, skills, failures, dry_run=dry_run) for lock in locks)
    lines = [line for lockfile in updates for line in lockfile.lines()]
    if not any(lock.urls(skills) for lock in locks):
        lines.insert(0, "no agent here uses a skill by its URL, so there is nothing to update")
    return CommandResult(tuple(lines), SkillsUpdateReport(dry_run, updates, tuple(failures)))


def _pinned_anew(lock: Lockfile, skills: Sequence[str], failures: list[str], *, dry_run: bool) -> LockfileUpdate:
    """Bring one lockfile up to date; what cannot be fetched is added to `failures`."""
    before = dict(lock.pins)
    updates: list[SkillUpdate] = []
    for url in lock.urls(skills):
        try:
            updates.append(_updated(lock, url))
        except (InputError, Unreachable) as error:
            failures.append(f"{url}: {error}")
    unused = sorted(lock.pins.keys() - lock.used.keys()) if lock.used and not skills else []
    updates += [SkillUpdate(url, "removed", lock.pins.pop(url).commit) for url in unused]
    written = lock.pins != before and not dry_run
    if written:
        write_pins(lock.path, lock.pins)
    return LockfileUpdate(lock.shown, tuple(lock.stages), written, tuple(updates))


def _lockfiles(root: Path, named: Sequence[str]) -> list[Lockfile]:
    """The lockfiles of stages, each once: those named, else those without a gate."""
    locks: dict[Path, Lockfile] = {}
    for name in named or stages(root):
        project = read_project(root, name)
        if named or VERIFIED_IN not in project.own_config:
            _add(locks, project)
    program = root / LOCKFILE
    if not named and program not in locks and program.exists():
        hub, name = github({}, os.environ), shown(program, root)
        locks[program] = Lockfile(program, name, hub, read_pins(program, name), {}, [])
    return list(locks.values())


def _add(locks: dict[Path, Lockfile], project: Project) -> None:
    config = project.own_config
    path = lock_path(locate(project.stage, project.root, config.get("definitions")))
    name = shown(path, project.root)
    if path not in locks:
        locks[path] = Lockfile(path, name, github(config, os.environ), read_pins(path, name), {}, [])
    lock = locks[path]
    lock.stages.append(project.stage)
    # Not as the stage's gate would have it: what is not pinned yet is to be pinned here.
    settings = {key: value for key, value in config.items() if key == SETTING}
    stage = load(
        project.stage,
        project_dir=project.root,
        project=project.name,
        definitions=config.get("definitions"),
        config=settings,
    )
    fetched = (definition for definition in stage.definitions if is_url(definition.file))
    lock.used.update({lock.hub.parse(definition.file).key: definition.name for definition in fetched})


def _unknown(locks: Sequence[Lockfile], selected: Sequence[str]) -> Iterator[str]:
    names = {name for lock in locks for url, name in lock.used.items()}
    for word in selected:
        if not any(lock.urls([word]) for lock in locks):
            known = suggestion_or_some(word, names)
            yield f"{word}: no stage of that name, and no skill by URL of that name or URL{known}"


def _updated(lock: Lockfile, url: str) -> SkillUpdate:
    """Pin one skill to its newest commit."""
    before = lock.pins.get(url)
    lock.pins[url], files = download(lock.hub, lock.hub.parse(url))
    now = lock.pins[url]
    if before is None:
        return SkillUpdate(url, "added", commit=now.commit)
    if before == now:
        return SkillUpdate(url, "unchanged", before.commit, now.commit)
    earlier = files if before.digest == now.digest else stored(before.digest)
    diff = () if earlier is None else file_diff(dict(earlier), dict(files))
    return SkillUpdate(url, "updated", before.commit, now.commit, diff, diff_known=earlier is not None)
