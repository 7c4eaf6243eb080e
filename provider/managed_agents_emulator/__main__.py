"""`python -m managed_agents_emulator`: the emulator from the command line."""

from __future__ import annotations

import argparse
import atexit
import gc
import sys
from pathlib import Path

from managed_agents_emulator.server import serve
from managed_agents_emulator.settings import DEFAULT_WORKSPACE, Settings
from managed_agents_emulator.store import InUseError

IN_USE = 3


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted.

    The exit code is 2 where the emulator cannot start, and 3 where another one uses the data directory; one line on
    standard error says why.
    """
    options = _parser().parse_args(arguments)
    keys, rules = (dict(map(_and_workspace, texts)) for texts in (options.key, options.rule))
    try:
        serve(Settings(options.host, options.port, options.data, keys, options.script, rules), options.ready_file)
    except InUseError as error:
        return _refused(error, IN_USE)
    except OSError as error:
        return _refused(f"{error.filename}: {error.strerror}" if error.filename else error)
    except ValueError as error:
        return _refused(error)
    except KeyboardInterrupt:
        pass
    return 0


def _refused(reason: object, code: int = 2) -> int:
    sys.stderr.write(f"error: {reason}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("managed_agents_emulator", description="A local server of the Managed Agents API.")
    parser.add_argument("--host", default=Settings.host, help="loopback address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=int, default=Settings.port, help="port; 0 picks a free one (default %(default)s)"
    )
    parser.add_argument("--data", type=Path, help="directory of the state; without one it ends with the process")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY[=WORKSPACE]",
        help="accept this API key, for that workspace; may be repeated (default: any key is accepted)",
    )
    parser.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="RULE[=WORKSPACE]",
        help="accept identity tokens by this federation rule, for that workspace; may be repeated",
    )
    parser.add_argument("--script", type=Path, help="JSON or YAML file that says how agents answer")
    parser.add_argument(
        "--ready-file", type=Path, metavar="FILE", help="once ready, write URL and process id to this file, as JSON"
    )
    return parser


def _and_workspace(text: str) -> tuple[str, str]:
    key, _, workspace = text.partition("=")
    return key, workspace or DEFAULT_WORKSPACE


if __name__ == "__main__":
    atexit.register(gc.freeze)  # looking for garbage at the end would only delay it
    sys.exit(main())
