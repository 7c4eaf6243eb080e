"""The process in which templates are rendered, so that one can be stopped that takes all time, or all memory.

Only another process can be: a loop in a template may print nothing, and one expression may fill the memory or compute
for hours inside a single call. Both sides exchange lines of JSON. The process gets the variables of a stage, with which
it starts over; then it is asked to render a template, asks back for each template that it needs, and answers with the
text or with what is wrong.
"""

from __future__ import annotations

import json
import posixpath
import resource
import sys
import traceback
from typing import TYPE_CHECKING, Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pulumi_managed_agents.files.document import MAX_BYTES
from pulumi_managed_agents.words import suggestion_or_some

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = 1024 * 1024 * 1024
"""Bytes that the process may address: several times what the longest definition needs."""
SECONDS = 600
"""Of processor time for a stage, after which it ends even where nobody is left to stop it."""


def main() -> None:
    """Answer one line after the other."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    renderer, variables = _Renderer(), {}
    for line in sys.stdin:
        request = json.loads(line)
        if "variables" in request:
            _allow_time()
            renderer, variables = _Renderer(), request["variables"]
            _answer({})
        else:
            _answer(renderer.render(request["render"], request["shown"], variables))


def _allow_time() -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + SECONDS, most))


def _answer(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class _Renderer:
    def __init__(self) -> None:
        self._loaded: set[str] = set()
        self._environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._load),
            undefined=_Missing,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # the result is YAML, JSON or Markdown, not HTML
        )
        del self._environment.globals["lipsum"]

    def render(self, name: str, shown: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The text of a template, or the file, line and words of what is wrong with it."""
        try:
            parts, size = [], 0
            for part in self._environment.get_template(name).generate(variables):
                parts.append(part)
                size += len(part.encode())
                if size > MAX_BYTES:
                    raise ValueError(f"it makes more than {MAX_BYTES // 1_000_000} MB, the most the API takes")
        except TemplateSyntaxError as error:
            return _fault(error.filename or shown, error.lineno, f"not a valid template: {error.message}")
        except MemoryError as error:
            return _fault(*self._place(error, shown), "the template fails: it needs more memory than a definition can")
        except Exception as error:  # an expression in a template can raise anything
            return _fault(*self._place(error, shown), f"the template fails: {_reason(error)}")
        return {"text": "".join(parts)}

    def _load(self, name: str) -> tuple[str, str, None] | None:
        """The text and shown path of a template; None for what is no file inside the stage folder."""
        _answer({"load": posixpath.normpath(name)})
        answer = json.loads(sys.stdin.readline())
        if answer is None:
            return None
        self._loaded.add(answer["shown"])
        return answer["text"], answer["shown"], None

    def _place(self, error: BaseException, file: str) -> tuple[str, int]:
        """File and line of the innermost template that was being rendered."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename in self._loaded:
                return frame.filename, frame.lineno or 0
        return file, 0


class _Missing(StrictUndefined):
    """An undefined name that says which names there are."""

    @property
    def _undefined_message(self) -> str:
        owner, name = self._undefined_obj, self._undefined_name
        if not self._undefined_hint and isinstance(owner, dict) and isinstance(name, str):
            if not owner:
                return f"there is no value {name!r}; write `values: {{{name}: …}}` into the stage's values file"
            return f"there is no value {name!r}" + suggestion_or_some(name, map(str, owner))
        return str(super()._undefined_message)


def _fault(file: str, line: int, message: str) -> dict[str, Any]:
    return {"file": file, "line": line, "message": message}


def _reason(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no {error.name} in the stage folder to include"
    if isinstance(error, RecursionError):
        return "it includes itself without end"
    return str(error) or type(error).__name__


if __name__ == "__main__":
    main()
