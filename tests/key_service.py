"""A key service for stacks of the Pulumi CLI: the two requests that it makes of Vault's transit engine.

With a passphrase the CLI derives a key in each run, by a million rounds: a quarter of what an empty program costs.
Runs with `--emulator` are on a passphrase, as all of users' runs are. The service keeps the CLI's key as it is.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS_PROVIDER = "hashivault://tests"
SEAL = "vault:v1:"


class KeyService(BaseHTTPRequestHandler):
    """Seals and unseals the key of a stack, by putting a word before it."""

    def do_PUT(self) -> None:
        """Answer ``encrypt``, which sends a plaintext, or ``decrypt``, which sends what came of it."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sealed = {"ciphertext": SEAL + asked.get("plaintext", "")}
        unsealed = {"plaintext": asked.get("ciphertext", "").removeprefix(SEAL)}
        body = json.dumps({"data": sealed if "plaintext" in asked else unsealed}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving_keys() -> Iterator[dict[str, str]]:
    """Have a key service for the length of the block; the variables by which the CLI finds it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), KeyService) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield {"VAULT_ADDR": f"http://127.0.0.1:{server.server_port}", "VAULT_TOKEN": "any"}
        server.shutdown()
        thread.join()
