from __future__ import annotations

import hashlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_managed_agents.files.source_files import sha256
from pulumi_managed_agents.kinds.skill import bundle as bundles
from pulumi_managed_agents.kinds.skill.bundle import collect, digest_of
from tests.stage.stage_files import SKILL, Files, FindingsOf, Load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from pulumi_managed_agents.stage import Bundle, Stage

names = st.text("abc-é", min_size=1, max_size=3)
contents = st.dictionaries(st.tuples(names, names).map("/".join), st.binary(max_size=9), min_size=1, max_size=5)


def bundle(stage: Stage) -> Bundle:
    """Return the bundle of a stage's first definition, a skill."""
    made = stage.definitions[0].bundle
    assert made is not None
    return made


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """Write files in the order given and return the digest of the directory."""
    with TemporaryDirectory() as folder:
        Path(folder, "SKILL.md").write_text(SKILL)
        for name, data in files:
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        return digest_of(collect(Path(folder), "skill", Path(folder)))


@given(contents, st.randoms())
def test_the_digest_does_not_depend_on_the_order_of_creation(files: dict[str, bytes], random: Random) -> None:
    """The same files are the same bundle on every machine."""
    shuffled = list(files.items())
    random.shuffle(shuffled)
    assert digest(files.items()) == digest(shuffled)


@given(contents, contents)
def test_the_digest_tells_bundles_apart(files: dict[str, bytes], others: dict[str, bytes]) -> None:
    """Names and bytes both count, and cannot be mistaken for each other."""
    assert (digest(files.items()) == digest(others.items())) == (files == others)


def test_the_digest_is_defined_down_to_the_byte(loaded: Load) -> None:
    """Receipts quote it for years: the format may not change by accident."""
    stage = loaded({"skills/s/SKILL.md": SKILL, "skills/s/a/é.txt": b"\r\n"})
    expected = hashlib.sha256()
    for part in (b"SKILL.md", SKILL.encode(), "a/é.txt".encode(), b"\r\n"):
        expected.update(len(part).to_bytes(8, "big") + part)
    assert bundle(stage).digest == f"sha256:{expected.hexdigest()}"


def test_a_skill_becomes_a_bundle(loaded: Load) -> None:
    """Name and description come from the front matter; files are listed with their sizes."""
    stage = loaded({"skills/s/SKILL.md": SKILL, "skills/s/scripts/run.py": "print()"})
    definition = stage.definitions[0]
    assert (definition.kind, definition.name, definition.body) == ("skill", "skills/s", {})
    assert definition.file == "stacks/dev/skills/s/SKILL.md"
    made = bundle(stage)
    assert (made.name, made.description) == ("pr-summary", "Sums up pull requests.")
    assert made.directory == "stacks/dev/skills/s"
    assert made.files == (("SKILL.md", len(SKILL)), ("scripts/run.py", 7))
    assert made.sha256 == {"SKILL.md": sha256(SKILL.encode()), "scripts/run.py": sha256(b"print()")}


def test_modes_and_times_do_not_change_the_digest(loaded: Load, tmp_path: Path) -> None:
    """An executable bit or a fresh checkout is no new version."""
    files = {"skills/s/SKILL.md": SKILL, "skills/s/run.sh": "true"}
    before = bundle(loaded(files))
    (tmp_path / "stacks/dev/skills/s/run.sh").chmod(0o755)
    os.utime(tmp_path / "stacks/dev/skills/s/SKILL.md", (0, 0))
    assert bundle(loaded(files)) == before


@pytest.mark.parametrize(
    ("ignore", "kept"),
    [
        pytest.param("", ["SKILL.md", "build/x.txt", "data.log", "keep.log"], id="nothing"),
        pytest.param("*.log\n!keep.log", ["SKILL.md", "build/x.txt", "keep.log"], id="exception"),
        pytest.param("build/", ["SKILL.md", "data.log", "keep.log"], id="folder"),
        pytest.param("# comment\n/*.log", ["SKILL.md", "build/x.txt"], id="at the root"),
    ],
)
def test_litter_and_ignored_files_are_not_part_of_a_skill(loaded: Load, ignore: str, kept: list[str]) -> None:
    """`.skillignore` has the syntax of gitignore; what machines leave behind is always left out."""
    inside: Files = {
        "SKILL.md": SKILL,
        ".skillignore": ignore,
        ".DS_Store": b"\0",
        "__pycache__/a.pyc": b"\0",
        "b.pyc": b"\0",
        ".git/HEAD": "ref",
        "build/x.txt": "x",
        "data.log": "x",
        "keep.log": "x",
    }
    stage = loaded({f"skills/s/{name}": text for name, text in inside.items()})
    assert [name for name, _ in bundle(stage).files] == kept


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        pytest.param(
            {"skills/s/SKILL.md": SKILL, "skills/s/big.bin": bytes(30_000_000)},
            f"stacks/dev/skills/s: {30_000_000 + len(SKILL):,} bytes in 2 files; a skill has to stay below 30,000,000",
            id="too large",
        ),
        pytest.param(
            {"skills/s/SKILL.md": SKILL, "skills/s/.skillignore": "ok\n!\n"},
            "stacks/dev/skills/s/.skillignore:2: not a gitignore pattern: '!'",
            id="pattern",
        ),
        pytest.param(
            {"skills/s/SKILL.md": SKILL, "skills/s/.skillignore": b"\xff"},
            "stacks/dev/skills/s/.skillignore:1: not UTF-8 text; save the file as UTF-8",
            id="ignore file",
        ),
        pytest.param(
            {"skills/s/SKILL.md": SKILL, "skills/s/.skillignore": "*.md"},
            "stacks/dev/skills/s: .skillignore leaves out SKILL.md itself",
            id="SKILL.md ignored",
        ),
        pytest.param(
            {"skills/s/SKILL.md": "# No front matter"},
            "stacks/dev/skills/s/SKILL.md:1: a Markdown definition",
            id="bare",
        ),
        pytest.param(
            {"skills/s/SKILL.md": SKILL.replace("pr-summary", "PR Summary")},
            "stacks/dev/skills/s/SKILL.md:2: name: ",
            id="name",
        ),
        pytest.param(
            {"skills/s/SKILL.md": "---\nname: s\n---\n"},
            "stacks/dev/skills/s/SKILL.md:2: description: ",
            id="description",
        ),
    ],
)
def test_a_skill_that_cannot_be_uploaded_is_refused(findings_of: FindingsOf, files: Files, finding: str) -> None:
    """What the API would refuse is found before the upload."""
    findings = findings_of(files)
    assert any(one.startswith(finding) for one in findings), findings


def test_a_skill_of_too_many_files_is_refused(findings_of: FindingsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The most is what the API takes; here it is less, since so many files take long to write."""
    assert bundles.MAX_FILES == 10_000
    monkeypatch.setattr(bundles, "MAX_FILES", 3)
    assert findings_of({"skills/s/SKILL.md": SKILL, "skills/s/1": "", "skills/s/2": ""}) == []
    (finding,) = findings_of({"skills/s/3": ""})
    assert finding.startswith("stacks/dev/skills/s: more than 3 files, the most a skill may have")


def test_a_symlink_out_of_the_stage_folder_is_refused(findings_of: FindingsOf, tmp_path: Path) -> None:
    """A bundle must not pick up files that no review of the stage shows."""
    (tmp_path / "stacks/dev/skills/s").mkdir(parents=True)
    (tmp_path / "stacks/dev/skills/s/passwd").symlink_to("/etc/passwd")
    findings = findings_of({"skills/s/SKILL.md": SKILL})
    assert findings == ["stacks/dev/skills/s/passwd: a symlink that leaves the stage folder; copy what it points to"]


def test_a_symlink_inside_the_stage_folder_is_uploaded_as_its_file(loaded: Load, tmp_path: Path) -> None:
    """Two skills may share a file."""
    (tmp_path / "stacks/dev/skills/s").mkdir(parents=True)
    (tmp_path / "stacks/dev/skills/s/shared.txt").symlink_to("../../shared.txt")
    stage = loaded({"skills/s/SKILL.md": SKILL, "shared.txt": "both"})
    assert bundle(stage).files[1] == ("shared.txt", 4)
    assert bundle(stage).sha256["shared.txt"] == sha256(b"both")
