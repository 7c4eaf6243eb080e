"""A dynamic provider over a file-backed API; the tests of the engines copy it beside their programs.

Its properties steer it: `text` can be updated, `kind` forces a replacement (`first`: deleting before creating),
`fails` names the calls that fail, `meet` makes a create wait until that many are under way, `lingers` is how many
seconds a create takes, `blind` leaves the comparison to the engine.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pulumi  # noqa: TC002 - the resource class reads its annotations
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from pulumi_managed_agents.dynamic.program.exit import leave_quietly

API = Path("api")
OUTPUTS = ("version", "token", "settings")
SETTINGS: dict[str, Any] = {}


def record(kind: str, name: str, **arguments: Any) -> None:
    line = json.dumps(
        {"kind": kind, "name": name, "pid": os.getpid(), **arguments}, default=lambda value: type(value).__name__
    )
    with Path("calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(line + "\n")


def fail_if_told(kind: str, props: dict[str, Any]) -> None:
    if kind in (props.get("fails") or ()):
        raise RuntimeError(f"the API refuses to {kind} {props['name']}")


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    if not condition():
        raise TimeoutError("what the test waits for did not happen")


class LedgerProvider(ResourceProvider):
    """Records each call in ``calls.jsonl``, and keeps an object per file in ``api/``."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        """Take the settings that the tests look at."""
        keys = ("ledger:colour", "ledger:limit", "ledger:tags", "managed-agents:mode")
        SETTINGS.update({key: req.config.get(key) for key in keys})

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Add a default, and refuse the text 'bad' for two reasons."""
        record("check", news["name"], olds=olds, news=news)
        reasons = ["text: bad is not good", "never"] if news.get("text") == "bad" else []
        return CheckResult({**news, "checked": True}, [CheckFailure("", reason) for reason in reasons])

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare every property."""
        record("diff", news["name"], olds=olds, news=news)
        fail_if_told("diff", news)
        if news.get("blind"):
            return DiffResult()
        differing = [key for key in news if key not in ("fails", "__provider") and olds.get(key) != news[key]]
        replaces = [key for key in ("kind",) if key in differing]
        return DiffResult(bool(differing), replaces, [], delete_before_replace=bool(news.get("first")))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create a file."""
        record("create", props["name"], props=props)
        if props.get("meet"):
            wait_until(lambda: Path("calls.jsonl").read_text("utf-8").count('"kind": "create"') >= props["meet"])
        time.sleep(props.get("lingers") or 0)
        fail_if_told("create", props)
        id_ = f"{props['name']}-{uuid.uuid4().hex[:6]}"
        sys.stdout.write(f"created {props['name']}\n")  # engines show it; in one piece, other calls may write too
        return CreateResult(id_, self._save(id_, props, 1))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Write a new version."""
        record("update", news["name"], olds=olds, news=news)
        fail_if_told("update", news)
        return UpdateResult(self._save(id_, news, int(olds["version"]) + 1))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Say what the file holds, as outputs and inputs."""
        record("read", props["name"], props=props)
        path = API / f"{id_}.json"
        if not path.exists():
            return ReadResult("", {})
        live = json.loads(path.read_text("utf-8"))
        inputs = {key: value for key, value in live.items() if key not in OUTPUTS}
        return ReadResult(id_, live, inputs)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the file."""
        record("delete", props["name"], props=props)
        fail_if_told("delete", props)
        (API / f"{id_}.json").unlink()

    def _save(self, id_: str, props: dict[str, Any], version: int) -> dict[str, Any]:
        live = {key: value for key, value in props.items() if key != "__provider"}
        live |= {"version": version, "token": f"token of {id_}", "settings": json.dumps(SETTINGS, sort_keys=True)}
        draft = API / f"{id_}.{os.getpid()}"
        draft.write_text(json.dumps(live), "utf-8")
        draft.replace(API / f"{id_}.json")
        return live


class Entry(Resource, module="ledger", name="Entry"):
    """One object of the API."""

    version: pulumi.Output[float]
    token: pulumi.Output[str]
    settings: pulumi.Output[str]
    text: pulumi.Output[str]

    def __init__(self, title: str, opts: pulumi.ResourceOptions | None = None, **props: Any) -> None:
        leave_quietly()
        computed = dict.fromkeys(OUTPUTS)
        super().__init__(LedgerProvider(), title, {"name": title, **computed, **props}, opts)
