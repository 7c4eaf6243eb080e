"""The gate in a stage's configuration: what another stage must have proved, and what is openly allowed beyond that.

A setting that cannot be read is an error: a typing mistake must never leave a gate open.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from pulumi_managed_agents.config.policy import VERIFIED_IN, verified_in
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.places import MAY_DIFFER, Place, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RequireSmoke = Literal["none", "changed", "all"]
UNCOVERED = "uncovered"
GATE_KEYS = (VERIFIED_IN, "stageMayDiffer", "minAge", "unproven", UNCOVERED, "requireSmoke")
SHORT = 12
"""Hex digits of a digest in messages, and the fewest that an exemption may give."""
ALLOW = "allow"

_AGE = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_PREFIX = re.compile(r"[0-9a-f]{12,64}")
_EXEMPTION = "must be a list of {root, digest, effective, reason, by}, with at least 12 hex digits of each digest"


@dataclass(frozen=True)
class Exemption:
    """Content of one root that is allowed without proof: the beginnings of its digests, why, and who allows it.

    Earlier releases asked for neither `root` nor `effective`; without them it allows nothing.
    """

    digest: str
    reason: str
    by: str
    root: str = ""
    effective: str = ""


@dataclass(frozen=True)
class Gate:
    """What a stage's configuration demands of its definitions.

    Attributes:
        project: The Pulumi project whose receipts count.
        verified_in: The stage whose receipts are needed; empty if there is no gate.
        may_differ: Where it may differ from what was proved.
        min_age: How long content must have been proven there.
        unproven: What may be deployed without a receipt.
        uncovered: The names of definitions that may be deployed although no proof covers them; ``allow`` means all.
        ignores: The settings that leave changes made by hand as they are.
        require_smoke: Which agents need a smoke test on this stage.
    """

    project: str
    verified_in: str = ""
    may_differ: tuple[Place, ...] = field(default_factory=lambda: places(MAY_DIFFER))
    min_age: timedelta = timedelta()
    unproven: tuple[Exemption, ...] = ()
    uncovered: frozenset[str] = frozenset()
    ignores: tuple[str, ...] = ()
    require_smoke: RequireSmoke = "none"

    def must_ask_another_than(self, stage: str) -> None:
        """Raise `InputError` if the stage names itself as the one that proves it."""
        if self.verified_in == stage:
            raise InputError(f"managed-agents:verifiedIn of {stage} names that stage itself; name the one before it")


def gate(config: Mapping[str, str], project: str) -> Gate:
    """The gate in a stage's configuration (keys without namespace; structured values as JSON text).

    Raises:
        InputError: a value is none of the known ones, or there is no value.
    """
    smoke = config.get("requireSmoke", "none")
    if smoke not in get_args(RequireSmoke):
        choices = ", ".join(get_args(RequireSmoke))
        raise InputError(f"managed-agents:requireSmoke is '{smoke}'; it must be one of {choices}")
    words = _names(config.get("stageMayDiffer"), "stageMayDiffer", "must be a list such as [agent.model, urls]")
    return Gate(
        project=project,
        verified_in=verified_in(config),
        may_differ=places(MAY_DIFFER if words is None else words),
        min_age=_age(config.get("minAge", "0m")),
        unproven=tuple(_exemptions(config.get("unproven", "[]"))),
        uncovered=uncovered(config),
        ignores=tuple(key for key in ("onDrift", "onUndeclared") if config.get(key) == "ignore"),
        require_smoke=smoke,  # type: ignore[arg-type]  # looked up above
    )


def _names(text: str | None, key: str, form: str) -> list[str] | None:
    if text is None:
        return None
    value = _json(text, key, form)
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise InputError(f"managed-agents:{key} {form}")
    return value


def uncovered(config: Mapping[str, str]) -> frozenset[str]:
    """`managed-agents:uncovered`: names, among which ``allow`` stands for all.

    Raises:
        InputError: it is neither ``allow`` nor a list.
    """
    text, form = config.get(UNCOVERED), f"must be '{ALLOW}' or a list of names such as [environments/apps]"
    return frozenset([ALLOW] if text == ALLOW else _names(text, UNCOVERED, form) or [])


def _age(text: str) -> timedelta:
    match = _AGE.fullmatch(text)
    if match is None:
        raise InputError(f"managed-agents:minAge is '{text}'; it must be a time such as 30m, 24h or 2d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _exemptions(text: str) -> Iterator[Exemption]:
    value = _json(text, "unproven", _EXEMPTION)
    for entry in value if isinstance(value, list) else [value]:
        texts = isinstance(entry, dict) and all(isinstance(text, str) and text.strip() for text in entry.values())
        if not texts or not {"digest", "reason", "by"} <= entry.keys() <= Exemption.__dataclass_fields__.keys():
            raise InputError(f"managed-agents:unproven {_EXEMPTION}")
        for digest in (entry["digest"], entry.get("effective")):
            if digest is not None and not _PREFIX.fullmatch(digest):
                raise InputError(f"managed-agents:unproven: '{digest}' {_EXEMPTION}")
        yield Exemption(**entry)


def _json(text: str, key: str, form: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"managed-agents:{key} {form}") from None
