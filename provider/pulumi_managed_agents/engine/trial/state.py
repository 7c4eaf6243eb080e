"""The state of one stage: what exists, in one JSON file that survives a crash and has one writer at a time.

The file is replaced whole after every step and readable by its owner alone. In place of a secret it holds a salted
fingerprint.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.engine.events import SECRET, SIGNATURE, is_secret, map_secrets
from pulumi_managed_agents.errors import InputError, ManagedAgentsError, Refused
from pulumi_managed_agents.files.document import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Props = dict[str, Any]
_SEALED = re.compile(r"\[secret [0-9a-f]{32}\]")


@dataclass(frozen=True)
class Resource:
    """One object as last applied; `replaced` if it gave way to a new one of its URN and waits to be deleted."""

    urn: str
    type: str
    name: str
    id: str = ""
    inputs: Props = field(default_factory=dict)
    outputs: Props = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    protect: bool = False
    retain: bool = False
    replaced: bool = False

    @property
    def key(self) -> str:
        """Its key in the state: the URN, with the id for a replaced object, since the new one has the same URN."""
        return f"{self.urn} {self.id}" if self.replaced else self.urn


class State:
    """A stage's resources by key, and its outputs."""

    def __init__(self, path: Path) -> None:
        recorded, resources = _read(path)
        self.salt: str = recorded.get("salt") or secrets.token_hex(16)
        self.outputs: Props = recorded.get("outputs", {})
        self.resources: dict[str, Resource] = {}
        self.lock = threading.RLock()
        self.path = path
        # The text of each resource, so that saving after every step need not encode all of them again.
        self._lines: dict[str, str] = {}
        for resource in resources:
            self.record(None, resource)

    def record(self, old: Resource | None, new: Resource | None) -> None:
        """Let `new` take the place of `old`, which is kept as replaced if it is another object and still there."""
        with self.lock:
            if old and self.resources.pop(old.key, None):
                del self._lines[old.key]
                if new and new.id != old.id:
                    self.record(None, replace(old, replaced=True, protect=False))
            if new:
                self.resources[new.key] = new
                self._lines[new.key] = json.dumps(sealed(vars(new), self.salt))

    def save(self) -> None:
        """Replace the file; a crash, or a full disk, leaves the old or the new one.

        Raises:
            ManagedAgentsError: it cannot be written.
        """
        with self.lock:
            head = json.dumps({"salt": self.salt, "outputs": sealed(self.outputs, self.salt)})[:-1]
            text = head + ', "resources": [\n' + ",\n".join(self._lines.values()) + "\n]}\n"
            draft = self.path.with_suffix(".tmp")
            try:
                draft.unlink(missing_ok=True)
                with os.fdopen(
                    os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
                ) as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(self.path)
            except OSError as error:
                raise ManagedAgentsError(
                    f"{self.path}: the state cannot be written: {error.strerror}. Mend that and run again: what was "
                    "made and is not recorded is found by this stage's marks"
                ) from None


def state_file(folder: Path, project: str, stage: str) -> Path:
    """Where the state of a stage lies."""
    return folder / project / f"{stage}.json"


def write_state(path: Path, state: Props | None) -> None:
    """Begin a state that another one was copied for; none for None."""
    if state is not None:
        path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        path.write_text(json.dumps(state), encoding="utf-8")


def _read(path: Path) -> tuple[Props, list[Resource]]:
    """The content of a state file and its resources; raises `InputError` for one that is damaged."""
    if path.is_symlink():
        raise InputError(f"{path}: is a link, which the next save would replace; put the file itself there")
    if not path.exists():
        return {}, []
    try:
        recorded: Props = read_json(path, str(path))
        resources = [Resource(**entry) for entry in recorded.get("resources", [])]
        must_be_tables = (
            recorded.get("outputs", {}),
            *(table for resource in resources for table in (resource.inputs, resource.outputs)),
        )
        if all(isinstance(table, dict) for table in must_be_tables):
            return recorded, resources
    except (InputError, TypeError, AttributeError):
        pass
    raise InputError(
        f"{path}: this state is damaged; restore the file, or delete it: the next up takes over the objects that bear "
        "this stage's marks, and makes the others again"
    )


@contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Hold the lock beside a state file; raises `Refused` naming the process that holds it.

    The system frees the lock of a process that has died.
    """
    name = path.with_suffix(".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # To open a named pipe would otherwise wait for somebody at its other end.
        lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise InputError(f"{name}: cannot be opened: {error.strerror}; delete it if it is there") from None
    with os.fdopen(lock, "r+", encoding="ascii", errors="replace") as holder:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"process {holder.read(20)} is changing {path.stem}; wait until it ends") from None
        with suppress(OSError):  # a full disk is reported where the state is written
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield


def plain(value: Any) -> Any:
    """Copy a value without the marks of its secrets: what a provider is sent."""
    return map_secrets(value, lambda secret: plain(secret["value"]))


def marked(value: Any, like: Any) -> Any:
    """Copy what a provider answered with a mark on all that is secret at the same place in `like`."""
    if isinstance(value, dict) and isinstance(like, dict) and not is_secret(like):
        return {name: marked(member, like.get(name)) for name, member in value.items()}
    if isinstance(value, list) and isinstance(like, list) and len(value) == len(like):
        return [marked(member, its_like) for member, its_like in zip(value, like, strict=True)]
    return {SIGNATURE: SECRET, "value": value} if plain(like) != like else value


def sealed(value: Any, salt: str) -> Any:
    """Copy a value with each secret's content replaced by its fingerprint; fingerprints stay as they are."""

    def seal(secret: Props) -> Props:
        content = json.dumps(plain(secret["value"]), sort_keys=True)
        if _SEALED.fullmatch(content[1:-1]):
            return secret
        digest = hashlib.scrypt(content.encode(), salt=salt.encode(), n=1024, r=8, p=1, dklen=16)
        return {**secret, "value": f"[secret {digest.hex()}]"}

    return map_secrets(value, seal)


def reopened(old: Props, new: Props, salt: str) -> Props:
    """Copy recorded properties; one that differs from `new` only in sealed secrets is taken from there, unsealed."""
    return {name: new.get(name) if sealed(new.get(name), salt) == value else value for name, value in old.items()}


def holds_sealed(value: Any) -> bool:
    """Tell whether a secret in here is known by its fingerprint alone."""
    return _SEALED.search(json.dumps(value)) is not None
