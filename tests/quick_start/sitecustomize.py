"""Every Python process of the tests begins here: it lives a second, so it frees little and looks for garbage seldom.

Most of what collecting costs is at the very end, when all that was imported is looked through a last time.
"""

from __future__ import annotations

import atexit
import gc

gc.set_threshold(100_000, 50, 100)
atexit.register(gc.freeze)
