"""The schemas of the reports, each made once for all tests of a process: that takes longer than a test."""

from __future__ import annotations

from functools import cache
from typing import Any

from pulumi_managed_agents.review.json import REPORTS, schema_of


@cache
def report_schema(name: str) -> dict[str, Any]:
    """What `review.json` has of a report, such as ``drift``, in its `schemas`."""
    report, facts, title = REPORTS[f"{name}.schema.json"]
    return schema_of(report, title, facts)
