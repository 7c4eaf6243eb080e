"""Skills that a program names by the URL of a directory on GitHub."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.settings import get_monitor

from pulumi_managed_agents.config.policy import VERIFIED_IN
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.kinds.skill.github import SETTING, github
from pulumi_managed_agents.stage.fetched_skills import fetched_in_program, program_lock

if TYPE_CHECKING:
    from collections.abc import Collection

    from pulumi_managed_agents.dynamic.program.resource import ManagedResource
    from pulumi_managed_agents.kinds.skill.bundle import Bundle
    from pulumi_managed_agents.kinds.skill.github import GitHub, SkillUrl
    from pulumi_managed_agents.stage.skill_lock import SkillPin

_KNOWN = "_managed_agents_fetched_skills"


def bundle_at(url: str) -> Bundle:
    """The skill at a URL, as it is pinned in the program's lockfile, or pinned by this run.

    Raises:
        InputError: the URL names none, it cannot be fetched, or nobody has pinned it where that may not be done.
        Unreachable: GitHub does not answer.
    """
    return _fetched(url)[2]


def key_of(url: str) -> str:
    """What distinguishes a URL from those of other skills; raises `InputError` for one that names none."""
    return _hub().parse(url).key


def name_of(url: str, names: Collection[str]) -> str:
    """What the resource is called that an agent names by a URL alone: the same at every ref, unless that is taken."""
    parsed, pin, _ = _fetched(url)
    name = parsed.name(pin.ref)
    return name if name not in names else f"{name}@{pin.ref}"


def known_skills() -> dict[Any, ManagedResource]:
    """The skills that this program's agents have named by a URL so far."""
    known: dict[Any, ManagedResource] = vars(get_monitor() or pulumi.runtime).setdefault(_KNOWN, {})
    return known


def _fetched(url: str) -> tuple[SkillUrl, SkillPin, Bundle]:
    return fetched_in_program(_hub(), url, program_lock(_config()))


def _hub() -> GitHub:
    return github(_config(), os.environ)


def _config() -> dict[str, str]:
    config = pulumi.Config(NAMESPACE)
    return {key: value for key in (SETTING, VERIFIED_IN) if (value := config.get(key))}
