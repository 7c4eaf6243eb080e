"""The reconciler and the digests of receipts have one opinion on what is the same, for every kind."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.kinds.skill.bundle import Bundle
from pulumi_managed_agents.reconcile.compare import compare
from pulumi_managed_agents.reconcile.leaves import without_nulls
from pulumi_managed_agents.reconcile.secrets import with_secrets
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of
from pulumi_managed_agents.release.effective import fields
from pulumi_managed_agents.release.receipt import digest_of
from pulumi_managed_agents.stage.definition import Definition, Reference, properties
from pulumi_managed_agents.stage.secrets import with_values
from tests.kinds.spellings import BODIES, bodies, changed, respelled

if TYPE_CHECKING:
    from tests.kinds.server_habits import Body

rule = settings()
every_kind = pytest.mark.parametrize("kind", sorted(BODIES))
RANDOM = st.integers(0, 2**32).map(Random)


def definition(kind: str, body: Body) -> Definition:
    """A definition as a stage has it."""
    if kind != "skill":
        return Definition(kind, "it", "it.yaml", body)  # type: ignore[arg-type]  # a kind by name
    bundle = Bundle("skills/it", (), body["digest"], body["name"])
    return Definition(
        "skill", "skills/it", "skills/it/SKILL.md", {"display_name": body.get("display_name")}, bundle=bundle
    )


def asked(one: Definition) -> Body:
    """What the program asks of the API, as the engine keeps it: each secret by its value."""
    body: Body = without_nulls(with_values(one.kind, properties(one, {}), "the value of {}".format))
    return body


def found_same(before: Definition, after: Definition) -> bool:
    """Whether the reconciler finds nothing to do where one was applied and the other is declared now."""
    facts = FACTS[before.kind]
    applied, desired = asked(before), asked(after)
    live = {**with_secrets(facts, applied, lambda *_: None), "id": "id_1", "version": 1}
    record = read_record(applied, record_of(facts, live, applied))
    return not compare(facts, desired, record, live)


def digested_same(one: Definition, other: Definition) -> bool:
    """Whether receipts hold the same of both."""
    return digest(one) == digest(other)


def digest(*definitions: Definition) -> str:
    """The effective digest over definitions."""
    found = fields(definitions)
    return digest_of({key: field.digest for of_one in found.values() for key, field in of_one.items()})


@every_kind
@rule
@given(data=st.data(), random=RANDOM)
def test_another_spelling_is_the_same_to_both(kind: str, data: st.DataObject, random: Random) -> None:
    """Sets in another order, defaults that are written out and blanks are no change to anybody."""
    body = data.draw(bodies(kind))
    one, other = definition(kind, body), definition(kind, respelled(kind, body, random))
    assert digested_same(one, other)
    assert found_same(one, other)
    assert found_same(other, one)


@every_kind
@rule
@given(data=st.data(), random=RANDOM)
def test_one_value_is_another_to_both(kind: str, data: st.DataObject, random: Random) -> None:
    """Whatever means something and changes is found by the reconciler and by the digest, however it is spelled."""
    body = data.draw(bodies(kind))
    edited = changed(body, random)
    assume(edited is not None)
    assert edited is not None
    one, other = definition(kind, body), definition(kind, respelled(kind, edited, random))
    assert not digested_same(one, other)
    assert not found_same(one, other)


@every_kind
@rule
@given(data=st.data())
def test_what_is_the_same_to_one_is_the_same_to_the_other(kind: str, data: st.DataObject) -> None:
    """For any two definitions of a kind."""
    one, other = (definition(kind, data.draw(bodies(kind))) for _ in range(2))
    assert found_same(one, other) == digested_same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"default": 1}, {"default": True}, id="a number and a flag"),
        pytest.param({"enum": [0]}, {"enum": [False]}, id="inside a list"),
        pytest.param({"default": "1"}, {"default": 1}, id="a text and a number"),
    ],
)
def test_values_that_python_takes_for_equal_are_distinguished(one: Body, other: Body) -> None:
    """A schema's default of 1 is not true."""

    def agent(schema: Body) -> Definition:
        tool = {"type": "custom", "name": "t", "input_schema": {"type": "object", "properties": {"p": schema}}}
        return definition("agent", {"name": "a", "model": "m", "tools": [tool]})

    assert not found_same(agent(one), agent(other))
    assert not digested_same(agent(one), agent(other))


@pytest.mark.parametrize(("one", "other"), [("caf\u00e9", "cafe\u0301"), (1, 1.0)], ids=["accents", "whole numbers"])
def test_spellings_of_one_value_are_the_same(one: Any, other: Any) -> None:
    """Another file system writes accents in another way, and JSON whole numbers."""
    bodies = [{"name": "a", "model": "m", "metadata": {"k": value}, "system": f"{value}"} for value in (one, other)]
    bodies = [{**body, "system": "s"} if isinstance(one, int) else body for body in bodies]
    first, second = (definition("agent", body) for body in bodies)
    assert found_same(first, second)
    assert digested_same(first, second)


def credentials(*urls: str) -> list[Definition]:
    """A vault with a bearer token for each of these servers, in that order of its file."""
    vault = Reference("vaults/crm", "vault", "id")

    def one(number: int, url: str) -> Definition:
        auth = {"type": "static_bearer", "mcp_server_url": url, "token": {"secret": f"TOKEN_OF_{url[8:11].upper()}"}}
        body = {"vault_id": vault, "auth": auth}
        return Definition("credential", f"vaults/crm/{url}", "vaults/crm.yaml", body, within=("credentials", number))

    return [Definition("vault", "vaults/crm", "vaults/crm.yaml", {"display_name": "CRM"}), *map(one, range(9), urls)]


def test_credentials_of_a_vault_have_no_order() -> None:
    """Each is a resource of its own, whatever its number in the file."""
    one, other = "https://crm.example/mcp", "https://erp.example/mcp"
    assert digest(*credentials(one, other)) == digest(*credentials(other, one))
    assert digest(*credentials(one, other)) != digest(*credentials(one))


@pytest.mark.parametrize("swapped", [False, True])
def test_only_addresses_differ_where_stages_have_servers_of_their_own(swapped: bool) -> None:
    """What goes by its address is found again at another address, so that nothing else of it seems to differ."""
    staging = ("https://crm.test/mcp", "https://erp.test/mcp")
    there = credentials(*staging)
    here = credentials(*(url.replace(".test", ".example") for url in (reversed(staging) if swapped else staging)))
    before, after = (
        {key: field.digest for of_one in fields(side).values() for key, field in of_one.items()}
        for side in (there, here)
    )
    moved = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert moved == {
        "vaults/crm:credentials.static_bearer.auth.mcp_server_url",
        'vaults/crm:credentials["static_bearer (2)"].auth.mcp_server_url',
    }


def test_a_repository_at_another_address_differs_in_its_address_alone() -> None:
    """Its key in the effective form is its address; in a receipt it goes by its type."""

    def deployment(url: str) -> dict[str, str]:
        repository = {"type": "github_repository", "url": url, "checkout": {"type": "branch", "name": "main"}}
        found = fields([definition("deployment", {"name": "d", "resources": [repository]})])["it"]
        return {key: field.digest for key, field in found.items()}

    before, after = deployment("https://github.com/acme/a"), deployment("https://github.com/acme/b")
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == {
        "it:resources.github_repository.url"
    }


def test_a_reference_is_reported_by_the_name_it_leads_to() -> None:
    """Ids are another on each stage; a version that a file holds counts."""

    def agent(**held: Any) -> Definition:
        skill = Reference("skills/notes", "skill", "skill", **held)
        return definition("agent", {"name": "a", "model": "m", "skills": [skill, "skill_2"]})

    found = fields([agent()])["it"]
    assert found['it:skills["skills/notes"].attached'].value is True
    assert digest(agent()) != digest(agent(version="skver_1"))
    assert digest(agent()) == digest(replace(agent(), body={**agent().body, "skills": agent().body["skills"][::-1]}))
