from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.source_files import digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kinds.emulated_stack import EmulatedStack
    from tests.kinds.server_habits import Body


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Body:
    """The definition of a file that exists."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "prices.csv"
    path.write_bytes(b"a,b\n")
    return {"file": str(path), "digest": digest_of(b"a,b\n"), "filename": "prices.csv"}


def test_a_file_is_uploaded_once(stack: EmulatedStack, file: Body) -> None:
    """It has its name and life time, and the next run has nothing to do."""
    one = stack.create("file", {**file, "expires_in_seconds": 3600})
    live = stack.hand.files.get(one.id)
    assert (live["filename"], live["size_bytes"], live["expires_at"] is None) == ("prices.csv", 4, False)
    assert stack.look(one).is_empty


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"digest": digest_of(b"c,d\n")}, id="content"),
        pytest.param({"filename": "list.csv"}, id="name"),
        pytest.param({"expires_in_seconds": 7200}, id="life time"),
    ],
)
def test_a_changed_file_is_another_file(stack: EmulatedStack, file: Body, change: Body) -> None:
    """The API has no way to change one."""
    one = stack.create("file", file)
    assert stack.look(one, {**file, **change}).replaces == tuple(change)


def test_content_that_moved_is_not_uploaded(stack: EmulatedStack, file: Body) -> None:
    """What is uploaded is what was previewed."""
    with pytest.raises(InputError, match="changed since the program read it"):
        stack.create("file", {**file, "digest": digest_of(b"other")})
    with pytest.raises(InputError, match=r"nowhere\.csv: cannot be read: No such file"):
        stack.create("file", {**file, "file": "nowhere.csv"})
    assert stack.writes() == []


def test_a_removed_file_is_gone(stack: EmulatedStack, file: Body) -> None:
    """It is deleted, and again without a complaint; where it is still declared, a new one is made."""
    one = stack.create("file", file)
    stack.remove(one)
    stack.remove(one)
    assert list(stack.hand.files.list()) == []
    assert stack.look(one).replaces == ("name",)
