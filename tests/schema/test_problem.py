from __future__ import annotations

import copy
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.kinds import FOLDERS, KINDS, MODELS, Problem, problems
from tests.kinds.definition_bodies import AGENT, BODIES

FREE_FORM = {"metadata", "input_schema", "properties", "order.number", "values", "overrides", "ignore", "json_schema"}
FREE_FORM |= {"custom_tools", "on_tool_request", "agents/triage.md", "agents/new.md", "agents/newest.md", "returns"}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
keys = st.text(max_size=6) | st.sampled_from(["type", "name", "path", "tools", "expect", "send", "steps", "$schema"])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | st.integers(), inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of a value and of everything in it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    """The value at a path."""
    for step in path:
        value = value[step]
    return value


def spoilt(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of a body with another value at a path."""
    changed = copy.deepcopy(body)
    at(changed, path[:-1])[path[-1]] = value
    return changed


def objects_with_fixed_fields(body: Any) -> list[tuple[Any, ...]]:
    """The paths of the objects in a body whose fields are known."""
    return [path for path in places(body) if isinstance(at(body, path), dict) and not FREE_FORM & set(path)]


@given(kind=st.sampled_from(sorted(MODELS)), body=st.dictionaries(keys, anything))
def test_no_data_makes_it_raise(kind: str, body: dict[str, Any]) -> None:
    """Whatever stands in a file, the answer is a list of problems."""
    assert isinstance(problems(kind, body), list)


@given(data=st.data())
def test_no_spoilt_body_makes_it_raise(data: st.DataObject) -> None:
    """A body in which any one value is replaced by anything still gets an answer, with places that people can find."""
    kind, body = data.draw(st.sampled_from(BODIES))
    path = data.draw(st.sampled_from(places(body)[1:]))
    found = problems(kind, spoilt(body, path, data.draw(anything)))
    assert all("\0" not in problem.field and "\n" not in problem.message for problem in found)


@given(data=st.data())
def test_an_unknown_field_is_never_an_error_where_the_api_decides(data: st.DataObject) -> None:
    """A field newer than this package goes to the API with a warning at its own place, wherever it stands."""
    kind, body = data.draw(st.sampled_from([case for case in BODIES if MODELS[case[0]].for_api]))
    path = (*data.draw(st.sampled_from(objects_with_fixed_fields(body))), "brand_new_field")
    found = problems(kind, spoilt(body, path, data.draw(anything)))
    assert [(problem.path, problem.severity) for problem in found] == [(path, "warning")]


@pytest.mark.parametrize("kind", ["smoke", "values"])
def test_an_unknown_field_is_an_error_where_only_this_package_reads(kind: str) -> None:
    """A misspelt assertion must not be skipped in silence."""
    body = dict(BODIES)[kind]
    found = [problems(kind, spoilt(body, (*path, "qqq"), 1)) for path in objects_with_fixed_fields(body)]
    assert {problem.severity for (problem,) in found} == {"error"}


@given(data=st.data())
def test_a_value_of_a_wrong_type_is_found_where_it_stands(data: st.DataObject) -> None:
    """A number in place of a text is an error with the path the user wrote, and nothing else is broken by it."""
    text_places = [path for path in places(AGENT) if isinstance(at(AGENT, path), str) and "properties" not in path]
    path = data.draw(st.sampled_from(text_places))
    found = problems("agent", spoilt(AGENT, path, 7))
    assert ("error", path) in {(problem.severity, problem.path) for problem in found}


def test_messages_do_not_repeat_values() -> None:
    """A value that may be a secret in the wrong place is not printed, not even in part."""
    canary = "sk-canary-0123456789"
    bodies = [(kind, body) for kind, body in BODIES if kind in ("agent", "deployment", "vault", "environment")]
    for kind, body in bodies:
        for path in [path for path in places(body)[1:] if not {"name", "mcp_server_name"} & set(path)]:
            found = problems(kind, spoilt(body, path, canary))
            assert not any("canary" in problem.message for problem in found), path


def test_a_field_reads_as_people_write_it() -> None:
    """Paths print with dots and brackets, and the whole body has no name."""
    assert Problem(("tools", 1, "configs", 0, "name"), "").field == "tools[1].configs[0].name"
    assert Problem((), "").field == ""
    assert Problem(("metadata", "a\nb"), "").field == r"metadata.'a\nb'"


def test_a_name_in_a_message_stays_on_one_line() -> None:
    """Names from a file are quoted and clipped, so that a message is one line whatever they hold."""
    server = {"type": "url", "name": "a\n" + "b" * 200, "url": "https://a.example"}
    (problem,) = problems("agent", {"name": "x", "model": "claude-opus-5-5", "mcp_servers": [server]})
    assert problem.message.startswith(r"no mcp_toolset in tools uses server 'a\nbbb")
    assert len(problem.message) < 140


def test_a_body_that_is_no_object() -> None:
    """A file that holds a list instead of an object is one problem of the whole file."""
    assert problems("agent", ["name"]) == [Problem((), "must be an object (key: value)")]  # type: ignore[arg-type]


def test_every_folder_holds_a_known_kind() -> None:
    """The folders name kinds of the one list."""
    assert set(FOLDERS.values()) <= set(KINDS)


def test_importing_the_package_does_not_load_pydantic() -> None:
    """Commands that look at no file stay instant."""
    code = "import sys, pulumi_managed_agents.kinds; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_looking_at_agents_does_not_load_heavy_libraries() -> None:
    """The models need pydantic and nothing else from outside."""
    code = (
        "import sys; from pulumi_managed_agents.kinds import problems; problems('agent', {});"
        "print({'pulumi', 'httpx', 'jsonschema', 'jinja2', 'yaml', 'anthropic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_two_hundred_agents_are_checked_in_a_blink() -> None:
    """A large stage is validated as fast as its files are read; counted is what this process computes."""
    problems("agent", AGENT)
    started = time.process_time()
    for _ in range(200):
        problems("agent", AGENT)
    assert time.process_time() - started < 1
