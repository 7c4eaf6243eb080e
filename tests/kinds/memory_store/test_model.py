from __future__ import annotations

from typing import Any, get_args

import pytest

from pulumi_managed_agents.api.write_only import SECRETS
from pulumi_managed_agents.kinds import MODELS, problems
from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.field import SecretName
from tests.kinds.definition_bodies import MEMORY_STORE


def found(*seeds: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What is said about a store with these seeds: field, message, severity."""
    body = {**MEMORY_STORE, "memories": list(seeds)}
    return [(one.field, one.message, one.severity) for one in problems("memory_store", body)]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("notes.md", "must be a path such as /notes/style.md", id="no slash"),
        pytest.param("/", "must be a path such as /notes/style.md", id="root"),
        pytest.param("/a//b.md", "must be a path such as /notes/style.md", id="empty part"),
        pytest.param("/a/../b.md", "must be a path such as /notes/style.md", id="dots"),
        pytest.param("/u\u0308.md", "must be in Unicode form NFC", id="not NFC"),
        pytest.param("/a\u200b.md", "must be in Unicode form NFC", id="invisible character"),
        pytest.param("/a" * 21, "has at most 20 parts", id="too deep"),
        pytest.param("/" + "a" * 1024, "has at most 20 parts and 1024 bytes", id="too long"),
    ],
)
def test_a_seed_stands_at_a_path_the_api_takes(path: str, message: str) -> None:
    """A path that can never work is an error at its place."""
    ((field, said, severity),) = found({"path": path, "content": "x"})
    assert (field, severity) == ("memories[0].path", "error")
    assert message in said


def test_two_seeds_at_one_path_are_an_error() -> None:
    """The second would never be written."""
    seed = {"path": "/a.md", "content": "x"}
    assert found(seed, seed) == [("memories[1].path", "another memory of this store is at this path already", "error")]


def test_a_long_seed_is_warned_about() -> None:
    """The limit counts bytes, and may move."""
    ((field, message, severity),) = found({"path": "/a.md", "content": "ü" * 60_000})
    assert (field, severity) == ("memories[0].content", "warning")
    assert "120,000 bytes" in message


def secret_places(model: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Where a model or an annotation takes a secret."""
    if model is SecretName:
        return {path}
    if isinstance(model, type) and issubclass(model, Body):
        parts = [(info.annotation, (*path, name)) for name, info in model.model_fields.items()]
    else:
        step = ("*",) if getattr(model, "__origin__", None) is list else ()
        parts = [(inner, (*path, *step)) for inner in get_args(model)]
    return {place for inner, where in parts for place in secret_places(inner, where)}


@pytest.mark.parametrize("kind", sorted(MODELS.keys() - {"vault"}))
def test_every_secret_of_a_model_is_known_by_its_place(kind: str) -> None:
    """What is not in the list would be sent as a name, and recorded in clear."""
    assert secret_places(MODELS[kind]) == set(SECRETS.get(kind, ()))
