"""Skills by the URL of their directory on GitHub: which GitHub is asked, and what a URL names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from pulumi_managed_agents.api.settings import is_loopback
from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.names import nfc, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLIC = "https://github.com"
PUBLIC_API = "https://api.github.com"
SETTING = "githubUrl"
VARIABLE = "MANAGED_AGENTS_GITHUB_URL"
SERVER_VARIABLE = "GITHUB_SERVER_URL"
"""What GitHub's runners say of the GitHub they belong to."""
TOKEN_VARIABLE = "GITHUB_TOKEN"  # noqa: S105 - a name
FORM = "https://github.com/<owner>/<repository>/tree/<branch, tag or commit>/<directory>"
COMMIT = re.compile(r"[0-9a-f]{40}")

_OWNER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
_REPOSITORY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}")
_DATA_RESIDENCY = ".ghe.com"
"""How the hosts of GitHub Enterprise Cloud end whose data stay in one region; their API has a separate host."""
_ADVICE = f"set managed-agents:{SETTING} or {VARIABLE}"


@dataclass(frozen=True)
class GitHub:
    """The GitHub whose directories may be skills, beside those of github.com; the token is for it, and no other."""

    url: str = PUBLIC
    token: str = field(default="", repr=False)

    def is_url(self, text: str) -> bool:
        """Whether a text is meant as a URL on one of the hosts; one that is none may be a path."""
        return text.lower().startswith(("https://", "http://", *(f"{_host(url)}/" for url in (self.url, PUBLIC))))

    def parse(self, text: str) -> SkillUrl:
        """What a URL names.

        Raises:
            InputError: it is none of a directory on one of the hosts; says what is.
        """
        shown = printable(text)
        try:
            parts = urlsplit(text if "://" in text else f"//{text}")
        except ValueError:
            raise InputError(f"{shown!r} is not a URL") from None
        if "@" in parts.netloc:
            raise InputError(f"a URL must not hold a user name or password; for a private one, set {TOKEN_VARIABLE}")
        base = next((url for url in (self.url, PUBLIC) if _host(url) == parts.netloc.lower()), "")
        if not base or shown != text:
            raise InputError(f"{shown!r} is on no GitHub that is known; for GitHub Enterprise, {_ADVICE}")
        if parts.scheme.lower() != urlsplit(base).scheme:
            raise InputError(f"{shown!r} has to begin with {base}/")
        if parts.query or parts.fragment:
            raise InputError(f"{shown!r} names a directory up to the {'?' if parts.query else '#'}; leave out the rest")
        return _named(base, parts.path.strip("/"), shown)

    def api(self, url: SkillUrl) -> str:
        """Where the REST API is that knows a URL."""
        host = _host(url.base)
        if url.base == PUBLIC:
            return PUBLIC_API
        return f"https://api.{host}" if host.endswith(_DATA_RESIDENCY) else f"{url.base}/api/v3"

    def token_for(self, url: SkillUrl) -> str:
        """The token to send with a question about a URL, or nothing."""
        return self.token if url.base == self.url else ""


@dataclass(frozen=True)
class SkillUrl:
    """A directory of a repository at a branch, a tag or a commit.

    `tail` are the parts after ``tree/``: only GitHub knows how many of them are the branch's, whose name may hold
    slashes; without any directory it is the whole repository.
    """

    base: str
    owner: str
    repository: str
    tail: tuple[str, ...]

    def __str__(self) -> str:
        return self.at("/".join(self.tail))

    @property
    def key(self) -> str:
        """The URL as lockfiles hold it: GitHub knows no capitals in the names of owners and repositories."""
        place = f"{self.owner}/{self.repository}".lower()
        return f"{self.base}/{place}/tree/{quote('/'.join(self.tail))}"

    def directory(self, ref: str) -> str:
        """The directory's path in the repository, which begins after the ref; empty for the repository itself."""
        return "/".join(self.tail[ref.count("/") + 1 :])

    def name(self, ref: str) -> str:
        """What the resource is called: the same at every ref, so that another one is a new version of the skill."""
        place = f"{_host(self.base)}/{self.owner}/{self.repository}".lower()
        # Pulumi keeps two colons for itself.
        return nfc(f"{place}/{self.directory(ref)}".rstrip("/")).replace("::", ":")

    def at(self, commit_and_directory: str) -> str:
        """The URL of another place in the repository."""
        return f"{self.base}/{self.owner}/{self.repository}/tree/{quote(commit_and_directory)}"


def github(config: Mapping[str, str], environment: Mapping[str, str]) -> GitHub:
    """The GitHub that a stage's configuration (without namespace) or the environment names.

    Raises:
        InputError: the URL is none, or would show the token to everybody on the way; or the token cannot be one.
    """
    url = config.get(SETTING) or environment.get(VARIABLE) or environment.get(SERVER_VARIABLE) or PUBLIC
    url = url.rstrip("/")
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0 and not (parts.username or parts.path or parts.query)
    except ValueError:
        usable = False
    if not usable:
        raise InputError(f"'{printable(url)}' is not a URL of a GitHub, such as https://github.example.com; {_ADVICE}")
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))):
        raise InputError(f"'{printable(url)}' has to begin with https://; {_ADVICE}")
    token = (environment.get(TOKEN_VARIABLE) or "").strip()
    if not re.fullmatch(r"[!-~]*", token):
        raise InputError(f"{TOKEN_VARIABLE} holds a line break, a space or another character that no token has")
    return GitHub(url.lower(), token)


def _named(base: str, path: str, shown: str) -> SkillUrl:
    owner, repository, view, *tail = [*path.split("/"), "", ""]
    repository = repository.removesuffix(".git")
    if view == "blob":
        raise InputError(f"{shown!r} is a file's URL; write that of its directory, with /tree/ in place of /blob/")
    if not (_OWNER.fullmatch(owner) and _REPOSITORY.fullmatch(repository) and view == "tree" and any(tail)):
        raise InputError(f"{shown!r} is not a URL of a directory on GitHub: {FORM}")
    parts = tuple(part for segment in tail if segment for part in unquote(segment).split("/"))
    if any(part in ("", ".", "..") or printable(part) != part or "\\" in part for part in parts):
        raise InputError(f"{shown!r} holds a part that is not the name of a directory")
    return SkillUrl(base, owner, repository, parts)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
