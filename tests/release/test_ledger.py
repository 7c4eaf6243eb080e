"""Receipts as JSON, and the places they are kept at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.release.ledger import available_receipts, ledger_path, read_receipts, write_receipts
from pulumi_managed_agents.release.receipt import from_statement

if TYPE_CHECKING:
    from tests.release.proven_stage import Project


def test_a_receipt_is_an_in_toto_statement_of_a_test_result(project: Project) -> None:
    """Tools that read attestations find subject, verdict and tests where they look for them."""
    root, (receipt, *_) = project.roots("staging")["agents/lead"], project.receipts()
    statement = receipt.statement()
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert statement["subject"] == [{"name": "agents/lead", "digest": {"sha256": root.digest}}]
    predicate = statement["predicate"]
    assert (predicate["result"], predicate["passedTests"], predicate["failedTests"]) == (
        "PASSED",
        ["lead-hands-out", "triage-answers"],
        [],
    )
    texts = {test.name: test.digest for test in root.all_tests}
    assert predicate["configuration"] == [{"name": name, "digest": {"sha256": texts[name]}} for name in sorted(texts)]
    (box,) = predicate["ranIn"]
    assert (box["name"], box["digest"]) == ("environments/box", {"sha256": root.contents["environments/box"].digest})


def test_a_receipt_survives_files_and_states(project: Project) -> None:
    """Neither JSON, nor another order of keys, nor floats for whole numbers make an edited receipt of it."""
    for receipt in project.receipts():
        text = json.dumps(receipt.statement(), sort_keys=True)
        assert from_statement(json.loads(text), "a file") == receipt
        floats = json.loads(text, parse_int=float)
        assert from_statement(floats, "the release") == receipt


def test_the_same_receipts_are_the_same_text(project: Project) -> None:
    """A file in git changes only where something new was proved."""
    path = ledger_path(project.path, "prod")
    write_receipts(path, project.receipts())
    first = path.read_bytes()
    write_receipts(path, reversed(read_receipts(path)))
    assert path.read_bytes() == first
    assert path == project.path / "stacks/prod.receipts.json"


@pytest.mark.parametrize(
    ("config", "environment"),
    [
        pytest.param({"receipts": "handed"}, {}, id="the stage's configuration"),
        pytest.param({}, {"MANAGED_AGENTS_RECEIPTS": "handed"}, id="the environment"),
        pytest.param({"receipts": "handed"}, {"MANAGED_AGENTS_RECEIPTS": "elsewhere"}, id="the first beats the other"),
    ],
)
def test_receipts_come_from_the_file_and_from_a_directory(
    project: Project, config: dict[str, str], environment: dict[str, str]
) -> None:
    """What is committed counts beside what a pipeline hands over."""
    first, *others = project.receipts()
    write_receipts(ledger_path(project.path, "prod"), [first])
    write_receipts(project.path / "handed/staging.receipts.json", others)
    assert sorted(one.root for one in available_receipts(project.path, "prod", config, environment)) == sorted(
        project.roots()
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("[", "not valid JSON", id="not valid JSON"),
        pytest.param("{}", "must hold a list of receipts", id="no list"),
        pytest.param("[{}]", "holds something that is not a receipt", id="no statement"),
        pytest.param(
            '[{"_type": "https://in-toto.io/Statement/v1", "predicateType": 1}]', "not a receipt", id="another"
        ),
    ],
)
def test_a_file_that_holds_no_receipts_is_named(project: Project, text: str, says: str) -> None:
    """The message says which file, and who writes it."""
    project.write("stacks/prod.receipts.json", text)
    with pytest.raises(InputError, match="managed-agents promote") as caught:
        read_receipts(ledger_path(project.path, "prod"))
    assert says in str(caught.value)
    assert "stacks/prod.receipts.json" in str(caught.value)


def test_a_missing_directory_is_named(project: Project) -> None:
    """A pipeline that handed nothing over must not look like a stage that proved nothing."""
    with pytest.raises(InputError, match="there is no directory handed with receipts"):
        available_receipts(project.path, "prod", {"receipts": "handed"}, {})
