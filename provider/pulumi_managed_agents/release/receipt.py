"""A receipt: the record that a root's exact content passed its smoke tests on a stage.

Its JSON is an in-toto Statement (v1) with the test-result predicate (v0.1) and further keys of our own in the
predicate. The checksum shows whether a receipt was edited after it was made. It guards against accidental edits; it is
no signature, and anybody who wants to forge a receipt can.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.reconcile.effective import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PASSED, FAILED = "PASSED", "FAILED"
FORM = 2
"""The form in which receipts hold the effective definition; those of earlier releases name none and have form 1."""

BEGINNING = datetime.min.replace(tzinfo=UTC)

Json = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """What an environment, a vault or a memory store is, in which tests ran.

    Attributes:
        digest: The digest of its definitions, as that of a root.
        effective: Its effective fields, as those of a root; a vault's credentials are among them.
        values: The values of those of its fields that are at a place in which stages differ by nature.
        members: Its name, and those of a vault's credentials. Not a part of a receipt.
    """

    digest: str
    effective: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)
    members: tuple[str, ...] = field(default=(), compare=False)

    def record(self) -> Json:
        """It as a JSON object."""
        fields = dict(sorted(self.effective.items()))
        effective = {"digest": digest_of(fields), "fields": fields, **_stated(self.values)}
        return {"digest": {"sha256": self.digest}, "effective": effective}


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
        ran_in: The stage's environments, vaults and memory stores that the sessions of these tests had, by name. What
            is missing here is not covered: receipts of earlier releases name none of them.
        failed: The names of those that failed, none if it passed.
        reason: What failed, in words; empty if it passed. It also revokes a receipt that once passed.
        effective: The effective definition it was tested with, as `Root.effective`.
        effective_digest: SHA-256 in hex over `effective`.
        values: The values of those of its fields that are at a place in which stages differ by nature, to be shown
            where another stage has another one. Receipts of earlier releases hold none.
        form: The form of `effective`: `FORM`, or 1 in receipts of earlier releases.
        versions: The agents' versions that were tested: id and version by the agent's name.
        cost_usd: What the tests cost; None if the API reported no cost.
        finished_at: When the last of the tests ended, ISO 8601 in UTC.
        since: Since when this content stands proven, ISO 8601 in UTC; empty if it is not.
        commit: The git commit the content was deployed from, if known.
        edited: Whether the text it was read from was edited after it was made.
    """

    root: str
    digest: str
    project: str
    stage: str
    tests: Mapping[str, str]
    ran_in: Mapping[str, Content] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    reason: str = ""
    effective: Mapping[str, str] = field(default_factory=dict)
    effective_digest: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)
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

    @property
    def finished(self) -> datetime:
        """`finished_at`; long ago where it does not say."""
        return time_of(self.finished_at)

    def statement(self) -> Json:
        """The receipt as a JSON object."""
        configuration = [{"name": name, "digest": {"sha256": sha}} for name, sha in sorted(self.tests.items())]
        ran_in = [{"name": name, **content.record()} for name, content in sorted(self.ran_in.items())]
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
                **_stated(self.values),
            },
            **({"ranIn": ran_in} if ran_in else {}),
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


def _stated(values: Mapping[str, Any]) -> Json:
    return {"values": dict(sorted(values.items()))} if values else {}


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
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError):
        raise InputError(
            f"{where} holds something that is not a receipt; let `managed-agents promote` write it"
        ) from None
    if receipt.form > FORM:
        raise InputError(f"{where} holds a receipt of a newer release of managed-agents; update it here")
    return receipt


def time_of(time: str) -> datetime:
    """A time as receipts write it; long ago for an empty string.

    Raises:
        ValueError: it is no time with an offset.
    """
    read = datetime.fromisoformat(time) if time else BEGINNING
    if read.tzinfo is None:
        raise ValueError(time)
    return read


SHORT = 12
"""Hex digits of a field's digest."""


def digest_of_value(value: Any) -> str:
    """The beginning of the SHA-256 of a field's value."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:SHORT]


def digest_of(leaves: Mapping[str, str]) -> str:
    """SHA-256 in hex over the digests of fields."""
    return hashlib.sha256(canonical(dict(leaves)).encode()).hexdigest()


def _read(statement: Json) -> Receipt:
    (subject,), predicate = statement["subject"], statement["predicate"]
    effective = predicate["effective"]
    receipt = Receipt(
        root=_text(subject["name"]),
        digest=_text(subject["digest"]["sha256"]),
        project=_text(predicate["project"]),
        stage=_text(predicate["stage"]),
        tests={_text(test["name"]): _text(test["digest"]["sha256"]) for test in predicate["configuration"]},
        ran_in={_text(content["name"]): _content(content) for content in predicate.get("ranIn", [])},
        failed=tuple(map(_text, predicate["failedTests"])),
        reason=_text(predicate.get("reason", "")),
        effective=_fields(effective),
        effective_digest=_text(effective["digest"]),
        values=_values(effective),
        form=int(effective.get("form", 1)),
        versions=dict(_whole(predicate["versions"])),
        cost_usd=predicate.get("cost_usd"),
        finished_at=_text(predicate.get("finished_at", "")),
        since=_text(predicate.get("since", "")),
        commit=_text(predicate.get("commit", "")),
    )
    try:
        in_order = time_of(receipt.since) <= receipt.finished
    except ValueError:
        return replace(receipt, finished_at="", since="", edited=True)
    sound = in_order and _agrees(receipt, predicate) and predicate.get("checksum") == checksum(statement)
    return replace(receipt, edited=not sound)


def _are_of(values: Mapping[str, Any], effective: Mapping[str, str]) -> bool:
    return all(effective.get(key) == digest_of_value(value) for key, value in values.items())


def _content(entry: Json) -> Content:
    effective = entry["effective"]
    return Content(_text(entry["digest"]["sha256"]), _fields(effective), _values(effective))


def _fields(effective: Json) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in effective["fields"].items()}


def _values(effective: Json) -> dict[str, Any]:
    return {key: _whole(value) for key, value in effective.get("values", {}).items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _agrees(receipt: Receipt, predicate: Json) -> bool:
    """Whether what a receipt says twice is the same both times, so that no half of it is another receipt's."""
    verdict = FAILED if receipt.failed or receipt.reason else PASSED
    passed = sorted(receipt.tests.keys() - set(receipt.failed))
    digests = {entry["name"]: entry["effective"]["digest"] for entry in predicate.get("ranIn", [])}
    return (
        (predicate.get("result"), predicate.get("passedTests")) == (verdict, passed)
        # The first form had another digest.
        and (receipt.form == 1 or receipt.effective_digest == digest_of(receipt.effective))
        and digests == {name: digest_of(content.effective) for name, content in receipt.ran_in.items()}
        and _are_of(receipt.values, receipt.effective)
        and all(_are_of(content.values, content.effective) for content in receipt.ran_in.values())
    )


def checksum(statement: Json) -> str:
    """SHA-256 in hex over a statement without its checksum, independent of the order of its keys."""
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
