"""A receipt: the record that a root's exact content passed its smoke tests on a stage.

Its JSON is an in-toto Statement (v1) with the test-result predicate (v0.1) and further keys of our own in the
predicate. The checksum shows whether a receipt was edited after it was made. It guards against accidental edits; it is
no signature, and anybody who wants to forge a receipt can.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PASSED, FAILED = "PASSED", "FAILED"
FORM = 2
"""The form in which receipts hold the effective definition; those of earlier releases name none and have form 1."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """The result of a root's smoke tests for one exact content.

    Attributes:
        root: The root's name.
        digest: Its definitions digest, SHA-256 in hex.
        project: The Pulumi project.
        stage: Where it was tested.
        tests: The tests that count, by name: the SHA-256 of each one's own text. They include the tests of a
            coordinator's members, whose versions serve with its own.
        failed: The names of those that failed, none where it passed.
        reason: What failed, in words; empty where it passed. It also revokes a receipt that once passed.
        effective: The effective definition it was tested with, as `Root.effective`.
        effective_digest: SHA-256 in hex over `effective`.
        form: The form of `effective`: `FORM`, or 1 in receipts of earlier releases.
        versions: The agents' versions that were tested: id and version by the agent's name.
        cost_usd: What the tests cost; None where the API reported no cost.
        finished_at: When the last of the tests ended, ISO 8601 in UTC.
        since: Since when this content stands proven, ISO 8601 in UTC; empty where it is not.
        commit: The git commit the content was deployed from, if known.
        edited: Whether the text it was read from was edited after it was made.
    """

    root: str
    digest: str
    project: str
    stage: str
    tests: Mapping[str, str]
    failed: tuple[str, ...] = ()
    reason: str = ""
    effective: Mapping[str, str] = field(default_factory=dict)
    effective_digest: str = ""
    form: int = FORM
    versions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cost_usd: float | None = None
    finished_at: str = ""
    since: str = ""
    commit: str = ""
    edited: bool = False

    @property
    def passed(self) -> bool:
        """Whether it proves anything."""
        return not (self.failed or self.reason or self.edited)

    def statement(self) -> Json:
        """The receipt as a JSON object."""
        configuration = [{"name": name, "digest": {"sha256": sha}} for name, sha in sorted(self.tests.items())]
        predicate = {
            "result": FAILED if self.failed or self.reason else PASSED,
            "configuration": configuration,
            "passedTests": sorted(self.tests.keys() - set(self.failed)),
            "failedTests": sorted(self.failed),
            "project": self.project,
            "stage": self.stage,
            "effective": {
                **({"form": self.form} if self.form > 1 else {}),
                "digest": self.effective_digest,
                "fields": dict(sorted(self.effective.items())),
            },
            "versions": {name: dict(version) for name, version in sorted(self.versions.items())},
            "cost_usd": self.cost_usd,
            "finished_at": self.finished_at,
            "since": self.since,
            "commit": self.commit,
            "reason": self.reason,
        }
        present = {key: value for key, value in predicate.items() if value not in (None, "")}
        statement: Json = {
            "_type": STATEMENT,
            "subject": [{"name": self.root, "digest": {"sha256": self.digest}}],
            "predicateType": PREDICATE,
            "predicate": present,
        }
        return {**statement, "predicate": {**present, "checksum": checksum(statement)}}


def from_statement(statement: Any, where: str) -> Receipt:
    """The receipt in a JSON object; `where` names its place for the message.

    An edited receipt is returned as one that proves nothing.

    Raises:
        InputError: it is no receipt, or one of a newer release of this program.
    """
    try:
        if statement["_type"] != STATEMENT or statement["predicateType"] != PREDICATE:
            raise ValueError
        receipt = _read(statement)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise InputError(f"{where} holds something that is no receipt; let `managed-agents promote` write it") from None
    if receipt.form > FORM:
        raise InputError(f"{where} holds a receipt of a newer release of managed-agents; update it here")
    return receipt


def _read(statement: Json) -> Receipt:
    (subject,), predicate = statement["subject"], statement["predicate"]
    effective = predicate["effective"]
    return Receipt(
        root=subject["name"],
        digest=subject["digest"]["sha256"],
        project=predicate["project"],
        stage=predicate["stage"],
        tests={test["name"]: test["digest"]["sha256"] for test in predicate["configuration"]},
        failed=tuple(predicate["failedTests"]),
        reason=predicate.get("reason", ""),
        effective=dict(effective["fields"]),
        effective_digest=effective["digest"],
        form=int(effective.get("form", 1)),
        versions=dict(_whole(predicate["versions"])),
        cost_usd=predicate.get("cost_usd"),
        finished_at=predicate.get("finished_at", ""),
        since=predicate.get("since", ""),
        commit=predicate.get("commit", ""),
        edited=predicate.get("checksum") != checksum(statement),
    )


def checksum(statement: Json) -> str:
    """SHA-256 in hex over a statement without its checksum, whatever the order of its keys."""
    predicate = {key: value for key, value in statement["predicate"].items() if key != "checksum"}
    # Pulumi hands integers back as floats, which must not change the checksum.
    content = _whole({**statement, "predicate": predicate})
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value
