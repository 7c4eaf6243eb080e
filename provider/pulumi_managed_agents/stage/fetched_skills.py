"""Skills by the URL of a directory on GitHub: each is pinned in the stage's lockfile, fetched once, and kept.

A URL that nobody has pinned is pinned where somebody works on the stage. Behind a gate and in CI it is refused: what is
deployed there has been reviewed before, with its pin.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_managed_agents.config.policy import VERIFIED_IN
from pulumi_managed_agents.errors import Finding, InputError, ManagedAgentsError, Unreachable
from pulumi_managed_agents.files import document
from pulumi_managed_agents.files.location import shown
from pulumi_managed_agents.files.names import SKILL_FILE
from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.kinds.skill.bundle import Bundle, digest_of
from pulumi_managed_agents.kinds.skill.github import SETTING, github
from pulumi_managed_agents.stage.definition import Definition
from pulumi_managed_agents.stage.discovery import Source
from pulumi_managed_agents.stage.findings import Findings
from pulumi_managed_agents.stage.lockfile import commits_of_ant_apply
from pulumi_managed_agents.stage.reader import DefinitionFile
from pulumi_managed_agents.stage.references import Target
from pulumi_managed_agents.stage.skill_lock import (
    LOCKFILE,
    UPDATE,
    SkillPin,
    lock_path,
    read_pins,
    write_pins,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.files.node import FieldPath, Node
    from pulumi_managed_agents.kinds.skill.bundle import Contents
    from pulumi_managed_agents.kinds.skill.github import GitHub, SkillUrl
    from pulumi_managed_agents.stage.secret_scan import Scan

CI_VARIABLE = "CI"
SETTINGS = (VERIFIED_IN, SETTING)
"""All of a stage's configuration that its files are read by."""


@dataclass(frozen=True)
class Lock:
    """A lockfile, and who may add to it."""

    path: Path
    shown: str
    pins: dict[str, SkillPin]
    refuses: str = ""
    """Why nothing may be pinned here, or empty."""

    def add(self, url: SkillUrl, pin: SkillPin) -> None:
        """Pin a skill from now on. What others have pinned meanwhile stays."""
        self.pins[url.key] = pin
        try:
            write_pins(self.path, {**read_pins(self.path, self.shown), url.key: pin})
        except OSError as error:
            raise ManagedAgentsError(f"{self.shown}: {error.strerror}, so {url} cannot be pinned") from None
        say(f"{self.shown}: pinned {url} at {pin.commit[:12]}; commit this file")


def refusal(config: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Why a run may not pin what nobody has pinned, or an empty string."""
    if config.get(VERIFIED_IN):
        return f"behind a gate (managed-agents:{VERIFIED_IN})"
    return "in CI" if environment.get(CI_VARIABLE, "").lower() not in ("", "0", "false") else ""


def say(line: str) -> None:
    """Tell a person what takes its time."""
    sys.stderr.write(f"{line}\n")


def download(hub: GitHub, url: SkillUrl, ref: str = "", commit: str = "") -> tuple[SkillPin, Contents]:
    """Fetch a skill as it is now, or at a commit, and keep it; its pin and its files.

    Raises:
        InputError: there is none, or its files are not those of a skill.
        Unreachable: GitHub does not answer.
    """
    from pulumi_managed_agents.kinds.skill.cache import store
    from pulumi_managed_agents.kinds.skill.download import Download, FetchedCommit

    say(f"fetching {url}" + (f" at {commit[:12]}" if commit else ""))
    with Download(hub, url) as remote:
        at = FetchedCommit(ref or url.tail[0], commit)
        # Of a commit that somebody else has pinned, the branch may be gone.
        with nullcontext() if not commit else suppress(InputError):
            at = at if ref else remote.commit()
        at = at._replace(sha=commit or at.sha)
        files = store(remote.files(at), url.at(f"{at.sha[:12]}/{url.directory(at.ref)}").rstrip("/"))
    return SkillPin(at.ref, at.sha, digest_of(files), _front_matter(files, str(url)).plain().get("name") or ""), files


def files_of(hub: GitHub, url: SkillUrl, pin: SkillPin) -> Contents:
    """The files of a pinned skill, out of the cache or fetched.

    Raises:
        InputError: GitHub has others than those that were pinned.
        Unreachable: they are not in the cache, and GitHub does not answer.
    """
    from pulumi_managed_agents.kinds.skill.cache import stored

    if (files := stored(pin.digest)) is not None:
        return files
    got, files = download(hub, url, pin.ref, pin.commit)
    if got.digest != pin.digest:
        raise InputError(
            f"its files at {pin.commit[:12]} have the digest {got.digest}, but {pin.digest} is pinned: somebody "
            f"changed the lockfile, or the archive; look at both, then `{UPDATE} {url}`"
        )
    return files


def _front_matter(files: Contents, shown_as: str) -> Node:
    file = f"{shown_as}/{SKILL_FILE}"
    return document.parse(document.decode(dict(files)[SKILL_FILE], file), SKILL_FILE, file).root


def bundle_of(url: SkillUrl, pin: SkillPin, files: Contents, description: str = "") -> Bundle:
    """The bundle of a pinned skill; its directory is the URL of the commit, which is the same on every machine."""
    directory = url.at(f"{pin.commit}/{url.directory(pin.ref)}").rstrip("/")
    if not files:
        return Bundle(directory, (), pin.digest, pin.name)
    return replace(Bundle.of(files, directory, pin.name, description), digest=pin.digest)


@dataclass
class FetchedSkills:
    """The skills by URL of one stage that is being loaded.

    Without `fetch` nothing is asked of anybody: what is pinned and in the cache is read as if it were in the folder,
    of the rest the lockfile says what is deployed, and `notes` say that it was not checked.
    """

    location: Location
    config: Mapping[str, str]
    scan: Scan
    findings: Findings
    fetch: bool
    files: list[DefinitionFile] = field(default_factory=list)
    unread: list[Definition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _targets: dict[str, Target] = field(default_factory=dict)

    @cached_property
    def hub(self) -> GitHub:
        """The GitHub of the stage."""
        return github(self.config, os.environ)

    @cached_property
    def lock(self) -> Lock:
        """The lockfile of the stage."""
        path = lock_path(self.location)
        name = shown(path, self.location.project_dir)
        return Lock(path, name, read_pins(path, name), refusal(self.config, os.environ))

    @cached_property
    def _of_ant_apply(self) -> dict[str, str]:
        return commits_of_ant_apply(self.location, self.hub)

    def skill_at(self, text: str) -> Target:
        """What a URL in an agent's `skills` leads to; raises `InputError` for one that names nothing."""
        url = self.hub.parse(text)
        return self._targets.get(url.key) or Target(url.name(url.tail[0]), "skill")

    def add(self, bodies: Iterable[Node]) -> None:
        """Read every skill that an agent names by its URL; what is wrong becomes a finding where it is named."""
        for body in bodies:
            for path, text in urls_in(body):
                with self.findings:
                    if self.hub.is_url(text):
                        self._add(text, body, path)

    def _add(self, text: str, body: Node, path: FieldPath) -> None:
        try:
            url = self.hub.parse(text)
        except InputError:  # is said where it is resolved
            return
        if url.key in self._targets:
            return
        place = (*body.place(path), field_name(path))
        pin, files = self.lock.pins.get(url.key), None
        try:
            if self.fetch:
                pin, files = self._fetched(url, pin)
            elif pin:
                from pulumi_managed_agents.kinds.skill.cache import stored

                files = stored(pin.digest)
        except (InputError, Unreachable) as error:
            own = error.findings if isinstance(error, InputError) else ()
            self.findings.note(*(own or [Finding(*place, str(error))]))
        name = self._name(url, pin)
        self._targets[url.key] = Target(name, "skill")
        if pin and files:
            self._read(name, url, pin, files)
            return
        digests = {url.key: pin.digest.removeprefix("sha256:")} if pin else {}
        bundle = bundle_of(url, pin, []) if pin else None
        self.unread.append(Definition("skill", name, str(url), {}, bundle=bundle, source=body, files=digests))
        if not self.fetch:
            self._tell(url, pin, place)

    def _tell(self, url: SkillUrl, pin: SkillPin | None, place: tuple[str, int, str]) -> None:
        """Say of a skill that was not fetched what nobody has looked at."""
        if pin:
            self.notes.append(f"{url}: pinned, but not on this machine, so its files were not checked")
        elif self.config.get(VERIFIED_IN):
            self.findings.note(Finding(*place, self._unpinned))
        else:
            how = f"a preview, an up or `{UPDATE}` fetches and pins it"
            self.notes.append(f"{url}: not pinned in {self.lock.shown} yet, so its files were not checked; {how}")

    @property
    def _unpinned(self) -> str:
        stage, proving = self.location.stage, self.config.get(VERIFIED_IN)
        how = f"`{UPDATE} {stage}` where you work, and commit {self.lock.shown}"
        how = f"`managed-agents promote {proving} {stage}`, or {how}" if proving else how
        return f"is not pinned in {self.lock.shown}, and {self.lock.refuses} nothing new is pinned: {how}"

    def _fetched(self, url: SkillUrl, pin: SkillPin | None) -> tuple[SkillPin, Contents]:
        if pin:
            return pin, files_of(self.hub, url, pin)
        if self.lock.refuses:
            raise InputError(self._unpinned)
        pin, files = download(self.hub, url, commit=self._of_ant_apply.get(url.key, ""))
        self.lock.add(url, pin)
        return pin, files

    def _name(self, url: SkillUrl, pin: SkillPin | None) -> str:
        """The resource's name; where two refs of one directory are used, that of the later one ends in its ref."""
        ref = pin.ref if pin else url.tail[0]
        name = url.name(ref)
        names = {target.name for target in self._targets.values()}
        return name if name not in names else f"{name}@{ref}"

    def _read(self, name: str, url: SkillUrl, pin: SkillPin, files: Contents) -> None:
        body = None
        with self.findings:
            body = _front_matter(files, str(url))
        # It is on GitHub already, where only its owner can remove it, so that here it is a warning.
        exposures = self.scan.skill(files, str(url), name)
        self.findings.note(*(replace(finding, severity="warning") for finding in exposures))
        description = str(body.plain().get("description", "")) if body else ""
        bundle = bundle_of(url, pin, files, description)
        source = Source(name, Path(bundle.directory), "skill")
        digests = {url.key: pin.digest.removeprefix("sha256:")}
        self.files.append(DefinitionFile(source, str(url), name, "skill", body, bundle, digests))


def urls_in(body: Node) -> Iterator[tuple[FieldPath, str]]:
    """Where an agent's body may name skills by their URLs, and what is there."""
    skills = body.child("skills")
    for index, entry in enumerate(skills.value if skills and isinstance(skills.value, list) else ()):
        written = {(): entry, ("path",): entry.child("path"), ("skill_id",): entry.child("skill_id")}
        for inner, node in written.items():
            if node and isinstance(node.value, str):
                yield ("skills", index, *inner), node.value


def fetched_in_program(hub: GitHub, text: str, lock: Lock) -> tuple[SkillUrl, SkillPin, Bundle]:
    """A skill that a program names by its URL: the URL, what it is pinned at, by this run if need be, and its files.

    Raises:
        InputError: the URL names none, its files are no skill, or nobody has pinned it where that may not be done.
        Unreachable: GitHub does not answer.
    """
    url = hub.parse(text)
    pin = lock.pins.get(url.key)
    if pin is None and lock.refuses:
        raise InputError(
            f"{url} is not pinned in {lock.shown}, and {lock.refuses} nothing new is pinned: run the program where "
            f"you work, and commit {lock.shown}"
        )
    if pin is None:
        pin, files = download(hub, url)
        lock.add(url, pin)
    else:
        files = files_of(hub, url, pin)
    findings = Findings()
    body = _front_matter(files, str(url))
    findings.check("skill", body.plain(), body)
    findings.settle(strict=False)
    return url, pin, bundle_of(url, pin, files, str(body.plain().get("description", "")))


def program_lock(config: Mapping[str, str]) -> Lock:
    """The lockfile of a program in Python, which all of its stacks share."""
    path = Path(LOCKFILE)
    return Lock(path, LOCKFILE, read_pins(path, LOCKFILE), refusal(config, os.environ))
