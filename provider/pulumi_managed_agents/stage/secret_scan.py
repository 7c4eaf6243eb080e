"""Secrets where none belongs: in a definition, the values file, a smoke test, or a file that is uploaded.

`secret_shapes` knows what a secret looks like. This module decides which text is searched, and what is allowed in plain
text: by a comment in the line (``pragma: allowlist secret``), or by its fingerprint in the values file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from typing import TYPE_CHECKING

from pulumi_managed_agents.errors import Finding
from pulumi_managed_agents.files.node import field_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pulumi_managed_agents.files.node import FieldPath, Node
    from pulumi_managed_agents.kinds.skill.bundle import Contents
    from pulumi_managed_agents.stage.values import ValuesFile

ADVICE = (
    "remove it, and revoke it where it is valid. If it is not a secret, end the line with `# pragma: allowlist secret`"
)

_KNOWN = (
    # Each way begins with a letter of its own, so that Python looks for these letters first, ten times as quickly.
    re.compile(
        r"sk-ant-|T3BlbkFJ|gh[pousr]_|github_pat_|gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|GR1348941|xox[a-z]-"
        r"|hooks\.slack\.com|rk_live_|sk_live_|PRIVATE KEY|PuTTY-User-Key|eyJ|A(?:3T.|BIA|CCA|KIA|SIA)[0-9A-Z]{16}"
        r"|AccountKey=|npm_|_authToken|pypi-AgE|SG\.|sq0csp-|A[CK][a-z0-9]{32}|S[CK][a-z0-9]{32}|://[^\s/]+@"
    ),
    re.compile(r"[\"'][\w/+]{40}[\"']"),
    re.compile(r"\d{8}:[\w-]{35}"),
)
"""One of these matches a part of every text that a rule of known shape can match."""
_NAMED = re.compile(
    r"(?:api|auth|service|account|db|database|priv|private|client)_?key|pass|pwd|secret|contrase", re.IGNORECASE
)
"""A part of every name that an assigned password has; it is beside a quote, or in a file of settings."""
_IN_NAMES = ("key", "pass", "pwd", "secret", "contrase")
"""One of these is in every such name, whatever its case, and is found thirty times as quickly."""
_SETTINGS = (".ini", ".cfg", ".cnf", ".conf", ".cf", ".properties", ".toml", ".yaml", ".yml", ".eyaml", ".go")
_NAMES_OF_SECRETS = frozenset({"secret", "secret_name"})
"""Fields of a definition that hold the name of a secret, not a secret."""
_NAME_OF_SECRET = re.compile(r"""["']?\bsecret(?:_name)?["']?\s*:\s*["'][^"']*["']""")
LONGEST_TEXT = 5_000_000
"""Characters of one text that are looked through; a skill has six times as many at most, an upload a hundred times."""
MOST_JUDGED = 500_000
"""Characters of one text, in lines that give a hint, that are held to the rules: about a second's work."""
_PIECE, _OVERLAP = 4_000, 400
"""Longer lines are judged in pieces; what a rule matches is shorter than the part that two of them share."""


class Scan:
    """Looks for secrets in the files of one stage, except those in `allowed`: fingerprints of lines by file."""

    def __init__(self, allowed: Mapping[str, Iterable[str]] | None = None) -> None:
        self._allowed = {file: set(fingerprints) for file, fingerprints in (allowed or {}).items()}
        self._met: set[tuple[str, str]] = set()

    def document(self, text: str, key: str, root: Node) -> list[Finding]:
        """Return what is exposed in a definition, smoke test or values file; `key` is its path below the stage."""
        return [
            self._finding(exposure, root.file, key, field_at(root, exposure.line))
            for exposure in self._open(exposures_in_document(text, root), key)
        ]

    def attachment(self, content: bytes, name: str, key: str, shown: str) -> list[Finding]:
        """Return what is exposed in a text that is no document of ours, such as a file that is uploaded as it is."""
        return [self._finding(exposure, shown, key) for exposure in self._open(exposures(_text(content), name), key)]

    def skill(self, contents: Contents, directory: str, key: str) -> list[Finding]:
        """Return what is exposed in the text files of a skill; `key` is its directory below the stage."""
        return [
            finding
            for name, content in contents
            for finding in self.attachment(content, name, f"{key}/{name}", f"{directory}/{name}")
        ]

    def unmet(self) -> Iterable[tuple[str, str]]:
        """Return each allowance, as file and fingerprint, for which there was no use."""
        allowed = {(file, fingerprint) for file, fingerprints in self._allowed.items() for fingerprint in fingerprints}
        return sorted(allowed - self._met)

    def _open(self, exposures: Iterable[Exposure], key: str) -> list[Exposure]:
        """Return what is not allowed, once for each line."""
        by_line = {exposure.line: exposure for exposure in exposures}.values()
        self._met |= {(key, exposure.fingerprint) for exposure in by_line}
        return [exposure for exposure in by_line if exposure.fingerprint not in self._allowed.get(key, ())]

    def _finding(self, exposure: Exposure, shown: str, key: str, field: str = "") -> Finding:
        allowance = f"put `allowed_secrets: {{{key}: [{exposure.fingerprint}]}}` into the values file"
        otherwise = f", or {allowance}"
        if not exposure.shape:
            unsearched = "too large to search for secrets: from this line on, it was not searched"
            message = f"{unsearched}; if you know what it holds, {allowance}"
            return Finding(shown, exposure.line, field, message, "warning")
        return Finding(shown, exposure.line, field, f"looks like a secret ({exposure.shape}); {ADVICE}{otherwise}")


def unmet(scan: Scan, values: ValuesFile) -> Iterator[Finding]:
    """Yield a warning for each allowance of the values file that allows nothing."""
    for name, fingerprint in scan.unmet():
        path = ("allowed_secrets", name)
        message = f"nothing in {name} has the fingerprint {fingerprint} any more; remove it"
        yield Finding(*values.root.place(path), field_name(path), message, "warning")


def _text(content: bytes) -> str:
    """Return the text of a file, or nothing for one that holds something else."""
    try:
        # As git does, a NUL byte is taken for a sign of a binary file.
        return "" if b"\0" in content else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


@dataclass(frozen=True)
class Exposure:
    """A line that seems to hold a secret; `fingerprint` is its own as long as the line is not edited.

    `shape` is empty if the text was too large: from this line on it was not searched, and the
    fingerprint is that of the whole text.
    """

    line: int
    shape: str
    fingerprint: str


def exposures(text: str, name: str) -> Iterator[Exposure]:
    """Yield the lines of an uploaded file `name` that seem to hold a secret and do not say that it is none."""
    yield from _in_lines(text, name, settings=name.endswith(_SETTINGS))


def exposures_in_document(text: str, root: Node) -> Iterator[Exposure]:
    """Yield the same for a document of ours: its text, comments included, and its fields named like a password."""
    yield from _in_lines(text, "", settings=False, assignment=lambda line: _NAME_OF_SECRET.sub("", line))
    lines = text.split("\n")
    for path, node in _places(root):
        if not (path and isinstance(node.value, str)):
            continue
        key, value = str(path[-1]), node.value.strip()
        if _NAMED.search(key) and key not in _NAMES_OF_SECRETS and value and not re.search(r"\s", value):
            yield from _judged(lines, min(node.line, len(lines)) - 1, f'{key}: "{value}"')


def field_at(root: Node, line: int) -> str:
    """Return the name of the field that stands on a line of a document, or begins last before it."""
    before = [(node.line, len(path), path) for path, node in _places(root) if 0 < node.line <= line]
    return field_name(max(before)[2]) if before else ""


def _in_lines(
    text: str, name: str, *, settings: bool, assignment: Callable[[str], str] = lambda line: line
) -> Iterator[Exposure]:
    """Look quickly through all of a text, up to a limit, and hold to the rules what gives a hint, up to another."""
    lines = text[:LONGEST_TEXT].split("\n")
    judged = 0
    for index in sorted(_suspects(text[:LONGEST_TEXT], lines, settings=settings)):
        judged += len(lines[index])
        if judged > MOST_JUDGED:
            yield Exposure(index + 1, "", _fingerprint(text))
            return
        yield from _judged(lines, index, assignment(lines[index]), name)
    if len(text) > LONGEST_TEXT:
        yield Exposure(len(lines), "", _fingerprint(text))


def _suspects(text: str, lines: list[str], *, settings: bool) -> set[int]:
    """The indices of lines that give a hint: a set, since one line may give several."""
    known = {index for pattern in _KNOWN for index in _lines_of(pattern, text)}
    folded = text.casefold()
    if not any(part in folded for part in _IN_NAMES):
        return known
    return known | {
        index
        for index, line in enumerate(lines)
        if (settings or '"' in line or "'" in line or "`" in line) and _NAMED.search(line)
    }


def _lines_of(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """The indices of the lines in which a pattern is found; each line break is counted once, however long the text."""
    index = position = 0
    for match in pattern.finditer(text):
        index += text.count("\n", position, match.start())
        position = match.start()
        yield index


def _judged(lines: list[str], index: int, assignment: str, name: str = "") -> Iterator[Exposure]:
    from pulumi_managed_agents.stage.secret_shapes import is_allowed, shape_of

    line = lines[index]
    pieces = zip_longest(_pieces(line), _pieces(assignment), fillvalue="")
    shape = next(filter(None, (shape_of(*piece, name) for piece in pieces)), None)
    if shape and not is_allowed(line, lines[index - 1] if index else "", name):
        yield Exposure(index + 1, shape, _fingerprint(line.strip()))


def _pieces(line: str) -> list[str]:
    return [line[start : start + _PIECE] for start in range(0, max(len(line) - _OVERLAP, 1), _PIECE - _OVERLAP)]


def _fingerprint(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _places(root: Node, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Node]]:
    yield path, root
    if isinstance(root.value, dict | list):
        entries = root.value.items() if isinstance(root.value, dict) else enumerate(root.value)
        for step, node in entries:
            yield from _places(node, (*path, step))
