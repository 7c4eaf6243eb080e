from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest

if TYPE_CHECKING:
    import httpx

    from tests.emulator.emulator_control import Control

NO_PACKAGES: dict[str, Any] = {"type": "packages", "apt": [], "cargo": [], "gem": [], "go": [], "npm": [], "pip": []}
OPEN = {"type": "unrestricted"}


def limited(**changes: object) -> dict[str, Any]:
    defaults = {"allowed_hosts": [], "allow_mcp_servers": False, "allow_package_managers": False}
    return {"type": "limited"} | defaults | changes


CONFIGS = [
    pytest.param({}, {"type": "cloud", "networking": OPEN, "packages": NO_PACKAGES}, id="no config"),
    pytest.param(
        {"config": {"type": "cloud", "networking": {"type": "limited", "allowed_hosts": ["*.a.io"]}}},
        {"type": "cloud", "networking": limited(allowed_hosts=["*.a.io"]), "packages": NO_PACKAGES},
        id="partial limited",
    ),
    pytest.param(
        {"config": {"type": "cloud", "packages": {"pip": ["httpx"]}}},
        {"type": "cloud", "networking": OPEN, "packages": NO_PACKAGES | {"pip": ["httpx"]}},
        id="partial packages",
    ),
    pytest.param({"config": {"type": "self_hosted"}}, {"type": "self_hosted"}, id="self-hosted"),
]


@pytest.mark.parametrize(("sent", "config"), CONFIGS)
def test_create_completes_the_config(
    sdk: anthropic.Anthropic, http: httpx.Client, sent: dict[str, Any], config: dict[str, Any]
) -> None:
    """A config comes back complete, with the scope and a null description."""
    created = sdk.beta.environments.create(name="cloud", **sent)
    answer = http.get(f"/v1/environments/{created.id}").json()
    assert (answer["config"], answer["scope"], answer["description"]) == (config, "organization", None)


REFUSED = [
    pytest.param({"name": ""}, "name: ", id="empty name"),
    pytest.param({"scope": "account"}, "scope: ", id="account scope"),
    pytest.param({"config": {"type": "cloud", "networking": limited(allowed_hosts=["http://a"])}}, "config.", id="url"),
    pytest.param({"config": {"type": "cloud", "networking": limited(allowed_hosts=["a:1"])}}, "config.", id="port"),
    pytest.param(
        {"config": {"type": "cloud", "networking": limited(), "packages": {"pip": ["httpx"]}}},
        "config.networking.allow_package_managers: ",
        id="packages that cannot be installed",
    ),
    pytest.param({"config": {"type": "self_hosted", "packages": {}}}, "config.packages: Extra", id="foreign field"),
]


@pytest.mark.parametrize(("sent", "message"), REFUSED)
def test_create_refuses_what_breaks_a_rule(sdk: anthropic.Anthropic, sent: dict[str, Any], message: str) -> None:
    """A wrong environment is refused with 400 and the name of the field."""
    with pytest.raises(anthropic.BadRequestError) as refusal:
        sdk.beta.environments.create(**({"name": "cloud"} | sent))
    assert refusal.value.body["error"]["message"].startswith(message)  # type: ignore[index]


def test_names_are_unique_even_after_archiving(sdk: anthropic.Anthropic, control: Control) -> None:
    """A taken name is a 409 on create and on rename; an archived one is free only where the switch says so."""
    first = sdk.beta.environments.create(name="cloud")
    second = sdk.beta.environments.create(name="other")
    with pytest.raises(anthropic.ConflictError):
        sdk.beta.environments.create(name="cloud")
    with pytest.raises(anthropic.ConflictError):
        sdk.beta.environments.update(second.id, name="cloud")
    sdk.beta.environments.archive(first.id)
    with pytest.raises(anthropic.ConflictError):
        sdk.beta.environments.create(name="cloud")
    control.put("switches", {"archived_environment_name": "free"})
    sdk.beta.environments.archive(second.id)
    assert sdk.beta.environments.create(name="other").id not in {first.id, second.id}


def test_update_merges_the_config(sdk: anthropic.Anthropic) -> None:
    """Fields a config update omits keep their stored values; another networking type starts from its defaults."""
    config: Any = {"type": "cloud", "networking": limited(allowed_hosts=["a.io"], allow_package_managers=True)}
    id_ = sdk.beta.environments.create(name="cloud", config=config).id

    def networking(**sent: Any) -> Any:
        config: Any = {"type": "cloud"} | sent
        return sdk.beta.environments.update(id_, config=config).config.to_dict()["networking"]

    kept = limited(allowed_hosts=["a.io"], allow_package_managers=True)
    assert networking(packages={"pip": ["httpx"]}) == kept
    assert networking(networking={"type": "limited", "allow_mcp_servers": True}) == kept | {"allow_mcp_servers": True}
    assert networking(networking=OPEN) == OPEN
    with pytest.raises(anthropic.BadRequestError, match="allow_package_managers"):
        networking(networking={"type": "limited"})


def test_update_patches_texts_and_metadata(sdk: anthropic.Anthropic) -> None:
    """An empty description stays empty, null clears it; null and empty text delete a metadata key."""
    created = sdk.beta.environments.create(name="cloud", description="d", metadata={"a": "1", "b": "2"})
    emptied = sdk.beta.environments.update(created.id, description="", metadata={"a": "", "b": None, "c": "3"})
    assert (emptied.description, emptied.metadata, emptied.name) == ("", {"c": "3"}, "cloud")
    assert sdk.beta.environments.update(created.id, description=None).description is None


def test_an_update_without_a_change_changes_nothing(sdk: anthropic.Anthropic) -> None:
    """The same values again leave updated_at where it was."""
    created = sdk.beta.environments.create(name="cloud", metadata={"a": "1"})
    again = sdk.beta.environments.update(created.id, name="cloud", config={"type": "cloud"}, metadata={"a": "1"})
    assert again == created


def test_config_type_cannot_change(http: httpx.Client, environment: str) -> None:
    """A change of config.type is a 400 with its own code."""
    answer = http.post(f"/v1/environments/{environment}", json={"config": {"type": "self_hosted"}})
    assert answer.status_code == 400
    assert answer.json()["error"]["details"] == {"error_code": "invalid_config_type_change"}


def test_archived_environments_are_read_only(sdk: anthropic.Anthropic, http: httpx.Client, environment: str) -> None:
    """An archived environment takes no update and no session, but can be read and deleted."""
    archived = sdk.beta.environments.archive(environment)
    assert sdk.beta.environments.archive(environment) == archived
    update = http.post(f"/v1/environments/{environment}", json={"description": "x"})
    assert (update.status_code, update.json()["error"]["details"]["error_code"]) == (400, "environment_archived")
    agent = sdk.beta.agents.create(name="a", model="claude-opus-5-5")
    with pytest.raises(anthropic.BadRequestError):
        sdk.beta.sessions.create(agent=agent.id, environment_id=environment)
    assert sdk.beta.environments.list().data == []
    assert sdk.beta.environments.delete(environment).type == "environment_deleted"
    with pytest.raises(anthropic.NotFoundError):
        sdk.beta.environments.retrieve(environment)


def test_environment_in_use_cannot_be_deleted(sdk: anthropic.Anthropic, environment: str) -> None:
    """While a session refers to it, archived or not, an environment stays."""
    agent = sdk.beta.agents.create(name="a", model="claude-opus-5-5")
    session = sdk.beta.sessions.create(agent=agent.id, environment_id=environment)
    sdk.beta.sessions.archive(session.id)
    with pytest.raises(anthropic.ConflictError):
        sdk.beta.environments.delete(environment)
    sdk.beta.sessions.delete(session.id)
    assert sdk.beta.environments.delete(environment).id == environment


def test_work_queue_is_empty(sdk: anthropic.Anthropic) -> None:
    """A self-hosted environment's queue can be asked for and holds nothing."""
    environment = sdk.beta.environments.create(name="own", config={"type": "self_hosted"})
    assert sdk.beta.environments.work.stats(environment.id).depth == 0
