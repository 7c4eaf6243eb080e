"""Where receipts are kept: a JSON file beside a stage, a directory that a pipeline provides, another stage's release.

The file ``stacks/prod.receipts.json`` holds the receipts that prod needs: those of the stage it is verified in. Each
statement names the stage where it was made, so files of several stages may lie in one directory.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.document import read_json
from pulumi_managed_agents.release.receipt import Receipt, from_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SUFFIX = ".receipts.json"
REWRITE = "let `managed-agents promote`, or `managed-agents receipts STAGE --output DIR`, write it"
RECEIPTS, RECEIPTS_VARIABLE = "receipts", "MANAGED_AGENTS_RECEIPTS"
"""The keys of the stage's configuration and of the environment for the directory with further receipts."""


def ledger_path(project_dir: Path, stage: str) -> Path:
    """The receipts file of a stage, there or not."""
    return project_dir / "stacks" / f"{stage}{SUFFIX}"


def read_receipts(path: Path) -> tuple[Receipt, ...]:
    """The receipts in a file; none if it does not exist.

    Raises:
        InputError: it cannot be read, or holds something else; names the file.
    """
    if not path.exists():
        return ()
    try:
        statements = read_json(path, str(path))
    except InputError as error:
        raise InputError(f"{error}; restore it from git, or {REWRITE}") from None
    if not isinstance(statements, list):
        raise InputError(f"{path}: must hold a list of receipts; {REWRITE}")
    return tuple(from_statement(statement, str(path)) for statement in statements)


def write_receipts(path: Path, receipts: Iterable[Receipt]) -> None:
    """Write receipts by root, the newest first; the same receipts always give the same text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    statements = [receipt.statement() for receipt in in_order(receipts)]
    path.write_text(json.dumps(statements, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def in_order(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Receipts by root, the newest first."""
    # Sorting twice is stable: the second sort keeps the newest first within a root.
    newest_first = sorted(
        receipts, key=lambda receipt: (receipt.finished_at, receipt.digest, receipt.stage), reverse=True
    )
    return sorted(newest_first, key=lambda receipt: receipt.root)


def available_receipts(
    project_dir: Path, stage: str, config: Mapping[str, str], environment: Mapping[str, str]
) -> list[Receipt]:
    """All receipts available to a stage: those in its file, and those in the configured directory, if there is one.

    `config` is the stage's, without namespace; ``managed-agents:receipts`` takes precedence over the environment's
    ``MANAGED_AGENTS_RECEIPTS``.

    Raises:
        InputError: a file cannot be read, or the directory does not exist.
    """
    paths = [ledger_path(project_dir, stage)]
    if name := config.get(RECEIPTS) or environment.get(RECEIPTS_VARIABLE):
        directory = project_dir / name
        if not directory.is_dir():
            sources = f"managed-agents:{RECEIPTS} or {RECEIPTS_VARIABLE}"
            raise InputError(f"there is no directory {name} with receipts ({sources})")
        paths += sorted(directory.glob(f"*{SUFFIX}"))
    return [receipt for path in paths for receipt in read_receipts(path)]


def released_receipts(outputs: Mapping[str, Any], where: str) -> Iterator[Receipt]:
    """The receipts in the outputs of a stage's release; `where` names it in messages."""
    for statements in (outputs.get("receipts") or {}).values():
        yield from (from_statement(statement, where) for statement in statements)
