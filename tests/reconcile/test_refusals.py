from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.api import Client, Settings
from pulumi_managed_agents.errors import ApiError, Unreachable
from pulumi_managed_agents.reconcile.context import Context
from pulumi_managed_agents.reconcile.live import LiveCache

if TYPE_CHECKING:
    from tests.kinds.emulated_stack import EmulatedStack


def test_a_model_that_only_the_server_knows_to_be_wrong_is_reported_by_its_field(stack: EmulatedStack) -> None:
    """No list of ours decides which models there are; what the API says comes back as one line with the request id."""
    stack.switch(unknown_model="refuse")
    with pytest.raises(ApiError) as caught:
        stack.create("agent", {"name": "triage", "model": "claude-nope"})
    assert str(caught.value).startswith("the API answered 400 invalid_request_error: model.id: 'claude-nope' is not")
    assert str(caught.value).endswith(f"(request {caught.value.request_id})")
    assert caught.value.request_id.startswith("req_")
    assert "\n" not in str(caught.value)


def test_a_host_that_cannot_be_reached_is_reported_in_one_line(stack: EmulatedStack) -> None:
    """Where the API is not, the line names the place and what says so."""
    client = Client(Settings("http://127.0.0.1:1", {"x-api-key": "key"}, "ANTHROPIC_API_KEY"), backoff=0)
    with pytest.raises(Unreachable, match=r"^no answer from http://127\.0\.0\.1:1: .*managed-agents:baseUrl") as caught:
        stack.create("agent", {"name": "a", "model": "claude-opus-5-5"}, context=Context(client, LiveCache(client)))
    assert "\n" not in str(caught.value)
    client.close()
