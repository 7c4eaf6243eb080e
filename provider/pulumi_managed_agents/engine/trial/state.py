"""The state of one stage: what exists, in one JSON file that survives a crash and has one writer at a time.

It is replaced whole after every step and readable by its owner alone. It is not in Pulumi's checkpoint format.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pulumi_managed_agents.engine.trial.wire import Seal, Values
from pulumi_managed_agents.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource as last applied. `former` are the URNs it had before it moved.

    `replaced` marks an object that gave way to a new one of the same URN and waits to be deleted.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Values = field(default_factory=dict)
    outputs: Values = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    property_needs: dict[str, list[str]] = field(default_factory=dict)
    secret_outputs: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    protect: bool = False
    retain: bool = False
    replaced: bool = False

    @property
    def name(self) -> str:
        """The name the program gave it."""
        return self.urn.split("::", 3)[3]

    @cached_property
    def names(self) -> frozenset[str]:
        """The URNs by which others may refer to it."""
        return frozenset({self.urn, *self.former})


class State:
    """A stage's resources: `live` by URN, and the `replaced` ones. Without `durable`, `save` writes nothing."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        recorded: Values = json.loads(path.read_text("utf-8")) if path.exists() else {"salt": secrets.token_hex(16)}
        resources = [Resource(**entry) for entry in recorded.get("resources", [])]
        self.live = {resource.urn: resource for resource in resources if not resource.replaced}
        self.replaced = [resource for resource in resources if resource.replaced]
        self.seal = Seal(recorded["salt"])
        self.lock = threading.RLock()
        self._path = path if durable else None
        self._lines: WeakKeyDictionary[Resource, str] = WeakKeyDictionary()

    def put(self, resource: Resource, *, keep_replaced: bool = False) -> None:
        """Record a resource; `keep_replaced` keeps the one it replaces, if it still is, until that is deleted."""
        with self.lock:
            if keep_replaced and (old := self.live.get(resource.urn)):
                self.replaced.append(replace(old, replaced=True, protect=False))
            self.live[resource.urn] = resource

    def rename(self, old: Resource, urn: str) -> Resource:
        """Record that a resource now has another URN."""
        self.drop(old)
        moved = replace(old, urn=urn, former=[*old.former, old.urn])
        self.put(moved)
        return moved

    def drop(self, resource: Resource) -> None:
        """Forget a resource."""
        with self.lock:
            if resource.replaced:
                self.replaced.remove(resource)
            else:
                del self.live[resource.urn]

    def save(self) -> None:
        """Replace the file, such that a crash leaves the old or the new one."""
        if self._path is None:
            return
        with self.lock:
            lines = [self._line(resource) for resource in (*self.live.values(), *self.replaced)]
            text = f'{{"salt": "{self.seal.salt}", "resources": [\n' + ",\n".join(lines) + "\n]}\n"
            draft = self._path.with_suffix(".tmp")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)

    def _line(self, resource: Resource) -> str:
        if resource not in self._lines:
            entry = {part.name: getattr(resource, part.name) for part in fields(resource)}
            self._lines[resource] = json.dumps(self.seal.close(entry))
        return self._lines[resource]


@contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Hold the lock beside a state file, or raise `Refused` naming its holder. A dead process holds none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_suffix(".lock").open("a+", encoding="ascii") as lock:
        lock.seek(0)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = f"another run (process {lock.read().strip()})"
            raise Refused(f"{path.stem}: {holder} is changing this stage; wait until it ends") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
