"""What git knows about a file. Every question has the answer "nothing" where there is no git, or no repository."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 30


@dataclass(frozen=True)
class FileCommit:
    """A commit that changed files: who made it, when, what about, and of each file the blob that it made.

    The blob of a file that it removed is empty.
    """

    id: str
    author: str
    at: str
    subject: str
    blobs: dict[Path, str]


@dataclass(frozen=True)
class Git:
    """Questions to the git repository that `folder` is in. Paths are absolute."""

    folder: Path

    def head(self) -> str:
        """The commit that is checked out, or an empty string."""
        return self._text("rev-parse", "--verify", "--quiet", "HEAD")

    def earlier_contents(self, file: Path, content: bytes) -> bool:
        """Whether a committed version of `file` had this content, line endings as they would be committed."""
        blob = self._text("hash-object", "--stdin", "--path", str(self._relative(file)), stdin=content)
        if not blob:
            return False
        # Without the path git would look at every file of every commit.
        return bool(self._text("log", "--all", "--format=%H", "-n", "1", f"--find-object={blob}", "--", str(file)))

    def ever_held(self, file: Path, text: str) -> bool:
        """Whether a text was in a committed version of `file`."""
        return bool(self._text("log", "--all", "--format=%H", "-n", "1", f"-S{text}", "--", str(file)))

    def is_committed(self, file: Path) -> bool:
        """Whether a file is in the checked out commit as it is now; true where there is no git to keep it."""
        return not self.head() or not self._text("status", "--porcelain", "--", str(file))

    def has_lost(self, folder: Path) -> bool:
        """Whether a file below a folder that the checked out commit has is not there any more."""
        return bool(self._text("diff", "--name-only", "--no-renames", "--diff-filter=D", "HEAD", "--", str(folder)))

    def commits_of(self, folder: Path, most: int) -> list[str]:
        """The newest commits that changed something below a folder, newest first."""
        return self._text("log", "--format=%H", "-n", str(most), "--", str(folder)).split()

    def history_below(self, folder: Path, most: int) -> list[FileCommit]:
        """The newest commits that changed something below a folder, newest first, in one look."""
        top = Path(self._text("rev-parse", "--show-toplevel") or folder)
        # Control characters part the fields: the name of an author or a subject may hold any other.
        form = "--format=%x1e%H%x1f%an%x1f%cI%x1f%s"
        output = self._text(
            "log", "-z", "--raw", "--no-abbrev", "--no-renames", "-n", str(most), form, "--", str(folder)
        )
        commits = []
        for entry in output.split("\x1e"):
            head, _, rest = entry.partition("\0")
            parts = [part.strip("\n") for part in rest.split("\0")]
            # Of each file there are two: modes, blobs and a letter; and its path.
            raw = [(top / path, part.split()[3]) for part, path in pairwise(parts) if part.startswith(":")]
            blobs = {path: blob if blob.strip("0") else "" for path, blob in raw}
            if head.count("\x1f") == 3:
                id, author, at, subject = head.split("\x1f")
                commits.append(FileCommit(id, author, at, subject, blobs))
        return commits

    def files_at(self, commit: str, folder: Path) -> dict[str, bytes]:
        """The files below a folder as a commit has them, by path below it; symlinks are left out."""
        inside = self._relative(folder)
        listed = self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", f"{inside}/")
        entries = (line.split("\t", 1)[::-1] for line in listed.decode(errors="replace").split("\0") if line)
        blobs = {path: meta.split()[2] for path, meta in entries if meta.split()[0] in {"100644", "100755"}}
        contents = self._blobs(sorted(set(blobs.values())))
        return {str(PurePosixPath(path).relative_to(inside)): contents[blob] for path, blob in blobs.items()}

    def file_at(self, commit: str, file: Path) -> bytes | None:
        """One file as a commit has it; None if it has none, or an empty one."""
        return self._run("show", f"{commit}:{self._relative(file)}") or None

    def contents(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """The contents of blobs by their ids, in one look; those that are empty or not there are left out."""
        names = sorted({*blobs} - {""})
        return self._blobs(names) if names else {}

    def _blobs(self, names: list[str]) -> dict[str, bytes]:
        """The contents of blobs, out of one process: each follows a line that ends with its size."""
        answer = self._run("cat-file", "--batch", stdin="\n".join(names).encode())
        contents: dict[str, bytes] = {}
        for name in names:
            head, _, rest = answer.partition(b"\n")
            size = int(head.split()[-1])
            contents[name], answer = rest[:size], rest[size + 1 :]
        return contents

    def _relative(self, path: Path) -> PurePosixPath:
        root = Path(self._text("rev-parse", "--show-toplevel") or self.folder)
        return PurePosixPath(path.resolve().relative_to(root.resolve()).as_posix())

    def _text(self, *arguments: str, stdin: bytes = b"") -> str:
        return self._run(*arguments, stdin=stdin).decode(errors="replace").strip()

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = ["git", "-C", str(self.folder), *arguments]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return b""
        return done.stdout if done.returncode == 0 else b""
