"""`managed-agents skills update`: what skills by URL stand for now becomes what stages use, as a change to review."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.config.policy import VERIFIED_IN
from pulumi_managed_agents.engine.project import command_line, project_above, read_project, stages
from pulumi_managed_agents.errors import InputError, Unreachable
from pulumi_managed_agents.files.location import locate, shown
from pulumi_managed_agents.kinds.skill.cache import stored
from pulumi_managed_agents.kinds.skill.github import SETTING, github
from pulumi_managed_agents.reconcile.file_diff import file_diff
from pulumi_managed_agents.stage import load
from pulumi_managed_agents.stage.definition import is_url
from pulumi_managed_agents.stage.fetched_skills import download
from pulumi_managed_agents.stage.skill_lock import LOCKFILE, lock_path, read_pins, write_pins
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pulumi_managed_agents.engine.project import Project
    from pulumi_managed_agents.kinds.skill.bundle import Contents
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

    def urls(self, wanted: Iterable[str]) -> list[str]:
        """The URLs in it that are meant by names or URLs; all of them where nothing is wanted."""
        known = self.used or dict.fromkeys(self.pins, "")
        named = {self.hub.parse(word).key if is_url(word) else word for word in wanted}
        return sorted(url for url, name in known.items() if not named or url in named or name in named)


def update(wanted: Sequence[str], *, dry_run: bool) -> Iterator[str]:
    """Pin skills anew, and say what changed; `wanted` are names of resources, URLs, and stages, which narrow it down.

    Without a stage these are all that have no gate: what stands behind one comes by promotion.

    Raises:
        InputError: something wanted is unknown, or cannot be fetched; says all of it, and what could be is pinned.
    """
    root = project_above(Path.cwd())
    if root is None:
        raise InputError("there is no Pulumi.yaml here or above; run it in a project, or with -C DIR")
    known = stages(root)
    skills = [word for word in wanted if word not in known]
    locks = _lockfiles(root, [word for word in wanted if word in known])
    if unknown := list(_unknown(locks, skills)):
        raise InputError("\n".join(unknown))
    if not any(lock.urls(skills) for lock in locks):
        yield "no agent here uses a skill by its URL, so there is nothing to update"
    failures: list[str] = []
    for lock in locks:
        yield from _pinned_anew(lock, skills, failures, dry_run=dry_run)
    if failures:
        raise InputError("\n".join(failures))


def _pinned_anew(lock: Lockfile, skills: Sequence[str], failures: list[str], *, dry_run: bool) -> Iterator[str]:
    """Bring one lockfile up to date; what cannot be fetched is added to `failures`."""
    before = dict(lock.pins)
    for url in lock.urls(skills):
        try:
            yield from _updated(lock, url)
        except (InputError, Unreachable) as error:
            failures.append(f"{url}: {error}")
    for url in sorted(lock.pins.keys() - lock.used.keys()) if lock.used and not skills else ():
        del lock.pins[url]
        yield f"- {url}: no agent uses it"
    if lock.pins != before and not dry_run:
        write_pins(lock.path, lock.pins)
        preview = command_line(f"preview {' '.join(lock.stages)}", emulator=False)
        review = f"`{preview}` reviews it" if lock.stages else "preview the program"
        yield f"Wrote {lock.shown}. Next: {review}; commit the file"


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


def _unknown(locks: Sequence[Lockfile], wanted: Sequence[str]) -> Iterator[str]:
    names = {name for lock in locks for url, name in lock.used.items()}
    for word in wanted:
        if not any(lock.urls([word]) for lock in locks):
            known = suggestion_or_some(word, names)
            yield f"{word}: no stage of that name, and no skill by URL of that name or URL{known}"


def _updated(lock: Lockfile, url: str) -> Iterator[str]:
    """Pin one skill anew, and say what changed."""
    before = lock.pins.get(url)
    lock.pins[url], files = download(lock.hub, lock.hub.parse(url))
    now = lock.pins[url]
    if before is None:
        yield f"+ {url}: pinned at {now.commit[:12]}"
    elif before == now:
        yield f"= {url}: still at {now.commit[:12]}"
    else:
        same = ", the same files" if before.digest == now.digest else ""
        yield f"~ {url}: {before.commit[:12]} → {now.commit[:12]}{same}"
        yield from () if same else _differences(stored(before.digest), files)


def _differences(before: Contents | None, after: Contents) -> Iterator[str]:
    """What changed in the files; nothing where the earlier ones are not on this machine."""
    if before is None:
        yield "    (what was pinned before is not on this machine, so the difference is not shown)"
        return
    yield from (f"    {line}" for line in file_diff(dict(before), dict(after)))
