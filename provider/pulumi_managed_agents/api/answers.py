"""What an answer of the API may be: how long, how deep, and of which types what we go by is.

A server, or a proxy in front of it, may answer anything. What passes here has bounds and types, so that no code
behind it has to ask; any other answer is an `ApiError` that says what is wrong and names the request.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import quote

import httpx

from pulumi_managed_agents.api.failures import identified, request_of, unexpected, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_managed_agents.errors import ApiError

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes of a whole answer, unpacked: a page of 100 agents with the longest prompts has 10 MB, a skill's archive 30."""
LONGEST_EVENT = 16 * 1024 * 1024
"""Characters of one event in a stream."""
LONGEST_WAIT = 300.0
"""Seconds in which a whole body must have come, however steadily it trickles."""
DEEPEST = 100
ENCODINGS = "gzip, deflate"
"""What a body may be packed with: at most a thousandfold, so that one piece of it cannot fill the memory."""

_OF_THE_PACKED_BODY = {"content-encoding", "content-length", "transfer-encoding"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:~-]{0,199}")
_TEXT, _NUMBER_OR_TEXT, _TABLE = "a text", "a number or a text", "an object"
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "type": ((str,), _TEXT),
    "name": ((str,), _TEXT),
    "status": ((str,), _TEXT),
    "created_at": ((str,), _TEXT),
    "updated_at": ((str,), _TEXT),
    "archived_at": ((str,), _TEXT),
    "version": ((int, float, str), _NUMBER_OR_TEXT),
    "latest_version_id": ((str,), _TEXT),
    "next_page": ((str,), _TEXT),
    "metadata": ((dict,), _TABLE),
    "content": ((list, str), "a list or a text"),
    "stop_reason": ((dict,), _TABLE),
}
"""What every object's own fields are where it has them; null stands for a field that is not set."""


def read_whole(response: httpx.Response) -> httpx.Response:
    """An open answer, with its whole body read and unpacked.

    Raises:
        ApiError: the body is larger than `LARGEST_BODY`, or takes longer than `LONGEST_WAIT`.
    """
    deadline = time.monotonic() + LONGEST_WAIT
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > LARGEST_BODY:
            raise _refused(response, f"more than {LARGEST_BODY // 1024 // 1024} MB")
        if time.monotonic() > deadline:
            raise _refused(response, f"a body that had not ended after {LONGEST_WAIT:.0f} s")
        parts.append(part)
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_PACKED_BODY]
    return httpx.Response(response.status_code, headers=headers, content=b"".join(parts), request=response.request)


class Answer(dict[str, Any]):
    """An object of the API's; reading a missing field that every such answer has raises `ApiError`."""

    request = ""

    def __missing__(self, field: str) -> NoReturn:
        raise unexpected(f"an object without `{field}`", self.request)


def parse(text: bytes | str) -> Any:
    """The JSON value of a text; raises ValueError if it is not JSON."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def object_of(response: httpx.Response) -> Answer:
    """The JSON object in an answer that was read.

    Raises:
        ApiError: it is none, or holds what the API never sends.
    """
    try:
        answer = parse(response.content)
    except ValueError:
        raise unreadable(response) from None
    return checked(response, answer)


def checked(response: httpx.Response, answer: Any) -> Answer:
    """A value from an answer, or from an event of a stream, within its bounds and of the types that we go by.

    Raises:
        ApiError: it is no object, or holds what the API never sends.
    """
    if not isinstance(answer, dict):
        raise unreadable(response)
    entries = answer.get("data", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _refused(response, "`data` that is not a list of objects")
    complaints = (
        _complaint(answer, ""),
        *(_complaint(entry, f"data[{index}].") for index, entry in enumerate(entries)),
        _nonsense(answer),
    )
    if what := next(filter(None, complaints), ""):
        raise _refused(response, what)
    request = identified(response)
    if entries:
        answer["data"] = [_known(entry, request) for entry in entries]
    return _known(answer, request)


def in_path(id: str) -> str:
    """An id as one step of a path, safely quoted."""
    return quote(id, safe="")


def _known(fields: dict[str, Any], request: str) -> Answer:
    answer = Answer(fields)
    answer.request = request
    return answer


def _refused(response: httpx.Response, what: str) -> ApiError:
    return unexpected(what, request_of(response), response)


def _complaint(answer: dict[str, Any], where: str) -> str:
    """What is wrong with the types of an object's own fields, or an empty string."""
    # It becomes a part of paths and file names. An answer may have none: `Answer` refuses where one is needed.
    id = answer.get("id", "none")
    if not isinstance(id, str) or not _ID.fullmatch(id):
        return f"`{where}id` that is not an id"
    for field, (types, type_name) in _TYPES.items():
        value = answer.get(field)
        # In Python true is an integer as well.
        if value is not None and (not isinstance(value, types) or isinstance(value, bool)):
            return f"`{where}{field}` that is not {type_name}"
    blocks = answer.get("content")
    if isinstance(blocks, list) and not all(isinstance(block, dict) for block in blocks):
        return f"`{where}content` that is not a list of objects"
    return ""


def _nonsense(answer: dict[str, Any]) -> str:
    """Whether an answer is nested too deep to be walked, or holds half a character; or an empty string."""
    level: list[Any] = [answer]
    for _ in range(DEEPEST):
        level = [member for value in level for member in _members(value)]
        if not level:
            return ""
        if any(isinstance(text, str) and not text.isascii() and _is_broken(text) for text in level):
            return "text with half a character (a lone surrogate)"
    return f"JSON that is nested more than {DEEPEST} deep"


def _members(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _is_broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)
