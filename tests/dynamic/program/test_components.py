"""What a program's resources tell the provider of themselves, wherever in the program's components they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_managed_agents import (
    Agent,
    Credential,
    Deployment,
    Environment,
    File,
    MemoryStore,
    Provider,
    Skill,
    Vault,
    inputs,
)
from pulumi_managed_agents.errors import InputError
from tests.dynamic.mocked_program import PREFIX, Registered, registered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Options = pulumi.ResourceOptions
HELLO: list[inputs.UserMessageArgsDict] = [{"type": "user.message", "content": [{"type": "text", "text": "Sum up."}]}]
AUTH: inputs.StaticBearerArgsDict = {
    "type": "static_bearer",
    "mcp_server_url": "https://mcp.crm.example/sse",
    "token": "a-token",
}


class Desk(pulumi.ComponentResource):
    """An agent and an environment of one name."""

    def __init__(self, name: str, opts: Options | None = None, kind: str = "Desk") -> None:
        super().__init__(f"acme:support:{kind}", name, None, opts)
        self.skill = Skill("style", directory="notes", opts=Options(parent=self))
        self.triage = Agent("triage", model="m", skills=[self.skill], opts=Options(parent=self))
        self.box = Environment("triage", opts=Options(parent=self))
        self.register_outputs({})


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/SKILL.md").write_text("---\nname: notes\ndescription: How to.\n---\nSo.\n", encoding="utf-8")
    (tmp_path / "prices.csv").write_text("a,b\n", encoding="utf-8")


def named(found: list[Registered], title: str, name: str = "triage") -> list[Registered]:
    return [one for one in found if (one.title, one.name) == (title, name)]


def everything(opts: Options) -> None:
    """One resource of each class."""
    skill = Skill("style", directory="notes", opts=opts)
    box = Environment("box", opts=opts)
    agent = Agent("triage", model="m", skills=[skill], opts=opts)
    vault = Vault("crm", opts=opts)
    Credential("token", vault=vault, auth=AUTH, opts=opts)
    store = MemoryStore("memory", opts=opts)
    prices = File("prices", file="prices.csv", opts=opts)
    Deployment(
        "nightly",
        agent=agent,
        environment_id=box,
        initial_events=HELLO,
        resources=[{"type": "memory_store", "memory_store_id": store}, {"type": "file", "file_id": prices}],
        vault_ids=[vault],
        opts=opts,
    )


def in_a_component() -> None:
    everything(Options(parent=pulumi.ComponentResource("acme:support:Desk", "desk")))


def test_every_class_can_be_a_child_of_a_component() -> None:
    """What a child is told of itself differs from what it is outside by the component's type alone."""
    outside = [one for one in registered(lambda: everything(Options())) if one.title != "Workspace"]
    inside = [one for one in registered(in_a_component) if one.title not in {"Workspace", "acme:support:Desk"}]

    assert len(outside) == len(inside) == 8
    for one in outside:
        (child,) = named(inside, one.title, one.name)
        names = {path: f"acme:support:Desk::{used}" for path, used in one.about.get("uses", {}).items()}
        about = {"name": f"acme:support:Desk::{one.name}", "mark": f"shop/dev/acme:support:Desk::{one.name}"}
        assert one.about["mark"] == f"shop/dev/{one.name}"
        assert child.about == {**one.about, **about, **({"uses": names} if "uses" in one.about else {})}
        assert {**child.inputs, "__resource": one.about} == one.inputs


def test_a_mark_tells_apart_what_a_urn_tells_apart() -> None:
    """Children of one name in components of two types, and beside them, have marks of their own."""

    def program() -> None:
        day, night = Desk("day"), Desk("night", kind="Night")
        Agent("triage", model="m", opts=Options(depends_on=[day, night]))
        Agent("triage", model="m", opts=Options(parent=night.skill))

    found = registered(program)
    agents = {one.about["mark"] for one in named(found, "Agent")}
    names = ["acme:support:Desk::triage", "acme:support:Night::triage", "triage"]
    inside_a_skill = f"acme:support:Night${PREFIX}Skill::triage"
    assert agents == {f"shop/dev/{name}" for name in (*names, inside_a_skill)}
    assert {one.about["mark"] for one in named(found, "Environment")} == {f"shop/dev/{name}" for name in names[:2]}


def test_what_depends_on_a_component_depends_on_its_children() -> None:
    """`depends_on` reaches the resources in it, as for any provider's."""
    found = registered(lambda: Agent("last", model="m", opts=Options(depends_on=[Desk("day")])))
    (last,) = named(found, "Agent", "last")
    inside = {need.rpartition(PREFIX)[2] for need in last.needs if f"acme:support:Desk${PREFIX}" in need}
    assert inside == {"Agent::triage", "Environment::triage", "Skill::style"}


def own(name: str, parent: pulumi.Resource | None = None) -> Provider:
    return Provider(name, api_key=f"key-of-{name}", opts=Options(parent=parent))


def set_by_a_transform() -> None:
    """A transform of the program gives every agent its provider."""
    provider = own("eu")

    def given(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        return pulumi.ResourceTransformationResult(args.props, Options.merge(args.opts, Options(provider=provider)))

    Agent("triage", model="m", opts=Options(transformations=[given]))


def nested_provider() -> None:
    """Two components, each with a provider of its own, which have one name."""
    for kind in ("Day", "Night"):
        component = pulumi.ComponentResource(f"acme:support:{kind}", kind)
        Agent("triage", model="m", opts=Options(parent=component, provider=own("eu", component)))


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(lambda: Agent("triage", model="m", opts=Options(provider=own("eu"))), id="provider"),
        pytest.param(lambda: Agent("triage", model="m", opts=Options(providers=[own("eu")])), id="providers"),
        pytest.param(lambda: Desk("day", Options(provider=own("eu"))), id="of the component"),
        pytest.param(lambda: Desk("day", Options(providers=[own("eu")])), id="among those of the component"),
        pytest.param(lambda: Desk("day", Options(providers={"pulumi-python": own("eu")})), id="by package"),
        pytest.param(
            lambda: Desk(
                "day", Options(parent=pulumi.ComponentResource("a:b:C", "c", None, Options(provider=own("eu"))))
            ),
            id="of an outer component",
        ),
        pytest.param(
            lambda: Agent("triage", model="m", opts=Options(parent=Vault("v", opts=Options(provider=own("eu"))))),
            id="of a resource",
        ),
        pytest.param(nested_provider, id="two of one name"),
        pytest.param(set_by_a_transform, id="set by a transform"),
        pytest.param(
            lambda: Agent("triage", model="m", opts=Options(provider=pulumi.ProviderResource("pulumi-python", "eu"))),
            id="made by hand",
        ),
    ],
)
def test_a_resource_is_in_the_workspace_of_its_provider(program: Callable[[], object]) -> None:
    """However it comes by its provider, its workspace is the one that this very provider has found."""
    found = registered(program)
    agents = named(found, "Agent")
    assert agents
    for one in agents:
        assert "pulumi:providers:pulumi-python::eu::" in one.provider
        assert one.about["workspace"] == f"of {one.provider}"
    assert {one.provider for one in found if one.title == "Workspace"} == {one.provider for one in agents}


def test_a_provider_is_told_what_it_is_given_and_keeps_it_secret() -> None:
    """The credential is a secret, and each setting has the name that it has in a stack; another name is refused."""

    def program() -> None:
        given = {"base_url": "https://api.example", "workspace_id": "wrkspc_eu", "config": {"onDrift": "fail"}}
        provider = Provider("eu", api_key="key-of-eu", **given)  # type: ignore[arg-type]
        assert set(provider.settings) == {"apiKey", "baseUrl", "workspace", "onDrift"}
        with pytest.raises(InputError, match="'onDrfit' is not a setting; did you mean 'onDrift'"):
            Provider("us", config={"onDrfit": "fail"})

    (provider,) = registered(program)
    inputs = {key.partition(":")[2]: value for key, value in provider.inputs.items()}
    key = inputs.pop("apiKey")
    assert inputs == {"baseUrl": "https://api.example", "workspace": "wrkspc_eu", "onDrift": "fail", "provider": "eu"}
    assert pulumi.runtime.rpc.is_rpc_secret(key)
    assert pulumi.runtime.rpc.unwrap_rpc_secret(key) == "key-of-eu"


def test_outputs_have_the_form_in_which_they_were_declared() -> None:
    """Texts and objects alike, lists and nested ones: Pulumi converts outputs by the types that a class declares."""
    seen: dict[str, Any] = {}

    def program() -> None:
        skill = Skill("style", directory="notes")
        agent = Agent("a", model={"id": "m"}, tools=[{"type": "agent_toolset_20260401"}], skills=[skill])
        plain = Agent("b", model="m", metadata={"team": "orders"})
        box = Environment("box", config={"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["a"]}})
        run = Deployment("run", agent=agent, environment_id=box, initial_events=HELLO, vault_ids=["vlt_1"])
        bare = Deployment("bare", agent="agent_1", environment_id="env_1", initial_events=HELLO)
        objects = pulumi.Output.all(agent.model, agent.tools, box.config, run.agent)
        texts = pulumi.Output.all(plain.model, plain.metadata, bare.agent, run.vault_ids, skill.version)
        pulumi.Output.all(objects=objects, texts=texts).apply(seen.update)

    registered(program)
    pinned = {"type": "agent", "id": "a-id", "version": 1}
    networking = {"type": "limited", "allowed_hosts": ["a"]}
    config = {"type": "cloud", "networking": networking}
    assert seen["objects"] == [{"id": "m"}, [{"type": "agent_toolset_20260401"}], config, pinned]
    assert seen["texts"] == ["m", {"team": "orders"}, "agent_1", ["vlt_1"], 1]


def test_programs_that_are_tested_one_after_the_other_share_nothing() -> None:
    """Each registers what it needs, whichever ran before it in the same process and context."""
    alone, after = registered(lambda: Desk("day")), registered(lambda: Desk("night"), lambda: Desk("day"))
    assert sorted((one.title, one.name) for one in alone) == sorted((one.title, one.name) for one in after)


def test_a_resource_stands_where_the_program_declares_it() -> None:
    """Pulumi is told a line of the program, not one of this package."""
    found = registered(lambda: Desk("day"))
    assert {one.line.partition(":")[0] for one in found if one.title in {"Agent", "Skill", "Environment"}} == {
        "test_components.py"
    }
