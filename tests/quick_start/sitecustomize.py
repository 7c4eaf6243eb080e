"""Every Python process of the tests begins here: it lives a second, so it frees little and looks for garbage seldom.

Most of what collecting costs is at the very end, when all that was imported is looked through a last time.

One that is to run our code, or Pulumi's, has the process that `warm_processes` describes run it instead.

Before each run the Pulumi CLI has pip list all packages and looks into every one for a plugin, a fifth of the whole
run: it is told that there are none.

It takes the place of a `sitecustomize` that the environment may have of its own, which is not run. What it sets for
collecting, `managed-agents` sets for itself in `cli/__main__.py`.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

from stand_in import PLACE, hand_over  # type: ignore[import-not-found]  # it stands beside this file

PIP: dict[tuple[str, ...], bytes] = {("-m", "pip", "list"): b"[]\n", ("-m", "pip", "--version"): b"pip 0\n"}

if answer := PIP.get(tuple(sys.orig_argv[1:4])):
    os.write(1, answer)
    os._exit(0)

if place := os.environ.get(PLACE):
    hand_over(place)

gc.set_threshold(100_000, 50, 100)
atexit.register(gc.freeze)
