from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.api.settings import Settings, resolve
from pulumi_managed_agents.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

STAGE_KEY = {"apiKey": "stage-key"}
STAGE_TOKEN = {"authToken": "stage-token"}
KEY = {"ANTHROPIC_API_KEY": "shell-key"}
TOKEN = {"ANTHROPIC_AUTH_TOKEN": "shell-token"}


@pytest.mark.parametrize(
    ("config", "environment", "headers", "name"),
    [
        pytest.param(
            STAGE_KEY | STAGE_TOKEN, KEY | TOKEN, {"x-api-key": "stage-key"}, "managed-agents:apiKey", id="all"
        ),
        pytest.param(
            STAGE_TOKEN,
            KEY | TOKEN,
            {"authorization": "Bearer stage-token"},
            "managed-agents:authToken",
            id="stage first",
        ),
        pytest.param({}, KEY | TOKEN, {"x-api-key": "shell-key"}, "ANTHROPIC_API_KEY", id="key before token"),
        pytest.param({}, TOKEN, {"authorization": "Bearer shell-token"}, "ANTHROPIC_AUTH_TOKEN", id="token"),
        pytest.param(
            {"apiKey": " "},
            {"ANTHROPIC_API_KEY": " shell-key\n"},
            {"x-api-key": "shell-key"},
            "ANTHROPIC_API_KEY",
            id="blanks",
        ),
        pytest.param(
            {"apiKey": "own-key", "provider": "eu"},
            {"ANTHROPIC_API_KEY": "shell-key"},
            {"x-api-key": "own-key"},
            "api_key of provider 'eu'",
            id="an explicit provider's",
        ),
        pytest.param(
            {"provider": "eu"},
            {"ANTHROPIC_API_KEY": "shell-key"},
            {"x-api-key": "shell-key"},
            "ANTHROPIC_API_KEY",
            id="a provider without one",
        ),
    ],
)
def test_the_stages_own_credential_beats_the_environment(
    config: dict[str, str], environment: dict[str, str], headers: dict[str, str], name: str
) -> None:
    """Credentials are taken in the SDK's order, those of the stage first, and the source is remembered by name."""
    settings = resolve(config, environment)
    assert (settings.headers, settings.credential_name) == (headers, name)


@pytest.mark.parametrize(
    ("config", "environment", "url"),
    [
        pytest.param({}, {}, "https://api.anthropic.com", id="default"),
        pytest.param({}, {"ANTHROPIC_BASE_URL": "http://localhost:1/"}, "http://localhost:1", id="environment"),
        pytest.param(
            {"baseUrl": "https://a.b/c"}, {"ANTHROPIC_BASE_URL": "http://x"}, "https://a.b/c", id="stage first"
        ),
        pytest.param({"baseUrl": ""}, {"ANTHROPIC_BASE_URL": ""}, "https://api.anthropic.com", id="blanks"),
    ],
)
def test_the_stages_own_url_beats_the_environment(
    config: dict[str, str], environment: dict[str, str], url: str
) -> None:
    """The base URL comes from the stage, the environment or the API's own name, in this order."""
    assert resolve(config, environment | KEY).base_url == url


def test_an_emulator_beats_everything_and_learns_no_secret() -> None:
    """Where an emulator is named nothing reaches the real API, and no credential reaches the emulator."""
    settings = resolve(STAGE_KEY, KEY | {"MANAGED_AGENTS_EMULATOR": "http://127.0.0.1:8181/"})
    assert settings.base_url == "http://127.0.0.1:8181"
    assert settings.loopback
    assert "key" not in settings.headers["x-api-key"]


@pytest.mark.parametrize(
    ("config", "environment", "message"),
    [
        pytest.param({}, {}, "no credential", id="no credential"),
        pytest.param({"apiKey": "  "}, {"ANTHROPIC_API_KEY": "\n"}, "no credential", id="blank credential"),
        pytest.param({"apiKey": "canary\r\nx: y"}, {}, "managed-agents:apiKey", id="line break in a key"),
        pytest.param({}, {"ANTHROPIC_AUTH_TOKEN": "canary…"}, "ANTHROPIC_AUTH_TOKEN", id="copied with an ellipsis"),
        pytest.param({"baseUrl": "api.test"}, KEY, "not a URL", id="no scheme"),
        pytest.param({"baseUrl": "ftp://api.test"}, KEY, "not a URL", id="another scheme"),
        pytest.param({"baseUrl": "http://[::1"}, KEY, "not a URL", id="half an address"),
        pytest.param({"baseUrl": "http://api.test:port"}, KEY, "not a URL", id="port in words"),
        pytest.param({"baseUrl": "https://me:canary@api.test"}, KEY, "user name", id="password in the URL"),
        pytest.param({}, KEY | {"MANAGED_AGENTS_EMULATOR": "http://api.test"}, "this machine", id="emulator elsewhere"),
    ],
)
def test_unusable_settings_are_reported_without_their_secrets(
    config: dict[str, str], environment: dict[str, str], message: str
) -> None:
    """What cannot be used is named by its source in one line, and never quoted where it is secret."""
    with pytest.raises(InputError, match=message) as caught:
        resolve(config, environment)
    assert "canary" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_repr_holds_no_secret() -> None:
    """Settings can be logged."""
    assert "canary" not in repr(Settings("https://api.test", {"x-api-key": "canary"}, "ANTHROPIC_API_KEY"))


@pytest.mark.parametrize(
    ("files", "name"),
    [
        pytest.param({"configs/default.json": "{}"}, "default", id="the default one"),
        pytest.param({"active_config": "work\n", "configs/work.json": "{}"}, "work", id="one that was chosen"),
    ],
)
@pytest.mark.parametrize("variable", ["ANTHROPIC_CONFIG_DIR", "HOME"])
def test_who_is_only_logged_in_with_ant_is_told_what_to_do(
    tmp_path: Path, files: dict[str, str], name: str, variable: str
) -> None:
    """An active profile is no credential here, and any other one goes before it."""
    folder = tmp_path if variable == "ANTHROPIC_CONFIG_DIR" else tmp_path / ".config/anthropic"
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    environment = {variable: str(tmp_path)}
    with pytest.raises(InputError) as raised:
        resolve({}, environment)
    assert f"you are logged in with `ant auth login` (profile '{name}')" in str(raised.value)
    assert "export ANTHROPIC_AUTH_TOKEN=$(ant auth print-credentials --access-token)" in str(raised.value)
    assert resolve({}, {**environment, "ANTHROPIC_API_KEY": "key"}).credential_name == "ANTHROPIC_API_KEY"


def test_who_is_nowhere_logged_in_is_told_what_a_credential_is(tmp_path: Path) -> None:
    """A profile that is not the active one is none, and an unreadable folder neither."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/other.json").write_text("{}", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "configs/other.json"):
        with pytest.raises(InputError, match="no credential for the API: set ANTHROPIC_API_KEY"):
            resolve({}, {"ANTHROPIC_CONFIG_DIR": str(folder)})
    (tmp_path / "active_config").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="no credential for the API: set ANTHROPIC_API_KEY"):
        resolve({}, {"ANTHROPIC_CONFIG_DIR": str(tmp_path)})
