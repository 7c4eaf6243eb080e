from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulated_stack import Applied, EmulatedStack
    from server_habits import Body

SEEDS = [{"path": "/style.md", "content": "Be brief."}, {"path": "/faq/prices.md", "content": "See the list."}]
STORE: Body = {"name": "Notes", "memories": SEEDS}


@pytest.fixture
def one(stack: EmulatedStack) -> Applied:
    return stack.create("memory_store", STORE)


def contents(stack: EmulatedStack, one: Applied) -> dict[str, str]:
    """What the store holds, by path."""
    memories = stack.hand.memory_stores.memories(one.id)
    return {memory["path"]: memory["content"] for memory in memories.list(view="full", limit=20)}


def seeded(one: Applied, path: str, content: str) -> Body:
    """The definition with one more seed, or another content of one."""
    others = [seed for seed in one.record.desired["memories"] if seed["path"] != path]
    return {**one.record.desired, "memories": [*others, {"path": path, "content": content}]}


def write(stack: EmulatedStack, one: Applied, path: str, content: str) -> None:
    """Change a memory as an agent does."""
    memories = stack.hand.memory_stores.memories(one.id)
    found = next(memory for memory in memories.list() if memory["path"] == path)
    memories.update(found["id"], {"content": content})


def test_a_new_store_begins_with_its_seeds(stack: EmulatedStack, one: Applied) -> None:
    """They are written with the store, and the next run has nothing to do."""
    assert contents(stack, one) == {"/style.md": "Be brief.", "/faq/prices.md": "See the list."}
    assert stack.look(one).is_empty


def test_what_agents_write_is_no_drift(stack: EmulatedStack, one: Applied) -> None:
    """Memories are the agents' own: changed, added or deleted, nothing is planned."""
    write(stack, one, "/style.md", "Be long.")
    stack.hand.memory_stores.memories(one.id).create({"path": "/new.md", "content": "Learnt."})
    assert stack.look(one).is_empty


def test_a_seed_that_nobody_touched_follows_its_file(stack: EmulatedStack, one: Applied) -> None:
    """An edited seed is rewritten and a new one is written; the others are not asked about."""
    stack.asked()
    after = stack.update(one, seeded(one, "/style.md", "Be kind."))
    assert contents(stack, one)["/style.md"] == "Be kind."
    after = stack.update(after, seeded(after, "/new.md", "New."))
    assert contents(stack, one)["/new.md"] == "New."
    assert stack.look(after).is_empty


@pytest.mark.parametrize("content", ["Be long.", "Be kind."], ids=["changed", "changed to the same"])
def test_a_seed_that_an_agent_changed_stays(
    stack: EmulatedStack, one: Applied, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What an agent made of a seed is not overwritten by a later edit of the file, and that is said once."""
    write(stack, one, "/style.md", content)
    with caplog.at_level(logging.WARNING):
        after = stack.update(one, seeded(one, "/style.md", "Be kind."))
    assert contents(stack, one)["/style.md"] == content
    assert ("was changed by an agent and stays" in caplog.text) == (content != "Be kind.")
    assert stack.look(after).is_empty


def test_a_seed_that_leaves_the_file_stays_in_the_store(stack: EmulatedStack, one: Applied) -> None:
    """Nothing that agents may rely on is deleted."""
    stack.update(one, {"name": "Notes"})
    assert "/style.md" in contents(stack, one)


def test_seeds_of_an_interrupted_create_are_written_by_the_next(stack: EmulatedStack) -> None:
    """A store that was made without all of its seeds is completed."""
    half = stack.create("memory_store", {"name": "Notes"})
    stack.hand.memory_stores.memories(half.id).create(SEEDS[0])
    whole = stack.create("memory_store", STORE)
    assert whole.id == half.id
    assert contents(stack, whole) == {seed["path"]: seed["content"] for seed in SEEDS}


def test_a_description_that_leaves_the_file_is_cleared(stack: EmulatedStack) -> None:
    """The API knows no null there, but an empty text."""
    one = stack.create("memory_store", {"name": "Notes", "description": "Old."})
    after = stack.update(one, {"name": "Notes"})
    assert stack.hand.memory_stores.get(one.id)["description"] == ""
    assert stack.look(after).is_empty
