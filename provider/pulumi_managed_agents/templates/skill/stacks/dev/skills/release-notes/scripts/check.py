"""Name every line of release notes that is not in the house style; exits with 1 if there is one."""

import sys
from pathlib import Path

HEADINGS = ["Breaking", "Added", "Fixed"]
LONGEST = 120


def main(path: str) -> int:
    """Check the notes in `path`."""
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    found = [line.lstrip("# ") for line in lines if line.startswith("#")]
    wrong = [f"unknown heading: {heading}" for heading in found if heading not in HEADINGS]
    if not wrong and found != sorted(found, key=HEADINGS.index):
        wrong.append(f"the order of headings is {', '.join(HEADINGS)}")
    wrong += [f"longer than {LONGEST} characters: {line[:40]}…" for line in lines if len(line) > LONGEST]
    print("\n".join(wrong) or "in the house style")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
