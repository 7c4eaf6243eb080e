"""Every method of the official SDK: who may call it, and what it answers, which `sdk_answers` checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anthropic
import pytest

from tests.emulator.sdk_answers import check_answer
from tests.emulator.sdk_calls import CALLS, GENERALLY_AVAILABLE, NOT_SERVED, OWNED, SERVED, methods

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx2

    from tests.emulator.sdk_world import World

GATED = [name for name in CALLS if not name.removeprefix("beta.").startswith(("skills.", "files.", "models."))]
EVERY = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(scope="module")
def ungated(world: World) -> Iterator[anthropic.Anthropic]:
    """A client of the world's workspace that sends no beta header."""

    def strip(request: httpx2.Request) -> None:
        request.headers.pop("anthropic-beta", None)

    hooks = anthropic.DefaultHttpxClient(event_hooks={"request": [strip], "response": [check_answer]})
    with world.api.with_options(http_client=hooks) as client:
        yield client


def test_every_method_is_called_or_left_out_for_a_reason(world: World) -> None:
    """A newer SDK with another method fails here, and nothing is left out that no longer exists."""
    beta = {name: list(methods(getattr(world.api.beta, name), f"beta.{name}")) for name in (*SERVED, *NOT_SERVED)}
    others = [name for kind in GENERALLY_AVAILABLE for name in methods(getattr(world.api, kind), kind)]
    assert {*others, *(name for kind in SERVED for name in beta[kind])} == set(CALLS)
    resources = {name.split(".")[1] for name in methods(world.api.beta, "beta")}
    assert resources == {*SERVED, *NOT_SERVED}


@EVERY
def test_every_method_gets_an_answer_of_its_type(world: World, name: str) -> None:
    """The answer has exactly the fields of the SDK's type, each of its type."""
    assert CALLS[name](world.api, world) is not None or name.endswith("poll")


@pytest.mark.parametrize("name", OWNED)
def test_nobody_sees_an_object_of_another_workspace(world: World, stranger: anthropic.Anthropic, name: str) -> None:
    """Whatever names an object is a 404 outside of its workspace."""
    with pytest.raises(anthropic.NotFoundError) as refusal:
        OWNED[name](stranger, world)
    assert refusal.value.type == "not_found_error"


@EVERY
def test_every_method_needs_a_key(world: World, connect: Callable[..., anthropic.Anthropic], name: str) -> None:
    """A key that nobody knows is a 401."""
    with pytest.raises(anthropic.AuthenticationError) as refusal:
        CALLS[name](connect("unknown"), world)
    assert refusal.value.type == "authentication_error"


@pytest.mark.parametrize("name", GATED)
def test_a_gated_path_without_its_beta_is_no_route(world: World, ungated: anthropic.Anthropic, name: str) -> None:
    """What is in beta answers 404 without the header, with any key."""
    with pytest.raises(anthropic.NotFoundError):
        CALLS[name](ungated, world)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - set(GATED)))
def test_what_is_generally_available_needs_no_beta(world: World, ungated: anthropic.Anthropic, name: str) -> None:
    """Skills, files and models answer without a beta header."""
    assert CALLS[name](ungated, world) is not None
