"""Marks: what a resource's object bears, by the names that its stage tells it from others by."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulumi_managed_agents.reconcile.mark import LONGEST, mark_for, qualified_name, stack_of

NAMES = st.text(min_size=1, max_size=700)


@pytest.mark.parametrize(
    ("urn", "name"),
    [
        ("urn:pulumi:dev::shop::pulumi-python:dynamic/managedagents:Agent::agents/triage", "agents/triage"),
        ("urn:pulumi:dev::shop::acme:a:Desk$x:y:Agent::triage", "acme:a:Desk::triage"),
        ("urn:pulumi:dev::shop::acme:a:Team$acme:a:Desk$x:y:Agent::triage", "acme:a:Team$acme:a:Desk::triage"),
        ("urn:pulumi:dev::shop::pulumi:pulumi:Stack$acme:a:Desk$x:y:Agent::triage", "acme:a:Desk::triage"),
        ("urn:pulumi:dev::shop::pulumi:pulumi:Stack$x:y:Agent::triage", "triage"),
        ("urn:pulumi:dev::shop::x:y:Agent::odd::name", "odd::name"),
    ],
)
def test_a_qualified_name_is_what_a_urn_tells_apart(urn: str, name: str) -> None:
    """The types of the parents and the name; of what has no parent, the name alone."""
    assert qualified_name(urn) == name


@given(one=NAMES, other=NAMES)
@example(one="n" * 600, other="n" * 601)
def test_a_mark_fits_into_metadata_and_is_nobody_elses(one: str, other: str) -> None:
    """However long a name is, its mark is short enough, names the stack, and differs from that of another name."""
    marks = [mark_for("shop", "dev", name) for name in (one, other)]
    assert all(len(mark) <= LONGEST and stack_of(mark) == "shop/dev" for mark in marks)
    assert (marks[0] == marks[1]) is (one == other)
    assert marks[0] == f"shop/dev/{one}" or len(f"shop/dev/{one}") > LONGEST
