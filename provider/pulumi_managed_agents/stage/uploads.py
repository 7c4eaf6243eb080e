"""The files that deployments and smoke tests name by path: each becomes a definition of its own, which uploads it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.stage.definition import Definition, references_in
from pulumi_managed_agents.stage.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.stage.definition import SmokeFile
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.location import Location


def uploads(users: Iterable[Definition | SmokeFile], location: Location, findings: Findings) -> dict[str, Definition]:
    """Return the file definitions by name, which is the path below the stage folder; what is wrong becomes findings."""
    found: dict[str, Definition] = {}
    for user in users:
        for path, reference in references_in(user.body):
            if reference.kind == "file" and reference.target not in found:
                say = findings.at(user.source)
                try:
                    found[reference.target] = _upload(reference.target, location)
                except OSError as error:
                    say(path, f"{reference.target} cannot be read: {error.strerror}")
                except ValueError as error:
                    say(path, str(error))
    return found


def with_contents(test: SmokeFile, files: Mapping[str, Definition]) -> SmokeFile:
    """Return a smoke test whose digest covers what it sends as files, too."""
    sent = sorted({one.target for _, one in references_in(test.body) if one.kind == "file"} & files.keys())
    if not sent:
        return test
    parts = [test.digest, *(f"{name} {files[name].body['digest']}" for name in sent)]
    return replace(test, digest=digest_of("\n".join(parts).encode()))


def _upload(relative: str, location: Location) -> Definition:
    path, shown = location.folder / relative, location.shown(relative)
    if not path.resolve().is_relative_to(location.folder.resolve()):
        raise ValueError(f"{relative} is a link that leaves the stage folder")
    body = {"file": shown, "digest": digest_of(path.read_bytes()), "filename": PurePosixPath(relative).name}
    return Definition("file", relative, shown, body, source=Node({}, shown, 0))


def digest_of(content: bytes) -> str:
    """Return ``sha256:…`` over a file's bytes."""
    return f"sha256:{sha256(content).hexdigest()}"
