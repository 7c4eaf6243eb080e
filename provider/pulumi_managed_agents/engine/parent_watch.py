"""Runs a module as ``python -m MODULE`` does, and ends it when the process that started it has ended.

A killed engine cannot end its children, and its terminal does not reach them. But the engine holds their standard input
open: when that ends, so do they.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading


def main(arguments: list[str]) -> None:
    """Run the module named first with the arguments that follow."""
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def _end_with_the_parent() -> None:
    while os.read(0, 1):  # not sys.stdin: a thread that holds its lock would keep the interpreter from ending
        pass
    os._exit(1)  # at once: a call that is under way would go on to write, beside the next run


if __name__ == "__main__":
    main(sys.argv[1:])
