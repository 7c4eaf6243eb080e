"""Resources without their own definition file: a vault's credentials, and the files that a deployment mounts.

A vault's file holds its credentials, with the names of their secrets in place of the secrets. A file can be adopted
only where the API returns its content, which it does for what a session wrote, and not for what was uploaded.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pulumi_managed_agents.commands.adopt.import_file import Adopted
from pulumi_managed_agents.definition_files.minimal import minimal
from pulumi_managed_agents.files.names import nfc
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.leaves import replaced
from pulumi_managed_agents.reconcile.live import is_gone
from pulumi_managed_agents.stage.builder import key_of
from pulumi_managed_agents.stage.definition import Reference

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from pulumi_managed_agents.api import Client
    from pulumi_managed_agents.reconcile.leaves import Body
    from pulumi_managed_agents.stage import Definition

FILES = "files"
"""The folder for downloaded files."""
LONGEST_SLUG = 60


@dataclass(frozen=True)
class DownloadedFile:
    """A file to write: its path below the stage's folder, and what is in it."""

    path: str
    content: bytes


def credentials_in(client: Client, vault_id: str) -> list[Body]:
    """The credentials of a vault that are not archived, the oldest first."""
    credentials = [credential for credential in client.vaults.within(vault_id).list() if not is_gone(credential)]
    return credentials[::-1]  # the API lists the newest first


def credential_body(credential: Body, used: set[str]) -> Body:
    """A credential as its vault's file writes it. Its secrets get names that are not `used`, which join those."""
    body = minimal(FACTS["credential"], {key: value for key, value in credential.items() if key != "vault_id"})
    auth = body.pop("auth")
    for field in _secret_fields(auth):
        name = unique(_secret_name(auth, field[-1]), used)
        used.add(name.casefold())
        auth = _with(auth, field, {"secret": name})
    return {**body, "auth": auth}


def _secret_fields(auth: Body) -> Iterator[tuple[str, ...]]:
    """The paths of the secrets that the API takes and never returns."""
    if auth["type"] == "static_bearer":
        yield ("token",)
    elif auth["type"] == "environment_variable":
        yield ("secret_value",)
    else:
        yield ("access_token",)
        if auth.get("refresh"):
            yield ("refresh", "refresh_token")
        if "client_secret" in (auth.get("refresh") or {}).get("token_endpoint_auth", {}).get("type", ""):
            yield ("refresh", "token_endpoint_auth", "client_secret")


def _secret_name(auth: Body, field: str) -> str:
    """``API_TOKEN`` for the variable of that name, ``CRM_EXAMPLE_COM_TOKEN`` for a token of that server."""
    if "secret_name" in auth:
        return str(auth["secret_name"])
    return re.sub(r"\W+", "_", f"{urlsplit(auth['mcp_server_url']).hostname}_{field}".upper())


def _with(value: Body, path: tuple[str, ...], entry: Any) -> Body:
    first, *rest = path
    return {**value, first: _with(value[first], tuple(rest), entry) if rest else entry}


def downloads(client: Client, deployment: Body, used: set[str]) -> dict[str, DownloadedFile]:
    """The files of a deployment that can be downloaded, by id. They get paths that are not `used`, which join those."""
    by_path = {}
    for resource in deployment.get("resources") or []:
        file = client.files.get(resource["file_id"]) if resource.get("type") == "file" else {}
        if file.get("downloadable"):
            path = f"{FILES}/{file['filename']}"
            path = f"{FILES}/{file['id']}/{file['filename']}" if path.casefold() in used else path
            used.add(path.casefold())
            by_path[file["id"]] = DownloadedFile(path, client.files.content(file["id"]))
    return by_path


def deployment_remarks(deployment: Body, known: Mapping[str, Any]) -> Iterator[str]:
    """Remarks on files that the API will not return and are not `known`, by id, and on tokens it never returns."""
    for resource in deployment.get("resources") or []:
        if resource["type"] == "file" and resource["file_id"] not in known:
            yield f"{resource['file_id']} stays an id: the API does not hand out what was uploaded"
        if resource["type"] == "github_repository":
            yield f"if {resource['url']} needs a token, add `authorization_token: {{secret: NAME}}`"


def inline_resources(client: Client, adopted: Adopted, definitions: Mapping[str, Definition]) -> Iterator[Adopted]:
    """The credentials of an adopted vault or the files of a deployment, as far as the stage defines them."""
    kind = adopted.facts.kind
    if kind == "vault":
        for live in credentials_in(client, adopted.id):
            name = f"{adopted.name}/{key_of(live['auth'])}"
            if name in definitions:
                yield Adopted(FACTS["credential"].within(adopted.id), name, live, live)
    elif kind == "deployment":
        for name, id in _mounted_files(definitions[adopted.name].body, adopted.live).items():
            live = client.files.get(id)
            yield Adopted(FACTS["file"], name, live, live)


def _mounted_files(body: Body, live: Body) -> dict[str, str]:
    """The ids of the files that a definition names by path: they are at the same place of the live object."""
    mounts: dict[str, str] = {}
    resources = live.get("resources") or []

    def note(value: Any, path: tuple[str | int, ...]) -> Any:
        index = int(path[-1])
        live_entry = resources[index] if index < len(resources) else {}
        if isinstance(value, Reference) and value.kind == "file" and live_entry.get("file_id"):
            mounts[value.target] = live_entry["file_id"]
        return value

    replaced(body, ("resources", "*"), (), note)
    return mounts


def slug(name: str, fallback: str) -> str:
    """A name as a file's: small letters and digits of any script, with `-` for everything else."""
    text = re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", name).lower())
    return nfc(text).strip("-_")[:LONGEST_SLUG].rstrip("-_") or fallback


def unique(name: str, taken: Container[str]) -> str:
    """The name, or the first of ``name-2``, ``name-3`` … that is not `taken` (names in `str.casefold`)."""
    number = 1
    candidate = name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
