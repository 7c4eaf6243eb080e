from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage import load
from tests.stage.stage_files import AGENT, PROSE_AGENT, SKILL, SMOKE, Files, FindingsOf, Load, write

NAMES = (
    "agents/a.yaml",
    "agents/a.json",
    "agents/a.md",
    "agents/a.yaml.j2",
    "skills/s/SKILL.md",
    "skills/s/.skillignore",
    "smoke/s.yaml",
    "other.yaml",
    "/stacks/dev.values.yaml",
)
STARTS = (AGENT, PROSE_AGENT, SKILL, SMOKE, "type: agent\n", "overrides: {agents/a: {skills: [", '{"a": ', "---\n")


def outcome(files: Files) -> object:
    """Load files and return the stage, or the findings of the error meant for people."""
    with TemporaryDirectory() as folder:
        write(Path(folder), files)
        try:
            return load("dev", project_dir=Path(folder), project="shop")
        except InputError as error:
            return error.findings


@given(st.sampled_from(NAMES), st.binary(max_size=60) | st.tuples(st.sampled_from(STARTS), st.text()).map("".join))
def test_whatever_a_file_holds_loading_ends_in_a_stage_or_in_findings(name: str, content: str | bytes) -> None:
    """Nobody gets a traceback for what stands in a file."""
    assert outcome({"skills/s/SKILL.md": SKILL, name: content})


@given(
    st.sampled_from(("agents/a.json", "environments/e.json", "smoke/s.json", "deployments/d.json")),
    st.dictionaries(
        st.sampled_from(("agent", "skills", "multiagent", "resources", "environment_id", "vaults", "path", "type")),
        st.recursive(
            st.none() | st.text("./~\\_agents", max_size=6) | st.integers(),
            lambda inner: (
                st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("path", "agents", "id")), inner)
            ),
            max_leaves=5,
        ),
    ),
)
def test_fields_of_any_shape_end_in_a_stage_or_in_findings(name: str, body: dict[str, object]) -> None:
    """Wrong types at the places of references are for the models to report, not to stumble over."""
    assert outcome({name: json.dumps(body)})


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("agents/\udcff.yaml", "agents/\\udcff.yaml", id="not UTF-8"),
        pytest.param("agents/a\nb.yaml", "agents/a\\nb.yaml", id="line feed"),
        pytest.param("skills/s/\x1b[2J", "skills/s/\\x1b[2J", id="escape in a skill"),
    ],
)
def test_file_names_that_are_no_text_are_refused(findings_of: FindingsOf, name: str, shown: str) -> None:
    """A name is shown to people and becomes a resource's name."""
    findings = findings_of({"skills/s/SKILL.md": SKILL, name: AGENT})
    assert findings == [f"stacks/dev/{shown}: its name holds control characters or is not UTF-8"]


@pytest.mark.parametrize("name", ["Screenshot 3.00\u202fPM.png", "été.txt", "日本.md", "👩\u200d💻.txt"])
def test_file_names_of_every_script_are_fine(loaded: Load, name: str) -> None:
    """What people and their machines call files can be uploaded."""
    assert loaded({"skills/s/SKILL.md": SKILL, f"skills/s/{name}": "x"}).warnings == ()
