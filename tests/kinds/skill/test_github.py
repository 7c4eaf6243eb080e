from __future__ import annotations

import pytest

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.kinds.skill.github import GitHub, github

ENTERPRISE = GitHub("https://git.acme.example", "t0ken")


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("https://github.com/Acme/Skills/tree/main/pdf", "https://github.com/acme/skills/tree/main/pdf"),
        ("https://github.com/acme/skills/tree/main/pdf/", "https://github.com/acme/skills/tree/main/pdf"),
        ("HTTPS://GitHub.com/acme/skills.git/tree/main/pdf", "https://github.com/acme/skills/tree/main/pdf"),
        ("https://github.com/acme/skills/tree/feature%2Fx/pdf", "https://github.com/acme/skills/tree/feature/x/pdf"),
        ("https://github.com/acme/skills/tree/v1.2/a%20b/c", "https://github.com/acme/skills/tree/v1.2/a%20b/c"),
        ("https://github.com/acme/skills/tree/main", "https://github.com/acme/skills/tree/main"),
        ("https://git.acme.example/a/b/tree/main/pdf", "https://git.acme.example/a/b/tree/main/pdf"),
    ],
)
def test_one_directory_has_one_key_however_its_url_is_written(written: str, key: str) -> None:
    """Capitals of owner and repository, a slash at the end and escapes make no other skill."""
    assert ENTERPRISE.parse(written).key == key


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("https://gitlab.com/acme/skills/tree/main/pdf", "is on no GitHub that is known; for GitHub Enterprise, set"),
        ("http://github.com/acme/skills/tree/main/pdf", "has to begin with https://github.com/"),
        ("github.com/acme/skills/tree/main/pdf", "has to begin with https://github.com/"),
        ("https://github.com/acme/skills/blob/main/pdf/SKILL.md", "is a file's URL"),
        ("https://github.com/acme/skills", "is not a URL of a directory on GitHub: https://github.com/<owner>"),
        ("https://github.com/acme/skills/tree/", "is not a URL of a directory"),
        ("https://github.com/acme/skills/tree/main/pdf?tab=readme", "up to the ?; leave out the rest"),
        ("https://github.com/acme/skills/tree/main/pdf#top", "up to the #; leave out the rest"),
        ("https://github.com/acme/skills/tree/main/../../etc", "holds a part that is not the name of a directory"),
        ("https://github.com/acme/skills/tree/main/%2e%2e/etc", "holds a part that is not the name of a directory"),
        ("https://github.com/acme/../tree/main/pdf", "is not a URL of a directory"),
        ("https://me:secret@github.com/acme/skills/tree/main/pdf", "must not hold a user name or password"),
        ("https://github.com@evil.example/acme/skills/tree/main/pdf", "must not hold a user name"),
        ("https://github.com/acme/skills/tree/main/p\ndf", "is on no GitHub that is known"),
        ("https://[github.com/acme/skills/tree/main/pdf", "is not a URL"),
    ],
)
def test_what_is_no_url_of_a_directory_is_refused_with_what_is(written: str, why: str) -> None:
    """Each mistake has a message of its own."""
    with pytest.raises(InputError) as raised:
        ENTERPRISE.parse(written)
    assert why in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("https://github.com", "https://api.github.com"),
        ("https://git.acme.example", "https://git.acme.example/api/v3"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
    ],
)
def test_each_github_has_its_api_where_it_says(url: str, api: str) -> None:
    """Enterprise Server has it below its own address, Enterprise Cloud with data residency on a host of its own."""
    hub = GitHub(url, "t0ken")
    assert hub.api(hub.parse(f"{url}/acme/skills/tree/main/pdf")) == api


def test_the_token_is_for_the_github_that_is_set_and_for_no_other() -> None:
    """A token of GitHub Enterprise is not shown to github.com, and is in no text about the settings."""
    ours, public = (f"{url}/a/b/tree/main/pdf" for url in (ENTERPRISE.url, "https://github.com"))
    assert ENTERPRISE.token_for(ENTERPRISE.parse(ours)) == "t0ken"
    assert ENTERPRISE.token_for(ENTERPRISE.parse(public)) == ""
    assert "t0ken" not in repr(ENTERPRISE)


def test_a_skill_has_one_name_at_every_ref() -> None:
    """Another tag is a new version of the same resource, and not another resource."""
    first, second, root = (
        ENTERPRISE.parse(f"https://github.com/Acme/Skills/tree/{tail}")
        for tail in ("v1/doc/pdf", "rel/2/doc/pdf", "v1")
    )
    assert first.name("v1") == second.name("rel/2") == "github.com/acme/skills/doc/pdf"
    assert root.name("v1") == "github.com/acme/skills"


@pytest.mark.parametrize(
    ("config", "environment", "url"),
    [
        ({}, {}, "https://github.com"),
        ({}, {"GITHUB_SERVER_URL": "https://git.acme.example"}, "https://git.acme.example"),
        (
            {},
            {"MANAGED_AGENTS_GITHUB_URL": "https://GIT.b.example/", "GITHUB_SERVER_URL": "https://c.example"},
            "https://git.b.example",
        ),
        (
            {"githubUrl": "https://a.example"},
            {"MANAGED_AGENTS_GITHUB_URL": "https://git.b.example"},
            "https://a.example",
        ),
        ({"githubUrl": "http://127.0.0.1:8080"}, {}, "http://127.0.0.1:8080"),
    ],
)
def test_the_stage_names_its_github_before_the_environment_does(
    config: dict[str, str], environment: dict[str, str], url: str
) -> None:
    """A stage's own setting beats the variable, and that one what a runner of GitHub says of itself."""
    assert github(config, environment).url == url


@pytest.mark.parametrize(
    ("config", "environment", "why"),
    [
        ({"githubUrl": "git.acme.example"}, {}, "is not a URL of a GitHub"),
        ({"githubUrl": "https://git.acme.example/api/v3"}, {}, "is not a URL of a GitHub"),
        ({"githubUrl": "https://me:pw@git.acme.example"}, {}, "is not a URL of a GitHub"),
        ({"githubUrl": "http://git.acme.example"}, {}, "has to begin with https://"),
        ({}, {"GITHUB_TOKEN": "two words"}, "GITHUB_TOKEN holds a line break, a space"),
    ],
)
def test_a_github_that_cannot_be_used_is_refused_in_one_line(
    config: dict[str, str], environment: dict[str, str], why: str
) -> None:
    """Says which setting, and never the token."""
    with pytest.raises(InputError) as raised:
        github(config, environment)
    assert why in str(raised.value)
    assert "two words" not in str(raised.value)
