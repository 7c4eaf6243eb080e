"""What the kinds of objects share: making, finding, listing, changing, archiving and deleting one.

Each kind says how its objects are stored and named, and its module adds what is particular to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from managed_agents_emulator import paging
from managed_agents_emulator.errors import invalid, not_found
from managed_agents_emulator.store import Document, Json, new_id, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from managed_agents_emulator.endpoint import Call


def _body(_: Call, document: Document) -> Json:
    return document.body


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How the objects of a kind are stored, named and shown, and the operations that most kinds have.

    `name` is what documents are stored under, `type` what the API calls an object where that differs. In a path,
    `parameter` holds an object's id; the objects of a kind with a `parent` belong to one, and those that belong to an
    object, its `children`, are deleted with it.
    """

    name: str
    prefix: str
    type: str = ""
    parameter: str = "id"
    parent: Kind | None = None
    children: tuple[str, ...] = ()
    times: tuple[str, ...] = ("created_at", "updated_at")
    archives: bool = True
    shown: Callable[[Call, Document], Json] = _body

    def new(
        self, call: Call, fields: Json, *, parent: str = "", name: str | None = None, private: Json | None = None
    ) -> Document:
        """Store a new object with these fields, an id and its times."""
        body = {"id": new_id(self.prefix), "type": self.type or self.name, **fields}
        body |= dict.fromkeys(self.times, now()) | ({"archived_at": None} if self.archives else {})
        document = Document(self.name, body["id"], call.workspace, body, private or {}, parent, name)
        call.store.insert(document)
        return document

    def find(self, call: Call) -> Document:
        """Find the object that the path names, in the parent that it names; 404 where there is none."""
        document = call.find(self.name, call.path[self.parameter])
        if self.parent and document.parent != self.parent.find(call).id:
            raise not_found(self.name.replace("_", " ").capitalize(), document.id)
        return document

    def active(self, call: Call, code: str | None = None) -> Document:
        """Find the object that the path names; 400 where it is archived."""
        document = self.find(call)
        if document.body["archived_at"]:
            raise invalid(f"{self.name.replace('_', ' ').capitalize()} {document.id} is archived.", code=code)
        return document

    def page(
        self,
        call: Call,
        *keeps: paging.Keep,
        parent: str = "",
        size: int | None = None,
        ascending: bool = False,
    ) -> paging.Page:
        """Read the page that a list request asks for, newest first unless `ascending`."""

        def fetch(upwards: bool, beyond: int | None) -> Iterator[Document]:
            return call.store.children(self.name, call.workspace, parent, ascending=upwards, beyond=beyond)

        return paging.page(
            call.query,
            fetch,
            *keeps,
            size=size or paging.limit(call.query),
            ascending=ascending,
            scope=f"{self.name}/{call.workspace}/{parent}",
        )

    def listed(
        self, call: Call, *keeps: paging.Keep, parent: str = "", size: int | None = None, ascending: bool = False
    ) -> Json:
        """Answer a list request with the objects that the filters keep."""
        page = self.page(call, *keeps, parent=parent, size=size, ascending=ascending)
        return {"data": [self.shown(call, document) for document in page.documents], "next_page": page.next_page}

    def get(self, call: Call) -> Json:
        """Answer with the object that the path names."""
        return self.shown(call, self.find(call))

    def change(self, call: Call, document: Document, fields: Json, *, touched: bool = False) -> Json:
        """Store fields and move `updated_at`, if anything differs or something that is not stored was `touched`."""
        if touched or document.body | fields != document.body:
            document.body |= fields | {"updated_at": now()}
            call.store.save(document)
        return self.shown(call, document)

    def archive(self, call: Call) -> Json:
        """Archive the object that the path names, for ever."""
        document = self.find(call)
        mark_archived(call, document)
        return self.shown(call, document)

    def delete(self, call: Call) -> Json:
        """Delete the object that the path names, with what belongs to it."""
        return self.remove(call, self.find(call))

    def remove(self, call: Call, document: Document) -> Json:
        """Delete an object with what belongs to it, and answer so."""
        for kind in self.children:
            call.store.delete_children(kind, document.workspace, document.id)
        call.store.delete(document)
        return deleted(document)


def mark_archived(call: Call, document: Document) -> bool:
    """Archive an object; False if it is already, or a 400 if the switches say so."""
    if document.body["archived_at"]:
        if call.switches.archive_again == "refuse":
            raise invalid(f"{document.id} is archived already.")
        return False
    document.body["archived_at"] = document.body["updated_at"] = now()
    call.store.save(document)
    return True


def deleted(document: Document) -> Json:
    """Say that an object is no more."""
    return {"id": document.body["id"], "type": f"{document.body['type']}_deleted"}


def page_of(call: Call, bodies: Sequence[Json], scope: str, *, size: int) -> Json:
    """Answer a list request about objects that are part of a document, in the order given."""
    numbered = [Document("", "", call.workspace, body, seq=number) for number, body in enumerate(bodies, 1)]

    def fetch(_: bool, beyond: int | None) -> Iterator[Document]:
        return iter(numbered[beyond or 0 :])

    page = paging.page(call.query, fetch, size=size, ascending=True, scope=scope)
    return {"data": [document.body for document in page.documents], "next_page": page.next_page}


def version_key(owner: str, version: object) -> str:
    """The id under which a version of an object is stored; versions of different owners may share their own ids."""
    return f"{owner}@{version}"
