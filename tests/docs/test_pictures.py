"""The pictures on pages show what the commands show today, to everybody, without loading anything."""

from __future__ import annotations

import re
from pathlib import Path

from docs.picture_generator.example import Example, terminals
from docs.picture_generator.terminal import svg, texts

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/pictures"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
IMAGE = re.compile(r'<img alt="([^"]+)" src="([^"]+)"|!\[([^\]]+)\]\(([^)]+)\)|<source [^>]*srcset="([^"]+)"')
LARGEST = 150 * 1024


def test_a_terminal_shows_what_is_in_its_picture(tmp_path: Path) -> None:
    """`make pictures` has been run; what is made side by side may come in another order."""
    with Example.served(tmp_path) as example:
        for name, command, lines in terminals(example):
            committed = texts((PICTURES / f"{name}.svg").read_text(encoding="utf-8"))
            assert sorted(committed) == sorted(texts(svg(command, lines)))
            assert committed[0] == f"$ {command}"


def test_a_picture_is_small_and_loads_nothing() -> None:
    """Pages stay quick, and GitHub shows them."""
    files = sorted(PICTURES.iterdir())
    assert {file.stem for file in files} == {
        *("preview", "up"),
        *(f"{page}-{scheme}" for page in ("board", "comment") for scheme in ("light", "dark")),
    }
    for file in files:
        assert file.stat().st_size <= LARGEST, file.name
        if file.suffix == ".svg":
            text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert not re.search(r"@import|@font-face|href=|url\((?!#)", text)


def test_every_picture_is_on_a_page_with_words_for_those_who_cannot_see_it() -> None:
    """Each light one has its dark one beside it; each path is right on GitHub and in the site."""
    shown = set()
    for page in PAGES:
        for alt, source, other_alt, other, dark in IMAGE.findall(page.read_text(encoding="utf-8")):
            path = (page.parent / (source or other or dark)).resolve()
            assert path.parent == PICTURES, page
            assert dark or len(alt or other_alt) > 40, page
            shown.add(path)
        pictures = re.findall(r"<picture>.*?</picture>", page.read_text(encoding="utf-8"), re.DOTALL)
        for picture in pictures:
            (light,), (dark,) = re.findall(r'src="(.*?)"', picture), re.findall(r'srcset="(.*?)"', picture)
            assert dark == light.replace("-light.", "-dark.")
            assert "prefers-color-scheme: dark" in picture
    assert shown == set(PICTURES.iterdir())
