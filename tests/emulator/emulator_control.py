"""The emulator's own routes, as tests use them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Control:
    """The emulator's own routes."""

    http: httpx.Client

    def put(self, name: str, body: object) -> Any:
        """Replace the script, or change switches."""
        return self._answer(self.http.put(f"/_emulator/{name}", json=body))

    def fault(self, **fault: object) -> Any:
        """Let matching requests go wrong."""
        return self._answer(self.http.post("/_emulator/faults", json=fault))

    def get(self, name: str) -> Any:
        """Look at what the emulator knows."""
        return self._answer(self.http.get(f"/_emulator/{name}"))

    def reset(self) -> None:
        """Undo everything a test may have changed."""
        self._answer(self.http.delete("/_emulator/faults"))
        self._answer(self.http.post("/_emulator/reset-requests"))
        self.put("script", {})
        self.put("switches", {name: switch["default"] for name, switch in self.get("switches").items()})

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()
