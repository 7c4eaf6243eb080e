"""Where a body holds what the API takes but never shows again. In a file it is written ``{secret: NAME}``.

Plain places, no models: code that fills in, hides or compares secrets need not load pydantic. ``*`` stands for every
entry of a list.
"""

from __future__ import annotations

from typing import Final

Place = tuple[str, ...]

SECRETS: Final[dict[str, tuple[Place, ...]]] = {
    "credential": (
        ("auth", "token"),
        ("auth", "access_token"),
        ("auth", "refresh", "refresh_token"),
        ("auth", "refresh", "token_endpoint_auth", "client_secret"),
        ("auth", "secret_value"),
    ),
    "deployment": (("resources", "*", "authorization_token"),),
}
"""The places of secrets by kind; a kind without an entry holds none."""
