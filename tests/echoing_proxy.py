"""A proxy between a client and the API that refuses some requests, and quotes them in its refusal."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN: Final = {"host", "content-length", "connection", "transfer-encoding", "content-encoding", "accept-encoding"}
"""Headers that are about one connection."""

ENVELOPES: Final[dict[str, Callable[[str], bytes]]] = {
    "in the API's envelope": lambda text: json.dumps(
        {"type": "error", "error": {"type": "invalid_request_error", "message": text}}
    ).encode(),
    "as an error of its own": lambda text: json.dumps({"error": f"bad request: {text}", "code": 7}).encode(),
    "as plain text": lambda text: text.encode(),
    "as a page": lambda text: f"<html><body><h1>Refused</h1><pre>{text}</pre></body></html>".encode(),
}


@dataclass
class EchoingProxy:
    """What it does is set at its start: `quote` makes of a request's text what the refusal says of it."""

    url: str = ""
    upstream: str = ""
    refuses: re.Pattern[str] = field(default_factory=lambda: re.compile("nothing"))
    status: int = 400
    quote: Callable[[str], str] = str
    envelope: Callable[[str], bytes] = ENVELOPES["in the API's envelope"]
    quoted: list[str] = field(default_factory=list)
    """The requests that were refused."""

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        """Refuse a request, or pass it on."""
        if self.refuses.search(f"{method} {path}"):
            lines = sorted(headers.items(), key=lambda header: header[0].lower() not in {"x-api-key", "authorization"})
            head = "\n".join(f"{name}: {value}" for name, value in lines)
            request = f"{method} {path}\n{head}\n\n{body.decode('utf-8', 'replace')}"
            self.quoted.append(request)
            return httpx.Response(self.status, content=self.envelope(self.quote(request)))
        kept = {name: value for name, value in headers.items() if name.lower() not in OWN}
        return httpx.request(method, self.upstream + path, headers=kept, content=body, timeout=60, trust_env=False)


@contextmanager
def echoing_proxy(upstream: str = "") -> Iterator[EchoingProxy]:
    """Have a proxy for the length of the block."""
    proxy = EchoingProxy(upstream=upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = proxy.answer(self.command, self.path, dict(self.headers.items()), body)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in OWN:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        proxy.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
