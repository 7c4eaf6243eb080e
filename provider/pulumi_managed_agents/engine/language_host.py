"""Runs a Pulumi program in this process, as the language host of the Pulumi CLI does, which the SDK lacks.

The trial engine starts it; it is outside that package so that a program's process need not import the engine.
Exit codes: 0 the program is complete, 32 it failed and has said why, anything else: it failed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pulumi import RunError, log, runtime

ALREADY_REPORTED = 32


def main(settings: str) -> int:
    """Run ``__main__.py`` of the working directory; `settings` are those of `pulumi.runtime.Settings`, as JSON."""
    runtime.set_all_config(runtime.get_config_env(), [])
    configured = runtime.Settings(**json.loads(settings))
    runtime.configure(configured)
    sys.argv = ["__main__.py"]
    signal.signal(signal.SIGINT, lambda *_: os._exit(ALREADY_REPORTED))  # the engine says that the run is over
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it warns of what a failed program leaves unawaited
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(configured.parallel))
    try:
        loop.run_until_complete(runtime.run_in_stack(_program))
    except RunError as error:
        log.error(str(error))
    except Exception:
        log.error(f"Program failed with an unhandled exception:\n{_users_traceback()}")
    else:
        return 0
    return ALREADY_REPORTED


def _program() -> None:
    runpy.run_path(str(Path("__main__.py").resolve()), run_name="__main__")


def _users_traceback() -> str:
    """Return the current traceback from the first frame of the user's program on."""
    frames = traceback.extract_tb(sys.exc_info()[2])
    own = [index for index, frame in enumerate(frames) if Path(frame.filename).name == "__main__.py"]
    return traceback.format_exc(limit=-(len(frames) - own[0]) if own else None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
