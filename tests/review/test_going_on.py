"""A preview may go on where an up would stop; nothing else may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.dynamic import Entry
from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.review.plan_files import GO_ON_PAST_STOPS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda entry: entry.create({}), id="create"),
        pytest.param(lambda entry: entry.update("id", {}, {}), id="update"),
        pytest.param(lambda entry: entry.delete("id", {}), id="delete"),
    ],
)
def test_a_provider_that_passes_conflicts_over_writes_nothing(
    write: Callable[[Entry], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable that a preview sets may be left over in somebody's environment."""
    monkeypatch.setenv(GO_ON_PAST_STOPS, "1")
    with pytest.raises(Refused, match=GO_ON_PAST_STOPS):
        write(Entry())
