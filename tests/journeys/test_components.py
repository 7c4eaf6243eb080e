from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.reconcile.mark import KEY
from tests.journeys.journey_server import KEY as API_KEY
from tests.journeys.journey_server import emulator
from tests.journeys.journey_stack import needs_pulumi
from tests.journeys.journey_stage import FILES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.journey_server import Server
    from tests.journeys.journey_stack import Stack

pytestmark = needs_pulumi

EVERYTHING = """\
import pulumi

from pulumi_managed_agents import Agent, Credential, Deployment, Environment, File, MemoryStore, Skill, Vault

Options = pulumi.ResourceOptions
HELLO = [{"type": "user.message", "content": [{"type": "text", "text": "Sum up."}]}]
AUTH = {"type": "static_bearer", "mcp_server_url": "https://mcp.crm.example/sse", "token": "a-token-of-ours"}


def everything(label, opts):
    skill = Skill("notes", directory="notes", display_name=f"{label} notes", opts=opts)
    box = Environment("triage", name=f"{label}-box", opts=opts)
    triage = Agent("triage", model="claude-haiku-5-5", system="gently", skills=[skill], opts=opts)
    lead = Agent("lead", model="claude-opus-5-5", multiagent={"type": "coordinator", "agents": [triage]}, opts=opts)
    vault = Vault("crm", opts=opts)
    Credential("crm", vault=vault, auth=AUTH, opts=opts)
    memory = MemoryStore("memory", memories=[{"path": "/style.md", "content": "Be brief."}], opts=opts)
    prices = File("prices", file="prices.csv", opts=opts)
    mounted = [
        {"type": "memory_store", "memory_store_id": memory},
        {"type": "file", "file_id": prices, "mount_path": "prices.csv"},
    ]
    use = {"environment_id": box, "resources": mounted, "vault_ids": [vault]}
    Deployment("nightly", agent=lead, initial_events=HELLO, **use, opts=opts)


class Desk(pulumi.ComponentResource):
    def __init__(self, label, opts=None, aliases=None):
        super().__init__("acme:support:Desk", label, None, opts)
        everything(label, Options(parent=self, aliases=aliases))
        self.register_outputs({})


class Team(pulumi.ComponentResource):
    def __init__(self, label, opts=None):
        super().__init__("acme:support:Team", label, None, opts)
        Desk(f"{label}-desk", Options(parent=self))
        Agent("triage", model="claude-haiku-5-5", opts=Options(parent=self))
        self.register_outputs({})


"""
TEAMS = f"""{EVERYTHING}
team = Team("day")
night = Desk("night", Options(depends_on=[team]))
Agent("triage", model="claude-haiku-5-5", opts=Options(depends_on=[night]))
"""
IN_ONE_DESK = [
    *("Agent::lead", "Agent::triage", "Credential::crm", "Deployment::nightly", "Environment::triage"),
    *("File::prices", "MemoryStore::memory", "Skill::notes", "Vault::crm"),
]
IN_TEAMS = {
    *(f"{desk}${one}" for desk in ("acme:support:Team$acme:support:Desk", "acme:support:Desk") for one in IN_ONE_DESK),
    *("acme:support:Team$Agent::triage", "Agent::triage", "Workspace::workspace"),
}
OUTSIDE = f'{EVERYTHING}\neverything("desk", Options())\n'
INSIDE = f'{EVERYTHING}\nDesk("desk", aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])\n'
NAMESAKES = """\
Skill("notes", directory="notes", display_name="desk notes")
Environment("triage", name="another-box")
Agent("triage", model="claude-haiku-5-5")
Vault("crm")
MemoryStore("memory")
File("prices", file="prices.csv")
"""
OUTSIDE_AGAIN = f"""{EVERYTHING}
was = pulumi.create_urn("desk", "acme:support:Desk")
everything("desk", Options(aliases=[pulumi.Alias(parent=was)]))
"""


def declare(stack: Stack, program: str) -> None:
    stack.write("notes/SKILL.md", FILES["skills/notes/SKILL.md"])
    stack.write("prices.csv", "a,b\n")
    stack.write("__main__.py", program)


def ids(stack: Stack) -> dict[str, str]:
    """The ids of the stack's objects by URN; a component's type is no part of it."""
    return {urn: one["id"] for urn, one in stack.by_urn().items()}


def test_components_hold_every_kind_of_resource(stack: Stack, server: Server, tmp_path: Path) -> None:
    """Nested, with namesakes, depending on each other: made once, then the same; each finds its own object again.

    The objects are those of the stack, no orphans of it, although several share a name.
    """
    declare(stack, TEAMS)
    before = stack.copy_to(tmp_path / "before")
    assert stack.up_with_preview().succeeded().tally == {"created": len(IN_TEAMS) + 4}
    made = ids(stack)
    assert made.keys() == IN_TEAMS
    assert len({*made.values()}) == len(IN_TEAMS)
    inside_desk = stack.by_urn()["acme:support:Team$acme:support:Desk$Agent::triage"]
    assert "__main__.py" in inside_desk["sourcePosition"]

    server.writes()
    assert stack.up().succeeded().tally == {"unchanged": len(IN_TEAMS) + 4}
    assert server.writes() == []
    assert stack.managed_agents("orphans", "dev").succeeded().says("no orphans")

    before.up().succeeded()
    again = ids(before)
    assert {urn for urn, id in again.items() if made[urn] != id} == {urn for urn in made if "File::" in urn}


def test_resources_move_into_and_out_of_a_component(stack: Stack, server: Server) -> None:
    """By aliases, without a write; what then takes an old name gets an object of its own."""
    declare(stack, OUTSIDE)
    stack.up().succeeded()
    made = ids(stack)
    server.writes()
    declare(stack, INSIDE)
    assert stack.up().succeeded().tally == {"created": 1, "unchanged": len(made) + 1}
    inside = {urn if urn.startswith("Workspace") else f"acme:support:Desk${urn}": id for urn, id in made.items()}
    assert ids(stack) == inside
    assert server.writes() == []

    edited = INSIDE.replace("gently", "firmly")
    declare(stack, edited + NAMESAKES)
    assert stack.up().succeeded().tally == {"created": 6, "updated": 3, "unchanged": len(made) - 1}
    both = ids(stack)
    assert inside.items() <= both.items()
    assert len({*both.values()}) == len(inside) + 6
    agent = server.hand.beta.agents.retrieve(inside["acme:support:Desk$Agent::triage"])
    assert (agent.version, agent.metadata) == (2, {KEY: "journey/dev/acme:support:Desk::triage"})

    declare(stack, edited)
    stack.up().succeeded()
    server.writes()
    declare(stack, OUTSIDE_AGAIN.replace("gently", "firmly"))
    assert stack.up().succeeded().tally == {"deleted": 1, "unchanged": len(made) + 1}
    assert (ids(stack), server.writes()) == (made, [])


PROVIDERS = f"""{EVERYTHING}
from pulumi_managed_agents import Provider, get_agent


class Branch(pulumi.ComponentResource):
    def __init__(self, place, key, opts=None):
        super().__init__(f"acme:support:{{place}}", place, None, opts)
        own = Provider("own", api_key=key, opts=Options(parent=self))
        desk = Desk(place, Options(parent=self, providers=[own]))
        billing = get_agent(name="billing", opts=pulumi.InvokeOptions(parent=desk))
        Agent.get("billing", billing.id, Options(parent=desk))
        into = lambda args: pulumi.ResourceTransformResult(args.props, Options.merge(args.opts, Options(provider=own)))
        Agent("moved", model="claude-haiku-5-5", opts=Options(parent=self, transforms=[into]))


Branch("Europe", "key-of-europe")
Branch("America", "key-of-america")
Agent("triage", model="claude-haiku-5-5")
"""


def test_components_with_providers_of_their_own(stack: Stack, tmp_path: Path) -> None:
    """Each component's children are in the workspace of the provider that they inherit, or get by a transform.

    What is looked up is, too. No provider's key is in the state, and the refusal of another workspace's names it.
    """
    declare(stack, PROVIDERS)
    places = {"key-of-europe": "wrkspc_01Europe", "key-of-america": "wrkspc_01America", API_KEY: "wrkspc_01Home"}
    del stack.env["ANTHROPIC_API_KEY"]  # which would be every provider's
    stack.configure(apiKey=API_KEY)
    with emulator(tmp_path / "data", **places) as server:
        stack.env["ANTHROPIC_BASE_URL"] = server.url
        for place in ("Europe", "America"):
            branch = server.hand.with_options(api_key=f"key-of-{place.lower()}")
            branch.beta.agents.create(name="billing", model="claude-haiku-5-5", system=f"In {place}.")
        stack.up_with_preview().succeeded()
        server.writes()
        made = stack.by_urn()
        billing = {place: f"acme:support:{place}$acme:support:Desk$Agent::billing" for place in ("Europe", "America")}
        assert {place: made[urn]["outputs"]["system"] for place, urn in billing.items()} == {
            place: f"In {place}." for place in billing
        }
        assert "key-of-" not in stack.export()
        for place, count in [("Europe", 4), ("America", 4), ("", 1)]:
            key = f"key-of-{place.lower()}" if place else API_KEY
            agents = list(server.hand.with_options(api_key=key).beta.agents.list())
            prefix = f"acme:support:{place}$" if place else "Agent::"
            stated = {one["id"] for urn, one in made.items() if urn.startswith(prefix) and "Agent::" in urn}
            assert len(agents) == count
            assert {one.id for one in agents} == stated
        tally = stack.up().succeeded().tally
        assert ([*tally], server.writes()) == (["unchanged"], [])
        stack.refresh().succeeded()
        declare(stack, PROVIDERS.replace("key-of-europe", "key-of-america"))
        lives = "what provider 'own' manages lives in workspace wrkspc_01Europe"
        stack.preview().stopped(lives, "(api_key of provider 'own') belongs to wrkspc_01America")
        assert server.writes() == []
