"""How a process that lives for seconds looks for garbage: seldom, and not once more at its end."""

from __future__ import annotations

import atexit
import gc


def collect_seldom() -> None:
    """Look for garbage seldom from now on; at Python's own pace, that takes a tenth of what a short process does."""
    gc.set_threshold(100_000, 50, 100)
    # What is frozen is not looked through when the interpreter takes everything down.
    atexit.register(gc.freeze)
