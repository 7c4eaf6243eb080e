"""How the emulator's modules depend on each other, imports for types included."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import managed_agents_emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(managed_agents_emulator.__file__).parent
NAME = PACKAGE.name


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = (NAME, *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path) -> Iterator[str]:
    """The names that a module imports when it is loaded or its types are checked: all but those inside functions."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting.extend(ast.iter_child_nodes(node))


def test_no_imports_go_in_a_circle() -> None:
    """Each module can be understood after those that it imports."""
    known = modules()
    graph = {
        name: {one if one in known else one.rpartition(".")[0] for one in imported(path)} & known.keys() - {name}
        for name, path in known.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(known) > 1


def test_nothing_of_the_provider_is_imported() -> None:
    """The emulator knows the API from its documentation alone, so that it cannot repeat the provider's mistakes."""
    provider = "pulumi"
    assert [path for path in modules().values() if any(name.startswith(provider) for name in imported(path))] == []
