"""A run that dies between an API's answer and the state: the next one finds its own object, of whatever kind."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.files.source_files import digest_of
from pulumi_managed_agents.kinds.file import upload_note
from pulumi_managed_agents.kinds.skill import bundle
from pulumi_managed_agents.reconcile.effective import live_leaves
from tests.kinds.one_of_each import BEARER, BOX, KINDS, SEEDS, objects

if TYPE_CHECKING:
    from pulumi_managed_agents.kinds.file.upload_note import UploadNote
    from tests.kinds.emulated_stack import EmulatedStack
    from tests.kinds.server_habits import Body

STRICT = Policy("fail")
kinds = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _in_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is uploaded lies in the working directory, and so do the notes about it."""
    monkeypatch.chdir(tmp_path)


@kinds
def test_the_next_run_finds_what_was_made(stack: EmulatedStack, kind: str) -> None:
    """The object is found by a process that knows nothing of it, there is no second one, and nothing is left to do."""
    body = KINDS[kind].body(stack)
    first = stack.create(kind, body)
    again = stack.create(kind, body)
    assert list(objects(stack, kind, body)) == [first.id] == [again.id]
    assert stack.look(again).is_empty


@kinds
def test_a_lost_answer_makes_no_second_object(stack: EmulatedStack, kind: str) -> None:
    """A connection that drops after the object was made leads to that object, complete, in the same run."""
    body = KINDS[kind].body(stack)
    stack.fault(method="POST", path=KINDS[kind].path, drop="after_commit")
    one = stack.create(kind, body)
    assert list(objects(stack, kind, body)) == [one.id]
    assert stack.look(one).is_empty


class _Overloaded(httpx.BaseTransport):
    """Says of the first creates that the API is overloaded, though they were done."""

    def __init__(self, inner: httpx.BaseTransport, path: str, times: int) -> None:
        self._inner, self._path, self.left = inner, path, times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        answer.read()
        if request.method != "POST" or not re.fullmatch(self._path, request.url.path) or not self.left:
            return answer
        self.left -= 1
        return httpx.Response(503, json={"type": "error", "error": {"type": "overloaded_error", "message": "Later."}})


@kinds
def test_an_overload_that_did_its_work_makes_no_second_object(stack: EmulatedStack, kind: str) -> None:
    """A proxy may give up on what the API has done: before a create is repeated, it is looked for what it made."""
    body = KINDS[kind].body(stack)
    one = replace(stack, connections=_Overloaded(stack.connections, KINDS[kind].path, 2)).create(kind, body)
    assert list(objects(stack, kind, body)) == [one.id]
    assert stack.look(one).is_empty


@kinds
def test_an_overload_is_waited_for(stack: EmulatedStack, kind: str) -> None:
    """Where nothing was made, a create is tried again."""
    body = KINDS[kind].body(stack)
    stack.fault(method="POST", path=KINDS[kind].path, status=529, times=3)
    one = stack.create(kind, body)
    assert list(objects(stack, kind, body)) == [one.id]


@kinds
def test_what_left_the_file_meanwhile_is_cleared(stack: EmulatedStack, kind: str) -> None:
    """The found object is in the end what one made from the shorter file would be."""
    body = KINDS[kind].body(stack)
    less = KINDS[kind].less(body)
    half = stack.create(kind, body)
    whole = stack.create(kind, less)
    assert whole.id == half.id
    found = objects(stack, kind, body)[whole.id]
    stack.remove(whole)
    recreated = stack.create(kind, less)
    fresh = objects(stack, kind, body)[recreated.id]
    facts = whole.subject.facts
    assert live_leaves(facts, found, less) == live_leaves(facts, fresh, less)


def edited(kind: str, body: Body, word: str) -> Body:
    """The definition with another text in it."""
    if kind == "skill":
        Path(body["directory"], "SKILL.md").write_text(f"---\nname: pdf\ndescription: {word}.\n---\n", "utf-8")
        files = bundle.collect(Path(body["directory"]), body["directory"], boundary=Path.cwd())
        return {**body, "digest": bundle.digest_of(files)}
    if kind == "file":
        Path(body["file"]).write_text(word, "utf-8")
        return {**body, "digest": digest_of(word.encode())}
    more: Body = {
        "credential": {"auth": {**BEARER, "token": f"secret-{word}"}, "display_name": word},
        "memory_store": {"memories": [{"path": "/style.md", "content": word}], "description": word},
        "vault": {"display_name": word},
        "deployment": {"paused": False, "description": word},
    }
    return {**body, **more.get(kind, {"description": word})}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "file"])
def test_an_update_that_was_not_recorded_is_known_as_ours(stack: EmulatedStack, kind: str) -> None:
    """Where a stage refuses drift, too: nothing is reported, and there is no second version."""
    body = KINDS[kind].body(stack)
    one = stack.create(kind, body)
    after = edited(kind, body, "second")
    stack.update(one, after)
    version = objects(stack, kind, body)[one.id].get("version")
    context = stack.process(STRICT)
    stack.look(one, after, context)
    again = stack.update(one, after, context)
    assert objects(stack, kind, body)[one.id].get("version") == version
    assert stack.look(again, rules=STRICT).is_empty


@kinds
def test_a_replacement_that_was_not_recorded_is_known_as_ours(stack: EmulatedStack, kind: str) -> None:
    """The old object is gone, the new one bears the mark: where a stage refuses drift, too, the next run takes it."""
    body = KINDS[kind].body(stack)
    old = stack.create(kind, body)
    after = edited(kind, body, "second") if kind == "file" else body
    new = stack.create(kind, after, replaces=old.id)
    stack.remove(old)
    context = stack.process(STRICT)
    assert stack.look(old, after, context).replaces
    again = stack.create(kind, after, context=context, replaces=old.id)
    stack.remove(old, context)
    assert list(objects(stack, kind, after)) == [again.id] == [new.id]
    assert stack.look(again, rules=STRICT).is_empty


def test_an_upload_of_what_is_no_longer_wanted_is_taken_away(stack: EmulatedStack) -> None:
    """A file that was edited again before anybody recorded the last one leaves no copy that nobody would ever find."""
    body = KINDS["file"].body(stack)
    old = stack.create("file", body)
    stack.create("file", edited("file", body, "second"), replaces=old.id)
    stack.remove(old)
    third = edited("file", body, "third!")
    context = stack.process(STRICT)
    assert stack.look(old, third, context).replaces
    new = stack.create("file", third, context=context, replaces=old.id)
    assert list(objects(stack, "file", third)) == [new.id]


def test_an_upload_that_was_recorded_is_left_alone(stack: EmulatedStack) -> None:
    """A file that somebody kept when it left the stage is no leftover of the one that comes in its place."""
    body = KINDS["file"].body(stack)
    kept = stack.create("file", body)
    stack.look(kept)
    new = stack.create("file", edited("file", body, "second"))
    assert set(objects(stack, "file", body)) == {kept.id, new.id}


lost = pytest.mark.parametrize("when", ["before", "after_commit"])


@lost
def test_a_lost_pause_is_made_up_for(stack: EmulatedStack, when: str) -> None:
    """A deployment that is to rest does, though the call that says so had no answer."""
    stack.fault(method="POST", path="/v1/deployments/[^/]+/pause", drop=when)
    one = stack.create("deployment", KINDS["deployment"].body(stack))
    assert [(live["id"], live["status"]) for live in stack.hand.deployments.list()] == [(one.id, "paused")]


@lost
def test_a_lost_seed_is_made_up_for(stack: EmulatedStack, when: str) -> None:
    """A store has all its seeds, though the request that wrote one had no answer."""
    stack.fault(method="POST", path="/v1/memory_stores/[^/]+/memories", drop=when)
    one = stack.create("memory_store", KINDS["memory_store"].body(stack))
    assert [live["id"] for live in stack.hand.memory_stores.list()] == [one.id]
    written = {memory["path"] for memory in stack.hand.memory_stores.memories(one.id).list()}
    assert written == {seed["path"] for seed in SEEDS}


def test_what_can_never_become_what_the_file_says_is_refused(stack: EmulatedStack) -> None:
    """An object that was left half-made as another type is neither taken, nor replaced without a word."""
    half = stack.create("environment", {"name": "box", "config": {"type": "self_hosted"}})
    with pytest.raises(Refused, match=rf"{half.id} has another config\.type, .*`managed-agents orphans dev"):
        stack.create("environment", BOX)


def test_a_secret_of_a_half_made_credential_is_sent_again(stack: EmulatedStack) -> None:
    """Nobody can tell which secret it was made with."""
    body = KINDS["credential"].body(stack)
    half = stack.create("credential", body)
    stack.asked()
    stack.create("credential", body)
    assert stack.writes() == [f"POST /v1/vaults/{body['vault_id']}/credentials/{half.id}"]


AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
NOTE = replace(upload_note.about("shop/dev/files/a.csv", "sha256:1", "a.csv", 4, ["file_old"]), began=AT.isoformat())


def uploaded(id: str, name: str = "a.csv", size: int = 4, minutes: int = 1) -> Body:
    """A file as the API lists it, made some minutes after the note."""
    made = (AT + timedelta(minutes=minutes)).isoformat()
    return {"id": id, "filename": name, "size_bytes": size, "created_at": made}


@pytest.mark.parametrize(
    ("note", "files", "found"),
    [
        pytest.param(NOTE, [uploaded("file_1")], "file_1", id="the only new one"),
        pytest.param(NOTE, [uploaded("file_old"), uploaded("file_1")], "file_1", id="an older one beside it"),
        pytest.param(NOTE, [uploaded("file_1"), uploaded("file_2")], None, id="two alike"),
        pytest.param(NOTE, [uploaded("file_old")], None, id="was there before"),
        pytest.param(NOTE, [uploaded("file_1", name="b.csv")], None, id="another name"),
        pytest.param(NOTE, [uploaded("file_1", size=5)], None, id="another size"),
        pytest.param(NOTE, [uploaded("file_1", minutes=11)], None, id="much later"),
        pytest.param(NOTE, [uploaded("file_theirs")], None, id="known to be another resource's"),
        pytest.param(NOTE.with_id("file_2"), [uploaded("file_1"), uploaded("file_2")], "file_2", id="by its id"),
        pytest.param(NOTE.with_id("file_2"), [uploaded("file_1")], None, id="deleted since"),
    ],
)
def test_a_note_leads_to_the_one_file_that_it_can_only_be(
    note: UploadNote, files: list[Body], found: str | None
) -> None:
    """An upload without a mark is known again by what was noted before it; in doubt it is nobody's."""
    upload_note.write(replace(NOTE, mark="shop/prod/files/a.csv").with_id("file_theirs"))
    led = note.find_in(files)
    assert (led and led["id"]) == found


def test_other_content_is_another_file(stack: EmulatedStack) -> None:
    """A note about other bytes, and one that cannot be read, lead nowhere."""
    body = KINDS["file"].body(stack)
    first = stack.create("file", body)
    Path("prices.csv").write_bytes(b"c,d\n")
    second = stack.create("file", {**body, "digest": digest_of(b"c,d\n")})
    assert first.id != second.id
    for note in upload_note.FOLDER.glob("*.json"):
        note.write_text("{", "utf-8")
    assert stack.create("file", second.record.desired).id not in {first.id, second.id}
