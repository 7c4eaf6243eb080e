"""Names that are unique in a workspace: which one a program's object gets, and what is said where one is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.errors import ApiError
from pulumi_managed_agents.reconcile.mark import KEY

if TYPE_CHECKING:
    from tests.dynamic.provider_process import Props, Provider


def named(provider: Provider, news: Props, olds: Props | None = None) -> Any:
    answer = provider.entry.check(olds or {}, news)
    assert answer.failures == []
    return answer.inputs.get("name")


def test_a_name_that_a_program_leaves_out_carries_the_stack(provider: Provider) -> None:
    """So that two stacks can share a workspace; where a name need not be unique, none is made up."""
    assert named(provider, provider.declared("environment", "box")) == "box-dev"
    assert named(provider, provider.declared("environment", "acme:support:Desk::box")) == "box-dev"
    assert named(provider, provider.declared("environment", "box", name="own")) == "own"
    assert named(provider, provider.declared("vault", "crm", display_name="CRM")) is None


def test_what_is_recorded_or_adopted_is_not_renamed(provider: Provider) -> None:
    """An object that an earlier release named after its resource keeps that name, and the next up has nothing to do."""
    earlier = provider.create(provider.declared("environment", "box", name="box"))
    now = provider.declared("environment", "box")
    assert named(provider, now, earlier.inputs) == "box"
    assert provider.preview(earlier, provider.entry.check(earlier.inputs, now).inputs) is None
    now["__resource"]["adopt"] = earlier.id
    assert named(provider, now) == "box"


@pytest.mark.parametrize(
    ("metadata", "whose"),
    [
        pytest.param({KEY: "other/prod/sandbox"}, "which belongs to other/prod/sandbox; ", id="another stack"),
        pytest.param({}, "which no stack manages; ", id="nobody"),
    ],
)
def test_a_name_that_is_taken_says_whose_object_has_it(
    provider: Provider, metadata: dict[str, str], whose: str
) -> None:
    """And what to do, in the words of who reads it: one writes a program, another one files."""
    holder = provider.server.hand.beta.environments.create(name="box", metadata=metadata).id
    declared = provider.declared("environment", "box", name="box")
    in_a_program = "give this one another `name` in the program, or none, so that the stack is part of it"
    with pytest.raises(ApiError, match="environment 'box': ") as found:
        provider.create(declared)
    assert f"{holder} has the name 'box' in this workspace, {whose}{in_a_program}" in str(found.value)
    assert (f"adopt='{holder}'" in str(found.value)) == (not metadata)

    declared["__resource"]["file"] = "stacks/dev/environments/box.yaml"
    with pytest.raises(ApiError, match=r"another `name` in stacks/dev/environments/box\.yaml, or by `overrides`"):
        provider.create(declared)


def test_a_new_name_that_is_taken_is_reported_alike(provider: Provider) -> None:
    """Also by an archived object, which keeps its name."""
    environments = provider.server.hand.beta.environments
    gone = environments.create(name="taken").id
    environments.archive(gone)
    mine = provider.create(provider.declared("environment", "box", name="box"))
    with pytest.raises(ApiError, match=f"{gone} has the name 'taken' in this workspace, which is archived"):
        provider.up(mine, provider.declared("environment", "box", name="taken"))
