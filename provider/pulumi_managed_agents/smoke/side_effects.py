"""Smoke tests that can change something outside their session: on a protected stage their files must accept that.

Apart from the other modules because every command reads it, before kinds and HTTP client are loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.node import field_name
from pulumi_managed_agents.stage.definition import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.stage import SmokeFile, Stage

    Path = tuple[str | int, ...]

PROTECTED_STAGE = "protectedStage"
ADVICE = "write side_effects: accepted if that is meant, or leave this stage out with stages"


def protected(config: Mapping[str, str]) -> bool:
    """Whether a stage's configuration (keys without namespace) protects it.

    Raises:
        InputError: the setting is neither true nor false.
    """
    value = config.get(PROTECTED_STAGE, "false")
    if value not in ("true", "false"):
        raise InputError(f"managed-agents:{PROTECTED_STAGE} is '{value}'; it must be true or false")
    return value == "true"


def side_effects_must_be_accepted(stage: Stage, config: Mapping[str, str]) -> None:
    """Refuse a protected stage with tests that reach beyond their session and lack ``side_effects: accepted``.

    `config` is the stage's, without namespace.

    Raises:
        InputError: with a finding for each vault, and for each memory store that a session may write to.
    """
    tests = stage.smoke if protected(config) else ()
    running = (test for test in tests if stage.name in test.body.get("stages", [stage.name]))
    findings = [
        Finding(*test.place(path), field_name(path), f"{what}, and managed-agents:{PROTECTED_STAGE} is true; {ADVICE}")
        for test in running
        if test.body.get("side_effects") != "accepted"
        for path, what in _reaches(test)
    ]
    if findings:
        raise InputError(findings)


def _reaches(test: SmokeFile) -> Iterator[tuple[Path, str]]:
    for index, _ in enumerate(test.body.get("vaults") or ()):
        yield ("vaults", index), "gives the session real credentials"
    for index, store in enumerate(test.body.get("memory_stores") or ()):
        if _access(store) == "read_write":
            yield ("memory_stores", index), "lets the session write to a memory store"


def _access(store: Any) -> Any:
    return (store.extra if isinstance(store, Reference) else store).get("access")
