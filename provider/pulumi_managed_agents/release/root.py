"""What can be proven: each root of a stage with the digest of everything it consists of.

A root is what traffic reaches: an agent or a deployment. Its closure is itself and every definition it leads to. The
definitions digest covers the closure's files as they are written; the effective definition is what they become with
the stage's own values. Pure: each file's content and digest were taken from one read, when the stage was loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from pulumi_managed_agents.release.effective import fields
from pulumi_managed_agents.release.first_form import first_form, first_form_digest
from pulumi_managed_agents.release.places import KINDS, MAY_DIFFER, Place, places
from pulumi_managed_agents.release.receipt import FORM, Content, digest_of
from pulumi_managed_agents.stage.definition import references_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.release.effective import Field
    from pulumi_managed_agents.release.places import Place
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.stage import Definition, SmokeFile, Stage

RootKind = Literal["agent", "deployment"]
RUN_IN = ("environment", "vault", "memory_store")
"""The kinds that a smoke test's sessions are given."""


@dataclass(frozen=True)
class RootTest:
    """A smoke test about an agent of a root.

    Attributes:
        name: Its name.
        file: Relative to the project.
        digest: Of its own text alone, with the stage's values applied.
        agent: The agent that it runs.
        runs_in: The stage's environment, vaults and memory stores that its sessions are given, by name.
        stages: Where it runs; empty for everywhere.
        paths: The files that it was read from, below the stage folder.
    """

    name: str
    file: str
    digest: str
    agent: str = ""
    runs_in: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def runs_on(self, stage: str) -> bool:
        """Whether it runs on a stage."""
        return not self.stages or stage in self.stages


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
        values: The values of those of these fields that are at a place in which stages differ by nature.
        first_form: The same in the form of earlier releases, whose receipts hold it.
        agent: The agent that it is, or that it runs.
        tests: The smoke tests that run on this stage and are about this agent.
        all_tests: Those of any agent among its members, also where they do not run on this stage.
        contents: What their sessions are given, by name.
        test_files: The files of these tests and of what their sessions are given, below the stage folder.
    """

    name: str
    kind: RootKind
    file: str
    members: tuple[str, ...]
    files: Mapping[str, str]
    digest: str
    effective: Mapping[str, str]
    effective_digest: str
    values: Mapping[str, Any]
    first_form: Mapping[str, str]
    agent: str
    tests: tuple[RootTest, ...]
    all_tests: tuple[RootTest, ...] = ()
    contents: Mapping[str, Content] = field(default_factory=dict)
    test_files: frozenset[str] = frozenset()

    def tests_on(self, stage: str) -> dict[str, str]:
        """The digests of the tests that prove it on a stage, by name."""
        return {test.name: test.digest for test in self.all_tests if test.runs_on(stage)}

    def run_in(self, stage: str) -> dict[str, Content]:
        """What the sessions of the tests that prove it on a stage are given, by name."""
        names = {name for test in self.all_tests if test.runs_on(stage) for name in test.runs_in}
        return {name: self.contents[name] for name in sorted(names)}

    def tested_otherwise(self, receipt: Receipt) -> list[str]:
        """The tests that are not those of a receipt, and what they run in that is not what it names."""
        tests, run_in = self.tests_on(receipt.stage), self.run_in(receipt.stage)
        others = {name for name in tests.keys() | receipt.tests.keys() if tests.get(name) != receipt.tests.get(name)}
        known = run_in.keys() & receipt.ran_in.keys()
        return sorted(others | {name for name in known if run_in[name].digest != receipt.ran_in[name].digest})

    def subject(self, stage: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """All that a proof on a stage is of: the digests of its definitions, of its tests, of what these run in."""
        run_in = {name: content.digest for name, content in self.run_in(stage).items()}
        return self.digest, self.tests_on(stage), run_in

    @property
    def first_form_digest(self) -> str:
        """SHA-256 in hex over `first_form`."""
        return first_form_digest(self.first_form)

    def effective_in(self, form: int) -> Mapping[str, str]:
        """`effective` in a form in which receipts hold it."""
        return self.effective if form == FORM else self.first_form


def roots(stage: Stage, *, untested: bool = True) -> dict[str, Root]:
    """The stage's roots by name, sorted.

    Unless those are asked for that no test is about, `untested`, their effective definition is left empty: without a
    gate nobody asks for it, and it takes more time than all the rest.
    """
    definitions = {definition.name: definition for definition in stage.definitions}
    names = [name for name in sorted(definitions) if definitions[name].kind in ("agent", "deployment")]
    tests = _tests(stage, definitions)
    about = None if untested else _about(tests, definitions, names)
    known = fields(stage.definitions, about)
    effective = {name: {key: field.digest for key, field in its_fields.items()} for name, its_fields in known.items()}
    values = {name: _values(its_fields) for name, its_fields in known.items()}
    first = {name: first_form(definitions[name]) for name in known}
    run_in = {name: content(definitions, name, known) for test in tests for name in test.runs_in}
    whole = _Whole(stage, definitions, effective, values, first, tests, run_in)
    return {name: whole.root(name) for name in names}


def _about(tests: Iterable[RootTest], definitions: Mapping[str, Definition], roots: Iterable[str]) -> set[str]:
    """All that a proof by these tests is about: the members of the roots that they judge, and what they run in."""
    tests = list(tests)
    agents = {test.agent for test in tests}
    judged = [members for root in roots if not agents.isdisjoint(members := closure(definitions, root))]
    return {*agents}.union(*judged, *(closure(definitions, used) for test in tests for used in test.runs_in))


def closure(definitions: Mapping[str, Definition], name: str) -> tuple[str, ...]:
    """The names of a definition and of everything it leads to, sorted; a vault brings its credentials."""
    members: set[str] = set()
    waiting = [name]
    while waiting:
        members.add(member := waiting.pop())
        waiting += [target for target in _targets(definitions, definitions[member]) if target not in members]
    return tuple(sorted(members))


def content(definitions: Mapping[str, Definition], name: str, known: Mapping[str, Mapping[str, Field]]) -> Content:
    """What a definition is, a vault with its credentials; `known` are the effective fields of each definition."""
    members = closure(definitions, name)
    files = _merged({member: definitions[member].files for member in members}, members)
    own = {key: field for member in members for key, field in known[member].items()}
    return Content(_digest(files), {key: own[key].digest for key in sorted(own)}, _values(own), members)


_DIFFER_BY_NATURE: dict[str, list[Place]] = {
    kind: [place for place in places(MAY_DIFFER) if place.kind == kind] for kind in KINDS
}


def _values(known: Mapping[str, Field]) -> dict[str, Any]:
    """The values of the fields in which stages differ by nature."""
    return {
        key: field.value
        for key, field in sorted(known.items())
        if any(place.holds("", place.kind, field.path_shown) for place in _DIFFER_BY_NATURE.get(field.owner_kind, ()))
    }


def given(test: SmokeFile, definitions: Mapping[str, Definition]) -> tuple[str, ...]:
    """The stage's environment, vaults and memory stores that a test's sessions are given, by name."""
    named = {reference.target for _, reference in references_in(test.body)}
    return tuple(sorted(name for name in named & definitions.keys() if definitions[name].kind in RUN_IN))


def _tests(stage: Stage, definitions: Mapping[str, Definition]) -> list[RootTest]:
    return [
        RootTest(
            test.name,
            test.file,
            test.digest.removeprefix("sha256:"),
            test.agent,
            given(test, definitions),
            tuple(test.body.get("stages", ())),
            tuple(sorted(test.files)),
        )
        for test in stage.smoke
    ]


@dataclass(frozen=True)
class _Whole:
    """A whole stage: its definitions and their effective fields by name, and its tests with what these run in."""

    stage: Stage
    definitions: Mapping[str, Definition]
    effective: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, Any]]
    first: Mapping[str, Mapping[str, str]]
    tests: list[RootTest]
    contents: Mapping[str, Content]

    def root(self, name: str) -> Root:
        definitions, members = self.definitions, closure(self.definitions, name)
        definition = definitions[name]
        files = _merged({member: definitions[member].files for member in members}, members)
        fields_of_all = _merged(self.effective, members)
        tests = [test for test in self.tests if test.agent in members]
        agent = name if definition.kind == "agent" else _agent(definition)
        run_in = sorted({used for test in tests for used in test.runs_in})
        used = {
            path
            for resource in run_in
            for member in self.contents[resource].members
            for path in definitions[member].files
        }
        kind: RootKind = "agent" if definition.kind == "agent" else "deployment"
        return Root(
            name=name,
            kind=kind,
            file=definition.file,
            members=members,
            files=files,
            digest=_digest(files),
            effective=fields_of_all,
            effective_digest=digest_of(fields_of_all),
            values=_merged(self.values, members),
            first_form=_merged(self.first, members),
            agent=agent,
            tests=tuple(test for test in tests if test.agent == agent and test.runs_on(self.stage.name)),
            all_tests=tuple(tests),
            contents={resource: self.contents[resource] for resource in run_in},
            test_files=frozenset(used.union(*(test.paths for test in tests))),
        )


def _agent(deployment: Definition) -> str:
    return next((reference.target for reference in deployment.references if reference.kind == "agent"), "")


def _digest(files: Mapping[str, str]) -> str:
    return hashlib.sha256("\n".join(f"{digest}  {path}" for path, digest in files.items()).encode()).hexdigest()


def _merged(by_name: Mapping[str, Mapping[str, Any]], members: Iterable[str]) -> dict[str, Any]:
    return dict(sorted(entry for name in members for entry in by_name.get(name, {}).items()))


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
