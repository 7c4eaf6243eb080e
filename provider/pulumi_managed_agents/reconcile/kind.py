"""What the reconciler must know of a kind: its `Facts`, and how its objects are made and changed (`Operations`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pulumi_managed_agents.reconcile.mark import mark_of, marked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.leaves import Body, LeafPath
    from pulumi_managed_agents.reconcile.record import Record
    from pulumi_managed_agents.schema.identity import Entries


class LiveObjects(Protocol):
    """What a kind may ask of `live.LiveCache`."""

    def get(self, facts: Facts, id: str, mark: str = "") -> Body | None:
        """See `LiveCache.get`."""

    def inspect(self, facts: Facts, live: Body) -> Body:
        """See `LiveCache.inspect`."""


class Operations:
    """How the objects of a kind are made and changed; here by JSON bodies to its endpoints, as for most kinds."""

    def owned(self, body: Body, mark: str) -> Body:
        """The body with the mark that says whose it is."""
        return marked(body, mark)

    def owner(self, live: Body) -> str:
        """The mark on an object that was inspected, or an empty string."""
        return mark_of(live)

    def find(self, live: LiveObjects, facts: Facts, mark: str, body: Body, candidates: Iterable[Body]) -> Body | None:
        """The candidate that carries the mark; `body` is what it was to be."""
        return next((candidate for candidate in candidates if mark_of(candidate) == mark), None)

    def left_over(self, mark: str, body: Body, candidates: Iterable[Body]) -> Body | None:
        """The candidate that an interrupted run of ours has made, no state records, and `body` cannot be made of."""
        return None

    def recorded(self, mark: str, id: str) -> None:
        """Take note that the state holds the object; where objects carry their mark there is nothing to note."""

    def went_with(self, live: LiveObjects, gone: Body) -> str:
        """The id of the replaced object with which the server has archived this one, or an empty string."""
        return ""

    def create(self, endpoints: Any, body: Body) -> Body:
        """Make the object; the live object."""
        created: Body = endpoints.create(body)
        return created

    def update(self, endpoints: Any, live: Body, body: Body) -> Body:
        """Change the object; the live object after it."""
        changed: Body = endpoints.update(live["id"], body)
        return changed

    def itemised(self, body: Body) -> Body:
        """The body with the tables that say what behind a digest changes; may read files."""
        return body

    def inspect(self, client: Client, live: Body) -> Body:
        """The live object with what a definition is compared by and the API does not list; may cost a request."""
        return live

    def declared_files(self, body: Body) -> Mapping[str, bytes]:
        """The files behind the digest of a definition, by name; may read them."""
        return {}

    def stored_files(self, endpoints: Any, id: str, version: str) -> Mapping[str, bytes]:
        """The files behind the digest of a version, by name; costs a request."""
        return {}

    def look_inside(self, endpoints: Any, live: Body, declared: Body) -> Body:
        """The live object with the objects inside it that `declared` names; never cached, as they change without it."""
        return live


def _as_written(body: Body, declared: Body, own_id: str) -> Body:
    return body


def _as_given(body: Body, record: Record) -> Body:
    return body


@dataclass(frozen=True)
class Facts:
    """A kind.

    Attributes:
        kind: Its name, as in definition files.
        collection: The client's attribute that holds its endpoints.
        id_prefix: How the API's ids of it begin.
        effective: ``(body or live object, declared body, own id)`` to the form in which two of them can be compared.
        entries: The lists of its bodies, and what identifies their entries.
        filled_in: Whole fields that the API fills in where a body leaves them out, and with what.
        update_body: ``(changed fields, record)`` to what the update endpoint must be sent.
        replaced_by: Effective paths whose change needs a new object.
        unique: What no two live objects may share: a ``name``, or a ``key``, which only archiving gives free.
        versioned: Whether the API counts versions and refuses an update of a stale one.
        marked: Whether it has metadata to carry our ownership mark.
        watched: Top-level live fields whose change is drift although no file names them.
        itemised: By field of which only a digest is compared, the live table that shows what of it changed.
        unsteady: Effective paths that the server moves by itself or never shows, so that another value is no drift.
        clearable: Fields that an update brings back to their default by a null.
        secrets: Places of what the API takes but never shows; ``*`` is every entry of a list.
        parent: The field of a body that holds the id of the object this kind lives in, if it does.
        scope: That id, in the facts about the objects of one parent.
        list_filters: What a list needs to show every object of ours, archived ones too.
        removal: What destroying does.
        lost_with: What else that takes away, as a clause: ``, with all its versions``.
        operations: How an object is made and changed.
    """

    kind: str
    collection: str
    id_prefix: str
    effective: Callable[[Body, Body, str], Body] = _as_written
    entries: tuple[Entries, ...] = ()
    filled_in: Mapping[str, Any] = field(default_factory=dict)
    update_body: Callable[[Body, Record], Body] = _as_given
    replaced_by: tuple[LeafPath, ...] = ()
    unique: Literal["", "name", "key"] = ""
    versioned: bool = False
    marked: bool = True
    watched: tuple[str, ...] = ()
    itemised: Mapping[str, str] = field(default_factory=dict)
    unsteady: tuple[LeafPath, ...] = ()
    clearable: tuple[str, ...] = ()
    secrets: tuple[LeafPath, ...] = ()
    parent: str = ""
    scope: str = ""
    list_filters: Mapping[str, Any] = field(default_factory=lambda: {"include_archived": True})
    removal: Literal["archive", "delete"] = "archive"
    lost_with: str = ""
    operations: Operations = field(default_factory=Operations)

    @property
    def removed(self) -> str:
        """What is done to an object that is removed."""
        return "archived for ever" if self.removal == "archive" else "deleted"

    @property
    def fate(self) -> str:
        """What becomes of an object that is removed, and of what goes with it; nothing of it comes back."""
        return f"{self.removed}{self.lost_with}"

    def within(self, scope: str) -> Facts:
        """The facts about the objects of one parent, given its id."""
        return replace(self, scope=scope)

    def endpoints(self, client: Client) -> Any:
        """The endpoints of the kind: those of its collection, or of a collection inside one object of it."""
        collection = getattr(client, self.collection)
        return collection.within(self.scope) if self.parent else collection
