"""The pages of docs/reference/: per kind of file an example and every field, of live objects also what becomes of them.

Made from the models and the facts, so that they cannot come apart; only examples and remarks are written by hand
(`remarks`). ``python -m docs.reference_generator.pages docs/reference`` writes them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from docs.reference_generator.limits import limits
from docs.reference_generator.remarks import (
    ADOPTION,
    DESTROY,
    EXAMPLES,
    OWN_FILES,
    PLACES,
    PLACES_INTRODUCTION,
    REMARKS,
    SETTINGS_INTRODUCTION,
    TITLES,
)
from pulumi_managed_agents.config.settings import NAMESPACE, SETTINGS
from pulumi_managed_agents.kinds import FOLDERS, MODELS
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.release.places import GROUPS
from pulumi_managed_agents.schema.body import Body
from pulumi_managed_agents.schema.field import SecretName
from pulumi_managed_agents.stage.reader import NAMED_BY_PLACE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic.fields import FieldInfo

    from pulumi_managed_agents.reconcile.kind import Facts

    Row = tuple[str, ...]
    Steps = tuple[str, ...]

ELSEWHERE = (("credentials",), ("steps",))
"""Fields whose entries are described elsewhere."""

NOTE = "<!-- Made from the models; to change it, change those and run `make generate`. -->"
HEAD = ("Field", "Type", "Meaning", "Limits")
CHANGE = "A change"
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}


def pages() -> dict[str, str]:
    """Every page by its file name."""
    kinds = {f"{kind}.md": _page(facts) for kind, facts in FACTS.items()}
    return {**kinds, **{f"{kind}.md": _own_page(kind) for kind in OWN_FILES}, "settings.md": _settings_page()}


def write(directory: Path, made: Mapping[str, str]) -> None:
    """Write pages into a directory, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (directory / name).write_text(text, encoding="utf-8")


def _page(facts: Facts) -> str:
    """The page of a kind of live object."""
    return joined(
        *_head(facts.kind),
        f"Required fields are **bold**. {_how_it_changes(facts)}",
        table((*HEAD, CHANGE), ((*row, change(facts, path)) for path, row in _fields(MODELS[facts.kind]))),
        f"## Destroy\n\n{DESTROY[facts.kind]}",
        f"## Adopt\n\n{ADOPTION[facts.kind]}",
    )


def _own_page(kind: str) -> str:
    """The page of a kind of file that the API never sees."""
    rows = (row for _, row in _fields(MODELS[kind]))
    return joined(*_head(kind), "Required fields are **bold**.", table(HEAD, rows))


def _settings_page() -> str:
    rows = ((f"`{NAMESPACE}:{one.name}`", one.form, one.default, one.meaning) for one in SETTINGS)
    words = ((f"`{word}`", ", ".join(f"`{place}`" for place in GROUPS[word])) for word in GROUPS)
    return joined(
        NOTE,
        *SETTINGS_INTRODUCTION,
        table(("Setting", "Value", "Without it", "Meaning"), rows),
        *PLACES_INTRODUCTION,
        table(("Word", "Places"), words),
    )


def _head(kind: str) -> Iterator[str]:
    language, example = EXAMPLES[kind]
    yield from (NOTE, f"# {TITLES[kind]}", _docstring(MODELS[kind]), _place(kind), f"```{language}\n{example}```")
    yield from filter(None, [REMARKS.get(kind)])
    yield "## Fields"


def joined(*sections: str) -> str:
    """A page of these sections."""
    return "\n\n".join(sections) + "\n"


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _place(kind: str) -> str:
    folder = next((folder for folder, of in FOLDERS.items() if of == kind), "")
    if kind in PLACES:
        return PLACES[kind]
    named = "" if kind == "vault" else f", or one whose name begins with `{kind}.`, `{kind}-` or `{kind}_`"
    unnamed = (
        " `name` may be left out: it is then the directory's, or the file's in `{}/`." if kind in NAMED_BY_PLACE else ""
    )
    formats = "(`.md`, `.yaml`, `.yml` or `.json`)"
    return f"A file in `{folder}/` {formats}, or one with `type: {kind}`{named}.{unnamed.format(folder)}"


def _docstring(model: type[Body]) -> str:
    return " ".join((model.__doc__ or "").split())


def _how_it_changes(facts: Facts) -> str:
    if facts.kind == "file":
        return "A file never changes: every change is another file."
    return (
        "A change makes a new version." if facts.versioned else "A change is made in place unless the table says else."
    )


def _fields(model: type[Body]) -> Iterator[tuple[Steps, Row]]:
    """The path and the row of every field, in the order of the model."""
    for name, info in model.model_fields.items():
        if name != "type":
            yield from _field_rows(info, name, (name,), "")


def _field_rows(info: FieldInfo, shown: str, path: Steps, member: str) -> Iterator[tuple[Steps, Row]]:
    """A field's row, and those of the fields inside it; `member` names the member of a union it belongs to."""
    of = f" ({member})" if member else ""
    name = f"**`{shown}`**" if info.is_required() else f"`{shown}`"
    yield path, (f"{name}{of}", _type(info.annotation), cell(meaning(info)), cell(limits(info)))
    inner = [] if path in ELSEWHERE else list(dict.fromkeys(_models(info.annotation)))
    suffix = ".NAME" if _is_by_name(info.annotation) else "[]" if _is_list(info.annotation) else ""
    for model in inner:
        tag = _tag(model) if len(inner) > 1 else ""
        for below, one in model.model_fields.items():
            if not (below == "type" and tag):
                label = " / ".join(filter(None, (member, tag)))
                yield from _field_rows(one, f"{shown}{suffix}.{below}", (*path, below), label)


def cell(text: str) -> str:
    """A text in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def meaning(info: FieldInfo) -> str:
    """The description, and the default where there is one that it does not tell."""
    description = info.description or ""
    is_plain = (
        not info.is_required() and isinstance(info.default, (int, float, str)) and info.default not in ("", False)
    )
    return f"{description} Default: `{info.default}`." if is_plain and "default" not in description else description


def change(facts: Facts, path: Steps) -> str:
    """What a change of a field does, where that is more than a change in place."""
    if path in facts.secrets or any(_is_place(place, path) for place in facts.secrets):
        return "in place; noticed by a fingerprint"
    how = "replaced, the old one archived first" if facts.unique == "key" else "replaced"
    if (*path, "type") in facts.replaced_by:
        return f"another `type`: {how}"
    return how if path in facts.replaced_by else ""


def _is_place(place: Steps, path: Steps) -> bool:
    return tuple(step for step in place if step != "*") == path


def _type(annotation: Any) -> str:
    """A type as people say it: ``text or object``, ``list of text``, one of some words."""
    return " or ".join(dict.fromkeys(_kinds(annotation)))


def _kinds(annotation: Any) -> Iterator[str]:
    origin = get_origin(annotation)
    if origin is Literal:
        yield from (f"`{value}`" for value in get_args(annotation))
    elif annotation is SecretName:
        yield "`{secret: NAME}`"
    elif origin is list:
        yield f"list of {_type(get_args(annotation)[0])}"
    elif origin is dict or annotation is dict:
        yield "object"
    elif annotation in PLAIN:
        yield from () if annotation is type(None) else (PLAIN[annotation],)
    elif isinstance(annotation, type):
        yield "object"
    elif hasattr(annotation, "__metadata__"):
        yield from _kinds(get_args(annotation)[0])
    elif get_args(annotation):
        for part in get_args(annotation):
            yield from _kinds(part)
    else:
        yield "any value"


def _models(annotation: Any) -> Iterator[type[Body]]:
    if isinstance(annotation, type) and issubclass(annotation, Body):
        yield from () if annotation is SecretName else (annotation,)
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from _models(part)


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))


def _is_by_name(annotation: Any) -> bool:
    """Whether models stand in an object below names that people choose."""
    if get_origin(annotation) is dict:
        return any(True for _ in _models(annotation))
    return any(_is_by_name(part) for part in get_args(annotation))


def _tag(model: type[Body]) -> str:
    """What tells a member of a union apart: its type (of built-in tools the name), or the field it must have."""
    for key in ("name", "type"):
        info = model.model_fields.get(key)
        if info and get_origin(info.annotation) is Literal:
            return ", ".join(map(str, get_args(info.annotation)))
    return f"by {next(name for name, info in model.model_fields.items() if info.is_required())}"


if __name__ == "__main__":
    write(Path(sys.argv[1]), pages())
