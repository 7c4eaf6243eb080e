from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.stage.graph import order
from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, PROSE_AGENT, SKILL, SKILLED, SMOKE, FindingsOf, Load

if TYPE_CHECKING:
    from pulumi_managed_agents.stage import Definition, Stage

FOLDER = {
    "agents/helper.yaml": AGENT,
    "agents/other.md": PROSE_AGENT,
    "environments/cloud.yaml": ENVIRONMENT,
    "memory_stores/notes.yaml": "name: notes\n",
    "skills/pr-summary/SKILL.md": SKILL,
    "vaults/crm.yaml": "display_name: crm\n",
    "notes/plain.md": "Nothing of ours.\n",
}


def found(stage: Stage, name: str) -> Definition:
    """Return a resource of a stage."""
    return next(definition for definition in stage.definitions if definition.name == name)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        pytest.param("../skills/pr-summary", {"type": "custom", "skill_id": "ID", "version": 7}, id="path"),
        pytest.param("../skills/pr-summary/", {"type": "custom", "skill_id": "ID", "version": 7}, id="slash"),
        pytest.param(
            "../skills/pr-summary/SKILL.md", {"type": "custom", "skill_id": "ID", "version": 7}, id="SKILL.md"
        ),
        pytest.param(
            "{path: ../skills/pr-summary}", {"type": "custom", "skill_id": "ID", "version": 7}, id="path in an object"
        ),
        pytest.param(
            "{path: ../skills/pr-summary, version: skver_1}",
            {"type": "custom", "skill_id": "ID", "version": "skver_1"},
            id="held back",
        ),
        pytest.param(
            "{type: custom, skill_id: ../skills/pr-summary}",
            {"type": "custom", "skill_id": "ID", "version": 7},
            id="path where the id belongs",
        ),
    ],
)
def test_a_skill_reference_becomes_what_the_api_takes(loaded: Load, written: str, sent: Any) -> None:
    """Skills are pinned to the version just applied unless the user holds one back."""
    stage = loaded({**FOLDER, "agents/a.yaml": f"{AGENT}{SKILLED}skills: [{written}]\n"})
    reference = found(stage, "agents/a").references[0]
    assert (reference.target, reference.kind) == ("skills/pr-summary", "skill")
    assert reference.value("ID", 7) == sent


@pytest.mark.parametrize(
    ("field", "target", "sent"),
    [
        pytest.param(
            "agent: ../agents/helper.yaml", "agents/helper", {"type": "agent", "id": "ID", "version": 7}, id="agent"
        ),
        pytest.param(
            "agent: {path: ../agents/helper.yaml, version: 3}",
            "agents/helper",
            {"type": "agent", "id": "ID", "version": 3},
            id="agent held back",
        ),
        pytest.param("environment_id: ../environments/cloud.yaml", "environments/cloud", "ID", id="environment"),
        pytest.param("vault_ids: [../vaults/crm.yaml]", "vaults/crm", "ID", id="vault"),
        pytest.param(
            "resources: [{path: ../memory_stores/notes.yaml, access: read_write}]",
            "memory_stores/notes",
            {"type": "memory_store", "memory_store_id": "ID", "access": "read_write"},
            id="memory store",
        ),
    ],
)
def test_a_deployment_reference_becomes_what_the_api_takes(loaded: Load, field: str, target: str, sent: Any) -> None:
    """Each place has its own shape; keys beside the path are kept."""
    key = field.partition(":")[0]
    lines = [line for line in DEPLOYMENT.splitlines() if not line.startswith(f"{key}:")]
    stage = loaded({**FOLDER, "deployments/d.yaml": "\n".join([*lines, field])})
    deployment = found(stage, "deployments/d")
    reference = next(one for one in deployment.references if one.target == target)
    assert reference.value("ID", 7) == sent


@pytest.mark.parametrize(
    "multiagent",
    [
        pytest.param("{type: coordinator, agents: [./helper.yaml, {type: self}, agent_1]}", id="coordinator"),
        pytest.param(
            "{type: multiagent_20261001, subagents: {type: enabled, predefined_agents: [./helper.yaml]}}",
            id="subagents",
        ),
        pytest.param(
            "{type: multiagent_20261001, workflows: {type: enabled, predefined_agents: [{path: ./helper.yaml}]}}",
            id="workflows",
        ),
    ],
)
def test_a_roster_refers_to_agents(loaded: Load, multiagent: str) -> None:
    """Every roster of the API takes paths."""
    stage = loaded({**FOLDER, "agents/lead.yaml": f"{AGENT}multiagent: {multiagent}\n"})
    assert [one.target for one in found(stage, "agents/lead").references] == ["agents/helper"]


@pytest.mark.parametrize(
    ("written", "body"),
    [
        pytest.param("skill_1", {"type": "custom", "skill_id": "skill_1"}, id="bare id"),
        pytest.param(
            "{type: custom, skill_id: skill_1, version: skver_3}",
            {"type": "custom", "skill_id": "skill_1", "version": "skver_3"},
            id="object with an id",
        ),
        pytest.param("{type: anthropic, skill_id: xlsx}", {"type": "anthropic", "skill_id": "xlsx"}, id="vendor skill"),
    ],
)
def test_what_the_files_do_not_manage_goes_through(loaded: Load, written: str, body: Any) -> None:
    """Ids are sent as written; a bare skill id gets the object the API asks for."""
    stage = loaded({**FOLDER, "agents/a.yaml": f"{AGENT}{SKILLED}skills: [{written}]\n"})
    assert found(stage, "agents/a").body["skills"] == [body]


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        pytest.param(
            "../skills/pr-sumary",
            "skills[0]: '../skills/pr-sumary' does not exist; did you mean ../skills/pr-summary?",
            id="misspelt",
        ),
        pytest.param(
            "{path: ../skills/x, version: 1}",
            "skills[0].path: '../skills/x' does not exist; did you mean ../skills/pr-summary?",
            id="misspelt in an object",
        ),
        pytest.param(
            "../agents/other.md", "skills[0]: '../agents/other.md' is an agent; a skill belongs here", id="wrong kind"
        ),
        pytest.param("../../prod/skills/x", "skills[0]: '../../prod/skills/x' leaves the stage folder", id="outside"),
        pytest.param("/skills/x", "skills[0]: '/skills/x' has to be relative", id="absolute"),
        pytest.param("'..\\skills\\x'", "skills[0]: '..\\\\skills\\\\x' has to be relative", id="backslashes"),
        pytest.param(
            "../notes/plain.md", "skills[0]: '../notes/plain.md' exists but is not a definition", id="other file"
        ),
        pytest.param(
            "https://gitlab.com/o/r/tree/main/s",
            "skills[0]: 'https://gitlab.com/o/r/tree/main/s' is on no",
            id="GitLab",
        ),
        pytest.param(
            "pr-summary", "skills[0]: 'pr-summary' is neither a relative path nor an id (skill_…)", id="a bare name"
        ),
        pytest.param("agent_1", "skills[0]: 'agent_1' is neither a relative path nor an id (skill_…)", id="another id"),
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error(findings_of: FindingsOf, written: str, finding: str) -> None:
    """What can never work is found before anything is sent, with the nearest that would."""
    findings = findings_of({**FOLDER, "agents/a.yaml": f"{AGENT}{SKILLED}skills:\n- {written}\n"})
    assert any(one.startswith(f"stacks/dev/agents/a.yaml:5: {finding}") for one in findings), findings


def test_only_a_skill_may_be_fetched_from_a_url(findings_of: FindingsOf) -> None:
    """A roster takes agents of the stage, or ids."""
    url = "https://github.com/acme/agents/tree/main/helper.yaml"
    files = {**FOLDER, "agents/a.yaml": f"{AGENT}multiagent:\n  type: coordinator\n  agents: [{url}]\n"}
    assert findings_of(files) == ["stacks/dev/agents/a.yaml:5: multiagent.agents[0]: a URL is no relative path"]


def test_a_reference_to_a_broken_file_is_not_reported_again(findings_of: FindingsOf) -> None:
    """One mistake gives one finding."""
    files = {"agents/helper.yaml": "", "environments/cloud.yaml": ENVIRONMENT, "deployments/d.yaml": DEPLOYMENT}
    assert findings_of(files) == ["stacks/dev/agents/helper.yaml: the file is empty"]


def test_an_environment_takes_nothing_beside_its_path(findings_of: FindingsOf) -> None:
    """The API wants a bare id there, so other keys would be lost."""
    text = DEPLOYMENT.replace("../environments/cloud.yaml", "{path: ../environments/cloud.yaml, x: 1}")
    findings = findings_of({**FOLDER, "deployments/d.yaml": text})
    assert "stacks/dev/deployments/d.yaml:3: environment_id: only the id goes here, " in "\n".join(findings)


def test_a_type_that_is_not_the_targets_is_an_error(findings_of: FindingsOf) -> None:
    """The path says what the resource is; a type that contradicts it would be lost."""
    files = {
        **FOLDER,
        "deployments/d.yaml": DEPLOYMENT + "resources: [{path: ../memory_stores/notes.yaml, type: file}]\n",
    }
    finding = (
        "stacks/dev/deployments/d.yaml:5: resources[0].type: has to be memory_store for a memory store, or left out"
    )
    assert finding in findings_of(files)


def test_definitions_come_in_dependency_order_then_by_name(loaded: Load) -> None:
    """What is referred to can be created first, and the order never changes by itself."""
    files = {
        **FOLDER,
        "agents/a.yaml": f"{AGENT}multiagent: {{type: coordinator, agents: [./z.yaml]}}\n",
        "agents/z.yaml": f"{AGENT}{SKILLED}skills: [../skills/pr-summary]\n",
        "deployments/d.yaml": DEPLOYMENT,
    }
    assert [definition.name for definition in loaded(files).definitions] == [
        "agents/helper",
        "agents/other",
        "environments/cloud",
        "memory_stores/notes",
        "skills/pr-summary",
        "vaults/crm",
        "agents/z",
        "deployments/d",
        "agents/a",
    ]


@pytest.mark.parametrize(
    ("rosters", "findings"),
    [
        pytest.param(
            {"a": "b", "b": "a"},
            ["stacks/dev/agents/a.yaml:5: multiagent.agents[0]: agents/a → agents/b → agents/a"],
            id="two",
        ),
        pytest.param(
            {"c": "b", "b": "a", "a": "c"},
            ["stacks/dev/agents/a.yaml:5: multiagent.agents[0]: agents/a → agents/c → agents/b → agents/a"],
            id="three",
        ),
        pytest.param(
            {"a": "a"},
            ["stacks/dev/agents/a.yaml:5: multiagent.agents[0]: is the agent itself; write {type: self}"],
            id="itself",
        ),
        pytest.param(
            {"a": "b", "b": "a", "c": "d", "d": "c", "e": "a"},
            [
                "stacks/dev/agents/a.yaml:5: multiagent.agents[0]: agents/a → agents/b → agents/a",
                "stacks/dev/agents/c.yaml:5: multiagent.agents[0]: agents/c → agents/d → agents/c",
            ],
            id="two loops",
        ),
    ],
)
def test_loops_are_spelled_out(findings_of: FindingsOf, rosters: dict[str, str], findings: list[str]) -> None:
    """A loop cannot be created in any order; every one is named, at the reference that begins it."""
    files = {
        f"agents/{name}.yaml": f"{AGENT}multiagent:\n  type: coordinator\n  agents: [./{member}.yaml]\n"
        for name, member in rosters.items()
    }
    assert [one.replace("refers to itself in a loop: ", "") for one in findings_of(files)] == findings


@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9))))
def test_an_order_puts_targets_first_and_leaves_out_loops(edges: dict[int, set[int]]) -> None:
    """Whatever the graph: every member of the order follows its targets, the rest stands in a loop."""
    graph = {str(name): [str(target) for target in edges.get(name, ())] for name in range(10)}
    names, loops = order(graph)
    looped = {name for loop in loops for name in loop}
    assert sorted([*names, *looped]) == sorted(graph)
    place = {name: index for index, name in enumerate(names)}
    assert all(place[target] < place[name] for name in names for target in graph[name] if target in place)
    assert all(after in graph[name] for loop in loops for name, after in itertools.pairwise(loop))


def test_a_smoke_test_names_what_it_runs(loaded: Load) -> None:
    """Agent and environment arrive as resource names, the body with references."""
    stage = loaded(
        {
            **FOLDER,
            "smoke/hello.yaml": SMOKE + "vaults: [../vaults/crm.yaml]\nmemory_stores: [../memory_stores/notes.yaml]\n",
        }
    )
    smoke = stage.smoke[0]
    assert (smoke.name, smoke.file) == ("hello", "stacks/dev/smoke/hello.yaml")
    assert (smoke.agent, smoke.environment) == ("agents/helper", "environments/cloud")
    assert smoke.body["vaults"][0].value("ID") == "ID"
    assert smoke.body["memory_stores"][0].value("ID") == {"type": "memory_store", "memory_store_id": "ID"}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param(
            SMOKE.replace("../agents/helper.yaml", "../agents/x.yaml"),
            "smoke/s.yaml:1: agent: '../agents/x.yaml' does not exist",
            id="no such agent",
        ),
        pytest.param(
            SMOKE.replace("../agents/helper.yaml", "agent_1"),
            "smoke/s.yaml:1: agent: a smoke test runs an agent of the stage; write its relative path",
            id="agent by id",
        ),
        pytest.param(
            SMOKE.replace("../environments/cloud.yaml", "../agents/helper.yaml"),
            "smoke/s.yaml:2: environment: '../agents/helper.yaml' is an agent; an environment belongs here",
            id="wrong kind",
        ),
        pytest.param(SMOKE.replace("hello", ""), "smoke/s.yaml:5: expect: the test asserts nothing", id="no assertion"),
    ],
)
def test_what_is_wrong_with_a_smoke_test_is_found(findings_of: FindingsOf, text: str, finding: str) -> None:
    """Smoke tests are held to the same rules as definitions."""
    findings = findings_of({**FOLDER, "smoke/s.yaml": text})
    assert any(one.startswith(f"stacks/dev/{finding}") for one in findings), findings


def test_the_digest_of_a_smoke_test_covers_what_it_says_and_not_how_it_is_laid_out(loaded: Load) -> None:
    """A comment or another order of keys does not make a proven test run again; another question does."""
    tests = {
        "smoke/a.yaml": SMOKE,
        "smoke/b.yaml": "# again\n" + "".join(reversed(SMOKE.splitlines(keepends=True))),
        "smoke/c.yaml": SMOKE.replace("Hello", "Goodbye"),
        "smoke/d.yaml": SMOKE.replace("helper.yaml", "other.md"),
    }
    digests = [smoke.digest for smoke in loaded({**FOLDER, **tests}).smoke]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
