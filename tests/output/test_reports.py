"""Which form a result takes in which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.output.reports import Report, reports_for

FORMS = ("text", "json", "markdown")


@pytest.mark.parametrize(
    ("files", "form", "expected"),
    [
        pytest.param((), None, [Report("text")], id="on the terminal"),
        pytest.param((), "json", [Report("json")], id="for a program"),
        pytest.param(("a.md", "a.json"), None, ["markdown", "json"], id="by suffix"),
        pytest.param(("a.md", "a.json"), "markdown", ["markdown", "json"], id="by suffix, whatever is said"),
        pytest.param(("report",), "json", ["json"], id="without a suffix, as said"),
    ],
)
def test_a_file_has_the_form_of_its_suffix(files: tuple[str, ...], form: str | None, expected: list[object]) -> None:
    """A file that ends in .json holds JSON; what is said decides where no suffix does."""
    reports = reports_for([Path(name) for name in files], form, FORMS)
    assert [one.form if one.file else one for one in reports] == expected


def test_a_file_of_no_known_form_is_refused() -> None:
    """It says which suffixes there are, and how else to say it."""
    with pytest.raises(InputError, match=r"known: \.json, \.md, \.markdown, \.txt"):
        reports_for([Path("report.html")], None, FORMS)
