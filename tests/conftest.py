"""What makes the suite quick, and the same wherever it is started.

Long tests first, byte code, no collecting of garbage, a deployed project to copy, less for Pulumi to do.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.command_project import Project

# Hundreds of processes import the package: without byte code, each compiles it anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# None of them lives long enough for collecting garbage to pay, be it in Python or in Go.
QUICK_START = str(Path(__file__).with_name("quick_start"))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [QUICK_START, os.environ.get("PYTHONPATH")]))
os.environ["GOGC"] = "off"

# In the background a shell lets Ctrl-C be ignored, which children inherit; tests of Ctrl-C send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

PULUMI = shutil.which("pulumi")
PYTHON_WITHOUT_PACKAGES = f"""\
#!/bin/sh
case "$1 $2 $3" in
  "-m pip list") echo '[]' ;;
  "-m pip --version") echo 'pip 0' ;;
  *) exec '{sys.executable}' "$@" ;;
esac
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what needs the Pulumi CLI where it is missing; let each worker begin with its share of what takes long."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    long = [item for item in items if item.get_closest_marker("pulumi_cli")]
    short = [item for item in items if not item.get_closest_marker("pulumi_cli")]
    for item in () if PULUMI else long:
        item.add_marker(pytest.mark.skip(reason="the Pulumi CLI is not on PATH"))
    ends = [len(short) * share // workers for share in range(workers + 1)]
    shares = [long[share::workers] + short[ends[share] : ends[share + 1]] for share in range(workers)]
    items[:] = [item for share in shares for item in share]


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home for the CLI; `virtualenv` in it is this environment, which tells the CLI that it holds no packages.

    Before each run the CLI has pip list all packages and looks into every one for a plugin, a fifth of the whole run.
    Runs with `--emulator` (an example, previews, promotion) are on the real environment, as all of users' runs are.
    """
    home = tmp_path_factory.mktemp("pulumi-home")
    python = home / "virtualenv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON_WITHOUT_PACKAGES, encoding="utf-8")
    python.chmod(0o755)
    (home / "virtualenv/pyvenv.cfg").touch()
    return home


@pytest.fixture(scope="session")
def deployed_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A new project whose stage is deployed; to be copied, never to be used."""
    made = Project(tmp_path_factory.mktemp("deployed") / "mine")
    made.init()
    with made.served():
        code, output = made.run("up", "dev", "--emulator")
    assert code == 0, output
    return made
