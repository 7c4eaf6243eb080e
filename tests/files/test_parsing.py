from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.parsing import parse_json, parse_yaml
from tests.stage.stage_files import AGENT, Load

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("on", "on", id="on is text"),
        pytest.param("no", "no", id="no is text"),
        pytest.param("Yes", "Yes", id="yes is text"),
        pytest.param("y", "y", id="y is text"),
        pytest.param("2026-01-01", "2026-01-01", id="a date is text"),
        pytest.param("1_000", "1_000", id="underscores are text"),
        pytest.param("12:30:45", "12:30:45", id="sexagesimal is text"),
        pytest.param("0b11", "0b11", id="binary is text"),
        pytest.param("010", 10, id="leading zeros are decimal"),
        pytest.param("0o10", 8, id="octal"),
        pytest.param("0x1F", 31, id="hexadecimal"),
        pytest.param("-7", -7, id="negative"),
        pytest.param("1e3", 1000.0, id="float without point"),
        pytest.param(".5", 0.5, id="float without zero"),
        pytest.param("true", True, id="true"),
        pytest.param("FALSE", False, id="FALSE"),
        pytest.param("~", None, id="tilde"),
        pytest.param("", None, id="nothing"),
        pytest.param("'true'", "true", id="quoted"),
        pytest.param("!!str 12", "12", id="the text tag"),
        pytest.param("|\n  a\n  b\n", "a\nb\n", id="block"),
        pytest.param('{"a":1,"b":[2]}', {"a": 1, "b": [2]}, id="flow without spaces"),
        pytest.param("[&x {a: 1}, *x]", [{"a": 1}, {"a": 1}], id="alias"),
        pytest.param("[&x {a: 1, b: 1}, {<<: *x, b: 2}]", [{"a": 1, "b": 1}, {"a": 1, "b": 2}], id="merge key"),
        pytest.param(
            "[&x {a: 1}, &y {a: 2, b: 2}, {<<: [*x, *y]}]",
            [{"a": 1}, {"a": 2, "b": 2}, {"a": 1, "b": 2}],
            id="merge of two",
        ),
    ],
)
def test_yaml_means_what_version_1_2_says(written: str, read: object) -> None:
    """Plain scalars follow the core schema of YAML 1.2, not the surprises of 1.1."""
    root = parse_yaml(f"key: {written}\n", "f")
    assert root is not None
    assert root.plain() == {"key": read}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param("a: 1\nb: 2\na: 3", "f:3: the key 'a' is here twice", id="duplicate key"),
        pytest.param("a:\n  x: 1\n  x: 2", "f:3: the key 'x' is here twice", id="nested duplicate"),
        pytest.param("a: 1\n---\nb: 2", "f:2: a second document starts here", id="two documents"),
        pytest.param("a: 1\nb: !!python/object:os.system x", "f:2: the tag", id="python tag"),
        pytest.param("a: !env HOME", "f:1: the tag '!env' means nothing here", id="own tag"),
        pytest.param("a: [1, 2", "f:1: not valid YAML: while parsing a flow sequence", id="open bracket"),
        pytest.param("a: 1\n b: 2", "f:2: not valid YAML: mapping values are not allowed", id="indentation"),
        pytest.param(
            "a: 1\n b: 2",
            "f:2: not valid YAML: mapping values are not allowed in this context; indent it like the fields beside it; "
            "if it goes on the text above, put that text in quotes",
            id="indented more than its neighbours",
        ),
        pytest.param(
            "x: 1\ndescription: Sums up: all of it\n",
            "f:2: not valid YAML: mapping values are not allowed in this context; put a text that has a colon "
            'and a space in quotes: description: "…: …"',
            id="unquoted colon",
        ),
        pytest.param(
            "- - name: a: b\n",
            "f:1: not valid YAML: mapping values are not allowed in this context; put a text that has a colon "
            'and a space in quotes: name: "…: …"',
            id="unquoted colon in a list",
        ),
        pytest.param(
            "a:\n\t- b",
            "f:2: not valid YAML: while scanning for the next token; found character that cannot start any token; "
            "indent with spaces, not with tabs",
            id="tab",
        ),
        pytest.param(
            "a: @x",
            "f:1: not valid YAML: while scanning for the next token; found character that cannot start any token; "
            "put a text that begins with @ in quotes",
            id="at sign",
        ),
        pytest.param(
            "a: * x",
            "f:1: not valid YAML: while scanning an alias; did not find expected alphabetic or numeric character; "
            "put a text that begins with * or & in quotes",
            id="asterisk",
        ),
        pytest.param("x: y\na: \x01", "f:2: not valid YAML: a control character", id="control character"),
        pytest.param("1: a", "f:1: a key has to be text", id="number as key"),
        pytest.param("true: a", "f:1: a key has to be text", id="boolean as key"),
        pytest.param("? [a]\n: b", "f:1: a key has to be text", id="list as key"),
        pytest.param("a: *b", "f:1: the alias *b has no finished anchor before it", id="alias of nothing"),
        pytest.param("a: &a [*a]", "f:1: the alias *a has no finished anchor before it", id="alias in itself"),
        pytest.param("<<: 3", "f:1: `<<` takes a mapping", id="merge of a number"),
        pytest.param("a: .inf", "f:1: .inf is a number JSON cannot carry", id="infinity"),
        pytest.param("a: 1e999", "f:1: a number too large", id="overflow"),
        pytest.param("a: " + "9" * 5000, "f:1: a number with too many digits", id="endless integer"),
        pytest.param("[" * 70 + "]" * 70, "f:1: nested more than 64 levels deep", id="nesting"),
        pytest.param("[" * 100_000, "f:1: nested more than 64 levels deep", id="deep nesting"),
        pytest.param("a: 1\nb:\n  c: " + "[" * 5_000, "f:3: nested more than 64 levels deep", id="deep inside"),
        pytest.param("\n".join("[" * 2_000), "f:65: nested more than 64 levels deep", id="a level a line"),
        pytest.param("- " * 5_000, "f:1: nested more than 64 levels deep", id="deep list"),
        pytest.param("{a: " * 5_000, "f:1: nested more than 64 levels deep", id="deep mapping"),
        pytest.param('a: "' + "[" * 70 + '"\nb: [1', "f:2: not valid YAML", id="brackets in text"),
        pytest.param(
            "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [[[[[*a{n - 1}]]]]]\n" for n in range(1, 300)),
            "f:14: nested more than 64 levels deep",
            id="deep aliases",
        ),
        pytest.param(
            "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 9)),
            "f:6: more than 200,000 values",
            id="alias bomb",
        ),
    ],
)
def test_yaml_that_cannot_be_used_is_refused_with_its_line(text: str, finding: str) -> None:
    """Every way in which YAML can be wrong or hostile ends in one finding at the right line."""
    with pytest.raises(InputError) as raised:
        parse_yaml(text, "f")
    assert str(raised.value).startswith(finding)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        pytest.param('{"a": 1,\n "a": 2}', "f:2: the key 'a' is here twice", id="duplicate key"),
        pytest.param('{\n"a": }', "f:2: not valid JSON", id="syntax"),
        pytest.param('{"a": NaN}', "f:1: not valid JSON: NaN", id="NaN"),
        pytest.param('{"a": 1e999}', "f:1: a number too large", id="overflow"),
        pytest.param('{\n"a": "\\ud800"}', "f:2: a \\u escape that is half a character", id="half a character"),
        pytest.param("[" * 100_000, "f:1: nested more than 64 levels deep", id="deep nesting"),
        pytest.param("\n" * 4 + "\n[" * 100_000, "f:70: nested more than 64 levels deep", id="a level a line"),
        pytest.param("[" * 70 + "]" * 70, "f:1: nested more than 64 levels deep", id="nesting"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "f:1: not valid JSON", id="endless integer"),
    ],
)
def test_json_that_cannot_be_used_is_refused_with_its_line(text: str, finding: str) -> None:
    """JSON is held to the same rules as YAML."""
    with pytest.raises(InputError) as raised:
        parse_json(text, "f")
    assert str(raised.value).startswith(finding)


@given(json_values, st.sampled_from([None, 1]))
def test_json_is_read_as_the_standard_library_reads_it(value: Any, indent: int | None) -> None:
    """The tree built for the lines holds the same data as plain JSON, whatever the layout."""
    root = parse_json(json.dumps(value, indent=indent), "f")
    assert root is not None
    assert root.plain() == value


@given(st.dictionaries(st.text("abc", min_size=1), json_values, min_size=1))
def test_every_field_of_indented_json_knows_its_line(value: Any) -> None:
    """Lines are those of the keys, counted in the text as written."""
    text = json.dumps(value, indent=1)
    root = parse_json(text, "f")
    assert root is not None
    lines = {key: text.splitlines()[root.place((key,))[1] - 1] for key in value}
    assert all(line.startswith(f' "{key}":') for key, line in lines.items())


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param((), 1, id="the file"),
        pytest.param(("name",), 1, id="first field"),
        pytest.param(("tools",), 3, id="list"),
        pytest.param(("tools", 0), 4, id="entry"),
        pytest.param(("tools", 0, "configs", 1, "name"), 7, id="deep field"),
        pytest.param(("tools", 0, "configs", 1, "enabled"), 7, id="missing field: its parent"),
        pytest.param(("tools", 5, "name"), 3, id="missing entry: its list"),
        pytest.param(("nothing", "here"), 1, id="missing altogether"),
    ],
)
def test_a_definition_knows_the_nearest_line_of_any_field(loaded: Load, path: tuple[str | int, ...], line: int) -> None:
    """Whatever is said about a field can be said with a line."""
    text = AGENT + "tools:\n- type: agent_toolset_20260401\n  configs:\n  - name: bash\n  - name: read\n"
    definition = loaded({"agents/helper.yaml": text}).definitions[0]
    assert definition.line(path) == line
