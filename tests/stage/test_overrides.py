from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.node import Node
from pulumi_managed_agents.files.parsing import parse_yaml
from pulumi_managed_agents.kinds.registry import ENTRIES
from pulumi_managed_agents.stage.overrides import merge
from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, SKILL, SMOKE, FindingsOf, Load

names = st.sampled_from(["a", "b", "c"])
scalars = st.integers() | st.text() | st.booleans()
mappings = st.recursive(
    st.dictionaries(names, scalars, max_size=3), lambda inner: st.dictionaries(names, scalars | inner, max_size=3)
)
of_one_shape = st.recursive(
    st.dictionaries(names, scalars, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2),
)
"""Mappings in which a key always holds the same sort of value."""


def node(value: Any) -> Node:
    """Turn plain data into a tree, all of it at one place."""
    if isinstance(value, dict):
        return Node({key: node(entry) for key, entry in value.items()}, "f", 1)
    if isinstance(value, list):
        return Node([node(entry) for entry in value], "f", 1)
    return Node(value, "f", 1)


def merged(base: Any, override: Any) -> Any:
    """Merge plain data."""
    return merge(node(base), node(override), ENTRIES["agent"]).plain()


TOOLSET = {"type": "agent_toolset_20260401"}
MCP = {"type": "mcp_toolset", "mcp_server_name": "crm"}
CUSTOM = {"type": "custom", "name": "look_up"}


@pytest.mark.parametrize(
    ("base", "override", "result"),
    [
        pytest.param({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}, id="scalar replaces"),
        pytest.param({"a": 1, "b": 2}, {"b": None}, {"a": 1}, id="null removes"),
        pytest.param({"a": 1}, {"b": None}, {"a": 1}, id="null of nothing"),
        pytest.param({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}, id="dicts deep"),
        pytest.param({"a": [1, 2]}, {"a": [3]}, {"a": [3]}, id="a list replaces"),
        pytest.param({"a": 1}, {"a": {"x": {"y": None}}}, {"a": {"x": {}}}, id="nulls vanish in new dicts"),
        pytest.param({"model": "m"}, {"model": {"effort": "low"}}, {"model": {"id": "m", "effort": "low"}}, id="model"),
        pytest.param(
            {"mcp_servers": [{"name": "crm", "url": "a", "type": "url"}, {"name": "x"}]},
            {"mcp_servers": {"crm": {"url": "b"}}},
            {"mcp_servers": [{"name": "crm", "url": "b", "type": "url"}, {"name": "x"}]},
            id="server by name",
        ),
        pytest.param(
            {"mcp_servers": [{"name": "crm"}, {"name": "x"}]},
            {"mcp_servers": {"crm": None}},
            {"mcp_servers": [{"name": "x"}]},
            id="entry removed",
        ),
        pytest.param(
            {"mcp_servers": [{"name": "crm"}]},
            {"mcp_servers": {"new": {"url": "u"}}},
            {"mcp_servers": [{"name": "crm"}, {"name": "new", "url": "u"}]},
            id="entry appended",
        ),
        pytest.param(
            {}, {"mcp_servers": {"a": {"url": "u"}}}, {"mcp_servers": [{"name": "a", "url": "u"}]}, id="new list"
        ),
        pytest.param(
            {"tools": [TOOLSET, MCP, CUSTOM]},
            {"tools": {"agent_toolset_20260401": {"a": 1}, "crm": {"b": 2}, "look_up": {"c": 3}}},
            {"tools": [{**TOOLSET, "a": 1}, {**MCP, "b": 2}, {**CUSTOM, "c": 3}]},
            id="tools by type, server and name",
        ),
        pytest.param(
            {"tools": []},
            {"tools": {"agent_toolset_20260401": {}, "crm": {"type": "mcp_toolset"}, "look_up": {"type": "custom"}}},
            {"tools": [TOOLSET, MCP, CUSTOM]},
            id="tools appended",
        ),
        pytest.param(
            {"tools": [{**TOOLSET, "configs": [{"name": "bash"}, {"name": "read"}]}]},
            {"tools": {"agent_toolset_20260401": {"configs": {"bash": {"enabled": False}}}}},
            {"tools": [{**TOOLSET, "configs": [{"name": "bash", "enabled": False}, {"name": "read"}]}]},
            id="configs by name, deep",
        ),
        pytest.param(
            {"skills": ["../skills/a", {"path": "../skills/b"}, {"type": "anthropic", "skill_id": "xlsx"}]},
            {"skills": {"../skills/a": {"version": 1}, "../skills/b": None, "xlsx": {"version": "2"}}},
            {
                "skills": [
                    {"path": "../skills/a", "version": 1},
                    {"type": "anthropic", "skill_id": "xlsx", "version": "2"},
                ]
            },
            id="skills by path or id",
        ),
        pytest.param({"apt": ["git", "jq"]}, {"apt": {"git": None}}, {"apt": ["jq"]}, id="a text is its own name"),
    ],
)
def test_overrides_merge_by_identity(base: Any, override: Any, result: Any) -> None:
    """A mapping merges, also into a list's entries by what identifies them; anything else replaces."""
    assert merged(base, override) == result


@pytest.mark.parametrize(
    ("base", "override", "message"),
    [
        pytest.param({"a": [{"x": 1}]}, {"a": {"b": 3}}, "f:1: a.b: no such entry in the list", id="no entry"),
        pytest.param(
            {"a": [{"type": "t"}, {"type": "t"}]}, {"a": {"t": {"x": 1}}}, "f:1: a.t: 't' is 2 entries", id="ambiguous"
        ),
    ],
)
def test_an_override_that_fits_no_entry_is_refused(base: Any, override: Any, message: str) -> None:
    """Guessing would change the wrong entry."""
    with pytest.raises(InputError) as raised:
        merged(base, override)
    assert str(raised.value).startswith(message)


@given(mappings)
def test_merging_nothing_changes_nothing(base: Any) -> None:
    """The empty override is neutral."""
    assert merged(base, {}) == base


@given(mappings, mappings)
def test_merging_twice_is_merging_once(base: Any, override: Any) -> None:
    """An override says what the result is, not how far to move."""
    once = merged(base, override)
    assert merged(once, override) == once


@given(of_one_shape, of_one_shape, of_one_shape)
def test_merging_in_two_steps_is_merging_the_merged(base: Any, first: Any, second: Any) -> None:
    """Where nothing is removed and no field changes its sort, overrides can be merged beforehand."""
    assert merged(merged(base, first), second) == merged(base, merged(first, second))


@given(st.dictionaries(st.text(min_size=1), scalars, min_size=1))
def test_naming_every_entry_is_writing_the_list(urls: dict[str, Any]) -> None:
    """A mapping over a list reaches each entry and keeps the order."""
    base = {"mcp_servers": [{"name": name} for name in urls]}
    expected = [{"name": name, "url": url} for name, url in urls.items()]
    assert merged(base, {"mcp_servers": {name: {"url": url} for name, url in urls.items()}}) == {
        "mcp_servers": expected
    }


def test_every_field_keeps_the_place_it_was_written_at() -> None:
    """A finding about an overridden field points into the values file, others into the definition."""
    base = parse_yaml("name: a\ntools:\n- name: x\n- name: y\n  n: 1\n", "agent")
    override = parse_yaml("\n\ntools:\n  x: null\n  y:\n    n: 2\n", "values")
    assert base is not None
    assert override is not None
    result = merge(base, override, ENTRIES["agent"])
    assert result.plain() == {"name": "a", "tools": [{"name": "y", "n": 2}]}
    assert result.place(("tools", 0, "name")) == ("agent", 4)
    assert result.place(("tools", 0, "n")) == ("values", 6)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param(
            "overrides: {agents/helpr.yaml: {model: x}}",
            'stacks/dev.values.yaml:1: overrides["agents/helpr.yaml"]: no such definition in the stage; '
            "did you mean agents/helper.yaml?",
            id="unknown file",
        ),
        pytest.param(
            "drift:\n  ignore:\n    vaults/q: [description]",
            'stacks/dev.values.yaml:3: drift.ignore["vaults/q"]: no such definition in the stage; '
            "there are: agents/helper, environments/cloud, skills/s",
            id="unknown drift",
        ),
        pytest.param(
            "overrides:\n  agents/helper: {name: x}\n  agents/helper.yaml: {description: x}",
            'stacks/dev.values.yaml:3: overrides["agents/helper.yaml"]: agents/helper is overridden twice; merge them',
            id="one resource twice",
        ),
        pytest.param(
            "overrides:\n  agents/helper:\n    was: environments/cloud",
            'stacks/dev.values.yaml:3: overrides["agents/helper"].was: environments/cloud is still there; '
            "`was` names what moved away",
            id="was is still there",
        ),
        pytest.param(
            "overrides:\n  agents/helper:\n    was: agents/helper.md",
            'stacks/dev.values.yaml:3: overrides["agents/helper"].was: agents/helper is its name already',
            id="was is itself",
        ),
        pytest.param(
            "overrides:\n  agents/helper:\n    name: 7",
            "stacks/dev.values.yaml:3: name: ",
            id="a wrong value is found where it is written",
        ),
        pytest.param(
            "overrides:\n  skills/s:\n    description: x",
            "stacks/dev.values.yaml:3: description: a skill's display_name can be overridden; "
            "everything else is in its files",
            id="a skill's own text",
        ),
        pytest.param(
            "overrides:\n  smoke/hello.yaml: {was: smoke/old}",
            "stacks/dev.values.yaml:2: was: a smoke test leaves nothing behind",
            id="was of a smoke test",
        ),
        pytest.param("overrides: [1]", "stacks/dev.values.yaml:1: overrides: ", id="wrong type"),
        pytest.param(
            "overrides: {agents/helper: 3}", 'stacks/dev.values.yaml:1: overrides["agents/helper"]: ', id="scalar"
        ),
        pytest.param("value: {a: 1}", "stacks/dev.values.yaml:1: value: unknown field", id="misspelt section"),
        pytest.param("a: [", "stacks/dev.values.yaml:1: not valid YAML", id="not YAML"),
    ],
)
def test_what_is_wrong_in_a_values_file_is_found(findings_of: FindingsOf, text: str, finding: str) -> None:
    """Values that would silently do nothing are errors."""
    findings = findings_of(
        {
            "agents/helper.yaml": AGENT,
            "environments/cloud.yaml": ENVIRONMENT,
            "skills/s/SKILL.md": SKILL,
            "smoke/hello.yaml": SMOKE,
            "/stacks/dev.values.yaml": text,
        }
    )
    assert any(one.startswith(finding) for one in findings), findings


def test_a_values_file_with_the_wrong_suffix_is_pointed_out(findings_of: FindingsOf) -> None:
    """A file that is not read must not look as if it were."""
    findings = findings_of({"agents/a.yaml": AGENT, "/stacks/dev.values.yml": "{}"})
    assert findings == ["stacks/dev.values.yml: warning: not read: the values file of the stage is dev.values.yaml"]


def test_a_values_file_changes_what_the_stage_is(loaded: Load) -> None:
    """Values, overrides by any spelling of the file, earlier names, ignored drift and caps all arrive."""
    stage = loaded(
        {
            "agents/helper.yaml": AGENT,
            "environments/cloud.yaml": ENVIRONMENT,
            "skills/s/SKILL.md": SKILL,
            "smoke/hello.yaml": SMOKE,
            "/stacks/dev.values.yaml": """\
values: {region: eu}
overrides:
  ./agents/helper.yaml: {was: agents/old.md, model: claude-haiku-5-5}
  environments/cloud: {description: Ours.}
  skills/s/: {display_name: Summaries}
  smoke/hello.yaml: {budget_usd: 0.5}
drift: {ignore: {agents/helper.yaml: [description, metadata]}}
smoke: {budget_usd: 2, concurrency: 3}
""",
        }
    )
    found = {definition.name: definition for definition in stage.definitions}
    assert found["agents/helper"].was == ("agents/old",)
    assert found["agents/helper"].body == {"name": "helper", "model": "claude-haiku-5-5"}
    assert found["agents/helper"].place(("model",)) == ("stacks/dev.values.yaml", 3)
    assert found["environments/cloud"].body["description"] == "Ours."
    assert found["skills/s"].body == {"display_name": "Summaries"}
    assert stage.smoke[0].body["budget_usd"] == 0.5
    assert stage.values.values == {"region": "eu"}
    assert stage.values.drift_ignore == {"agents/helper": ("description", "metadata")}
    assert stage.values.smoke == {"budget_usd": 2, "concurrency": 3}


VAULT = """\
display_name: CRM
credentials:
  - auth: {type: static_bearer, mcp_server_url: https://crm.example/mcp, token: {secret: TOKEN}}
"""
NIGHTLY = DEPLOYMENT + "resources: [{path: ../files/prices.csv, mount_path: prices.csv}]\n"
EVERY_KIND = {
    "agents/helper.yaml": AGENT,
    "environments/cloud.yaml": ENVIRONMENT,
    "skills/s/SKILL.md": SKILL,
    "vaults/crm.yaml": VAULT,
    "memory_stores/notes.yaml": "name: Notes\n",
    "deployments/nightly.yaml": NIGHTLY,
    "files/prices.csv": "a,b\n",
}


def test_drift_may_be_ignored_in_every_kind(loaded: Load) -> None:
    """A credential goes by its own name, and a skill drifts in its files."""
    ignored = """\
drift:
  ignore:
    agents/helper: [tools.bash, model.effort]
    environments/cloud: [config.networking]
    skills/s: [files]
    vaults/crm: [display_name]
    vaults/crm/crm.example/mcp: [metadata.team]
    memory_stores/notes: [description]
    deployments/nightly: [paused]
"""
    stage = loaded({**EVERY_KIND, "/stacks/dev.values.yaml": ignored})
    assert stage.warnings == ()
    assert stage.values.drift_ignore["vaults/crm/crm.example/mcp"] == ("metadata.team",)
    assert stage.values.drift_ignore.keys() <= {one.name for one in stage.definitions}


@pytest.mark.parametrize(
    ("entry", "warning"),
    [
        pytest.param("files/prices.csv: [filename]", "an uploaded file never changes, so nothing of it can", id="file"),
        pytest.param(
            "agents/helper: [descripton]",
            "agents have no field 'descripton' that could drift; did you mean 'description'?",
            id="misspelt",
        ),
        pytest.param("vaults/crm: [credentials]", "vaults have no field 'credentials' that could", id="credentials"),
        pytest.param("skills/s: [display_name]", "skills have no field 'display_name' that could", id="skill"),
    ],
)
def test_what_cannot_drift_is_pointed_out(findings_of: FindingsOf, entry: str, warning: str) -> None:
    """To ignore what never happens is a mistake that would go unseen."""
    (finding,) = findings_of({**EVERY_KIND, "/stacks/dev.values.yaml": f"drift:\n  ignore:\n    {entry}\n"})
    assert finding.startswith('stacks/dev.values.yaml:3: warning: drift.ignore["')
    assert f": {warning}" in finding


def test_an_override_may_set_a_reference(loaded: Load) -> None:
    """Paths in overrides are relative to the definition they change, as if written there."""
    stage = loaded(
        {
            "agents/helper.yaml": AGENT,
            "environments/cloud.yaml": ENVIRONMENT,
            "environments/locked.yaml": "name: locked\n",
            "deployments/d.yaml": DEPLOYMENT,
            "/stacks/dev.values.yaml": "overrides: {deployments/d: {environment_id: ../environments/locked.yaml}}",
        }
    )
    references = {reference.target for reference in stage.definitions[-1].references}
    assert references == {"agents/helper", "environments/locked"}
