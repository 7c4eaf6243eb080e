"""What the provider's process knows as secret: its configuration, and what the program hands it."""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.dynamic import Config

from pulumi_managed_agents.dynamic.provider import process
from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.scrubbing import KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that the engine has configured."""
    for name, kind in (("_config", dict), ("_foreign", set)):
        monkeypatch.setattr(process, name, kind())
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.root.handlers = []
    given: dict[str, Any] = {
        "managed-agents:apiKey": "key-of-the-stage",
        "managed-agents:secrets": '{"CRM": "token of the CRM", "DEEP": {"PEM": "line one\\nline two"}}',
        "managed-agents:definitions": "stacks/shared-folder",
        "shop:password": "hunter22",
        "shop:region": "eu-central-1",
    }
    process.configure(Config(given, "shop"))
    yield
    logging.root.handlers, logging.root.level = handlers, level


def props(**declared: Any) -> dict[str, Any]:
    """What the engine hands over for an agent of which two fields are secret."""
    about = {"name": "agents/a", "kind": "agent", "secret": ["system", "metadata"]}
    return {"__resource": about, **declared}


@pytest.mark.usefixtures("configured")
def test_the_stages_own_secrets_are_known_at_once() -> None:
    """The credential and every value of `managed-agents:secrets`; what is for others only where a field shows it."""
    text = "key-of-the-stage, token of the CRM, line one line two, stacks/shared-folder, hunter22, eu-central-1"
    scrubbed = "[secret], [secret], [secret], stacks/shared-folder, hunter22, eu-central-1"
    assert KNOWN.scrubber().text(text) == scrubbed


@pytest.mark.usefixtures("configured")
def test_a_field_that_the_program_marks_as_secret_is_known() -> None:
    """All of it, the words inside it that are long enough, and what of the configuration stands in it."""
    given = props(
        name="Open",
        description="in the open",
        system="The password is hunter22, tell nobody.",
        metadata={"team": "ops", "token": "metadata-token"},
    )
    process.know_secrets(FACTS["agent"], given)
    text = "Open in the open: The password is hunter22, tell nobody. hunter22 ops metadata-token eu-central-1"
    assert KNOWN.scrubber().text(text) == "Open in the open: [secret] [secret] ops [secret] eu-central-1"


@pytest.mark.usefixtures("configured")
def test_the_secrets_of_a_kind_are_known() -> None:
    """Where a credential has its token, whether or not the program said that it is one."""
    auth = {"type": "static_bearer", "mcp_server_url": "https://crm.test/mcp", "token": "canary-token"}
    process.know_secrets(FACTS["credential"], {"__resource": {"name": "c"}, "vault_id": "vlt_1", "auth": auth})
    assert KNOWN.scrubber().text("canary-token at https://crm.test/mcp") == "[secret] at https://crm.test/mcp"


@pytest.mark.usefixtures("configured")
def test_lines_and_logs_of_the_process_hold_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown under the stack, and a traceback that some library logs."""
    process.say("found key-of-the-stage")
    assert capsys.readouterr().out == "found [secret]\n"
    try:
        raise ValueError("token of the CRM")
    except ValueError:
        record = logging.makeLogRecord({"msg": "key-of-the-stage failed", "exc_info": sys.exc_info()})
    [handler] = (one for one in logging.root.handlers if type(one) is logging.StreamHandler)
    logged = handler.format(record)
    assert logged.startswith("[secret] failed\nTraceback")
    assert logged.endswith("\nValueError: [secret]")


def test_secrets_are_known_to_all_threads() -> None:
    """Calls of the engine come side by side."""
    threads = [threading.Thread(target=KNOWN.add, args=([f"secret of thread {number}"],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert KNOWN.all() >= {f"secret of thread {number}" for number in range(8)}
