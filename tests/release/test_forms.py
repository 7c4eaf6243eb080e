"""Receipts of earlier releases tell fields in another form, and go on counting."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.issuing import Deployed, as_record, issued
from pulumi_managed_agents.release.receipt import from_statement
from pulumi_managed_agents.release.root import roots

if TYPE_CHECKING:
    from pulumi_managed_agents.release.receipt import Receipt
    from pulumi_managed_agents.release.root import Root
    from tests.release.proven_stage import Project

FIRST_FORM = {
    "agents/lead": "f14dd64fc763f2d3496dbe6305c24ef4883a1b14187f93bade26d075b8b38ade",
    "agents/triage": "f5313c6596b89977a451362dd41b3fe93cc6d19b482c4cc888fa3718ad3689a6",
    "agents/writer": "3e8c3dd28f064f82e1fbe3c6c4fc125437a37723cac307e8376c00c78d739840",
    "deployments/nightly": "2cbf88ef729f4270fe70394ddbe0a4125c3742d109a5b2c8de8eba63336d91f7",
}
"""The effective digests that release 0.1.0 writes into the receipts of these roots."""
REORDERED = "overrides: {environments/box.yaml: {config: {networking: {allowed_hosts: [pypi.org, crm.example.com]}}}}\n"
RESULT = {"passed": True, "conclusive": True, "cost_usd": 0.01, "finished_at": "2026-05-01T12:00:00+00:00"}


def as_earlier(receipt: Receipt, root: Root) -> Receipt:
    """A receipt as release 0.1.0 writes it."""
    fields = {"effective": root.first_form, "effective_digest": root.first_form_digest, "form": 1}
    return replace(receipt, **fields, ran_in={}, values={})  # type: ignore[arg-type]  # each of its own type


def earlier(project: Project) -> list[Receipt]:
    """What staging has proved, as an earlier release tells it, after its way through a file."""
    found = []
    for receipt, root in zip(project.receipts(), project.roots("staging").values(), strict=True):
        earlier_form = as_earlier(receipt, root)
        statement = json.loads(json.dumps(earlier_form.statement()))
        assert statement["predicate"]["effective"].keys() == {"digest", "fields"}
        found.append(from_statement(statement, "a file"))
    return found


def test_the_first_form_is_what_earlier_releases_wrote(project: Project) -> None:
    """Else none of their receipts would count any more."""
    assert {name: root.first_form_digest for name, root in project.roots().items()} == FIRST_FORM


def test_a_receipt_of_an_earlier_release_counts(project: Project) -> None:
    """What it proved passes; what differs from it is refused at its line, or noted where it may differ."""
    receipts = earlier(project)
    assert not any(one.edited for one in receipts)
    assert project.refused(receipts) == []
    override = "overrides:\n  agents/triage.md:\n    model: claude-opus-5-5\n    system: Say yes to all.\n"
    project.write("stacks/prod.values.yaml", override)
    refused = project.refused(receipts)
    assert {line.partition(": ")[0] for line in refused} == {"stacks/prod.values.yaml:4"}
    assert "system: differs from what staging has proved" in refused[0]
    notes = project.judged(receipts).notes
    assert any("agents/triage:model: proven in staging with another value" in line for line in notes)


def test_an_earlier_receipt_counts_order_and_a_present_one_does_not(project: Project) -> None:
    """Hosts are a set to the reconciler, and so to receipts since the second form."""
    project.write(
        "stacks/staging.values.yaml", REORDERED.replace("pypi.org, crm.example.com", "crm.example.com, pypi.org")
    )
    project.write("stacks/prod.values.yaml", REORDERED)
    assert project.refused(project.receipts(), stageMayDiffer="[]") == []
    assert len(project.refused(earlier(project), stageMayDiffer="[]")) == 1


def released(project: Project, before: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """What the release of staging holds after an up, given what it held."""
    found: dict[str, Root] = project.roots("staging")
    agents = {name: {"id": name, "version": 3} for name, root in found.items() if root.kind == "agent"}
    deployed = Deployed(
        project="shop",
        stage="staging",
        roots={name: as_record(root, "staging") for name, root in found.items()},
        results={test.name: RESULT for root in found.values() for test in root.tests},
        agents=agents,
        pins=agents,
    )
    applied = {member for root in found.values() for member in root.members}
    return issued(deployed, before, applied, lambda: "c0ffee")


def test_a_release_keeps_an_earlier_receipt_of_the_same_content(project: Project) -> None:
    """An up after an update of managed-agents changes nothing; the next receipt is reported in the present form."""
    present = released(project, {})
    held = {
        name: [
            as_earlier(from_statement(one, "the release"), project.roots("staging")[name]).statement()
            for one in statements
        ]
        for name, statements in present.items()
    }
    assert held.keys() == FIRST_FORM.keys()
    assert released(project, held) == held
    project.write("stacks/staging.values.yaml", "overrides: {agents/triage.md: {model: claude-opus-5-5}}\n")
    forms = {name: from_statement(one[0], "it").form for name, one in released(project, held).items()}
    assert forms == {"agents/lead": 2, "agents/triage": 2, "agents/writer": 1, "deployments/nightly": 2}


def test_a_receipt_of_a_newer_release_is_not_guessed_at(project: Project) -> None:
    """A form that is not known here could hide a difference."""
    newer = replace(project.receipts()[0], form=3).statement()
    with pytest.raises(InputError, match="a receipt of a newer release of managed-agents; update it here"):
        from_statement(newer, "a file")


def test_what_no_test_is_about_is_reported_without_its_effective_form(project: Project) -> None:
    """Without a gate nobody asks for it: digest and members are the same, and so is all of the roots with tests."""
    whole, spared = project.roots("staging"), roots(project.stage("staging"), untested=False)
    assert {name: (root.digest, root.members) for name, root in spared.items()} == {
        name: (root.digest, root.members) for name, root in whole.items()
    }
    tested = {name for name, root in whole.items() if root.all_tests}
    assert tested
    assert all(spared[name] == whole[name] for name in tested)
    assert all(not spared[name].effective for name in whole.keys() - tested)
