from __future__ import annotations

from typing import Any

import pytest

from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, PROSE_AGENT, SMOKE, Files, FindingsOf, Load


@pytest.mark.parametrize(
    ("text", "system"),
    [
        pytest.param(
            "---\nname: a\nmodel: claude-opus-5\n---\nYou help.\n", "You help.", id="one trailing newline goes"
        ),
        pytest.param("---\nname: a\nmodel: claude-opus-5\n---\nYou help.\n\n", "You help.\n", id="only one"),
        pytest.param(
            "---\nname: a\nmodel: claude-opus-5\n---\n\n \nYou help.", "You help.", id="blank lines before it go"
        ),
        pytest.param("---\nname: a\nmodel: claude-opus-5\n---\n  - indented", "  - indented", id="indentation stays"),
        pytest.param("---\r\nname: a\r\nmodel: m\r\n---\r\nYou\r\nhelp.\r\n", "You\nhelp.", id="CRLF becomes LF"),
        pytest.param(
            "\ufeff---\nname: a\nmodel: claude-opus-5\n---\nYou help.", "You help.", id="a byte order mark goes"
        ),
        pytest.param(
            "---\nname: a\nmodel: claude-opus-5\n---\nOne\n---\nTwo", "One\n---\nTwo", id="a rule in the prose"
        ),
        pytest.param(
            "---  \nname: a\nmodel: claude-opus-5\n--- \nYou help.", "You help.", id="blanks after the fences"
        ),
    ],
)
def test_prose_becomes_the_system_prompt_as_written(loaded: Load, text: str, system: str) -> None:
    """Only line ends, one trailing newline and the blank lines after the front matter are touched."""
    assert loaded({"agents/a.md": text}).definitions[0].body["system"] == system


@pytest.mark.parametrize(
    ("name", "front_matter", "field", "value"),
    [
        pytest.param("environments/e.md", "name: e", "description", "Prose.", id="environment"),
        pytest.param("memory_stores/m.md", "name: m", "description", "Prose.", id="memory store"),
        pytest.param(
            "deployments/d.md",
            "name: d\nagent: agent_1\nenvironment_id: env_1",
            "initial_events",
            [{"type": "user.message", "content": [{"type": "text", "text": "Prose."}]}],
            id="deployment",
        ),
    ],
)
def test_prose_fills_the_text_field_of_the_kind(
    loaded: Load, name: str, front_matter: str, field: str, value: Any
) -> None:
    """Each kind has its own field for the prose of a Markdown file."""
    definition = loaded({name: f"---\n{front_matter}\n---\nProse.\n"}).definitions[0]
    assert definition.body[field] == value
    assert definition.line((field,)) == 3 + len(front_matter.splitlines())


def test_front_matter_without_prose_is_a_plain_body(loaded: Load) -> None:
    """No prose sets no field, so that a field never set keeps its live value."""
    assert "system" not in loaded({"agents/a.md": "---\nname: a\nmodel: claude-opus-5\n---\n\n"}).definitions[0].body


@pytest.mark.parametrize(
    ("files", "findings"),
    [
        pytest.param({"agents/a.yaml": ""}, ["stacks/dev/agents/a.yaml: the file is empty"], id="empty"),
        pytest.param({"agents/a.md": " \n"}, ["stacks/dev/agents/a.md: the file is empty"], id="blank"),
        pytest.param(
            {"agents/a.yaml": "# nothing\n"}, ["stacks/dev/agents/a.yaml:1: the file holds no fields"], id="comments"
        ),
        pytest.param(
            {"agents/a.yaml": "\n- a\n"},
            ["stacks/dev/agents/a.yaml:2: the file has to be a mapping of fields, not a list"],
            id="list",
        ),
        pytest.param(
            {"agents/a.json": '"a"'},
            ["stacks/dev/agents/a.json:1: the file has to be a mapping of fields, not a single value"],
            id="text",
        ),
        pytest.param(
            {"agents/a.yaml": b"name: a\nmodel: \xff\n"},
            ["stacks/dev/agents/a.yaml:2: not UTF-8 text; save the file as UTF-8"],
            id="not UTF-8",
        ),
        pytest.param(
            {"agents/a.yaml": AGENT.encode("utf-16")},
            ["stacks/dev/agents/a.yaml:1: not UTF-8 text; save the file as UTF-8"],
            id="UTF-16",
        ),
        pytest.param(
            {"agents/a.yaml": b"#" * 8_000_001},
            ["stacks/dev/agents/a.yaml: larger than 8 MB, and no definition needs as much"],
            id="too large",
        ),
        pytest.param(
            {"agents/a.md": "You help.\n"},
            [
                "stacks/dev/agents/a.md:1: a Markdown definition begins with its fields between two lines of `---`; "
                "there are none"
            ],
            id="no front matter",
        ),
        pytest.param(
            {"agents/a.md": "---\nname: a\n"},
            ["stacks/dev/agents/a.md:1: the front matter opened by `---` is never closed by another"],
            id="open front matter",
        ),
        pytest.param(
            {"agents/a.md": "---\n---\nHi"}, ["stacks/dev/agents/a.md:1: the front matter holds no fields"], id="bare"
        ),
        pytest.param(
            {"agents/a.md": "---\nname: a\nmodel: claude-opus-5\nname: b\n---\n"},
            ["stacks/dev/agents/a.md:4: the key 'name' is here twice"],
            id="lines count from the top of the file",
        ),
        pytest.param(
            {"agents/a.md": "---\nname: a\nsystem: x\nmodel: claude-opus-5\n---\nHi\n"},
            [
                "stacks/dev/agents/a.md:6: system: written twice: here as prose and in line 3 as a field; keep one",
            ],
            id="prose and field",
        ),
        pytest.param(
            {"vaults/v.md": "---\ndisplay_name: v\n---\nHi\n"},
            ["stacks/dev/vaults/v.md:4: a vault has no text; remove the prose below the front matter"],
            id="prose of a vault",
        ),
    ],
)
def test_files_that_cannot_be_read_are_named_with_their_line(
    findings_of: FindingsOf, files: Files, findings: list[str]
) -> None:
    """A file that cannot be used gives one clear finding and no others."""
    assert findings_of(files) == findings


def test_everything_wrong_with_a_stage_is_said_at_once_in_order(findings_of: FindingsOf) -> None:
    """Nobody has to fix one file to hear about the next."""
    findings = findings_of(
        {
            "agents/b.yaml": "name: b\n",
            "agents/a.yaml": "name: a\nmodel: claude-opus-5\nskills: [../skills/x]\n",
            "environments/e.yaml": "",
            "smoke/s.yaml": SMOKE,
            "/stacks/dev.values.yaml": "overrides: {agents/z.yaml: {model: claude-opus-5}}",
        }
    )
    places = [finding.split(" ")[0] for finding in findings]
    assert places == sorted(places)
    assert {place.split(":")[0] for place in places} >= {
        "stacks/dev.values.yaml",
        "stacks/dev/agents/a.yaml",
        "stacks/dev/agents/b.yaml",
        "stacks/dev/environments/e.yaml",
        "stacks/dev/smoke/s.yaml",
    }


def test_warnings_do_not_stop_a_stage_unless_strict(loaded: Load, findings_of: FindingsOf) -> None:
    """The API may know what we do not: an unknown field is a warning, and an error only on request."""
    files = {"agents/helper.yaml": AGENT + "colour: red\n"}
    stage = loaded(files)
    assert [str(warning) for warning in stage.warnings] == findings_of(files)
    assert stage.warnings[0].line == 3
    assert stage.definitions[0].body["colour"] == "red"
    assert [finding.replace("warning: ", "") for finding in findings_of(files)] == findings_of(files, strict=True)


def test_the_same_folder_loads_to_the_same_stage(loaded: Load) -> None:
    """Loading is a function of the files."""
    files = {
        "agents/helper.yaml": AGENT,
        "agents/b.md": PROSE_AGENT,
        "environments/cloud.yaml": ENVIRONMENT,
        "deployments/d.yaml": DEPLOYMENT,
        "smoke/s.yaml": SMOKE,
    }
    assert loaded(files) == loaded(dict(reversed(files.items())))
