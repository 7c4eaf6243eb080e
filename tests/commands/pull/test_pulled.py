"""What of a drift goes into a file, tried on the effective form alone: no engine, no API."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.commands.adopt.import_file import IdAndVersion
from pulumi_managed_agents.commands.pull.meaning import Meaning, Resources
from pulumi_managed_agents.commands.pull.pulled import Drifted, Pulled, pull_into
from pulumi_managed_agents.config.policy import Policy
from pulumi_managed_agents.definition_files.definition_text import body_of
from pulumi_managed_agents.definition_files.reference_paths import ReferenceTarget
from pulumi_managed_agents.files.document import parse
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.kinds.registry import ENTRIES, FACTS
from pulumi_managed_agents.reconcile.context import DeclaredInputs, Subject
from pulumi_managed_agents.reconcile.planner import plan
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from pulumi_managed_agents.stage.definition import Definition
from pulumi_managed_agents.stage.overrides import merge
from pulumi_managed_agents.stage.reader import fill
from pulumi_managed_agents.stage.references import Index, Target, resolve

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.leaves import Body

SKILL = "skill_01Notes"
NAMES = {SKILL: "skills/notes"}
INDEX = Index({"skills/notes": Target("skills/notes", "skill")}, {}, lambda _: False)
RESOURCES = Resources(INDEX, {"skills/notes": IdAndVersion(SKILL, "1")}, NAMES)
TARGETS = {SKILL: ReferenceTarget("skills/notes", "1")}


@dataclass
class Case:
    """An agent's file, what was applied of it, and what is live."""

    text: str
    live: Body
    recorded: str = ""
    override: Body = field(default_factory=dict)
    name: str = "agents/a.yaml"

    @property
    def meaning(self) -> Meaning:
        """What values of the file mean."""
        node = node_of(self.override, "stacks/dev.values.yaml")
        return Meaning("agent", FACTS["agent"], self.name, "agent_1", node, (), RESOURCES)

    def body(self, text: str) -> Body:
        """The body that a text asks for."""
        return RESOURCES.resolved(resolve(self.source(text).plain(), "agent", self.name, INDEX, lambda *_: None))

    def source(self, text: str) -> Node:
        """A text with what is overridden."""
        shown = f"stacks/dev/{self.name}"
        return merge(fill(parse(text, self.name, shown), "agent"), self.meaning.override, ENTRIES["agent"])

    def pull(self, *, undeclared: bool = False) -> tuple[str, Pulled]:
        """Pull it."""
        before = self.body(self.recorded or self.text)
        applied = {"id": "agent_1", "version": 1, **before}
        record = read_record(before, record_of(FACTS["agent"], applied, before))
        live = {"id": "agent_1", "version": 2, **self.live}
        subject = Subject(FACTS["agent"], "agents/a", f"stacks/dev/{self.name}", "shop/dev/agents/a")
        desired = self.body(self.text)
        made = plan(subject, desired, record, live, Policy("heal"), DeclaredInputs(desired, names=NAMES))
        source = self.source(self.text)
        resolved = resolve(source.plain(), "agent", self.name, INDEX, lambda *_: None)
        definition = Definition("agent", "agents/a", f"stacks/dev/{self.name}", resolved, source=source)
        drifted = Drifted(made, definition, self.meaning, before, live, TARGETS, "stacks/dev.values.yaml", undeclared)
        return pull_into(self.text, drifted)


def node_of(value: Any, file: str) -> Node:
    if isinstance(value, dict):
        return Node({key: node_of(item, file) for key, item in value.items()}, file, 3)
    return Node(value, file, 3)


def outcome_of(pulled: Pulled) -> set[tuple[str, str]]:
    return {(part.outcome, part.place) for part in pulled.parts}


BASIC = "name: A\nmodel: claude-haiku-5-5\n"
LIVE = {"name": "A", "model": {"id": "claude-haiku-5-5"}}


@pytest.mark.parametrize(
    ("text", "live", "expected"),
    [
        pytest.param(
            "model: claude-haiku-5-5 # small\n", {"model": {"id": "claude-opus-5-5", "speed": "standard"}},
            "model: claude-opus-5-5 # small\n", id="a shorthand stays one",
        ),
        pytest.param(
            "model: {id: claude-haiku-5-5, speed: standard}\n",
            {"model": {"id": "claude-opus-5-5", "speed": "standard"}},
            "model: {id: claude-opus-5-5, speed: standard}\n", id="a default that is written out stays",
        ),
        pytest.param(
            "skills:\n  - path: ../skills/notes # ours\n",
            {"skills": [{"type": "custom", "skill_id": SKILL, "version": "1"},
                        {"type": "anthropic", "skill_id": "xlsx"}]},
            "skills:\n  - path: ../skills/notes # ours\n  - {type: anthropic, skill_id: xlsx}\n", id="a path stays one",
        ),
        pytest.param(
            "skills: []\n", {"skills": [{"type": "custom", "skill_id": SKILL, "version": "1"}]},
            "skills: [../skills/notes]\n", id="an id becomes a path",
        ),
        pytest.param(
            "mcp_servers:\n  - {type: url, name: b, url: https://b.com}\n  - {type: url, name: a, url: https://a.com}\n",
            {"mcp_servers": [{"type": "url", "name": "a", "url": "https://a.com"},
                             {"type": "url", "name": "b", "url": "https://c.com"}]},
            "mcp_servers:\n  - {type: url, name: b, url: https://c.com}\n  - {type: url, name: a, url: https://a.com}\n",
            id="the file's order stays where it says nothing",
        ),
        pytest.param(
            "description: gone # soon\nmetadata: {a: b}\n", {"metadata": {"a": "b"}}, "metadata: {a: b}\n",
            id="what is live no more leaves the file",
        ),
        pytest.param(
            "metadata:\n  a: one # why\n  b: two\n", {"metadata": {"a": "1", "b": "two", "theirs": "x"}},
            'metadata:\n  a: "1" # why\n  b: two\n', id="a text that looks like a number keeps its quotes",
        ),
    ],
)  # fmt: skip
def test_a_file_changes_where_its_meaning_does_and_keeps_its_spelling(text: str, live: Body, expected: str) -> None:
    """Shorthands, defaults, paths and orders are the author's own."""
    head = "name: A\n" if "model:" in text else BASIC
    edited, pulled = Case(head + text, {**LIVE, **live}).pull()
    assert edited == head + expected
    assert {part.outcome for part in pulled.parts} - {"left"} == {"taken"}


def test_a_change_of_the_file_beside_that_of_the_live_object_stays() -> None:
    """Of one field each side may have changed another part; on the same part the live value wins, which a line says."""
    recorded = BASIC.replace("claude-haiku-5-5", "{id: claude-haiku-5-5, effort: high}")
    case = Case(
        recorded.replace("high", "low"), {**LIVE, "model": {"id": "claude-opus-5-5", "effort": "high"}}, recorded
    )
    assert case.pull()[0] == "name: A\nmodel: {id: claude-opus-5-5, effort: low}\n"
    both = replace(case, live={**LIVE, "model": {"id": "claude-haiku-5-5", "effort": "medium"}})
    edited, pulled = both.pull()
    assert edited == "name: A\nmodel: {id: claude-haiku-5-5, effort: medium}\n"
    assert [part.reason for part in pulled.parts] == ["the file had changed it too"]


def test_prose_inside_a_list_is_merged_as_well() -> None:
    """The description of a tool that both sides improved."""
    tool = "tools:\n  - type: custom\n    name: t\n    description: |-\n      One.\n\n      Two.\n"
    tool += "    input_schema: {type: object}\n"
    live = {"type": "custom", "name": "t", "description": "One!\n\nTwo.", "input_schema": {"type": "object"}}
    case = Case(BASIC + tool.replace("Two.", "Two, too."), {**LIVE, "tools": [live]}, BASIC + tool)
    edited, pulled = case.pull()
    assert edited == BASIC + tool.replace("Two.", "Two, too.").replace("One.", "One!")
    assert ("merged", "") in outcome_of(pulled)


def test_what_comes_from_elsewhere_is_named_with_its_place_and_not_written() -> None:
    """An override, a template, and an object that is none of the stage's."""
    overridden = Case(
        "name: A\nmodel: {id: x, effort: high}\n",
        {"name": "A", "model": {"id": "live", "effort": "low"}},
        override={"model": {"id": "theirs"}},
    )
    edited, pulled = overridden.pull()
    assert edited == "name: A\nmodel: {id: x, effort: low}\n"
    assert outcome_of(pulled) == {("named", "stacks/dev.values.yaml:3"), ("taken", "")}

    template = Case(BASIC, {**LIVE, "name": "B"}, name="agents/a.yaml.j2")
    edited, pulled = template.pull()
    assert (edited, outcome_of(pulled)) == (BASIC, {("named", "stacks/dev/agents/a.yaml.j2:1")})

    foreign = Case(
        f"{BASIC}skills: []\n",
        {**LIVE, "skills": [{"type": "custom", "skill_id": "skill_01Theirs"}]},
    )
    edited, pulled = foreign.pull()
    assert (edited, outcome_of(pulled)) == (foreign.text, {("named", "stacks/dev/agents/a.yaml:3")})
    assert "skill_01Theirs, which is not one of this stage's resources" in pulled.parts[0].reason


MODELS = st.sampled_from(["claude-haiku-5-5", "claude-opus-5-5"])
EFFORTS = st.sampled_from(["low", "medium", "high"])
TOOLS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["bash", "read", "write", "web_search"])},
        optional={
            "enabled": st.booleans(),
            "permission_policy": st.sampled_from(["always_ask", "always_allow"]).map(lambda one: {"type": one}),
        },
    ),
    max_size=3,
    unique_by=lambda tool: str(tool["name"]),
)
TEXTS = st.lists(st.sampled_from(["Be kind.", "Be quick.", "", "Ask: first."]), min_size=1, max_size=5).map(
    lambda lines: "\n".join([*lines, "End."])
)
AGENTS = st.fixed_dictionaries(
    {
        "name": st.just("A"),
        "model": st.fixed_dictionaries({"id": MODELS}, optional={"effort": EFFORTS}),
    },
    optional={
        "system": TEXTS,
        "description": st.sampled_from(["One.", "Two: 2.", "Three"]),
        "metadata": st.dictionaries(st.just("team"), st.sampled_from(["a", "1", "on"]), min_size=1),
        "skills": st.just(["../skills/notes"]),
        "tools": TOOLS.map(lambda configs: [{"type": "agent_toolset_20260401", "configs": configs}]),
    },
)  # fmt: skip


@given(AGENTS, AGENTS, st.booleans())
def test_after_a_pull_the_file_means_what_is_live(recorded: Body, live: Body, flow: bool) -> None:
    """Whatever drifted in a file that nobody edited, a second pull finds nothing, and nothing else moved."""
    text = yaml.safe_dump(recorded, default_flow_style=flow, sort_keys=False)
    case = Case(text, {})
    live = {key: value for key, value in case.body(yaml.safe_dump(live)).items() if key in recorded}
    edited, pulled = replace(case, live=live).pull()
    assert {part.outcome for part in pulled.parts} <= {"taken"}
    after = replace(case, text=edited, live=live, recorded=edited)
    assert after.pull()[1].parts == ()
    for key, value in body_of(edited, case.name, "agent").items():
        if live.get(key) == case.body(text).get(key):
            assert value == recorded[key]


def test_what_no_file_names_is_written_only_when_asked_for() -> None:
    """An identity, a prompt and somebody's metadata key, which no file says anything about."""
    case = Case(
        f"{BASIC}metadata: {{team: a}}\n",
        {**LIVE, "metadata": {"team": "a", "owner": "b"}, "system": "Be kind.\nBe quick.", "description": "Theirs."},
    )
    edited, pulled = case.pull()
    assert edited == case.text
    assert {part.outcome for part in pulled.parts} == {"left"}
    edited, pulled = case.pull(undeclared=True)
    assert {part.outcome for part in pulled.parts} == {"taken"}
    assert edited == (
        f"{BASIC}metadata: {{team: a, owner: b}}\ndescription: Theirs.\nsystem: |-\n  Be kind.\n  Be quick.\n"
    )
    assert replace(case, text=edited, recorded=edited).pull(undeclared=True)[1].parts == ()


@given(AGENTS, AGENTS)
def test_with_undeclared_drift_the_file_means_all_that_is_live(recorded: Body, live: Body) -> None:
    """Fields that the file did not name come into it; those that are unset live leave it."""
    case = Case(yaml.safe_dump(recorded, sort_keys=False), {})
    case = replace(case, live=case.body(yaml.safe_dump(live)))
    edited, pulled = case.pull(undeclared=True)
    assert {part.outcome for part in pulled.parts} <= {"taken"}
    assert replace(case, text=edited, recorded=edited).pull(undeclared=True)[1].parts == ()
