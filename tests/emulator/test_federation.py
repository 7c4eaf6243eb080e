from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import httpx
import pytest
from anthropic import WorkloadIdentityCredentials, WorkloadIdentityError

from managed_agents_emulator import Settings, running
from managed_agents_emulator.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

RULE, ORGANIZATION = "fdrl_ci", "11111111-2222-4333-8444-555555555555"
BETAS = {"anthropic-beta": "oauth-2025-04-20,oidc-federation-2026-04-01"}
API = {"anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01,oauth-2025-04-20"}
BODY = {
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "assertion": "a.b.c",
    "federation_rule_id": RULE,
    "organization_id": ORGANIZATION,
}


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """An emulator that lets nobody in but this rule and one key."""
    with running(Settings(port=0, keys={"key": "wrkspc_key"}, rules={RULE: "wrkspc_ci"})) as url:
        yield url


def credentials(**others: Any) -> WorkloadIdentityCredentials:
    """The official SDK's credentials with an identity token that never changes."""
    given = {"federation_rule_id": RULE, "organization_id": ORGANIZATION, **others}
    return WorkloadIdentityCredentials(identity_token_provider=lambda: "a.b.c", **given)


def test_the_official_sdk_gets_a_token_and_uses_it(guarded: str) -> None:
    """A client with federation credentials works, in the workspace of its rule."""
    with anthropic.Anthropic(credentials=credentials(workspace_id="wrkspc_ci"), base_url=guarded) as sdk:
        answer = sdk.beta.agents.with_raw_response.list()
    assert answer.headers["anthropic-workspace-id"] == "wrkspc_ci"


@pytest.mark.parametrize(
    "others",
    [
        pytest.param({"federation_rule_id": "fdrl_other"}, id="another rule"),
        pytest.param({"workspace_id": "wrkspc_other"}, id="another workspace"),
    ],
)
def test_the_official_sdk_is_refused_a_token(guarded: str, others: dict[str, str]) -> None:
    """An exchange that matches no rule is a 401 in the words of OAuth."""
    exchanging = credentials(**others).for_base_url(guarded)
    with exchanging, pytest.raises(WorkloadIdentityError, match="invalid_grant") as caught:
        exchanging()
    assert caught.value.status_code == 401


@pytest.mark.parametrize(
    ("headers", "body", "message"),
    [
        pytest.param({}, BODY, "anthropic-beta", id="no beta"),
        pytest.param(BETAS, BODY | {"grant_type": "refresh_token"}, "grant_type", id="another grant"),
        pytest.param(BETAS, BODY | {"assertion": ""}, "assertion", id="no identity token"),
        pytest.param(BETAS, {**BODY, "organization_id": None}, "organization_id", id="no organization"),
    ],
)
def test_a_malformed_exchange_is_a_400(guarded: str, headers: dict[str, str], body: Any, message: str) -> None:
    """What the exchange needs is named where it is missing."""
    answer = httpx.post(f"{guarded}/v1/oauth/token", headers=headers, json=body, timeout=60)
    assert (answer.status_code, message in answer.text) == (400, True)


def test_a_token_is_for_those_who_have_it_whole(guarded: str) -> None:
    """A token is not accepted without the beta that belongs to it, and one that is made up never."""
    token = httpx.post(f"{guarded}/v1/oauth/token", headers=BETAS, json=BODY, timeout=60).json()["access_token"]
    signed = API | {"authorization": f"Bearer {token}"}
    without_beta = signed | {"anthropic-beta": "managed-agents-2026-04-01"}
    made_up = signed | {"authorization": f"Bearer {token}x"}
    answers = [
        httpx.get(f"{guarded}/v1/agents", headers=headers, timeout=60) for headers in (signed, without_beta, made_up)
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 401]


def test_a_token_ends() -> None:
    """A token is of no use once its time is over."""
    now = iter([0.0, 9.9, 10.0])
    tokens = Tokens(clock=lambda: next(now))
    token = tokens.issue("wrkspc_ci", 10)
    assert [tokens.workspace(token), tokens.workspace(token)] == ["wrkspc_ci", None]
