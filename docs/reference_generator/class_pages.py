"""The pages of docs/reference/python/: per class of the package an example, what it takes and gives, what replaces it.

Made from the classes' signatures, annotations and docstrings, and from the models. The examples are the programs in
`examples`, which the tests type-check and run. ``python -m docs.reference_generator.class_pages docs/reference/python``
writes the pages.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi_managed_agents
from docs.reference_generator.input_types import Types, aliases
from docs.reference_generator.limits import limits
from docs.reference_generator.pages import NOTE, cell, change, joined, meaning, table, write
from docs.reference_generator.remarks import CLASS_IMPORTS, DESTROY, LOOK_UPS, OUTPUTS, TITLES, TOPICS
from pulumi_managed_agents.dynamic.program.deployed_stage import CLASSES
from pulumi_managed_agents.kinds.catalogue import MODELS
from pulumi_managed_agents.kinds.registry import FACTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

    from pulumi_managed_agents.dynamic.program.resource import ManagedResource
    from pulumi_managed_agents.schema.body import Body

EXAMPLES = Path(__file__).parent / "examples"
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):$", re.MULTILINE)
ENTRY = re.compile(r"^ {4}(\w[\w.]*): ", re.MULTILINE)
BY_TITLE = {cls.title: kind for kind, cls in CLASSES.items()}
MODEL_FIELDS = {"vault": "vault_id"}
"""Arguments that are called otherwise than the field that they fill."""
PLAIN = {
    "Text": "`str`",
    "Object": "`dict`",
    "TextOrObject": "`str` or `dict`",
    "Live": "[`LiveObject`](look_ups.md#liveobject)",
    "LiveObject": "[`LiveObject`](look_ups.md#liveobject)",
    "Reference": "a resource, a [`LiveObject`](look_ups.md#liveobject) or an id",
    "Any": "any value",
}

ORDER = {
    "key": "The old one is archived first, since no two of them may be live.",
    "name": "The old one gives up its name first, since no two may have it; it is removed once the new one is made.",
    "": "The new one is made first.",
}
NESTED = (
    "Dicts, each with a type in `pulumi_managed_agents.inputs`. They are those of the files: where a text speaks of "
    "the path of a file, a program gives the resource, where it speaks of the name of a secret, the value. A key or a "
    "value that is unknown here goes through `inputs.unchecked`."
)


def class_pages() -> dict[str, str]:
    """Every page by its file name."""
    pages = {f"{kind}.md": _class_page(kind, cls) for kind, cls in CLASSES.items()}
    return {**pages, **{f"{topic}.md": _topic_page(topic) for topic in TOPICS}}


def _class_page(kind: str, cls: type[ManagedResource]) -> str:
    """The page of a resource class."""
    words = _Words()
    arguments = table(("Argument", "Type", "Meaning", "Limits", "A change"), _arguments(kind, cls, words))
    nested = [_nested(model, words) for model in words.models()]
    return joined(
        NOTE,
        f"# {cls.title}",
        _prose(cls.__doc__),
        f"Its counterpart as a file: [{TITLES[kind]}](../{kind}.md).",
        *_example(kind),
        "## Inputs",
        "Required ones are **bold**. Each, and everything in it, may be an Output unless its type is in *italics*. "
        "What is left out is not sent, unless its meaning says what it then is.",
        arguments,
        *(("## Nested inputs", NESTED, *nested) if nested else ()),
        "## Outputs",
        "They are what the program declares and the API computes; a resource that is only looked up, by "
        f"`{cls.title}.get(name, id)`, has what is live.",
        table(("Output", "Type", "Meaning"), _outputs(kind, cls)),
        "## What replaces it",
        _replaced(kind),
        f"## Destroy\n\n{DESTROY[kind]}",
        "## Import",
        *CLASS_IMPORTS[kind],
        "## Look up",
        LOOK_UPS[kind],
    )


def _arguments(kind: str, cls: type[ManagedResource], words: _Words) -> Iterator[tuple[str, ...]]:
    described = _entries(cls.__init__.__doc__, "Args")
    for name, parameter in inspect.signature(cls).parameters.items():
        info = MODELS[kind].model_fields.get(name)
        fixed = "pulumi.Input" not in _expanded(parameter.annotation, words) and name != "opts"
        type = words.of(parameter.annotation)
        path = (MODEL_FIELDS.get(name, name),)
        yield (
            f"**`{name}`**" if parameter.default is inspect.Parameter.empty else f"`{name}`",
            f"*{type}*" if fixed else type,
            cell(described[name]),
            cell(limits(info)) if info and name != "metadata" else "",  # which holds our mark, too
            change(FACTS[kind], path),
        )


def _outputs(kind: str, cls: type[ManagedResource]) -> Iterator[tuple[str, ...]]:
    words = _Words()
    annotations = vars(cls)["__annotations__"]
    described = _entries(cls.__init__.__doc__, "Args")
    yield "`id`", "`str`", "The API's id."
    yield "`urn`", "`str`", "Pulumi's name for the resource."
    for name in cls.output_names():
        text = OUTPUTS.get((kind, name)) or described.get(name, "")
        yield (
            f"`{name}`",
            words.of(annotations[name]) + (" or `None`" if "None" in annotations[name] else ""),
            cell(text),
        )


def _nested(model: type[Body], words: _Words) -> str:
    """The section of a model that stands inside an argument."""
    name = words.types.name(model)
    rows = (_row(model, key, info, words) for key, info in model.model_fields.items())
    return f"### {name}\n\n{_prose(model.__doc__)}\n\n{table(('Key', 'Type', 'Meaning', 'Limits'), rows)}"


def _row(model: type[Body], key: str, info: FieldInfo, words: _Words) -> tuple[str, ...]:
    shown = f"**`{key}`**" if info.is_required() else f"`{key}`"
    return shown, words.of(words.types.of_field(model, key)), cell(meaning(info)), cell(limits(info))


def _replaced(kind: str) -> str:
    paths = [".".join(path) for path in FACTS[kind].replaced_by]
    always = (
        "What asks Pulumi for it: `replace_on_changes`, `pulumi up --replace`, `pulumi state taint`; see "
        "[Replace](../../how-to/replace.md)."
    )
    if not paths:
        return f"No change of an input does. {always}"
    listed = ", ".join(f"`{path}`" for path in paths)
    return f"Another value of {listed}. {ORDER[FACTS[kind].unique]} {always}"


def _topic_page(topic: str) -> str:
    """The page of functions and classes that make no object of the API by themselves."""
    title, introduction, names = TOPICS[topic]
    described = [_described(name) for name in names]
    return joined(NOTE, f"# {title}", *introduction, *_example(topic), *(part for one in described for part in one))


def _described(name: str) -> Iterator[str]:
    """A function or a class: what it is for, what it takes and gives."""
    one = getattr(pulumi_managed_agents, name)
    words = _Words()
    yield f"## {name}"
    yield _prose(one.__doc__)
    docs = (one.__doc__, vars(one)["__init__"].__doc__ if isinstance(one, type) else "")
    described = _entries(docs[0], "Args") | _entries(docs[1], "Args")
    parameters = [(key, given) for key, given in inspect.signature(one).parameters.items() if key in described]
    if parameters:
        rows = (
            (
                f"**`{key}`**" if parameter.default is inspect.Parameter.empty else f"`{key}`",
                words.of(parameter.annotation),
                cell(described[key]),
            )
            for key, parameter in parameters
        )
        yield table(("Argument", "Type", "Meaning"), rows)
    if attributes := {**_entries(one.__doc__, "Attributes"), **_properties(one)}:
        yield table(("Attribute", "Meaning"), ((f"`{key}`", cell(text)) for key, text in attributes.items()))
    for section in ("Returns", "Raises"):
        for doc in docs:
            if text := _section(doc, section):
                yield f"{section}: {' '.join(text.split())}"


def _properties(one: Any) -> dict[str, str]:
    if not isinstance(one, type):
        return {}
    return {name: _prose(value.__doc__) for name, value in vars(one).items() if isinstance(value, property)}


def _example(name: str) -> Iterator[str]:
    """A program, below what its docstring says of it."""
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    module = ast.parse(text)
    code = "\n".join(text.splitlines()[module.body[0].end_lineno :]).strip()
    yield from ("## Example", ast.get_docstring(module) or "", f"```python\n{code}\n```")


def _prose(doc: str | None) -> str:
    """What a docstring says before its first section."""
    head = SECTION.split(inspect.cleandoc(doc or ""))[0]
    return head.strip()


def _section(doc: str | None, title: str) -> str:
    parts = SECTION.split(inspect.cleandoc(doc or ""))
    found = dict(zip(parts[1::2], parts[2::2], strict=True)).get(title, "")
    # What stands after an empty line without indentation is no part of it.
    return re.split(r"\n\n(?! )", found.strip("\n"))[0]


def _entries(doc: str | None, title: str) -> dict[str, str]:
    parts = ENTRY.split(_section(doc, title))
    return {name: textwrap.dedent(text).strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _expanded(annotation: Any, words: _Words) -> str:
    """An annotation with what stands behind the names of types of Outputs."""
    text = str(annotation)
    for name in re.findall(r"inputs\.(\w+)", text):
        text += words.named.get(name, "")
    return text + ("pulumi.Input" if re.search(r"\b(Text|Live)\b", text) else "")


@dataclass
class _Words:
    """Types as people read them, and which nested ones were met."""

    types: Types = field(default_factory=Types)
    met: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.named: Mapping[str, str] = {name: written for name, (written, _) in aliases(self.types).items()}
        self._models: Mapping[str, type[Body]] = {self.types.name(model): model for model in self.types.written}

    def models(self) -> Iterator[type[Body]]:
        """Every nested model that was met, also those that are met while one is described."""
        for name in self.met:
            yield self._models[name]

    def of(self, annotation: Any) -> str:
        """A type in words: ``list of str``, with a link to what is described on the page."""
        text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
        return " or ".join(dict.fromkeys(self._members(ast.parse(text, mode="eval").body)))

    def _members(self, node: ast.expr) -> Iterator[str]:
        """Each member of a union."""
        match node:
            case ast.BinOp():
                yield from self._members(node.left)
                yield from self._members(node.right)
            case ast.Subscript():
                yield from self._subscripted(node)
            case ast.Constant():
                yield from () if node.value is None else (f"`{node.value!r}`",)
            case _:
                yield from self._name(ast.unparse(node).removeprefix("inputs."))

    def _subscripted(self, node: ast.Subscript) -> Iterator[str]:
        outer = ast.unparse(node.value).rpartition(".")[2]
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if outer in {"Sequence", "list"}:
            yield f"list of {' or '.join(self._members(inner[0]))}"
        elif outer in {"Mapping", "dict"}:
            yield f"dict of {' or '.join(self._members(inner[1]))}"
        elif outer == "LiveObject":
            yield PLAIN[outer]
        else:
            for one in inner:
                yield from self._members(one)

    def _name(self, name: str) -> Iterator[str]:
        if name in self.named:
            yield from self._members(ast.parse(self.named[name], mode="eval").body)
        elif name in self._models:
            if name not in self.met:
                self.met.append(name)
            yield f"[`{name}`](#{name.lower()})"
        elif name in BY_TITLE:
            yield f"[`{name}`]({BY_TITLE[name]}.md)"
        else:
            yield PLAIN.get(name, f"`{name}`")


if __name__ == "__main__":
    write(Path(sys.argv[1]), class_pages())
