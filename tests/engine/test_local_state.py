"""A killed run of the Pulumi CLI leaves a lock, which on the emulator's state nobody else would take away."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.engine.local_state import remove_stale_locks

if TYPE_CHECKING:
    from pathlib import Path


HERE = {"hostname": socket.gethostname()}
GONE = {"pid": 2**31 - 1}
"""No process has that number: it is beyond what a system gives out."""


@pytest.mark.parametrize(
    ("stage", "lock", "stays"),
    [
        pytest.param("dev", {**HERE, **GONE}, False, id="its process is gone"),
        pytest.param("dev", {**HERE, "pid": os.getpid()}, True, id="its process lives"),
        pytest.param("dev", {"hostname": "elsewhere.invalid", **GONE}, True, id="another machine's"),
        pytest.param("prod", {**HERE, **GONE}, True, id="another stage's"),
        pytest.param("dev", {}, True, id="unknown"),
    ],
)
def test_a_lock_goes_with_its_process(tmp_path: Path, stage: str, lock: dict[str, object], stays: bool) -> None:
    """And with nothing else: a stage may be changed by one run at a time."""
    file = tmp_path / ".pulumi/locks/organization/mine" / stage / "1.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(lock), encoding="utf-8")
    remove_stale_locks(tmp_path, "dev")
    assert file.exists() is stays
