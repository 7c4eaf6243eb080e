"""What several commands take."""

from __future__ import annotations

from pathlib import Path

import click

PROJECT = Path()
STAGE = click.argument("stage")
EMULATOR = click.option(
    "--emulator",
    is_flag=True,
    help="Use a local emulator of the API, started if need be. Needs no key; proves plumbing.",
)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask before acting.")


def confirm(question: str) -> bool:
    """Ask, on the terminal; no answer means no."""
    return click.confirm(question, default=False)
