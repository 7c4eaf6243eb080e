from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import Conflict
from pulumi_managed_agents.reconcile.plan_text import sentence

if TYPE_CHECKING:
    from tests.kinds.emulated_stack import Applied, EmulatedStack
    from tests.kinds.server_habits import Body

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


@pytest.mark.parametrize(
    ("by_agents", "kept"),
    [pytest.param([], "Be brief.", id="as we wrote it"), pytest.param(["Learnt."], "Learnt.", id="changed since")],
)
def test_seeds_of_an_interrupted_create_are_written_by_the_next(
    stack: EmulatedStack, by_agents: list[str], kept: str
) -> None:
    """A store that was made without all of its seeds is completed, also where the file has another text by now."""
    half = stack.create("memory_store", {"name": "Notes"})
    stack.hand.memory_stores.memories(half.id).create({"path": "/style.md", "content": "An earlier text."})
    for content in by_agents:
        write(stack, half, "/style.md", content)
    whole = stack.create("memory_store", STORE)
    assert whole.id == half.id
    assert contents(stack, whole) == {"/style.md": kept, "/faq/prices.md": "See the list."}


def test_a_new_seed_never_overwrites_what_is_there(
    stack: EmulatedStack, one: Applied, caplog: pytest.LogCaptureFixture
) -> None:
    """At a path that is taken nothing is written, and that is said."""
    stack.hand.memory_stores.memories(one.id).create({"path": "/new.md", "content": "Learnt."})
    with caplog.at_level(logging.WARNING):
        stack.update(one, seeded(one, "/new.md", "New."))
    assert contents(stack, one)["/new.md"] == "Learnt."
    assert "/new.md of 'Notes' is there already and stays as it is" in caplog.text


def test_a_description_that_leaves_the_file_is_cleared(stack: EmulatedStack) -> None:
    """The API knows no null there, but an empty text."""
    one = stack.create("memory_store", {"name": "Notes", "description": "Old."})
    after = stack.update(one, {"name": "Notes"})
    assert stack.hand.memory_stores.get(one.id)["description"] == ""
    assert stack.look(after).is_empty


@pytest.fixture
def strict(stack: EmulatedStack) -> Applied:
    return stack.create("memory_store", {**STORE, "strict_memories": True})


def test_a_strict_store_has_nothing_to_do_after_it_was_made(stack: EmulatedStack, strict: Applied) -> None:
    """Its memories are recorded as they are; one request per folder tells that they still are, and no write follows."""
    stack.asked()
    assert stack.look(strict).is_empty
    assert [one for one in stack.asked() if "/memories" in one] == [f"GET /v1/memory_stores/{strict.id}/memories"] * 2


def test_agents_changes_to_a_strict_store_are_put_back(stack: EmulatedStack, strict: Applied) -> None:
    """A listed memory that was changed or deleted is drift and written again; what agents add is theirs."""
    memories = stack.hand.memory_stores.memories(strict.id)
    write(stack, strict, "/style.md", "Be long.")
    memories.delete(next(one["id"] for one in memories.list() if one["path"] == "/faq/prices.md"))
    memories.create({"path": "/faq/new.md", "content": "Learnt."})
    plan = stack.look(strict)
    assert [(change.path, change.cause) for change in plan.changes] == [
        (("memories", "/faq/prices.md"), "drift"),
        (("memories", "/style.md"), "drift"),
    ]
    assert '"Be brief." → "Be long."' in sentence(plan)
    after = stack.update(strict, strict.record.desired)
    assert contents(stack, strict) == {
        "/style.md": "Be brief.",
        "/faq/prices.md": "See the list.",
        "/faq/new.md": "Learnt.",
    }
    assert stack.look(after).is_empty


def test_an_edit_of_a_seed_that_an_agent_changed_is_a_conflict(stack: EmulatedStack, strict: Applied) -> None:
    """Where the file and an agent both changed a strict memory nothing is written before somebody decides."""
    write(stack, strict, "/style.md", "Be long.")
    with pytest.raises(Conflict, match=r"/style\.md was .*the file says \"Be kind.\", live is \"Be long.\""):
        stack.update(strict, seeded(strict, "/style.md", "Be kind."))
    assert contents(stack, strict)["/style.md"] == "Be long."


def test_a_store_becomes_strict_and_lenient_again(stack: EmulatedStack, one: Applied) -> None:
    """The switch brings all listed memories to their contents at once; without it they are the agents' again."""
    write(stack, one, "/style.md", "Be long.")
    strict = stack.update(one, {**STORE, "strict_memories": True})
    assert contents(stack, one)["/style.md"] == "Be brief."
    assert stack.look(strict).is_empty
    lenient = stack.update(strict, STORE)
    write(stack, one, "/style.md", "Be long.")
    assert stack.look(lenient).is_empty
    assert contents(stack, one)["/style.md"] == "Be long."


def test_a_seed_may_leave_a_strict_store(stack: EmulatedStack, strict: Applied) -> None:
    """It stays in the store as the agents' own."""
    after = stack.update(strict, {**STORE, "memories": SEEDS[:1], "strict_memories": True})
    assert "/faq/prices.md" in contents(stack, strict)
    write(stack, strict, "/faq/prices.md", "Dear.")
    assert stack.look(after).is_empty
