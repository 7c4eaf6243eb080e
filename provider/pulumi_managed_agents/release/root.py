"""What can be proven: each root of a stage with the digest of everything it consists of.

A root is what traffic reaches: an agent or a deployment. Its closure is itself and every definition it leads to. The
definitions digest covers the closure's files as they are written; the effective definition is what they become with
the stage's own values. Pure: each file's content and digest were taken from one read, when the stage was loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pulumi_managed_agents.release.effective import differing, digest_of, fields
from pulumi_managed_agents.release.first_form import first_form, first_form_digest
from pulumi_managed_agents.release.receipt import FORM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.stage import Definition, Stage

RootKind = Literal["agent", "deployment"]


@dataclass(frozen=True)
class RootTest:
    """A smoke test about a root; `digest` covers its own text alone, `file` is relative to the project."""

    name: str
    file: str
    digest: str


@dataclass(frozen=True)
class Root:
    """An agent or a deployment, and what it consists of.

    Attributes:
        name: The resource name, as ``agents/triage``.
        kind: Agent or deployment.
        file: Its own file, relative to the project.
        members: The names of its closure, itself included, sorted.
        files: The closure's files by path below the stage folder: the SHA-256 of each one's content, of text with
            LF as line end and in NFC, of skill files and uploads unchanged.
        digest: The definitions digest: SHA-256 in hex over `files`. Equal wherever the same files lie.
        effective: Each field of each member with the stage's values applied, as ``agents/triage:model.id``, and the
            beginning of its value's SHA-256. Secrets stand as their names, references as those of their targets.
        effective_digest: SHA-256 in hex over `effective`.
        first_form: The same in the form of earlier releases, whose receipts hold it.
        tests: The smoke tests that run on this stage and are about it: of a deployment, those of its agent.
    """

    name: str
    kind: RootKind
    file: str
    members: tuple[str, ...]
    files: Mapping[str, str]
    digest: str
    effective: Mapping[str, str]
    effective_digest: str
    first_form: Mapping[str, str]
    tests: tuple[RootTest, ...]

    @property
    def first_form_digest(self) -> str:
        """SHA-256 in hex over `first_form`."""
        return first_form_digest(self.first_form)

    def fields_differing_from(self, receipt: Receipt) -> list[str]:
        """The effective fields in which the root is not what a receipt proves, by their keys in the receipt's form."""
        return differing(self.effective if receipt.form == FORM else self.first_form, receipt.effective)


def roots(stage: Stage) -> dict[str, Root]:
    """The stage's roots by name, sorted."""
    definitions = {definition.name: definition for definition in stage.definitions}
    effective = {
        name: {key: field.digest for key, field in its_fields.items()}
        for name, its_fields in fields(stage.definitions).items()
    }
    first = {name: first_form(definition) for name, definition in definitions.items()}
    return {
        name: _root(stage, definitions, name, effective, first)
        for name in sorted(definitions)
        if definitions[name].kind in ("agent", "deployment")
    }


def closure(definitions: Mapping[str, Definition], name: str) -> tuple[str, ...]:
    """The names of a definition and of everything it leads to, sorted; a vault brings its credentials."""
    members: set[str] = set()
    waiting = [name]
    while waiting:
        members.add(member := waiting.pop())
        waiting += [target for target in _targets(definitions, definitions[member]) if target not in members]
    return tuple(sorted(members))


def tests_of(stage: Stage, definition: Definition, runs_on: str) -> tuple[RootTest, ...]:
    """The smoke tests of a root's agent that run on the stage named `runs_on`."""
    if definition.kind == "agent":
        agent = definition.name
    else:
        agent = next((reference.target for reference in definition.references if reference.kind == "agent"), "")
    return tuple(
        RootTest(test.name, test.file, test.digest.removeprefix("sha256:"))
        for test in stage.smoke
        if test.agent == agent and runs_on in test.body.get("stages", [runs_on])
    )


def _root(
    stage: Stage,
    definitions: Mapping[str, Definition],
    name: str,
    effective: Mapping[str, Mapping[str, str]],
    first: Mapping[str, Mapping[str, str]],
) -> Root:
    definition, members = definitions[name], closure(definitions, name)
    files = _merged({member: definitions[member].files for member in members}, members)
    fields_of_all = _merged(effective, members)
    kind: RootKind = "agent" if definition.kind == "agent" else "deployment"
    listing = "\n".join(f"{digest}  {path}" for path, digest in files.items())
    return Root(
        name=name,
        kind=kind,
        file=definition.file,
        members=members,
        files=files,
        digest=hashlib.sha256(listing.encode()).hexdigest(),
        effective=fields_of_all,
        effective_digest=digest_of(fields_of_all),
        first_form=_merged(first, members),
        tests=tests_of(stage, definition, stage.name),
    )


def _merged(by_name: Mapping[str, Mapping[str, str]], members: Iterable[str]) -> dict[str, str]:
    return dict(sorted(entry for name in members for entry in by_name[name].items()))


def _targets(definitions: Mapping[str, Definition], definition: Definition) -> list[str]:
    targets = [reference.target for reference in definition.references if reference.target in definitions]
    if definition.kind == "vault":
        # A credential refers to its vault, not the other way round, but the vault is nothing without it.
        targets += [
            name
            for name, other in definitions.items()
            if other.kind == "credential" and any(reference.target == definition.name for reference in other.references)
        ]
    return targets
