"""Which live objects are to be adopted, and which must not be."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ApiError, InputError, Refused
from pulumi_managed_agents.kinds.registry import FACTS, ID_PREFIXES
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.reconcile.mark import stack_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.kind import Facts
    from pulumi_managed_agents.reconcile.leaves import Body

SIDE_BY_SIDE = 16
"""How many objects are asked for at a time."""
ADOPTABLE = {kind: facts for kind, facts in FACTS.items() if kind not in {"credential", "file"}}
"""The kinds with definition files; credentials come with their vault, files with their deployment."""
PREFIXES: dict[str, str] = dict(ID_PREFIXES.items())
"""What the ids of a kind begin with, by the kind's name as `Facts` spell it."""


@dataclass(frozen=True)
class AdoptionChoice:
    """The objects that a person chose on the command line; where it is empty, adoption only lists what there is.

    `take_over` allows objects that carry another stack's mark.
    """

    ids: tuple[str, ...] = ()
    kind: str | None = None
    name: str | None = None
    everything: bool = False
    lockfile: Path | None = None
    take_over: bool = False

    def __post_init__(self) -> None:
        if self.lockfile and (self.ids or self.kind or self.name or self.everything):
            raise InputError("--from takes what its lockfile lists; leave out --id, --kind, --name and --all")

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.ids or self.kind or self.name or self.everything or self.lockfile)


@dataclass(frozen=True)
class Candidate:
    """A live object and its kind."""

    facts: Facts
    live: Body

    @property
    def id(self) -> str:
        """The API's id."""
        return str(self.live["id"])

    @property
    def label(self) -> str:
        """What people call it."""
        return str(self.live.get("name") or self.live.get("display_name") or self.id)

    def __str__(self) -> str:
        return f"{self.facts.kind} '{self.label}' ({self.id})"


def list_candidates(client: Client, kinds: Iterable[Facts]) -> Iterator[Candidate]:
    """Every object of these kinds that is not archived."""
    for facts in (scoped for kind in kinds for scoped in _scoped(client, kind)):
        # Reconciling asks for archived objects as well; they can never be adopted.
        filters = {key: value for key, value in facts.list_filters.items() if key != "include_archived"}
        objects = facts.endpoints(client).list(**filters)
        yield from (Candidate(facts, live) for live in objects if not is_gone(live))


def _scoped(client: Client, facts: Facts) -> Iterator[Facts]:
    """The facts themselves, or for a kind that lives in another's objects those about each of them."""
    if not facts.parent:
        yield facts
        return
    for parent in getattr(client, facts.collection).list():
        yield facts.within(parent["id"])


def get_candidate(client: Client, id: str) -> Candidate:
    """One object by its id.

    Raises:
        InputError: it does not exist, or is of a kind that cannot be adopted.
        Refused: it is archived, or not the workspace's own.
    """
    facts = next((facts for kind, facts in ADOPTABLE.items() if id.startswith(PREFIXES[kind])), None)
    if facts is None:
        raise InputError(f"'{id}' is not an id of {', '.join(ADOPTABLE)}")
    try:
        live = facts.endpoints(client).get(id)
    except ApiError as error:
        if error.status != 404:
            raise
        raise InputError(f"there is no {facts.kind} {id} in the credential's workspace") from None
    candidate = Candidate(facts, live)
    if is_gone(live):
        raise Refused(f"{candidate} is archived, for ever, and cannot be adopted")
    if (live.get("source") or {}).get("type", "custom") != "custom":
        raise Refused(f"{candidate} is not the workspace's own; name its id in `skills` where it is used")
    return candidate


def chosen_candidates(client: Client, choice: AdoptionChoice) -> list[Candidate]:
    """The chosen objects.

    Raises:
        InputError: a name is that of no object, or of several.
    """
    if choice.ids:
        return [get_candidate(client, id) for id in dict.fromkeys(choice.ids)]
    candidates = list(list_candidates(client, [_facts(choice.kind)] if choice.kind else ADOPTABLE.values()))
    if choice.name is None:
        return _still_live(client, candidates)
    named = [candidate for candidate in candidates if candidate.label == choice.name]
    if len(named) != 1:
        what = f"{choice.kind or 'object'} called '{choice.name}'"
        those = (
            f"{len(named)} of them: {', '.join(candidate.id for candidate in named)}; choose with --id"
            if named
            else "none"
        )
        raise InputError(f"there is no single {what} in the workspace; there is {those}")
    return _still_live(client, named)


def _still_live(client: Client, listed: list[Candidate]) -> list[Candidate]:
    """The listed objects as they are, without those that are gone: for a while a list may show what was deleted."""

    def asked(candidate: Candidate) -> Candidate | None:
        try:
            live = candidate.facts.endpoints(client).get(candidate.id)
        except ApiError as error:
            if error.status != 404:
                raise
            return None
        return None if is_gone(live) else replace(candidate, live=live)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return [candidate for candidate in pool.map(asked, listed) if candidate]


def owner_of(client: Client, candidate: Candidate) -> str:
    """The mark on an object, or an empty string; a skill's is among its files, which are downloaded for it."""
    operations = candidate.facts.operations
    try:
        return operations.owner(operations.inspect(client, candidate.live))
    except InputError:  # a bundle that cannot be unpacked is not one that we uploaded
        return ""


def is_foreign(mark: str, stack: str) -> bool:
    """Whether a mark is another stack's than ``project/stage``."""
    return stack_of(mark) not in {"", stack}


def _facts(kind: str) -> Facts:
    if kind not in ADOPTABLE:
        raise InputError(f"'{kind}' is not a kind that can be adopted (there is: {', '.join(ADOPTABLE)})")
    return ADOPTABLE[kind]
