"""What has moved since a plan was saved: it is compared with the plan that a fresh preview makes. Pure functions.

Both are trees as `saved_plan` has them, so that a plan is judged by what is written in it and by nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pulumi_managed_agents.api.settings import is_loopback
from pulumi_managed_agents.config.settings import NAMESPACE
from pulumi_managed_agents.reconcile.mark import TYPE_PREFIX
from pulumi_managed_agents.reconcile.plan_rows import spelled
from pulumi_managed_agents.reconcile.plan_text import moment, version
from pulumi_managed_agents.words import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pulumi_managed_agents.reconcile.plan import Plan
    from pulumi_managed_agents.review.saved_plan import Tree

ACTIONS = {
    "conflict": "is in conflict",
    "refused": "is refused",
    "replace": "is to be replaced",
    "delete": "is to be removed",
    "update": "is to be updated",
    "create": "is to be made",
    "same": "stays as it is",
}
"""What a plan does with a resource, in words."""
CHANGED_BY_THE_SERVER = frozenset({"deployment", "credential"})
"""The kinds whose time of change may move without anybody's doing: by a run, by a token that is renewed."""
MOVED = "since it was reviewed; review it again"
"""How the reason ends for which an up refuses what is no longer what was reviewed."""
NO_LONGER_SET = "is no longer set"
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks a value of Pulumi's as special, a secret for one."""
_AT_RANDOM = frozenset({"seed"})


def moves(saved: Tree, now: Tree) -> tuple[str, ...]:
    """Everything that differs between a saved plan and a fresh one, a line each; nothing if it can be applied."""
    ours = (
        *_surroundings(saved["rests_on"], now["rests_on"]),
        *_other_settings(saved["engine_plan"], now["engine_plan"]),
        *file_moves(saved["files"], now["files"]),
        *_stops(now["review"]),
        *_secrets(saved["secrets"], now["secrets"]),
        *_resources(saved, now),
        *_tests(saved["review"]["tests"], now["review"]["tests"]),
    )
    engines = tuple(_engine_steps(saved, now))
    # What moved among our own resources has been said; the engine's plan of them, and of what is its own, follows.
    telling = [line for line in engines if not line.startswith(("pulumi:", TYPE_PREFIX))]
    return tuple(map(visible, (*ours, *telling) if ours or telling else engines))


def was_applied(saved: Tree, now: Tree) -> bool:
    """Whether the stage is as the plan leaves it, with the same files and settings: it was applied, or one like it."""
    unmoved = not [*_surroundings(saved["rests_on"], now["rests_on"]), *file_moves(saved["files"], now["files"])]
    planned, left_to_do = saved["review"], now["review"]
    if now["review"]["ending"] != "planned" or not unmoved or left_to_do["resources"]:
        return False
    return bool(planned["resources"]) or (bool(planned["tests"]["due"]) and not left_to_do["tests"]["due"])


def file_moves(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """What became of files, by their digests."""
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            what = "is new" if path not in before else "was changed" if path in after else "was removed"
            yield f"{visible(path)} {what}"


def moved_live(reviewed: Plan, now: Plan) -> str:
    """What somebody did to a live object between two plans of one run, or an empty string."""
    subject = f"{reviewed.kind} '{reviewed.name}' was changed outside Pulumi"
    if reviewed.live_version != now.live_version:
        return f"{subject} ({version(reviewed.live_version or '?')} → {version(now.live_version or '?')})"
    return subject if now.is_changed_outside and not reviewed.is_changed_outside else ""


def _surroundings(before: Tree, after: Tree) -> Iterator[str]:
    if before["engine"] != after["engine"]:
        yield f"it was made with {before['engine']}, and this is {after['engine']}"
    if before["workspace"] != after["workspace"]:
        yield f"the workspace is {after['workspace'] or 'unnamed'}, not {before['workspace'] or 'unnamed'}"
    # An emulator listens elsewhere each time it is started.
    if before["api"] != after["api"] and not (is_loopback(before["api"]) and is_loopback(after["api"])):
        yield f"the API is at {_host(after['api'])}, not at {_host(before['api'])}"
    for name in sorted({*before["settings"], *after["settings"]}):
        was, now = before["settings"].get(name), after["settings"].get(name)
        if was != now:
            yield f"{NAMESPACE}:{name} {_setting(was, now)}"
    for name in sorted({*before["sealed"], *after["sealed"]}):
        was, now = before["sealed"].get(name), after["sealed"].get(name)
        if was != now:
            yield f"{name} {_set(was, now)}"


def _host(url: str) -> str:
    return urlsplit(url).netloc or url


def _set(was: object, now: object) -> str:
    """What became of a setting whose value is nobody's business."""
    return "is set now" if was is None else NO_LONGER_SET if now is None else "was set to another value"


def _setting(was: str | None, now: str | None) -> str:
    if now is None:
        return f"{NO_LONGER_SET}, it was {was!s}"
    return f"is {now}, {'which was not set' if was is None else f'not {was}'}"


def _other_settings(before: Tree | None, after: Tree | None) -> Iterator[str]:
    """The settings of other packages that moved, as the engine's plan has them: a secret is a cipher there."""
    was, now = ((plan or {}).get("config", {}) for plan in (before, after))
    for key in sorted({*was, *now} if before and after else ()):
        if was.get(key) != now.get(key) and not key.startswith(f"{NAMESPACE}:"):
            yield f"{key} {_set(was.get(key), now.get(key))}"


def _stops(review: Tree) -> Iterator[str]:
    """Why an up would stop now; a plan is saved only where none would."""
    if review["ending"] != "planned":
        reasons = [" ".join(error.split()) for error in review["errors"]] or [review["ending"]]
        yield from (f"an up would stop now: {reason}" for reason in reasons)


def _secrets(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for place in sorted(before.keys() & after.keys()):
        if before[place] != after[place]:
            yield f"{place} is another secret"


def _resources(saved: Tree, now: Tree) -> Iterator[str]:
    planned, after_now = _rows(saved["review"]), _rows(now["review"])
    before, after = _seen(saved), _seen(now)
    for key in sorted({*planned, *after_now, *before, *after}):
        then, today = planned.get(key, {}), after_now.get(key, {})
        moved = [
            *_action(then.get("action", "same"), today.get("action", "same"), known=key in {*planned, *before}),
            *_version(before.get(key), after.get(key)),
        ]
        subject = f"{key[0].replace('_', ' ')} {key[1]}"
        differences = moved or [*_content(then, today), *_otherwise(before.get(key), after.get(key))][:1]
        yield from (f"{subject} {what}" for what in differences)


def _rows(review: Tree) -> dict[tuple[str, str], Tree]:
    return {(row["kind"], row["name"]): row for row in (*review["resources"], *review["left"])}


def _seen(plan: Tree) -> dict[tuple[str, str], Tree]:
    return {(resource["kind"], resource["name"]): resource for resource in plan["seen"]}


def _action(then: str, today: str, *, known: bool) -> Iterator[str]:
    if not known:
        yield f"{ACTIONS.get(today, today)}, and is not in the plan"
    elif then != today:
        yield f"{ACTIONS.get(today, today)}; in the plan it {ACTIONS.get(then, then)}"


def _version(then: Tree | None, today: Tree | None) -> Iterator[str]:
    was, now = (seen["version"] if seen else "" for seen in (then, today))
    if was != now:
        since = f" (since {moment(today['at'])})" if today and now and today["at"] else ""
        yield f"is live at {version(now) if now else 'no version'}{since}, not at {version(was) if was else 'any'}"


def _content(then: Tree, today: Tree) -> Iterator[str]:
    """The fields that change, or are left as somebody made them, otherwise; failing that, what else was said."""
    was, now = (_changes(row) for row in (then, today))
    fields = sorted(spelled(path) for path in {*was, *now} if was.get(path) != now.get(path))
    if fields:
        yield f"differs from the plan in {', '.join(fields)}"
    elif facts := sorted(fact for fact in {*then, *today} - {"live_at"} if then.get(fact) != today.get(fact)):
        yield f"is planned otherwise now: {', '.join(fact.replace('_', ' ') for fact in facts)}"


def _otherwise(then: Tree | None, today: Tree | None) -> Iterator[str]:
    """What no field shows: an object without versions was touched, or a new one is to be another."""
    if not (then and today):
        return
    timed = not (today["version"] or today["kind"] in CHANGED_BY_THE_SERVER)
    if timed and then["at"] != today["at"]:
        yield f"was changed outside Pulumi ({moment(today['at'])})" if today["at"] else "is not live any more"
    if then["desired"] != today["desired"]:
        yield "is to become something else than planned"


def _changes(row: Tree) -> dict[tuple[str, ...], Any]:
    changes = (*row.get("changes", ()), *row.get("left", ()))
    return {tuple(map(str, change["path"])): change for change in changes}


def _tests(before: Tree, after: Tree) -> Iterator[str]:
    planned, due = ({test["name"]: test for test in tests["due"]} for tests in (before, after))
    for name in sorted({*planned, *due}):
        was, now = planned.get(name), due.get(name)
        if now is None:
            yield f"smoke test {name} is not due any more"
        elif was is None:
            yield f"smoke test {name} is due: {now['reason']}"
        elif was["most_usd"] != now["most_usd"]:
            yield f"smoke test {name} may cost ${now['most_usd']:.2f}, not ${was['most_usd']:.2f}"
    if before.get("cap_usd") != after.get("cap_usd"):
        yield "the stage's cap on what tests may cost was changed"


def _engine_steps(saved: Tree, now: Tree) -> Iterator[str]:
    """Where the engine's own plans differ: in resources of other packages, in options, in secrets."""
    before, after = ((plan["engine_plan"] or {}).get("resourcePlans", {}) for plan in (saved, now))
    for urn in sorted({*before, *after} if before and after else ()):
        was, after_now = before.get(urn), after.get(urn)
        if _comparable(was) != _comparable(after_now):
            planned, steps = (", ".join((resource or {}).get("steps") or ["nothing"]) for resource in (was, after_now))
            how = f"{steps}, not {planned}" if steps != planned else f"{steps} with other values or options"
            yield f"{urn.split('::', 2)[-1].replace('::', ' ')} in Pulumi's own plan: {how}"


def _comparable(value: Any) -> Any:
    """A part of the engine's plan without what differs each time: random seeds, ciphers, the order of dependencies."""
    if isinstance(value, dict):
        if SIGNATURE in value:
            return {key: entry for key, entry in value.items() if key != "ciphertext"}
        return {key: _unordered(key, entry) for key, entry in value.items() if key not in _AT_RANDOM}
    return [_comparable(entry) for entry in value] if isinstance(value, list) else value


def _unordered(key: str, value: Any) -> Any:
    if key == "dependencies" and isinstance(value, list):
        return sorted(map(str, value))
    if key == "propertyDependencies" and isinstance(value, dict):
        return {name: sorted(map(str, urns or ())) for name, urns in value.items()}
    return _comparable(value)
