"""What a provider process remembers of one resource is never taken for another's, whatever names they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import Refused
from pulumi_managed_agents.review.plan_files import VARIABLE, collect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dynamic.provider_process import Props, Provider

MODEL = "claude-haiku-5-5"
NAMESAKES = [
    pytest.param(("agent", "triage"), ("environment", "triage"), id="kinds"),
    pytest.param(("agent", "acme:support:Day::triage"), ("agent", "acme:support:Night::triage"), id="components"),
    pytest.param(("agent", "triage"), ("agent", "acme:support:Day::triage"), id="beside a component"),
]


def body(kind: str, **more: str) -> Props:
    return {"name": "Triage", **({"model": MODEL} if kind == "agent" else {}), **more}


def changed(provider: Provider, kind: str, id: str) -> None:
    """Somebody else writes a description."""
    hand = provider.server.hand.beta
    if kind == "agent":
        hand.agents.update(id, version=1, description="By hand.")
    else:
        hand.environments.update(id, description="By hand.")


@pytest.mark.parametrize(("one", "other"), NAMESAKES)
def test_a_refresh_of_one_answers_for_none_but_it(
    provider: Provider, one: tuple[str, str], other: tuple[str, str]
) -> None:
    """Both are refreshed, in whatever order, without an error; each tells its own, and both are refused then."""
    provider.configure(onDrift="fail")
    made = [
        provider.create(provider.declared(kind, name, **body(kind, description="Ours."))) for kind, name in (one, other)
    ]
    for (kind, _), resource in zip((one, other), made, strict=True):
        changed(provider, kind, resource.id)
    provider.restart()
    for resource in made:
        provider.read(resource)
    for resource in made:
        assert provider.entry.diff(resource.id, resource.outputs, resource.inputs).changes
    for resource in made:
        with pytest.raises(Refused, match="description"):
            provider.plan(resource, resource.inputs)


def test_an_edit_is_seen_where_the_engine_asks_nothing_after_a_refresh(provider: Provider) -> None:
    """Engines that do not ask then ask next about the program, also where the resource has moved meanwhile."""
    made = provider.create(provider.declared("agent", "triage", **body("agent", system="One.")))
    provider.read(made)
    moved = provider.declared("agent", "acme:support:Day::triage", **body("agent", system="Two."))
    assert provider.plan(made, moved).changes


@pytest.mark.parametrize(("one", "other"), [NAMESAKES[1], NAMESAKES[2]])
def test_a_warning_is_shown_for_each_resource(
    provider: Provider, one: tuple[str, str], other: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Once for each, by the name that tells it from the other, however often it is checked."""
    for _ in range(2):
        for kind, name in (one, other):
            provider.entry.check({}, provider.declared(kind, name, **body(kind, modle="m")))
    output = capsys.readouterr().out.splitlines()
    assert [line.partition(": warning")[0] for line in output] == [f"agent '{name}'" for _, name in (one, other)]


@pytest.mark.parametrize(("one", "other"), NAMESAKES)
def test_each_resource_has_a_plan_record(
    provider: Provider, one: tuple[str, str], other: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is recorded for one does not replace what was recorded for the other."""
    folder = tmp_path / "records"
    folder.mkdir()
    monkeypatch.setenv(VARIABLE, str(folder))
    for kind, name in (one, other):
        provider.entry.check({}, provider.declared(kind, name, **body(kind)))
    assert [(found.kind, found.name) for found in collect(folder).resources] == sorted([one, other])


TESTS: Props = {"__resource": {"kind": "smoke tests", "name": "smoke-tests", "stage": "dev"}, "tests": {}, "agents": {}}
PASSED = {"passed": True, "finished_at": "2027-01-01T00:00:00+00:00", "cost_usd": 0.01}


def release(agent: str) -> Props:
    """A stage with one agent and one test of it, which passed."""
    about = {"kind": "release", "name": "release", "project": "shop", "stack": "dev", "stage": "dev"}
    root = {"digest": "d", "effective": {}, "effective_digest": "e", "tests": {"hello": "t"}, "members": [agent]}
    version = {agent: {"id": "agent_1", "version": 1}}
    given = {"roots": {agent: root}, "results": {"hello": PASSED}, "agents": version, "pins": version}
    return {"__resource": {**about, "kinds": {agent: "agent"}}, **given}


@pytest.mark.parametrize(
    ("seen", "tests", "issued"),
    [
        pytest.param(("agent", "agents/triage"), True, ["agents/triage"], id="all"),
        pytest.param(("environment", "agents/triage"), True, [], id="another kind"),
        pytest.param(("agent", "acme:support:Day::agents/triage"), True, [], id="a component's"),
        pytest.param(("agent", "agents/triage"), False, [], id="no tests"),
    ],
)
def test_a_receipt_needs_the_very_resources_that_it_is_about(
    provider: Provider, seen: tuple[str, str], tests: bool, issued: list[str]
) -> None:
    """A namesake of an agent that this run left out proves nothing, nor does an agent that is called as the tests."""
    kind, name = seen
    provider.create(provider.declared(kind, name, **body(kind)))
    provider.create(TESTS if tests else provider.declared("agent", "smoke-tests", **body("agent")))
    assert list(provider.create(release("agents/triage")).outputs["receipts"]) == issued
