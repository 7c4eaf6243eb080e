"""The pages of docs/reference/: per kind an example, every field, and what becomes of a live object.

Made from the models and the facts, so that they cannot come apart; only examples and remarks are written by hand
(`reference_remarks`). ``python -m pulumi_managed_agents.kinds.reference_pages docs/reference`` writes them anew.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pulumi_managed_agents.definitions import FOLDERS, MODELS
from pulumi_managed_agents.definitions.body import Body
from pulumi_managed_agents.definitions.field import SecretName
from pulumi_managed_agents.kinds import FACTS
from pulumi_managed_agents.kinds.reference_remarks import ADOPTION, DESTROY, EXAMPLES, PLACES, REMARKS, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from pulumi_managed_agents.kinds.facts import Facts

ELSEWHERE = (("credentials",),)
"""Fields whose entries have a page of their own."""

NOTE = "<!-- Made from the models; to change it, change those and write it anew. -->"
HEAD = "| Field | Type | Meaning | A change |\n| --- | --- | --- | --- |"
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {f"{kind}.md": _page(facts) for kind, facts in FACTS.items()}


def write(directory: Path) -> list[Path]:
    """Write the pages into a directory, which is made if need be; the files."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        written.append(directory / name)
        written[-1].write_text(text, encoding="utf-8")
    return written


def _page(facts: Facts) -> str:
    model = MODELS[facts.kind]
    language, example = EXAMPLES[facts.kind]
    sections = [
        NOTE,
        f"# {TITLES[facts.kind]}",
        _docstring(model),
        _place(facts.kind),
        f"```{language}\n{example}```",
        *filter(None, [REMARKS.get(facts.kind)]),
        "## Fields",
        f"Required fields are **bold**. {_how_it_changes(facts)}",
        "\n".join([HEAD, *_rows(facts, model)]),
        f"## Destroy\n\n{DESTROY[facts.kind]}",
        f"## Adopt\n\n{ADOPTION[facts.kind]}",
    ]
    return "\n\n".join(sections) + "\n"


def _place(kind: str) -> str:
    folder = next((folder for folder, of in FOLDERS.items() if of == kind), "")
    return PLACES.get(kind) or f"A file in `{folder}/` (`.md`, `.yaml`, `.yml` or `.json`), or one with `type: {kind}`."


def _docstring(model: type[Body]) -> str:
    return " ".join((model.__doc__ or "").split())


def _how_it_changes(facts: Facts) -> str:
    if facts.kind == "file":
        return "A file never changes: every change is another file."
    return (
        "A change makes a new version." if facts.versioned else "A change is made in place unless the table says else."
    )


def _rows(facts: Facts, model: type[Body]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        if name != "type":
            yield from _field_rows(facts, info, name, (name,), "")


def _field_rows(facts: Facts, info: FieldInfo, shown: str, path: tuple[str, ...], member: str) -> Iterator[str]:
    """A field's row, and those of the fields inside it; `member` names the member of a union it belongs to."""
    of = f" ({member})" if member else ""
    name = f"**`{shown}`**" if info.is_required() else f"`{shown}`"
    meaning = (info.description or "").replace("|", "\\|")
    yield f"| {name}{of} | {_type(info.annotation)} | {meaning} | {_change(facts, path)} |"
    inner = [] if path in ELSEWHERE else list(dict.fromkeys(_models(info.annotation)))
    suffix = "[]" if _is_list(info.annotation) else ""
    for model in inner:
        tag = _tag(model) if len(inner) > 1 else ""
        for below, one in model.model_fields.items():
            if not (below == "type" and tag):
                label = " / ".join(filter(None, (member, tag)))
                yield from _field_rows(facts, one, f"{shown}{suffix}.{below}", (*path, below), label)


def _change(facts: Facts, path: tuple[str, ...]) -> str:
    if path in facts.secrets or any(_is_place(place, path) for place in facts.secrets):
        return "in place; noticed by a fingerprint"
    how = "replaced, the old one first" if facts.delete_before_replace else "replaced"
    if (*path, "type") in facts.replaced_by:
        return f"another `type`: {how}"
    return how if path in facts.replaced_by else ""


def _is_place(place: tuple[str, ...], path: tuple[str, ...]) -> bool:
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


def _tag(model: type[Body]) -> str:
    """What tells a member of a union apart: its type (of built-in tools the name), or the field it must have."""
    for key in ("name", "type"):
        info = model.model_fields.get(key)
        if info and get_origin(info.annotation) is Literal:
            return ", ".join(map(str, get_args(info.annotation)))
    return f"by {next(name for name, info in model.model_fields.items() if info.is_required())}"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
