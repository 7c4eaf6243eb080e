"""Where `ignore_changes` names a place, live drift in it stays, in a preview and in an update of something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.dynamic.provider.ignored_changes import effective_places, parsed
from pulumi_managed_agents.kinds.registry import FACTS

if TYPE_CHECKING:
    from tests.dynamic.provider_process import Props, Provider

BUILT_IN: Props = {"type": "agent_toolset_20260401"}


def custom(description: str) -> Props:
    return {"type": "custom", "name": "x", "description": description, "input_schema": {"type": "object"}}


AGENT: Props = {
    "name": "Triage",
    "model": {"id": "claude-opus-5-5", "effort": "low"},
    "system": "Sort.",
    "description": "Sorts.",
    "tools": [BUILT_IN, custom("Does.")],
    "metadata": {"team": "orders", "cost.centre": "7"},
}
CLOUD: Props = {
    "type": "cloud",
    "networking": {"type": "limited", "allowed_hosts": ["a.com"], "allow_package_managers": True},
}
BOX: Props = {"name": "Triage", "description": "One.", "config": CLOUD, "metadata": {"team": "orders"}}
STORE: Props = {"name": "Triage", "description": "One.", "metadata": {"team": "orders"}}
VAULT: Props = {"display_name": "Triage", "metadata": {"team": "orders"}}

CASES = [
    ("agent", AGENT, ["system"], {"system": "By hand."}, {"description": "Ours."}),
    ("agent", AGENT, ["*"], {"system": "By hand.", "tools": []}, None),
    ("agent", AGENT, ["tools"], {"tools": []}, {"description": "Ours."}),
    ("agent", AGENT, ["tools[*]"], {"tools": [BUILT_IN]}, {"description": "Ours."}),
    ("agent", AGENT, ["tools[1].description"], {"tools": [BUILT_IN, custom("By hand.")]}, {"description": "Ours."}),
    ("agent", AGENT, ['tools["custom:x"]'], {"tools": [BUILT_IN, custom("By hand.")]}, {"description": "Ours."}),
    ("agent", AGENT, ["metadata.team"], {"metadata": {"team": "by hand"}}, {"description": "Ours."}),
    (
        "agent",
        AGENT,
        ['metadata["cost.centre"]'],
        {"metadata": {"cost.centre": "8"}},
        {"metadata": {"team": "others", "cost.centre": "7"}},
    ),
    (
        "agent",
        AGENT,
        ["model.effort"],
        {"model": {"id": "claude-opus-5-5", "effort": "high"}},
        {"model": {"id": "claude-opus-5-5", "effort": "low", "speed": "fast"}},
    ),
    (
        "agent",
        AGENT,
        ["tools[1].description"],
        {"tools": [BUILT_IN, custom("By hand.")]},
        {"tools": [{**BUILT_IN, "default_config": {"enabled": False}}, custom("Does.")]},
    ),
    ("environment", BOX, ["description"], {"description": "By hand."}, {"metadata": {"team": "others"}}),
    (
        "environment",
        BOX,
        ["config.networking"],
        {"config": {**CLOUD, "networking": {"type": "unrestricted"}}},
        {"config": {**CLOUD, "packages": {"pip": ["httpx"]}}},
    ),
    (
        "environment",
        {"name": "Triage", "config": {"type": "cloud"}},
        ["config.networking"],
        {"config": CLOUD},
        {"config": {"type": "cloud", "packages": {"pip": ["httpx"]}}},
    ),
    (
        "agent",
        {**AGENT, "tools": [BUILT_IN]},
        ["tools[0].configs"],
        {"tools": [{**BUILT_IN, "configs": [{"name": "bash", "enabled": False}]}]},
        {"tools": [BUILT_IN, custom("Ours.")]},
    ),
    ("environment", BOX, ["metadata"], {"metadata": {"team": "by hand"}}, {"description": "Ours."}),
    ("memory_store", STORE, ["description"], {"description": "By hand."}, {"name": "Other"}),
    ("memory_store", STORE, ["metadata.team"], {"metadata": {"team": "by hand"}}, {"description": "Ours."}),
    ("vault", VAULT, ["display_name"], {"display_name": "By hand."}, {"metadata": {"team": "others"}}),
]
IDS = [
    f"{kind} {' '.join(ignored)} {'beside ' + next(iter(edit)) if edit else ''}" for kind, _, ignored, _, edit in CASES
]


def live(provider: Provider, kind: str, id: str) -> dict[str, Any]:
    found: dict[str, Any] = getattr(provider.server.hand.beta, f"{kind}s").retrieve(id).to_dict()
    return found


def contains(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        found = {"id": found} if isinstance(found, str) else found
        return all(contains(found.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return bool(found) == bool(wanted) and all(map(contains, found, wanted))
    return bool(found == wanted) or (isinstance(found, dict) and found.get("type") == wanted)


@pytest.mark.parametrize("refreshed", [False, True], ids=["", "after a refresh"])
@pytest.mark.parametrize(("kind", "body", "ignored", "outside", "edit"), CASES, ids=IDS)
def test_what_is_ignored_stays_as_somebody_left_it(
    provider: Provider,
    kind: str,
    body: Props,
    ignored: list[str],
    outside: Props,
    edit: Props | None,
    *,
    refreshed: bool,
) -> None:
    """No preview announces to put it back, no policy stops for it, and an update of something else leaves it."""
    provider.configure(onDrift="fail")
    inputs = provider.declared(kind, "triage", **body)
    one = provider.create(inputs)
    moment = {"version": 1} if kind == "agent" else {}
    getattr(provider.server.hand.beta, f"{kind}s").update(one.id, **moment, **outside)
    if refreshed:
        assert provider.refresh(one, ignored) is None
    assert provider.preview(one, inputs, ignored) is None
    if edit is None:
        return
    edited = {**inputs, **edit}
    assert {path.split(".")[0].split("[")[0] for path in provider.preview(one, edited, ignored) or {}} == {*edit}
    provider.up(one, edited, ignored)
    now = live(provider, kind, one.id)
    assert contains(now, outside), now
    assert provider.preview(one, edited, ignored) is None


def test_the_option_taken_away_what_it_ignored_is_put_back(provider: Provider) -> None:
    """Also where an update of something else has been in between, which recorded it as it was."""
    inputs = provider.declared("agent", "triage", **AGENT)
    one = provider.create(inputs)
    provider.server.hand.beta.agents.update(one.id, version=1, system="By hand.")
    assert provider.preview(one, inputs) == {"system": "update"}
    provider.up(one, {**inputs, "description": "Ours."}, ["system"])
    assert one.outputs["system"] == "By hand."
    assert provider.preview(one, {**inputs, "description": "Ours."}) == {"system": "update"}
    provider.up(one, {**inputs, "description": "Ours."})
    assert live(provider, "agent", one.id)["system"] == "Sort."


def test_other_drift_is_reported_and_put_back(provider: Provider) -> None:
    """The option speaks for what it names alone."""
    inputs = provider.declared("agent", "triage", **AGENT)
    one = provider.create(inputs)
    provider.server.hand.beta.agents.update(one.id, version=1, system="By hand.", description="By hand.")
    assert provider.preview(one, inputs, ["system"]) == {"description": "update"}
    provider.up(one, inputs, ["system"])
    now = live(provider, "agent", one.id)
    assert (now["system"], now["description"]) == ("By hand.", "Sorts.")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("system", ("system",)),
        ("metadata.team", ("metadata", "team")),
        ('metadata["a.b"].c', ("metadata", "a.b", "c")),
        ('["a \\"b\\""]', ('a "b"',)),
        ("tools[0].name", ("tools", 0, "name")),
        ("tools[*].name", ("tools", "*", "name")),
        ("*", ("*",)),
    ],
)
def test_a_path_is_read_as_the_engine_does(text: str, steps: tuple[str | int, ...]) -> None:
    """Names, quoted keys, positions and wildcards."""
    assert parsed(text) == steps


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("tools[0].name", {("tools", "agent_toolset_20260401", "name")}),
        ("tools[*].name", {("tools", "agent_toolset_20260401", "name"), ("tools", "custom:x", "name")}),
        ("tools[*]", {("tools",)}),
        ("tools[7]", {("tools", "7")}),
        ("tools[0].configs[0].enabled", {("tools", "agent_toolset_20260401", "0", "enabled")}),
        ("tools[0].default_config", {("tools", "agent_toolset_20260401")}),
        ("multiagent.advisor", {("multiagent", "advisor")}),
        ('tools["custom:x"]', {("tools", "custom:x")}),
    ],
)
def test_a_place_is_found_in_the_effective_form(text: str, places: set[tuple[str, ...]]) -> None:
    """In which the entries of lists go by identity."""
    assert set(effective_places(FACTS["agent"].entries, AGENT, [text])) == places


def test_a_lone_wildcard_names_every_field() -> None:
    """Also those that the program leaves out."""
    assert {(name,) for name in (*AGENT, "skills")} <= set(effective_places(FACTS["agent"].entries, AGENT, ["*"]))
