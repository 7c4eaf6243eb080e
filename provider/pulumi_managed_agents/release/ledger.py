"""Where receipts are kept: a JSON file beside a stage, a directory that a pipeline hands over, another stage's release.

The file ``stacks/prod.receipts.json`` holds what prod was given: receipts of the stage it is verified in. Each
statement says itself where it was made, so files of several stages may lie in one directory.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.receipt import Receipt, from_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SUFFIX = ".receipts.json"
REWRITE = "let `managed-agents promote`, or `managed-agents receipts STAGE --output DIR`, write it"
CONFIG, VARIABLE = "receipts", "MANAGED_AGENTS_RECEIPTS"


def ledger_path(project_dir: Path, stage: str) -> Path:
    """The receipts file of a stage, there or not."""
    return project_dir / "stacks" / f"{stage}{SUFFIX}"


def read_receipts(path: Path) -> tuple[Receipt, ...]:
    """The receipts in a file; none where it does not exist.

    Raises:
        InputError: it cannot be read, or holds something else; names the file.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the receipts cannot be read: {error}") from None
    try:
        statements = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path}: no JSON: {error}; restore it from git, or {REWRITE}") from None
    if not isinstance(statements, list):
        raise InputError(f"{path}: must hold a list of receipts; {REWRITE}")
    return tuple(from_statement(one, str(path)) for one in statements)


def write_receipts(path: Path, receipts: Iterable[Receipt]) -> None:
    """Write receipts such that the same ones are always the same text: by root, the newest first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    statements = [one.statement() for one in in_order(receipts)]
    path.write_text(json.dumps(statements, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def in_order(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Receipts by root, the newest first."""
    newest_first = sorted(receipts, key=lambda one: (one.finished_at, one.digest, one.stage), reverse=True)
    return sorted(newest_first, key=lambda one: one.root)


def at_hand(project_dir: Path, stage: str, config: Mapping[str, str], environment: Mapping[str, str]) -> list[Receipt]:
    """All receipts that a stage was given: in its file, and in the directory that is configured, if one is.

    `config` is the stage's, without namespace; ``managed-agents:receipts`` beats the environment's
    ``MANAGED_AGENTS_RECEIPTS``.

    Raises:
        InputError: a file cannot be read, or the directory does not exist.
    """
    found = list(read_receipts(ledger_path(project_dir, stage)))
    named = config.get(CONFIG) or environment.get(VARIABLE)
    if not named:
        return found
    directory = project_dir / named
    if not directory.is_dir():
        raise InputError(f"there is no directory {named} with receipts (managed-agents:{CONFIG} or {VARIABLE})")
    return found + [one for path in sorted(directory.glob(f"*{SUFFIX}")) for one in read_receipts(path)]


def of_release(outputs: Mapping[str, Any], where: str) -> Iterator[Receipt]:
    """The receipts that a stage's release holds; `outputs` are its outputs."""
    for statements in (outputs.get("receipts") or {}).values():
        yield from (from_statement(statement, where) for statement in statements)
