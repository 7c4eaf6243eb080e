from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from pulumi_managed_agents.files import templates
from pulumi_managed_agents.files.templates import line_map
from tests.quick_start.stand_in import PLACE
from tests.stage.stage_files import AGENT, FindingsOf, Load

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = "values: {model: claude-opus-5, region: eu, hosts: [a.example, b.example]}\n"


@pytest.mark.parametrize(
    ("template", "body"),
    [
        pytest.param("model: {{ values.model }}", {"model": "claude-opus-5"}, id="a value"),
        pytest.param(
            "description: '{{ stage }} of {{ project }}'", {"description": "dev of shop"}, id="stage, project"
        ),
        pytest.param("{% if stage == 'dev' %}\ndescription: x\n{% endif %}", {"description": "x"}, id="condition"),
        pytest.param("description: {{ values.region | upper }}", {"description": "EU"}, id="filter"),
        pytest.param("description: '{{ values.none | default(\"x\") }}'", {"description": "x"}, id="default"),
        pytest.param(
            "description: {{ values.hosts | tojson | tojson }}",
            {"description": '["a.example", "b.example"]'},
            id="json",
        ),
        pytest.param("{% include 'shared/part.txt' %}", {"description": "dev"}, id="include"),
        pytest.param("description: a < b", {"description": "a < b"}, id="nothing is escaped"),
    ],
)
def test_templates_see_values_stage_and_project(loaded: Load, template: str, body: Any) -> None:
    """A `.j2` file is rendered before it is parsed."""
    stage = loaded(
        {
            "environments/a.yaml.j2": f"name: a\n{template}\n".replace("model:", "description:"),
            "shared/part.txt": "description: {{ stage }}\n",
            "/stacks/dev.values.yaml": VALUES,
        }
    )
    assert list(stage.definitions[0].body.values())[1:] == list(body.values())


@pytest.mark.parametrize(
    ("template", "finding"),
    [
        pytest.param(
            "name: a\nmodel: {{ values.modell }}\n",
            "a.yaml.j2:2: the template fails: there is no value 'modell'; did you mean model?",
            id="misspelt value",
        ),
        pytest.param(
            "name: a\nmodel: {{ valeus.model }}\n",
            "a.yaml.j2:2: the template fails: 'valeus' is undefined",
            id="undefined",
        ),
        pytest.param("name: a\n{% if %}\n", "a.yaml.j2:2: not a valid template: Expected an expression", id="syntax"),
        pytest.param("name: a\n\n{{ 1 / 0 }}", "a.yaml.j2:3: the template fails: division by zero", id="division"),
        pytest.param("name: {{ '\\ud800' }}", "a.yaml.j2: the template fails: ", id="half a character"),
        pytest.param(
            "{{ ''.__class__.__mro__ }}", "a.yaml.j2:1: the template fails: access to attribute", id="sandbox"
        ),
        pytest.param(
            "{% include '../../../../secret.txt' %}", "a.yaml.j2:1: the template fails: there is no", id="outside"
        ),
        pytest.param(
            "{% include 'agents/a.yaml.j2' %}", "a.yaml.j2:1: the template fails: it includes itself", id="loop"
        ),
        pytest.param(
            "x: 1\n{% include 'shared/bad.txt' %}", "stacks/dev/shared/bad.txt:2: not a valid template", id="included"
        ),
        pytest.param(
            "x: 1\n{% include 'shared/undefined.txt' %}",
            "stacks/dev/shared/undefined.txt:3: the template fails: there is no value 'nothing'",
            id="included, when run",
        ),
        pytest.param(
            "{% for host in values.hosts %}\n# {{ host }}\n{% endfor %}\nname: a\nmodel: [b\n",
            "a.yaml.j2:5: not valid YAML",
            id="lines of YAML are those of the template",
        ),
        pytest.param(
            "name: a\n{% if true %}\nmodel: claude-opus-5\n{% endif %}\nsystem: 7\n",
            "a.yaml.j2:5: system: ",
            id="lines of fields are those of the template",
        ),
    ],
)
def test_what_is_wrong_with_a_template_has_its_line(findings_of: FindingsOf, template: str, finding: str) -> None:
    """Faults are found in the template as written, wherever rendering moved them."""
    findings = findings_of(
        {
            "agents/a.yaml.j2": template,
            "shared/bad.txt": "a\n{{ 1 +",
            "shared/undefined.txt": "a\nb\n{{ values.nothing }}",
            "/secret.txt": "x",
            "/stacks/dev.values.yaml": VALUES,
        }
    )
    assert findings[0].removeprefix("stacks/dev/agents/").startswith(finding)


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param("a\nb\nc", "a\nb\nc", [1, 2, 3], id="the same"),
        pytest.param("a\n{{ x }}\nc", "a\n7\nc", [1, 2, 3], id="a line changed"),
        pytest.param("a\n{% if x %}\nb\n{% endif %}\nc", "a\nb\nc", [1, 3, 5], id="lines gone"),
        pytest.param("a\n{{ x }}\nc", "a\n1\n2\n3\nc", [1, 2, 2, 2, 3], id="lines come"),
    ],
)
def test_rendered_lines_are_mapped_to_the_template(before: str, after: str, lines: list[int]) -> None:
    """Unchanged lines map exactly, changed ones to the nearest."""
    line_of = line_map(before, after)
    assert [line_of(line + 1) for line in range(len(lines))] == lines


def test_a_template_may_be_any_format_and_named_without_its_suffix(loaded: Load) -> None:
    """References and overrides need not know that a file is a template."""
    stage = loaded(
        {
            "agents/helper.json.j2": '{"name": "{{ stage }}", "model": "claude-opus-5"}',
            "agents/lead.yaml": AGENT + "multiagent: {type: coordinator, agents: [./helper.json, ./other.yaml.j2]}\n",
            "agents/other.yaml.j2": AGENT,
            "/stacks/dev.values.yaml": "overrides: {agents/helper.json: {description: x}}\n",
        }
    )
    bodies = {definition.name: definition.body for definition in stage.definitions}
    assert bodies["agents/helper"] == {"name": "dev", "model": "claude-opus-5", "description": "x"}


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that render templates, each when it was started, in full; before the test there is none."""
    started: list[subprocess.Popen[bytes]] = []

    class Started(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            started.append(self)

    templates.end_process_at_rest()
    with monkeypatch.context() as patched:
        patched.delenv(PLACE, raising=False)  # a twin lives on for a moment after what it stands for was killed
        patched.setattr(subprocess, "Popen", Started)
        yield started
    templates.end_process_at_rest()


def test_one_process_renders_stage_after_stage(loaded: Load, processes: list[Any]) -> None:
    """Starting one takes long; each stage sees its own variables and texts, and nothing of the stage before."""
    files = {"environments/a.yaml.j2": "name: {{ values.x }} {% include 'b.txt' %}\n{% set values = 1 %}\n"}
    for text in ("one", "two"):
        stage = loaded({**files, "b.txt": text, "/stacks/dev.values.yaml": f"values: {{x: {text}}}\n"})
        assert stage.definitions[0].body["name"] == f"{text} {text}"
    assert len(processes) == 1


def test_a_process_that_ended_meanwhile_is_replaced(loaded: Load, processes: list[Any]) -> None:
    """Ctrl-C reaches it as well, and what goes on after that is not told that its templates fail."""
    for _ in range(2):
        assert loaded({"environments/a.yaml.j2": "name: {{ stage }}\n"}).definitions[0].body["name"] == "dev"
        processes[-1].kill()
        processes[-1].wait()
    assert len(processes) == 2


def test_a_process_that_was_left_in_the_middle_is_not_used_again(
    loaded: Load, processes: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stops the program while a template waits for what it includes gets no answer to an earlier question."""
    files = {"environments/a.yaml.j2": "name: {% include 'b.txt' %}\n", "b.txt": "b"}
    with monkeypatch.context() as patched:
        patched.setattr(templates.Templates, "_file", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            loaded(files)
    assert processes[0].poll() is not None
    assert loaded(files).definitions[0].body["name"] == "b"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("template", "reason"),
    [
        pytest.param(
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "it was not done after 1 s",
            id="loops",
        ),
        pytest.param("{{ 10 ** (10 ** 9) }}", "it was not done after 1 s", id="a power"),
        pytest.param("{{ 'x' * 10 ** 10 }}", "it needs more memory", id="a long text"),
        pytest.param("{{ '%09999999999d' | format(1) }}", "it needs more memory", id="a wide number"),
        pytest.param("{{ lipsum(n=10) }}", "'lipsum' is undefined", id="filler text"),
        pytest.param(
            "{% for a in range(1000) %}{{ 'x' * 100000 }}{% endfor %}", "it makes more than 32 MB", id="a large file"
        ),
        pytest.param("{% set _ = values.update({'model': 1}) %}", "access to attribute 'update'", id="changed values"),
    ],
)
def test_a_template_takes_no_more_than_a_definition_can(
    findings_of: FindingsOf, template: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a template computes, it is stopped in time, and the other files are looked at all the same."""
    monkeypatch.setattr("pulumi_managed_agents.files.templates.LONGEST", 1.0 if reason.startswith("it was") else 60.0)
    findings = findings_of(
        {
            "agents/a.yaml.j2": template,
            "agents/b.yaml.j2": "name: {{ values.nobody }}",
            "/stacks/dev.values.yaml": VALUES,
        }
    )
    assert [finding.partition("the template fails: ")[2].startswith(reason) for finding in findings] == [True, False]
    assert "there is no value 'nobody'" in findings[1]


@pytest.mark.parametrize(
    ("name", "template", "finding"),
    [
        pytest.param(
            "environments/a.yaml.j2",
            "metadata:\n{%- if stage == 'dev' %}\n  a: b\n{%- endif %}\nname: x\n",
            "stacks/dev/environments/a.yaml.j2:2: warning: `{%-` takes away the line break before it, and a tag's own "
            "goes with it, so that two lines become one; write `{%`",
            id="before",
        ),
        pytest.param(
            "environments/a.yaml.j2",
            "name: x # the first\n{%- set y = 1 %}\ndescription: lost in the comment\n",
            "stacks/dev/environments/a.yaml.j2:2: warning: `{%-` takes away the line break before it, and a tag's own "
            "goes with it, so that two lines become one; write `{%`",
            id="without an error",
        ),
        pytest.param(
            "environments/a.yaml.j2",
            "name: x\nmetadata:\n{% if stage == 'dev' -%}\n  a: b\n{% endif %}\n",
            "stacks/dev/environments/a.yaml.j2:3: warning: `-%}` takes away the indentation of the next line; "
            "write `%}`",
            id="after",
        ),
        pytest.param(
            "environments/a.md.j2",
            "---\nname: x\n{#- why -#}\nmetadata: {}\n---\n",
            "stacks/dev/environments/a.md.j2:3: warning: `{%-` takes away the line break before it, and a tag's own "
            "goes with it, so that two lines become one; write `{%`",
            id="front matter",
        ),
        pytest.param(
            "environments/a.yaml",
            "name: {{ values.name }}\n",
            "stacks/dev/environments/a.yaml:1: a key has to be text; put it in quotes; `{{ … }}` and `{% … %}` are "
            "read in files whose name ends in .j2",
            id="no template",
        ),
    ],
)
def test_what_a_template_does_to_lines_is_reported(
    findings_of: FindingsOf, name: str, template: str, finding: str
) -> None:
    """YAML lives by line breaks and indentation, which a hyphen in a tag takes away without a word."""
    assert finding in findings_of({name: template})


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("environments/a.yaml.j2", "{%- set x = 1 -%}\n{%- set y = 2 %}\nname: x\n"),
        ("environments/a.yaml.j2", "name: x{%- if stage %} of {{ stage }}{%- endif %}\n"),
        ("environments/a.yaml.j2", "name: x\n{% if stage %}\ndescription: y\n{%- endif %}\n"),
        ("environments/a.json.j2", '{\n"name": "x"\n{%- if stage %}\n, "description": "y"\n{%- endif %}\n}'),
        (
            "environments/a.yaml.j2",
            "name: x\nconfig: {type: cloud, networking: {type: limited, allowed_hosts: [\n"
            "{%- for one in ['a.example'] %}\n  {{ one }},\n{%- endfor %}\n]}}\n",
        ),
        ("environments/a.md.j2", "---\nname: x\n---\nOne\n{%- if stage %}\n two\n{%- endif %}\n three.\n"),
    ],
)
def test_hyphens_that_do_no_harm_are_left_alone(findings_of: FindingsOf, name: str, template: str) -> None:
    """Nothing is said of tags at the start, inside a line, in JSON, in brackets and in prose."""
    assert findings_of({name: template}) == []
