from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.stage import secret_scan
from pulumi_managed_agents.stage.builder import read_skill
from pulumi_managed_agents.stage.secret_scan import exposures
from tests.stage.stage_files import AGENT, DEPLOYMENT, ENVIRONMENT, PROSE_AGENT, SKILL, SMOKE, FindingsOf, Load

if TYPE_CHECKING:
    from pathlib import Path

GITHUB = "ghp_" + "a1B2" * 9
ANTHROPIC = "sk-ant-api03-" + "Zx9_" * 8
ALLOW = "pragma: allowlist secret"
SKILLFUL = {"skills/pr-summary/SKILL.md": SKILL}
JSON_AGENT = '{"name": "a",\n"model": "claude-opus-5",\n"system": "PROMPT"}'


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(f"key = {ANTHROPIC}", id="Anthropic"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", id="AWS id"),
        pytest.param("ASIAIOSFODNN7EXAMPLE", id="AWS id for a while"),
        pytest.param("aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'", id="AWS secret"),
        pytest.param(f"token {GITHUB}", id="GitHub"),
        pytest.param("github_pat_" + "a1" * 20, id="GitHub fine-grained"),
        pytest.param("glpat-" + "x" * 20, id="GitLab"),
        pytest.param("xoxb-123456789012-abcdefghijkl", id="Slack"),
        pytest.param("https://hooks.slack.com/services/T0/B0/x9", id="Slack webhook"),
        pytest.param("sk_live_" + "a" * 24, id="Stripe"),
        pytest.param("rk_live_" + "a" * 24, id="Stripe, restricted"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----", id="private key"),
        pytest.param("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", id="JWT"),
        pytest.param("postgres://app:hunter2@db.internal/app", id="password in a URL"),
        pytest.param("sk-" + "a" * 20 + "T3BlbkFJ" + "b" * 20, id="OpenAI"),
        pytest.param("//registry.npmjs.org/:_authToken=npm_" + "a" * 36, id="npm"),
        pytest.param("npm_" + "a" * 36, id="npm alone"),
        pytest.param("pypi-AgEIcHlwaS5vcmc" + "a" * 70, id="PyPI"),
        pytest.param("AC" + "0a" * 16, id="Twilio"),
        pytest.param("SK" + "0a" * 16, id="Twilio key"),
        pytest.param("SG." + "a" * 22 + "." + "b" * 43, id="SendGrid"),
        pytest.param("sq0csp-" + "a" * 43, id="Square"),
        pytest.param("12345678:" + "a" * 35, id="Telegram"),
        pytest.param("AccountKey=" + "a" * 88, id="Azure"),
        pytest.param('password = "hunter2!"', id="password"),
        pytest.param('DB_PASSWORD = "hunter2!"', id="password in capitals"),
        pytest.param("if 'hunter2!' == my_password:", id="password compared"),
        pytest.param('{"client_key": "0f9e8d7c"}', id="key in JSON"),
    ],
)
def test_every_rule_is_reached(line: str) -> None:
    """What a rule of the library finds is never kept from it by the quick look that goes before."""
    assert [one.line for one in exposures(f"first\n{line}\nlast", "script.py")] == [2]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('password = os.environ["DB_PASSWORD"]', id="read from the environment"),
        pytest.param('api_key = "YOUR_API_KEY"', id="placeholder"),
        pytest.param('password: "<password>"', id="template"),
        pytest.param('client.login(password="${PASSWORD}")', id="shell variable"),
        pytest.param("https://user:password@example.com", id="words in a URL"),
        pytest.param('secret = get_secret("crm")', id="call"),
        pytest.param("sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", id="digest"),
        pytest.param("Ask for the API key, then rotate the password.", id="prose"),
        pytest.param("task-anthropic sk-learn risk-free", id="words with sk-"),
    ],
)
def test_ordinary_lines_of_scripts_pass(line: str) -> None:
    """Scripts that handle secrets properly, and texts about them, are left in peace."""
    assert list(exposures(line, "script.py")) == []


@pytest.mark.parametrize(
    ("files", "place"),
    [
        pytest.param(
            {"agents/helper.md": PROSE_AGENT + f"\nUse {GITHUB}.\n"},
            "stacks/dev/agents/helper.md:7: system:",
            id="prose",
        ),
        pytest.param(
            {"agents/helper.yaml": AGENT + f"metadata:\n  note: {GITHUB}\n"},
            "stacks/dev/agents/helper.yaml:4: metadata.note:",
            id="field",
        ),
        pytest.param(
            {"agents/helper.yaml": AGENT + f"# {GITHUB}\n"}, "stacks/dev/agents/helper.yaml:3: model:", id="comment"
        ),
        pytest.param(
            {"agents/helper.yaml": AGENT + "metadata: {password: hunter2}\n"},
            "stacks/dev/agents/helper.yaml:3: metadata.password:",
            id="field with a telling name",
        ),
        pytest.param(
            {"agents/helper.json": JSON_AGENT.replace("PROMPT", GITHUB)},
            "stacks/dev/agents/helper.json:3: system:",
            id="JSON",
        ),
        pytest.param(
            {"agents/helper.yaml.j2": AGENT + f"{{% if true %}}\nsystem: {GITHUB}\n{{% endif %}}\n"},
            "stacks/dev/agents/helper.yaml.j2:4: system:",
            id="template",
        ),
        pytest.param(
            {"agents/helper.yaml": AGENT, "/stacks/dev.values.yaml": "values:\n  db_password: hunter2\n"},
            "stacks/dev.values.yaml:2: values.db_password:",
            id="values file",
        ),
        pytest.param(
            {
                "agents/helper.yaml": AGENT,
                "environments/cloud.yaml": ENVIRONMENT,
                "smoke/a.yaml": SMOKE.replace("Hello", GITHUB),
            },
            "stacks/dev/smoke/a.yaml:4: send:",
            id="smoke test",
        ),
        pytest.param(
            SKILLFUL | {"skills/pr-summary/scripts/a.py": f"import os\nKEY = '{GITHUB}'\n"},
            "stacks/dev/skills/pr-summary/scripts/a.py:2:",
            id="skill's script",
        ),
        pytest.param(
            {"skills/pr-summary/SKILL.md": SKILL + f"\nUse {GITHUB}.\n"},
            "stacks/dev/skills/pr-summary/SKILL.md:7:",
            id="skill's text",
        ),
    ],
)
def test_a_secret_is_refused_where_it_stands(findings_of: FindingsOf, files: dict[str, str], place: str) -> None:
    """One error names file, line and field, never the secret itself."""
    (finding,) = (one for one in findings_of(files) if "warning:" not in one)
    assert finding.startswith(f"{place} looks like a secret (")
    assert GITHUB not in finding
    assert "hunter2" not in finding


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"agents/helper.yaml": AGENT + f"system: {GITHUB}  # {ALLOW}\n"}, id="YAML"),
        pytest.param(
            {"agents/helper.yaml": AGENT + f"# {ALLOW.replace(' secret', ' nextline secret')}\nsystem: {GITHUB}\n"},
            id="line before",
        ),
        pytest.param(SKILLFUL | {"skills/pr-summary/a.js": f"k = '{GITHUB}' // {ALLOW}\n"}, id="JavaScript"),
        pytest.param({"skills/pr-summary/SKILL.md": SKILL + f"{GITHUB} <!-- {ALLOW} -->\n"}, id="Markdown"),
        pytest.param(
            {"agents/helper.yaml": AGENT, "/stacks/dev.values.yaml": f"values: {{password: hunter2}} # {ALLOW}\n"},
            id="values file",
        ),
        pytest.param(SKILLFUL | {"skills/pr-summary/logo.bin": b"\0" + GITHUB.encode()}, id="no text"),
        pytest.param(
            {
                "vaults/crm.yaml": "display_name: CRM\ncredentials:\n- auth: {type: environment_variable, "
                'secret_name: "api", secret_value: {secret: "crm-key"}, networking: {type: unrestricted}}\n'
            },
            id="names of secrets",
        ),
    ],
)
def test_a_comment_allows_what_only_looks_like_a_secret(findings_of: FindingsOf, files: dict[str, str | bytes]) -> None:
    """The scanner's own comment is understood in every kind of file."""
    assert [one for one in findings_of(files) if "secret" in one] == []


def test_a_fingerprint_allows_where_no_comment_fits(findings_of: FindingsOf) -> None:
    """What the finding says to write is enough, for this file and this line; later it is told that it is of no use."""
    data = f'{{"sample": "{GITHUB}"}}\n'
    files = SKILLFUL | {"skills/pr-summary/data.json": data}
    (finding,) = findings_of(files)
    advised = re.search(r"`(allowed_secrets: .*?)`", finding)
    assert advised
    allowed = files | {"/stacks/dev.values.yaml": advised[1] + "\n"}
    assert findings_of(allowed) == []
    edited = findings_of(allowed | {"skills/pr-summary/data.json": data.replace("sample", "real")})
    assert any("data.json:1: looks like a secret" in one for one in edited)
    assert any("stacks/dev.values.yaml:1: warning: " in one and "remove it" in one for one in edited)


MOUNTED = {
    "agents/helper.yaml": AGENT,
    "environments/cloud.yaml": ENVIRONMENT,
    "deployments/d.yaml": DEPLOYMENT + "resources: [{path: ../files/notes.txt}]\n",
}


def test_a_file_that_is_uploaded_is_scanned(findings_of: FindingsOf) -> None:
    """A deployment's files are held to the same rules as a skill's, unless they are no text."""
    (finding,) = findings_of({**MOUNTED, "files/notes.txt": f"first\ntoken {GITHUB}\n"})
    assert finding.startswith("stacks/dev/files/notes.txt:2: looks like a secret (GitHub Token)")
    assert "allowed_secrets: {files/notes.txt: [" in finding
    assert findings_of({**MOUNTED, "files/notes.txt": b"\0" + GITHUB.encode()}) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param((" " * 400 + "'a password'\n") * 130, id="too many suspicious lines"),
        pytest.param("a" * 600_000, id="too long"),
    ],
)
def test_what_is_too_much_to_look_through_is_said(
    findings_of: FindingsOf, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file holds a stage up; where looking ends a warning says so, which can be allowed like a false alarm."""
    for limit in ("LONGEST_TEXT", "MOST_JUDGED"):  # a tenth, for which a tenth of the time is enough
        monkeypatch.setattr(secret_scan, limit, getattr(secret_scan, limit) // 10)
    files = {**MOUNTED, "files/notes.txt": text}
    (warning,) = findings_of(files)
    assert "too large to search for secrets: from this line on, it was not searched" in warning
    advised = re.search(r"`(allowed_secrets: .*?)`", warning)
    assert advised
    assert findings_of({**files, "/stacks/dev.values.yaml": advised[1] + "\n"}) == []


def test_a_secret_in_a_very_long_line_is_found() -> None:
    """Such a line is judged in pieces, none of which ends where a secret stands."""
    for before in (3_590, 3_990, 4_000, 7_200):
        text = "x" * before + f' "{GITHUB}" ' + "y" * 9_000
        assert [one.line for one in exposures(text, "bundle.js")] == [1]


def test_a_skill_of_a_program_is_scanned_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A skill that is declared in Python is held to the same rules."""
    monkeypatch.chdir(tmp_path)
    skill = tmp_path / "skill"
    skill.mkdir()
    (skill / "SKILL.md").write_text(SKILL + GITHUB, encoding="utf-8")
    with pytest.raises(InputError, match=r"skill/SKILL\.md:6: looks like a secret"):
        read_skill(skill.relative_to(tmp_path))


def test_a_large_stage_is_scanned_in_a_moment(loaded: Load) -> None:
    """Two hundred agents, each with a long prompt that talks of keys and passwords, cost a fraction of a second."""
    text = "You keep every secret, and ask for the API key.\n" * 60
    files = {f"agents/a{number}.md": PROSE_AGENT.replace("helper", f"a{number}") + text for number in range(200)}
    files |= {f"skills/s{number}/SKILL.md": SKILL.replace("pr-summary", f"s{number}") + text for number in range(50)}
    assert len(loaded(files).definitions) == 250
    before = time.process_time()
    assert not [one for text in files.values() for one in exposures(text, "SKILL.md")]
    assert time.process_time() - before < 0.5


def test_the_scanner_is_imported_only_where_something_looks_like_a_secret() -> None:
    """The library costs a quarter of a second, which an innocent stage does not pay."""
    code = (
        "import sys\n"
        "from pulumi_managed_agents.stage.secret_scan import exposures\n"
        "assert not list(exposures('An API key.\\nsecret: x\\n', 'SKILL.md'))\n"
        "sys.exit('detect_secrets' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
