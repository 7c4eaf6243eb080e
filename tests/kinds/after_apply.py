"""What must hold of a definition and what the API returns for it, as a record is made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pulumi_managed_agents.kinds.registry import FACTS
from pulumi_managed_agents.reconcile.compare import compare
from pulumi_managed_agents.reconcile.stored_record import read_record, record_of

if TYPE_CHECKING:
    from pulumi_managed_agents.reconcile.leaves import Body


def empty_after_apply(kind: str, sent: Body, returned: Body) -> Body:
    """The live object, once it was shown that comparing right after the apply finds nothing."""
    facts = FACTS[kind]
    live = {"id": f"{kind}_own", "type": kind, "version": 4, "updated_at": "2026-11-01T00:00:00Z", **returned}
    record = read_record(sent, json.loads(json.dumps(record_of(facts, live, sent))))
    assert compare(facts, sent, record, live) == []
    # Moved without a change of content, as after a change and its way back.
    assert compare(facts, sent, record, {**live, "version": 6, "updated_at": "2026-11-02T00:00:00Z"}) == []
    return live
