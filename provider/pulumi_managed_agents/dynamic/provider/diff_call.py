"""What a diff returns to the engine beyond yes and no, and what the engine passes to a diff beyond the inputs.

The SDK's server for dynamic providers (3.260 to 3.272) drops both: of the answer, which properties change and how; of
the question, whose resource it is about and what `ignore_changes` names. Here the server's function is wrapped, so that
the one reaches the engine and the other the provider. It is guarded: where the SDK is another, nothing is wrapped, and
everything works as without it.
"""

from __future__ import annotations

import re
import threading
from types import FunctionType
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.reconcile.mark import stack_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pulumi_managed_agents.dynamic.provider.handler import ChangedField, DiffAnswer, Path

DECORATED = "fn"
"""What the SDK's decorator calls the function that it decorates."""
REQUEST_FIELDS = frozenset({"ignoreChanges", "urn"})
RESPONSE_FIELDS = frozenset({"detailedDiff", "diffs", "hasDetailedDiff"})


class _Call(threading.local):
    """What one call of the engine passes on, past the SDK: `Diff` and the provider's `diff` share a thread."""

    ignored: tuple[str, ...] = ()
    urn: str = ""
    fields: tuple[ChangedField, ...] = ()

    def begin(self, ignored: Iterable[str] = (), urn: str = "") -> None:
        """Forget the call before."""
        self.ignored, self.urn, self.fields = tuple(ignored), urn, ()


_call = _Call()


def install(servicer: Any) -> bool:
    """Wrap `Diff` of the SDK's server, once; whether it is wrapped."""
    # gRPC holds the bound method already, so that a new attribute of the class would never be called. That method is
    # the SDK's decorator, which finds what it decorates in its closure.
    decorator = getattr(servicer, "Diff", None)
    if not isinstance(decorator, FunctionType) or decorator.__code__.co_freevars != (DECORATED,):
        return False
    (cell,) = decorator.__closure__ or ()
    inner = cell.cell_contents
    if not isinstance(inner, FunctionType):
        return False
    if inner.__module__ == __name__:
        return True
    messages = inner.__globals__.get("proto")
    if not _has(messages, "DiffRequest", REQUEST_FIELDS) or not _has(messages, "DiffResponse", RESPONSE_FIELDS):
        return False
    cell.cell_contents = _detailed(inner)
    return True


def _has(messages: Any, name: str, fields: frozenset[str]) -> bool:
    """Whether a message of the protocol has these fields."""
    descriptor = getattr(getattr(messages, name, None), "DESCRIPTOR", None)
    return descriptor is not None and fields <= {field.name for field in descriptor.fields}


def _detailed(inner: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    def diff(self: Any, request: Any, context: Any) -> Any:
        _call.begin(request.ignoreChanges, request.urn)
        try:
            answer = inner(self, request, context)
            if _call.fields:
                _fill(answer, _call.fields)
            return answer
        finally:
            _call.begin()

    return diff


def ignored() -> tuple[str, ...]:
    """What `ignore_changes` of the resource names, inside a call of `diff`; empty outside of one."""
    return _call.ignored


def stack() -> str:
    """The project and stack of the resource, as in a mark, inside a call of `diff`; empty outside of one."""
    return stack_in(_call.urn) if _call.urn else ""


def pass_on(answer: DiffAnswer) -> None:
    """Give the engine the changed fields of an answer, inside a call of `diff`; without effect outside of one."""
    _call.fields = answer.fields if answer.changes else ()


def _fill(answer: Any, fields: Sequence[ChangedField]) -> None:
    for field in fields:
        entry = answer.detailedDiff[written(field.path)]
        entry.kind = getattr(entry, f"{field.kind}{'_REPLACE' if field.replaces else ''}".upper())
        # Outputs hold what was applied, also where somebody changed it since; of a field with a secret, the engine
        # knows only inputs piece by piece.
        entry.inputDiff = True
    answer.diffs.extend(dict.fromkeys(str(field.path[0]) for field in fields))
    answer.hasDetailedDiff = True


def written(path: Path) -> str:
    """A path as Pulumi writes it: ``tools[0].name``, ``metadata["a.b"]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$-]*", step):
            text += f".{step}" if text else step
        else:
            quoted = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
