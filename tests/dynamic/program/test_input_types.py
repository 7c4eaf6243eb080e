"""The types of programs: what a type checker finds wrong in one, and what it takes."""

from __future__ import annotations

import inspect
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.reference_generator.input_types import source
from pulumi_managed_agents.dynamic.program import inputs
from pulumi_managed_agents.dynamic.program.deployed_stage import CLASSES

if TYPE_CHECKING:
    from pulumi_managed_agents.dynamic.program.resource import ManagedResource

ROOT = Path(__file__).parents[3]
WRONG = "  # wrong"
GOOD = """\
import pulumi

from pulumi_managed_agents import Agent, Credential, Deployment, Environment, File, MemoryStore, Skill, Vault
from pulumi_managed_agents import get_agent, get_environment_output, get_models, get_skill, inputs

skill = Skill("notes", directory="notes")
policy: inputs.PermissionPolicyArgsDict = {"type": "always_ask"}
toolset: inputs.AgentToolsetArgsDict = {
    "type": "agent_toolset_20260401",
    "configs": [{"name": "bash", "permission_policy": policy}],
}
triage = Agent(
    "triage",
    model={"id": "claude-haiku-5-5", "effort": "high"},
    system=pulumi.Output.concat("Be ", "kind."),
    tools=[toolset, {"type": "mcp_toolset", "mcp_server_name": "crm"}],
    mcp_servers=[{"type": "url", "name": "crm", "url": pulumi.Output.from_input("https://crm.example")}],
    skills=[skill, get_skill(id="xlsx"), {"type": "anthropic", "skill_id": "pdf"}],
)
lead = Agent(
    "lead",
    model=get_models()[0],
    multiagent={"type": "coordinator", "agents": [triage, get_agent(name="other"), {"type": "self"}]},
)
newer = Agent("newer", model=inputs.unchecked({"id": "claude-opus-9", "mood": "good"}))
box = Environment("box", config={"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["a.example"]}})
vault = Vault("crm", metadata={"team": triage.id})
Credential("token", vault=vault, auth={"type": "static_bearer", "mcp_server_url": "https://crm.example", "token": "t"})
store = MemoryStore("memory", memories=[{"path": "/style.md", "content": "Be brief."}])
prices = File("prices", file="prices.csv")
Deployment(
    "nightly",
    agent=triage,
    environment_id=get_environment_output(name="box"),
    initial_events=[{"type": "user.message", "content": [{"type": "text", "text": "Sum up."}]}],
    resources=[{"type": "memory_store", "memory_store_id": store}, {"type": "file", "file_id": prices}],
    vault_ids=[vault],
    schedule={"type": "cron", "expression": "0 9 * * 1-5", "timezone": "Europe/Berlin"},
)
name: pulumi.Output[str] = lead.name
version: pulumi.Output[int] = lead.version
number: int = get_agent(name="other").version
toolset_type: pulumi.Output[str] = triage.tools[0]["type"]
hosts: pulumi.Output[list[str]] = box.config["networking"]["allowed_hosts"]
team: pulumi.Output[str] = vault.metadata.apply(lambda metadata: (metadata or {})["team"])
paths = store.memories.apply(lambda memories: [memory["path"] for memory in memories or ()])
"""
BAD = f"""\
import pulumi

from pulumi_managed_agents import Agent, Credential, Deployment, Environment, get_agent

Agent("a", model="m", tools=[{{"typ": "agent_toolset_20260401"}}]){WRONG}
Agent("b", model={{"id": "m", "efort": "high"}}){WRONG}
Agent("c", model={{"id": "m", "effort": "hihg"}}){WRONG}
Agent("d", model="m", mcp_servers=[{{"type": "url", "name": "crm"}}]){WRONG}
Agent("e", model="m", sytem="Be kind."){WRONG}
agent = Agent("f", model="m", multiagent={{"type": "coordinator", "agents": [7]}}){WRONG}
Environment("g", config={{"type": "clod"}}){WRONG}
Credential("h", vault="vlt_1", auth={{"type": "static_bearer", "token": "t"}}){WRONG}
Deployment("i", agent=agent, environment_id=7, initial_events=[]){WRONG}
Deployment("j", agent=agent, environment_id="env_1", initial_events=[{{"type": "user.mesage", "content": []}}]){WRONG}
print(agent.nmae){WRONG}
text: pulumi.Output[str] = agent.version{WRONG}
get_agent(nmae="other"){WRONG}
other: pulumi.Output[int] = agent.metadata{WRONG}
agent.model.appply(print){WRONG}
Agent.get("k", 7){WRONG}
"""


def test_the_types_are_those_of_the_models() -> None:
    """`make generate` has been run since a model changed."""
    assert Path(str(inputs.__file__)).read_text(encoding="utf-8") == source()


@pytest.mark.parametrize("cls", CLASSES.values(), ids=lambda cls: cls.kind)
def test_every_argument_is_an_output(cls: type[ManagedResource]) -> None:
    """A class declares what it takes, so that type checkers and `get` know it."""
    arguments = set(inspect.signature(cls).parameters) - {"resource_name", "adopt", "opts"}
    renamed = {"vault": "vault_id"}
    assert {renamed.get(name, name) for name in arguments} <= set(cls.output_names())


MYPY = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary"]
PYRIGHT = [str(Path(sys.executable).with_name("basedpyright")), "--level", "error"]


@pytest.mark.parametrize(
    "checker",
    [
        pytest.param(MYPY, id="mypy", marks=pytest.mark.long),
        pytest.param(
            PYRIGHT,
            id="pyright",
            marks=pytest.mark.skipif(
                not Path(PYRIGHT[0]).exists(), reason="pyright is not installed; `make types` does"
            ),
        ),
    ],
)
def test_a_type_checker_finds_what_is_wrong_in_a_program(checker: list[str], tmp_path: Path) -> None:
    """And nothing in one that is right, nor in the examples; each mistake is reported at its line."""
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.py").write_text(BAD, encoding="utf-8")
    here = Path(sys.prefix)
    config = {"typeCheckingMode": "standard", "venvPath": str(here.parent), "venv": here.name}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    for program in (ROOT / "examples").glob("*/__main__.py"):
        if "pulumi_policy" not in program.read_text(encoding="utf-8"):
            shutil.copy(program, tmp_path / f"{program.parent.name.replace('-', '_')}.py")
    where = ["--project", str(tmp_path)] if checker is PYRIGHT else map(str, sorted(tmp_path.glob("*.py")))
    done = subprocess.run([*checker, *where], cwd=ROOT, capture_output=True, text=True, check=False)

    outputs = re.findall(r"^ *(.+?):(\d+):(?:\d+ -)? error: ", done.stdout, re.MULTILINE)
    places = {(Path(file).name, int(line)) for file, line in outputs}
    wrong = {("bad.py", number) for number, line in enumerate(BAD.splitlines(), 1) if line.endswith(WRONG)}
    assert places == wrong, done.stdout + done.stderr


def test_what_this_release_does_not_know_is_taken_as_it_is() -> None:
    """Only type checkers are told something; the body is the same."""
    body = {"id": "claude-opus-9", "mood": "good"}
    assert inputs.unchecked(body) is body
