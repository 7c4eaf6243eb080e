"""Rendering `*.j2` files: sandboxed jinja2, undefined names are errors, includes only from the stage folder."""

from __future__ import annotations

import difflib
import posixpath
import traceback
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.names import TEMPLATE_SUFFIX, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jinja2 import Environment, Undefined

    from pulumi_managed_agents.files.source_files import SourceFile, SourceFiles


class Templates:
    """Renders the templates of one stage folder; jinja2 is loaded with the first one.

    Templates see `values` (of the values file), `stage` and `project`. `shown` gives the path that findings name.
    """

    def __init__(
        self, folder: Path, shown: Callable[[str], str], variables: Mapping[str, Any], files: SourceFiles
    ) -> None:
        self._folder = folder
        self._shown = shown
        self._variables = variables
        self._files = files
        self._environment: Environment | None = None
        self._loaded: set[str] = set()

    def sources(self, file: SourceFile) -> list[SourceFile]:
        """Return a definition's file and, of a template, all it includes or imports by a name that is written out.

        What it includes by a computed name shows in the body it becomes.
        """
        found = {file.path: file}
        waiting = [file] if file.path.endswith(TEMPLATE_SUFFIX) else []
        while waiting:
            for name in _included(waiting.pop().text):
                included = self._file(name)
                if included and included.path not in found:
                    found[included.path] = included
                    waiting.append(included)
        return list(found.values())

    def render(self, relative: str, source: str) -> tuple[str, Callable[[int], int]]:
        """Return the rendered text, and a function from its lines to those of the template.

        Raises `InputError` with the file and line of the template, or of the one it includes.
        """
        from jinja2 import TemplateSyntaxError

        file = self._shown(relative)
        try:
            text = self._jinja().get_template(relative).render(self._variables)
            text.encode()
        except InputError:
            raise
        except TemplateSyntaxError as error:
            message = f"not a valid template: {error.message}"
            raise InputError([Finding(error.filename or file, error.lineno, "", message)]) from None
        except Exception as error:  # a template can raise whatever its expressions raise
            place = self._place(error, file)
            raise InputError([Finding(*place, "", f"the template fails: {_reason(error)}")]) from None
        return text, line_map(source, text)

    def _jinja(self) -> Environment:
        if self._environment is None:
            from jinja2 import FunctionLoader
            from jinja2.sandbox import SandboxedEnvironment

            self._environment = SandboxedEnvironment(
                loader=FunctionLoader(self._load),
                undefined=_undefined(),
                keep_trailing_newline=True,
                trim_blocks=True,
                lstrip_blocks=True,
                autoescape=False,  # the result is YAML, JSON or Markdown, not HTML
            )
        return self._environment

    def _load(self, name: str) -> tuple[str, str, None] | None:
        """Return text and shown path of a template; None for what is no file inside the stage folder."""
        file = self._file(name)
        if file is None:
            return None
        self._loaded.add(file.shown)
        return file.text, file.shown, None

    def _file(self, name: str) -> SourceFile | None:
        relative = posixpath.normpath(name)
        path, folder = (self._folder / relative).resolve(), self._folder.resolve()
        if not path.is_relative_to(folder) or not path.is_file():
            return None
        return self._files.document(path, relative, self._shown(relative))

    def _place(self, error: Exception, file: str) -> tuple[str, int]:
        """Return file and line of the innermost template that was being rendered."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename in self._loaded:
                return frame.filename, frame.lineno or 0
        return file, 0


def _included(template: str) -> list[str]:
    from jinja2 import Environment, TemplateSyntaxError, meta

    try:
        names = meta.find_referenced_templates(Environment(autoescape=True).parse(template))
    except TemplateSyntaxError:  # has been said, or no branch that is taken includes it
        return []
    return sorted(filter(None, names))


def _reason(error: Exception) -> str:
    from jinja2 import TemplateNotFound

    if isinstance(error, TemplateNotFound):
        return f"there is no {error.name} in the stage folder to include"
    if isinstance(error, RecursionError):
        return "it includes itself without end"
    return str(error) or type(error).__name__


def _undefined() -> type[Undefined]:
    from collections.abc import Mapping

    from jinja2 import StrictUndefined

    class Missing(StrictUndefined):
        """An undefined name that says which names there are."""

        @property
        def _undefined_message(self) -> str:
            owner, name = self._undefined_obj, self._undefined_name
            if isinstance(owner, Mapping) and isinstance(name, str):
                return f"there is no value {name!r}" + suggestion(name, map(str, owner))
            return str(super()._undefined_message)

    return Missing


def line_map(source: str, text: str) -> Callable[[int], int]:
    """Map lines of rendered text to the template's: unchanged lines exactly, lines between them to the nearest."""
    before, after = source.split("\n"), text.split("\n")
    lines: list[int] = []
    for _, start, end, first, last in difflib.SequenceMatcher(None, before, after).get_opcodes():
        highest = max(start, end - 1)
        lines.extend(min(start + offset, highest) + 1 for offset in range(last - first))
    return lambda line: lines[line - 1] if 0 < line <= len(lines) else max(1, len(before))
