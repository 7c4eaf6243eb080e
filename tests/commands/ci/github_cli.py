"""Stands for GitHub's command line: what workflows say with it is kept in the file that GITHUB_SITE names."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

SITE = Path(os.environ["GITHUB_SITE"])
JQ = shutil.which("jq") or "jq"


def main(arguments: list[str]) -> None:
    """Do one command; one that is not known ends with an error."""
    if not os.environ.get("GH_TOKEN"):
        sys.exit("gh: set the GH_TOKEN environment variable")
    site: dict[str, Any] = json.loads(SITE.read_text(encoding="utf-8"))
    words = [one for one in arguments if one not in {"--silent", "--paginate", "--force"}]
    options = {name: words[at + 1] for at, name in enumerate(words[:-1]) if name.startswith("--")}
    plain = [one for at, one in enumerate(words) if not one.startswith("--") and not words[at - 1].startswith("--")]
    answer = COMMANDS[plain[0] if plain[0] == "api" else " ".join(plain[:2])](site, plain[1:], options)
    SITE.write_text(json.dumps(site), encoding="utf-8")
    if "--jq" in options:
        subprocess.run([JQ, "--raw-output", options["--jq"]], input=json.dumps(answer), text=True, check=True)


def api(site: dict[str, Any], words: list[str], options: dict[str, str]) -> Any:
    """List artifacts of a name; list, write or replace comments, a comment's URL is its key."""
    _, artifacts, query = words[-1].partition("/actions/artifacts?")
    if artifacts:
        name = parse_qs(query)["name"][0]
        return {"artifacts": [one for one in site["artifacts"] if one["name"] == name]}
    comments, method = site["comments"], options.get("--method", "GET")
    if method == "GET":
        return list(comments.values())
    url = words[-1] if method == "PATCH" else f"{words[-1]}/{len(comments) + 1}"
    body = Path(options["--field"].removeprefix("body=@")).read_text(encoding="utf-8")
    comments[url] = {"url": url, "body": body, "user": {"login": "github-actions[bot]"}}
    return None


def run_download(site: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    """Lay down an artifact of a run."""
    held = next(
        one
        for one in site["artifacts"]
        if one["name"] == options["--name"] and str(one["workflow_run"]["id"]) == words[-1]
    )
    shutil.copytree(held["folder"], options["--dir"], dirs_exist_ok=True)


def issue_list(site: dict[str, Any], _: list[str], options: dict[str, str]) -> Any:
    """Open issues of a label."""
    return [one for one in site["issues"].values() if one["open"] and one["label"] == options["--label"]]


def issue_create(site: dict[str, Any], _: list[str], options: dict[str, str]) -> None:
    """Open one, under a label that exists."""
    number, label = len(site["issues"]) + 1, options["--label"]
    if label not in site.get("labels", []):
        sys.exit(f"could not add label: '{label}' not found")
    body = Path(options["--body-file"]).read_text(encoding="utf-8")
    site["issues"][str(number)] = {"number": number, "label": label, "body": body, "open": True}


def issue_edit(site: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    """Replace the text."""
    site["issues"][words[-1]]["body"] = Path(options["--body-file"]).read_text(encoding="utf-8")


def issue_close(site: dict[str, Any], words: list[str], options: dict[str, str]) -> None:
    """Close it with a last word."""
    site["issues"][words[-1]] |= {"open": False, "closed": options["--comment"]}


def label_create(site: dict[str, Any], words: list[str], _: dict[str, str]) -> None:
    """Make a label, or leave it."""
    site["labels"] = sorted({*site.get("labels", []), words[-1]})


COMMANDS = {
    "api": api,
    "run download": run_download,
    "issue list": issue_list,
    "issue create": issue_create,
    "issue edit": issue_edit,
    "issue close": issue_close,
    "label create": label_create,
}

if __name__ == "__main__":
    main(sys.argv[1:])
