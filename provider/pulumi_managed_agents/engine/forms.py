"""A review and a report of drift in the form that was asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_managed_agents.preview.drift import DriftReport
    from pulumi_managed_agents.preview.review import Review
    from pulumi_managed_agents.preview.style import Page


def written(review: Review, form: str, width: int) -> str | Page:
    """A review as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.preview.machine import as_json

        return as_json(review)
    if form == "markdown":
        from pulumi_managed_agents.preview.markdown import markdown

        return markdown(review, artifact=_run_page(os.environ))
    from pulumi_managed_agents.preview.text import text

    return text(review, width)


def drift_written(report: DriftReport, form: str, width: int) -> str | Page:
    """A report of drift as text, JSON or Markdown."""
    if form == "json":
        from pulumi_managed_agents.preview.machine import as_json

        return as_json(report)
    if form == "markdown":
        from pulumi_managed_agents.preview.markdown import drift_markdown

        return drift_markdown(report, artifact=_run_page(os.environ))
    from pulumi_managed_agents.preview.text import drift_text

    return drift_text(report, width)


def _run_page(environment: Mapping[str, str]) -> str:
    """The page of the GitHub Actions run that this is a part of, or an empty text."""
    parts = [environment.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    return "{}/{}/actions/runs/{}".format(*parts) if all(parts) else ""
