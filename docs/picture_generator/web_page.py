"""The comment as GitHub renders it, and pictures of pages in light and dark by a browser, where one is installed."""

from __future__ import annotations

import re
import shutil
from html import escape, unescape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SHARPNESS = 1.4
"""Pixels of the picture for one of the page."""
_DIFF = re.compile(r'<pre lang="diff"><code>(.*?)</code></pre>', re.DOTALL)
_MARKS = {"+": "come", "-": "gone", "@": "place"}
_STYLE = """
:root{color-scheme:light dark;--fg:#1f2328;--bg:#fff;--line:#d1d9e0;--soft:#f6f8fa;--link:#0969da;--dim:#59636e;
--come:#116329;--come-bg:#dafbe1;--gone:#82071e;--gone-bg:#ffebe9;--place:#8250df}
@media (prefers-color-scheme:dark){:root{--fg:#f0f6fc;--bg:#0d1117;--line:#3d444d;--soft:#151b23;--link:#4493f8;
--dim:#9198a1;--come:#aff5b4;--come-bg:#033a16;--gone:#ffdcd7;--gone-bg:#67060c;--place:#d2a8ff}}
*{box-sizing:border-box}html{background:var(--bg)}
body{margin:0;padding:0 12px;font:14px/1.5 -apple-system,"Segoe UI","Noto Sans","Liberation Sans",Arial,sans-serif;
color:var(--fg);background:var(--bg);overflow-wrap:anywhere}
h2,h3{margin:20px 0 12px;line-height:1.25}h3{font-size:17px}
h2{font-size:21px;border-bottom:1px solid var(--line);padding-bottom:6px;margin-top:12px}
p,ul,table,details,blockquote{margin:0 0 12px}ul{padding-left:28px}
table{border-collapse:collapse;overflow-wrap:normal}th,td{border:1px solid var(--line);padding:6px 13px}
th{text-align:left}tr:nth-child(2n) td{background:var(--soft)}
blockquote{padding:0 14px;border-left:4px solid var(--line);color:var(--dim)}
code{font-family:"Liberation Mono",monospace;font-size:85%;padding:2px 5px;border-radius:6px;
background:color-mix(in srgb,var(--line) 45%,transparent)}
pre{margin:0 0 12px;padding:12px;background:var(--soft);border-radius:6px;white-space:pre-wrap}
pre code{padding:0;background:none}pre span{display:block;min-height:18px}
.come{color:var(--come);background:var(--come-bg)}.gone{color:var(--gone);background:var(--gone-bg)}
.place{color:var(--place)}summary{margin-bottom:8px}
"""


def comment_page(markdown: str) -> str:
    """A comment on a page, with the colours that GitHub gives to diffs."""
    import cmarkgfm
    from cmarkgfm.cmark import Options

    body = _DIFF.sub(_coloured, cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    return f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>{body}'


def _coloured(block: re.Match[str]) -> str:
    lines = unescape(block[1]).rstrip("\n").split("\n")
    spans = "".join(f'<span class="{_MARKS.get(line[:1], "")}">{escape(line)}</span>' for line in lines)
    return f"<pre><code>{spans}</code></pre>"


def take(browser: Browser, page: str, width: int, until: str, files: tuple[Path, ...]) -> None:
    """Write pictures of a page, one for each of the colour schemes, down to the end of the first such element."""
    for scheme, file in zip(SCHEMES, files, strict=True):
        shown = browser.new_page(
            viewport={"width": width, "height": 600}, device_scale_factor=SHARPNESS, color_scheme=scheme
        )
        shown.set_content(page)
        box = shown.locator(until).first.bounding_box()
        if box is None:
            raise ValueError(f"the page shows no {until}")
        clip = {"x": 0, "y": 0, "width": width, "height": box["y"] + box["height"] + 16}
        shown.screenshot(path=file, full_page=True, clip=clip)  # type: ignore[arg-type]  # a dict is what it takes
        shown.close()
