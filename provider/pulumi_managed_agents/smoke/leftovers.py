"""Sessions that a killed run left behind, and their end: while one refers to an environment, that cannot be deleted.

A living run's session is idle, too, between its steps. So one is ended only where its process was on this machine and
is no more, or where it is much older, by the API's own clock, than its test may take.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import ManagedAgentsError
from pulumi_managed_agents.smoke.process_name import has_ended
from pulumi_managed_agents.smoke.session_mark import RUNNER, TEST, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from pulumi_managed_agents.api import Client

MARGIN = timedelta(minutes=10)
"""How long after its timeout a run may still be busy: with requests that are tried again, and with cleaning up."""
PAGE = 100


def end_left_over(
    client: Client,
    agents: Iterable[str],
    labels: Mapping[str, str],
    note: Callable[[str], None],
) -> None:
    """Delete what killed runs with these `labels` left of their sessions with agents, given by id.

    Costs one page of the newest idle sessions per agent: one that has talked a lot since then keeps its leftovers. What
    goes wrong is noted, and is no error.
    """
    try:
        for agent in dict.fromkeys(agents):
            page = client.sessions.page(**{"agent_id": agent, "statuses[]": "idle", "limit": PAGE})
            for session in page.get("data") or ():
                if is_left_over(session, labels, client.time):
                    client.sessions.delete(session["id"])
                    note(f"smoke {session['metadata'][TEST]}: deleted session {session['id']}, which a killed run left")
    except ManagedAgentsError as error:
        note(f"warning: whether killed runs left sessions behind is not known: {error}")


def is_left_over(session: Mapping[str, Any], labels: Mapping[str, str], now: datetime | None) -> bool:
    """Whether a session is a smoke test's with these labels whose run must be over; `now` is by the API's clock."""
    metadata = session.get("metadata") or {}
    ours = TEST in metadata and labels.items() <= metadata.items() and session.get("status") == "idle"
    return ours and (has_ended(str(metadata.get(RUNNER))) or _is_old(session, now))


def _is_old(session: Mapping[str, Any], now: datetime | None) -> bool:
    try:
        longest = timedelta(seconds=float(session["metadata"][TIMEOUT])) + MARGIN
        return now is not None and datetime.fromisoformat(session["created_at"]) + longest < now
    except (KeyError, ValueError, TypeError):
        return False
