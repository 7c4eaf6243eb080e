"""When a stage's release writes a receipt, keeps it, revokes it."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_managed_agents.release.issuing import KEPT, Deployed, issued
from pulumi_managed_agents.release.receipt import digest_of, from_statement

ALL = {"agents/a", "agents/lead", "deployments/d", "environments/e"}
PASSED = {"passed": True, "conclusive": True, "cost_usd": 0.01, "finished_at": "2026-05-01T12:00:00+00:00"}
FAILED = {**PASSED, "passed": False, "failures": ["step 1: no hello"], "finished_at": "2026-05-02T12:00:00+00:00"}
UNSURE = {**FAILED, "conclusive": False}

Held = dict[str, list[dict[str, Any]]]


def root(digest: str, *members: str, **tests: str) -> dict[str, Any]:
    effective = {f"{members[0]}:system": digest}
    return {
        "digest": digest,
        "members": [*members],
        "effective": effective,
        "effective_digest": digest_of(effective),
        "tests": tests,
    }


def release(before: Held | None = None, *, applied: set[str] = ALL, version: int = 1, **given: Any) -> Held:
    """What the release holds after an up of a small stage; results are those of the tests `ta` and `tlead`."""
    results = {"ta": PASSED, "tlead": PASSED, **given.get("results", {})}
    digest = given.get("digest", "d1")
    agents = {name: {"id": f"agent_{name}", "version": version} for name in ("agents/a", "agents/lead")}
    deployed = Deployed(
        project="shop",
        stage="staging",
        roots={
            "agents/a": root(digest, "agents/a", ta="1"),
            "agents/lead": root(f"lead-{digest}", "agents/a", "agents/lead", tlead="2"),
            "deployments/d": root(f"dep-{digest}", "agents/a", "deployments/d", "environments/e", ta="1"),
        },
        results=results,
        agents=agents,
        pins=given.get("pins", agents),
    )
    return issued(deployed, before or {}, applied, lambda: given.get("commit", "c1"))


def held_in(box: str, *names: str, before: Held | None = None, applied: set[str] = ALL) -> Held:
    """What the release holds where agent a's test runs in environment e; its result is bound to these `names`."""
    content = {
        "digest": box,
        "effective": {"e:name": "1"},
        "values": {},
        "members": ["environments/e"],
        "tests": ["ta"],
    }
    known = {**root("d1", "agents/a", ta="1"), "ran_in": {"environments/e": content}}
    agents = {"agents/a": {"id": "agent_a", "version": 1}}
    results = {"ta": {**PASSED, "ran_in": [*names]}}
    return issued(
        Deployed("shop", "staging", {"agents/a": known}, results, agents, agents), before or {}, applied, lambda: "c1"
    )


def verdicts(held: Held, name: str = "agents/a") -> list[tuple[str, bool]]:
    """Digest and verdict of each receipt of a root."""
    receipts = [from_statement(one, "the release") for one in held.get(name, [])]
    return [(one.digest, one.passed) for one in receipts]


def test_what_passes_gets_a_receipt() -> None:
    """It names the tests of the root's own agent and of the members that its version serves, and what they cost."""
    (statement,) = release()["agents/lead"]
    receipt = from_statement(statement, "the release")
    assert receipt.passed
    assert dict(receipt.tests) == {"ta": "1", "tlead": "2"}
    assert (receipt.cost_usd, receipt.since, receipt.commit) == (0.02, PASSED["finished_at"], "c1")
    assert receipt.versions["agents/a"] == {"id": "agent_agents/a", "version": 1}


def test_deploying_again_changes_nothing() -> None:
    """Neither another time nor another commit makes another receipt of the same results."""
    first = release()
    assert release(first, commit="c2") == first


def test_a_conclusive_failure_revokes() -> None:
    """The same content that passed once is proven no more, and everything that serves it is not either."""
    held = release(release(), results={"ta": FAILED})
    assert verdicts(held) == [("d1", False)]
    assert verdicts(held, "agents/lead") == [("lead-d1", False)]
    assert verdicts(held, "deployments/d") == [("dep-d1", False)]
    revoked = from_statement(held["agents/a"][0], "the release")
    assert (revoked.reason, revoked.since) == ("ta: step 1: no hello", "")


def test_a_members_test_does_not_hang_on_its_coordinators() -> None:
    """The lead failed; whom it leads did not."""
    held = release(results={"tlead": FAILED})
    assert (verdicts(held), verdicts(held, "agents/lead")) == ([("d1", True)], [("lead-d1", False)])


@pytest.mark.parametrize("before", [pytest.param({}, id="nothing before"), pytest.param(release(), id="a receipt")])
def test_the_platforms_failures_prove_nothing(before: Held) -> None:
    """An inconclusive failure neither revokes a receipt nor writes one."""
    assert release(before, results={"ta": UNSURE}) == before | {}


def test_passing_again_after_a_failure_begins_anew() -> None:
    """Content that was revoked stands proven only since it passed again."""
    later = {**PASSED, "finished_at": "2026-05-03T12:00:00+00:00"}
    revoked = release(release(), results={"ta": FAILED})
    again = release(revoked, results={"ta": later})
    assert from_statement(again["agents/a"][0], "the release").since == later["finished_at"]


def test_an_up_of_a_few_targets_proves_nothing_about_the_rest() -> None:
    """Files may have changed that were not applied: what they would become was not tested."""
    assert release({}, applied=ALL - {"agents/a"}) == {}
    assert release({}, applied=ALL - {"environments/e"}).keys() == {"agents/a", "agents/lead"}
    first = release()
    assert release(first, applied=set(), digest="d2") == first


def test_what_does_not_serve_is_not_proven() -> None:
    """A version that is held back for another reason than its tests gets no receipt."""
    pins = {"agents/a": {"id": "agent_agents/a", "version": 1}}
    assert release({}, pins=pins).keys() == {"agents/a", "deployments/d"}


def test_a_root_without_a_test_gets_no_receipt() -> None:
    """Nothing was proved about it."""
    deployed = Deployed("shop", "staging", {"agents/a": root("d1", "agents/a")}, {}, {"agents/a": {"version": 1}}, {})
    assert issued(deployed, {}, ALL, lambda: "") == {}


def test_the_release_remembers_a_few_contents_and_always_a_proven_one() -> None:
    """Many failures in a row do not push out the last content that passed."""
    held = release(digest="good")
    for number in range(KEPT + 3):
        held = release(held, digest=f"bad{number}", version=number + 2, results={"ta": FAILED})
    assert len(held["agents/a"]) == KEPT
    assert verdicts(held)[0] == (f"bad{KEPT + 2}", False)
    assert verdicts(held)[-1] == ("good", True)


def test_content_that_comes_back_stands_first_again() -> None:
    """Each content is held once, what is deployed before all others."""
    held = release(release(release(), digest="d2", version=2), digest="d1")
    assert verdicts(held) == [("d1", True), ("d2", True)]


def test_a_receipt_names_what_its_tests_ran_in() -> None:
    """With its digests, so that another content of it is another receipt."""
    first = held_in("e1", "environments/e")
    assert first != held_in("e2", "environments/e", before=first)
    assert first == held_in("e1", "environments/e", before=first)
    (receipt,) = [from_statement(one, "the release") for one in first["agents/a"]]
    assert (receipt.edited, receipt.ran_in["environments/e"].digest) == (False, "e1")


def test_a_result_of_an_earlier_release_covers_no_environment() -> None:
    """Nothing is said that was not known when the test ran; what stands so far stays as it is."""
    earlier = held_in("e1")
    assert from_statement(earlier["agents/a"][0], "the release").ran_in == {}
    assert held_in("e2", before=earlier) == earlier


def test_an_environment_that_was_left_out_of_an_up_proves_nothing() -> None:
    """Its file may say something else than what is live, in which the test ran."""
    assert held_in("e1", "environments/e", applied=ALL - {"environments/e"}) == {}


def test_a_root_without_tests_is_recorded_by_its_digest_alone() -> None:
    """It gets no receipt; those of the time when it had tests stay."""
    before = release()
    bare = {"agents/a": {"digest": "d2"}, "agents/lead": root("lead-d1", "agents/a", "agents/lead", tlead="2")}
    agents = {name: {"id": f"agent_{name}", "version": 1} for name in bare}
    deployed = Deployed("shop", "staging", bare, {"tlead": PASSED}, agents, agents)
    held = issued(deployed, before, ALL, lambda: "c2")
    assert held["agents/a"] == before["agents/a"]
    assert dict(from_statement(held["agents/lead"][0], "the release").tests) == {"tlead": "2"}
