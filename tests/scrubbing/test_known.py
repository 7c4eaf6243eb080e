from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_managed_agents.api.run_log import append
from pulumi_managed_agents.scrubbing import KNOWN, KnownSecrets
from pulumi_managed_agents.scrubbing.known import environment_secrets

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_environment_holds_secrets_under_many_names() -> None:
    """Credentials, a stage's secrets, and the passwords of proxies and state backends; nothing else."""
    environment = {
        "ANTHROPIC_API_KEY": "key-1",
        "ANTHROPIC_AUTH_TOKEN": "token-2",
        "ANTHROPIC_IDENTITY_TOKEN": "identity-3",
        "ANTHROPIC_BASE_URL": "https://api.anthropic.com:443/v1@2",
        "MANAGED_AGENTS_SECRET_CRM": "crm-4",
        "MANAGED_AGENTS_LOG_FILE": "run.log",
        "PULUMI_ACCESS_TOKEN": "pul-5",
        "HTTPS_PROXY": "http://me:pa%40ss@proxy.test:8080",
        "PULUMI_BACKEND_URL": "postgres://states:database-6@db.test/states",
        "GREETING": "hello: world",
    }
    held = {"key-1", "token-2", "identity-3", "crm-4", "pul-5", "pa%40ss", "pa@ss", "database-6"}
    assert environment_secrets(environment) == held


def test_what_is_known_grows_and_a_source_is_asked_once_and_late() -> None:
    """Reading the stack's configuration takes a second, so it waits until something has to be scrubbed by it."""
    known, asked = KnownSecrets(), []

    def source() -> list[str]:
        asked.append("source")
        return ["from-the-stack"]

    known.add_source(source)
    known.add(["told-before"])
    text = "told-before, told-later, from-the-stack"
    assert known.scrubber(ask_sources=False).text(text) == "[secret], told-later, from-the-stack"
    assert asked == []
    known.add(["told-later"])
    assert known.scrubber().text(text) == "[secret], [secret], [secret]"
    assert known.scrubber(ask_sources=False).text(text) == "[secret], [secret], [secret]"
    assert asked == ["source"]
    assert known.scrubber() is known.scrubber()


def test_a_source_may_fail_with_what_it_is_to_scrub() -> None:
    """A source that fails to read secrets may log why, scrubbed by what is known until then."""
    known = KnownSecrets()
    known.add_source(lambda: [known.scrubber().text("no passphrase")])
    assert known.all() >= {"no passphrase"}


def test_the_runs_log_holds_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever somebody puts into a request id, an error or a name."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key of the environment")
    KNOWN.add(["token-of-the-stage"])
    answer = {"request_id": "token-of-the-stage", "path": "/v1/key+of+the+environment", "status": 400}
    append(tmp_path / "run.log", "request", **answer)
    written = (tmp_path / "run.log").read_text("utf-8")
    assert '"request_id": "[secret]", "path": "/v1/[secret]", "status": 400' in written
