"""YAML as people write it: values in random styles, with comments, blank lines, quotes, brackets and block scalars."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = st.sampled_from(["name", "type", "system", "tools", "model", "on", "x-y", "description", "skills", "a b"])
WORDS = st.sampled_from(
    [
        "Be kind.",
        "claude-opus-5-5",
        "on",
        "no",
        "12",
        "1e3",
        "it's",
        'say "hi"',
        "a: b",
        "a #b",
        "- dash",
        "[x]",
        "é ☃",
        "",
    ]
)
PARAGRAPHS = st.lists(
    st.sampled_from(
        ["Be kind.", "  indented", "", "- item: x", "# no comment", "a\tb", 'It\'s "quoted" here, at length.']
    ),
    min_size=2,
    max_size=6,
).map("\n".join)
SCALARS = st.one_of(WORDS, PARAGRAPHS, st.integers(-5, 5), st.booleans(), st.none(), st.just(1.5))
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
BODIES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=5)


@dataclass(frozen=True)
class Styled:
    """A document, what it says, and the lines that each of its top-level entries takes."""

    text: str
    body: dict[str, Any]
    entries: Mapping[str, str]


@st.composite
def documents(draw: st.DrawFn) -> Styled:
    """A document in block style, its values in any style that reads back."""
    body = draw(BODIES)
    parts, entries = [], {}
    for key, value in body.items():
        parts.append(draw(st.sampled_from(["", "", "# a comment\n", "\n", "\n# apart\n\n"])))
        entries[key] = f"{_key(draw, key)}:{_value(draw, value, 0)}\n"
        parts.append(entries[key])
    return Styled("".join(parts), body, entries)


def _key(draw: st.DrawFn, key: str) -> str:
    return draw(st.sampled_from([key, f"'{key}'", f'"{key}"']))


def _value(draw: st.DrawFn, value: Any, indent: int) -> str:
    """What stands behind a colon, without the last line break."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        inner = indent + draw(st.sampled_from([1, 2, 4]))
        return f"{_comment(draw)}\n" + "\n".join(_entries(draw, value, inner))
    if isinstance(value, list) and value and draw(st.booleans()):
        inner = indent + draw(st.sampled_from([0, 2]))
        return f"{_comment(draw)}\n" + "\n".join(_items(draw, value, inner))
    if isinstance(value, str) and (block := _block(draw, value, indent + 2)):
        return f" {block}"
    return f" {_flow(draw, value)}{_comment(draw)}"


def _entries(draw: st.DrawFn, value: dict[str, Any], indent: int) -> list[str]:
    lines = []
    for key, item in value.items():
        if draw(st.integers(0, 5)) == 0:
            lines.append(f"{' ' * indent}# about {key}")
        lines.append(f"{' ' * indent}{_key(draw, key)}:{_value(draw, item, indent)}")
    return lines


def _items(draw: st.DrawFn, value: list[Any], indent: int) -> list[str]:
    lines = []
    for item in value:
        if isinstance(item, dict) and item and draw(st.booleans()):
            lines.append(f"{' ' * indent}- {chr(10).join(_entries(draw, item, indent + 2)).lstrip()}")
            if lines[-1].lstrip(" -").startswith("#"):  # a comment cannot stand behind the dash of a mapping
                lines[-1] = f"{' ' * indent}- {_flow(draw, item)}"
        else:
            shown = f" {_flow(draw, item)}" if isinstance(item, (dict, list)) else _value(draw, item, indent)
            lines.append(f"{' ' * indent}-{shown}")
    return lines


def _block(draw: st.DrawFn, text: str, indent: int) -> str:
    """A text as a block scalar, where it can be one."""
    lines = text.split("\n")
    if len(lines) < 2 or not lines[0] or lines[0] != lines[0].strip() or not lines[-1] or draw(st.booleans()):
        return ""
    style = "|-"
    if all(line == line.strip() and not line.startswith("#") for line in lines) and draw(st.booleans()):
        style, lines = ">-", [lines[0], *(part for line in lines[1:] for part in (["", line] if line else [""]))]
    return "\n".join([f"{style}{_comment(draw)}", *(f"{' ' * indent}{line}" if line else "" for line in lines)])


def _flow(draw: st.DrawFn, value: Any) -> str:
    """A value on one line, or in brackets over several."""
    space = draw(st.sampled_from(["", " "]))
    if isinstance(value, dict):
        return (
            "{"
            + space
            + ", ".join(f"{_key(draw, key)}: {_flow(draw, item)}" for key, item in value.items())
            + space
            + "}"
        )
    if isinstance(value, list):
        return "[" + space + ", ".join(_flow(draw, item) for item in value) + space + "]"
    if isinstance(value, str):
        simple = value.isascii() and value.replace("-", "").replace(".", "").replace(" ", "").isalpha()
        choices = [json.dumps(value, ensure_ascii=False).replace("\x7f", "\\x7f")]
        choices += [f"'{value.replace(chr(39), chr(39) * 2)}'"] if value.isprintable() else []
        choices += [value] if simple and not value.startswith("-") else []
        return draw(st.sampled_from(choices))
    return draw(st.sampled_from(["null", "~"])) if value is None else json.dumps(value)


def _comment(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["", "", "  # why"]))


@st.composite
def edits(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """Another body that has most in common with one: some values changed, some keys and entries added or removed."""
    changed = _edited(draw, body)
    assert isinstance(changed, dict)
    return changed or {"name": "x"}


def _edited(draw: st.DrawFn, value: Any) -> Any:
    if isinstance(value, dict) and value:
        kept = {key: _edited(draw, item) if draw(st.integers(0, 2)) == 0 else item for key, item in value.items()}
        if draw(st.integers(0, 3)) == 0:
            kept.pop(draw(st.sampled_from(sorted(kept))))
        if draw(st.integers(0, 3)) == 0:
            kept[draw(KEYS)] = draw(VALUES)
        return kept
    if isinstance(value, list) and value:
        items = [_edited(draw, item) if draw(st.integers(0, 2)) == 0 else item for item in value]
        if draw(st.integers(0, 3)) == 0:
            items.pop(draw(st.integers(0, len(items) - 1)))
        if draw(st.integers(0, 3)) == 0:
            items.insert(draw(st.integers(0, len(items))), draw(VALUES))
        return items
    return draw(VALUES)
