from __future__ import annotations

from base64 import b64encode

import httpx
import pytest

from pulumi_managed_agents.api.sent_secrets import sent_secrets


def test_of_a_name_with_a_password_both_are_known_in_every_form() -> None:
    """A proxy may quote its credential in an answer as it was sent, or taken apart."""
    credential = b64encode(b"me:hunter-two").decode()
    request = httpx.Request("GET", "https://api.example", headers={"proxy-authorization": f"Basic {credential}"})
    assert sent_secrets(request) == {credential, "me:hunter-two", "hunter-two"}


@pytest.mark.parametrize("credential", ["not-base64!", b64encode(b"\xff\xfe").decode()])
def test_a_credential_that_cannot_be_taken_apart_is_known_whole(credential: str) -> None:
    """What is no name with a password is a secret all the same."""
    request = httpx.Request("GET", "https://api.example", headers={"authorization": f"Basic {credential}"})
    assert credential in sent_secrets(request)
