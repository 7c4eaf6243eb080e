"""What a session has used and what that costs at a made-up list price."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from managed_agents_emulator.store import Json

_CENTS_PER_INPUT_TOKEN = 500 / 1_000_000
_CENTS_PER_OUTPUT_TOKEN = 2500 / 1_000_000
_SYSTEM_TOKENS = 200


def unused() -> Json:
    """Make the usage of a session that has done nothing yet."""
    return {
        "input_tokens": 0,
        "output_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "list_cost": {"amount": "0", "currency": "USD"},
        "active_seconds": 0.0,
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
    }


def request_usage(scripted: Json, prompt: str, replies: list[str]) -> Json:
    """Compute the usage of one model request, from the script or from the length of its texts."""
    read = scripted.get("input_tokens", _SYSTEM_TOKENS + len(prompt) // 4)
    written = scripted.get("output_tokens", 1 + sum(map(len, replies)) // 4)
    cost = scripted.get("cost_cents", read * _CENTS_PER_INPUT_TOKEN + written * _CENTS_PER_OUTPUT_TOKEN)
    return {"input_tokens": read, "output_tokens": written, "cost_cents": cost}


def span_usage(usage: Json) -> Json:
    """Show the usage of one model request as its span does."""
    return {
        "input_tokens": usage["input_tokens"],
        "output_tokens": usage["output_tokens"],
        "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0,
    }


def charge(total: Json, private: Json, usage: Json) -> None:
    """Add one model request to a session's usage; the cost is shown in whole cents, rounded up."""
    total["input_tokens"] += usage["input_tokens"]
    total["output_tokens"] += usage["output_tokens"]
    private["cost_cents"] = private.get("cost_cents", 0.0) + usage["cost_cents"]
    total["list_cost"] = {"amount": str(math.ceil(private["cost_cents"] - 1e-9)), "currency": "USD"}


def count_web_tool(total: Json, name: str) -> None:
    """Count a call of a web tool."""
    key = {"web_search": "web_search_requests", "web_fetch": "web_fetch_requests"}.get(name)
    if key:
        total["server_tool_use"][key] += 1


def budget_reached(body: Json, private: Json) -> bool:
    """Tell whether a session has used up its budget; never where it has none."""
    budget = body["budget"]
    return bool(budget) and private.get("cost_cents", 0.0) >= int(budget["max_list_cost"]["amount"])
