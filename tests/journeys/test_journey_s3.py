from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from tests.journeys.journey_stack import Stack, needs_pulumi
from tests.journeys.journey_stage import write_stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.journey_server import Server

pytestmark = needs_pulumi

AWS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1"}
SERVE = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
input()
"""


@contextmanager
def bucket() -> Iterator[str]:
    """A local S3 server with one bucket; the backend URL that names it."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SERVE], stdin=pipe, stdout=pipe, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            url = f"http://{server.stdout.readline().strip()}"
            httpx.put(f"{url}/state").raise_for_status()
            yield f"s3://state?endpoint={url}&s3ForcePathStyle=true"
        finally:
            server.stdin.write("\n")


def test_a_state_on_s3_serves_two_machines(tmp_path: Path, stack: Stack, server: Server) -> None:
    """Whoever has the files and the bucket goes on where another checkout left off: nothing to change."""
    with bucket() as backend:
        shared = {**stack.env, **AWS, "PULUMI_BACKEND_URL": backend}
        mine = Stack(tmp_path / "mine", stack.home, shared)
        mine.init()
        write_stage(mine)
        mine.up().succeeded()
        yours = mine.copy_to(tmp_path / "yours")
        server.writes()
        assert yours.preview("--expect-no-changes").succeeded().tally == {"unchanged": 9}
        assert server.writes() == []
