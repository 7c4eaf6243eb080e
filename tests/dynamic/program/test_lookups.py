"""What a program finds of others' objects: in unit tests, in a run against an API, and as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_managed_agents import (
    Agent,
    Deployment,
    Skill,
    get_agent,
    get_agent_output,
    get_environment_output,
    get_models,
    get_skill,
    get_vault,
    inputs,
)
from pulumi_managed_agents.errors import InputError
from tests.dynamic.mocked_program import PREFIX, Registered, registered
from tests.dynamic.trial_program import trial_program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.dynamic.provider_process import Provider

HELLO: list[inputs.UserMessageArgsDict] = [{"type": "user.message", "content": [{"type": "text", "text": "Sum up."}]}]
ANSWERS: dict[str, dict[str, Any]] = {
    f"{PREFIX}getAgent": {"id": "agent_1", "name": "triage", "version": 7},
    f"{PREFIX}getEnvironment": {"id": "env_1", "name": "box"},
    f"{PREFIX}getSkill": {"id": "xlsx", "source": {"type": "anthropic"}, "latest_version_id": "20251013"},
    f"{PREFIX}getVault": {"id": "vlt_1", "display_name": "crm"},
    f"{PREFIX}getModels": {"models": [{"id": "claude-haiku-5-5", "display_name": "Haiku"}]},
}


def named(found: list[Registered], title: str) -> Registered:
    (one,) = [one for one in found if one.title == title]
    return one


def test_what_is_looked_up_stands_for_a_resource() -> None:
    """Plain or as an Output: with its version where the API wants one, and as its bare id elsewhere."""

    def program() -> None:
        triage = get_agent(name="triage")
        assert (triage.id, triage.name, triage.version) == ("agent_1", "triage", 7)
        roster: inputs.CoordinatorArgsDict = {"type": "coordinator", "agents": [get_agent_output(id="agent_1"), triage]}
        skills: list[Any] = [get_skill(id="xlsx"), {"type": "custom", "skill_id": "skill_2", "version": "1"}]
        Agent("lead", model=get_models()[0], skills=skills, multiagent=roster)
        box, crm = get_environment_output(name="box"), get_vault(name="crm")
        Deployment("nightly", agent=triage, environment_id=box, vault_ids=[crm], initial_events=HELLO)

    found = registered(program, answers=ANSWERS)

    pinned = {"type": "agent", "id": "agent_1", "version": 7}
    lead, nightly = named(found, "Agent").inputs, named(found, "Deployment").inputs
    assert lead["model"] == "claude-haiku-5-5"
    assert lead["multiagent"]["agents"] == [pinned, pinned]
    assert lead["skills"][0] == {"type": "anthropic", "skill_id": "xlsx", "version": "20251013"}
    assert (nightly["agent"], nightly["environment_id"], nightly["vault_ids"]) == (pinned, "env_1", ["vlt_1"])


def test_a_resource_of_somebody_else_is_read_and_not_made() -> None:
    """`get` asks for an id in the workspace of its provider, and other resources can refer to what it found."""

    def program() -> None:
        triage, notes = Agent.get("triage", "agent_9"), Skill.get("notes", "skill_9")
        Agent("lead", model="m", skills=[notes], multiagent={"type": "coordinator", "agents": [triage]})

    found = registered(program)

    assert [one.name for one in found if one.title in {"Agent", "Skill"}] == ["lead"]
    lead = named(found, "Agent").inputs
    assert lead["multiagent"]["agents"] == [{"type": "agent", "id": "agent_9", "version": 1}]
    assert lead["skills"] == [{"type": "custom", "skill_id": "skill_9", "version": 1}]


@pytest.mark.parametrize("asked", [{}, {"id": "agent_1", "name": "triage"}])
def test_a_look_up_says_either_an_id_or_a_name(asked: dict[str, Any]) -> None:
    """Anything else is refused before anybody is asked."""
    with pytest.raises(pulumi.RunError, match="say either an id or a name"):
        registered(lambda: get_agent(**asked))


PROGRAM = """\
import pulumi
import pulumi_managed_agents as ma


def refused(look_up, **asked):
    try:
        return str(look_up(**asked))
    except pulumi.RunError as error:
        return str(error)


triage = ma.get_agent(name="triage")
pulumi.export("triage", [triage.id, triage.version, triage.fields["system"], triage.fields["metadata"]])
pulumi.export("by id", ma.get_agent(id=triage.id).name)
pulumi.export("skills", [ma.get_skill(name="notes").version, ma.get_skill(id="xlsx").reference()["type"]])
pulumi.export("others", [ma.get_vault(name="crm").id, ma.get_memory_store(name="memory").id])
pulumi.export("models", len(ma.get_models()))
pulumi.export("refused", [
    refused(ma.get_agent, name="twin"),
    refused(ma.get_agent, name="nobody"),
    refused(ma.get_agent, id="agent_nobody"),
    refused(ma.get_agent, id="%s"),
])
box = ma.Environment("box")
lead = ma.Agent("lead", model="claude-haiku-5-5", multiagent={"type": "coordinator", "agents": [triage]})
found = ma.get_agent_output(id=lead.id)
pulumi.export("lead", [found.version, found.fields["multiagent"]["agents"][0]["version"]])
after = pulumi.InvokeOutputOptions(depends_on=[box])
pulumi.export("box", ma.get_environment_output(name="box-dev", opts=after).id == box.id)
pulumi.export("same box", pulumi.Output.all(ma.get_environment_output(name="box-dev", opts=after).id, box.id))
"""


def test_a_program_finds_what_is_live(tmp_path: Path) -> None:
    """By id and by name, with its version, before an up and in the middle of one; what is not to be had is said so."""
    with trial_program(tmp_path) as program:
        server = program.server
        agents = server.hand.beta.agents
        triage = agents.create(name="triage", model="claude-haiku-5-5", system="Be kind.", metadata={"team": "orders"})
        agents.update(triage.id, version=1, system="Be brief.")
        twins = sorted(agents.create(name="twin", model="claude-haiku-5-5").id for _ in range(2))
        gone = agents.create(name="gone", model="claude-haiku-5-5").id
        agents.archive(gone)
        notes = server.hand.skills.create(
            files=[("notes/SKILL.md", b"---\nname: notes\ndescription: How to.\n---\nSo.\n")]
        )
        vault = server.hand.beta.vaults.create(display_name="crm")
        memory = server.hand.beta.memory_stores.create(name="memory")
        program.write({"__main__.py": PROGRAM % gone})
        program.succeeded("preview")
        output = program.succeeded("up").outputs

        assert output["triage"] == [triage.id, 2, "Be brief.", {"team": "orders"}]
        assert output["by id"] == "triage"
        assert output["skills"] == [notes.latest_version_id, "anthropic"]
        assert output["others"] == [vault.id, memory.id]
        assert output["models"] == len(list(server.hand.models.list()))
        several, none, no_id, archived = output["refused"]
        assert several.startswith("2 agents are called 'twin' in workspace wrkspc_emulator: " + ", ".join(twins))
        assert none == "no agent is called 'nobody' in workspace wrkspc_emulator"
        assert no_id == "there is no agent agent_nobody in workspace wrkspc_emulator"
        assert archived == f"agent {gone} is archived; nothing can use it any more"
        assert output["lead"] == [1, 2]
        assert len({*output["same box"]}) == 1


def test_a_resource_that_only_an_id_names_has_live_values(provider: Provider) -> None:
    """Whatever its reader wrote beside the id; a refresh follows what is live, and forgets what is archived."""
    live = provider.server.hand.beta.agents.create(name="triage", model="claude-haiku-5-5", system="Be kind.")
    written = provider.declared("agent", "other", system="Be rude.", description="Mine.", version=None)

    read = provider.entry.read(live.id, written)

    assert read.outs is not None
    assert (read.id, read.outs["system"], read.outs["name"], read.outs["version"]) == (live.id, "Be kind.", "triage", 1)
    assert read.outs["description"] is None
    provider.server.hand.beta.agents.update(live.id, version=1, system="Be brief.")
    provider.restart()
    again = provider.entry.read(live.id, read.outs)
    assert again.outs is not None
    assert (again.outs["system"], again.outs["version"]) == ("Be brief.", 2)
    provider.server.hand.beta.agents.archive(live.id)
    provider.restart()
    assert provider.entry.read(live.id, again.outs).id == ""
    with pytest.raises(InputError, match=f"agent {live.id} is archived"):
        provider.entry.read(live.id, written)
    with pytest.raises(InputError, match="environment env_none does not exist in workspace wrkspc_emulator"):
        provider.entry.read("env_none", provider.declared("environment", "box"))
