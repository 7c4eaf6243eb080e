"""Documents in SQLite: everything the emulator remembers, and the ids and times that objects carry.

A document is what the API returns for one object, beside a private part that is never returned. Rows keep their order
of creation in `seq`, which is also what list cursors point at. All calls come from the one thread of the event loop, so
a transaction is never interleaved with another.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Json = dict[str, Any]
"""A JSON object, as requests and answers hold it."""

_MOST_CHANGES = 10_000
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    workspace TEXT NOT NULL,
    parent TEXT NOT NULL,
    name TEXT,
    body TEXT NOT NULL,
    private TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS documents_by_id ON documents (kind, workspace, id);
CREATE INDEX IF NOT EXISTS documents_by_parent ON documents (kind, workspace, parent, seq);
CREATE UNIQUE INDEX IF NOT EXISTS documents_by_name ON documents (kind, workspace, parent, name) WHERE name IS NOT NULL;
CREATE TABLE IF NOT EXISTS blobs (id TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


def new_id(prefix: str) -> str:
    """Make an identifier such as `agent_01` followed by 22 base-58 characters."""
    body = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(22))
    return f"{prefix}_01{body}"


def now() -> str:
    """The current time as RFC 3339 in UTC with microseconds, so that the order of texts is the order of times."""
    return timestamp(datetime.now(UTC))


def timestamp(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """Read an RFC 3339 time; one without a zone means UTC. Raises `ValueError` for anything else."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


@dataclass
class Document:
    """One stored object: `body` as the API shows it, `private` for the emulator alone.

    `name` is a key unique among its siblings, `parent` the id of the object it belongs to ("" for none).
    """

    kind: str
    id: str
    workspace: str
    body: Json
    private: Json = field(default_factory=dict)
    parent: str = ""
    name: str | None = None
    seq: int = 0


@dataclass(frozen=True)
class _Change:
    """When the document under a key changed (kind, workspace, id), and its row until then, or None."""

    at: float
    key: tuple[str, ...]
    row: tuple[object, ...] | None


class InUseError(OSError):
    """Another process keeps its state in this directory."""


class Store:
    """The documents and blobs of one data directory, which one process at a time may use.

    Raises:
        InUseError: another one does.
        OSError: the directory cannot be written, or holds something else.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "emulator.sqlite3"
        try:
            self._lock = _locked(directory)
            self._live = _connect(self._path)
            self._live.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise InUseError(f"{directory} is in use by another emulator") from None
            raise OSError(f"the data in {directory} cannot be used: {error}") from None
        self._reading = self._live
        self._frozen: sqlite3.Connection | None = None
        self._after_commit: list[Callable[[], None]] = []
        self._changes: list[_Change] | None = None

    def close(self) -> None:
        """Release the files; what was committed stays."""
        self.thaw()
        self._live.close()
        self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all writes of the block or none; what `after_commit` registered runs once they are kept."""
        self._live.execute("BEGIN IMMEDIATE")
        noted = len(self._changes or ())
        try:
            yield
        except BaseException:
            self._live.execute("ROLLBACK")
            self._after_commit.clear()
            if self._changes is not None:
                del self._changes[noted:]
            raise
        self._live.execute("COMMIT")
        if self._changes:
            del self._changes[:-_MOST_CHANGES]
        callbacks, self._after_commit = self._after_commit, []
        for callback in callbacks:
            callback()

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` when the current transaction has been kept."""
        self._after_commit.append(callback)

    def insert(self, document: Document) -> None:
        """Add a document at the end of the order."""
        self._note(document.kind, document.workspace, document.id)
        cursor = self._live.execute(
            "INSERT INTO documents (kind, id, workspace, parent, name, body, private) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                document.kind,
                document.id,
                document.workspace,
                document.parent,
                document.name,
                json.dumps(document.body),
                json.dumps(document.private),
            ),
        )
        document.seq = cursor.lastrowid or 0

    def save(self, document: Document) -> None:
        """Write the body, private part and name of a document that is already stored."""
        self._note(document.kind, document.workspace, document.id)
        self._live.execute(
            "UPDATE documents SET body = ?, private = ?, name = ? WHERE kind = ? AND workspace = ? AND id = ?",
            (
                json.dumps(document.body),
                json.dumps(document.private),
                document.name,
                document.kind,
                document.workspace,
                document.id,
            ),
        )

    def delete(self, document: Document) -> None:
        """Delete one document."""
        self._note(document.kind, document.workspace, document.id)
        self._live.execute(
            "DELETE FROM documents WHERE kind = ? AND workspace = ? AND id = ?",
            (document.kind, document.workspace, document.id),
        )

    def delete_children(self, kind: str, workspace: str, parent: str) -> None:
        """Delete all documents of a kind that belong to the object with the id `parent`."""
        if self._changes is not None:
            for child in list(self.children(kind, workspace, parent)):
                self._note(kind, workspace, child.id)
        self._live.execute(
            "DELETE FROM documents WHERE kind = ? AND workspace = ? AND parent = ?", (kind, workspace, parent)
        )

    def get(self, kind: str, id_: str, workspace: str) -> Document | None:
        """Find a document by its id; None if the workspace has none."""
        return next(self._select("kind = ? AND id = ? AND workspace = ?", (kind, id_, workspace), ""), None)

    def by_name(self, kind: str, name: str, workspace: str, parent: str = "") -> Document | None:
        """Find the document that holds a unique name, or None."""
        where = "kind = ? AND name = ? AND workspace = ? AND parent = ?"
        return next(self._select(where, (kind, name, workspace, parent), ""), None)

    def children(
        self,
        kind: str,
        workspace: str,
        parent: str = "",
        *,
        ascending: bool = True,
        beyond: int | None = None,
    ) -> Iterator[Document]:
        """Walk through the documents of a parent in order of creation, starting past the position `beyond`."""
        where, values = "kind = ? AND workspace = ? AND parent = ?", [kind, workspace, parent]
        if beyond is not None:
            where += f" AND seq {'>' if ascending else '<'} ?"
            values.append(str(beyond))
        return self._select(where, tuple(values), f"ORDER BY seq {'ASC' if ascending else 'DESC'}")

    def everywhere(self, kind: str) -> Iterator[Document]:
        """Walk through all documents of a kind, in every workspace."""
        return self._select("kind = ?", (kind,), "ORDER BY seq")

    def put_blob(self, id_: str, content: bytes) -> None:
        """Keep bytes under an id."""
        self._live.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (id_, content))

    def get_blob(self, id_: str) -> bytes:
        """Read the bytes kept under an id, empty if there are none."""
        row = self._reading.execute("SELECT content FROM blobs WHERE id = ?", (id_,)).fetchone()
        return bytes(row[0]) if row else b""

    def delete_blob(self, id_: str) -> None:
        """Delete the bytes kept under an id."""
        self._live.execute("DELETE FROM blobs WHERE id = ?", (id_,))

    def freeze(self) -> None:
        """Take the snapshot that `stale` reads are answered from."""
        self.thaw()
        self._frozen = _connect(self._path)
        self._frozen.execute("BEGIN")
        self._frozen.execute("SELECT count(*) FROM documents").fetchone()

    def remember(self) -> None:
        """Note from now on what each change replaces, for `as_it_was`."""
        self._changes = self._changes or []

    def forget(self) -> None:
        """Note nothing any more."""
        self._changes = None

    @contextmanager
    def as_it_was(self, seconds: float) -> Iterator[None]:
        """Answer the reads of the block from the state so long ago, as a replica that lags by that time would."""
        since = time.monotonic() - seconds
        # Always rolled back: the past is shown, and nothing of it is written.
        self._live.execute("BEGIN IMMEDIATE")
        try:
            for change in reversed(self._changes or ()):
                if change.at <= since:
                    break
                self._live.execute("DELETE FROM documents WHERE kind = ? AND workspace = ? AND id = ?", change.key)
                if change.row:
                    self._live.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)", change.row)
            yield
        finally:
            self._live.execute("ROLLBACK")

    def thaw(self) -> None:
        """Drop the snapshot."""
        if self._frozen:
            self._frozen.close()
            self._frozen = None

    @contextmanager
    def stale(self) -> Iterator[None]:
        """Answer the reads of the block from the snapshot, as a lagging replica would."""
        self._reading = self._frozen or self._live
        try:
            yield
        finally:
            self._reading = self._live

    def _note(self, kind: str, workspace: str, id_: str) -> None:
        """Note what is stored under a key before it changes, if anything is."""
        if self._changes is None:
            return
        key = (kind, workspace, id_)
        row = self._live.execute("SELECT * FROM documents WHERE kind = ? AND workspace = ? AND id = ?", key)
        self._changes.append(_Change(time.monotonic(), key, row.fetchone()))

    def _select(self, where: str, values: tuple[object, ...], order: str) -> Iterator[Document]:
        columns = "seq, kind, id, workspace, parent, name, body, private"
        statement = f"SELECT {columns} FROM documents WHERE {where} {order}"  # noqa: S608 - both are texts of this module
        for seq, kind, id_, workspace, parent, name, body, private in self._reading.execute(statement, values):
            yield Document(kind, id_, workspace, json.loads(body), json.loads(private), parent, name, seq)


def _locked(directory: Path) -> sqlite3.Connection:
    # The lock of a database, because every operating system releases it when the process dies.
    lock = sqlite3.connect(directory / "emulator.lock", timeout=0, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    return lock


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # State must survive a restart of the emulator, not a power cut: no fsync per request.
    connection.execute("PRAGMA synchronous = OFF")
    return connection
