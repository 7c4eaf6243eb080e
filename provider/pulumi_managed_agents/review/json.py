"""Reports as JSON, under names that do not change, and the JSON Schemas of them.

What is about plans writes those facts of a plan that it is about; every other report is a dataclass as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from inspect import cleandoc
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile import plan_rows, plan_text
from pulumi_managed_agents.reconcile.plan import Plan
from pulumi_managed_agents.review.capability import gained
from pulumi_managed_agents.review.drift import DriftReport, how
from pulumi_managed_agents.review.history import HistoryReport
from pulumi_managed_agents.review.review import SCHEMA_VERSION, Review
from pulumi_managed_agents.review.saved_plan import SavedPlan
from pulumi_managed_agents.review.status import StatusReport

if TYPE_CHECKING:
    from pathlib import Path

    from _typeshed import DataclassInstance

Fact = str | Callable[[Plan], Any]
"""An attribute of a plan, or a function of it."""

COMMON: dict[str, Fact] = {name: name for name in ("kind", "name", "file")}
VERSIONS: dict[str, Fact] = {name: name for name in ("recorded_version", "live_version")}
REVIEWED: Mapping[str, Fact] = {
    **COMMON,
    "action": "decision",
    **VERSIONS,
    "next_version": "next_version",
    "changes": "changes",
    "added": plan_rows.added,
    "removed": plan_rows.removed,
    "unknown": "unknown",
    "hidden": "hidden",
    "notes": plan_text.notes,
    "items": "items",
    "vanished": "vanished",
    "left": "left",
    "live_at": "live_at",
    "lost": "lost",
}
REST = (
    "desired",
    "undeclared",
    "widens",
    "refused_by",
    "lasting",
    "replaces",
    "recorded_at",
    "acceptance",
    "adopts",
    "waits",
    "resumes",
    "is_behind",
    "remark",
    "stage",
)
"""What else a plan is made of, so that a review can be read back and shown together with others."""
READABLE: Mapping[str, Fact] = {**REVIEWED, **{name: name for name in REST}}
DRIFTED: Mapping[str, Fact] = {
    **COMMON,
    "how": how,
    **VERSIONS,
    "live_at": "live_at",
    "changes": "outside",
    "gained": gained,
}
REPORTS: dict[str, tuple[type, Mapping[str, Fact], str]] = {
    "review.schema.json": (Review, READABLE, "Review of a preview: managed-agents preview --output-format json"),
    "drift.schema.json": (DriftReport, DRIFTED, "Drift report: managed-agents drift --output-format json"),
    "plan.schema.json": (SavedPlan, REVIEWED, "Saved plan: managed-agents preview STAGE --save-plan FILE"),
    "status.schema.json": (StatusReport, DRIFTED, "Status: managed-agents status --output-format json"),
    "history.schema.json": (HistoryReport, {}, "History: managed-agents history STAGE --output-format json"),
}
"""By file: what is written as JSON, which facts of each plan, and the command that writes it."""

MADE_BY = "`managed-agents preview STAGE --output FILE.json` writes one"

_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.+(?:\n {8,}.+)*)", re.MULTILINE)


def as_json(report: DataclassInstance) -> str:
    """The whole report, every value and every diff of it."""
    return json.dumps(as_tree(report), indent=2, ensure_ascii=False) + "\n"


def as_tree(report: DataclassInstance) -> dict[str, Any]:
    """The same as the lists and mappings that JSON has."""
    facts = READABLE if isinstance(report, Review) else REVIEWED if isinstance(report, SavedPlan) else DRIFTED
    tree: dict[str, Any] = _written(report, facts)
    return tree


def from_json(text: str, what: str) -> Review:
    """A review that was written as JSON, with its plans.

    Raises:
        InputError: it is none, or that of another release; `what` names the file.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        tree = json.loads(text)
        if tree["schema_version"] != SCHEMA_VERSION:
            raise InputError(f"{what}: is a review of another release (schema_version {tree['schema_version']})")
        for stage in tree["stages"]:
            for listed in ("resources", "left"):
                stage[listed] = [_plan_of(facts) for facts in stage[listed]]
        return TypeAdapter(Review).validate_python(tree)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise InputError(f"{what}: is not a review, {place}: {first['msg']}; {MADE_BY}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{what}: is not a review; {MADE_BY}") from None


def _plan_of(facts: dict[str, Any]) -> dict[str, Any]:
    """The fields of a plan, without the messages about it."""
    names = {field.name for field in fields(Plan)} - {"decision", "entries"}
    values = {name: value for name, value in facts.items() if name in names}
    return {**values, "decision": facts["action"], "entries": FACTS[facts["kind"]].entries}


def _written(value: Any, facts: Mapping[str, Fact]) -> Any:
    if isinstance(value, Plan):
        return {
            name: _written(attrgetter(fact)(value) if isinstance(fact, str) else fact(value), facts)
            for name, fact in facts.items()
        }
    if is_dataclass(value):
        return {field.name: _written(getattr(value, field.name), facts) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: _written(item, facts) for key, item in value.items()}
    return [_written(item, facts) for item in value] if isinstance(value, (list, tuple)) else value


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas by file, made from what is written; descriptions are those of the docstrings."""
    return {file: schema_of(report, title, facts) for file, (report, facts, title) in REPORTS.items()}


def write_schemas(directory: Path, schemas: Mapping[str, Any]) -> list[Path]:
    """Write schemas beside those of the definition files."""
    for file, content in schemas.items():
        (directory / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return [directory / file for file in schemas]


def schema_of(report: type, title: str, facts: Mapping[str, Fact] = MappingProxyType({})) -> dict[str, Any]:
    """The JSON Schema of a report, a dataclass whose docstring describes its attributes."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(report).json_schema(mode="serialization")
    schema.setdefault("$defs", {})
    if "Plan" in schema["$defs"]:
        plan_properties = {name: _fact(fact) for name, fact in facts.items()}
        for content in plan_properties.values():
            schema["$defs"] |= content.pop("$defs", {})
        schema["$defs"]["Plan"]["properties"] = plan_properties
        # A plan carries what identifies the entries of lists, to group its changes; no report holds it.
        del schema["$defs"]["Entries"]
    schema["$defs"] = dict(sorted(schema["$defs"].items()))
    known = _dataclasses(report, *(_of(fact)[0] for fact in facts.values()))
    for name, definition in [(report.__name__, schema), *schema["$defs"].items()]:
        _describe(definition, known[name])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def _fact(fact: Fact) -> dict[str, Any]:
    """The schema of a fact about a plan."""
    from pydantic import TypeAdapter

    hint, described = _of(fact)
    return {**TypeAdapter(hint).json_schema(mode="serialization"), "description": described}


def _of(fact: Fact) -> tuple[Any, str]:
    """The type of a fact about a plan, and what it is."""
    attribute = getattr(Plan, fact, None) if isinstance(fact, str) else fact
    function = attribute.fget if isinstance(attribute, property) else attribute if callable(attribute) else None
    if function is None:
        return get_type_hints(Plan)[str(fact)], _attributes(Plan)[str(fact)]
    return get_type_hints(function)["return"], " ".join((function.__doc__ or "").split())


def _dataclasses(*types: Any) -> dict[str, type]:
    """The dataclasses that types lead to, by name."""
    classes: dict[str, type] = {}
    waiting = list(types)
    while waiting:
        type_ = waiting.pop()
        if isinstance(type_, type) and is_dataclass(type_) and type_.__name__ not in classes:
            classes[type_.__name__] = type_
            waiting += get_type_hints(type_).values()
        waiting += get_args(type_)
    return classes


def _describe(definition: dict[str, Any], dataclass: type) -> None:
    definition["description"] = " ".join((dataclass.__doc__ or "").partition("Attributes:")[0].split())
    definition["required"] = list(definition["properties"])
    for name, field in definition["properties"].items():
        field.pop("default", None)
        field.pop("title", None)
        field.setdefault("description", _attributes(dataclass).get(name))


def _attributes(dataclass: type) -> dict[str, str]:
    """The attributes that its docstring describes, and those of what it extends."""
    documented = (cleandoc(one.__doc__ or "").partition("Attributes:")[2] for one in reversed(dataclass.__mro__))
    return {name: " ".join(words.split()) for text in documented for name, words in _ATTRIBUTE.findall(text)}
