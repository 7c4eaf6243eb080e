from __future__ import annotations

import pytest
import yaml

from pulumi_managed_agents.errors import InputError
from pulumi_managed_agents.files.yaml_entry import with_config

KEY = "managed-agents:rolledBack"
VALUE = {"agents/triage": {"from": 8, "to": 7}}
LINE = "managed-agents:rolledBack: {agents/triage: {from: 8, to: 7}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", f"config:\n  {LINE}\n", id="no file"),
        pytest.param("config: {}\n", f"config:\n  {LINE}\n", id="empty mapping"),
        pytest.param("# why\nconfig:\n  # that\n  a:b: c # x\n  # end\n", None, id="comments"),
        pytest.param("encryptionsalt: v1:x\nconfig:\n    a:b:\n        secure: y\n", None, id="secret and wide indent"),
        pytest.param("config: {a:b: c, d:e: [1]}\n", None, id="one line"),
        pytest.param(f"config:\n  {KEY}: {{x: {{from: 1, to: 2}}}} # note\n  a:b: c\n", None, id="replaced"),
        pytest.param(f"config:\n  {KEY}:\n    x:\n      from: 1\n  # about b\n  a:b: c\n", None, id="replaced block"),
        pytest.param(f"config:\n  {KEY}:\n    x:\n      - 1\n\n# about c\nother: c\n", None, id="replaced list"),
        pytest.param("config:\n  a:b:\n    - 1\n    - 'two'\n  # last\n", None, id="indented list, quotes"),
        pytest.param("secretsprovider: x", f"secretsprovider: x\nconfig:\n  {LINE}\n", id="no config"),
    ],
)
def test_one_value_is_set_and_all_else_stays(before: str, after: str | None) -> None:
    """Comments, secrets and indentation of the team's file survive."""
    changed = with_config(before, KEY, VALUE, "stacks/Pulumi.prod.yaml")

    assert LINE in changed
    assert changed == (after or changed)
    assert [line for line in before.splitlines() if "#" in line and KEY not in line] == [
        line for line in changed.splitlines() if "#" in line and KEY not in line
    ]
    expected = (yaml.safe_load(before) or {}).get("config") or {}
    assert yaml.safe_load(changed)["config"] == {**expected, KEY: VALUE}


def test_what_cannot_be_edited_safely_is_left_alone_with_the_line_to_write() -> None:
    """A file of another shape is never damaged."""
    with pytest.raises(InputError, match="write below `config:` by hand: managed-agents:rolledBack"):
        with_config("base: &b {a:b: c}\nconfig: *b\n", KEY, VALUE, "stacks/Pulumi.prod.yaml")
