"""The pictures of docs/pictures/, taken of what commands really show on the example of this project.

Terminals become SVG, pages in a browser PNG; those are left as they are where no browser is installed.
``python -m docs.picture_generator.pictures docs/pictures`` makes them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.picture_generator import example as use
from docs.picture_generator.terminal import steady, svg, texts
from docs.picture_generator.web_page import BROWSER, SCHEMES, comment_page, take


def make(directory: Path) -> None:
    """Make every picture."""
    with TemporaryDirectory() as folder, use.Example.served(Path(folder)) as example:
        for name, command, lines in use.terminals(example):
            picture = svg(command, lines)
            file = directory / f"{name}.svg"
            if not (file.exists() and says_the_same(file.read_text(encoding="utf-8"), picture)):
                file.write_text(picture, encoding="utf-8")
    if BROWSER is None:
        sys.stdout.write(f"no Chromium on PATH: the pictures of web pages in {directory} stay as they are\n")
        return
    with TemporaryDirectory() as folder, use.Example.served(Path(folder)) as example:
        use.begin(example)
        use.let_the_reviewer_run_the_shell(example)
        comment = use.comment(example)
        use.take_the_shell_back(example)
        use.break_a_test(example)
        _photograph(directory, comment_page(steady(comment)), steady(use.board(example)))


def says_the_same(was: str, now: str) -> bool:
    """Whether two pictures show the same lines; what is made side by side may come in another order."""
    return sorted(texts(was)) == sorted(texts(now))


def _photograph(directory: Path, comment: str, board: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Chromium's own sandbox wants rights that a container may not give; the pages are our own.
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        for name, page, width, until in (("comment", comment, 800, "details"), ("board", board, 660, "main > p")):
            take(browser, page, width, until, tuple(directory / f"{name}-{scheme}.png" for scheme in SCHEMES))
        browser.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
