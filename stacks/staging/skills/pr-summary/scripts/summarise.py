"""Print added and removed lines per file of a unified diff."""

import sys
from collections import Counter
from pathlib import Path


def main(path: str) -> None:
    """Count the lines of the diff in `path`."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    file = ""
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("+++ "):
            file = line.removeprefix("+++ ").removeprefix("b/")
        elif line.startswith("+"):
            added[file] += 1
        elif line.startswith("-") and not line.startswith("--- "):
            removed[file] += 1
    for name in sorted(added.keys() | removed.keys()):
        print(f"+{added[name]} -{removed[name]} {name}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
