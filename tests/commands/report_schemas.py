"""The schemas of what commands write as JSON, as they are committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[2] / "schemas"


def valid(command: str, text: str) -> Any:
    """What a command has written, which must be as its schema says."""
    schema = json.loads((SCHEMAS / f"{command}.schema.json").read_text(encoding="utf-8"))
    written = json.loads(text)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(written)] == []
    return written
