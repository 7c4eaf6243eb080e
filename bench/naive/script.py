"""The least that could work: a script over the official SDK that keeps the ids of a fleet in a file, 32 threads.

    python script.py up | preview | destroy

It lists what is live, compares a few fields with ``fleet.json`` and writes the difference. No lock, no plan, no record.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anthropic

IDS = Path("ids.json")
client = anthropic.Anthropic(base_url=os.environ["ANTHROPIC_BASE_URL"], api_key=os.environ["ANTHROPIC_API_KEY"])


def main(command: str) -> None:
    """Carry out a command."""
    wanted = {
        f"{kind}/{name}": (kind, body)
        for kind, bodies in json.loads(Path("fleet.json").read_text("utf-8")).items()
        for name, body in bodies.items()
    }
    ids: dict[str, str] = json.loads(IDS.read_text("utf-8")) if IDS.exists() else {}
    live = {
        one.id: one for kind in ("agents", "environments") if ids for one in getattr(client.beta, kind).list(limit=100)
    }
    with ThreadPoolExecutor(32) as pool:
        if command == "destroy":
            list(pool.map(lambda name: getattr(client.beta, name.split("/")[0]).archive(ids[name]), ids))
            IDS.unlink()
            return
        differing = [name for name, (_, body) in wanted.items() if moved(live.get(ids.get(name, "")), body)]
        print(f"{len(differing)} differ")
        if command == "up":
            made = pool.map(lambda name: apply(*wanted[name], live.get(ids.get(name, ""))), differing)
            ids |= dict(zip(differing, made, strict=True))
            IDS.write_text(json.dumps(ids), "utf-8")


def moved(live: Any, body: dict[str, Any]) -> bool:
    """Whether an object is not as it should be, by the fields that the API answers as they were sent."""
    fields = [field for field in ("name", "description", "system") if field in body]
    return live is None or any(getattr(live, field) != body[field] for field in fields)


def apply(kind: str, body: dict[str, Any], live: Any) -> str:
    """Make or change an object; its id."""
    endpoints: Any = getattr(client.beta, kind)
    if live is None:
        return str(endpoints.create(**body).id)
    version = {"version": live.version} if kind == "agents" else {}
    return str(endpoints.update(live.id, **body, **version).id)


if __name__ == "__main__":
    main(sys.argv[1])
