"""The files that deployments refer to by path: each becomes a definition of its own, which uploads it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.stage.definition import Definition, references_in
from pulumi_managed_agents.stage.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.location import Location


def uploads(definitions: Iterable[Definition], location: Location, findings: Findings) -> dict[str, Definition]:
    """Return the file definitions by name, which is the path below the stage folder; what is wrong becomes findings."""
    found: dict[str, Definition] = {}
    for definition in definitions:
        for path, reference in references_in(definition.body):
            if reference.kind == "file" and reference.target not in found:
                say = findings.at(definition.source)
                try:
                    found[reference.target] = _upload(reference.target, location)
                except OSError as error:
                    say(path, f"{reference.target} cannot be read: {error.strerror}")
                except ValueError as error:
                    say(path, str(error))
    return found


def _upload(relative: str, location: Location) -> Definition:
    path, shown = location.folder / relative, location.shown(relative)
    if not path.resolve().is_relative_to(location.folder.resolve()):
        raise ValueError(f"{relative} is a link that leaves the stage folder")
    body = {"file": shown, "digest": digest_of(path.read_bytes()), "filename": PurePosixPath(relative).name}
    return Definition("file", relative, shown, body, source=Node({}, shown, 0))


def digest_of(content: bytes) -> str:
    """Return ``sha256:…`` over a file's bytes."""
    return f"sha256:{sha256(content).hexdigest()}"
