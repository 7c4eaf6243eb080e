"""The files that deployments and smoke tests name by path: each becomes a definition, which uploads it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pulumi_managed_agents.files.names import nfc
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.files.source_files import digest_of
from pulumi_managed_agents.stage.definition import Definition, references_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pulumi_managed_agents.files.location import Location
    from pulumi_managed_agents.files.source_files import SourceFiles
    from pulumi_managed_agents.stage.definition import SmokeFile
    from pulumi_managed_agents.stage.findings import Findings
    from pulumi_managed_agents.stage.secret_scan import Scan


def uploads(
    users: Iterable[Definition | SmokeFile], location: Location, files: SourceFiles, scan: Scan, findings: Findings
) -> dict[str, Definition]:
    """Return the file definitions by name, which is the path below the stage folder; what is wrong becomes findings.

    What is exposed in a file becomes findings, too.
    """
    definitions: dict[str, Definition] = {}
    for user in users:
        for path, reference in references_in(user.body):
            if reference.kind == "file" and reference.target not in definitions:
                say = findings.at(user.source)
                try:
                    digest = _digest(reference.target, location, files, scan, findings)
                    definitions[reference.target] = _definition(
                        reference.target, location.shown(reference.target), digest
                    )
                except OSError as error:
                    say(path, f"{reference.target} cannot be read: {error.strerror}")
                except ValueError as error:
                    say(path, str(error))
    return definitions


def with_contents(test: SmokeFile, files: Mapping[str, Definition]) -> SmokeFile:
    """Return a smoke test whose digest covers what it sends as files, too."""
    paths = {reference.target for _, reference in references_in(test.body) if reference.kind == "file"}
    sent = sorted(paths & files.keys())
    if not sent:
        return test
    parts = [test.digest, *(f"{name} {files[name].body['digest']}" for name in sent)]
    return replace(test, digest=digest_of("\n".join(parts).encode()))


def _digest(relative: str, location: Location, files: SourceFiles, scan: Scan, findings: Findings) -> str:
    """The SHA-256 of a file in hex; one that was read as something else already is not read again."""
    path, shown = location.folder / relative, location.shown(relative)
    if not path.resolve().is_relative_to(location.folder.resolve()):
        raise ValueError(f"{relative} is a link that leaves the stage folder")
    known = files.digest(relative)
    if known:
        return known
    file = files.attachment(path, relative, shown)
    findings.note(*scan.attachment(file.data, path.name, file.path, shown))
    return file.sha256


def _definition(relative: str, shown: str, digest: str) -> Definition:
    body = {"file": shown, "digest": f"sha256:{digest}", "filename": PurePosixPath(relative).name}
    return Definition("file", relative, shown, body, source=Node({}, shown, 0), files={nfc(relative): digest})
