"""What a secret looks like: the rules of detect-secrets for keys of known shape and for assigned passwords.

Importing this costs a quarter of a second, so only text that gives a hint is held to it; see `secret_scan`. None of the
library's rules that guess by entropy are used, and nothing here asks a network whether a key is valid.
"""

from __future__ import annotations

import re

from detect_secrets.filters import heuristic
from detect_secrets.filters.allowlist import is_line_allowlisted
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import REGEX_BY_FILETYPE, KeywordDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector
from detect_secrets.util.code_snippet import CodeSnippet
from detect_secrets.util.filetype import determine_file_type

_PLACEHOLDER = re.compile(
    r"[A-Z][A-Z0-9_]*|.*(?:\.\.\.|…|xxx|\*\*\*|your|example|placeholder|change.?me|dummy).*"
    r"|(?i:user(?:name)?|pass(?:word)?|pwd|secret|token|key|none|null|string|hidden|redacted)",
    re.DOTALL,
)


class _Anthropic(RegexBasedDetector):
    secret_type = "Anthropic API Key"  # noqa: S105 - the library's own way to name a rule
    denylist = (re.compile(r"sk-ant-[A-Za-z0-9_-]{16,}"),)


class _FineGrainedGitHub(RegexBasedDetector):
    secret_type = "GitHub Token"  # noqa: S105 - its name
    denylist = (re.compile(r"github_pat_[A-Za-z0-9_]{22,}"),)


class _BareNpm(RegexBasedDetector):
    secret_type = "NPM tokens"  # noqa: S105 - its name
    denylist = (re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),)


_SHAPES = (
    _Anthropic(),
    _FineGrainedGitHub(),
    _BareNpm(),
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    JwtTokenDetector(),
    NpmDetector(),
    OpenAIDetector(),
    PrivateKeyDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    SquareOAuthDetector(),
    StripeDetector(),
    TelegramBotTokenDetector(),
    TwilioKeyDetector(),
)
_BASIC_AUTH, _KEYWORD = BasicAuthDetector(), KeywordDetector()


def shape_of(line: str, assignment: str, name: str) -> str | None:
    """Return the library's word for what a line of the file `name` seems to hold, or None: most hold nothing.

    `assignment` is the part of the line in which a password may be assigned.
    """
    shape = next((rule.secret_type for rule in _SHAPES if any(rule.analyze_string(line))), None)
    if shape:
        return str(shape)
    assigned = _KEYWORD.analyze_string(assignment, REGEX_BY_FILETYPE.get(determine_file_type(name)))
    if any(not _is_placeholder(secret, assignment) for secret in assigned):
        return "Password or Key"
    if any(not _is_placeholder(secret, line) for secret in _BASIC_AUTH.analyze_string(line)):
        return str(_BASIC_AUTH.secret_type)
    return None


def is_allowed(line: str, before: str, name: str) -> bool:
    """Tell whether a comment in the line, or alone in the one before, says that this is no secret."""
    return bool(is_line_allowlisted(name, line, CodeSnippet([before, line], 0, 1)))


def _is_placeholder(secret: str, line: str) -> bool:
    return bool(
        _PLACEHOLDER.fullmatch(secret.strip())
        or heuristic.is_templated_secret(secret)
        or heuristic.is_prefixed_with_dollar_sign(secret)
        or heuristic.is_not_alphanumeric_string(secret)
        or heuristic.is_indirect_reference(line)
    )
